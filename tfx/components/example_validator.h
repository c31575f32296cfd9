// ExampleValidator: where the statistics of each split contradict the schema. Anomalies do not fail the node; the
// artifact says for each split whether it is free of them (custom property "blessed").
#ifndef TFX_COMPONENTS_EXAMPLE_VALIDATOR_H_
#define TFX_COMPONENTS_EXAMPLE_VALIDATOR_H_

#include <string>
#include <vector>

#include "tfx/dsl/component.h"

namespace tfx {

struct ExampleValidator {
  Channel<ExampleStatistics> statistics;
  Channel<Schema> schema;
  std::vector<std::string> exclude_splits;

  struct Outputs {
    Channel<ExampleAnomalies> anomalies;
  };
  static const ComponentDescription<ExampleValidator>& Describe();
};

}  // namespace tfx

#endif  // TFX_COMPONENTS_EXAMPLE_VALIDATOR_H_
