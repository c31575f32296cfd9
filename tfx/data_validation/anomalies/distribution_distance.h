// How far apart two distributions of a feature are: the measures of drift and skew comparators.
#ifndef TFX_DATA_VALIDATION_ANOMALIES_DISTRIBUTION_DISTANCE_H_
#define TFX_DATA_VALIDATION_ANOMALIES_DISTRIBUTION_DISTANCE_H_

#include <map>
#include <optional>
#include <string>

#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/anomalies/statistics_view.h"

namespace tfx::tfdv {

using ValueCounts = std::map<std::string, double>;

struct LabelledDistance {
  std::string label;  // the value that differs most; among equals the bytewise last; empty when there is none
  double distance = 0;
};

// The greatest difference between the shares of a value, in [0, 1]. Counts that sum to 0 stay as they are.
LabelledDistance LInfinityDistance(const ValueCounts& a, const ValueCounts& b);

// The greatest difference between counts of a value over the sum of all counts of both.
LabelledDistance NormalizedAbsoluteDifference(const ValueCounts& a, const ValueCounts& b);

// Jensen-Shannon divergence in bits, in [0, 1]. Unset when it is not defined: a distribution without mass, a count that
// is not positive, histograms of different types.
std::optional<double> JensenShannonDivergence(const ValueCounts& a, const ValueCounts& b);

// Of two histograms brought to common buckets, mass spread evenly within a bucket. Mass at points is compared point by
// point; mass at infinities never matches, nor does NaN, which counts only where the histograms have the same buckets.
std::optional<double> JensenShannonDivergence(const ::tensorflow::metadata::v0::Histogram& a,
                                              const ::tensorflow::metadata::v0::Histogram& b);

// Of the value counts where both features have any, else of the selected histograms.
std::optional<double> JensenShannonDivergence(const FeatureView& a, const FeatureView& b,
                                              const ::tensorflow::metadata::v0::HistogramSelection& source);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_ANOMALIES_DISTRIBUTION_DISTANCE_H_
