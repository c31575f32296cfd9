#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/tensorflow/checkpoint.h"
#include "tfx/trainer/callbacks.h"
#include "tfx/trainer/model.h"
#include "tfx/trainer/monitor.h"

namespace keras {
namespace {

using tfx::tf::Tensor;
using State = std::map<std::string, Tensor>;

constexpr char kListFile[] = "checkpoint";

// Names of the checkpoints in the directory, oldest first, the newest last: CheckpointState in text form.
absl::StatusOr<std::vector<std::string>> ReadList(const std::string& directory) {
  ASSIGN_OR_RETURN(const std::string text, tfx::io::ReadFile(tfx::io::JoinPath(directory, kListFile)));
  std::vector<std::string> names;
  std::string newest;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    const std::vector<absl::string_view> parts = absl::StrSplit(line, '"');
    if (parts.size() != 3) {
      return absl::DataLossError(
          absl::StrCat(tfx::io::JoinPath(directory, kListFile), ": not a list of checkpoints: ", line));
    }
    if (absl::StripLeadingAsciiWhitespace(parts[0]).substr(0, 3) == "all") {
      names.emplace_back(parts[1]);
    } else {
      newest = std::string(parts[1]);
    }
  }
  if (newest.empty())
    return absl::DataLossError(absl::StrCat(tfx::io::JoinPath(directory, kListFile), " names no checkpoint"));
  names.erase(std::remove(names.begin(), names.end(), newest), names.end());
  names.push_back(newest);
  return names;
}

int64_t IntegerOf(const State& state, const std::string& key) {
  const auto found = state.find(key);
  return found != state.end() && found->second.dtype() == ::tensorflow::DT_INT64 && found->second.num_elements() == 1
             ? found->second.scalar<int64_t>()
             : -1;
}

class ModelCheckpointCallback : public Callback {
 public:
  explicit ModelCheckpointCallback(const ModelCheckpointOptions& options)
      : options_(options), monitor_(options.monitor, options.mode, 0) {}

  bool RunsLast() const override { return true; }

  absl::Status OnTrainBegin(Model& model, FitState& state) override {
    if (options_.directory.empty()) return absl::InvalidArgumentError("ModelCheckpoint needs a directory");
    names_.clear();
    const bool any = tfx::io::Exists(tfx::io::JoinPath(options_.directory, kListFile));
    if (!any) return absl::OkStatus();
    ASSIGN_OR_RETURN(names_, ReadList(options_.directory));
    if (!options_.resume) return absl::OkStatus();
    return tfx::Annotate(Resume(model, state),
                         absl::StrCat("ModelCheckpoint: resuming from ", options_.directory,
                                      " (give another directory or .resume = false to start anew)"));
  }

  absl::Status OnStepEnd(Model& model, FitState& state, const Logs&) override {
    if (options_.save_every_steps <= 0 || options_.save_best_only || state.step % options_.save_every_steps != 0 ||
        state.step_in_epoch == state.steps_per_epoch) {
      return absl::OkStatus();  // the end of the epoch saves too, with the validation's outcome in the callbacks' state
    }
    return Save(model, state, state.epoch, state.step_in_epoch);
  }

  absl::Status OnEpochEnd(Model& model, FitState& state, const Logs& logs) override {
    if (options_.save_best_only) {
      absl::StatusOr<bool> improved = monitor_.Improved(logs);
      if (!improved.ok()) return tfx::Annotate(improved.status(), "ModelCheckpoint");
      if (!*improved) return absl::OkStatus();
    }
    return Save(model, state, state.epoch + 1, 0);
  }

