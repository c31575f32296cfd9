#include "tfx/data_validation/statistics/dataset_stats.h"

#include <limits>
#include <string>
#include <vector>

#include "arrow/api.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/anomalies/schema_inference.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/data_validation/features/custom_statistics.h"
#include "tfx/data_validation/statistics/statistics.h"
#include "tfx/io/text_proto.h"
#include "tfx/testing/accumulator_properties.h"
#include "tfx/testing/golden_files.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

// One column of lists; a row without a value is null.
template <class ListBuilderValue, class Value>
std::shared_ptr<arrow::Array> Lists(const std::vector<std::vector<Value>>& rows) {
  auto values = std::make_shared<ListBuilderValue>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), values);
  for (const auto& row : rows) {
    EXPECT_TRUE((row.empty() ? lists.AppendNull() : lists.Append()).ok());
    for (const Value& value : row) EXPECT_TRUE(values->Append(value).ok());
  }
  return lists.Finish().ValueOrDie();
}

dataset::RecordBatchPtr Batch(const std::string& name, std::shared_ptr<arrow::Array> column) {
  return arrow::RecordBatch::Make(arrow::schema({arrow::field(name, column->type())}), column->length(), {column});
}

absl::StatusOr<v0::DatasetFeatureStatisticsList> StatisticsOf(std::vector<dataset::RecordBatchPtr> batches,
                                                              const StatsOptions& options = {}) {
  size_t next = 0;
  const ShardSource<dataset::RecordBatchPtr> source = [&]() -> absl::StatusOr<std::optional<dataset::RecordBatchPtr>> {
    if (next == batches.size()) return std::nullopt;
    return batches[next++];
  };
  return GenerateStatistics(source, options, Engine({.num_threads = 2}));
}

TEST(GenerateStatistics, NoExamplesGiveOneEmptyDatasetAndMissingData) {
  const auto stats = StatisticsOf({});

  ASSERT_TRUE(stats.ok());
  ASSERT_EQ(stats->datasets_size(), 1);
  EXPECT_EQ(stats->datasets(0).num_examples(), 0u);
  EXPECT_TRUE(ValidateStatistics(*stats, {})->data_missing());
}

TEST(GenerateStatistics, ColumnOfNullsIsAMissingString) {
  const auto stats = StatisticsOf({Batch("x", std::make_shared<arrow::NullArray>(7))});

  ASSERT_TRUE(stats.ok()) << stats.status();
  const auto& feature = stats->datasets(0).features(0);
  EXPECT_EQ(feature.type(), v0::FeatureNameStatistics::STRING);
  EXPECT_EQ(feature.string_stats().common_stats().num_missing(), 7u);
}

TEST(GenerateStatistics, OnlyNanGivesHistogramsWithoutBuckets) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto stats = StatisticsOf({Batch("x", Lists<arrow::FloatBuilder, float>({{nan}, {nan, nan}}))});

  ASSERT_TRUE(stats.ok());
  const auto& numbers = stats->datasets(0).features(0).num_stats();
  ASSERT_EQ(numbers.histograms_size(), 2);
  EXPECT_EQ(numbers.histograms(0).num_nan(), 3u);
  EXPECT_EQ(numbers.histograms(0).buckets_size(), 0);
}

TEST(GenerateStatistics, InvalidUtf8IsCountedAndMasked) {
  const auto stats =
      StatisticsOf({Batch("x", Lists<arrow::BinaryBuilder, std::string>({{"\xff\xfe"}, {"ok"}, {"ok"}}))});

  ASSERT_TRUE(stats.ok());
  const auto& text = stats->datasets(0).features(0).string_stats();
  EXPECT_EQ(text.invalid_utf8_count(), 1u);
  EXPECT_EQ(text.top_values(1).value(), "__BYTES_VALUE__");
  EXPECT_FALSE(InferSchema(*stats)->feature(0).has_domain());
}

TEST(GenerateStatistics, ListOfAMillionValues) {
  const auto stats =
      StatisticsOf({Batch("x", Lists<arrow::Int64Builder, int64_t>({std::vector<int64_t>(1000000, 3)}))});

  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->datasets(0).features(0).num_stats().common_stats().max_num_values(), 1000000u);
  EXPECT_EQ(stats->datasets(0).features(0).num_stats().median(), 3);
}

