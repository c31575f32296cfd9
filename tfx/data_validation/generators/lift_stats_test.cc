#include "tfx/data_validation/generators/lift_stats.h"

#include <algorithm>
#include <random>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/generators/generator_testing.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::testing::HasSubstr;

const v0::LiftStatistics& LiftOf(const v0::DatasetFeatureStatistics& result, int i = 0) {
  return result.cross_features(i).categorical_cross_stats().lift();
}

// "y:x=lift" for each pair, in the order of the result.
std::vector<std::string> Shown(const v0::LiftStatistics& lift) {
  std::vector<std::string> shown;
  for (const auto& series : lift.lift_series()) {
    for (const auto& value : series.lift_values()) {
      char number[32];
      std::snprintf(number, sizeof(number), "%.3f", value.lift());
      const std::string y = series.has_y_int() ? std::to_string(series.y_int()) : series.y_string();
      shown.push_back(y + ":" + (value.has_x_int() ? std::to_string(value.x_int()) : value.x_string()) + "=" + number);
    }
  }
  return shown;
}

using Texts = std::vector<std::string>;

TEST(LiftStatsGenerator, ComparesSharesOfTheLabel) {
  // 4 examples, y = 1 in two of them; x = a in three.
  const NumberedRows rows = MakeRows({{"x", OneString({"a", "a", "a", "b"})}, {"y", OneInt({1, 1, 0, 0})}});
  const auto result = ResultOf(MakeLiftStatsGenerator({.y_path = {"y"}, .x_paths = {{{"x"}}}}), {rows});

  ASSERT_EQ(result.cross_features_size(), 1);
  EXPECT_EQ(result.cross_features(0).path_x().step(0), "x");
  EXPECT_EQ(result.cross_features(0).path_y().step(0), "y");
  EXPECT_EQ(Shown(LiftOf(result)), (Texts{"0:b=2.000", "0:a=0.667", "1:a=1.333", "1:b=0.000"}));
  const auto& never = LiftOf(result).lift_series(1).lift_values(1);
  EXPECT_EQ(never.x_count(), 1u);
  EXPECT_TRUE(never.has_x_and_y_count()) << "0, and there";
  EXPECT_EQ(result.features_size(), 0) << "custom statistics only when asked for";
}

// The slow and obvious way: sets of values per example, counted pair by pair.
TEST(LiftStatsGenerator, EqualsCountingEveryPair) {
  std::mt19937 random(11);
  const int n = 200;
  std::vector<std::set<int>> xs(n), ys(n);
  std::string x_json = "[", y_json = "[";
  const auto add = [&](std::set<int>* values, int limit, std::string* json, int row) {
    *json += row == 0 ? "[" : ", [";
    for (int i = static_cast<int>(random() % 4), first = 1; i > 0; --i, first = 0) {
      const int value = static_cast<int>(random() % limit);
      values->insert(value);
      *json += (first ? "" : ", ") + std::to_string(value);
    }
    *json += "]";
  };
  for (int row = 0; row < n; ++row) {
    add(&xs[row], 6, &x_json, row);
    add(&ys[row], 3, &y_json, row);
  }
  const auto result = ResultOf(MakeLiftStatsGenerator({.y_path = {"y"}, .x_paths = {{{"x"}}}}),
                               {MakeRows({{"x", Ints(x_json + "]")}, {"y", Ints(y_json + "]")}})});

  const auto count = [&](auto holds) {
    int examples = 0;
    for (int row = 0; row < n; ++row) examples += holds(row);
    return static_cast<double>(examples);
  };
  ASSERT_EQ(LiftOf(result).lift_series_size(), 3);
  for (const auto& series : LiftOf(result).lift_series()) {
    const int y = series.y_int();
    const double y_count = count([&](int row) { return ys[row].contains(y); });
    EXPECT_EQ(series.y_count(), y_count);
    ASSERT_EQ(series.lift_values_size(), 6);
    for (int i = 0; i < 6; ++i) {
      const auto& value = series.lift_values(i);
      const double x_count = count([&](int row) { return xs[row].contains(value.x_int()); });
      const double both = count([&](int row) { return xs[row].contains(value.x_int()) && ys[row].contains(y); });
      EXPECT_EQ(value.x_count(), x_count);
      EXPECT_EQ(value.x_and_y_count(), both);
      EXPECT_DOUBLE_EQ(value.lift(), both / x_count / (y_count / n));
      EXPECT_GE(series.lift_values(std::max(i - 1, 0)).lift(), value.lift());
    }
  }
}

