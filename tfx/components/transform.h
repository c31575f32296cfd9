// Transform: analyses the training split by the user's preprocessing_fn, applies it to all splits, and keeps it as a
// graph that Trainer embeds in the served model.
//
//   auto transform = p.Add(tfx::Transform{.preprocessing_fn = PreprocessingFn, .examples = example_gen.examples,
//                                         .schema = schema_gen.schema});
//
// With `analyzer_cache` (a Resolver's latest updated_analyzer_cache) only data that was not seen before is analysed.
#ifndef TFX_COMPONENTS_TRANSFORM_H_
#define TFX_COMPONENTS_TRANSFORM_H_

#include <string>
#include <vector>

#include "tfx/dsl/component.h"
#include "tfx/transform/preprocessing.h"

namespace tfx {

struct SplitsConfig {
  std::vector<std::string> analyze;    // none: train
  std::vector<std::string> transform;  // none: all
};

struct Transform {
  tft::PreprocessingFn preprocessing_fn;
  Channel<Examples> examples;  // one or several artifacts of the same splits
  Channel<Schema> schema;
  Channel<TransformCache> analyzer_cache;
  SplitsConfig splits_config;
  bool materialize = true;              // false: no transformed_examples
  bool disable_analyzer_cache = false;  // true: no updated_analyzer_cache
  bool disable_statistics = false;      // true: none of the pre_transform_ and post_transform_ outputs

  struct Outputs {
    Channel<TransformGraph> transform_graph;
    Channel<Examples> transformed_examples;
    Channel<TransformCache> updated_analyzer_cache;
    Channel<Schema> pre_transform_schema;
    Channel<ExampleStatistics> pre_transform_stats;
    Channel<Schema> post_transform_schema;
    Channel<ExampleStatistics> post_transform_stats;
    Channel<ExampleAnomalies> post_transform_anomalies;
  };
  static const ComponentDescription<Transform>& Describe();
};

}  // namespace tfx

#endif  // TFX_COMPONENTS_TRANSFORM_H_
