// Turns errno into a Status that names the operation and the path. Used inside io only.
#ifndef TFX_IO_POSIX_ERROR_H_
#define TFX_IO_POSIX_ERROR_H_

#include <string_view>

#include "absl/status/status.h"

namespace tfx::io {

// "cannot open /data/a.csv: Permission denied". Codes as in file_system.h; what is not listed there by Abseil's table.
absl::Status PosixError(int error, std::string_view operation, std::string_view path);

}  // namespace tfx::io

#endif  // TFX_IO_POSIX_ERROR_H_
