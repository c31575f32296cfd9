#include "tfx/orchestration/compile.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "google/protobuf/text_format.h"
#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/dsl/resolver.h"
#include "tfx/orchestration/metadata_values.h"
#include "tfx/orchestration/versions.h"
#include "tfx/proto/orchestration/executable_spec.pb.h"

namespace tfx {
namespace {

ml_metadata::ArtifactType ToArtifactType(const ArtifactTypeInfo& info, bool with_properties) {
  ml_metadata::ArtifactType type;
  type.set_name(std::string(info.name));
  if (with_properties) {
    for (const PropertyDeclaration& p : info.properties) {
      if (p.name.empty()) break;
      (*type.mutable_properties())[std::string(p.name)] = static_cast<ml_metadata::PropertyType>(p.type);
    }
  }
  if (info.base_type != ArtifactBaseType::kNone) {
    type.set_base_type(static_cast<ml_metadata::ArtifactType::SystemDefinedBaseType>(info.base_type));
  }
  return type;
}

void SetFieldValue(const ParameterValue& parameter, ml_metadata::Value* value) {
  if (const auto* v = std::get_if<int64_t>(&parameter.value)) value->set_int_value(*v);
  if (const auto* v = std::get_if<double>(&parameter.value)) value->set_double_value(*v);
  if (const auto* v = std::get_if<std::string>(&parameter.value)) value->set_string_value(*v);
}

ir::Value ToIrValue(const ParameterValue& parameter) {
  ir::Value value;
  if (parameter.runtime_parameter_name.empty()) {
    SetFieldValue(parameter, value.mutable_field_value());
    return value;
  }
  ir::RuntimeParameter* runtime = value.mutable_runtime_parameter();
  runtime->set_name(parameter.runtime_parameter_name);
  SetFieldValue(parameter, runtime->mutable_default_value());
  runtime->set_type(std::holds_alternative<int64_t>(parameter.value)  ? ir::RuntimeParameter::INT
                    : std::holds_alternative<double>(parameter.value) ? ir::RuntimeParameter::DOUBLE
                                                                      : ir::RuntimeParameter::STRING);
  return value;
}

void SetRunId(ir::Value* value) {
  value->mutable_runtime_parameter()->set_name(kRunIdParameter);
  value->mutable_runtime_parameter()->set_type(ir::RuntimeParameter::STRING);
}

template <typename Message>  // ContextSpec or ContextQuery
Message* AddContext(google::protobuf::RepeatedPtrField<Message>* list, const char* type) {
  Message* context = list->Add();
  context->mutable_type()->set_name(type);
  return context;
}

class Compiler {
 public:
  explicit Compiler(const Pipeline& pipeline) : pipeline_(pipeline), nodes_(pipeline.graph.nodes()) {
    for (size_t i = 0; i < nodes_.size(); ++i) by_id_[nodes_[i].id] = i;
  }

  ir::Pipeline Compile() {
    FindUpstream();
    ir::Pipeline out;
    out.mutable_pipeline_info()->set_id(pipeline_.name);
    out.set_execution_mode(ir::Pipeline::SYNC);
    out.set_sdk_version(Concat("tfx-cpp-", kTfxCppVersion));
    ir::RuntimeParameter* root = out.mutable_runtime_spec()->mutable_pipeline_root()->mutable_runtime_parameter();
    root->set_name(kRootParameter);
    root->set_type(ir::RuntimeParameter::STRING);
    root->mutable_default_value()->set_string_value(pipeline_.root);
    SetRunId(out.mutable_runtime_spec()->mutable_pipeline_run_id());

    ir::IntermediateDeploymentConfig deployment;
    for (const size_t index : LayeredOrder()) {
      const Node& node = nodes_[index];
      *out.add_nodes()->mutable_pipeline_node() = CompileNode(node);
      if (node.info.executor_class.empty()) continue;
      ir::executable_spec::PythonClassExecutableSpec spec;
      spec.set_class_path(node.info.executor_class);
      (*deployment.mutable_executor_specs())[node.id].PackFrom(spec);
    }
    const MetadataConnectionConfig connection = pipeline_.metadata_path.empty()
                                                    ? pipeline_.metadata_connection_config.WithoutSecrets()
                                                    : SqliteMetadataConnectionConfig(pipeline_.metadata_path);
    if (connection.database() != nullptr) {
      deployment.mutable_metadata_connection_config()->PackFrom(*connection.database());
    } else if (connection.server() != nullptr) {
      deployment.mutable_metadata_connection_config()->PackFrom(*connection.server());
    }
    out.mutable_deployment_config()->PackFrom(deployment);
    return out;
  }

 private:
  const std::string& ProducerId(const ChannelRef& source) const {
    return source.graph != 0 ? nodes_[source.node_index].id : source.node_id;
  }

