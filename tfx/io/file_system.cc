#include "tfx/io/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/local_path.h"
#include "tfx/io/posix_error.h"

namespace tfx::io {
namespace {

constexpr size_t kCopyBytes = 1 << 20;
constexpr size_t kWriteBufferBytes = 1 << 16;
constexpr size_t kMaxIoBytes = 1 << 30;  // Linux transfers at most 2 GiB per call

class PosixReadFile : public RandomAccessFile {
 public:
  PosixReadFile(int descriptor, std::string path, uint64_t size)
      : descriptor_(descriptor), path_(std::move(path)), size_(size) {}
  ~PosixReadFile() override { close(descriptor_); }

  absl::StatusOr<size_t> Read(uint64_t offset, size_t size, char* buffer) const override {
    size_t done = 0;
    while (done < size) {
      const ssize_t n = pread(descriptor_, buffer + done, std::min(size - done, kMaxIoBytes), offset + done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return PosixError(errno, "read", path_);
      if (n == 0) break;
      done += n;
    }
    return done;
  }

  uint64_t size() const override { return size_; }

 private:
  const int descriptor_;
  const std::string path_;
  const uint64_t size_;
};

class PosixWriteFile : public WritableFile {
 public:
  PosixWriteFile(int descriptor, std::string temporary, std::string path)
      : descriptor_(descriptor), temporary_(std::move(temporary)), path_(std::move(path)) {}

  ~PosixWriteFile() override {
    if (descriptor_ >= 0) close(descriptor_);
    if (!temporary_.empty()) unlink(temporary_.c_str());
  }

  absl::Status Append(std::string_view bytes) override {
    if (descriptor_ < 0) return absl::FailedPreconditionError(absl::StrCat(path_, " is closed already"));
    if (buffer_.size() + bytes.size() <= kWriteBufferBytes) {
      buffer_.append(bytes);
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(WriteAll(buffer_));
    buffer_.clear();
    if (bytes.size() >= kWriteBufferBytes) return WriteAll(bytes);
    buffer_.append(bytes);
    return absl::OkStatus();
  }

  absl::Status Close() override {
    if (descriptor_ < 0) return absl::FailedPreconditionError(absl::StrCat(path_, " is closed already"));
    RETURN_IF_ERROR(WriteAll(buffer_));
    buffer_.clear();
    if (fsync(descriptor_) != 0) return PosixError(errno, "flush", path_);
    if (close(std::exchange(descriptor_, -1)) != 0) return PosixError(errno, "close", path_);
    if (rename(temporary_.c_str(), path_.c_str()) != 0) return PosixError(errno, "write", path_);
    temporary_.clear();
    return SyncDirectory(Dirname(path_));
  }

 private:
  absl::Status WriteAll(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = write(descriptor_, bytes.data(), std::min(bytes.size(), kMaxIoBytes));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return PosixError(errno, "write", path_);
      bytes.remove_prefix(n);
    }
    return absl::OkStatus();
  }

