#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/display/display.h"
#include "tfx/data_validation/display/synthetic_statistics.h"
#include "tfx/io/text_proto.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using StatisticsList = v0::DatasetFeatureStatisticsList;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

StatisticsList Statistics(const std::string& text) {
  StatisticsList list;
  const absl::Status status = io::ParseTextProto(text, "test", &list);
  EXPECT_TRUE(status.ok()) << status;
  return list;
}

DisplayModel Model(const std::vector<DisplayDataset>& datasets, const DisplayOptions& options = {}) {
  const auto model = MakeDisplayModel({.datasets = datasets}, options);
  EXPECT_TRUE(model.ok()) << model.status();
  return model.ok() ? *model : DisplayModel();
}

std::vector<std::string> NamesOf(const std::vector<DisplayDataset>& datasets) {
  std::vector<std::string> names;
  for (const DisplayDataset& dataset : datasets) names.push_back(dataset.name);
  return names;
}

TEST(DatasetsToShow, NamesDatasetsAndSlices) {
  const StatisticsList plain = Statistics("datasets { }");
  const StatisticsList sliced =
      Statistics("datasets { name: 'All Examples' } datasets { name: 'us' } datasets { name: 'de' }");
  const StatisticsList only_slices = Statistics("datasets { name: 'us' } datasets { name: 'de' }");

  EXPECT_THAT(NamesOf(*DatasetsToShow(plain, "train")), ElementsAre("train"));
  EXPECT_THAT(NamesOf(*DatasetsToShow(plain, "")), ElementsAre("all examples"));
  EXPECT_THAT(NamesOf(*DatasetsToShow(sliced, "train")), ElementsAre("train"));
  EXPECT_THAT(NamesOf(*DatasetsToShow(only_slices, "train")), ElementsAre("train: us", "train: de"));
  EXPECT_THAT(NamesOf(*DatasetsToShow(sliced, "", std::vector<std::string>{"de", "us"})), ElementsAre("de", "us"));
  EXPECT_THAT(NamesOf(*DatasetsToShow(sliced, "t", std::vector<std::string>{})),
              ElementsAre("t: All Examples", "t: us", "t: de"));
}

TEST(DatasetsToShow, NamesTheNearestSlice) {
  const StatisticsList sliced = Statistics("datasets { name: 'country_us' } datasets { name: 'country_de' }");
  const auto none = DatasetsToShow(sliced, "train", std::vector<std::string>{"country_uk"});
  EXPECT_EQ(none.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(none.status().message()), HasSubstr("did you mean country_us?"));
  EXPECT_EQ(DatasetsToShow(StatisticsList(), "train").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(MakeDisplayModel, RefusesWhatCannotBeShown) {
  const StatisticsList list = Statistics("datasets { }");
  const auto message = [](const absl::StatusOr<DisplayModel>& model) {
    EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(model.status().message());
  };
  const std::vector<DisplayDataset> one = {{"a", &list.datasets(0)}};
  EXPECT_THAT(message(MakeDisplayModel({})), HasSubstr("at least one dataset"));
  EXPECT_THAT(message(MakeDisplayModel({.datasets = {{"a", nullptr}}})), HasSubstr("'a' has no statistics"));
  EXPECT_THAT(message(MakeDisplayModel({.datasets = {one[0], one[0]}})), HasSubstr("two datasets are named 'a'"));
  EXPECT_THAT(message(MakeDisplayModel({.datasets = std::vector<DisplayDataset>(9, one[0])})), HasSubstr("at most 8"));
  EXPECT_THAT(message(MakeDisplayModel({.datasets = one}, {.max_labels = 0})), HasSubstr("max_labels"));
  EXPECT_THAT(message(MakeDisplayModel({.datasets = one}, {.max_label_bytes = 7})), HasSubstr("max_label_bytes"));
  EXPECT_THAT(message(MakeDisplayModel({.datasets = one}, {.max_model_bytes = -1})), HasSubstr("max_model_bytes"));
}

constexpr char kTwoFeatures[] = R"(datasets { num_examples: 10
  features { path { step: "a" step: "b" } type: FLOAT num_stats { common_stats { num_missing: 1 num_non_missing: 9
    min_num_values: 1 max_num_values: 1 tot_num_values: 9 } mean: 2.5 std_dev: 1 num_zeros: 3 min: 0 median: 2 max: 50000
    histograms { buckets { low_value: 0 high_value: 5 sample_count: 6 } buckets { low_value: 5 high_value: 10 sample_count: 3 } } } }
  features { name: "c" type: STRING string_stats { common_stats { num_non_missing: 10 min_num_values: 1 max_num_values: 1
    tot_num_values: 10 } unique: 2 avg_length: 4.5 top_values { value: "yes" frequency: 8 }
    rank_histogram { buckets { label: "yes" sample_count: 8 } buckets { label: "no" sample_count: 2 } } } } })";

std::vector<std::string> Texts(const std::vector<DisplayCell>& cells) {
  std::vector<std::string> texts;
  for (const DisplayCell& cell : cells) texts.push_back(cell.alert ? cell.text + "!" : cell.text);
  return texts;
}

