// Sequential bytes of a file, plain or gzip, read and written. Used by tfrecord.cc.
//
// Gzip is RFC 1952; a file of several members reads as their concatenation. Thread-compatible.
#ifndef TFX_IO_BYTE_STREAM_H_
#define TFX_IO_BYTE_STREAM_H_

#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/io/file_system.h"

namespace tfx::io {

class InputStream {
 public:
  virtual ~InputStream() = default;
  // Up to `size` (> 0) bytes; 0 only at the end. DATA_LOSS: truncated or corrupted gzip, or bytes behind its end.
  virtual absl::StatusOr<size_t> Read(char* buffer, size_t size) = 0;
};

std::unique_ptr<InputStream> PlainInput(std::unique_ptr<RandomAccessFile> file);
std::unique_ptr<InputStream> GzipInput(std::unique_ptr<RandomAccessFile> file);

// Same bytes in, same bytes out: the header has neither time nor name. `level` is zlib's, 0 to 9.
std::unique_ptr<WritableFile> GzipOutput(std::unique_ptr<WritableFile> file, int level);

}  // namespace tfx::io

#endif  // TFX_IO_BYTE_STREAM_H_