TEST(LiftStatsGenerator, PutsNumericLabelsIntoBins) {
  const double inf = std::numeric_limits<double>::infinity();
  const NumberedRows rows =
      MakeRows({{"x", OneInt({1, 1, 1, 1, 1, 1})}, {"y", OneFloat({-inf, 0.9, 1, 2.5, inf, std::nan("")})}});
  const auto result =
      ResultOf(MakeLiftStatsGenerator(
                   {.y_path = {"y"}, .x_paths = {{{"x"}}}, .y_boundaries = {2.5, 1, 1}, .output_custom_stats = true}),
               {rows});

  ASSERT_EQ(LiftOf(result).lift_series_size(), 3);
  EXPECT_EQ(LiftOf(result).lift_series(0).y_bucket().low_value(), -inf);
  EXPECT_EQ(LiftOf(result).lift_series(0).y_bucket().high_value(), 1);
  EXPECT_EQ(LiftOf(result).lift_series(0).y_count(), 2u);
  EXPECT_EQ(LiftOf(result).lift_series(1).y_count(), 1u) << "the lower bound is within";
  EXPECT_EQ(LiftOf(result).lift_series(2).y_count(), 2u);
  ASSERT_EQ(result.features(0).custom_stats_size(), 3);
  EXPECT_EQ(result.features(0).custom_stats(0).name(), "Lift (Y=[-inf,1.0))");
  EXPECT_EQ(result.features(0).custom_stats(1).name(), "Lift (Y=[1.0,2.5))");
  EXPECT_EQ(result.features(0).custom_stats(2).name(), "Lift (Y=[2.5,inf])");
  EXPECT_EQ(result.features(0).custom_stats(2).rank_histogram().buckets(0).label(), "1");
}

TEST(LiftStatsGenerator, KeepsTheGreatestAndTheLeast) {
  // Lift with y = 1: a 2, b 1.5, c 1, d 0.5 (of 4 examples each), e 0.
  std::vector<std::string> xs;
  std::vector<int64_t> ys;
  for (int x = 0; x < 5; ++x) {
    for (int i = 0; i < 4; ++i) {
      xs.push_back(std::string(1, static_cast<char>('a' + x)));
      ys.push_back(i < 4 - x ? 1 : 0);
    }
  }
  const NumberedRows rows = MakeRows({{"x", OneString(xs)}, {"y", OneInt(ys)}});
  const auto shown = [&](int64_t top, int64_t bottom) {
    const auto result = ResultOf(
        MakeLiftStatsGenerator({.y_path = {"y"}, .x_paths = {{{"x"}}}, .top_k_per_y = top, .bottom_k_per_y = bottom}),
        {rows});
    std::vector<std::string> values;
    for (const auto& value : LiftOf(result).lift_series(1).lift_values()) values.push_back(value.x_string());
    return values;
  };
  EXPECT_EQ(shown(0, 0), (Texts{"a", "b", "c", "d", "e"}));
  EXPECT_EQ(shown(2, 0), (Texts{"a", "b"}));
  EXPECT_EQ(shown(0, 1), (Texts{"e"}));
  EXPECT_EQ(shown(1, 2), (Texts{"a", "d", "e"}));
  EXPECT_EQ(shown(4, 4), (Texts{"a", "b", "c", "d", "e"})) << "each once";
}

TEST(LiftStatsGenerator, LeavesOutRareValues) {
  const NumberedRows rows = MakeRows({{"x", OneString({"a", "a", "b"})}, {"y", OneInt({1, 0, 1})}});
  const auto values = [&](int64_t min_x_count) {
    const auto result =
        ResultOf(MakeLiftStatsGenerator({.y_path = {"y"}, .x_paths = {{{"x"}}}, .min_x_count = min_x_count}), {rows});
    return result.cross_features_size() == 0 ? 0 : LiftOf(result).lift_series(0).lift_values_size();
  };
  EXPECT_EQ(values(0), 2);
  EXPECT_EQ(values(1), 1) << "more than this";
  EXPECT_EQ(values(2), 0) << "nothing is left to say";
}

TEST(LiftStatsGenerator, WeighsExamples) {
  const NumberedRows rows =
      MakeRows({{"x", OneString({"a", "a", "b"})}, {"y", OneInt({1, 0, 1})}, {"w", OneFloat({2, 1, 0.5})}});
  const auto result =
      ResultOf(MakeLiftStatsGenerator({.y_path = {"y"}, .x_paths = {{{"x"}}}, .weight_feature = "w"}), {rows});

  ASSERT_EQ(LiftOf(result).lift_series_size(), 4) << "without weights, then with";
  EXPECT_EQ(LiftOf(result).lift_series(1).y_count(), 2u);
  const auto& series = LiftOf(result).lift_series(3);
  EXPECT_EQ(series.weighted_y_count(), 2.5);
  EXPECT_EQ(series.lift_values(0).x_string(), "b");
  EXPECT_DOUBLE_EQ(series.lift_values(0).lift(), 1 / (2.5 / 3));
  EXPECT_EQ(series.lift_values(1).weighted_x_count(), 3);
  EXPECT_EQ(series.lift_values(1).weighted_x_and_y_count(), 2);
  EXPECT_FALSE(ResultOf(MakeLiftStatsGenerator(
                            {.y_path = {"y"}, .x_paths = {{{"x"}}}, .per_feature_weight_override = {{"x", "w"}}}),
                        {rows})
                   .cross_features()
                   .empty());
}

