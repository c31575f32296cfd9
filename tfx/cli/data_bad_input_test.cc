// What `tfx data` says about data that nobody would wish for: never a crash, always which file, record or feature.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "nlohmann/json.hpp"
#include "tensorflow/core/example/example.pb.h"
#include "tensorflow/core/example/feature.pb.h"
#include "tensorflow_metadata/proto/v0/anomalies.pb.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/cli/data_commands_testing.h"
#include "tfx/io/text_proto.h"

namespace tfx::cli {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class DataBadInputTest : public DataCommandsTest {
 protected:
  // Examples by the text form of their features.
  void WriteTexts(const std::string& name, const std::vector<std::string>& texts) const {
    std::vector<std::string> records;
    for (const std::string& text : texts) {
      ::tensorflow::Example example;
      ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString("features { " + text + " }", &example)) << text;
      records.push_back(example.SerializeAsString());
    }
    WriteRecords(name, records);
  }
  static std::string Feature(const std::string& name, const std::string& value) {
    return absl::StrCat("feature { key: \"", name, "\" value { ", value, " } } ");
  }

  // Every verb that reads examples or their statistics takes NAME.tfrecord; answers the statistics.
  v0::FeatureNameStatistics StatisticsOf(const std::string& name, const std::string& feature) const {
    const std::string input = "--input=@" + name + ".tfrecord", statistics = "@" + name + ".pb";
    EXPECT_EQ(Data({"statistics", input, "--output=" + statistics}).err, "");
    EXPECT_EQ(Data({"schema", "--statistics=" + statistics, "--output=@inferred.pbtxt"}).err, "");
    const Result page = Data({"show", statistics, "--schema=@inferred.pbtxt", "--output=@page.html"});
    EXPECT_EQ(page.code, kExitOk) << page.err;
    EXPECT_EQ(Data({"show", statistics, "--text"}).err, "");
    EXPECT_EQ(Data({"diff", statistics, statistics}).out, "No differences.\n");
    const Result rows = Data({"validate_examples", input, "--schema=@inferred.pbtxt"});
    EXPECT_THAT(rows.out, HasSubstr("examples are anomalous.")) << rows.err;
    v0::DatasetFeatureStatisticsList list;
    EXPECT_TRUE(io::ReadBinaryProto(Path(name + ".pb"), &list).ok());
    for (const auto& one : list.datasets(0).features()) {
      if (one.path().step(0) == feature) return one;
    }
    ADD_FAILURE() << "no statistics of " << feature;
    return {};
  }

  // The table of anomalies of NAME.pb under a schema.
  std::string Anomalies(const std::string& name, const std::string& schema) const {
    Write("schema.pbtxt", schema);
    const Result result = Data({"validate", "--statistics=@" + name + ".pb", "--schema=@schema.pbtxt"});
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.code, result.out == "No anomalies.\n" ? kExitOk : kExitFindings);
    return result.out;
  }
};

TEST_F(DataBadInputTest, TypesThatDifferBetweenRecordsAreAnAnomalyThatCountsThem) {
  WriteTexts("mixed.tfrecord", {Feature("x", "int64_list { value: 1 }"), Feature("x", "bytes_list { value: 'a' }"),
                                Feature("x", "float_list { value: 1.5 }"), Feature("x", "int64_list { value: 2 }")});

  EXPECT_EQ(StatisticsOf("mixed", "x").type(), v0::FeatureNameStatistics::INT);
  EXPECT_THAT(Anomalies("mixed", "feature { name: 'x' type: INT }"),
              HasSubstr("Expected data of type: INT but got INT in 2 rows, FLOAT in 1 rows, STRING in 1 rows."));
  const Result rows = Data({"validate_examples", "--input=@mixed.tfrecord", "--schema=@schema.pbtxt"});
  EXPECT_EQ(rows.code, kExitFindings);
  EXPECT_THAT(rows.out, AllOf(HasSubstr("Expected data of type: INT but got STRING"),
                              HasSubstr("Expected data of type: INT but got FLOAT"),
                              HasSubstr("2 of 4 examples are anomalous.")));
}

