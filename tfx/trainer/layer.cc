#include "tfx/trainer/layer.h"

#include <atomic>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/trainer/layer_node.h"

namespace keras {
namespace internal {

std::shared_ptr<Node> NewNode() {
  static std::atomic<uint64_t> next_id{0};
  auto node = std::make_shared<Node>();
  node->id = next_id++;
  return node;
}

}  // namespace internal

namespace {

std::string LayerLabel(const LayerBase& layer) {
  return layer.name().empty() ? absl::StrCat("layer of type ", layer.type())
                              : absl::StrCat("layer \"", layer.name(), "\" (", layer.type(), ")");
}

}  // namespace

tf::Output CallContext::step_seed() const {
  tables_->uses_step_seed = true;
  return step_seed_;
}

absl::Status Tensor::status() const {
  if (node_ == nullptr) return absl::InvalidArgumentError("an empty keras::Tensor was used: it comes from no layer");
  return node_->status;
}

const TensorSpec& Tensor::spec() const {
  static const auto* const kNone = new TensorSpec;
  return node_ == nullptr ? *kNone : node_->spec;
}

Tensor Layer::operator()(const Tensor& input) const { return (*this)(std::vector<Tensor>{input}); }

Tensor Layer::operator()(const std::vector<Tensor>& inputs) const {
  std::shared_ptr<internal::Node> node = internal::NewNode();
  node->layer = layer_;
  if (layer_ == nullptr) {
    node->status = absl::InvalidArgumentError("an empty keras::Layer was called");
    return Tensor(std::move(node));
  }
  std::vector<TensorSpec> specs;
  for (const Tensor& input : inputs) {
    if (absl::Status status = input.status(); !status.ok()) {
      // The first mistake is the one to mend; what is built on it says nothing new.
      node->status = input.valid() ? status : tfx::Annotate(status, LayerLabel(*layer_));
      return Tensor(std::move(node));
    }
    specs.push_back(input.spec());
    node->inputs.push_back(input.shared_node());
  }
  absl::StatusOr<TensorSpec> spec = layer_->Connect(specs);
  if (!spec.ok()) {
    node->status = tfx::Annotate(spec.status(), LayerLabel(*layer_));
  } else {
    node->spec = *std::move(spec);
    for (const WeightSpec& weight : layer_->weights()) {
      if (!weight.initializer.status().ok() && node->status.ok()) {
        node->status = tfx::Annotate(weight.initializer.status(), LayerLabel(*layer_));
      }
    }
  }
  return Tensor(std::move(node));
}

Tensor Input(const InputOptions& options) {
  std::shared_ptr<internal::Node> node = internal::NewNode();
  node->input_name = options.name;
  node->spec.dtype = options.dtype;
  node->spec.shape = {-1};
  node->spec.shape.insert(node->spec.shape.end(), options.shape.begin(), options.shape.end());
  if (options.name.empty()) {
    node->status = absl::InvalidArgumentError("keras::Input needs a name: that of the feature it is fed from");
  } else if (options.dtype != kFloat32 && options.dtype != kInt64 && options.dtype != kString) {
    node->status = absl::InvalidArgumentError(
        absl::StrCat("keras::Input \"", options.name, "\": dtype must be kFloat32, kInt64 or kString"));
  }
  for (int64_t size : options.shape) {
    if (size == 0 || size < -1) {
      node->status = absl::InvalidArgumentError(absl::StrCat("keras::Input \"", options.name, "\": dimension ", size,
                                                             " in shape; use a positive size, or -1 for any"));
    }
  }
  return Tensor(std::move(node));
}

}  // namespace keras
