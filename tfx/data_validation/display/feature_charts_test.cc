#include "tfx/data_validation/display/feature_charts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/io/text_proto.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

v0::FeatureNameStatistics Feature(const std::string& text) {
  v0::FeatureNameStatistics feature;
  EXPECT_TRUE(io::ParseTextProto(text, "feature", &feature).ok());
  return feature;
}

std::vector<std::string> Names(const std::vector<Chart>& charts) {
  std::vector<std::string> names;
  for (const Chart& chart : charts) names.push_back(chart.name);
  return names;
}

TEST(FeatureCharts, NumbersHaveTheirHistogramsInFacetsOrder) {
  const auto feature = Feature(R"(
    custom_stats { name: "widths" histogram { buckets { low_value: 1 high_value: 2 sample_count: 3 } } }
    num_stats {
      common_stats { num_values_histogram { type: QUANTILES buckets { low_value: 1 high_value: 1 sample_count: 9 } } }
      histograms { type: QUANTILES buckets { low_value: 0 high_value: 5 sample_count: 4 } }
      histograms { num_nan: 2 buckets { low_value: 0 high_value: 9 sample_count: 4 } }
      histograms { name: "tails" buckets { low_value: 8 high_value: 9 sample_count: 1 } }
    })");

  const std::vector<Chart> charts = FeatureCharts({&feature}, 100);

  EXPECT_THAT(Names(charts), ElementsAre("Standard", "Quantiles", "Value list length", "tails", "widths"));
  EXPECT_EQ(charts[0].kind, ChartKind::kHistogram);
  EXPECT_EQ(charts[0].series[0].num_nan, 2);
  EXPECT_EQ(charts[0].series[0].buckets[0].high, 9);
  EXPECT_EQ(charts[1].kind, ChartKind::kQuantiles);
}

TEST(FeatureCharts, LabelsOfDatasetsAreBroughtTogether) {
  const auto train = Feature(R"(string_stats { rank_histogram {
      buckets { label: "a" sample_count: 5 } buckets { label: "b" sample_count: 2 } } })");
  const auto eval = Feature(R"(string_stats { rank_histogram {
      buckets { label: "b" sample_count: 7 } buckets { label: "c" sample_count: 1 } } })");

  const std::vector<Chart> charts = FeatureCharts({&train, nullptr, &eval}, 100);

  ASSERT_EQ(charts.size(), 1u);
  EXPECT_EQ(charts[0].kind, ChartKind::kBars);
  EXPECT_THAT(charts[0].labels, ElementsAre("a", "b", "c"));
  EXPECT_THAT(charts[0].series[0].counts, ElementsAre(5, 2, 0));
  EXPECT_TRUE(charts[0].series[1].empty());
  EXPECT_THAT(charts[0].series[2].counts, ElementsAre(0, 7, 1));
  EXPECT_THAT(charts[0].weighted, IsEmpty());
}

TEST(FeatureCharts, TopValuesStandInForAMissingRankHistogram) {
  const auto feature = Feature(R"(string_stats { top_values { value: "x" frequency: 3 } })");
  EXPECT_THAT(FeatureCharts({&feature}, 100)[0].series[0].counts, ElementsAre(3));
}

TEST(FeatureCharts, WeightedHistogramsStandBesideThePlainOnes) {
  const auto feature = Feature(R"(string_stats {
      rank_histogram { buckets { label: "a" sample_count: 5 } }
      weighted_string_stats { rank_histogram { buckets { label: "b" sample_count: 0.5 } } } })");

  const std::vector<Chart> charts = FeatureCharts({&feature}, 100);

  EXPECT_THAT(charts[0].labels, ElementsAre("a", "b"));
  EXPECT_THAT(charts[0].series[0].counts, ElementsAre(5, 0));
  EXPECT_THAT(charts[0].weighted[0].counts, ElementsAre(0, 0.5));
}

TEST(FeatureCharts, ADatasetWithAnotherKindStaysEmpty) {
  const auto numbers = Feature("num_stats { histograms { buckets { low_value: 0 high_value: 1 sample_count: 2 } } }");
  const auto texts = Feature(R"(string_stats { rank_histogram { buckets { label: "a" sample_count: 5 } } })");

  const std::vector<Chart> charts = FeatureCharts({&numbers, &texts}, 100);

  EXPECT_EQ(charts[0].kind, ChartKind::kHistogram);
  EXPECT_FALSE(charts[0].series[0].empty());
  EXPECT_TRUE(charts[0].series[1].empty());
}

TEST(FeatureCharts, NothingToDrawIsNoChart) {
  const auto feature = Feature("struct_stats { common_stats { num_non_missing: 4 } }");
  EXPECT_THAT(FeatureCharts({&feature, nullptr}, 100), IsEmpty());
}

TEST(LimitLabels, SumsUpWhatItLeavesOut) {
  Chart chart{.labels = {"a", "b", "c", "d"}, .series = {{.counts = {8, 4, 2, 1}}, {.counts = {1, 0, 0, 3}}, {}}};

  LimitLabels(2, &chart);
  EXPECT_THAT(chart.labels, ElementsAre("a", "b"));
  EXPECT_THAT(chart.series[0].counts, ElementsAre(8, 4));
  EXPECT_EQ(chart.series[0].other_count, 3);
  EXPECT_EQ(chart.series[0].other_labels, 2);
  EXPECT_EQ(chart.series[1].other_count, 3);
  EXPECT_EQ(chart.series[1].other_labels, 1);  // the label it does not have is none of its own
  EXPECT_TRUE(chart.series[2].empty());

  LimitLabels(1, &chart);
  EXPECT_EQ(chart.series[0].other_count, 7);
  EXPECT_EQ(chart.series[0].other_labels, 3);

  LimitLabels(5, &chart);
  EXPECT_THAT(chart.labels, ElementsAre("a"));
}

}  // namespace
}  // namespace tfx::tfdv
