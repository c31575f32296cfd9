#include "tfx/data_validation/anomalies/statistics_view.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

v0::DatasetFeatureStatistics Dataset(const std::string& text) {
  v0::DatasetFeatureStatistics dataset;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &dataset)) << text;
  return dataset;
}

std::unique_ptr<DatasetView> View(const v0::DatasetFeatureStatistics& dataset, bool by_weight = false) {
  auto view = DatasetView::Create(dataset, by_weight);
  EXPECT_TRUE(view.ok()) << view.status();
  return *std::move(view);
}

std::vector<std::string> Names(const std::vector<const FeatureView*>& features) {
  std::vector<std::string> names;
  for (const FeatureView* feature : features) names.push_back(SerializePath(feature->path()));
  return names;
}

std::string Int(const std::string& id) {
  return absl::StrCat("features { ", id,
                      " type: INT num_stats { common_stats { num_non_missing: 6 num_missing: 3 } } } ");
}
std::string Struct(const std::string& id) {
  return absl::StrCat("features { ", id, " type: STRUCT struct_stats { common_stats { num_non_missing: 6 } } } ");
}

TEST(DatasetView, FeaturesLieBelowTheirStructsByPath) {
  const auto dataset = Dataset(Int("path { step: 'a' step: 'b' }") + Struct("path { step: 'a' }") +
                               Int("path { step: 'a.b' }") + Int("path { step: 'lost' step: 'child' }"));
  const auto view = View(dataset);

  EXPECT_THAT(Names(view->features()), ElementsAre("a.b", "a", "'a.b'", "lost.child")) << "in the message's order";
  EXPECT_THAT(Names(view->root_features()), ElementsAre("a", "'a.b'", "lost.child"));
  EXPECT_THAT(Names(view->Find({"a"})->children()), ElementsAre("a.b"));
  EXPECT_THAT(view->Find({"a", "b"})->children(), IsEmpty());
  EXPECT_EQ(view->Find({"b"}), nullptr);
}

TEST(DatasetView, FeaturesLieBelowTheNearestStructByName) {
  const auto dataset =
      Dataset(Int("name: 'parent.child.x.y'") + Struct("name: 'parent.child'") + Struct("name: 'parent'") +
              Int("name: 'parent-x'") + Int("name: 'parenthood'") + Int("name: 'int'") + Int("name: 'int.child'"));
  const auto view = View(dataset);

  EXPECT_THAT(Names(view->root_features()), ElementsAre("parent", "parent-x", "parenthood", "int", "'int.child'"));
  EXPECT_THAT(Names(view->Find({"parent"})->children()), ElementsAre("parent.child"));
  EXPECT_THAT(Names(view->Find({"parent", "child"})->children()), ElementsAre("parent.child.'x.y'"));
}

