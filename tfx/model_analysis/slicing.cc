#include "tfx/model_analysis/slicing.h"

#include <algorithm>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "arrow/array.h"
#include "tfx/base/status_macros.h"
#include "tfx/base/utf8.h"

namespace tfx::tfma {
namespace {

namespace pb = ::tensorflow_model_analysis;

template <class ArrowArray, class T>
void AddValues(const arrow::Array& values, int64_t begin, int64_t end, std::vector<SliceValue>* row) {
  const auto& typed = static_cast<const ArrowArray&>(values);
  for (int64_t i = begin; i < end; ++i) {
    if (!typed.IsNull(i)) row->push_back(static_cast<T>(typed.Value(i)));
  }
}

absl::Status AddSliceValues(const std::string& name, const arrow::Array& values, int64_t begin, int64_t end,
                            std::vector<SliceValue>* row) {
  switch (values.type_id()) {
    case arrow::Type::NA:
      return absl::OkStatus();
    case arrow::Type::INT64:
      AddValues<arrow::Int64Array, int64_t>(values, begin, end, row);
      return absl::OkStatus();
    case arrow::Type::FLOAT:
      AddValues<arrow::FloatArray, float>(values, begin, end, row);
      return absl::OkStatus();
    case arrow::Type::DOUBLE:
      AddValues<arrow::DoubleArray, float>(values, begin, end, row);
      return absl::OkStatus();
    case arrow::Type::BINARY:
    case arrow::Type::STRING: {
      const auto& typed = static_cast<const arrow::BinaryArray&>(values);
      for (int64_t i = begin; i < end; ++i) {
        if (typed.IsNull(i)) continue;
        const std::string_view value = typed.GetView(i);
        if (FindInvalidUtf8(value) != std::string_view::npos) {
          return absl::InvalidArgumentError(absl::StrCat("slice column '", name, "' has a value that is not UTF-8"));
        }
        row->emplace_back(std::in_place_type<std::string>, value);
      }
      return absl::OkStatus();
    }
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("slice column '", name, "' has type ", values.type()->ToString(), ", which cannot be sliced"));
  }
}

absl::StatusOr<std::vector<std::vector<SliceValue>>> ColumnValues(const arrow::RecordBatch& batch,
                                                                  const std::string& name) {
  std::vector<std::vector<SliceValue>> rows(static_cast<size_t>(batch.num_rows()));
  const std::shared_ptr<arrow::Array> column = batch.GetColumnByName(name);
  if (column == nullptr) return rows;
  for (int64_t i = 0; i < batch.num_rows(); ++i) {
    if (column->IsNull(i)) continue;
    std::vector<SliceValue>* row = &rows[static_cast<size_t>(i)];
    if (column->type_id() == arrow::Type::LIST) {
      const auto& list = static_cast<const arrow::ListArray&>(*column);
      RETURN_IF_ERROR(AddSliceValues(name, *list.values(), list.value_offset(i), list.value_offset(i + 1), row));
    } else {
      RETURN_IF_ERROR(AddSliceValues(name, *column, i, i + 1, row));
    }
  }
  return rows;
}

bool Equals(const SliceValue& value, const std::string& text) {
  if (const int64_t* number = std::get_if<int64_t>(&value)) {
    int64_t parsed;
    if (absl::SimpleAtoi(text, &parsed)) return parsed == *number;
    double real;
    return absl::SimpleAtod(text, &real) && real == static_cast<double>(*number);
  }
  if (const float* number = std::get_if<float>(&value)) {
    float parsed;
    return absl::SimpleAtof(text, &parsed) && parsed == *number;
  }
  return std::get<std::string>(value) == text;
}

// The value that a slice fixed to `text` has in its key: TFMA writes numbers with the type of the text, so "20.0" on a
// column of integers is the float 20 and "1" on a column of floats the integer 1.
SliceValue AsFixed(const SliceValue& value, const std::string& text) {
  if (std::holds_alternative<std::string>(value)) return value;
  int64_t integer;
  if (absl::SimpleAtoi(text, &integer)) return integer;
  float real;
  return absl::SimpleAtof(text, &real) ? SliceValue(real) : value;
}

// Equal as TFMA compares the keys of one row: an integer equals the float of the same value.
bool SameKey(const SliceKey& a, const SliceKey& b) {
  const auto number = [](const SliceValue& v) {
    const int64_t* integer = std::get_if<int64_t>(&v);
    return integer != nullptr ? static_cast<double>(*integer) : static_cast<double>(std::get<float>(v));
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const auto& x, const auto& y) {
    if (x.first != y.first) return false;
    if (x.second.index() == y.second.index()) return x.second == y.second;
    return !std::holds_alternative<std::string>(x.second) && !std::holds_alternative<std::string>(y.second) &&
           number(x.second) == number(y.second);
  });
}

std::string ToText(const SliceValue& value) {
  if (const int64_t* number = std::get_if<int64_t>(&value)) return absl::StrCat(*number);
  if (const float* number = std::get_if<float>(&value)) return absl::StrCat(*number);
  return std::get<std::string>(value);
}

}  // namespace

