// Moments, range, zeros, median and histograms of the numbers of one feature: NumericStatistics.
//
// NaN is counted and otherwise ignored. Infinities take part in mean, minimum, maximum and histograms. State: a dozen
// numbers, exact sums and one quantile sketch; with weights a second sketch, and before it as many values with exact
// weights as a block of it has. The sketch's error bound holds for median and histograms; the mean is the true one
// rounded once, the deviation that from this mean, rounded at its square and at the root (exact_moments.h); everything
// else is exact, as far as it fits: integers beyond 2^53 are reported as the nearest double. So, while the sketches are
// exact, no result depends on the order of the values. Batch: FeatureColumn with numeric values.
#ifndef TFX_DATA_VALIDATION_STATISTICS_NUMERIC_STATS_H_
#define TFX_DATA_VALIDATION_STATISTICS_NUMERIC_STATS_H_

#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/features/feature_column.h"
#include "tfx/data_validation/features/histograms.h"
#include "tfx/data_validation/features/stats_options.h"
#include "tfx/data_validation/statistics/weighted_quantiles.h"
#include "tfx/sketches/exact_moments.h"
#include "tfx/sketches/exact_sum.h"
#include "tfx/sketches/quantiles_sketch.h"
#include "tfx/sketches/sorted_values.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {

class NumericStatsAccumulator {
 public:
  explicit NumericStatsAccumulator(double epsilon) : quantiles_({.epsilon = epsilon}), weighted_quantiles_(epsilon) {}

  absl::Status Add(const FeatureColumn& column);
  absl::Status Merge(const NumericStatsAccumulator& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  // Without its common statistics. `num_values`: all values, NaN included. `precision`: of STANDARD histograms.
  ::tensorflow::metadata::v0::NumericStatistics ToProto(int64_t num_values, bool has_weights,
                                                        const StatsOptions& options, Precision precision) const;

 private:
  void AddRange(std::span<const sketches::WeightedValue> values);
  void AddIntegerRange(const arrow::Array& values);

  int64_t num_zeros_ = 0;
  int64_t num_nan_ = 0;
  double min_ = std::numeric_limits<double>::infinity();
  double max_ = -std::numeric_limits<double>::infinity();
  double finite_min_ = std::numeric_limits<double>::infinity();
  double finite_max_ = -std::numeric_limits<double>::infinity();
  // Of integers alone: two that differ may be one double.
  int64_t min_integer_ = INT64_MAX;
  int64_t max_integer_ = INT64_MIN;
  int64_t num_positive_infinity_ = 0;
  sketches::ExactSum positive_infinity_weight_;
  sketches::ExactMoments moments_;
  sketches::ExactMoments weighted_moments_;
  sketches::QuantilesSketch quantiles_;
  WeightedQuantiles weighted_quantiles_;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_NUMERIC_STATS_H_
