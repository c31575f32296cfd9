// A model as a list of layers in order, and its translation into TensorFlow ops.
#ifndef TFX_TRAINER_MODEL_GRAPH_H_
#define TFX_TRAINER_MODEL_GRAPH_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/trainer/layer.h"
#include "tfx/trainer/layer_node.h"
#include "tfx/trainer/model.h"

namespace keras {

// Not internal:: because Layer's CallContext names it a friend.
class ModelGraph {
 public:
  struct Input {
    std::string name;
    TensorSpec spec;
    const internal::Node* node = nullptr;
  };
  struct LayerEntry {
    std::shared_ptr<LayerBase> layer;
    std::string name;      // unique in the model
    int first_weight = 0;  // its weights follow one another in weights()
    TensorSpec output;     // of its first use
  };
  struct Weight {
    std::string name;  // "dense/kernel"
    WeightSpec spec;
  };
  // Values of this input must be less than `limit`, says that layer.
  struct TokenCheck {
    int input = 0;
    int64_t limit = 0;
    std::string layer;
  };

  // Checks and orders what lies between inputs and output. INVALID_ARGUMENT: an error that a tensor carries, an input
  // that is missing, unused or given twice, two layers of one name.
  static absl::StatusOr<ModelGraph> Make(const std::vector<Tensor>& inputs, const Tensor& output);

  struct Lowered {
    tf::Output output;
    internal::Logits logits;  // of the output; output.valid() is false when unknown
    bool uses_step_seed = false;
  };
  // Adds the forward pass. `inputs` as inputs(), each of its exact shape; `weights` as weights().
  absl::StatusOr<Lowered> Lower(tf::Graph& graph, const std::vector<tf::Output>& inputs,
                                const std::vector<tf::Output>& weights, bool training,
                                const tf::Output& step_seed) const;

  const std::vector<Input>& inputs() const { return inputs_; }
  const std::vector<LayerEntry>& layers() const { return layers_; }
  const std::vector<Weight>& weights() const { return weights_; }
  const std::vector<TokenCheck>& token_checks() const { return token_checks_; }
  const TensorSpec& output_spec() const { return output_->spec; }
  // For Summary: every use of a layer in order, with the names of what it reads.
  struct Use {
    int layer = 0;
    TensorSpec output;
    std::vector<std::string> reads;
  };
  std::vector<Use> uses() const;

 private:
  int LayerIndex(const internal::Node& node) const;

  std::vector<Input> inputs_;
  std::vector<std::shared_ptr<const internal::Node>> nodes_;  // layers' uses, each after what it reads
  std::vector<LayerEntry> layers_;
  std::vector<Weight> weights_;
  std::vector<TokenCheck> token_checks_;
  std::shared_ptr<const internal::Node> output_;
};

}  // namespace keras

#endif  // TFX_TRAINER_MODEL_GRAPH_H_
