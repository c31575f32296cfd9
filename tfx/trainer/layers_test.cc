#include "tfx/trainer/layers.h"

#include <cmath>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/trainer/model.h"

namespace keras {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;

tf::Tensor Floats(const tf::Shape& shape, const std::vector<float>& values) {
  return tf::Tensor::FromData<float>(shape, std::span<const float>(values));
}
tf::Tensor Ints(const tf::Shape& shape, const std::vector<int64_t>& values) {
  return tf::Tensor::FromData<int64_t>(shape, std::span<const int64_t>(values));
}

std::vector<float> PredictOne(const Model& model, const tf::Tensor& x, const std::string& name = "x") {
  absl::StatusOr<tf::Tensor> y = model.Predict({{name, x}});
  EXPECT_TRUE(y.ok()) << y.status();
  if (!y.ok()) return {};
  return {y->data<float>().begin(), y->data<float>().end()};
}

// The element-wise function of an activation, in double, from its definition.
double Activated(const std::string& name, double x) {
  if (name == "elu") return x > 0 ? x : std::expm1(x);
  if (name == "exponential") return std::exp(x);
  if (name == "gelu") return x * 0.5 * std::erfc(-x / std::sqrt(2.0));
  if (name == "leaky_relu") return x > 0 ? x : 0.2 * x;
  if (name == "linear") return x;
  if (name == "relu") return std::max(x, 0.0);
  if (name == "relu6") return std::min(std::max(x, 0.0), 6.0);
  if (name == "selu") return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x));
  if (name == "sigmoid") return 1 / (1 + std::exp(-x));
  if (name == "silu" || name == "swish") return x / (1 + std::exp(-x));
  if (name == "softplus") return std::log1p(std::exp(x));
  if (name == "softsign") return x / (1 + std::abs(x));
  if (name == "tanh") return std::tanh(x);
  ADD_FAILURE() << "no oracle for " << name;
  return 0;
}

TEST(Activations, EachFollowsItsDefinition) {
  const std::vector<float> xs = {-7, -1.5f, -0.1f, 0, 0.3f, 2, 8};
  for (const char* name : {"elu", "exponential", "gelu", "leaky_relu", "linear", "relu", "relu6", "selu", "sigmoid",
                           "silu", "softplus", "softsign", "swish", "tanh"}) {
    const Tensor x = Input({.name = "x"});
    const Model model({x}, Activation({.activation = name})(x));
    const std::vector<float> y = PredictOne(model, Floats({7, 1}, xs));
    ASSERT_EQ(y.size(), xs.size());
    for (size_t i = 0; i < xs.size(); ++i) {
      const double expected = Activated(name, xs[i]);
      EXPECT_NEAR(y[i], expected, 2e-6 * std::max(1.0, std::abs(expected))) << name << " at " << xs[i];
    }
  }
}

TEST(Activations, SoftmaxIsOverTheLastAxis) {
  const Tensor x = Input({.shape = {3}, .name = "x"});
  const Model model({x}, Activation({.activation = "softmax"})(x));

  const std::vector<float> y = PredictOne(model, Floats({1, 3}, {1, 2, 3}));

  const double sum = std::exp(1) + std::exp(2) + std::exp(3);
  EXPECT_THAT(y, ElementsAre(FloatNear(std::exp(1) / sum, 1e-6), FloatNear(std::exp(2) / sum, 1e-6),
                             FloatNear(std::exp(3) / sum, 1e-6)));
}

TEST(Dense, MultipliesAddsAndActivates) {
  const Tensor x = Input({.shape = {2}, .name = "x"});
  Model model({x}, Dense({.units = 2, .activation = "relu", .name = "d"})(x));
  ASSERT_TRUE(model.SetWeight("d/kernel", Floats({2, 2}, {1, 2, 3, 4})).ok());
  ASSERT_TRUE(model.SetWeight("d/bias", Floats({2}, {0.5, -20})).ok());

  EXPECT_THAT(PredictOne(model, Floats({1, 2}, {10, 1})), ElementsAre(13.5f, 4.0f));
}

