#include "tfx/data_validation/generators/empty_value_stats.h"

#include <string>
#include <vector>

#include "arrow/json/from_string.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/generators/generator_testing.h"

namespace tfx::tfdv {
namespace {

std::shared_ptr<arrow::Array> Json(const std::shared_ptr<arrow::DataType>& values, const std::string& json) {
  return arrow::json::ArrayFromJSONString(arrow::list(values), json).ValueOrDie();
}

TEST(EmptyValueCounter, CountsWhatStandsForNothingByKind) {
  const auto rows = MakeRows({{"i", Json(arrow::int64(), "[[-1, 1], null, [-1]]")},
                              {"f", Json(arrow::float32(), "[[-1, -1.5], [0], null]")},
                              {"s", Json(arrow::binary(), R"([["", "x"], [""], ["-1"]])")},
                              {"l", Json(arrow::large_utf8(), R"([["", "x"], [], null])")},
                              {"n", Json(arrow::list(arrow::int64()), "[[[], [-1]], [null], null]")},
                              {"none", Json(arrow::int64(), "[[1], [2], [3]]")}});

  const auto result = ResultOf(MakeEmptyValueCounterGenerator(), {rows});

  EXPECT_EQ(FindCustomStat(result, "i", "int_-1")->num(), 2);
  EXPECT_EQ(FindCustomStat(result, "f", "int_-1")->num(), 1);
  EXPECT_EQ(FindCustomStat(result, "s", "str_empty")->num(), 2);
  EXPECT_EQ(FindCustomStat(result, "l", "str_empty")->num(), 1);
  EXPECT_EQ(FindCustomStat(result, "n", "list_empty")->num(), 2);
  EXPECT_EQ(FindCustomStat(result, "n", "int_-1"), nullptr);
  EXPECT_EQ(FindCustomStat(result, "none", "int_-1"), nullptr);
}

TEST(EmptyValueCounter, KeepsThePromisesOfAccumulators) {
  const std::vector<NumberedRows> batches = {
      MakeRows(
          {{"i", Json(arrow::int64(), "[[-1, 1], null, [-1]]")}, {"s", Json(arrow::binary(), R"([[""], [], [""]])")}}),
      MakeRows({{"i", Json(arrow::int64(), "[[-1], [2]]")}}, 3),
      MakeRows({{"n", Json(arrow::list(arrow::int64()), "[[[], [-1]], [null]]")}}, 5)};
  testing::CheckAccumulatorProperties(GeneratorAccumulator(MakeEmptyValueCounterGenerator()), batches,
                                      GeneratorChecks());
}

}  // namespace
}  // namespace tfx::tfdv