 private:
  absl::Status Save(Model& model, const FitState& fit, int64_t epoch, int64_t step_in_epoch) {
    ASSIGN_OR_RETURN(State state, model.GetState());
    state["fit/epoch"] = Tensor::Scalar<int64_t>(epoch);
    state["fit/step"] = Tensor::Scalar<int64_t>(fit.step);
    state["fit/step_in_epoch"] = Tensor::Scalar<int64_t>(step_in_epoch);
    state["fit/stopped"] = Tensor::Scalar<int64_t>(fit.stop_training ? 1 : 0);
    state["fit/best"] = Tensor::Scalar<double>(monitor_.best());
    for (size_t i = 0; i < fit.callbacks.size(); ++i) {
      for (auto& [key, value] : fit.callbacks[i]->SaveState()) state[absl::StrCat("callback/", i, "/", key)] = value;
    }
    const std::string name = absl::StrCat("model.ckpt-", fit.step);
    RETURN_IF_ERROR(tfx::io::CreateDirectories(options_.directory));
    RETURN_IF_ERROR(tfx::tf::WriteCheckpoint(tfx::io::JoinPath(options_.directory, name), state));
    names_.erase(std::remove(names_.begin(), names_.end(), name), names_.end());
    names_.push_back(name);
    std::vector<std::string> old;
    while (options_.max_to_keep > 0 && static_cast<int64_t>(names_.size()) > options_.max_to_keep) {
      old.push_back(names_.front());
      names_.erase(names_.begin());
    }
    // The list first, the files after: whoever reads in between finds what the list names.
    std::string list = absl::StrCat("model_checkpoint_path: \"", name, "\"\n");
    for (const std::string& kept : names_) absl::StrAppend(&list, "all_model_checkpoint_paths: \"", kept, "\"\n");
    RETURN_IF_ERROR(tfx::io::WriteFile(tfx::io::JoinPath(options_.directory, kListFile), list));
    for (const std::string& removed : old) {
      for (const char* suffix : {".index", ".data-00000-of-00001"}) {
        RETURN_IF_ERROR(tfx::io::RemoveRecursively(tfx::io::JoinPath(options_.directory, removed + suffix)));
      }
    }
    return absl::OkStatus();
  }

  absl::Status Resume(Model& model, FitState& fit) {
    ASSIGN_OR_RETURN(const State state, tfx::tf::ReadCheckpoint(tfx::io::JoinPath(options_.directory, names_.back())));
    const int64_t epoch = IntegerOf(state, "fit/epoch"), step = IntegerOf(state, "fit/step");
    const int64_t step_in_epoch = IntegerOf(state, "fit/step_in_epoch");
    if (epoch < 0 || step < 0 || step_in_epoch < 0) {
      return absl::InvalidArgumentError(absl::StrCat(names_.back(), " was not written by ModelCheckpoint"));
    }
    RETURN_IF_ERROR(model.SetState(state));
    if (const auto best = state.find("fit/best");
        best != state.end() && best->second.dtype() == ::tensorflow::DT_DOUBLE) {
      monitor_.set_best(best->second.scalar<double>());
    }
    for (size_t i = 0; i < fit.callbacks.size(); ++i) {
      const std::string prefix = absl::StrCat("callback/", i, "/");
      State own;
      for (auto it = state.lower_bound(prefix); it != state.end() && it->first.rfind(prefix, 0) == 0; ++it) {
        own[it->first.substr(prefix.size())] = it->second;
      }
      if (!own.empty()) RETURN_IF_ERROR(fit.callbacks[i]->LoadState(own));
    }
    fit.epoch = epoch;
    fit.step = step;
    fit.step_in_epoch = step_in_epoch;
    fit.stop_training = IntegerOf(state, "fit/stopped") == 1;
    return absl::OkStatus();
  }

  const ModelCheckpointOptions options_;
  internal::Monitor monitor_;
  std::vector<std::string> names_;  // checkpoints in the directory, oldest first
};

}  // namespace

CallbackPtr ModelCheckpoint(ModelCheckpointOptions options) {
  return std::make_shared<ModelCheckpointCallback>(std::move(options));
}

absl::StatusOr<std::string> LatestCheckpoint(const std::string& directory) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ReadList(directory));
  // TensorFlow may have written an absolute path.
  return names.back().front() == '/' ? names.back() : tfx::io::JoinPath(directory, names.back());
}

}  // namespace keras
