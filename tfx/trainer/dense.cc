// Dense and Embedding: the layers that hold most of a model's weights.
#include "absl/strings/str_cat.h"
#include "tfx/tensorflow/ops.h"
#include "tfx/trainer/activations.h"
#include "tfx/trainer/layer_node.h"
#include "tfx/trainer/layers.h"
#include "tfx/trainer/one_hot_product.h"

namespace keras {
namespace {

namespace ops = ::tfx::tf::ops;

class DenseLayer : public LayerBase {
 public:
  explicit DenseLayer(DenseOptions options) : LayerBase("dense", options.name), options_(std::move(options)) {}

  absl::StatusOr<TensorSpec> Connect(std::span<const TensorSpec> inputs) override {
    if (inputs.size() != 1) return absl::InvalidArgumentError(absl::StrCat("takes one tensor, not ", inputs.size()));
    const TensorSpec& input = inputs[0];
    if (options_.units <= 0)
      return absl::InvalidArgumentError(absl::StrCat("units = ", options_.units, " must be > 0"));
    if (absl::Status status = CheckActivation(options_.activation); !status.ok()) return status;
    if (input.dtype != kFloat32) {
      return absl::InvalidArgumentError(
          "needs a float32 input; encode integers first, with CategoryEncoding or Embedding");
    }
    if (input.shape.size() < 2 || input.shape.back() < 1) {
      return absl::InvalidArgumentError(
          "needs an input of shape [batch, ..., n] with a fixed n; Reshape or Flatten it first");
    }
    if (weights().empty()) {
      AddWeight({.name = "kernel",
                 .shape = {input.shape.back(), options_.units},
                 .initializer = options_.kernel_initializer,
                 .regularizer = options_.kernel_regularizer});
      if (options_.use_bias) {
        AddWeight({.name = "bias", .shape = {options_.units}, .initializer = options_.bias_initializer});
      }
    } else if (weights()[0].shape[0] != input.shape.back()) {
      return absl::InvalidArgumentError(absl::StrCat("is shared, but was first used on ", weights()[0].shape[0],
                                                     " numbers per row and now on ", input.shape.back()));
    }
    TensorSpec output = input;
    output.shape.back() = options_.units;
    return output;
  }

  tf::Output Call(CallContext& context, std::span<const tf::Output> inputs) const override {
    tf::Graph& graph = context.graph();
    const tf::Output kernel = context.weight(0);
    const std::optional<tf::Shape> shape = inputs[0].valid() ? inputs[0].shape() : std::nullopt;
    tf::Output y;
    if (!shape.has_value() || shape->size() <= 2) {
      y = internal::OneHotProduct(context.tables(), graph, inputs[0], kernel);
      if (!y.valid()) y = ops::MatMul(inputs[0], kernel);
    } else {
      // [.., n] x [n, units]: flatten the front, multiply, unflatten.
      const int64_t width = weights()[0].shape[0];
      const tf::Output flat = ops::MatMul(ops::Reshape(inputs[0], {-1, width}), kernel);
      const tf::Output front = ops::Slice(ops::ShapeOf(inputs[0], ::tensorflow::DT_INT32), ops::Int32s(graph, {0}),
                                          ops::Int32s(graph, {static_cast<int32_t>(shape->size()) - 1}));
      const tf::Output units = ops::Int32s(graph, {static_cast<int32_t>(options_.units)});
      y = ops::Reshape(flat, ops::Concat(std::vector<tf::Output>{front, units}, 0));
    }
    if (options_.use_bias) y = ops::BiasAdd(y, context.weight(1));
    const tf::Output activated = Activate(graph, options_.activation, y);
    if (options_.activation == "sigmoid" || options_.activation == "softmax") {
      context.tables().logits[internal::KeyOf(activated)] = {y, options_.activation};
    }
    return activated;
  }

  std::string Describe() const override {
    return absl::StrCat("units=", options_.units,
                        options_.activation.empty() ? "" : absl::StrCat(", activation=", options_.activation));
  }

 private:
  const DenseOptions options_;
};

class EmbeddingLayer : public LayerBase {
 public:
  explicit EmbeddingLayer(EmbeddingOptions options)
      : LayerBase("embedding", options.name), options_(std::move(options)) {}

  absl::StatusOr<TensorSpec> Connect(std::span<const TensorSpec> inputs) override {
    if (inputs.size() != 1) return absl::InvalidArgumentError(absl::StrCat("takes one tensor, not ", inputs.size()));
    if (options_.input_dim <= 0 || options_.output_dim <= 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("input_dim = ", options_.input_dim, " and output_dim = ", options_.output_dim, " must be > 0"));
    }
    if (inputs[0].dtype != kInt64)
      return absl::InvalidArgumentError("needs int64 ids; give the Input .dtype = keras::kInt64");
    if (weights().empty()) {
      AddWeight({.name = "embeddings",
                 .shape = {options_.input_dim, options_.output_dim},
                 .initializer = options_.embeddings_initializer,
                 .regularizer = options_.embeddings_regularizer});
    }
    TensorSpec output{inputs[0].shape, kFloat32};
    output.shape.push_back(options_.output_dim);
    return output;
  }

  tf::Output Call(CallContext& context, std::span<const tf::Output> inputs) const override {
    const tf::Output rows = ops::Gather(context.weight(0), ops::Maximum(inputs[0], 0));
    const tf::Output present = ops::Cast(ops::GreaterEqual(inputs[0], 0), kFloat32);
    return ops::Mul(rows, ops::ExpandDims(present, -1));
  }

  int64_t token_limit() const override { return options_.input_dim; }
  std::string Describe() const override {
    return absl::StrCat("input_dim=", options_.input_dim, ", output_dim=", options_.output_dim);
  }

 private:
  const EmbeddingOptions options_;
};

}  // namespace

Layer Dense(DenseOptions options) { return Layer(std::make_shared<DenseLayer>(std::move(options))); }
Layer Embedding(EmbeddingOptions options) { return Layer(std::make_shared<EmbeddingLayer>(std::move(options))); }

}  // namespace keras
