#include "tfx/model_analysis/metric.h"

#include <cmath>

namespace tfx::tfma {
namespace {

namespace pb = ::tensorflow_model_analysis;

void SetSubKey(const SubKey& key, pb::SubKey* proto) {
  if (key.class_id) proto->mutable_class_id()->set_value(*key.class_id);
  if (key.k) proto->mutable_k()->set_value(*key.k);
  if (key.top_k) proto->mutable_top_k()->set_value(*key.top_k);
}

// Differences of matrices have sums that are not positive: a rate over them has no meaning, `otherwise` stands there.
double Rate(double a, double b, double otherwise) { return b > 0 ? a / b : otherwise; }

}  // namespace

pb::MetricKey MetricKeyToProto(const MetricKey& key) {
  pb::MetricKey proto;
  proto.set_name(key.name);
  proto.set_model_name(key.model_name);
  proto.set_output_name(key.output_name);
  if (!key.sub_key.empty()) SetSubKey(key.sub_key, proto.mutable_sub_key());
  if (key.aggregation == Aggregation::kMicro) proto.mutable_aggregation_type()->set_micro_average(true);
  if (key.aggregation == Aggregation::kMacro) proto.mutable_aggregation_type()->set_macro_average(true);
  if (key.aggregation == Aggregation::kWeightedMacro)
    proto.mutable_aggregation_type()->set_weighted_macro_average(true);
  proto.mutable_example_weighted()->set_value(key.example_weighted);
  proto.set_is_diff(key.is_diff);
  return proto;
}

pb::PlotKey PlotKeyToProto(const MetricKey& key) {
  pb::PlotKey proto;
  proto.set_name(key.name);
  proto.set_model_name(key.model_name);
  proto.set_output_name(key.output_name);
  if (!key.sub_key.empty()) SetSubKey(key.sub_key, proto.mutable_sub_key());
  proto.mutable_example_weighted()->set_value(key.example_weighted);
  return proto;
}

MetricKey MetricKeyFromProto(const pb::MetricKey& proto) {
  MetricKey key;
  key.name = proto.name();
  key.model_name = proto.model_name();
  key.output_name = proto.output_name();
  if (proto.sub_key().has_class_id()) key.sub_key.class_id = proto.sub_key().class_id().value();
  if (proto.sub_key().has_k()) key.sub_key.k = proto.sub_key().k().value();
  if (proto.sub_key().has_top_k()) key.sub_key.top_k = proto.sub_key().top_k().value();
  if (proto.aggregation_type().micro_average()) key.aggregation = Aggregation::kMicro;
  if (proto.aggregation_type().macro_average()) key.aggregation = Aggregation::kMacro;
  if (proto.aggregation_type().weighted_macro_average()) key.aggregation = Aggregation::kWeightedMacro;
  key.example_weighted = proto.example_weighted().value();
  key.is_diff = proto.is_diff();
  return key;
}

void Matrices::Append(double threshold, double true_positives, double true_negatives, double false_positives,
                      double false_negatives) {
  thresholds.push_back(threshold);
  tp.push_back(true_positives);
  tn.push_back(true_negatives);
  fp.push_back(false_positives);
  fn.push_back(false_negatives);
}

pb::ConfusionMatrixAtThresholds MatricesToProto(const Matrices& m) {
  pb::ConfusionMatrixAtThresholds proto;
  proto.mutable_matrices()->Reserve(static_cast<int>(m.size()));
  for (size_t i = 0; i < m.size(); ++i) {
    auto* matrix = proto.add_matrices();
    const double tp = m.tp[i], tn = m.tn[i], fp = m.fp[i], fn = m.fn[i];
    matrix->set_threshold(std::isfinite(m.thresholds[i]) ? std::nearbyint(m.thresholds[i] * 1e6) / 1e6
                                                         : m.thresholds[i]);
    matrix->set_true_positives(tp);
    matrix->set_true_negatives(tn);
    matrix->set_false_positives(fp);
    matrix->set_false_negatives(fn);
    const double precision = Rate(tp, tp + fp, 1.0), recall = Rate(tp, tp + fn, 0.0);
    matrix->set_precision(precision);
    matrix->set_recall(recall);
    matrix->set_false_positive_rate(Rate(fp, fp + tn, 0.0));
    matrix->set_f1(Rate(2 * precision * recall, precision + recall, 0.0));
    matrix->set_accuracy(Rate(tp + tn, tp + tn + fp + fn, 0.0));
    matrix->set_false_omission_rate(Rate(fn, fn + tn, std::nan("")));
  }
  return proto;
}

pb::MetricValue ValueToProto(const Value& value) {
  pb::MetricValue proto;
  if (const double* number = std::get_if<double>(&value)) {
    proto.mutable_double_value()->set_value(*number);
  } else if (const Matrices* matrices = std::get_if<Matrices>(&value)) {
    *proto.mutable_confusion_matrix_at_thresholds() = MatricesToProto(*matrices);
  } else if (const auto* vector = std::get_if<std::vector<double>>(&value)) {
    auto* array = proto.mutable_array_value();
    array->set_data_type(pb::ArrayValue::FLOAT64);
    array->add_shape(static_cast<int32_t>(vector->size()));
    array->mutable_float64_values()->Add(vector->begin(), vector->end());
  } else if (const auto* other = std::get_if<pb::MetricValue>(&value)) {
    proto = *other;
  }
  return proto;
}

std::optional<Value> Difference(const Value& a, const Value& b) {
  if (a.index() != b.index()) return std::nullopt;
  if (const double* x = std::get_if<double>(&a)) return Value(*x - std::get<double>(b));
  if (const auto* x = std::get_if<std::vector<double>>(&a)) {
    const auto& y = std::get<std::vector<double>>(b);
    if (x->size() != y.size()) return std::nullopt;
    std::vector<double> result;
    for (size_t i = 0; i < y.size(); ++i) result.push_back((*x)[i] - y[i]);
    return Value(std::move(result));
  }
  if (const Matrices* x = std::get_if<Matrices>(&a)) {
    const Matrices& y = std::get<Matrices>(b);
    if (x->thresholds != y.thresholds) return std::nullopt;
    Matrices result;
    for (size_t i = 0; i < y.size(); ++i) {
      result.Append(x->thresholds[i], x->tp[i] - y.tp[i], x->tn[i] - y.tn[i], x->fp[i] - y.fp[i], x->fn[i] - y.fn[i]);
    }
    return Value(std::move(result));
  }
  return std::nullopt;
}

}  // namespace tfx::tfma
