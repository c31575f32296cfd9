#include "tfx/tensorflow/graph_pruning.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tensorflow/core/framework/op_def.pb.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/text_proto.h"
#include "tfx/tensorflow/c_api.h"

namespace tfx::tf {
namespace {

using ::tensorflow::AttrValue;
using ::tensorflow::GraphDef;
using ::tensorflow::NodeDef;

// Op type -> attribute -> default, serialized.
using Defaults = std::map<std::string, std::map<std::string, std::string>>;

absl::StatusOr<Defaults> ReadDefaults() {
  const BufferPtr buffer(TF_GetAllOpList());
  ::tensorflow::OpList ops;
  if (buffer->length > static_cast<size_t>(std::numeric_limits<int>::max()) ||
      !ops.ParseFromArray(buffer->data, static_cast<int>(buffer->length))) {
    return absl::InternalError("TensorFlow's list of ops does not parse");
  }
  Defaults defaults;
  for (const auto& op : ops.op()) {
    for (const auto& attribute : op.attr()) {
      if (!attribute.has_default_value()) continue;
      defaults[op.name()][attribute.name()] = io::SerializeDeterministically(attribute.default_value());
    }
  }
  return defaults;
}

void Strip(const Defaults& defaults, NodeDef& node) {
  const auto op = defaults.find(node.op());
  if (op == defaults.end()) return;
  for (const auto& [name, value] : op->second) {
    const auto attribute = node.attr().find(name);
    if (attribute != node.attr().end() && io::SerializeDeterministically(attribute->second) == value) {
      node.mutable_attr()->erase(name);
    }
  }
}

}  // namespace

std::string_view NodeOfInput(std::string_view input) {
  if (!input.empty() && input[0] == '^') input.remove_prefix(1);
  return input.substr(0, input.find(':'));
}

NodeIndex::NodeIndex(const GraphDef& graph) {
  for (const NodeDef& node : graph.node()) nodes_.emplace(node.name(), &node);
}

const NodeDef* NodeIndex::Find(std::string_view name) const {
  const auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : found->second;
}

std::set<std::string_view> NodeIndex::Ancestors(const std::vector<std::string>& roots,
                                                const std::set<std::string>& stop) const {
  std::set<std::string_view> seen;
  std::vector<std::string_view> pending(roots.begin(), roots.end());
  while (!pending.empty()) {
    const auto found = nodes_.find(pending.back());
    pending.pop_back();
    if (found == nodes_.end() || !seen.insert(found->first).second || stop.count(found->second->name()) > 0) continue;
    for (const std::string& input : found->second->input()) pending.push_back(NodeOfInput(input));
  }
  return seen;
}

absl::Status StripDefaultAttributes(GraphDef* graph) {
  ASSIGN_OR_RETURN(const Defaults defaults, ReadDefaults());
  for (NodeDef& node : *graph->mutable_node()) Strip(defaults, node);
  for (auto& function : *graph->mutable_library()->mutable_function()) {
    for (NodeDef& node : *function.mutable_node_def()) Strip(defaults, node);
  }
  if (graph->library().function_size() == 0 && graph->library().gradient_size() == 0) graph->clear_library();
  return absl::OkStatus();
}

}  // namespace tfx::tf
