#include "tfx/trainer/metrics.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/nearest_name.h"

namespace keras {
namespace {

constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()

using Row = std::span<const float>;

float WeightOf(const MetricBatch& batch, int64_t row) { return batch.weights.empty() ? 1.0f : batch.weights[row]; }

// Weighted mean over rows of a number per row.
class RowMean : public MetricState {
 public:
  using Fn = std::function<double(Row prediction, Row label)>;
  using Final = double (*)(double);
  RowMean(std::shared_ptr<const Fn> fn, Final final) : fn_(std::move(fn)), final_(final) {}

  void Update(const MetricBatch& batch) override {
    for (int64_t i = 0; i < batch.rows; ++i) {
      const double weight = WeightOf(batch, i);
      total_ += weight * (*fn_)(batch.predictions.subspan(i * batch.width, batch.width),
                                batch.labels.subspan(i * batch.label_width, batch.label_width));
      weight_ += weight;
    }
  }
  double Result() const override { return final_(weight_ == 0 ? 0 : total_ / weight_); }

 private:
  const std::shared_ptr<const Fn> fn_;
  Final final_;
  double total_ = 0;
  double weight_ = 0;
};

double AsIs(double x) { return x; }

Metric MakeRowMean(std::string name, RowMean::Fn fn, LabelKind kind = LabelKind::kLikeOutput,
                   RowMean::Final final = AsIs) {
  auto shared = std::make_shared<const RowMean::Fn>(std::move(fn));
  return Metric(
      std::move(name), [shared, final] { return std::make_unique<RowMean>(shared, final); }, kind);
}

// Mean over the elements of a row of a function of prediction and label.
template <class Fn>
RowMean::Fn ElementMean(Fn fn) {
  return [fn](Row prediction, Row label) {
    double sum = 0;
    for (size_t i = 0; i < prediction.size(); ++i) sum += fn(prediction[i], label[i]);
    return prediction.empty() ? 0.0 : sum / static_cast<double>(prediction.size());
  };
}

size_t ArgMax(Row row) { return static_cast<size_t>(std::max_element(row.begin(), row.end()) - row.begin()); }

// Weights of true and false positives and negatives at one threshold.
class ConfusionState : public MetricState {
 public:
  using Final = double (*)(double tp, double fp, double fn);
  ConfusionState(float threshold, Final final) : threshold_(threshold), final_(final) {}

  void Update(const MetricBatch& batch) override {
    for (int64_t i = 0; i < batch.rows; ++i) {
      const double weight = WeightOf(batch, i);
      for (int64_t j = i * batch.width; j < (i + 1) * batch.width; ++j) {
        const bool positive = batch.labels[j] != 0;
        const bool predicted = batch.predictions[j] > threshold_;
        if (positive && predicted) tp_ += weight;
        if (!positive && predicted) fp_ += weight;
        if (positive && !predicted) fn_ += weight;
      }
    }
  }
  double Result() const override { return final_(tp_, fp_, fn_); }

 private:
  const float threshold_;
  const Final final_;
  double tp_ = 0, fp_ = 0, fn_ = 0;
};

double Ratio(double a, double b) { return b == 0 ? 0 : a / b; }

// Counts per interval between thresholds; the confusion matrix at a threshold is a sum over the intervals above it.
class AucState : public MetricState {
 public:
  explicit AucState(const AucOptions& options) : options_(options) {
    // Keras's thresholds: -eps, 1/(n-1), ..., (n-2)/(n-1), 1+eps, as float32.
    const int n = options_.num_thresholds;
    thresholds_.push_back(static_cast<float>(-kEpsilon));
    for (int i = 1; i < n - 1; ++i) thresholds_.push_back(static_cast<float>(static_cast<double>(i) / (n - 1)));
    thresholds_.push_back(static_cast<float>(1 + kEpsilon));
    positives_.assign(n + 1, 0);
    negatives_.assign(n + 1, 0);
  }

