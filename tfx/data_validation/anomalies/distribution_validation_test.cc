#include "tfx/data_validation/anomalies/distribution_validation.h"

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/io/text_proto.h"
#include "tfx/testing/golden_files.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::testing::HasSubstr;
using ::testing::Not;
using v0::Anomalies;
using v0::AnomalyInfo;

template <class Proto>
Proto Parse(const std::string& text) {
  Proto proto;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &proto)) << text;
  return proto;
}

// Examples with a feature "color", of which so many are red and the others blue, and what `more` adds.
v0::DatasetFeatureStatisticsList Colors(int red, int blue, const std::string& more = "") {
  std::string buckets;
  if (red > 0) absl::StrAppend(&buckets, "buckets { label: 'red' sample_count: ", red, " } ");
  if (blue > 0) absl::StrAppend(&buckets, "buckets { label: 'blue' sample_count: ", blue, " } ");
  return Parse<v0::DatasetFeatureStatisticsList>(absl::StrCat(
      "datasets { num_examples: ", red + blue,
      " features { path { step: 'color' } type: STRING string_stats { common_stats { num_non_missing: ", red + blue,
      " min_num_values: 1 max_num_values: 1 } unique: 2 rank_histogram { ", buckets, "} } } ", more, "}"));
}

// An INT feature without counts of values: ten values, evenly from `low` on.
std::string Number(const std::string& name, double low) {
  return absl::StrCat("features { path { step: '", name,
                      "' } type: INT num_stats { common_stats { num_non_missing: 10 min_num_values: 1 max_num_values: "
                      "1 } histograms { type: STANDARD buckets { low_value: ",
                      low, " high_value: ", low + 10, " sample_count: 10 } } } } ");
}

DistributionValidatorConfig Config(const std::string& slice_config) {
  return Parse<DistributionValidatorConfig>(absl::StrCat("default_slice_config { ", slice_config, " }"));
}

std::string Comparator(const std::string& name, const std::string& measure, double threshold) {
  return absl::StrCat("feature { path { step: '", name, "' } distribution_comparator { ", measure,
                      " { threshold: ", threshold, " } } } ");
}

Anomalies Validate(const v0::DatasetFeatureStatisticsList& statistics, const v0::DatasetFeatureStatisticsList& baseline,
                   const DistributionValidatorConfig& config, const DistributionValidationOptions& options = {}) {
  auto anomalies = ValidateDistributions(statistics, baseline, config, options);
  EXPECT_TRUE(anomalies.ok()) << anomalies.status();
  if (!anomalies.ok()) return {};
  EXPECT_EQ(anomalies->anomaly_name_format(), Anomalies::SERIALIZED_PATH);
  anomalies->clear_baseline();
  anomalies->clear_anomaly_name_format();
  return *anomalies;
}

TEST(ValidateDistributions, ReportsADistanceAboveItsThresholdAndMeasuresBelow) {
  const auto config = [](double threshold) { return Config(Comparator("color", "infinity_norm", threshold)); };

  const Anomalies moved = Validate(Colors(6, 4), Colors(5, 5), config(0.05));
  EXPECT_EQ(Difference(Parse<Anomalies>(
                           "anomaly_info { key: 'color' value { path { step: 'color' } severity: ERROR reason { type: "
                           "COMPARATOR_L_INFTY_HIGH short_description: 'High Linfty distance between current and "
                           "previous' description: 'The Linfty distance between current and previous is 0.1 (up to six "
                           "significant digits), above the threshold 0.05. The feature value with maximum difference "
                           "is: red' } } } drift_skew_info { path { step: 'color' } drift_measurements { type: L_INFTY "
                           "value: 0.1 threshold: 0.05 } }"),
                       moved),
            "");
  EXPECT_TRUE(HasAnomalies(moved));

  const Anomalies still = Validate(Colors(6, 4), Colors(5, 5), config(0.2));
  EXPECT_EQ(Difference(Parse<Anomalies>("drift_skew_info { path { step: 'color' } drift_measurements { type: L_INFTY "
                                        "value: 0.1 threshold: 0.2 } }"),
                       still),
            "");
  EXPECT_FALSE(HasAnomalies(still));
}

TEST(ValidateDistributions, SaysNothingOfWhatIsNoComparison) {
  // A value that the baseline lacks, a feature that is gone and a new one: matters of a schema.
  const auto baseline = Colors(10, 0, Number("gone", 0));
  const auto config = Config(Comparator("color", "infinity_norm", 0.5));

  const Anomalies anomalies = Validate(Colors(9, 1, Number("new", 0)), baseline, config);

  EXPECT_FALSE(HasAnomalies(anomalies)) << anomalies.DebugString();
}

