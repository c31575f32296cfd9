#include "tfx/data_validation/statistics/slicing.h"

#include <map>
#include <string>
#include <vector>

#include "arrow/builder.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/statistics/statistics_testing.h"
#include "tfx/data_validation/statistics/stats_accumulator.h"

namespace tfx::tfdv {
namespace {

using Rows = std::map<std::string, std::vector<int64_t>>;

Rows RowsBySlice(const SliceFunction& slicer, const dataset::RecordBatchPtr& batch) {
  const auto slices = slicer(*batch);
  EXPECT_TRUE(slices.ok()) << slices.status();
  Rows rows;
  if (slices.ok()) {
    for (const SliceRows& slice : *slices) rows[slice.key] = slice.rows;
  }
  return rows;
}

dataset::RecordBatchPtr Pets() {
  return BatchOf({Ints("a", "[[1], [2, 1], [3], [2, 1, 1], [3]]"),
                  Strings("b", R"([["dog"], ["cat"], ["wolf"], ["dog", "wolf"], ["wolf"]])")});
}

TEST(FeatureValueSlicer, EachValueOfAFeatureIsASlice) {
  EXPECT_EQ(RowsBySlice(FeatureValueSlicer({{"a", std::nullopt}}), Pets()),
            (Rows{{"a_1", {0, 1, 3}}, {"a_2", {1, 3}}, {"a_3", {2, 4}}}));
}

TEST(FeatureValueSlicer, FeaturesAreCrossedInTheOrderOfTheirNames) {
  EXPECT_EQ(RowsBySlice(FeatureValueSlicer({{"b", std::nullopt}, {"a", std::nullopt}}), Pets()),
            (Rows{{"a_1_b_cat", {1}},
                  {"a_1_b_dog", {0, 3}},
                  {"a_1_b_wolf", {3}},
                  {"a_2_b_cat", {1}},
                  {"a_2_b_dog", {3}},
                  {"a_2_b_wolf", {3}},
                  {"a_3_b_wolf", {2, 4}}}));
}

TEST(FeatureValueSlicer, GivenValuesAloneMakeSlices) {
  EXPECT_EQ(RowsBySlice(FeatureValueSlicer({{"a", {{"2", "7"}}}}), Pets()), (Rows{{"a_2", {1, 3}}}));
  EXPECT_EQ(RowsBySlice(FeatureValueSlicer({{"b", {{"cat"}}}}), Pets()), (Rows{{"b_cat", {1}}}));
  EXPECT_EQ(RowsBySlice(FeatureValueSlicer({{"a", {{"+2"}}}}), Pets()), (Rows{{"a_2", {1, 3}}}));
}

TEST(FeatureValueSlicer, RowsWithoutAFeatureAreInNoSlice) {
  const auto batch = BatchOf({Ints("a", "[[1], null, [], [1]]"), Ints("b", "[[5], [5], [5], null]")});

  EXPECT_EQ(RowsBySlice(FeatureValueSlicer({{"a", std::nullopt}, {"b", std::nullopt}}), batch),
            (Rows{{"a_1_b_5", {0}}}));
  EXPECT_EQ(RowsBySlice(FeatureValueSlicer({{"a", std::nullopt}, {"missing", std::nullopt}}), batch), Rows());
  EXPECT_EQ(RowsBySlice(FeatureValueSlicer({}), batch), Rows());
}

TEST(FeatureValueSlicer, FloatsMatchByValueAndAreNamedAsPythonPrintsThem) {
  const auto batch = BatchOf({Floats("x", "[[1.5], [2], [0.1]]")});

  EXPECT_EQ(RowsBySlice(FeatureValueSlicer({{"x", {{"1.50", "2"}}}}), batch), (Rows{{"x_1.5", {0}}, {"x_2.0", {1}}}));
  EXPECT_EQ(RowsBySlice(FeatureValueSlicer({{"x", {{"0.1"}}}}), batch), (Rows{{"x_0.10000000149011612", {2}}}));
}

TEST(FeatureValueSlicer, NestedListsCountTheirInnermostValues) {
  const auto batch = BatchOf({{"n", arrow::list(arrow::list(arrow::int64())), "[[[1], [2, 1]], [null, [3]], null]"}});

  EXPECT_EQ(RowsBySlice(FeatureValueSlicer({{"n", std::nullopt}}), batch),
            (Rows{{"n_1", {0}}, {"n_2", {0}}, {"n_3", {1}}}));
}

TEST(FeatureValueSlicer, WrongInputIsNamed) {
  const auto error = [](const FeatureValues& features, const dataset::RecordBatchPtr& batch) {
    return FeatureValueSlicer(features)(*batch).status().ToString();
  };
  const auto not_integer = error({{"a", {{"2.5"}}}}, Pets());
  EXPECT_NE(not_integer.find("INVALID_ARGUMENT: feature a"), std::string::npos) << not_integer;
  EXPECT_NE(not_integer.find("\"2.5\", is not an integer"), std::string::npos) << not_integer;

  const auto values = std::make_shared<arrow::BinaryBuilder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), values);
  ASSERT_TRUE(lists.Append().ok() && values->Append("\xff").ok());
  const auto column = lists.Finish().ValueOrDie();
  const auto bytes = arrow::RecordBatch::Make(arrow::schema({arrow::field("s", column->type())}), 1, {column});
  EXPECT_NE(error({{"s", std::nullopt}}, bytes).find("not UTF-8"), std::string::npos);

