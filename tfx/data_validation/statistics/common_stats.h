// Presence and number of values of one feature, level by level: CommonStatistics.
//
// State: per level six counters, two exact sums of weights and one quantile sketch of list lengths
// (sketches/quantiles_sketch.h); error of the histograms: that sketch's. Everything else is exact. Batch:
// FeatureColumn.
#ifndef TFX_DATA_VALIDATION_STATISTICS_COMMON_STATS_H_
#define TFX_DATA_VALIDATION_STATISTICS_COMMON_STATS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/features/feature_column.h"
#include "tfx/sketches/exact_sum.h"
#include "tfx/sketches/quantiles_sketch.h"

namespace tfx::tfdv {

class CommonStatsAccumulator {
 public:
  explicit CommonStatsAccumulator(double epsilon) : epsilon_(epsilon) {}

  // INVALID_ARGUMENT when the feature's nest level differs from that of earlier batches.
  absl::Status Add(const FeatureColumn& column);
  absl::Status Merge(const CommonStatsAccumulator& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  // How many rows there could have been: all examples for a top-level feature, the parent's values for a child.
  struct Rows {
    int64_t count = 0;
    double weight = 0;
  };
  ::tensorflow::metadata::v0::CommonStatistics ToProto(const Rows& rows, bool has_weights, int num_buckets) const;
  // Histograms of list lengths for each level below the first.
  std::vector<::tensorflow::metadata::v0::CustomStatistic> NestedLengths(int num_buckets) const;

  Rows innermost_values() const;
  // Rows where the feature is there.
  int64_t num_non_missing() const { return levels_.empty() ? 0 : levels_.front().num_non_missing; }

 private:
  struct Level {
    explicit Level(double epsilon) : lengths({.epsilon = epsilon}) {}
    int64_t num_non_missing = 0;
    int64_t min_length = INT64_MAX;
    int64_t max_length = 0;
    int64_t total = 0;
    sketches::ExactSum weighted_non_missing;
    sketches::ExactSum weighted_total;
    // Lengths of the level's lists; for the first of several levels, innermost values per row.
    sketches::QuantilesSketch lengths;
    int64_t min_innermost = INT64_MAX;
    int64_t max_innermost = 0;
  };

  double epsilon_;
  bool kind_seen_ = false;     // false: only columns without a kind, whose nest level says nothing
  std::vector<Level> levels_;  // empty before the first batch
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_COMMON_STATS_H_
