#include "tfx/data_validation/statistics/numeric_stats.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/histograms.h"
#include "tfx/data_validation/features/numeric_values.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

// The sum of term(begin) .. term(end - 1) in NumPy's order of additions: pairwise, by eights at the leaves. Its error
// grows with the logarithm of the length, and the digits agree with TFDV's.
template <class Term>
double PairwiseSum(size_t begin, size_t end, const Term& term) {
  constexpr size_t kLanes = 8, kLeaf = 128;
  const size_t count = end - begin;
  if (count < kLanes) {
    double sum = 0;
    for (size_t i = begin; i < end; ++i) sum += term(i);
    return sum;
  }
  if (count > kLeaf) {
    const size_t half = count / 2 - count / 2 % kLanes;
    return PairwiseSum(begin, begin + half, term) + PairwiseSum(begin + half, end, term);
  }
  double lane[kLanes];
  for (size_t j = 0; j < kLanes; ++j) lane[j] = term(begin + j);
  size_t i = begin + kLanes;
  for (; i + kLanes <= end; i += kLanes) {
    for (size_t j = 0; j < kLanes; ++j) lane[j] += term(i + j);
  }
  double sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  for (; i < end; ++i) sum += term(i);
  return sum;
}

// Mean first, then squared distances from it. `weights` empty: each 1.
Moments MomentsOf(std::span<const double> values, std::span<const double> weights) {
  auto weight = [&](size_t i) { return weights.empty() ? 1.0 : weights[i]; };
  Moments moments;
  moments.weight = PairwiseSum(0, values.size(), weight);
  if (moments.weight == 0) return {};
  moments.mean = PairwiseSum(0, values.size(), [&](size_t i) { return weight(i) * values[i]; }) / moments.weight;
  moments.variance = PairwiseSum(0, values.size(),
                                 [&](size_t i) {
                                   const double distance = values[i] - moments.mean;
                                   return weight(i) * (distance * distance);
                                 }) /
                     moments.weight;
  return moments;
}

// TFDV's mean of infinite values is not a number, whatever their signs.
double Mean(const Moments& moments) {
  if (std::isinf(moments.mean)) return std::numeric_limits<double>::quiet_NaN();
  return moments.mean + 0.0;  // no negative zero
}

double Deviation(const Moments& moments) {
  // A NaN variance, of infinities, gives 0 as in TFDV.
  return moments.variance > 0 ? std::sqrt(moments.variance) : 0;
}

}  // namespace

void Moments::Combine(const Moments& other) {
  Moments a = *this, b = other;
  if (b.weight > a.weight) std::swap(a, b);
  const double total = a.weight + b.weight;
  if (total == 0 || b.weight == 0) {
    *this = a;
    return;
  }
  const double share = b.weight / total;
  Moments both;
  both.weight = total;
  both.mean = a.mean + share * (b.mean - a.mean);
  both.variance = a.variance + share * (b.variance - a.variance + (b.mean - both.mean) * (b.mean - a.mean));
  *this = both;
}

absl::Status NumericStatsAccumulator::Add(const FeatureColumn& column) {
  const std::vector<double> all = ToDoubles(*column.values);
  std::vector<double> values, weights;
  values.reserve(all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    if (std::isnan(all[i])) {
      ++num_nan_;
      continue;
    }
    values.push_back(all[i]);
    if (column.has_weights) weights.push_back(column.value_weights[i]);
  }
  for (size_t i = 0; i < values.size(); ++i) {
    const double value = values[i];
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
    if (std::isfinite(value)) {
      finite_min_ = std::min(finite_min_, value);
      finite_max_ = std::max(finite_max_, value);
    } else if (value > 0) {
      ++num_positive_infinity_;
      if (column.has_weights) positive_infinity_weight_ += weights[i];
    }
    if (value == 0) ++num_zeros_;
  }
  if (column.kind == FeatureKind::kInt) {
    WithNumericArray(*column.values, [&](const auto& typed) {
      for (int64_t i = 0; i < typed.length(); ++i) {
        if (!typed.IsValid(i)) continue;
        min_integer_ = std::min(min_integer_, static_cast<int64_t>(typed.Value(i)));
        max_integer_ = std::max(max_integer_, static_cast<int64_t>(typed.Value(i)));
      }
    });
  }
  quantiles_.Add(values);
  moments_.Combine(MomentsOf(values, {}));
  if (column.has_weights && !values.empty()) {
    for (size_t i = 0; i < values.size(); ++i) weighted_quantiles_.Add(values[i], weights[i]);
    weighted_moments_.Combine(MomentsOf(values, weights));
  }
  return absl::OkStatus();
}