  int descriptor_;         // -1 after Close
  std::string temporary_;  // empty after a successful Close
  const std::string path_;
  std::string buffer_;
};

FileInfo InfoOf(std::string path, const struct stat& status) {
  FileInfo info;
  info.path = std::move(path);
  info.is_directory = S_ISDIR(status.st_mode);
  info.size = info.is_directory ? 0 : static_cast<uint64_t>(status.st_size);
  info.mtime_seconds = status.st_mtim.tv_sec;
  return info;
}

// Appends the files below `directory`. `ancestors` are the directories above, by device and inode: a link back to one
// of them would never end.
absl::Status AppendFiles(const std::string& directory, std::vector<std::pair<dev_t, ino_t>>& ancestors,
                         std::vector<FileInfo>& files) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ListDirectory(directory));
  for (const std::string& name : names) {
    std::string path = JoinPath(directory, name);
    struct stat status;
    if (stat(path.c_str(), &status) != 0) {
      if (errno == ENOENT) continue;  // a dangling link, or removed meanwhile
      return PosixError(errno, "read", path);
    }
    if (!S_ISDIR(status.st_mode)) {
      files.push_back(InfoOf(std::move(path), status));
      continue;
    }
    const std::pair<dev_t, ino_t> identity(status.st_dev, status.st_ino);
    if (std::find(ancestors.begin(), ancestors.end(), identity) != ancestors.end()) continue;
    ancestors.push_back(identity);
    RETURN_IF_ERROR(AppendFiles(path, ancestors, files));
    ancestors.pop_back();
  }
  return absl::OkStatus();
}

// Removes by lstat, so that links are removed and not followed.
absl::Status RemoveLocal(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) return errno == ENOENT ? absl::OkStatus() : PosixError(errno, "remove", path);
  if (!S_ISDIR(status.st_mode)) {
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return PosixError(errno, "remove", path);
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<std::string>> names = ListDirectory(path);
  if (absl::IsNotFound(names.status())) return absl::OkStatus();
  RETURN_IF_ERROR(names.status());
  for (const std::string& name : *names) RETURN_IF_ERROR(RemoveLocal(JoinPath(path, name)));
  if (rmdir(path.c_str()) != 0 && errno != ENOENT) return PosixError(errno, "remove", path);
  return absl::OkStatus();
}

}  // namespace

std::string TemporaryName(std::string_view path) {
  static std::atomic<uint64_t> counter{0};
  return JoinPath(Dirname(path), absl::StrCat(".", Basename(path), ".tmp-", getpid(), "-", counter++));
}

absl::Status SyncDirectory(const std::string& directory) {
  const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return PosixError(errno, "open", directory);
  // Some file systems do not flush directories; they say EINVAL.
  const int error = fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
  close(descriptor);
  return error == 0 ? absl::OkStatus() : PosixError(error, "flush", directory);
}

absl::StatusOr<std::unique_ptr<RandomAccessFile>> OpenForRead(std::string_view path) {
  ASSIGN_OR_RETURN(std::string local, LocalPath(path));
  const int descriptor = open(local.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return PosixError(errno, "open", local);
  struct stat status;
  const int error = fstat(descriptor, &status) != 0 ? errno : S_ISDIR(status.st_mode) ? EISDIR : 0;
  if (error != 0) {
    close(descriptor);
    return PosixError(error, "read", local);
  }
  return std::make_unique<PosixReadFile>(descriptor, std::move(local), static_cast<uint64_t>(status.st_size));
}

absl::StatusOr<std::unique_ptr<WritableFile>> OpenForWrite(std::string_view path) {
  ASSIGN_OR_RETURN(std::string local, LocalPath(path));
  if (local.empty() || local.back() == '/' || IsDirectory(local)) return PosixError(EISDIR, "write", local);
  RETURN_IF_ERROR(CreateDirectories(Dirname(local)));
  while (true) {
    std::string temporary = TemporaryName(local);
    const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) return std::make_unique<PosixWriteFile>(descriptor, std::move(temporary), std::move(local));
    // Left over by an earlier process of the same id: take the next name.
    if (errno != EEXIST) return PosixError(errno, "write", local);
  }
}

absl::StatusOr<std::string> ReadFile(std::string_view path) {
  ASSIGN_OR_RETURN(const std::unique_ptr<RandomAccessFile> file, OpenForRead(path));
  // One byte more than the size tells a file that ends there from one that has grown or has no size (/proc, a pipe).
  std::string contents;
  size_t chunk = file->size() + 1;
  while (true) {
    const size_t begin = contents.size();
    contents.resize(begin + chunk);
    ASSIGN_OR_RETURN(const size_t n, file->Read(begin, chunk, contents.data() + begin));
    contents.resize(begin + n);
    if (n < chunk) return contents;
    chunk = kCopyBytes;
  }
}

absl::Status WriteFile(std::string_view path, std::string_view contents) {
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file, OpenForWrite(path));
  RETURN_IF_ERROR(file->Append(contents));
  return file->Close();
}

absl::StatusOr<FileInfo> Stat(std::string_view path) {
  ASSIGN_OR_RETURN(std::string local, LocalPath(path));
  struct stat status;
  if (stat(local.c_str(), &status) != 0) return PosixError(errno, "read", local);
  return InfoOf(std::move(local), status);
}

