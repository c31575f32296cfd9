// TFRecord files, plain or gzip. Format: length u64 LE, masked CRC-32C of the length, bytes, masked CRC-32C of the
// bytes (tensorflow/core/lib/io/record_writer.h); gzip is the whole stream compressed.
// Thread-compatible.
#ifndef TFX_IO_TFRECORD_H_
#define TFX_IO_TFRECORD_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tfx::io {

enum class Compression { kNone, kGzip };

// A run of records in one buffer.
class Records {
 public:
  void Append(std::string_view record);
  size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  std::string_view operator[](size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }
  size_t num_bytes() const { return bytes_.size(); }

 private:
  std::string bytes_;
  std::vector<size_t> ends_;
};

class TFRecordReader {
 public:
  // Compression is recognised by the gzip magic number, so the name does not matter. An empty file has no records.
  static absl::StatusOr<std::unique_ptr<TFRecordReader>> Open(std::string_view path);
  ~TFRecordReader();

  // The next record into `record` (valid until the next call). False at the end.
  // DATA_LOSS names the file, the record number (from 0) and its byte offset in the uncompressed stream: truncated,
  // corrupted, or not a TFRecord file.
  absl::StatusOr<bool> Read(std::string_view* record);

 private:
  struct Impl;
  explicit TFRecordReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class TFRecordWriter {
 public:
  // gzip output is the same bytes for the same records (no time stamp). `gzip_level` is zlib's, 0 (store) to 9.
  static absl::StatusOr<std::unique_ptr<TFRecordWriter>> Open(std::string_view path, Compression compression,
                                                              int gzip_level = 6);
  ~TFRecordWriter();  // without Close, nothing appears

  absl::Status Write(std::string_view record);
  absl::Status Close();

 private:
  struct Impl;
  explicit TFRecordWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// "<directory>/<prefix>-00002-of-00010<suffix>"
std::string ShardedFileName(std::string_view directory, std::string_view prefix, int shard, int num_shards,
                            std::string_view suffix);

}  // namespace tfx::io

#endif  // TFX_IO_TFRECORD_H_