TEST(MakeDisplayModel, HasFacetsTables) {
  const StatisticsList list = Statistics(kTwoFeatures);

  const DisplayModel model = Model({{"data", &list.datasets(0)}});

  ASSERT_EQ(model.features.size(), 2u);
  EXPECT_EQ(model.features[0].name, "a/b");
  EXPECT_EQ(model.features[0].path, "a.b");
  EXPECT_THAT(model.sections[0].columns,
              ElementsAre("count", "missing", "mean", "std dev", "zeros", "min", "median", "max"));
  EXPECT_THAT(Texts(model.features[0].datasets[0].cells),
              ElementsAre("9", "10%!", "2.5", "1", "33.33%!", "0", "2", "50.0k"));
  EXPECT_EQ(model.features[0].datasets[0].cells[7].exact, "50,000");
  EXPECT_THAT(model.sections[1].columns, ElementsAre("count", "missing", "unique", "top", "freq top", "avg length"));
  EXPECT_THAT(Texts(model.features[1].datasets[0].cells), ElementsAre("10", "0%", "2", "yes", "8", "4.5"));
  EXPECT_THAT(model.sections[0].features, ElementsAre(0));
  EXPECT_THAT(model.sections[1].features, ElementsAre(1));
  EXPECT_DOUBLE_EQ(model.datasets[0].missing_fraction, 0.05);
}

TEST(MakeDisplayModel, SortKeysFollowTheirFormulas) {
  const StatisticsList list = Statistics(kTwoFeatures);
  StatisticsList other = list;
  auto* histogram = other.mutable_datasets(0)->mutable_features(0)->mutable_num_stats()->mutable_histograms(0);
  histogram->mutable_buckets(0)->set_sample_count(3);
  histogram->mutable_buckets(1)->set_sample_count(6);

  const DisplayModel model = Model({{"one", &list.datasets(0)}, {"two", &other.datasets(0)}});

  EXPECT_NEAR(model.features[0].sort.missing_or_zero, 0.4, 1e-12);
  EXPECT_NEAR(model.features[0].sort.non_uniformity, 0.9182958340544896, 1e-12);  // thirds
  EXPECT_NEAR(model.features[0].sort.distance, 2 * (1.0 / 9) / (6.0 / 81 + 3.0 / 81), 1e-12);
  EXPECT_EQ(model.features[1].sort.distance, 0);
  EXPECT_EQ(model.sort_orders.back().id, "distance");
  EXPECT_EQ(Model({{"one", &list.datasets(0)}}).sort_orders.back().id, "missing_or_zero");
}

TEST(MakeDisplayModel, LabelsOfOthersAreNoBucketsOfOnesOwn) {
  const StatisticsList one = Statistics(R"(datasets { num_examples: 4 features { name: "c" type: STRING string_stats {
      rank_histogram { buckets { label: "a" sample_count: 2 } buckets { label: "b" sample_count: 2 } } } } })");
  StatisticsList two = one;
  auto* ranks = two.mutable_datasets(0)->mutable_features(0)->mutable_string_stats()->mutable_rank_histogram();
  ranks->mutable_buckets(0)->set_label("x");
  ranks->mutable_buckets(1)->set_label("y");
  EXPECT_DOUBLE_EQ(Model({{"one", &one.datasets(0)}, {"two", &two.datasets(0)}}).features[0].sort.non_uniformity, 1);
}

TEST(MakeDisplayModel, FeaturesThatDatasetsDisagreeOnAreAlerts) {
  const StatisticsList one = Statistics(kTwoFeatures);
  StatisticsList two = one;
  two.mutable_datasets(0)->mutable_features(0)->set_type(v0::FeatureNameStatistics::INT);
  two.mutable_datasets(0)->mutable_features()->RemoveLast();

  const DisplayModel model = Model({{"one", &one.datasets(0)}, {"two", &two.datasets(0)}});

  std::vector<std::string> alerts;
  for (const DisplayAlert& alert : model.alerts) alerts.push_back(alert.kind + ": " + alert.text);
  EXPECT_THAT(alerts, Contains("type_mismatch: one: FLOAT, two: INT"));
  EXPECT_THAT(alerts, Contains("absent: not in two"));
  EXPECT_EQ(model.features[0].kind, ValueKind::kUnknown);
  EXPECT_EQ(model.features[1].sort.distance, std::numeric_limits<double>::infinity());
  EXPECT_FALSE(model.features[1].datasets[1].present);
}

