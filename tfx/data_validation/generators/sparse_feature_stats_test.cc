#include "tfx/data_validation/generators/sparse_feature_stats.h"

#include <string>
#include <vector>

#include "arrow/json/from_string.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/generators/generator_testing.h"

namespace tfx::tfdv {
namespace {

std::shared_ptr<arrow::Array> Lists(const std::string& json) {
  return arrow::json::ArrayFromJSONString(arrow::list(arrow::int64()), json).ValueOrDie();
}

constexpr char kSchema[] = R"(
  sparse_feature { name: "s" value_feature { name: "v" } index_feature { name: "j" } index_feature { name: "i" } })";

// "label: count" of a rank histogram.
std::string Ranks(const ::tensorflow::metadata::v0::CustomStatistic* statistic) {
  std::string text;
  if (statistic == nullptr) return "absent";
  for (const auto& bucket : statistic->rank_histogram().buckets()) {
    text += bucket.label() + ": " + std::to_string(static_cast<int64_t>(bucket.sample_count())) + " ";
  }
  return text;
}

TEST(SparseFeatureStats, CountsMissingPartsAndDifferencesOfLength) {
  const auto rows = MakeRows({{"v", Lists("[[1, 2], null, null, [1], []]")},
                              {"i", Lists("[[1], [1, 2, 3], null, null, []]")},
                              {"j", Lists("[[1, 2, 3, 4], null, null, [5], null]")}});

  const auto result = ResultOf(MakeSparseFeatureStatsGenerator(*SchemaFromText(kSchema)), {rows});

  ASSERT_EQ(result.features_size(), 1);
  EXPECT_EQ(FindCustomStat(result, "s", "missing_value")->num(), 1);
  EXPECT_EQ(Ranks(FindCustomStat(result, "s", "missing_index")), "i: 1 j: 2 ");
  EXPECT_EQ(Ranks(FindCustomStat(result, "s", "max_length_diff")), "i: 3 j: 2 ");
  EXPECT_EQ(Ranks(FindCustomStat(result, "s", "min_length_diff")), "i: -1 j: 0 ");
}

TEST(SparseFeatureStats, PartsThatAreInNoBatchAreMissing) {
  const auto rows = MakeRows({{"v", Lists("[[1, 2], [3], null]")}});

  const auto result = ResultOf(MakeSparseFeatureStatsGenerator(*SchemaFromText(kSchema)), {rows});

  EXPECT_EQ(Ranks(FindCustomStat(result, "s", "missing_index")), "i: 2 j: 2 ");
  EXPECT_EQ(Ranks(FindCustomStat(result, "s", "max_length_diff")), "i: -1 j: -1 ");
}

TEST(SparseFeatureStats, NoRowsGiveZeros) {
  const auto result = ResultOf(MakeSparseFeatureStatsGenerator(*SchemaFromText(kSchema)), {});

  EXPECT_EQ(FindCustomStat(result, "s", "missing_value")->num(), 0);
  EXPECT_EQ(Ranks(FindCustomStat(result, "s", "min_length_diff")), "i: 0 j: 0 ");
}

TEST(SparseFeatureStats, FeaturesInStructsCountStructs) {
  const auto type = arrow::list(
      arrow::struct_({arrow::field("v", arrow::list(arrow::int64())), arrow::field("i", arrow::list(arrow::int64()))}));
  const auto structs = arrow::json::ArrayFromJSONString(
                           type, R"([[{"v": [1], "i": [1, 2]}, {"v": null, "i": [1]}], null, [{"v": [7], "i": null}]])")
                           .ValueOrDie();
  const auto schema = SchemaFromText(R"(
    feature { name: "t" type: STRUCT struct_domain {
      sparse_feature { name: "s" value_feature { name: "v" } index_feature { name: "i" } } } })");

  const auto result = ResultOf(MakeSparseFeatureStatsGenerator(*schema), {MakeRows({{"t", structs}})});

  ASSERT_EQ(result.features_size(), 1);
  EXPECT_EQ(result.features(0).path().step(1), "s");
  EXPECT_EQ(result.features(0).custom_stats(0).num(), 1);
  EXPECT_EQ(Ranks(&result.features(0).custom_stats(1)), "i: 1 ");
}

TEST(SparseFeatureStats, IsAskedForByTheSchema) {
  EXPECT_EQ(MakeSparseFeatureStatsGenerator(*SchemaFromText("feature { name: 'v' type: INT }")), nullptr);
}

TEST(SparseFeatureStats, KeepsThePromisesOfAccumulators) {
  const std::vector<NumberedRows> batches = {
      MakeRows({{"v", Lists("[[1, 2], null, [5]]")}, {"i", Lists("[[1], [1, 2, 3], null]")}}),
      MakeRows({{"j", Lists("[[1, 2], null]")}, {"i", Lists("[[1], [1, 2]]")}}, 3),
      MakeRows({{"v", Lists("[[1], [1, 2, 3, 4]]")}}, 5)};
  testing::CheckAccumulatorProperties(GeneratorAccumulator(MakeSparseFeatureStatsGenerator(*SchemaFromText(kSchema))),
                                      batches, GeneratorChecks());
}

}  // namespace
}  // namespace tfx::tfdv