  const auto structs = BatchOf({{"t", arrow::list(arrow::struct_({arrow::field("u", arrow::int64())})), "[[[1]]]"}});
  EXPECT_NE(error({{"t", std::nullopt}}, structs).find("is a struct"), std::string::npos);
}

TEST(FeatureValueSlicer, ARowInTooManySlicesIsRefused) {
  std::string numbers = "[[0";
  for (int i = 1; i < 400; ++i) numbers += ", " + std::to_string(i);
  numbers += "]]";
  const auto batch = BatchOf({Ints("a", numbers), Ints("b", numbers)});

  EXPECT_EQ(RowsBySlice(FeatureValueSlicer({{"a", std::nullopt}}), batch).size(), 400u);
  EXPECT_EQ(FeatureValueSlicer({{"a", std::nullopt}, {"b", std::nullopt}})(*batch).status().code(),
            absl::StatusCode::kInvalidArgument);
}

Rows RowsByQuery(const std::string& query, const dataset::RecordBatchPtr& batch) {
  const auto slicer = SqlSlicer(query);
  EXPECT_TRUE(slicer.ok()) << slicer.status();
  return slicer.ok() ? RowsBySlice(*slicer, batch) : Rows();
}

TEST(SqlSlicer, SelectsTheCrossOfTheFeatures) {
  EXPECT_EQ(RowsByQuery("SELECT STRUCT(a, b) FROM example.a, example.b", Pets()),
            RowsBySlice(FeatureValueSlicer({{"a", std::nullopt}, {"b", std::nullopt}}), Pets()));
}

TEST(SqlSlicer, ConditionsAndExpressionsName) {
  EXPECT_EQ(RowsByQuery("SELECT STRUCT(IF(a > 1, 'many', 'one') AS size) FROM example.a WHERE a < 3", Pets()),
            (Rows{{"size_many", {1, 3}}, {"size_one", {0, 1, 3}}}));
  EXPECT_EQ(RowsByQuery("SELECT STRUCT(b AS pet) FROM example.b WHERE b IN ('dog', 'cat')", Pets()),
            (Rows{{"pet_cat", {1}}, {"pet_dog", {0, 3}}}));
}

TEST(SqlSlicer, NestedFeaturesAreReachedByPath) {
  const auto batch = BatchOf({{"t", arrow::list(arrow::struct_({arrow::field("u", arrow::list(arrow::int64()))})),
                               "[[{\"u\": [1, 2]}, {\"u\": [3]}], [{\"u\": null}], null]"}});

  EXPECT_EQ(RowsByQuery("SELECT STRUCT(u) FROM example.t.u", batch), (Rows{{"u_1", {0}}, {"u_2", {0}}, {"u_3", {0}}}));
}

TEST(SqlSlicer, RowsThatCannotBeEvaluatedGoToTheInvalidSlice) {
  // A type that does not fit, for all rows; a division by zero, for the rows that divide.
  EXPECT_EQ(RowsByQuery("SELECT STRUCT(b + 1 AS c) FROM example.b", Pets()), (Rows{{kInvalidSlice, {0, 1, 2, 3, 4}}}));
  EXPECT_EQ(RowsByQuery("SELECT STRUCT(MOD(6, a - 3) AS m) FROM example.a", Pets()),
            (Rows{{kInvalidSlice, {2, 4}}, {"m_0", {0, 1, 3}}}));
}

TEST(SqlSlicer, MissingFeaturesGiveNoSlice) {
  EXPECT_EQ(RowsByQuery("SELECT STRUCT(z) FROM example.z", Pets()), Rows());
}

