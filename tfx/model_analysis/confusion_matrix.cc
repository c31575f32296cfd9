#include "tfx/model_analysis/confusion_matrix.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/status_macros.h"

namespace tfx::tfma {
namespace {

constexpr double kEpsilon = 1e-7;

absl::Status LabelError(const LabeledScore& score) {
  return absl::InvalidArgumentError(
      absl::StrCat("label must be within [0, 1], is ", score.label, " (prediction ", score.prediction, ")"));
}

}  // namespace

absl::Status ScoreHistogram::Add(const MetricInput& input) {
  for (const LabeledScore& score : input.scores) {
    if (std::isnan(score.prediction)) {
      return absl::InvalidArgumentError("prediction is NaN; a curve or plot cannot place it");
    }
    const double prediction = score.prediction;
    const double label = score.label;
    if (unit_labels_ && !(label >= 0 && label <= 1)) return LabelError(score);
    const double position = (prediction - left_) / (right_ - left_) * num_buckets_ + 1;
    const int32_t id = position < 0                   ? 0
                       : position >= num_buckets_ + 1 ? num_buckets_ + 1
                                                      : static_cast<int32_t>(position);
    ScoreBucket& bucket = buckets_[id];
    bucket.id = id;
    bucket.labels += label * score.weight;
    bucket.predictions += prediction * score.weight;
    bucket.weights += score.weight;
  }
  return absl::OkStatus();
}

void ScoreHistogram::Merge(const State& other) {
  for (const auto& [id, theirs] : static_cast<const ScoreHistogram&>(other).buckets_) {
    ScoreBucket& bucket = buckets_[id];
    bucket.id = id;
    bucket.labels += theirs.labels;
    bucket.predictions += theirs.predictions;
    bucket.weights += theirs.weights;
  }
}

std::vector<ScoreBucket> ScoreHistogram::Buckets() const {
  std::vector<ScoreBucket> sorted;
  sorted.reserve(buckets_.size());
  for (const auto& [id, bucket] : buckets_) sorted.push_back(bucket);
  std::sort(sorted.begin(), sorted.end(), [](const ScoreBucket& a, const ScoreBucket& b) { return a.id < b.id; });
  return sorted;
}

void ScoreHistogram::AppendTo(std::string* bytes) const {
  AppendUint64(buckets_.size(), bytes);
  for (const ScoreBucket& bucket : Buckets()) {
    AppendUint64(static_cast<uint64_t>(bucket.id), bytes);
    for (double value : {bucket.labels, bucket.predictions, bucket.weights}) AppendDouble(value, bytes);
  }
}

absl::Status ScoreHistogram::ReadFrom(std::string_view* bytes) {
  buckets_.clear();
  uint64_t size;
  RETURN_IF_ERROR(ReadUint64(bytes, &size));
  for (uint64_t i = 0; i < size; ++i) {
    uint64_t id;
    RETURN_IF_ERROR(ReadUint64(bytes, &id));
    if (id > static_cast<uint64_t>(num_buckets_) + 1)
      return absl::DataLossError("score histogram has a bucket out of range");
    ScoreBucket bucket{.id = static_cast<int32_t>(id)};
    for (double* value : {&bucket.labels, &bucket.predictions, &bucket.weights})
      RETURN_IF_ERROR(ReadDouble(bytes, value));
    buckets_[bucket.id] = bucket;
  }
  return absl::OkStatus();
}

Accumulation HistogramAccumulation(const InputSpec& input) {
  InputSpec spec = input;
  spec.needs_scores = true;
  return {"_score_histogram", spec,
          [] { return std::make_unique<ScoreHistogram>(0.0, 1.0, ScoreHistogram::kBuckets, true); }};
}

std::vector<double> CurveThresholds(int64_t n) {
  std::vector<double> thresholds = {-kEpsilon};
  for (int64_t i = 1; i < n - 1; ++i) thresholds.push_back(static_cast<double>(i) / static_cast<double>(n - 1));
  thresholds.push_back(1 + kEpsilon);
  return thresholds;
}

Matrices MatricesFromHistogram(const State& state, const std::vector<double>& thresholds) {
  const std::vector<ScoreBucket> buckets = static_cast<const ScoreHistogram&>(state).Buckets();
  double total_labels = 0, total_weights = 0;
  for (const ScoreBucket& bucket : buckets) {
    total_labels += bucket.labels;
    total_weights += bucket.weights;
  }
  Matrices matrices;
  // What lies above a threshold, going down from the highest, so that small tails are summed by themselves.
  std::vector<double> positives(thresholds.size()), negatives(thresholds.size());
  double labels = 0, weights = 0;
  size_t next = buckets.size();
  for (size_t i = thresholds.size(); i-- > 0;) {
    // A score on the threshold itself does not count as positive: the nudge keeps its bucket out.
    const double edge = thresholds[i] <= 0 ? thresholds[i] : thresholds[i] + kEpsilon;
    if (thresholds[i] <= 1) {
      while (next > 0) {
        const ScoreBucket& bucket = buckets[next - 1];
        const double lower =
            bucket.id == 0 ? -2 * kEpsilon : static_cast<double>(bucket.id - 1) / ScoreHistogram::kBuckets;
        // TFMA counts the scores at or above 1 as positive at the threshold 1 too.
        if (lower < edge && bucket.id <= ScoreHistogram::kBuckets) break;
        labels += bucket.labels;
        weights += bucket.weights;
        --next;
      }
    }
    if (i == 0 && thresholds[0] < 0) {
      // The lowest point of a curve takes everything, scores below the range too.
      labels = total_labels;
      weights = total_weights;
    }
    positives[i] = labels;
    negatives[i] = weights - labels;
  }
  for (size_t i = 0; i < thresholds.size(); ++i) {
    const double tp = positives[i], fp = negatives[i];
    matrices.Append(thresholds[i], tp, std::max(0.0, (total_weights - total_labels) - fp), fp,
                    std::max(0.0, total_labels - tp));
  }
  return matrices;
}

Accumulation ThresholdsAccumulation(const InputSpec& input, const std::vector<double>& thresholds) {
  InputSpec spec = input;
  spec.needs_scores = true;
  const std::string name = absl::StrCat("_counts_at_thresholds:", absl::StrJoin(thresholds, ","));
  return SumsAccumulation(
      name, spec, 4 * thresholds.size(), [thresholds](const MetricInput& in, std::span<double> sums) -> absl::Status {
        for (const LabeledScore& score : in.scores) {
          if (!(score.label >= 0 && score.label <= 1)) return LabelError(score);
          const double positive = score.label * score.weight, negative = (1.0 - score.label) * score.weight;
          for (size_t i = 0; i < thresholds.size(); ++i) {
            // In double precision, as TFMA compares: the float 0.1 is greater than the threshold 0.1.
            const bool above = static_cast<double>(score.prediction) > thresholds[i];
            sums[4 * i + (above ? 0 : 3)] += positive;
            sums[4 * i + (above ? 2 : 1)] += negative;
          }
        }
        return absl::OkStatus();
      });
}

Matrices MatricesFromThresholds(const State& state, const std::vector<double>& thresholds) {
  const Sums& sums = AsSums(state);
  Matrices matrices;
  for (size_t i = 0; i < thresholds.size(); ++i) {
    matrices.Append(thresholds[i], sums[4 * i], sums[4 * i + 1], sums[4 * i + 2], sums[4 * i + 3]);
  }
  return matrices;
}

Accumulation ScoreDistributionAccumulation(const InputSpec& input, const std::vector<double>& thresholds) {
  InputSpec spec = input;
  spec.needs_scores = true;
  const std::string name = absl::StrCat("_score_distribution:", absl::StrJoin(thresholds, ","));
  // Interval i holds the scores that are greater than exactly i thresholds: positives at 2 i, negatives at 2 i + 1.
  return SumsAccumulation(name, spec, 2 * (thresholds.size() + 1),
                          [thresholds](const MetricInput& in, std::span<double> sums) -> absl::Status {
                            for (const LabeledScore& score : in.scores) {
                              const double p = score.prediction;
                              if (std::isnan(p))
                                return absl::InvalidArgumentError("prediction is NaN; a plot cannot place it");
                              const size_t i =
                                  std::lower_bound(thresholds.begin(), thresholds.end(), p) - thresholds.begin();
                              sums[2 * i] += p * score.weight;
                              sums[2 * i + 1] += (1.0 - p) * score.weight;
                            }
                            return absl::OkStatus();
                          });
}

Matrices MatricesFromScoreDistribution(const State& state, const std::vector<double>& thresholds) {
  const Sums& sums = AsSums(state);
  const size_t n = thresholds.size();
  std::vector<double> tp(n), fp(n), tn(n), fn(n);
  double positive = 0, negative = 0;
  for (size_t i = n; i-- > 0;) {
    tp[i] = positive += sums[2 * (i + 1)];
    fp[i] = negative += sums[2 * (i + 1) + 1];
  }
  positive = negative = 0;
  for (size_t i = 0; i < n; ++i) {
    fn[i] = positive += sums[2 * i];
    tn[i] = negative += sums[2 * i + 1];
  }
  return {.thresholds = thresholds, .tp = tp, .tn = tn, .fp = fp, .fn = fn};
}

}  // namespace tfx::tfma
