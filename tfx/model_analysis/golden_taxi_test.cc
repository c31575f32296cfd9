// The Chicago taxi evaluation of Python TFX: our evaluator on its SavedModel and its examples gives its metrics.
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "gtest/gtest.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"
#include "tfx/model_analysis/analyze.h"
#include "tfx/model_analysis/eval_config.h"
#include "tfx/model_analysis/eval_reader.h"
#include "tfx/model_analysis/eval_writer.h"
#include "tfx/model_analysis/metric.h"
#include "tfx/testing/golden_files.h"
#include "tfx/testing/test_folder.h"

namespace tfx::tfma {
namespace {

std::string Golden() {
  const char* dir = std::getenv("TFX_GOLDEN_DIR");
  return dir == nullptr ? "" : std::string(dir) + "/tfx";
}
std::string Pipeline() { return Golden() + "/taxi_1.16/pipelines/chicago_taxi_native_keras"; }

class GoldenTaxi : public ::testing::Test {
 protected:
  void SetUp() override {
    if (Golden().empty() || !io::Exists(Pipeline())) GTEST_SKIP() << "no golden results in TFX_GOLDEN_DIR";
  }
  static ShardSource<io::Records> Examples() {
    return dataset::ReadRecords({Pipeline() + "/CsvExampleGen/examples/1/Split-eval/data_tfrecord-00000-of-00001.gz"});
  }
  static std::string Model() { return Pipeline() + "/Trainer/model/7/Format-Serving"; }

  // Compares all numbers of all slices with a recorded evaluation.
  static void ExpectSameMetrics(const EvalResult& want, const EvalResult& got) {
    ASSERT_EQ(want.metrics.size(), got.metrics.size());
    std::map<SliceKey, std::map<MetricKey, double>> ours;
    for (const auto& slice : got.metrics) {
      for (const auto& item : slice.metric_keys_and_values()) {
        ours[SliceKeyFromProto(slice.slice_key())][MetricKeyFromProto(item.key())] =
            item.value().double_value().value();
      }
    }
    for (const auto& slice : want.metrics) {
      const SliceKey key = SliceKeyFromProto(slice.slice_key());
      ASSERT_TRUE(ours.contains(key)) << SliceKeyToString(key);
      EXPECT_EQ(ours[key].size(), static_cast<size_t>(slice.metric_keys_and_values_size())) << SliceKeyToString(key);
      for (const auto& item : slice.metric_keys_and_values()) {
        const MetricKey metric = MetricKeyFromProto(item.key());
        ASSERT_TRUE(ours[key].contains(metric))
            << SliceKeyToString(key) << " " << metric.name << " " << metric.model_name;
        const double expected = item.value().double_value().value(), actual = ours[key][metric];
        if (std::isnan(expected)) {
          EXPECT_TRUE(std::isnan(actual)) << SliceKeyToString(key) << " " << metric.name;
        } else {
          EXPECT_NEAR(expected, actual, metric.name.starts_with("auc") ? 1e-4 : 1e-5)
              << SliceKeyToString(key) << " " << metric.name;
        }
      }
    }
  }

