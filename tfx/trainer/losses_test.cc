#include "tfx/trainer/losses.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/trainer/layers.h"
#include "tfx/trainer/model.h"

namespace keras {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kRows = 3;
constexpr int64_t kWidth = 2;
const std::vector<float> kScores = {0.3f, -1.2f, 2.5f, 0.1f, -0.7f, 0.9f};
const std::vector<float> kLabels = {1, 0, 0, 1, 1, 0};

// Value of a loss on a model that only applies `activation` to its input.
double Evaluate(const Loss& loss, const std::string& activation, const std::vector<float>& x, const tf::Tensor& y,
                const tf::Tensor& weight = {}, bool hide_activation = false) {
  const Tensor input = Input({.shape = {kWidth}, .name = "x"});
  Tensor output = Activation({.activation = activation})(input);
  // A layer in between hides the logits from the loss.
  if (hide_activation) output = Reshape({.target_shape = {kWidth}})(output);
  Model model({input}, output);
  model.Compile({.loss = loss});
  const absl::StatusOr<Logs> logs = model.Evaluate(
      Dataset::FromTensors({{"x", tf::Tensor::FromData<float>({kRows, kWidth}, x)}}, y, weight).Batch(kRows));
  EXPECT_TRUE(logs.ok()) << logs.status();
  return logs.ok() ? logs->at("loss") : NAN;
}

tf::Tensor Labels() { return tf::Tensor::FromData<float>({kRows, kWidth}, kLabels); }
double Sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

// Mean over elements, slowly.
template <class Fn>
double ElementMean(Fn fn) {
  double sum = 0;
  for (int i = 0; i < kRows * kWidth; ++i) sum += fn(kLabels[i], kScores[i]);
  return sum / (kRows * kWidth);
}

TEST(Losses, BinaryCrossentropyFromProbabilitiesAndLogits) {
  const double expected =
      ElementMean([](double y, double z) { return -(y * std::log(Sigmoid(z)) + (1 - y) * std::log(1 - Sigmoid(z))); });
  EXPECT_NEAR(Evaluate(BinaryCrossentropy(), "sigmoid", kScores, Labels()), expected, 1e-6);
  EXPECT_NEAR(Evaluate(BinaryCrossentropy(), "sigmoid", kScores, Labels(), {}, true), expected, 1e-6);
  EXPECT_NEAR(Evaluate(BinaryCrossentropy({.from_logits = true}), "linear", kScores, Labels()), expected, 1e-6);
}

TEST(Losses, BinaryCrossentropyClipsOnlyWhereNoLogitsAreKnown) {
  const std::vector<float> sure = {30, 30, 30, 30, 30, 30};
  const tf::Tensor zeros = tf::Tensor::FromData<float>({kRows, kWidth}, std::vector<float>(6, 0));
  EXPECT_NEAR(Evaluate(BinaryCrossentropy(), "sigmoid", sure, zeros), 30, 1e-4);
  EXPECT_NEAR(Evaluate(BinaryCrossentropy(), "sigmoid", sure, zeros, {}, true), -std::log(1e-7), 0.2);
}

TEST(Losses, LabelSmoothing) {
  const double s = 0.2;
  EXPECT_NEAR(Evaluate(BinaryCrossentropy({.label_smoothing = 0.2f}), "sigmoid", kScores, Labels()),
              ElementMean([&](double y, double z) {
                const double soft = y * (1 - s) + s / 2;
                return -(soft * std::log(Sigmoid(z)) + (1 - soft) * std::log(1 - Sigmoid(z)));
              }),
              1e-6);
  double expected = 0;
  for (int i = 0; i < kRows; ++i) {
    const double total = std::exp(kScores[2 * i]) + std::exp(kScores[2 * i + 1]);
    for (int j = 0; j < 2; ++j) {
      expected -= (kLabels[2 * i + j] * (1 - s) + s / 2) * std::log(std::exp(kScores[2 * i + j]) / total) / kRows;
    }
  }
  EXPECT_NEAR(Evaluate(CategoricalCrossentropy({.label_smoothing = 0.2f}), "softmax", kScores, Labels()), expected,
              1e-6);
}

TEST(Losses, CategoricalAndSparseAgreeWithTheDefinition) {
  double expected = 0;
  for (int i = 0; i < kRows; ++i) {
    const double total = std::exp(kScores[2 * i]) + std::exp(kScores[2 * i + 1]);
    for (int j = 0; j < 2; ++j) expected -= kLabels[2 * i + j] * std::log(std::exp(kScores[2 * i + j]) / total) / kRows;
  }
  const tf::Tensor ids = tf::Tensor::Vector<int64_t>({0, 1, 0});
  EXPECT_NEAR(Evaluate(CategoricalCrossentropy(), "softmax", kScores, Labels()), expected, 1e-6);
  EXPECT_NEAR(Evaluate(CategoricalCrossentropy(), "softmax", kScores, Labels(), {}, true), expected, 1e-6);
  EXPECT_NEAR(Evaluate(CategoricalCrossentropy({.from_logits = true}), "linear", kScores, Labels()), expected, 1e-6);
  EXPECT_NEAR(Evaluate(SparseCategoricalCrossentropy(), "softmax", kScores, ids), expected, 1e-6);
  EXPECT_NEAR(Evaluate(SparseCategoricalCrossentropy({.from_logits = true}), "linear", kScores, ids), expected, 1e-6);
}

TEST(Losses, RegressionLosses) {
  EXPECT_NEAR(Evaluate(MeanSquaredError(), "linear", kScores, Labels()),
              ElementMean([](double y, double p) { return (y - p) * (y - p); }), 1e-6);
  EXPECT_NEAR(Evaluate(MeanAbsoluteError(), "linear", kScores, Labels()),
              ElementMean([](double y, double p) { return std::abs(y - p); }), 1e-6);
  EXPECT_NEAR(Evaluate(Huber({.delta = 0.8f}), "linear", kScores, Labels()), ElementMean([](double y, double p) {
                const double e = std::abs(y - p), d = 0.8f;
                return e <= d ? e * e / 2 : d * (e - d / 2);
              }),
              1e-6);
  EXPECT_NEAR(Evaluate(Poisson(), "softplus", kScores, Labels()), ElementMean([](double y, double z) {
                const double p = std::log1p(std::exp(z));
                return p - y * std::log(p + 1e-7);
              }),
              1e-6);
}

TEST(Losses, RowWeightsScaleRows) {
  const tf::Tensor weights = tf::Tensor::Vector<float>({2, 0, 1});
  double expected = 0;
  for (int i = 0; i < kRows; ++i) {
    const double weight = weights.data<float>()[i];
    for (int j = 0; j < 2; ++j) {
      const double e = kLabels[2 * i + j] - kScores[2 * i + j];
      expected += weight * e * e / 2 / kRows;
    }
  }
  EXPECT_NEAR(Evaluate(MeanSquaredError(), "linear", kScores, Labels(), weights), expected, 1e-6);
}

TEST(Losses, RegularizersAreAdded) {
  const Tensor x = Input({.shape = {2}, .name = "x"});
  const Tensor y = Dense(
      {.units = 1, .kernel_initializer = ConstantValues({3, -2}), .kernel_regularizer = {.l1 = 0.1f, .l2 = 0.01f}})(x);
  Model model({x}, y);
  model.Compile({.loss = "mse"});
  const Dataset data = Dataset::FromTensors({{"x", tf::Tensor::FromData<float>({1, 2}, std::vector<float>{0, 0})}},
                                            tf::Tensor::Vector<float>({0}))
                           .Batch(1);
  EXPECT_NEAR(model.Evaluate(data)->at("loss"), 0.1 * 5 + 0.01 * 13, 1e-6);
}

TEST(Losses, NamesAndWidthsAreChecked) {
  EXPECT_THAT(Loss("binary_crossentropi").status().message(), HasSubstr("did you mean binary_crossentropy"));
  for (const std::string& name : LossNames()) EXPECT_TRUE(Loss(name).status().ok()) << name;
  const Tensor x = Input({.name = "x"});
  Model model({x}, Dense({.units = 1})(x));
  model.Compile({.loss = SparseCategoricalCrossentropy()});
  EXPECT_THAT(model.status().message(), HasSubstr("BinaryCrossentropy"));
}

}  // namespace
}  // namespace keras
