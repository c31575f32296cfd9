// One feature of a batch, taken apart: the lengths of its lists level by level and its innermost values.
//
// TFDV sees every column as lists of values: list<int>, list<list<string>>, list<struct<...>>, null (no value of any
// kind yet). Structs are features themselves and lead to their children, whose rows are the struct's values.
#ifndef TFX_DATA_VALIDATION_FEATURES_FEATURE_COLUMN_H_
#define TFX_DATA_VALIDATION_FEATURES_FEATURE_COLUMN_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "arrow/array.h"
#include "arrow/record_batch.h"
#include "tfx/data_validation/features/stats_options.h"
#include "tfx/data_validation/schema/feature_path.h"

namespace tfx::tfdv {

enum class FeatureKind { kUnknown, kInt, kFloat, kString, kStruct };

// "INT", "FLOAT", ...
const char* FeatureKindName(FeatureKind kind);

struct ListLevel {
  std::vector<int64_t> lengths;  // one per entry of this level; -1 where the entry is null
  std::vector<double> weights;   // one per entry; empty when the feature has no weights
};

struct FeatureColumn {
  FeaturePath path;
  FeatureKind kind = FeatureKind::kUnknown;
  bool has_weights = false;
  std::vector<ListLevel> levels;         // outermost first, at least one
  std::shared_ptr<arrow::Array> values;  // of the innermost level, those of null lists left out
  std::vector<double> value_weights;     // one per value; empty when the feature has no weights
};

// Calls `visit` for every feature of the batch, structs before their children, in the order of the columns. Honours
// feature_allowlist and the weight options. `row_numbers`: the rows' places in the input, for errors; empty: from 0 on.
// INVALID_ARGUMENT: a column type that is not lists of the kinds above; errors of ReadWeights.
absl::Status VisitFeatures(const arrow::RecordBatch& batch, const StatsOptions& options,
                           const std::function<absl::Status(const FeatureColumn&)>& visit,
                           absl::Span<const int64_t> row_numbers = {});

// The numbers of a weight column, one per row, all finite. INVALID_ARGUMENT names the column, and for a weight that is
// null, NaN or infinite the row: the column is absent, not numeric, or has not exactly one finite number in each row.
// (TFDV takes any weight; one NaN makes its weighted numbers NaN.)
absl::StatusOr<std::vector<double>> ReadWeights(const arrow::RecordBatch& batch, const std::string& column,
                                                absl::Span<const int64_t> row_numbers = {});

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_FEATURES_FEATURE_COLUMN_H_
