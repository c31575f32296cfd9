// Statistics against the recorded results of the Python libraries.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "google/protobuf/struct.pb.h"
#include "gtest/gtest.h"
#include "tensorflow/core/example/example.pb.h"
#include "tfx/data_validation/anomalies/schema_inference.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/data_validation/features/histograms.h"
#include "tfx/data_validation/generators/generator_from_json.h"
#include "tfx/data_validation/statistics/file_statistics.h"
#include "tfx/data_validation/statistics/merge_statistics.h"
#include "tfx/data_validation/statistics/partial_statistics.h"
#include "tfx/data_validation/statistics/statistics.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/testing/golden_files.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using v0::Histogram;

// Datasets by name and features by path; their order is free.
std::string StatisticsDifference(v0::DatasetFeatureStatisticsList expected, v0::DatasetFeatureStatisticsList actual,
                                 double fraction = 1e-6) {
  SortStatistics(&expected);
  SortStatistics(&actual);
  return Difference(expected, actual, fraction);
}

absl::StatusOr<v0::DatasetFeatureStatisticsList> StatisticsOf(const std::vector<std::string>& files,
                                                              const StatsOptions& options,
                                                              const dataset::DecodeOptions& decode = {},
                                                              int threads = 2) {
  return GenerateStatistics(dataset::ReadRecords(files), options, Engine({.num_threads = threads}), decode);
}

google::protobuf::Struct ReadJson(const std::string& file) {
  google::protobuf::Struct json;
  const auto text = io::ReadFile(file);
  EXPECT_TRUE(text.ok()) << text.status();
  EXPECT_TRUE(io::ParseJson(text.value_or("{}"), file, &json).ok());
  return json;
}

// One recorded call: its input, options and result.
struct Case {
  std::string folder;
  InputFiles input;
  StatsOptions options;
  v0::DatasetFeatureStatisticsList expected;
};

void ReadCase(const std::string& folder, Case* read) {
  read->folder = folder;
  const bool is_csv = io::Exists(folder + "input.csv");
  read->input.files = {folder + (is_csv ? "input.csv" : "input.tfrecord.gz")};
  if (io::Basename(folder).starts_with("sequence_")) read->input.payload = dataset::PayloadFormat::kSequenceExample;
  if (io::Exists(folder + "csv.json")) {
    const google::protobuf::Struct csv = ReadJson(folder + "csv.json");
    read->input.csv_delimiter = csv.fields().at("delimiter").string_value()[0];
    for (const auto& name : csv.fields().at("column_names").list_value().values()) {
      read->input.csv_column_names.push_back(name.string_value());
    }
  }

  const auto json = io::ReadFile(folder + "options.json");
  ASSERT_TRUE(json.ok());
  auto options = ParseStatsOptionsJson(*json);
  ASSERT_TRUE(options.ok()) << options.status();
  read->options = *std::move(options);
  read->options.tfdv_compat = true;
  for (auto& [name, path] : read->options.vocab_paths) path = folder + path;
  if (io::Exists(folder + "extra_generators.json")) {
    const google::protobuf::Struct generators = ReadJson(folder + "extra_generators.json");
    for (const auto& [name, arguments] : generators.fields()) {
      auto generator = MakeGeneratorFromJson(name, io::ToTfxJson(arguments.struct_value()), read->options.schema);
      ASSERT_TRUE(generator.ok()) << generator.status();
      read->options.generators.push_back(*std::move(generator));
    }
  }
  ASSERT_TRUE(io::ReadTextProto(folder + "stats.pbtxt", &read->expected).ok());
}

