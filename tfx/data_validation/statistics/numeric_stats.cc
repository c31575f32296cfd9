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
using sketches::CountDistinct;
using sketches::WeightedValue;

// How often each number occurs, and in `num_nan` how many are none or null.
std::vector<WeightedValue> CountNumbers(const arrow::Array& values, int64_t* num_nan) {
  std::vector<WeightedValue> counted;
  const auto size = static_cast<size_t>(values.length());
  if (values.null_count() == 0 && values.type_id() == arrow::Type::INT64) {
    counted = CountDistinct(std::span(static_cast<const arrow::Int64Array&>(values).raw_values(), size));
  } else if (values.null_count() == 0 && values.type_id() == arrow::Type::FLOAT) {
    counted = CountDistinct(std::span(static_cast<const arrow::FloatArray&>(values).raw_values(), size));
  } else if (values.null_count() == 0 && values.type_id() == arrow::Type::DOUBLE) {
    counted = CountDistinct(std::span(static_cast<const arrow::DoubleArray&>(values).raw_values(), size));
  } else {
    counted = CountDistinct(std::span<const double>(ToDoubles(values)));
  }
  double total = 0;
  for (const WeightedValue& entry : counted) total += entry.weight;
  *num_nan = values.length() - static_cast<int64_t>(total);
  return counted;
}

// TFDV's mean of infinite values is not a number, whatever their signs.
double Mean(const sketches::ExactMoments& moments) {
  const double mean = moments.Mean();
  return std::isinf(mean) ? std::numeric_limits<double>::quiet_NaN() : mean;
}

double Deviation(const sketches::ExactMoments& moments) {
  // Of infinities, which have none, it is 0 as in TFDV.
  const double deviation = moments.Deviation();
  return std::isnan(deviation) ? 0 : deviation;
}

}  // namespace

// `values`: in order, distinct, and some.
void NumericStatsAccumulator::AddRange(std::span<const WeightedValue> values) {
  min_ = std::min(min_, values.front().value);
  max_ = std::max(max_, values.back().value);
  const auto zero = std::lower_bound(values.begin(), values.end(), 0.0,
                                     [](const WeightedValue& entry, double value) { return entry.value < value; });
  if (zero != values.end() && zero->value == 0) num_zeros_ += static_cast<int64_t>(zero->weight);
  if (std::isinf(values.back().value) && values.back().value > 0) {
    num_positive_infinity_ += static_cast<int64_t>(values.back().weight);
    values = values.first(values.size() - 1);
  }
  if (!values.empty() && std::isinf(values.front().value)) values = values.subspan(1);
  if (values.empty()) return;
  finite_min_ = std::min(finite_min_, values.front().value);
  finite_max_ = std::max(finite_max_, values.back().value);
}

void NumericStatsAccumulator::AddIntegerRange(const arrow::Array& values) {
  WithNumericArray(values, [&](const auto& typed) {
    for (int64_t i = 0; i < typed.length(); ++i) {
      if (!typed.IsValid(i)) continue;
      min_integer_ = std::min(min_integer_, static_cast<int64_t>(typed.Value(i)));
      max_integer_ = std::max(max_integer_, static_cast<int64_t>(typed.Value(i)));
    }
  });
}

absl::Status NumericStatsAccumulator::Add(const FeatureColumn& column) {
  int64_t num_nan = 0;
  const std::vector<WeightedValue> counted = CountNumbers(*column.values, &num_nan);
  num_nan_ += num_nan;
  if (counted.empty()) return absl::OkStatus();
  AddRange(counted);
  quantiles_.AddCounted(counted);
  moments_.AddCounted(counted);
  if (column.kind == FeatureKind::kInt) {
    // Doubles tell integers of this size apart.
    constexpr double kExact = 9007199254740991;
    if (counted.front().value >= -kExact && counted.back().value <= kExact) {
      min_integer_ = std::min(min_integer_, static_cast<int64_t>(counted.front().value));
      max_integer_ = std::max(max_integer_, static_cast<int64_t>(counted.back().value));
    } else {
      AddIntegerRange(*column.values);
    }
  }
  if (!column.has_weights) return absl::OkStatus();
  const std::vector<double> values = ToDoubles(*column.values);
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    const double weight = column.value_weights[i];
    weighted_quantiles_.Add(values[i], weight);
    weighted_moments_.Add(values[i], weight);
    if (std::isinf(values[i]) && values[i] > 0) positive_infinity_weight_.Add(weight);
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
  positive_infinity_weight_.Merge(other.positive_infinity_weight_);
  moments_.Merge(other.moments_);
  weighted_moments_.Merge(other.weighted_moments_);
  RETURN_IF_ERROR(quantiles_.Merge(other.quantiles_));
  return weighted_quantiles_.Merge(other.weighted_quantiles_);
}

std::string NumericStatsAccumulator::Serialize() const {
  sketches::StateWriter out;
  for (int64_t value : {num_zeros_, num_nan_, num_positive_infinity_, min_integer_, max_integer_})
    out.Integer(static_cast<uint64_t>(value));
  for (double value : {min_, max_, finite_min_, finite_max_}) out.Real(value);
  positive_infinity_weight_.Write(&out);
  moments_.Write(&out);
  weighted_moments_.Write(&out);
  out.Bytes(quantiles_.Serialize());
  out.Bytes(weighted_quantiles_.Serialize());
  return out.Take();
}

absl::Status NumericStatsAccumulator::ParseFrom(std::string_view bytes) {
  const absl::Status damaged = absl::DataLossError("not a state of numeric statistics");
  sketches::StateReader in(bytes);
  NumericStatsAccumulator parsed = *this;
  for (int64_t* value : {&parsed.num_zeros_, &parsed.num_nan_, &parsed.num_positive_infinity_, &parsed.min_integer_,
                         &parsed.max_integer_}) {
    *value = static_cast<int64_t>(in.Integer());
  }
  for (double* value : {&parsed.min_, &parsed.max_, &parsed.finite_min_, &parsed.finite_max_}) *value = in.Real();
  if (!parsed.positive_infinity_weight_.Read(&in) || !parsed.moments_.Read(&in) ||
      !parsed.weighted_moments_.Read(&in)) {
    return damaged;
  }
  RETURN_IF_ERROR(parsed.quantiles_.ParseFrom(in.Bytes()));
  RETURN_IF_ERROR(parsed.weighted_quantiles_.ParseFrom(in.Bytes()));
  if (!in.ok()) return damaged;
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
  auto add_histograms = [&](const auto& sketch, double positive_infinity_weight, auto* target) {
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
    add_histograms(weighted_quantiles_, positive_infinity_weight_.Round(), weighted);
  }
  return proto;
}

}  // namespace tfx::tfdv
