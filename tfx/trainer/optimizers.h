// Optimizers with Keras's names and defaults, each one of TensorFlow's ResourceApply* kernels per weight.
//
//   .optimizer = keras::Adam(1e-3)
//   .optimizer = keras::SGD({.learning_rate = keras::ExponentialDecay({.initial = 0.1, .decay_steps = 1000, .rate =
//   0.9}),
//                            .momentum = 0.9, .nesterov = true})
//   .optimizer = keras::Clip(keras::Adam(), {.global_norm = 1})
//
// g is the gradient, t the step counted from 1.
#ifndef TFX_TRAINER_OPTIMIZERS_H_
#define TFX_TRAINER_OPTIMIZERS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tfx/tensorflow/graph.h"

namespace keras {

// A number, or a number per step. Steps count from 0 here, as in Keras's schedules.
class LearningRate {
 public:
  LearningRate(double value) : fn_([value](int64_t) { return value; }) {}  // NOLINT: a number is a learning rate
  explicit LearningRate(std::function<double(int64_t step)> fn) : fn_(std::move(fn)) {}
  double At(int64_t step) const { return fn_(step); }

 private:
  std::function<double(int64_t)> fn_;
};

struct ExponentialDecayOptions {
  double initial = 0.001;
  double decay_steps = 1000;  // > 0
  double rate = 0.96;
  bool staircase = false;
};
LearningRate ExponentialDecay(ExponentialDecayOptions options);  // initial * rate^(step / decay_steps)
struct CosineDecayOptions {
  double initial = 0.001;
  double decay_steps = 1000;  // > 0
  double alpha = 0;           // fraction of `initial` that remains
};
LearningRate CosineDecay(CosineDecayOptions options);
// values[0] up to and with step boundaries[0], values[1] up to boundaries[1], ...; one more value than boundaries.
LearningRate PiecewiseConstantDecay(std::vector<int64_t> boundaries, std::vector<double> values);

// A tensor kept per weight, of its shape, filled with `initial`.
struct SlotSpec {
  std::string name;  // "m"
  float initial = 0;
};

// A number computed on the host before each step and given to the kernels.
struct HostScalar {
  std::string name;                                                 // "beta_1_power"
  std::function<double(int64_t step, double learning_rate)> value;  // step counts from 0
};

struct ApplyInputs {
  tfx::tf::Output variable;  // resource handle
  tfx::tf::Output gradient;
  std::vector<tfx::tf::Output> slots;    // resource handles, as slots()
  tfx::tf::Output learning_rate;         // float scalar
  std::vector<tfx::tf::Output> scalars;  // float scalars, as scalars()
};

class OptimizerBase {
 public:
  explicit OptimizerBase(LearningRate learning_rate) : learning_rate_(std::move(learning_rate)) {}
  virtual ~OptimizerBase() = default;
  virtual std::string name() const = 0;
  virtual absl::Status Check() const { return absl::OkStatus(); }  // options in range
  virtual std::vector<SlotSpec> slots() const { return {}; }
  virtual std::vector<HostScalar> scalars() const { return {}; }
  // Before Apply, over all gradients at once (clipping).
  virtual std::vector<tfx::tf::Output> Transform(tfx::tf::Graph& graph, std::vector<tfx::tf::Output> gradients) const {
    return gradients;
  }
  virtual tfx::tf::Operation Apply(tfx::tf::Graph& graph, const ApplyInputs& inputs) const = 0;
  const LearningRate& learning_rate() const { return learning_rate_; }

 private:
  LearningRate learning_rate_;
};

class Optimizer {
 public:
  Optimizer(const char* name = "rmsprop");  // NOLINT: by name with defaults; Keras's Compile has rmsprop too
  Optimizer(const std::string& name) : Optimizer(name.c_str()) {}  // NOLINT
  explicit Optimizer(std::shared_ptr<const OptimizerBase> optimizer) : optimizer_(std::move(optimizer)) {}
  const absl::Status& status() const { return status_; }
  const std::shared_ptr<const OptimizerBase>& base() const { return optimizer_; }
  const OptimizerBase* operator->() const { return optimizer_.get(); }

 private:
  std::shared_ptr<const OptimizerBase> optimizer_;
  absl::Status status_;
};

struct SgdOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0;    // 0..1. a = momentum a - lr g; w += a
  bool nesterov = false;  // w += momentum a - lr g with the new a
};
Optimizer SGD(SgdOptions options);
Optimizer SGD(LearningRate learning_rate = 0.01);
struct MomentumOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0.9;
  bool nesterov = false;
};
Optimizer Momentum(MomentumOptions options = {});  // SGD under its older name

struct AdagradOptions {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1;  // >= 0
  double epsilon = 1e-7;
};
Optimizer Adagrad(AdagradOptions options);  // a += g^2; w -= lr g / (sqrt(a) + epsilon)
Optimizer Adagrad(LearningRate learning_rate = 0.001);

struct AdamOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;    // 0 <= beta < 1
  double beta_2 = 0.999;  // 0 <= beta < 1
  double epsilon = 1e-7;
  bool amsgrad = false;
};
// m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon)
Optimizer Adam(AdamOptions options);
Optimizer Adam(LearningRate learning_rate = 0.001);

struct RmspropOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0;
  double epsilon = 1e-7;
  bool centered = false;
};
// s = rho s + (1 - rho) g^2; m = momentum m + lr g / sqrt(s + epsilon); w -= m
Optimizer RMSprop(RmspropOptions options);
Optimizer RMSprop(LearningRate learning_rate = 0.001);

struct FtrlOptions {
  LearningRate learning_rate = 0.001;
  double learning_rate_power = -0.5;  // <= 0
  double initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0;
  double l2_regularization_strength = 0;
  double l2_shrinkage_regularization_strength = 0;
  double beta = 0;
};
Optimizer Ftrl(FtrlOptions options);
Optimizer Ftrl(LearningRate learning_rate = 0.001);

struct ClipOptions {       // 0: off; applied in this order
  double value = 0;        // each element to [-value, value]
  double norm = 0;         // each weight's gradient to this L2 norm
  double global_norm = 0;  // all gradients together to this L2 norm
};
Optimizer Clip(Optimizer optimizer, ClipOptions options);

std::vector<std::string> OptimizerNames();

}  // namespace keras

#endif  // TFX_TRAINER_OPTIMIZERS_H_
