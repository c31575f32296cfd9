// What a feature's values mean: images, text or points in time, looked for in one go (enable_semantic_domain_stats).
//
//   ASSIGN_OR_RETURN(auto semantic, MakeSemanticDomainStatsGenerator({.sample_rate = 0.1}));
//
// Runs image_stats.h, nl_domain_inferring_stats.h and time_stats.h with their defaults on one sample of the rows. TFDV
// samples whole batches without a seed; here rows are drawn by a seed (features/row_sampling.h), so that a run can be
// repeated. State and bounds: those of the three; with sample_rate 1 exact, else the shares are those
// of the sample.
#ifndef TFX_DATA_VALIDATION_GENERATORS_SEMANTIC_DOMAIN_STATS_H_
#define TFX_DATA_VALIDATION_GENERATORS_SEMANTIC_DOMAIN_STATS_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "tfx/data_validation/features/stats_generator.h"

namespace tfx::tfdv {

struct SemanticDomainStatsGeneratorOptions {
  double sample_rate = 1.0;  // in (0, 1]; StatsOptions.semantic_domain_stats_sample_rate
  uint64_t seed = 0;
};

// INVALID_ARGUMENT when the rate is out of range.
absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeSemanticDomainStatsGenerator(
    const SemanticDomainStatsGeneratorOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_SEMANTIC_DOMAIN_STATS_H_
