// SchemaGen: a schema that the statistics of all splits satisfy.
#ifndef TFX_COMPONENTS_SCHEMA_GEN_H_
#define TFX_COMPONENTS_SCHEMA_GEN_H_

#include <string>
#include <vector>

#include "tfx/dsl/component.h"

namespace tfx {

struct SchemaGen {
  Channel<ExampleStatistics> statistics;
  int infer_feature_shape = 1;  // 1: features with one number of values in every example get a fixed shape; 0: none do
  std::vector<std::string> exclude_splits;

  struct Outputs {
    Channel<Schema> schema;
  };
  static const ComponentDescription<SchemaGen>& Describe();
};

}  // namespace tfx

#endif  // TFX_COMPONENTS_SCHEMA_GEN_H_
