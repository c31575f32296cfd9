#include "tfx/data_validation/display/anomaly_details.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/data_validation/display/schema_entry.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/testing/golden_files.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using StatisticsList = v0::DatasetFeatureStatisticsList;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class Proto>
Proto Parse(const std::string& text) {
  Proto proto;
  const absl::Status status = io::ParseTextProto(text, "test", &proto);
  EXPECT_TRUE(status.ok()) << status;
  return proto;
}

struct Case {
  StatisticsList statistics, previous, serving;
  v0::Schema schema;
  std::optional<std::string> environment;

  // Validates and explains.
  AnomalyDetails Details() {
    ValidationOptions options{.environment = environment};
    if (previous.datasets_size() > 0) options.previous_span_statistics = &previous;
    if (serving.datasets_size() > 0) options.serving_statistics = &serving;
    const auto anomalies = ValidateStatistics(statistics, schema, options);
    EXPECT_TRUE(anomalies.ok()) << anomalies.status();
    if (!anomalies.ok()) return {};
    found = *anomalies;
    return MakeAnomalyDetails({.datasets = {{"data", &statistics.datasets(0)}},
                               .anomalies = &found,
                               .previous = previous.datasets_size() > 0 ? &previous.datasets(0) : nullptr,
                               .serving = serving.datasets_size() > 0 ? &serving.datasets(0) : nullptr,
                               .environment = environment},
                              schema);
  }
  v0::Anomalies found;
};

Case MakeCase(const std::string& feature_statistics, const std::string& schema) {
  Case made;
  made.statistics = Parse<StatisticsList>("datasets { num_examples: 10 " + feature_statistics + " }");
  made.schema = Parse<v0::Schema>(schema);
  return made;
}

// The formula of the first reason of the only anomaly.
std::string Formula(const std::string& feature_statistics, const std::string& schema) {
  const AnomalyDetails details = MakeCase(feature_statistics, schema).Details();
  EXPECT_EQ(details.anomalies.size(), 1u);
  return details.anomalies.empty() ? "none" : details.anomalies[0].reasons[0].formula;
}

std::string Changes(const DisplayAnomaly& anomaly) {
  std::string changes;
  for (const DiffLine& line : anomaly.schema_change) {
    if (line.mark != ' ') changes += line.mark + line.text + "\n";
  }
  return changes;
}

constexpr char kNumber[] = R"(features { path { step: "f" } type: INT num_stats {
  common_stats { num_missing: 4 num_non_missing: 6 min_num_values: 1 max_num_values: 3 tot_num_values: 12 } min: -2 max: 40 } })";
constexpr char kText[] = R"(features { path { step: "f" } type: STRING string_stats {
  common_stats { num_non_missing: 10 min_num_values: 1 max_num_values: 1 tot_num_values: 10 } unique: 3
  rank_histogram { buckets { label: "a" sample_count: 7 } buckets { label: "b" sample_count: 2 } buckets { label: "c" sample_count: 1 } } } })";

TEST(ReasonFormula, PutsTheNumbersIn) {
  EXPECT_EQ(Formula(kNumber, "feature { name: 'f' type: INT presence { min_fraction: 0.75 } }"),
            "6 / 10 = 0.6 < 0.75 = min_fraction");
  EXPECT_EQ(Formula(kNumber, "feature { name: 'f' type: INT presence { min_count: 8 } }"),
            "examples with the feature = 6 < 8 = min_count");
  EXPECT_EQ(Formula(kNumber, "feature { name: 'f' type: INT value_count { min: 2 } }"),
            "min_num_values = 1 < 2 = value_count.min");
  EXPECT_EQ(Formula(kNumber, "feature { name: 'f' type: INT value_count { max: 2 } }"),
            "max_num_values = 3 > 2 = value_count.max");
  EXPECT_EQ(Formula(kNumber, "feature { name: 'f' type: INT int_domain { min: 0 } }"), "min = -2 < 0 = int_domain.min");
  EXPECT_EQ(Formula(kNumber, "feature { name: 'f' type: INT int_domain { max: 39 } }"),
            "max = 40 > 39 = int_domain.max");
  EXPECT_EQ(Formula(kNumber, "feature { name: 'f' type: FLOAT }"), "type in the data INT, in the schema FLOAT");
  EXPECT_EQ(Formula(kNumber, "feature { name: 'f' type: INT shape { dim { size: 2 } } }"),
            "values per example 1 to 3, missing in 4 examples; shape 2 holds 2");
  EXPECT_EQ(Formula(kNumber, ""), "present in 6 / 10 = 0.6 of the examples; no entry in the schema");
  EXPECT_EQ(Formula("", "feature { name: 'f' type: INT presence { min_count: 1 min_fraction: 1 } }"),
            "presence.min_count = 1, min_fraction = 1; examples with the feature = 0");
  EXPECT_EQ(Formula(kText, "feature { name: 'f' type: BYTES string_domain { value: 'a' } }"),
            "2 values outside the domain: 3 / 10 = 0.3 > 0 = 1 - min_domain_mass");
  EXPECT_EQ(Formula(kText,
                    "feature { name: 'f' type: BYTES distribution_constraints { min_domain_mass: 0.9 } domain: 'd' } "
                    "string_domain { name: 'd' value: 'a' value: 'c' }"),
            "1 value outside the domain: 2 / 10 = 0.2 > 0.1 = 1 - min_domain_mass");
  EXPECT_EQ(Formula(kText, "feature { name: 'f' type: BYTES unique_constraints { min: 1 max: 2 } }"),
            "unique values = 3 > 2 = unique_constraints.max");
  EXPECT_EQ(Formula(kText, "feature { name: 'f' type: BYTES unique_constraints { min: 4 max: 9 } }"),
            "unique values = 3 < 4 = unique_constraints.min");
  EXPECT_EQ(Formula(kText, "feature { name: 'f' type: BYTES } dataset_constraints { min_examples_count: 11 }"),
            "num_examples = 10 < 11 = min_examples_count");
}

