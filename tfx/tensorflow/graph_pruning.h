// Private to tfx/tensorflow: GraphDefs as a SavedModel wants them.
#ifndef TFX_TENSORFLOW_GRAPH_PRUNING_H_
#define TFX_TENSORFLOW_GRAPH_PRUNING_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tensorflow/core/framework/graph.pb.h"

namespace tfx::tf {

// "node" of a NodeDef's input "node", "node:1" or "^node".
std::string_view NodeOfInput(std::string_view input);

// The nodes of a GraphDef by name; the GraphDef must outlive it and stay as it is.
class NodeIndex {
 public:
  explicit NodeIndex(const ::tensorflow::GraphDef& graph);
  // Null when there is none.
  const ::tensorflow::NodeDef* Find(std::string_view name) const;
  // `roots` and all nodes that they depend on, control inputs included; what stands behind a node of `stop` is left
  // out.
  std::set<std::string_view> Ancestors(const std::vector<std::string>& roots,
                                       const std::set<std::string>& stop = {}) const;

 private:
  std::map<std::string_view, const ::tensorflow::NodeDef*> nodes_;
};

// Removes attributes that equal the default of their op's definition, as tf.saved_model does, so that an older
// TensorFlow which does not know them can load the graph. The runtime must be loaded.
absl::Status StripDefaultAttributes(::tensorflow::GraphDef* graph);

}  // namespace tfx::tf

#endif  // TFX_TENSORFLOW_GRAPH_PRUNING_H_
