// One run of the taxi pipeline against what Python TFX 1.16 made of the same data.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "program.h"
#include "tensorflow/core/example/example.pb.h"
#include "tensorflow_metadata/proto/v0/anomalies.pb.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/text_proto.h"

namespace tfx_tests {
namespace {

using tensorflow::metadata::v0::Anomalies;
using tensorflow::metadata::v0::DatasetFeatureStatisticsList;
using tensorflow::metadata::v0::FeatureNameStatistics;
using tensorflow::metadata::v0::Schema;
using ::testing::HasSubstr;

class TaxiGoldenTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = new TestDirectory();
    result_ =
        new ProgramResult(RunProgram("chicago_taxi", {"run", "--data_root=" + TaxiData(), "--pipeline_root=" + Root(),
                                                      "--serving_model_dir=" + *directory_ / "serving"}));
  }
  static void TearDownTestSuite() {
    delete directory_;
    delete result_;
  }
  void SetUp() override {
    ASSERT_EQ(result_->exit_code, 0) << result_->out;
    if (Golden().empty()) GTEST_SKIP() << "recorded Python runs are not beside this checkout";
  }

  static std::string Root() { return *directory_ / "pipeline"; }
  static std::string Ours(const std::string& node, const std::string& key) { return NewestArtifact(Root(), node, key); }
  static std::string Theirs(const std::string& node, const std::string& key) {
    return NewestArtifact(Golden() + "/taxi_1.16/pipelines/chicago_taxi_native_keras", node, key);
  }
  static std::string ReadAll(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    EXPECT_TRUE(stream.good()) << path;
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
  }

  static TestDirectory* directory_;
  static ProgramResult* result_;
};
TestDirectory* TaxiGoldenTest::directory_ = nullptr;
ProgramResult* TaxiGoldenTest::result_ = nullptr;

// Numbers to 1e-6 relative, everything else equal. Histograms and quantiles rest on a sketch and are compared by
// data_validation's own golden test; here the counts, moments, ranges, top values and uniques.
void ExpectSameStatistics(const std::string& ours_path, const std::string& theirs_path) {
  DatasetFeatureStatisticsList ours;
  DatasetFeatureStatisticsList theirs;
  ASSERT_TRUE(tfx::io::ReadBinaryProto(ours_path, &ours).ok());
  ASSERT_TRUE(tfx::io::ReadBinaryProto(theirs_path, &theirs).ok());
  ASSERT_EQ(ours.datasets_size(), 1);
  EXPECT_EQ(ours.datasets(0).num_examples(), theirs.datasets(0).num_examples());
  std::map<std::string, const FeatureNameStatistics*> by_path;
  for (const auto& feature : ours.datasets(0).features()) by_path[feature.path().ShortDebugString()] = &feature;
  ASSERT_EQ(by_path.size(), static_cast<size_t>(theirs.datasets(0).features_size()));
  for (FeatureNameStatistics expected : theirs.datasets(0).features()) {
    ASSERT_TRUE(by_path.contains(expected.path().ShortDebugString())) << expected.path().ShortDebugString();
    FeatureNameStatistics actual = *by_path[expected.path().ShortDebugString()];
    for (FeatureNameStatistics* feature : {&actual, &expected}) {
      if (feature->has_num_stats()) {
        feature->mutable_num_stats()->clear_histograms();
        feature->mutable_num_stats()->clear_median();
      }
    }
    google::protobuf::util::MessageDifferencer differencer;
    google::protobuf::util::DefaultFieldComparator comparator;
    comparator.set_float_comparison(google::protobuf::util::DefaultFieldComparator::APPROXIMATE);
    comparator.SetDefaultFractionAndMargin(1e-6, 1e-9);
    differencer.set_field_comparator(&comparator);
    std::string difference;
    differencer.ReportDifferencesToString(&difference);
    EXPECT_TRUE(differencer.Compare(actual, expected)) << expected.path().ShortDebugString() << "\n" << difference;
  }
}

