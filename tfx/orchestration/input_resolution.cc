#include "tfx/orchestration/input_resolution.h"

#include <algorithm>
#include <ranges>
#include <set>

#include "absl/strings/numbers.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/dsl/resolver.h"

namespace tfx {
namespace {

using ml_metadata::Event;

bool IsSuccess(const ml_metadata::Execution& execution) {
  return execution.last_known_state() == ml_metadata::Execution::COMPLETE ||
         execution.last_known_state() == ml_metadata::Execution::CACHED;
}

bool IsOutput(const Event& event) {
  return event.type() == Event::OUTPUT || event.type() == Event::INTERNAL_OUTPUT ||
         event.type() == Event::DECLARED_OUTPUT;
}

class Resolution {
 public:
  Resolution(mlmd::MetadataStore& store, const ir::PipelineNode& node, const RuntimeParameters& parameters)
      : store_(store), node_(node), parameters_(parameters) {}

  absl::StatusOr<ResolvedInputs> Run() {
    ResolvedInputs resolved;
    for (const auto& [key, spec] : node_.inputs().inputs()) {
      if (spec.hidden()) continue;
      ASSIGN_OR_RETURN(resolved[key], Input(key));
      const int found = static_cast<int>(resolved[key].size());
      if (found < spec.min_count()) {
        std::set<std::string> producers;
        for (const auto& channel : spec.channels()) producers.insert(channel.producer_node_query().id());
        return absl::FailedPreconditionError(
            Concat("input '", key, "' needs at least ", spec.min_count(), " artifact(s), but ", found, " exist",
                   producers.empty() ? "" : Concat(" in this run from ", *producers.begin())));
      }
    }
    return resolved;
  }

 private:
  absl::StatusOr<std::vector<ml_metadata::Artifact>> Input(const std::string& key) {
    const auto it = node_.inputs().inputs().find(key);
    if (it == node_.inputs().inputs().end()) return absl::InternalError(Concat("the IR has no input '", key, "'"));
    const ir::InputSpec& spec = it->second;
    std::vector<ml_metadata::Artifact> artifacts;
    for (const auto& channel : spec.channels()) {
      ASSIGN_OR_RETURN(std::vector<ml_metadata::Artifact> found, FromChannel(channel));
      AppendNew(std::move(found), artifacts);
    }
    if (spec.has_mixed_inputs()) {
      for (const std::string& part : spec.mixed_inputs().input_keys()) {
        ASSIGN_OR_RETURN(std::vector<ml_metadata::Artifact> found, Input(part));
        AppendNew(std::move(found), artifacts);
      }
    }
    if (spec.has_static_inputs()) {
      const auto& ids = spec.static_inputs().artifact_ids();
      ASSIGN_OR_RETURN(auto found, store_.GetArtifactsByID(std::vector<int64_t>(ids.begin(), ids.end())));
      AppendNew(std::move(found), artifacts);
    }
    if (spec.has_input_graph_ref()) {
      ASSIGN_OR_RETURN(ResolvedInputs graph, Graph(spec.input_graph_ref().graph_id()));
      AppendNew(std::move(graph[spec.input_graph_ref().key()]), artifacts);
    }
    return artifacts;
  }

  static void AppendNew(std::vector<ml_metadata::Artifact> more, std::vector<ml_metadata::Artifact>& artifacts) {
    for (ml_metadata::Artifact& artifact : more) {
      const bool known = std::any_of(artifacts.begin(), artifacts.end(),
                                     [&](const auto& other) { return other.id() == artifact.id(); });
      if (!known) artifacts.push_back(std::move(artifact));
    }
  }