  void FindUpstream() {
    for (const Node& node : nodes_) {
      std::set<std::string>& upstream = upstream_[node.id];
      for (const auto& [key, input] : node.inputs) {
        for (const ChannelRef& source : input.sources) upstream.insert(ProducerId(source));
      }
      upstream.insert(node.options.upstream_nodes.begin(), node.options.upstream_nodes.end());
      for (const std::string& id : upstream) downstream_[id].insert(node.id);
    }
  }

  // Kahn's algorithm, layer by layer; the wiring check has excluded cycles.
  std::vector<size_t> LayeredOrder() const {
    std::vector<size_t> order;
    std::set<std::string> done;
    while (order.size() < nodes_.size()) {
      std::vector<size_t> layer;
      for (size_t i = 0; i < nodes_.size(); ++i) {
        const std::set<std::string>& upstream = upstream_.at(nodes_[i].id);
        if (!done.contains(nodes_[i].id) && std::includes(done.begin(), done.end(), upstream.begin(), upstream.end())) {
          layer.push_back(i);
        }
      }
      for (const size_t i : layer) done.insert(nodes_[i].id);
      order.insert(order.end(), layer.begin(), layer.end());
    }
    return order;
  }

  ir::InputSpec::Channel CompileChannel(const ChannelRef& source, const ArtifactTypeInfo& type) const {
    ir::InputSpec::Channel channel;
    const std::string& producer = ProducerId(source);
    channel.mutable_producer_node_query()->set_id(producer);
    auto* queries = channel.mutable_context_queries();
    AddContext(queries, "pipeline")->mutable_name()->mutable_field_value()->set_string_value(pipeline_.name);
    SetRunId(AddContext(queries, "pipeline_run")->mutable_name());
    AddContext(queries, "node")
        ->mutable_name()
        ->mutable_field_value()
        ->set_string_value(Concat(pipeline_.name, ".", producer));
    *channel.mutable_artifact_query()->mutable_type() = ToArtifactType(type, /*with_properties=*/false);
    channel.set_output_key(source.output_key);
    return channel;
  }

  void CompileInput(const std::string& key, const Node::Input& input, ir::NodeInputs* inputs) const {
    if (input.sources.empty()) return;
    ir::InputSpec spec;
    if (input.required) spec.set_min_count(1);
    if (input.sources.size() == 1) {
      *spec.add_channels() = CompileChannel(input.sources[0], *input.type);
    } else {
      spec.mutable_mixed_inputs()->set_method(ir::InputSpec::Mixed::UNION);
      for (const ChannelRef& source : input.sources) {
        const std::string part = Concat("_", ProducerId(source), ".", source.output_key);
        const auto& keys = spec.mixed_inputs().input_keys();
        if (std::find(keys.begin(), keys.end(), part) != keys.end()) continue;
        spec.mutable_mixed_inputs()->add_input_keys(part);
        ir::InputSpec& hidden = (*inputs->mutable_inputs())[part];
        hidden.Clear();
        *hidden.add_channels() = CompileChannel(source, *input.type);
        hidden.set_hidden(true);
      }
    }
    (*inputs->mutable_inputs())[key] = std::move(spec);
  }

  // A resolver is a graph with one strategy over a dictionary of queries that span all runs of the pipeline.
  void CompileResolver(const Node& node, ir::NodeInputs* inputs) {
    if (node.resolver_steps.empty()) return;
    const Node::ResolverStep& step = node.resolver_steps[0];
    const nlohmann::json config = nlohmann::json::parse(step.config_json, nullptr, /*allow_exceptions=*/false);
    const std::string graph_id = Concat("graph_", ++graphs_);
    ir::InputGraph& graph = (*inputs->mutable_input_graphs())[graph_id];
    graph.set_result_node("op_1");
    ir::InputGraph::Node& dict = (*graph.mutable_nodes())["dict_2"];
    dict.set_output_data_type(ir::InputGraph::ARTIFACT_MULTIMAP);
    int number = 3;
    for (const auto& [key, output] : node.outputs) {
      const std::string lower = absl::AsciiStrToLower(std::string(output.type->name));
      const std::string hidden_key = Concat("_generated_", lower, "_", number);
      const std::string node_id = Concat("input_", number++);
      ir::InputSpec& hidden = (*inputs->mutable_inputs())[hidden_key];
      hidden.set_hidden(true);
      ir::InputSpec::Channel* channel = hidden.add_channels();
      auto* queries = channel->mutable_context_queries();
      AddContext(queries, "pipeline")->mutable_name()->mutable_field_value()->set_string_value(pipeline_.name);
      if (const std::string producer = config.value("producer_node_id", ""); !producer.empty()) {
        AddContext(queries, "node")
            ->mutable_name()
            ->mutable_field_value()
            ->set_string_value(Concat(pipeline_.name, ".", producer));
        channel->set_output_key(config.value("producer_output_key", ""));
      }
      *channel->mutable_artifact_query()->mutable_type() = ToArtifactType(*output.type, /*with_properties=*/false);
      ir::InputGraph::Node& input = (*graph.mutable_nodes())[node_id];
      input.set_output_data_type(ir::InputGraph::ARTIFACT_LIST);
      input.mutable_input_node()->set_input_key(hidden_key);
      (*dict.mutable_dict_node()->mutable_node_ids())[key] = node_id;
      ir::InputSpec& visible = (*inputs->mutable_inputs())[key];
      visible.mutable_input_graph_ref()->set_graph_id(graph_id);
      visible.mutable_input_graph_ref()->set_key(key);
    }
    ir::InputGraph::Node& op = (*graph.mutable_nodes())["op_1"];
    op.set_output_data_type(ir::InputGraph::ARTIFACT_MULTIMAP);
    op.mutable_op_node()->set_op_type(step.class_path);
    op.mutable_op_node()->add_args()->set_node_id("dict_2");
    for (const auto& [name, value] : config.items()) {
      if (name.starts_with("producer_")) continue;
      ml_metadata::Value* arg = (*op.mutable_op_node()->mutable_kwargs())[name].mutable_value()->mutable_field_value();
      if (value.is_number_integer()) arg->set_int_value(value.get<int64_t>());
      if (value.is_string()) arg->set_string_value(value.get<std::string>());
    }
  }

