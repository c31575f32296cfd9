#include "tfx/data_validation/anomalies/distribution_distance.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

double Sum(const ValueCounts& counts) {
  double sum = 0;
  for (const auto& [label, count] : counts) sum += count;
  return sum;
}

LabelledDistance GreatestDifference(const ValueCounts& a, double scale_a, const ValueCounts& b, double scale_b) {
  ValueCounts difference;
  for (const auto& [label, count] : a) difference[label] = scale_a == 0 ? count : count / scale_a;
  for (const auto& [label, count] : b) difference[label] -= scale_b == 0 ? count : count / scale_b;
  LabelledDistance greatest;
  for (const auto& [label, value] : difference) {
    if (std::fabs(value) >= greatest.distance) greatest = {label, std::fabs(value)};
  }
  return greatest;
}

// A histogram with the mass that has no width kept apart.
struct SplitHistogram {
  std::vector<v0::Histogram::Bucket> buckets;
  std::map<double, double> points;
  double infinite_mass = 0;
};

SplitHistogram Split(const v0::Histogram& histogram) {
  SplitHistogram split;
  for (const auto& bucket : histogram.buckets()) {
    if (!std::isfinite(bucket.low_value()) || !std::isfinite(bucket.high_value())) {
      split.infinite_mass += bucket.sample_count();
    } else if (bucket.low_value() == bucket.high_value()) {
      split.points[bucket.low_value()] += bucket.sample_count();
    } else {
      split.buckets.push_back(bucket);
    }
  }
  return split;
}

std::set<double> BoundsOf(const SplitHistogram& split) {
  std::set<double> bounds;
  for (const auto& bucket : split.buckets) bounds.insert({bucket.low_value(), bucket.high_value()});
  return bounds;
}

// Mass of the buckets between each pair of consecutive boundaries. Every bound of a bucket is a boundary.
std::vector<double> Spread(const std::vector<v0::Histogram::Bucket>& buckets, const std::vector<double>& boundaries) {
  std::vector<double> mass(boundaries.empty() ? 0 : boundaries.size() - 1, 0.0);
  for (const auto& bucket : buckets) {
    const double width = bucket.high_value() - bucket.low_value();
    auto index = std::lower_bound(boundaries.begin(), boundaries.end(), bucket.low_value()) - boundaries.begin();
    for (; index + 1 < static_cast<std::ptrdiff_t>(boundaries.size()) && boundaries[index] < bucket.high_value();
         ++index) {
      mass[index] += (boundaries[index + 1] - boundaries[index]) / width * bucket.sample_count();
    }
  }
  return mass;
}

double MassAt(const std::map<double, double>& points, double value) {
  const auto it = points.find(value);
  return it == points.end() ? 0 : it->second;
}

bool Normalize(std::vector<double>* mass) {
  double sum = 0;
  for (double value : *mass) sum += value;
  if (sum == 0) return false;
  for (double& value : *mass) value /= sum;
  return true;
}

double Divergence(const std::vector<double>& p, const std::vector<double>& q) {
  double bits = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i] > 0 && q[i] > 0) bits += p[i] * std::log2(p[i] / q[i]);
  }
  return bits;
}

}  // namespace

LabelledDistance LInfinityDistance(const ValueCounts& a, const ValueCounts& b) {
  return GreatestDifference(a, Sum(a), b, Sum(b));
}

LabelledDistance NormalizedAbsoluteDifference(const ValueCounts& a, const ValueCounts& b) {
  const double both = Sum(a) + Sum(b);
  return GreatestDifference(a, both, b, both);
}

std::optional<double> JensenShannonDivergence(const ValueCounts& a, const ValueCounts& b) {
  if (a.empty() || b.empty()) return std::nullopt;
  std::map<std::string, std::pair<double, double>> shares;
  for (const auto& [label, count] : a) {
    if (!(count > 0)) return std::nullopt;
    shares[label].first = count;
  }
  for (const auto& [label, count] : b) {
    if (!(count > 0)) return std::nullopt;
    shares[label].second = count;
  }
  const double sum_a = Sum(a), sum_b = Sum(b);
  double bits = 0;
  for (const auto& [label, counts] : shares) {
    const double p = counts.first / sum_a, q = counts.second / sum_b;
    const double middle = (p + q) / 2;
    if (p > 0) bits += p * std::log2(p / middle);
    if (q > 0) bits += q * std::log2(q / middle);
  }
  return std::min(bits / 2, 1.0);
}

std::optional<double> JensenShannonDivergence(const v0::Histogram& a, const v0::Histogram& b) {
  if (a.type() != b.type()) return std::nullopt;
  const SplitHistogram split_a = Split(a), split_b = Split(b);
  std::set<double> bounds, points;
  for (const SplitHistogram* split : {&split_a, &split_b}) {
    bounds.merge(BoundsOf(*split));
    for (const auto& [value, mass] : split->points) points.insert(value);
  }
  const std::vector<double> boundaries(bounds.begin(), bounds.end());
  std::vector<double> p = Spread(split_a.buckets, boundaries);
  std::vector<double> q = Spread(split_b.buckets, boundaries);
  auto add = [&](double mass_a, double mass_b) {
    p.push_back(mass_a);
    q.push_back(mass_b);
  };
  for (double point : points) add(MassAt(split_a.points, point), MassAt(split_b.points, point));
  add(split_a.infinite_mass, 0);
  add(0, split_b.infinite_mass);
  // As in TFDV, which loses the number of NaN when it brings histograms to common buckets.
  if (BoundsOf(split_a) == BoundsOf(split_b)) {
    add(static_cast<double>(a.num_nan()), 0);
    add(0, static_cast<double>(b.num_nan()));
  }
  if (!Normalize(&p) || !Normalize(&q)) return std::nullopt;
  std::vector<double> middle(p.size());
  for (size_t i = 0; i < p.size(); ++i) middle[i] = (p[i] + q[i]) / 2;
  return std::min((Divergence(p, middle) + Divergence(q, middle)) / 2, 1.0);
}

std::optional<double> JensenShannonDivergence(const FeatureView& a, const FeatureView& b,
                                              const v0::HistogramSelection& source) {
  const ValueCounts counts_a = a.value_counts(), counts_b = b.value_counts();
  if (!counts_a.empty() && !counts_b.empty()) return JensenShannonDivergence(counts_a, counts_b);
  const std::optional<v0::Histogram> histogram_a = a.histogram(source), histogram_b = b.histogram(source);
  if (!histogram_a.has_value() || !histogram_b.has_value()) return std::nullopt;
  return JensenShannonDivergence(*histogram_a, *histogram_b);
}

}  // namespace tfx::tfdv
