#include "tfx/trainer/optimizers.h"

#include <cmath>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_macros.h"
#include "tfx/tensorflow/ops.h"

namespace keras {
namespace {

namespace ops = ::tfx::tf::ops;
using tfx::tf::Graph;
using tfx::tf::Operation;
using tfx::tf::Output;

Output Scalar(Graph& graph, double value) { return graph.Scalar<float>(static_cast<float>(value)); }

absl::Status CheckFraction(const char* option, double value) {
  if (value >= 0 && value < 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(option, " = ", value, " must be in [0, 1)"));
}

absl::Status CheckNotNegative(const char* option, double value) {
  if (value >= 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(option, " = ", value, " must be >= 0"));
}

class SgdOptimizer : public OptimizerBase {
 public:
  explicit SgdOptimizer(const SgdOptions& options) : OptimizerBase(options.learning_rate), options_(options) {}
  std::string name() const override { return "sgd"; }
  absl::Status Check() const override {
    RETURN_IF_ERROR(CheckNotNegative("momentum", options_.momentum));
    if (options_.momentum > 1) return absl::InvalidArgumentError("momentum must be in [0, 1]");
    return absl::OkStatus();
  }
  std::vector<SlotSpec> slots() const override {
    if (options_.momentum == 0) return {};
    return {{"momentum", 0}};
  }
  Operation Apply(Graph& graph, const ApplyInputs& in) const override {
    if (options_.momentum == 0) {
      return graph.Op("ResourceApplyGradientDescent")
          .Input(in.variable)
          .Input(in.learning_rate)
          .Input(in.gradient)
          .Finish();
    }
    return graph.Op("ResourceApplyKerasMomentum")
        .Input(in.variable)
        .Input(in.slots[0])
        .Input(in.learning_rate)
        .Input(in.gradient)
        .Input(Scalar(graph, options_.momentum))
        .Attr("use_nesterov", options_.nesterov)
        .Finish();
  }

 private:
  const SgdOptions options_;
};

class AdagradOptimizer : public OptimizerBase {
 public:
  explicit AdagradOptimizer(const AdagradOptions& options) : OptimizerBase(options.learning_rate), options_(options) {}
  std::string name() const override { return "adagrad"; }
  absl::Status Check() const override {
    RETURN_IF_ERROR(CheckNotNegative("initial_accumulator_value", options_.initial_accumulator_value));
    return CheckNotNegative("epsilon", options_.epsilon);
  }
  std::vector<SlotSpec> slots() const override {
    return {{"accumulator", static_cast<float>(options_.initial_accumulator_value)}};
  }
  Operation Apply(Graph& graph, const ApplyInputs& in) const override {
    return graph.Op("ResourceApplyAdagradV2")
        .Input(in.variable)
        .Input(in.slots[0])
        .Input(in.learning_rate)
        .Input(Scalar(graph, options_.epsilon))
        .Input(in.gradient)
        .Finish();
  }

 private:
  const AdagradOptions options_;
};

class AdamOptimizer : public OptimizerBase {
 public:
  explicit AdamOptimizer(const AdamOptions& options) : OptimizerBase(options.learning_rate), options_(options) {}
  std::string name() const override { return "adam"; }
  absl::Status Check() const override {
    RETURN_IF_ERROR(CheckFraction("beta_1", options_.beta_1));
    RETURN_IF_ERROR(CheckFraction("beta_2", options_.beta_2));
    return CheckNotNegative("epsilon", options_.epsilon);
  }
  std::vector<SlotSpec> slots() const override {
    if (options_.amsgrad) return {{"m", 0}, {"v", 0}, {"vhat", 0}};
    return {{"m", 0}, {"v", 0}};
  }
  std::vector<HostScalar> scalars() const override {
    const auto power = [](double beta) {
      return [beta](int64_t step, double) { return std::pow(beta, static_cast<double>(step + 1)); };
    };
    return {{"beta_1_power", power(options_.beta_1)}, {"beta_2_power", power(options_.beta_2)}};
  }
  Operation Apply(Graph& graph, const ApplyInputs& in) const override {
    const Output beta_1 = Scalar(graph, options_.beta_1), beta_2 = Scalar(graph, options_.beta_2);
    const Output epsilon = Scalar(graph, options_.epsilon);
    tfx::tf::OpBuilder op =
        graph.Op(options_.amsgrad ? "ResourceApplyAdamWithAmsgrad" : "ResourceApplyAdam").Input(in.variable);
    for (const Output& slot : in.slots) std::move(op).Input(slot);
    return std::move(op)
        .Input(in.scalars[0])
        .Input(in.scalars[1])
        .Input(in.learning_rate)
        .Input(beta_1)
        .Input(beta_2)
        .Input(epsilon)
        .Input(in.gradient)
        .Finish();
  }

