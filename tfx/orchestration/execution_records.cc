#include "tfx/orchestration/execution_records.h"

#include <random>
#include <set>

#include "google/protobuf/util/json_util.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/orchestration/metadata_values.h"
#include "tfx/orchestration/versions.h"
#include "tfx/proto/orchestration/execution_result.pb.h"

namespace tfx {
namespace {

using ml_metadata::Event;

constexpr mlmd::PutTypeOptions kTolerant{.can_add_fields = true, .can_omit_fields = true};
constexpr mlmd::PutExecutionOptions kReuseContexts{.reuse_context_if_already_exist = true};

// Only has to be different from all others (RFC 4122, version 4).
std::string RandomUuid() {
  static std::mutex mutex;
  static std::random_device device;
  std::lock_guard lock(mutex);
  constexpr char kHex[] = "0123456789abcdef";
  std::string uuid = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  for (char& c : uuid) {
    if (c == 'x') c = kHex[device() % 16];
    if (c == 'y') c = kHex[8 + device() % 4];
  }
  return uuid;
}

// One event per (artifact, kind): an artifact that stands under several keys gets all of them in one path.
class Events {
 public:
  Events(Event::Type type, int64_t execution_id) : type_(type), execution_id_(execution_id) {}
  Event& Add(const std::string& key, int64_t index, int64_t artifact_id) {
    Event* event = nullptr;
    for (auto& known : events_) {
      if (artifact_id != 0 && known.artifact_id() == artifact_id) event = &known;
    }
    if (event == nullptr) {
      event = &events_.emplace_back();
      event->set_type(type_);
      if (execution_id_ != 0) event->set_execution_id(execution_id_);
      if (artifact_id != 0) event->set_artifact_id(artifact_id);
    }
    event->mutable_path()->add_steps()->set_key(key);
    event->mutable_path()->add_steps()->set_index(index);
    return *event;
  }
  std::vector<Event>& list() { return events_; }

