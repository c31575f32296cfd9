// `tfx data` as a user types it: what the verbs print and write, and what they say about bad input.
#include <sys/stat.h>
#include <unistd.h>

#include <iostream>
#include <sstream>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tensorflow_metadata/proto/v0/anomalies.pb.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/cli/data_commands_testing.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tfx::cli {
namespace {

using ::tensorflow::metadata::v0::DatasetFeatureStatisticsList;
using ::tensorflow::metadata::v0::Schema;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(DataCommandsTest, StatisticsSchemaAndValidationOfACsvFile) {
  MakeStatisticsAndSchema();
  EXPECT_THAT(Read("schema.pbtxt"), AllOf(HasSubstr("name: \"fare\""), HasSubstr("value: \"Checker\"")));

  const Result fine = Data({"validate", "--statistics=@stats.pb", "--schema=@schema.pbtxt"});
  EXPECT_EQ(fine.code, kExitOk);
  EXPECT_EQ(fine.out, "No anomalies.\n");

  Write("more.csv", "fare,company\n1.5,Green\n");
  ASSERT_EQ(Data({"statistics", "--input=@more.csv", "--output=@more.pbtxt"}).code, kExitOk);
  const Result found = Data({"validate", "--statistics=@more.pbtxt", "--schema=@schema.pbtxt", "--output=@anomalies.pb",
                             "--update_schema=@wider.pbtxt"});
  EXPECT_EQ(found.code, kExitFindings);
  EXPECT_THAT(found.out, AllOf(HasSubstr("company"), HasSubstr("Green")));
  ::tensorflow::metadata::v0::Anomalies anomalies;
  ASSERT_TRUE(io::ReadBinaryProto(Path("anomalies.pb"), &anomalies).ok());
  EXPECT_TRUE(anomalies.anomaly_info().contains("company"));
  EXPECT_THAT(Read("wider.pbtxt"), HasSubstr("Green"));

  const Result warning = Data({"validate", "--statistics=@more.pbtxt", "--schema=@schema.pbtxt",
                               "--severity=ENUM_TYPE_UNEXPECTED_STRING_VALUES=WARNING"});
  EXPECT_THAT(warning.out, HasSubstr("WARNING"));
  const Result off = Data({"validate", "--statistics=@more.pbtxt", "--schema=@schema.pbtxt",
                           "--severity=ENUM_TYPE_UNEXPECTED_STRING_VALUES=UNKNOWN"});
  EXPECT_EQ(off.code, kExitOk) << off.out;
}

TEST_F(DataCommandsTest, TheSameStatisticsInEveryKindOfFile) {
  for (const char* name : {"s.pb", "s.pbtxt", "s.tfrecord"}) {
    ASSERT_EQ(Data({"statistics", "--input=@trips.csv", std::string("--output=@") + name}).err, "");
    const Result json = Data({"diff", "@s.pb", std::string("@") + name, "--tolerance=0"});
    EXPECT_EQ(json.code, kExitOk) << name << json.out;
    const Result schema = Data({"schema", std::string("--statistics=@") + name});
    EXPECT_THAT(schema.out, HasSubstr("name: \"fare\"")) << name << schema.err;
  }
  Write("options.json", R"({"experimental_result_partitions": 2})");
  ASSERT_EQ(Data({"statistics", "--input=@trips.csv", "--stats_options=@options.json", "--output=@f.tfrecords"}).err,
            "");
  EXPECT_EQ(Data({"diff", "@s.pb", "@f.tfrecords-*", "--tolerance=0"}).out, "No differences.\n");
}

TEST_F(DataCommandsTest, StandardOutputIsTextOrJson) {
  const Result text = Data({"statistics", "--input=@trips.csv"});
  DatasetFeatureStatisticsList statistics;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text.out, &statistics));
  EXPECT_EQ(statistics.datasets(0).num_examples(), 4);

  const Result json = Data({"statistics", "--input=@trips.csv", "--json"});
  EXPECT_EQ(nlohmann::json::parse(json.out)["datasets"].size(), 1u);
}