absl::Status NumericStatsAccumulator::Merge(const NumericStatsAccumulator& other) {
  num_zeros_ += other.num_zeros_;
  num_nan_ += other.num_nan_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  finite_min_ = std::min(finite_min_, other.finite_min_);
  finite_max_ = std::max(finite_max_, other.finite_max_);
  min_integer_ = std::min(min_integer_, other.min_integer_);
  max_integer_ = std::max(max_integer_, other.max_integer_);
  num_positive_infinity_ += other.num_positive_infinity_;
  positive_infinity_weight_ += other.positive_infinity_weight_;
  moments_.Combine(other.moments_);
  weighted_moments_.Combine(other.weighted_moments_);
  RETURN_IF_ERROR(quantiles_.Merge(other.quantiles_));
  return weighted_quantiles_.Merge(other.weighted_quantiles_);
}

std::string NumericStatsAccumulator::Serialize() const {
  sketches::StateWriter out;
  for (int64_t value : {num_zeros_, num_nan_, num_positive_infinity_, min_integer_, max_integer_})
    out.Integer(static_cast<uint64_t>(value));
  for (double value :
       {min_, max_, finite_min_, finite_max_, positive_infinity_weight_, moments_.weight, moments_.mean,
        moments_.variance, weighted_moments_.weight, weighted_moments_.mean, weighted_moments_.variance}) {
    out.Real(value);
  }
  out.Bytes(quantiles_.Serialize());
  out.Bytes(weighted_quantiles_.Serialize());
  return out.Take();
}

absl::Status NumericStatsAccumulator::ParseFrom(std::string_view bytes) {
  sketches::StateReader in(bytes);
  NumericStatsAccumulator parsed = *this;
  for (int64_t* value : {&parsed.num_zeros_, &parsed.num_nan_, &parsed.num_positive_infinity_, &parsed.min_integer_,
                         &parsed.max_integer_}) {
    *value = static_cast<int64_t>(in.Integer());
  }
  for (double* value :
       {&parsed.min_, &parsed.max_, &parsed.finite_min_, &parsed.finite_max_, &parsed.positive_infinity_weight_,
        &parsed.moments_.weight, &parsed.moments_.mean, &parsed.moments_.variance, &parsed.weighted_moments_.weight,
        &parsed.weighted_moments_.mean, &parsed.weighted_moments_.variance}) {
    *value = in.Real();
  }
  RETURN_IF_ERROR(parsed.quantiles_.ParseFrom(in.Bytes()));
  RETURN_IF_ERROR(parsed.weighted_quantiles_.ParseFrom(in.Bytes()));
  if (!in.ok()) return absl::DataLossError("not a state of numeric statistics");
  *this = std::move(parsed);
  return absl::OkStatus();
}

v0::NumericStatistics NumericStatsAccumulator::ToProto(int64_t num_values, bool has_weights,
                                                       const StatsOptions& options, Precision precision) const {
  v0::NumericStatistics proto;
  if (num_values <= num_nan_) {
    for (Histogram::HistogramType type : {Histogram::STANDARD, Histogram::QUANTILES}) {
      if (num_nan_ == 0) break;
      Histogram* histogram = proto.add_histograms();
      histogram->set_type(type);
      histogram->set_num_nan(num_nan_);
    }
    return proto;
  }
  const bool is_point = finite_min_ == finite_max_ && min_integer_ >= max_integer_;
  auto add_histograms = [&](const sketches::QuantilesSketch& sketch, double positive_infinity_weight, auto* target) {
    const std::vector<sketches::Quantile> fine =
        sketch.GetQuantiles(kQuantilesPerBucket * options.num_quantiles_histogram_buckets);
    if (fine.empty()) return;
    target->set_median(Median(fine));
    Histogram* standard = target->add_histograms();
    *standard = EqualWidthHistogram(fine, {.finite_min = finite_min_,
                                           .finite_max = finite_max_,
                                           .num_buckets = is_point ? 1 : options.num_histogram_buckets,
                                           .positive_infinity_weight = positive_infinity_weight,
                                           .precision = precision});
    standard->set_num_nan(num_nan_);
    Histogram* quantiles = target->add_histograms();
    *quantiles = QuantilesHistogram(EveryNth(fine, kQuantilesPerBucket));
    quantiles->set_num_nan(num_nan_);
  };
  proto.set_mean(Mean(moments_));
  proto.set_std_dev(Deviation(moments_));
  proto.set_num_zeros(num_zeros_);
  proto.set_min(min_);
  proto.set_max(max_);
  add_histograms(quantiles_, static_cast<double>(num_positive_infinity_), &proto);
  if (has_weights) {
    auto* weighted = proto.mutable_weighted_numeric_stats();
    weighted->set_mean(Mean(weighted_moments_));
    weighted->set_std_dev(Deviation(weighted_moments_));
    add_histograms(weighted_quantiles_, positive_infinity_weight_, weighted);
  }
  return proto;
}

}  // namespace tfx::tfdv
