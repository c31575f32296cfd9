#include "tfx/tensorflow/runtime.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "tfx/tensorflow/c_api.h"

namespace tfx::tf {
namespace {

constexpr char kLibrary[] = "libtensorflow_cc.so.2";

std::atomic<bool> g_loaded{false};

absl::Status Open() {
  const std::string directory = RuntimeDirectory();
  const std::string path = absl::StrCat(directory, "/", kLibrary);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    const bool from_environment = std::getenv("TFX_TENSORFLOW_DIR") != nullptr;
    return absl::NotFoundError(
        absl::StrCat("TensorFlow is not installed: there is no ", path, " (folder from ",
                     from_environment ? "the environment variable TFX_TENSORFLOW_DIR" : "the build",
                     "). Run ./dev deps, or set TFX_TENSORFLOW_DIR to a folder that holds ", kLibrary,
                     " and libtensorflow_framework.so.2"));
  }
  // Kernels then give the same bits everywhere and small graphs run twice as fast; a user's own setting wins.
  setenv("TF_CPP_MIN_LOG_LEVEL", "2", /*overwrite=*/0);
  setenv("TF_ENABLE_ONEDNN_OPTS", "0", /*overwrite=*/0);
  // LOCAL: TensorFlow carries its own protobuf, gRPC and abseil, which must not meet ours.
  void* const handle = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    return absl::FailedPreconditionError(
        absl::StrCat("cannot open TensorFlow: ", reason == nullptr ? path.c_str() : reason,
                     ". Run ./dev deps to fetch it again, or set TFX_TENSORFLOW_DIR"));
  }
  std::string missing;
#define TFX_RESOLVE(function)                                                   \
  function = reinterpret_cast<decltype(&::function)>(dlsym(handle, #function)); \
  if (function == nullptr) absl::StrAppend(&missing, missing.empty() ? "" : ", ", #function);
  TFX_TENSORFLOW_FUNCTIONS(TFX_RESOLVE)
#undef TFX_RESOLVE
  if (!missing.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " lacks functions that tfx needs: ", missing, ". TensorFlow 2.21 is expected"));
  }
  g_loaded.store(true, std::memory_order_release);
  return absl::OkStatus();
}

}  // namespace

absl::Status LoadRuntime() {
  if (g_loaded.load(std::memory_order_acquire)) return absl::OkStatus();
  // A failure is not remembered: the caller may set TFX_TENSORFLOW_DIR and try again.
  static std::mutex* mutex = new std::mutex;
  std::lock_guard lock(*mutex);
  if (g_loaded.load(std::memory_order_acquire)) return absl::OkStatus();
  return Open();
}

bool RuntimeIsLoaded() { return g_loaded.load(std::memory_order_acquire); }

absl::StatusOr<std::string> RuntimeVersion() {
  if (absl::Status status = LoadRuntime(); !status.ok()) return status;
  return std::string(TF_Version());
}

std::string RuntimeDirectory() {
  const char* directory = std::getenv("TFX_TENSORFLOW_DIR");
  return directory != nullptr && *directory != '\0' ? directory : TFX_TENSORFLOW_DEFAULT_DIR;
}

}  // namespace tfx::tf