TEST(Dense, WorksOnTheLastAxisOfHigherRanks) {
  const Tensor x = Input({.shape = {2, 2}, .name = "x"});
  const Tensor y = Flatten()(Dense({.units = 1, .use_bias = false, .kernel_initializer = Ones()})(x));
  const Model model({x}, y);

  EXPECT_THAT(PredictOne(model, Floats({1, 2, 2}, {1, 2, 30, 40})), ElementsAre(3.0f, 70.0f));
}

TEST(Dense, SharedLayerSharesItsWeights) {
  const Tensor a = Input({.shape = {3}, .name = "a"}), b = Input({.shape = {3}, .name = "b"});
  const Layer dense = Dense({.units = 2, .name = "shared"});
  const Model model({a, b}, Add({dense(a), dense(b)}));

  ASSERT_TRUE(model.status().ok()) << model.status();
  EXPECT_EQ(model.weights().size(), 2u);
}

TEST(Dense, MistakesNameTheLayer) {
  const Tensor x = Input({.shape = {2}, .name = "x"});
  const auto message = [&](const Tensor& y) { return std::string(y.status().message()); };

  EXPECT_THAT(message(Dense({.units = 4, .activation = "rellu", .name = "d"})(x)),
              ::testing::AllOf(HasSubstr("\"d\""), HasSubstr("did you mean relu")));
  EXPECT_THAT(message(Dense({.name = "d"})(x)), HasSubstr("units = 0"));
  EXPECT_THAT(message(Dense({.units = 1, .kernel_initializer = "glorot", .name = "d"})(x)),
              HasSubstr("unknown initializer"));
  const Tensor tokens = Input({.name = "t", .dtype = kInt64});
  EXPECT_THAT(message(Dense({.units = 1, .name = "d"})(tokens)), HasSubstr("CategoryEncoding"));
  EXPECT_THAT(message(Concatenate({x, Input({.shape = {2, 2}, .name = "z"})})), HasSubstr("does not fit"));
  // What is built on a mistake reports that mistake.
  EXPECT_THAT(message(Dense({.units = 1})(Dense({.units = -1, .name = "first"})(x))), HasSubstr("\"first\""));
  EXPECT_FALSE(Dense({.units = 1})(Tensor()).status().ok());
}

TEST(CategoryEncoding, MultiHotCountAndOneHot) {
  const Tensor x = Input({.shape = {3}, .name = "x", .dtype = kInt64});
  const Model multi({x}, CategoryEncoding({.num_tokens = 4})(x));
  const Model count({x}, CategoryEncoding({.num_tokens = 4, .output_mode = Encoding::kCount})(x));
  const tf::Tensor tokens = Ints({2, 3}, {1, 1, 3, 0, -1, -1});

  EXPECT_THAT(PredictOne(multi, tokens), ElementsAre(0, 1, 0, 1, 1, 0, 0, 0));
  EXPECT_THAT(PredictOne(count, tokens), ElementsAre(0, 2, 0, 1, 1, 0, 0, 0));

  const Tensor one = Input({.name = "x", .dtype = kInt64});
  const Model one_hot({one}, CategoryEncoding({.num_tokens = 3, .output_mode = Encoding::kOneHot})(one));
  EXPECT_THAT(PredictOne(one_hot, Ints({2, 1}, {2, 0})), ElementsAre(0, 0, 1, 1, 0, 0));
  EXPECT_THAT(CategoryEncoding({.num_tokens = 3, .output_mode = Encoding::kOneHot})(x).status().message(),
              HasSubstr("one token per row"));
}

TEST(CategoryEncoding, VocabularyOfOneIsFine) {
  const Tensor x = Input({.name = "x", .dtype = kInt64});
  const Model model({x}, Dense({.units = 1, .kernel_initializer = Ones()})(CategoryEncoding({.num_tokens = 1})(x)));

  EXPECT_THAT(PredictOne(model, Ints({2, 1}, {0, -1})), ElementsAre(1, 0));
}

TEST(CategoryEncoding, TokenOutOfRangeNamesLayerFeatureAndValue) {
  const Tensor x = Input({.name = "hour", .dtype = kInt64});
  const Model model({x}, CategoryEncoding({.num_tokens = 24, .name = "hours"})(x));

  const absl::Status status = model.Predict({{"hour", Ints({1, 1}, {24})}}).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(),
              ::testing::AllOf(HasSubstr("hours"), HasSubstr("hour"), HasSubstr("24"), HasSubstr("0 to 23")));
}

