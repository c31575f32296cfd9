#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/trainer/callbacks.h"
#include "tfx/trainer/model.h"
#include "tfx/trainer/monitor.h"

namespace keras {
namespace {

using tfx::tf::Tensor;

constexpr char kWeightPrefix[] = "weights/";

class EarlyStoppingCallback : public Callback {
 public:
  explicit EarlyStoppingCallback(const EarlyStoppingOptions& options)
      : options_(options), monitor_(options.monitor, options.mode, options.min_delta) {}

  absl::Status OnTrainBegin(Model&, FitState&) override {
    // Each Fit starts afresh; ModelCheckpoint puts the state back after this where a Fit is resumed.
    monitor_ = internal::Monitor(options_.monitor, options_.mode, options_.min_delta);
    wait_ = 0;
    best_weights_.clear();
    return absl::OkStatus();
  }

  absl::Status OnEpochEnd(Model& model, FitState& state, const Logs& logs) override {
    absl::StatusOr<bool> improved = monitor_.Improved(logs);
    if (!improved.ok()) return tfx::Annotate(improved.status(), "EarlyStopping");
    if (*improved) {
      wait_ = 0;
      if (options_.restore_best_weights) {
        ASSIGN_OR_RETURN(best_weights_, model.GetWeights());
      }
      return absl::OkStatus();
    }
    ++wait_;
    if (wait_ < options_.patience || state.epoch == 0) return absl::OkStatus();
    state.stop_training = true;
    for (const auto& [name, value] : best_weights_) RETURN_IF_ERROR(model.SetWeight(name, value));
    return absl::OkStatus();
  }

  std::map<std::string, Tensor> SaveState() const override {
    std::map<std::string, Tensor> state = {{"best", Tensor::Scalar<double>(monitor_.best())},
                                           {"wait", Tensor::Scalar<int64_t>(wait_)}};
    for (const auto& [name, value] : best_weights_) state[kWeightPrefix + name] = value;
    return state;
  }

  absl::Status LoadState(const std::map<std::string, Tensor>& state) override {
    const auto best = state.find("best"), wait = state.find("wait");
    if (best == state.end() || wait == state.end() || best->second.dtype() != ::tensorflow::DT_DOUBLE ||
        wait->second.dtype() != ::tensorflow::DT_INT64) {
      return absl::InvalidArgumentError("the checkpoint has no state for EarlyStopping");
    }
    monitor_.set_best(best->second.scalar<double>());
    wait_ = wait->second.scalar<int64_t>();
    for (const auto& [name, value] : state) {
      if (name.rfind(kWeightPrefix, 0) == 0) best_weights_[name.substr(sizeof(kWeightPrefix) - 1)] = value;
    }
    return absl::OkStatus();
  }

 private:
  const EarlyStoppingOptions options_;
  internal::Monitor monitor_;
  int64_t wait_ = 0;  // epochs since the best one
  std::map<std::string, Tensor> best_weights_;
};

}  // namespace

CallbackPtr EarlyStopping(EarlyStoppingOptions options) {
  return std::make_shared<EarlyStoppingCallback>(std::move(options));
}

}  // namespace keras
