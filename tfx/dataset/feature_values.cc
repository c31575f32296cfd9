#include "tfx/dataset/feature_values.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_binary.h"
#include "arrow/array/array_decimal.h"
#include "arrow/array/array_dict.h"
#include "arrow/array/array_nested.h"
#include "arrow/array/array_primitive.h"
#include "arrow/buffer.h"
#include "arrow/type.h"
#include "arrow/util/float16.h"
#include "tfx/base/status_macros.h"
#include "tfx/dataset/feature_column.h"

namespace tfx::dataset {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using arrow::Type;

// What is to be done with entries that are null.
enum class Nulls { kKeep, kDrop };

// The entries of `array` that are wanted, as fn(i) gives their values.
template <class OutArray, class Value, class Fn>
ArrayPtr MakeNumbers(const arrow::Array& array, Nulls nulls, Fn fn) {
  std::vector<Value> values;
  std::vector<uint8_t> valid;
  const bool keep = nulls == Nulls::kKeep && array.null_count() > 0;
  values.reserve(static_cast<size_t>(array.length()));
  for (int64_t i = 0; i < array.length(); ++i) {
    const bool is_valid = array.IsValid(i);
    if (is_valid) {
      values.push_back(fn(i));
    } else if (keep) {
      values.push_back(Value());
    }
    if (keep) valid.push_back(is_valid ? 1 : 0);
  }
  const auto length = static_cast<int64_t>(values.size());
  const int64_t num_nulls = keep ? array.null_count() : 0;
  return std::make_shared<OutArray>(length, arrow::Buffer::FromVector(std::move(values)),
                                    ValidityBitmap(valid, num_nulls), num_nulls);
}

template <class Fn>
absl::StatusOr<ArrayPtr> MakeBinary(const arrow::Array& array, Nulls nulls, Fn fn) {
  std::string bytes;
  std::vector<int32_t> ends = {0};
  std::vector<uint8_t> valid;
  const bool keep = nulls == Nulls::kKeep && array.null_count() > 0;
  for (int64_t i = 0; i < array.length(); ++i) {
    const bool is_valid = array.IsValid(i);
    if (keep) valid.push_back(is_valid ? 1 : 0);
    if (!is_valid && !keep) continue;
    if (is_valid) bytes.append(fn(i));
    if (bytes.size() > static_cast<size_t>(INT32_MAX)) {
      return absl::InvalidArgumentError("has more than 2 GiB of text in one batch; read fewer values at a time");
    }
    ends.push_back(static_cast<int32_t>(bytes.size()));
  }
  const auto length = static_cast<int64_t>(ends.size()) - 1;
  const int64_t num_nulls = keep ? array.null_count() : 0;
  return std::make_shared<arrow::BinaryArray>(length, arrow::Buffer::FromVector(std::move(ends)),
                                              arrow::Buffer::FromString(std::move(bytes)),
                                              ValidityBitmap(valid, num_nulls), num_nulls);
}

template <class Array>
ArrayPtr Integers(const arrow::Array& array, Nulls nulls) {
  const auto& typed = static_cast<const Array&>(array);
  return MakeNumbers<arrow::Int64Array, int64_t>(array, nulls,
                                                 [&](int64_t i) { return static_cast<int64_t>(typed.Value(i)); });
}

template <class Array>
ArrayPtr Decimals(const arrow::Array& array, Nulls nulls, DoubleFeatures doubles) {
  const auto& typed = static_cast<const Array&>(array);
  // Written out and read, which rounds once.
  const auto value = [&](int64_t i) { return std::strtod(typed.FormatValue(i).c_str(), nullptr); };
  if (doubles == DoubleFeatures::kDouble) return MakeNumbers<arrow::DoubleArray, double>(array, nulls, value);
  return MakeNumbers<arrow::FloatArray, float>(array, nulls, [&](int64_t i) { return static_cast<float>(value(i)); });
}

template <class Array>
absl::StatusOr<ArrayPtr> Texts(const arrow::Array& array, Nulls nulls) {
  const auto& typed = static_cast<const Array&>(array);
  return MakeBinary(array, nulls, [&](int64_t i) { return typed.GetView(i); });
}

absl::StatusOr<ArrayPtr> Unsigned(const arrow::Array& array, Nulls nulls) {
  const auto& typed = static_cast<const arrow::UInt64Array&>(array);
  for (int64_t i = 0; i < typed.length(); ++i) {
    if (typed.IsValid(i) && typed.Value(i) > static_cast<uint64_t>(INT64_MAX)) {
      return absl::InvalidArgumentError(absl::StrCat("has the value ", typed.Value(i), ", which is no int64"));
    }
  }
  return Integers<arrow::UInt64Array>(array, nulls);
}

absl::StatusOr<ArrayPtr> Leaf(const ArrayPtr& array, Nulls nulls, DoubleFeatures doubles);

// The values that the indices point at.
absl::StatusOr<ArrayPtr> Dictionary(const arrow::Array& array, Nulls nulls, DoubleFeatures doubles) {
  const auto& typed = static_cast<const arrow::DictionaryArray&>(array);
  ASSIGN_OR_RETURN(const ArrayPtr values, Leaf(typed.dictionary(), Nulls::kKeep, doubles));
  // An index may point at a null, too; both are null then.
  std::vector<uint8_t> valid(static_cast<size_t>(array.length()));
  int64_t num_nulls = 0;
  for (int64_t i = 0; i < array.length(); ++i) {
    valid[static_cast<size_t>(i)] = array.IsValid(i) && values->IsValid(typed.GetValueIndex(i)) ? 1 : 0;
    num_nulls += 1 - valid[static_cast<size_t>(i)];
  }
  // An array that says which entries are null; its values are never looked at.
  const arrow::Int64Array mask(array.length(), std::make_shared<arrow::Buffer>(nullptr, 0),
                               ValidityBitmap(valid, num_nulls), num_nulls);
  switch (values->type_id()) {
    case Type::INT64: {
      const auto& from = static_cast<const arrow::Int64Array&>(*values);
      return MakeNumbers<arrow::Int64Array, int64_t>(mask, nulls,
                                                     [&](int64_t i) { return from.Value(typed.GetValueIndex(i)); });
    }
    case Type::FLOAT: {
      const auto& from = static_cast<const arrow::FloatArray&>(*values);
      return MakeNumbers<arrow::FloatArray, float>(mask, nulls,
                                                   [&](int64_t i) { return from.Value(typed.GetValueIndex(i)); });
    }
    case Type::DOUBLE: {
      const auto& from = static_cast<const arrow::DoubleArray&>(*values);
      return MakeNumbers<arrow::DoubleArray, double>(mask, nulls,
                                                     [&](int64_t i) { return from.Value(typed.GetValueIndex(i)); });
    }
    default: {
      const auto& from = static_cast<const arrow::BinaryArray&>(*values);
      return MakeBinary(mask, nulls, [&](int64_t i) { return from.GetView(typed.GetValueIndex(i)); });
    }
  }
}

bool IsNested(const arrow::DataType& type) {
  return type.id() == Type::LIST || type.id() == Type::LARGE_LIST || type.id() == Type::FIXED_SIZE_LIST ||
         type.id() == Type::STRUCT;
}

// Int64, float, double or binary.
absl::StatusOr<ArrayPtr> Leaf(const ArrayPtr& array, Nulls nulls, DoubleFeatures doubles) {
  const bool as_it_is = array->null_count() == 0 || nulls == Nulls::kKeep;
  switch (array->type_id()) {
    case Type::INT8:
      return Integers<arrow::Int8Array>(*array, nulls);
    case Type::INT16:
      return Integers<arrow::Int16Array>(*array, nulls);
    case Type::INT32:
      return Integers<arrow::Int32Array>(*array, nulls);
    case Type::INT64:
      return as_it_is ? array : Integers<arrow::Int64Array>(*array, nulls);
    case Type::UINT8:
      return Integers<arrow::UInt8Array>(*array, nulls);
    case Type::UINT16:
      return Integers<arrow::UInt16Array>(*array, nulls);
    case Type::UINT32:
      return Integers<arrow::UInt32Array>(*array, nulls);
    case Type::UINT64:
      return Unsigned(*array, nulls);
    case Type::BOOL:
      return Integers<arrow::BooleanArray>(*array, nulls);
    case Type::DATE32:
      return Integers<arrow::Date32Array>(*array, nulls);
    case Type::DATE64:
      return Integers<arrow::Date64Array>(*array, nulls);
    case Type::TIME32:
      return Integers<arrow::Time32Array>(*array, nulls);
    case Type::TIME64:
      return Integers<arrow::Time64Array>(*array, nulls);
    case Type::TIMESTAMP:
      return Integers<arrow::TimestampArray>(*array, nulls);
    case Type::DURATION:
      return Integers<arrow::DurationArray>(*array, nulls);
    case Type::HALF_FLOAT: {
      const auto& typed = static_cast<const arrow::HalfFloatArray&>(*array);
      return MakeNumbers<arrow::FloatArray, float>(
          *array, nulls, [&](int64_t i) { return arrow::util::Float16::FromBits(typed.Value(i)).ToFloat(); });
    }
    case Type::FLOAT: {
      if (as_it_is) return array;
      const auto& typed = static_cast<const arrow::FloatArray&>(*array);
      return MakeNumbers<arrow::FloatArray, float>(*array, nulls, [&](int64_t i) { return typed.Value(i); });
    }
    case Type::DOUBLE: {
      const auto& typed = static_cast<const arrow::DoubleArray&>(*array);
      if (doubles == DoubleFeatures::kFloat) {
        return MakeNumbers<arrow::FloatArray, float>(*array, nulls,
                                                     [&](int64_t i) { return static_cast<float>(typed.Value(i)); });
      }
      if (as_it_is) return array;
      return MakeNumbers<arrow::DoubleArray, double>(*array, nulls, [&](int64_t i) { return typed.Value(i); });
    }
    case Type::DECIMAL32:
      return Decimals<arrow::Decimal32Array>(*array, nulls, doubles);
    case Type::DECIMAL64:
      return Decimals<arrow::Decimal64Array>(*array, nulls, doubles);
    case Type::DECIMAL128:
      return Decimals<arrow::Decimal128Array>(*array, nulls, doubles);
    case Type::DECIMAL256:
      return Decimals<arrow::Decimal256Array>(*array, nulls, doubles);
    case Type::BINARY:
    case Type::STRING:
      // As binary without a copy: the two are laid out alike.
      if (as_it_is) return array->View(arrow::binary()).ValueOr(array);
      return Texts<arrow::BinaryArray>(*array, nulls);
    case Type::LARGE_BINARY:
    case Type::LARGE_STRING:
      return Texts<arrow::LargeBinaryArray>(*array, nulls);
    case Type::BINARY_VIEW:
    case Type::STRING_VIEW:
      return Texts<arrow::BinaryViewArray>(*array, nulls);
    case Type::FIXED_SIZE_BINARY:
      return Texts<arrow::FixedSizeBinaryArray>(*array, nulls);
    case Type::DICTIONARY:
      return Dictionary(*array, nulls, doubles);
    default:
      return CheckFeatureType(*array->type());
  }
}

// The entries as the innermost values of lists, or as lists themselves; nulls stay.
absl::StatusOr<ArrayPtr> Values(const ArrayPtr& array, DoubleFeatures doubles);

template <class Array>
absl::StatusOr<ArrayPtr> List(const ArrayPtr& array, DoubleFeatures doubles) {
  const auto& list = static_cast<const Array&>(*array);
  ASSIGN_OR_RETURN(const ArrayPtr values, Values(list.values(), doubles));
  std::vector<int64_t> ends = {list.length() == 0 ? 0 : list.value_offset(0)};
  for (int64_t i = 0; i < list.length(); ++i) ends.push_back(list.value_offset(i) + list.value_length(i));
  std::vector<uint8_t> valid;
  for (int64_t i = 0; i < list.length(); ++i) valid.push_back(list.IsValid(i) ? 1 : 0);
  return std::make_shared<arrow::LargeListArray>(arrow::large_list(values->type()), list.length(),
                                                 arrow::Buffer::FromVector(std::move(ends)), values,
                                                 ValidityBitmap(valid, list.null_count()), list.null_count());
}

absl::StatusOr<ArrayPtr> Values(const ArrayPtr& array, DoubleFeatures doubles) {
  switch (array->type_id()) {
    case Type::LIST:
      return List<arrow::ListArray>(array, doubles);
    case Type::LARGE_LIST:
      return List<arrow::LargeListArray>(array, doubles);
    case Type::FIXED_SIZE_LIST:
      return List<arrow::FixedSizeListArray>(array, doubles);
    case Type::STRUCT:
      return ToFeature(array, doubles);
    case Type::NA:
      return array;
    default:
      return Leaf(array, Nulls::kKeep, doubles);
  }
}

}  // namespace

