// Sorts numbers by radix, which for the few thousand values of a sketch's buffer is several times as fast as by
// comparisons, and counts equal ones. Used by the quantile sketch and by who feeds it whole columns. Stateless.
#ifndef TFX_SKETCHES_SORTED_VALUES_H_
#define TFX_SKETCHES_SORTED_VALUES_H_

#include <cstdint>
#include <span>
#include <vector>

namespace tfx::sketches {

struct WeightedValue {
  double value = 0;
  double weight = 0;
};

// In order of value, equal values in the order they had; no value may be NaN. Negative zero is equal to zero.
void StableSortByValue(std::vector<WeightedValue>* values);

// The distinct values in order, with how often each occurs. NaN is left out; negative zero is taken as zero. Integers
// count as the doubles nearest to them.
std::vector<WeightedValue> CountDistinct(std::span<const double> values);
std::vector<WeightedValue> CountDistinct(std::span<const float> values);
std::vector<WeightedValue> CountDistinct(std::span<const int64_t> values);

}  // namespace tfx::sketches

#endif  // TFX_SKETCHES_SORTED_VALUES_H_