TEST(DatasetView, NamesAndPathsTogetherAreRefused) {
  const auto mixed = DatasetView::Create(Dataset(Int("name: 'a'") + Int("path { step: 'b' }")), false);
  EXPECT_EQ(mixed.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(mixed.status().message()), HasSubstr("feature statistics 0 (name \"a\") have no path"));
  EXPECT_EQ(DatasetView::Create(Dataset(Int("path { }")), false).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(DatasetView, FeaturesWithoutStatisticsAreLeftOut) {
  const auto dataset =
      Dataset(Int("path { step: 'a' }") +
              "features { path { step: 'nothing' } } features { path { step: 'custom' } custom_stats { "
              "name: 'c' num: 1 } }");
  const auto view = View(dataset);

  EXPECT_THAT(Names(view->features()), ElementsAre("a", "custom"));
  EXPECT_EQ(view->Find({"custom"})->custom_statistic("c")->num(), 1);
  EXPECT_EQ(view->Find({"custom"})->custom_statistic("d"), nullptr);
  EXPECT_EQ(view->Find({"custom"})->schema_type(), v0::INT) << "the default of the message";
}

TEST(DatasetView, IsReadByWeightWhereEveryFeatureHasWeights) {
  const std::string common =
      "weighted_num_examples: 2.5 num_examples: 10 features { path { step: 'f' } string_stats { common_stats { "
      "num_non_missing: 8 num_missing: 2 tot_num_values: 16 weighted_common_stats { num_non_missing: 1.5 num_missing: "
      "1 "
      "tot_num_values: 3 } } rank_histogram { buckets { label: 'a' sample_count: 16 } } weighted_string_stats { "
      "rank_histogram { buckets { label: 'b' sample_count: 3 } } } } } ";
  const auto dataset = Dataset(common);

  EXPECT_TRUE(DatasetView::HasWeights(dataset));
  EXPECT_TRUE(DatasetView::HasWeights(Dataset(common + "features { path { step: 'empty' } }")));
  EXPECT_FALSE(DatasetView::HasWeights(Dataset(common + Int("path { step: 'unweighted' }"))));
  EXPECT_FALSE(DatasetView::HasWeights(Dataset(Int("path { step: 'f' }"))));
  EXPECT_FALSE(DatasetView::HasWeights(Dataset(
      "weighted_num_examples: 1 features { path { step: 'f' } num_stats { common_stats { weighted_common_stats { "
      "} presence_and_valency_stats { num_missing: 1 } } } }")))
      << "levels without their weights";

  for (const bool by_weight : {false, true}) {
    const auto view = View(dataset, by_weight);
    const FeatureView& f = *view->Find({"f"});
    EXPECT_EQ(view->num_examples(), by_weight ? 2.5 : 10);
    EXPECT_EQ(f.num_present(), by_weight ? 1.5 : 8);
    EXPECT_EQ(f.num_missing(), by_weight ? 1 : 2);
    EXPECT_EQ(f.fraction_present(), by_weight ? 0.6 : 0.8);
    EXPECT_EQ(f.total_num_values(), by_weight ? 3 : 16);
    EXPECT_THAT(f.value_counts(), ElementsAre(by_weight ? Pair("b", 3) : Pair("a", 16)));
  }
}

TEST(FeatureView, LevelsOfNestingAreThoseOfTheMessageOrOne) {
  const auto dataset = Dataset(
      "num_examples: 10 features { path { step: 'flat' } num_stats { common_stats { num_non_missing: 7 num_missing: 3 "
      "min_num_values: 1 max_num_values: 4 avg_num_values: 2 } } } features { path { step: 'nested' } num_stats { "
      "common_stats { presence_and_valency_stats { num_missing: 3 min_num_values: 1 max_num_values: 2 } "
      "presence_and_valency_stats { num_missing: 5 min_num_values: 0 max_num_values: 9 } } } }");
  const auto view = View(dataset);

  EXPECT_THAT(view->Find({"flat"})->num_missing_by_level(), ElementsAre(3));
  EXPECT_THAT(view->Find({"flat"})->min_max_num_values_by_level(), ElementsAre(Pair(1, 4)));
  EXPECT_EQ(view->Find({"flat"})->total_num_values(), 14) << "as many as the mean says where the total is not there";
  EXPECT_THAT(view->Find({"nested"})->num_missing_by_level(), ElementsAre(3, 5));
  EXPECT_THAT(view->Find({"nested"})->min_max_num_values_by_level(), ElementsAre(Pair(1, 2), Pair(0, 9)));
}

TEST(FeatureView, FractionPresentNeedsExamplesAndIsOneWhereNothingIsMissing) {
  const auto none = Dataset("num_examples: 0 " + Int("path { step: 'f' }"));
  EXPECT_EQ(View(none)->Find({"f"})->fraction_present(), std::nullopt);
  // As many examples as the features of a nested level would have more values than examples.
  const auto all = Dataset(
      "num_examples: 3 features { path { step: 'f' } num_stats { common_stats { num_non_missing: 7 num_missing: 0 } } "
      "}");
  EXPECT_EQ(View(all)->Find({"f"})->fraction_present(), 1.0);
}

TEST(FeatureView, HistogramsAreChosenByType) {
  const auto dataset = Dataset(
      "features { path { step: 'f' } num_stats { histograms { type: QUANTILES num_nan: 1 } histograms { type: STANDARD "
      "num_nan: 2 } } } features { path { step: 's' } string_stats { unique: 4 invalid_utf8_count: 1 } }");
  const auto view = View(dataset);
  const auto nans = [&](v0::HistogramSelection::Type type) {
    v0::HistogramSelection selection;
    selection.set_type(type);
    return view->Find({"f"})->histogram(selection)->num_nan();
  };

  EXPECT_EQ(nans(v0::HistogramSelection::DEFAULT), 2u);
  EXPECT_EQ(nans(v0::HistogramSelection::STANDARD), 2u);
  EXPECT_EQ(nans(v0::HistogramSelection::QUANTILES), 1u);
  EXPECT_FALSE(view->Find({"s"})->histogram({}).has_value());
  EXPECT_EQ(view->Find({"s"})->num_unique(), 4u);
  EXPECT_EQ(view->Find({"f"})->num_unique(), std::nullopt);
  EXPECT_TRUE(view->Find({"s"})->has_invalid_utf8());
  EXPECT_FALSE(view->Find({"f"})->has_invalid_utf8());
  EXPECT_THAT(view->Find({"f"})->value_counts(), IsEmpty());
}

TEST(DefaultDataset, IsTheOnlyOneOrThatOfAllExamples) {
  v0::DatasetFeatureStatisticsList list;
  EXPECT_EQ(DefaultDataset(list).status().code(), absl::StatusCode::kInvalidArgument);
  list.add_datasets()->set_name("slice");
  EXPECT_EQ((*DefaultDataset(list))->name(), "slice");
  list.add_datasets()->set_name("other");
  EXPECT_THAT(std::string(DefaultDataset(list).status().message()), HasSubstr("2 data sets, none named"));
  list.add_datasets()->set_name("All Examples");
  EXPECT_EQ((*DefaultDataset(list))->name(), "All Examples");
}

}  // namespace
}  // namespace tfx::tfdv
