#include "tfx/expressions/proto_struct.h"

#include <google/protobuf/map_field.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"

namespace tfx::expressions {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

class ProtoEnum final : public EnumType {
 public:
  explicit ProtoEnum(const EnumDescriptor* descriptor) : descriptor_(descriptor) {}
  std::string name() const override { return descriptor_->full_name(); }
  std::optional<int64_t> Number(std::string_view name) const override {
    const auto* value = descriptor_->FindValueByName(std::string(name));
    return value == nullptr ? std::nullopt : std::optional<int64_t>(value->number());
  }
  std::optional<std::string> Name(int64_t number) const override {
    const auto* value = descriptor_->FindValueByNumber(static_cast<int>(number));
    return value == nullptr ? std::nullopt : std::optional<std::string>(value->name());
  }
  std::vector<std::string> Names() const override {
    std::vector<std::string> names;
    for (int i = 0; i < descriptor_->value_count(); ++i) names.push_back(descriptor_->value(i)->name());
    return names;
  }

 private:
  const EnumDescriptor* descriptor_;
};

Type ScalarType(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return Type::Bool();
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Type::Double();
    case FieldDescriptor::CPPTYPE_STRING:
      return Type::String();
    case FieldDescriptor::CPPTYPE_ENUM:
      return Type::Of(std::make_shared<const ProtoEnum>(field->enum_type()));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ProtoType(field->message_type());
    default:
      return Type::Int64();
  }
}

absl::StatusOr<Value> FromUnsigned(uint64_t value, const FieldDescriptor* field) {
  if (value > static_cast<uint64_t>(INT64_MAX)) {
    return absl::OutOfRangeError(Concat("field ", field->name(), ": ", value, " does not fit INT64"));
  }
  return Value::Int64(static_cast<int64_t>(value));
}

