// Metrics that follow training and evaluation, computed on the host over all rows since the start of the epoch.
// Formulas and defaults are Keras's. Rows are weighted by the sample weight where the dataset has one.
//
//   .metrics = {"accuracy", keras::AUC(), keras::Precision({.threshold = 0.7})}
#ifndef TFX_TRAINER_METRICS_H_
#define TFX_TRAINER_METRICS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tfx/trainer/losses.h"

namespace keras {

// One batch of predictions and labels, row-major.
struct MetricBatch {
  int64_t rows = 0;
  int64_t width = 0;  // numbers per row of `predictions`
  std::span<const float> predictions;
  int64_t label_width = 0;         // numbers per row of `labels`
  std::span<const float> labels;   // class ids as numbers for a loss of class ids
  std::span<const float> weights;  // one per row; empty: all 1
};

class MetricState {
 public:
  virtual ~MetricState() = default;
  virtual void Update(const MetricBatch& batch) = 0;
  virtual double Result() const = 0;  // 0 without rows, as in Keras
};

class Metric {
 public:
  using Factory = std::function<std::unique_ptr<MetricState>()>;
  // By Keras's name; "accuracy" becomes the one that fits the loss. Unknown: status().
  Metric(const char* name);                                  // NOLINT
  Metric(const std::string& name) : Metric(name.c_str()) {}  // NOLINT
  Metric(std::string name, Factory factory, LabelKind label_kind = LabelKind::kLikeOutput)
      : name_(std::move(name)), factory_(std::move(factory)), label_kind_(label_kind) {}

  const absl::Status& status() const { return status_; }
  const std::string& name() const { return name_; }
  LabelKind label_kind() const { return label_kind_; }
  bool is_generic_accuracy() const { return name_ == "accuracy" && !factory_; }
  std::unique_ptr<MetricState> New() const { return factory_(); }

 private:
  std::string name_;
  Factory factory_;
  LabelKind label_kind_ = LabelKind::kLikeOutput;
  absl::Status status_;
};

struct ThresholdOptions {
  float threshold = 0.5f;
  std::string name;  // "": the metric's usual name
};
Metric BinaryAccuracy(ThresholdOptions options = {});  // fraction with (prediction > threshold) == label
Metric Precision(ThresholdOptions options = {});       // TP / (TP + FP); 0 when nothing is predicted positive
Metric Recall(ThresholdOptions options = {});          // TP / (TP + FN); 0 without positives
Metric Accuracy();                                     // fraction of elements equal to the label
Metric CategoricalAccuracy();                          // arg max of prediction == arg max of label; ties: the first
Metric SparseCategoricalAccuracy();                    // arg max of prediction == label
Metric SparseTopKCategoricalAccuracy(int k = 5);
enum class Curve { kRoc, kPr };
struct AucOptions {
  int num_thresholds = 200;  // >= 2
  Curve curve = Curve::kRoc;
  bool from_logits = false;
  std::string name;  // "": "auc"
};
Metric AUC(AucOptions options = {});           // area by interpolation over equally spaced thresholds
Metric BinaryCrossentropyMetric();             // "binary_crossentropy" of probabilities
Metric SparseCategoricalCrossentropyMetric();  // of probabilities
Metric MeanSquaredErrorMetric();               // "mean_squared_error"
Metric RootMeanSquaredError();
Metric MeanAbsoluteErrorMetric();
Metric MeanPrediction();  // mean of the predictions
Metric MeanLabel();       // mean of the labels
// Mean over rows of any function of one row (its predictions, its labels).
Metric Mean(std::string name,
            std::function<double(std::span<const float> prediction, std::span<const float> label)> fn);

std::vector<std::string> MetricNames();

}  // namespace keras

#endif  // TFX_TRAINER_METRICS_H_
