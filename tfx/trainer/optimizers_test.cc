#include "tfx/trainer/optimizers.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/trainer/layers.h"
#include "tfx/trainer/model.h"

namespace keras {
namespace {

using ::testing::HasSubstr;

// One weight w, rows x and targets y, loss mean (w x - y)^2: gradient 2 mean((w x - y) x).
constexpr double kX[] = {1, -2, 0.5};
constexpr double kY[] = {0.3, 1, -2};
constexpr double kStart = 0.7;

double Gradient(double w) {
  double sum = 0;
  for (int i = 0; i < 3; ++i) sum += 2 * (w * kX[i] - kY[i]) * kX[i] / 3;
  return sum;
}

// The weight after each of three steps.
std::vector<double> Train(const Optimizer& optimizer) {
  const Tensor x = Input({.name = "x"});
  Model model({x}, Dense({.units = 1, .use_bias = false, .kernel_initializer = Constant(kStart), .name = "d"})(x));
  model.Compile({.optimizer = optimizer, .loss = "mse"});
  std::vector<double> weights;
  for (int step = 0; step < 3; ++step) {
    const absl::StatusOr<double> loss =
        model.TrainOnBatch({{"x", tf::Tensor::Vector<float>({1, -2, 0.5})}}, tf::Tensor::Vector<float>({0.3f, 1, -2}));
    EXPECT_TRUE(loss.ok()) << loss.status();
    if (!loss.ok()) return {};
    weights.push_back(model.GetWeight("d/kernel")->scalar<float>());
  }
  return weights;
}

// Compares with `next(w, g, t)`, the rule written out in double; t counts from 1.
template <class Rule>
void ExpectRule(const Optimizer& optimizer, Rule next) {
  const std::vector<double> weights = Train(optimizer);
  ASSERT_EQ(weights.size(), 3u);
  double w = kStart;
  for (int t = 1; t <= 3; ++t) {
    w = next(w, Gradient(w), t);
    EXPECT_NEAR(weights[t - 1], w, 2e-6) << "step " << t;
  }
}

TEST(Optimizers, Sgd) {
  ExpectRule(SGD(0.1), [](double w, double g, int) { return w - 0.1 * g; });
}

TEST(Optimizers, SgdWithMomentum) {
  double a = 0;
  ExpectRule(SGD({.learning_rate = 0.1, .momentum = 0.9}), [&](double w, double g, int) {
    a = 0.9 * a - 0.1 * g;
    return w + a;
  });
}

TEST(Optimizers, MomentumWithNesterov) {
  double a = 0;
  ExpectRule(Momentum({.learning_rate = 0.1, .momentum = 0.8, .nesterov = true}), [&](double w, double g, int) {
    a = 0.8 * a - 0.1 * g;
    return w + 0.8 * a - 0.1 * g;
  });
}

TEST(Optimizers, Adagrad) {
  double a = 0.1;
  ExpectRule(Adagrad(0.1), [&](double w, double g, int) {
    a += g * g;
    return w - 0.1 * g / (std::sqrt(a) + 1e-7);
  });
}

TEST(Optimizers, Adam) {
  double m = 0, v = 0;
  ExpectRule(Adam(0.01), [&](double w, double g, int t) {
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    return w - 0.01 * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t)) * m / (std::sqrt(v) + 1e-7);
  });
}

TEST(Optimizers, AdamWithAmsgrad) {
  double m = 0, v = 0, largest = 0;
  ExpectRule(
      Adam({.learning_rate = 0.3, .beta_1 = 0.5, .beta_2 = 0.6, .amsgrad = true}), [&](double w, double g, int t) {
        m = 0.5 * m + 0.5 * g;
        v = 0.6 * v + 0.4 * g * g;
        largest = std::max(largest, v);
        return w - 0.3 * std::sqrt(1 - std::pow(0.6, t)) / (1 - std::pow(0.5, t)) * m / (std::sqrt(largest) + 1e-7);
      });
}

