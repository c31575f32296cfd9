#include "tfx/data_validation/generators/weighted_feature_stats.h"

#include <string>
#include <vector>

#include "arrow/json/from_string.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/generators/generator_testing.h"

namespace tfx::tfdv {
namespace {

std::shared_ptr<arrow::Array> Lists(const std::string& json) {
  return arrow::json::ArrayFromJSONString(arrow::list(arrow::float32()), json).ValueOrDie();
}

constexpr char kSchema[] = R"(weighted_feature { name: "wf" feature { step: "v" } weight_feature { step: "w" } })";

std::vector<double> Numbers(const ::tensorflow::metadata::v0::DatasetFeatureStatistics& result) {
  std::vector<double> numbers;
  for (const char* name : {"missing_weight", "missing_value", "min_weight_length_diff", "max_weight_length_diff"}) {
    const auto* statistic = FindCustomStat(result, "wf", name);
    numbers.push_back(statistic == nullptr ? -99 : statistic->num());
  }
  return numbers;
}

TEST(WeightedFeatureStats, CountsMissingPartsAndDifferencesOfLength) {
  const auto rows =
      MakeRows({{"v", Lists("[[1, 2], [1], null, null, []]")}, {"w", Lists("[[1, 2, 3], null, [1, 1], null, []]")}});

  const auto result = ResultOf(MakeWeightedFeatureStatsGenerator(*SchemaFromText(kSchema)), {rows});

  EXPECT_EQ(Numbers(result), (std::vector<double>{1, 1, -1, 2}));
}

TEST(WeightedFeatureStats, NoRowsGiveZeros) {
  EXPECT_EQ(Numbers(ResultOf(MakeWeightedFeatureStatsGenerator(*SchemaFromText(kSchema)), {})),
            (std::vector<double>{0, 0, 0, 0}));
}

TEST(WeightedFeatureStats, FeaturesOfDifferentStructsAreNamed) {
  const auto schema =
      SchemaFromText(R"(weighted_feature { name: "wf" feature { step: "t" step: "v" } weight_feature { step: "w" } })");
  const auto type = arrow::list(arrow::struct_({arrow::field("v", arrow::list(arrow::int64()))}));
  const auto structs =
      arrow::json::ArrayFromJSONString(type, R"([[{"v": [1]}, {"v": [2]}], [{"v": [3]}]])").ValueOrDie();
  GeneratorAccumulator accumulator(MakeWeightedFeatureStatsGenerator(*schema));

  const auto status = accumulator.Add(MakeRows({{"t", structs}, {"w", Lists("[[1], [1]]")}}));

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("weighted feature wf: features w and t.v"), std::string::npos) << status;
}

TEST(WeightedFeatureStats, IsAskedForByTheSchema) {
  EXPECT_EQ(MakeWeightedFeatureStatsGenerator(*SchemaFromText("")), nullptr);
}

TEST(WeightedFeatureStats, KeepsThePromisesOfAccumulators) {
  const std::vector<NumberedRows> batches = {
      MakeRows({{"v", Lists("[[1, 2], null, [5]]")}, {"w", Lists("[[1], [1, 2, 3], null]")}}),
      MakeRows({{"w", Lists("[[1, 2], null]")}}, 3), MakeRows({{"v", Lists("[[1], [1, 2, 3, 4]]")}}, 5)};
  testing::CheckAccumulatorProperties(GeneratorAccumulator(MakeWeightedFeatureStatsGenerator(*SchemaFromText(kSchema))),
                                      batches, GeneratorChecks());
}

}  // namespace
}  // namespace tfx::tfdv
