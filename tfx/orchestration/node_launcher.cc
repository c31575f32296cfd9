#include "tfx/orchestration/node_launcher.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <ranges>

#include "tfx/base/concat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/dsl/importer.h"
#include "tfx/dsl/resolver.h"
#include "tfx/io/file_system.h"
#include "tfx/orchestration/metadata_values.h"
#include "tfx/orchestration/output_staging.h"
#include "tfx/orchestration/versions.h"
#include "tfx/proto/orchestration/executable_spec.pb.h"

namespace tfx {
namespace {

constexpr size_t kStatefulIndexDigits = 32;

// User code may throw; nothing of ours does.
template <typename Call>
absl::Status Guarded(Call call) {
  try {
    return call();
  } catch (const std::exception& e) {
    return absl::InternalError(Concat("the executor threw an exception: ", e.what()));
  } catch (...) {
    return absl::InternalError("the executor threw an exception of an unknown kind");
  }
}

std::string CountOutputs(const ResolvedInputs& outputs) {
  std::string text;
  for (const auto& [key, artifacts] : outputs) {
    if (artifacts.empty()) continue;
    Append(&text, text.empty() ? "" : ", ", artifacts.size(), " ", artifacts[0].type());
  }
  return text;
}

// Whether the store may have done what it was asked for, without our knowing.
bool IsUnanswered(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

void SetOutputs(const ResolvedInputs& outputs, NodeResult& result) {
  for (const auto& [key, artifacts] : outputs) {
    for (const auto& artifact : artifacts) result.outputs[key].push_back(artifact.uri());
  }
}

}  // namespace

std::string_view NodeStateName(NodeState state) {
  switch (state) {
    case NodeState::kPending:
      return "PENDING";
    case NodeState::kRunning:
      return "RUNNING";
    case NodeState::kComplete:
      return "COMPLETE";
    case NodeState::kCached:
      return "CACHED";
    case NodeState::kFailed:
      return "FAILED";
    case NodeState::kCanceled:
      return "CANCELED";
    case NodeState::kSkipped:
      return "SKIPPED";
    case NodeState::kAlreadyDone:
      return "DONE";
  }
  return "";
}

struct NodeLauncher::Attempt {
  const ir::PipelineNode& node;
  const CancellationToken& cancellation;
  const std::atomic<bool>& timed_out;
  const LaunchCallbacks& callbacks;
  std::string id;
  std::vector<ml_metadata::Context> contexts;
  ResolvedInputs inputs;
  PropertyMap properties;
  ml_metadata::Execution execution;
  bool claimed = false;    // its directory was made: what lies there is this execution's
  bool own_fault = false;  // the executor failed, not the store
  NodeResult result;
};

NodeLauncher::NodeLauncher(const ir::Pipeline& pipeline, const PipelineGraph& program, ExecutionRecords& records,
                           LaunchSettings settings)
    : pipeline_(pipeline), program_(program), records_(records), settings_(std::move(settings)) {
  ir::IntermediateDeploymentConfig deployment;
  pipeline_.deployment_config().UnpackTo(&deployment);
  for (const auto& [id, any] : deployment.executor_specs()) {
    ir::executable_spec::PythonClassExecutableSpec spec;
    if (any.UnpackTo(&spec)) executor_classes_[id] = spec.class_path();
  }
}

const Node* NodeLauncher::FindNode(std::string_view id) const {
  for (const Node& node : program_.nodes()) {
    if (node.id == id) return &node;
  }
  return nullptr;
}

NodeResult NodeLauncher::Launch(const ir::PipelineNode& node, const CancellationToken& cancellation,
                                const std::atomic<bool>& timed_out, const LaunchCallbacks& callbacks) {
  const auto start = std::chrono::steady_clock::now();
  Attempt attempt{.node = node,
                  .cancellation = cancellation,
                  .timed_out = timed_out,
                  .callbacks = callbacks,
                  .id = node.node_info().id()};
  absl::Status status = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(attempt.contexts, records_.NodeContexts(node, settings_.runtime_parameters));
    absl::Status problem;
    for (const auto& [name, value] : node.parameters().parameters()) {
      auto resolved = ResolveValue(value, settings_.runtime_parameters);
      if (!resolved.ok()) {
        problem.Update(Annotate(resolved.status(), name));
        continue;
      }
      attempt.properties[name] = FromMlmdValue(*resolved);
    }
    const Node* program = FindNode(attempt.id);
    if (program != nullptr && program->runs_user_code) {
      attempt.properties["module_path"] = Concat(settings_.program_name, "@", settings_.program_build_id);
    }
    auto inputs = ResolveInputs(records_.store(), node, settings_.runtime_parameters);
    if (inputs.ok()) {
      attempt.inputs = *std::move(inputs);
    } else {
      problem.Update(inputs.status());
    }
    // A node whose inputs do not resolve is recorded too, as a failure. What a resolver finds are its outputs.
    const bool resolver = node.node_info().type().name() == kResolverTypeName;
    ASSIGN_OR_RETURN(attempt.execution, records_.RegisterExecution(node, resolver ? ResolvedInputs() : attempt.inputs,
                                                                   attempt.properties, attempt.contexts));
    attempt.result.execution_id = attempt.execution.id();
    RETURN_IF_ERROR(problem);
    if (resolver) return RunResolver(attempt);
    RETURN_IF_ERROR(records_.CheckNotMarked(attempt.inputs));
    if (node.node_info().type().name() == kImporterTypeName) return RunImporter(attempt);
    return RunExecutor(attempt);
  }();
  NodeResult& result = attempt.result;
  if (!status.ok()) {
    const bool unanswered = !attempt.own_fault && !timed_out && IsUnanswered(status);
    if (timed_out) {
      status = absl::DeadlineExceededError(Concat("took longer than ", node.execution_options().execution_timeout_sec(),
                                                  " seconds (execution_timeout_seconds)"));
    }
    const bool cancelled = cancellation.cancelled() && !timed_out;
    result.state = cancelled ? NodeState::kCanceled : NodeState::kFailed;
    result.outputs.clear();
    result.status = status;
    if (unanswered) {
      // Its end, or even its beginning, may have been recorded: the next run asks (RecoverDeadRuns).
      result.unsettled = true;
    } else if (attempt.execution.has_id()) {
      const auto state = cancelled ? ml_metadata::Execution::CANCELED : ml_metadata::Execution::FAILED;
      const absl::Status removed =
          attempt.claimed ? RemoveExecution(settings_.root, attempt.id, attempt.execution.id()) : absl::OkStatus();
      const absl::Status recorded = records_.PublishFailure(attempt.execution, state, status);
      result.unsettled = !recorded.ok();
      for (const absl::Status& also : {removed, recorded}) {
        if (!also.ok()) {
          result.status = absl::Status(status.code(), Concat(status.message(), "\nand then: ", also.message()));
        }
      }
    }
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return std::move(result);
}

absl::Status NodeLauncher::RunResolver(Attempt& attempt) {
  RETURN_IF_ERROR(records_.PublishExisting(attempt.execution, ml_metadata::Execution::COMPLETE,
                                           ml_metadata::Event::INTERNAL_OUTPUT, attempt.inputs, attempt.contexts));
  attempt.result.state = NodeState::kComplete;
  SetOutputs(attempt.inputs, attempt.result);
  const std::string found = CountOutputs(attempt.inputs);
  attempt.result.summary = found.empty() ? "found nothing" : Concat("found ", found);
  return absl::OkStatus();
}

absl::Status NodeLauncher::RunImporter(Attempt& attempt) {
  const ExecutionProperties properties(attempt.properties);
  ASSIGN_OR_RETURN(const std::string uri, properties.String("artifact_uri"));
  if (!io::Exists(uri)) return absl::NotFoundError(Concat("source_uri ", uri, " does not exist"));
  ASSIGN_OR_RETURN(const std::string key, properties.String("output_key"));
  const auto spec = attempt.node.outputs().outputs().find(key);
  if (spec == attempt.node.outputs().outputs().end()) return absl::InternalError(Concat("no output '", key, "'"));
  const ir::OutputSpec::ArtifactSpec& artifact_spec = spec->second.artifact_spec();

  ml_metadata::Artifact wanted;
  ASSIGN_OR_RETURN(const int64_t type_id, records_.ArtifactTypeId(artifact_spec.type()));
  wanted.set_type_id(type_id);
  wanted.set_type(artifact_spec.type().name());
  wanted.set_uri(uri);
  wanted.set_state(ml_metadata::Artifact::LIVE);
  for (const auto& [name, value] : artifact_spec.additional_properties()) {
    ASSIGN_OR_RETURN((*wanted.mutable_properties())[name], ResolveValue(value, settings_.runtime_parameters));
  }
  for (const auto& [name, value] : artifact_spec.additional_custom_properties()) {
    ASSIGN_OR_RETURN((*wanted.mutable_custom_properties())[name], ResolveValue(value, settings_.runtime_parameters));
  }
  const auto matches = [&wanted](const ml_metadata::Artifact& artifact) {
    const auto has_all = [](const auto& expected, const auto& actual) {
      return std::all_of(expected.begin(), expected.end(), [&](const auto& entry) {
        const auto it = actual.find(entry.first);
        return it != actual.end() && it->second.SerializeAsString() == entry.second.SerializeAsString();
      });
    };
    return artifact.type_id() == wanted.type_id() && artifact.state() == ml_metadata::Artifact::LIVE &&
           has_all(wanted.properties(), artifact.properties()) &&
           has_all(wanted.custom_properties(), artifact.custom_properties());
  };
  ResolvedInputs outputs;
  if (!properties.BoolOr("reimport", false)) {
    ASSIGN_OR_RETURN(const std::vector<ml_metadata::Artifact> known, records_.store().GetArtifactsByURI({uri}));
    for (const ml_metadata::Artifact& artifact : known) {
      if (matches(artifact)) outputs[key] = {artifact};  // ascending ids: the newest stays
    }
  }
  const bool reused = !outputs.empty();
  if (!reused) {
    (*wanted.mutable_custom_properties())["is_external"].set_int_value(1);
    (*wanted.mutable_custom_properties())["tfx_version"].set_string_value(kTfxVersion);
    wanted.clear_type();
    outputs[key] = {wanted};
  }
  RETURN_IF_ERROR(records_.PublishExisting(attempt.execution,
                                           reused ? ml_metadata::Execution::CACHED : ml_metadata::Execution::COMPLETE,
                                           ml_metadata::Event::OUTPUT, outputs, attempt.contexts));
  attempt.result.state = reused ? NodeState::kCached : NodeState::kComplete;
  attempt.result.summary = uri;
  SetOutputs(outputs, attempt.result);
  return absl::OkStatus();
}

absl::Status NodeLauncher::LookUpCache(Attempt& attempt, const std::string& key, CacheDecision& decision,
                                       ResolvedInputs& outputs) {
  mlmd::MetadataStore& store = records_.store();
  ASSIGN_OR_RETURN(const auto context, store.GetContextByTypeAndName("execution_cache", key));
  if (!context) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto page, store.GetExecutionsByContext(context->id()));
  for (const ml_metadata::Execution& execution : std::views::reverse(page.items)) {
    if (execution.last_known_state() != ml_metadata::Execution::COMPLETE &&
        execution.last_known_state() != ml_metadata::Execution::CACHED) {
      continue;
    }
    ASSIGN_OR_RETURN(ResolvedInputs candidate, OutputsOf(store, execution.id()));
    std::string missing;
    for (const auto& [output, spec] : attempt.node.outputs().outputs()) {
      if (candidate[output].empty())
        missing = Concat("output ", output, " of execution ", execution.id(), " is not recorded");
    }
    for (const auto& [output, artifacts] : candidate) {
      for (const auto& artifact : artifacts) {
        if (artifact.state() != ml_metadata::Artifact::LIVE) {
          missing = Concat("artifact ", artifact.id(), " (", artifact.uri(), ") is no longer live");
        } else if (!io::Exists(artifact.uri())) {
          missing = Concat("its output is gone: ", artifact.uri());
        }
      }
    }
    if (missing.empty()) {
      decision.answer = CacheDecision::Answer::kReused;
      decision.reused_execution = execution.id();
      decision.note.clear();
      outputs = std::move(candidate);
      return absl::OkStatus();
    }
    if (decision.note.empty()) decision.note = missing;
  }
  return absl::OkStatus();
}

absl::Status NodeLauncher::RunExecutor(Attempt& attempt) {
  const Node* program = FindNode(attempt.id);
  if (program == nullptr || !program->make_executor) {
    return absl::UnimplementedError(Concat("this program has no executor for node '", attempt.id, "'"));
  }
  ExecutorInputs::Map input_map;
  for (const auto& [key, artifacts] : attempt.inputs) {
    for (const auto& artifact : artifacts) input_map[key].push_back(FromMlmd(artifact));
  }
  const ExecutorInputs inputs(std::move(input_map));
  ExecutorOutputs::Map output_map;
  for (const auto& [key, spec] : attempt.node.outputs().outputs()) {
    OutputArtifact artifact;
    artifact.type_name = spec.artifact_spec().type().name();
    output_map[key].push_back(std::move(artifact));
  }
  ExecutorOutputs outputs(std::move(output_map));
  ExecutionProperties properties(attempt.properties);
  const OutputStaging staging(settings_.root, attempt.id, attempt.execution.id());
  RETURN_IF_ERROR(staging.Claim(attempt.node.outputs()));
  attempt.claimed = true;
  std::unique_ptr<Executor> executor;
  attempt.own_fault = true;
  RETURN_IF_ERROR(Guarded([&] {
    executor = program->make_executor();
    return executor->Prepare(inputs, outputs, properties);
  }));
  attempt.own_fault = false;
  RETURN_IF_ERROR(attempt.cancellation.Check());

  CacheRecord record;
  ASSIGN_OR_RETURN(record.ingredients,
                   CollectIngredients(pipeline_.pipeline_info().id(), attempt.node, executor_classes_[attempt.id],
                                      attempt.inputs, properties.all(), program->file_parameters));
  if (program->runs_user_code) {
    record.ingredients.program_build_id = settings_.program_build_id;
    record.ingredients.seed = Concat(settings_.seed);
  }
  const std::string key = CacheKey(record.ingredients);
  ASSIGN_OR_RETURN(const ml_metadata::Context cache_context, records_.CacheContext(key));
  attempt.contexts.push_back(cache_context);
  const bool use_cache = settings_.use_cache && attempt.node.execution_options().caching_options().enable_cache();
  ResolvedInputs reused;
  if (use_cache) {
    RETURN_IF_ERROR(LookUpCache(attempt, key, record.decision, reused));
  } else {
    record.decision.answer = CacheDecision::Answer::kDisabled;
  }
  RETURN_IF_ERROR(io::WriteFile(staging.cache_record_path(), CacheRecordToJson(record)));
  if (record.decision.answer == CacheDecision::Answer::kReused) {
    RETURN_IF_ERROR(records_.PublishExisting(attempt.execution, ml_metadata::Execution::CACHED,
                                             ml_metadata::Event::OUTPUT, reused, attempt.contexts));
    attempt.result.state = NodeState::kCached;
    attempt.result.summary = Concat("same as execution ", record.decision.reused_execution);
    SetOutputs(reused, attempt.result);
    (void)staging.Discard();  // recorded; what stays does no harm
    return absl::OkStatus();
  }

  // The directory's name comes from the key: what an interrupted node left is taken up only by the same work.
  const std::string stateful_index = key.substr(0, kStatefulIndexDigits);
  const std::string stateful_dir = StatefulDir(settings_.root, attempt.id, stateful_index);
  (*attempt.execution.mutable_custom_properties())["__stateful_working_dir_index__"].set_string_value(stateful_index);
  RETURN_IF_ERROR(io::CreateDirectories(stateful_dir));
  RETURN_IF_ERROR(staging.Prepare(attempt.node.outputs(), outputs));
  ExecutorContext context{.pipeline_name = pipeline_.pipeline_info().id(),
                          .run_id = settings_.run_id,
                          .node_id = attempt.id,
                          .execution_id = attempt.execution.id(),
                          .num_threads = settings_.num_threads,
                          .seed = settings_.seed,
                          .tmp_dir = staging.tmp_dir(),
                          .stateful_dir = stateful_dir,
                          .cancellation = &attempt.cancellation,
                          .on_progress = attempt.callbacks.on_progress,
                          .on_log = attempt.callbacks.on_log};
  attempt.own_fault = true;
  RETURN_IF_ERROR(Guarded([&] { return executor->Do(inputs, outputs, properties, context); }));
  attempt.own_fault = false;
  executor.reset();
  RETURN_IF_ERROR(staging.Publish(outputs));
  attempt.execution.mutable_custom_properties()->erase("__stateful_working_dir_index__");
  RETURN_IF_ERROR(
      records_.PublishComplete(attempt.node, attempt.execution, outputs, properties.all(), attempt.contexts));
  // Done and recorded; a directory that cannot be removed is no reason to fail.
  (void)staging.Discard();
  (void)io::RemoveRecursively(stateful_dir);
  attempt.result.state = NodeState::kComplete;
  attempt.result.summary = outputs.summary();
  for (const auto& [output, artifacts] : outputs.all()) {
    for (const OutputArtifact& artifact : artifacts) attempt.result.outputs[output].push_back(artifact.uri);
  }
  return absl::OkStatus();
}

}  // namespace tfx