absl::Status CheckFeatureType(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::FIXED_SIZE_LIST:
    case Type::STRUCT:
      for (const auto& field : type.fields()) RETURN_IF_ERROR(CheckFeatureType(*field->type()));
      return absl::OkStatus();
    case Type::DICTIONARY: {
      const arrow::DataType& values = *static_cast<const arrow::DictionaryType&>(type).value_type();
      if (!IsNested(values) && values.id() != Type::NA) return CheckFeatureType(values);
      break;
    }
    case Type::NA:
    case Type::BOOL:
    case Type::DATE32:
    case Type::DATE64:
    case Type::TIME32:
    case Type::TIME64:
    case Type::TIMESTAMP:
    case Type::DURATION:
    case Type::HALF_FLOAT:
    case Type::FLOAT:
    case Type::DOUBLE:
    case Type::BINARY_VIEW:
    case Type::STRING_VIEW:
    case Type::FIXED_SIZE_BINARY:
      return absl::OkStatus();
    default:
      if (arrow::is_integer(type.id()) || arrow::is_base_binary_like(type.id()) || arrow::is_decimal(type.id())) {
        return absl::OkStatus();
      }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "is of the type ", type.ToString(),
      ", which is no feature; leave the column out (feature_allowlist) or store it as numbers, text or lists"));
}

