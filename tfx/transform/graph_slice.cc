#include "tfx/transform/graph_slice.h"

namespace tft {

using ::tensorflow::GraphDef;
using ::tensorflow::NodeDef;

std::string NodeName(std::string_view tensor) {
  if (!tensor.empty() && tensor.front() == '^') tensor.remove_prefix(1);
  return std::string(tensor.substr(0, tensor.find(':')));
}

GraphSlicer::GraphSlicer(const GraphDef& graph, std::span<const std::string> table_initializers) : graph_(graph) {
  for (const NodeDef& node : graph.node()) nodes_[node.name()] = &node;
  for (const std::string& initializer : table_initializers) {
    const NodeDef* node = Find(initializer);
    if (node != nullptr && node->input_size() > 0) {
      initializers_of_table_[NodeName(node->input(0))].push_back(initializer);
    }
  }
}

const NodeDef* GraphSlicer::Find(std::string_view node) const {
  auto it = nodes_.find(node);
  return it == nodes_.end() ? nullptr : it->second;
}

std::set<std::string> GraphSlicer::Ancestors(std::span<const std::string> roots) const {
  std::set<std::string> seen;
  std::vector<std::string> pending;
  for (const std::string& root : roots) pending.push_back(NodeName(root));
  while (!pending.empty()) {
    const std::string name = std::move(pending.back());
    pending.pop_back();
    const NodeDef* node = Find(name);
    if (node == nullptr || !seen.insert(name).second) continue;
    for (const std::string& input : node->input()) pending.push_back(NodeName(input));
    if (auto it = initializers_of_table_.find(name); it != initializers_of_table_.end()) {
      pending.insert(pending.end(), it->second.begin(), it->second.end());
    }
  }
  return seen;
}

GraphDef GraphSlicer::Slice(const std::set<std::string>& keep) const {
  GraphDef slice;
  *slice.mutable_versions() = graph_.versions();
  *slice.mutable_library() = graph_.library();
  for (const NodeDef& node : graph_.node()) {
    if (keep.count(node.name()) > 0) *slice.add_node() = node;
  }
  return slice;
}

}  // namespace tft
