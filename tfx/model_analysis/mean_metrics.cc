// Counts, means of labels and predictions, and statistics of them: ExampleCount, Calibration,
// SquaredPearsonCorrelation...
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/status_macros.h"
#include "tfx/model_analysis/metric_definition.h"

namespace tfx::tfma {
namespace {

InputSpec Scores(InputSpec input) {
  input.needs_scores = true;
  return input;
}

// Weighted sums over all pairs that mean_label, mean_prediction, calibration and the correlation share.
enum Moment {
  kWeight,
  kLabel,
  kPrediction,
  kLabel2,
  kPrediction2,
  kProduct,
  kPositivePrediction,
  kNegativePrediction,
  kPositiveWeight,
  kNegativeWeight,
  kNumMoments
};

Accumulation Moments(const InputSpec& input) {
  return SumsAccumulation("_moments", Scores(input), kNumMoments, [](const MetricInput& in, std::span<double> sums) {
    for (const LabeledScore& score : in.scores) {
      const double l = score.label, p = score.prediction, w = score.weight;
      sums[kWeight] += w;
      sums[kLabel] += w * l;
      sums[kPrediction] += w * p;
      sums[kLabel2] += w * l * l;
      sums[kPrediction2] += w * p * p;
      sums[kProduct] += w * l * p;
      sums[kPositivePrediction] += w * l * p;
      sums[kNegativePrediction] += w * (1 - l) * p;
      sums[kPositiveWeight] += w * l;
      sums[kNegativeWeight] += w * (1 - l);
    }
    return absl::OkStatus();
  });
}

MetricDefinition OfMoments(std::string_view name, double (*formula)(const Sums&)) {
  return {name, [formula](const MetricRequest& request) -> absl::StatusOr<std::vector<MetricParts>> {
            // TFMA writes these without the aggregation in their keys, micro averages too.
            MetricRequest named = request;
            named.input.aggregation = Aggregation::kNone;
            return std::vector<MetricParts>{SingleValue(
                named, Moments(request.input), [formula](const State& s) { return Value(formula(AsSums(s))); })};
          }};
}

absl::StatusOr<std::vector<MetricParts>> BuildExampleCount(const MetricRequest& original) {
  MetricRequest request = original;
  request.input.needs_label = request.input.needs_prediction = false;
  request.input.sub_key = SubKey();
  return std::vector<MetricParts>{SingleValue(original,
                                              SumsAccumulation("_example_count", request.input, 1,
                                                               [](const MetricInput& in, std::span<double> sums) {
                                                                 sums[0] += in.weight;
                                                                 return absl::OkStatus();
                                                               }),
                                              [](const State& state) { return Value(AsSums(state)[0]); })};
}

absl::StatusOr<std::vector<MetricParts>> BuildRootMeanSquaredError(const MetricRequest& request) {
  return std::vector<MetricParts>{
      SingleValue(request,
                  SumsAccumulation("_squared_error_by_value", Scores(request.input), 2,
                                   [](const MetricInput& in, std::span<double> sums) {
                                     for (const LabeledScore& score : in.scores) {
                                       const double error = static_cast<double>(score.label) - score.prediction;
                                       sums[0] += score.weight * error * error;
                                       sums[1] += score.weight;
                                     }
                                     return absl::OkStatus();
                                   }),
                  [](const State& s) { return Value(std::sqrt(Ratio(AsSums(s)[0], AsSums(s)[1]))); })};
}

// 100 |l - p| / |l|, examples with label 0 left out.
absl::StatusOr<std::vector<MetricParts>> BuildPercentageError(const MetricRequest& request) {
  return std::vector<MetricParts>{SingleValue(request,
                                              SumsAccumulation("_percentage_error", Scores(request.input), 2,
                                                               [](const MetricInput& in, std::span<double> sums) {
                                                                 for (const LabeledScore& score : in.scores) {
                                                                   if (score.label == 0) continue;
                                                                   const double l = score.label;
                                                                   sums[1] += in.weight;
                                                                   sums[0] += in.weight * 100 *
                                                                              std::abs((l - score.prediction) / l);
                                                                 }

                                                                 return absl::OkStatus();
                                                               }),
                                              [](const State& s) { return Value(Ratio(AsSums(s)[0], AsSums(s)[1])); })};
}

absl::StatusOr<std::vector<MetricParts>> BuildMean(const MetricRequest& original) {
  MetricRequest request = original;
  const std::vector<std::string> path = original.options->Texts("feature_key_path");
  const std::vector<std::string> weights = original.options->Texts("example_weights_key_path");
  if (path.empty())
    return absl::InvalidArgumentError(absl::StrCat(original.name, ": option feature_key_path is missing"));
  if (!original.options->Has("name")) request.name = absl::StrCat("mean_", absl::StrJoin(path, "."));
  request.input.feature_key = path.back();
  request.input.weight_feature_key = weights.empty() ? "" : weights.back();
  request.input.example_weighted = !weights.empty();
  request.input.needs_label = false;
  return std::vector<MetricParts>{SingleValue(request,
                                              SumsAccumulation("_mean_of_feature", request.input, 2,
                                                               [](const MetricInput& in, std::span<double> sums) {
                                                                 for (float value : in.prediction) {
                                                                   sums[0] += in.weight * value;
                                                                   sums[1] += in.weight;
                                                                 }
                                                                 return absl::OkStatus();
                                                               }),
                                              [](const State& s) { return Value(Ratio(AsSums(s)[0], AsSums(s)[1])); })};
}

}  // namespace

namespace definitions {
const MetricDefinition kExampleCount = {"example_count", BuildExampleCount};
const MetricDefinition kWeightedExampleCount = {"weighted_example_count", BuildExampleCount};
const MetricDefinition kMeanLabel = OfMoments("mean_label", [](const Sums& s) { return Ratio(s[kLabel], s[kWeight]); });
const MetricDefinition kMeanPrediction =
    OfMoments("mean_prediction", [](const Sums& s) { return Ratio(s[kPrediction], s[kWeight]); });
const MetricDefinition kCalibration = OfMoments("calibration", [](const Sums& s) {
  return std::abs(s[kLabel]) < 1e-8 ? std::nan("") : s[kPrediction] / s[kLabel];
});
const MetricDefinition kCoefficientOfDiscrimination = OfMoments("coefficient_of_discrimination", [](const Sums& s) {
  return Ratio(s[kPositivePrediction], s[kPositiveWeight]) - Ratio(s[kNegativePrediction], s[kNegativeWeight]);
});
const MetricDefinition kRelativeCoefficientOfDiscrimination =
    OfMoments("relative_coefficient_of_discrimination", [](const Sums& s) {
      return Ratio(Ratio(s[kPositivePrediction], s[kPositiveWeight]),
                   Ratio(s[kNegativePrediction], s[kNegativeWeight]));
    });
const MetricDefinition kSquaredPearsonCorrelation = OfMoments("squared_pearson_correlation", [](const Sums& s) {
  const double w = s[kWeight];
  const double covariance = w * s[kProduct] - s[kLabel] * s[kPrediction];
  const double label_variance = w * s[kLabel2] - s[kLabel] * s[kLabel];
  const double prediction_variance = w * s[kPrediction2] - s[kPrediction] * s[kPrediction];
  return Ratio(covariance * covariance, label_variance * prediction_variance);
});
const MetricDefinition kRootMeanSquaredError = {"root_mean_squared_error", BuildRootMeanSquaredError};
const MetricDefinition kMeanAbsolutePercentageError = {"mean_absolute_percentage_error", BuildPercentageError};
const MetricDefinition kMean = {"mean", BuildMean};
}  // namespace definitions
}  // namespace tfx::tfma
