// Behind layer.h: how symbolic tensors remember where they come from, and what layers tell each other while a graph is
// built.
#ifndef TFX_TRAINER_LAYER_NODE_H_
#define TFX_TRAINER_LAYER_NODE_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tfx/trainer/layer.h"

namespace keras::internal {

struct Node {
  uint64_t id = 0;                   // order of creation, hence a topological order
  std::shared_ptr<LayerBase> layer;  // null for an input
  std::vector<std::shared_ptr<const Node>> inputs;
  std::string input_name;
  TensorSpec spec;
  absl::Status status;
};

std::shared_ptr<Node> NewNode();

using OutputKey = std::pair<TF_Operation*, int>;
inline OutputKey KeyOf(const tf::Output& output) { return {output.op, output.index}; }

// A tensor that is the one-hot encoding of one token per row.
struct EncodedToken {
  tf::Output token;  // int64 [batch]; outside 0..depth-1 encodes to zeros
  int64_t depth = 0;
};

struct ConcatenatedPart {
  tf::Output output;
  int64_t width = 0;  // of the last axis
};

struct Logits {
  tf::Output output;
  std::string activation;  // "sigmoid" or "softmax"
};

struct LoweringTables {
  std::map<OutputKey, EncodedToken> encoded;
  std::map<OutputKey, std::vector<ConcatenatedPart>> concatenated;  // [batch, width] parts along the last axis
  std::map<OutputKey, Logits> logits;
  bool uses_step_seed = false;
};

}  // namespace keras::internal

#endif  // TFX_TRAINER_LAYER_NODE_H_
