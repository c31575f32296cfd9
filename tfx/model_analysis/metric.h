// What a metric is: a name, a documented way to compute values from labels, predictions and weights.
//
// A metric asks for accumulations (states that rows are added to and that merge) by private name, so that metrics which
// need the same state share it, and turns the finished states into values under metric keys. See registry.h for the
// catalogue and metrics_plan.h for how an EvalConfig becomes a list of them.
// Values are thread-compatible.
#ifndef TFX_MODEL_ANALYSIS_METRIC_H_
#define TFX_MODEL_ANALYSIS_METRIC_H_

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "tensorflow_model_analysis/proto/metrics_for_slice.pb.h"

namespace tfx::tfma {

// One column of a prediction, its k-th largest score, or its top k scores. Unset fields are not restricted.
struct SubKey {
  std::optional<int32_t> class_id;
  std::optional<int32_t> k;
  std::optional<int32_t> top_k;
  auto operator<=>(const SubKey&) const = default;
  bool empty() const { return !class_id && !k && !top_k; }
};

enum class Aggregation { kNone, kMicro, kMacro, kWeightedMacro };

struct MetricKey {
  std::string name;
  std::string model_name;   // "" when there is one model
  std::string output_name;  // "" when the model has one output
  SubKey sub_key;
  Aggregation aggregation = Aggregation::kNone;
  bool example_weighted = false;
  bool is_diff = false;
  auto operator<=>(const MetricKey&) const = default;
};

::tensorflow_model_analysis::MetricKey MetricKeyToProto(const MetricKey& key);
::tensorflow_model_analysis::PlotKey PlotKeyToProto(const MetricKey& key);
MetricKey MetricKeyFromProto(const ::tensorflow_model_analysis::MetricKey& key);

// Confusion matrices at rising thresholds; a prediction counts as positive when it is greater than the threshold.
struct Matrices {
  std::vector<double> thresholds, tp, tn, fp, fn;  // same length
  size_t size() const { return thresholds.size(); }
  void Append(double threshold, double true_positives, double true_negatives, double false_positives,
              double false_negatives);
};

// A number, matrices, a vector of numbers, any other value as TFMA writes it (never diffed), or a plot.
using Value = std::variant<double, Matrices, std::vector<double>, ::tensorflow_model_analysis::MetricValue,
                           ::tensorflow_model_analysis::PlotData>;

// As TFMA writes it. Matrices get their precision, recall and rates here. Where the denominator is not positive,
// precision is 1, false_omission_rate NaN and every other rate 0.
::tensorflow_model_analysis::MetricValue ValueToProto(const Value& value);
::tensorflow_model_analysis::ConfusionMatrixAtThresholds MatricesToProto(const Matrices& matrices);

// a - b for numbers, vectors of one length and matrices (by threshold); nullopt for values that cannot be subtracted.
std::optional<Value> Difference(const Value& a, const Value& b);

// The values of one slice, in key order.
using MetricValues = std::map<MetricKey, Value>;

// One (label, prediction) pair of an example for computations that look at classes one by one.
struct LabeledScore {
  float label = 0;
  float prediction = 0;
  double weight = 1;
};

// What a computation sees of one example: one model and output, after sub key and aggregation were applied.
struct MetricInput {
  std::span<const float> label;          // dense, or one class index where the model predicts several classes
  std::span<const float> prediction;     // non-empty unless the computation needs none
  double weight = 1;                     // of the example
  std::span<const LabeledScore> scores;  // class by class, the label one-hot; only for accumulations that ask for it
};

// A state that rows are added to. Merge and ParseFrom need a state of the same accumulation.
class State {
 public:
  virtual ~State() = default;
  virtual absl::Status Add(const MetricInput& input) = 0;
  virtual void Merge(const State& other) = 0;
  virtual void AppendTo(std::string* bytes) const = 0;
  virtual absl::Status ReadFrom(std::string_view* bytes) = 0;
};

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_METRIC_H_