 private:
  const AdamOptions options_;
};

class RmspropOptimizer : public OptimizerBase {
 public:
  explicit RmspropOptimizer(const RmspropOptions& options) : OptimizerBase(options.learning_rate), options_(options) {}
  std::string name() const override { return "rmsprop"; }
  absl::Status Check() const override {
    RETURN_IF_ERROR(CheckFraction("rho", options_.rho));
    RETURN_IF_ERROR(CheckFraction("momentum", options_.momentum));
    return CheckNotNegative("epsilon", options_.epsilon);
  }
  std::vector<SlotSpec> slots() const override {
    if (options_.centered) return {{"mg", 0}, {"rms", 0}, {"momentum", 0}};
    return {{"rms", 0}, {"momentum", 0}};
  }
  Operation Apply(Graph& graph, const ApplyInputs& in) const override {
    const auto hyperparameters = [&](tfx::tf::OpBuilder op) {
      return std::move(op)
          .Input(in.learning_rate)
          .Input(Scalar(graph, options_.rho))
          .Input(Scalar(graph, options_.momentum))
          .Input(Scalar(graph, options_.epsilon))
          .Input(in.gradient)
          .Finish();
    };
    if (options_.centered) {
      return hyperparameters(graph.Op("ResourceApplyCenteredRMSProp")
                                 .Input(in.variable)
                                 .Input(in.slots[0])
                                 .Input(in.slots[1])
                                 .Input(in.slots[2]));
    }
    return hyperparameters(graph.Op("ResourceApplyRMSProp").Input(in.variable).Input(in.slots[0]).Input(in.slots[1]));
  }

 private:
  const RmspropOptions options_;
};

class FtrlOptimizer : public OptimizerBase {
 public:
  explicit FtrlOptimizer(const FtrlOptions& options) : OptimizerBase(options.learning_rate), options_(options) {}
  std::string name() const override { return "ftrl"; }
  absl::Status Check() const override {
    if (options_.learning_rate_power > 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("learning_rate_power = ", options_.learning_rate_power, " must be <= 0"));
    }
    RETURN_IF_ERROR(CheckNotNegative("initial_accumulator_value", options_.initial_accumulator_value));
    RETURN_IF_ERROR(CheckNotNegative("l1_regularization_strength", options_.l1_regularization_strength));
    RETURN_IF_ERROR(CheckNotNegative("l2_regularization_strength", options_.l2_regularization_strength));
    return CheckNotNegative("l2_shrinkage_regularization_strength", options_.l2_shrinkage_regularization_strength);
  }
  std::vector<SlotSpec> slots() const override {
    return {{"accumulator", static_cast<float>(options_.initial_accumulator_value)}, {"linear", 0}};
  }
  std::vector<HostScalar> scalars() const override {
    // Keras folds beta into the kernel's l2.
    const double l2 = options_.l2_regularization_strength, beta = options_.beta;
    return {
        {"l2", [l2, beta](int64_t, double learning_rate) { return beta == 0 ? l2 : l2 + beta / (2 * learning_rate); }}};
  }
  Operation Apply(Graph& graph, const ApplyInputs& in) const override {
    return graph.Op("ResourceApplyFtrlV2")
        .Input(in.variable)
        .Input(in.slots[0])
        .Input(in.slots[1])
        .Input(in.gradient)
        .Input(in.learning_rate)
        .Input(Scalar(graph, options_.l1_regularization_strength))
        .Input(in.scalars[0])
        .Input(Scalar(graph, options_.l2_shrinkage_regularization_strength))
        .Input(Scalar(graph, options_.learning_rate_power))
        .Finish();
  }

 private:
  const FtrlOptions options_;
};

// Another optimizer behind clipped gradients.
class ClippingOptimizer : public OptimizerBase {
 public:
  ClippingOptimizer(std::shared_ptr<const OptimizerBase> inner, const ClipOptions& options)
      : OptimizerBase(inner->learning_rate()), inner_(std::move(inner)), options_(options) {}
  std::string name() const override { return inner_->name(); }
  absl::Status Check() const override {
    RETURN_IF_ERROR(CheckNotNegative("clip value", options_.value));
    RETURN_IF_ERROR(CheckNotNegative("clip norm", options_.norm));
    RETURN_IF_ERROR(CheckNotNegative("clip global_norm", options_.global_norm));
    return inner_->Check();
  }
  std::vector<SlotSpec> slots() const override { return inner_->slots(); }
  std::vector<HostScalar> scalars() const override { return inner_->scalars(); }
  Operation Apply(Graph& graph, const ApplyInputs& in) const override { return inner_->Apply(graph, in); }

