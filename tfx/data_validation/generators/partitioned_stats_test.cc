#include "tfx/data_validation/generators/partitioned_stats.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/features/numeric_values.h"
#include "tfx/data_validation/generators/generator_testing.h"
#include "tfx/data_validation/generators/mutual_information.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::testing::HasSubstr;

// The number of rows, under feature "x"; and the mean of its values, where all rows of the part are below 1,000.
class CountsRows final : public PartitionedStatsFn {
 public:
  absl::StatusOr<v0::DatasetFeatureStatistics> Compute(const arrow::RecordBatch& rows) const override {
    v0::DatasetFeatureStatistics stats;
    auto* feature = stats.add_features();
    feature->mutable_path()->add_step("x");
    auto* count = feature->add_custom_stats();
    count->set_name("rows");
    count->set_num(static_cast<double>(rows.num_rows()));
    const auto lists = std::static_pointer_cast<arrow::ListArray>(rows.GetColumnByName("x"));
    double sum = 0;
    for (const double value : ToDoubles(**lists->Flatten())) {
      if (value >= 1000) return stats;
      sum += value;
    }
    auto* mean = feature->add_custom_stats();
    mean->set_name("mean");
    mean->set_num(sum / static_cast<double>(rows.num_rows()));
    return stats;
  }
};

NumberedRows Numbers(int64_t begin, int64_t end) {
  std::vector<int64_t> values(end - begin);
  std::iota(values.begin(), values.end(), begin);
  return MakeRows({{"x", OneInt(values)}}, begin);
}

std::map<std::string, double> StatsOf(NonStreamingCustomStatsGeneratorOptions options,
                                      const std::vector<NumberedRows>& batches) {
  options.stats_fn = std::make_shared<CountsRows>();
  std::map<std::string, double> stats;
  const auto result = ResultOf(MakeNonStreamingCustomStatsGenerator(options), batches);
  for (const auto& feature : result.features()) {
    for (const auto& stat : feature.custom_stats()) stats[stat.name()] = stat.num();
  }
  return stats;
}

TEST(NonStreamingCustomStatsGenerator, GivesEachRowToOnePart) {
  const auto stats = StatsOf({.num_partitions = 4, .max_examples_per_partition = 10000}, {Numbers(0, 900)});

  EXPECT_EQ(stats.at("num_partitions_rows"), 4);
  EXPECT_DOUBLE_EQ(stats.at("mean_rows"), 225) << "together all 900";
  EXPECT_GT(stats.at("min_rows"), 150);
  EXPECT_LT(stats.at("max_rows"), 300);
  EXPECT_NEAR(stats.at("mean_mean"), 449.5, 20) << "the parts are random, not runs of rows";
  EXPECT_GE(stats.at("median_rows"), stats.at("min_rows"));
}

TEST(NonStreamingCustomStatsGenerator, SummarisesThePartsExactly) {
  const auto one = StatsOf({.num_partitions = 1}, {Numbers(0, 101)});
  EXPECT_EQ(one.at("min_mean"), 50);
  EXPECT_EQ(one.at("max_mean"), 50);
  EXPECT_EQ(one.at("median_mean"), 50);
  EXPECT_EQ(one.at("std_dev_mean"), 0);

  const auto two = StatsOf({.num_partitions = 2}, {Numbers(0, 100)});
  EXPECT_DOUBLE_EQ(two.at("median_rows"), 50);
  EXPECT_DOUBLE_EQ(two.at("std_dev_rows"), (two.at("max_rows") - two.at("min_rows")) / 2) << "population";
}

TEST(NonStreamingCustomStatsGenerator, KeepsNoMoreRowsThanItMay) {
  std::vector<NumberedRows> batches;
  for (int i = 0; i < 9; ++i) batches.push_back(Numbers(i * 100, (i + 1) * 100));
  const auto stats = StatsOf({.num_partitions = 2, .max_examples_per_partition = 40}, batches);
  EXPECT_EQ(stats.at("min_rows"), 40);
  EXPECT_EQ(stats.at("max_rows"), 40);
  EXPECT_NEAR(stats.at("mean_mean"), 449.5, 120) << "a sample of all rows, not the first ones";
}