TEST(SqlSlicer, RefusesWhatIsNoQueryAndUnknownNames) {
  for (const char* query : {"", "SELECT", "SELECT a FROM example.a", "SELECT STRUCT(a) FROM example.a WHERE",
                            "SELECT STRUCT(unknown) FROM example.a"}) {
    EXPECT_EQ(SqlSlicer(query).status().code(), absl::StatusCode::kInvalidArgument) << query;
  }
}

std::vector<std::string> Names(const absl::StatusOr<DatasetFeatureStatisticsList>& statistics) {
  std::vector<std::string> names;
  if (statistics.ok()) {
    for (const auto& dataset : statistics->datasets()) names.push_back(dataset.name());
  } else {
    names.push_back(statistics.status().ToString());
  }
  return names;
}

TEST(SliceFunctionsOf, ReadsTheSpecsOfASlicingConfig) {
  StatsOptions options;
  options.slicing_config = {{{.feature_keys = {"a"}},
                             {.feature_keys = {"a"}, .feature_values = {{"b", "cat"}}},
                             {},
                             {.slice_keys_sql = "SELECT STRUCT(b) FROM example.b WHERE b != 'dog'"}}};

  EXPECT_EQ(Names(StatisticsOf({Pets()}, options)), (std::vector<std::string>{"All Examples", "a_1", "a_1_b_cat", "a_2",
                                                                              "a_2_b_cat", "a_3", "b_cat", "b_wolf"}));

  options.tfdv_compat = true;
  EXPECT_EQ(Names(StatisticsOf({Pets()}, options)),
            (std::vector<std::string>{"All Examples", "a_1", "a_2", "a_3", "b_cat", "b_wolf"}));
}

TEST(SliceFunctionsOf, ErrorsNameTheSpec) {
  StatsOptions options;
  options.slicing_config = {{{.feature_keys = {"a"}}, {.slice_keys_sql = "SELECT"}}};

  const auto status = StatisticsOf({Pets()}, options).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("slicing_specs[1].slice_keys_sql"), std::string::npos) << status;
}

TEST(GenerateStatistics, SlicesOfBothKindsOfOptionsAreRefused) {
  StatsOptions options;
  options.slicing_config.emplace();
  options.experimental_slice_functions.push_back(FeatureValueSlicer({{"a", std::nullopt}}));

  EXPECT_EQ(StatisticsOf({Pets()}, options).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(GenerateStatistics, SliceFunctionsThatGoWrongAreRefused) {
  for (const SliceRows& bad : {SliceRows{"k", {5}}, SliceRows{"k", {-1}}, SliceRows{"", {0}}}) {
    StatsOptions options;
    options.experimental_slice_functions.push_back(
        [bad](const arrow::RecordBatch&) -> absl::StatusOr<std::vector<SliceRows>> {
          return std::vector<SliceRows>{bad};
        });
    EXPECT_EQ(StatisticsOf({Pets()}, options).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(GenerateStatistics, ARowCountsOnceInASliceThatTwoFunctionsName) {
  StatsOptions options;
  options.experimental_slice_functions = {FeatureValueSlicer({{"a", std::nullopt}}),
                                          FeatureValueSlicer({{"a", {{"3"}}}})};

  const auto statistics = StatisticsOf({Pets(), Pets()}, options);

  ASSERT_TRUE(statistics.ok()) << statistics.status();
  EXPECT_EQ(statistics->datasets(3).name(), "a_3");
  EXPECT_EQ(statistics->datasets(3).num_examples(), 4u);
}

TEST(GenerateStatistics, ASliceHasTheStatisticsOfItsRows) {
  StatsOptions options;
  options.experimental_slice_functions = {FeatureValueSlicer({{"b", {{"wolf"}}}})};

  const auto sliced = StatisticsOf({Pets()}, options);
  const auto alone = StatisticsOf(
      {BatchOf({Ints("a", "[[3], [2, 1, 1], [3]]"), Strings("b", R"([["wolf"], ["dog", "wolf"], ["wolf"]])")})});

  ASSERT_TRUE(sliced.ok() && alone.ok());
  ASSERT_EQ(sliced->datasets_size(), 2);
  auto slice = sliced->datasets(1);
  EXPECT_EQ(slice.name(), "b_wolf");
  slice.clear_name();
  EXPECT_EQ(slice.SerializeAsString(), alone->datasets(0).SerializeAsString());
}

}  // namespace
}  // namespace tfx::tfdv