// The numbers of a feature of a TFRecord of Examples, sorted, without NaN.
std::vector<double> SortedNumbers(const std::string& file, const std::string& feature) {
  std::vector<double> numbers;
  auto source = dataset::ReadRecords({file});
  while (true) {
    const auto records = source();
    if (!records.ok() || !records->has_value()) break;
    for (size_t i = 0; i < (*records)->size(); ++i) {
      tensorflow::Example example;
      if (!example.ParseFromString(std::string((**records)[i]))) continue;
      const auto it = example.features().feature().find(feature);
      if (it == example.features().feature().end()) continue;
      for (const float value : it->second.float_list().value()) numbers.push_back(value);
      for (const int64_t value : it->second.int64_list().value()) numbers.push_back(static_cast<double>(value));
    }
  }
  std::erase_if(numbers, [](double value) { return std::isnan(value); });
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// How far the share `rank` lies from the shares of values below and up to `value`.
double RankError(const std::vector<double>& sorted, double value, double rank) {
  const auto [low, high] = std::equal_range(sorted.begin(), sorted.end(), value);
  const double size = static_cast<double>(sorted.size());
  const double below = static_cast<double>(low - sorted.begin()) / size;
  const double up_to = static_cast<double>(high - sorted.begin()) / size;
  return rank < below ? below - rank : rank > up_to ? rank - up_to : 0;
}

// Median and boundaries against the sorted values: no rank is further off than epsilon.
void CheckQuantilesByRank(const Case& recorded, const v0::DatasetFeatureStatisticsList& actual) {
  int checked = 0;
  const double epsilon = recorded.options.epsilon;
  for (const auto& feature : actual.datasets(0).features()) {
    if (!feature.has_num_stats()) continue;
    SCOPED_TRACE(feature.path().step(0));
    const std::vector<double> sorted = SortedNumbers(recorded.input.files[0], feature.path().step(0));
    ASSERT_FALSE(sorted.empty());
    const double size = static_cast<double>(sorted.size());
    EXPECT_LE(RankError(sorted, feature.num_stats().median(), 0.5), epsilon);
    for (const Histogram& histogram : feature.num_stats().histograms()) {
      double count = 0;
      for (int i = 0; i < histogram.buckets_size(); ++i) {
        const auto& bucket = histogram.buckets(i);
        count += bucket.sample_count();
        // Interpolation within fine quantiles adds one of them to the error of STANDARD counts.
        const double fine = 1.0 / (kQuantilesPerBucket * recorded.options.num_quantiles_histogram_buckets);
        const bool is_quantiles = histogram.type() == Histogram::QUANTILES;
        EXPECT_LE(RankError(sorted, bucket.high_value(), count / size), epsilon + (is_quantiles ? 0 : fine)) << i;
        if (is_quantiles) {
          EXPECT_LE(RankError(sorted, bucket.high_value(), (i + 1.0) / histogram.buckets_size()), epsilon) << i;
        }
        ++checked;
      }
      EXPECT_NEAR(count, size, 1e-6 * size);
    }
  }
  EXPECT_GT(checked, 0);
}

void ClearQuantiles(v0::DatasetFeatureStatisticsList* list) {
  for (auto& feature : *list->mutable_datasets(0)->mutable_features()) {
    if (!feature.has_num_stats()) continue;
    feature.mutable_num_stats()->clear_median();
    feature.mutable_num_stats()->clear_histograms();
  }
}

// The sign of a zero says nothing, and differs with the order of the values.
void ClearNegativeZeros(google::protobuf::Message* message) {
  const google::protobuf::Reflection& reflection = *message->GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(*message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      const int size = field->is_repeated() ? reflection.FieldSize(*message, field) : 1;
      for (int i = 0; i < size; ++i) {
        ClearNegativeZeros(field->is_repeated() ? reflection.MutableRepeatedMessage(message, field, i)
                                                : reflection.MutableMessage(message, field));
      }
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE && !field->is_repeated()) {
      if (reflection.GetDouble(*message, field) == 0) reflection.SetDouble(message, field, 0);
    }
  }
}

// The library subtracts sums of products in float32, which leaves parts of 1e-6 where the covariance is 0.
void AcceptRoundedCovariances(const v0::DatasetFeatureStatisticsList& expected,
                              v0::DatasetFeatureStatisticsList* actual) {
  for (auto& cross : *actual->mutable_datasets(0)->mutable_cross_features()) {
    for (const auto& other : expected.datasets(0).cross_features()) {
      const bool same = Difference(other.path_x(), cross.path_x()).empty() &&
                        Difference(other.path_y(), cross.path_y()).empty() && cross.has_num_cross_stats();
      if (!same || std::fabs(other.num_cross_stats().covariance() - cross.num_cross_stats().covariance()) > 2e-6) {
        continue;
      }
      cross.mutable_num_cross_stats()->set_covariance(other.num_cross_stats().covariance());
    }
  }
}

// The recorded calls whose quantiles are approximate: compared by rank below.
bool IsApproximate(const std::string& name) {
  return name == "epsilon_0001" || name == "epsilon_05" || name == "epsilon_default_20k";
}

TEST(GenerateStatistics, EqualsTheRecordedStatistics) {
  const std::string root = GoldenDirectory("tfdv/stats");
  if (root.empty()) GTEST_SKIP() << "no recorded results (TFX_GOLDEN_DIR)";
  int passed = 0, total = 0;
  for (const std::string& name : Subdirectories(root)) {
    SCOPED_TRACE(name);
    Case recorded;
    ASSERT_NO_FATAL_FAILURE(ReadCase(root + "/" + name + "/", &recorded));
    auto actual = GenerateStatisticsFromFiles(recorded.input, recorded.options, Engine({.num_threads = 2}));
    ASSERT_TRUE(actual.ok()) << actual.status();
    ClearNegativeZeros(&recorded.expected);
    ClearNegativeZeros(&*actual);
    AcceptRoundedCovariances(recorded.expected, &*actual);
    if (IsApproximate(name)) {
      CheckQuantilesByRank(recorded, *actual);
      ClearQuantiles(&recorded.expected);
      ClearQuantiles(&*actual);
    }
    // There, a small number of missing values is the difference of sums that the library takes in float32.
    const double fraction = name == "weight_override" ? 1e-5 : 1e-6;
    const std::string difference = StatisticsDifference(recorded.expected, *actual, fraction);
    EXPECT_EQ(difference.substr(0, 1500), "");
    ++total;
    passed += difference.empty();
  }
  std::cout << passed << " of " << total << " recorded statistics are equal\n";
  EXPECT_EQ(total, 99);
}