  ir::PipelineNode CompileNode(const Node& node) {
    ir::PipelineNode out;
    ml_metadata::ExecutionType* type = out.mutable_node_info()->mutable_type();
    type->set_name(node.info.type_name);
    if (node.info.base_type != ExecutionBaseType::kNone) {
      type->set_base_type(static_cast<ml_metadata::ExecutionType::SystemDefinedBaseType>(node.info.base_type));
    }
    out.mutable_node_info()->set_id(node.id);

    auto* contexts = out.mutable_contexts()->mutable_contexts();
    AddContext(contexts, "pipeline")->mutable_name()->mutable_field_value()->set_string_value(pipeline_.name);
    SetRunId(AddContext(contexts, "pipeline_run")->mutable_name());
    AddContext(contexts, "node")
        ->mutable_name()
        ->mutable_field_value()
        ->set_string_value(Concat(pipeline_.name, ".", node.id));

    for (const auto& [key, input] : node.inputs) CompileInput(key, input, out.mutable_inputs());
    if (node.info.kind == NodeKind::kResolver) {
      CompileResolver(node, out.mutable_inputs());
    } else {
      for (const auto& [key, output] : node.outputs) {
        ir::OutputSpec::ArtifactSpec* spec = (*out.mutable_outputs()->mutable_outputs())[key].mutable_artifact_spec();
        *spec->mutable_type() = ToArtifactType(*output.type, /*with_properties=*/true);
        for (const auto& [name, value] : node.importer_properties) {
          *(*spec->mutable_additional_properties())[name].mutable_field_value() = ToMlmdValue(value);
        }
        for (const auto& [name, value] : node.importer_custom_properties) {
          *(*spec->mutable_additional_custom_properties())[name].mutable_field_value() = ToMlmdValue(value);
        }
      }
    }
    for (const auto& [name, value] : node.parameters) {
      (*out.mutable_parameters()->mutable_parameters())[name] = ToIrValue(value);
    }
    for (const std::string& id : upstream_[node.id]) out.add_upstream_nodes(id);
    for (const std::string& id : downstream_[node.id]) out.add_downstream_nodes(id);
    ir::NodeExecutionOptions* options = out.mutable_execution_options();
    options->mutable_caching_options()->set_enable_cache(pipeline_.enable_cache && node.options.enable_cache);
    if (node.options.max_execution_retries > 0) options->set_max_execution_retries(node.options.max_execution_retries);
    if (node.options.execution_timeout_seconds > 0) {
      options->set_execution_timeout_sec(node.options.execution_timeout_seconds);
    }
    return out;
  }

  const Pipeline& pipeline_;
  const std::vector<Node>& nodes_;
  std::map<std::string, size_t> by_id_;
  std::map<std::string, std::set<std::string>> upstream_, downstream_;
  int graphs_ = 0;
};

}  // namespace

absl::StatusOr<ir::Pipeline> CompileToIr(const Pipeline& pipeline) {
  RETURN_IF_ERROR(pipeline.Check());
  return Compiler(pipeline).Compile();
}

std::string IrToText(const ir::Pipeline& pipeline) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetExpandAny(true);
  std::string text;
  printer.PrintToString(pipeline, &text);  // map entries come sorted by key
  return Concat("# proto-file: tfx/proto/orchestration/pipeline.proto\n# proto-message: Pipeline\n", text);
}

}  // namespace tfx
