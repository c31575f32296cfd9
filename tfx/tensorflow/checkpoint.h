// Checkpoints in TensorFlow's tensor-bundle format (<prefix>.index, <prefix>.data-00000-of-00001), written and read by
// TensorFlow's own SaveV2 and RestoreV2.
#ifndef TFX_TENSORFLOW_CHECKPOINT_H_
#define TFX_TENSORFLOW_CHECKPOINT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/tensorflow/tensor.h"

namespace tfx::tf {

// Writes the tensors under their names. Both files appear whole, the index last.
absl::Status WriteCheckpoint(const std::string& prefix, const std::map<std::string, Tensor>& tensors);

// Reads all tensors. NOT_FOUND when there is no such checkpoint, DATA_LOSS when it is damaged; both name the prefix.
absl::StatusOr<std::map<std::string, Tensor>> ReadCheckpoint(const std::string& prefix);

}  // namespace tfx::tf

#endif  // TFX_TENSORFLOW_CHECKPOINT_H_
