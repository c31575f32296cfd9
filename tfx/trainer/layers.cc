// The layers that hold no weights.
#include "tfx/trainer/layers.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/tensorflow/ops.h"
#include "tfx/trainer/activations.h"
#include "tfx/trainer/layer_node.h"

namespace keras {
namespace {

namespace ops = ::tfx::tf::ops;

absl::Status CheckOneInput(std::span<const TensorSpec> inputs) {
  if (inputs.size() == 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("takes one tensor, not ", inputs.size()));
}

std::string ShapeText(const tf::Shape& shape) { return absl::StrCat("[", absl::StrJoin(shape, ", "), "]"); }

class ConcatenateLayer : public LayerBase {
 public:
  explicit ConcatenateLayer(const ConcatenateOptions& options)
      : LayerBase("concatenate", options.name), axis_(options.axis) {}

  absl::StatusOr<TensorSpec> Connect(std::span<const TensorSpec> inputs) override {
    if (inputs.empty()) return absl::InvalidArgumentError("needs at least one tensor");
    TensorSpec output = inputs[0];
    const int rank = static_cast<int>(output.shape.size());
    const int axis = axis_ < 0 ? axis_ + rank : axis_;
    if (axis < 1 || axis >= rank) {
      return absl::InvalidArgumentError(absl::StrCat("axis ", axis_, " is not an axis after the batch of ",
                                                     ShapeText(output.shape),
                                                     "; inputs of shape {} need a Reshape first"));
    }
    last_axis_ = axis == rank - 1 && rank == 2;
    widths_.clear();
    output.shape[axis] = 0;
    for (size_t i = 0; i < inputs.size(); ++i) {
      tf::Shape expected = inputs[0].shape;
      if (inputs[i].shape.size() == expected.size()) expected[axis] = inputs[i].shape[axis];
      if (inputs[i].dtype != output.dtype) {
        return absl::InvalidArgumentError(absl::StrCat(
            "input ", i, " has another type than input 0; encode integers first, with CategoryEncoding or Embedding"));
      }
      if (inputs[i].shape != expected) {
        return absl::InvalidArgumentError(absl::StrCat("input ", i, " has shape ", ShapeText(inputs[i].shape),
                                                       ", which does not fit ", ShapeText(inputs[0].shape),
                                                       " of input 0"));
      }
      const int64_t width = inputs[i].shape[axis];
      output.shape[axis] = width < 0 || output.shape[axis] < 0 ? -1 : output.shape[axis] + width;
      widths_.push_back(width);
    }
    return output;
  }

  tf::Output Call(CallContext& context, std::span<const tf::Output> inputs) const override {
    tf::Graph& graph = context.graph();
    if (inputs.size() == 1) return inputs[0];
    const tf::Output joined = graph.Op("ConcatV2").InputList(inputs).Input(graph.Scalar<int32_t>(axis_)).Output();
    if (last_axis_ && joined.valid()) {
      auto& parts = context.tables().concatenated[internal::KeyOf(joined)];
      for (size_t i = 0; i < inputs.size(); ++i) parts.push_back({inputs[i], widths_[i]});
    }
    return joined;
  }

 private:
  const int axis_;
  bool last_axis_ = false;
  std::vector<int64_t> widths_;
};

// Element-wise sum or product of equal shapes.
class MergeLayer : public LayerBase {
 public:
  MergeLayer(std::string type, std::string op, std::string name)
      : LayerBase(std::move(type), std::move(name)), op_(std::move(op)) {}

  absl::StatusOr<TensorSpec> Connect(std::span<const TensorSpec> inputs) override {
    if (inputs.empty()) return absl::InvalidArgumentError("needs at least one tensor");
    for (size_t i = 1; i < inputs.size(); ++i) {
      if (inputs[i].shape != inputs[0].shape || inputs[i].dtype != inputs[0].dtype) {
        return absl::InvalidArgumentError(absl::StrCat("input ", i, " of shape ", ShapeText(inputs[i].shape),
                                                       " does not fit ", ShapeText(inputs[0].shape), " of input 0"));
      }
    }
    return inputs[0];
  }

