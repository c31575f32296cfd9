// Metrics of one confusion matrix per threshold: Precision, Recall, F1Score and the rest of the family, MaxRecall,
// ConfusionMatrixAtThresholds and FairnessIndicators.
#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tfx/base/status_macros.h"
#include "tfx/model_analysis/confusion_matrix.h"
#include "tfx/model_analysis/metric_definition.h"

namespace tfx::tfma {
namespace {

using Formula = double (*)(double tp, double tn, double fp, double fn);

double Tpr(double tp, double tn, double fp, double fn) { return Ratio(tp, tp + fn); }
double Tnr(double tp, double tn, double fp, double fn) { return Ratio(tn, tn + fp); }
double Fpr(double tp, double tn, double fp, double fn) { return Ratio(fp, fp + tn); }
double Fnr(double tp, double tn, double fp, double fn) { return Ratio(fn, fn + tp); }
double Ppv(double tp, double tn, double fp, double fn) { return Ratio(tp, tp + fp); }
double Npv(double tp, double tn, double fp, double fn) { return Ratio(tn, tn + fn); }
double Fdr(double tp, double tn, double fp, double fn) { return Ratio(fp, fp + tp); }
double For(double tp, double tn, double fp, double fn) { return Ratio(fn, fn + tn); }

struct Family {
  std::string_view class_name, name;
  Formula formula;
};
#define TFX_FORMULA [](double tp, double tn, double fp, double fn) -> double
constexpr Family kFamilies[] = {
    {"BalancedAccuracy", "balanced_accuracy", TFX_FORMULA{return (Tpr(tp, tn, fp, fn) + Tnr(tp, tn, fp, fn)) / 2;
}  // namespace
}  // namespace tfx::tfma
, {"BinaryAccuracy", "binary_accuracy", TFX_FORMULA{return Ratio(tp + tn, tp + tn + fp + fn);
}
}
, {"DiagnosticOddsRatio", "diagnostic_odds_ratio", TFX_FORMULA{return Ratio(Ratio(tp, fn), Ratio(fp, tn));
}
}
, {"F1Score", "f1_score", TFX_FORMULA{return Ratio(2 * tp, 2 * tp + fp + fn);
}
}
, {"FN", "fn", TFX_FORMULA{return fn;
}
}
, {"FNR", "fnr", Fnr}, {"FP", "fp", TFX_FORMULA{return fp;
}
}
, {"FPR", "fpr", Fpr}, {"FallOut", "fall_out", Fpr}, {"FalseDiscoveryRate", "false_discovery_rate", Fdr},
    {"FalseNegatives", "false_negatives", TFX_FORMULA{return fn;
}
}
, {"FalseOmissionRate", "false_omission_rate", For}, {"FalsePositives", "false_positives", TFX_FORMULA{return fp;
}
}
, {"FowlkesMallowsIndex", "fowlkes_mallows_index",
   TFX_FORMULA{return std::sqrt(Ppv(tp, tn, fp, fn) * Tpr(tp, tn, fp, fn));
}
}
, {"Informedness", "informedness", TFX_FORMULA{return Tpr(tp, tn, fp, fn) + Tnr(tp, tn, fp, fn) - 1;
}
}
, {"Markedness", "markedness", TFX_FORMULA{return Ppv(tp, tn, fp, fn) + Npv(tp, tn, fp, fn) - 1;
}
}
, {"MatthewsCorrelationCoefficient", "matthews_correlation_coefficient",
   TFX_FORMULA{return Ratio(tp * tn - fp * fn, std::sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)));
}
}
, {"MissRate", "miss_rate", Fnr}, {"NPV", "npv", Npv},
    {"NegativeLikelihoodRatio", "negative_likelihood_ratio",
     TFX_FORMULA{return Ratio(Fnr(tp, tn, fp, fn), Tnr(tp, tn, fp, fn));
}
}
, {"NegativePredictiveValue", "negative_predictive_value", Npv}, {"PPV", "ppv", Ppv},
    {"PositiveLikelihoodRatio", "positive_likelihood_ratio",
     TFX_FORMULA{return Ratio(Tpr(tp, tn, fp, fn), Fpr(tp, tn, fp, fn));
}
}
, {"Precision", "precision", Ppv},
    {"PredictedPositiveRate", "predicted_positive_rate", TFX_FORMULA{return Ratio(tp + fp, tp + tn + fp + fn);
}
}
, {"Prevalence", "prevalence", TFX_FORMULA{return Ratio(tp + fn, tp + tn + fp + fn);
}
}
, {"PrevalenceThreshold", "prevalence_threshold",
   TFX_FORMULA{const double tpr = Tpr(tp, tn, fp, fn), tnr = Tnr(tp, tn, fp, fn);
return Ratio(std::sqrt(tpr * (1 - tnr)) + tnr - 1, tpr + tnr - 1);
}
}
, {"Recall", "recall", Tpr}, {"Specificity", "specificity", Tnr}, {"TN", "tn", TFX_FORMULA{return tn;
}
}
, {"TNR", "tnr", Tnr}, {"TP", "tp", TFX_FORMULA{return tp;
}
}
, {"TPR", "tpr", Tpr}, {"ThreatScore", "threat_score", TFX_FORMULA{return Ratio(tp, tp + fp + fn);
}
}
, {"TrueNegatives", "true_negatives", TFX_FORMULA{return tn;
}
}
, {"TruePositives", "true_positives", TFX_FORMULA{return tp;
}
}
,
}
;
#undef TFX_FORMULA