TEST_F(TaxiGoldenTest, SplitsTheExamplesAsPythonDoes) {
  for (const auto& [split, count] : {std::pair{"train", 10036u}, std::pair{"eval", 4966u}}) {
    const auto ours = CanonicalExamples(Ours("CsvExampleGen", "examples") + "/Split-" + split);
    EXPECT_EQ(ours.size(), count);
    EXPECT_EQ(ours, CanonicalExamples(Theirs("CsvExampleGen", "examples") + "/Split-" + split)) << split;
  }
}

TEST_F(TaxiGoldenTest, DescribesTheDataAsPythonDoes) {
  for (const std::string split : {"train", "eval"}) {
    ExpectSameStatistics(Ours("StatisticsGen", "statistics") + "/Split-" + split + "/FeatureStats.pb",
                         Theirs("StatisticsGen", "statistics") + "/Split-" + split + "/FeatureStats.pb");
  }
}

TEST_F(TaxiGoldenTest, InfersTheSameSchema) {
  Schema ours;
  Schema theirs;
  ASSERT_TRUE(tfx::io::ReadTextProto(Ours("SchemaGen", "schema") + "/schema.pbtxt", &ours).ok());
  ASSERT_TRUE(tfx::io::ReadTextProto(Theirs("SchemaGen", "schema") + "/schema.pbtxt", &theirs).ok());

  google::protobuf::util::MessageDifferencer differencer;
  differencer.set_repeated_field_comparison(google::protobuf::util::MessageDifferencer::AS_SET);
  std::string difference;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(ours, theirs)) << difference;
}

TEST_F(TaxiGoldenTest, FindsTheSameAnomalies) {
  for (const std::string split : {"train", "eval"}) {
    Anomalies ours;
    Anomalies theirs;
    const std::string file = "/Split-" + split + "/SchemaDiff.pb";
    ASSERT_TRUE(tfx::io::ReadBinaryProto(Ours("ExampleValidator", "anomalies") + file, &ours).ok());
    ASSERT_TRUE(tfx::io::ReadBinaryProto(Theirs("ExampleValidator", "anomalies") + file, &theirs).ok());
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(ours, theirs)) << ours.DebugString();
  }
}

TEST_F(TaxiGoldenTest, WritesTheSameVocabularies) {
  for (const std::string name :
       {"vocab_compute_and_apply_vocabulary_vocabulary", "vocab_compute_and_apply_vocabulary_1_vocabulary"}) {
    const std::string file = "/transform_fn/assets/" + name;
    EXPECT_EQ(ReadAll(Ours("Transform", "transform_graph") + file),
              ReadAll(Theirs("Transform", "transform_graph") + file))
        << name;
  }
}

TEST_F(TaxiGoldenTest, DescribesTheTransformedFeaturesTheSame) {
  Schema ours;
  Schema theirs;
  const std::string file = "/transformed_metadata/schema.pbtxt";
  ASSERT_TRUE(tfx::io::ReadTextProto(Ours("Transform", "transform_graph") + file, &ours).ok());
  ASSERT_TRUE(tfx::io::ReadTextProto(Theirs("Transform", "transform_graph") + file, &theirs).ok());
  google::protobuf::util::MessageDifferencer differencer;
  differencer.set_repeated_field_comparison(google::protobuf::util::MessageDifferencer::AS_SET);
  std::string difference;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(ours, theirs)) << difference;
}