  void Update(const MetricBatch& batch) override {
    for (int64_t i = 0; i < batch.rows; ++i) {
      const double weight = WeightOf(batch, i);
      for (int64_t j = i * batch.width; j < (i + 1) * batch.width; ++j) {
        float p = batch.predictions[j];
        if (options_.from_logits) p = 1 / (1 + std::exp(-p));
        // How many thresholds the prediction exceeds.
        const size_t k = std::lower_bound(thresholds_.begin(), thresholds_.end(), p) - thresholds_.begin();
        (batch.labels[j] != 0 ? positives_ : negatives_)[k] += weight;
      }
    }
  }

  double Result() const override {
    const size_t n = thresholds_.size();
    std::vector<double> tp(n), fp(n);
    double sum_tp = 0, sum_fp = 0;
    for (size_t i = n; i-- > 0;) {
      sum_tp += positives_[i + 1];
      sum_fp += negatives_[i + 1];
      tp[i] = sum_tp;
      fp[i] = sum_fp;
    }
    const double all_positives = sum_tp + positives_[0], all_negatives = sum_fp + negatives_[0];
    double area = 0;
    for (size_t i = 0; i + 1 < n; ++i) {
      if (options_.curve == Curve::kRoc) {
        area += (Ratio(fp[i], all_negatives) - Ratio(fp[i + 1], all_negatives)) *
                (Ratio(tp[i], all_positives) + Ratio(tp[i + 1], all_positives)) / 2;
      } else {
        // Davis and Goadrich: precision is interpolated through the true positives, which are linear between
        // thresholds.
        const double p = tp[i] + fp[i], next_p = tp[i + 1] + fp[i + 1];
        const double slope = Ratio(tp[i] - tp[i + 1], std::max(p - next_p, 0.0));
        const double intercept = tp[i + 1] - slope * next_p;
        const double ratio = p > 0 && next_p > 0 ? p / next_p : 1;
        area += Ratio(slope * (tp[i] - tp[i + 1] + intercept * std::log(ratio)), std::max(all_positives, 0.0));
      }
    }
    return area;
  }