  tf::Output Call(CallContext& context, std::span<const tf::Output> inputs) const override {
    tf::Output result = inputs[0];
    for (size_t i = 1; i < inputs.size(); ++i) result = context.graph().Op(op_).Input(result).Input(inputs[i]).Output();
    return result;
  }

 private:
  const std::string op_;
};

class DropoutLayer : public LayerBase {
 public:
  explicit DropoutLayer(const DropoutOptions& options) : LayerBase("dropout", options.name), rate_(options.rate) {}

  absl::StatusOr<TensorSpec> Connect(std::span<const TensorSpec> inputs) override {
    if (absl::Status status = CheckOneInput(inputs); !status.ok()) return status;
    if (!(rate_ >= 0 && rate_ < 1))
      return absl::InvalidArgumentError(absl::StrCat("rate = ", rate_, " must be in [0, 1)"));
    if (inputs[0].dtype != kFloat32) return absl::InvalidArgumentError("needs a float32 input");
    return inputs[0];
  }

  tf::Output Call(CallContext& context, std::span<const tf::Output> inputs) const override {
    if (!context.training() || rate_ == 0) return inputs[0];
    tf::Graph& graph = context.graph();
    const tf::Output uniform = graph.Op("StatelessRandomUniform")
                                   .Input(ops::ShapeOf(inputs[0], ::tensorflow::DT_INT32))
                                   .Input(context.step_seed())
                                   .Attr("dtype", kFloat32)
                                   .Output();
    const tf::Output keep = ops::Cast(ops::GreaterEqual(uniform, rate_), kFloat32);
    return ops::Mul(ops::Mul(inputs[0], 1 / (1 - rate_)), keep);
  }

  std::string Describe() const override { return absl::StrCat("rate=", rate_); }

 private:
  const float rate_;
};

class ActivationLayer : public LayerBase {
 public:
  explicit ActivationLayer(ActivationOptions options)
      : LayerBase("activation", options.name), activation_(std::move(options.activation)) {}

  absl::StatusOr<TensorSpec> Connect(std::span<const TensorSpec> inputs) override {
    if (absl::Status status = CheckOneInput(inputs); !status.ok()) return status;
    if (absl::Status status = CheckActivation(activation_); !status.ok()) return status;
    if (inputs[0].dtype != kFloat32) return absl::InvalidArgumentError("needs a float32 input");
    return inputs[0];
  }

  tf::Output Call(CallContext& context, std::span<const tf::Output> inputs) const override {
    const tf::Output y = Activate(context.graph(), activation_, inputs[0]);
    if (activation_ == "sigmoid" || activation_ == "softmax") {
      context.tables().logits[internal::KeyOf(y)] = {inputs[0], activation_};
    }
    return y;
  }

  std::string Describe() const override { return activation_; }

 private:
  const std::string activation_;
};

class ReshapeLayer : public LayerBase {
 public:
  ReshapeLayer(std::string type, std::string name, tf::Shape target)
      : LayerBase(std::move(type), std::move(name)), target_(std::move(target)) {}

  absl::StatusOr<TensorSpec> Connect(std::span<const TensorSpec> inputs) override {
    if (absl::Status status = CheckOneInput(inputs); !status.ok()) return status;
    int64_t elements = 1;
    for (size_t i = 1; i < inputs[0].shape.size(); ++i) {
      if (inputs[0].shape[i] < 0) return absl::InvalidArgumentError("needs an input of fixed size per row");
      elements *= inputs[0].shape[i];
    }
    output_ = {-1};
    int64_t known = 1, unknown = 0;
    for (int64_t size : target_) {
      if (size == 0 || size < -1)
        return absl::InvalidArgumentError(absl::StrCat("dimension ", size, " in target_shape"));
      if (size > 0) known *= size;
      unknown += size < 0;
      output_.push_back(size);
    }
    if (unknown > 1 || (unknown == 0 && known != elements) || (unknown == 1 && elements % known != 0)) {
      return absl::InvalidArgumentError(absl::StrCat("target_shape ", ShapeText(target_), " does not fit ", elements,
                                                     " numbers per row of an input of shape ",
                                                     ShapeText(inputs[0].shape)));
    }
    for (int64_t& size : std::span(output_).subspan(1)) {
      if (size < 0) size = elements / known;
    }
    return TensorSpec{output_, inputs[0].dtype};
  }

