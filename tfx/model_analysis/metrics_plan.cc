#include "tfx/model_analysis/metrics_plan.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/model_analysis/eval_config.h"
#include "tfx/model_analysis/registry.h"

namespace tfx::tfma {
namespace {

namespace pb = ::tensorflow_model_analysis;

class Planner {
 public:
  Planner(const pb::EvalConfig& config, const ::tensorflow::metadata::v0::Schema* schema)
      : config_(config), schema_(schema) {}

  absl::StatusOr<std::shared_ptr<const MetricsPlan>> Plan() {
    for (const pb::ModelSpec& model : config_.model_specs()) {
      if (model.is_baseline()) {
        plan_.baseline_model = model.name();
      } else {
        plan_.candidate_models.push_back(model.name());
      }
    }
    for (const pb::MetricsSpec& spec : config_.metrics_specs()) {
      for (const std::string& model : spec.model_names()) RETURN_IF_ERROR(AddSpec(spec, model));
    }
    std::set<ModelOutput> weighted;
    for (const InputSpec& input : plan_.inputs) {
      if (input.example_weighted && input.weight_feature_key.empty())
        weighted.insert({input.model_name, input.output_name});
    }
    plan_.weighted_outputs.assign(weighted.begin(), weighted.end());
    return std::make_shared<const MetricsPlan>(std::move(plan_));
  }

 private:
  // One combination of sub key and aggregation of a metrics spec.
  struct Variant {
    SubKey sub_key;
    Aggregation aggregation = Aggregation::kNone;
  };

  static std::vector<Variant> Variants(const pb::MetricsSpec& spec) {
    std::vector<Variant> variants;
    if (spec.has_binarize()) {
      for (int32_t id : spec.binarize().class_ids().values()) variants.push_back({.sub_key = {.class_id = id}});
      for (int32_t k : spec.binarize().k_list().values()) variants.push_back({.sub_key = {.k = k}});
      for (int32_t k : spec.binarize().top_k_list().values()) variants.push_back({.sub_key = {.top_k = k}});
    }
    if (spec.has_aggregate()) {
      const pb::AggregationOptions& options = spec.aggregate();
      const Aggregation type = options.micro_average()            ? Aggregation::kMicro
                               : options.macro_average()          ? Aggregation::kMacro
                               : options.weighted_macro_average() ? Aggregation::kWeightedMacro
                                                                  : Aggregation::kNone;
      if (type != Aggregation::kNone) {
        if (options.top_k_list().values().empty()) variants.push_back({.aggregation = type});
        for (int32_t k : options.top_k_list().values()) variants.push_back({{.top_k = k}, type});
      }
    }
    if (variants.empty()) variants.emplace_back();
    return variants;
  }

  absl::Status AddSpec(const pb::MetricsSpec& spec, const std::string& model) {
    const pb::ModelSpec* model_spec = FindModelSpec(config_, model);
    if (model_spec == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("metrics_specs: model_names has '", model, "', which is no model spec"));
    }
    std::vector<std::string> outputs(spec.output_names().begin(), spec.output_names().end());
    if (outputs.empty()) outputs.push_back("");
    const bool has_weights = !model_spec->example_weight_key().empty() || !model_spec->example_weight_keys().empty();
    std::vector<bool> weighted;
    if (spec.example_weights().unweighted()) weighted.push_back(false);
    if (spec.example_weights().weighted()) weighted.push_back(true);
    if (weighted.empty()) weighted.push_back(has_weights);
    for (const bool is_weighted : weighted) {
      for (const Variant& variant : Variants(spec)) {
        for (const pb::MetricConfig& metric : spec.metrics()) {
          std::vector<MetricKey> first_keys;
          for (const std::string& output : outputs) {
            RETURN_IF_ERROR(AddMetric(spec, *model_spec, metric, model, output, is_weighted, variant));
          }
        }
        if (!spec.output_weights().empty()) AddOutputAverage(spec, model, is_weighted, variant);
      }
    }
    return absl::OkStatus();
  }