bool Exists(std::string_view path) { return Stat(path).ok(); }

bool IsDirectory(std::string_view path) {
  const absl::StatusOr<FileInfo> info = Stat(path);
  return info.ok() && info->is_directory;
}

absl::Status CreateDirectories(std::string_view path) {
  ASSIGN_OR_RETURN(const std::string local, LocalPath(path));
  for (size_t end = 0; end != std::string::npos && !local.empty();) {
    end = local.find('/', end + 1);
    const std::string prefix = local.substr(0, end);
    if (mkdir(prefix.c_str(), 0777) == 0) continue;
    const int error = errno;
    if (IsDirectory(prefix)) continue;
    return PosixError(error == EEXIST ? ENOTDIR : error, "make directory", prefix);
  }
  return absl::OkStatus();
}

absl::Status RemoveRecursively(std::string_view path) {
  ASSIGN_OR_RETURN(const std::string local, LocalPath(path));
  return RemoveLocal(local);
}

absl::StatusOr<std::vector<std::string>> ListDirectory(std::string_view path) {
  ASSIGN_OR_RETURN(const std::string local, LocalPath(path));
  DIR* const directory = opendir(local.empty() ? "." : local.c_str());
  if (directory == nullptr) return PosixError(errno, "list", local);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  const int error = errno;
  closedir(directory);
  if (error != 0) return PosixError(error, "list", local);
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::vector<FileInfo>> ListRecursively(std::string_view path) {
  ASSIGN_OR_RETURN(const std::string local, LocalPath(path));
  struct stat status;
  if (stat(local.c_str(), &status) != 0) return PosixError(errno, "list", local);
  if (!S_ISDIR(status.st_mode)) return PosixError(ENOTDIR, "list", local);
  std::vector<std::pair<dev_t, ino_t>> ancestors = {{status.st_dev, status.st_ino}};
  std::vector<FileInfo> files;
  RETURN_IF_ERROR(AppendFiles(local, ancestors, files));
  std::sort(files.begin(), files.end(), [](const FileInfo& a, const FileInfo& b) { return a.path < b.path; });
  return files;
}

absl::Status Rename(std::string_view from, std::string_view to) {
  ASSIGN_OR_RETURN(const std::string local_from, LocalPath(from));
  ASSIGN_OR_RETURN(const std::string local_to, LocalPath(to));
  if (rename(local_from.c_str(), local_to.c_str()) != 0) {
    return PosixError(errno, absl::StrCat("rename ", local_from, " to"), local_to);
  }
  return absl::OkStatus();
}

absl::Status CopyFile(std::string_view from, std::string_view to) {
  ASSIGN_OR_RETURN(const std::unique_ptr<RandomAccessFile> source, OpenForRead(from));
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> target, OpenForWrite(to));
  std::string buffer(kCopyBytes, '\0');
  uint64_t offset = 0;
  while (true) {
    ASSIGN_OR_RETURN(const size_t n, source->Read(offset, buffer.size(), buffer.data()));
    RETURN_IF_ERROR(target->Append(std::string_view(buffer).substr(0, n)));
    offset += n;
    if (n < buffer.size()) return target->Close();
  }
}

absl::Status CopyTree(std::string_view from, std::string_view to) {
  ASSIGN_OR_RETURN(const std::string local_from, LocalPath(from));
  ASSIGN_OR_RETURN(const std::string local_to, LocalPath(to));
  if (!IsDirectory(local_from)) return CopyFile(local_from, local_to);
  RETURN_IF_ERROR(CreateDirectories(local_to));
  // Listed first, so that a copy into a directory below the source ends. Empty directories are copied too.
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ListDirectory(local_from));
  ASSIGN_OR_RETURN(const FileInfo target, Stat(local_to));
  for (const std::string& name : names) {
    if (AbsolutePath(JoinPath(local_from, name)) == AbsolutePath(target.path)) continue;
    RETURN_IF_ERROR(CopyTree(JoinPath(local_from, name), JoinPath(local_to, name)));
  }
  return absl::OkStatus();
}

}  // namespace tfx::io