// Features that rest on quantiles may differ for a few rows; all others must agree to float precision.
TEST_F(TaxiGoldenTest, TransformsTheExamplesAsPythonDoes) {
  const std::set<std::string> bucketized = {"pickup_latitude_xf", "pickup_longitude_xf", "dropoff_latitude_xf",
                                            "dropoff_longitude_xf"};
  for (const std::string split : {"train", "eval"}) {
    // Columns as sorted multisets of values: rows are in different orders.
    std::map<std::string, std::vector<double>> columns[2];
    std::vector<std::string> exact_rows[2];
    for (int side = 0; side < 2; ++side) {
      const std::string directory =
          side == 0 ? Ours("Transform", "transformed_examples") : Theirs("Transform", "transformed_examples");
      for (const std::string& record : ReadRecordsIn(directory + "/Split-" + split)) {
        tensorflow::Example example;
        ASSERT_TRUE(example.ParseFromString(record));
        tensorflow::Example exact;
        for (const auto& [name, feature] : example.features().feature()) {
          for (const float value : feature.float_list().value()) columns[side][name].push_back(value);
          for (const int64_t value : feature.int64_list().value())
            columns[side][name].push_back(static_cast<double>(value));
          if (feature.has_int64_list() && !bucketized.contains(name))
            (*exact.mutable_features()->mutable_feature())[name] = feature;
        }
        exact_rows[side].push_back(tfx::dataset::SerializeExample(exact));
      }
      std::sort(exact_rows[side].begin(), exact_rows[side].end());
      for (auto& [name, values] : columns[side]) std::sort(values.begin(), values.end());
    }
    EXPECT_EQ(exact_rows[0], exact_rows[1]) << split;
    ASSERT_EQ(columns[0].size(), columns[1].size());
    for (const auto& [name, ours] : columns[0]) {
      const std::vector<double>& theirs = columns[1][name];
      ASSERT_EQ(ours.size(), theirs.size()) << name;
      int different = 0;
      for (size_t i = 0; i < ours.size(); ++i) {
        if (std::abs(ours[i] - theirs[i]) > 2e-6 * std::max(1.0, std::abs(theirs[i]))) ++different;
      }
      EXPECT_LE(different, bucketized.contains(name) ? static_cast<int>(ours.size() / 200) : 0) << split << " " << name;
    }
  }
}

TEST_F(TaxiGoldenTest, RecordsTheSameTypesPropertiesAndEvents) {
  const ProgramResult ours = RunProgram("tfx", {"execution", "list", "--json", "--pipeline_root=" + Root()});
  ASSERT_EQ(ours.exit_code, 0) << ours.out;
  auto executions = nlohmann::json::parse(ours.out)["executions"];
  auto golden = nlohmann::json::parse(ReadAll(Golden() + "/dumps/mlmd_first_run.json"));
  std::map<std::string, std::set<std::string>> properties[2];
  for (nlohmann::json* side : {&executions, &golden["executions"]}) {
    for (const auto& execution : *side) {
      std::set<std::string>& names = properties[side == &executions ? 0 : 1][execution["type"]];
      if (!execution.contains("custom_properties")) continue;
      for (const auto& [name, value] : execution["custom_properties"].items()) names.insert(name);
    }
  }
  EXPECT_EQ(properties[0], properties[1]);

  std::multiset<std::string> types[2];
  const ProgramResult artifacts = RunProgram("tfx", {"artifact", "list", "--json", "--pipeline_root=" + Root()});
  ASSERT_EQ(artifacts.exit_code, 0) << artifacts.out;
  auto describe = [](const nlohmann::json& artifact) {
    std::string text = artifact["type"].get<std::string>() + ":";
    for (const char* kind : {"properties", "custom_properties"}) {
      if (!artifact.contains(kind)) continue;
      for (const auto& [name, value] : artifact[kind].items()) text += std::string(" ") + name;
    }
    return text;
  };
  const auto listed = nlohmann::json::parse(artifacts.out);
  for (const auto& artifact : listed["artifacts"]) types[0].insert(describe(artifact));
  for (const auto& artifact : golden["artifacts"]) types[1].insert(describe(artifact));
  EXPECT_EQ(types[0], types[1]);
}

TEST_F(TaxiGoldenTest, TrainsAModelThatIsAsGoodAsPythons) {
  const ProgramResult evaluation =
      RunProgram("tfx", {"evaluate", "--json", "--evaluation=" + Ours("Evaluator", "evaluation"), "--worst_by=auc"});
  ASSERT_EQ(evaluation.exit_code, 0) << evaluation.out;
  const auto json = nlohmann::json::parse(evaluation.out);
  EXPECT_EQ(json["slices"], 109);
  EXPECT_GT(json["metrics"]["auc"].get<double>(), 0.92);
  EXPECT_LT(json["metrics"]["binary_crossentropy"].get<double>(), 0.36);
  EXPECT_FALSE(json["worst_slices"].empty());
}

}  // namespace
}  // namespace tfx_tests
