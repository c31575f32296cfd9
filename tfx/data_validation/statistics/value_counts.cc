#include "tfx/data_validation/statistics/value_counts.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/statistics/text_stats.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

constexpr std::string_view kInvalidUtf8 = "__BYTES_VALUE__";
constexpr std::string_view kLargeValue = "__LARGE_BYTES__";
constexpr size_t kLargeValueBytes = 1024;
// What one more distinct value costs beside its text (text_counts.h), and its weight: lists of them are between half
// full and full.
constexpr int64_t kBytesPerExactValue = 64;
constexpr int64_t kBytesPerExactWeight =
    2 * static_cast<int64_t>(sizeof(sketches::ExactSum)) + sketches::kExactSumHeapBytes;

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

absl::Status ValueCountsAccumulator::Add(const FeatureColumn& column) {
  AddCounted(CountTexts(column), column.has_weights);
  return absl::OkStatus();
}

void ValueCountsAccumulator::AddCounted(CountedTexts texts, bool has_weights) {
  if (sketches_.has_value() || exact_.counts.size() > 0) return MergeCounted(texts, has_weights);
  exact_ = std::move(texts);
  SetHasWeights(has_weights);
  FallBackIfTooLarge();
}

void ValueCountsAccumulator::SetHasWeights(bool has_weights) {
  has_weights_ = has_weights_ || has_weights;
  // All have one, or none.
  if (has_weights_) exact_.weights.resize(exact_.counts.size());
}

void ValueCountsAccumulator::MergeCounted(const CountedTexts& texts, bool has_weights) {
  SetHasWeights(has_weights);
  if (sketches_.has_value()) {
    AddToSketches(texts);
    return;
  }
  for (size_t i = 0; i < texts.counts.size(); ++i) {
    const size_t index = exact_.counts.Add(texts.counts.text(i), texts.counts.fingerprint(i), texts.counts.count(i));
    if (!has_weights_) continue;
    if (index == exact_.weights.size()) exact_.weights.emplace_back();
    if (has_weights) exact_.weights[index].Merge(texts.weights[i]);
  }
  FallBackIfTooLarge();
}

int64_t ValueCountsAccumulator::ExactBytes() const {
  const int64_t bytes_each = kBytesPerExactValue + (has_weights_ ? kBytesPerExactWeight : 0);
  return exact_.counts.text_bytes() + static_cast<int64_t>(exact_.counts.size()) * bytes_each;
}

void ValueCountsAccumulator::FallBackIfTooLarge() {
  if (sketches_.has_value() || ExactBytes() <= options_.max_exact_bytes) return;
  TurnIntoSketches();
}

void ValueCountsAccumulator::TurnIntoSketches() {
  CountedTexts exact = std::exchange(exact_, {});
  exact.counts.DropIndex();
  sketches_.emplace(options_.num_buckets);
  AddToSketches(exact);
}

void ValueCountsAccumulator::AddToSketches(const CountedTexts& exact) {
  const bool has_weights = !exact.weights.empty();
  std::vector<sketches::MisraGriesSketch::ItemView> counts, weights;
  struct Total {
    int64_t count = 0;
    sketches::ExactSum weight;
  };
  std::map<std::string_view, Total> placeholders;  // keys that stand for several values
  counts.reserve(exact.counts.size());
  for (size_t i = 0; i < exact.counts.size(); ++i) {
    sketches_->distinct.AddFingerprint(exact.counts.fingerprint(i));
    const std::string_view value = exact.counts.text(i);
    const std::string_view key = SketchKey(value);
    if (key.data() != value.data()) {
      Total& total = placeholders[key];
      total.count += exact.counts.count(i);
      if (has_weights) total.weight.Merge(exact.weights[i]);
      continue;
    }
    counts.push_back({key, static_cast<double>(exact.counts.count(i))});
    if (has_weights) weights.push_back({key, exact.weights[i].Round(), &exact.weights[i]});
  }
  sketches_->counts.Add(counts);
  sketches_->weights.Add(weights);
  // Apart, for a value may read like a placeholder.
  counts.clear();
  weights.clear();
  for (const auto& [key, total] : placeholders) {
    counts.push_back({key, static_cast<double>(total.count)});
    if (has_weights) weights.push_back({key, total.weight.Round(), &total.weight});
  }
  sketches_->counts.Add(counts);
  sketches_->weights.Add(weights);
}

absl::Status ValueCountsAccumulator::Merge(const ValueCountsAccumulator& other) {
  if (!other.sketches_.has_value()) {
    if (exact_.counts.size() > 0 || sketches_.has_value()) {
      MergeCounted(other.exact_, other.has_weights_);
    } else {
      AddCounted(other.exact_, other.has_weights_);
    }
    return absl::OkStatus();
  }
  has_weights_ = has_weights_ || other.has_weights_;
  if (!sketches_.has_value()) TurnIntoSketches();
  RETURN_IF_ERROR(sketches_->counts.Merge(other.sketches_->counts));
  RETURN_IF_ERROR(sketches_->weights.Merge(other.sketches_->weights));
  return sketches_->distinct.Merge(other.sketches_->distinct);
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
  out.Integer(exact_.counts.size());
  for (const size_t i : exact_.counts.Sorted()) {
    out.Bytes(exact_.counts.text(i));
    out.Integer(static_cast<uint64_t>(exact_.counts.count(i)));
    if (has_weights_) exact_.weights[i].Write(&out);
  }
  return out.Take();
}

absl::Status ValueCountsAccumulator::ParseFrom(std::string_view bytes) {
  const absl::Status damaged = absl::DataLossError("not a state of value counts");
  sketches::StateReader in(bytes);
  ValueCountsAccumulator parsed(options_);
  parsed.has_weights_ = in.Integer() != 0;
  if (in.Integer() != 0) {
    parsed.sketches_.emplace(options_.num_buckets);
    RETURN_IF_ERROR(parsed.sketches_->counts.ParseFrom(in.Bytes()));
    RETURN_IF_ERROR(parsed.sketches_->weights.ParseFrom(in.Bytes()));
    RETURN_IF_ERROR(parsed.sketches_->distinct.ParseFrom(in.Bytes()));
  } else {
    const uint64_t count = in.Count(16);
    for (uint64_t i = 0; i < count; ++i) {
      const std::string_view value = in.Bytes();
      // Each value is there once.
      if (parsed.exact_.counts.Add(value, static_cast<int64_t>(in.Integer())) != i) return damaged;
      if (!parsed.has_weights_) continue;
      sketches::ExactSum& weight = parsed.exact_.weights.emplace_back();
      if (!weight.Read(&in) || !weight.is_finite()) return damaged;
    }
  }
  if (!in.ok()) return damaged;
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
    counts.reserve(exact_.counts.size());
    for (size_t i = 0; i < exact_.counts.size(); ++i) {
      const std::string value(exact_.counts.text(i));
      counts.push_back({value, static_cast<double>(exact_.counts.count(i))});
      if (has_weights_) weights.push_back({value, exact_.weights[i].Round()});
    }
    distinct = exact_.counts.size();
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