TEST(Optimizers, RmspropWithAndWithoutMomentum) {
  double s = 0;
  ExpectRule(RMSprop(0.01), [&](double w, double g, int) {
    s = 0.9 * s + 0.1 * g * g;
    return w - 0.01 * g / std::sqrt(s + 1e-7);
  });
  double s2 = 0, a = 0;
  ExpectRule(RMSprop({.learning_rate = 0.01, .rho = 0.8, .momentum = 0.5}), [&](double w, double g, int) {
    s2 = 0.8 * s2 + 0.2 * g * g;
    a = 0.5 * a + 0.01 * g / std::sqrt(s2 + 1e-7);
    return w - a;
  });
}

TEST(Optimizers, RmspropCentered) {
  double s = 0, mean = 0;
  ExpectRule(RMSprop({.learning_rate = 0.01, .centered = true}), [&](double w, double g, int) {
    s = 0.9 * s + 0.1 * g * g;
    mean = 0.9 * mean + 0.1 * g;
    return w - 0.01 * g / std::sqrt(s - mean * mean + 1e-7);
  });
}

TEST(Optimizers, Ftrl) {
  double n = 0.1, z = 0;
  const double lr = 0.1, l1 = 0.01, l2 = 0.02;
  ExpectRule(Ftrl({.learning_rate = lr, .l1_regularization_strength = l1, .l2_regularization_strength = l2}),
             [&](double w, double g, int) {
               const double next_n = n + g * g;
               z += g - (std::sqrt(next_n) - std::sqrt(n)) / lr * w;
               n = next_n;
               if (std::abs(z) <= l1) return 0.0;
               return ((z > 0 ? l1 : -l1) - z) / (std::sqrt(n) / lr + 2 * l2);
             });
}

TEST(Optimizers, ClippingByValueAndNorm) {
  ExpectRule(Clip(SGD(0.1), {.value = 0.5}),
             [](double w, double g, int) { return w - 0.1 * std::clamp(g, -0.5, 0.5); });
  ExpectRule(Clip(SGD(0.1), {.norm = 0.25}),
             [](double w, double g, int) { return w - 0.1 * g * 0.25 / std::max(std::abs(g), 0.25); });
  ExpectRule(Clip(SGD(0.1), {.global_norm = 0.25}),
             [](double w, double g, int) { return w - 0.1 * g * 0.25 / std::max(std::abs(g), 0.25); });
}

TEST(Optimizers, FollowTheLearningRateSchedule) {
  ExpectRule(SGD({.learning_rate = ExponentialDecay({.initial = 0.2, .decay_steps = 2, .rate = 0.5})}),
             [](double w, double g, int t) { return w - 0.2 * std::pow(0.5, (t - 1) / 2.0) * g; });
  const LearningRate steps = PiecewiseConstantDecay({2, 5}, {1, 0.5, 0.1});
  EXPECT_EQ(steps.At(0), 1);
  EXPECT_EQ(steps.At(2), 1);
  EXPECT_EQ(steps.At(3), 0.5);
  EXPECT_EQ(steps.At(6), 0.1);
  EXPECT_NEAR(CosineDecay({.initial = 1, .decay_steps = 10}).At(5), 0.5, 1e-12);
  EXPECT_NEAR(CosineDecay({.initial = 1, .decay_steps = 10, .alpha = 0.1}).At(50), 0.1, 1e-12);
}

TEST(Optimizers, NamesAndOptionsAreChecked) {
  EXPECT_THAT(Optimizer("adamm").status().message(), HasSubstr("did you mean adam"));
  for (const std::string& name : OptimizerNames()) EXPECT_TRUE(Optimizer(name).status().ok()) << name;
  const Tensor x = Input({.name = "x"});
  Model model({x}, Dense({.units = 1})(x));
  model.Compile({.optimizer = Adam({.beta_1 = 1}), .loss = "mse"});
  EXPECT_THAT(model.status().message(), HasSubstr("beta_1 = 1"));
}

}  // namespace
}  // namespace keras
