// Lengths of the lists of several features side by side, for features that belong together: sparse and weighted ones.
#ifndef TFX_DATA_VALIDATION_GENERATORS_ROW_LENGTHS_H_
#define TFX_DATA_VALIDATION_GENERATORS_ROW_LENGTHS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/data_validation/features/stats_generator.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {

// [paths x rows]: the length of each list, -1 where it is null or the feature is not in the batch. Rows are examples,
// or the structs that hold the features; rows that have none of the features are left out. INVALID_ARGUMENT: the
// features are not of the same structs.
absl::StatusOr<std::vector<std::vector<int64_t>>> RowLengths(const StatsBatch& batch,
                                                             const std::vector<FeaturePath>& paths);

// Over rows that have at least one of two or more features: how many lack one of them, and how much longer it is than
// another (a missing list has length 0).
struct LengthDifference {
  int64_t num_missing = 0;
  int64_t min = INT64_MAX;
  int64_t max = INT64_MIN;

  void Add(int64_t length, int64_t other_length);
  void Merge(const LengthDifference& more);
  void Write(sketches::StateWriter* out) const;
  void Read(sketches::StateReader* in);
  // 0 without any row.
  double min_or_zero() const { return min > max ? 0 : static_cast<double>(min); }
  double max_or_zero() const { return min > max ? 0 : static_cast<double>(max); }
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_ROW_LENGTHS_H_
