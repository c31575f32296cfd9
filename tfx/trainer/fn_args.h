// What a user's run_fn receives from the Trainer component: TFX's FnArgs.
//
//   absl::Status RunFn(const tfx::FnArgs& args);   // must write a SavedModel to args.serving_model_dir
#ifndef TFX_TRAINER_FN_ARGS_H_
#define TFX_TRAINER_FN_ARGS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"

namespace tfx {

struct FnArgs {
  std::string working_dir;               // scratch space; removed after the run
  std::vector<std::string> train_files;  // files of the training splits
  std::vector<std::string> eval_files;   // files of the evaluation splits
  int64_t train_steps = 0;               // batches to train on; 0: run_fn decides (TFX's None)
  int64_t eval_steps = 0;                // batches to evaluate on; 0: all
  std::string schema_path;               // schema.pbtxt of the raw data; "" when not wired
  std::string transform_graph_path;      // Transform's output; "" when not wired
  std::string serving_model_dir;         // <model>/Format-Serving: run_fn writes the SavedModel here
  std::string eval_model_dir;            // <model>/Format-TFMA: optional second model
  std::string model_run_dir;             // event files, checkpoints
  std::string base_model;                // SavedModel to start from; "" when not wired
  nlohmann::json hyperparameters = nlohmann::json::object();  // as the Tuner wrote them; {} when not wired
  nlohmann::json custom_config = nlohmann::json::object();    // the component's custom_config, an object
  std::map<std::string, int64_t> num_examples;                // per split, when statistics are wired
  uint64_t seed = 0;                                          // for weights, shuffling, dropout
  int num_threads = 1;                                        // for TensorFlow's kernels
};

using RunFn = std::function<absl::Status(const FnArgs&)>;

}  // namespace tfx

#endif  // TFX_TRAINER_FN_ARGS_H_
