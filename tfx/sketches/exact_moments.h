// Total weight, mean and population variance of weighted numbers, exact until they are rounded at the end.
//
// The three sums (exact_sum.h) of weight, weight * value and weight * value^2 are kept without error, so that neither
// order nor split of the numbers matters and no digit is lost to cancellation. The mean m = S1 / W is rounded to the
// nearest double, and then the variance (S2 - 2 * m * S1 + m^2 * W) / W; that is, distances are taken from the mean as
// it is reported, as NumPy takes them, which shows where the mean of integers near 2^53 and beyond is no double. Total,
// mean and variance (given the mean) are rounded once each; the deviation twice, at the quotient and at the root, so
// that its last bit may be off. State: three sums, at most 12 KB together, some 500 bytes for numbers of like size.
// Used by data_validation's numeric statistics. Thread-compatible.
#ifndef TFX_SKETCHES_EXACT_MOMENTS_H_
#define TFX_SKETCHES_EXACT_MOMENTS_H_

#include <optional>
#include <span>

#include "tfx/sketches/exact_sum.h"
#include "tfx/sketches/sorted_values.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::sketches {

class ExactMoments {
 public:
  // Each `weight` a count: an integer from 1 to 2^53. Fastest for values in order. No value may be NaN.
  void AddCounted(std::span<const WeightedValue> values);
  // Any weight, also 0, negative or fractional.
  void Add(double value, double weight);
  void Merge(const ExactMoments& other);

  double Weight() const { return weight_.Round(); }
  // 0 where the weights add up to zero. Of infinite values: infinite, or NaN where both signs occur.
  double Mean() const;
  // 0 where the weights add up to zero or less; NaN of infinite values or weights.
  double Variance() const;
  // Its square root, which may be finite where the variance overflows. Within one unit in the last place.
  double Deviation() const;

  void Write(StateWriter* out) const;
  bool Read(StateReader* in);  // false when what is there was not written by Write

 private:
  std::optional<ExactNumber> SquaredDistances() const;

  ExactSum weight_, sum_, squares_;
};

}  // namespace tfx::sketches

#endif  // TFX_SKETCHES_EXACT_MOMENTS_H_
