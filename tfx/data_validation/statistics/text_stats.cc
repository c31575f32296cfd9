#include "tfx/data_validation/statistics/text_stats.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tfx/base/utf8.h"
#include "tfx/data_validation/features/numeric_values.h"
#include "tfx/data_validation/generators/python_text.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

template <class Array>
void ForEachBinary(const arrow::Array& values, const std::function<void(int64_t, std::string_view)>& fn) {
  const auto& typed = static_cast<const Array&>(values);
  for (int64_t i = 0; i < typed.length(); ++i) {
    if (typed.IsValid(i)) fn(i, typed.GetView(i));
  }
}

}  // namespace

void ForEachText(const arrow::Array& values, const std::function<void(int64_t, std::string_view)>& fn) {
  switch (values.type_id()) {
    case arrow::Type::BINARY:
    case arrow::Type::STRING:
      return ForEachBinary<arrow::BinaryArray>(values, fn);
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::LARGE_STRING:
      return ForEachBinary<arrow::LargeBinaryArray>(values, fn);
    default:
      break;
  }
  WithNumericArray(values, [&](const auto& typed) {
    using Number = std::decay_t<decltype(typed.Value(0))>;
    for (int64_t i = 0; i < typed.length(); ++i) {
      if (!typed.IsValid(i)) continue;
      if constexpr (std::is_floating_point_v<Number>) {
        // As doubles, so that float32 values show the digits that they gain, as they do in TFDV.
        fn(i, PythonRepr(static_cast<double>(typed.Value(i))));
      } else {
        fn(i, std::to_string(typed.Value(i)));
      }
    }
  });
}

bool IsValidUtf8(std::string_view text) { return FindInvalidUtf8(text) == std::string_view::npos; }

void TextStatsAccumulator::AddText(std::string_view text, int64_t count, bool is_text) {
  const auto size = static_cast<int64_t>(text.size());
  total_bytes_ += size * count;
  min_bytes_ = std::min(min_bytes_, size);
  max_bytes_ = std::max(max_bytes_, size);
  if (is_text && !IsValidUtf8(text)) num_invalid_utf8_ += count;
}

absl::Status TextStatsAccumulator::Add(const FeatureColumn& column) {
  const bool is_text = column.kind == FeatureKind::kString;
  ForEachText(*column.values, [&](int64_t, std::string_view text) { AddText(text, 1, is_text); });
  return absl::OkStatus();
}

void TextStatsAccumulator::AddCounted(const TextCounts& texts, FeatureKind kind) {
  for (size_t i = 0; i < texts.size(); ++i) AddText(texts.text(i), texts.count(i), kind == FeatureKind::kString);
}

absl::Status TextStatsAccumulator::Merge(const TextStatsAccumulator& other) {
  total_bytes_ += other.total_bytes_;
  min_bytes_ = std::min(min_bytes_, other.min_bytes_);
  max_bytes_ = std::max(max_bytes_, other.max_bytes_);
  num_invalid_utf8_ += other.num_invalid_utf8_;
  return absl::OkStatus();
}

std::string TextStatsAccumulator::Serialize() const {
  sketches::StateWriter out;
  for (int64_t value : {total_bytes_, min_bytes_, max_bytes_, num_invalid_utf8_}) {
    out.Integer(static_cast<uint64_t>(value));
  }
  return out.Take();
}

absl::Status TextStatsAccumulator::ParseFrom(std::string_view bytes) {
  sketches::StateReader in(bytes);
  TextStatsAccumulator parsed;
  for (int64_t* value : {&parsed.total_bytes_, &parsed.min_bytes_, &parsed.max_bytes_, &parsed.num_invalid_utf8_}) {
    *value = static_cast<int64_t>(in.Integer());
  }
  if (!in.ok()) return absl::DataLossError("not a state of text statistics");
  *this = parsed;
  return absl::OkStatus();
}

v0::StringStatistics TextStatsAccumulator::ToStringStatistics(int64_t num_values) const {
  v0::StringStatistics proto;
  if (num_values > 0) {
    proto.set_avg_length(static_cast<float>(static_cast<double>(total_bytes_) / static_cast<double>(num_values)));
  }
  proto.set_invalid_utf8_count(num_invalid_utf8_);
  return proto;
}

v0::BytesStatistics TextStatsAccumulator::ToBytesStatistics(int64_t num_values) const {
  v0::BytesStatistics proto;
  if (num_values > 0) {
    proto.set_avg_num_bytes(static_cast<float>(static_cast<double>(total_bytes_) / static_cast<double>(num_values)));
    proto.set_min_num_bytes(static_cast<float>(min_bytes_));
    proto.set_max_num_bytes(static_cast<float>(max_bytes_));
    proto.set_max_num_bytes_int(max_bytes_);
  }
  return proto;
}

}  // namespace tfx::tfdv
