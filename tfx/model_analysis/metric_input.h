// Turns a row of a batch into what one computation sees: TFMA's rules for sub keys, one-hot labels and weights.
#ifndef TFX_MODEL_ANALYSIS_METRIC_INPUT_H_
#define TFX_MODEL_ANALYSIS_METRIC_INPUT_H_

#include <vector>

#include "absl/status/status.h"
#include "tfx/model_analysis/extract.h"
#include "tfx/model_analysis/metric_definition.h"

namespace tfx::tfma {

// Reused from row to row.
class PreparedInput {
 public:
  // Afterwards input() is valid until the next call, as long as the batch. INVALID_ARGUMENT says what is missing.
  absl::Status Prepare(const InputSpec& spec, const ExtractBatch& batch, size_t row);
  const MetricInput& input() const { return input_; }

 private:
  absl::Status FillScores(const InputSpec& spec, std::span<const float> weights);
  MetricInput input_;
  std::vector<float> label_, prediction_;
  std::vector<LabeledScore> scores_;
};

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_METRIC_INPUT_H_
