#include "tfx/data_validation/statistics/text_counts.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_format.h"
#include "tfx/base/digest.h"
#include "tfx/data_validation/features/numeric_values.h"
#include "tfx/data_validation/statistics/text_stats.h"

namespace tfx::tfdv {
namespace {

constexpr size_t kFirstSlots = 16;
constexpr size_t kFirstBlockBytes = 256;
constexpr size_t kMaxBlockBytes = size_t{1} << 16;
constexpr uint64_t kUpperHalf = ~uint64_t{0} << 32;

template <class Array>
void CountBinary(const arrow::Array& values, CountedTexts* texts, const std::vector<double>& weights) {
  const auto& typed = static_cast<const Array&>(values);
  const bool has_nulls = typed.null_count() != 0;
  for (int64_t i = 0; i < typed.length(); ++i) {
    if (has_nulls && typed.IsNull(i)) continue;
    const size_t index = texts->counts.Add(typed.GetView(i));
    if (weights.empty()) continue;
    if (index == texts->weights.size()) texts->weights.emplace_back();
    texts->weights[index].Add(weights[i]);
  }
}

}  // namespace

size_t TextCounts::Add(std::string_view text, int64_t count) { return Add(text, Fingerprint64(text), count); }

size_t TextCounts::Add(std::string_view text, uint64_t fingerprint, int64_t count) {
  if (IsFull(slots_.size())) Grow();
  const size_t mask = slots_.size() - 1;
  for (size_t slot = fingerprint & mask;; slot = (slot + 1) & mask) {
    const uint64_t found = slots_[slot];
    if (found == 0) return Append(text, fingerprint, count, slot);
    if (((found ^ fingerprint) & kUpperHalf) != 0) continue;
    const size_t index = static_cast<uint32_t>(found) - 1;
    Entry& entry = entries_[index];
    if (std::string_view(blocks_[entry.block]).substr(entry.offset, entry.size) != text) continue;
    entry.count += count;
    return index;
  }
}

size_t TextCounts::Append(std::string_view text, uint64_t fingerprint, int64_t count, size_t slot) {
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < text.size()) {
    const size_t size = blocks_.empty() ? kFirstBlockBytes : std::min(2 * blocks_.back().capacity(), kMaxBlockBytes);
    blocks_.emplace_back().reserve(std::max(size, text.size()));
  }
  std::string& block = blocks_.back();
  entries_.push_back({.fingerprint = fingerprint,
                      .count = count,
                      .block = static_cast<uint32_t>(blocks_.size() - 1),
                      .offset = static_cast<uint32_t>(block.size()),
                      .size = static_cast<uint32_t>(text.size())});
  block.append(text);
  text_bytes_ += static_cast<int64_t>(text.size());
  slots_[slot] = (fingerprint & kUpperHalf) | entries_.size();
  return entries_.size() - 1;
}

void TextCounts::Grow() {
  size_t size = std::max(kFirstSlots, 2 * slots_.size());
  while (IsFull(size)) size *= 2;  // there may be many texts and no slots, after DropIndex
  slots_ = {};                     // before there are more
  slots_.resize(size);
  const size_t mask = size - 1;
  for (size_t i = 0; i < entries_.size(); ++i) {
    size_t slot = entries_[i].fingerprint & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = (entries_[i].fingerprint & kUpperHalf) | (i + 1);
  }
}

std::vector<size_t> TextCounts::Sorted() const {
  std::vector<size_t> order(size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [this](size_t a, size_t b) { return text(a) < text(b); });
  return order;
}

CountedTexts CountTexts(const FeatureColumn& column) {
  CountedTexts texts;
  const arrow::Array& values = *column.values;
  const auto add = [&](int64_t i, std::string_view text) {
    const size_t index = texts.counts.Add(text);
    if (!column.has_weights) return;
    if (index == texts.weights.size()) texts.weights.emplace_back();
    texts.weights[index].Add(column.value_weights[i]);
  };
  switch (values.type_id()) {
    case arrow::Type::BINARY:
    case arrow::Type::STRING:
      CountBinary<arrow::BinaryArray>(values, &texts, column.value_weights);
      break;
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::LARGE_STRING:
      CountBinary<arrow::LargeBinaryArray>(values, &texts, column.value_weights);
      break;
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE: {
      const std::vector<double> numbers = ToDoubles(values);
      for (size_t i = 0; i < numbers.size(); ++i) {
        if (values.IsValid(static_cast<int64_t>(i))) add(static_cast<int64_t>(i), absl::StrFormat("%a", numbers[i]));
      }
      break;
    }
    default:
      ForEachText(values, add);
      break;
  }
  return texts;
}

}  // namespace tfx::tfdv
