// Writes an evaluation as TFMA does: eval_config.json, metrics-, plots- and attributions-00000-of-00001.tfrecord, and
// validations.tfrecord. TFMA's readers, the fairness tools and Kubeflow's viewers read them.
#ifndef TFX_MODEL_ANALYSIS_EVAL_WRITER_H_
#define TFX_MODEL_ANALYSIS_EVAL_WRITER_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "tfx/model_analysis/analyze.h"

namespace tfx::tfma {

struct EvalWriterOptions {
  std::string data_location = "<user provided PCollection>";
  std::string file_format = "<unknown>";
};

// `directory` is made when absent. Each file appears whole or not at all. Files named in the config's
// options.disabled_outputs ("eval_config.json", "metrics", "plots", ...) are left out.
absl::Status WriteEvalResult(const EvalResult& result, std::string_view directory,
                             const EvalWriterOptions& options = {});

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_EVAL_WRITER_H_
