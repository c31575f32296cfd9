#include "tfx/trainer/model.h"

#include <cmath>
#include <random>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/io/file_system.h"
#include "tfx/tensorflow/checkpoint.h"
#include "tfx/testing/test_folder.h"
#include "tfx/trainer/layers.h"

namespace keras {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Points in the plane; the label is 1 inside a circle. Linear models cannot learn it.
Dataset Circle(int64_t rows, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> a, b;
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < rows; ++i) {
    a.push_back(static_cast<float>(random() % 2000) / 1000 - 1);
    b.push_back(static_cast<float>(random() % 2000) / 1000 - 1);
    labels.push_back(a.back() * a.back() + b.back() * b.back() < 0.5f ? 1 : 0);
  }
  return Dataset::FromTensors({{"a", tf::Tensor::Vector<float>(a)}, {"b", tf::Tensor::Vector<float>(b)}},
                              tf::Tensor::Vector<int64_t>(labels));
}

Model CircleModel(const ModelOptions& options, float dropout = 0) {
  const Tensor a = Input({.name = "a"}), b = Input({.name = "b"});
  Tensor x = Concatenate({a, b});
  x = Dense({.units = 16, .activation = "relu"})(x);
  x = Dropout({.rate = dropout})(x);
  x = Dense({.units = 8, .activation = "tanh"})(x);
  Model model({a, b}, Dense({.units = 1, .activation = "sigmoid"})(x), options);
  model.Compile({.optimizer = Adam(0.01), .loss = BinaryCrossentropy(), .metrics = {"accuracy", AUC()}});
  return model;
}

std::vector<float> AllWeights(const Model& model) {
  std::vector<float> all;
  const std::map<std::string, tf::Tensor> weights = *model.GetWeights();
  for (const auto& [name, value] : weights) {
    all.insert(all.end(), value.data<float>().begin(), value.data<float>().end());
  }
  return all;
}

TEST(Model, LearnsACircle) {
  Model model = CircleModel({.seed = 1});
  const Dataset train = Circle(2000, 1).Shuffle({.seed = 1}).Batch(40);
  std::ostringstream progress;

  const absl::Status status =
      model.Fit(train, {.epochs = 15, .validation_data = Circle(500, 2).Batch(100), .progress = &progress});

  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(model.history().size(), 15u);
  EXPECT_LT(model.history().back().at("loss"), 0.6 * model.history().front().at("loss"));
  EXPECT_GT(model.history().back().at("val_accuracy"), 0.93);
  EXPECT_GT(model.history().back().at("val_auc"), 0.98);
  EXPECT_EQ(model.iterations(), 15 * 50);
  EXPECT_THAT(progress.str(), HasSubstr("Epoch 15/15 - 50 steps"));
  // Evaluate says what the validation said.
  EXPECT_EQ(model.Evaluate(Circle(500, 2).Batch(100))->at("loss"), model.history().back().at("val_loss"));
}

TEST(Model, LearnsClassesFromIds) {
  const Tensor x = Input({.shape = {2}, .name = "x"});
  Model model({x}, Dense({.units = 3, .activation = "softmax"})(x), {.seed = 4});
  model.Compile({.optimizer = Adam(0.05), .loss = SparseCategoricalCrossentropy(), .metrics = {"accuracy"}});
  std::mt19937 random(1);
  std::vector<float> values;
  std::vector<int64_t> ids;
  for (int i = 0; i < 600; ++i) {
    const int id = static_cast<int>(random() % 3);
    values.push_back(static_cast<float>(2 * std::cos(2.1 * id) + random() % 100 / 100.0));
    values.push_back(static_cast<float>(2 * std::sin(2.1 * id) + random() % 100 / 100.0));
    ids.push_back(id);
  }
  const Dataset data =
      Dataset::FromTensors({{"x", tf::Tensor::FromData<float>({600, 2}, values)}}, tf::Tensor::Vector<int64_t>(ids))
          .Batch(30);

  ASSERT_TRUE(model.Fit(data, {.epochs = 10}).ok());

  EXPECT_GT(model.Evaluate(data)->at("accuracy"), 0.97);
}

TEST(Model, SameSeedSameWeightsBitForBit) {
  const auto train = [](uint64_t seed, int num_threads, bool prefetch) {
    Model model = CircleModel({.seed = seed, .num_threads = num_threads}, 0.2f);
    Dataset data = Circle(400, 1).Shuffle({.seed = seed}).Repeat().Batch(16);
    if (prefetch) data = data.Prefetch(1);
    EXPECT_TRUE(model.Fit(data, {.epochs = 2, .steps_per_epoch = 40}).ok());
    return AllWeights(model);
  };
  EXPECT_EQ(train(3, 1, false), train(3, 1, true));
  EXPECT_EQ(train(3, 2, false), train(3, 2, false));
  EXPECT_NE(train(3, 1, false), train(4, 1, false));
}

