#include "tfx/trainer/losses.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/nearest_name.h"
#include "tfx/tensorflow/ops.h"

namespace keras {
namespace {

namespace ops = ::tfx::tf::ops;
using tfx::tf::Graph;
using tfx::tf::Output;

constexpr float kEpsilon = 1e-7f;  // keras.config.epsilon()

Output ClipToProbability(Graph& graph, const Output& p) {
  return graph.Op("ClipByValue").Input(p).Input(graph.Scalar(kEpsilon)).Input(graph.Scalar(1 - kEpsilon)).Output();
}

Output OneMinus(Graph& graph, const Output& x) { return ops::Sub(graph.Scalar<float>(1), x); }

absl::Status CheckSmoothing(float smoothing) {
  if (smoothing >= 0 && smoothing <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("label_smoothing = ", smoothing, " must be in [0, 1]"));
}

class BinaryCrossentropyLoss : public LossBase {
 public:
  explicit BinaryCrossentropyLoss(const CrossentropyOptions& options) : options_(options) {}
  std::string name() const override { return "binary_crossentropy"; }
  absl::Status Check(int64_t) const override { return CheckSmoothing(options_.label_smoothing); }

  Output PerRow(Graph& graph, const LossInputs& inputs) const override {
    Output y = inputs.label;
    if (options_.label_smoothing > 0) {
      y = ops::Add(ops::Mul(y, 1 - options_.label_smoothing), options_.label_smoothing / 2);
    }
    const bool known_logits = inputs.logits.valid() && inputs.activation == "sigmoid";
    if (!options_.from_logits && !known_logits) {
      const Output p = ClipToProbability(graph, inputs.prediction);
      const Output gain =
          ops::Add(ops::Mul(y, ops::Log(p)), ops::Mul(OneMinus(graph, y), ops::Log(OneMinus(graph, p))));
      return ops::Neg(ops::ReduceMean(gain, {-1}));
    }
    // max(z, 0) - z y + ln(1 + e^-|z|)
    const Output z = options_.from_logits ? inputs.prediction : inputs.logits;
    const Output tail = ops::Log1p(ops::Exp(ops::Neg(ops::Abs(z))));
    const Output head = ops::Sub(ops::Relu(z), ops::Mul(z, y));
    return ops::ReduceMean(ops::Add(head, tail), {-1});
  }

 private:
  const CrossentropyOptions options_;
};

// Row losses of labels that are distributions.
Output SoftmaxCrossentropy(Graph& graph, const LossInputs& inputs, const Output& y, bool from_logits) {
  if (from_logits || (inputs.logits.valid() && inputs.activation == "softmax")) {
    return graph.Op("SoftmaxCrossEntropyWithLogits")
        .Input(from_logits ? inputs.prediction : inputs.logits)
        .Input(y)
        .OutputAt(0);
  }
  const Output total = ops::ReduceSum(inputs.prediction, {-1}, {.keep_dims = true});
  const Output p = ClipToProbability(graph, ops::Div(inputs.prediction, total));
  return ops::Neg(ops::ReduceSum(ops::Mul(y, ops::Log(p)), {-1}));
}

class CategoricalCrossentropyLoss : public LossBase {
 public:
  explicit CategoricalCrossentropyLoss(const CrossentropyOptions& options) : options_(options) {}
  std::string name() const override { return "categorical_crossentropy"; }

  absl::Status Check(int64_t output_width) const override {
    if (output_width < 2) {
      return absl::InvalidArgumentError(absl::StrCat("needs an output of one number per class, at least 2, not ",
                                                     output_width, "; for one sigmoid unit use BinaryCrossentropy"));
    }
    return CheckSmoothing(options_.label_smoothing);
  }

  Output PerRow(Graph& graph, const LossInputs& inputs) const override {
    Output y = inputs.label;
    if (options_.label_smoothing > 0) {
      const std::optional<tfx::tf::Shape> shape = y.valid() ? y.shape() : std::nullopt;
      const float classes = shape.has_value() && !shape->empty() ? static_cast<float>(shape->back()) : 1;
      y = ops::Add(ops::Mul(y, 1 - options_.label_smoothing), options_.label_smoothing / classes);
    }
    return SoftmaxCrossentropy(graph, inputs, y, options_.from_logits);
  }

 private:
  const CrossentropyOptions options_;
};

class SparseCategoricalCrossentropyLoss : public LossBase {
 public:
  explicit SparseCategoricalCrossentropyLoss(const SparseCrossentropyOptions& options) : options_(options) {}
  std::string name() const override { return "sparse_categorical_crossentropy"; }
  LabelKind label_kind() const override { return LabelKind::kClassId; }

  absl::Status Check(int64_t output_width) const override {
    if (output_width >= 2) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("needs an output of one number per class, at least 2, not ",
                                                   output_width, "; for one sigmoid unit use BinaryCrossentropy"));
  }

