// Schema inference, validation and schema update against every recorded case of the Python library.
#include <set>
#include <string>

#include "google/protobuf/struct.pb.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/anomalies/schema_inference.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/testing/golden_files.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using v0::AnomalyInfo;

template <class Proto>
Proto Read(const std::string& path) {
  Proto proto;
  const absl::Status status = io::ReadTextProto(path, &proto);
  EXPECT_TRUE(status.ok()) << status;
  return proto;
}

google::protobuf::Struct ReadJson(const std::string& path) {
  google::protobuf::Struct json;
  const auto text = io::ReadFile(path);
  EXPECT_TRUE(text.ok()) << text.status();
  if (!text.ok()) return json;
  EXPECT_TRUE(io::ParseJson(*text, path, &json).ok());
  return json;
}

TEST(InferSchema, EqualsTheRecordedSchemas) {
  const std::string root = GoldenDirectory("tfdv/infer");
  if (root.empty()) GTEST_SKIP() << "no recorded results (TFX_GOLDEN_DIR)";
  int passed = 0, total = 0;
  for (const std::string& name : Subdirectories(root)) {
    SCOPED_TRACE(name);
    const std::string folder = root + "/" + name + "/";
    const auto options = ReadJson(folder + "options.json").fields();
    const auto statistics = Read<v0::DatasetFeatureStatisticsList>(folder + "stats.pbtxt");
    const auto schema = InferSchema(
        statistics, {.infer_feature_shape = options.at("infer_feature_shape").bool_value(),
                     .max_string_domain_size = static_cast<int>(options.at("max_string_domain_size").number_value())});
    ++total;
    if (io::Exists(folder + "error.json")) {
      EXPECT_FALSE(schema.ok());
      passed += !schema.ok();
      continue;
    }
    ASSERT_TRUE(schema.ok()) << schema.status();
    const std::string difference = Difference(Read<v0::Schema>(folder + "schema.pbtxt"), *schema);
    EXPECT_EQ(difference, "");
    passed += difference.empty();
  }
  std::cout << passed << " of " << total << " recorded inference cases\n";
}

struct ValidateCase {
  v0::Schema schema;
  v0::DatasetFeatureStatisticsList statistics;
  v0::DatasetFeatureStatisticsList previous, serving, previous_version;
  ValidationOptions options;
};

void ReadControl(const std::string& path, v0::DatasetFeatureStatisticsList* list,
                 const v0::DatasetFeatureStatisticsList** option) {
  if (!io::Exists(path)) return;
  *list = Read<v0::DatasetFeatureStatisticsList>(path);
  *option = list;
}

void ReadValidateCase(const std::string& folder, ValidateCase* result) {
  result->schema = Read<v0::Schema>(folder + "schema.pbtxt");
  result->statistics = Read<v0::DatasetFeatureStatisticsList>(folder + "stats.pbtxt");
  ValidationOptions& options = result->options;
  options.tfdv_compat = true;
  ReadControl(folder + "previous_stats.pbtxt", &result->previous, &options.previous_span_statistics);
  ReadControl(folder + "serving_stats.pbtxt", &result->serving, &options.serving_statistics);
  ReadControl(folder + "previous_version_stats.pbtxt", &result->previous_version, &options.previous_version_statistics);
  if (!io::Exists(folder + "options.json")) return;
  const google::protobuf::Struct json = ReadJson(folder + "options.json");
  for (const auto& [name, value] : json.fields()) {
    if (name == "environment" && !value.string_value().empty()) options.environment = value.string_value();
    if (name == "new_features_are_warnings") options.new_features_are_warnings = value.bool_value();
    if (name == "severity_overrides") {
      for (const auto& pair : value.list_value().values()) {
        AnomalyInfo::Type type;
        AnomalyInfo::Severity severity;
        ASSERT_TRUE(AnomalyInfo::Type_Parse(pair.list_value().values(0).string_value(), &type)) << pair.DebugString();
        ASSERT_TRUE(AnomalyInfo::Severity_Parse(pair.list_value().values(1).string_value(), &severity));
        options.severity_overrides[type] = severity;
      }
    }
    if (name == "features_needed" && value.has_list_value()) {
      options.features_needed.emplace();
      for (const auto& path : value.list_value().values()) {
        std::vector<std::string> steps;
        for (const auto& step : path.list_value().values()) steps.push_back(step.string_value());
        options.features_needed->push_back(steps);
      }
    }
  }
}

// Cases without a text that the recording library renders with a random marker.
void CutDebugText(v0::Anomalies* anomalies) {
  constexpr std::string_view kMarker = "incompatible domain_info: ";
  auto cut = [&](std::string* text) {
    const size_t at = text->find(kMarker);
    if (at != std::string::npos) text->resize(at + kMarker.size());
  };
  for (auto& [path, info] : *anomalies->mutable_anomaly_info()) {
    cut(info.mutable_description());
    for (auto& reason : *info.mutable_reason()) cut(reason.mutable_description());
  }
}

TEST(ValidateStatistics, EqualsTheRecordedAnomalies) {
  const std::string root = GoldenDirectory("tfdv/validate");
  if (root.empty()) GTEST_SKIP() << "no recorded results (TFX_GOLDEN_DIR)";
  int passed = 0, total = 0;
  for (const std::string& name : Subdirectories(root)) {
    SCOPED_TRACE(name);
    const std::string folder = root + "/" + name + "/";
    ValidateCase test;
    ReadValidateCase(folder, &test);
    auto anomalies = ValidateStatistics(test.statistics, test.schema, test.options);
    ++total;
    if (io::Exists(folder + "error.json")) {
      EXPECT_FALSE(anomalies.ok());
      passed += !anomalies.ok();
      continue;
    }
    ASSERT_TRUE(anomalies.ok()) << anomalies.status();
    EXPECT_EQ(Difference(test.schema, anomalies->baseline()), "");
    anomalies->clear_baseline();
    auto expected = Read<v0::Anomalies>(folder + "anomalies.pbtxt");
    CutDebugText(&expected);
    CutDebugText(&*anomalies);
    const std::string difference = Difference(expected, *anomalies);
    EXPECT_EQ(difference, "");
    passed += difference.empty();
  }
  std::cout << passed << " of " << total << " recorded validation cases\n";
}

TEST(UpdateSchema, EqualsTheRecordedSchemas) {
  const std::string root = GoldenDirectory("tfdv/validate");
  if (root.empty()) GTEST_SKIP() << "no recorded results (TFX_GOLDEN_DIR)";
  int passed = 0, total = 0;
  for (const std::string& name : Subdirectories(root)) {
    SCOPED_TRACE(name);
    const std::string folder = root + "/" + name + "/";
    if (!io::Exists(folder + "updated_schema.pbtxt") && !io::Exists(folder + "update_error.json")) continue;
    ValidateCase test;
    ReadValidateCase(folder, &test);
    const auto updated = UpdateSchema(test.schema, test.statistics, {.tfdv_compat = true});
    ++total;
    if (io::Exists(folder + "update_error.json")) {
      EXPECT_FALSE(updated.ok());
      passed += !updated.ok();
      continue;
    }
    ASSERT_TRUE(updated.ok()) << updated.status();
    const std::string difference = Difference(Read<v0::Schema>(folder + "updated_schema.pbtxt"), *updated);
    EXPECT_EQ(difference, "");
    passed += difference.empty();
  }
  std::cout << passed << " of " << total << " recorded update cases\n";
}

}  // namespace
}  // namespace tfx::tfdv