  // Compares messages of equal slices, numbers to 1e-5.
  template <class ForSlice>
  static void ExpectSameMessages(const std::vector<ForSlice>& want, const std::vector<ForSlice>& got) {
    ASSERT_EQ(want.size(), got.size());
    std::map<SliceKey, const ForSlice*> ours;
    for (const ForSlice& slice : got) ours[SliceKeyFromProto(slice.slice_key())] = &slice;
    for (const ForSlice& slice : want) {
      const SliceKey key = SliceKeyFromProto(slice.slice_key());
      ASSERT_TRUE(ours.contains(key)) << SliceKeyToString(key);
      EXPECT_EQ(::tfx::Difference(slice, *ours[key], 1e-5), "") << SliceKeyToString(key);
    }
  }
};

TEST_F(GoldenTaxi, PredictionsAreThoseOfPython) {
  auto predictions = Predict({}, Model(), Examples());

  ASSERT_TRUE(predictions.ok()) << predictions.status();
  std::ifstream file(Golden() + "/dumps/predictions_eval.txt");
  std::vector<double> want;
  for (double value; file >> value;) want.push_back(value);
  ASSERT_EQ(predictions->values.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(predictions->values[i], want[i], 1e-5) << "record " << i;
}

TEST_F(GoldenTaxi, EverySliceHasTheMetricsOfTheFirstRun) {
  const std::string evaluation = Pipeline() + "/Evaluator/evaluation/8";
  auto want = LoadEvalResult(evaluation, ReadPlots::kYes);
  ASSERT_TRUE(want.ok()) << want.status();

  auto got = RunModelAnalysis({.eval_config = want->eval_config,
                               .model_directories = {{"", Model()}},
                               .examples = Examples(),
                               .rubber_stamp = false});

  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->num_examples, 4966);
  EXPECT_EQ(got->metrics.size(), 109u);
  ExpectSameMetrics(*want, *got);
  // TFMA 0.47 recorded an F1 score without true positives as NaN; newer ones, as we, as 0.
  for (auto& slice : want->plots) {
    for (auto& plot : *slice.mutable_plot_keys_and_values()) {
      for (auto& matrix : *plot.mutable_value()->mutable_confusion_matrix_at_thresholds()->mutable_matrices()) {
        if (std::isnan(matrix.f1())) matrix.clear_f1();
      }
    }
  }
  ExpectSameMessages(want->plots, got->plots);
  ExpectSameMessages(want->attributions, got->attributions);
  ASSERT_TRUE(got->validation && want->validation);
  EXPECT_EQ(got->validation->DebugString(), want->validation->DebugString());
  EXPECT_EQ(got->eval_config.DebugString(), want->eval_config.DebugString());
}

TEST_F(GoldenTaxi, BaselineDifferencesAreThoseOfTheSecondRun) {
  auto want = LoadEvalResult(Golden() + "/taxi_1.16_second_run/Evaluator/evaluation/17");
  ASSERT_TRUE(want.ok()) << want.status();

  auto got = RunModelAnalysis({.eval_config = want->eval_config,
                               .model_directories = {{"candidate", Model()}, {"baseline", Model()}},
                               .examples = Examples()});

  ASSERT_TRUE(got.ok()) << got.status();
  ExpectSameMetrics(*want, *got);
}

// The newer library, and a model of several classes.
TEST_F(GoldenTaxi, OtherPipelinesHaveTheirMetrics) {
  struct Tree {
    std::string pipeline, model, evaluation;
  };
  for (const Tree& tree : {Tree{"/taxi_1.21/pipelines/chicago_taxi_native_keras", "14", "15"},
                           Tree{"/penguin_1.16/pipelines/penguin_keras", "7", "8"}}) {
    SCOPED_TRACE(tree.pipeline);
    const std::string pipeline = Golden() + tree.pipeline;
    auto want = LoadEvalResult(pipeline + "/Evaluator/evaluation/" + tree.evaluation);
    ASSERT_TRUE(want.ok()) << want.status();

    auto got =
        RunModelAnalysis({.eval_config = want->eval_config,
                          .model_directories = {{"", pipeline + "/Trainer/model/" + tree.model + "/Format-Serving"}},
                          .examples = dataset::ReadRecords(
                              {pipeline + "/CsvExampleGen/examples/1/Split-eval/data_tfrecord-00000-of-00001.gz"})});

    ASSERT_TRUE(got.ok()) << got.status();
    ExpectSameMetrics(*want, *got);
    ExpectSameMessages(want->attributions, got->attributions);
    ASSERT_TRUE(got->validation && want->validation);
    EXPECT_EQ(::tfx::Difference(*want->validation, *got->validation, 1e-5), "");
  }
}

TEST_F(GoldenTaxi, WrittenFilesReadBackAndDoNotDependOnThreads) {
  auto config = LoadEvalConfig(Pipeline() + "/Evaluator/evaluation/8/eval_config.json");
  ASSERT_TRUE(config.ok()) << config.status();
  std::vector<std::string> metrics;

  for (int threads : {1, 3}) {
    auto result =
        RunModelAnalysis({.eval_config = *config,
                          .model_directories = {{"", Model()}},
                          .examples = dataset::ReadRecords(
                              {Pipeline() + "/CsvExampleGen/examples/1/Split-eval/data_tfrecord-00000-of-00001.gz"},
                              {.records_per_shard = 500}),
                          .engine = {.num_threads = threads}});
    ASSERT_TRUE(result.ok()) << result.status();
    const std::string directory = ::tfx::testing::TestFolder() + "/evaluation" + std::to_string(threads);
    ASSERT_TRUE(WriteEvalResult(*result, directory).ok());
    metrics.push_back(*io::ReadFile(directory + "/metrics-00000-of-00001.tfrecord"));
    auto back = LoadEvalResult(directory, ReadPlots::kYes);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->metrics.size(), result->metrics.size());
    EXPECT_EQ(WorstSlices(*back, "auc", {.count = 3}).size(), 3u);
  }

  EXPECT_EQ(metrics[0], metrics[1]);
}

}  // namespace
}  // namespace tfx::tfma
