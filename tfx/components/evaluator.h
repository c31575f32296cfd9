// Evaluator: measures a model on slices of the data, compares it with the one in production, and blesses it or not.
//
//   auto evaluator = p.Add(tfx::Evaluator{.examples = example_gen.examples, .model = trainer.model,
//                                         .baseline_model = baseline.model, .eval_config = kEvalConfig});
//
// A blessing is given or refused only when the config has a threshold. Without a baseline (the first run) change
// thresholds do not count. A refused model is no failure of the node.
#ifndef TFX_COMPONENTS_EVALUATOR_H_
#define TFX_COMPONENTS_EVALUATOR_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tensorflow_model_analysis/proto/config.pb.h"
#include "tfx/dsl/component.h"

namespace tfx {

// An EvalConfig, or its text or JSON form. A text that does not parse is reported with the other wiring errors.
class EvalConfigSource {
 public:
  EvalConfigSource() = default;
  EvalConfigSource(::tensorflow_model_analysis::EvalConfig config) : config_(std::move(config)) {}  // NOLINT: implicit
  EvalConfigSource(const char* text) : EvalConfigSource(std::string_view(text)) {}                  // NOLINT: implicit
  EvalConfigSource(std::string_view text);                                                          // NOLINT: implicit

  const absl::Status& status() const { return status_; }
  const ::tensorflow_model_analysis::EvalConfig& config() const { return config_; }

 private:
  ::tensorflow_model_analysis::EvalConfig config_;
  absl::Status status_;
};

struct Evaluator {
  Channel<Examples> examples;
  Channel<Model> model;
  Channel<Model> baseline_model;  // usually of a Resolver; may resolve to nothing
  Channel<Schema> schema;
  EvalConfigSource eval_config;
  std::vector<std::string> example_splits;  // none: eval

  struct Outputs {
    Channel<ModelEvaluation> evaluation;
    Channel<ModelBlessing> blessing;
  };
  static const ComponentDescription<Evaluator>& Describe();
};

}  // namespace tfx

#endif  // TFX_COMPONENTS_EVALUATOR_H_