pb::SliceKey SliceKeyToProto(const SliceKey& key) {
  pb::SliceKey proto;
  for (const auto& [column, value] : key) {
    pb::SingleSliceKey* single = proto.add_single_slice_keys();
    single->set_column(column);
    if (const int64_t* number = std::get_if<int64_t>(&value)) {
      single->set_int64_value(*number);
    } else if (const float* number = std::get_if<float>(&value)) {
      single->set_float_value(*number);
    } else {
      single->set_bytes_value(std::get<std::string>(value));
    }
  }
  return proto;
}

SliceKey SliceKeyFromProto(const pb::SliceKey& proto) {
  SliceKey key;
  for (const pb::SingleSliceKey& single : proto.single_slice_keys()) {
    switch (single.kind_case()) {
      case pb::SingleSliceKey::kInt64Value:
        key.emplace_back(single.column(), single.int64_value());
        break;
      case pb::SingleSliceKey::kFloatValue:
        key.emplace_back(single.column(), single.float_value());
        break;
      default:
        key.emplace_back(single.column(), single.bytes_value());
    }
  }
  return key;
}

std::string SliceKeyToString(const SliceKey& key) {
  if (key.empty()) return "Overall";
  std::vector<std::string> columns, values;
  for (const auto& [column, value] : key) {
    columns.push_back(column);
    values.push_back(ToText(value));
  }
  return absl::StrCat(absl::StrJoin(columns, "_X_"), ":", absl::StrJoin(values, "_X_"));
}

bool SlicingSpecMatches(const pb::SlicingSpec& spec, const SliceKey& key) {
  if (static_cast<size_t>(spec.feature_keys_size() + spec.feature_values_size()) != key.size()) return false;
  for (const auto& [column, value] : key) {
    if (auto it = spec.feature_values().find(column); it != spec.feature_values().end()) {
      if (!Equals(value, it->second)) return false;
    } else if (std::find(spec.feature_keys().begin(), spec.feature_keys().end(), column) == spec.feature_keys().end()) {
      return false;
    }
  }
  return true;
}

absl::Status CheckSlicingSpec(const pb::SlicingSpec& spec) {
  if (!spec.slice_keys_sql().empty()) {
    return absl::UnimplementedError(
        "slicing_specs: slice_keys_sql is not supported; use feature_keys and feature_values");
  }
  for (const std::string& column : spec.feature_keys()) {
    if (spec.feature_values().contains(column)) {
      return absl::InvalidArgumentError(
          absl::StrCat("slicing_specs: column '", column, "' is both in feature_keys and in feature_values; keep one"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Slicer> Slicer::Create(const std::vector<pb::SlicingSpec>& specs) {
  Slicer slicer;
  std::set<std::string> columns;
  for (const pb::SlicingSpec& proto : specs) {
    RETURN_IF_ERROR(CheckSlicingSpec(proto));
    Spec spec;
    spec.keys.assign(proto.feature_keys().begin(), proto.feature_keys().end());
    std::sort(spec.keys.begin(), spec.keys.end());
    spec.keys.erase(std::unique(spec.keys.begin(), spec.keys.end()), spec.keys.end());
    spec.values.assign(proto.feature_values().begin(), proto.feature_values().end());
    std::sort(spec.values.begin(), spec.values.end());
    columns.insert(spec.keys.begin(), spec.keys.end());
    for (const auto& [column, value] : spec.values) columns.insert(column);
    slicer.specs_.push_back(std::move(spec));
  }
  if (specs.empty()) slicer.specs_.emplace_back();
  slicer.columns_.assign(columns.begin(), columns.end());
  return slicer;
}

absl::StatusOr<std::vector<std::vector<SliceKey>>> Slicer::Slices(
    const arrow::RecordBatch& features,
    const std::map<std::string, std::vector<std::vector<SliceValue>>>& overrides) const {
  std::map<std::string, std::vector<std::vector<SliceValue>>> columns;
  for (const std::string& name : columns_) {
    if (auto it = overrides.find(name); it != overrides.end()) {
      columns[name] = it->second;
    } else {
      ASSIGN_OR_RETURN(columns[name], ColumnValues(features, name));
    }
    for (std::vector<SliceValue>& values : columns[name]) {
      std::sort(values.begin(), values.end());
      values.erase(std::unique(values.begin(), values.end()), values.end());
    }
  }
  std::vector<std::vector<SliceKey>> result(static_cast<size_t>(features.num_rows()));
  for (size_t row = 0; row < result.size(); ++row) {
    std::vector<SliceKey>& slices = result[row];
    for (const Spec& spec : specs_) {
      std::vector<SliceKey> keys = {SliceKey()};
      // `fixed`: the text that the column's value must equal; null for any value.
      const auto extend = [&](const std::string& column, const std::string* fixed) {
        std::vector<SliceKey> longer;
        for (const SliceKey& key : keys) {
          for (const SliceValue& value : columns[column][row]) {
            if (fixed != nullptr && !Equals(value, *fixed)) continue;
            longer.push_back(key);
            longer.back().emplace_back(column, fixed == nullptr ? value : AsFixed(value, *fixed));
          }
        }
        keys = std::move(longer);
      };
      for (const std::string& column : spec.keys) extend(column, nullptr);
      for (const auto& [column, text] : spec.values) extend(column, &text);
      for (SliceKey& key : keys) {
        std::sort(key.begin(), key.end());
        const bool known =
            std::any_of(slices.begin(), slices.end(), [&](const SliceKey& other) { return SameKey(other, key); });
        if (!known) slices.push_back(std::move(key));
      }
    }
  }
  return result;
}

}  // namespace tfx::tfma