  absl::StatusOr<std::vector<ml_metadata::Artifact>> FromChannel(const ir::InputSpec::Channel& channel) {
    std::vector<ml_metadata::Context> contexts;
    bool one_run = false;
    for (const auto& query : channel.context_queries()) {
      ASSIGN_OR_RETURN(const ml_metadata::Value name, ResolveValue(query.name(), parameters_));
      ASSIGN_OR_RETURN(auto context, store_.GetContextByTypeAndName(query.type().name(), name.string_value()));
      if (!context) return std::vector<ml_metadata::Artifact>();
      one_run |= query.type().name() == "pipeline_run";
      contexts.push_back(*std::move(context));
    }
    const std::string& type = channel.artifact_query().type().name();
    std::vector<ml_metadata::Artifact> artifacts;
    if (one_run) {
      ASSIGN_OR_RETURN(const auto execution, NewestSuccess(store_, contexts));
      if (!execution) return artifacts;
      ASSIGN_OR_RETURN(ResolvedInputs outputs, OutputsOf(store_, execution->id()));
      artifacts = std::move(outputs[channel.output_key()]);
    } else {
      ASSIGN_OR_RETURN(artifacts, FromAllRuns(contexts, channel.output_key()));
    }
    std::erase_if(artifacts, [&](const ml_metadata::Artifact& artifact) {
      return artifact.state() != ml_metadata::Artifact::LIVE || (!type.empty() && artifact.type() != type);
    });
    return artifacts;
  }

  // Newest first. A node's context also holds what the node took in, so its executions' output events decide; without a
  // node all artifacts of the pipeline count.
  absl::StatusOr<std::vector<ml_metadata::Artifact>> FromAllRuns(const std::vector<ml_metadata::Context>& contexts,
                                                                 const std::string& output_key) {
    std::vector<ml_metadata::Artifact> artifacts;
    if (contexts.empty()) return artifacts;
    const auto node = std::find_if(contexts.begin(), contexts.end(), [](const auto& c) { return c.type() == "node"; });
    if (node == contexts.end()) {
      ASSIGN_OR_RETURN(const auto page, store_.GetArtifactsByContext(contexts[0].id()));
      artifacts.assign(page.items.begin(), page.items.end());
    } else {
      ASSIGN_OR_RETURN(const auto page, store_.GetExecutionsByContext(node->id()));
      std::vector<int64_t> executions;
      for (const auto& execution : page.items) executions.push_back(execution.id());
      ASSIGN_OR_RETURN(const std::vector<Event> events, store_.GetEventsByExecutionIDs(executions));
      std::set<int64_t> ids;
      for (const Event& event : events) {
        if (!IsOutput(event) || event.path().steps_size() == 0) continue;
        if (output_key.empty() || event.path().steps(0).key() == output_key) ids.insert(event.artifact_id());
      }
      ASSIGN_OR_RETURN(artifacts, store_.GetArtifactsByID(std::vector<int64_t>(ids.begin(), ids.end())));
    }
    std::sort(artifacts.begin(), artifacts.end(), [](const auto& a, const auto& b) { return a.id() > b.id(); });
    return artifacts;
  }

  absl::StatusOr<ResolvedInputs> Graph(const std::string& graph_id) {
    const auto it = node_.inputs().input_graphs().find(graph_id);
    if (it == node_.inputs().input_graphs().end()) {
      return absl::InternalError(Concat("the IR has no input graph '", graph_id, "'"));
    }
    return Multimap(it->second, it->second.result_node());
  }

  absl::StatusOr<ResolvedInputs> Multimap(const ir::InputGraph& graph, const std::string& id) {
    const auto it = graph.nodes().find(id);
    if (it == graph.nodes().end()) return absl::InternalError(Concat("the input graph has no node '", id, "'"));
    const ir::InputGraph::Node& node = it->second;
    if (node.has_dict_node()) {
      ResolvedInputs dict;
      for (const auto& [key, input_id] : node.dict_node().node_ids()) {
        const auto input = graph.nodes().find(input_id);
        if (input == graph.nodes().end()) return absl::InternalError(Concat("no node '", input_id, "'"));
        ASSIGN_OR_RETURN(dict[key], Input(input->second.input_node().input_key()));
      }
      return dict;
    }
    if (!node.has_op_node() || node.op_node().args_size() != 1) {
      return absl::UnimplementedError(
          Concat("input graph node '", id, "' is of a kind that this runner does not know"));
    }
    ASSIGN_OR_RETURN(ResolvedInputs argument, Multimap(graph, node.op_node().args(0).node_id()));
    return Strategy(node.op_node(), std::move(argument));
  }

