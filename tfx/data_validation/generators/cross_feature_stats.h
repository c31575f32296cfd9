// Covariance and correlation of pairs of numeric features: TFDV's CrossFeatureStatsGenerator.
//
//   ASSIGN_OR_RETURN(auto crosses, MakeCrossFeatureStatsGenerator({.sample_rate = 1.0}));
//
// A pair's numbers come from the rows in which both top-level features have exactly one value and neither is NaN. Each
// pair of numeric features that have such rows, x before y by name, gives one entry of cross_features with the count
// and, above 0, the covariance (population) and, where both vary, Pearson's correlation. Infinities give a covariance
// of NaN and no correlation.
//
// State: six numbers a pair. Means and central co-moments are kept and merged pairwise (Chan, Golub & LeVeque 1979), so
// that large means cost no digits, where TFDV subtracts squares of sums; merging in another grouping changes the last
// digits (parts in 1e-12), which the float32 results show in one case of 1e5 or so. sample_rate is a rate of rows drawn
// by a seed (features/row_sampling.h), where TFDV draws batches.
#ifndef TFX_DATA_VALIDATION_GENERATORS_CROSS_FEATURE_STATS_H_
#define TFX_DATA_VALIDATION_GENERATORS_CROSS_FEATURE_STATS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/data_validation/features/stats_generator.h"

namespace tfx::tfdv {

struct CrossFeatureStatsGeneratorOptions {
  // Names; unset: every pair. A pair whose first name is not the lesser one is left out, as in TFDV.
  std::optional<std::vector<std::pair<std::string, std::string>>> feature_crosses;
  double sample_rate = 0.1;  // in (0, 1]
  uint64_t seed = 0;
};

// INVALID_ARGUMENT when the rate is out of range.
absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeCrossFeatureStatsGenerator(
    const CrossFeatureStatsGeneratorOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_CROSS_FEATURE_STATS_H_
