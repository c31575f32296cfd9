// The values of a feature with the row of the batch that each belongs to, however deep it lies in lists and structs.
#ifndef TFX_DATA_VALIDATION_STATISTICS_COLUMN_ROWS_H_
#define TFX_DATA_VALIDATION_STATISTICS_COLUMN_ROWS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "arrow/array/array_base.h"
#include "arrow/record_batch.h"
#include "tfx/data_validation/schema/feature_path.h"

namespace tfx::tfdv {

struct ColumnRows {
  std::shared_ptr<arrow::Array> values;  // no lists; may hold nulls
  std::vector<int64_t> rows;             // one per value, ascending
};

// No values where the batch has no such feature, or one without a kind. INVALID_ARGUMENT: the path goes on below a
// feature that is no struct, or ends at one.
absl::StatusOr<ColumnRows> ValuesByRow(const arrow::RecordBatch& batch, const FeaturePath& path);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_COLUMN_ROWS_H_