  static absl::StatusOr<ResolvedInputs> Strategy(const ir::InputGraph::OpNode& op, ResolvedInputs inputs) {
    if (op.op_type() == kLatestBlessedModelStrategy) return LatestBlessed(std::move(inputs));
    if (op.op_type() == kLatestArtifactStrategy) return Latest(op, std::move(inputs));
    return absl::UnimplementedError(Concat("resolver strategy ", op.op_type(), " is not known to this runner"));
  }

  static absl::StatusOr<ResolvedInputs> LatestBlessed(ResolvedInputs inputs) {
    std::string model_key, blessing_key;
    for (const auto& [key, artifacts] : inputs) {
      if (key == "model" || (!artifacts.empty() && artifacts[0].type() == "Model")) model_key = key;
      if (key == "model_blessing" || (!artifacts.empty() && artifacts[0].type() == "ModelBlessing")) blessing_key = key;
    }
    ResolvedInputs result{{model_key, {}}, {blessing_key, {}}};
    std::map<int64_t, const ml_metadata::Artifact*> blessed;  // model id -> its newest blessing
    for (const ml_metadata::Artifact& blessing : inputs[blessing_key]) {
      const auto& properties = blessing.custom_properties();
      const auto flag = properties.find("blessed");
      const auto model = properties.find("current_model_id");
      if (flag == properties.end() || model == properties.end() || flag->second.int_value() != 1) continue;
      auto& newest = blessed[model->second.int_value()];
      if (newest == nullptr || newest->id() < blessing.id()) newest = &blessing;
    }
    const ml_metadata::Artifact* best = nullptr;
    for (const ml_metadata::Artifact& model : inputs[model_key]) {
      if (blessed.contains(model.id()) && (best == nullptr || best->id() < model.id())) best = &model;
    }
    if (best != nullptr) {
      result[model_key].push_back(*best);
      result[blessing_key].push_back(*blessed[best->id()]);
    }
    return result;
  }

  static absl::StatusOr<ResolvedInputs> Latest(const ir::InputGraph::OpNode& op, ResolvedInputs inputs) {
    size_t count = 1;
    bool may_be_empty = false;
    for (const auto& [name, arg] : op.kwargs()) {
      if (name == "desired_num_of_artifacts") count = static_cast<size_t>(arg.value().field_value().int_value());
      if (name == "when_missing") may_be_empty = arg.value().field_value().string_value() == "empty";
    }
    for (auto& [key, artifacts] : inputs) {
      std::sort(artifacts.begin(), artifacts.end(), [](const auto& a, const auto& b) { return a.id() > b.id(); });
      if (artifacts.size() < count && !may_be_empty) {
        return absl::NotFoundError(Concat("'", key, "' needs the latest ", count,
                                          " artifact(s), but earlier runs made ", artifacts.size(),
                                          "; use WhenMissing::kEmpty to go on without"));
      }
      if (artifacts.size() > count) artifacts.resize(count);
    }
    return inputs;
  }

