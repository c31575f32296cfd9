// Options of DetectFeatureSkew from JSON, and its results as files.
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/skew/feature_skew.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tfx::tfdv {
namespace {

using nlohmann::json;

absl::Status ReadNames(const json& value, std::vector<std::string>* names) {
  if (value.is_null()) return absl::OkStatus();
  if (!value.is_array()) return absl::InvalidArgumentError("must be a list of feature names");
  names->clear();
  for (const json& item : value) {
    // ConfusionConfig is an object with a name.
    const json& name = item.is_object() && item.size() == 1 && item.contains("name") ? item["name"] : item;
    if (!name.is_string()) return absl::InvalidArgumentError("must be a list of feature names");
    names->push_back(name.get<std::string>());
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ReadInteger(const json& value) {
  if (!value.is_number_integer()) return absl::InvalidArgumentError("must be a whole number");
  return value.get<int64_t>();
}

struct Option {
  const char* name;
  absl::Status (*read)(const json&, FeatureSkewOptions*);
};

// Alphabetical.
constexpr Option kOptions[] = {
    {"allow_duplicate_identifiers",
     [](const json& value, FeatureSkewOptions* options) -> absl::Status {
       if (!value.is_boolean()) return absl::InvalidArgumentError("must be true or false");
       options->allow_duplicate_identifiers = value.get<bool>();
       return absl::OkStatus();
     }},
    {"confusion_configs",
     [](const json& value, FeatureSkewOptions* options) { return ReadNames(value, &options->confusion_features); }},
    {"features_to_ignore",
     [](const json& value, FeatureSkewOptions* options) { return ReadNames(value, &options->features_to_ignore); }},
    {"float_round_ndigits",
     [](const json& value, FeatureSkewOptions* options) -> absl::Status {
       if (value.is_null()) return absl::OkStatus();
       ASSIGN_OR_RETURN(const int64_t digits, ReadInteger(value));
       if (digits < 0 || digits > 323) return absl::InvalidArgumentError("must be from 0 to 323");
       options->float_round_ndigits = static_cast<int>(digits);
       return absl::OkStatus();
     }},
    {"identifier_features",
     [](const json& value, FeatureSkewOptions* options) { return ReadNames(value, &options->identifier_features); }},
    {"sample_size",
     [](const json& value, FeatureSkewOptions* options) -> absl::Status {
       ASSIGN_OR_RETURN(options->sample_size, ReadInteger(value));
       return absl::OkStatus();
     }},
};

template <class Messages>
absl::Status WriteRecords(std::string_view directory, std::string_view prefix, const Messages& messages) {
  ASSIGN_OR_RETURN(const std::unique_ptr<io::TFRecordWriter> writer,
                   io::TFRecordWriter::Open(io::ShardedFileName(directory, prefix, 0, 1, ""), io::Compression::kNone));
  for (const auto& message : messages) RETURN_IF_ERROR(writer->Write(io::SerializeDeterministically(message)));
  return writer->Close();
}

}  // namespace

absl::StatusOr<FeatureSkewOptions> ParseFeatureSkewOptionsJson(std::string_view text) {
  const json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return absl::InvalidArgumentError("feature skew options must be a JSON object");
  FeatureSkewOptions options;
  for (const auto& [name, value] : parsed.items()) {
    const Option* known = nullptr;
    std::vector<std::string> names;
    for (const Option& option : kOptions) {
      names.push_back(option.name);
      if (name == option.name) known = &option;
    }
    if (known == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("unknown option '", name, "'", DidYouMean(name, names)));
    }
    RETURN_IF_ERROR(Annotate(known->read(value, &options), absl::StrCat("option '", name, "'")));
  }
  return options;
}

absl::Status WriteFeatureSkewResults(std::string_view directory, const FeatureSkewResults& results,
                                     ConfusionFile confusion) {
  RETURN_IF_ERROR(WriteRecords(directory, "skew_stats", results.skew_results));
  RETURN_IF_ERROR(WriteRecords(directory, "sample_pairs", results.skew_pairs));
  RETURN_IF_ERROR(WriteRecords(directory, "match_stats", std::vector<MatchStats>{results.match_stats}));
  if (confusion == ConfusionFile::kLeaveOut) return absl::OkStatus();
  return WriteRecords(directory, "confusion", results.confusion_counts);
}

}  // namespace tfx::tfdv