TEST_F(DataBadInputTest, StepsOfOneFeatureListThatDifferAreAnErrorWithRecordAndFeature) {
  std::vector<std::string> records;
  for (const char* second : {"int64_list { value: 2 }", "float_list { value: 2 }"}) {
    ::tensorflow::SequenceExample example;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat(
            "feature_lists { feature_list { key: 'steps' value { feature { int64_list { value: 1 } } feature { ",
            second, " } } } }"),
        &example));
    records.push_back(example.SerializeAsString());
  }
  WriteRecords("steps.tfrecord", records);

  ExpectRefused(
      Data({"statistics", "--input=@steps.tfrecord", "--payload_format=sequence_example", "--output=@out.pb"}),
      {"steps.tfrecord: record 1: feature 'steps' has steps of the kinds int64 and float"});
  ExpectRefused(
      Data({"skew", "@steps.tfrecord", "@steps.tfrecord", "--identifier_features=id", "--output_directory=@out"}),
      {"base example 0: is a tf.SequenceExample with feature lists"}, "out");
  ExpectRefused(Data({"skew", "@steps.tfrecord", "@steps.tfrecord", "--payload_format=sequence_example",
                      "--identifier_features=id", "--output_directory=@out"}),
                {"compares tf.Examples only, not tf.SequenceExamples"}, "out");
}

TEST_F(DataBadInputTest, InvalidUtf8IsCountedInExamplesAndNamedInCsv) {
  WriteTexts("utf8.tfrecord",
             {Feature("s", R"(bytes_list { value: '\377\376' })"), Feature("s", "bytes_list { value: 'good' }")});

  const v0::FeatureNameStatistics s = StatisticsOf("utf8", "s");
  EXPECT_EQ(s.string_stats().invalid_utf8_count(), 1u);
  EXPECT_THAT(Read("page.html"), Not(HasSubstr("\xff")));
  EXPECT_THAT(
      Anomalies("utf8", "feature { name: 's' type: BYTES domain: 'd' } string_domain { name: 'd' value: 'good' }"),
      HasSubstr("Found strings that were not valid UTF8 strings."));

  Write("latin.csv", "id,name\n1,a\n2,\xe9t\xe9\n");
  ExpectRefused(Data({"statistics", "--input=@latin.csv", "--output=@out.pb"}),
                {"latin.csv:3: column 2 ('name'): byte 0xe9 is not UTF-8"});
  // A name that is no UTF-8 is no tf.Example.
  WriteRecords("name.tfrecord", {"\x0a\x09\x0a\x07\x0a\x01\xff\x12\x02\x1a\x00"});
  ExpectRefused(Data({"statistics", "--input=@name.tfrecord", "--output=@out.pb"}), {"name.tfrecord: record 0"});
}

