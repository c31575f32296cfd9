// How metrics are put together from accumulations; for authors of metrics (see README.md, "Adding a metric").
#ifndef TFX_MODEL_ANALYSIS_METRIC_DEFINITION_H_
#define TFX_MODEL_ANALYSIS_METRIC_DEFINITION_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/model_analysis/metric.h"

namespace tfx::tfma {

// Which part of an example a computation looks at. Equal specs share their preparation.
struct InputSpec {
  std::string model_name;
  std::string output_name;
  SubKey sub_key;
  Aggregation aggregation = Aggregation::kNone;
  std::map<int32_t, float> class_weights;  // micro averages only: times the weight of the class's pairs
  bool example_weighted = false;
  std::string feature_key;         // not empty: the prediction is this feature's values
  std::string weight_feature_key;  // not empty: the weight is this feature's value
  std::string baseline_model;      // not empty: the label is this model's prediction
  bool needs_label = true;
  bool needs_prediction = true;
  bool needs_scores = false;  // fill MetricInput::scores
  auto operator<=>(const InputSpec&) const = default;
};

// A state by private name: accumulations of equal name and input are computed once.
struct Accumulation {
  std::string name;
  InputSpec input;
  std::function<std::unique_ptr<State>()> make;
};

// The JSON config of a metric. Getters note wrong types; Check() reports the first of them, or an option that the
// metric does not have, with the nearest one that it has.
class MetricOptions {
 public:
  // The outer braces may be left out, as in TFMA.
  static absl::StatusOr<MetricOptions> Parse(std::string_view config, std::string_view class_name);

  bool Has(std::string_view name) const;
  double Number(std::string_view name, double default_value) const;
  int64_t Integer(std::string_view name, int64_t default_value) const;
  bool Bool(std::string_view name, bool default_value) const;
  std::string Text(std::string_view name, std::string default_value) const;
  // A number or a list of numbers; empty when absent.
  std::vector<double> Numbers(std::string_view name) const;
  // A list of strings; one string is a list of one.
  std::vector<std::string> Texts(std::string_view name) const;
  // Accepted but without effect here (dtype, reduction, ...).
  void Ignore(std::string_view name) const { known_.insert(std::string(name)); }
  absl::Status Check() const;

 private:
  const nlohmann::json* Find(std::string_view name) const;
  void WrongType(std::string_view name, std::string_view expected) const;
  std::string class_name_;
  nlohmann::json json_;
  mutable std::set<std::string> known_;
  mutable absl::Status status_;
};

struct MetricRequest {
  std::string class_name;
  std::string name;    // of the key
  std::string module;  // of the MetricConfig: tells Keras losses from metrics
  const MetricOptions* options = nullptr;
  InputSpec input;
  std::string baseline_model;  // "" when there is none
  bool is_baseline = false;    // the request is for the baseline itself
  const ::tensorflow::metadata::v0::Schema* schema = nullptr;
  std::string label_key;
};

// The key of `request` with another name.
MetricKey KeyOf(const MetricRequest& request, std::string_view name);
inline MetricKey KeyOf(const MetricRequest& request) { return KeyOf(request, request.name); }

// What a metric computes: `finish` gets the states of `accumulations` in their order, for one slice.
struct MetricParts {
  std::vector<Accumulation> accumulations;
  std::function<absl::Status(std::span<const State* const>, MetricValues*)> finish;
};

struct MetricDefinition {
  std::string_view default_name;
  // INVALID_ARGUMENT for options out of range. No parts: nothing to compute for this model (comparison metrics).
  std::function<absl::StatusOr<std::vector<MetricParts>>(const MetricRequest&)> build;
};

// A metric with one value from one accumulation.
MetricParts SingleValue(const MetricRequest& request, Accumulation accumulation,
                        std::function<Value(const State&)> value);

// ---- States that many metrics share.

// Fixed-length sums, the state of most metrics.
class Sums : public State {
 public:
  // fn adds one example to the sums. An error says what is wrong with the example.
  using AddFn = std::function<absl::Status(const MetricInput&, std::span<double>)>;
  Sums(size_t size, AddFn fn) : values_(size), fn_(std::move(fn)) {}
  absl::Status Add(const MetricInput& input) override { return fn_(input, values_); }
  void Merge(const State& other) override;
  void AppendTo(std::string* bytes) const override;
  absl::Status ReadFrom(std::string_view* bytes) override;
  double operator[](size_t i) const { return values_[i]; }
  std::span<const double> values() const { return values_; }

 private:
  std::vector<double> values_;
  AddFn fn_;
};
Accumulation SumsAccumulation(std::string name, InputSpec input, size_t size, Sums::AddFn fn);
inline const Sums& AsSums(const State& state) { return static_cast<const Sums&>(state); }

// Serialization of plain numbers, little endian.
void AppendDouble(double value, std::string* bytes);
void AppendUint64(uint64_t value, std::string* bytes);
absl::Status ReadDouble(std::string_view* bytes, double* value);
absl::Status ReadUint64(std::string_view* bytes, uint64_t* value);

// a / b; NaN when b is 0.
double Ratio(double a, double b);

// The definitions by family; each is listed in registry.cc.
namespace definitions {
extern const MetricDefinition kAuc, kAucPrecisionRecall, kSpecificityAtSensitivity, kSensitivityAtSpecificity,
    kPrecisionAtRecall, kRecallAtPrecision, kRecallAtFalsePositiveRate, kThresholdAtRecall, kMaxRecall,
    kConfusionMatrixAtThresholds, kFairnessIndicators;
// The ratio family by class name (TP, Precision, F1Score, ...).
const MetricDefinition& BinaryRatio(std::string_view class_name);
// Means of a per-example function (MeanSquaredError, Hinge, SparseCategoricalAccuracy, ...).
const MetricDefinition& ExampleMean(std::string_view class_name);
extern const MetricDefinition kExampleCount, kWeightedExampleCount, kMeanLabel, kMeanPrediction, kCalibration,
    kCoefficientOfDiscrimination, kRelativeCoefficientOfDiscrimination, kSquaredPearsonCorrelation,
    kRootMeanSquaredError, kMean, kMeanAbsolutePercentageError;
extern const MetricDefinition kMultiClassConfusionMatrixAtThresholds, kMultiClassConfusionMatrixPlot,
    kMultiLabelConfusionMatrixPlot;
extern const MetricDefinition kCalibrationPlot, kConfusionMatrixPlot, kScoreDistributionPlot;
extern const MetricDefinition kSymmetricPredictionDifference, kBooleanFlipRates, kSymmetricFlipRate, kNegToNegFlipRate,
    kNegToPosFlipRate, kPosToNegFlipRate, kPosToPosFlipRate, kModelCosineSimilarity;
}  // namespace definitions

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_METRIC_DEFINITION_H_
