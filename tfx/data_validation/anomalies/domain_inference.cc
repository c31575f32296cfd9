#include "tfx/data_validation/anomalies/domain_inference.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using v0::FeatureNameStatistics;

const std::set<std::string>& TrueTexts() {
  static const auto& texts = *new std::set<std::string>{"", "1", "SET", "TRUE", "set", "true"};
  return texts;
}

const std::set<std::string>& FalseTexts() {
  static const auto& texts = *new std::set<std::string>{"0", "CLEAR", "FALSE", "clear", "false"};
  return texts;
}

// One text for true, one for false, or either alone.
bool AreBoolTexts(const std::map<std::string, double>& counts) {
  if (counts.empty() || counts.size() > 2) return false;
  int num_true = 0, num_false = 0;
  for (const auto& [text, count] : counts) {
    num_true += TrueTexts().contains(text);
    num_false += FalseTexts().contains(text);
  }
  return num_true <= 1 && num_false <= 1 && num_true + num_false == static_cast<int>(counts.size());
}

bool InferBoolDomain(const FeatureView& stats, Feature* feature) {
  const FeatureNameStatistics& proto = stats.proto();
  if (proto.type() == FeatureNameStatistics::INT) {
    if (proto.num_stats().min() < 0 || proto.num_stats().max() != 1) return false;
    feature->mutable_bool_domain();
    return true;
  }
  const std::map<std::string, double> counts = stats.value_counts();
  if (proto.type() != FeatureNameStatistics::STRING || !AreBoolTexts(counts)) return false;
  v0::BoolDomain* domain = feature->mutable_bool_domain();
  for (const auto& [text, count] : counts) {
    if (TrueTexts().contains(text)) {
      domain->set_true_value(text);
    } else {
      domain->set_false_value(text);
    }
  }
  return true;
}

bool AreIntegers(const std::map<std::string, double>& counts) {
  return !counts.empty() && std::all_of(counts.begin(), counts.end(), [](const auto& entry) {
    int64_t number = 0;
    return absl::SimpleAtoi(entry.first, &number);
  });
}

}  // namespace

bool SetSemanticDomain(const FeatureView& stats, Feature* feature) {
  std::string text;
  for (const v0::CustomStatistic& statistic : stats.proto().custom_stats()) {
    if (statistic.name() != "domain_info") continue;
    if (!text.empty()) return false;
    text = statistic.str();
  }
  if (text.empty() || feature->domain_info_case() != Feature::DOMAIN_INFO_NOT_SET) return false;
  // A text that does not parse must not print to the log: the statistics are data.
  struct Silent : google::protobuf::io::ErrorCollector {
    void AddError(int, int, const std::string&) override {}
  } silent;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&silent);
  Feature parsed;
  if (!parser.ParseFromString(text, &parsed)) return false;
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  parsed.GetReflection()->ListFields(parsed, &fields);
  if (fields.size() != 1 || fields[0]->containing_oneof() == nullptr ||
      fields[0]->containing_oneof()->name() != "domain_info") {
    return false;
  }
  feature->MergeFrom(parsed);
  return true;
}

void InferDomain(const FeatureView& stats, int max_string_domain_size, SchemaEdit* schema, Feature* feature) {
  if (SetSemanticDomain(stats, feature)) return;
  if (stats.has_invalid_utf8() || stats.proto().type() == FeatureNameStatistics::BYTES) return;
  if (InferBoolDomain(stats, feature)) return;
  const std::map<std::string, double> counts = stats.value_counts();
  if (stats.proto().type() == FeatureNameStatistics::STRING && AreIntegers(counts)) {
    feature->mutable_int_domain();
    return;
  }
  if (counts.empty() || static_cast<int64_t>(counts.size()) > max_string_domain_size) return;
  StringDomain* domain = schema->AddStringDomain(SerializePath(stats.path()));
  for (const auto& [value, count] : counts) domain->add_value(value);
  feature->set_domain(domain->name());
}

}  // namespace tfx::tfdv
