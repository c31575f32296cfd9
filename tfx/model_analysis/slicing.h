// Slices: which examples belong together. Follows TFMA's slicer.
//
// A slice key is a list of (column, value) pairs sorted by column; the empty key is the overall slice. A spec's
// feature_keys give the cross product of the row's distinct values of each column; feature_values are fixed conditions.
// A row without a value in one of the columns is in no slice of that spec. A value keeps the type of its column; a
// number that a spec fixes has the type of the spec's text ("1": integer, "1.0": float).
// Thread-compatible.
#ifndef TFX_MODEL_ANALYSIS_SLICING_H_
#define TFX_MODEL_ANALYSIS_SLICING_H_

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "arrow/record_batch.h"
#include "tensorflow_model_analysis/proto/config.pb.h"
#include "tensorflow_model_analysis/proto/metrics_for_slice.pb.h"

namespace tfx::tfma {

using SliceValue = std::variant<int64_t, float, std::string>;
using SliceKey = std::vector<std::pair<std::string, SliceValue>>;

::tensorflow_model_analysis::SliceKey SliceKeyToProto(const SliceKey& key);
SliceKey SliceKeyFromProto(const ::tensorflow_model_analysis::SliceKey& key);

// "Overall" or "trip_start_day:5 trip_start_month:3", TFMA's words in tables: columns joined by "_X_", then the values.
std::string SliceKeyToString(const SliceKey& key);

// True when the spec accepts the key: same columns, and equal values where the spec fixes them. "5" and
// "5.0" equal int64 5 and float 5.
bool SlicingSpecMatches(const ::tensorflow_model_analysis::SlicingSpec& spec, const SliceKey& key);

// INVALID_ARGUMENT: a column both in feature_keys and feature_values, or slice_keys_sql (not supported).
absl::Status CheckSlicingSpec(const ::tensorflow_model_analysis::SlicingSpec& spec);

// Finds the slices of rows.
class Slicer {
 public:
  // No specs: the overall slice only. Duplicate slices of overlapping specs are given once per row.
  static absl::StatusOr<Slicer> Create(const std::vector<::tensorflow_model_analysis::SlicingSpec>& specs);

  // The columns that are looked at, sorted.
  const std::vector<std::string>& columns() const { return columns_; }

  // The slices of each row of `features` (list columns as tfx/dataset makes them). A column that is not there is a
  // missing value in every row. `overrides` (may be empty; same rows) win by name: transformed features.
  // INVALID_ARGUMENT names a column with bytes that are not UTF-8 or of a type that cannot be sliced.
  absl::StatusOr<std::vector<std::vector<SliceKey>>> Slices(
      const arrow::RecordBatch& features,
      const std::map<std::string, std::vector<std::vector<SliceValue>>>& overrides = {}) const;

 private:
  struct Spec {
    std::vector<std::string> keys;  // sorted
    std::vector<std::pair<std::string, std::string>> values;
  };
  std::vector<Spec> specs_;
  std::vector<std::string> columns_;
};

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_SLICING_H_
