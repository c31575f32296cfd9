// Files by path or URI. Today the local file system ("/a/b", "a/b", "file:///a/b"); object stores plug in behind the
// same functions. Errors name the path and carry: NOT_FOUND, PERMISSION_DENIED, ALREADY_EXISTS, RESOURCE_EXHAUSTED
// (disk full), FAILED_PRECONDITION (a directory where a file is needed or the reverse), UNIMPLEMENTED (unknown scheme).
// Thread-safe.
#ifndef TFX_IO_FILE_SYSTEM_H_
#define TFX_IO_FILE_SYSTEM_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tfx::io {

class RandomAccessFile {
 public:
  virtual ~RandomAccessFile() = default;
  // Up to `size` bytes from `offset`; fewer only at the end of the file.
  virtual absl::StatusOr<size_t> Read(uint64_t offset, size_t size, char* buffer) const = 0;
  virtual uint64_t size() const = 0;
};

class WritableFile {
 public:
  virtual ~WritableFile() = default;  // without Close, what was written is discarded
  virtual absl::Status Append(std::string_view bytes) = 0;
  // Flushes to the disk and makes the file appear under its name.
  virtual absl::Status Close() = 0;
};

struct FileInfo {
  std::string path;
  bool is_directory = false;
  uint64_t size = 0;          // bytes
  int64_t mtime_seconds = 0;  // Unix time
};

absl::StatusOr<std::unique_ptr<RandomAccessFile>> OpenForRead(std::string_view path);
// The file appears under its name only at Close, replacing what was there; parent directories are made.
absl::StatusOr<std::unique_ptr<WritableFile>> OpenForWrite(std::string_view path);

absl::StatusOr<std::string> ReadFile(std::string_view path);
absl::Status WriteFile(std::string_view path, std::string_view contents);  // whole or not at all

absl::StatusOr<FileInfo> Stat(std::string_view path);
bool Exists(std::string_view path);
bool IsDirectory(std::string_view path);
absl::Status CreateDirectories(std::string_view path);
absl::Status RemoveRecursively(std::string_view path);                          // OK when there is nothing
absl::StatusOr<std::vector<std::string>> ListDirectory(std::string_view path);  // names, sorted; NOT_FOUND
absl::StatusOr<std::vector<FileInfo>> ListRecursively(std::string_view path);   // files only, sorted by path
absl::Status Rename(std::string_view from, std::string_view to);                // atomic on one file system
absl::Status CopyFile(std::string_view from, std::string_view to);
absl::Status CopyTree(std::string_view from, std::string_view to);

// Files (not directories) that match a pattern with * ? [..] in any component (no ** ), sorted. Empty when nothing
// matches. A name that starts with a dot is matched only by a pattern that starts with one.
absl::StatusOr<std::vector<std::string>> Glob(std::string_view pattern);

std::string JoinPath(std::string_view a, std::string_view b);  // b when b is absolute or a URI
std::string Basename(std::string_view path);                   // "c" of "a/b/c" and of "a/b/c/"
std::string Dirname(std::string_view path);                    // "a/b" of "a/b/c"; "." without a slash
std::string AbsolutePath(std::string_view path);               // "." and ".." resolved by name, links not followed

}  // namespace tfx::io

#endif  // TFX_IO_FILE_SYSTEM_H_
