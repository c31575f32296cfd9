#include "tfx/components/splits.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tfx/base/status_macros.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"

namespace tfx {

std::string EncodeSplitNames(const std::vector<std::string>& splits) {
  std::string text = "[";
  for (const std::string& split : splits) {
    absl::StrAppend(&text, text.size() > 1 ? ", " : "", nlohmann::json(split).dump());
  }
  return text + "]";
}

absl::StatusOr<std::vector<std::string>> DecodeSplitNames(std::string_view text) {
  if (text.empty()) return std::vector<std::string>();
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const bool is_list_of_strings =
      json.is_array() && std::all_of(json.begin(), json.end(), [](const auto& item) { return item.is_string(); });
  if (!is_list_of_strings) {
    return absl::InvalidArgumentError(absl::StrCat("split_names is not a JSON list of strings: ", std::string(text)));
  }
  return json.get<std::vector<std::string>>();
}

absl::StatusOr<std::vector<std::string>> SplitsToProcess(const Artifact& artifact,
                                                         const ExecutionProperties& properties) {
  ASSIGN_OR_RETURN(std::vector<std::string> splits, DecodeSplitNames(artifact.StringProperty("split_names")));
  std::vector<std::string> excluded;
  if (properties.Has("exclude_splits")) {
    ASSIGN_OR_RETURN(excluded, properties.StringList("exclude_splits"));
  }
  std::erase_if(splits,
                [&](const std::string& split) { return std::count(excluded.begin(), excluded.end(), split) > 0; });
  if (splits.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("no split is left of ", artifact.type_name, " ", artifact.uri,
                                                      " (split_names ", artifact.StringProperty("split_names"),
                                                      ") after exclude_splits"));
  }
  return splits;
}

absl::StatusOr<std::vector<std::string>> FilesOfSplit(const Artifact& examples, const std::string& split) {
  const std::string patterns = examples.StringProperty("custom_split_pattern");
  if (patterns.empty()) return dataset::SplitFiles(examples.uri, split);
  const auto json = nlohmann::json::parse(patterns, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat("custom_split_pattern of ", examples.uri, " is not a JSON object: ", patterns));
  }
  const auto pattern = json.find(split);
  if (pattern == json.end()) return dataset::SplitFiles(examples.uri, split);
  if (!pattern->is_string()) {
    return absl::InvalidArgumentError(
        absl::StrCat("custom_split_pattern of ", examples.uri, " is not a text for split '", split, "': ", patterns));
  }
  const std::string path = io::JoinPath(examples.uri, pattern->get<std::string>());
  ASSIGN_OR_RETURN(std::vector<std::string> files, io::Glob(path));
  if (files.empty()) return absl::NotFoundError(absl::StrCat("split '", split, "': ", path, " matches no file"));
  return files;
}

absl::StatusOr<std::vector<std::string>> FilesOfSplits(const std::vector<Artifact>& examples,
                                                       const std::vector<std::string>& splits) {
  std::vector<std::string> files;
  for (const Artifact& artifact : examples) {
    for (const std::string& split : splits) {
      ASSIGN_OR_RETURN(const std::vector<std::string> split_files, FilesOfSplit(artifact, split));
      files.insert(files.end(), split_files.begin(), split_files.end());
    }
  }
  return files;
}

std::string WithThousands(int64_t number) {
  std::string digits = absl::StrCat(number);
  for (int i = static_cast<int>(digits.size()) - 3; i > (number < 0 ? 1 : 0); i -= 3) digits.insert(i, ",");
  return digits;
}

}  // namespace tfx