TEST(ValidateDistributions, WatchesTheNumberOfExamples) {
  const auto config = Config("num_examples_comparator { min_fraction_threshold: 0.5 max_fraction_threshold: 2 }");

  EXPECT_FALSE(HasAnomalies(Validate(Colors(2, 3), Colors(5, 5), config))) << "half as many is at the threshold";
  const Anomalies fewer = Validate(Colors(2, 2), Colors(5, 5), config);
  ASSERT_EQ(fewer.dataset_anomaly_info().reason_size(), 1);
  EXPECT_EQ(fewer.dataset_anomaly_info().reason(0).type(), AnomalyInfo::COMPARATOR_LOW_NUM_EXAMPLES);
  EXPECT_EQ(fewer.dataset_anomaly_info().description(), "");
  const Anomalies more = Validate(Colors(11, 10), Colors(5, 5), config);
  EXPECT_EQ(more.dataset_anomaly_info().reason(0).type(), AnomalyInfo::COMPARATOR_HIGH_NUM_EXAMPLES);
}

TEST(ValidateDistributions, NoExamplesAreTooFew) {
  const auto none = Parse<v0::DatasetFeatureStatisticsList>("datasets { num_examples: 0 }");
  const auto config = Config("num_examples_comparator { min_fraction_threshold: 0.5 }");

  const Anomalies anomalies = Validate(none, Colors(5, 5), config);
  ASSERT_EQ(anomalies.dataset_anomaly_info().reason_size(), 1) << anomalies.DebugString();
  EXPECT_EQ(anomalies.dataset_anomaly_info().reason(0).type(), AnomalyInfo::COMPARATOR_LOW_NUM_EXAMPLES);
  EXPECT_THAT(anomalies.dataset_anomaly_info().reason(0).description(), HasSubstr("is 0 (up to six significant"));

  EXPECT_FALSE(HasAnomalies(Validate(none, none, config))) << "as many as before";
  EXPECT_FALSE(HasAnomalies(Validate(none, Colors(5, 5), Config("num_examples_comparator { }"))));
  EXPECT_FALSE(HasAnomalies(Validate(none, Colors(5, 5), config, {.tfdv_compat = true})));
}

// The cases of TFX's executor test: a side without examples or without the feature.
TEST(ValidateDistributions, AFeatureThatCouldNotBeComparedIsAnAnomaly) {
  const auto none = Parse<v0::DatasetFeatureStatisticsList>("datasets { num_examples: 0 }");
  const auto first =
      Parse<v0::DatasetFeatureStatisticsList>(absl::StrCat("datasets { num_examples: 10 ", Number("first", 10), "}"));
  const auto other =
      Parse<v0::DatasetFeatureStatisticsList>(absl::StrCat("datasets { num_examples: 10 ", Number("other", 10), "}"));
  const auto config = Config(Comparator("first", "jensen_shannon_divergence", 0));
  const auto expected = Parse<Anomalies>(
      "anomaly_info { key: 'first' value { path { step: 'first' } severity: ERROR reason { type: STATS_NOT_AVAILABLE "
      "short_description: 'Comparison could not be done.' description: 'Validation could not be done, which could be "
      "due to missing data, use of a comparator that is not suitable for the feature type, or some other reason.' } } "
      "}");

  for (const bool compat : {false, true}) {
    EXPECT_EQ(Difference(expected, Validate(none, first, config, {.tfdv_compat = compat})), "");
    EXPECT_EQ(Difference(expected, Validate(first, none, config, {.tfdv_compat = compat})), "");
    EXPECT_EQ(Difference(expected, Validate(other, first, config, {.tfdv_compat = compat})), "");
    EXPECT_EQ(Difference(expected, Validate(first, other, config, {.tfdv_compat = compat})), "");
    EXPECT_FALSE(HasAnomalies(Validate(first, first, config, {.tfdv_compat = compat})));
  }
}

