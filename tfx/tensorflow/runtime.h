// Opens TensorFlow's shared library at run time. Nothing here costs anything until the first call that needs
// TensorFlow.
//
// The library is looked for in $TFX_TENSORFLOW_DIR, then in the folder given at build time (./dev deps). Before it is
// opened TF_CPP_MIN_LOG_LEVEL=2 and TF_ENABLE_ONEDNN_OPTS=0 are set unless the environment has them.
// Thread-safe. The library stays open to the end of the process.
#ifndef TFX_TENSORFLOW_RUNTIME_H_
#define TFX_TENSORFLOW_RUNTIME_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tfx::tf {

// Opens TensorFlow if it is not open yet. NOT_FOUND, naming the places looked at and TFX_TENSORFLOW_DIR, when there is
// none; FAILED_PRECONDITION when the library lacks a function that we need.
absl::Status LoadRuntime();

// True when LoadRuntime has succeeded in this process: a cached pipeline run must leave it false.
bool RuntimeIsLoaded();

// "2.21.0". Loads the runtime.
absl::StatusOr<std::string> RuntimeVersion();

// The folder that LoadRuntime uses or would use.
std::string RuntimeDirectory();

}  // namespace tfx::tf

#endif  // TFX_TENSORFLOW_RUNTIME_H_
