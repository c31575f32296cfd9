// Runs a SavedModel on serialized examples: predictions, and features by preprocessing functions.
#ifndef TFX_MODEL_ANALYSIS_MODEL_RUNNER_H_
#define TFX_MODEL_ANALYSIS_MODEL_RUNNER_H_

#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "tensorflow_model_analysis/proto/config.pb.h"
#include "tfx/io/tfrecord.h"
#include "tfx/model_analysis/extract.h"
#include "tfx/tensorflow/saved_model.h"

namespace tfx::tfma {

// Thread-safe after Load.
class ModelRunner {
 public:
  // NOT_FOUND names the folder or lists the signatures that there are.
  static absl::StatusOr<std::unique_ptr<ModelRunner>> Load(const ::tensorflow_model_analysis::ModelSpec& spec,
                                                           const std::string& directory);

  // Predictions by output name; the wanted output of a single-output model is "". INVALID_ARGUMENT when it is unclear
  // which of several outputs is meant.
  absl::StatusOr<std::map<std::string, Ragged>> Predict(const io::Records& records,
                                                        const std::set<std::string>& outputs) const;

  // Of the outputs of the preprocessing functions those named in `wanted`.
  absl::StatusOr<ModelFeatures> Preprocess(const io::Records& records, const std::set<std::string>& wanted) const;

 private:
  ModelRunner() = default;
  absl::StatusOr<tf::TensorMap> Run(const std::string& signature, const io::Records& records,
                                    const std::vector<std::string>& outputs) const;
  ::tensorflow_model_analysis::ModelSpec spec_;
  std::string directory_;
  std::unique_ptr<tf::SavedModel> model_;
};

}  // namespace tfx::tfma

#endif  // TFX_MODEL_ANALYSIS_MODEL_RUNNER_H_
