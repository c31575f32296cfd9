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
struct Overlap {
  double share = 0;
  bool bucket_is_before = false;
  bool bucket_is_after = false;
};

Overlap OverlapOf(const Histogram::Bucket& bucket, double low, double high, bool first_interval) {
  const double from = bucket.low_value(), to = bucket.high_value();
  if (from == to && from == low) {
    // A point on the left edge belongs to the interval before, if there is one.
    if (first_interval) return {1.0};
    return {0.0, true};
  }
  if (to < low) return {0.0, true};
  if (from > high) return {0.0, false, true};
  if (low <= from && high >= to) return {1.0};
  if (low <= from) return {(high - from) / (to - from)};
  if (high >= to) return {(to - low) / (to - from)};
  return {(high - low) / (to - from)};
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

  const int num_buckets = options.num_buckets;
  const double width = (high_end - low_end) / num_buckets;
  if (!std::isfinite(width)) return histogram;
  if (negative_infinity_weight != 0) AddBucket(-kInfinity, -kInfinity, negative_infinity_weight, &histogram);
  int start = 0;
  for (int i = 0; i < num_buckets; ++i) {
    const double low = i == 0 ? low_end : i * width + low_end;
    const double high = i + 1 == num_buckets ? high_end : (i + 1) * width + low_end;
    double count = 0;
    for (int j = start; j < fine.buckets_size(); ++j) {
      const Overlap overlap = OverlapOf(fine.buckets(j), low, high, i == 0);
      if (overlap.bucket_is_after) break;
      if (overlap.bucket_is_before) start = j;
      count += overlap.share * fine.buckets(j).sample_count();
    }
    AddBucket(low, high, count, &histogram);
  }
  if (options.positive_infinity_weight != 0) {
    AddBucket(kInfinity, kInfinity, options.positive_infinity_weight, &histogram);
  }
  return histogram;
}

}  // namespace tfx::tfdv
