#include "tfx/data_validation/skew/statistics_diff.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace tfx::tfdv {
namespace {

using ::tensorflow::metadata::v0::DatasetFeatureStatisticsList;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

DatasetFeatureStatisticsList Parse(const std::string& text) {
  DatasetFeatureStatisticsList list;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &list)) << text;
  return list;
}

std::vector<std::string> Diff(const std::string& before, const std::string& after, double tolerance = 1e-6) {
  std::vector<std::string> lines;
  for (const auto& d : DiffStatistics(Parse(before), Parse(after), {.tolerance = tolerance})) {
    lines.push_back(absl::StrCat(d.dataset, "|", d.feature, "|", d.field, "|", d.before, "|", d.after));
  }
  return lines;
}

TEST(DiffStatistics, OrderOfDatasetsAndFeaturesSaysNothing) {
  EXPECT_THAT(Diff("datasets { name: 'a' features { path { step: 'x' } } features { path { step: 'y' } } } "
                   "datasets { name: 'b' }",
                   "datasets { name: 'b' } "
                   "datasets { name: 'a' features { path { step: 'y' } } features { path { step: 'x' } } }"),
              IsEmpty());
}

TEST(DiffStatistics, SaysWhatDiffersWithBothNumbers) {
  EXPECT_THAT(Diff("datasets { num_examples: 3 features { path { step: 'x' } type: INT num_stats { mean: 1 "
                   "common_stats { num_missing: 1 } } } features { path { step: 'gone' } type: STRING } }",
                   "datasets { num_examples: 4 features { path { step: 'x' } type: INT num_stats { mean: 1.5 "
                   "common_stats { num_missing: 1 } } } features { path { step: 'new' } type: FLOAT } }"),
              ElementsAre("||num_examples|3|4", "|x|num_stats.mean|1|1.5", "|gone||STRING|", "|new|||FLOAT"));
  EXPECT_THAT(Diff("datasets { name: 'a' num_examples: 3 }", "datasets { name: 'b' num_examples: 4 }"),
              ElementsAre("a|||3 examples|", "b||||4 examples"));
}

TEST(DiffStatistics, ToleranceIsForFractionsOnly) {
  const std::string a = "datasets { num_examples: 1000000 features { name: 'x' num_stats { mean: 1 } } }";
  const std::string b = "datasets { num_examples: 1000001 features { name: 'x' num_stats { mean: 1.0000001 } } }";
  EXPECT_THAT(Diff(a, b), ElementsAre("||num_examples|1000000|1000001"));
  EXPECT_THAT(Diff(a, b, 0), ElementsAre("||num_examples|1000000|1000001", "|x|num_stats.mean|1|1.0000001"));
}

TEST(MeasureDistances, OfTheFeaturesThatBothHave) {
  auto stats = [](int a, int b) {
    return Parse(absl::StrCat(
        "datasets { num_examples: 10 features { path { step: 'color' } type: STRING string_stats { common_stats { "
        "num_non_missing: 10 } rank_histogram { buckets { label: 'red' sample_count: ",
        a, " } buckets { label: 'blue' sample_count: ", b,
        " } } } } features { path { step: 'size' } type: FLOAT num_stats { histograms { type: STANDARD buckets { "
        "low_value: 0 high_value: 1 sample_count: ",
        a, " } buckets { low_value: 1 high_value: 2 sample_count: ", b, " } } } } }"));
  };
  const auto same = MeasureDistances(stats(5, 5), stats(5, 5));
  ASSERT_TRUE(same.ok()) << same.status();
  ASSERT_EQ(same->size(), 2u);
  EXPECT_EQ((*same)[0].l_infinity, 0);

  const auto apart = MeasureDistances(stats(10, 0), stats(5, 5));
  ASSERT_TRUE(apart.ok());
  EXPECT_EQ((*apart)[0].feature, "color");
  EXPECT_DOUBLE_EQ(*(*apart)[0].l_infinity, 0.5);
  EXPECT_EQ((*apart)[1].feature, "size");
  EXPECT_FALSE((*apart)[1].l_infinity.has_value());
  ASSERT_TRUE((*apart)[1].jensen_shannon_divergence.has_value());
  // H((3/4, 1/4)) - (H((1, 0)) + H((1/2, 1/2))) / 2
  EXPECT_NEAR(*(*apart)[1].jensen_shannon_divergence, 0.811278 - 0.5, 1e-6);

  EXPECT_EQ(MeasureDistances(Parse(""), stats(1, 1)).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tfx::tfdv
