// Runs the cases of cases/*.txt; cases/README.md tells their form.
#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/anomalies/schema_inference.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/io/file_system.h"
#include "tfx/testing/golden_files.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using v0::AnomalyInfo;

struct Case {
  std::string name;
  std::map<std::string, std::string> sections;
};

std::vector<Case> ParseCases(const std::string& text) {
  std::vector<Case> cases;
  std::string* section = nullptr;
  for (const absl::string_view line_view : absl::StrSplit(text, '\n')) {
    const std::string line(line_view);
    if (absl::StartsWith(line, "#")) continue;
    if (absl::StartsWith(line, "=== ")) {
      Case next = cases.empty() ? Case() : cases.back();
      next.name = line.substr(4);
      next.sections.erase("anomalies");
      next.sections.erase("updated");
      cases.push_back(std::move(next));
      section = nullptr;
    } else if (absl::StartsWith(line, "== ")) {
      EXPECT_FALSE(cases.empty()) << "a section before the first case: " << line;
      section = &cases.back().sections[line.substr(3)];
      section->clear();
    } else if (section != nullptr) {
      absl::StrAppend(section, line, "\n");
    } else {
      EXPECT_TRUE(line.empty()) << "text outside of a section: " << line;
    }
  }
  return cases;
}

std::string Section(const Case& test, const std::string& name) {
  const auto it = test.sections.find(name);
  return it == test.sections.end() ? "" : std::string(absl::StripAsciiWhitespace(it->second));
}

template <class Proto>
Proto Parse(const std::string& text) {
  Proto proto;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &proto)) << text;
  return proto;
}

v0::DatasetFeatureStatisticsList ParseStatistics(const std::string& text) {
  const bool whole = absl::StartsWith(text, "datasets");
  return Parse<v0::DatasetFeatureStatisticsList>(whole ? text
                                                       : absl::StrCat("datasets { num_examples: 10 ", text, "}"));
}

bool ReadOption(const std::string& line, ValidationOptions* options) {
  const std::pair<std::string, std::string> option = absl::StrSplit(line, absl::MaxSplits(": ", 1));
  const auto& [name, value] = option;
  if (name == "environment") options->environment = value;
  if (name == "tfdv_compat") options->tfdv_compat = value == "true";
  if (name == "new_features_are_warnings") options->new_features_are_warnings = value == "true";
  if (name == "feature_needed") {
    if (!options->features_needed.has_value()) options->features_needed.emplace();
    options->features_needed->push_back({value});
    return true;
  }
  if (name == "severity") {
    const std::pair<std::string, std::string> parts = absl::StrSplit(value, ' ');
    AnomalyInfo::Type type;
    AnomalyInfo::Severity severity;
    if (!AnomalyInfo::Type_Parse(parts.first, &type) || !AnomalyInfo::Severity_Parse(parts.second, &severity)) {
      return false;
    }
    options->severity_overrides[type] = severity;
    return true;
  }
  return name == "environment" || name == "tfdv_compat" || name == "new_features_are_warnings";
}

void RunCase(const Case& test) {
  SCOPED_TRACE(test.name);
  const auto schema = Parse<v0::Schema>(Section(test, "schema"));
  const v0::DatasetFeatureStatisticsList statistics = ParseStatistics(Section(test, "statistics"));
  ValidationOptions options;
  std::map<std::string, v0::DatasetFeatureStatisticsList> controls;
  auto control = [&](const std::string& name) -> const v0::DatasetFeatureStatisticsList* {
    const std::string text = Section(test, name);
    return text.empty() ? nullptr : &controls.emplace(name, ParseStatistics(text)).first->second;
  };
  options.previous_span_statistics = control("previous");
  options.serving_statistics = control("serving");
  options.previous_version_statistics = control("previous_version");
  const auto custom = Parse<CustomValidationConfig>(Section(test, "custom"));
  options.custom_validation_config = &custom;
  for (const absl::string_view line : absl::StrSplit(Section(test, "options"), '\n', absl::SkipEmpty())) {
    ASSERT_TRUE(ReadOption(std::string(line), &options)) << "unknown option: " << std::string(line);
  }

  auto anomalies = ValidateStatistics(statistics, schema, options);

  const std::string expected = Section(test, "anomalies");
  ASSERT_NE(expected, "") << "the case expects nothing; write `none` for no anomalies";
  if (absl::StartsWith(expected, "error: ")) {
    ASSERT_FALSE(anomalies.ok());
    EXPECT_TRUE(absl::StrContains(anomalies.status().message(), expected.substr(7))) << anomalies.status();
    return;
  }
  ASSERT_TRUE(anomalies.ok()) << anomalies.status();
  anomalies->clear_baseline();
  anomalies->clear_anomaly_name_format();
  EXPECT_EQ(Difference(Parse<v0::Anomalies>(expected == "none" ? "" : expected), *anomalies), "")
      << anomalies->DebugString();

  const std::string updated_text = Section(test, "updated");
  if (updated_text.empty()) return;
  const auto updated = UpdateSchema(schema, statistics, {.tfdv_compat = options.tfdv_compat});
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(Difference(updated_text == "same" ? schema : Parse<v0::Schema>(updated_text), *updated), "")
      << updated->DebugString();
}

TEST(AnomalyCases, GiveTheirAnomaliesAndSchemas) {
  const char* source = std::getenv("TFX_SOURCE_DIR");
  ASSERT_NE(source, nullptr) << "TFX_SOURCE_DIR is not set";
  const std::string folder = absl::StrCat(source, "/tfx/data_validation/anomalies/cases");
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  int num_cases = 0;
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    const auto text = io::ReadFile(file);
    ASSERT_TRUE(text.ok()) << text.status();
    for (const Case& test : ParseCases(*text)) {
      RunCase(test);
      ++num_cases;
    }
  }
  EXPECT_GT(num_cases, 0);
  std::cout << num_cases << " cases in " << files.size() << " files\n";
}

}  // namespace
}  // namespace tfx::tfdv
