#include "tfx/data_validation/display/alert_rules.h"

#include <algorithm>
#include <map>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/io/text_proto.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using Found = std::map<std::string, std::string>;  // kind -> text

Found Alerts(const std::string& text, uint64_t num_examples) {
  v0::FeatureNameStatistics feature;
  EXPECT_TRUE(io::ParseTextProto(text, "feature", &feature).ok());
  v0::DatasetFeatureStatistics dataset;
  dataset.set_num_examples(num_examples);
  Found found;
  for (const AlertRule& rule : AlertRules()) {
    std::string what = rule.find(feature, dataset);
    if (!what.empty()) found[rule.kind] = what;
  }
  return found;
}

TEST(AlertRules, AreInOrderAndNamed) {
  std::vector<std::string> kinds;
  for (const AlertRule& rule : AlertRules()) {
    kinds.push_back(rule.kind);
    EXPECT_NE(std::string(rule.title), "");
  }
  EXPECT_TRUE(std::is_sorted(kinds.begin(), kinds.end()));
  EXPECT_EQ(std::set<std::string>(kinds.begin(), kinds.end()).size(), kinds.size());
}

constexpr char kGoodNumber[] = R"(
  type: FLOAT num_stats { common_stats { num_missing: 2 num_non_missing: 98 min_num_values: 1 max_num_values: 1
  tot_num_values: 98 } min: 0 max: 5 mean: 2 std_dev: 1 num_zeros: 9 })";

TEST(AlertRules, FindNothingInGoodStatistics) {
  EXPECT_THAT(Alerts(kGoodNumber, 100), IsEmpty());
  EXPECT_THAT(
      Alerts(
          "string_stats { common_stats { num_non_missing: 99 tot_num_values: 99 min_num_values: 1 max_num_values: 1 } "
          "unique: 3 top_values { value: 'a' frequency: 50 } }",
          99),
      IsEmpty());
}

TEST(AlertRules, MissingIsAboveTwoPercent) {
  const auto missing = [](int missing) {
    return Alerts("struct_stats { common_stats { num_missing: " + std::to_string(missing) +
                      " num_non_missing: " + std::to_string(100 - missing) + " } }",
                  100);
  };
  EXPECT_THAT(missing(2), IsEmpty());
  EXPECT_THAT(missing(3), ElementsAre(Pair("missing", "3% missing (3 of 100)")));
  EXPECT_THAT(missing(100), ElementsAre(Pair("no_values", "missing in every example")));
}

TEST(AlertRules, ZerosAreAboveTenPercentOfValues) {
  const auto zeros = [](int zeros) {
    return Alerts(
        "num_stats { common_stats { num_non_missing: 50 tot_num_values: 100 max_num_values: 2 } max: 1 num_zeros: " +
            std::to_string(zeros) + " }",
        50);
  };
  EXPECT_THAT(zeros(10), IsEmpty());
  EXPECT_THAT(zeros(11), ElementsAre(Pair("zeros", "11% zeros (11 of 100)")));
}

TEST(AlertRules, ConstantIsOneValueSeveralTimes) {
  EXPECT_THAT(Alerts("num_stats { common_stats { num_non_missing: 5 tot_num_values: 5 } min: 7 max: 7 }", 5),
              ElementsAre(Pair("constant", "always 7")));
  EXPECT_THAT(Alerts("num_stats { common_stats { num_non_missing: 1 tot_num_values: 1 } min: 7 max: 7 }", 1),
              IsEmpty());
  EXPECT_THAT(Alerts("string_stats { common_stats { num_non_missing: 5 tot_num_values: 5 } unique: 1 "
                     "top_values { value: 'x' frequency: 5 } }",
                     5),
              ElementsAre(Pair("constant", "always \"x\"")));
}

TEST(AlertRules, EmptyListsAreNoValues) {
  EXPECT_THAT(Alerts("num_stats { common_stats { num_non_missing: 5 } }", 5),
              ElementsAre(Pair("no_values", "every list of values is empty")));
}

TEST(AlertRules, NotFiniteNamesWhat) {
  EXPECT_THAT(Alerts("num_stats { common_stats { num_non_missing: 9 tot_num_values: 9 } min: -inf max: inf mean: nan "
                     "histograms { num_nan: 4 } }",
                     9),
              ElementsAre(Pair("not_finite", "4 values are NaN, min is -inf, max is inf")));
  EXPECT_THAT(Alerts("num_stats { common_stats { num_non_missing: 9 tot_num_values: 9 } max: 1 mean: nan }", 9),
              ElementsAre(Pair("not_finite", "mean or standard deviation is not a number")));
}

TEST(AlertRules, TextsWithManyValues) {
  const auto text = [](int unique, int values, double top) {
    return Alerts("string_stats { common_stats { num_non_missing: " + std::to_string(values) +
                      " tot_num_values: " + std::to_string(values) + " } unique: " + std::to_string(unique) +
                      " top_values { value: 'a' frequency: " + std::to_string(top) + " } }",
                  values);
  };
  EXPECT_THAT(text(1000, 5000, 9), IsEmpty());
  EXPECT_THAT(text(1001, 5000, 9), ElementsAre(Pair("high_cardinality", "1,001 different values")));
  EXPECT_THAT(text(99, 99, 1), IsEmpty());  // too few to tell
  EXPECT_THAT(text(100, 100, 1), ElementsAre(Pair("identifier", "each of the 100 values occurs once: an identifier?")));
  EXPECT_THAT(text(2, 1000, 990), IsEmpty());
  EXPECT_THAT(text(2, 1000, 991), ElementsAre(Pair("imbalance", "99.1% of the values are \"a\" (991 of 1,000)")));
}

TEST(AlertRules, InvalidUtf8AndSketchesAreTold) {
  EXPECT_THAT(Alerts("string_stats { invalid_utf8_count: 12 }", 0),
              ElementsAre(Pair("invalid_utf8", "12 values are not valid UTF-8")));
  EXPECT_THAT(Alerts("custom_stats { name: 'top_values_max_error' num: 40 }", 0),
              ElementsAre(Pair("approximate", "counts of top values may be up to 40 too high, unique is estimated")));
}

TEST(AlertRules, CountsThatContradictEachOther) {
  EXPECT_THAT(Alerts("struct_stats { common_stats { num_missing: 0 num_non_missing: 11 } }", 10),
              ElementsAre(Pair("inconsistent", "missing + present = 11, but the dataset has 10 examples")));
  EXPECT_THAT(Alerts("path { step: 's' step: 'c' } struct_stats { common_stats { num_non_missing: 11 } }", 10),
              IsEmpty());
  EXPECT_THAT(Alerts("num_stats { common_stats { num_non_missing: 10 tot_num_values: 10 } min: 3 max: 2 }", 10),
              ElementsAre(Pair("inconsistent", "min = 3 is above max = 2")));
}

}  // namespace
}  // namespace tfx::tfdv