// The rewritten product of one-hot parts against the plain one, which a Lambda in between forces.
TEST(OneHotProduct, EqualsThePlainProductInValuesAndTraining) {
  const auto make = [](bool plain) {
    const Tensor dense = Input({.shape = {3}, .name = "dense"});
    const Tensor a = Input({.name = "a", .dtype = kInt64}), b = Input({.name = "b", .dtype = kInt64});
    Tensor joined =
        Concatenate({CategoryEncoding({.num_tokens = 5})(a), dense, CategoryEncoding({.num_tokens = 7})(b)});
    if (plain) {
      joined =
          Lambda({.function = [](tf::Graph& g,
                                 std::span<const tf::Output> in) { return g.Op("Identity").Input(in[0]).Output(); },
                  .output_shape = {15}})(joined);
    }
    Model model({dense, a, b}, Dense({.units = 2, .name = "out"})(joined), {.seed = 3});
    model.Compile({.optimizer = Adam(0.05), .loss = "mse"});
    return model;
  };
  Model plain = make(true), rewritten = make(false);
  std::mt19937 random(1);
  const int64_t rows = 16;
  std::vector<float> x(rows * 3), y(rows * 2);
  std::vector<int64_t> a(rows), b(rows);
  for (float& v : x) v = static_cast<float>(random() % 1000) / 500 - 1;
  for (float& v : y) v = static_cast<float>(random() % 1000) / 500 - 1;
  for (int64_t& v : a) v = random() % 5;
  for (int64_t& v : b) v = static_cast<int64_t>(random() % 8) - 1;  // -1 encodes to nothing
  const std::map<std::string, tf::Tensor> inputs = {
      {"dense", Floats({rows, 3}, x)}, {"a", Ints({rows, 1}, a)}, {"b", Ints({rows, 1}, b)}};

  for (int step = 0; step < 20; ++step) {
    const absl::StatusOr<double> l1 = plain.TrainOnBatch(inputs, Floats({rows, 2}, y));
    const absl::StatusOr<double> l2 = rewritten.TrainOnBatch(inputs, Floats({rows, 2}, y));
    ASSERT_TRUE(l1.ok()) << l1.status();
    ASSERT_TRUE(l2.ok()) << l2.status();
    EXPECT_NEAR(*l1, *l2, 1e-5);
  }

  const tf::Tensor k1 = *plain.GetWeight("out/kernel"), k2 = *rewritten.GetWeight("out/kernel");
  for (int64_t i = 0; i < k1.num_elements(); ++i) EXPECT_NEAR(k1.data<float>()[i], k2.data<float>()[i], 1e-4);
}

TEST(Embedding, PicksRowsAndSkipsPadding) {
  const Tensor x = Input({.shape = {2}, .name = "x", .dtype = kInt64});
  Model model({x}, GlobalAveragePooling1D()(Embedding({.input_dim = 3, .output_dim = 2, .name = "e"})(x)));
  ASSERT_TRUE(model.SetWeight("e/embeddings", Floats({3, 2}, {1, 2, 3, 4, 5, 6})).ok());

  EXPECT_THAT(PredictOne(model, Ints({2, 2}, {0, 2, 1, -1})), ElementsAre(3, 4, 1.5, 2));
  EXPECT_THAT(model.Predict({{"x", Ints({1, 2}, {0, 3})}}).status().message(), HasSubstr("\"e\""));
}

TEST(Embedding, IsTrained) {
  const Tensor x = Input({.name = "x", .dtype = kInt64});
  Model model({x}, Flatten()(Embedding({.input_dim = 4, .output_dim = 1})(x)));
  model.Compile({.optimizer = SGD(0.5), .loss = "mse"});

  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(model.TrainOnBatch({{"x", Ints({4, 1}, {0, 1, 2, 3})}}, Floats({4, 1}, {1, -1, 2, 0})).ok());
  }

  EXPECT_THAT(PredictOne(model, Ints({4, 1}, {0, 1, 2, 3})),
              ElementsAre(FloatNear(1, 1e-3), FloatNear(-1, 1e-3), FloatNear(2, 1e-3), FloatNear(0, 1e-3)));
}