 private:
  const AucOptions options_;
  std::vector<float> thresholds_;
  std::vector<double> positives_, negatives_;  // [k]: predictions that exceed exactly k thresholds
};

Metric MakeConfusion(std::string default_name, const ThresholdOptions& options, ConfusionState::Final final) {
  const float threshold = options.threshold;
  return Metric(options.name.empty() ? std::move(default_name) : options.name,
                [threshold, final] { return std::make_unique<ConfusionState>(threshold, final); });
}

struct Entry {
  const char* name;
  Metric (*make)();
};

constexpr Entry kMetrics[] = {
    {"auc", [] { return AUC(); }},
    {"binary_accuracy", [] { return BinaryAccuracy(); }},
    {"binary_crossentropy", [] { return BinaryCrossentropyMetric(); }},
    {"categorical_accuracy", [] { return CategoricalAccuracy(); }},
    {"mae", [] { return MeanAbsoluteErrorMetric(); }},
    {"mean_absolute_error", [] { return MeanAbsoluteErrorMetric(); }},
    {"mean_label", [] { return MeanLabel(); }},
    {"mean_prediction", [] { return MeanPrediction(); }},
    {"mean_squared_error", [] { return MeanSquaredErrorMetric(); }},
    {"mse", [] { return MeanSquaredErrorMetric(); }},
    {"precision", [] { return Precision(); }},
    {"recall", [] { return Recall(); }},
    {"root_mean_squared_error", [] { return RootMeanSquaredError(); }},
    {"sparse_categorical_accuracy", [] { return SparseCategoricalAccuracy(); }},
    {"sparse_categorical_crossentropy", [] { return SparseCategoricalCrossentropyMetric(); }},
    {"sparse_top_k_categorical_accuracy", [] { return SparseTopKCategoricalAccuracy(); }},
};

}  // namespace

Metric::Metric(const char* name) : name_(name) {
  if (name_ == "accuracy" || name_ == "acc") {
    name_ = "accuracy";
    return;
  }
  for (const Entry& entry : kMetrics) {
    if (entry.name == name_) {
      *this = entry.make();
      return;
    }
  }
  const std::vector<std::string> names = MetricNames();
  status_ = absl::InvalidArgumentError(absl::StrCat("unknown metric \"", name, "\"", tfx::DidYouMean(name, names),
                                                    " (known: ", absl::StrJoin(names, ", "), ")"));
}

Metric BinaryAccuracy(ThresholdOptions options) {
  const float threshold = options.threshold;
  return MakeRowMean(
      options.name.empty() ? "binary_accuracy" : options.name,
      ElementMean([threshold](float p, float y) { return (p > threshold ? 1.0f : 0.0f) == y ? 1.0 : 0.0; }));
}

Metric Precision(ThresholdOptions options) {
  return MakeConfusion("precision", options, [](double tp, double fp, double) { return Ratio(tp, tp + fp); });
}

Metric Recall(ThresholdOptions options) {
  return MakeConfusion("recall", options, [](double tp, double, double fn) { return Ratio(tp, tp + fn); });
}

Metric Accuracy() {
  return MakeRowMean("accuracy", ElementMean([](float p, float y) { return p == y ? 1.0 : 0.0; }));
}

Metric CategoricalAccuracy() {
  return MakeRowMean("categorical_accuracy",
                     [](Row prediction, Row label) { return ArgMax(prediction) == ArgMax(label) ? 1.0 : 0.0; });
}

Metric SparseCategoricalAccuracy() {
  return MakeRowMean(
      "sparse_categorical_accuracy",
      [](Row prediction, Row label) { return static_cast<float>(ArgMax(prediction)) == label[0] ? 1.0 : 0.0; },
      LabelKind::kClassId);
}

Metric SparseTopKCategoricalAccuracy(int k) {
  return MakeRowMean(
      "sparse_top_k_categorical_accuracy",
      [k](Row prediction, Row label) {
        if (!(label[0] >= 0) || label[0] >= static_cast<float>(prediction.size())) return 0.0;
        const float target = prediction[static_cast<size_t>(label[0])];
        return std::count_if(prediction.begin(), prediction.end(), [&](float p) { return p > target; }) < k ? 1.0 : 0.0;
      },
      LabelKind::kClassId);
}

Metric AUC(AucOptions options) {
  std::string name = options.name.empty() ? "auc" : options.name;
  options.num_thresholds = std::max(options.num_thresholds, 2);
  return Metric(std::move(name), [options] { return std::make_unique<AucState>(options); });
}

Metric BinaryCrossentropyMetric() {
  return MakeRowMean("binary_crossentropy", ElementMean([](float p, float y) {
                       const double q = std::clamp<double>(p, kEpsilon, 1 - kEpsilon);
                       return -(y * std::log(q) + (1 - y) * std::log(1 - q));
                     }));
}

Metric SparseCategoricalCrossentropyMetric() {
  return MakeRowMean(
      "sparse_categorical_crossentropy",
      [](Row prediction, Row label) {
        double sum = 0;
        for (float p : prediction) sum += p;
        if (!(label[0] >= 0) || label[0] >= static_cast<float>(prediction.size())) return std::nan("");
        return -std::log(std::clamp(prediction[static_cast<size_t>(label[0])] / sum, kEpsilon, 1 - kEpsilon));
      },
      LabelKind::kClassId);
}

Metric MeanSquaredErrorMetric() {
  return MakeRowMean("mean_squared_error",
                     ElementMean([](float p, float y) { return (double{p} - y) * (double{p} - y); }));
}

Metric RootMeanSquaredError() {
  return MakeRowMean("root_mean_squared_error",
                     ElementMean([](float p, float y) { return (double{p} - y) * (double{p} - y); }),
                     LabelKind::kLikeOutput, [](double x) { return std::sqrt(x); });
}

Metric MeanAbsoluteErrorMetric() {
  return MakeRowMean("mean_absolute_error", ElementMean([](float p, float y) { return std::abs(double{p} - y); }));
}

Metric MeanPrediction() {
  return MakeRowMean("mean_prediction", ElementMean([](float p, float) { return double{p}; }));
}

Metric MeanLabel() {
  return MakeRowMean("mean_label", ElementMean([](float, float y) { return double{y}; }));
}

Metric Mean(std::string name, std::function<double(Row prediction, Row label)> fn) {
  return MakeRowMean(std::move(name), std::move(fn));
}

std::vector<std::string> MetricNames() {
  std::vector<std::string> names = {"accuracy"};
  for (const Entry& entry : kMetrics) names.emplace_back(entry.name);
  return names;
}

}  // namespace keras
