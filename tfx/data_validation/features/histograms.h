// TFDV's histograms from the boundaries of a quantile sketch (tensorflow_data_validation/utils/quantiles_util.py).
//
// QUANTILES: buckets between consecutive boundaries; a bucket holds its upper bound and not its lower one, except the
// first. STANDARD: buckets of equal width whose counts are interpolated from fine quantiles, so they are fractions.
#ifndef TFX_DATA_VALIDATION_FEATURES_HISTOGRAMS_H_
#define TFX_DATA_VALIDATION_FEATURES_HISTOGRAMS_H_

#include <span>
#include <vector>

#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/sketches/quantiles_sketch.h"

namespace tfx::tfdv {

using ::tensorflow::metadata::v0::Histogram;

// How many fine quantiles stand behind each bucket of the histograms of values.
inline constexpr int kQuantilesPerBucket = 100;

// The middle boundary, or the mean of the two middle ones. `boundaries` not empty.
double Median(std::span<const sketches::Quantile> boundaries);

// The first boundary and every `factor`-th after it.
std::vector<sketches::Quantile> EveryNth(std::span<const sketches::Quantile> boundaries, int factor);

Histogram QuantilesHistogram(std::span<const sketches::Quantile> boundaries);

// Of the interpolation. With NumPy 2, TFDV takes the edges, and with them the shares, in the precision of the values:
// float32 for features of tf.Example and CSV; up to 1.16 it took float64.
enum class Precision { kSingle, kDouble };

struct EqualWidthOptions {
  double finite_min = 0;  // +inf where no value is finite
  double finite_max = 0;  // -inf where no value is finite
  int num_buckets = 10;
  double positive_infinity_weight = 0;
  Precision precision = Precision::kDouble;
};
// Infinite values get buckets of their own at the ends. One bucket where the range is a point or has no finite value;
// no bucket where the width overflows.
Histogram EqualWidthHistogram(std::span<const sketches::Quantile> boundaries, const EqualWidthOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_FEATURES_HISTOGRAMS_H_
