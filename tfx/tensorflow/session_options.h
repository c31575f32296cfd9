// Private to tfx/tensorflow: SessionOptions as TensorFlow wants them. The runtime must be loaded.
#ifndef TFX_TENSORFLOW_SESSION_OPTIONS_H_
#define TFX_TENSORFLOW_SESSION_OPTIONS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "tfx/tensorflow/c_api.h"
#include "tfx/tensorflow/session.h"

namespace tfx::tf {

struct CSessionOptionsDeleter {
  void operator()(TF_SessionOptions* options) const { TF_DeleteSessionOptions(options); }
};
using CSessionOptions = std::unique_ptr<TF_SessionOptions, CSessionOptionsDeleter>;

absl::StatusOr<CSessionOptions> MakeSessionOptions(const SessionOptions& options);

}  // namespace tfx::tf

#endif  // TFX_TENSORFLOW_SESSION_OPTIONS_H_
