#include "tfx/data_validation/display/facets_rules.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"
#include "tfx/io/text_proto.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");

v0::FeatureNameStatistics Feature(const std::string& text) {
  v0::FeatureNameStatistics feature;
  EXPECT_TRUE(io::ParseTextProto(text, "feature", &feature).ok());
  return feature;
}

TEST(NormalizedEntropy, IsOneForEqualCountsAndZeroForOneBucket) {
  EXPECT_DOUBLE_EQ(NormalizedEntropy({7, 7, 7}), 1);
  EXPECT_DOUBLE_EQ(NormalizedEntropy({9, 0, 0}), 0);
  EXPECT_DOUBLE_EQ(NormalizedEntropy({9}), 0);
  EXPECT_DOUBLE_EQ(NormalizedEntropy({}), 0);
  EXPECT_DOUBLE_EQ(NormalizedEntropy({0, 0}), 0);
}

TEST(NormalizedEntropy, DividesByTheLogarithmOfTheNumberOfBuckets) {
  // Three quarters and one quarter: 0.8112781245 bits of at most 1, or of at most 2 with two empty buckets.
  EXPECT_NEAR(NormalizedEntropy({30, 10}), 0.8112781244591328, 1e-15);
  EXPECT_NEAR(NormalizedEntropy({30, 10, 0, 0}), 0.4056390622295664, 1e-15);
}

TEST(NormalizedEntropy, LeavesOutCountsThatAreNone) {
  EXPECT_DOUBLE_EQ(NormalizedEntropy({5, 5, kNan, -3}), NormalizedEntropy({5, 5, 0, 0}));
  EXPECT_DOUBLE_EQ(NormalizedEntropy({kInf, 5}), 0);
}

TEST(ChiSquareDistance, ComparesShapesNotSizes) {
  EXPECT_DOUBLE_EQ(ChiSquareDistance(std::vector<double>{1, 2, 3}, {10, 20, 30}), 0);
  // (1/4 - 1/2)^2 / (1/16 + 2/16) + (3/4 - 1/2)^2 / (3/16 + 2/16) = 1/3 + 1/5
  EXPECT_NEAR(ChiSquareDistance(std::vector<double>{1, 3}, {2, 2}), 1.0 / 3 + 1.0 / 5, 1e-15);
}

TEST(ChiSquareDistance, IsInfiniteWhereOneSideIsEmpty) {
  EXPECT_EQ(ChiSquareDistance(std::vector<double>{1}, {}), kInf);
  EXPECT_EQ(ChiSquareDistance(std::vector<double>{0}, {4, 4}), kInf);
  EXPECT_EQ(ChiSquareDistance(std::vector<double>{0}, {}), 0);
}

TEST(ChiSquareDistance, FindsLabelsWhereverTheyStand) {
  using Labels = std::vector<std::pair<std::string, double>>;
  EXPECT_DOUBLE_EQ(ChiSquareDistance(Labels{{"a", 1}, {"b", 3}}, Labels{{"b", 6}, {"a", 2}}), 0);
  EXPECT_NEAR(ChiSquareDistance(Labels{{"a", 1}, {"b", 3}}, Labels{{"b", 2}, {"a", 2}}), 1.0 / 3 + 1.0 / 5, 1e-15);
  // Nothing in common: each label contributes its count, share squared over share / sum.
  EXPECT_DOUBLE_EQ(ChiSquareDistance(Labels{{"a", 5}}, Labels{{"b", 7}}), 12);
}

TEST(ChiSquareDistance, BringsHistogramsToCommonBounds) {
  const std::vector<DisplayBucket> two = {{0, 10, 40}, {10, 20, 60}};

  EXPECT_DOUBLE_EQ(ChiSquareDistance(two, {{0, 10, 4}, {10, 20, 6}}), 0);
  // The same density cut elsewhere: by position these would differ.
  EXPECT_NEAR(ChiSquareDistance(two, {{0, 5, 20}, {5, 10, 20}, {10, 15, 30}, {15, 20, 30}}), 0, 1e-12);
  EXPECT_NEAR(ChiSquareDistance(two, {{0, 20, 100}}), ChiSquareDistance(std::vector<double>{40, 60}, {50, 50}), 1e-12);
  // Shifted beyond each other: all mass is apart.
  EXPECT_NEAR(ChiSquareDistance(two, {{100, 110, 50}, {110, 120, 50}}), 200, 1e-9);
}

TEST(ChiSquareDistance, KeepsPointsAndInfinities) {
  const std::vector<DisplayBucket> points = {{1, 1, 10}, {2, 2, 10}};
  EXPECT_NEAR(ChiSquareDistance(points, {{1, 1, 10}, {3, 3, 10}}), 20, 1e-12);
  EXPECT_NEAR(ChiSquareDistance({{-kInf, 0, 10}, {0, 1, 10}}, {{0, 1, 10}, {1, kInf, 10}}), 20, 1e-12);
}

TEST(MissingOrZeroFraction, CountsBothAgainstExamples) {
  EXPECT_DOUBLE_EQ(
      MissingOrZeroFraction(Feature("num_stats { num_zeros: 3 common_stats { num_missing: 2 num_non_missing: 8 } }")),
      0.5);
  EXPECT_DOUBLE_EQ(
      MissingOrZeroFraction(Feature("string_stats { common_stats { num_missing: 1 num_non_missing: 3 } }")), 0.25);
  EXPECT_DOUBLE_EQ(MissingOrZeroFraction(Feature("name: 'nothing known'")), 1);
  EXPECT_DOUBLE_EQ(MissingOrZeroFraction(Feature("num_stats { num_zeros: 3 }")), 1);
}

