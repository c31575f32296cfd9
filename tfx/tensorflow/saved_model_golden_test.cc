// Models that Keras and TensorFlow Transform exported, against the answers that Python's TensorFlow gave.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/io/file_system.h"
#include "tfx/io/tfrecord.h"
#include "tfx/tensorflow/checkpoint.h"
#include "tfx/tensorflow/saved_model.h"

namespace tfx::tf {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SavedModelGolden : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* golden = std::getenv("TFX_GOLDEN_DIR");
    if (golden == nullptr || !io::IsDirectory(golden)) GTEST_SKIP() << "no recorded results: TFX_GOLDEN_DIR is not set";
    root_ = io::JoinPath(golden, "tfx");
    pipeline_ = io::JoinPath(root_, "taxi_1.16/pipelines/chicago_taxi_native_keras");
    model_ = io::JoinPath(pipeline_, "Trainer/model/7/Format-Serving");
  }

  std::vector<std::string> EvalExamples(size_t limit) const {
    std::vector<std::string> examples;
    const auto reader = io::TFRecordReader::Open(
        io::JoinPath(pipeline_, "CsvExampleGen/examples/1/Split-eval/data_tfrecord-00000-of-00001.gz"));
    EXPECT_TRUE(reader.ok()) << reader.status();
    std::string_view record;
    while (reader.ok() && examples.size() < limit) {
      const absl::StatusOr<bool> more = (*reader)->Read(&record);
      EXPECT_TRUE(more.ok()) << more.status();
      if (!more.ok() || !*more) break;
      examples.emplace_back(record);
    }
    return examples;
  }

  std::string root_, pipeline_, model_;
};

TEST_F(SavedModelGolden, KerasModelGivesPythonsPredictions) {
  std::vector<float> expected;
  std::istringstream lines(*io::ReadFile(io::JoinPath(root_, "dumps/predictions_eval.txt")));
  for (float value; lines >> value;) expected.push_back(value);
  const std::vector<std::string> examples = EvalExamples(SIZE_MAX);
  ASSERT_EQ(examples.size(), expected.size());
  const auto model = SavedModel::Load(model_);
  ASSERT_TRUE(model.ok()) << model.status();

  // An odd batch size, so that a short batch is among them.
  constexpr size_t kBatch = 1000;
  double worst = 0;
  for (size_t begin = 0; begin < examples.size(); begin += kBatch) {
    const size_t end = std::min(examples.size(), begin + kBatch);
    const auto outputs = (*model)->Run(
        "serving_default",
        {{"examples", Tensor::Strings(std::vector<std::string>(examples.begin() + begin, examples.begin() + end))}});
    ASSERT_TRUE(outputs.ok()) << outputs.status();
    ASSERT_EQ(outputs->size(), 1u);
    const auto scores = outputs->begin()->second.data<float>();
    ASSERT_EQ(scores.size(), end - begin);
    for (size_t i = 0; i < scores.size(); ++i)
      worst = std::max<double>(worst, std::fabs(scores[i] - expected[begin + i]));
  }

  EXPECT_LT(worst, 1e-5);
  RecordProperty("worst_difference", std::to_string(worst));
}

TEST_F(SavedModelGolden, TransformFeaturesGivesPythonsValues) {
  const auto expected =
      nlohmann::json::parse(*io::ReadFile(io::JoinPath(root_, "dumps/transform_features_eval_first200.json")));
  const std::vector<std::string> examples = EvalExamples(200);
  const auto model = SavedModel::Load(model_);
  ASSERT_TRUE(model.ok()) << model.status();

  const auto outputs = (*model)->Run("transform_features", {{"examples", Tensor::Strings(examples)}});

  ASSERT_TRUE(outputs.ok()) << outputs.status();
  ASSERT_EQ(outputs->size(), expected.size());
  for (const auto& [key, tensor] : *outputs) {
    ASSERT_TRUE(expected.contains(key)) << key;
    const auto& values = expected[key];
    ASSERT_EQ(tensor.num_elements(), static_cast<int64_t>(values.size())) << key;
    for (size_t i = 0; i < values.size(); ++i) {
      if (tensor.dtype() == ::tensorflow::DT_INT64) {
        ASSERT_EQ(tensor.data<int64_t>()[i], values[i].get<int64_t>()) << key << " row " << i;
      } else {
        const double want = values[i].get<double>();
        ASSERT_NEAR(tensor.data<float>()[i], want, 1e-6 * std::max(1.0, std::fabs(want))) << key << " row " << i;
      }
    }
  }
}