TEST(Normalization, GivenMomentsAndAdapt) {
  const Tensor x = Input({.shape = {2}, .name = "x"});
  const Model given({x}, Normalization({.mean = {1, 2}, .variance = {4, 0}})(x));
  EXPECT_THAT(PredictOne(given, Floats({1, 2}, {5, 2})), ElementsAre(2, 0));

  const Layer layer = Normalization();
  const Dataset data = Dataset::FromTensors({{"x", Floats({4, 2}, {1, 10, 2, 10, 3, 30, 6, 30})}});
  ASSERT_TRUE(Adapt(layer, data, "x").ok());
  const Model adapted({x}, layer(x));
  const double deviation = std::sqrt((4 + 1 + 0 + 9) / 4.0);  // mean 3
  EXPECT_THAT(PredictOne(adapted, Floats({1, 2}, {6, 30})),
              ElementsAre(FloatNear(3 / deviation, 1e-6), FloatNear(1, 1e-6)));
  EXPECT_FALSE(Adapt(layer, data, "x").ok()) << "used already";
  EXPECT_FALSE(Adapt(Normalization(), data, "y").ok()) << "no such feature";
}

TEST(LayerNormalization, GivesMeanZeroAndVarianceOne) {
  const Tensor x = Input({.shape = {4}, .name = "x"});
  const Model model({x}, LayerNormalization({.epsilon = 0})(x));

  const std::vector<float> y = PredictOne(model, Floats({1, 4}, {1, 2, 3, 4}));

  const double deviation = std::sqrt(1.25);
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(y[i], (i + 1 - 2.5) / deviation, 1e-5);
}

TEST(Reshape, ChecksTheNumberOfElements) {
  const Tensor x = Input({.shape = {6}, .name = "x"});
  EXPECT_EQ(Reshape({.target_shape = {2, -1}})(x).spec().shape, (tf::Shape{-1, 2, 3}));
  EXPECT_THAT(Reshape({.target_shape = {4, -1}})(x).status().message(), HasSubstr("does not fit"));
}

TEST(Dropout, DropsTheGivenFractionWhileTrainingOnly) {
  const Tensor x = Input({.shape = {1000}, .name = "x"});
  Model model({x}, Dropout({.rate = 0.25})(x), {.seed = 5});
  // The mean absolute distance to 0 of training outputs shows what was kept: 1 / 0.75 each.
  model.Compile({.optimizer = "sgd",
                 .loss = "mae",
                 .metrics = {Mean("kept", [](std::span<const float> p, std::span<const float>) {
                   return static_cast<double>(std::count_if(p.begin(), p.end(), [](float v) { return v != 0; })) /
                          static_cast<double>(p.size());
                 })}});
  const Dataset data = Dataset::FromTensors({{"x", Floats({8, 1000}, std::vector<float>(8000, 1))}},
                                            Floats({8, 1000}, std::vector<float>(8000, 0)))
                           .Batch(8);

  ASSERT_TRUE(model.Fit(data, {.epochs = 2}).ok());

  EXPECT_NEAR(model.history()[0].at("kept"), 0.75, 0.03);
  EXPECT_NE(model.history()[0].at("kept"), model.history()[1].at("kept")) << "each step draws anew";
  EXPECT_NEAR(model.history()[0].at("loss"), 1, 0.04);
  EXPECT_DOUBLE_EQ(model.Evaluate(data)->at("kept"), 1);
}

TEST(Initializers, HaveTheirLimitsAndRepeat) {
  const tf::Shape shape = {30, 20};
  const std::vector<float> a = GlorotUniform()(shape, 1), b = GlorotUniform()(shape, 1), c = GlorotUniform()(shape, 2);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
  const float limit = std::sqrt(6.0f / 50);
  double sum_of_squares = 0;
  for (float v : a) {
    EXPECT_LE(std::abs(v), limit);
    sum_of_squares += v * v;
  }
  EXPECT_NEAR(sum_of_squares / 600, limit * limit / 3, 0.2 * limit * limit / 3);
  double variance = 0;
  for (float v : HeNormal()(shape, 3)) variance += v * v / 600;
  EXPECT_NEAR(variance, 2.0 / 30, 0.2 * 2.0 / 30);
  for (const std::string& name : InitializerNames()) EXPECT_TRUE(Initializer(name).status().ok()) << name;
}

}  // namespace
}  // namespace keras
