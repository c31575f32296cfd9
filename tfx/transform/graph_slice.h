// Parts of a GraphDef: what a tensor depends on, with lookup tables counting as depending on their initialisers.
#ifndef TFX_TRANSFORM_GRAPH_SLICE_H_
#define TFX_TRANSFORM_GRAPH_SLICE_H_

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensorflow/core/framework/graph.pb.h"

namespace tft {

// The graph must outlive it and stay as it is.
class GraphSlicer {
 public:
  // `table_initializers`: nodes whose first input is the table that they fill.
  GraphSlicer(const ::tensorflow::GraphDef& graph, std::span<const std::string> table_initializers);

  // The nodes that `roots` (tensor or node names) depend on, themselves included. A table brings its initialiser.
  std::set<std::string> Ancestors(std::span<const std::string> roots) const;

  // Null when there is none.
  const ::tensorflow::NodeDef* Find(std::string_view node) const;

  // The nodes of `keep` in the order of the graph, with its versions and functions.
  ::tensorflow::GraphDef Slice(const std::set<std::string>& keep) const;

 private:
  const ::tensorflow::GraphDef& graph_;
  std::map<std::string, const ::tensorflow::NodeDef*, std::less<>> nodes_;
  std::map<std::string, std::vector<std::string>> initializers_of_table_;
};

// "node" of "node", "node:1" or "^node".
std::string NodeName(std::string_view tensor);

}  // namespace tft

#endif  // TFX_TRANSFORM_GRAPH_SLICE_H_
