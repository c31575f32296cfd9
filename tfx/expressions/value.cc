#include "tfx/expressions/value.h"

#include <charconv>
#include <cmath>

#include "absl/strings/str_format.h"
#include "tfx/base/concat.h"
#include "tfx/base/utf8.h"

namespace tfx::expressions {

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "NULL";
    case Kind::kBool:
      return "BOOL";
    case Kind::kInt64:
      return "INT64";
    case Kind::kDouble:
      return "FLOAT64";
    case Kind::kString:
      return "STRING";
    case Kind::kEnum:
      return "ENUM";
    case Kind::kList:
      return "ARRAY";
    case Kind::kStruct:
      return "STRUCT";
  }
  return "";
}

Type Type::ListOf(Type element) {
  return {.kind = Kind::kList, .element = std::make_shared<const Type>(std::move(element))};
}
Type Type::Of(std::shared_ptr<const StructType> structure) {
  return {.kind = Kind::kStruct, .structure = std::move(structure)};
}
Type Type::Of(std::shared_ptr<const EnumType> enumeration) {
  return {.kind = Kind::kEnum, .enumeration = std::move(enumeration)};
}

std::string Type::ToString() const {
  switch (kind) {
    case Kind::kList:
      return Concat("ARRAY<", element == nullptr ? std::string("NULL") : element->ToString(), ">");
    case Kind::kEnum:
      return Concat("ENUM<", enumeration->name(), ">");
    case Kind::kStruct:
      return Concat("STRUCT<", structure->name(), ">");
    default:
      return std::string(KindName(kind));
  }
}

absl::StatusOr<Value> StructType::GetElement(const void* record, int index, int64_t offset) const {
  absl::StatusOr<Value> list = Get(record, index);
  if (!list.ok() || list->is_null()) return list;
  return list->list()[static_cast<size_t>(offset)];
}

absl::StatusOr<int64_t> StructType::GetLength(const void* record, int index) const {
  const absl::StatusOr<Value> list = Get(record, index);
  if (!list.ok()) return list.status();
  return list->is_null() ? 0 : static_cast<int64_t>(list->list().size());
}

absl::StatusOr<Value> StructType::GetMapValue(const void*, int, std::string_view) const { return Value::Null(); }

std::string Value::ToString() const {
  if (is_null()) return "NULL";
  if (holds_bool()) return bool_value() ? "true" : "false";
  if (holds_int64()) return Concat(int64_value());
  if (holds_double()) {
    const double value = double_value();
    if (std::isnan(value)) return "CAST(\"nan\" AS FLOAT64)";
    if (std::isinf(value)) return value > 0 ? "CAST(\"inf\" AS FLOAT64)" : "CAST(\"-inf\" AS FLOAT64)";
    char digits[32];
    std::string text(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
  }
  if (holds_string()) return QuoteString(string_value());
  if (holds_list()) {
    std::string text = "[";
    for (const Value& value : list()) Append(&text, text.size() == 1 ? "" : ", ", value.ToString());
    return text + "]";
  }
  return "<record>";
}

bool operator==(const Value& a, const Value& b) {
  if (a.value_.index() != b.value_.index()) return false;
  if (a.holds_double()) {
    return a.double_value() == b.double_value() || (std::isnan(a.double_value()) && std::isnan(b.double_value()));
  }
  if (a.holds_list()) return a.list() == b.list();
  return a.value_ == b.value_;
}

std::string QuoteString(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const size_t good = std::min(FindInvalidUtf8(text), text.size());
    for (const char c : text.substr(0, good)) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        Append(&quoted, "\\", std::string_view(&c, 1));
      } else if (c == '\n') {
        quoted += "\\n";
      } else if (byte < 0x20 || byte == 0x7f) {
        quoted += absl::StrFormat("\\x%02x", byte);
      } else {
        quoted += c;
      }
    }
    text.remove_prefix(good);
    if (text.empty()) break;
    quoted += absl::StrFormat("\\x%02x", static_cast<unsigned char>(text[0]));
    text.remove_prefix(1);
  }
  return quoted + "\"";
}

}  // namespace tfx::expressions