TEST(ValidateDistributions, OneMeasureThatCouldNotBeTakenIsToldBesidesAnother) {
  const auto config = Config(
      "feature { path { step: 'n' } distribution_comparator { infinity_norm { threshold: 0.1 } "
      "jensen_shannon_divergence { threshold: 0.1 } } }");
  const auto data = Colors(5, 5, Number("n", 0));

  const Anomalies anomalies = Validate(data, data, config);
  ASSERT_TRUE(anomalies.anomaly_info().contains("n")) << anomalies.DebugString();
  ASSERT_EQ(anomalies.anomaly_info().at("n").reason_size(), 1);
  EXPECT_THAT(anomalies.anomaly_info().at("n").reason(0).description(), HasSubstr("Linfty distance"));
  EXPECT_EQ(anomalies.drift_skew_info(0).drift_measurements(0).type(),
            v0::DriftSkewInfo::Measurement::JENSEN_SHANNON_DIVERGENCE);

  EXPECT_FALSE(HasAnomalies(Validate(data, data, config, {.tfdv_compat = true})));
}

TEST(ValidateDistributions, NormalizedAbsoluteDifferenceIsAFinding) {
  const auto config = Config(Comparator("color", "normalized_abs_difference", 0.01));

  const Anomalies anomalies = Validate(Colors(8, 2), Colors(5, 5), config);
  ASSERT_TRUE(anomalies.anomaly_info().contains("color"));
  EXPECT_EQ(anomalies.anomaly_info().at("color").reason(0).type(),
            AnomalyInfo::COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH);

  EXPECT_FALSE(HasAnomalies(Validate(Colors(8, 2), Colors(5, 5), config, {.tfdv_compat = true})));
}

TEST(ValidateDistributions, FeaturesInStructsAreComparedAndNamedByTheirPaths) {
  auto nested = [](double low) {
    return Parse<v0::DatasetFeatureStatisticsList>(absl::StrCat(
        "datasets { num_examples: 10 features { path { step: 'parent' } type: STRUCT struct_stats { common_stats { "
        "num_non_missing: 10 min_num_values: 1 max_num_values: 1 } } } features { path { step: 'parent' step: 'a.b' } "
        "type: FLOAT num_stats { common_stats { num_non_missing: 10 } histograms { type: STANDARD buckets { "
        "low_value: ",
        low, " high_value: ", low + 1, " sample_count: 10 } } } } }"));
  };
  const auto config = Config(
      "feature { path { step: 'parent' step: 'a.b' } distribution_comparator { jensen_shannon_divergence { threshold: "
      "0.5 } } }");

  const Anomalies anomalies = Validate(nested(0), nested(5), config);

  ASSERT_TRUE(anomalies.anomaly_info().contains("parent.'a.b'")) << anomalies.DebugString();
  EXPECT_EQ(anomalies.anomaly_info().at("parent.'a.b'").reason(0).type(),
            AnomalyInfo::COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH);
}

TEST(ValidateDistributions, CustomConditionsSeeTheBaselineAndKeepTheirSeverity) {
  const auto custom = Parse<CustomValidationConfig>(
      "feature_pair_validations { feature_test_path { step: 'color' } feature_base_path { step: 'color' } validations "
      "{ sql_expression: 'feature_test.string_stats.common_stats.num_non_missing = "
      "feature_base.string_stats.common_stats.num_non_missing' severity: WARNING description: 'As many.' } }");

  EXPECT_FALSE(HasAnomalies(Validate(Colors(5, 5), Colors(4, 6), Config(""), {.custom_validation_config = &custom})));
  // The inferred schema would say more of this feature, all of it errors.
  const Anomalies anomalies = Validate(Colors(5, 6), Colors(10, 0), Config(""), {.custom_validation_config = &custom});
  ASSERT_TRUE(anomalies.anomaly_info().contains("color"));
  const AnomalyInfo& info = anomalies.anomaly_info().at("color");
  ASSERT_EQ(info.reason_size(), 1);
  EXPECT_EQ(info.reason(0).type(), AnomalyInfo::CUSTOM_VALIDATION);
  EXPECT_EQ(info.severity(), AnomalyInfo::WARNING);
  EXPECT_EQ(info.description(), "");

  const auto none = Parse<v0::DatasetFeatureStatisticsList>("datasets { num_examples: 0 }");
  EXPECT_FALSE(HasAnomalies(Validate(none, Colors(1, 1), Config(""), {.custom_validation_config = &custom})));
}