TEST(Model, PredictionsCoverAllRowsInOrder) {
  const Model model = CircleModel({.seed = 1});
  const tf::Tensor together = *model.Predict(Circle(101, 1).Batch(101));
  const tf::Tensor apart = *model.Predict(Circle(101, 1).Batch(7));

  EXPECT_EQ(together.shape(), (tf::Shape{101, 1}));
  ASSERT_EQ(apart.shape(), together.shape());
  for (int i = 0; i < 101; ++i) EXPECT_NEAR(apart.data<float>()[i], together.data<float>()[i], 1e-6);
}

TEST(Model, WrongDataIsNamed) {
  Model model = CircleModel({.name = "circle"});
  const auto fit = [&](const Dataset& data, FitOptions options = {}) { return model.Fit(data, options); };
  const tf::Tensor two = tf::Tensor::Vector<float>({1, 2}), label = tf::Tensor::Vector<int64_t>({0, 1});

  EXPECT_THAT(fit(Dataset::FromTensors({{"a", two}, {"bb", two}}, label).Batch(2)).message(),
              AllOf(HasSubstr("circle"), HasSubstr("input \"b\""), HasSubstr("features: a, bb")));
  EXPECT_THAT(fit(Dataset::FromTensors({{"a", two}, {"b", two}}).Batch(2)).message(), HasSubstr("label_key"));
  EXPECT_THAT(
      fit(Dataset::FromTensors({{"a", two}, {"b", tf::Tensor::Empty(kFloat32, {2, 3})}}, label).Batch(2)).message(),
      AllOf(HasSubstr("\"b\""), HasSubstr("3 values per row"), HasSubstr("takes 1")));
  EXPECT_THAT(fit(Dataset::FromTensors({{"a", two}, {"b", tf::Tensor::Strings({"x", "y"})}}, label).Batch(2)).message(),
              AllOf(HasSubstr("\"b\""), HasSubstr("string")));
  EXPECT_THAT(
      fit(Dataset::FromTensors({{"a", two}, {"b", two}}, tf::Tensor::Empty(kFloat32, {2, 2})).Batch(2)).message(),
      AllOf(HasSubstr("label"), HasSubstr("2 values per row")));
  EXPECT_THAT(fit(Circle(10, 1)).message(), HasSubstr(".Batch(size)"));
  EXPECT_THAT(fit(Circle(10, 1).Repeat().Batch(2)).message(), HasSubstr("steps_per_epoch"));
  EXPECT_THAT(fit(Circle(10, 1).Take(0).Batch(2)).message(), HasSubstr("no rows"));
  const absl::Status ended = fit(Circle(10, 1).Batch(2), {.epochs = 2, .steps_per_epoch = 4});
  EXPECT_EQ(ended.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(ended.message(), AllOf(HasSubstr("after 5 batches"), HasSubstr("Repeat()")));
  EXPECT_FALSE(fit(Dataset()).ok());
  EXPECT_THAT(model.Evaluate(Circle(10, 1).Take(0).Batch(2)).status().message(), HasSubstr("no rows"));
}

TEST(Model, WrongModelsAreNamed) {
  const Tensor a = Input({.name = "a"}), b = Input({.name = "b"});
  const auto message = [](const Model& model) { return std::string(model.status().message()); };

  EXPECT_THAT(message(Model({a, b}, Dense({.units = 1})(a))), HasSubstr("input \"b\" is not used"));
  EXPECT_THAT(message(Model({a}, Dense({.units = 1})(Concatenate({a, b})))), HasSubstr("needs input \"b\""));
  EXPECT_THAT(message(Model({a}, Dense({.units = 1, .name = "x"})(Dense({.units = 1, .name = "x"})(a)))),
              HasSubstr("two layers are named \"x\""));
  EXPECT_THAT(message(Model({a}, Dense({.units = 1, .activation = "sigmod"})(a))), HasSubstr("did you mean sigmoid"));
  EXPECT_THAT(message(Model({Input({})}, Dense({.units = 1})(a))), HasSubstr("needs a name"));

  Model no_loss({a}, Dense({.units = 1})(a));
  EXPECT_EQ(no_loss.Fit(Circle(10, 1).Batch(2)).code(), absl::StatusCode::kFailedPrecondition);
  no_loss.Compile({.optimizer = "adam"});
  EXPECT_THAT(message(no_loss), HasSubstr("needs a loss"));

  Model bad_loss({a}, Dense({.units = 1})(a));
  bad_loss.Compile({.loss = "mean_square_error"});
  EXPECT_THAT(message(bad_loss), HasSubstr("did you mean mean_squared_error"));

  Model clash({a}, Dense({.units = 3})(a));
  clash.Compile({.loss = SparseCategoricalCrossentropy({.from_logits = true}), .metrics = {AUC()}});
  EXPECT_THAT(message(clash), HasSubstr("do not fit"));
}

TEST(Model, LossThatIsNotANumberStopsAndSaysWhere) {
  Model model = CircleModel({});
  std::vector<float> values(100, 0.5f);
  values[45] = NAN;
  const Dataset data = Dataset::FromTensors({{"a", tf::Tensor::Vector<float>(values)},
                                             {"b", tf::Tensor::Vector<float>(std::vector<float>(100, 1))}},
                                            tf::Tensor::Vector<int64_t>(std::vector<int64_t>(100, 1)))
                           .Batch(10);

  const absl::Status status = model.Fit(data);

  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(status.message(), AllOf(HasSubstr("step 5"), HasSubstr("\"a\"")));

  const Tensor a = Input({.name = "a"});
  Model exploding({a}, Dense({.units = 1})(a));
  exploding.Compile({.optimizer = SGD(1e30), .loss = "mse"});
  const absl::Status diverged = exploding.Fit(Circle(100, 1).Batch(10));
  EXPECT_EQ(diverged.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(diverged.message(), HasSubstr("learning rate"));
}

TEST(Model, WrongLabelsAndTokensAreNamed) {
  const Tensor a = Input({.name = "a"});
  Model model({a}, Dense({.units = 3, .activation = "softmax"})(a));
  model.Compile({.loss = "sparse_categorical_crossentropy"});

  EXPECT_THAT(
      model.TrainOnBatch({{"a", tf::Tensor::Vector<float>({1})}}, tf::Tensor::Vector<int64_t>({3})).status().message(),
      AllOf(HasSubstr("class 3"), HasSubstr("0 to 2")));
  EXPECT_THAT(
      model.TrainOnBatch({{"a", tf::Tensor::Vector<float>({1})}}, tf::Tensor::Vector<float>({1})).status().message(),
      HasSubstr("int64 class ids"));
}

TEST(Model, IntegersAreConvertedForFloatInputs) {
  const Tensor a = Input({.name = "a"});
  const Model model({a}, Dense({.units = 1, .kernel_initializer = Ones()})(a));
  EXPECT_EQ(model.Predict({{"a", tf::Tensor::Vector<int64_t>({7})}})->data<float>()[0], 7);
}

TEST(Model, VaryingNumbersOfTokensArePadded) {
  const Tensor tokens = Input({.shape = {-1}, .name = "t", .dtype = kInt64});
  const Tensor encoded = CategoryEncoding({.num_tokens = 3})(tokens);
  const Model model({tokens}, Dense({.units = 1, .kernel_initializer = ConstantValues({1, 10, 100})})(encoded));
  const tf::Tensor y =
      *model.Predict({{"t", tf::Tensor::FromData<int64_t>({2, 2}, std::vector<int64_t>{0, 2, 1, -1})}});
  EXPECT_THAT(y.data<float>(), ::testing::ElementsAre(101, 10));
}

TEST(Model, WeightsRoundTripThroughACheckpoint) {
  const std::string directory = ::tfx::testing::TestFolder() + "/model_test_weights";
  ASSERT_TRUE(tfx::io::RemoveRecursively(directory).ok());
  ASSERT_TRUE(tfx::io::CreateDirectories(directory).ok());
  const Model saved = CircleModel({.seed = 1});
  Model loaded = CircleModel({.seed = 2});
  ASSERT_NE(AllWeights(saved), AllWeights(loaded));

  ASSERT_TRUE(saved.SaveWeights(directory + "/w").ok());
  const absl::Status status = loaded.LoadWeights(directory + "/w");

  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(AllWeights(saved), AllWeights(loaded));
  EXPECT_THAT(loaded.LoadWeights(directory + "/none").message(), HasSubstr("none"));
  const Tensor a = Input({.name = "a"});
  Model other({a}, Dense({.units = 16})(a));
  EXPECT_THAT(other.LoadWeights(directory + "/w").message(), HasSubstr("\"dense/kernel\" has shape [2, 16]"));
  EXPECT_TRUE(other.LoadWeights(directory + "/w", {.skip_mismatch = true}).ok()) << "the bias fits";
}

TEST(Model, SetWeightChecksNameAndShape) {
  Model model = CircleModel({});
  EXPECT_THAT(model.SetWeight("dense/kernl", {}).message(), HasSubstr("did you mean dense/kernel"));
  EXPECT_THAT(model.SetWeight("dense/bias", tf::Tensor::Vector<float>({1})).message(), HasSubstr("[16]"));
}

TEST(Model, CompileAgainKeepsTheWeights) {
  Model model = CircleModel({.seed = 1});
  ASSERT_TRUE(model.Fit(Circle(100, 1).Batch(10)).ok());
  const std::vector<float> before = AllWeights(model);

  model.Compile({.optimizer = SGD(0.0), .loss = "mse"});
  ASSERT_TRUE(model.status().ok()) << model.status();
  ASSERT_TRUE(model.Fit(Circle(100, 1).Batch(10)).ok());

  EXPECT_EQ(before, AllWeights(model));
  EXPECT_EQ(model.iterations(), 10);
}

TEST(Model, SummaryListsLayersAndWeights) {
  const std::string summary = CircleModel({.name = "circle"}).Summary();
  EXPECT_THAT(summary,
              AllOf(HasSubstr("circle"), HasSubstr("a (input)"), HasSubstr("dense_1 (dense)"), HasSubstr("[?, 16]")));
  EXPECT_THAT(summary, HasSubstr("Trained weights: 193"));  // 2*16+16 + 16*8+8 + 8+1
}

}  // namespace
}  // namespace keras