  tf::Output Call(CallContext& context, std::span<const tf::Output> inputs) const override {
    return ops::Reshape(inputs[0], output_);
  }

 private:
  const tf::Shape target_;
  tf::Shape output_;
};

class FlattenLayer : public ReshapeLayer {
 public:
  explicit FlattenLayer(std::string name) : ReshapeLayer("flatten", std::move(name), {-1}) {}
};

class GlobalAveragePooling1DLayer : public LayerBase {
 public:
  explicit GlobalAveragePooling1DLayer(std::string name) : LayerBase("global_average_pooling1d", std::move(name)) {}

  absl::StatusOr<TensorSpec> Connect(std::span<const TensorSpec> inputs) override {
    if (absl::Status status = CheckOneInput(inputs); !status.ok()) return status;
    if (inputs[0].shape.size() != 3 || inputs[0].dtype != kFloat32) {
      return absl::InvalidArgumentError(
          absl::StrCat("needs a float32 input of shape [batch, n, d], not ", ShapeText(inputs[0].shape)));
    }
    return TensorSpec{{-1, inputs[0].shape[2]}, kFloat32};
  }

  tf::Output Call(CallContext& context, std::span<const tf::Output> inputs) const override {
    return ops::ReduceMean(inputs[0], {1});
  }
};

class LambdaLayer : public LayerBase {
 public:
  explicit LambdaLayer(LambdaOptions options) : LayerBase("lambda", options.name), options_(std::move(options)) {}

  absl::StatusOr<TensorSpec> Connect(std::span<const TensorSpec> inputs) override {
    if (!options_.function) return absl::InvalidArgumentError("has no function");
    TensorSpec output{{-1}, options_.output_dtype};
    output.shape.insert(output.shape.end(), options_.output_shape.begin(), options_.output_shape.end());
    return output;
  }

  tf::Output Call(CallContext& context, std::span<const tf::Output> inputs) const override {
    const tf::Output output = options_.function(context.graph(), inputs);
    if (!output.valid()) context.graph().Fail(absl::InvalidArgumentError("the function gave no tensor"));
    return output;
  }

 private:
  const LambdaOptions options_;
};

}  // namespace

Tensor Concatenate(const std::vector<Tensor>& inputs, ConcatenateOptions options) {
  return Layer(std::make_shared<ConcatenateLayer>(options))(inputs);
}

Tensor Add(const std::vector<Tensor>& inputs, NamedOptions options) {
  return Layer(std::make_shared<MergeLayer>("add", "AddV2", options.name))(inputs);
}

Tensor Multiply(const std::vector<Tensor>& inputs, NamedOptions options) {
  return Layer(std::make_shared<MergeLayer>("multiply", "Mul", options.name))(inputs);
}

Layer Dropout(DropoutOptions options) { return Layer(std::make_shared<DropoutLayer>(options)); }
Layer Activation(ActivationOptions options) { return Layer(std::make_shared<ActivationLayer>(std::move(options))); }
Layer Flatten(NamedOptions options) { return Layer(std::make_shared<FlattenLayer>(options.name)); }
Layer Reshape(ReshapeOptions options) {
  return Layer(std::make_shared<ReshapeLayer>("reshape", options.name, options.target_shape));
}
Layer GlobalAveragePooling1D(NamedOptions options) {
  return Layer(std::make_shared<GlobalAveragePooling1DLayer>(options.name));
}
Layer Lambda(LambdaOptions options) { return Layer(std::make_shared<LambdaLayer>(std::move(options))); }

}  // namespace keras