TEST(AnomalyDetails, DriftShowsBothShares) {
  Case drift =
      MakeCase(kText, "feature { name: 'f' type: BYTES drift_comparator { infinity_norm { threshold: 0.1 } } }");
  drift.previous =
      Parse<StatisticsList>(R"(datasets { num_examples: 4 features { path { step: "f" } type: STRING string_stats {
    common_stats { num_non_missing: 4 min_num_values: 1 max_num_values: 1 tot_num_values: 4 } unique: 2
    rank_histogram { buckets { label: "a" sample_count: 1 } buckets { label: "b" sample_count: 3 } } } } })");

  const AnomalyDetails details = drift.Details();

  const std::string formula = "|2 / 10 - 3 / 4| at \"b\" = 0.55 > 0.1 = threshold";
  ASSERT_EQ(details.anomalies.size(), 1u);
  EXPECT_EQ(details.anomalies[0].reasons[0].formula, formula);
  ASSERT_EQ(details.measurements.at("f").size(), 1u);
  EXPECT_EQ(details.measurements.at("f")[0].comparison, "drift");
  EXPECT_NEAR(details.measurements.at("f")[0].value, 0.55, 1e-12);
  EXPECT_TRUE(details.measurements.at("f")[0].above);
  EXPECT_EQ(details.measurements.at("f")[0].formula, formula);
  EXPECT_THAT(Changes(details.anomalies[0]), HasSubstr("-      threshold: 0.1\n+      threshold: 0.55"));
}

TEST(AnomalyDetails, WithinTheThresholdIsAMeasurementWithoutAnomaly) {
  Case skew = MakeCase(kText, "feature { name: 'f' type: BYTES skew_comparator { infinity_norm { threshold: 0.1 } } }");
  skew.serving = skew.statistics;
  const AnomalyDetails details = skew.Details();
  EXPECT_TRUE(details.anomalies.empty());
  EXPECT_EQ(details.measurements.at("f")[0].comparison, "skew");
  EXPECT_FALSE(details.measurements.at("f")[0].above);
}

TEST(AnomalyDetails, MissingControlDataClearsTheThreshold) {
  Case skew = MakeCase(kText, "feature { name: 'f' type: BYTES skew_comparator { infinity_norm { threshold: 0.1 } } }");
  skew.serving = Parse<StatisticsList>("datasets { num_examples: 4 }");
  const AnomalyDetails details = skew.Details();
  ASSERT_EQ(details.anomalies.size(), 1u);
  EXPECT_EQ(Changes(details.anomalies[0]), "-      threshold: 0.1\n");
}

TEST(AnomalyDetails, MissingInAnEnvironmentAddsTheEnvironment) {
  Case serving = MakeCase(kText,
                          "default_environment: 'TRAINING' default_environment: 'SERVING' "
                          "feature { name: 'f' type: BYTES not_in_environment: 'SERVING' }");
  serving.environment = "SERVING";
  const AnomalyDetails details = serving.Details();
  ASSERT_EQ(details.anomalies.size(), 1u);
  EXPECT_EQ(Changes(details.anomalies[0]), "-  not_in_environment: \"SERVING\"\n+  in_environment: \"SERVING\"\n");
  EXPECT_THAT(details.anomalies[0].reasons[0].formula, HasSubstr("not in this environment"));
}

TEST(AnomalyDetails, SaysWhenAcceptingEndsTheChecks) {
  const AnomalyDetails details = MakeCase("", "feature { name: 'f' type: INT presence { min_count: 1 } }").Details();
  ASSERT_EQ(details.anomalies.size(), 1u);
  EXPECT_EQ(Changes(details.anomalies[0]), "+  lifecycle_stage: DEPRECATED\n");
  EXPECT_EQ(details.anomalies[0].schema_change_note, "Accepting this stops all checks of the feature.");
}

