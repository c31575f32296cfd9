// Weighted means of a function of one example's label and prediction: regression errors, cross entropies, accuracies
// and Keras' losses. Formulas are Keras' (tf_keras/src/losses.py) and TFMA's; Keras clips probabilities at 1e-7.
#include <algorithm>
#include <cmath>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/model_analysis/metric_definition.h"

namespace tfx::tfma {
namespace {

using Vector = std::span<const float>;
using ExampleFn = std::function<double(Vector label, Vector prediction)>;

constexpr double kEpsilon = 1e-7;

// The mean over the values of an example, or their sum.
enum class Over { kMean, kSum };

template <class F>
ExampleFn PerValue(Over over, F f) {
  return [over, f](Vector label, Vector prediction) {
    double sum = 0;
    for (size_t i = 0; i < label.size(); ++i)
      sum += f(static_cast<double>(label[i]), static_cast<double>(prediction[i]));
    return over == Over::kMean ? sum / static_cast<double>(label.size()) : sum;
  };
}

size_t ArgMax(Vector values) { return std::max_element(values.begin(), values.end()) - values.begin(); }
double Clip(double p) { return std::clamp(p, kEpsilon, 1 - kEpsilon); }
// Keras turns labels 0 and 1 into -1 and 1 for hinge losses; others stay.
double SignedLabel(double label) { return label == 0 ? -1 : label; }

std::vector<double> Softmax(Vector logits) {
  const double top = *std::max_element(logits.begin(), logits.end());
  std::vector<double> p;
  double sum = 0;
  for (float logit : logits) sum += p.emplace_back(std::exp(logit - top));
  for (double& value : p) value /= sum;
  return p;
}

double SparseOrDenseClass(Vector label) { return label.size() == 1 ? label[0] : static_cast<double>(ArgMax(label)); }

// True when fewer than k scores are greater than the true class's.
bool InTopK(Vector prediction, double true_class, int64_t k) {
  if (!(true_class >= 0 && true_class < static_cast<double>(prediction.size()))) return false;
  const float score = prediction[static_cast<size_t>(true_class)];
  return std::isfinite(score) &&
         std::count_if(prediction.begin(), prediction.end(), [&](float p) { return p > score; }) < k;
}

enum class Clipping { kNone, kKeras };

ExampleFn BinaryCrossEntropy(const MetricOptions& options, Clipping clipping) {
  const bool from_logits = options.Bool("from_logits", false);
  const double smoothing = options.Number("label_smoothing", 0);
  return PerValue(Over::kMean, [=](double l, double p) {
    l = l * (1 - smoothing) + 0.5 * smoothing;
    if (from_logits) return std::max(p, 0.0) - p * l + std::log1p(std::exp(-std::abs(p)));
    if (clipping == Clipping::kNone) return -(l * std::log(p) + (1 - l) * std::log(1 - p));
    p = Clip(p);
    return -(l * std::log(p + kEpsilon) + (1 - l) * std::log(1 - p + kEpsilon));
  });
}

ExampleFn CategoricalCrossEntropy(const MetricOptions& options, Clipping clipping) {
  const bool from_logits = options.Bool("from_logits", false);
  const double smoothing = options.Number("label_smoothing", 0);
  return [=](Vector label, Vector prediction) {
    std::vector<double> p(prediction.begin(), prediction.end());
    if (from_logits) {
      p = Softmax(prediction);
    } else if (clipping == Clipping::kKeras) {
      double sum = 0;
      for (double value : p) sum += value;
      for (double& value : p) value = Clip(value / sum);
    }
    double loss = 0;
    for (size_t i = 0; i < label.size(); ++i) {
      const double l = label[i] * (1 - smoothing) + smoothing / static_cast<double>(label.size());
      // TFMA's own metric multiplies out 0 * log(0), which is NaN in IEEE arithmetic too.
      loss -= l == 0 && p[i] > 0 ? 0.0 : l * std::log(p[i]);
    }
    return loss;
  };
}

enum class LabelForm { kSame, kOneHot, kClass };  // as given and of equal size; one-hot; a class index

struct Family {
  std::string_view class_name, name;
  LabelForm label;
  ExampleFn (*make)(const MetricRequest&);
};

#define TFX_MAKE [](const MetricRequest& request) -> ExampleFn
constexpr Family kFamilies[] = {
    {"Accuracy", "accuracy", LabelForm::kSame,
     TFX_MAKE{return PerValue(Over::kMean, [](double l, double p) { return l == p ? 1.0 : 0.0; });
}  // namespace
}  // namespace tfx::tfma
, {"BinaryCrossEntropy", "binary_crossentropy", LabelForm::kSame,
   TFX_MAKE{return BinaryCrossEntropy(*request.options, Clipping::kNone);
}
}
, {"BinaryCrossentropy", "binary_crossentropy", LabelForm::kSame,
   TFX_MAKE{return BinaryCrossEntropy(*request.options, Clipping::kKeras);
}
}
, {"CategoricalAccuracy", "categorical_accuracy", LabelForm::kOneHot,
   TFX_MAKE{return [](Vector l, Vector p) { return ArgMax(l) == ArgMax(p) ? 1.0 : 0.0; };
}
}
, {"CategoricalCrossEntropy", "categorical_crossentropy", LabelForm::kOneHot,
   TFX_MAKE{return CategoricalCrossEntropy(*request.options, Clipping::kNone);
}
}
, {"CategoricalCrossentropy", "categorical_crossentropy", LabelForm::kOneHot,
   TFX_MAKE{return CategoricalCrossEntropy(*request.options, Clipping::kKeras);
}
}
, {"CategoricalHinge", "categorical_hinge", LabelForm::kOneHot, TFX_MAKE{return [](Vector l, Vector p) {
     double positive = 0, negative = -HUGE_VAL;
     for (size_t i = 0; i < l.size(); ++i) {
       positive += static_cast<double>(l[i]) * p[i];
       negative = std::max(negative, (1.0 - l[i]) * p[i]);
     }
     return std::max(0.0, negative - positive + 1);
   };
}
}
, {"CosineSimilarity", "cosine_similarity", LabelForm::kSame,
   TFX_MAKE{const double sign = absl::StrContains(request.module, "losses") ? -1 : 1;
return [sign](Vector l, Vector p) {
  double product = 0, ll = 0, pp = 0;
  for (size_t i = 0; i < l.size(); ++i) {
    product += static_cast<double>(l[i]) * p[i];
    ll += static_cast<double>(l[i]) * l[i];
    pp += static_cast<double>(p[i]) * p[i];
  }
  return sign * product / std::sqrt(std::max(ll, 1e-12) * std::max(pp, 1e-12));
};
}
}
, {"Hinge", "hinge", LabelForm::kSame,
   TFX_MAKE{return PerValue(Over::kMean, [](double l, double p) { return std::max(0.0, 1 - SignedLabel(l) * p); });
}
}
, {"Huber", "huber", LabelForm::kSame, TFX_MAKE{const double delta = request.options->Number("delta", 1);
return PerValue(Over::kMean, [delta](double l, double p) {
  const double error = std::abs(p - l);
  return error <= delta ? 0.5 * error * error : delta * error - 0.5 * delta * delta;
});
}
}
, {"KLDivergence", "kl_divergence", LabelForm::kSame, TFX_MAKE{return PerValue(Over::kSum, [](double l, double p) {
     l = std::clamp(l, kEpsilon, 1.0);
     return l * std::log(l / std::clamp(p, kEpsilon, 1.0));
   });
}
}
, {"LogCosh", "log_cosh", LabelForm::kSame, TFX_MAKE{return PerValue(Over::kMean, [](double l, double p) {
     const double x = std::abs(p - l);
     return x + std::log1p(std::exp(-2 * x)) - std::log(2.0);
   });
}
}
, {"LogCoshError", "logcosh", LabelForm::kSame, TFX_MAKE{return PerValue(Over::kMean, [](double l, double p) {
     const double x = std::abs(p - l);
     return x + std::log1p(std::exp(-2 * x)) - std::log(2.0);
   });
}
}
, {"MeanAbsoluteError", "mean_absolute_error", LabelForm::kSame,
   TFX_MAKE{return PerValue(Over::kMean, [](double l, double p) { return std::abs(l - p); });
}
}
, {"MeanSquaredError", "mean_squared_error", LabelForm::kSame,
   TFX_MAKE{return PerValue(Over::kMean, [](double l, double p) { return (l - p) * (l - p); });
}
}
, {"MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", LabelForm::kSame,
   TFX_MAKE{return PerValue(Over::kMean, [](double l, double p) {
     const double error = std::log(l + 1) - std::log(p + 1);
     return error * error;
   });
}
}
, {"Poisson", "poisson", LabelForm::kSame,
   TFX_MAKE{return PerValue(Over::kMean, [](double l, double p) { return p - l * std::log(p + kEpsilon); });
}
}
, {"SparseCategoricalAccuracy", "sparse_categorical_accuracy", LabelForm::kClass,
   TFX_MAKE{return
            [](Vector l, Vector p) { return SparseOrDenseClass(l) == static_cast<double>(ArgMax(p)) ? 1.0 : 0.0; };
}
}
, {"SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", LabelForm::kClass,
   TFX_MAKE{const bool from_logits = request.options->Bool("from_logits", false);
return [from_logits](Vector l, Vector p) {
  const double label = SparseOrDenseClass(l);
  if (!(label >= 0 && label < static_cast<double>(p.size()))) return std::nan("");
  const size_t index = static_cast<size_t>(label);
  if (from_logits) return -std::log(Softmax(p)[index]);
  double sum = 0;
  for (float value : p) sum += Clip(value);
  return -std::log(Clip(p[index]) / sum);
};
}
}
, {"SparseTopKCategoricalAccuracy", "sparse_top_k_categorical_accuracy", LabelForm::kClass,
   TFX_MAKE{const int64_t k = request.options->Integer("k", 5);
return [k](Vector l, Vector p) { return InTopK(p, SparseOrDenseClass(l), k) ? 1.0 : 0.0; };
}
}
, {"SquaredHinge", "squared_hinge", LabelForm::kSame, TFX_MAKE{return PerValue(Over::kMean, [](double l, double p) {
     const double loss = std::max(0.0, 1 - SignedLabel(l) * p);
     return loss * loss;
   });
}
}
, {"TopKCategoricalAccuracy", "top_k_categorical_accuracy", LabelForm::kOneHot,
   TFX_MAKE{const int64_t k = request.options->Integer("k", 5);
return [k](Vector l, Vector p) { return InTopK(p, static_cast<double>(ArgMax(l)), k) ? 1.0 : 0.0; };
}
}
,
}
;
#undef TFX_MAKE

// The example's label in the form that the family wants; `storage` holds it when it is made here.
absl::StatusOr<Vector> LabelAs(LabelForm form, const MetricInput& in, std::vector<float>* storage) {
  if (form == LabelForm::kClass) {
    if (in.label.size() == 1 || in.label.size() == in.prediction.size()) return in.label;
  } else {
    if (in.label.size() == in.prediction.size() && !(form == LabelForm::kOneHot && in.label.size() == 1))
      return in.label;
    if (in.label.size() == 1 && in.prediction.size() > 1) {
      storage->assign(in.prediction.size(), 0.0f);
      const double index = in.label[0];
      if (index >= static_cast<double>(storage->size()) || std::isnan(index)) {
        return absl::InvalidArgumentError(
            absl::StrCat("label ", index, " is not a class of a prediction with ", storage->size(), " values"));
      }
      if (index >= 0) (*storage)[static_cast<size_t>(index)] = 1;
      return Vector(*storage);
    }
    if (in.label.size() == in.prediction.size()) return in.label;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("label has ", in.label.size(), " values, prediction has ", in.prediction.size()));
}

absl::StatusOr<std::vector<MetricParts>> Build(const Family& family, const MetricRequest& request) {
  request.options->Ignore("reduction");
  request.options->Ignore("axis");
  request.options->Ignore("ignore_class");
  ExampleFn fn = family.make(request);
  const std::string name =
      absl::StrCat("_mean_of_", std::string(family.class_name), ":", request.options->Number("label_smoothing", 0), ",",
                   request.options->Has("from_logits") && request.options->Bool("from_logits", false), ",",
                   request.options->Integer("k", 0), ",", request.options->Number("delta", 1), ",", request.module);
  // TFMA calls a Keras loss without the weights, unlike a Keras metric.
  const bool is_loss = absl::StrContains(request.module, "keras") && absl::StrContains(request.module, "losses");
  auto add = [fn = std::move(fn), form = family.label, is_loss](const MetricInput& in,
                                                                std::span<double> sums) -> absl::Status {
    std::vector<float> storage;
    ASSIGN_OR_RETURN(Vector label, LabelAs(form, in, &storage));
    if (label.empty() || in.prediction.empty()) return absl::OkStatus();
    const double weight = is_loss ? 1.0 : in.weight;
    sums[0] += weight * fn(label, in.prediction);
    sums[1] += weight;
    return absl::OkStatus();
  };
  return std::vector<MetricParts>{SingleValue(request, SumsAccumulation(name, request.input, 2, std::move(add)),
                                              [](const State& s) { return Value(Ratio(AsSums(s)[0], AsSums(s)[1])); })};
}

}  // namespace

namespace definitions {

const MetricDefinition& ExampleMean(std::string_view class_name) {
  static const auto* const kDefinitions = [] {
    auto* definitions = new std::map<std::string_view, MetricDefinition>();
    for (const Family& family : kFamilies) {
      (*definitions)[family.class_name] = {family.name,
                                           [&family](const MetricRequest& request) { return Build(family, request); }};
    }
    return definitions;
  }();
  return kDefinitions->at(class_name);
}

}  // namespace definitions
}  // namespace tfx::tfma
