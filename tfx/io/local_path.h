// Local paths behind URIs, and the names of files that are still being written. Used inside io only.
#ifndef TFX_IO_LOCAL_PATH_H_
#define TFX_IO_LOCAL_PATH_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tfx::io {

// "file:///a" is "/a"; a path without scheme is itself. UNIMPLEMENTED for another scheme, INVALID_ARGUMENT for a path
// with a NUL byte, which no file name can hold.
absl::StatusOr<std::string> LocalPath(std::string_view path);

// "<directory>/.<name>.tmp-<pid>-<n>", with an n that this process has not used before.
std::string TemporaryName(std::string_view path);

// Makes renames and new names in a directory survive a power cut.
absl::Status SyncDirectory(const std::string& directory);

}  // namespace tfx::io

#endif  // TFX_IO_LOCAL_PATH_H_