TEST_F(DataCommandsTest, StandardInputIsText) {
  std::istringstream text(Data({"statistics", "--input=@trips.csv"}).out);
  std::streambuf* const before = std::cin.rdbuf(text.rdbuf());
  const Result schema = Data({"schema", "--statistics=-"});
  std::cin.rdbuf(before);
  EXPECT_THAT(schema.out, HasSubstr("name: \"company\"")) << schema.err;
}

TEST_F(DataCommandsTest, CsvWithoutHeaderAndWithAnotherDelimiter) {
  Write("plain.csv", "1;a\n2;b\n");
  const Result result = Data({"statistics", "--input=@plain.csv", "--delimiter=;", "--column_names=n,s", "--json"});
  ASSERT_EQ(result.code, kExitOk) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["datasets"][0]["features"][0]["path"]["step"][0], "n");
}

TEST_F(DataCommandsTest, ExtraGeneratorsComeFromAFile) {
  Write("pairs.csv", "a,b\n1,2\n2,4\n3,6\n");
  Write("generators.json", R"({"CrossFeatureStatsGenerator": {"sample_rate": 1.0}})");
  const Result result = Data({"statistics", "--input=@pairs.csv", "--extra_generators=@generators.json"});
  EXPECT_THAT(result.out, HasSubstr("correlation: 1")) << result.err;

  Write("generators.json", R"({"CrossFeatureGenerator": {}})");
  const Result unknown =
      Data({"statistics", "--input=@pairs.csv", "--extra_generators=@generators.json", "--output=@out.pb"});
  ExpectRefused(unknown, {"generators.json", "CrossFeatureStatsGenerator"});
}

TEST_F(DataCommandsTest, CustomConditionsAreChecked) {
  MakeStatisticsAndSchema();
  Write("custom.pbtxt",
        "feature_validations { feature_path { step: 'fare' } validations { sql_expression: "
        "'feature.num_stats.mean < 1' severity: WARNING description: 'Fares are small.' } }");
  const Result result = Data(
      {"validate", "--statistics=@stats.pb", "--schema=@schema.pbtxt", "--custom_validation_config=@custom.pbtxt"});
  EXPECT_EQ(result.code, kExitFindings) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("Fares are small."), HasSubstr("WARNING")));
}

TEST_F(DataCommandsTest, DiffOfSchemasIsReadable) {
  Write("a.pbtxt", "feature { name: 'x' type: INT } feature { name: 'gone' type: BYTES }");
  Write("b.pbtxt", "feature { name: 'x' type: FLOAT }");
  const Result text = Data({"diff", "@a.pbtxt", "@b.pbtxt"});
  EXPECT_EQ(text.code, kExitFindings);
  EXPECT_EQ(text.out, "~ feature 'x': type: INT -> FLOAT\n- feature 'gone': type: BYTES\n");

  const auto json = nlohmann::json::parse(Data({"diff", "@a.pbtxt", "@b.pbtxt", "--json"}).out);
  EXPECT_EQ(json["changes"][0]["before"], "INT");
  EXPECT_EQ(json["changes"][1]["kind"], "removed");

  const Result same = Data({"diff", "@a.pbtxt", "@a.pbtxt"});
  EXPECT_EQ(same.code, kExitOk);
  EXPECT_EQ(same.out, "No differences.\n");
}

TEST_F(DataCommandsTest, DiffOfStatisticsShowsBothNumbers) {
  MakeStatisticsAndSchema();
  Write("more.csv", "fare,company\n1.5,Blue\n2.5,Checker\n,Blue\n5,Blue\n");
  ASSERT_EQ(Data({"statistics", "--input=@more.csv", "--output=@more.pb"}).code, kExitOk);
  const Result result = Data({"diff", "@stats.pb", "@more.pb"});
  EXPECT_EQ(result.code, kExitFindings);
  EXPECT_THAT(result.out, HasSubstr("fare     num_stats.max"));
  EXPECT_THAT(result.out, Not(HasSubstr("company")));
  const Result first = Data({"diff", "@stats.pb", "@more.pb", "--limit=1"});
  EXPECT_THAT(first.out, HasSubstr("more; --limit=0 shows all"));
  EXPECT_EQ(Data({"diff", "@stats.pb", "@stats.pb"}).code, kExitOk);
}

