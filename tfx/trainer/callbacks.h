// What happens between the steps of Fit: event files, early stopping, checkpoints, and a user's own.
//
//   .callbacks = {keras::TensorBoard({.log_dir = args.model_run_dir}), keras::EarlyStopping({.patience = 3})}
//
// All calls come from the thread that called Fit, in the order of the list. An error stops Fit, which returns it.
#ifndef TFX_TRAINER_CALLBACKS_H_
#define TFX_TRAINER_CALLBACKS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/tensorflow/tensor.h"

namespace keras {

class Model;
class Callback;

// "loss", the metrics' names, "val_loss", "val_<metric>", "learning_rate".
using Logs = std::map<std::string, double>;

// Where Fit stands. Callbacks may set stop_training at any time, and epoch and step in OnTrainBegin (to resume).
struct FitState {
  int64_t epoch = 0;  // counts from 0
  int64_t step = 0;   // steps done by this Fit and, when resumed, those before it
  int64_t step_in_epoch = 0;
  int64_t steps_per_epoch = 0;  // 0: as many as the dataset has
  bool stop_training = false;
  std::vector<std::shared_ptr<Callback>> callbacks;  // all of this Fit
};

class Callback {
 public:
  virtual ~Callback() = default;
  virtual absl::Status OnTrainBegin(Model& model, FitState& state) { return absl::OkStatus(); }
  virtual absl::Status OnEpochBegin(Model& model, FitState& state) { return absl::OkStatus(); }
  // After a step; logs hold the running means of the epoch. Reading them costs a little per step, so Fit fills them
  // only when WantsStepLogs().
  virtual absl::Status OnStepEnd(Model& model, FitState& state, const Logs& logs) { return absl::OkStatus(); }
  virtual bool WantsStepLogs() const { return false; }
  // After an epoch and its validation; state.epoch is the epoch that ended.
  virtual absl::Status OnEpochEnd(Model& model, FitState& state, const Logs& logs) { return absl::OkStatus(); }
  virtual absl::Status OnTrainEnd(Model& model, FitState& state) { return absl::OkStatus(); }

  // True for what must see the others' state after they have dealt with the same moment (ModelCheckpoint).
  virtual bool RunsLast() const { return false; }

  // What a checkpoint must keep of this callback so that a resumed Fit goes on as if never stopped.
  virtual std::map<std::string, tfx::tf::Tensor> SaveState() const { return {}; }
  virtual absl::Status LoadState(const std::map<std::string, tfx::tf::Tensor>& state) { return absl::OkStatus(); }
};
using CallbackPtr = std::shared_ptr<Callback>;

struct TensorBoardOptions {
  std::string log_dir;  // required; train/ and validation/ are made below it
  int64_t update_every_steps =
      0;                    // also write the running loss and metrics every so many steps ("batch_*"); 0: epochs only
  bool write_graph = true;  // the model's graph, once, into train/
};
// Scalars "epoch_<name>" per epoch, as Keras names them, with the epoch as step.
CallbackPtr TensorBoard(TensorBoardOptions options);
// A template, so that TensorBoard({.log_dir = ...}) cannot be taken for a string.
template <class Path>
requires std::is_convertible_v<Path, std::string> CallbackPtr TensorBoard(const Path& log_dir) {
  return TensorBoard(TensorBoardOptions{.log_dir = log_dir});
}

enum class Mode { kAuto, kMin, kMax };  // kAuto: max for accuracies, AUC, precision, recall; else min

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  double min_delta = 0;  // a smaller change is no improvement
  int64_t patience = 0;  // epochs without improvement before stopping
  Mode mode = Mode::kAuto;
  bool restore_best_weights = false;
};
CallbackPtr EarlyStopping(EarlyStoppingOptions options = {});

struct ModelCheckpointOptions {
  std::string directory;         // required
  int64_t save_every_steps = 0;  // 0: at the end of every epoch
  int64_t max_to_keep = 5;       // older ones are removed; 0: keep all
  bool save_best_only = false;   // at the end of an epoch in which `monitor` improved
  std::string monitor = "val_loss";
  Mode mode = Mode::kAuto;
  bool resume = true;  // go on from the newest checkpoint of the directory, if there is one
};
// Files model.ckpt-<step>.{index,data-00000-of-00001} and `checkpoint`, TensorFlow's list of them. They hold the
// weights, the optimizer's slots, the step, and the state of the other callbacks. Resuming restores all that and passes
// over the batches already seen, so the weights in the end equal those of a run that was never stopped, bit by bit
// (running metrics of the interrupted epoch restart).
CallbackPtr ModelCheckpoint(ModelCheckpointOptions options);

// The newest checkpoint's prefix in a directory with a `checkpoint` file; NOT_FOUND.
absl::StatusOr<std::string> LatestCheckpoint(const std::string& directory);

}  // namespace keras

#endif  // TFX_TRAINER_CALLBACKS_H_
