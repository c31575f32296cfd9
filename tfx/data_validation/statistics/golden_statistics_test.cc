// Statistics against the recorded results of the Python libraries.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/anomalies/schema_inference.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/data_validation/statistics/statistics.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/testing/golden_files.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using v0::Histogram;

bool NearlyEqual(double a, double b, double total) {
  return a == b || std::fabs(a - b) <= 2e-5 * std::max(std::fabs(a), std::fabs(b)) || std::fabs(a - b) <= 1e-5 * total;
}

// The recorded STANDARD histograms of FLOAT features come from a library version that interpolates them in float32,
// ours in float64. What agrees to 2e-5 is taken as equal.
int AcceptSinglePrecision(const Histogram& expected, Histogram* actual) {
  const int last = actual->buckets_size() - 1;
  if (expected.type() == Histogram::STANDARD && expected.buckets().empty() && last >= 0 &&
      actual->buckets(last).high_value() - actual->buckets(0).low_value() > std::numeric_limits<float>::max()) {
    actual->clear_buckets();  // float32 overflows where float64 does not
    return 1;
  }
  if (expected.type() != Histogram::STANDARD || expected.buckets_size() != actual->buckets_size()) return 0;
  double total = 0, range = 0;
  for (const auto& bucket : expected.buckets()) {
    total += bucket.sample_count();
    if (std::isfinite(bucket.low_value())) range = std::max(range, std::fabs(bucket.low_value()));
    if (std::isfinite(bucket.high_value())) range = std::max(range, std::fabs(bucket.high_value()));
  }
  for (int i = 0; i < expected.buckets_size(); ++i) {
    const auto& a = expected.buckets(i);
    const auto& b = actual->buckets(i);
    if (!NearlyEqual(a.sample_count(), b.sample_count(), total) || !NearlyEqual(a.low_value(), b.low_value(), range) ||
        !NearlyEqual(a.high_value(), b.high_value(), range)) {
      return 0;
    }
  }
  if (Difference(expected, *actual).empty()) return 0;
  *actual->mutable_buckets() = expected.buckets();
  return 1;
}

int AcceptSinglePrecision(const v0::DatasetFeatureStatisticsList& expected, v0::DatasetFeatureStatisticsList* actual) {
  int accepted = 0;
  for (auto& dataset : *actual->mutable_datasets()) {
    for (auto& feature : *dataset.mutable_features()) {
      if (feature.type() != v0::FeatureNameStatistics::FLOAT) continue;
      for (const auto& other : expected.datasets(0).features()) {
        if (Difference(other.path(), feature.path()) != "") continue;
        auto accept = [&](const auto& from, auto* to) {
          for (int i = 0; i < std::min(from.histograms_size(), to->histograms_size()); ++i) {
            accepted += AcceptSinglePrecision(from.histograms(i), to->mutable_histograms(i));
          }
        };
        if (!feature.has_num_stats()) continue;
        accept(other.num_stats(), feature.mutable_num_stats());
        if (!feature.num_stats().has_weighted_numeric_stats()) continue;
        accept(other.num_stats().weighted_numeric_stats(),
               feature.mutable_num_stats()->mutable_weighted_numeric_stats());
      }
    }
  }
  return accepted;
}

// Datasets by name and features by path; their order is free.
std::string StatisticsDifference(v0::DatasetFeatureStatisticsList expected, v0::DatasetFeatureStatisticsList actual,
                                 double fraction = 1e-6) {
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
  return Difference(expected, actual, fraction);
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
  int passed = 0, total = 0, left_out = 0, accepted = 0;
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
    auto options = ParseStatsOptionsJson(*json);
    ASSERT_TRUE(options.ok()) << options.status();
    options->tfdv_compat = true;
    const auto format =
        name.starts_with("sequence_") ? dataset::PayloadFormat::kSequenceExample : dataset::PayloadFormat::kExample;
    auto actual = StatisticsOf({folder + "input.tfrecord.gz"}, *options, {.format = format});
    ASSERT_TRUE(actual.ok()) << actual.status();
    v0::DatasetFeatureStatisticsList expected;
    ASSERT_TRUE(io::ReadTextProto(folder + "stats.pbtxt", &expected).ok());
    accepted += AcceptSinglePrecision(expected, &*actual);
    // There, a small number of missing values is the difference of sums that the library takes in float32.
    const std::string difference = StatisticsDifference(expected, *actual, name == "weight_override" ? 1e-5 : 1e-6);
    EXPECT_EQ(difference.substr(0, 1500), "");
    ++total;
    passed += difference.empty();
  }
  std::cout << passed << " of " << total << " recorded statistics; " << accepted
            << " STANDARD histograms differ by float32 rounding; " << left_out
            << " cases need CSV input, approximate comparison or further generators\n";
  EXPECT_GT(total, 40);
}

