// Trainer: runs the user's run_fn, which trains a model and writes a SavedModel.
//
//   auto trainer = p.Add(tfx::Trainer{.run_fn = RunFn, .examples = transform.transformed_examples,
//                                     .transform_graph = transform.transform_graph, .schema = schema_gen.schema,
//                                     .train_args = {.num_steps = 1000}, .eval_args = {.num_steps = 150}});
//
// What run_fn receives: trainer/fn_args.h. Its checkpoints and event files belong below FnArgs::model_run_dir. A killed
// or failed training can go on from FnArgs::working_dir, which lives until the node succeeds.
#ifndef TFX_COMPONENTS_TRAINER_H_
#define TFX_COMPONENTS_TRAINER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tfx/dsl/component.h"
#include "tfx/trainer/fn_args.h"

namespace tfx {

struct TrainArgs {
  int64_t num_steps = 0;            // batches; 0: run_fn decides
  std::vector<std::string> splits;  // none: train
};
struct EvalArgs {
  int64_t num_steps = 0;            // batches; 0: all
  std::vector<std::string> splits;  // none: eval
};

struct Trainer {
  RunFn run_fn;
  Channel<Examples> examples;  // usually Transform's
  Channel<TransformGraph> transform_graph;
  Channel<Schema> schema;
  Channel<Model> base_model;  // to start from
  Channel<HyperParameters> hyperparameters;
  Channel<ExampleStatistics> statistics;  // fills FnArgs::num_examples
  TrainArgs train_args;
  EvalArgs eval_args;
  std::string custom_config;  // JSON object; handed to run_fn

  struct Outputs {
    Channel<Model> model;
    Channel<ModelRun> model_run;
  };
  static const ComponentDescription<Trainer>& Describe();
};

// Where a Model artifact keeps the model to serve: Format-Serving, or the only exported version below its export/.
absl::StatusOr<std::string> ServingModelPath(const Artifact& model);
// Format-TFMA when it is there, else the model to serve.
absl::StatusOr<std::string> EvalModelPath(const Artifact& model);

}  // namespace tfx

#endif  // TFX_COMPONENTS_TRAINER_H_
