// A temporary file for what does not fit into memory: bytes are appended and read back by offset. Used by partitions.h.
//
// The file is made at the first Append and has no name from then on, so it vanishes with its owner even when the
// process is killed. Thread-safe. Errors name the folder: PERMISSION_DENIED, NOT_FOUND, RESOURCE_EXHAUSTED (disk full).
#ifndef TFX_DATA_VALIDATION_SKEW_SPILL_FILE_H_
#define TFX_DATA_VALIDATION_SKEW_SPILL_FILE_H_

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tfx::tfdv {

class SpillFile {
 public:
  // `directory` empty: $TMPDIR, else /tmp.
  explicit SpillFile(std::string directory);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  // The offset of the bytes.
  absl::StatusOr<uint64_t> Append(std::string_view bytes);
  absl::StatusOr<std::string> Read(uint64_t offset, uint64_t size) const;
  uint64_t size() const;  // bytes appended so far

 private:
  const std::string directory_;
  mutable std::mutex mutex_;
  int file_ = -1;
  uint64_t size_ = 0;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_SKEW_SPILL_FILE_H_