// One recorded pipeline run: folders of its nodes' outputs below `root`.
struct PipelineRun {
  std::string root;
  std::string examples, statistics, schema, anomalies;
};

PipelineRun RecordedRun(const std::string& tree) {
  PipelineRun run;
  run.root = GoldenDirectory(tree);
  if (run.root.empty()) return run;
  auto only = [&](const std::string& folder) {
    const std::vector<std::string> executions = Subdirectories(run.root + folder);
    return run.root + folder + "/" + (executions.empty() ? "" : executions.front());
  };
  run.examples = only("/CsvExampleGen/examples");
  run.statistics = only("/StatisticsGen/statistics");
  run.schema = only("/SchemaGen/schema") + "/schema.pbtxt";
  run.anomalies = only("/ExampleValidator/anomalies");
  return run;
}

class RecordedPipeline : public testing::TestWithParam<const char*> {};

TEST_P(RecordedPipeline, StatisticsSchemaAndAnomaliesAreEqual) {
  const PipelineRun run = RecordedRun(GetParam());
  if (run.root.empty()) GTEST_SKIP() << "no recorded results (TFX_GOLDEN_DIR)";
  v0::Schema schema;
  ASSERT_TRUE(io::ReadTextProto(run.schema, &schema).ok());
  std::optional<v0::Schema> inferred;
  for (const std::string split : {"train", "eval"}) {
    SCOPED_TRACE(split);
    const auto files = dataset::SplitFiles(run.examples, split);
    ASSERT_TRUE(files.ok()) << files.status();
    const auto actual = StatisticsOf(*files, {});
    ASSERT_TRUE(actual.ok()) << actual.status();
    v0::DatasetFeatureStatisticsList expected;
    ASSERT_TRUE(io::ReadBinaryProto(run.statistics + "/Split-" + split + "/FeatureStats.pb", &expected).ok());
    EXPECT_EQ(StatisticsDifference(expected, *actual), "");

    // SchemaGen infers from the first split and updates with the others.
    auto next = inferred.has_value() ? UpdateSchema(*inferred, *actual) : InferSchema(*actual);
    ASSERT_TRUE(next.ok()) << next.status();
    inferred = *std::move(next);

    const auto anomalies = ValidateStatistics(*actual, schema);
    ASSERT_TRUE(anomalies.ok()) << anomalies.status();
    v0::Anomalies expected_anomalies;
    ASSERT_TRUE(io::ReadBinaryProto(run.anomalies + "/Split-" + split + "/SchemaDiff.pb", &expected_anomalies).ok());
    EXPECT_EQ(Difference(expected_anomalies, *anomalies), "");
  }
  EXPECT_EQ(Difference(schema, *inferred), "");
}

TEST_P(RecordedPipeline, StatisticsAfterTransformAreEqual) {
  const PipelineRun run = RecordedRun(GetParam());
  if (run.root.empty()) GTEST_SKIP() << "no recorded results (TFX_GOLDEN_DIR)";
  auto only = [&](const std::string& folder) {
    return run.root + "/Transform/" + folder + "/" + Subdirectories(run.root + "/Transform/" + folder).front();
  };
  StatsOptions options;
  auto schema = std::make_shared<v0::Schema>();
  ASSERT_TRUE(io::ReadTextProto(only("post_transform_schema") + "/schema.pbtxt", schema.get()).ok());
  options.schema = schema;
  // Of all splits together.
  std::vector<std::string> all;
  for (const char* split : {"train", "eval"}) {
    const auto files = dataset::SplitFiles(only("transformed_examples"), split);
    ASSERT_TRUE(files.ok()) << files.status();
    all.insert(all.end(), files->begin(), files->end());
  }
  const auto actual = StatisticsOf(all, options);
  ASSERT_TRUE(actual.ok()) << actual.status();
  v0::DatasetFeatureStatisticsList expected;
  ASSERT_TRUE(io::ReadBinaryProto(only("post_transform_stats") + "/FeatureStats.pb", &expected).ok());
  EXPECT_EQ(StatisticsDifference(expected, *actual).substr(0, 3000), "");
}

INSTANTIATE_TEST_SUITE_P(Runs, RecordedPipeline,
                         testing::Values("tfx/taxi_1.16/pipelines/chicago_taxi_native_keras",
                                         "tfx/penguin_1.16/pipelines/penguin_keras"),
                         [](const auto& info) { return info.index == 0 ? "Taxi" : "Penguin"; });

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
