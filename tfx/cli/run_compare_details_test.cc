#include "tfx/cli/run_compare_details.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace tfx::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// An evaluation of an overall slice and of hours: {hour, auc, examples}.
struct Hour {
  int hour;
  double auc, loss, examples;
};
tfma::EvalResult Evaluation(const std::vector<Hour>& hours) {
  tfma::EvalResult result;
  const auto add = [&](const std::string& slice_key, const Hour& h) {
    const auto metric = [](const char* name, double value) {
      return absl::StrCat("metric_keys_and_values { key { name: '", name, "' } value { double_value { value: ", value,
                          " } } }");
    };
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat("slice_key { ", slice_key, " } ", metric("example_count", h.examples), metric("auc", h.auc),
                     metric("loss", h.loss)),
        &result.metrics.emplace_back()));
  };
  add("", {0, 0.5, 0.5, 1000});
  for (const Hour& h : hours) {
    add(absl::StrCat("single_slice_keys { column: 'hour' int64_value: ", h.hour, " }"), h);
  }
  return result;
}

std::vector<std::string> Shown(const std::vector<DetailDifference>& differences) {
  std::vector<std::string> lines;
  for (const DetailDifference& difference : differences) {
    std::string line = absl::StrCat(difference.name, ":");
    for (const auto& value : difference.values) absl::StrAppend(&line, " [", value.value_or("-"), "]");
    lines.push_back(line);
  }
  return lines;
}

Details Compared(const std::vector<RunDetails>& runs, const DetailOptions& options = {}) {
  const auto details = CompareDetails(runs, options);
  EXPECT_TRUE(details.ok()) << details.status();
  return details.ok() ? *details : Details();
}

TEST(CompareDetails, SlicesThatBecameWorseMostComeFirst) {
  std::vector<RunDetails> runs(2);
  runs[0].evaluations["E"] =
      Evaluation({{1, 0.9, 0.1, 9}, {2, 0.8, 0.2, 9}, {3, 0.7, 0.3, 9}, {4, 0.6, 0.1, 9}, {5, 1, 0, 9}});
  runs[1].evaluations["E"] =
      Evaluation({{1, 0.8, 0.1, 9}, {2, 0.5, 0.1, 9}, {3, 0.7, 0.9, 9}, {4, 0.9, 0.1, 9}, {6, 1, 0, 9}});

  EXPECT_THAT(Shown(Compared(runs).slices),
              ElementsAre("E auc of hour:2: [0.8] [0.5]", "E auc of hour:1: [0.9] [0.8]",
                          "E auc of hour:4: [0.6] [0.9]", "E auc of hour:5: [1] [-]", "E auc of hour:6: [-] [1]"));
  // A loss is worse when it is higher.
  EXPECT_THAT(Shown(Compared(runs, {.slices = 2, .slice_metric = "loss"}).slices),
              ElementsAre("E loss of hour:3: [0.3] [0.9]", "E loss of hour:2: [0.2] [0.1]"));
}

TEST(CompareDetails, LimitsSlicesAndSaysHowManyMoreThereAre) {
  std::vector<RunDetails> runs(2);
  runs[0].evaluations["E"] = Evaluation({{1, 0.9, 0, 9}, {2, 0.8, 0, 9}, {3, 0.7, 0, 1}});
  runs[1].evaluations["E"] = Evaluation({{1, 0.8, 0, 9}, {2, 0.5, 0, 9}, {3, 0.1, 0, 1}});

  const Details one = Compared(runs, {.slices = 1, .min_examples = 5});
  EXPECT_THAT(Shown(one.slices), ElementsAre("E auc of hour:2: [0.8] [0.5]"));
  EXPECT_THAT(one.notes, ElementsAre("1 more slices of E changed; --slices=-1 shows all"));
  EXPECT_EQ(Compared(runs, {.slices = -1}).slices.size(), 3u);
  EXPECT_THAT(Compared(runs, {.slices = 0}).slices, IsEmpty());
  EXPECT_THAT(std::string(CompareDetails(runs, {.slice_metric = "aucc"}).status().message()),
              HasSubstr("did you mean auc?"));
}