// Options that every metric of the confusion matrix shares.
absl::Status ReadSubKeyOptions(const MetricRequest& request, InputSpec* input) {
  const int64_t class_id = request.options->Integer("class_id", -1), top_k = request.options->Integer("top_k", -1);
  if (request.options->Has("class_id")) {
    if (class_id < 0) return absl::InvalidArgumentError(absl::StrCat(request.name, ": class_id must not be negative"));
    if (input->sub_key.class_id) {
      return absl::InvalidArgumentError(
          absl::StrCat(request.name, ": class_id is set both in the metric and by binarize; keep one"));
    }
    input->sub_key.class_id = static_cast<int32_t>(class_id);
  }
  if (request.options->Has("top_k")) {
    if (top_k < 1) return absl::InvalidArgumentError(absl::StrCat(request.name, ": top_k must be at least 1"));
    if (input->sub_key.top_k) {
      return absl::InvalidArgumentError(
          absl::StrCat(request.name, ": top_k is set both in the metric and by binarize or aggregate; keep one"));
    }
    input->sub_key.top_k = static_cast<int32_t>(top_k);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<MetricParts>> BuildRatio(const MetricRequest& original, Formula formula) {
  MetricRequest request = original;
  RETURN_IF_ERROR(ReadSubKeyOptions(original, &request.input));
  std::vector<double> thresholds = request.options->Numbers("thresholds");
  // Keras' BinaryAccuracy calls it threshold.
  if (thresholds.empty()) thresholds = request.options->Numbers("threshold");
  const bool list = thresholds.size() > 1;
  if (thresholds.empty()) {
    thresholds = {request.input.sub_key.top_k ? -std::numeric_limits<double>::infinity() : 0.5};
  }
  request.options->Ignore("num_thresholds");
  return std::vector<MetricParts>{SingleValue(request, ThresholdsAccumulation(request.input, thresholds),
                                              [thresholds, list, formula](const State& state) {
                                                const Matrices m = MatricesFromThresholds(state, thresholds);
                                                std::vector<double> values;
                                                for (size_t i = 0; i < m.size(); ++i)
                                                  values.push_back(formula(m.tp[i], m.tn[i], m.fp[i], m.fn[i]));
                                                return list ? Value(values) : Value(values[0]);
                                              })};
}

absl::StatusOr<std::vector<MetricParts>> BuildMaxRecall(const MetricRequest& original) {
  MetricRequest request = original;
  RETURN_IF_ERROR(ReadSubKeyOptions(original, &request.input));
  return std::vector<MetricParts>{
      SingleValue(request, ThresholdsAccumulation(request.input, {1e-12}), [](const State& state) {
        const Matrices m = MatricesFromThresholds(state, {1e-12});
        return Value(Tpr(m.tp[0], m.tn[0], m.fp[0], m.fn[0]));
      })};
}

absl::StatusOr<std::vector<MetricParts>> BuildMatrices(const MetricRequest& original) {
  MetricRequest request = original;
  RETURN_IF_ERROR(ReadSubKeyOptions(original, &request.input));
  std::vector<double> thresholds = request.options->Numbers("thresholds");
  if (thresholds.empty())
    return absl::InvalidArgumentError(absl::StrCat(request.name, ": option thresholds is missing"));
  std::sort(thresholds.begin(), thresholds.end());
  return std::vector<MetricParts>{
      SingleValue(request, ThresholdsAccumulation(request.input, thresholds),
                  [thresholds](const State& state) { return Value(MatricesFromThresholds(state, thresholds)); })};
}

absl::StatusOr<std::vector<MetricParts>> BuildFairness(const MetricRequest& request) {
  std::vector<double> thresholds = request.options->Numbers("thresholds");
  if (thresholds.empty()) thresholds = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};
  size_t digits = 0;
  for (double threshold : thresholds) {
    const std::string text = absl::StrCat(threshold);
    const size_t dot = text.find('.');
    if (dot != std::string::npos) digits = std::max(digits, text.size() - dot - 1);
  }
  static constexpr std::pair<std::string_view, Formula> kRates[] = {
      {"false_positive_rate", Fpr},
      {"false_negative_rate", Fnr},
      {"true_positive_rate", Tpr},
      {"true_negative_rate", Tnr},
      {"positive_rate", [](double tp, double tn, double fp, double fn) { return Ratio(tp + fp, tp + tn + fp + fn); }},
      {"negative_rate", [](double tp, double tn, double fp, double fn) { return Ratio(tn + fn, tp + tn + fp + fn); }},
      {"false_discovery_rate", Fdr},
      {"false_omission_rate", For},
      {"precision", Ppv},
      {"recall", Tpr}};
  return std::vector<MetricParts>{
      MetricParts{.accumulations = {ThresholdsAccumulation(request.input, thresholds)},
                  .finish = [request, thresholds, digits](std::span<const State* const> states, MetricValues* values) {
                    const Matrices m = MatricesFromThresholds(*states[0], thresholds);
                    for (size_t i = 0; i < m.size(); ++i) {
                      for (const auto& [rate, formula] : kRates) {
                        const std::string name =
                            absl::StrFormat("%s/%s@%.*f", request.name, rate, static_cast<int>(digits), thresholds[i]);
                        (*values)[KeyOf(request, name)] = formula(m.tp[i], m.tn[i], m.fp[i], m.fn[i]);
                      }
                    }
                    return absl::OkStatus();
                  }}};
}

}  // namespace

namespace definitions {

const MetricDefinition& BinaryRatio(std::string_view class_name) {
  static const auto* const kDefinitions = [] {
    auto* definitions = new std::map<std::string_view, MetricDefinition>();
    for (const Family& family : kFamilies) {
      (*definitions)[family.class_name] = {family.name, [formula = family.formula](const MetricRequest& request) {
                                             return BuildRatio(request, formula);
                                           }};
    }
    return definitions;
  }();
  return kDefinitions->at(class_name);
}

const MetricDefinition kConfusionMatrixAtThresholds = {"confusion_matrix_at_thresholds", BuildMatrices};
const MetricDefinition kFairnessIndicators = {"fairness_indicators_metrics", BuildFairness};
const MetricDefinition kMaxRecall = {"max_recall", BuildMaxRecall};

}  // namespace definitions
}  // namespace tfx::tfma