TEST(ValidateDistributions, ComparesTheDataSetOfAllExamples) {
  auto statistics = Colors(6, 4);
  statistics.mutable_datasets(0)->set_name("All Examples");
  *statistics.add_datasets() = Colors(0, 10).datasets(0);
  statistics.mutable_datasets(1)->set_name("blue_ones");
  const auto config = Config(Comparator("color", "infinity_norm", 0));

  EXPECT_FALSE(HasAnomalies(Validate(statistics, Colors(6, 4), config)));

  statistics.mutable_datasets(0)->set_name("others");
  const auto unnamed = ValidateDistributions(statistics, Colors(6, 4), config);
  EXPECT_EQ(unnamed.status().code(), absl::StatusCode::kInvalidArgument);
}

// What tfx/components/distribution_validator/executor_test.py expects of TFX's test data, train against eval.
TEST(ValidateDistributions, FindsWhatTfxFindsInItsTestData) {
  const char* samples = std::getenv("TFX_SAMPLE_DATA_DIR");
  const std::string folder =
      absl::StrCat(samples == nullptr ? "" : samples, "/components/testdata/statistics_gen/Split-");
  v0::DatasetFeatureStatisticsList train, eval;
  if (!io::ReadBinaryProto(folder + "train/FeatureStats.pb", &train).ok()) GTEST_SKIP() << "no sample data";
  ASSERT_TRUE(io::ReadBinaryProto(folder + "eval/FeatureStats.pb", &eval).ok());
  const auto measured = [](const Anomalies& anomalies, int i) {
    return anomalies.drift_skew_info(i).drift_measurements(0).value();
  };

  const Anomalies two = Validate(train, eval,
                                 Config(Comparator("company", "infinity_norm", 0) +
                                        Comparator("dropoff_census_tract", "jensen_shannon_divergence", 0)));
  ASSERT_EQ(two.anomaly_info().size(), 2u) << two.DebugString();
  EXPECT_EQ(two.anomaly_info().at("company").reason(0).description(),
            "The Linfty distance between current and previous is 0.0122771 (up to six significant digits), above the "
            "threshold 0. The feature value with maximum difference is: Dispatch Taxi Affiliation");
  EXPECT_EQ(two.anomaly_info().at("dropoff_census_tract").reason(0).description(),
            "The approximate Jensen-Shannon divergence between current and previous is 0.000917363 (up to six "
            "significant digits), above the threshold 0.");
  EXPECT_NEAR(measured(two, 0), 0.012277129468474923, 1e-12);
  EXPECT_NEAR(measured(two, 1), 0.000917362998174601, 1e-9);

  const Anomalies more =
      Validate(train, eval, Config("num_examples_comparator { min_fraction_threshold: 1 max_fraction_threshold: 1 }"));
  EXPECT_EQ(more.dataset_anomaly_info().reason(0).description(),
            "The ratio of num examples in the current dataset versus the previous span is 2.02094 (up to six "
            "significant digits), which is above the threshold 1.");

  EXPECT_FALSE(HasAnomalies(Validate(train, eval, Config(Comparator("company", "infinity_norm", 0.99)))));
}

TEST(CheckDistributionValidatorConfig, NamesEveryFault) {
  EXPECT_TRUE(CheckDistributionValidatorConfig({}).ok());
  EXPECT_TRUE(CheckDistributionValidatorConfig(Config(Comparator("a", "infinity_norm", 0))).ok());

  const absl::Status status = CheckDistributionValidatorConfig(Config(absl::StrCat(
      "feature { distribution_comparator { infinity_norm { threshold: 0.1 } } } feature { path { step: 'bare' } } ",
      Comparator("twice", "infinity_norm", 0.1), Comparator("twice", "jensen_shannon_divergence", -0.5),
      "feature { path { step: 'odd' } distribution_comparator { normalized_abs_difference { threshold: nan } } } "
      "num_examples_comparator { min_fraction_threshold: 2 max_fraction_threshold: 1 }")));

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const std::string message(status.message());
  EXPECT_THAT(message, HasSubstr("feature 0 has no path"));
  EXPECT_THAT(message, HasSubstr("feature bare has no threshold"));
  EXPECT_THAT(message, HasSubstr("feature twice is there twice"));
  EXPECT_THAT(message, HasSubstr("the threshold of jensen_shannon_divergence is -0.5"));
  EXPECT_THAT(message, HasSubstr("feature odd: the threshold of normalized_abs_difference is nan"));
  EXPECT_THAT(message, HasSubstr("min_fraction_threshold 2 is above max_fraction_threshold 1"));
  EXPECT_THAT(message, Not(HasSubstr("the threshold of infinity_norm")));
  EXPECT_EQ(ValidateDistributions(Colors(1, 1), Colors(1, 1), Config("feature { }")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tfx::tfdv
