#include "tfx/model_analysis/metric_input.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"

namespace tfx::tfma {
namespace {

using Vector = std::span<const float>;

// A class index as a one-hot vector, when the label is not one already. A negative index gives all zeros.
absl::StatusOr<Vector> Dense(Vector label, size_t size, std::vector<float>* storage) {
  if (label.size() == size) return label;
  if (label.size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("label has ", label.size(), " values, prediction has ", size, "; they must agree"));
  }
  const double index = label[0];
  if (!(index < static_cast<double>(size))) {
    return absl::InvalidArgumentError(
        absl::StrCat("label ", index, " is not a class of a prediction with ", size, " values"));
  }
  storage->assign(size, 0.0f);
  if (index >= 0) (*storage)[static_cast<size_t>(index)] = 1;
  return Vector(*storage);
}

// Indexes of the k largest values, largest first; of equal values the first.
absl::StatusOr<std::vector<size_t>> TopK(Vector values, int32_t k) {
  if (k < 1 || static_cast<size_t>(k) > values.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("k or top_k is ", k, ", but the prediction has ", values.size(), " values"));
  }
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] > values[b]; });
  order.resize(static_cast<size_t>(k));
  return order;
}

}  // namespace

absl::Status PreparedInput::Prepare(const InputSpec& spec, const ExtractBatch& batch, size_t row) {
  input_ = MetricInput();
  scores_.clear();
  const ModelOutput key = {spec.model_name, spec.output_name};
  const auto find = [&](const std::map<ModelOutput, Ragged>& values, const ModelOutput& of) {
    const auto it = values.find(of);
    return it == values.end() ? Vector() : it->second.row(row);
  };
  const auto feature = [&](const std::string& name) {
    const auto it = batch.features.find(name);
    return it == batch.features.end() ? Vector() : it->second.row(row);
  };
  Vector weights;
  if (!spec.weight_feature_key.empty()) {
    weights = feature(spec.weight_feature_key);
  } else if (spec.example_weighted) {
    weights = find(batch.weights, key);  // none: 1; EvalAccumulator notes it
  }
  const bool one_weight = std::all_of(weights.begin(), weights.end(), [&](float w) { return w == weights[0]; });
  if (!weights.empty()) input_.weight = weights[0];
  if (!one_weight && !spec.needs_scores) {
    return absl::InvalidArgumentError("the metric needs one example weight per example, there are several");
  }

  input_.label = spec.baseline_model.empty() ? find(batch.labels, key)
                                             : find(batch.predictions, {spec.baseline_model, spec.output_name});
  input_.prediction = spec.feature_key.empty() ? find(batch.predictions, key) : feature(spec.feature_key);
  if (!spec.feature_key.empty()) return absl::OkStatus();
  if (spec.needs_label && input_.label.empty()) {
    const auto name = batch.label_names.find(key);
    return absl::InvalidArgumentError(
        absl::StrCat("no value for the label: ", name == batch.label_names.end() ? "" : name->second));
  }
  if (spec.needs_prediction && input_.prediction.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no prediction of model '", spec.model_name, "'", spec.output_name.empty() ? "" : " output '", spec.output_name,
        spec.output_name.empty() ? "" : "'", "; check prediction_key or the model's output"));
  }
  if (!spec.needs_label || !spec.needs_prediction) return absl::OkStatus();

  const SubKey& sub = spec.sub_key;
  if (!sub.empty()) {
    std::vector<float> storage;
    ASSIGN_OR_RETURN(Vector label, Dense(input_.label, input_.prediction.size(), &storage));
    std::vector<float> labels(label.begin(), label.end());
    std::vector<float> predictions(input_.prediction.begin(), input_.prediction.end());
    if (sub.top_k) {
      ASSIGN_OR_RETURN(const std::vector<size_t> best, TopK(predictions, *sub.top_k));
      if (spec.aggregation == Aggregation::kNone) {
        // Every label stays; scores outside the best k can never be positive.
        std::vector<float> masked(predictions.size(), -std::numeric_limits<float>::infinity());
        for (size_t i : best) masked[i] = predictions[i];
        predictions = std::move(masked);
      } else {
        std::vector<float> best_labels, best_predictions;
        for (size_t i : best) {
          best_labels.push_back(labels[i]);
          best_predictions.push_back(predictions[i]);
        }
        labels = std::move(best_labels);
        predictions = std::move(best_predictions);
      }
    }
    std::optional<size_t> column;
    if (sub.class_id) {
      if (*sub.class_id < 0 || static_cast<size_t>(*sub.class_id) >= predictions.size()) {
        return absl::InvalidArgumentError(absl::StrCat(
            "class_id ", *sub.class_id, " is not a class of a prediction with ", predictions.size(), " values"));
      }
      column = static_cast<size_t>(*sub.class_id);
    } else if (sub.k) {
      ASSIGN_OR_RETURN(const std::vector<size_t> best, TopK(predictions, *sub.k));
      column = best.back();
    }
    if (column) {
      labels = {labels[*column]};
      predictions = {predictions[*column]};
    }
    label_ = std::move(labels);
    prediction_ = std::move(predictions);
    input_.label = label_;
    input_.prediction = prediction_;
  }
  return spec.needs_scores ? FillScores(spec, weights) : absl::OkStatus();
}

absl::Status PreparedInput::FillScores(const InputSpec& spec, Vector weights) {
  std::vector<float> storage;
  ASSIGN_OR_RETURN(const Vector label, Dense(input_.label, input_.prediction.size(), &storage));
  if (weights.size() > 1 && weights.size() != label.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("there are ", weights.size(), " example weights for ", label.size(), " labels"));
  }
  for (size_t i = 0; i < label.size(); ++i) {
    double weight = weights.size() > 1 ? weights[i] : input_.weight;
    if (!spec.class_weights.empty()) {
      const auto it = spec.class_weights.find(static_cast<int32_t>(i));
      weight *= it == spec.class_weights.end() ? 0.0 : it->second;
    }
    scores_.push_back({label[i], input_.prediction[i], weight});
  }
  input_.scores = scores_;
  return absl::OkStatus();
}

}  // namespace tfx::tfma
