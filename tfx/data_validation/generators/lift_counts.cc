#include "tfx/data_validation/generators/lift_counts.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tfx::tfdv {
namespace {

// What an x costs beside its text (slot, counters, headers).
constexpr int64_t kBytesPerX = 120;

}  // namespace

int LiftLabels::IdOf(const LiftValue& y) {
  const auto [it, is_new] = ids_.try_emplace(y, static_cast<int>(values_.size()));
  if (is_new) {
    values_.push_back(y);
    counts_.emplace_back();
  }
  return it->second;
}

std::vector<int> LiftLabels::Sorted() const {
  std::vector<int> sorted;
  for (const auto& [value, id] : ids_) sorted.push_back(id);
  return sorted;
}

int64_t LiftFeature::BytesOfX(const LiftValue& x) const {
  const auto* text = std::get_if<std::string>(&x);
  return kBytesPerX + bytes_per_weight_ + (text == nullptr ? 0 : static_cast<int64_t>(text->size()));
}

// The lists of pairs are between half full and full.
int64_t LiftFeature::BytesOfPair() const { return 2 * static_cast<int64_t>(sizeof(Pair)) + bytes_per_weight_; }

LiftCount& LiftFeature::CountOf(int y, std::vector<Pair>* pairs) {
  auto at =
      std::lower_bound(pairs->begin(), pairs->end(), y, [](const Pair& pair, int wanted) { return pair.y < wanted; });
  if (at == pairs->end() || at->y != y) {
    at = pairs->insert(at, {y, {}});
    bytes_ += BytesOfPair();
  }
  return at->count;
}

void LiftFeature::Add(const LiftValue& x, absl::Span<const int> ys, double weight) {
  const auto [it, is_new] = xs_.try_emplace(x);
  if (is_new) bytes_ += BytesOfX(x);
  it->second.count.Add(weight);
  for (const int y : ys) CountOf(y, &it->second.pairs).Add(weight);
}

void LiftFeature::Merge(const LiftFeature& other, absl::Span<const int> ids) {
  for (const auto& [value, x] : other.xs_) {
    const auto [it, is_new] = xs_.try_emplace(value);
    if (is_new) bytes_ += BytesOfX(value);
    it->second.count.Merge(x.count);
    for (const Pair& pair : x.pairs) CountOf(ids[pair.y], &it->second.pairs).Merge(pair.count);
  }
  max_count_error_ += other.max_count_error_;
}

void LiftFeature::Prune(int64_t max_bytes) {
  if (bytes_ <= max_bytes) return;
  const auto bytes_of = [this](const auto& entry) {
    return BytesOfX(entry.first) + static_cast<int64_t>(entry.second.pairs.size()) * BytesOfPair();
  };
  std::map<int64_t, int64_t> bytes_by_count;
  for (const auto& entry : xs_) bytes_by_count[entry.second.count.examples] += bytes_of(entry);
  int64_t threshold = 0, left = bytes_;
  for (const auto& [count, bytes] : bytes_by_count) {
    threshold = count;
    left -= bytes;
    if (left <= max_bytes / 2) break;
  }
  absl::erase_if(xs_, [&](const auto& entry) { return entry.second.count.examples <= threshold; });
  bytes_ = left;
  max_count_error_ += threshold;
}

void LiftFeature::Write(absl::Span<const int> sorted, sketches::StateWriter* out) const {
  std::vector<int> place(sorted.size());
  for (size_t i = 0; i < sorted.size(); ++i) place[sorted[i]] = static_cast<int>(i);
  std::vector<const std::pair<const LiftValue, X>*> entries;
  for (const auto& entry : xs_) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  out->Integer(max_count_error_);
  out->Integer(entries.size());
  for (const auto* entry : entries) {
    WriteLiftValue(entry->first, out);
    WriteLiftCount(entry->second.count, out);
    std::vector<Pair> pairs = entry->second.pairs;
    for (Pair& pair : pairs) pair.y = place[pair.y];
    std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.y < b.y; });
    out->Integer(pairs.size());
    for (const Pair& pair : pairs) {
      out->Integer(pair.y);
      WriteLiftCount(pair.count, out);
    }
  }
}

bool LiftFeature::Read(size_t num_labels, sketches::StateReader* in) {
  max_count_error_ = static_cast<int64_t>(in->Integer());
  for (uint64_t n = in->Count(40); n > 0 && in->good(); --n) {
    const LiftValue value = ReadLiftValue(in);
    const auto [it, is_new] = xs_.try_emplace(value);
    if (!is_new) return false;
    bytes_ += BytesOfX(value);
    if (!ReadLiftCount(in, &it->second.count)) return false;
    it->second.pairs.resize(in->Count(24));
    for (Pair& pair : it->second.pairs) {
      const uint64_t y = in->Integer();
      if (y >= num_labels) return false;
      pair.y = static_cast<int>(y);
      if (!ReadLiftCount(in, &pair.count)) return false;
      bytes_ += BytesOfPair();
    }
  }
  return in->good();
}

void WriteLiftCount(const LiftCount& count, sketches::StateWriter* out) {
  out->Integer(static_cast<uint64_t>(count.examples));
  count.weight.Write(out);
}

bool ReadLiftCount(sketches::StateReader* in, LiftCount* count) {
  count->examples = static_cast<int64_t>(in->Integer());
  return count->weight.Read(in);
}

void WriteLiftValue(const LiftValue& value, sketches::StateWriter* out) {
  out->Integer(value.index());
  if (const auto* number = std::get_if<int64_t>(&value)) {
    out->Integer(*number);
  } else {
    out->Bytes(std::get<std::string>(value));
  }
}

LiftValue ReadLiftValue(sketches::StateReader* in) {
  if (in->Integer() == 0) return static_cast<int64_t>(in->Integer());
  return std::string(in->Bytes());
}

}  // namespace tfx::tfdv
