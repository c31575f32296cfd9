// Moments, range, zeros, median and histograms of the numbers of one feature: NumericStatistics.
//
// NaN is counted and otherwise ignored. Infinities take part in mean, minimum, maximum and histograms. State: a dozen
// numbers and one quantile sketch, two with weights; the sketch's error bound holds for median and histograms, rounding
// alone for mean and deviation, everything else is exact. Batch: FeatureColumn with numeric values.
#ifndef TFX_DATA_VALIDATION_STATISTICS_NUMERIC_STATS_H_
#define TFX_DATA_VALIDATION_STATISTICS_NUMERIC_STATS_H_

#include <limits>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/features/feature_column.h"
#include "tfx/data_validation/features/histograms.h"
#include "tfx/data_validation/features/stats_options.h"
#include "tfx/sketches/quantiles_sketch.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {

// Weighted count, mean and population variance that merge without cancellation (Chan et al. 1979).
struct Moments {
  double weight = 0;
  double mean = 0;
  double variance = 0;
  void Combine(const Moments& other);
};

class NumericStatsAccumulator {
 public:
  explicit NumericStatsAccumulator(double epsilon)
      : quantiles_({.epsilon = epsilon}), weighted_quantiles_({.epsilon = epsilon}) {}

  absl::Status Add(const FeatureColumn& column);
  absl::Status Merge(const NumericStatsAccumulator& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  // Without its common statistics. `num_values`: all values, NaN included. `precision`: of STANDARD histograms.
  ::tensorflow::metadata::v0::NumericStatistics ToProto(int64_t num_values, bool has_weights,
                                                        const StatsOptions& options, Precision precision) const;

 private:
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
  double positive_infinity_weight_ = 0;
  Moments moments_;
  Moments weighted_moments_;
  sketches::QuantilesSketch quantiles_;
  sketches::QuantilesSketch weighted_quantiles_;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_NUMERIC_STATS_H_
