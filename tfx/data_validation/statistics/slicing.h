// Which slices a row belongs to: slicing specs as slice functions.
//
// A slice by features crosses the values of a row: with features a and b, a row with a = [1, 2] and b = ["x"] is in
// "a_1_b_x" and "a_2_b_x"; one that lacks a or b is in none. Names come in the order of the feature names. Where TFDV
// leaves a feature out of the names of a batch that has no column of it, which depends on how rows are batched, here
// such rows are in no slice. Slice functions are thread-safe.
#ifndef TFX_DATA_VALIDATION_STATISTICS_SLICING_H_
#define TFX_DATA_VALIDATION_STATISTICS_SLICING_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/data_validation/features/stats_options.h"

namespace tfx::tfdv {

// The slice of all rows, there whenever anything is sliced.
inline constexpr char kDefaultSlice[] = "All Examples";
// The slice of rows for which a slice query fails: its types do not fit the data, or a value cannot be computed.
inline constexpr char kInvalidSlice[] = "Invalid Slice";

// TFDV's get_feature_value_slicer. For each feature the values to slice by (integers in decimal), or unset for all.
// The function returns INVALID_ARGUMENT for a string that is not UTF-8, a struct, and a wanted value that is no integer
// where the feature is INT, and a row in more than 100,000 slices. Floats match by value and are named as Python prints
// them.
using FeatureValues = std::map<std::string, std::optional<std::vector<std::string>>>;
SliceFunction FeatureValueSlicer(const FeatureValues& features);

// "SELECT STRUCT(a, b AS k) FROM example.a, example.b WHERE ..." (expressions/parse.h): a slice "a_1_k_x" per selected
// row. Rows for which it cannot be evaluated go to kInvalidSlice, those that lack a feature to none. INVALID_ARGUMENT:
// not a query.
absl::StatusOr<SliceFunction> SqlSlicer(const std::string& query);

// The functions of the options, experimental_slice_functions or slicing_config; empty when nothing is sliced. Errors
// name the spec.
absl::StatusOr<std::vector<SliceFunction>> SliceFunctionsOf(const StatsOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_SLICING_H_
