#include "tfx/trainer/save_model.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tensorflow/core/example/example.pb.h"
#include "tfx/io/file_system.h"
#include "tfx/tensorflow/saved_model.h"
#include "tfx/testing/test_folder.h"
#include "tfx/trainer/layers.h"
#include "tfx/trainer/model.h"

namespace keras {
namespace {

std::string FreshDirectory() {
  const std::string directory = ::tfx::testing::TestFolder() + "/save_model_test_" +
                                ::testing::UnitTest::GetInstance()->current_test_info()->name();
  EXPECT_TRUE(tfx::io::RemoveRecursively(directory).ok());
  return directory;
}

Model TwoInputs(uint64_t seed) {
  const Tensor x = Input({.shape = {2}, .name = "x"}), hour = Input({.name = "hour", .dtype = kInt64});
  const Tensor joined =
      Concatenate({Normalization({.mean = {1}, .variance = {4}})(x), CategoryEncoding({.num_tokens = 24})(hour)});
  return Model({x, hour}, Dense({.units = 1, .activation = "sigmoid"})(joined), {.seed = seed});
}

std::string Example(float a, float b, int64_t hour) {
  ::tensorflow::Example example;
  auto& features = *example.mutable_features()->mutable_feature();
  features["x"].mutable_float_list()->add_value(a);
  features["x"].mutable_float_list()->add_value(b);
  features["hour"].mutable_int64_list()->add_value(hour);
  return example.SerializeAsString();
}

TEST(SaveModel, OfRawFeaturesServesExamplesAndTensors) {
  const std::string directory = FreshDirectory();
  const Model model = TwoInputs(5);
  const tf::Tensor x = tf::Tensor::FromData<float>({2, 2}, std::vector<float>{0.5f, -1, 3, 2});
  const tf::Tensor hour = tf::Tensor::FromData<int64_t>({2, 1}, std::vector<int64_t>{3, 23});
  const tf::Tensor expected = *model.Predict({{"x", x}, {"hour", hour}});

  const absl::Status status = tfx::SaveModel(model, directory);

  ASSERT_TRUE(status.ok()) << status;
  const auto saved = tfx::tf::SavedModel::Load(directory);
  ASSERT_TRUE(saved.ok()) << saved.status();
  const auto served =
      (*saved)->Run("serving_default", {{"examples", tf::Tensor::Strings({Example(0.5f, -1, 3), Example(3, 2, 23)})}});
  ASSERT_TRUE(served.ok()) << served.status();
  const auto raw = (*saved)->Run("serving_raw", {{"x", x}, {"hour", hour}});
  ASSERT_TRUE(raw.ok()) << raw.status();
  for (int i = 0; i < 2; ++i) {
    EXPECT_NEAR(served->at("outputs").data<float>()[i], expected.data<float>()[i], 1e-6);
    EXPECT_NEAR(raw->at("outputs").data<float>()[i], expected.data<float>()[i], 1e-6);
  }
  // An hour that training has not seen does not stop the server.
  EXPECT_TRUE((*saved)->Run("serving_default", {{"examples", tf::Tensor::Strings({Example(0, 0, 24)})}}).ok());

  Model warm = TwoInputs(6);
  const absl::Status loaded = warm.LoadWeights(directory);
  ASSERT_TRUE(loaded.ok()) << loaded;
  EXPECT_EQ(warm.Predict({{"x", x}, {"hour", hour}})->data<float>()[0], expected.data<float>()[0]);
}

TEST(SaveModel, DoesNotOverwrite) {
  const std::string directory = FreshDirectory();
  const Model model = TwoInputs(5);
  ASSERT_TRUE(tfx::SaveModel(model, directory).ok());
  const absl::Status again = tfx::SaveModel(model, directory);
  EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(again.message(), ::testing::HasSubstr(directory));
}

TEST(LoadWeights, ReadsAModelThatPythonsKerasSaved) {
  const char* golden = std::getenv("TFX_GOLDEN_DIR");
  const std::string trainer =
      std::string(golden == nullptr ? "" : golden) + "/tfx/penguin_1.16/pipelines/penguin_keras/Trainer";
  if (golden == nullptr || !tfx::io::Exists(trainer)) GTEST_SKIP() << "recorded results are not in $TFX_GOLDEN_DIR";
  const auto found = tfx::io::Glob(trainer + "/model/*/Format-Serving/saved_model.pb");
  ASSERT_TRUE(found.ok() && found->size() == 1);
  std::vector<Tensor> inputs;
  for (const char* name : {"culmen_length_mm_xf", "culmen_depth_mm_xf", "flipper_length_mm_xf", "body_mass_g_xf"}) {
    inputs.push_back(Input({.name = name}));
  }
  Tensor x = Concatenate(inputs);
  for (int i = 0; i < 2; ++i) x = Dense({.units = 8, .activation = "relu"})(x);
  Model model(inputs, Dense({.units = 3})(x));
  const float before = model.GetWeight("dense/kernel")->data<float>()[0];

  const absl::Status status = model.LoadWeights(tfx::io::Dirname(found->front()));

  ASSERT_TRUE(status.ok()) << status;
  EXPECT_NE(model.GetWeight("dense/kernel")->data<float>()[0], before);
}

}  // namespace
}  // namespace keras