TEST(TotalNumberOfValues, FallsBackToTheAverage) {
  EXPECT_DOUBLE_EQ(
      TotalNumberOfValues(Feature("struct_stats { common_stats { num_non_missing: 4 avg_num_values: 2.5 } }")
                              .struct_stats()
                              .common_stats()),
      10);
  EXPECT_DOUBLE_EQ(
      TotalNumberOfValues(
          Feature("bytes_stats { common_stats { num_non_missing: 4 avg_num_values: 2.5 tot_num_values: 11 } }")
              .bytes_stats()
              .common_stats()),
      11);
}

TEST(FormatNumber, AbbreviatesAboveTenThousand) {
  EXPECT_EQ(FormatNumber(0), "0");
  EXPECT_EQ(FormatNumber(-0.0), "0");
  EXPECT_EQ(FormatNumber(12), "12");
  EXPECT_EQ(FormatNumber(1234.567), "1,234.57");
  EXPECT_EQ(FormatNumber(-1234.5), "-1,234.5");
  EXPECT_EQ(FormatNumber(10000), "10,000");
  EXPECT_EQ(FormatNumber(10001), "10.0k");
  EXPECT_EQ(FormatNumber(999'499), "999k");
  EXPECT_EQ(FormatNumber(999'500), "1.00M");
  EXPECT_EQ(FormatNumber(-1'274'000), "-1.27M");
  EXPECT_EQ(FormatNumber(4.5e9), "4.50B");
  EXPECT_EQ(FormatNumber(7e12), "7.00T");
  EXPECT_EQ(FormatNumber(2e40), "2.00e+40");
}

TEST(FormatNumber, WritesSmallNumbersWithAnExponent) {
  EXPECT_EQ(FormatNumber(0.01), "0.01");
  EXPECT_EQ(FormatNumber(0.00999), "9.99e-3");
  EXPECT_EQ(FormatNumber(-1.5e-12), "-1.50e-12");
  EXPECT_EQ(FormatNumber(1e-300), "1.00e-300");
  EXPECT_EQ(FormatNumber(0.5), "0.5");
}

TEST(FormatNumber, NamesWhatIsNoNumber) {
  EXPECT_EQ(FormatNumber(kNan), "NaN");
  EXPECT_EQ(FormatNumber(kInf), "inf");
  EXPECT_EQ(FormatNumber(-kInf), "-inf");
  EXPECT_EQ(FormatExact(kNan), "NaN");
  EXPECT_EQ(FormatPercent(-kInf), "-inf");
}

TEST(FormatExact, KeepsAllDigits) {
  EXPECT_EQ(FormatExact(1234567.25), "1,234,567.25");
  EXPECT_EQ(FormatExact(-999), "-999");
  EXPECT_EQ(FormatExact(0.1), "0.1");
  EXPECT_EQ(FormatExact(17031980000), "17,031,980,000");
  EXPECT_EQ(FormatExact(1e300), "1e+300");
  EXPECT_EQ(FormatExact(2.5e-7), "2.5e-07");
}

TEST(FormatPercent, RoundsToTwoDecimals) {
  EXPECT_EQ(FormatPercent(0), "0%");
  EXPECT_EQ(FormatPercent(1), "100%");
  EXPECT_EQ(FormatPercent(0.12345), "12.35%");
  EXPECT_EQ(FormatPercent(0.5), "50%");
  EXPECT_EQ(FormatPercent(5e-7), "~0%");
  EXPECT_EQ(FormatPercent(1 - 5e-7), "~100%");
  EXPECT_EQ(FormatPercent(12.5), "1,250%");
}

TEST(ChartKindFor, DrawsLinesAboveTenLabels) {
  EXPECT_EQ(ChartKindFor(true, false, 10), ChartKind::kBars);
  EXPECT_EQ(ChartKindFor(true, false, 11), ChartKind::kCumulative);
  EXPECT_EQ(ChartKindFor(false, false, 0), ChartKind::kHistogram);
  EXPECT_EQ(ChartKindFor(false, true, 0), ChartKind::kQuantiles);
}

TEST(ValencyOf, TellsSingleFixedAndVariable) {
  v0::CommonStatistics common;
  EXPECT_EQ(ValencyOf(nullptr), Valency::kUnknown);
  EXPECT_EQ(ValencyOf(&common), Valency::kUnknown);
  common.set_num_non_missing(5);
  common.set_min_num_values(1);
  common.set_max_num_values(1);
  EXPECT_EQ(ValencyOf(&common), Valency::kSingle);
  common.set_min_num_values(3);
  common.set_max_num_values(3);
  EXPECT_EQ(ValencyOf(&common), Valency::kFixedLength);
  common.set_min_num_values(0);
  EXPECT_EQ(ValencyOf(&common), Valency::kVariableLength);
}

TEST(MergeValency, TakesTheMorePermissive) {
  EXPECT_EQ(MergeValency(Valency::kSingle, Valency::kFixedLength), Valency::kFixedLength);
  EXPECT_EQ(MergeValency(Valency::kVariableLength, Valency::kFixedLength), Valency::kVariableLength);
  EXPECT_EQ(MergeValency(Valency::kUnknown, Valency::kSingle), Valency::kSingle);
  EXPECT_EQ(MergeValency(Valency::kSingle, Valency::kUnknown), Valency::kSingle);
}

TEST(ValueKindOf, SurvivesTypesOfNewerWriters) {
  v0::FeatureNameStatistics feature;
  feature.set_type(static_cast<v0::FeatureNameStatistics::Type>(99));
  EXPECT_EQ(ValueKindOf(feature), ValueKind::kUnknown);
  feature.set_type(v0::FeatureNameStatistics::BYTES);
  EXPECT_EQ(ValueKindOf(feature), ValueKind::kBytes);
}

}  // namespace
}  // namespace tfx::tfdv