  absl::Status AddMetric(const pb::MetricsSpec& spec, const pb::ModelSpec& model_spec, const pb::MetricConfig& metric,
                         const std::string& model, const std::string& output, bool weighted, const Variant& variant) {
    ASSIGN_OR_RETURN(const MetricEntry* entry, FindMetricEntry(metric.class_name()));
    ASSIGN_OR_RETURN(const MetricOptions options, MetricOptions::Parse(metric.config(), metric.class_name()));
    MetricRequest request;
    request.class_name = metric.class_name();
    request.name = options.Text("name", std::string(entry->definition->default_name));
    request.module = metric.module();
    request.options = &options;
    request.input.model_name = model;
    request.input.output_name = output;
    request.input.example_weighted = weighted;
    request.baseline_model = plan_.baseline_model;
    request.is_baseline = model_spec.is_baseline();
    request.schema = schema_;
    const auto label = model_spec.label_keys().find(output);
    request.label_key = label == model_spec.label_keys().end() ? model_spec.label_key() : label->second;
    request.input.sub_key = variant.sub_key;
    request.input.aggregation = variant.aggregation;
    std::vector<MetricParts> parts;
    if (request.input.aggregation == Aggregation::kMacro || request.input.aggregation == Aggregation::kWeightedMacro) {
      ASSIGN_OR_RETURN(parts, BuildMacro(spec, *entry, request));
    } else {
      if (request.input.aggregation == Aggregation::kMicro) {
        request.input.class_weights = {spec.aggregate().class_weights().begin(),
                                       spec.aggregate().class_weights().end()};
      }
      ASSIGN_OR_RETURN(parts, entry->definition->build(request));
    }
    RETURN_IF_ERROR(options.Check());
    for (MetricParts& part : parts) Add(std::move(part));
    return absl::OkStatus();
  }

  // The mean of a metric over classes (or over the k best), weighted by class_weights and, for weighted macro averages,
  // by each class's share of the labels.
  absl::StatusOr<std::vector<MetricParts>> BuildMacro(const pb::MetricsSpec& spec, const MetricEntry& entry,
                                                      const MetricRequest& request) {
    const pb::AggregationOptions& aggregate = spec.aggregate();
    std::map<int32_t, SubKey> children;
    std::map<int32_t, double> class_weights;
    for (const auto& [id, weight] : aggregate.class_weights()) class_weights[id] = weight;
    if (const auto& top_k = request.input.sub_key.top_k) {
      for (int32_t k = 1; k <= *top_k; ++k) children[k] = {.k = k};
      for (const auto& [k, sub_key] : children) {
        if (aggregate.class_weights().empty()) class_weights[k] = 1;
      }
    } else {
      for (const auto& [id, weight] : class_weights) children[id] = {.class_id = id};
    }
    if (children.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("metric ", request.class_name,
                                                     ": macro averages over all classes need aggregate.class_weights"));
    }
    MetricParts parts;
    struct Child {
      double weight;
      size_t begin, size;
      std::function<absl::Status(std::span<const State* const>, MetricValues*)> finish;
      size_t label_state = 0;
    };
    std::vector<Child> averaged;
    for (const auto& [id, sub_key] : children) {
      MetricRequest child = request;
      child.input.sub_key = sub_key;
      child.input.aggregation = Aggregation::kNone;
      ASSIGN_OR_RETURN(std::vector<MetricParts> child_parts, entry.definition->build(child));
      for (MetricParts& part : child_parts) {
        Child c{.weight = class_weights.contains(id) ? class_weights[id] : 0.0,
                .begin = parts.accumulations.size(),
                .size = part.accumulations.size(),
                .finish = std::move(part.finish)};
        for (Accumulation& accumulation : part.accumulations) parts.accumulations.push_back(std::move(accumulation));
        c.label_state = parts.accumulations.size();
        InputSpec input = child.input;
        input.needs_scores = true;
        parts.accumulations.push_back(
            SumsAccumulation("_label_sum", input, 1, [](const MetricInput& in, std::span<double> sums) {
              for (const LabeledScore& score : in.scores) sums[0] += score.weight * score.label;
              return absl::OkStatus();
            }));
        averaged.push_back(std::move(c));
      }
    }
    const bool by_labels = request.input.aggregation == Aggregation::kWeightedMacro;
    MetricKey base = KeyOf(request);
    base.aggregation = Aggregation::kMacro;  // TFMA stores weighted macro averages under macro_average too
    parts.finish = [averaged, by_labels, base](std::span<const State* const> states, MetricValues* values) {
      std::map<std::string, std::pair<double, double>> sums;
      for (const Child& child : averaged) {
        MetricValues of_child;
        RETURN_IF_ERROR(child.finish(states.subspan(child.begin, child.size), &of_child));
        double weight = child.weight;
        if (by_labels) weight *= AsSums(*states[child.label_state])[0];
        for (const auto& [key, value] : of_child) {
          const double* number = std::get_if<double>(&value);
          if (number == nullptr) continue;
          auto& [sum, total] = sums[key.name];
          sum += weight * *number;
          total += weight;
        }
      }
      for (const auto& [name, sum] : sums) {
        MetricKey key = base;
        key.name = name;
        (*values)[key] = Ratio(sum.first, sum.second);
      }
      return absl::OkStatus();
    };
    return std::vector<MetricParts>{std::move(parts)};
  }

