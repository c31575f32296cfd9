// Messages in files: text (.pbtxt), JSON or binary. Errors name the file and, for text, line and column.
#ifndef TFX_IO_TEXT_PROTO_H_
#define TFX_IO_TEXT_PROTO_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace tfx::io {

// Text format; NOT_FOUND, or INVALID_ARGUMENT "schema.pbtxt:12:3: ...".
absl::Status ReadTextProto(std::string_view path, google::protobuf::Message* message);
absl::Status ParseTextProto(std::string_view text, std::string_view name_for_errors,
                            google::protobuf::Message* message);
absl::Status WriteTextProto(std::string_view path, const google::protobuf::Message& message);

// Binary; DATA_LOSS when the bytes are not such a message.
absl::Status ReadBinaryProto(std::string_view path, google::protobuf::Message* message);
absl::Status WriteBinaryProto(std::string_view path, const google::protobuf::Message& message);  // deterministic
std::string SerializeDeterministically(const google::protobuf::Message& message);

// TFX's rendering in execution properties: original field names, sorted keys, two-space indent, defaults left out.
std::string ToTfxJson(const google::protobuf::Message& message);
absl::Status ParseJson(std::string_view json, std::string_view name_for_errors, google::protobuf::Message* message);

}  // namespace tfx::io

#endif  // TFX_IO_TEXT_PROTO_H_
