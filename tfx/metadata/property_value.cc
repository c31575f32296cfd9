#include "tfx/metadata/property_value.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/message_differencer.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/strip.h"
#include "tfx/base/concat.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

using ml_metadata::Value;

constexpr const char* kStructPrefix = "mlmd-struct::";

// Map entries in order of key, so that equal values are equal texts.
std::string SerializeInOrder(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

}  // namespace

std::string PostgresqlBytes(std::string_view bytes) {
  return Concat("\\x", absl::BytesToHexString(absl::string_view(bytes.data(), bytes.size())));
}

std::array<SqlValue, kValueColumns> EncodeValue(const Value& value, SqlDialect dialect,
                                                std::forward_list<std::string>* texts) {
  std::array<SqlValue, kValueColumns> columns;
  const auto keep = [&](std::string text) -> std::string_view { return texts->emplace_front(std::move(text)); };
  switch (value.value_case()) {
    case Value::kIntValue:
      columns[0] = static_cast<int64_t>(value.int_value());
      break;
    case Value::kDoubleValue:
      columns[1] = value.double_value();
      break;
    case Value::kStringValue:
      columns[2] = std::string_view(value.string_value());
      break;
    case Value::kStructValue:
      columns[2] = keep(Concat(kStructPrefix, absl::Base64Escape(SerializeInOrder(value.struct_value()))));
      break;
    case Value::kProtoValue: {
      const std::string bytes = SerializeInOrder(value.proto_value());
      columns[3] = keep(dialect == SqlDialect::kPostgresql ? PostgresqlBytes(bytes) : absl::Base64Escape(bytes));
      break;
    }
    case Value::kBoolValue:
      columns[4] = value.bool_value();
      break;
    case Value::VALUE_NOT_SET:
      break;
  }
  return columns;
}

bool DecodeValue(const SqlRow& row, int first, SqlDialect dialect, Value* value) {
  if (!row.IsNull(first + 2)) {
    const std::string_view text = row.Text(first + 2);
    absl::string_view base64(text.data(), text.size());
    std::string bytes;
    if (absl::ConsumePrefix(&base64, kStructPrefix) && absl::Base64Unescape(base64, &bytes) &&
        value->mutable_struct_value()->ParseFromString(bytes)) {
      return true;
    }
    value->set_string_value(std::string(text));
  } else if (!row.IsNull(first)) {
    value->set_int_value(row.Int(first));
  } else if (!row.IsNull(first + 1)) {
    value->set_double_value(row.Double(first + 1));
  } else if (!row.IsNull(first + 3)) {
    std::string bytes(row.Text(first + 3));
    if (dialect != SqlDialect::kPostgresql && !absl::Base64Unescape(std::string(bytes), &bytes)) return false;
    return value->mutable_proto_value()->ParseFromString(bytes);
  } else if (!row.IsNull(first + 4)) {
    value->set_bool_value(row.Int(first + 4) != 0);
  }
  return true;
}

ml_metadata::PropertyType KindOf(const Value& value) {
  switch (value.value_case()) {
    case Value::kIntValue:
      return ml_metadata::INT;
    case Value::kDoubleValue:
      return ml_metadata::DOUBLE;
    case Value::kStringValue:
      return ml_metadata::STRING;
    case Value::kStructValue:
      return ml_metadata::STRUCT;
    case Value::kProtoValue:
      return ml_metadata::PROTO;
    case Value::kBoolValue:
      return ml_metadata::BOOLEAN;
    case Value::VALUE_NOT_SET:
      break;
  }
  return ml_metadata::UNKNOWN;
}

bool SameValue(const Value& a, const Value& b) {
  if (a.value_case() != b.value_case()) return false;
  switch (a.value_case()) {
    case Value::kIntValue:
      return a.int_value() == b.int_value();
    case Value::kStringValue:
      return a.string_value() == b.string_value();
    default:
      return google::protobuf::util::MessageDifferencer::Equals(a, b);
  }
}

}  // namespace mlmd