  void AddOutputAverage(const pb::MetricsSpec& spec, const std::string& model, bool weighted, const Variant& variant) {
    std::map<std::string, double> weights;
    for (const auto& [output, weight] : spec.output_weights()) weights[output] = weight;
    plan_.derived.push_back([=](MetricValues* values) {
      std::map<MetricKey, std::pair<double, double>> sums;
      for (const auto& [key, value] : *values) {
        const auto weight = weights.find(key.output_name);
        const double* number = std::get_if<double>(&value);
        if (weight == weights.end() || number == nullptr || key.output_name.empty() || key.model_name != model ||
            key.example_weighted != weighted || key.sub_key != variant.sub_key) {
          continue;
        }
        MetricKey average = key;
        average.output_name.clear();
        auto& [sum, total] = sums[average];
        sum += weight->second * *number;
        total += weight->second;
      }
      for (const auto& [key, sum] : sums) values->emplace(key, Ratio(sum.first, sum.second));
    });
  }

  void Add(MetricParts parts) {
    MetricsPlan::Output output;
    output.finish = std::move(parts.finish);
    for (Accumulation& accumulation : parts.accumulations) {
      const InputSpec& input = accumulation.input;
      if (!input.feature_key.empty()) plan_.features.insert(input.feature_key);
      if (!input.weight_feature_key.empty()) plan_.features.insert(input.weight_feature_key);
      plan_.model_outputs.insert({input.model_name, input.output_name});
      if (!input.baseline_model.empty()) plan_.model_outputs.insert({input.baseline_model, input.output_name});
      auto [it, is_new_input] = input_ids_.emplace(input, plan_.inputs.size());
      if (is_new_input) plan_.inputs.push_back(input);
      auto [id, is_new] =
          accumulation_ids_.emplace(std::make_pair(accumulation.name, it->second), plan_.accumulations.size());
      if (is_new) plan_.accumulations.push_back({accumulation.name, it->second, std::move(accumulation.make)});
      output.accumulations.push_back(id->second);
    }
    plan_.outputs.push_back(std::move(output));
  }

  const pb::EvalConfig& config_;
  const ::tensorflow::metadata::v0::Schema* schema_;
  MetricsPlan plan_;
  std::map<InputSpec, size_t> input_ids_;
  std::map<std::pair<std::string, size_t>, size_t> accumulation_ids_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const MetricsPlan>> PlanMetrics(const pb::EvalConfig& config,
                                                               const ::tensorflow::metadata::v0::Schema* schema) {
  return Planner(config, schema).Plan();
}

}  // namespace tfx::tfma
