#include "tfx/io/atomic_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/io/local_path.h"
#include "tfx/io/posix_error.h"

namespace tfx::io {
namespace {

constexpr int kTaken = -1;       // the directory is gone or somebody else has it
constexpr int kCannotLock = -2;  // the file system has no locks

// Opens and locks a directory: its descriptor, or one of the above.
int TryLock(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return kTaken;
  int result = descriptor;
  struct stat opened, named;
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    result = errno == EWOULDBLOCK ? kTaken : kCannotLock;
  } else if (fstat(descriptor, &opened) != 0 || stat(path.c_str(), &named) != 0 || opened.st_ino != named.st_ino) {
    result = kTaken;  // removed between open and lock
  }
  if (result < 0) close(descriptor);
  return result;
}

// Best effort: what cannot be removed now is tried again by the next Create.
void RemoveLeftOvers(const std::string& final_path) {
  const std::string parent = Dirname(final_path);
  const std::string prefix = absl::StrCat(".", Basename(final_path), ".tmp-");
  const absl::StatusOr<std::vector<std::string>> names = ListDirectory(parent);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (!absl::StartsWith(name, prefix)) continue;
    const std::string path = JoinPath(parent, name);
    const int lock = TryLock(path);
    if (lock < 0) continue;
    RemoveRecursively(path).IgnoreError();
    close(lock);
  }
}

absl::Status SyncTree(const std::string& root) {
  ASSIGN_OR_RETURN(const std::vector<FileInfo> files, ListRecursively(root));
  std::set<std::string> directories = {root};
  for (const FileInfo& file : files) {
    const int descriptor = open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return PosixError(errno, "open", file.path);
    const int error = fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
    close(descriptor);
    if (error != 0) return PosixError(error, "flush", file.path);
    for (std::string d = Dirname(file.path); directories.insert(d).second;) d = Dirname(d);
  }
  for (const std::string& directory : directories) RETURN_IF_ERROR(SyncDirectory(directory));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AtomicDirectory> AtomicDirectory::Create(std::string_view final_path) {
  ASSIGN_OR_RETURN(std::string local, LocalPath(final_path));
  while (local.size() > 1 && local.back() == '/') local.pop_back();
  if (local.empty() || local == "/") return PosixError(EINVAL, "make directory", local);
  if (Exists(local) && !IsDirectory(local)) return PosixError(ENOTDIR, "make directory", local);
  RETURN_IF_ERROR(CreateDirectories(Dirname(local)));
  RemoveLeftOvers(local);
  while (true) {
    std::string temporary = TemporaryName(local);
    if (mkdir(temporary.c_str(), 0777) != 0) {
      if (errno == EEXIST) continue;
      return PosixError(errno, "make directory", temporary);
    }
    const int lock = TryLock(temporary);
    // Taken: another process saw a left-over in the moment before the lock, and removes it. Make another.
    if (lock != kTaken) return AtomicDirectory(std::move(local), std::move(temporary), std::max(lock, -1));
  }
}

AtomicDirectory::AtomicDirectory(std::string final_path, std::string temporary, int lock)
    : final_(std::move(final_path)), temporary_(std::move(temporary)), lock_(lock) {}

AtomicDirectory::AtomicDirectory(AtomicDirectory&& other) noexcept
    : final_(std::move(other.final_)),
      temporary_(std::exchange(other.temporary_, "")),
      lock_(std::exchange(other.lock_, -1)) {}

AtomicDirectory& AtomicDirectory::operator=(AtomicDirectory&& other) noexcept {
  if (this == &other) return *this;
  Discard();
  final_ = std::move(other.final_);
  temporary_ = std::exchange(other.temporary_, "");
  lock_ = std::exchange(other.lock_, -1);
  return *this;
}

AtomicDirectory::~AtomicDirectory() { Discard(); }

void AtomicDirectory::Discard() {
  if (!temporary_.empty()) RemoveRecursively(temporary_).IgnoreError();
  temporary_.clear();
  if (lock_ >= 0) close(std::exchange(lock_, -1));
}

absl::Status AtomicDirectory::Commit() {
  if (temporary_.empty()) return absl::FailedPreconditionError(absl::StrCat(final_, " is committed already"));
  RETURN_IF_ERROR(SyncTree(temporary_));
  if (rename(temporary_.c_str(), final_.c_str()) == 0) {
    temporary_.clear();
  } else if (errno == ENOTEMPTY || errno == EEXIST) {
    // Swap with what is there, so that at every moment one of the two has the name; then the old one is discarded.
    if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, final_.c_str(), RENAME_EXCHANGE) != 0) {
      if (errno != EINVAL && errno != ENOSYS) return PosixError(errno, "replace", final_);
      const std::string old = TemporaryName(final_);
      RETURN_IF_ERROR(Rename(final_, old));
      if (const absl::Status renamed = Rename(temporary_, final_); !renamed.ok()) {
        Rename(old, final_).IgnoreError();
        return renamed;
      }
      temporary_ = old;
    }
  } else {
    return PosixError(errno, "publish", final_);
  }
  const absl::Status synced = SyncDirectory(Dirname(final_));
  Discard();
  return synced;
}

}  // namespace tfx::io