TEST_F(DataCommandsTest, DiffRefusesWhatIsNeither) {
  Write("a.pbtxt", "what: 1");
  const Result text = Data({"diff", "@a.pbtxt", "@a.pbtxt"});
  EXPECT_EQ(text.code, kExitError);
  EXPECT_THAT(text.err, HasSubstr("neither statistics nor a schema"));
  EXPECT_THAT(Data({"diff", "@none.pbtxt", "@a.pbtxt"}).err, HasSubstr("none.pbtxt"));
  MakeStatisticsAndSchema();
  EXPECT_EQ(Data({"diff", "@stats.pb", "@schema.pbtxt"}).code, kExitError);
}

TEST_F(DataCommandsTest, SkewOfExamplesCountsAndWritesRecords) {
  WriteExamples("base", {{"a", 1}, {"b", 2}, {"c", 3}});
  WriteExamples("test", {{"a", 1}, {"b", 3}, {"d", 3}});
  const Result result =
      Data({"skew", "@base", "@test", "--identifier_features=id", "--sample_size=3", "--output_directory=@skew"});
  EXPECT_EQ(result.code, kExitFindings) << result.err;
  EXPECT_THAT(result.out, AllOf(StartsWith("2 pairs of 3 base and 3 test examples"), HasSubstr("number")));
  EXPECT_THAT(*io::ListDirectory(Path("skew")),
              ElementsAre("match_stats-00000-of-00001", "sample_pairs-00000-of-00001", "skew_stats-00000-of-00001"));

  const auto json = nlohmann::json::parse(Data({"skew", "@base", "@test", "--identifier_features=id", "--json"}).out);
  EXPECT_EQ(json["match_stats"]["matching_pairs_count"], "2");
  EXPECT_EQ(Data({"skew", "@base", "@base", "--identifier_features=id"}).code, kExitOk);
  EXPECT_THAT(Data({"skew", "@base", "@test"}).err, HasSubstr("--identifier_features"));

  Write("skew.json", R"({"identifier_features": ["id"], "sample_sizes": 3})");
  ExpectRefused(Data({"skew", "@base", "@test", "--options=@skew.json", "--output_directory=@out"}),
                {"skew.json", "sample_sizes", "sample_size"}, "out");
}

TEST_F(DataCommandsTest, SkewOfStatisticsMeasuresDistances) {
  MakeStatisticsAndSchema();
  Write("more.csv", "fare,company\n1.5,Blue\n2.5,Blue\n3,Blue\n4,Blue\n");
  ASSERT_EQ(Data({"statistics", "--input=@more.csv", "--output=@more.pb"}).code, kExitOk);
  const auto json = nlohmann::json::parse(Data({"skew", "@stats.pb", "@more.pb", "--json"}).out);
  EXPECT_EQ(json["distances"][0]["feature"], "company");
  EXPECT_DOUBLE_EQ(json["distances"][0]["l_infinity"], 0.25);
  EXPECT_TRUE(json["distances"][1]["l_infinity"].is_null());
}

TEST_F(DataCommandsTest, SkewReadsWhatStatisticsRead) {
  WriteExamples("base", {{"a", 1}, {"b", 2}});
  Write("test.csv", "id;number\na;1\nb;3\n");
  const Result result = Data({"skew", "@base", "@test.csv", "--delimiter=;", "--identifier_features=id", "--json"});
  EXPECT_EQ(result.code, kExitFindings) << result.err;
  EXPECT_EQ(nlohmann::json::parse(result.out)["skew_results"][0]["mismatch_count"], "1");
  ExpectRefused(Data({"skew", "@base", "@none*", "--identifier_features=id", "--output_directory=@out"}),
                {"test=", "none* matches no file"}, "out");
  Write("notes.txt", "What is this?");
  ExpectRefused(Data({"skew", "@base", "@notes.txt", "--identifier_features=id", "--output_directory=@out"}),
                {"notes.txt is neither a TFRecord nor a Parquet file"}, "out");
}

