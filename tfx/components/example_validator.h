// ExampleValidator: where the statistics of each split contradict the schema. Anomalies do not fail the node; the
// artifact says for each split whether it is free of them (custom property "blessed").
#ifndef TFX_COMPONENTS_EXAMPLE_VALIDATOR_H_
#define TFX_COMPONENTS_EXAMPLE_VALIDATOR_H_

#include <optional>
#include <string>
#include <vector>

#include "tensorflow_data_validation/anomalies/proto/custom_validation_config.pb.h"
#include "tfx/dsl/component.h"

namespace tfx {

using ::tensorflow::data_validation::CustomValidationConfig;

struct ExampleValidator {
  Channel<ExampleStatistics> statistics;
  Channel<Schema> schema;
  std::vector<std::string> exclude_splits;
  // Further conditions on the statistics as expressions.
  std::optional<CustomValidationConfig> custom_validation_config;

  struct Outputs {
    Channel<ExampleAnomalies> anomalies;
  };
  static const ComponentDescription<ExampleValidator>& Describe();
};

}  // namespace tfx

#endif  // TFX_COMPONENTS_EXAMPLE_VALIDATOR_H_
