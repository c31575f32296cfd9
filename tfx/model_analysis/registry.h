// The catalogue of metrics: every class_name that an EvalConfig may use, with its documentation and an example.
#ifndef TFX_MODEL_ANALYSIS_REGISTRY_H_
#define TFX_MODEL_ANALYSIS_REGISTRY_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tfx::tfma {

struct MetricDefinition;  // metric_definition.h

struct MetricEntry {
  std::string_view class_name;
  std::string_view doc;      // one sentence
  std::string_view example;  // a MetricConfig in text format
  const MetricDefinition* definition;
};

// Sorted by class name.
std::span<const MetricEntry> MetricRegistry();

// INVALID_ARGUMENT "unknown metric 'AUCC'; did you mean AUC?".
absl::StatusOr<const MetricEntry*> FindMetricEntry(std::string_view class_name);

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_REGISTRY_H_