TEST(NonStreamingCustomStatsGenerator, AsksForEnoughPartsWithAStatistic) {
  // One row of 1,000 or more: one of the five parts has no mean.
  const std::vector<NumberedRows> batches = {Numbers(0, 500), Numbers(1000, 1001)};
  EXPECT_EQ(StatsOf({.num_partitions = 5, .min_partitions_stat_presence = 4}, batches).at("num_partitions_mean"), 4);
  const auto strict = StatsOf({.num_partitions = 5, .min_partitions_stat_presence = 5}, batches);
  EXPECT_FALSE(strict.contains("mean_mean"));
  EXPECT_TRUE(strict.contains("mean_rows"));
}

TEST(NonStreamingCustomStatsGenerator, DependsOnTheSeedAndNotOnTheBatches) {
  const auto [head, tail] = GeneratorChecks().split(Numbers(0, 600), 77);
  const NonStreamingCustomStatsGeneratorOptions options{
      .num_partitions = 3, .seed = 5, .max_examples_per_partition = 50};
  EXPECT_EQ(StatsOf(options, {Numbers(0, 600)}), StatsOf(options, {head, tail}));
  NonStreamingCustomStatsGeneratorOptions other = options;
  other.seed = 6;
  EXPECT_NE(StatsOf(options, {Numbers(0, 600)}), StatsOf(other, {Numbers(0, 600)}));
}

TEST(NonStreamingCustomStatsGenerator, TakesBatchesThatLackColumns) {
  const auto null_x = MakeRows({{"x", std::make_shared<arrow::NullArray>(5)}, {"y", OneInt({1, 2, 3, 4, 5})}}, 100);
  const auto no_x = MakeRows({{"y", OneInt({1, 2})}}, 200);
  EXPECT_EQ(StatsOf({}, {null_x, Numbers(0, 10), no_x}).at("max_rows"), 17);

  GeneratorAccumulator accumulator(*MakeNonStreamingCustomStatsGenerator({.stats_fn = std::make_shared<CountsRows>()}));
  ASSERT_TRUE(accumulator.Add(Numbers(0, 10)).ok());
  const absl::Status status = accumulator.Add(MakeRows({{"x", OneString({"a"})}}, 10));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("feature x is list"));
}

TEST(NonStreamingCustomStatsGenerator, WithoutRowsSaysNothing) {
  EXPECT_TRUE(StatsOf({.num_partitions = 3}, {}).empty());
  EXPECT_TRUE(StatsOf({.num_partitions = 3}, {Numbers(0, 0)}).empty());
}

TEST(NonStreamingCustomStatsGenerator, RefusesOptionsOutOfRange) {
  const auto fn = std::make_shared<CountsRows>();
  EXPECT_FALSE(MakeNonStreamingCustomStatsGenerator({}).ok());
  EXPECT_FALSE(MakeNonStreamingCustomStatsGenerator({.stats_fn = fn, .num_partitions = 0}).ok());
  EXPECT_FALSE(MakeNonStreamingCustomStatsGenerator({.stats_fn = fn, .min_partitions_stat_presence = 0}).ok());
  EXPECT_FALSE(MakeNonStreamingCustomStatsGenerator({.stats_fn = fn, .max_examples_per_partition = 0}).ok());
}

TEST(NonStreamingCustomStatsGenerator, IsAnAccumulator) {
  const auto mutual_information = *MakeMutualInformation({.label_feature = {"x"},
                                                          .multivalent_features = {std::set<FeaturePath>()},
                                                          .categorical_features = {std::set<FeaturePath>()},
                                                          .allow_invalid_partitions = true});
  testing::CheckAccumulatorProperties(
      GeneratorAccumulator(*MakeNonStreamingCustomStatsGenerator(
          {.stats_fn = mutual_information, .num_partitions = 2, .max_examples_per_partition = 6})),
      {Numbers(0, 9), Numbers(9, 14), MakeRows({{"x", OneInt({3, 4})}, {"y", OneString({"a", "b"})}}, 14),
       MakeRows({{"y", OneString({"c"})}}, 16)},
      GeneratorChecks());
}

}  // namespace
}  // namespace tfx::tfdv