TEST(AnomalyDetails, WithoutATextForTheWholeItIsThatOfTheReasons) {
  const auto statistics = Parse<StatisticsList>("datasets { num_examples: 10 }");
  const auto anomalies = Parse<v0::Anomalies>(
      "anomaly_info { key: 'f' value { severity: ERROR path { step: 'f' } reason { type: COMPARATOR_L_INFTY_HIGH "
      "short_description: 'High' description: 'It is 0.5.' } } } dataset_anomaly_info { severity: ERROR reason { type: "
      "COMPARATOR_LOW_NUM_EXAMPLES short_description: 'Low' description: 'They are few.' } }");

  const AnomalyDetails details =
      MakeAnomalyDetails({.datasets = {{"data", &statistics.datasets(0)}}, .anomalies = &anomalies}, {});

  ASSERT_EQ(details.anomalies.size(), 2u);
  for (const DisplayAnomaly& anomaly : details.anomalies) {
    EXPECT_EQ(anomaly.short_description, anomaly.path.empty() ? "Low" : "High");
    EXPECT_EQ(anomaly.description, anomaly.path.empty() ? "They are few." : "It is 0.5.");
  }
}

TEST(AnomalyDetails, SurvivesStatisticsThatCannotBeRead) {
  v0::Anomalies anomalies;
  (*anomalies.mutable_anomaly_info())["f"].set_description("found elsewhere");
  const auto mixed = Parse<v0::DatasetFeatureStatistics>("features { name: 'f' } features { path { step: 'g' } }");
  const AnomalyDetails details =
      MakeAnomalyDetails({.datasets = {{"data", &mixed}}, .anomalies = &anomalies}, v0::Schema());
  ASSERT_EQ(details.anomalies.size(), 1u);
  EXPECT_EQ(details.anomalies[0].path, "f");
  EXPECT_THAT(details.anomalies[0].schema_change_note, HasSubstr("cannot be updated"));
}

// Every recorded validation of the Python library can be shown, and the schema change is the recorded update's.
TEST(AnomalyDetails, ShowTheRecordedUpdates) {
  const std::string root = GoldenDirectory("tfdv/validate");
  if (root.empty()) GTEST_SKIP() << "no recorded results (TFX_GOLDEN_DIR)";
  int shown = 0, compared = 0;
  for (const std::string& name : Subdirectories(root)) {
    SCOPED_TRACE(name);
    const std::string folder = root + "/" + name + "/";
    if (!io::Exists(folder + "anomalies.pbtxt")) continue;
    StatisticsList statistics;
    v0::Schema schema, updated;
    v0::Anomalies anomalies;
    ASSERT_TRUE(io::ReadTextProto(folder + "stats.pbtxt", &statistics).ok());
    ASSERT_TRUE(io::ReadTextProto(folder + "schema.pbtxt", &schema).ok());
    ASSERT_TRUE(io::ReadTextProto(folder + "anomalies.pbtxt", &anomalies).ok());
    const auto datasets = DatasetsToShow(statistics, "data");
    ASSERT_TRUE(datasets.ok()) << datasets.status();

    const auto model = MakeDisplayModel({.datasets = *datasets, .schema = &schema, .anomalies = &anomalies});

    ASSERT_TRUE(model.ok()) << model.status();
    EXPECT_EQ(model->anomalies.size(), anomalies.anomaly_info_size() + anomalies.has_dataset_anomaly_info());
    EXPECT_FALSE(RenderText(*model, {.details = true}).empty());
    ++shown;
    const bool compares = io::Exists(folder + "previous_stats.pbtxt") || io::Exists(folder + "serving_stats.pbtxt");
    if (compares || !io::Exists(folder + "updated_schema.pbtxt")) continue;
    ASSERT_TRUE(io::ReadTextProto(folder + "updated_schema.pbtxt", &updated).ok());
    for (const auto& [key, info] : anomalies.anomaly_info()) {
      const FeaturePath path = PathFromProto(info.path());
      const auto it = std::find_if(model->anomalies.begin(), model->anomalies.end(),
                                   [&](const DisplayAnomaly& one) { return one.path == SerializePath(path); });
      ASSERT_NE(it, model->anomalies.end()) << key;
      const auto expected = LineDiff(SchemaEntryLines(schema, path), SchemaEntryLines(updated, path), 2, 40);
      const auto text = [](const std::vector<DiffLine>& diff) {
        std::string lines;
        for (const DiffLine& line : diff) lines += line.mark + line.text + "\n";
        return lines;
      };
      EXPECT_EQ(text(it->schema_change), text(expected)) << key << ": " << it->schema_change_note;
      ++compared;
    }
  }
  EXPECT_GT(compared, 100);
  std::cout << shown << " recorded validations shown, " << compared << " schema changes compared\n";
}

}  // namespace
}  // namespace tfx::tfdv
