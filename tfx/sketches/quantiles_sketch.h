// Quantiles of a weighted stream of numbers in bounded memory, with the results of tfx-bsl's QuantilesSketch.
//
//   QuantilesSketch sketch({.epsilon = 0.01});
//   for (double fare : fares) sketch.Add(fare);
//   for (const Quantile& q : sketch.GetQuantiles(10)) ...   // 11 boundaries, first the minimum, last the maximum
//
// Algorithm: weighted quantile summaries (Greenwald-Khanna as in TensorFlow's boosted trees, tfx-bsl
// cc/sketches/weighted_quantiles_stream.h), run at epsilon / 3. A buffer of 2 * block_size() raw values is sorted into
// a summary of at most block_size() entries; equal-sized summaries are merged and pruned level by level.
//
// Error bound: the rank of a returned value is off by at most epsilon * (total weight). As long as there are at most
// block_size() distinct values (5,701 at the defaults) nothing is ever pruned and the ranks are exact, however the
// values were split among sketches. Size: at most (2 + number of levels, 20 at the defaults) * block_size() entries; a
// sketch of few values is as small as they are. For integer weights below 2^53 in total the exact regime does not
// depend on the order of the values; beyond it, the order matters within the bound.
//
// Used by data_validation's histograms and transform's quantiles. Thread-compatible. Fits tfx/engine/accumulator.h when
// wrapped with an Add for the caller's batches.
#ifndef TFX_SKETCHES_QUANTILES_SKETCH_H_
#define TFX_SKETCHES_QUANTILES_SKETCH_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tfx/sketches/sorted_values.h"

namespace tfx::sketches {

struct QuantilesSketchOptions {
  double epsilon = 0.01;                    // rank error as a fraction of the total weight, in (0, 1)
  int64_t max_elements = int64_t{1} << 32;  // how many values the bound must hold for, at least 1
};

// A boundary and the weight of all values up to and including it (an upper estimate where the sketch is not exact).
struct Quantile {
  double value = 0;
  double cumulative_weight = 0;
};

class QuantilesSketch {
 public:
  // Options out of range are brought to the nearest value in it.
  explicit QuantilesSketch(const QuantilesSketchOptions& options = {});

  // NaN values, NaN weights and weights <= 0 are skipped; infinities are values like others.
  void Add(double value, double weight = 1.0);
  // Each with weight 1. Equal ones are counted first, so this is the fast way to add many; the exact regime is that of
  // adding them one by one.
  void Add(std::span<const double> values);
  // The same for values that are counted (CountDistinct): each weight a count.
  void AddCounted(std::span<const WeightedValue> values);

  // Adds what `other` has seen. INVALID_ARGUMENT when the options differ.
  absl::Status Merge(const QuantilesSketch& other);

  // num_quantiles + 1 boundaries at ranks i * total / num_quantiles (num_quantiles below 2 counts as 2); empty for an
  // empty sketch. Boundaries are values that were added; the first is the minimum, the last the maximum. For rank d the
  // boundary is the last entry whose middle rank is <= d, or the next one if d is past the midpoint of their gap.
  std::vector<Quantile> GetQuantiles(int num_quantiles) const;

  bool empty() const;
  int64_t block_size() const { return block_size_; }

  // The state as bytes, little-endian on every machine. ParseFrom: DATA_LOSS when they are not a state of a sketch with
  // these options; the sketch is then unchanged.
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  // One value with its weight and the bounds of the weight below it and up to it.
  struct Entry {
    double value;
    double weight;
    double min_rank;  // at least this weight lies before this value
    double max_rank;  // at most this weight lies before or at this value
    double PreviousMaxRank() const { return max_rank - weight; }
    double NextMinRank() const { return min_rank + weight; }
  };
  using Summary = std::vector<Entry>;  // sorted by value, values distinct

 private:
  static Summary Summarize(std::vector<WeightedValue> values);
  void FlushBuffer();
  void Propagate(Summary summary);

  QuantilesSketchOptions options_;
  int64_t block_size_ = 0;
  size_t buffer_capacity_ = 0;
  std::vector<WeightedValue> buffer_;
  std::vector<Summary> levels_;
};

}  // namespace tfx::sketches

#endif  // TFX_SKETCHES_QUANTILES_SKETCH_H_