  Output PerRow(Graph& graph, const LossInputs& inputs) const override {
    const std::optional<tfx::tf::Shape> shape = inputs.prediction.valid() ? inputs.prediction.shape() : std::nullopt;
    const int32_t classes = shape.has_value() && !shape->empty() ? static_cast<int32_t>(shape->back()) : 1;
    const Output y = graph.Op("OneHot")
                         .Input(inputs.label)
                         .Input(graph.Scalar<int32_t>(classes))
                         .Input(graph.Scalar<float>(1))
                         .Input(graph.Scalar<float>(0))
                         .Output();
    return SoftmaxCrossentropy(graph, inputs, y, options_.from_logits);
  }

 private:
  const SparseCrossentropyOptions options_;
};

// Mean over the output of a function of each element.
class ElementwiseLoss : public LossBase {
 public:
  using Fn = std::function<Output(const Output& y, const Output& p)>;
  ElementwiseLoss(std::string name, Fn fn, absl::Status check = absl::OkStatus())
      : name_(std::move(name)), fn_(std::move(fn)), check_(std::move(check)) {}
  std::string name() const override { return name_; }
  absl::Status Check(int64_t) const override { return check_; }
  Output PerRow(Graph&, const LossInputs& inputs) const override {
    return ops::ReduceMean(fn_(inputs.label, inputs.prediction), {-1});
  }

 private:
  const std::string name_;
  const Fn fn_;
  const absl::Status check_;
};

Loss MakeElementwise(std::string name, ElementwiseLoss::Fn fn, absl::Status check = absl::OkStatus()) {
  return Loss(std::make_shared<ElementwiseLoss>(std::move(name), std::move(fn), std::move(check)));
}

struct Entry {
  const char* name;
  Loss (*make)();
};

constexpr Entry kLosses[] = {
    {"binary_crossentropy", [] { return BinaryCrossentropy(); }},
    {"categorical_crossentropy", [] { return CategoricalCrossentropy(); }},
    {"huber", [] { return Huber(); }},
    {"mae", [] { return MeanAbsoluteError(); }},
    {"mean_absolute_error", [] { return MeanAbsoluteError(); }},
    {"mean_squared_error", [] { return MeanSquaredError(); }},
    {"mse", [] { return MeanSquaredError(); }},
    {"poisson", [] { return Poisson(); }},
    {"sparse_categorical_crossentropy", [] { return SparseCategoricalCrossentropy(); }},
};

}  // namespace

Loss::Loss(const char* name) {
  for (const Entry& entry : kLosses) {
    if (entry.name == std::string_view(name)) {
      *this = entry.make();
      return;
    }
  }
  const std::vector<std::string> names = LossNames();
  status_ = absl::InvalidArgumentError(absl::StrCat("unknown loss \"", name, "\"", tfx::DidYouMean(name, names),
                                                    " (known: ", absl::StrJoin(names, ", "), ")"));
}

Loss BinaryCrossentropy(CrossentropyOptions options) { return Loss(std::make_shared<BinaryCrossentropyLoss>(options)); }

Loss CategoricalCrossentropy(CrossentropyOptions options) {
  return Loss(std::make_shared<CategoricalCrossentropyLoss>(options));
}

Loss SparseCategoricalCrossentropy(SparseCrossentropyOptions options) {
  return Loss(std::make_shared<SparseCategoricalCrossentropyLoss>(options));
}

Loss MeanSquaredError() {
  return MakeElementwise("mean_squared_error",
                         [](const Output& y, const Output& p) { return ops::SquaredDifference(p, y); });
}

Loss MeanAbsoluteError() {
  return MakeElementwise("mean_absolute_error",
                         [](const Output& y, const Output& p) { return ops::Abs(ops::Sub(p, y)); });
}

Loss Huber(HuberOptions options) {
  const float delta = options.delta;
  // With c = min(|e|, delta): c^2 / 2 + delta (|e| - c).
  return MakeElementwise(
      "huber",
      [delta](const Output& y, const Output& p) {
        const Output error = ops::Abs(ops::Sub(p, y));
        const Output inner = ops::Minimum(error, delta);
        return ops::Add(ops::Mul(ops::Square(inner), 0.5f), ops::Mul(ops::Sub(error, inner), delta));
      },
      delta > 0 ? absl::OkStatus() : absl::InvalidArgumentError(absl::StrCat("delta = ", delta, " must be > 0")));
}

Loss Poisson() {
  return MakeElementwise("poisson", [](const Output& y, const Output& p) {
    return ops::Sub(p, ops::Mul(y, ops::Log(ops::Add(p, kEpsilon))));
  });
}

std::vector<std::string> LossNames() {
  std::vector<std::string> names;
  for (const Entry& entry : kLosses) names.emplace_back(entry.name);
  return names;
}

}  // namespace keras