TEST(LiftStatsGenerator, ShowsValuesThatTheMessageHasNoFieldFor) {
  const NumberedRows rows = MakeRows({{"x", OneInt({3000000000, 7})},
                                      {"z", OneString({"\xff", "ok"})},
                                      {"f", OneFloat({1.5, 2})},
                                      {"y", OneInt({-3000000000, 1})}});
  const auto result = ResultOf(MakeLiftStatsGenerator({.y_path = {"y"}, .x_paths = {{{"x"}, {"z"}, {"f"}}}}), {rows});

  ASSERT_EQ(result.cross_features_size(), 3);
  EXPECT_EQ(LiftOf(result, 0).lift_series(0).y_string(), "-3000000000");
  EXPECT_EQ(LiftOf(result, 0).lift_series(0).lift_values(0).x_string(), "3000000000");
  EXPECT_EQ(LiftOf(result, 1).lift_series(0).lift_values(0).x_string(), "__BYTES_VALUE__");
  EXPECT_EQ(LiftOf(result, 2).lift_series(0).lift_values(0).x_string(), "1.5");
}

TEST(LiftStatsGenerator, FindsFeaturesWithinStructs) {
  const auto structs = *arrow::StructArray::Make({Strings(R"([["a", "b"], ["a"]])")}, Texts{"x"});
  const NumberedRows rows = MakeRows({{"s", structs}, {"y", OneInt({1, 0})}});
  const auto result = ResultOf(MakeLiftStatsGenerator({.y_path = {"y"}, .x_paths = {{{"s", "x"}}}}), {rows});
  EXPECT_EQ(Shown(LiftOf(result)), (Texts{"0:a=1.000", "0:b=0.000", "1:b=2.000", "1:a=1.000"}));
}

TEST(LiftStatsGenerator, TakesCategoricalFeaturesFromTheSchema) {
  const auto schema = SchemaFromText(R"(
      feature { name: "y" type: INT bool_domain {} }
      feature { name: "number" type: INT }
      feature { name: "word" type: BYTES }
      feature { name: "absent" type: BYTES })");
  const NumberedRows rows =
      MakeRows({{"word", OneString({"a", "b"})}, {"number", OneInt({1, 2})}, {"y", OneInt({1, 0})}});
  const auto result = ResultOf(MakeLiftStatsGenerator({.y_path = {"y"}, .schema = schema}), {rows});
  ASSERT_EQ(result.cross_features_size(), 1);
  EXPECT_EQ(result.cross_features(0).path_x().step(0), "word");
}

TEST(LiftStatsGenerator, BoundsItsStateAndSaysHowRoughItIs) {
  // 50 frequent values among 20,000 that occur once.
  std::vector<std::string> xs;
  std::vector<int64_t> ys;
  for (int i = 0; i < 40000; ++i) {
    xs.push_back(i % 2 == 0 ? "frequent" + std::to_string(i % 100) : "once" + std::to_string(i));
    ys.push_back(i % 3 == 0);
  }
  std::vector<NumberedRows> batches;
  for (int i = 0; i < 40; ++i) {
    batches.push_back(MakeRows({{"x", OneString({xs.begin() + i * 1000, xs.begin() + (i + 1) * 1000})},
                                {"y", OneInt({ys.begin() + i * 1000, ys.begin() + (i + 1) * 1000})},
                                {"w", OneInt(std::vector<int64_t>(1000, 2))}}));
  }
  const auto generator = [](int64_t bytes) {
    return MakeLiftStatsGenerator({.y_path = {"y"}, .x_paths = {{{"x"}}}, .max_state_bytes = bytes});
  };
  const auto exact = ResultOf(generator(int64_t{1} << 30), batches);
  const auto rough = ResultOf(generator(500000), batches);

  EXPECT_EQ(FindCustomStat(exact, "x", "lift_max_count_error"), nullptr);
  ASSERT_NE(FindCustomStat(rough, "x", "lift_max_count_error"), nullptr);
  const double error = FindCustomStat(rough, "x", "lift_max_count_error")->num();
  EXPECT_LT(error, 50);
  std::map<std::string, uint64_t> counts;
  for (const auto& value : LiftOf(rough).lift_series(0).lift_values()) counts[value.x_string()] = value.x_count();
  int frequent = 0;
  for (const auto& value : LiftOf(exact).lift_series(0).lift_values()) {
    if (static_cast<double>(value.x_count()) <= 2 * error) continue;
    ++frequent;
    ASSERT_TRUE(counts.contains(value.x_string())) << value.x_string();
    EXPECT_LE(counts[value.x_string()], value.x_count());
    EXPECT_GE(static_cast<double>(counts[value.x_string()]) + error, static_cast<double>(value.x_count()));
  }
  EXPECT_EQ(frequent, 50);

  // Sums of weights take memory too: 20,050 x and as many pairs are 4 MB, with weights 10 MB.
  for (const bool has_weights : {false, true}) {
    const auto result =
        ResultOf(MakeLiftStatsGenerator({.y_path = {"y"},
                                         .x_paths = {{{"x"}}},
                                         .weight_feature = has_weights ? std::string("w") : std::string(),
                                         .max_state_bytes = 6000000}),
                 batches);
    EXPECT_EQ(FindCustomStat(result, "x", "lift_max_count_error") != nullptr, has_weights);
  }
}

