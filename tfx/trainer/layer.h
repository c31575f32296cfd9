// Symbolic tensors and layers: the pieces a keras::Model is made of, and the interface for a user's own layer.
//
//   keras::Tensor x = keras::Input({.name = "fare_xf"});
//   keras::Tensor y = keras::Dense({.units = 10, .activation = "relu"})(x);
//
// Nothing here touches TensorFlow: a Tensor only remembers which layer made it from which tensors, and keras::Model
// later turns that into a graph. Calling one Layer several times shares its weights.
// Mistakes (wrong shape, unknown activation) do not stop the program: the Tensor carries the error, everything built on
// it carries it too, and Model::status() reports it, naming the layer.
// Thread-compatible.
#ifndef TFX_TRAINER_LAYER_H_
#define TFX_TRAINER_LAYER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/tensorflow/graph.h"
#include "tfx/trainer/initializers.h"

namespace keras {

namespace tf = ::tfx::tf;

inline constexpr tf::DataType kFloat32 = ::tensorflow::DT_FLOAT;
inline constexpr tf::DataType kInt64 = ::tensorflow::DT_INT64;
inline constexpr tf::DataType kString = ::tensorflow::DT_STRING;

// What is known of a tensor before it exists. shape[0] is the batch, always -1.
struct TensorSpec {
  tf::Shape shape;
  tf::DataType dtype = kFloat32;
};

// Penalty l1 * sum|w| + l2 * sum w^2 that is added to the loss.
struct Regularizer {
  float l1 = 0;  // >= 0
  float l2 = 0;  // >= 0
};

struct WeightSpec {
  std::string name;  // "kernel"; the full name is "<layer>/kernel"
  tf::Shape shape;
  Initializer initializer = Zeros();
  bool trainable = true;
  Regularizer regularizer = {};
};

namespace internal {
struct Node;
struct LoweringTables;
}  // namespace internal

// What Layer::Call works with: the graph that is being built and the layer's weights in it.
class CallContext {
 public:
  tf::Graph& graph() const { return *graph_; }
  // True while building what Fit runs, false for Evaluate, Predict and the exported model.
  bool training() const { return training_; }
  // The present value of the layer's i-th weight, in the order in which Connect added them.
  tf::Output weight(int i) const { return weights_[i]; }
  // An int64 vector of two numbers that differs from step to step and layer to layer and depends only on the model's
  // seed: the seed of TensorFlow's StatelessRandom* ops. Only while training.
  tf::Output step_seed() const;

  // What layers leave for later ones to build cheaper graphs on (see category_encoding.cc). May be ignored.
  internal::LoweringTables& tables() const { return *tables_; }

 private:
  friend class ModelGraph;
  tf::Graph* graph_ = nullptr;
  bool training_ = false;
  std::vector<tf::Output> weights_;
  tf::Output step_seed_;
  internal::LoweringTables* tables_ = nullptr;
};

// A layer's behaviour. A user's own layer derives from this and is used as Layer(std::make_shared<MyLayer>(...)).
class LayerBase {
 public:
  // `type` gives the default name ("dense", "dense_1"); `name` may be empty.
  LayerBase(std::string type, std::string name) : type_(std::move(type)), name_(std::move(name)) {}
  virtual ~LayerBase() = default;

  // Checks the inputs' shapes and types, adds the weights, returns what Call will make of them. Called once per use of
  // the layer; weights() is filled by the first call and must fit the later ones.
  // An error is INVALID_ARGUMENT and says what was expected; the caller puts the layer's name before it.
  virtual absl::StatusOr<TensorSpec> Connect(std::span<const TensorSpec> inputs) = 0;
  // Adds the layer's ops to the graph.
  virtual tf::Output Call(CallContext& context, std::span<const tf::Output> inputs) const = 0;
  // Where the inputs are token ids: they must be less than this; -1 where there is no such limit. Fit and Evaluate
  // check the fed values of layers that read an Input, because there the feature and the row can still be named.
  virtual int64_t token_limit() const { return -1; }
  // Options for Model::Summary, like "units=10, activation=relu". May be empty.
  virtual std::string Describe() const { return ""; }

  const std::string& type() const { return type_; }
  const std::string& name() const { return name_; }
  const std::vector<WeightSpec>& weights() const { return weights_; }

 protected:
  void AddWeight(WeightSpec weight) { weights_.push_back(std::move(weight)); }
  std::vector<WeightSpec> weights_;

 private:
  const std::string type_;
  const std::string name_;
};

// The symbolic output of a layer or an input of the model. Cheap to copy.
class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(std::shared_ptr<const internal::Node> node) : node_(std::move(node)) {}

  bool valid() const { return node_ != nullptr; }
  // OK, or why this tensor or one that it is made from cannot be.
  absl::Status status() const;
  const TensorSpec& spec() const;  // spec of a scalar float when !status().ok()
  const internal::Node* node() const { return node_.get(); }
  const std::shared_ptr<const internal::Node>& shared_node() const { return node_; }

 private:
  std::shared_ptr<const internal::Node> node_;
};

class Layer {
 public:
  Layer() = default;
  explicit Layer(std::shared_ptr<LayerBase> layer) : layer_(std::move(layer)) {}
  Tensor operator()(const Tensor& input) const;
  Tensor operator()(const std::vector<Tensor>& inputs) const;
  const std::shared_ptr<LayerBase>& base() const { return layer_; }

 private:
  std::shared_ptr<LayerBase> layer_;
};

struct InputOptions {
  tf::Shape shape = {1};          // without the batch; {} is one number per row. -1: differs from batch to batch
  std::string name;               // the feature's name; required
  tf::DataType dtype = kFloat32;  // float32, int64 or string; integer features are converted to float32 when asked
};
// An input of the model, fed from the dataset's feature of that name.
Tensor Input(const InputOptions& options);

}  // namespace keras

#endif  // TFX_TRAINER_LAYER_H_
