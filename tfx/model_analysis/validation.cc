#include "tfx/model_analysis/validation.h"

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/text_proto.h"
#include "tfx/model_analysis/eval_config.h"
#include "tfx/model_analysis/metric_definition.h"
#include "tfx/model_analysis/registry.h"
#include "tfx/model_analysis/slicing.h"

namespace tfx::tfma {
namespace {

namespace pb = ::tensorflow_model_analysis;

// A threshold with its scope: no specs mean every slice (not cross slices).
struct ScopedThreshold {
  pb::MetricThreshold threshold;
  std::vector<pb::SlicingSpec> slices;
  std::vector<pb::CrossSlicingSpec> cross_slices;
};

// The keys of a metric of a spec that thresholds speak of; model name, output, sub key and aggregation as configured.
std::vector<MetricKey> KeysOf(const EvalConfig& config, const MetricsSpec& spec, const std::string& name) {
  std::vector<MetricKey> keys;
  for (const std::string& model : spec.model_names()) {
    const ModelSpec* model_spec = FindModelSpec(config, model);
    if (model_spec == nullptr || model_spec->is_baseline()) continue;
    std::vector<std::string> outputs(spec.output_names().begin(), spec.output_names().end());
    if (outputs.empty() || !spec.output_weights().empty()) outputs.push_back("");
    std::vector<bool> weighted;
    if (spec.example_weights().weighted()) weighted.push_back(true);
    if (spec.example_weights().unweighted()) weighted.push_back(false);
    if (weighted.empty()) {
      weighted.push_back(!model_spec->example_weight_key().empty() || !model_spec->example_weight_keys().empty());
    }
    for (const std::string& output : outputs) {
      for (const bool is_weighted : weighted) {
        MetricKey key{.name = name, .model_name = model, .output_name = output, .example_weighted = is_weighted};
        const size_t before = keys.size();
        if (spec.has_binarize()) {
          for (int32_t id : spec.binarize().class_ids().values()) keys.emplace_back(key).sub_key.class_id = id;
          for (int32_t k : spec.binarize().k_list().values()) keys.emplace_back(key).sub_key.k = k;
          for (int32_t k : spec.binarize().top_k_list().values()) keys.emplace_back(key).sub_key.top_k = k;
        }
        if (spec.has_aggregate()) {
          key.aggregation = spec.aggregate().micro_average() ? Aggregation::kMicro : Aggregation::kMacro;
          if (spec.aggregate().top_k_list().values().empty()) keys.push_back(key);
          for (int32_t k : spec.aggregate().top_k_list().values()) keys.emplace_back(key).sub_key.top_k = k;
        }
        if (keys.size() == before) keys.push_back(key);
      }
    }
  }
  return keys;
}

using Thresholds = std::map<MetricKey, std::vector<ScopedThreshold>>;

template <class PerSlice, class CrossSlice>
void AddThresholds(const std::vector<MetricKey>& keys, const pb::MetricThreshold* global, const PerSlice& per_slice,
                   const CrossSlice& cross_slice, Thresholds* thresholds) {
  for (const MetricKey& key : keys) {
    if (global != nullptr) (*thresholds)[key].push_back({.threshold = *global});
    for (const auto& t : per_slice) {
      (*thresholds)[key].push_back({t.threshold(), {t.slicing_specs().begin(), t.slicing_specs().end()}, {}});
    }
    for (const auto& t : cross_slice) {
      (*thresholds)[key].push_back(
          {t.threshold(), {}, {t.cross_slicing_specs().begin(), t.cross_slicing_specs().end()}});
    }
  }
}

absl::StatusOr<Thresholds> CollectThresholds(const EvalConfig& config) {
  Thresholds thresholds;
  for (const MetricsSpec& spec : config.metrics_specs()) {
    for (const pb::MetricConfig& metric : spec.metrics()) {
      ASSIGN_OR_RETURN(const MetricEntry* entry, FindMetricEntry(metric.class_name()));
      ASSIGN_OR_RETURN(const MetricOptions options, MetricOptions::Parse(metric.config(), metric.class_name()));
      const std::string name = options.Text("name", std::string(entry->definition->default_name));
      std::vector<MetricKey> keys = KeysOf(config, spec, name);
      for (MetricKey& key : keys) {
        if (options.Has("class_id")) key.sub_key.class_id = static_cast<int32_t>(options.Integer("class_id", 0));
        if (options.Has("top_k")) key.sub_key.top_k = static_cast<int32_t>(options.Integer("top_k", 1));
      }
      AddThresholds(keys, metric.has_threshold() ? &metric.threshold() : nullptr, metric.per_slice_thresholds(),
                    metric.cross_slice_thresholds(), &thresholds);
    }
    const std::vector<pb::PerSliceMetricThreshold> no_slices;
    const std::vector<pb::CrossSliceMetricThreshold> no_cross_slices;
    for (const auto& [name, t] : spec.thresholds()) {
      AddThresholds(KeysOf(config, spec, name), &t, no_slices, no_cross_slices, &thresholds);
    }
    for (const auto& [name, t] : spec.per_slice_thresholds()) {
      AddThresholds(KeysOf(config, spec, name), nullptr, t.thresholds(), no_cross_slices, &thresholds);
    }
    for (const auto& [name, t] : spec.cross_slice_thresholds()) {
      AddThresholds(KeysOf(config, spec, name), nullptr, no_slices, t.thresholds(), &thresholds);
    }
  }
  return thresholds;
}

struct Found {
  const pb::MetricValue* value = nullptr;
  const pb::MetricValue* diff = nullptr;
  const pb::MetricValue* baseline = nullptr;
};

std::optional<double> Number(const pb::MetricValue* value) {
  if (value == nullptr) return std::nullopt;
  if (value->has_double_value()) return value->double_value().value();
  if (value->has_bounded_value()) return value->bounded_value().value().value();
  return std::nullopt;
}

struct Check {
  bool ok = true;
  std::string message;
};

Check CheckValue(const pb::GenericValueThreshold& threshold, const pb::MetricValue* value) {
  const std::optional<double> number = Number(value);
  if (!number) return {false, "Invalid threshold configuration or metric type: the metric is not a number."};
  const double lower = threshold.has_lower_bound() ? threshold.lower_bound().value() : -HUGE_VAL;
  const double upper = threshold.has_upper_bound() ? threshold.upper_bound().value() : HUGE_VAL;
  return {lower <= *number && *number <= upper, ""};
}

Check CheckChange(const pb::GenericChangeThreshold& threshold, const Found& found) {
  const std::optional<double> diff = Number(found.diff), baseline = Number(found.baseline);
  if (!diff || !baseline) return {false, "Invalid threshold configuration or metric type: the change is not a number."};
  const double relative_change = std::abs(*baseline) < 1e-8 ? std::nan("") : *diff / *baseline;
  if (threshold.direction() == pb::UNKNOWN) {
    return {false, "\"UNKNOWN\" direction: change_threshold.direction must be LOWER_IS_BETTER or HIGHER_IS_BETTER."};
  }
  const bool lower = threshold.direction() == pb::LOWER_IS_BETTER;
  const double open = lower ? HUGE_VAL : -HUGE_VAL;
  const double absolute = threshold.has_absolute() ? threshold.absolute().value() : open;
  const double relative = threshold.has_relative() ? threshold.relative().value() : open;
  bool ok = lower ? *diff <= absolute : *diff >= absolute;
  if (threshold.has_relative()) ok = ok && (lower ? relative_change <= relative : relative_change >= relative);
  return {ok, ""};
}

bool Matches(const pb::CrossSlicingSpec& spec, const pb::CrossSliceKey& key) {
  if (!SlicingSpecMatches(spec.baseline_spec(), SliceKeyFromProto(key.baseline_slice_key()))) return false;
  const SliceKey comparison = SliceKeyFromProto(key.comparison_slice_key());
  for (const pb::SlicingSpec& slicing : spec.slicing_specs()) {
    if (SlicingSpecMatches(slicing, comparison)) return true;
  }
  return false;
}

// Counts the slices of each spec that has a threshold, in the order of first mention.
class Coverage {
 public:
  template <class Spec, class Field>
  void Mention(const Spec& spec, Field field) {
    const std::string key =
        absl::StrCat(field == pb::SlicingDetails::kSlicingSpec ? "s" : "c", io::SerializeDeterministically(spec));
    if (index_.contains(key)) return;
    index_[key] = details_.size();
    pb::SlicingDetails details;
    if constexpr (std::is_same_v<Spec, pb::SlicingSpec>) {
      *details.mutable_slicing_spec() = spec;
    } else {
      *details.mutable_cross_slicing_spec() = spec;
    }
    details_.push_back(std::move(details));
  }
  std::vector<pb::SlicingDetails>& details() { return details_; }

