// StatisticsGen, SchemaGen, ExampleValidator, ExampleDiff and DistributionValidator on small artifacts.

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tensorflow_data_validation/skew/protos/feature_skew_results.pb.h"
#include "tensorflow_metadata/proto/v0/anomalies.pb.h"
#include "tfx/components/distribution_validator.h"
#include "tfx/components/example_diff.h"
#include "tfx/components/example_validator.h"
#include "tfx/components/import_example_gen.h"
#include "tfx/components/schema_file.h"
#include "tfx/components/schema_gen.h"
#include "tfx/components/split_pairs.h"
#include "tfx/components/statistics_gen.h"
#include "tfx/dataset/example_writer.h"
#include "tfx/dsl/pipeline.h"
#include "tfx/dsl/resolver.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/io/tfrecord.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/orchestration/compile.h"
#include "tfx/orchestration/local_dag_runner.h"
#include "tfx/testing/test_folder.h"

namespace tfx {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Row {
  std::string id;
  int64_t number;
  std::string color;
};

template <class Proto>
Proto Parse(const std::string& text) {
  Proto proto;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &proto)) << text;
  return proto;
}

template <class Message>
std::vector<Message> ReadRecords(const std::string& file) {
  std::vector<Message> messages;
  auto reader = io::TFRecordReader::Open(file);
  EXPECT_TRUE(reader.ok()) << reader.status();
  if (!reader.ok()) return messages;
  std::string_view record;
  while (*(*reader)->Read(&record)) {
    EXPECT_TRUE(messages.emplace_back().ParseFromArray(record.data(), static_cast<int>(record.size())));
  }
  return messages;
}

class DataChecksTest : public ::testing::Test {
 protected:
  DataChecksTest() : root_(io::JoinPath(::tfx::testing::TestFolder(), "data_checks")) {}
  ~DataChecksTest() override { EXPECT_TRUE(io::RemoveRecursively(root_).ok()); }

  std::string Path(const std::string& name) const { return io::JoinPath(root_, name); }

  void WriteRows(const std::string& file, const std::vector<Row>& rows) {
    ASSERT_TRUE(io::CreateDirectories(io::Dirname(file)).ok());
    auto writer = io::TFRecordWriter::Open(file, io::Compression::kGzip);
    ASSERT_TRUE(writer.ok()) << writer.status();
    dataset::ExampleWriter example;
    for (const Row& row : rows) {
      example.AddBytes("color", 1, [&](size_t) { return std::string_view(row.color); });
      example.AddBytes("id", 1, [&](size_t) { return std::string_view(row.id); });
      example.AddInts("number", std::vector<int64_t>{row.number});
      ASSERT_TRUE((*writer)->Write(example.Finish()).ok());
    }
    ASSERT_TRUE((*writer)->Close().ok());
  }

  // An Examples artifact with these splits.
  Artifact MakeExamples(const std::string& name, const std::map<std::string, std::vector<Row>>& splits) {
    Artifact artifact;
    artifact.type_name = "Examples";
    artifact.uri = Path(name);
    std::string names;
    for (const auto& [split, rows] : splits) {
      WriteRows(artifact.uri + "/Split-" + split + "/data_tfrecord-00000-of-00001.gz", rows);
      names += (names.empty() ? "\"" : ", \"") + split + "\"";
    }
    artifact.properties["split_names"] = "[" + names + "]";
    artifact.properties["span"] = int64_t{7};
    return artifact;
  }

  // Runs a component; its output is then at `output_`.
  template <class Component>
  absl::Status Execute(const Component& component, ExecutorInputs::Map inputs, const std::string& output_key) {
    OutputArtifact output;
    output.path = output.uri = Path("output_" + std::to_string(runs_++));
    EXPECT_TRUE(io::CreateDirectories(output.path).ok());
    ExecutorOutputs outputs({{output_key, {output}}});
    const Node node = Component::Describe().MakeNode(component, "node");
    ExecutionProperties properties;
    for (const auto& [name, parameter] : node.parameters) {
      if (const auto* text = std::get_if<std::string>(&parameter.value)) properties.Set(name, *text);
      if (const auto* number = std::get_if<int64_t>(&parameter.value)) properties.Set(name, *number);
    }
    ExecutorContext context;
    context.num_threads = 2;
    context.tmp_dir = root_;
    context.on_log = [this](std::string_view line) { log_ += std::string(line) + "\n"; };
    const absl::Status status =
        node.make_executor()->Do(ExecutorInputs(std::move(inputs)), outputs, properties, context);
    output_ = outputs[output_key];
    summary_ = outputs.summary();
    return status;
  }