TEST_F(DataCommandsTest, DistributionsAreComparedWithABaseline) {
  MakeStatisticsAndSchema();
  Write("more.csv", "fare,company\n1.5,Blue\n2.5,Blue\n3,Blue\n4,Blue\n");
  ASSERT_EQ(Data({"statistics", "--input=@more.csv", "--output=@more.pb"}).code, kExitOk);
  auto write_config = [&](const std::string& threshold) {
    Write("drift.pbtxt",
          "default_slice_config { feature { path { step: 'company' } distribution_comparator { infinity_norm { "
          "threshold: " +
              threshold + " } } } num_examples_comparator { min_fraction_threshold: 0.5 } }");
  };
  auto compare = [&](const std::string& more) {
    return Data({"validate_distributions", "--statistics=@more.pb", "--baseline_statistics=@stats.pb",
                 "--config=@drift.pbtxt", more});
  };

  write_config("0.2");
  const Result moved = compare("--output=@anomalies.pb");
  EXPECT_EQ(moved.code, kExitFindings) << moved.err;
  EXPECT_THAT(moved.out, AllOf(HasSubstr("company"), HasSubstr("The Linfty distance between current and previous is "
                                                               "0.25 (up to six significant digits)")));
  ::tensorflow::metadata::v0::Anomalies anomalies;
  ASSERT_TRUE(io::ReadBinaryProto(Path("anomalies.pb"), &anomalies).ok());
  EXPECT_TRUE(anomalies.anomaly_info().contains("company"));

  write_config("0.3");
  EXPECT_EQ(compare("--tfdv_compat").out, "No anomalies.\n");
  const auto json = nlohmann::json::parse(compare("--json").out);
  EXPECT_EQ(json["drift_skew_info"][0]["drift_measurements"][0]["value"], 0.25);
  write_config("-1");
  ExpectRefused(compare("--output=@out.pb"), {"drift.pbtxt", "feature company", "infinity_norm is -1"});
}

TEST_F(DataCommandsTest, ShowDrawsAPageOrText) {
  MakeStatisticsAndSchema();
  const Result page = Data({"show", "@stats.pb", "--schema=@schema.pbtxt", "--output=@page.html"});
  EXPECT_EQ(page.code, kExitOk) << page.err;
  EXPECT_EQ(page.out, "");
  EXPECT_THAT(Read("page.html"), AllOf(HasSubstr("<html"), HasSubstr("company")));
  EXPECT_THAT(Data({"show", "@stats.pb", "--text"}).out, HasSubstr("company"));
  EXPECT_TRUE(nlohmann::json::accept(Data({"show", "@stats.pb", "--json"}).out));
  EXPECT_THAT(Data({"show", "@stats.pb", "--features=fare"}).out, Not(HasSubstr("company")));
  ExpectRefused(Data({"show", "@stats.pb", "--output=@page.pdf"}), {"page.pdf", ".html"}, "page.pdf");
  ExpectRefused(Data({"show", "@stats.pb", "--names=a,b"}), {"--names"});
}

TEST_F(DataCommandsTest, DamagedStatisticsAreNamedAndNothingIsWritten) {
  MakeStatisticsAndSchema();
  const std::string bytes = Read("stats.pb");
  Write("FeatureStats.pb", bytes.substr(0, bytes.size() - 3));
  ExpectRefused(Data({"schema", "--statistics=@FeatureStats.pb", "--output=@out.pb"}), {"FeatureStats.pb"});
  Write("FeatureStats.pb", "no message at all");
  ExpectRefused(Data({"validate", "--statistics=@FeatureStats.pb", "--schema=@schema.pbtxt", "--output=@out.pb"}),
                {"FeatureStats.pb"});
  Write("s.pbtxt", "datasets {\n  num_example: 3\n}");
  ExpectRefused(Data({"schema", "--statistics=@s.pbtxt", "--output=@out.pb"}), {"s.pbtxt:2:", "num_example"});
}