TEST(LiftStatsGenerator, RefusesWhatItCannotCompare) {
  const auto schema = SchemaFromText(R"(feature { name: "y" type: FLOAT } feature { name: "c" type: BYTES })");
  const std::vector<FeaturePath> x = {{"x"}};
  const auto message = [](const LiftStatsGeneratorOptions& options) {
    const absl::Status status = MakeLiftStatsGenerator(options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  EXPECT_THAT(message({.x_paths = x}), HasSubstr("y_path"));
  EXPECT_THAT(message({.y_path = {"y"}}), HasSubstr("schema or x_paths"));
  EXPECT_THAT(message({.y_path = {"absent"}, .schema = schema}), HasSubstr("label absent is not a feature"));
  EXPECT_THAT(message({.y_path = {"y"}, .schema = schema}), HasSubstr("give y_boundaries"));
  EXPECT_THAT(message({.y_path = {"c"}, .schema = schema, .y_boundaries = {1}}), HasSubstr("leave y_boundaries out"));
  EXPECT_THAT(message({.y_path = {"y"}, .x_paths = x, .y_boundaries = {std::nan("")}}), HasSubstr("NaN"));
  EXPECT_THAT(message({.y_path = {"y"}, .x_paths = x, .min_x_count = -1}), HasSubstr("min_x_count"));

  const auto refusal = [&](const LiftStatsGeneratorOptions& options, const std::shared_ptr<arrow::Array>& y) {
    GeneratorAccumulator accumulator(*MakeLiftStatsGenerator(options));
    const absl::Status status = accumulator.Add(MakeRows({{"y", y}}));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  EXPECT_THAT(refusal({.y_path = {"y"}, .x_paths = x}, OneFloat({1})), HasSubstr("label y is a float"));
  EXPECT_THAT(refusal({.y_path = {"y"}, .x_paths = x, .y_boundaries = {1}}, OneString({"a"})),
              HasSubstr("label y is a string"));
  EXPECT_THAT(refusal({.y_path = {"y"}, .x_paths = x, .max_y_values = 2}, OneInt({1, 2, 3})),
              HasSubstr("more than 2 distinct values"));
}

TEST(LiftStatsGenerator, SaysNothingWithoutALabelOrExamples) {
  const auto generator = [] { return MakeLiftStatsGenerator({.y_path = {"y"}, .x_paths = {{{"x"}}}}); };
  EXPECT_EQ(ResultOf(generator(), {}).cross_features_size(), 0);
  EXPECT_EQ(ResultOf(generator(), {MakeRows({{"x", OneInt({1})}})}).cross_features_size(), 0);
  EXPECT_EQ(ResultOf(generator(), {MakeRows({{"y", OneInt({1})}})}).cross_features_size(), 0);
  EXPECT_EQ(
      ResultOf(generator(), {MakeRows({{"x", Ints("[[], null]")}, {"y", Ints("[[], [1]]")}})}).cross_features_size(),
      0);
}

TEST(LiftStatsGenerator, IsAnAccumulator) {
  testing::CheckAccumulatorProperties(
      GeneratorAccumulator(*MakeLiftStatsGenerator(
          {.y_path = {"y"}, .x_paths = {{{"x"}, {"z"}}}, .weight_feature = "w", .output_custom_stats = true})),
      {MakeRows({{"x", Ints("[[1, 1, 2], [2], []]")}, {"y", Ints("[[1], [0, 1], [2]]")}, {"w", OneFloat({1, 2, 4})}}),
       MakeRows({{"x", Ints("[[3], [1]]")}, {"y", Ints("[[5], [1]]")}, {"w", OneFloat({8, 0.5})}}, 3),
       MakeRows({{"z", OneString({"a", "b"})}, {"y", Ints("[[0], [1]]")}, {"w", OneFloat({1, 1})}}, 5)},
      GeneratorChecks());
}

}  // namespace
}  // namespace tfx::tfdv
