// The two states behind every metric of binary classification: a histogram of scores, and exact counts at thresholds.
//
// Histogram (curves, plots): 10,000 buckets over [0, 1] and one on either side, each with the weighted sums of labels,
// predictions and examples. State: 32 bytes per bucket that is not empty. Matrices read from it are exact up to scores
// that share a bucket. Exact counts (metrics at given thresholds): 4 numbers per threshold, no error.
// A label l between 0 and 1 counts as l of a positive and 1 - l of a negative; outside it is INVALID_ARGUMENT.
#ifndef TFX_MODEL_ANALYSIS_CONFUSION_MATRIX_H_
#define TFX_MODEL_ANALYSIS_CONFUSION_MATRIX_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "tfx/model_analysis/metric_definition.h"

namespace tfx::tfma {

struct ScoreBucket {
  int32_t id = 0;  // 0: below the range, 1..n: inside, n + 1: at or above the upper end
  double labels = 0, predictions = 0, weights = 0;
};

class ScoreHistogram : public State {
 public:
  static constexpr int kBuckets = 10000;

  ScoreHistogram(double left, double right, int num_buckets, bool unit_labels)
      : left_(left), right_(right), num_buckets_(num_buckets), unit_labels_(unit_labels) {}

  absl::Status Add(const MetricInput& input) override;
  void Merge(const State& other) override;
  void AppendTo(std::string* bytes) const override;
  absl::Status ReadFrom(std::string_view* bytes) override;

  // Not empty, by rising id.
  std::vector<ScoreBucket> Buckets() const;

 private:
  double left_, right_;
  int num_buckets_;
  bool unit_labels_;  // labels outside [0, 1] are errors
  absl::flat_hash_map<int32_t, ScoreBucket> buckets_;
};

// The shared histogram over [0, 1].
Accumulation HistogramAccumulation(const InputSpec& input);

// -1e-7, i / (n - 1), 1 + 1e-7: the thresholds of a curve with n points (n >= 2).
std::vector<double> CurveThresholds(int64_t n);

// Matrices at rising thresholds.
Matrices MatricesFromHistogram(const State& histogram, const std::vector<double>& thresholds);

// Exact counts at thresholds (any order).
Accumulation ThresholdsAccumulation(const InputSpec& input, const std::vector<double>& thresholds);
Matrices MatricesFromThresholds(const State& state, const std::vector<double>& thresholds);

// Exact counts at rising thresholds with the prediction in the label's place: 2 numbers per threshold, and a binary
// search per score.
Accumulation ScoreDistributionAccumulation(const InputSpec& input, const std::vector<double>& thresholds);
Matrices MatricesFromScoreDistribution(const State& state, const std::vector<double>& thresholds);

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_CONFUSION_MATRIX_H_
