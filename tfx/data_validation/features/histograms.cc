#include "tfx/data_validation/features/histograms.h"

#include <cmath>
#include <limits>

namespace tfx::tfdv {
namespace {

using sketches::Quantile;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

void AddBucket(double low, double high, double count, Histogram* histogram) {
  auto* bucket = histogram->add_buckets();
  bucket->set_low_value(low);
  bucket->set_high_value(high);
  bucket->set_sample_count(count);
}

// The share of a bucket's weight that falls into [low, high], spread evenly over the bucket.
template <class Real>
struct Overlap {
  Real share = 0;
  bool is_fraction = false;  // computed from the edges: in their precision, as is what it is multiplied with
  bool bucket_is_before = false;
  bool bucket_is_after = false;
};

template <class Real>
Overlap<Real> OverlapOf(const Histogram::Bucket& bucket, Real low, Real high, bool first_interval) {
  const double from = bucket.low_value(), to = bucket.high_value();
  if (from == to && from == low) {
    // A point on the left edge belongs to the interval before, if there is one.
    if (first_interval) return {.share = 1};
    return {.bucket_is_before = true};
  }
  if (to < low) return {.bucket_is_before = true};
  if (from > high) return {.bucket_is_after = true};
  if (low <= from && high >= to) return {.share = 1};
  const Real width = static_cast<Real>(to - from);
  if (low <= from) return {.share = (high - static_cast<Real>(from)) / width, .is_fraction = true};
  if (high >= to) return {.share = (static_cast<Real>(to) - low) / width, .is_fraction = true};
  return {.share = (high - low) / width, .is_fraction = true};
}

// A sum of Python: in double until a number of lower precision joins, in that precision from then on.
template <class Real>
class MixedSum {
 public:
  void Add(const Overlap<Real>& overlap, double count) {
    if (overlap.is_fraction) {
      narrow_ = true;
      sum_ = static_cast<Real>(sum_) + overlap.share * static_cast<Real>(count);
    } else if (narrow_) {
      sum_ = static_cast<Real>(sum_) + static_cast<Real>(overlap.share * count);
    } else {
      sum_ += static_cast<double>(overlap.share) * count;
    }
  }
  double value() const { return sum_; }

 private:
  bool narrow_ = false;
  double sum_ = 0;
};

// The weight of `fine` in intervals of equal width. No bucket where the width overflows Real.
template <class Real>
void AddEqualWidthBuckets(const Histogram& fine, const EqualWidthOptions& options, Histogram* histogram) {
  const Real low_end = static_cast<Real>(options.finite_min), high_end = static_cast<Real>(options.finite_max);
  const Real width = (high_end - low_end) / static_cast<Real>(options.num_buckets);
  int start = 0;
  for (int i = 0; i < options.num_buckets; ++i) {
    const Real low = i == 0 ? low_end : static_cast<Real>(i) * width + low_end;
    const Real high = i + 1 == options.num_buckets ? high_end : static_cast<Real>(i + 1) * width + low_end;
    MixedSum<Real> count;
    for (int j = start; j < fine.buckets_size(); ++j) {
      const Overlap<Real> overlap = OverlapOf<Real>(fine.buckets(j), low, high, i == 0);
      if (overlap.bucket_is_after) break;
      if (overlap.bucket_is_before) start = j;
      count.Add(overlap, fine.buckets(j).sample_count());
    }
    AddBucket(low, high, count.value(), histogram);
  }
}

}  // namespace

double Median(std::span<const Quantile> boundaries) {
  const size_t middle = boundaries.size() / 2;
  if (boundaries.size() % 2 == 1) return boundaries[middle].value;
  return (boundaries[middle - 1].value + boundaries[middle].value) / 2.0;
}

std::vector<Quantile> EveryNth(std::span<const Quantile> boundaries, int factor) {
  std::vector<Quantile> kept;
  for (size_t i = 0; i < boundaries.size(); i += factor) kept.push_back(boundaries[i]);
  return kept;
}

Histogram QuantilesHistogram(std::span<const Quantile> boundaries) {
  Histogram histogram;
  histogram.set_type(Histogram::QUANTILES);
  if (boundaries.size() < 2) return histogram;
  const size_t num_buckets = boundaries.size() - 1;
  std::vector<double> counts(num_buckets);
  for (size_t i = 0; i < num_buckets; ++i) {
    counts[i] = boundaries[i + 1].cumulative_weight - boundaries[i].cumulative_weight;
  }
  // Buckets with one upper bound share its weight.
  for (size_t i = 0; i < num_buckets;) {
    size_t end = i + 1;
    double sum = counts[i];
    for (; end < num_buckets && boundaries[end + 1].value == boundaries[i + 1].value; ++end) sum += counts[end];
    if (end > i + 1) {
      for (size_t j = i; j < end; ++j) counts[j] = sum / static_cast<double>(end - i);
    }
    i = end;
  }
  // The weight of the minimum itself goes to the leading buckets that equal the first.
  size_t equal = 0;
  while (equal < num_buckets && boundaries[equal].value == boundaries[0].value &&
         boundaries[equal + 1].value == boundaries[1].value) {
    ++equal;
  }
  for (size_t i = 0; i < equal; ++i) counts[i] += boundaries[0].cumulative_weight / static_cast<double>(equal);
  for (size_t i = 0; i < num_buckets; ++i) {
    AddBucket(boundaries[i].value, boundaries[i + 1].value, counts[i], &histogram);
  }
  return histogram;
}

Histogram EqualWidthHistogram(std::span<const Quantile> boundaries, const EqualWidthOptions& options) {
  Histogram histogram;
  histogram.set_type(Histogram::STANDARD);
  if (boundaries.empty()) return histogram;
  const double low_end = options.finite_min, high_end = options.finite_max;
  if (!std::isfinite(low_end) || !std::isfinite(high_end)) {
    AddBucket(low_end, high_end, boundaries.back().cumulative_weight, &histogram);
    return histogram;
  }

  // Boundaries are upper bounds, so those at -inf can simply go; a bucket up to +inf may hold finite values and is cut
  // at the greatest of them.
  double negative_infinity_weight = 0;
  std::vector<Quantile> finite;
  for (const Quantile& boundary : boundaries) {
    if (boundary.value == -kInfinity) {
      negative_infinity_weight = boundary.cumulative_weight;
    } else if (boundary.value < kInfinity || options.positive_infinity_weight == 0) {
      finite.push_back({boundary.value, boundary.cumulative_weight - negative_infinity_weight});
    }
  }
  if (options.positive_infinity_weight != 0) {
    finite.push_back(
        {high_end, boundaries.back().cumulative_weight - negative_infinity_weight - options.positive_infinity_weight});
  }
  const Histogram fine = QuantilesHistogram(finite);

  const bool single = options.precision == Precision::kSingle;
  if (!std::isfinite(single ? static_cast<float>(high_end) - static_cast<float>(low_end) : high_end - low_end)) {
    return histogram;
  }
  if (negative_infinity_weight != 0) AddBucket(-kInfinity, -kInfinity, negative_infinity_weight, &histogram);
  if (single) {
    AddEqualWidthBuckets<float>(fine, options, &histogram);
  } else {
    AddEqualWidthBuckets<double>(fine, options, &histogram);
  }
  if (options.positive_infinity_weight != 0) {
    AddBucket(kInfinity, kInfinity, options.positive_infinity_weight, &histogram);
  }
  return histogram;
}

}  // namespace tfx::tfdv
