// Values and types of expressions: what SQL calls BOOL, INT64, FLOAT64, STRING, ENUM, ARRAY and STRUCT, and NULL.
//
// A list or struct keeps its rows where they are: a struct value is a handle (const void*) that only its StructType can
// read, so a whole protobuf message or record is passed for the price of a pointer.
//
// All types here are immutable once made and may be shared by threads.
#ifndef TFX_EXPRESSIONS_VALUE_H_
#define TFX_EXPRESSIONS_VALUE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

namespace tfx::expressions {

class EnumType;
class StructType;
class Value;

enum class Kind {
  kNull,  // the type of the literal NULL, and of a column without values; fits everywhere
  kBool,
  kInt64,
  kDouble,
  kString,  // bytes; case mapping and LENGTH treat them as UTF-8 where the function says so
  kEnum,    // an int64 with names
  kList,
  kStruct,
};

// "INT64", "FLOAT64", ...: SQL's words, as they stand in messages and in CAST.
std::string_view KindName(Kind kind);

struct Type {
  Kind kind = Kind::kNull;
  std::shared_ptr<const Type> element;          // of a kList
  std::shared_ptr<const EnumType> enumeration;  // of a kEnum
  std::shared_ptr<const StructType> structure;  // of a kStruct

  static Type Null() { return {Kind::kNull}; }
  static Type Bool() { return {Kind::kBool}; }
  static Type Int64() { return {Kind::kInt64}; }
  static Type Double() { return {Kind::kDouble}; }
  static Type String() { return {Kind::kString}; }
  static Type ListOf(Type element);
  static Type Of(std::shared_ptr<const StructType> structure);
  static Type Of(std::shared_ptr<const EnumType> enumeration);

  // "INT64", "ARRAY<STRING>", "ENUM<Artifact.State>".
  std::string ToString() const;
};

class EnumType {
 public:
  virtual ~EnumType() = default;
  virtual std::string name() const = 0;
  virtual std::optional<int64_t> Number(std::string_view name) const = 0;
  virtual std::optional<std::string> Name(int64_t number) const = 0;
  virtual std::vector<std::string> Names() const = 0;
};

// What a consumer implements to let expressions read its records.
class StructType {
 public:
  struct Field {
    int index = 0;  // handed back to Get; the implementation's own numbering
    Type type;
  };

  virtual ~StructType() = default;
  virtual std::string name() const = 0;
  virtual std::optional<Field> Find(std::string_view name) const = 0;
  // For "did you mean"; may be empty.
  virtual std::vector<std::string> FieldNames() const { return {}; }
  // The field of a record. A value of the field's type, or NULL. OUT_OF_RANGE where it does not fit (uint64 > int64).
  virtual absl::StatusOr<Value> Get(const void* record, int index) const = 0;
  // kList fields only: element `offset` (from 0), which is inside, and the length, without copying the list.
  virtual absl::StatusOr<Value> GetElement(const void* record, int index, int64_t offset) const;
  virtual absl::StatusOr<int64_t> GetLength(const void* record, int index) const;
  // `field['key']`: the type of the value where the field is a map, and the value (NULL: no such key).
  virtual std::optional<Type> MapValueType(int index) const { return std::nullopt; }
  virtual absl::StatusOr<Value> GetMapValue(const void* record, int index, std::string_view key) const;
};

class Value {
 public:
  using List = std::vector<Value>;

  Value() = default;  // NULL
  static Value Null() { return {}; }
  static Value Bool(bool value) { return Value(value); }
  static Value Int64(int64_t value) { return Value(value); }
  static Value Double(double value) { return Value(value); }
  static Value String(std::string value) { return Value(std::move(value)); }
  static Value ListOf(List values) { return Value(std::make_shared<const List>(std::move(values))); }
  static Value Record(const void* record) { return Value(record); }  // not owned; must outlive the evaluation

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  // The caller knows the type: each only for a value of that kind. An enum is an int64.
  bool bool_value() const { return std::get<bool>(value_); }
  int64_t int64_value() const { return std::get<int64_t>(value_); }
  double double_value() const { return std::get<double>(value_); }
  const std::string& string_value() const { return std::get<std::string>(value_); }
  const List& list() const { return *std::get<std::shared_ptr<const List>>(value_); }
  const void* record() const { return std::get<const void*>(value_); }

  bool holds_bool() const { return std::holds_alternative<bool>(value_); }
  bool holds_int64() const { return std::holds_alternative<int64_t>(value_); }
  bool holds_double() const { return std::holds_alternative<double>(value_); }
  bool holds_string() const { return std::holds_alternative<std::string>(value_); }
  bool holds_list() const { return std::holds_alternative<std::shared_ptr<const List>>(value_); }

  // An SQL literal: NULL, true, 3, 0.5, "a\n", [1, 2]. Parsing a literal of a scalar gives the value back. A record is
  // <record>; doubles have the fewest digits that give them back.
  std::string ToString() const;

  // Same kind and same content; NaN equals NaN; records by address. Not SQL's `=`.
  friend bool operator==(const Value& a, const Value& b);

 private:
  using Any =
      std::variant<std::monostate, bool, int64_t, double, std::string, std::shared_ptr<const List>, const void*>;
  template <typename T>
  explicit Value(T value) : value_(std::move(value)) {}

  Any value_;
};

// 'text' in double quotes with SQL escapes; every byte that is not printable ASCII or well-formed UTF-8 as \xHH.
std::string QuoteString(std::string_view text);

}  // namespace tfx::expressions

#endif  // TFX_EXPRESSIONS_VALUE_H_
