// Metrics of a whole curve: areas under ROC and precision-recall curves, and operating points on them.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/model_analysis/confusion_matrix.h"
#include "tfx/model_analysis/metric_definition.h"

namespace tfx::tfma {
namespace {

enum class Summation { kInterpolation, kMajoring, kMinoring };

double Height(double a, double b, Summation summation) {
  // As TFMA: a point without a value ends the area from below, but not the area from above.
  if (summation == Summation::kMajoring && std::isnan(b)) return a;
  if (std::isnan(a) || std::isnan(b)) return std::nan("");
  switch (summation) {
    case Summation::kMajoring:
      return std::max(a, b);
    case Summation::kMinoring:
      return std::min(a, b);
    case Summation::kInterpolation:
      break;
  }
  return (a + b) / 2;
}

double RocArea(const Matrices& m, Summation summation) {
  double area = 0;
  for (size_t i = 0; i + 1 < m.size(); ++i) {
    const double x0 = Ratio(m.fp[i], m.fp[i] + m.tn[i]), x1 = Ratio(m.fp[i + 1], m.fp[i + 1] + m.tn[i + 1]);
    const double y0 = Ratio(m.tp[i], m.tp[i] + m.fn[i]), y1 = Ratio(m.tp[i + 1], m.tp[i + 1] + m.fn[i + 1]);
    const double segment = (x0 - x1) * Height(y0, y1, summation);
    if (!std::isnan(segment)) area += segment;
  }
  return area;
}

// Davis & Goadrich, "The Relationship Between Precision-Recall and ROC Curves" (2006): true positives grow linearly
// with false positives between two points of the curve, precision does not.
double InterpolatedPrArea(const Matrices& m) {
  double area = 0;
  for (size_t i = 0; i + 1 < m.size(); ++i) {
    const double p0 = m.tp[i] + m.fp[i], p1 = m.tp[i + 1] + m.fp[i + 1];
    const double tp_step = m.tp[i] - m.tp[i + 1];
    const double slope = Ratio(tp_step, std::max(p0 - p1, 0.0));
    const double intercept = m.tp[i + 1] - slope * p1;
    const double ratio = p0 > 0 && p1 > 0 ? p0 / p1 : 1.0;
    const double segment =
        Ratio(slope * (tp_step + intercept * std::log(ratio)), std::max(m.tp[i + 1] + m.fn[i + 1], 0.0));
    if (!std::isnan(segment)) area += segment;
  }
  return area;
}

double PrArea(const Matrices& m, Summation summation) {
  if (summation == Summation::kInterpolation) return InterpolatedPrArea(m);
  double area = 0;
  for (size_t i = 0; i + 1 < m.size(); ++i) {
    const double x0 = Ratio(m.tp[i], m.tp[i] + m.fn[i]), x1 = Ratio(m.tp[i + 1], m.tp[i + 1] + m.fn[i + 1]);
    const double y0 = Ratio(m.tp[i], m.tp[i] + m.fp[i]), y1 = Ratio(m.tp[i + 1], m.tp[i + 1] + m.fp[i + 1]);
    const double segment = (x0 - x1) * Height(y0, y1, summation);
    if (!std::isnan(segment)) area += segment;
  }
  return area;
}

// The matrices that a curve metric works on: from explicit thresholds, or num_thresholds points of the histogram.
struct Curve {
  Accumulation accumulation;
  std::vector<double> thresholds;
  bool exact = false;
  Matrices operator()(const State& state) const {
    return exact ? MatricesFromThresholds(state, thresholds) : MatricesFromHistogram(state, thresholds);
  }
};

absl::StatusOr<Curve> ReadCurve(const MetricRequest& original, MetricRequest* request) {
  *request = original;
  const MetricOptions& options = *original.options;
  if (options.Has("class_id")) {
    if (request->input.sub_key.class_id) {
      return absl::InvalidArgumentError(
          absl::StrCat(request->name, ": class_id is set both in the metric and by binarize; keep one"));
    }
    request->input.sub_key.class_id = static_cast<int32_t>(options.Integer("class_id", 0));
  }
  if (options.Has("top_k")) request->input.sub_key.top_k = static_cast<int32_t>(options.Integer("top_k", 1));
  std::vector<double> thresholds = options.Numbers("thresholds");
  // Keras' classes of the same name have 200 points; TFMA keeps its own default for them all the same.
  const int64_t count = options.Integer("num_thresholds", 10000);
  if (!thresholds.empty()) {
    std::sort(thresholds.begin(), thresholds.end());
    return Curve{ThresholdsAccumulation(request->input, thresholds), thresholds, true};
  }
  if (count < 2 || count > 10000000) {
    return absl::InvalidArgumentError(
        absl::StrCat(request->name, ": num_thresholds must be within 2..10000000, is ", count));
  }
  return Curve{HistogramAccumulation(request->input), CurveThresholds(count), false};
}

absl::StatusOr<std::vector<MetricParts>> BuildArea(const MetricRequest& original, std::string default_curve) {
  const MetricOptions& options = *original.options;
  const std::string curve_name = options.Text("curve", default_curve);
  const std::string method = options.Text("summation_method", "interpolation");
  for (std::string_view name : {"multi_label", "num_labels", "label_weights", "from_logits"}) options.Ignore(name);
  if (curve_name != "ROC" && curve_name != "PR") {
    return absl::InvalidArgumentError(absl::StrCat(original.name, ": curve must be ROC or PR, not '", curve_name, "'"));
  }
  if (method != "interpolation" && method != "majoring" && method != "minoring") {
    return absl::InvalidArgumentError(absl::StrCat(
        original.name, ": summation_method must be interpolation, majoring or minoring, not '", method, "'"));
  }
  const Summation summation = method == "majoring"   ? Summation::kMajoring
                              : method == "minoring" ? Summation::kMinoring
                                                     : Summation::kInterpolation;
  MetricRequest request;
  ASSIGN_OR_RETURN(Curve curve, ReadCurve(original, &request));
  const bool roc = curve_name == "ROC";
  Accumulation accumulation = curve.accumulation;
  return std::vector<MetricParts>{SingleValue(request, accumulation, [curve, roc, summation](const State& state) {
    const Matrices m = curve(state);
    return Value(roc ? RocArea(m, summation) : PrArea(m, summation));
  })};
}

double Recall(const Matrices& m, size_t i) { return Ratio(m.tp[i], m.tp[i] + m.fn[i]); }
double Precision(const Matrices& m, size_t i) { return Ratio(m.tp[i], m.tp[i] + m.fp[i]); }
double Specificity(const Matrices& m, size_t i) { return Ratio(m.tn[i], m.tn[i] + m.fp[i]); }
double FalsePositiveRate(const Matrices& m, size_t i) { return Ratio(m.fp[i], m.fp[i] + m.tn[i]); }
double Threshold(const Matrices& m, size_t i) { return m.thresholds[i]; }

using Point = double (*)(const Matrices&, size_t);
enum class Bound { kAtLeast, kAtMost };

// The greatest `value` among the points of the curve whose `constraint` holds, points without a value left out: NaN
// when all are; 0 when the constraint holds nowhere.
MetricDefinition OperatingPoint(std::string_view name, std::string_view option, Point constraint, Point value,
                                Bound bound = Bound::kAtLeast) {
  return {name, [=](const MetricRequest& original) -> absl::StatusOr<std::vector<MetricParts>> {
            const double limit = original.options->Number(option, 0);
            if (!original.options->Has(option)) {
              return absl::InvalidArgumentError(
                  absl::StrCat(original.name, ": option ", std::string(option), " is missing"));
            }
            if (!(limit >= 0 && limit <= 1)) {
              return absl::InvalidArgumentError(
                  absl::StrCat(original.name, ": ", std::string(option), " must be within 0..1, is ", limit));
            }
            MetricRequest request;
            ASSIGN_OR_RETURN(Curve curve, ReadCurve(original, &request));
            Accumulation accumulation = curve.accumulation;
            return std::vector<MetricParts>{SingleValue(request, accumulation, [=](const State& state) {
              const Matrices m = curve(state);
              bool holds = false;
              double best = std::nan("");
              for (size_t i = 0; i < m.size(); ++i) {
                const double x = constraint(m, i);
                if (!(bound == Bound::kAtLeast ? x >= limit : x <= limit)) continue;
                holds = true;
                best = std::fmax(best, value(m, i));  // the other operand when one is NaN
              }
              return Value(holds ? best : 0.0);
            })};
          }};
}

}  // namespace

namespace definitions {
const MetricDefinition kAuc = {"auc", [](const MetricRequest& request) { return BuildArea(request, "ROC"); }};
const MetricDefinition kAucPrecisionRecall = {"auc_precision_recall",
                                              [](const MetricRequest& request) { return BuildArea(request, "PR"); }};
const MetricDefinition kPrecisionAtRecall = OperatingPoint("precision_at_recall", "recall", Recall, Precision);
const MetricDefinition kRecallAtFalsePositiveRate =
    OperatingPoint("recall_at_false_positive_rate", "false_positive_rate", FalsePositiveRate, Recall, Bound::kAtMost);
const MetricDefinition kRecallAtPrecision = OperatingPoint("recall_at_precision", "precision", Precision, Recall);
const MetricDefinition kSensitivityAtSpecificity =
    OperatingPoint("sensitivity_at_specificity", "specificity", Specificity, Recall);
const MetricDefinition kSpecificityAtSensitivity =
    OperatingPoint("specificity_at_sensitivity", "sensitivity", Recall, Specificity);
const MetricDefinition kThresholdAtRecall = OperatingPoint("threshold_at_recall", "recall", Recall, Threshold);
}  // namespace definitions
}  // namespace tfx::tfma
