#include "tfx/dataset/feature_column.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_binary.h"
#include "arrow/array/array_nested.h"
#include "arrow/array/array_primitive.h"
#include "arrow/buffer.h"
#include "arrow/type.h"
#include "tfx/dataset/wire_format.h"

namespace tfx::dataset {
namespace {

static_assert(std::endian::native == std::endian::little, "floats are copied as they lie on the wire");

constexpr size_t kMaxOffset = INT32_MAX;  // Arrow's list and binary offsets

bool AppendInts(std::string_view list, std::vector<int64_t>* values) {
  WireReader reader(list);
  while (!reader.AtEnd()) {
    uint32_t field;
    WireType type;
    uint64_t value;
    if (!reader.ReadTag(&field, &type)) return false;
    if (field == 1 && type == WireType::kBytes) {
      std::string_view packed;
      if (!reader.ReadBytes(&packed)) return false;
      for (WireReader varints(packed); !varints.AtEnd();) {
        if (!varints.ReadVarint(&value)) return false;
        values->push_back(static_cast<int64_t>(value));
      }
    } else if (field == 1 && type == WireType::kVarint) {
      if (!reader.ReadVarint(&value)) return false;
      values->push_back(static_cast<int64_t>(value));
    } else if (!reader.Skip(field, type)) {
      return false;
    }
  }
  return true;
}

bool AppendFloats(std::string_view list, std::vector<float>* values) {
  WireReader reader(list);
  while (!reader.AtEnd()) {
    uint32_t field;
    WireType type;
    if (!reader.ReadTag(&field, &type)) return false;
    if (field == 1 && type == WireType::kBytes) {
      std::string_view packed;
      if (!reader.ReadBytes(&packed) || packed.size() % 4 != 0) return false;
      if (packed.empty()) continue;
      const size_t begin = values->size();
      values->resize(begin + packed.size() / 4);
      std::memcpy(values->data() + begin, packed.data(), packed.size());
    } else if (field == 1 && type == WireType::kFixed32) {
      const char* bytes;
      if (!reader.ReadFixed(4, &bytes)) return false;
      float value;
      std::memcpy(&value, bytes, 4);
      values->push_back(value);
    } else if (!reader.Skip(field, type)) {
      return false;
    }
  }
  return true;
}

bool AppendBytes(std::string_view list, std::string* bytes, std::vector<int32_t>* ends) {
  WireReader reader(list);
  while (!reader.AtEnd()) {
    uint32_t field;
    WireType type;
    if (!reader.ReadTag(&field, &type)) return false;
    if (field == 1 && type == WireType::kBytes) {
      std::string_view value;
      if (!reader.ReadBytes(&value)) return false;
      bytes->append(value);
      ends->push_back(static_cast<int32_t>(bytes->size()));  // Set checks for overflow
    } else if (!reader.Skip(field, type)) {
      return false;
    }
  }
  return true;
}

// Whether protobuf would take this list, although its values are not wanted.
bool IsWellFormed(FeatureKind kind, std::string_view list) {
  std::vector<int64_t> ints;
  std::vector<float> floats;
  std::string bytes;
  std::vector<int32_t> ends;
  switch (kind) {
    case FeatureKind::kBytes:
      return AppendBytes(list, &bytes, &ends);
    case FeatureKind::kFloat:
      return AppendFloats(list, &floats);
    case FeatureKind::kInt64:
      return AppendInts(list, &ints);
    case FeatureKind::kNone:
      break;
  }
  return true;
}

}  // namespace

std::string_view FeatureKindName(FeatureKind kind) {
  switch (kind) {
    case FeatureKind::kBytes:
      return "bytes";
    case FeatureKind::kFloat:
      return "float";
    case FeatureKind::kInt64:
      return "int64";
    case FeatureKind::kNone:
      break;
  }
  return "no kind";
}

bool FeatureValue::Merge(std::string_view feature) {
  WireReader reader(feature);
  while (!reader.AtEnd()) {
    uint32_t field;
    WireType type;
    if (!reader.ReadTag(&field, &type)) return false;
    if (field <= 3 && type == WireType::kBytes) {
      std::string_view list;
      if (!reader.ReadBytes(&list)) return false;
      // Of a oneof the last one that is set stays; the same one again is merged.
      if (const FeatureKind kind_here = static_cast<FeatureKind>(field); kind_here != kind) {
        for (const std::string_view given_up : lists) {
          if (!IsWellFormed(kind, given_up)) return false;
        }
        kind = kind_here;
        lists.clear();
      }
      lists.push_back(list);
    } else if (!reader.Skip(field, type)) {
      return false;
    }
  }
  return true;
}

void FeatureColumn::AppendNulls(int64_t num_rows) {
  if (num_rows <= 0) return;
  num_nulls_ += num_rows;
  valid_.insert(valid_.end(), num_rows, 0);
  ends_.insert(ends_.end(), num_rows, ends_.back());
}

size_t FeatureColumn::num_values() const {
  switch (kind_) {
    case FeatureKind::kBytes:
      return byte_ends_.size() - 1;
    case FeatureKind::kFloat:
      return floats_.size();
    case FeatureKind::kInt64:
      return ints_.size();
    case FeatureKind::kNone:
      break;
  }
  return 0;
}

bool FeatureColumn::AppendValues(std::string_view list) {
  switch (kind_) {
    case FeatureKind::kBytes:
      return AppendBytes(list, &bytes_, &byte_ends_);
    case FeatureKind::kFloat:
      return AppendFloats(list, &floats_);
    case FeatureKind::kInt64:
      return AppendInts(list, &ints_);
    case FeatureKind::kNone:
      break;
  }
  return true;
}

void FeatureColumn::Truncate(int64_t num_rows) {
  if (num_rows >= this->num_rows()) return;
  for (size_t row = num_rows; row < valid_.size(); ++row) num_nulls_ -= valid_[row] == 0 ? 1 : 0;
  valid_.resize(num_rows);
  ends_.resize(num_rows + 1);
  switch (kind_) {
    case FeatureKind::kBytes:
      byte_ends_.resize(ends_.back() + 1);
      bytes_.resize(byte_ends_.back());
      break;
    case FeatureKind::kFloat:
      floats_.resize(ends_.back());
      break;
    case FeatureKind::kInt64:
      ints_.resize(ends_.back());
      break;
    case FeatureKind::kNone:
      break;
  }
  if (kind_row_ >= num_rows) kind_ = FeatureKind::kNone;
}

absl::Status FeatureColumn::Set(int64_t row, const FeatureValue& value, int64_t row_for_errors) {
  Truncate(row);
  AppendNulls(row - num_rows());
  if (value.kind == FeatureKind::kNone) {
    AppendNulls(1);
    return absl::OkStatus();
  }
  if (kind_ == FeatureKind::kNone) {
    kind_ = value.kind;
    kind_row_ = row;
    kind_row_for_errors_ = row_for_errors;
  } else if (kind_ != value.kind && row_for_errors == kind_row_for_errors_) {
    return absl::InvalidArgumentError(absl::StrCat("has steps of the kinds ", std::string(FeatureKindName(kind_)),
                                                   " and ", std::string(FeatureKindName(value.kind)), " in row ",
                                                   row_for_errors, "; the steps of a feature list must have one kind"));
  } else if (kind_ != value.kind) {
    return absl::InvalidArgumentError(absl::StrCat("is ", std::string(FeatureKindName(value.kind)), " in row ",
                                                   row_for_errors, " but ", std::string(FeatureKindName(kind_)),
                                                   " in row ", kind_row_for_errors_,
                                                   "; a feature must have one kind in all rows"));
  }
  size_t list_bytes = 0;
  for (const std::string_view list : value.lists) list_bytes += list.size();
  // No value is shorter than a byte, so this bounds the number of values as well as their bytes.
  if (list_bytes + std::max(num_values(), bytes_.size()) > kMaxOffset) {
    return absl::InvalidArgumentError("has more than 2^31 values or bytes in one batch; read fewer records per shard");
  }
  for (const std::string_view list : value.lists) {
    if (!AppendValues(list)) return absl::DataLossError("has malformed values");
  }
  valid_.push_back(1);
  ends_.push_back(static_cast<int32_t>(num_values()));
  return absl::OkStatus();
}

std::shared_ptr<arrow::Array> FeatureColumn::Finish(int64_t num_rows) {
  AppendNulls(num_rows - this->num_rows());
  std::shared_ptr<arrow::Array> values;
  const auto count = static_cast<int64_t>(num_values());
  switch (kind_) {
    case FeatureKind::kBytes:
      values = std::make_shared<arrow::BinaryArray>(count, arrow::Buffer::FromVector(std::move(byte_ends_)),
                                                    arrow::Buffer::FromString(std::move(bytes_)));
      break;
    case FeatureKind::kFloat:
      values = std::make_shared<arrow::FloatArray>(count, arrow::Buffer::FromVector(std::move(floats_)));
      break;
    case FeatureKind::kInt64:
      values = std::make_shared<arrow::Int64Array>(count, arrow::Buffer::FromVector(std::move(ints_)));
      break;
    case FeatureKind::kNone:
      return std::make_shared<arrow::NullArray>(num_rows);
  }
  return std::make_shared<arrow::ListArray>(arrow::list(values->type()), num_rows,
                                            arrow::Buffer::FromVector(std::move(ends_)), values,
                                            ValidityBitmap(valid_, num_nulls_), num_nulls_);
}

std::shared_ptr<arrow::Buffer> ValidityBitmap(const std::vector<uint8_t>& valid, int64_t num_nulls) {
  if (num_nulls == 0) return nullptr;
  std::vector<uint8_t> bits((valid.size() + 7) / 8);
  for (size_t i = 0; i < valid.size(); ++i) bits[i / 8] |= static_cast<uint8_t>((valid[i] != 0 ? 1 : 0) << (i % 8));
  return arrow::Buffer::FromVector(std::move(bits));
}

}  // namespace tfx::dataset