absl::StatusOr<Value> ReadSingular(const Message& message, const FieldDescriptor* field) {
  const Reflection& r = *message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return Value::Bool(r.GetBool(message, field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Value::Double(r.GetFloat(message, field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Value::Double(r.GetDouble(message, field));
    case FieldDescriptor::CPPTYPE_STRING:
      return Value::String(r.GetString(message, field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return Value::Int64(r.GetEnumValue(message, field));
    case FieldDescriptor::CPPTYPE_INT32:
      return Value::Int64(r.GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return Value::Int64(r.GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return Value::Int64(r.GetUInt32(message, field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return FromUnsigned(r.GetUInt64(message, field), field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (!r.HasField(message, field)) return Value::Null();
      return ProtoValue(r.GetMessage(message, field));
  }
  return Value::Null();
}

absl::StatusOr<Value> ReadRepeated(const Message& message, const FieldDescriptor* field, int i) {
  const Reflection& r = *message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return Value::Bool(r.GetRepeatedBool(message, field, i));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Value::Double(r.GetRepeatedFloat(message, field, i));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Value::Double(r.GetRepeatedDouble(message, field, i));
    case FieldDescriptor::CPPTYPE_STRING:
      return Value::String(r.GetRepeatedString(message, field, i));
    case FieldDescriptor::CPPTYPE_ENUM:
      return Value::Int64(r.GetRepeatedEnumValue(message, field, i));
    case FieldDescriptor::CPPTYPE_INT32:
      return Value::Int64(r.GetRepeatedInt32(message, field, i));
    case FieldDescriptor::CPPTYPE_INT64:
      return Value::Int64(r.GetRepeatedInt64(message, field, i));
    case FieldDescriptor::CPPTYPE_UINT32:
      return Value::Int64(r.GetRepeatedUInt32(message, field, i));
    case FieldDescriptor::CPPTYPE_UINT64:
      return FromUnsigned(r.GetRepeatedUInt64(message, field, i), field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ProtoValue(r.GetRepeatedMessage(message, field, i));
  }
  return Value::Null();
}

class ProtoStruct final : public StructType {
 public:
  explicit ProtoStruct(const Descriptor* descriptor) : descriptor_(descriptor) {}

  std::string name() const override { return descriptor_->full_name(); }

  std::optional<Field> Find(std::string_view name) const override {
    if (const FieldDescriptor* field = FindField(std::string(name))) {
      Type type = ScalarType(field);
      return Field{field->index(), field->is_repeated() ? Type::ListOf(std::move(type)) : std::move(type)};
    }
    constexpr std::string_view kHas = "has_";
    if (name.size() > kHas.size() && absl::EqualsIgnoreCase(std::string(name.substr(0, kHas.size())), "has_")) {
      const FieldDescriptor* field = FindField(std::string(name.substr(kHas.size())));
      if (field != nullptr && field->has_presence()) return Field{~field->index(), Type::Bool()};
    }
    return std::nullopt;
  }

  std::vector<std::string> FieldNames() const override {
    std::vector<std::string> names;
    for (int i = 0; i < descriptor_->field_count(); ++i) names.push_back(descriptor_->field(i)->name());
    return names;
  }

  absl::StatusOr<Value> Get(const void* record, int index) const override {
    const Message& message = *static_cast<const Message*>(record);
    if (index < 0) return Value::Bool(message.GetReflection()->HasField(message, descriptor_->field(~index)));
    const FieldDescriptor* field = descriptor_->field(index);
    if (!field->is_repeated()) return ReadSingular(message, field);
    const int length = message.GetReflection()->FieldSize(message, field);
    Value::List list;
    list.reserve(length);
    for (int i = 0; i < length; ++i) {
      ASSIGN_OR_RETURN(Value value, ReadRepeated(message, field, i));
      list.push_back(std::move(value));
    }
    return Value::ListOf(std::move(list));
  }

  absl::StatusOr<Value> GetElement(const void* record, int index, int64_t offset) const override {
    return ReadRepeated(*static_cast<const Message*>(record), descriptor_->field(index), static_cast<int>(offset));
  }

  absl::StatusOr<int64_t> GetLength(const void* record, int index) const override {
    const Message& message = *static_cast<const Message*>(record);
    return message.GetReflection()->FieldSize(message, descriptor_->field(index));
  }

  std::optional<Type> MapValueType(int index) const override {
    if (index < 0 || !descriptor_->field(index)->is_map()) return std::nullopt;
    return ScalarType(descriptor_->field(index)->message_type()->map_value());
  }

  absl::StatusOr<Value> GetMapValue(const void* record, int index, std::string_view key) const override {
    // Entries as they stand in the message; the last of equal keys counts, as in protobuf.
    const Message& message = *static_cast<const Message*>(record);
    const FieldDescriptor* field = descriptor_->field(index);
    const FieldDescriptor* key_field = field->message_type()->map_key();
    for (int i = message.GetReflection()->FieldSize(message, field) - 1; i >= 0; --i) {
      const Message& entry = message.GetReflection()->GetRepeatedMessage(message, field, i);
      const absl::StatusOr<Value> entry_key = ReadSingular(entry, key_field);
      if (!entry_key.ok()) continue;
      const std::string text = entry_key->holds_string() ? entry_key->string_value() : entry_key->ToString();
      if (text == key) return ReadSingular(entry, field->message_type()->map_value());
    }
    return Value::Null();
  }

 private:
  // Names are compared without case where none is spelled like it.
  const FieldDescriptor* FindField(const std::string& name) const {
    if (const FieldDescriptor* field = descriptor_->FindFieldByName(name)) return field;
    for (int i = 0; i < descriptor_->field_count(); ++i) {
      if (absl::EqualsIgnoreCase(descriptor_->field(i)->name(), name)) return descriptor_->field(i);
    }
    return nullptr;
  }

  const Descriptor* descriptor_;
};

}  // namespace

Type ProtoType(const Descriptor* descriptor) { return Type::Of(std::make_shared<const ProtoStruct>(descriptor)); }

Value ProtoValue(const Message& message) { return Value::Record(&message); }

}  // namespace tfx::expressions
