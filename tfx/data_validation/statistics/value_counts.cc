#include "tfx/data_validation/statistics/value_counts.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/numeric_values.h"
#include "tfx/data_validation/statistics/text_stats.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

constexpr std::string_view kInvalidUtf8 = "__BYTES_VALUE__";
constexpr std::string_view kLargeValue = "__LARGE_BYTES__";
constexpr size_t kLargeValueBytes = 1024;
// What one more distinct value costs beside its text: hash table slot, counters, string header.
constexpr int64_t kBytesPerExactValue = 64;

absl::string_view AsAbsl(std::string_view text) { return {text.data(), text.size()}; }

struct RankedValue {
  std::string value;
  double count = 0;
};

// Most frequent first. Equal counts: the greater value first, numbers by size in exact counts, otherwise by bytes.
void SortByRank(bool as_integers, std::vector<RankedValue>* values) {
  std::sort(values->begin(), values->end(), [as_integers](const RankedValue& a, const RankedValue& b) {
    if (a.count != b.count) return a.count > b.count;
    int64_t a_number = 0, b_number = 0;
    if (as_integers && absl::SimpleAtoi(a.value, &a_number) && absl::SimpleAtoi(b.value, &b_number)) {
      return a_number > b_number;
    }
    return a.value > b.value;
  });
}

// Writes top values and rank histogram to StringStatistics or WeightedStringStatistics; returns whether any was
// written.
template <class Proto>
bool WriteRanks(const std::vector<RankedValue>& ranked, double threshold, const StatsOptions& options, Proto* proto) {
  bool any = false;
  const size_t limit = std::max(options.num_top_values, options.num_rank_histogram_buckets);
  for (size_t i = 0; i < std::min(ranked.size(), limit) && ranked[i].count >= threshold; ++i) {
    const std::string label = IsValidUtf8(ranked[i].value) ? ranked[i].value : std::string(kInvalidUtf8);
    if (static_cast<int>(i) < options.num_top_values) {
      auto* top = proto->add_top_values();
      top->set_value(label);
      top->set_frequency(ranked[i].count);
      any = true;
    }
    if (static_cast<int>(i) < options.num_rank_histogram_buckets) {
      auto* bucket = proto->mutable_rank_histogram()->add_buckets();
      bucket->set_low_rank(i);
      bucket->set_high_rank(i);
      bucket->set_label(label);
      bucket->set_sample_count(ranked[i].count);
      any = true;
    }
  }
  return any;
}

// Sketches key floats by their exact hexadecimal text and report them with six digits.
std::string FloatLabel(const std::string& key) { return absl::StrCat(std::strtod(key.c_str(), nullptr)); }

}  // namespace

ValueCountsAccumulator::ValueCountsAccumulator(const ValueCountsOptions& options) : options_(options) {
  if (options_.sketches_only) sketches_.emplace(options_.num_buckets);
}

std::string_view ValueCountsAccumulator::SketchKey(std::string_view value) const {
  if (!IsValidUtf8(value)) return kInvalidUtf8;
  if (value.size() > kLargeValueBytes && !options_.keep_large_values) return kLargeValue;
  return value;
}

void ValueCountsAccumulator::AddToSketches(std::string_view value, int64_t count, double weight) {
  sketches_->distinct.Add(value);
  const std::string_view key = SketchKey(value);
  sketches_->counts.Add(key, static_cast<double>(count));
  if (has_weights_) sketches_->weights.Add(key, weight);
}

absl::Status ValueCountsAccumulator::Add(const FeatureColumn& column) {
  has_weights_ = has_weights_ || column.has_weights;
  auto add = [&](int64_t index, std::string_view text) {
    const double weight = column.has_weights ? column.value_weights[index] : 1.0;
    if (sketches_.has_value()) {
      AddToSketches(text, 1, weight);
      return;
    }
    auto [it, is_new] = exact_.try_emplace(AsAbsl(text));
    ++it->second.count;
    it->second.weight += weight;
    if (is_new) {
      exact_bytes_ += static_cast<int64_t>(text.size()) + kBytesPerExactValue;
      FallBackIfTooLarge();
    }
  };
  if (column.kind == FeatureKind::kFloat) {
    const std::vector<double> numbers = ToDoubles(*column.values);
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (column.values->IsValid(i)) add(static_cast<int64_t>(i), absl::StrFormat("%a", numbers[i]));
    }
  } else {
    ForEachText(*column.values, add);
  }
  return absl::OkStatus();
}

void ValueCountsAccumulator::FallBackIfTooLarge() {
  if (exact_bytes_ > options_.max_exact_bytes && !sketches_.has_value()) TurnIntoSketches();
}

// Adds all of `exact`, with a result that does not depend on the order of the hash table.
void ValueCountsAccumulator::AddToSketches(const ExactCounts& exact) {
  std::vector<sketches::MisraGriesSketch::ItemView> counts, weights;
  std::map<std::string_view, Count> placeholders;  // keys that stand for several values
  counts.reserve(exact.size());
  for (const auto& [value, count] : exact) {
    sketches_->distinct.Add(value);
    const std::string_view key = SketchKey(value);
    if (key.data() != value.data()) {
      placeholders[key].count += count.count;
      placeholders[key].weight += count.weight;
      continue;
    }
    counts.push_back({key, static_cast<double>(count.count)});
    if (has_weights_) weights.push_back({key, count.weight});
  }
  sketches_->counts.Add(counts);
  sketches_->weights.Add(weights);
  for (const auto& [key, count] : placeholders) {
    sketches_->counts.Add(key, static_cast<double>(count.count));
    if (has_weights_) sketches_->weights.Add(key, count.weight);
  }
}

