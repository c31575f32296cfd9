// What differs between two statistics of data sets: number by number (`tfx data diff A B`), and as distances between
// distributions (`tfx data skew A B`).
//
// Datasets are matched by name and features by path; order does not matter. Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_SKEW_STATISTICS_DIFF_H_
#define TFX_DATA_VALIDATION_SKEW_STATISTICS_DIFF_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"

namespace tfx::tfdv {

struct StatisticsDiffOptions {
  // Floating-point numbers are equal when they differ by at most this fraction of the larger one, or by 1e-9. At least
  // 0. Whole numbers, texts and what is set or not are compared exactly. Two NaN are equal.
  double tolerance = 1e-6;
};

struct StatisticsDifference {
  std::string dataset;  // name, often empty
  std::string feature;  // serialized path; empty: about the dataset
  // Place in the message, "num_stats.histograms[0].buckets[3].sample_count"; empty: the whole feature or dataset.
  std::string field;
  std::string before;  // empty: not there
  std::string after;
};

// In the order of `before`, then what only `after` has. Every field of the messages is compared.
std::vector<StatisticsDifference> DiffStatistics(const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& before,
                                                 const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& after,
                                                 const StatisticsDiffOptions& options = {});

// The measures of drift and skew comparators (anomalies/distribution_distance.h), without thresholds. Unset where a
// measure is not defined for the feature: the first and third need value counts, the second value counts or histograms.
struct FeatureDistances {
  std::string feature;  // serialized path
  std::optional<double> l_infinity;
  std::string l_infinity_value;  // the value whose share differs most
  std::optional<double> jensen_shannon_divergence;
  std::optional<double> normalized_absolute_difference;
};

// Of the features that both have, sorted by path, of the default datasets ("All Examples" or the only one); by weighted
// statistics where both have them. INVALID_ARGUMENT: no such dataset, malformed statistics.
absl::StatusOr<std::vector<FeatureDistances>> MeasureDistances(
    const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& before,
    const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& after);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_SKEW_STATISTICS_DIFF_H_