 private:
  Event::Type type_;
  int64_t execution_id_;
  std::vector<Event> events_;
};

}  // namespace

void SetExecutionResult(const absl::Status& status, ml_metadata::Execution& execution) {
  ir::ExecutionResult result;
  result.set_code(static_cast<int>(status.code()));
  // JSON is UTF-8; a message may quote bytes that are not.
  std::string message;
  for (const char c : status.message()) {
    if (static_cast<unsigned char>(c) < 0x80) {
      message += c;
    } else {
      Append(&message, "\\", static_cast<int>(static_cast<unsigned char>(c)));
    }
  }
  result.set_result_message(message);
  std::string json;
  if (google::protobuf::util::MessageToJsonString(result, &json).ok()) {
    (*execution.mutable_custom_properties())["__execution_result__"].set_string_value(json);
  }
}

absl::StatusOr<ml_metadata::Context> ExecutionRecords::GetOrMakeContext(const std::string& type,
                                                                        const std::string& name) {
  int64_t type_id = 0;
  {
    std::lock_guard lock(mutex_);
    int64_t& cached = type_ids_["context/" + type];
    if (cached == 0) {
      ml_metadata::ContextType message;
      message.set_name(type);
      ASSIGN_OR_RETURN(cached, store_.PutContextType(message, kTolerant));
    }
    type_id = cached;
  }
  // Another thread or process may make it in between: look, put, and look again.
  for (int attempt = 0;; ++attempt) {
    ASSIGN_OR_RETURN(auto existing, store_.GetContextByTypeAndName(type, name));
    if (existing) return *std::move(existing);
    ml_metadata::Context context;
    context.set_type_id(type_id);
    context.set_type(type);
    context.set_name(name);
    const auto ids = store_.PutContexts({context});
    if (ids.ok()) {
      context.set_id((*ids)[0]);
      return context;
    }
    if (attempt > 0 || ids.status().code() != absl::StatusCode::kAlreadyExists) return ids.status();
  }
}

absl::Status ExecutionRecords::RegisterRun(const std::string& pipeline, const std::string& run_id) {
  ASSIGN_OR_RETURN(const auto parent, GetOrMakeContext("pipeline", pipeline));
  ASSIGN_OR_RETURN(const auto run, GetOrMakeContext("pipeline_run", run_id));
  ml_metadata::ParentContext link;
  link.set_parent_id(parent.id());
  link.set_child_id(run.id());
  const absl::Status status = store_.PutParentContexts({link});
  return status.code() == absl::StatusCode::kAlreadyExists ? absl::OkStatus() : status;
}

absl::StatusOr<std::vector<ml_metadata::Context>> ExecutionRecords::NodeContexts(const ir::PipelineNode& node,
                                                                                 const RuntimeParameters& parameters) {
  std::vector<ml_metadata::Context> contexts;
  for (const ir::ContextSpec& spec : node.contexts().contexts()) {
    ASSIGN_OR_RETURN(const ml_metadata::Value name, ResolveValue(spec.name(), parameters));
    ASSIGN_OR_RETURN(contexts.emplace_back(), GetOrMakeContext(spec.type().name(), name.string_value()));
  }
  return contexts;
}

absl::StatusOr<ml_metadata::Context> ExecutionRecords::CacheContext(const std::string& key) {
  return GetOrMakeContext("execution_cache", key);
}

absl::StatusOr<int64_t> ExecutionRecords::ArtifactTypeId(const ml_metadata::ArtifactType& type) {
  std::lock_guard lock(mutex_);
  int64_t& cached = type_ids_["artifact/" + type.name()];
  if (cached == 0) {
    ASSIGN_OR_RETURN(cached, store_.PutArtifactType(type, kTolerant));
  }
  return cached;
}

absl::Status ExecutionRecords::CheckNotMarked(const ResolvedInputs& artifacts) {
  const auto is_marked = [](const ml_metadata::Artifact& artifact) {
    return artifact.state() == ml_metadata::Artifact::MARKED_FOR_DELETION ||
           artifact.state() == ml_metadata::Artifact::DELETED;
  };
  std::set<int64_t> ids;
  for (const auto& [key, list] : artifacts) {
    for (const auto& artifact : list) {
      if (artifact.id() != 0 && !is_marked(artifact)) ids.insert(artifact.id());
    }
  }
  if (ids.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto now, store_.GetArtifactsByID(std::vector<int64_t>(ids.begin(), ids.end())));
  for (const ml_metadata::Artifact& artifact : now) {
    if (!is_marked(artifact)) continue;
    return absl::FailedPreconditionError(Concat("artifact ", artifact.id(), " (", artifact.uri(),
                                                ") was marked for deletion, by 'tfx metadata gc' perhaps, while this "
                                                "node took it; run the pipeline again"));
  }
  return absl::OkStatus();
}

absl::StatusOr<ml_metadata::Execution> ExecutionRecords::RegisterExecution(
    const ir::PipelineNode& node, const ResolvedInputs& inputs, const PropertyMap& properties,
    const std::vector<ml_metadata::Context>& contexts) {
  ml_metadata::Execution execution;
  {
    std::lock_guard lock(mutex_);
    int64_t& cached = type_ids_["execution/" + node.node_info().type().name()];
    if (cached == 0) {
      ASSIGN_OR_RETURN(cached, store_.PutExecutionType(node.node_info().type(), kTolerant));
    }
    execution.set_type_id(cached);
  }
  execution.set_name(RandomUuid());
  execution.set_last_known_state(ml_metadata::Execution::RUNNING);
  ToMlmdMap(properties, execution.mutable_custom_properties());
  Events events(Event::INPUT, 0);
  for (const auto& [key, artifacts] : inputs) {
    for (size_t i = 0; i < artifacts.size(); ++i) events.Add(key, static_cast<int64_t>(i), artifacts[i].id());
  }
  std::vector<mlmd::ArtifactAndEvent> pairs;
  for (Event& event : events.list()) pairs.push_back({std::nullopt, std::move(event)});
  ASSIGN_OR_RETURN(const auto result, store_.PutExecution(execution, pairs, contexts, kReuseContexts));
  execution.set_id(result.execution_id);
  return execution;
}

absl::Status ExecutionRecords::PublishComplete(const ir::PipelineNode& node, ml_metadata::Execution execution,
                                               const ExecutorOutputs& outputs, const PropertyMap& properties,
                                               const std::vector<ml_metadata::Context>& contexts) {
  execution.set_last_known_state(ml_metadata::Execution::COMPLETE);
  ToMlmdMap(properties, execution.mutable_custom_properties());
  std::vector<mlmd::ArtifactAndEvent> pairs;
  Events events(Event::OUTPUT, execution.id());
  for (const auto& [key, artifacts] : outputs.all()) {
    const auto spec = node.outputs().outputs().find(key);
    if (spec == node.outputs().outputs().end())
      return absl::InternalError(Concat("output '", key, "' is not in the IR"));
    const ml_metadata::ArtifactType& type = spec->second.artifact_spec().type();
    ASSIGN_OR_RETURN(const int64_t type_id, ArtifactTypeId(type));
    for (size_t i = 0; i < artifacts.size(); ++i) {
      ml_metadata::Artifact artifact;
      artifact.set_type_id(type_id);
      artifact.set_uri(artifacts[i].uri);
      artifact.set_state(ml_metadata::Artifact::LIVE);
      ToMlmdMap(artifacts[i].properties, artifact.mutable_properties());
      ToMlmdMap(artifacts[i].custom_properties, artifact.mutable_custom_properties());
      for (const auto& [name, value] : artifact.properties()) {
        if (!type.properties().contains(name)) {
          return absl::InternalError(Concat("output '", key, "': type ", type.name(), " declares no property '", name,
                                            "'; the component must set it as a custom property"));
        }
      }
      auto& custom = *artifact.mutable_custom_properties();
      if (!custom.contains("tfx_version")) custom["tfx_version"].set_string_value(kTfxVersion);
      if (!custom.contains("is_external")) custom["is_external"].set_int_value(0);
      pairs.push_back({std::move(artifact), events.Add(key, static_cast<int64_t>(i), 0)});
    }
  }
  return store_.PutExecution(execution, pairs, contexts, kReuseContexts).status();
}

absl::Status ExecutionRecords::PublishExisting(ml_metadata::Execution execution, ml_metadata::Execution::State state,
                                               Event::Type event_type, const ResolvedInputs& outputs,
                                               const std::vector<ml_metadata::Context>& contexts) {
  execution.set_last_known_state(state);
  Events events(event_type, execution.id());
  std::vector<mlmd::ArtifactAndEvent> pairs;
  for (const auto& [key, artifacts] : outputs) {
    for (size_t i = 0; i < artifacts.size(); ++i) {
      const ml_metadata::Artifact& artifact = artifacts[i];
      Event& event = events.Add(key, static_cast<int64_t>(i), artifact.id());
      if (artifact.id() == 0) pairs.push_back({artifact, event});
    }
  }
  // Only their events: the artifacts as they were read would undo what others did to them since.
  for (Event& event : events.list()) {
    if (event.artifact_id() != 0) pairs.push_back({std::nullopt, std::move(event)});
  }
  RETURN_IF_ERROR(store_.PutExecution(execution, pairs, contexts, kReuseContexts).status());
  return CheckNotMarked(outputs);
}

absl::Status ExecutionRecords::PublishFailure(ml_metadata::Execution execution, ml_metadata::Execution::State state,
                                              const absl::Status& reason) {
  execution.set_last_known_state(state);
  SetExecutionResult(reason, execution);
  return store_.PutExecutions({execution}).status();
}

}  // namespace tfx