TEST(GenerateStatistics, RecordedCasesDoNotDependOnShardsThreadsOrPartialResults) {
  const std::string root = GoldenDirectory("tfdv/stats");
  if (root.empty()) GTEST_SKIP() << "no recorded results (TFX_GOLDEN_DIR)";
  for (const std::string& name : Subdirectories(root)) {
    SCOPED_TRACE(name);
    Case recorded;
    ASSERT_NO_FATAL_FAILURE(ReadCase(root + "/" + name + "/", &recorded));
    if (!io::Exists(recorded.folder + "input.tfrecord.gz") || IsApproximate(name)) continue;
    const dataset::DecodeOptions decode{.format = recorded.input.payload};
    auto shards = [&](int64_t size) { return dataset::ReadRecords(recorded.input.files, {.records_per_shard = size}); };
    const auto whole = GenerateStatistics(shards(100000), recorded.options, Engine({.num_threads = 1}), decode);
    const auto one = GenerateStatistics(shards(17), recorded.options, Engine({.num_threads = 1}), decode);
    const auto four = GenerateStatistics(shards(17), recorded.options, Engine({.num_threads = 4}), decode);
    ASSERT_TRUE(whole.ok() && one.ok() && four.ok()) << whole.status() << one.status() << four.status();
    EXPECT_EQ(io::SerializeDeterministically(*one), io::SerializeDeterministically(*four));
    EXPECT_EQ(StatisticsDifference(*whole, *one, 0).substr(0, 1500), "");

    // The same from states of three parts that went through bytes.
    std::vector<std::string> parts;
    auto source = shards(17);
    for (int part = 0; part < 3; ++part) {
      int taken = 0;
      const ShardSource<io::Records> some = [&]() -> absl::StatusOr<std::optional<io::Records>> {
        if (part < 2 && taken++ == 5) return std::nullopt;
        return source();
      };
      const PartialStatisticsOptions place{.first_row = part * 5 * 17};
      auto state = GeneratePartialStatistics(some, recorded.options, Engine({.num_threads = 1}), place, decode);
      ASSERT_TRUE(state.ok()) << state.status();
      parts.push_back(*std::move(state));
    }
    const auto merged = FinishPartialStatistics(parts, recorded.options);
    ASSERT_TRUE(merged.ok()) << merged.status();
    EXPECT_EQ(StatisticsDifference(*whole, *merged, 0).substr(0, 1500), "");
  }
}

TEST(StatsOptionsToJson, GivesBackTheRecordedOptions) {
  const std::string root = GoldenDirectory("tfdv/stats");
  if (root.empty()) GTEST_SKIP() << "no recorded results (TFX_GOLDEN_DIR)";
  // Messages within strings are compared as JSON.
  auto open_strings = [](google::protobuf::Struct json) {
    for (const char* name : {"schema_json", "slicing_config_json"}) {
      const auto it = json.mutable_fields()->find(name);
      if (it == json.mutable_fields()->end()) continue;
      google::protobuf::Struct inner;
      EXPECT_TRUE(io::ParseJson(it->second.string_value(), name, &inner).ok());
      *it->second.mutable_struct_value() = inner;
    }
    return json;
  };
  for (const std::string& name : Subdirectories(root)) {
    SCOPED_TRACE(name);
    const auto recorded = io::ReadFile(root + "/" + name + "/options.json");
    ASSERT_TRUE(recorded.ok());
    const auto options = ParseStatsOptionsJson(*recorded);
    ASSERT_TRUE(options.ok()) << options.status();
    const auto written = StatsOptionsToJson(*options);
    ASSERT_TRUE(written.ok()) << written.status();
    google::protobuf::Struct expected, actual;
    ASSERT_TRUE(io::ParseJson(*recorded, "recorded", &expected).ok());
    ASSERT_TRUE(io::ParseJson(*written, "written", &actual).ok());
    EXPECT_EQ(Difference(open_strings(expected), open_strings(actual)).substr(0, 1000), "");
  }
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
