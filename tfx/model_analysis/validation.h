// Compares metric values with the thresholds of an EvalConfig: TFMA's ValidationResult, from which a model is blessed.
//
// Bounds are inclusive; NaN fails. A change threshold looks at candidate - baseline, absolute or relative to the
// baseline. A metric with a threshold that is not there fails with "Metric not found."; a slicing spec with a threshold
// that no slice matches is listed in missing_slices; both make validation_ok false. The baseline is never validated.
// Stateless; thread-safe.
#ifndef TFX_MODEL_ANALYSIS_VALIDATION_H_
#define TFX_MODEL_ANALYSIS_VALIDATION_H_

#include <vector>

#include "absl/status/statusor.h"
#include "tensorflow_model_analysis/proto/config.pb.h"
#include "tensorflow_model_analysis/proto/metrics_for_slice.pb.h"
#include "tensorflow_model_analysis/proto/validation_result.pb.h"

namespace tfx::tfma {

// `config` with its defaults filled. Without thresholds validation_ok is `rubber_stamp`.
absl::StatusOr<::tensorflow_model_analysis::ValidationResult> ValidateMetrics(
    const ::tensorflow_model_analysis::EvalConfig& config,
    const std::vector<::tensorflow_model_analysis::MetricsForSlice>& metrics, bool rubber_stamp = false);

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_VALIDATION_H_
