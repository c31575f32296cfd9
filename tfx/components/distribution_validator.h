// DistributionValidator: has the distribution of features moved away from a baseline? The thresholds are the config's;
// no schema is needed (data_validation/anomalies/distribution_validation.h). Anomalies do not fail the node; the
// artifact says for each pair of splits whether it is free of them (custom property "blessed": 1 yes, 0 no; 2 for every
// split when there is no baseline).
//
//   auto drift = p.Add(tfx::DistributionValidator{.statistics = today.statistics,
//                                                 .baseline_statistics = last.statistics,
//                                                 .distribution_validator_config = config});
#ifndef TFX_COMPONENTS_DISTRIBUTION_VALIDATOR_H_
#define TFX_COMPONENTS_DISTRIBUTION_VALIDATOR_H_

#include <optional>
#include <vector>

#include "tensorflow_data_validation/anomalies/proto/custom_validation_config.pb.h"
#include "tfx/components/split_pairs.h"
#include "tfx/dsl/artifact_types.h"
#include "tfx/dsl/component.h"
#include "tfx/proto/distribution_validator.pb.h"

namespace tfx {

using ::tensorflow::data_validation::CustomValidationConfig;
using ::tfx::components::distribution_validator::DistributionValidatorConfig;

struct DistributionValidator {
  Channel<ExampleStatistics> statistics;
  Channel<ExampleStatistics> baseline_statistics;  // may resolve to nothing
  // Exactly one of these two. The artifact holds one file, the serialized message (TFX's executor has this input, its
  // public component does not).
  std::optional<DistributionValidatorConfig> distribution_validator_config;
  Channel<Config> artifact_distribution_validator_config;
  // Further conditions on the statistics, alone or against the baseline's, as expressions.
  std::optional<CustomValidationConfig> custom_validation_config;
  // Pairs {split of statistics, split of baseline_statistics}; unset: splits of the same name.
  std::optional<std::vector<SplitPair>> include_split_pairs;

  struct Outputs {
    Channel<ExampleAnomalies> anomalies;
  };
  static const ComponentDescription<DistributionValidator>& Describe();
};

}  // namespace tfx

#endif  // TFX_COMPONENTS_DISTRIBUTION_VALIDATOR_H_
