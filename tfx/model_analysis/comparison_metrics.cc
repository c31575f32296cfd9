// Metrics that compare the candidate's predictions with the baseline's, example by example. Their keys are diffs of the
// candidate; without a baseline they compute nothing.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/model_analysis/metric_definition.h"

namespace tfx::tfma {
namespace {

// The label of the input is the baseline's prediction.
InputSpec Comparison(const MetricRequest& request) {
  InputSpec input = request.input;
  input.baseline_model = request.baseline_model;
  return input;
}

bool Applies(const MetricRequest& request) { return !request.baseline_model.empty() && !request.is_baseline; }

absl::Status SameSize(const MetricInput& in) {
  if (in.label.size() == in.prediction.size()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("candidate and baseline predict ", in.prediction.size(), " and ",
                                                 in.label.size(), " values for one example"));
}

enum Flip { kNegToNeg, kNegToPos, kPosToNeg, kPosToPos, kSymmetric };

double Rate(const Sums& sums, Flip flip) {
  const double total = sums[0] + sums[1] + sums[2] + sums[3];
  return Ratio(flip == kSymmetric ? sums[kNegToPos] + sums[kPosToNeg] : sums[flip], total);
}

absl::StatusOr<std::vector<MetricParts>> BuildFlips(const MetricRequest& request,
                                                    std::vector<std::pair<std::string, Flip>> values) {
  const double threshold = request.options->Number("threshold", 0.5);
  for (std::string_view name : {"example_id_key", "example_ids_count", "flip_rate_name", "neg_to_neg_flip_rate_name"}) {
    request.options->Ignore(name);
  }
  if (!Applies(request)) return std::vector<MetricParts>();
  auto add = [threshold](const MetricInput& in, std::span<double> sums) -> absl::Status {
    RETURN_IF_ERROR(SameSize(in));
    for (size_t i = 0; i < in.label.size(); ++i) {
      const bool before = static_cast<double>(in.label[i]) > threshold,
                 after = static_cast<double>(in.prediction[i]) > threshold;
      sums[2 * before + after] += in.weight;
    }
    return absl::OkStatus();
  };
  return std::vector<MetricParts>{
      {.accumulations = {SumsAccumulation(absl::StrCat("_flips:", threshold), Comparison(request), 4, add)},
       .finish = [request, values](std::span<const State* const> states, MetricValues* out) {
         for (const auto& [name, flip] : values) {
           MetricKey key = KeyOf(request, name);
           key.is_diff = true;
           (*out)[key] = Rate(AsSums(*states[0]), flip);
         }
         return absl::OkStatus();
       }}};
}

MetricDefinition OneFlip(std::string_view name, Flip flip) {
  return {name, [flip](const MetricRequest& request) { return BuildFlips(request, {{request.name, flip}}); }};
}

// `values` keeps sums for one example; `finish` makes the metric of them.
MetricDefinition OfBoth(std::string_view name, double (*per_example)(const MetricInput&)) {
  return {name, [name, per_example](const MetricRequest& request) -> absl::StatusOr<std::vector<MetricParts>> {
            if (!Applies(request)) return std::vector<MetricParts>();
            auto add = [per_example](const MetricInput& in, std::span<double> sums) -> absl::Status {
              RETURN_IF_ERROR(SameSize(in));
              sums[0] += in.weight * per_example(in);
              sums[1] += in.weight;
              return absl::OkStatus();
            };
            return std::vector<MetricParts>{
                {.accumulations = {SumsAccumulation(absl::StrCat("_", std::string(name)), Comparison(request), 2, add)},
                 .finish = [request](std::span<const State* const> states, MetricValues* out) {
                   MetricKey key = KeyOf(request);
                   key.is_diff = true;
                   (*out)[key] = Ratio(AsSums(*states[0])[0], AsSums(*states[0])[1]);
                   return absl::OkStatus();
                 }}};
          }};
}

}  // namespace

namespace definitions {
const MetricDefinition kBooleanFlipRates = {"boolean_flip_rates", [](const MetricRequest& request) {
                                              return BuildFlips(request, {{"flip_rate", kSymmetric},
                                                                          {"neg_to_neg_flip_rate", kNegToNeg},
                                                                          {"neg_to_pos_flip_rate", kNegToPos},
                                                                          {"pos_to_neg_flip_rate", kPosToNeg},
                                                                          {"pos_to_pos_flip_rate", kPosToPos}});
                                            }};
const MetricDefinition kModelCosineSimilarity = OfBoth("model_cosine_similarity", [](const MetricInput& in) {
  double product = 0, a = 0, b = 0;
  for (size_t i = 0; i < in.label.size(); ++i) {
    product += static_cast<double>(in.label[i]) * in.prediction[i];
    a += static_cast<double>(in.label[i]) * in.label[i];
    b += static_cast<double>(in.prediction[i]) * in.prediction[i];
  }
  return Ratio(product, std::sqrt(a) * std::sqrt(b));
});
const MetricDefinition kNegToNegFlipRate = OneFlip("neg_to_neg_flip_rate", kNegToNeg);
const MetricDefinition kNegToPosFlipRate = OneFlip("neg_to_pos_flip_rate", kNegToPos);
const MetricDefinition kPosToNegFlipRate = OneFlip("pos_to_neg_flip_rate", kPosToNeg);
const MetricDefinition kPosToPosFlipRate = OneFlip("pos_to_pos_flip_rate", kPosToPos);
const MetricDefinition kSymmetricFlipRate = OneFlip("symmetric_flip_rate", kSymmetric);
const MetricDefinition kSymmetricPredictionDifference =
    OfBoth("symmetric_prediction_difference", [](const MetricInput& in) {
      double sum = 0;
      for (size_t i = 0; i < in.label.size(); ++i) {
        const double a = in.label[i], b = in.prediction[i];
        if (std::abs(a) < 1e-7 && std::abs(b) < 1e-7) continue;
        sum += 2 * std::abs(a - b) / std::abs(a + b);
      }
      return sum;
    });
}  // namespace definitions
}  // namespace tfx::tfma