TEST_F(SavedModelGolden, SelectedOutputsOnly) {
  const auto model = SavedModel::Load(model_);
  ASSERT_TRUE(model.ok()) << model.status();

  const auto outputs =
      (*model)->Run("transform_features", {{"examples", Tensor::Strings(EvalExamples(3))}}, {"tips_xf", "fare_xf"});

  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_EQ(outputs->size(), 2u);
  EXPECT_EQ(outputs->at("fare_xf").num_elements(), 3);
}

TEST_F(SavedModelGolden, WrongRequestsNameTheKey) {
  const auto model = SavedModel::Load(model_);
  ASSERT_TRUE(model.ok()) << model.status();
  const auto message = [&](std::string_view signature, const TensorMap& inputs,
                           const std::vector<std::string>& outputs = {}) {
    return std::string((*model)->Run(signature, inputs, outputs).status().message());
  };
  const Tensor examples = Tensor::Strings(EvalExamples(2));

  EXPECT_THAT(message("predict", {}), AllOf(HasSubstr("'predict'"), HasSubstr("serving_default, transform_features")));
  EXPECT_THAT(message("serving_default", {}), HasSubstr("needs the input 'examples'"));
  EXPECT_THAT(message("serving_default", {{"examples", examples}, {"extra", examples}}), HasSubstr("no input 'extra'"));
  EXPECT_THAT(message("serving_default", {{"examples", Tensor::Vector<float>({1})}}),
              AllOf(HasSubstr("'examples'"), HasSubstr("DT_STRING"), HasSubstr("DT_FLOAT")));
  EXPECT_THAT(message("serving_default", {{"examples", Tensor::String("scalar")}}),
              AllOf(HasSubstr("shape [?]"), HasSubstr("not []")));
  EXPECT_THAT(message("serving_default", {{"examples", examples}}, {"nothing"}), HasSubstr("no output 'nothing'"));
  EXPECT_THAT(message("serving_default", {{"examples", Tensor::Strings(std::vector<std::string>{"not an Example"})}}),
              HasSubstr("Could not parse example"));
}

TEST_F(SavedModelGolden, TransformGraphLoads) {
  const auto model = SavedModel::Load(io::JoinPath(pipeline_, "Transform/transform_graph/6/transform_fn"));

  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_TRUE((*model)->Signature("serving_default").ok());
}

TEST_F(SavedModelGolden, CheckpointOfAKerasModelIsRead) {
  const auto tensors = ReadCheckpoint(io::JoinPath(model_, "variables/variables"));

  ASSERT_TRUE(tensors.ok()) << tensors.status();
  std::string keys_and_shapes;
  for (const auto& [key, tensor] : *tensors) {
    const Shape shape = tensor.shape();
    const char* type = tensor.dtype() == ::tensorflow::DT_STRING  ? "<class 'bytes'>"
                       : tensor.dtype() == ::tensorflow::DT_INT64 ? "int64"
                                                                  : "float32";
    keys_and_shapes += absl::StrCat(key, " [", absl::StrJoin(shape, ", "), "] ", type, "\n");
  }
  EXPECT_EQ(keys_and_shapes, *io::ReadFile(io::JoinPath(root_, "dumps/model_checkpoint_keys.txt")));
}

}  // namespace
}  // namespace tfx::tf
