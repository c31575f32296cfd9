#include "tfx/sketches/misra_gries_sketch.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tfx/sketches/state_bytes.h"

namespace tfx::sketches {
namespace {

// Room for the rounding of sums of weights; the value of tfx-bsl.
constexpr double kZeroTolerance = 1e-8;

absl::string_view AsAbsl(std::string_view text) { return {text.data(), text.size()}; }

void AddWeight(const MisraGriesSketch::ItemView& item, ExactSum* sum) {
  if (item.exact_weight != nullptr) {
    sum->Merge(*item.exact_weight);
  } else {
    sum->Add(item.weight);
  }
}

bool IsFinite(const MisraGriesSketch::ItemView& item) {
  // Rounded, a finite weight may be infinite.
  return item.exact_weight != nullptr ? item.exact_weight->is_finite() : std::isfinite(item.weight);
}

}  // namespace

MisraGriesSketch::MisraGriesSketch(int64_t num_buckets) : num_buckets_(std::max<int64_t>(num_buckets, 1)) {}

void MisraGriesSketch::Add(std::string_view item, double weight) {
  if (!std::isfinite(weight)) return;
  auto [it, is_new] = weights_.try_emplace(AsAbsl(item));
  it->second.Add(weight);
  if (is_new && static_cast<int64_t>(weights_.size()) >= 2 * num_buckets_) Prune();
}

void MisraGriesSketch::Add(absl::Span<const ItemView> items) {
  std::vector<const ItemView*> new_items;
  new_items.reserve(items.size());
  for (const ItemView& item : items) {
    if (!IsFinite(item)) continue;
    if (const auto it = weights_.find(AsAbsl(item.item)); it != weights_.end()) {
      AddWeight(item, &it->second);
    } else {
      new_items.push_back(&item);
    }
  }
  double subtracted = 0;
  if (static_cast<int64_t>(weights_.size() + new_items.size()) >= 2 * num_buckets_) {
    std::vector<double> weights;
    weights.reserve(weights_.size() + new_items.size());
    for (const auto& [item, weight] : weights_) weights.push_back(weight.Round());
    for (const ItemView* item : new_items) weights.push_back(item->weight);
    subtracted = WeightToSubtract(std::move(weights));
    SubtractFromAll(subtracted);
  }
  // Most of many new items are too rare to stay, and are never copied. Of those that just fall out, the smallest are
  // kept.
  std::vector<std::string_view> zero_weight_items;
  const auto limit = static_cast<size_t>(num_buckets_);
  const auto keep_smallest = [&] {
    if (zero_weight_items.size() <= limit) return;
    std::nth_element(zero_weight_items.begin(), zero_weight_items.begin() + num_buckets_, zero_weight_items.end());
    zero_weight_items.resize(limit);
  };
  for (const ItemView* item : new_items) {
    const double weight = item->weight - subtracted;
    if (subtracted == 0 || weight >= kZeroTolerance) {
      ExactSum& kept = weights_[AsAbsl(item->item)];
      AddWeight(*item, &kept);
      kept.Add(-subtracted);
    } else if (weight > -kZeroTolerance) {
      if (zero_weight_items.size() >= 4 * limit) keep_smallest();
      zero_weight_items.push_back(item->item);
    }
  }
  keep_smallest();
  std::sort(zero_weight_items.begin(), zero_weight_items.end());
  for (const std::string_view item : zero_weight_items) KeepZeroWeight(item);
}

double MisraGriesSketch::WeightToSubtract(std::vector<double> weights) const {
  if (static_cast<int64_t>(weights.size()) <= num_buckets_) return 0;
  std::nth_element(weights.begin(), weights.begin() + num_buckets_, weights.end(), std::greater<>());
  return weights[num_buckets_];
}

void MisraGriesSketch::SubtractFromAll(double weight) {
  error_ += weight;
  zero_weight_items_.clear();
  for (auto it = weights_.begin(); it != weights_.end();) {
    // Of the rounded weights, as `weight` is one: what rounding leaves of the item it was taken from is no weight.
    const double left = it->second.Round() - weight;
    it->second.Add(-weight);
    if (left >= kZeroTolerance) {
      ++it;
      continue;
    }
    if (left > -kZeroTolerance) KeepZeroWeight(it->first);
    weights_.erase(it++);
  }
}

// The bytewise smallest num_buckets_ are kept; Prune leaves as many as there is room for.
void MisraGriesSketch::KeepZeroWeight(std::string_view item) {
  if (static_cast<int64_t>(zero_weight_items_.size()) >= num_buckets_) {
    if (item >= *zero_weight_items_.rbegin()) return;
    zero_weight_items_.erase(std::prev(zero_weight_items_.end()));
  }
  zero_weight_items_.emplace(item);
}

void MisraGriesSketch::Prune() {
  if (static_cast<int64_t>(weights_.size()) > num_buckets_) {
    std::vector<double> weights;
    weights.reserve(weights_.size());
    for (const auto& [item, weight] : weights_) weights.push_back(weight.Round());
    SubtractFromAll(WeightToSubtract(std::move(weights)));
  }
  for (auto it = zero_weight_items_.begin(); it != zero_weight_items_.end();) {
    it = weights_.contains(*it) ? zero_weight_items_.erase(it) : std::next(it);
  }
  while (!zero_weight_items_.empty() &&
         static_cast<int64_t>(weights_.size() + zero_weight_items_.size()) > num_buckets_) {
    zero_weight_items_.erase(std::prev(zero_weight_items_.end()));
  }
}

MisraGriesSketch MisraGriesSketch::Pruned() const {
  MisraGriesSketch pruned = *this;
  pruned.Prune();
  return pruned;
}

double MisraGriesSketch::error() const {
  return static_cast<int64_t>(weights_.size()) > num_buckets_ ? Pruned().error_ : error_;
}

absl::Status MisraGriesSketch::Merge(const MisraGriesSketch& other) {
  if (other.num_buckets_ != num_buckets_) {
    return absl::InvalidArgumentError("Misra-Gries sketches of different sizes cannot be merged");
  }
  if (&other == this) return Merge(MisraGriesSketch(other));
  error_ += other.error_;
  for (const auto& [item, weight] : other.weights_) weights_[item].Merge(weight);
  for (const std::string& item : other.zero_weight_items_) KeepZeroWeight(item);
  if (static_cast<int64_t>(weights_.size()) >= 2 * num_buckets_) Prune();
  return absl::OkStatus();
}

std::vector<WeightedItem> MisraGriesSketch::GetItems(OrderOnTie order) const {
  if (static_cast<int64_t>(weights_.size()) > num_buckets_) return Pruned().GetItems(order);
  std::vector<WeightedItem> items;
  items.reserve(std::min<size_t>(num_buckets_, weights_.size() + zero_weight_items_.size()));
  for (const auto& [item, weight] : weights_) items.push_back({item, weight.Round() + error_});
  std::sort(items.begin(), items.end(), [order](const WeightedItem& a, const WeightedItem& b) {
    if (a.weight != b.weight) return a.weight > b.weight;
    return order == OrderOnTie::kLexicographical ? a.item < b.item : a.item > b.item;
  });
  for (const std::string& item : zero_weight_items_) {
    if (static_cast<int64_t>(items.size()) >= num_buckets_) break;
    if (!weights_.contains(item)) items.push_back({item, error_});
  }
  return items;
}

std::string MisraGriesSketch::Serialize() const {
  if (static_cast<int64_t>(weights_.size()) > num_buckets_) return Pruned().Serialize();
  std::vector<std::pair<std::string_view, const ExactSum*>> sorted;
  sorted.reserve(weights_.size());
  for (const auto& [item, weight] : weights_) sorted.emplace_back(item, &weight);
  std::sort(sorted.begin(), sorted.end());
  StateWriter out;
  out.Integer(static_cast<uint64_t>(num_buckets_));
  out.Real(error_);
  out.Integer(sorted.size());
  for (const auto& [item, weight] : sorted) {
    out.Bytes(item);
    weight->Write(&out);
  }
  out.Integer(zero_weight_items_.size());
  for (const std::string& item : zero_weight_items_) out.Bytes(item);
  return out.Take();
}

absl::Status MisraGriesSketch::ParseFrom(std::string_view bytes) {
  const absl::Status damaged = absl::DataLossError("not the state of a Misra-Gries sketch of this size");
  StateReader in(bytes);
  MisraGriesSketch parsed(static_cast<int64_t>(in.Integer()));
  parsed.error_ = in.Real();
  const uint64_t num_items = in.Count(24);
  for (uint64_t i = 0; i < num_items; ++i) {
    const std::string_view item = in.Bytes();
    ExactSum& weight = parsed.weights_[AsAbsl(item)];
    if (!weight.Read(&in) || !weight.is_finite()) return damaged;
  }
  const uint64_t num_extra = in.Count(8);
  for (uint64_t i = 0; i < num_extra; ++i) parsed.zero_weight_items_.emplace(in.Bytes());
  if (!in.ok() || std::isnan(parsed.error_) || parsed.num_buckets_ != num_buckets_ ||
      num_items > static_cast<uint64_t>(num_buckets_)) {
    return damaged;
  }
  *this = std::move(parsed);
  return absl::OkStatus();
}

}  // namespace tfx::sketches