TEST_F(DataBadInputTest, NanAndInfinitiesAreCountedAndFoundUnderTheirDomain) {
  WriteTexts("nan.tfrecord", {Feature("n", "float_list { value: nan }"), Feature("n", "float_list { value: inf }"),
                              Feature("n", "float_list { value: -inf }"), Feature("n", "float_list { value: 1 }")});

  const v0::FeatureNameStatistics n = StatisticsOf("nan", "n");
  EXPECT_EQ(n.num_stats().min(), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(n.num_stats().max(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(n.num_stats().histograms(0).num_nan(), 1u);
  EXPECT_TRUE(nlohmann::json::accept(Data({"show", "@nan.pb", "--json"}).out));
  EXPECT_THAT(Anomalies("nan",
                        "feature { name: 'n' type: FLOAT float_domain { disallow_nan: true disallow_inf: true "
                        "min: 0 max: 5 } }"),
              AllOf(HasSubstr("Float feature has NaN values."), HasSubstr("Float feature has Inf values."),
                    HasSubstr("Unexpectedly low values: -inf<0"), HasSubstr("Unexpectedly high value: inf>5")));
  EXPECT_EQ(Anomalies("nan", "feature { name: 'n' type: FLOAT float_domain { } }"), "No anomalies.\n");
}

TEST_F(DataBadInputTest, TheExtremesOfInt64StayWhatTheyAre) {
  WriteTexts("extreme.tfrecord", {Feature("i", "int64_list { value: -9223372036854775808 }"),
                                  Feature("i", "int64_list { value: 9223372036854775807 }")});

  const v0::FeatureNameStatistics i = StatisticsOf("extreme", "i");
  EXPECT_EQ(i.num_stats().min(), -9223372036854775808.0);
  EXPECT_EQ(i.num_stats().max(), 9223372036854775807.0);
  EXPECT_TRUE(std::isfinite(i.num_stats().mean()) && std::isfinite(i.num_stats().std_dev())) << i.DebugString();
  EXPECT_NEAR(i.num_stats().std_dev(), std::ldexp(1.0, 63), std::ldexp(1.0, 40));
  EXPECT_THAT(Anomalies("extreme", "feature { name: 'i' type: INT int_domain { min: 0 max: 5 } }"),
              AllOf(HasSubstr("Unexpectedly small value: -9223372036854775808."),
                    HasSubstr("Unexpectedly large value: 9223372036854775807.")));
  // Beyond int64 a CSV column is text, as in TFX.
  Write("beyond.csv", "i\n9223372036854775808\n1\n");
  ASSERT_EQ(Data({"statistics", "--input=@beyond.csv", "--output=@beyond.pb"}).err, "");
  EXPECT_THAT(Anomalies("beyond", "feature { name: 'i' type: INT }"),
              HasSubstr("Expected data of type: INT but got STRING"));
}

TEST_F(DataBadInputTest, FeaturesWithoutValuesAreMissingOrEmptyAsTheyAre) {
  WriteTexts("empty.tfrecord",
             {Feature("list", "int64_list { }") + Feature("none", "") + Feature("text", "bytes_list { value: '' }"),
              Feature("list", "int64_list { }"), ""});

  const v0::FeatureNameStatistics list = StatisticsOf("empty", "list");
  EXPECT_EQ(list.num_stats().common_stats().num_non_missing(), 2u);
  EXPECT_EQ(list.num_stats().common_stats().num_missing(), 1u);
  EXPECT_EQ(list.num_stats().common_stats().max_num_values(), 0u);
  EXPECT_THAT(Anomalies("empty",
                        "feature { name: 'list' type: INT value_count { min: 1 } presence { min_count: 3 } } "
                        "feature { name: 'none' type: INT presence { min_count: 1 } } "
                        "feature { name: 'text' type: BYTES presence { min_fraction: 1 } }"),
              AllOf(HasSubstr("Some examples have fewer values than expected."),
                    HasSubstr("The feature was present in fewer examples than expected: minimum count = 3, actual = 2"),
                    HasSubstr("The feature was not present in any examples."),
                    HasSubstr("minimum fraction = 1.000000, actual = 0.333333")));
}

TEST_F(DataBadInputTest, NoRowsAreMissingData) {
  Write("zero.tfrecord", "");
  Write("zero.csv", "a,b\n");
  for (const char* input : {"zero.tfrecord", "zero.csv"}) {
    ASSERT_EQ(Data({"statistics", std::string("--input=@") + input, "--output=@zero.pb"}).err, "") << input;
    EXPECT_THAT(Anomalies("zero", "feature { name: 'a' type: INT }"), HasSubstr("The data set has no examples."));
    EXPECT_EQ(Data({"schema", "--statistics=@zero.pb", "--output=@inferred.pbtxt"}).err, "");
    EXPECT_EQ(Data({"show", "@zero.pb", "--output=@page.html"}).err, "");
    EXPECT_THAT(Data({"validate_examples", std::string("--input=@") + input, "--schema=@schema.pbtxt"}).out,
                HasSubstr("0 of 0 examples are anomalous."));
  }
  Write("nothing.csv", "");
  ExpectRefused(Data({"statistics", "--input=@nothing.csv", "--output=@out.pb"}), {"nothing.csv", "header"});
  const Result skew =
      Data({"skew", "@zero.csv", "@zero.tfrecord", "--identifier_features=a", "--output_directory=@out"});
  EXPECT_THAT(skew.out, HasSubstr("0 pairs of 0 base and 0 test examples")) << skew.err;
}

TEST_F(DataBadInputTest, AListOfAMillionValuesIsAList) {
  ::tensorflow::Example example;
  auto& features = *example.mutable_features()->mutable_feature();
  for (int64_t i = 0; i < 1000000; ++i) {
    features["n"].mutable_int64_list()->add_value(i);
    features["s"].mutable_bytes_list()->add_value("x");
  }
  WriteRecords("long.tfrecord", {example.SerializeAsString(), "", ""});

  const v0::FeatureNameStatistics n = StatisticsOf("long", "n");
  EXPECT_EQ(n.num_stats().common_stats().max_num_values(), 1000000u);
  EXPECT_DOUBLE_EQ(n.num_stats().mean(), 499999.5);
  EXPECT_THAT(Anomalies("long",
                        "feature { name: 'n' type: INT value_count { min: 1 max: 999999 } } "
                        "feature { name: 's' type: BYTES value_count { min: 1 max: 1000000 } }"),
              AllOf(HasSubstr("Some examples have more values than expected."), Not(HasSubstr("\ns "))));
  EXPECT_EQ(Data({"skew", "@long.tfrecord", "@long.tfrecord", "--identifier_features=s"}).code, kExitOk);
}

TEST_F(DataBadInputTest, NamesMayHoldAnything) {
  const std::vector<std::string> names = {"",
                                          "a.b",
                                          "it's",
                                          "(p)",
                                          " ",
                                          "\xe6\x97\xa5\xe6\x9c\xac",
                                          "<b>",
                                          "##SEQUENCE##",
                                          "new\nline",
                                          "\x01",
                                          std::string(5000, 'x'),
                                          "-",
                                          "{\"a\": 1}"};
  ::tensorflow::Example example;
  for (const std::string& name : names) {
    (*example.mutable_features()->mutable_feature())[name].mutable_int64_list()->add_value(1);
  }
  WriteRecords("odd.tfrecord", {example.SerializeAsString()});

  for (const std::string& name : names) {
    EXPECT_EQ(StatisticsOf("odd", name).num_stats().common_stats().num_non_missing(), 1u) << name;
  }
  EXPECT_THAT(Anomalies("odd", Read("inferred.pbtxt")), "No anomalies.\n") << "the inferred schema knows all of them";
  EXPECT_THAT(Read("page.html"), Not(HasSubstr("<b>")));
  // As anomalies they are named by their serialized paths, a line each.
  const std::string table = Anomalies("odd", "feature { name: 'a.b' type: BYTES }");
  EXPECT_THAT(table, AllOf(HasSubstr("\n'a.b' "), HasSubstr("\n'it''s' "), HasSubstr("\n(p) "), HasSubstr("\n'' "),
                           HasSubstr("new\\nline"), HasSubstr(std::string(80, 'x') + "...")));
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), static_cast<std::ptrdiff_t>(names.size()) + 1);
}

TEST_F(DataBadInputTest, ASchemaWithImpossibleDomainsSaysWhatIsImpossible) {
  MakeStatisticsAndSchema();
  struct Case {
    std::string fare, company, text;
  };
  for (const Case& test : std::vector<Case>{
           {"float_domain { min: 5 max: 1 }", "", "Unexpectedly low values: 1.5<5"},
           {"float_domain { min: nan max: nan }", "", "A bound of the float domain is not a number."},
           {"float_domain { min: inf max: -inf }", "", "Unexpectedly high value: 4>-inf"},
           {"domain: 'nowhere'", "", "The domain \"domain\" does not match the type: FLOAT"},
           {"presence { min_fraction: 7 }", "", "minimum fraction = 1.000000, actual = 0.750000"},
           {"presence { min_count: 9223372036854775807 }", "", "minimum count = 9223372036854775807, actual = 3"},
           {"value_count { min: 9 max: 2 }", "", "Some examples have fewer values than expected."},
           {"shape { dim { size: -3 } }", "", "Shape.dim.size must be a positive integer"},
           {"float_domain { } distribution_constraints { min_domain_mass: 7 }", "",
            "distribution constraints not supported for float domains."},
           {"", "domain: 'nowhere'", "missing domain: nowhere"},
           {"", "int_domain { min: 5 max: 1 }", "String values that were not ints were found, such as \"Blue\"."},
           {"", "bool_domain { true_value: 'x' false_value: 'x' }", "The true and the false value are both \"x\"."},
           {"", "string_domain { value: 'a' value: 'a' }", "The string domain lists a value more than once."},
           {"", "unique_constraints { min: 9 max: 1 }", "Expected at least 9 unique values but found only 2."},
           {"", "value_counts { }", "The values have a different nest level than expected."}}) {
    const std::string schema = absl::StrCat("feature { name: 'fare' type: FLOAT ", test.fare,
                                            " } feature { name: 'company' type: BYTES ", test.company, " }");
    EXPECT_THAT(Anomalies("stats", schema), HasSubstr(test.text)) << schema;
    const Result updated = Data({"validate", "--statistics=@stats.pb", "--schema=@schema.pbtxt", "--output=@out.pb",
                                 "--update_schema=@updated.pbtxt"});
    EXPECT_EQ(updated.err, "") << schema;
    EXPECT_TRUE(io::ReadTextProto(Path("updated.pbtxt"), std::make_unique<v0::Schema>().get()).ok()) << schema;
  }
}

TEST_F(DataBadInputTest, CorruptedStatisticsAreNamedByEveryVerb) {
  MakeStatisticsAndSchema();
  const std::string bytes = Read("stats.pb");
  Write("config.pbtxt", "");
  std::string flipped = bytes;
  flipped[0] = '\x07';  // a wire type that does not exist
  for (const std::string& damaged : {bytes.substr(0, bytes.size() - 3), flipped, std::string("no message at all")}) {
    Write("FeatureStats.pb", damaged);
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"schema", "--statistics=@FeatureStats.pb", "--output=@out.pb"},
             {"validate", "--statistics=@FeatureStats.pb", "--schema=@schema.pbtxt", "--output=@out.pb"},
             {"validate", "--statistics=@stats.pb", "--previous_statistics=@FeatureStats.pb", "--schema=@schema.pbtxt",
              "--output=@out.pb"},
             {"validate_distributions", "--statistics=@FeatureStats.pb", "--baseline_statistics=@stats.pb",
              "--config=@config.pbtxt", "--output=@out.pb"},
             {"show", "@FeatureStats.pb", "--output=@out.html"},
             {"skew", "@stats.pb", "@FeatureStats.pb"}}) {
      ExpectRefused(Data(words), {"FeatureStats.pb", "DatasetFeatureStatisticsList"});
      EXPECT_FALSE(io::Exists(Path("out.html")));
    }
  }
}

TEST_F(DataBadInputTest, DamagedRecordsAreNamedWithFileAndNumber) {
  WriteExamples("good.tfrecord", {{"a", 1}, {"b", 2}});
  WriteRecords("garbage.tfrecord", {"", "hello"});
  ExpectRefused(Data({"statistics", "--input=@garbage.tfrecord", "--output=@out.pb"}),
                {"garbage.tfrecord: record 1: "});
  Write("schema.pbtxt", "feature { name: 'number' type: INT }");
  ExpectRefused(Data({"validate_examples", "--input=@g*.tfrecord", "--schema=@schema.pbtxt", "--output=@out.pb"}),
                {"garbage.tfrecord and 1 more files: record 1: "});
  ExpectRefused(
      Data({"skew", "@good.tfrecord", "@garbage.tfrecord", "--identifier_features=id", "--output_directory=@out"}),
      {"test example 1: is not a serialized tf.Example"}, "out");
}

}  // namespace
}  // namespace tfx::cli
