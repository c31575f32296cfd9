#include "tfx/sketches/sorted_values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

namespace tfx::sketches {
namespace {

constexpr int kDigitBits = 11;
constexpr int kNumDigits = 6;  // 66 bits
constexpr size_t kNumBuckets = size_t{1} << kDigitBits;
constexpr size_t kFewValues = 256;  // below, comparisons are as fast
constexpr size_t kMaxTable = size_t{1} << 16;
constexpr int64_t kExactIntegers = int64_t{1} << 53;  // up to here each is a double of its own

// An integer that is ordered as the numbers are. Adding zero makes negative zero positive.
uint64_t OrderOf(double value) {
  const auto bits = std::bit_cast<uint64_t>(value + 0.0);
  return (bits >> 63) != 0 ? ~bits : bits | uint64_t{1} << 63;
}

double ValueOf(uint64_t order) {
  return std::bit_cast<double>((order >> 63) != 0 ? order & ~(uint64_t{1} << 63) : ~order);
}

size_t DigitOf(uint64_t order, int digit) { return (order >> (digit * kDigitBits)) & (kNumBuckets - 1); }

// Least significant digit first; digits that all items share take no pass.
template <class Item, class Order>
void RadixSort(std::vector<Item>* items, Order order_of) {
  std::vector<std::array<size_t, kNumBuckets>> counts(kNumDigits);
  for (const Item& item : *items) {
    const uint64_t order = order_of(item);
    for (int digit = 0; digit < kNumDigits; ++digit) ++counts[digit][DigitOf(order, digit)];
  }
  std::vector<Item> sorted(items->size());
  const uint64_t any = order_of(items->front());
  for (int digit = 0; digit < kNumDigits; ++digit) {
    auto& begins = counts[digit];
    if (begins[DigitOf(any, digit)] == items->size()) continue;
    size_t begin = 0;
    for (size_t& count : begins) begin += std::exchange(count, begin);
    for (const Item& item : *items) sorted[begins[DigitOf(order_of(item), digit)]++] = item;
    items->swap(sorted);
  }
}

// Sorts what consists of a few runs that are in order, as columns do that were counted; false when there are more.
bool MergeRuns(std::vector<WeightedValue>* values) {
  constexpr size_t kMaxRuns = 8;
  std::vector<size_t> begins = {0};
  for (size_t i = 1; i < values->size(); ++i) {
    if (!((*values)[i].value < (*values)[i - 1].value)) continue;
    if (begins.size() == kMaxRuns) return false;
    begins.push_back(i);
  }
  if (begins.size() == 1) return true;
  begins.push_back(values->size());
  std::vector<WeightedValue> merged(values->size());
  while (begins.size() > 2) {
    std::vector<size_t> next_begins;
    for (size_t run = 0; run + 1 < begins.size(); run += 2) {
      next_begins.push_back(begins[run]);
      const WeightedValue* a = values->data() + begins[run];
      const WeightedValue* const a_end = values->data() + begins[run + 1];
      const WeightedValue* b = a_end;
      const WeightedValue* const b_end = values->data() + begins[std::min(run + 2, begins.size() - 1)];
      WeightedValue* out = merged.data() + begins[run];
      while (a != a_end && b != b_end) {
        const bool takes_b = b->value < a->value;  // without a branch, which nothing could foresee
        *out++ = *(takes_b ? b : a);
        b += takes_b ? 1 : 0;
        a += takes_b ? 0 : 1;
      }
      std::copy(b, b_end, std::copy(a, a_end, out));
    }
    next_begins.push_back(values->size());
    begins.swap(next_begins);
    values->swap(merged);
  }
  return true;
}

// Counts values in a small table; gives up when there are many.
class SmallCounter {
 public:
  explicit SmallCounter(size_t num_values)
      : shift_(64 - std::clamp(static_cast<int>(std::bit_width(num_values)), 4, kMaxSlotBits)),
        slots_(size_t{1} << (64 - shift_)) {
    used_.reserve(slots_.size() / 2 + 1);
  }

  bool Add(uint64_t order) {
    size_t slot = (order * 0x9e3779b97f4a7c15) >> shift_;
    while (slots_[slot].count != 0 && slots_[slot].order != order) slot = (slot + 1) & (slots_.size() - 1);
    if (slots_[slot].count++ != 0) return true;
    slots_[slot].order = order;
    used_.push_back(static_cast<uint32_t>(slot));
    return used_.size() <= slots_.size() / 2;
  }

  std::vector<WeightedValue> Sorted() const {
    std::vector<uint32_t> slots = used_;
    std::sort(slots.begin(), slots.end(), [&](uint32_t a, uint32_t b) { return slots_[a].order < slots_[b].order; });
    std::vector<WeightedValue> sorted;
    sorted.reserve(slots.size());
    for (const uint32_t slot : slots) {
      sorted.push_back({ValueOf(slots_[slot].order), static_cast<double>(slots_[slot].count)});
    }
    return sorted;
  }

 private:
  static constexpr int kMaxSlotBits = 12;
  struct Slot {
    uint64_t order = 0;
    uint64_t count = 0;
  };
  const int shift_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> used_;
};

template <class Number>
std::vector<WeightedValue> CountAny(std::span<const Number> values) {
  SmallCounter counter(2 * values.size());
  bool few = true;
  for (size_t i = 0; few && i < values.size(); ++i) {
    const auto value = static_cast<double>(values[i]);
    if (!std::isnan(value)) few = counter.Add(OrderOf(value));
  }
  if (few) return counter.Sorted();

  std::vector<uint64_t> orders;
  orders.reserve(values.size());
  for (const Number number : values) {
    const auto value = static_cast<double>(number);
    if (!std::isnan(value)) orders.push_back(OrderOf(value));
  }
  RadixSort(&orders, [](uint64_t order) { return order; });
  std::vector<WeightedValue> distinct;
  for (size_t i = 0; i < orders.size();) {
    size_t end = i + 1;
    while (end < orders.size() && orders[end] == orders[i]) ++end;
    distinct.push_back({ValueOf(orders[i]), static_cast<double>(end - i)});
    i = end;
  }
  return distinct;
}

}  // namespace

void StableSortByValue(std::vector<WeightedValue>* values) {
  const auto less = [](const WeightedValue& a, const WeightedValue& b) { return a.value < b.value; };
  if (MergeRuns(values)) return;
  if (values->size() < kFewValues) {
    std::stable_sort(values->begin(), values->end(), less);
  } else {
    RadixSort(values, [](const WeightedValue& item) { return OrderOf(item.value); });
  }
}

std::vector<WeightedValue> CountDistinct(std::span<const double> values) { return CountAny(values); }

std::vector<WeightedValue> CountDistinct(std::span<const float> values) { return CountAny(values); }

std::vector<WeightedValue> CountDistinct(std::span<const int64_t> values) {
  if (values.empty()) return {};
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  const uint64_t range = static_cast<uint64_t>(*max) - static_cast<uint64_t>(*min);
  // Many integers are codes from a small range, which count by a table.
  const bool exact = *min >= -kExactIntegers && *max <= kExactIntegers;
  if (!exact || range >= std::min<uint64_t>(kMaxTable, 2 * values.size())) return CountAny(values);
  std::vector<uint32_t> counts(range + 1);
  const int64_t first = *min;
  for (const int64_t value : values) ++counts[static_cast<uint64_t>(value) - static_cast<uint64_t>(first)];
  std::vector<WeightedValue> distinct;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) distinct.push_back({static_cast<double>(first + static_cast<int64_t>(i)), double(counts[i])});
  }
  return distinct;
}

}  // namespace tfx::sketches