TEST(GenerateStatistics, TwoKindsOfOneFeatureAreCountedAndTheMoreFrequentOneIsDescribed) {
  const auto stats = StatisticsOf({Batch("fare", Lists<arrow::Int64Builder, int64_t>({{1}, {}})),
                                   Batch("fare", Lists<arrow::BinaryBuilder, std::string>({{"a"}, {"b", "c"}}))});

  ASSERT_TRUE(stats.ok()) << stats.status();
  const auto& feature = stats->datasets(0).features(0);
  EXPECT_EQ(feature.type(), v0::FeatureNameStatistics::STRING);
  EXPECT_EQ(feature.string_stats().unique(), 3u);
  EXPECT_EQ(feature.string_stats().common_stats().num_non_missing(), 3u);
  EXPECT_EQ(feature.string_stats().common_stats().num_missing(), 1u);
  ASSERT_EQ(feature.custom_stats_size(), 1);
  EXPECT_EQ(feature.custom_stats(0).name(), kMixedTypes);
  const auto& kinds = feature.custom_stats(0).rank_histogram();
  ASSERT_EQ(kinds.buckets_size(), 2);
  EXPECT_EQ(kinds.buckets(0).label(), "STRING");
  EXPECT_EQ(kinds.buckets(0).sample_count(), 2);
  EXPECT_EQ(kinds.buckets(1).label(), "INT");
  EXPECT_EQ(kinds.buckets(1).sample_count(), 1);
}

TEST(GenerateStatistics, WeightFeatureMustHaveOneNumberEach) {
  StatsOptions options;
  options.weight_feature = "w";
  EXPECT_FALSE(StatisticsOf({Batch("w", Lists<arrow::FloatBuilder, float>({{1}, {1, 2}}))}, options).ok());
  EXPECT_FALSE(StatisticsOf({Batch("x", Lists<arrow::FloatBuilder, float>({{1}}))}, options).ok());
  EXPECT_FALSE(StatisticsOf({Batch("w", Lists<arrow::BinaryBuilder, std::string>({{"1"}}))}, options).ok());
}

TEST(GenerateStatistics, TooManyDistinctValuesFallBackToSketchesAndSaySo) {
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < 40000; ++i) rows.push_back({i % 2 == 0 ? "common" : "v" + std::to_string(i)});
  StatsOptions options;
  options.max_exact_counts_bytes = 10000;

  const auto stats = StatisticsOf({Batch("x", Lists<arrow::BinaryBuilder, std::string>(rows))}, options);

  ASSERT_TRUE(stats.ok());
  const auto& feature = stats->datasets(0).features(0);
  EXPECT_EQ(feature.string_stats().top_values(0).value(), "common");
  EXPECT_NEAR(feature.string_stats().unique(), 20001.0, 20001 * 0.05);
  ASSERT_EQ(feature.custom_stats_size(), 1);
  EXPECT_EQ(feature.custom_stats(0).name(), "top_values_max_error");
}

TEST(DatasetStatsAccumulator, KeepsThePromisesOfAccumulators) {
  std::vector<dataset::RecordBatchPtr> batches = {
      Batch("x", Lists<arrow::BinaryBuilder, std::string>({{"a"}, {}, {"b", "c"}, {"a"}})),
      Batch("y", Lists<arrow::FloatBuilder, float>({{1.5f}, {-2.0f}, {}, {0.0f, 7.0f}})),
      Batch("x", std::make_shared<arrow::NullArray>(3)),
      Batch("x", Lists<arrow::BinaryBuilder, std::string>({{"d", "a"}, {"c"}}))};
  testing::AccumulatorChecks<DatasetStatsAccumulator, dataset::RecordBatchPtr> checks;
  checks.num_rows = [](const dataset::RecordBatchPtr& batch) { return static_cast<size_t>(batch->num_rows()); };
  checks.split = [](const dataset::RecordBatchPtr& batch, size_t row) {
    return std::pair(batch->Slice(0, static_cast<int64_t>(row)), batch->Slice(static_cast<int64_t>(row)));
  };
  checks.same = [](const DatasetStatsAccumulator& a, const DatasetStatsAccumulator& b) {
    const std::string difference = Difference(*a.ToProto(), *b.ToProto());
    return difference.empty() ? ::testing::AssertionSuccess() : ::testing::AssertionFailure() << difference;
  };
  testing::CheckAccumulatorProperties(DatasetStatsAccumulator(*MakeStatsPlan({})), batches, checks);
}

TEST(DatasetStatsAccumulator, StateSurvivesSerializationAndDamageIsFound) {
  const DatasetStatsAccumulator empty(*MakeStatsPlan({}));
  DatasetStatsAccumulator filled = empty, restored = empty;
  ASSERT_TRUE(filled.Add(Batch("x", Lists<arrow::BinaryBuilder, std::string>({{"a"}, {}, {"b", "c"}}))).ok());
  ASSERT_TRUE(filled.Add(Batch("y", Lists<arrow::FloatBuilder, float>({{1.5f}, {-2.0f}}))).ok());
  const std::string state = filled.Serialize();

  ASSERT_TRUE(restored.ParseFrom(state).ok());

  EXPECT_EQ(restored.ToProto()->SerializeAsString(), filled.ToProto()->SerializeAsString());
  for (size_t size = 0; size < state.size(); size += 41) {
    EXPECT_FALSE(DatasetStatsAccumulator(empty).ParseFrom(state.substr(0, size)).ok()) << size;
  }
}

}  // namespace
}  // namespace tfx::tfdv
