#include "tfx/io/text_proto.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"

namespace tfx::io {
namespace {

namespace pb = ::google::protobuf;

// Keeps the first error and counts the others.
class FirstError : public pb::io::ErrorCollector {
 public:
  explicit FirstError(std::string_view name) : name_(name) {}

  void AddError(int line, pb::io::ColumnNumber column, const std::string& message) override {
    if (count_++ > 0) return;
    // Positions are 0-based; a negative line means the message as a whole.
    first_ = line < 0 ? absl::StrCat(name_, ": ", message)
                      : absl::StrCat(name_, ":", line + 1, ":", column + 1, ": ", message);
  }
  void AddWarning(int, pb::io::ColumnNumber, const std::string&) override {}

  absl::Status ToStatus(const pb::Message& message) const {
    std::string text = count_ == 0 ? absl::StrCat(name_, ": not a text message") : first_;
    if (count_ > 1) absl::StrAppend(&text, " (and ", count_ - 1, " more)");
    return absl::InvalidArgumentError(absl::StrCat(text, " [", message.GetTypeName(), "]"));
  }

 private:
  const std::string name_;
  int count_ = 0;
  std::string first_;
};

}  // namespace

absl::Status ParseTextProto(std::string_view text, std::string_view name_for_errors, pb::Message* message) {
  FirstError errors(name_for_errors);
  pb::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  if (text.size() > static_cast<size_t>(INT32_MAX)) {
    return absl::InvalidArgumentError(absl::StrCat(std::string(name_for_errors), ": larger than 2 GiB"));
  }
  pb::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  return parser.Parse(&stream, message) ? absl::OkStatus() : errors.ToStatus(*message);
}

absl::Status ReadTextProto(std::string_view path, pb::Message* message) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return ParseTextProto(text, path, message);
}

absl::Status WriteTextProto(std::string_view path, const pb::Message& message) {
  std::string text;
  if (!pb::TextFormat::PrintToString(message, &text)) {
    return absl::InternalError(absl::StrCat("cannot print ", message.GetTypeName(), " for ", std::string(path)));
  }
  return WriteFile(path, text);
}

absl::Status ReadBinaryProto(std::string_view path, pb::Message* message) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  if (message->ParseFromString(bytes)) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(std::string(path), " is not a serialized ", message->GetTypeName(), " (", bytes.size(), " bytes)"));
}

absl::Status WriteBinaryProto(std::string_view path, const pb::Message& message) {
  return WriteFile(path, SerializeDeterministically(message));
}

std::string SerializeDeterministically(const pb::Message& message) {
  std::string bytes;
  {
    pb::io::StringOutputStream stream(&bytes);
    pb::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&coded);
  }
  return bytes;
}

std::string ToTfxJson(const pb::Message& message) {
  pb::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!pb::util::MessageToJsonString(message, &json, options).ok()) return "{}";
  // Sorted keys and the indent are Python's json.dumps(sort_keys=True, indent=2), which escapes non-ASCII characters.
  return nlohmann::json::parse(json).dump(2, ' ', /*ensure_ascii=*/true);
}

absl::Status ParseJson(std::string_view json, std::string_view name_for_errors, pb::Message* message) {
  const auto status = pb::util::JsonStringToMessage(pb::StringPiece(json.data(), json.size()), message);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(std::string(name_for_errors), ": not the JSON form of ",
                                                 message->GetTypeName(), ": ", std::string(status.message())));
}

}  // namespace tfx::io
