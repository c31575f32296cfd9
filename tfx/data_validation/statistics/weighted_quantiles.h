// Quantiles of numbers with fractional weights, in an order-free way while there are few different numbers.
//
// A quantile sketch adds up weights as doubles, so that the last digits of its ranks depend on the order of the values
// even where it never prunes. Here the weights of up to block_size() different numbers add up without rounding
// (sketches/exact_sum.h); the sketch gets them in order of value, and only those of more numbers sooner. So up to that
// limit, 5,701 numbers at epsilon 0.01, the quantiles are a function of the weighted numbers alone; beyond it, the
// sketch's error bound holds. State: that of a sketch, and some 40 bytes for each of these numbers, or 200 where its
// weights do not add up to a double (exact_sum.h).
#ifndef TFX_DATA_VALIDATION_STATISTICS_WEIGHTED_QUANTILES_H_
#define TFX_DATA_VALIDATION_STATISTICS_WEIGHTED_QUANTILES_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "tfx/sketches/exact_sum.h"
#include "tfx/sketches/quantiles_sketch.h"

namespace tfx::tfdv {

class WeightedQuantiles {
 public:
  explicit WeightedQuantiles(double epsilon) : sketch_({.epsilon = epsilon}) {}

  // As QuantilesSketch::Add.
  void Add(double value, double weight);
  absl::Status Merge(const WeightedQuantiles& other);
  std::vector<sketches::Quantile> GetQuantiles(int num_quantiles) const;

  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

 private:
  void FlushIfFull();
  static void Flush(const absl::flat_hash_map<double, sketches::ExactSum>& exact, sketches::QuantilesSketch* sketch);

  absl::flat_hash_map<double, sketches::ExactSum> exact_;
  sketches::QuantilesSketch sketch_;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_WEIGHTED_QUANTILES_H_