void ValueCountsAccumulator::TurnIntoSketches() {
  const ExactCounts exact = std::exchange(exact_, {});
  exact_bytes_ = 0;
  sketches_.emplace(options_.num_buckets);
  AddToSketches(exact);
}

absl::Status ValueCountsAccumulator::Merge(const ValueCountsAccumulator& other) {
  has_weights_ = has_weights_ || other.has_weights_;
  if (other.sketches_.has_value() && !sketches_.has_value()) TurnIntoSketches();
  if (sketches_.has_value()) {
    if (!other.sketches_.has_value()) {
      AddToSketches(other.exact_);
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(sketches_->counts.Merge(other.sketches_->counts));
    RETURN_IF_ERROR(sketches_->weights.Merge(other.sketches_->weights));
    return sketches_->distinct.Merge(other.sketches_->distinct);
  }
  for (const auto& [value, count] : other.exact_) {
    auto [it, is_new] = exact_.try_emplace(value);
    it->second.count += count.count;
    it->second.weight += count.weight;
    if (is_new) exact_bytes_ += static_cast<int64_t>(value.size()) + kBytesPerExactValue;
  }
  FallBackIfTooLarge();
  return absl::OkStatus();
}

std::string ValueCountsAccumulator::Serialize() const {
  sketches::StateWriter out;
  out.Integer(has_weights_);
  out.Integer(sketches_.has_value());
  if (sketches_.has_value()) {
    out.Bytes(sketches_->counts.Serialize());
    out.Bytes(sketches_->weights.Serialize());
    out.Bytes(sketches_->distinct.Serialize());
    return out.Take();
  }
  std::vector<const std::pair<const std::string, Count>*> sorted;
  for (const auto& entry : exact_) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  out.Integer(sorted.size());
  for (const auto* entry : sorted) {
    out.Bytes(entry->first);
    out.Integer(static_cast<uint64_t>(entry->second.count));
    out.Real(entry->second.weight);
  }
  return out.Take();
}

absl::Status ValueCountsAccumulator::ParseFrom(std::string_view bytes) {
  sketches::StateReader in(bytes);
  ValueCountsAccumulator parsed(options_);
  parsed.has_weights_ = in.Integer() != 0;
  if (in.Integer() != 0) {
    parsed.sketches_.emplace(options_.num_buckets);
    RETURN_IF_ERROR(parsed.sketches_->counts.ParseFrom(in.Bytes()));
    RETURN_IF_ERROR(parsed.sketches_->weights.ParseFrom(in.Bytes()));
    RETURN_IF_ERROR(parsed.sketches_->distinct.ParseFrom(in.Bytes()));
  } else {
    const uint64_t count = in.Count(24);
    for (uint64_t i = 0; i < count; ++i) {
      const std::string_view value = in.Bytes();
      Count& entry = parsed.exact_[AsAbsl(value)];
      entry.count = static_cast<int64_t>(in.Integer());
      entry.weight = in.Real();
      parsed.exact_bytes_ += static_cast<int64_t>(value.size()) + kBytesPerExactValue;
    }
  }
  if (!in.ok()) return absl::DataLossError("not a state of value counts");
  *this = std::move(parsed);
  return absl::OkStatus();
}

std::optional<double> ValueCountsAccumulator::fallback_error() const {
  if (options_.sketches_only || !sketches_.has_value()) return std::nullopt;
  return sketches_->counts.error();
}

void ValueCountsAccumulator::Write(FeatureKind kind, bool has_weights, const StatsOptions& options,
                                   v0::StringStatistics* proto) const {
  std::vector<RankedValue> counts, weights;
  uint64_t distinct = 0;
  if (sketches_.has_value()) {
    auto items = [&](const sketches::MisraGriesSketch& sketch) {
      std::vector<RankedValue> values;
      for (sketches::WeightedItem& item : sketch.GetItems()) values.push_back({std::move(item.item), item.weight});
      return values;
    };
    counts = items(sketches_->counts);
    weights = items(sketches_->weights);
    distinct = sketches_->distinct.Estimate();
  } else {
    counts.reserve(exact_.size());
    for (const auto& [value, count] : exact_) {
      counts.push_back({value, static_cast<double>(count.count)});
      if (has_weights) weights.push_back({value, count.weight});
    }
    distinct = exact_.size();
  }
  if (counts.empty()) return;
  if (kind == FeatureKind::kFloat) {
    for (std::vector<RankedValue>* values : {&counts, &weights}) {
      for (RankedValue& value : *values) value.value = FloatLabel(value.value);
    }
  }
  const bool as_integers = kind == FeatureKind::kInt && !options_.sketches_only;
  SortByRank(as_integers, &counts);
  WriteRanks(counts, static_cast<double>(options.frequency_threshold), options, proto);
  proto->set_unique(distinct);
  if (has_weights && !weights.empty()) {
    SortByRank(as_integers, &weights);
    v0::WeightedStringStatistics weighted;
    if (WriteRanks(weights, options.weighted_frequency_threshold, options, &weighted)) {
      *proto->mutable_weighted_string_stats() = std::move(weighted);
    }
  }
}

}  // namespace tfx::tfdv
