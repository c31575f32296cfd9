#include "tfx/sketches/quantiles_sketch.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tfx/sketches/state_bytes.h"

namespace tfx::sketches {
namespace {

using Entry = QuantilesSketch::Entry;
using Summary = QuantilesSketch::Summary;

// Three times the summaries are pruned on the way to an answer, each within a third of the error: while adding, when a
// state is compacted for transport in the original, and in the answer.
constexpr double kPruningsOnTheWay = 3;

// The smallest block for which 2^levels blocks hold max_elements while the errors of all levels add up to epsilon.
int64_t BlockSize(double epsilon, int64_t max_elements) {
  int64_t block = 2;
  for (int level = 1; level < 40 && (block << level) < max_elements; ++level) {
    block = static_cast<int64_t>(std::ceil(level / epsilon)) + 1;
  }
  return block;
}

// Entries of both in order of value; equal values add up. Ranks of a value take in what the other side is known to have
// before it.
Summary Merge(const Summary& a, const Summary& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  Summary merged;
  merged.reserve(a.size() + b.size());
  size_t i = 0, j = 0;
  double before_a = 0, before_b = 0;  // least weight of the entries taken so far from each side
  while (i < a.size() && j < b.size()) {
    if (a[i].value < b[j].value) {
      merged.push_back({a[i].value, a[i].weight, a[i].min_rank + before_b, a[i].max_rank + b[j].PreviousMaxRank()});
      before_a = a[i++].NextMinRank();
    } else if (b[j].value < a[i].value) {
      merged.push_back({b[j].value, b[j].weight, b[j].min_rank + before_a, b[j].max_rank + a[i].PreviousMaxRank()});
      before_b = b[j++].NextMinRank();
    } else {
      merged.push_back(
          {a[i].value, a[i].weight + b[j].weight, a[i].min_rank + b[j].min_rank, a[i].max_rank + b[j].max_rank});
      before_a = a[i++].NextMinRank();
      before_b = b[j++].NextMinRank();
    }
  }
  for (; i < a.size(); ++i) {
    merged.push_back({a[i].value, a[i].weight, a[i].min_rank + before_b, a[i].max_rank + b.back().max_rank});
  }
  for (; j < b.size(); ++j) {
    merged.push_back({b[j].value, b[j].weight, b[j].min_rank + before_a, b[j].max_rank + a.back().max_rank});
  }
  return merged;
}

// Keeps the first and last entry and, between, entries at least `size` apart in count unless a gap in rank would exceed
// the error; about `size` entries remain. Nothing to do for a summary of at most `size` entries.
void Prune(int64_t size, double epsilon, Summary* summary) {
  const int64_t count = static_cast<int64_t>(summary->size());
  if (count <= size) return;
  const double gap = summary->back().max_rank * std::max(1.0 / static_cast<double>(size), epsilon);
  int64_t credit = 0;
  size_t write = 1;
  size_t last_kept = 0;
  Summary& entries = *summary;
  for (size_t read = 0; read + 1 < entries.size();) {
    size_t next = read + 1;
    while (next < entries.size() && credit < count &&
           entries[next].PreviousMaxRank() - entries[read].NextMinRank() <= gap) {
      credit += size;
      ++next;
    }
    read = read + 1 == next ? read + 1 : next - 1;
    entries[write++] = entries[read];
    last_kept = read;
    credit -= count;
  }
  if (last_kept + 1 != entries.size()) entries[write++] = entries.back();
  entries.resize(write);
}

void WriteSummary(const Summary& summary, StateWriter* out) {
  out->Integer(summary.size());
  for (const Entry& entry : summary) {
    out->Real(entry.value);
    out->Real(entry.weight);
    out->Real(entry.min_rank);
    out->Real(entry.max_rank);
  }
}

Summary ReadSummary(StateReader* in, bool* sorted) {
  Summary summary(in->Count(32));
  for (Entry& entry : summary) entry = {in->Real(), in->Real(), in->Real(), in->Real()};
  for (size_t i = 0; i < summary.size(); ++i) {
    // Written so that NaN counts as unsorted.
    if (!(summary[i].weight > 0) || std::isnan(summary[i].value)) *sorted = false;
    if (i > 0 && !(summary[i - 1].value < summary[i].value)) *sorted = false;
  }
  return summary;
}

}  // namespace

QuantilesSketch::QuantilesSketch(const QuantilesSketchOptions& options) : options_(options) {
  // Written so that a NaN becomes the default.
  if (!(options_.epsilon > 0)) options_.epsilon = std::isnan(options_.epsilon) ? 0.01 : 1e-9;
  options_.epsilon = std::min(options_.epsilon, 0.999);
  options_.max_elements = std::clamp<int64_t>(options_.max_elements, 1, int64_t{1} << 48);
  block_size_ = BlockSize(options_.epsilon / kPruningsOnTheWay, options_.max_elements);
  buffer_capacity_ = static_cast<size_t>(std::min(2 * block_size_, options_.max_elements));
}

void QuantilesSketch::Add(double value, double weight) {
  if (std::isnan(value) || !(weight > 0)) return;
  // By doubling, but not beyond what is needed: sketches of thousands of columns are in memory together.
  if (buffer_.size() == buffer_.capacity()) {
    buffer_.reserve(std::clamp<size_t>(2 * buffer_.size(), 16, std::max<size_t>(buffer_capacity_, 16)));
  }
  buffer_.push_back({value + 0.0, weight});  // no negative zero
  if (buffer_.size() >= buffer_capacity_) FlushBuffer();
}

void QuantilesSketch::Add(std::span<const double> values) { AddCounted(CountDistinct(values)); }

void QuantilesSketch::AddCounted(std::span<const WeightedValue> values) {
  for (const WeightedValue& entry : values) Add(entry.value, entry.weight);
}

QuantilesSketch::Summary QuantilesSketch::Summarize(std::vector<WeightedValue> values) {
  // Stable: weights of equal values then add up in the order of arrival.
  StableSortByValue(&values);
  Summary summary;
  double before = 0;
  for (size_t i = 0; i < values.size();) {
    double weight = 0;
    const size_t first = i;
    for (; i < values.size() && values[i].value == values[first].value; ++i) weight += values[i].weight;
    summary.push_back({values[first].value, weight, before, before + weight});
    before += weight;
  }
  return summary;
}

void QuantilesSketch::FlushBuffer() {
  Summary summary = Summarize(std::move(buffer_));
  buffer_ = {};
  Prune(block_size_, options_.epsilon / kPruningsOnTheWay, &summary);
  Propagate(std::move(summary));
}

void QuantilesSketch::Propagate(Summary summary) {
  if (summary.empty()) return;
  for (size_t level = 0;; ++level) {
    if (levels_.size() <= level) levels_.emplace_back();
    const bool level_was_empty = levels_[level].empty();
    summary = sketches::Merge(summary, levels_[level]);
    if (level_was_empty || static_cast<int64_t>(summary.size()) <= block_size_ + 1) {
      levels_[level] = std::move(summary);
      levels_[level].shrink_to_fit();
      return;
    }
    levels_[level].clear();
    Prune(block_size_, options_.epsilon / kPruningsOnTheWay, &summary);
  }
}

absl::Status QuantilesSketch::Merge(const QuantilesSketch& other) {
  if (other.block_size_ != block_size_ || other.options_.epsilon != options_.epsilon) {
    return absl::InvalidArgumentError("quantile sketches of different options cannot be merged");
  }
  if (&other == this) return Merge(QuantilesSketch(other));
  for (const WeightedValue& entry : other.buffer_) Add(entry.value, entry.weight);
  for (Summary summary : other.levels_) {
    Prune(block_size_, options_.epsilon / kPruningsOnTheWay, &summary);
    Propagate(std::move(summary));
  }
  return absl::OkStatus();
}

std::vector<Quantile> QuantilesSketch::GetQuantiles(int num_quantiles) const {
  Summary summary;
  {
    QuantilesSketch flushed = *this;
    flushed.FlushBuffer();
    for (const Summary& level : flushed.levels_) summary = sketches::Merge(summary, level);
  }
  std::vector<Quantile> quantiles;
  if (summary.empty()) return quantiles;
  num_quantiles = std::max(num_quantiles, 2);
  quantiles.reserve(num_quantiles + 1);
  const double total = summary.back().max_rank;
  size_t current = 0;
  for (int i = 0; i <= num_quantiles; ++i) {
    const double twice_rank = 2 * (i * total / num_quantiles);
    size_t next = current + 1;
    while (next < summary.size() && twice_rank >= summary[next].min_rank + summary[next].max_rank) ++next;
    current = next - 1;
    const bool take_current =
        next == summary.size() || twice_rank < summary[current].NextMinRank() + summary[next].PreviousMaxRank();
    const Entry& entry = take_current ? summary[current] : summary[next];
    quantiles.push_back({entry.value, entry.max_rank});
  }
  return quantiles;
}

bool QuantilesSketch::empty() const {
  return buffer_.empty() &&
         std::all_of(levels_.begin(), levels_.end(), [](const Summary& level) { return level.empty(); });
}

std::string QuantilesSketch::Serialize() const {
  StateWriter out;
  out.Real(options_.epsilon);
  out.Integer(static_cast<uint64_t>(options_.max_elements));
  out.Integer(buffer_.size());
  for (const WeightedValue& entry : buffer_) {
    out.Real(entry.value);
    out.Real(entry.weight);
  }
  out.Integer(levels_.size());
  for (const Summary& level : levels_) WriteSummary(level, &out);
  return out.Take();
}

absl::Status QuantilesSketch::ParseFrom(std::string_view bytes) {
  StateReader in(bytes);
  const double epsilon = in.Real();
  const int64_t max_elements = static_cast<int64_t>(in.Integer());
  bool sorted = true;
  std::vector<WeightedValue> buffer(in.Count(16));
  for (WeightedValue& entry : buffer) {
    entry = {in.Real(), in.Real()};
    if (std::isnan(entry.value) || !(entry.weight > 0)) sorted = false;
  }
  std::vector<Summary> levels(in.Count(8));
  for (Summary& level : levels) level = ReadSummary(&in, &sorted);
  if (!in.ok() || !sorted || epsilon != options_.epsilon || max_elements != options_.max_elements ||
      buffer.size() >= buffer_capacity_) {
    return absl::DataLossError("not the state of a quantile sketch with these options");
  }
  buffer_ = std::move(buffer);
  levels_ = std::move(levels);
  return absl::OkStatus();
}

}  // namespace tfx::sketches
