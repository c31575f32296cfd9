#include "tfx/model_analysis/eval_config.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/model_analysis/slicing.h"

namespace tfx::tfma {
namespace {

namespace pb = ::tensorflow_model_analysis;

// Calls fn(MetricThreshold) for every threshold of the config, whatever its scope.
template <class Config, class Fn>
void ForEachThreshold(Config& config, Fn fn) {
  for (auto& spec : *config.mutable_metrics_specs()) {
    for (auto& metric : *spec.mutable_metrics()) {
      if (metric.has_threshold()) fn(*metric.mutable_threshold());
      for (auto& t : *metric.mutable_per_slice_thresholds()) fn(*t.mutable_threshold());
      for (auto& t : *metric.mutable_cross_slice_thresholds()) fn(*t.mutable_threshold());
    }
    for (auto& [name, t] : *spec.mutable_thresholds()) fn(t);
    for (auto& [name, list] : *spec.mutable_per_slice_thresholds()) {
      for (auto& t : *list.mutable_thresholds()) fn(*t.mutable_threshold());
    }
    for (auto& [name, list] : *spec.mutable_cross_slice_thresholds()) {
      for (auto& t : *list.mutable_thresholds()) fn(*t.mutable_threshold());
    }
  }
}

bool Empty(const pb::MetricThreshold& t) { return !t.has_value_threshold() && !t.has_change_threshold(); }

// Removes the thresholds that have become empty.
void DropEmptyThresholds(EvalConfig* config) {
  const auto prune = [](auto* list) {
    for (int i = list->size(); i-- > 0;) {
      if (Empty(list->Get(i).threshold())) list->DeleteSubrange(i, 1);
    }
  };
  for (auto& spec : *config->mutable_metrics_specs()) {
    for (auto& metric : *spec.mutable_metrics()) {
      if (metric.has_threshold() && Empty(metric.threshold())) metric.clear_threshold();
      prune(metric.mutable_per_slice_thresholds());
      prune(metric.mutable_cross_slice_thresholds());
    }
    std::vector<std::string> gone;
    for (auto& [name, t] : spec.thresholds()) {
      if (Empty(t)) gone.push_back(name);
    }
    for (const std::string& name : gone) spec.mutable_thresholds()->erase(name);
    for (auto& [name, list] : *spec.mutable_per_slice_thresholds()) prune(list.mutable_thresholds());
    for (auto& [name, list] : *spec.mutable_cross_slice_thresholds()) prune(list.mutable_thresholds());
  }
}

}  // namespace

absl::StatusOr<EvalConfig> ParseEvalConfig(std::string_view text, std::string_view name_for_errors) {
  const std::string stripped(absl::StripAsciiWhitespace(absl::string_view(text.data(), text.size())));
  EvalConfig config;
  if (stripped.empty() || stripped[0] != '{') {
    RETURN_IF_ERROR(io::ParseTextProto(text, name_for_errors, &config));
    return config;
  }
  if (absl::StrContains(stripped, "\"evalConfig\"") || absl::StrContains(stripped, "\"eval_config\"")) {
    pb::EvalRun run;
    RETURN_IF_ERROR(io::ParseJson(stripped, name_for_errors, &run));
    return run.eval_config();
  }
  RETURN_IF_ERROR(io::ParseJson(stripped, name_for_errors, &config));
  return config;
}

absl::StatusOr<EvalConfig> LoadEvalConfig(std::string_view path) {
  ASSIGN_OR_RETURN(const std::string text, io::ReadFile(path));
  return ParseEvalConfig(text, path);
}

bool HasChangeThresholds(const EvalConfig& config) {
  EvalConfig copy = config;
  bool found = false;
  ForEachThreshold(copy, [&](pb::MetricThreshold& t) { found = found || t.has_change_threshold(); });
  return found;
}

bool HasThresholds(const EvalConfig& config) {
  EvalConfig copy = config;
  bool found = false;
  ForEachThreshold(copy, [&](pb::MetricThreshold& t) { found = found || !Empty(t); });
  return found;
}

const ModelSpec* FindModelSpec(const EvalConfig& config, std::string_view model_name) {
  if (config.model_specs_size() == 1) return &config.model_specs(0);
  for (const ModelSpec& spec : config.model_specs()) {
    if (spec.name() == model_name) return &spec;
  }
  return nullptr;
}

const ModelSpec* FindBaselineSpec(const EvalConfig& config) {
  for (const ModelSpec& spec : config.model_specs()) {
    if (spec.is_baseline()) return &spec;
  }
  return nullptr;
}

absl::StatusOr<EvalConfig> UpdateEvalConfigWithDefaults(const EvalConfig& config, const DefaultsOptions& options) {
  EvalConfig updated = config;
  if (options.has_baseline.has_value()) {
    if (*options.has_baseline && updated.model_specs_size() == 1 && !updated.model_specs(0).is_baseline()) {
      ModelSpec* baseline = updated.add_model_specs();
      *baseline = updated.model_specs(0);
      updated.mutable_model_specs(0)->set_name("candidate");
      baseline->set_name("baseline");
      baseline->set_is_baseline(true);
    }
    if (!*options.has_baseline) {
      for (int i = updated.model_specs_size(); i-- > 0;) {
        if (updated.model_specs(i).is_baseline()) updated.mutable_model_specs()->DeleteSubrange(i, 1);
      }
    }
  }
  const bool has_baseline = FindBaselineSpec(updated) != nullptr;
  if (!has_baseline && HasChangeThresholds(updated)) {
    if (!options.rubber_stamp) {
      return absl::FailedPreconditionError(
          "eval_config has change thresholds, but there is no baseline model; give one, or rubber-stamp the first run");
    }
    ForEachThreshold(updated, [](pb::MetricThreshold& t) { t.clear_change_threshold(); });
    DropEmptyThresholds(&updated);
  }
  if (updated.model_specs_size() == 0) updated.add_model_specs();
  const bool renamed = updated.model_specs_size() == 1 && !updated.model_specs(0).name().empty();
  if (updated.model_specs_size() == 1) updated.mutable_model_specs(0)->clear_name();
  RETURN_IF_ERROR(VerifyEvalConfig(updated));
  for (auto& spec : *updated.mutable_metrics_specs()) {
    if (updated.model_specs_size() == 1 && (renamed || spec.model_names().empty())) {
      spec.clear_model_names();
      spec.add_model_names("");
    } else if (spec.model_names().empty()) {
      for (const ModelSpec& model : updated.model_specs()) spec.add_model_names(model.name());
    }
  }
  return updated;
}

absl::Status VerifyEvalConfig(const EvalConfig& config) {
  std::vector<std::string> faults;
  if (config.model_specs().empty()) faults.push_back("model_specs is empty; at least one is needed");
  int baselines = 0;
  std::set<std::string> names;
  for (const ModelSpec& spec : config.model_specs()) {
    const std::string where = absl::StrCat("model spec '", spec.name(), "': ");
    baselines += spec.is_baseline();
    if (!spec.label_key().empty() && !spec.label_keys().empty())
      faults.push_back(where + "label_key and label_keys exclude each other");
    if (!spec.prediction_key().empty() && !spec.prediction_keys().empty()) {
      faults.push_back(where + "prediction_key and prediction_keys exclude each other");
    }
    if (!spec.example_weight_key().empty() && !spec.example_weight_keys().empty()) {
      faults.push_back(where + "example_weight_key and example_weight_keys exclude each other");
    }
    if (config.model_specs_size() > 1 && spec.name().empty())
      faults.push_back("every model spec needs a name when there are several");
    if (!names.insert(spec.name()).second && !spec.name().empty()) faults.push_back(where + "the name is used twice");
  }
  if (baselines > 1) faults.push_back("only one model spec may be a baseline");
  for (const auto& spec : config.slicing_specs()) {
    if (const absl::Status status = CheckSlicingSpec(spec); !status.ok()) faults.emplace_back(status.message());
  }
  for (const auto& spec : config.metrics_specs()) {
    for (const std::string& name : spec.model_names()) {
      if (config.model_specs_size() > 1 && !names.contains(name)) {
        faults.push_back(absl::StrCat("metrics_specs: model_names has '", name, "', which no model spec is called"));
      }
    }
    for (const auto& metric : spec.metrics()) {
      for (const auto& threshold : metric.per_slice_thresholds()) {
        if (threshold.slicing_specs().empty()) {
          faults.push_back(
              absl::StrCat("metric ", metric.class_name(), ": per_slice_thresholds without slicing_specs"));
        }
      }
      for (const auto& threshold : metric.cross_slice_thresholds()) {
        if (threshold.cross_slicing_specs().empty()) {
          faults.push_back(
              absl::StrCat("metric ", metric.class_name(), ": cross_slice_thresholds without cross_slicing_specs"));
        }
      }
    }
  }
  if (faults.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("eval_config: ", absl::StrJoin(faults, "; ")));
}

}  // namespace tfx::tfma