 private:
  std::map<std::string, size_t> index_;
  std::vector<pb::SlicingDetails> details_;
};

}  // namespace

absl::StatusOr<pb::ValidationResult> ValidateMetrics(const EvalConfig& config,
                                                     const std::vector<pb::MetricsForSlice>& metrics,
                                                     bool rubber_stamp) {
  pb::ValidationResult result;
  ASSIGN_OR_RETURN(const Thresholds thresholds, CollectThresholds(config));
  result.set_rubber_stamp(rubber_stamp);
  if (thresholds.empty()) {
    result.set_validation_ok(rubber_stamp);
    result.set_missing_thresholds(!rubber_stamp);
    return result;
  }
  const ModelSpec* baseline_spec = FindBaselineSpec(config);
  bool ok = true, any_global = false;
  Coverage coverage;
  for (const auto& [key, list] : thresholds) {
    for (const ScopedThreshold& t : list) {
      for (const auto& spec : t.slices) coverage.Mention(spec, pb::SlicingDetails::kSlicingSpec);
      for (const auto& spec : t.cross_slices) coverage.Mention(spec, pb::SlicingDetails::kCrossSlicingSpec);
      any_global = any_global || (t.slices.empty() && t.cross_slices.empty());
    }
  }
  // Thresholds without scope hold for every slice; TFMA counts them under an empty spec.
  pb::SlicingDetails all_slices;
  all_slices.mutable_slicing_spec();

  for (const pb::MetricsForSlice& slice : metrics) {
    const bool cross = slice.has_cross_slice_key();
    const SliceKey slice_key = SliceKeyFromProto(slice.slice_key());
    std::map<MetricKey, const pb::MetricValue*> values;
    for (const auto& item : slice.metric_keys_and_values()) values[MetricKeyFromProto(item.key())] = &item.value();
    pb::MetricsValidationForSlice failures;
    if (cross) {
      *failures.mutable_cross_slice_key() = slice.cross_slice_key();
    } else {
      *failures.mutable_slice_key() = slice.slice_key();
    }
    if (!cross) all_slices.set_num_matching_slices(all_slices.num_matching_slices() + 1);
    for (pb::SlicingDetails& details : coverage.details()) {
      const bool match =
          cross ? details.has_cross_slicing_spec() && Matches(details.cross_slicing_spec(), slice.cross_slice_key())
                : details.has_slicing_spec() && SlicingSpecMatches(details.slicing_spec(), slice_key);
      if (match) details.set_num_matching_slices(details.num_matching_slices() + 1);
    }
    for (const auto& [key, list] : thresholds) {
      const auto find = [&](MetricKey k) {
        auto it = values.find(k);
        if (it == values.end() && k.aggregation == Aggregation::kMicro) {
          // Means and calibration are written without the aggregation in their keys.
          k.aggregation = Aggregation::kNone;
          it = values.find(k);
        }
        return it == values.end() ? nullptr : it->second;
      };
      MetricKey diff_key = key, baseline_key = key;
      diff_key.is_diff = true;
      if (baseline_spec != nullptr) baseline_key.model_name = baseline_spec->name();
      const Found found{find(key), find(diff_key), find(baseline_key)};
      std::set<std::string> reported;
      for (const ScopedThreshold& t : list) {
        bool applies = !cross && t.slices.empty() && t.cross_slices.empty();
        for (const auto& spec : t.slices) applies = applies || (!cross && SlicingSpecMatches(spec, slice_key));
        for (const auto& spec : t.cross_slices) applies = applies || (cross && Matches(spec, slice.cross_slice_key()));
        if (!applies) continue;
        const auto fail = [&](const MetricKey& failed_key, const pb::MetricThreshold& threshold,
                              const pb::MetricValue* value, const std::string& message) {
          ok = false;
          if (!reported.insert(absl::StrCat(failed_key.is_diff, io::SerializeDeterministically(threshold))).second)
            return;
          pb::ValidationFailure* failure = failures.add_failures();
          *failure->mutable_metric_key() = MetricKeyToProto(failed_key);
          *failure->mutable_metric_threshold() = threshold;
          if (value != nullptr) *failure->mutable_metric_value() = *value;
          failure->set_message(message);
        };
        if (t.threshold.has_value_threshold()) {
          pb::MetricThreshold only;
          *only.mutable_value_threshold() = t.threshold.value_threshold();
          if (found.value == nullptr) {
            fail(key, only, nullptr, "Metric not found.");
          } else if (const Check check = CheckValue(t.threshold.value_threshold(), found.value); !check.ok) {
            fail(key, only, found.value, check.message);
          }
        }
        if (t.threshold.has_change_threshold()) {
          pb::MetricThreshold only;
          *only.mutable_change_threshold() = t.threshold.change_threshold();
          if (found.diff == nullptr) {
            fail(diff_key, only, nullptr, "Metric not found.");
          } else if (const Check check = CheckChange(t.threshold.change_threshold(), found); !check.ok) {
            fail(diff_key, only, found.diff, check.message);
          }
        }
      }
    }
    if (failures.failures_size() > 0) *result.add_metric_validations_per_slice() = std::move(failures);
  }
  if (any_global && all_slices.num_matching_slices() > 0) {
    *result.mutable_validation_details()->add_slicing_details() = all_slices;
  } else if (any_global) {
    ok = false;
    result.add_missing_slices();
  }
  for (const pb::SlicingDetails& details : coverage.details()) {
    if (details.num_matching_slices() > 0) {
      *result.mutable_validation_details()->add_slicing_details() = details;
    } else {
      ok = false;
      if (details.has_slicing_spec()) *result.add_missing_slices() = details.slicing_spec();
      if (details.has_cross_slicing_spec()) *result.add_missing_cross_slices() = details.cross_slicing_spec();
    }
  }
  result.set_validation_ok(ok);
  return result;
}

}  // namespace tfx::tfma