absl::StatusOr<ArrayPtr> ToFeature(const ArrayPtr& array, DoubleFeatures doubles) {
  if (array->type_id() == Type::NA) return array;
  if (array->type_id() == Type::STRUCT) {
    const auto& structs = static_cast<const arrow::StructArray&>(*array);
    arrow::FieldVector fields;
    arrow::ArrayVector children;
    for (int i = 0; i < structs.num_fields(); ++i) {
      const std::string& name = structs.struct_type()->field(i)->name();
      absl::StatusOr<ArrayPtr> child = ToFeature(structs.field(i), doubles);
      if (!child.ok()) return absl::InvalidArgumentError(absl::StrCat("> '", name, "' ", child.status().message()));
      fields.push_back(arrow::field(name, (*child)->type()));
      children.push_back(*std::move(child));
    }
    std::vector<uint8_t> valid;
    for (int64_t i = 0; i < structs.length(); ++i) valid.push_back(structs.IsValid(i) ? 1 : 0);
    return std::make_shared<arrow::StructArray>(arrow::struct_(std::move(fields)), structs.length(),
                                                std::move(children), ValidityBitmap(valid, structs.null_count()),
                                                structs.null_count());
  }
  if (IsNested(*array->type())) return Values(array, doubles);
  // A list of one value per row that has one.
  ASSIGN_OR_RETURN(const ArrayPtr values, Leaf(array, Nulls::kDrop, doubles));
  std::vector<uint8_t> valid(static_cast<size_t>(array->length()), 1);
  const int64_t num_nulls = array->length() - values->length();
  if (num_nulls > 0) {
    for (size_t i = 0; i < valid.size(); ++i) valid[i] = array->IsValid(static_cast<int64_t>(i)) ? 1 : 0;
  }
  std::vector<int32_t> ends(valid.size() + 1);
  for (size_t i = 0; i < valid.size(); ++i) ends[i + 1] = ends[i] + valid[i];
  return std::make_shared<arrow::ListArray>(arrow::list(values->type()), array->length(),
                                            arrow::Buffer::FromVector(std::move(ends)), values,
                                            ValidityBitmap(valid, num_nulls), num_nulls);
}

}  // namespace tfx::dataset
