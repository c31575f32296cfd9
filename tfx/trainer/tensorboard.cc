#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "tensorflow/core/framework/graph.pb.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/tensorflow/event_writer.h"
#include "tfx/trainer/callbacks.h"
#include "tfx/trainer/model.h"

namespace keras {
namespace {

using tfx::tf::EventWriter;

constexpr char kValidationPrefix[] = "val_";

class TensorBoardCallback : public Callback {
 public:
  explicit TensorBoardCallback(TensorBoardOptions options) : options_(std::move(options)) {}

  bool WantsStepLogs() const override { return options_.update_every_steps > 0; }

  absl::Status OnTrainBegin(Model& model, FitState&) override {
    if (options_.log_dir.empty()) return absl::InvalidArgumentError("TensorBoard needs a log_dir");
    ASSIGN_OR_RETURN(train_, EventWriter::Open(tfx::io::JoinPath(options_.log_dir, "train")));
    if (options_.write_graph) {
      ASSIGN_OR_RETURN(const ::tensorflow::GraphDef graph, model.graph().ToGraphDef());
      RETURN_IF_ERROR(train_->AddGraph(graph));
    }
    return absl::OkStatus();
  }

  absl::Status OnStepEnd(Model&, FitState& state, const Logs& logs) override {
    if (options_.update_every_steps <= 0 || state.step % options_.update_every_steps != 0) return absl::OkStatus();
    for (const auto& [name, value] : logs) {
      RETURN_IF_ERROR(train_->AddScalar("batch_" + name, static_cast<float>(value), state.step));
    }
    return train_->Flush();
  }

  absl::Status OnEpochEnd(Model&, FitState& state, const Logs& logs) override {
    for (const auto& [name, value] : logs) {
      absl::string_view bare = name;
      EventWriter* writer = train_.get();
      if (absl::ConsumePrefix(&bare, kValidationPrefix)) {
        if (validation_ == nullptr) {
          ASSIGN_OR_RETURN(validation_, EventWriter::Open(tfx::io::JoinPath(options_.log_dir, "validation")));
        }
        writer = validation_.get();
      }
      RETURN_IF_ERROR(writer->AddScalar("epoch_" + std::string(bare), static_cast<float>(value), state.epoch));
    }
    RETURN_IF_ERROR(train_->Flush());
    return validation_ == nullptr ? absl::OkStatus() : validation_->Flush();
  }

  absl::Status OnTrainEnd(Model&, FitState&) override {
    RETURN_IF_ERROR(train_->Close());
    train_.reset();
    if (validation_ == nullptr) return absl::OkStatus();
    RETURN_IF_ERROR(validation_->Close());
    validation_.reset();
    return absl::OkStatus();
  }

 private:
  const TensorBoardOptions options_;
  std::unique_ptr<EventWriter> train_;
  std::unique_ptr<EventWriter> validation_;  // from the first validation on
};

}  // namespace

CallbackPtr TensorBoard(TensorBoardOptions options) {
  return std::make_shared<TensorBoardCallback>(std::move(options));
}

}  // namespace keras