  mlmd::MetadataStore& store_;
  const ir::PipelineNode& node_;
  const RuntimeParameters& parameters_;
};

}  // namespace

absl::StatusOr<ml_metadata::Value> ResolveValue(const ir::Value& value, const RuntimeParameters& parameters) {
  if (value.has_field_value()) return value.field_value();
  if (!value.has_runtime_parameter()) {
    return absl::UnimplementedError("a placeholder in the IR, which this runner does not know");
  }
  const ir::RuntimeParameter& parameter = value.runtime_parameter();
  const auto given = parameters.find(parameter.name());
  if (given == parameters.end()) {
    if (parameter.has_default_value()) return parameter.default_value();
    return absl::InvalidArgumentError(Concat("runtime parameter '", parameter.name(), "' has no value"));
  }
  ml_metadata::Value resolved;
  int64_t integer = 0;
  double number = 0;
  switch (parameter.type()) {
    case ir::RuntimeParameter::INT:
      if (!absl::SimpleAtoi(given->second, &integer)) {
        return absl::InvalidArgumentError(
            Concat("runtime parameter ", parameter.name(), "=", given->second, " must be an integer"));
      }
      resolved.set_int_value(integer);
      return resolved;
    case ir::RuntimeParameter::DOUBLE:
      if (!absl::SimpleAtod(given->second, &number)) {
        return absl::InvalidArgumentError(
            Concat("runtime parameter ", parameter.name(), "=", given->second, " must be a number"));
      }
      resolved.set_double_value(number);
      return resolved;
    default:
      resolved.set_string_value(given->second);
      return resolved;
  }
}

absl::StatusOr<ResolvedInputs> ResolveInputs(mlmd::MetadataStore& store, const ir::PipelineNode& node,
                                             const RuntimeParameters& parameters) {
  return Resolution(store, node, parameters).Run();
}

absl::StatusOr<std::optional<ml_metadata::Execution>> NewestSuccess(mlmd::MetadataStore& store,
                                                                    const std::vector<ml_metadata::Context>& contexts) {
  if (contexts.empty()) return std::nullopt;
  // A run has few executions, a pipeline or node many: start from the run where one is given.
  const ml_metadata::Context* start = &contexts[0];
  for (const ml_metadata::Context& context : contexts) {
    if (context.type() == "pipeline_run") start = &context;
  }
  ASSIGN_OR_RETURN(const auto page, store.GetExecutionsByContext(start->id()));
  for (const ml_metadata::Execution& execution : std::views::reverse(page.items)) {
    if (!IsSuccess(execution)) continue;
    ASSIGN_OR_RETURN(const auto found, store.GetContextsByExecution(execution.id()));
    const bool in_all = std::all_of(contexts.begin(), contexts.end(), [&](const ml_metadata::Context& wanted) {
      return std::any_of(found.begin(), found.end(), [&](const auto& context) { return context.id() == wanted.id(); });
    });
    if (in_all) return execution;
  }
  return std::nullopt;
}

absl::StatusOr<ResolvedInputs> OutputsOf(mlmd::MetadataStore& store, int64_t execution_id) {
  ASSIGN_OR_RETURN(const std::vector<Event> events, store.GetEventsByExecutionIDs({execution_id}));
  std::map<std::string, std::map<int64_t, int64_t>> ids;  // key -> index -> artifact
  std::vector<int64_t> all;
  for (const Event& event : events) {
    if (!IsOutput(event)) continue;
    // One event may carry several (key, index) pairs: the same artifact under two keys.
    for (int i = 0; i + 1 < event.path().steps_size(); i += 2) {
      ids[event.path().steps(i).key()][event.path().steps(i + 1).index()] = event.artifact_id();
      all.push_back(event.artifact_id());
    }
  }
  ResolvedInputs outputs;
  if (all.empty()) return outputs;
  ASSIGN_OR_RETURN(const std::vector<ml_metadata::Artifact> artifacts, store.GetArtifactsByID(all));
  for (const auto& [key, by_index] : ids) {
    for (const auto& [index, id] : by_index) {
      const auto it =
          std::find_if(artifacts.begin(), artifacts.end(), [id = id](const auto& a) { return a.id() == id; });
      if (it != artifacts.end()) outputs[key].push_back(*it);
    }
  }
  return outputs;
}

}  // namespace tfx