  std::vector<Output> Transform(Graph& graph, std::vector<Output> gradients) const override {
    for (Output& g : gradients) {
      if (options_.value > 0) {
        g = graph.Op("ClipByValue")
                .Input(g)
                .Input(Scalar(graph, -options_.value))
                .Input(Scalar(graph, options_.value))
                .Output();
      }
      if (options_.norm > 0) g = ScaleToNorm(graph, g, ops::Sqrt(SquaredNorm(g)), options_.norm);
    }
    if (options_.global_norm > 0 && !gradients.empty()) {
      std::vector<Output> squares;
      for (const Output& g : gradients) squares.push_back(SquaredNorm(g));
      const Output norm = ops::Sqrt(graph.Op("AddN").InputList(squares).Output());
      for (Output& g : gradients) g = ScaleToNorm(graph, g, norm, options_.global_norm);
    }
    return gradients;
  }

 private:
  static Output SquaredNorm(const Output& g) { return ops::Mul(ops::L2Loss(g), 2); }
  static Output ScaleToNorm(Graph& graph, const Output& g, const Output& norm, double limit) {
    const Output bound = ops::Maximum(norm, static_cast<float>(limit));
    return ops::Mul(g, ops::Div(Scalar(graph, limit), bound));
  }

  const std::shared_ptr<const OptimizerBase> inner_;
  const ClipOptions options_;
};

struct Entry {
  const char* name;
  Optimizer (*make)();
};

constexpr Entry kOptimizers[] = {
    {"adagrad", [] { return Adagrad(); }},   {"adam", [] { return Adam(); }},       {"ftrl", [] { return Ftrl(); }},
    {"momentum", [] { return Momentum(); }}, {"rmsprop", [] { return RMSprop(); }}, {"sgd", [] { return SGD(); }},
};

template <class T, class Options>
Optimizer Make(const Options& options) {
  return Optimizer(std::make_shared<T>(options));
}

}  // namespace

LearningRate ExponentialDecay(ExponentialDecayOptions o) {
  return LearningRate([o](int64_t step) {
    double exponent = static_cast<double>(step) / o.decay_steps;
    if (o.staircase) exponent = std::floor(exponent);
    return o.initial * std::pow(o.rate, exponent);
  });
}

LearningRate CosineDecay(CosineDecayOptions o) {
  return LearningRate([o](int64_t step) {
    const double done = std::min(static_cast<double>(step) / o.decay_steps, 1.0);
    return o.initial * ((1 - o.alpha) * 0.5 * (1 + std::cos(M_PI * done)) + o.alpha);
  });
}

LearningRate PiecewiseConstantDecay(std::vector<int64_t> boundaries, std::vector<double> values) {
  return LearningRate([boundaries = std::move(boundaries), values = std::move(values)](int64_t step) {
    size_t i = 0;
    while (i < boundaries.size() && i + 1 < values.size() && step > boundaries[i]) ++i;
    return values.empty() ? std::nan("") : values[i];
  });
}

Optimizer::Optimizer(const char* name) {
  for (const Entry& entry : kOptimizers) {
    if (entry.name == std::string_view(name)) {
      *this = entry.make();
      return;
    }
  }
  const std::vector<std::string> names = OptimizerNames();
  status_ = absl::InvalidArgumentError(absl::StrCat("unknown optimizer \"", name, "\"", tfx::DidYouMean(name, names),
                                                    " (known: ", absl::StrJoin(names, ", "), ")"));
}

Optimizer SGD(SgdOptions options) { return Make<SgdOptimizer>(options); }
Optimizer SGD(LearningRate learning_rate) { return SGD(SgdOptions{.learning_rate = std::move(learning_rate)}); }
Optimizer Momentum(MomentumOptions options) {
  return SGD(SgdOptions{
      .learning_rate = std::move(options.learning_rate), .momentum = options.momentum, .nesterov = options.nesterov});
}
Optimizer Adagrad(AdagradOptions options) { return Make<AdagradOptimizer>(options); }
Optimizer Adagrad(LearningRate learning_rate) {
  return Adagrad(AdagradOptions{.learning_rate = std::move(learning_rate)});
}
Optimizer Adam(AdamOptions options) { return Make<AdamOptimizer>(options); }
Optimizer Adam(LearningRate learning_rate) { return Adam(AdamOptions{.learning_rate = std::move(learning_rate)}); }
Optimizer RMSprop(RmspropOptions options) { return Make<RmspropOptimizer>(options); }
Optimizer RMSprop(LearningRate learning_rate) {
  return RMSprop(RmspropOptions{.learning_rate = std::move(learning_rate)});
}
Optimizer Ftrl(FtrlOptions options) { return Make<FtrlOptimizer>(options); }
Optimizer Ftrl(LearningRate learning_rate) { return Ftrl(FtrlOptions{.learning_rate = std::move(learning_rate)}); }

Optimizer Clip(Optimizer optimizer, ClipOptions options) {
  if (!optimizer.status().ok()) return optimizer;
  return Optimizer(std::make_shared<ClippingOptimizer>(optimizer.base(), options));
}

std::vector<std::string> OptimizerNames() {
  std::vector<std::string> names;
  for (const Entry& entry : kOptimizers) names.emplace_back(entry.name);
  return names;
}

}  // namespace keras
