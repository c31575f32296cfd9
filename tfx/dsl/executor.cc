#include "tfx/dsl/executor.h"

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tfx {
namespace {

const PropertyValue* Find(const PropertyMap& map, std::string_view name) {
  const auto it = map.find(name);
  return it == map.end() ? nullptr : &it->second;
}

// The first of the two maps that holds something readable as an integer.
std::optional<int64_t> AsInt(const PropertyValue* value) {
  if (value == nullptr) return std::nullopt;
  if (const auto* number = std::get_if<int64_t>(value)) return *number;
  int64_t parsed = 0;
  if (const auto* text = std::get_if<std::string>(value); text && absl::SimpleAtoi(*text, &parsed)) return parsed;
  return std::nullopt;
}

absl::Status Missing(std::string_view name) {
  return absl::InvalidArgumentError(Concat("parameter '", name, "' is not set"));
}
absl::Status WrongKind(std::string_view name, std::string_view expected, const PropertyValue& value) {
  return absl::InvalidArgumentError(
      Concat("parameter '", name, "' must be ", expected, ", not '", ToString(value), "'"));
}

}  // namespace

int64_t Artifact::IntProperty(std::string_view name, int64_t fallback) const {
  if (auto value = AsInt(Find(properties, name))) return *value;
  if (auto value = AsInt(Find(custom_properties, name))) return *value;
  return fallback;
}

std::string Artifact::StringProperty(std::string_view name, std::string_view fallback) const {
  for (const PropertyMap* map : {&properties, &custom_properties}) {
    const PropertyValue* value = Find(*map, name);
    if (value == nullptr) continue;
    if (const auto* text = std::get_if<std::string>(value)) return *text;
    if (const auto* json = std::get_if<JsonValue>(value)) return json->text;
  }
  return std::string(fallback);
}

bool Artifact::HasProperty(std::string_view name) const {
  return properties.contains(name) || custom_properties.contains(name);
}

const std::vector<Artifact>& ExecutorInputs::Get(std::string_view key) const {
  static const auto& none = *new std::vector<Artifact>;
  const auto it = artifacts_.find(key);
  return it == artifacts_.end() ? none : it->second;
}

absl::StatusOr<const Artifact*> ExecutorInputs::Single(std::string_view key) const {
  const std::vector<Artifact>& found = Get(key);
  if (found.size() != 1) {
    return absl::InvalidArgumentError(
        Concat("input '", key, "' must be exactly one artifact, but there are ", found.size()));
  }
  return &found[0];
}

absl::StatusOr<const Artifact*> ExecutorInputs::Optional(std::string_view key) const {
  if (Get(key).empty()) return nullptr;
  return Single(key);
}

OutputArtifact& ExecutorOutputs::operator[](std::string_view key) {
  const auto it = artifacts_.find(key);
  if (it == artifacts_.end() || it->second.empty()) std::abort();  // a fault of the component, not of its user
  return it->second[0];
}

bool ExecutorOutputs::Has(std::string_view key) const {
  const auto it = artifacts_.find(key);
  return it != artifacts_.end() && !it->second.empty();
}

absl::StatusOr<std::vector<OutputArtifact>*> ExecutorOutputs::Resize(std::string_view key, size_t count) {
  const auto it = artifacts_.find(key);
  if (it == artifacts_.end() || it->second.empty()) {
    return absl::InternalError(Concat("the component has no output '", key, "'"));
  }
  std::vector<OutputArtifact>& artifacts = it->second;
  if (count == 0) return absl::InvalidArgumentError(Concat("output '", key, "' needs at least one artifact"));
  if (count == artifacts.size()) return &artifacts;
  OutputArtifact first = artifacts[0];
  if (artifacts.size() > 1) {
    first.uri = io::Dirname(first.uri);
    first.path = io::Dirname(first.path);
  }
  artifacts.assign(count, first);
  for (size_t i = 0; count > 1 && i < count; ++i) {
    artifacts[i].uri = io::JoinPath(first.uri, Concat(i));
    artifacts[i].path = io::JoinPath(first.path, Concat(i));
    RETURN_IF_ERROR(io::CreateDirectories(artifacts[i].path));
  }
  return &artifacts;
}

bool ExecutionProperties::Has(std::string_view name) const { return values_.contains(name); }

void ExecutionProperties::Erase(std::string_view name) {
  if (const auto it = values_.find(name); it != values_.end()) values_.erase(it);
}

absl::StatusOr<std::string> ExecutionProperties::String(std::string_view name) const {
  const PropertyValue* value = Find(values_, name);
  if (value == nullptr) return Missing(name);
  if (const auto* text = std::get_if<std::string>(value)) return *text;
  if (const auto* json = std::get_if<JsonValue>(value)) return json->text;
  return WrongKind(name, "a string", *value);
}

absl::StatusOr<int64_t> ExecutionProperties::Int(std::string_view name) const {
  const PropertyValue* value = Find(values_, name);
  if (value == nullptr) return Missing(name);
  if (auto number = AsInt(value)) return *number;
  return WrongKind(name, "an integer", *value);
}

absl::StatusOr<double> ExecutionProperties::Double(std::string_view name) const {
  const PropertyValue* value = Find(values_, name);
  if (value == nullptr) return Missing(name);
  if (const auto* number = std::get_if<double>(value)) return *number;
  if (const auto* number = std::get_if<int64_t>(value)) return static_cast<double>(*number);
  double parsed = 0;
  if (const auto* text = std::get_if<std::string>(value); text && absl::SimpleAtod(*text, &parsed)) return parsed;
  return WrongKind(name, "a number", *value);
}

absl::StatusOr<bool> ExecutionProperties::Bool(std::string_view name) const {
  const PropertyValue* value = Find(values_, name);
  if (value == nullptr) return Missing(name);
  if (const auto* flag = std::get_if<bool>(value)) return *flag;
  const std::string text = ToString(*value);
  if (text == "1" || text == "true") return true;
  if (text == "0" || text == "false") return false;
  return WrongKind(name, "true or false", *value);
}

absl::StatusOr<std::vector<std::string>> ExecutionProperties::StringList(std::string_view name) const {
  ASSIGN_OR_RETURN(const std::string text, String(name));
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_null()) return std::vector<std::string>();
  std::vector<std::string> list;
  if (!json.is_array()) return WrongKind(name, "a JSON list of strings", text);
  for (const auto& item : json) {
    if (!item.is_string()) return WrongKind(name, "a JSON list of strings", text);
    list.push_back(item.get<std::string>());
  }
  return list;
}

std::string ExecutionProperties::StringOr(std::string_view name, std::string_view fallback) const {
  if (!Has(name)) return std::string(fallback);
  auto value = String(name);
  return value.ok() ? *value : std::string(fallback);
}

int64_t ExecutionProperties::IntOr(std::string_view name, int64_t fallback) const {
  auto value = Int(name);
  return value.ok() ? *value : fallback;
}

bool ExecutionProperties::BoolOr(std::string_view name, bool fallback) const {
  auto value = Bool(name);
  return value.ok() ? *value : fallback;
}

absl::Status ExecutionProperties::Proto(std::string_view name, google::protobuf::Message* message) const {
  if (!Has(name)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string text, String(name));
  return io::ParseJson(text, Concat("parameter '", name, "'"), message);
}

}  // namespace tfx
