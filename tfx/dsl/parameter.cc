#include "tfx/dsl/parameter.h"

#include "google/protobuf/message.h"
#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"
#include "tfx/io/text_proto.h"

namespace tfx {

ParameterValue JsonListParameter(const std::vector<std::string>& list) {
  std::string text = "[";
  for (const std::string& item : list) {
    // Bytes that are no UTF-8 are replaced: a parameter of text must be text. Non-ASCII is escaped as Python does.
    absl::StrAppend(
        &text, text.size() > 1 ? ", " : "",
        nlohmann::json(item).dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace));
  }
  return {.value = text + "]", .encoding = ParameterValue::Encoding::kJsonList};
}

ParameterValue ProtoParameter(const google::protobuf::Message& message) {
  return {.value = io::ToTfxJson(message),
          .encoding = ParameterValue::Encoding::kProto,
          .proto_type = std::string(message.GetDescriptor()->full_name())};
}

ParameterValue JsonObjectParameter(std::string_view json_text) {
  return {.value = std::string(json_text), .encoding = ParameterValue::Encoding::kJsonObject};
}

}  // namespace tfx
