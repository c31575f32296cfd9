// Exports a trained model as TFX's SavedModel: raw tf.Examples in, predictions out, with the Transform graph inside, so
// that training and serving cannot differ.
//
//   return tfx::SaveModel(model, transform_output, args.serving_model_dir);
//
// Signatures: serving_default    {"examples": string [batch]} -> {"outputs": float [batch, ...]}
//             transform_features {"examples": string [batch]} -> every transformed feature, label included
// Examples are serialized tf.Examples of raw features; serving_default needs no label.
// Read by TF Serving, Evaluator, Python's tf.saved_model.load, and keras::Model::LoadWeights.
#ifndef TFX_TRAINER_SAVE_MODEL_H_
#define TFX_TRAINER_SAVE_MODEL_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace keras {
class Model;
}

namespace tft {
class TransformOutput;
}

namespace tfx {

struct SaveModelOptions {
  std::string input_key = "examples";
  std::string output_key = "outputs";
  bool transform_features_signature = true;
};

// INVALID_ARGUMENT names an input of the model that Transform does not make (nearest name suggested) or that has
// another type or shape; ALREADY_EXISTS when the directory is there and not empty. Appears whole or not at all.
absl::Status SaveModel(const keras::Model& model, const tft::TransformOutput& transform_output,
                       const std::string& serving_model_dir, const SaveModelOptions& options = {});

// For a model on raw features, without Transform: serving_default parses the model's inputs from tf.Examples, and a
// second signature "serving_raw" takes the inputs as tensors by name.
absl::Status SaveModel(const keras::Model& model, const std::string& serving_model_dir,
                       const SaveModelOptions& options = {});

}  // namespace tfx

#endif  // TFX_TRAINER_SAVE_MODEL_H_
