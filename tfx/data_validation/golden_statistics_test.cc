// Statistics against the recorded results of the Python libraries.
#include <iostream>
#include <map>
#include <string>

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/golden_files.h"
#include "tfx/data_validation/schema_inference.h"
#include "tfx/data_validation/statistics.h"
#include "tfx/data_validation/validation.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

// Datasets by name and features by path; their order is free.
std::string StatisticsDifference(v0::DatasetFeatureStatisticsList expected, v0::DatasetFeatureStatisticsList actual) {
  auto sort = [](v0::DatasetFeatureStatisticsList* list) {
    for (auto& dataset : *list->mutable_datasets()) {
      std::sort(dataset.mutable_features()->begin(), dataset.mutable_features()->end(),
                [](const auto& a, const auto& b) {
                  return std::lexicographical_compare(a.path().step().begin(), a.path().step().end(),
                                                      b.path().step().begin(), b.path().step().end());
                });
    }
  };
  sort(&expected);
  sort(&actual);
  return Difference(expected, actual);
}

absl::StatusOr<v0::DatasetFeatureStatisticsList> StatisticsOf(const std::vector<std::string>& files,
                                                              const StatsOptions& options,
                                                              const dataset::DecodeOptions& decode = {},
                                                              int threads = 2) {
  return GenerateStatistics(dataset::ReadRecords(files), options, Engine({.num_threads = threads}), decode);
}

// Recorded cases that ask for more than default statistics; their options are refused or ask for further generators.
bool NeedsMore(const std::string& name) {
  for (const char* prefix : {"cross_features", "empty_value_counter", "lift_", "nl_", "semantic_", "slice_", "sparse_",
                             "weighted_feature"}) {
    if (name.starts_with(prefix)) return true;
  }
  return name.ends_with("_slices");
}

TEST(GenerateStatistics, EqualsTheRecordedStatistics) {
  const std::string root = GoldenDirectory("tfdv/stats");
  if (root.empty()) GTEST_SKIP() << "no recorded results (TFX_GOLDEN_DIR)";
  int passed = 0, total = 0, left_out = 0;
  for (const std::string& name : Subdirectories(root)) {
    SCOPED_TRACE(name);
    const std::string folder = root + "/" + name + "/";
    // Approximate quantiles have a test of their own.
    const bool approximate = name == "epsilon_0001" || name == "epsilon_05" || name == "epsilon_default_20k";
    if (!io::Exists(folder + "input.tfrecord.gz") || NeedsMore(name) || approximate) {
      ++left_out;
      continue;
    }
    const auto json = io::ReadFile(folder + "options.json");
    ASSERT_TRUE(json.ok());
    const auto options = ParseStatsOptionsJson(*json);
    ASSERT_TRUE(options.ok()) << options.status();
    const auto format =
        name.starts_with("sequence_") ? dataset::PayloadFormat::kSequenceExample : dataset::PayloadFormat::kExample;
    const auto actual = StatisticsOf({folder + "input.tfrecord.gz"}, *options, {.format = format});
    ASSERT_TRUE(actual.ok()) << actual.status();
    v0::DatasetFeatureStatisticsList expected;
    ASSERT_TRUE(io::ReadTextProto(folder + "stats.pbtxt", &expected).ok());
    const std::string difference = StatisticsDifference(expected, *actual);
    EXPECT_EQ(difference.substr(0, 1500), "");
    ++total;
    passed += difference.empty();
  }
  std::cout << passed << " of " << total << " recorded statistics; " << left_out
            << " cases need CSV input, approximate comparison or further generators\n";
  EXPECT_GT(total, 40);
}

// All statistics of a recorded pipeline run, its schema and its anomalies.
struct PipelineRun {
  std::string tree;
  bool infer_feature_shape;
};

class RecordedPipeline : public testing::TestWithParam<PipelineRun> {};

TEST_P(RecordedPipeline, StatisticsSchemaAndAnomaliesAreEqual) {
  const std::string root = GoldenDirectory(GetParam().tree);
  if (root.empty()) GTEST_SKIP() << "no recorded results (TFX_GOLDEN_DIR)";
  v0::Schema schema;
  ASSERT_TRUE(io::ReadTextProto(root + "/SchemaGen/schema/4/schema.pbtxt", &schema).ok());
  for (const std::string split : {"train", "eval"}) {
    SCOPED_TRACE(split);
    const auto files = dataset::SplitFiles(root + "/CsvExampleGen/examples/1", split);
    ASSERT_TRUE(files.ok()) << files.status();
    const auto actual = StatisticsOf(*files, {});
    ASSERT_TRUE(actual.ok()) << actual.status();
    v0::DatasetFeatureStatisticsList expected;
    ASSERT_TRUE(
        io::ReadBinaryProto(root + "/StatisticsGen/statistics/3/Split-" + split + "/FeatureStats.pb", &expected).ok());
    EXPECT_EQ(StatisticsDifference(expected, *actual), "");

    if (split == "train") {
      const auto inferred = InferSchema(*actual, {.infer_feature_shape = GetParam().infer_feature_shape});
      ASSERT_TRUE(inferred.ok()) << inferred.status();
      auto in_order = [](v0::Schema wanted) {
        auto by_name = [](const auto& a, const auto& b) { return a.name() < b.name(); };
        std::sort(wanted.mutable_feature()->begin(), wanted.mutable_feature()->end(), by_name);
        std::sort(wanted.mutable_string_domain()->begin(), wanted.mutable_string_domain()->end(), by_name);
        return wanted;
      };
      EXPECT_EQ(Difference(in_order(schema), in_order(*inferred)), "");
    }
    const auto anomalies = ValidateStatistics(*actual, schema);
    ASSERT_TRUE(anomalies.ok()) << anomalies.status();
    v0::Anomalies expected_anomalies;
    ASSERT_TRUE(io::ReadBinaryProto(root + "/ExampleValidator/anomalies/5/Split-" + split + "/SchemaDiff.pb",
                                    &expected_anomalies)
                    .ok());
    EXPECT_EQ(Difference(expected_anomalies, *anomalies), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Runs, RecordedPipeline,
                         testing::Values(PipelineRun{"tfx/taxi_1.16/pipelines/chicago_taxi_native_keras", true}),
                         [](const testing::TestParamInfo<PipelineRun>& info) {
                           return "Run" + std::to_string(info.index);
                         });

TEST(GenerateStatistics, DoesNotDependOnThreads) {
  const std::string root = GoldenDirectory("tfx/taxi_1.16/pipelines/chicago_taxi_native_keras");
  if (root.empty()) GTEST_SKIP() << "no recorded results (TFX_GOLDEN_DIR)";
  const auto files = dataset::SplitFiles(root + "/CsvExampleGen/examples/1", "train");
  ASSERT_TRUE(files.ok());
  const auto one = StatisticsOf(*files, {}, {}, 1);
  const auto four = StatisticsOf(*files, {}, {}, 4);
  ASSERT_TRUE(one.ok() && four.ok());
  EXPECT_EQ(io::SerializeDeterministically(*one), io::SerializeDeterministically(*four));
}

}  // namespace
}  // namespace tfx::tfdv
