#include "tfx/dsl/component.h"

#include "tfx/base/concat.h"

namespace tfx {
namespace dsl_internal {

std::string DefaultText(const ParameterValue& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return ""; }
    std::string operator()(int64_t v) const { return Concat(v); }
    std::string operator()(double v) const { return Concat(v); }
    std::string operator()(const std::string& v) const { return v; }
  };
  return std::visit(Visitor{}, value.value);
}

void AddInput(Node& node, std::string_view name, const ArtifactTypeInfo* type, bool required,
              const std::vector<ChannelRef>& sources) {
  node.inputs[std::string(name)] = Node::Input{type, required, sources};
  if (required && sources.empty()) {
    node.errors.push_back(
        {node.id, std::string(name),
         Concat("the required input of type ", type->name, " is not given; wire it to an output of another node")});
  }
}

void AddParameter(Node& node, std::string_view name, ParameterValue value, bool required) {
  const auto* text = std::get_if<std::string>(&value.value);
  if (required && value.runtime_parameter_name.empty() && (value.absent() || (text != nullptr && text->empty()))) {
    node.errors.push_back({node.id, std::string(name), "the required parameter is empty; give it a value"});
  }
  if (!value.absent()) node.parameters[std::string(name)] = std::move(value);
}

}  // namespace dsl_internal

std::string ToString(const WiringError& error) {
  return Concat(error.node_id, error.field.empty() ? "" : ".", error.field, ": ", error.message);
}

std::string HelpText(const ComponentInfo& info) {
  std::string text = Concat(info.name, "  ", info.doc, "\n  ", info.type_name, "\n");
  const auto line = [&text](std::string_view name, std::string_view kind, std::string_view extra,
                            std::string_view doc) {
    Append(&text, "  ", name, name.size() < 26 ? std::string(26 - name.size(), ' ') : " ", kind,
           extra.empty() ? "" : ", ", extra, "\n", std::string(28, ' '), doc, "\n");
  };
  if (!info.inputs.empty()) Append(&text, "Inputs\n");
  for (const auto& input : info.inputs)
    line(input.name, input.type->name, input.required ? "required" : "optional", input.doc);
  if (!info.parameters.empty()) Append(&text, "Parameters\n");
  for (const auto& p : info.parameters) {
    std::string extra = p.required ? "required" : "";
    if (!p.required && !p.default_value.empty()) extra = Concat("default ", p.default_value);
    line(p.name, p.kind, extra, p.doc);
  }
  if (!info.outputs.empty()) Append(&text, "Outputs\n");
  for (const auto& output : info.outputs)
    line(output.name, output.type->name, output.always ? "" : "optional", output.doc);
  return text;
}

}  // namespace tfx
