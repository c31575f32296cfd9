#include "tfx/components/pusher.h"

#include <ctime>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/components/trainer.h"
#include "tfx/io/file_system.h"
#include "tfx/proto/pusher.pb.h"

namespace tfx {
namespace {

// Servers take a version directory to be complete as soon as saved_model.pb is there, so that comes last, and the
// directory gets its name only when all else is in it.
absl::Status PushTree(const std::string& model, const std::string& staging, const std::string& destination) {
  RETURN_IF_ERROR(io::RemoveRecursively(staging));
  RETURN_IF_ERROR(io::CreateDirectories(staging));
  ASSIGN_OR_RETURN(const std::vector<io::FileInfo> files, io::ListRecursively(model));
  std::string last;
  for (const io::FileInfo& file : files) {
    const std::string relative = file.path.substr(model.size() + (model.ends_with('/') ? 0 : 1));
    if (relative == "saved_model.pb") {
      last = file.path;
      continue;
    }
    RETURN_IF_ERROR(io::CreateDirectories(io::Dirname(io::JoinPath(staging, relative))));
    RETURN_IF_ERROR(io::CopyFile(file.path, io::JoinPath(staging, relative)));
  }
  if (last.empty()) return absl::NotFoundError(absl::StrCat("there is no saved_model.pb in ", model));
  RETURN_IF_ERROR(io::CopyFile(last, io::JoinPath(staging, "saved_model.pb")));
  return io::Rename(staging, destination);
}

class PusherExecutor : public Executor {
 public:
  absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
                  const ExecutorContext& context) override {
    OutputArtifact& pushed = outputs["pushed_model"];
    for (const char* key : {"model_blessing", "infra_blessing"}) {
      ASSIGN_OR_RETURN(const Artifact* blessing, inputs.Optional(key));
      if (blessing != nullptr && blessing->IntProperty("blessed") != 1) {
        pushed.custom_properties["pushed"] = int64_t{0};
        outputs.set_summary(absl::StrCat("not pushed: ", key, " is not blessed"));
        return absl::OkStatus();
      }
    }
    ASSIGN_OR_RETURN(const std::string model, SourceModel(inputs));
    components::pusher::PushDestination destination;
    RETURN_IF_ERROR(properties.Proto("push_destination", &destination));
    const std::string version = absl::StrCat(std::time(nullptr));
    const std::string target = io::JoinPath(destination.filesystem().base_directory(), version);
    // One name per node, so that the next push clears away what a killed one left.
    const std::string staging = io::JoinPath(destination.filesystem().base_directory(),
                                             absl::StrCat(".pushing-", context.pipeline_name, "-", context.node_id));
    if (!io::Exists(target)) RETURN_IF_ERROR(PushTree(model, staging, target));
    RETURN_IF_ERROR(io::CopyTree(model, pushed.path));
    pushed.custom_properties["pushed"] = int64_t{1};
    pushed.custom_properties["pushed_destination"] = target;
    pushed.custom_properties["pushed_version"] = version;
    outputs.set_summary(absl::StrCat("pushed to ", target));
    return absl::OkStatus();
  }

 private:
  static absl::StatusOr<std::string> SourceModel(const ExecutorInputs& inputs) {
    ASSIGN_OR_RETURN(const Artifact* model, inputs.Optional("model"));
    if (model != nullptr) return ServingModelPath(*model);
    ASSIGN_OR_RETURN(const Artifact* infra_blessing, inputs.Optional("infra_blessing"));
    if (infra_blessing != nullptr && infra_blessing->IntProperty("has_model") == 1) {
      return io::JoinPath(infra_blessing->uri, "stamped_model");
    }
    return absl::FailedPreconditionError(
        "there is no model to push: wire `model`, or an infra_blessing that holds one");
  }
};

}  // namespace

const ComponentDescription<Pusher>& Pusher::Describe() {
  static const auto& description = *new ComponentDescription<Pusher>(
      ComponentDescription<Pusher>("Pusher", "Copies a blessed model to where servers look for it.")
          .Type("tfx.components.pusher.component.Pusher", ExecutionBaseType::kDeploy)
          .OptionalInput("model", &Pusher::model, "Model to push.")
          .OptionalInput("model_blessing", &Pusher::model_blessing, "An Evaluator's verdict.")
          .OptionalInput("infra_blessing", &Pusher::infra_blessing, "An InfraValidator's verdict.")
          .ComputedParameter(
              "push_destination", "message tfx.components.pusher.PushDestination",
              [](const Pusher& c) {
                components::pusher::PushDestination destination;
                destination.mutable_filesystem()->set_base_directory(c.push_destination.base_directory);
                return ProtoParameter(destination);
              },
              "Directory that gets one sub-directory per version.")
          .ComputedParameter(
              "custom_config", "JSON object", [](const Pusher&) { return JsonObjectParameter("null"); }, "Unused.")
          .Output("pushed_model", &Outputs::pushed_model, "A copy of the pushed model.")
          .Check([](const Pusher& c, WiringProblems& problems) {
            if (c.push_destination.base_directory.empty()) {
              problems.Add("push_destination", "base_directory is empty; say where models are served from");
            }
            if (!c.model.wired() && !c.infra_blessing.wired())
              problems.Add("model", "neither model nor infra_blessing is wired");
          })
          .ExecutorClass("tfx.components.pusher.executor.Executor",
                         [](const Pusher&) { return std::make_unique<PusherExecutor>(); }));
  return description;
}

}  // namespace tfx