TEST(CompareDetails, OfThreeRunsTheWorstCounts) {
  std::vector<RunDetails> runs(3);
  runs[0].evaluations["E"] = Evaluation({{1, 0.9, 0, 9}, {2, 0.9, 0, 9}});
  runs[1].evaluations["E"] = Evaluation({{1, 0.9, 0, 9}, {2, 0.8, 0, 9}});
  runs[2].evaluations["E"] = Evaluation({{1, 0.5, 0, 9}, {2, 0.9, 0, 9}});

  EXPECT_THAT(Shown(Compared(runs).slices),
              ElementsAre("E auc of hour:1: [0.9] [0.9] [0.5]", "E auc of hour:2: [0.9] [0.8] [0.9]"));
  runs[2].evaluations.clear();  // as of a run that failed before
  EXPECT_THAT(Shown(Compared(runs).slices), ElementsAre("E auc of hour:2: [0.9] [0.8] [-]"));
  runs[1].evaluations.clear();
  EXPECT_THAT(Shown(Compared(runs).slices), IsEmpty());
}

// Statistics of a feature with the values a and b.
std::string Feature(const char* name, int a, int b) {
  return absl::StrCat("features { path { step: '", name,
                      "' } type: STRING string_stats { common_stats { num_non_missing: ", a + b,
                      " } unique: 2 rank_histogram { buckets { label: 'a' sample_count: ", a,
                      " } buckets { label: 'b' sample_count: ", b, " } } } } ");
}
::tensorflow::metadata::v0::DatasetFeatureStatisticsList Statistics(const std::string& features) {
  ::tensorflow::metadata::v0::DatasetFeatureStatisticsList list;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(absl::StrCat("datasets { num_examples: 10 ", features, "}"),
                                                            &list));
  return list;
}

TEST(CompareDetails, FeaturesThatDriftedFarthestComeFirst) {
  std::vector<RunDetails> runs(2);
  runs[0].statistics["S of train"] = Statistics(Feature("near", 5, 5) + Feature("far", 5, 5) + Feature("same", 5, 5));
  runs[1].statistics["S of train"] = Statistics(Feature("near", 6, 4) + Feature("far", 10, 0) + Feature("same", 5, 5));

  const Details details = Compared(runs);
  ASSERT_EQ(details.drift.size(), 2u);
  EXPECT_EQ(details.drift[0].name, "S of train feature 'far'");
  EXPECT_EQ(details.drift[0].values[0], "0");
  EXPECT_THAT(*details.drift[0].values[1], HasSubstr("L-inf 0.5"));
  EXPECT_EQ(details.drift[1].name, "S of train feature 'near'");
  EXPECT_THAT(Compared(runs, {.features = 1}).notes,
              ElementsAre("1 more features of S of train drifted; --features=-1 shows all"));
  EXPECT_THAT(Compared(runs, {.features = 0}).drift, IsEmpty());
}

::tensorflow::metadata::v0::Schema Schema(const std::string& text) {
  ::tensorflow::metadata::v0::Schema schema;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &schema));
  return schema;
}

TEST(CompareDetails, FieldsOfTheSchemaThatDiffer) {
  std::vector<RunDetails> runs(3);
  runs[0].schemas["S"] = Schema(
      "feature { name: 'a' type: INT presence { min_fraction: 1 } } feature { name: 'b' type: BYTES } "
      "string_domain { name: 'd' value: 'x' value: 'y' }");
  runs[1].schemas["S"] = runs[0].schemas["S"];
  runs[2].schemas["S"] = Schema(
      "feature { name: 'a' type: INT presence { min_fraction: 0.5 } } feature { name: 'c' type: INT } "
      "string_domain { name: 'd' value: 'x' value: 'z' }");

  EXPECT_THAT(Shown(Compared(runs).schema), ElementsAre("S feature 'a' presence.min_fraction: [1] [1] [0.5]",
                                                        "S feature 'b': [type: BYTES] [type: BYTES] [(not set)]",
                                                        "S feature 'c': [(not set)] [(not set)] [type: INT]",
                                                        "S string_domain 'd' value: [] [] [+ \"z\" - \"y\"]"));
  runs[1].schemas.clear();
  EXPECT_THAT(Shown(Compared({runs[0], runs[1]}).schema), ElementsAre("S: [2 features] [-]"));
  EXPECT_THAT(Shown(Compared({runs[0], runs[0]}).schema), IsEmpty());
}

}  // namespace
}  // namespace tfx::cli