TEST(MakeDisplayModel, FeaturesOfTheSchemaAndOfAnomaliesAreShownWithoutStatistics) {
  const StatisticsList list = Statistics(kTwoFeatures);
  v0::Schema schema;
  ASSERT_TRUE(
      io::ParseTextProto("feature { name: 'gone' type: INT } feature { name: 'c' type: BYTES }", "schema", &schema)
          .ok());
  v0::Anomalies anomalies;
  (*anomalies.mutable_anomaly_info())["lost"].set_short_description("Column dropped");
  anomalies.mutable_dataset_anomaly_info()->set_short_description("Low num examples.");

  const auto model =
      MakeDisplayModel({.datasets = {{"data", &list.datasets(0)}}, .schema = &schema, .anomalies = &anomalies});

  ASSERT_TRUE(model.ok()) << model.status();
  ASSERT_EQ(model->features.size(), 4u);
  EXPECT_EQ(model->features[2].name, "gone");
  EXPECT_EQ(model->features[2].schema.type, "INT");
  EXPECT_EQ(model->features[3].name, "lost");
  EXPECT_EQ(model->anomalies[model->features[3].anomaly].short_description, "Column dropped");
  EXPECT_EQ(model->anomalies[0].path, "");
  EXPECT_EQ(model->alerts[0].text, "Low num examples");
  EXPECT_EQ(model->alerts[0].level, AlertLevel::kError);
  EXPECT_EQ(model->features[3].sort.alert_rank, 3);
}

TEST(MakeDisplayModel, AlertsAreMostSeriousFirst) {
  const StatisticsList list = SyntheticStatistics(60, 1);
  const DisplayModel model = Model({{"data", &list.datasets(0)}});
  ASSERT_GT(model.alerts.size(), 3u);
  for (size_t i = 1; i < model.alerts.size(); ++i) EXPECT_LE(model.alerts[i - 1].level, model.alerts[i].level);
  for (const DisplayFeature& feature : model.features) {
    for (const int alert : feature.alerts) EXPECT_EQ(model.features[model.alerts[alert].feature].name, feature.name);
  }
}

TEST(MakeDisplayModel, AllowAndDenyListsChooseFeatures) {
  const StatisticsList list = Statistics(kTwoFeatures);
  const std::vector<DisplayDataset> data = {{"data", &list.datasets(0)}};
  EXPECT_EQ(Model(data, {.allowlist_features = {{{"c"}}}}).features[0].name, "c");
  EXPECT_EQ(Model(data, {.denylist_features = {{"c"}}}).features[0].name, "a/b");
  EXPECT_THAT(Model(data, {.allowlist_features = {{{"c"}}}, .denylist_features = {{"c"}}}).features, IsEmpty());
  EXPECT_EQ(Model(data, {.allowlist_features = {{{"c"}}}}).datasets[0].num_features, 1);
}

TEST(MakeDisplayModel, OfAFeatureGivenTwiceTheFirstCounts) {
  const StatisticsList list =
      Statistics("datasets { features { name: 'x' type: INT } features { name: 'x' type: BYTES } }");
  const DisplayModel model = Model({{"data", &list.datasets(0)}});
  ASSERT_EQ(model.features.size(), 1u);
  EXPECT_EQ(model.features[0].kind, ValueKind::kInt);
}

TEST(MakeDisplayModel, WeightedCellsAreBesideThePlainOnes) {
  const StatisticsList list =
      Statistics(R"(datasets { num_examples: 4 weighted_num_examples: 2.5 features { name: "w" type: FLOAT num_stats {
      common_stats { num_non_missing: 4 tot_num_values: 4 weighted_common_stats { num_non_missing: 1.5 num_missing: 0.5 } }
      mean: 1 max: 3 weighted_numeric_stats { mean: 2 } } } })");
  const DisplayModel model = Model({{"data", &list.datasets(0)}});
  EXPECT_TRUE(model.has_weights);
  EXPECT_THAT(Texts(model.features[0].datasets[0].weighted_cells),
              ElementsAre("1.5", "25%!", "2", "0", "0%", "0", "0", "3"));
}

TEST(MakeDisplayModel, NotANumberShowsInMinAndMax) {
  const StatisticsList list = Statistics(R"(datasets { num_examples: 4 features { name: "n" type: FLOAT num_stats {
      common_stats { num_non_missing: 4 tot_num_values: 4 } min: 1 max: inf mean: inf histograms { num_nan: 1 } } } })");
  EXPECT_THAT(Texts(Model({{"data", &list.datasets(0)}}).features[0].datasets[0].cells),
              ElementsAre("4", "0%", "inf!", "0", "0%", "NaN!", "0", "NaN!"));
}

TEST(MakeDisplayModel, FewerLabelsKeepTheBudget) {
  const StatisticsList list = SyntheticStatistics(90, 1);
  const std::vector<DisplayDataset> data = {{"data", &list.datasets(0)}};

  const DisplayModel roomy = Model(data, {.max_model_bytes = 0});
  const DisplayModel tight = Model(data, {.max_model_bytes = 120'000});
  const DisplayModel hopeless = Model(data, {.max_model_bytes = 1});

  EXPECT_EQ(roomy.max_labels, 100);
  EXPECT_GT(DisplayModelJson(roomy).size(), 120'000u);
  EXPECT_LE(DisplayModelJson(tight).size(), 120'000u);
  EXPECT_LT(tight.max_labels, 100);
  EXPECT_EQ(hopeless.max_labels, 10);
  EXPECT_THAT(hopeless.limits, ElementsAre("charts hold at most 10 values each"));
}

}  // namespace
}  // namespace tfx::tfdv
