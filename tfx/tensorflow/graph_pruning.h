// GraphDefs as a SavedModel wants them: which nodes a tensor needs, and attributes without their defaults. Public: the
// SavedModel writer keeps what its signatures need, tfx/transform what an analyzer's input needs. The functions read
// and change the protos alone; those that are const or take const arguments may run in several threads at once.
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

// The nodes of a GraphDef by name; the GraphDef must outlive it and stay as it is. Of two nodes with one name, which no
// valid graph has, one is known.
class NodeIndex {
 public:
  explicit NodeIndex(const ::tensorflow::GraphDef& graph);
  // Null when there is none.
  const ::tensorflow::NodeDef* Find(std::string_view name) const;
  // The names of `roots` and of all nodes that they depend on, control inputs included, in order of name; they are
  // views into the GraphDef. A node of `stop` is given itself, but not what stands behind it alone. Names that the
  // graph lacks are left out.
  std::set<std::string_view> Ancestors(const std::vector<std::string>& roots,
                                       const std::set<std::string>& stop = {}) const;

 private:
  std::map<std::string_view, const ::tensorflow::NodeDef*> nodes_;
};

// Removes attributes that equal the default of their op's definition, as tf.saved_model does, so that an older
// TensorFlow which does not know them can load the graph. Ops without a definition in the runtime stay as they are.
// The runtime must be loaded, as it is once a Graph was made.
absl::Status StripDefaultAttributes(::tensorflow::GraphDef* graph);

}  // namespace tfx::tf

#endif  // TFX_TENSORFLOW_GRAPH_PRUNING_H_
