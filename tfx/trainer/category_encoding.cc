#include "absl/strings/str_cat.h"
#include "tfx/tensorflow/ops.h"
#include "tfx/trainer/layer_node.h"
#include "tfx/trainer/layers.h"

namespace keras {
namespace {

namespace ops = ::tfx::tf::ops;

class CategoryEncodingLayer : public LayerBase {
 public:
  explicit CategoryEncodingLayer(CategoryEncodingOptions options)
      : LayerBase("category_encoding", options.name), options_(std::move(options)) {}

  absl::StatusOr<TensorSpec> Connect(std::span<const TensorSpec> inputs) override {
    if (inputs.size() != 1) return absl::InvalidArgumentError(absl::StrCat("takes one tensor, not ", inputs.size()));
    const tf::Shape& shape = inputs[0].shape;
    if (options_.num_tokens <= 0) {
      return absl::InvalidArgumentError(absl::StrCat("num_tokens = ", options_.num_tokens, " must be > 0"));
    }
    if (inputs[0].dtype != kInt64) {
      return absl::InvalidArgumentError("needs int64 tokens; give the Input .dtype = keras::kInt64");
    }
    if (shape.size() > 2) return absl::InvalidArgumentError("needs tokens of shape [batch] or [batch, n]");
    one_token_ = shape.size() == 1 || shape[1] == 1;
    if (options_.output_mode == Encoding::kOneHot && !one_token_) {
      return absl::InvalidArgumentError(
          "output_mode kOneHot encodes one token per row, but the input has several; use kMultiHot or kCount");
    }
    return TensorSpec{{-1, options_.num_tokens}, kFloat32};
  }

  tf::Output Call(CallContext& context, std::span<const tf::Output> inputs) const override {
    tf::Graph& graph = context.graph();
    const tf::Output tokens = one_token_ ? ops::Reshape(inputs[0], {-1}) : inputs[0];
    // OneHot leaves a row of zeros where the token is negative or too large.
    const tf::Output one_hot = graph.Op("OneHot")
                                   .Input(tokens)
                                   .Input(graph.Scalar<int32_t>(static_cast<int32_t>(options_.num_tokens)))
                                   .Input(graph.Scalar<float>(1))
                                   .Input(graph.Scalar<float>(0))
                                   .Output();
    if (one_token_) {
      context.tables().encoded[internal::KeyOf(one_hot)] = {tokens, options_.num_tokens};
      return one_hot;
    }
    const tf::Output count = ops::ReduceSum(one_hot, {1});
    return options_.output_mode == Encoding::kCount ? count : ops::Minimum(count, 1.0f);
  }

  int64_t token_limit() const override { return options_.num_tokens; }
  std::string Describe() const override { return absl::StrCat("num_tokens=", options_.num_tokens); }

 private:
  const CategoryEncodingOptions options_;
  bool one_token_ = true;
};

}  // namespace

Layer CategoryEncoding(CategoryEncodingOptions options) {
  return Layer(std::make_shared<CategoryEncodingLayer>(std::move(options)));
}

}  // namespace keras
