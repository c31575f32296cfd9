// Plots of binary classifiers: confusion matrices along the score, calibration, distribution of scores.
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/model_analysis/confusion_matrix.h"
#include "tfx/model_analysis/metric_definition.h"

namespace tfx::tfma {
namespace {

namespace pb = ::tensorflow_model_analysis;

// TFMA leaves the name of the two oldest plots empty unless the config sets one.
MetricRequest WithPlotName(const MetricRequest& request) {
  MetricRequest named = request;
  if (!request.options->Has("name")) named.name.clear();
  return named;
}

absl::StatusOr<std::vector<double>> PlotThresholds(const MetricRequest& request) {
  const int64_t count = request.options->Integer("num_thresholds", 1000);
  if (count < 1 || count > 1000000) {
    return absl::InvalidArgumentError(
        absl::StrCat(request.class_name, ": num_thresholds must be within 1..1000000, is ", count));
  }
  std::vector<double> thresholds = {-1e-6};
  for (int64_t i = 0; i <= count; ++i) thresholds.push_back(static_cast<double>(i) / static_cast<double>(count));
  return thresholds;
}

absl::StatusOr<std::vector<MetricParts>> BuildConfusionMatrixPlot(const MetricRequest& original) {
  const MetricRequest request = WithPlotName(original);
  ASSIGN_OR_RETURN(std::vector<double> thresholds, PlotThresholds(original));
  return std::vector<MetricParts>{
      SingleValue(request, HistogramAccumulation(request.input), [thresholds](const State& state) {
        pb::PlotData plot;
        *plot.mutable_confusion_matrix_at_thresholds() = MatricesToProto(MatricesFromHistogram(state, thresholds));
        return Value(std::move(plot));
      })};
}

// The share of scores above and below each threshold: predictions stand in for labels, and only the sums of predicted
// positives and negatives are shown.
absl::StatusOr<std::vector<MetricParts>> BuildScoreDistributionPlot(const MetricRequest& request) {
  ASSIGN_OR_RETURN(std::vector<double> thresholds, PlotThresholds(request));
  return std::vector<MetricParts>{
      SingleValue(request, ScoreDistributionAccumulation(request.input, thresholds), [thresholds](const State& state) {
        pb::PlotData plot;
        auto* matrices = plot.mutable_confusion_matrix_at_thresholds();
        *matrices = MatricesToProto(MatricesFromScoreDistribution(state, thresholds));
        for (auto& m : *matrices->mutable_matrices()) {
          m.set_true_positives(m.true_positives() + m.false_positives());
          m.set_true_negatives(m.true_negatives() + m.false_negatives());
          for (auto clear : {&pb::ConfusionMatrixAtThresholds::ConfusionMatrixAtThreshold::clear_false_positives,
                             &pb::ConfusionMatrixAtThresholds::ConfusionMatrixAtThreshold::clear_false_negatives,
                             &pb::ConfusionMatrixAtThresholds::ConfusionMatrixAtThreshold::clear_precision,
                             &pb::ConfusionMatrixAtThresholds::ConfusionMatrixAtThreshold::clear_recall}) {
            (m.*clear)();
          }
        }
        return Value(std::move(plot));
      })};
}

// The label's domain in the schema, where it has one.
void ReadDomain(const MetricRequest& request, double* left, double* right) {
  if (request.schema == nullptr) return;
  for (const auto& feature : request.schema->feature()) {
    if (feature.name() != request.label_key) continue;
    if (feature.has_float_domain()) {
      if (feature.float_domain().has_min()) *left = feature.float_domain().min();
      if (feature.float_domain().has_max()) *right = feature.float_domain().max();
    } else if (feature.has_int_domain()) {
      if (feature.int_domain().has_min()) *left = static_cast<double>(feature.int_domain().min());
      if (feature.int_domain().has_max()) *right = static_cast<double>(feature.int_domain().max());
    }
  }
}

absl::StatusOr<std::vector<MetricParts>> BuildCalibrationPlot(const MetricRequest& original) {
  const MetricRequest request = WithPlotName(original);
  const MetricOptions& options = *original.options;
  const int64_t count = options.Integer("num_buckets", 1000);
  double left = 0, right = 1;
  ReadDomain(original, &left, &right);
  left = options.Number("left", left);
  right = options.Number("right", right);
  if (count < 1 || count > 1000000 || !(left < right)) {
    return absl::InvalidArgumentError(
        absl::StrCat("CalibrationPlot: num_buckets must be within 1..1000000 and left less than right; they are ",
                     count, ", ", left, ", ", right));
  }
  InputSpec input = request.input;
  input.needs_scores = true;
  Accumulation accumulation{absl::StrCat("_calibration_histogram:", count, ",", left, ",", right), input, [=] {
                              return std::make_unique<ScoreHistogram>(left, right, static_cast<int>(count), false);
                            }};
  return std::vector<MetricParts>{SingleValue(request, accumulation, [=](const State& state) {
    pb::PlotData plot;
    auto* buckets = plot.mutable_calibration_histogram_buckets();
    const auto edge = [&](int64_t i) {  // lower edge of bucket i
      if (i == 0) return -std::numeric_limits<double>::infinity();
      if (i > count + 1) return std::numeric_limits<double>::infinity();
      return left + static_cast<double>(i - 1) * (right - left) / static_cast<double>(count);
    };
    for (int64_t i = 0; i < count + 2; ++i) {
      auto* bucket = buckets->add_buckets();
      bucket->set_lower_threshold_inclusive(edge(i));
      bucket->set_upper_threshold_exclusive(edge(i + 1));
      bucket->mutable_num_weighted_examples();
      bucket->mutable_total_weighted_label();
      bucket->mutable_total_weighted_refined_prediction();
    }
    for (const ScoreBucket& filled : static_cast<const ScoreHistogram&>(state).Buckets()) {
      auto* bucket = buckets->mutable_buckets(filled.id);
      bucket->mutable_num_weighted_examples()->set_value(filled.weights);
      bucket->mutable_total_weighted_label()->set_value(filled.labels);
      bucket->mutable_total_weighted_refined_prediction()->set_value(filled.predictions);
    }
    return Value(std::move(plot));
  })};
}

}  // namespace

namespace definitions {
const MetricDefinition kCalibrationPlot = {"calibration_plot", BuildCalibrationPlot};
const MetricDefinition kConfusionMatrixPlot = {"confusion_matrix_plot", BuildConfusionMatrixPlot};
const MetricDefinition kScoreDistributionPlot = {"score_distribution_plot", BuildScoreDistributionPlot};
}  // namespace definitions
}  // namespace tfx::tfma
