#include "tfx/model_analysis/analyze.h"

#include <filesystem>

#include "gtest/gtest.h"
#include "tfx/model_analysis/eval_config.h"
#include "tfx/model_analysis/eval_reader.h"
#include "tfx/model_analysis/eval_writer.h"
#include "tfx/model_analysis/metrics_plan.h"
#include "tfx/model_analysis/test_rows.h"
#include "tfx/testing/accumulator_properties.h"
#include "tfx/testing/test_folder.h"

namespace tfx::tfma {
namespace {

constexpr char kConfig[] = R"pb(
  model_specs { name: "clicks" label_key: "label" prediction_key: "score" example_weight_key: "weight" }
  slicing_specs {}
  slicing_specs { feature_keys: "country" }
  metrics_specs {
    metrics { class_name: "ExampleCount" }
    metrics {
      class_name: "AUC"
      threshold { value_threshold { lower_bound { value: 0.1 } } }
    }
    metrics { class_name: "Precision" }
    metrics { class_name: "Calibration" }
    metrics { class_name: "MeanSquaredError" }
    metrics { class_name: "ScoreDistributionPlot" }
    metrics { class_name: "CalibrationPlot" config: '"num_buckets": 4' }
  })pb";

// Labels, scores and weights are multiples of 1/8, so that sums do not depend on their order.
BatchPtr Rows(const std::vector<std::vector<float>>& labels, const std::vector<std::vector<float>>& weights) {
  std::vector<std::vector<float>> scores;
  std::vector<std::vector<std::string>> countries;
  for (size_t i = 0; i < labels.size(); ++i) {
    scores.push_back({static_cast<float>(i * 5 % 9) / 8});
    countries.push_back({i % 3 == 0 ? "de" : "fr"});
  }
  return MakeBatch({{"label", ListColumn(labels)},
                    {"weight", ListColumn(weights)},
                    {"score", ListColumn(scores)},
                    {"country", ListColumn(countries)}});
}

std::vector<BatchPtr> Batches() {
  return {Rows({{1}, {0}, {1}, {0}}, {{1}, {0.5f}, {2}, {1}}), Rows({{0}, {0}, {1}}, {{0.25f}, {1}, {1}}),
          Rows({{1}, {1}}, {{1}, {3}})};
}

absl::StatusOr<EvalResult> Evaluate(const std::vector<BatchPtr>& batches) {
  return EvaluatePredictions({.eval_config = FromText<EvalConfig>(kConfig), .batches = batches});
}

TEST(Analyze, AMissingLabelNamesExampleFeatureAndModelSpec) {
  const auto result = Evaluate({Rows({{1}, {0}}, {{1}, {1}}), Rows({{1}, {}}, {{1}, {1}})});

  ASSERT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  for (const char* part : {"example 3 (from 0)", "feature 'label'", "label_key of model spec"}) {
    EXPECT_NE(result.status().message().find(part), std::string::npos) << result.status();
  }
}

TEST(Analyze, NoExamplesGiveNoSlicesAndNoBlessing) {
  for (const std::vector<BatchPtr>& batches : {std::vector<BatchPtr>(), {Rows({}, {})}}) {
    const auto result = Evaluate(batches);

    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->num_examples, 0);
    EXPECT_TRUE(result->metrics.empty());
    ASSERT_TRUE(result->validation.has_value());
    EXPECT_FALSE(result->validation->validation_ok());
  }
}

// A column of weights that is absent altogether means 1; gaps are an error wherever the shards are cut.
TEST(Analyze, MissingWeightsDoNotDependOnShards) {
  const auto none = Evaluate({Rows({{1}, {0}}, {{}, {}}), Rows({{1}}, {{}})});
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(FindMetric(*none, "example_count"), 3.0);

  const std::vector<std::vector<BatchPtr>> with_gap = {{Rows({{1}, {0}, {1}}, {{2}, {2}, {}})},
                                                       {Rows({{1}, {0}}, {{2}, {2}}), Rows({{1}}, {{}})},
                                                       {Rows({{1}}, {{2}}), Rows({{0}, {1}}, {{2}, {}})}};
  for (const auto& batches : with_gap) {
    const auto gap = Evaluate(batches);
    ASSERT_EQ(gap.status().code(), absl::StatusCode::kInvalidArgument) << gap.status();
    for (const char* part : {"example 2 (from 0)", "feature 'weight'"}) {
      EXPECT_NE(gap.status().message().find(part), std::string::npos) << gap.status();
    }
  }
}

TEST(Analyze, WrittenEvaluationsReadBack) {
  const auto result = Evaluate(Batches());
  ASSERT_TRUE(result.ok()) << result.status();
  const std::filesystem::path directory =
      std::filesystem::path(::tfx::testing::TestFolder()) / "analyze_test_round_trip";
  std::filesystem::remove_all(directory);

  ASSERT_TRUE(WriteEvalResult(*result, directory.string()).ok());
  const auto loaded = LoadEvalResult(directory.string(), ReadPlots::kYes);

  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->eval_config.SerializeAsString(), result->eval_config.SerializeAsString());
  const auto expect_same = [](const auto& want, const auto& got) {
    ASSERT_EQ(want.size(), got.size());
    for (size_t i = 0; i < want.size(); ++i) EXPECT_EQ(want[i].SerializeAsString(), got[i].SerializeAsString());
  };
  expect_same(result->metrics, loaded->metrics);
  expect_same(result->plots, loaded->plots);
  ASSERT_TRUE(loaded->validation.has_value());
  EXPECT_EQ(loaded->validation->SerializeAsString(), result->validation->SerializeAsString());
  EXPECT_EQ(FindMetric(*loaded, "example_count"), 10.75);
  std::filesystem::remove_all(directory);
}

TEST(EvalAccumulator, IsAnAccumulator) {
  const auto config = UpdateEvalConfigWithDefaults(FromText<EvalConfig>(kConfig));
  ASSERT_TRUE(config.ok()) << config.status();
  const auto plan = PlanMetrics(*config, nullptr);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const auto slicer = Slicer::Create({config->slicing_specs().begin(), config->slicing_specs().end()});
  ASSERT_TRUE(slicer.ok()) << slicer.status();
  const auto extract = [&](const BatchPtr& rows) {
    auto batch = Extract({.config = &*config, .outputs = (*plan)->model_outputs, .slicer = &*slicer}, *rows, {}, {});
    EXPECT_TRUE(batch.ok()) << batch.status();
    return *batch;
  };
  // The rows go along with what was extracted of them, so that batches can be cut.
  struct Batch : ExtractBatch {
    BatchPtr rows;
  };
  const auto make = [&](const BatchPtr& rows) {
    Batch batch{extract(rows), rows};
    return batch;
  };
  std::vector<Batch> batches;
  for (const BatchPtr& rows : Batches()) batches.push_back(make(rows));
  testing::AccumulatorChecks<EvalAccumulator, Batch> checks;
  checks.num_rows = [](const Batch& batch) { return batch.num_rows; };
  checks.split = [&](const Batch& batch, size_t row) {
    const int64_t at = static_cast<int64_t>(row);
    return std::pair(make(batch.rows->Slice(0, at)), make(batch.rows->Slice(at)));
  };

  testing::CheckAccumulatorProperties(EvalAccumulator(*plan), batches, checks);
}

}  // namespace
}  // namespace tfx::tfma