  Artifact StatisticsOf(const Artifact& examples) {
    const absl::Status status = Execute(StatisticsGen{}, {{"examples", {examples}}}, "statistics");
    EXPECT_TRUE(status.ok()) << status;
    return output_;
  }
  nlohmann::json CustomJson(const std::string& name) const {
    return nlohmann::json::parse(std::get<JsonValue>(output_.custom_properties.at(name)).text);
  }
  v0::Anomalies ReadAnomalies(const std::string& directory) const {
    v0::Anomalies anomalies;
    EXPECT_TRUE(io::ReadBinaryProto(io::JoinPath(output_.path, directory + "/SchemaDiff.pb"), &anomalies).ok());
    return anomalies;
  }

  const std::string root_;
  int runs_ = 0;
  OutputArtifact output_;
  std::string summary_, log_;
};

const std::vector<Row> kMonday = {{"a", 1, "red"}, {"b", 2, "red"}, {"c", 3, "blue"}, {"d", 4, "blue"}};
const std::vector<Row> kTuesday = {{"a", 1, "red"}, {"b", 5, "red"}, {"c", 3, "red"}, {"e", 4, "red"}};

TEST_F(DataChecksTest, StatisticsGenDescribesEachSplitAndCopiesTheSpan) {
  const Artifact examples = MakeExamples("examples", {{"eval", kTuesday}, {"train", kMonday}});

  ASSERT_TRUE(Execute(StatisticsGen{.exclude_splits = {"eval"}}, {{"examples", {examples}}}, "statistics").ok());

  EXPECT_EQ(output_.StringProperty("split_names"), "[\"train\"]");
  EXPECT_EQ(output_.IntProperty("span"), 7);
  EXPECT_EQ(CustomJson("sample_rate_by_split"), "{\"train\": 1.0}");
  EXPECT_EQ(summary_, "3 features, 1 split");
  const auto statistics = ReadStatistics(output_, "train");
  ASSERT_TRUE(statistics.ok()) << statistics.status();
  EXPECT_EQ(statistics->datasets(0).num_examples(), 4);
  EXPECT_EQ(ReadStatistics(output_, "eval").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(DataChecksTest, StatisticsGenWritesShardsThatReadAsOne) {
  const Artifact examples = MakeExamples("examples", {{"train", kMonday}});
  const Artifact whole = StatisticsOf(examples);

  ASSERT_TRUE(Execute(StatisticsGen{.stats_options_json = R"({"experimental_result_partitions": 3})",
                                    .sharded_stats_output = true},
                      {{"examples", {examples}}}, "statistics")
                  .ok());

  EXPECT_THAT(*io::ListDirectory(io::JoinPath(output_.path, "Split-train")),
              ElementsAre("FeatureStats.tfrecords-00000-of-00003", "FeatureStats.tfrecords-00001-of-00003",
                          "FeatureStats.tfrecords-00002-of-00003"));
  const auto one = ReadStatistics(whole, "train");
  const auto sharded = ReadStatistics(output_, "train");
  ASSERT_TRUE(one.ok() && sharded.ok()) << one.status() << sharded.status();
  EXPECT_EQ(sharded->DebugString(), one->DebugString());
}

TEST_F(DataChecksTest, StatisticsGenSamplesBySplitAndSaysSo) {
  std::vector<Row> many;
  for (int i = 0; i < 1000; ++i) many.push_back({std::to_string(i), i, "red"});
  const Artifact examples = MakeExamples("examples", {{"eval", many}, {"train", many}});

  ASSERT_TRUE(
      Execute(StatisticsGen{.sample_rate_by_split = {{"train", 0.25}}}, {{"examples", {examples}}}, "statistics").ok());

  EXPECT_EQ(CustomJson("sample_rate_by_split"), "{\"eval\": 1.0, \"train\": 0.25}");
  EXPECT_EQ(ReadStatistics(output_, "eval")->datasets(0).num_examples(), 1000);
  EXPECT_NEAR(ReadStatistics(output_, "train")->datasets(0).num_examples(), 250, 80);

  for (const auto& rates : {std::map<std::string, double>{{"train", 0.0}}, {{"train", 1.5}}, {{"trian", 0.5}}}) {
    const absl::Status status =
        Execute(StatisticsGen{.sample_rate_by_split = rates}, {{"examples", {examples}}}, "statistics");
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(rates.begin()->first));
  }
}

TEST_F(DataChecksTest, StatisticsGenReadsSplitsByTheirPattern) {
  Artifact examples = MakeExamples("examples", {{"train", kMonday}});
  WriteRows(Path("examples/elsewhere/part-1"), kTuesday);
  WriteRows(Path("examples/elsewhere/part-2"), kTuesday);
  examples.custom_properties["custom_split_pattern"] = R"({"train": "elsewhere/part-*"})";

  ASSERT_TRUE(Execute(StatisticsGen{}, {{"examples", {examples}}}, "statistics").ok());
  EXPECT_EQ(ReadStatistics(output_, "train")->datasets(0).num_examples(), 8);

  examples.custom_properties["custom_split_pattern"] = R"({"train": "nowhere/*"})";
  EXPECT_EQ(Execute(StatisticsGen{}, {{"examples", {examples}}}, "statistics").code(), absl::StatusCode::kNotFound);
  examples.custom_properties["custom_split_pattern"] = "[";
  EXPECT_EQ(Execute(StatisticsGen{}, {{"examples", {examples}}}, "statistics").code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(DataChecksTest, StatisticsGenRefusesTwoSchemasAndUnknownOptions) {
  const Artifact examples = MakeExamples("examples", {{"train", kMonday}});
  Artifact schema;
  schema.uri = Path("schema");
  ASSERT_TRUE(io::WriteFile(io::JoinPath(schema.uri, "schema.pbtxt"), "feature { name: 'number' type: INT }").ok());

  const absl::Status twice = Execute(StatisticsGen{.stats_options_json = R"({"schema_json": "{\"feature\": []}"})"},
                                     {{"examples", {examples}}, {"schema", {schema}}}, "statistics");
  EXPECT_THAT(std::string(twice.message()), HasSubstr("give one"));

  const absl::Status unknown =
      Execute(StatisticsGen{.stats_options_json = R"({"num_top_value": 3})"}, {{"examples", {examples}}}, "statistics");
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("num_top_value"));
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("stats_options_json"));

  EXPECT_EQ(Execute(StatisticsGen{.exclude_splits = {"train"}}, {{"examples", {examples}}}, "statistics").code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(DataChecksTest, ExampleValidatorBlessesSplitsAndHonoursCustomConditions) {
  const Artifact statistics = StatisticsOf(MakeExamples("examples", {{"eval", kTuesday}, {"train", kMonday}}));
  ASSERT_TRUE(Execute(SchemaGen{}, {{"statistics", {statistics}}}, "schema").ok());
  const Artifact schema = output_;

  ASSERT_TRUE(Execute(ExampleValidator{}, {{"statistics", {statistics}}, {"schema", {schema}}}, "anomalies").ok());
  EXPECT_EQ(CustomJson("blessed"), (nlohmann::json{{"eval", 1}, {"train", 1}}));

  const absl::Status status = Execute(
      ExampleValidator{.exclude_splits = {"eval"},
                       .custom_validation_config = Parse<CustomValidationConfig>(
                           "feature_validations { feature_path { step: 'number' } validations { sql_expression: "
                           "'feature.num_stats.max < 4' severity: ERROR description: 'Numbers are below four.' } }")},
      {{"statistics", {statistics}}, {"schema", {schema}}}, "anomalies");
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(CustomJson("blessed"), (nlohmann::json{{"train", 0}}));
  const v0::Anomalies anomalies = ReadAnomalies("Split-train");
  ASSERT_TRUE(anomalies.anomaly_info().contains("number"));
  EXPECT_EQ(anomalies.anomaly_info().at("number").reason(0).type(), v0::AnomalyInfo::CUSTOM_VALIDATION);
}

ExampleDiffConfig DiffConfig() {
  return Parse<ExampleDiffConfig>(
      "paired_example_skew { identifier_features: 'id' skew_sample_size: 5 confusion_config { feature_name: 'color' } "
      "}");
}

TEST_F(DataChecksTest, ExampleDiffComparesEveryPairOfSplits) {
  const Artifact baseline = MakeExamples("baseline", {{"train", kMonday}});
  const Artifact test = MakeExamples("test", {{"eval", kMonday}, {"train", kTuesday}});

  ASSERT_TRUE(Execute(ExampleDiff{.example_diff_config = DiffConfig()},
                      {{"examples", {test}}, {"baseline_examples", {baseline}}}, "example_diff_result")
                  .ok());

  EXPECT_THAT(*io::ListDirectory(output_.path), ElementsAre("SplitPair-eval_train", "SplitPair-train_train"));
  const std::string pair = io::JoinPath(output_.path, "SplitPair-train_train");
  EXPECT_THAT(*io::ListDirectory(pair), ElementsAre("confusion-00000-of-00001", "match_stats-00000-of-00001",
                                                    "sample_pairs-00000-of-00001", "skew_stats-00000-of-00001"));
  using ::tensorflow::data_validation::FeatureSkew;
  using ::tensorflow::data_validation::MatchStats;
  const auto skew = ReadRecords<FeatureSkew>(pair + "/skew_stats-00000-of-00001");
  ASSERT_EQ(skew.size(), 2u);
  EXPECT_EQ(skew[0].feature_name(), "color");
  EXPECT_EQ(skew[0].mismatch_count(), 1u);
  EXPECT_EQ(skew[1].mismatch_count(), 1u);
  // Base is the baseline.
  const auto match = ReadRecords<MatchStats>(pair + "/match_stats-00000-of-00001");
  ASSERT_EQ(match.size(), 1u);
  EXPECT_EQ(match[0].ids_missing_in_base_count(), 1u);
  EXPECT_EQ(match[0].ids_missing_in_test_count(), 1u);
  EXPECT_EQ(summary_, "7 pairs of examples, 2 features differ");
}

TEST_F(DataChecksTest, ExampleDiffComparesOnlyThePairsAskedFor) {
  const Artifact baseline = MakeExamples("baseline", {{"eval", kTuesday}, {"train", kMonday}});
  const Artifact test = MakeExamples("test", {{"eval", kMonday}, {"train", kTuesday}});
  const ExecutorInputs::Map inputs = {{"examples", {test}}, {"baseline_examples", {baseline}}};

  ASSERT_TRUE(Execute(ExampleDiff{.example_diff_config = DiffConfig(),
                                  .include_split_pairs = std::vector<SplitPair>{{"train", "eval"}}},
                      inputs, "example_diff_result")
                  .ok());
  EXPECT_THAT(*io::ListDirectory(output_.path), ElementsAre("SplitPair-train_eval"));

  const absl::Status missing =
      Execute(ExampleDiff{.example_diff_config = DiffConfig(),
                          .include_split_pairs = std::vector<SplitPair>{{"train", "eval"}, {"test", "eval"}}},
              inputs, "example_diff_result");
  EXPECT_EQ(missing.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(missing.message()), HasSubstr("test_eval"));
  EXPECT_THAT(*io::ListDirectory(output_.path), IsEmpty());
}

TEST_F(DataChecksTest, ExampleDiffNeedsIdentifiersBeforeAnythingRuns) {
  const Node node = ExampleDiff::Describe().MakeNode(ExampleDiff{}, "ExampleDiff");
  ASSERT_FALSE(node.errors.empty());
  EXPECT_THAT(node.errors.back().message, HasSubstr("identifier_features"));

  Artifact examples = MakeExamples("examples", {{"train", kMonday}});
  examples.custom_properties["payload_format"] = std::string("FORMAT_TF_SEQUENCE_EXAMPLE");
  const absl::Status status =
      Execute(ExampleDiff{.example_diff_config = DiffConfig()},
              {{"examples", {examples}}, {"baseline_examples", {examples}}}, "example_diff_result");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
}

DistributionValidatorConfig DriftConfig(double threshold) {
  return Parse<DistributionValidatorConfig>(absl::StrCat(
      "default_slice_config { feature { path { step: 'color' } distribution_comparator { infinity_norm { threshold: ",
      threshold, " } } } num_examples_comparator { min_fraction_threshold: 0.5 max_fraction_threshold: 1.5 } }"));
}

TEST_F(DataChecksTest, DistributionValidatorFindsWhatMoved) {
  const Artifact monday = StatisticsOf(MakeExamples("monday", {{"train", kMonday}}));
  const Artifact tuesday = StatisticsOf(MakeExamples("tuesday", {{"train", kTuesday}}));
  const ExecutorInputs::Map inputs = {{"statistics", {tuesday}}, {"baseline_statistics", {monday}}};

  ASSERT_TRUE(
      Execute(DistributionValidator{.distribution_validator_config = DriftConfig(0.4)}, inputs, "anomalies").ok());

  EXPECT_EQ(CustomJson("blessed"), (nlohmann::json{{"train_train", 0}}));
  EXPECT_EQ(output_.StringProperty("split_names"), "[\"train_train\"]");
  EXPECT_EQ(output_.IntProperty("span"), 7);
  const v0::Anomalies anomalies = ReadAnomalies("SplitPair-train_train");
  ASSERT_EQ(anomalies.anomaly_info().size(), 1u) << "new values of other features are no matter of distributions";
  const v0::AnomalyInfo& color = anomalies.anomaly_info().at("color");
  EXPECT_EQ(color.reason(0).type(), v0::AnomalyInfo::COMPARATOR_L_INFTY_HIGH);
  EXPECT_EQ(color.description(), "");
  EXPECT_DOUBLE_EQ(anomalies.drift_skew_info(0).drift_measurements(0).value(), 0.5);

  ASSERT_TRUE(
      Execute(DistributionValidator{.distribution_validator_config = DriftConfig(0.6)}, inputs, "anomalies").ok());
  EXPECT_EQ(CustomJson("blessed"), (nlohmann::json{{"train_train", 1}}));
}

TEST_F(DataChecksTest, DistributionValidatorWatchesTheNumberOfExamples) {
  const Artifact monday = StatisticsOf(MakeExamples("monday", {{"train", kMonday}}));
  const Artifact less = StatisticsOf(MakeExamples("less", {{"train", {kMonday[0], kMonday[2]}}}));
  DistributionValidatorConfig config = DriftConfig(1);
  config.mutable_default_slice_config()->mutable_num_examples_comparator()->set_min_fraction_threshold(0.75);

  ASSERT_TRUE(Execute(DistributionValidator{.distribution_validator_config = config},
                      {{"statistics", {less}}, {"baseline_statistics", {monday}}}, "anomalies")
                  .ok());

  EXPECT_EQ(ReadAnomalies("SplitPair-train_train").dataset_anomaly_info().reason(0).type(),
            v0::AnomalyInfo::COMPARATOR_LOW_NUM_EXAMPLES);
  EXPECT_EQ(CustomJson("blessed"), (nlohmann::json{{"train_train", 0}}));
}

TEST_F(DataChecksTest, DistributionValidatorSaysWhatCouldNotBeCompared) {
  const Artifact monday = StatisticsOf(MakeExamples("monday", {{"train", kMonday}}));
  const Artifact tuesday = StatisticsOf(MakeExamples("tuesday", {{"train", kTuesday}}));
  // A feature that is nowhere, and a measure that needs counts of values for one that has none.
  const auto config = Parse<DistributionValidatorConfig>(
      "default_slice_config { feature { path { step: 'absent.x' } distribution_comparator { infinity_norm { threshold: "
      "0.5 } } } feature { path { step: 'number' } distribution_comparator { infinity_norm { threshold: 0.5 } } } }");

  ASSERT_TRUE(Execute(DistributionValidator{.distribution_validator_config = config},
                      {{"statistics", {tuesday}}, {"baseline_statistics", {monday}}}, "anomalies")
                  .ok());

  const v0::Anomalies anomalies = ReadAnomalies("SplitPair-train_train");
  for (const char* feature : {"'absent.x'", "number"}) {
    ASSERT_TRUE(anomalies.anomaly_info().contains(feature)) << anomalies.DebugString();
    const v0::AnomalyInfo& info = anomalies.anomaly_info().at(feature);
    ASSERT_EQ(info.reason_size(), 1);
    EXPECT_EQ(info.reason(0).type(), v0::AnomalyInfo::STATS_NOT_AVAILABLE);
    EXPECT_EQ(info.reason(0).short_description(), "Comparison could not be done.");
    EXPECT_EQ(info.severity(), v0::AnomalyInfo::ERROR);
  }
}

TEST_F(DataChecksTest, DistributionValidatorTakesItsConfigFromAnArtifact) {
  const Artifact monday = StatisticsOf(MakeExamples("monday", {{"train", kMonday}}));
  const Artifact tuesday = StatisticsOf(MakeExamples("tuesday", {{"train", kTuesday}}));
  Artifact config;
  config.type_name = "Config";
  config.uri = Path("config");
  ASSERT_TRUE(io::WriteBinaryProto(Path("config/config.pb"), DriftConfig(0.4)).ok());
  const ExecutorInputs::Map inputs = {{"statistics", {tuesday}},
                                      {"baseline_statistics", {monday}},
                                      {"artifact_distribution_validator_config", {config}}};

  ASSERT_TRUE(Execute(DistributionValidator{}, inputs, "anomalies").ok());
  EXPECT_EQ(CustomJson("blessed"), (nlohmann::json{{"train_train", 0}}));

  const absl::Status both =
      Execute(DistributionValidator{.distribution_validator_config = DriftConfig(1)}, inputs, "anomalies");
  EXPECT_EQ(both.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(both.message()), HasSubstr("are given at the same time"));
  const absl::Status neither =
      Execute(DistributionValidator{}, {{"statistics", {tuesday}}, {"baseline_statistics", {monday}}}, "anomalies");
  EXPECT_EQ(neither.code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(io::WriteFile(Path("config/second"), "").ok());
  const absl::Status two = Execute(DistributionValidator{}, inputs, "anomalies");
  EXPECT_EQ(two.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(two.message()), HasSubstr("must hold exactly one file, it holds 2"));
}

TEST_F(DataChecksTest, DistributionValidatorChecksItsConfigBeforeAnythingRuns) {
  auto errors = [](const DistributionValidator& component) {
    std::string all;
    for (const auto& error : DistributionValidator::Describe().MakeNode(component, "node").errors) {
      absl::StrAppend(&all, error.message, "\n");
    }
    return all;
  };
  EXPECT_THAT(errors(DistributionValidator{}), HasSubstr("either this parameter or the input"));
  EXPECT_THAT(errors(DistributionValidator{.distribution_validator_config = Parse<DistributionValidatorConfig>(
                                               "default_slice_config { feature { path { step: 'color' } } }")}),
              HasSubstr("feature color has no threshold"));
}

TEST_F(DataChecksTest, DistributionValidatorPassesEverySplitWithoutABaseline) {
  const Artifact monday = StatisticsOf(MakeExamples("monday", {{"eval", kMonday}, {"train", kMonday}}));

  ASSERT_TRUE(Execute(DistributionValidator{.distribution_validator_config = DriftConfig(0.1)},
                      {{"statistics", {monday}}}, "anomalies")
                  .ok());

  EXPECT_EQ(CustomJson("blessed"), (nlohmann::json{{"eval", 2}, {"train", 2}}));
  EXPECT_THAT(*io::ListDirectory(output_.path), IsEmpty());
}

TEST_F(DataChecksTest, DistributionValidatorComparesSplitsOfOneNameUnlessTold) {
  const Artifact monday = StatisticsOf(MakeExamples("monday", {{"eval", kMonday}, {"train", kMonday}}));
  const Artifact other = StatisticsOf(MakeExamples("other", {{"serving", kMonday}}));

  ASSERT_TRUE(Execute(DistributionValidator{.distribution_validator_config = DriftConfig(0.1)},
                      {{"statistics", {monday}}, {"baseline_statistics", {monday}}}, "anomalies")
                  .ok());
  EXPECT_THAT(*io::ListDirectory(output_.path), ElementsAre("SplitPair-eval_eval", "SplitPair-train_train"));

  const ExecutorInputs::Map inputs = {{"statistics", {monday}}, {"baseline_statistics", {other}}};
  const absl::Status none =
      Execute(DistributionValidator{.distribution_validator_config = DriftConfig(0.1)}, inputs, "anomalies");
  EXPECT_EQ(none.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(none.message()), HasSubstr("include_split_pairs"));
  ASSERT_TRUE(Execute(DistributionValidator{.distribution_validator_config = DriftConfig(0.1),
                                            .include_split_pairs = std::vector<SplitPair>{{"eval", "serving"}}},
                      inputs, "anomalies")
                  .ok());
  EXPECT_THAT(*io::ListDirectory(output_.path), ElementsAre("SplitPair-eval_serving"));
}

TEST_F(DataChecksTest, DamagedStatisticsAreNamed) {
  const Artifact monday = StatisticsOf(MakeExamples("monday", {{"train", kMonday}}));
  const std::string file = io::JoinPath(monday.uri, "Split-train/FeatureStats.pb");
  const std::string bytes = *io::ReadFile(file);
  ASSERT_TRUE(io::WriteFile(file, bytes.substr(0, bytes.size() / 2)).ok());

  const absl::Status status = Execute(SchemaGen{}, {{"statistics", {monday}}}, "schema");
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("Split-train/FeatureStats.pb"));
  EXPECT_THAT(*io::ListDirectory(output_.path), IsEmpty());
}

TEST_F(DataChecksTest, DiffsAndDistributionChecksRunInAPipeline) {
  for (const auto& [name, shift] : std::map<std::string, int>{{"monday", 0}, {"tuesday", 1}}) {
    std::vector<Row> rows;
    for (int i = 0; i < 40; ++i) rows.push_back({std::to_string(i), i + shift, i % 2 == 0 ? "red" : "blue"});
    WriteRows(Path(name + "/rows.tfrecord.gz"), rows);
  }
  Pipeline p{.name = "checks", .root = Path("pipeline")};
  // Runs first, so it finds nothing.
  auto last = p.Add(Resolver{.strategy = LatestArtifactStrategy<ExampleStatistics>{}}, {.id = "last"});
  auto monday = p.Add(ImportExampleGen{.input_base = Path("monday")}, {.id = "monday"});
  auto tuesday = p.Add(ImportExampleGen{.input_base = Path("tuesday")}, {.id = "tuesday"});
  auto monday_statistics = p.Add(StatisticsGen{.examples = monday.examples}, {.id = "monday_statistics"});
  auto tuesday_statistics = p.Add(StatisticsGen{.examples = tuesday.examples}, {.id = "tuesday_statistics"});
  p.Add(ExampleDiff{
      .examples = tuesday.examples, .baseline_examples = monday.examples, .example_diff_config = DiffConfig()});
  p.Add(DistributionValidator{.statistics = tuesday_statistics.statistics,
                              .baseline_statistics = monday_statistics.statistics,
                              .distribution_validator_config = DriftConfig(1)});
  p.Add(DistributionValidator{.statistics = tuesday_statistics.statistics,
                              .baseline_statistics = last.artifacts,
                              .distribution_validator_config = DriftConfig(1)},
        {.id = "first_time"});
  const auto ir = CompileToIr(p);
  ASSERT_TRUE(ir.ok()) << ir.status();
  ml_metadata::ConnectionConfig connection;
  connection.mutable_sqlite()->set_filename_uri(Path("metadata.db"));
  auto store = mlmd::OpenMetadataStore(connection);
  ASSERT_TRUE(store.ok()) << store.status();
  Reporter silent;

  const auto outcome = LocalDagRunner(*ir, p.graph, **store).Run({.root = p.root, .num_threads = 1}, silent);

  ASSERT_TRUE(outcome.ok()) << outcome.status();
  std::map<std::string, std::string> summaries;
  for (const auto& [node, result] : outcome->nodes) {
    EXPECT_STREQ(std::string(NodeStateName(result.state)).c_str(), "COMPLETE") << node << ": " << result.status;
    summaries[node] = result.summary;
  }
  EXPECT_THAT(summaries["ExampleDiff"], HasSubstr("1 feature differs"));
  EXPECT_EQ(summaries["DistributionValidator"], "no anomalies");
  EXPECT_EQ(summaries["first_time"], "no baseline to compare with");
}

TEST(SplitPairsParameter, IsJsonAsPythonWritesIt) {
  EXPECT_EQ(std::get<std::string>(SplitPairsParameter(std::nullopt).value), "null");
  EXPECT_EQ(std::get<std::string>(SplitPairsParameter(std::vector<SplitPair>{{"a", "b"}, {"c", "d"}}).value),
            "[[\"a\", \"b\"], [\"c\", \"d\"]]");
}

TEST(SplitPairsToProcess, RefusesWhatIsNoListOfPairs) {
  Artifact artifact;
  artifact.properties["split_names"] = std::string("[\"train\"]");
  for (const char* text : {"{}", "[\"train\"]", "[[\"train\"]]", "[[1, 2]]", "nonsense"}) {
    ExecutionProperties properties;
    properties.Set("include_split_pairs", std::string(text));
    const auto pairs = SplitPairsToProcess(artifact, artifact, properties, UnsetPairs::kAll);
    EXPECT_EQ(pairs.status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace tfx
