// The EvalConfig of TensorFlow Model Analysis: reading it, filling its defaults, checking it.
//
//   ASSIGN_OR_RETURN(EvalConfig config, LoadEvalConfig("eval_config.pbtxt"));
//   ASSIGN_OR_RETURN(config, UpdateEvalConfigWithDefaults(config, {.has_baseline = false, .rubber_stamp = true}));
//
// Format: tensorflow_model_analysis/proto/config.proto, in text or JSON. Stateless; thread-safe.
#ifndef TFX_MODEL_ANALYSIS_EVAL_CONFIG_H_
#define TFX_MODEL_ANALYSIS_EVAL_CONFIG_H_

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tensorflow_model_analysis/proto/config.pb.h"

namespace tfx::tfma {

using ::tensorflow_model_analysis::EvalConfig;
using ::tensorflow_model_analysis::MetricsSpec;
using ::tensorflow_model_analysis::ModelSpec;

// Text or JSON (recognised by a leading '{'); also the EvalRun JSON that an evaluation writes ("evalConfig" inside).
// INVALID_ARGUMENT names `name_for_errors` and the place.
absl::StatusOr<EvalConfig> ParseEvalConfig(std::string_view text, std::string_view name_for_errors);
absl::StatusOr<EvalConfig> LoadEvalConfig(std::string_view path);

struct DefaultsOptions {
  // Whether a baseline model is there. Unset: the config's model specs decide and nothing is added or removed.
  std::optional<bool> has_baseline;
  // First run: change thresholds without a baseline are dropped silently instead of being an error.
  bool rubber_stamp = false;
};

// TFMA's update_eval_config_with_defaults: model specs named and completed, change thresholds that cannot be checked
// dropped, model_names filled, one overall slicing spec where there is none is NOT written (TFMA does not either).
// The result is verified. INVALID_ARGUMENT as VerifyEvalConfig; FAILED_PRECONDITION for change thresholds without a
// baseline when not rubber stamping.
absl::StatusOr<EvalConfig> UpdateEvalConfigWithDefaults(const EvalConfig& config, const DefaultsOptions& options = {});

// INVALID_ARGUMENT names every fault of the config: no model spec, both x_key and x_keys, two baselines, missing or
// repeated model names, per-slice thresholds without slicing specs, a slice column both as key and as value, ...
absl::Status VerifyEvalConfig(const EvalConfig& config);

// True when a value or change threshold of any scope is set: only then is there something to validate (and bless).
bool HasThresholds(const EvalConfig& config);
bool HasChangeThresholds(const EvalConfig& config);

// The spec of a model. With one spec every name fits. Null when there is none.
const ModelSpec* FindModelSpec(const EvalConfig& config, std::string_view model_name);
const ModelSpec* FindBaselineSpec(const EvalConfig& config);

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_EVAL_CONFIG_H_