TEST_F(DataCommandsTest, TruncatedTFRecordsAreNamedAndTheOldOutputStays) {
  WriteExamples("data.tfrecord", {{"a", 1}, {"b", 2}});
  const std::string bytes = Read("data.tfrecord");
  Write("data.tfrecord", bytes.substr(0, bytes.size() - 5));
  ExpectRefused(Data({"statistics", "--input=@data.tfrecord", "--output=@out.pb"}), {"data.tfrecord"});

  Write("old.pb", "what was there");
  EXPECT_EQ(Data({"statistics", "--input=@data.tfrecord", "--output=@old.pb"}).code, kExitError);
  EXPECT_EQ(Read("old.pb"), "what was there");
  ExpectRefused(
      Data({"skew", "@data.tfrecord", "@data.tfrecord", "--identifier_features=id", "--output_directory=@out"}),
      {"data.tfrecord"}, "out");
}

TEST_F(DataCommandsTest, FilesThatAreNotThereAreNamed) {
  ExpectRefused(Data({"statistics", "--input=@none/*.csv", "--output=@out.pb"}), {"none/*.csv"});
  ExpectRefused(Data({"schema", "--statistics=@none.pb", "--output=@out.pb"}), {"none.pb"});
  ExpectRefused(Data({"statistics", "--input=@trips.csv", "--stats_options=@none.json", "--output=@out.pb"}),
                {"none.json"});
  MakeStatisticsAndSchema();
  ExpectRefused(Data({"validate", "--statistics=@stats.pb", "--schema=@none.pbtxt", "--output=@out.pb"}),
                {"none.pbtxt"});
  // A folder cannot be made below a file, whoever asks.
  ExpectRefused(Data({"schema", "--statistics=@stats.pb", "--output=@trips.csv/out.pb"}), {"trips.csv"});
}

TEST_F(DataCommandsTest, FilesThatMayNotBeReadAreNamed) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  MakeStatisticsAndSchema();
  ASSERT_EQ(chmod(Path("stats.pb").c_str(), 0), 0);
  ExpectRefused(Data({"schema", "--statistics=@stats.pb", "--output=@out.pb"}), {"stats.pb", "Permission denied"});
}

TEST_F(DataCommandsTest, OptionsThatAreNotKnownAreNamedWithTheNearest) {
  for (const auto& [json, words] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {R"({"num_top_value": 3})", {"num_top_value", "num_top_values"}},
           {R"({"num_top_values": "many"})", {"num_top_values"}},
           {R"({"epsilon": 7})", {"epsilon"}},
           {"[1", {"options.json"}}}) {
    Write("options.json", json);
    std::vector<std::string> all = words;
    if (json != R"({"epsilon": 7})") all.push_back("options.json");
    ExpectRefused(Data({"statistics", "--input=@trips.csv", "--stats_options=@options.json", "--output=@out.pb"}), all);
  }
}

TEST_F(DataCommandsTest, OutputNamesAndFlagsAreCheckedBeforeAnyWork) {
  ExpectRefused(Data({"statistics", "--input=@none.csv", "--output=@out.json"}), {"--output", "out.json", ".pbtxt"});
  MakeStatisticsAndSchema();
  ExpectRefused(Data({"validate", "--statistics=@stats.pb", "--schema=@schema.pbtxt", "--output=@out.pb",
                      "--update_schema=@out.txt"}),
                {"--update_schema"});
  ExpectRefused(Data({"validate", "--statistics=@stats.pb", "--schema=@schema.pbtxt", "--output=@out.pb",
                      "--severity=SCHEMA_NEW_COLUM=WARNING"}),
                {"--severity", "SCHEMA_NEW_COLUMN"});
  ExpectRefused(Data({"validate", "--statistics=@stats.pb", "--schema=@schema.pbtxt", "--output=@out.pb",
                      "--environment=NOWHERE"}),
                {"NOWHERE"});
  EXPECT_EQ(Data({"statistics", "--input=@trips.csv", "--format=xml"}).code, kExitUsage);
  EXPECT_EQ(Data({"schema"}).code, kExitUsage);
}

}  // namespace
}  // namespace tfx::cli
