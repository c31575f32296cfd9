#include "tfx/orchestration/metadata_values.h"

#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"

namespace tfx {
namespace {

constexpr char kWrapped[] = "__value__";

std::string StructToJson(const google::protobuf::Struct& message) {
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text).ok()) return "{}";
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_object() && json.size() == 1 && json.contains(kWrapped)) return json[kWrapped].dump();
  return json.is_discarded() ? text : json.dump();
}

}  // namespace

ml_metadata::Value ToMlmdValue(const PropertyValue& value) {
  ml_metadata::Value out;
  if (const auto* v = std::get_if<int64_t>(&value)) out.set_int_value(*v);
  if (const auto* v = std::get_if<double>(&value)) out.set_double_value(*v);
  if (const auto* v = std::get_if<std::string>(&value)) out.set_string_value(*v);
  if (const auto* v = std::get_if<bool>(&value)) out.set_bool_value(*v);
  if (const auto* v = std::get_if<JsonValue>(&value)) {
    nlohmann::json json = nlohmann::json::parse(v->text, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded()) json = v->text;
    if (!json.is_object()) json = {{kWrapped, json}};
    const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (!google::protobuf::util::JsonStringToMessage(text, out.mutable_struct_value()).ok())
      out.set_string_value(v->text);
  }
  return out;
}

PropertyValue FromMlmdValue(const ml_metadata::Value& value) {
  switch (value.value_case()) {
    case ml_metadata::Value::kIntValue:
      return static_cast<int64_t>(value.int_value());
    case ml_metadata::Value::kDoubleValue:
      return value.double_value();
    case ml_metadata::Value::kBoolValue:
      return value.bool_value();
    case ml_metadata::Value::kStructValue:
      return JsonValue{StructToJson(value.struct_value())};
    default:
      return value.string_value();
  }
}

PropertyMap FromMlmdMap(const google::protobuf::Map<std::string, ml_metadata::Value>& values) {
  PropertyMap out;
  for (const auto& [name, value] : values) out[name] = FromMlmdValue(value);
  return out;
}

void ToMlmdMap(const PropertyMap& values, google::protobuf::Map<std::string, ml_metadata::Value>* out) {
  for (const auto& [name, value] : values) (*out)[name] = ToMlmdValue(value);
}

Artifact FromMlmd(const ml_metadata::Artifact& artifact) {
  return {.id = artifact.id(),
          .type_name = artifact.type(),
          .uri = artifact.uri(),
          .properties = FromMlmdMap(artifact.properties()),
          .custom_properties = FromMlmdMap(artifact.custom_properties())};
}

}  // namespace tfx
