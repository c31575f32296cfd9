// Normalization and LayerNormalization.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/tensorflow/ops.h"
#include "tfx/trainer/data.h"
#include "tfx/trainer/layers.h"

namespace keras {
namespace {

namespace ops = ::tfx::tf::ops;

absl::StatusOr<int64_t> LastAxis(std::span<const TensorSpec> inputs) {
  if (inputs.size() != 1) return absl::InvalidArgumentError(absl::StrCat("takes one tensor, not ", inputs.size()));
  if (inputs[0].dtype != kFloat32) return absl::InvalidArgumentError("needs a float32 input");
  if (inputs[0].shape.size() < 2) return 1;
  if (inputs[0].shape.back() < 1) return absl::InvalidArgumentError("needs a fixed size of the last axis");
  return inputs[0].shape.back();
}

class NormalizationLayer : public LayerBase {
 public:
  explicit NormalizationLayer(NormalizationOptions options)
      : LayerBase("normalization", options.name),
        mean_(std::move(options.mean)),
        variance_(std::move(options.variance)) {}

  absl::StatusOr<TensorSpec> Connect(std::span<const TensorSpec> inputs) override {
    ASSIGN_OR_RETURN(const int64_t size, LastAxis(inputs));
    for (float v : variance_) {
      if (!(v >= 0)) return absl::InvalidArgumentError(absl::StrCat("variance ", v, " must be >= 0"));
    }
    for (const std::vector<float>* values : {&mean_, &variance_}) {
      if (values->size() > 1 && static_cast<int64_t>(values->size()) != size) {
        return absl::InvalidArgumentError(absl::StrCat(
            "has ", values->size(), " means or variances for a last axis of ", size, "; give one or ", size));
      }
    }
    if (weights().empty()) {
      AddWeight({.name = "mean",
                 .shape = {size},
                 .initializer = mean_.empty() ? Zeros() : ConstantValues(mean_),
                 .trainable = false});
      AddWeight({.name = "variance",
                 .shape = {size},
                 .initializer = variance_.empty() ? Ones() : ConstantValues(variance_),
                 .trainable = false});
    } else if (weights()[0].shape[0] != size) {
      return absl::InvalidArgumentError(absl::StrCat("is shared, but was first used on a last axis of ",
                                                     weights()[0].shape[0], " and now on ", size));
    }
    return inputs[0];
  }

  tf::Output Call(CallContext& context, std::span<const tf::Output> inputs) const override {
    const tf::Output deviation = ops::Maximum(ops::Sqrt(context.weight(1)), 1e-7f);
    return ops::Div(ops::Sub(inputs[0], context.weight(0)), deviation);
  }

  void SetMoments(std::vector<float> mean, std::vector<float> variance) {
    mean_ = std::move(mean);
    variance_ = std::move(variance);
  }

 private:
  std::vector<float> mean_;
  std::vector<float> variance_;
};

class LayerNormalizationLayer : public LayerBase {
 public:
  explicit LayerNormalizationLayer(LayerNormalizationOptions options)
      : LayerBase("layer_normalization", options.name), epsilon_(options.epsilon) {}

  absl::StatusOr<TensorSpec> Connect(std::span<const TensorSpec> inputs) override {
    ASSIGN_OR_RETURN(const int64_t size, LastAxis(inputs));
    if (inputs[0].shape.size() < 2) return absl::InvalidArgumentError("needs an input of shape [batch, ..., n]");
    if (weights().empty()) {
      AddWeight({.name = "gamma", .shape = {size}, .initializer = Ones()});
      AddWeight({.name = "beta", .shape = {size}, .initializer = Zeros()});
    } else if (weights()[0].shape[0] != size) {
      return absl::InvalidArgumentError("is shared between inputs of different last axes");
    }
    return inputs[0];
  }

  tf::Output Call(CallContext& context, std::span<const tf::Output> inputs) const override {
    const tf::Output centred = ops::Sub(inputs[0], ops::ReduceMean(inputs[0], {-1}, {.keep_dims = true}));
    const tf::Output variance = ops::ReduceMean(ops::Square(centred), {-1}, {.keep_dims = true});
    const tf::Output scale = ops::Rsqrt(ops::Add(variance, epsilon_));
    return ops::Add(ops::Mul(ops::Mul(centred, scale), context.weight(0)), context.weight(1));
  }

 private:
  const float epsilon_;
};

}  // namespace

Layer Normalization(NormalizationOptions options) {
  return Layer(std::make_shared<NormalizationLayer>(std::move(options)));
}

Layer LayerNormalization(LayerNormalizationOptions options) {
  return Layer(std::make_shared<LayerNormalizationLayer>(std::move(options)));
}

absl::Status Adapt(const Layer& normalization, const Dataset& dataset, const std::string& feature) {
  auto* layer = dynamic_cast<NormalizationLayer*>(normalization.base().get());
  if (layer == nullptr) return absl::InvalidArgumentError("keras::Adapt needs a Normalization layer");
  if (!layer->weights().empty()) {
    return absl::InvalidArgumentError("keras::Adapt must come before the Normalization layer is used in a model");
  }
  RETURN_IF_ERROR(dataset.status());
  const Dataset batches = dataset.batch_size() > 0 ? dataset : dataset.Batch(1024);
  const std::vector<ColumnSpec>& columns = batches.columns();
  size_t column = 0;
  while (column < columns.size() && columns[column].name != feature) ++column;
  if (column == columns.size()) {
    return absl::InvalidArgumentError(absl::StrCat("keras::Adapt: the dataset has no feature \"", feature, "\""));
  }
  if (columns[column].dtype == kString) {
    return absl::InvalidArgumentError(absl::StrCat("keras::Adapt: feature \"", feature, "\" is not numeric"));
  }
  const int64_t width = columns[column].shape.empty() ? 1 : columns[column].shape.back();
  if (width < 1) {
    return absl::InvalidArgumentError(absl::StrCat("keras::Adapt: feature \"", feature, "\" has no fixed size"));
  }
  std::vector<double> mean(width, 0.0), sum_of_squares(width, 0.0);  // Welford's, so that large means lose no digits
  std::vector<int64_t> count(width, 0);
  ASSIGN_OR_RETURN(std::unique_ptr<BatchIterator> iterator, batches.Iterate());
  BatchTensors batch;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, iterator->Next(&batch));
    if (!more) break;
    const tf::Tensor& tensor = batch.features[column];
    for (int64_t i = 0; i < tensor.num_elements(); ++i) {
      const double x =
          tensor.dtype() == kInt64 ? static_cast<double>(tensor.data<int64_t>()[i]) : tensor.data<float>()[i];
      const size_t k = static_cast<size_t>(i % width);
      const double delta = x - mean[k];
      mean[k] += delta / static_cast<double>(++count[k]);
      sum_of_squares[k] += delta * (x - mean[k]);
    }
  }
  if (count[0] == 0) return absl::InvalidArgumentError("keras::Adapt: the dataset has no rows");
  std::vector<float> means, variances;
  for (int64_t k = 0; k < width; ++k) {
    means.push_back(static_cast<float>(mean[k]));
    variances.push_back(static_cast<float>(sum_of_squares[k] / static_cast<double>(count[k])));
  }
  layer->SetMoments(std::move(means), std::move(variances));
  return absl::OkStatus();
}

}  // namespace keras
