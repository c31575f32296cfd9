#include "tfx/data_validation/skew/spill_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "tfx/io/posix_error.h"

namespace tfx::tfdv {
namespace {

std::string TemporaryFolder(std::string directory) {
  if (!directory.empty()) return directory;
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/tmp";
}

}  // namespace

SpillFile::SpillFile(std::string directory) : directory_(TemporaryFolder(std::move(directory))) {}

SpillFile::~SpillFile() {
  if (file_ >= 0) close(file_);
}

absl::StatusOr<uint64_t> SpillFile::Append(std::string_view bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (file_ < 0) {
    std::string path = absl::StrCat(directory_, "/tfx-spill-XXXXXX");
    file_ = mkostemp(path.data(), O_CLOEXEC);
    if (file_ < 0) return io::PosixError(errno, "cannot make a temporary file in", directory_);
    unlink(path.c_str());
  }
  const uint64_t offset = size_;
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0)
      return io::PosixError(written < 0 ? errno : ENOSPC, "cannot write a temporary file in", directory_);
    size_ += static_cast<uint64_t>(written);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return offset;
}

absl::StatusOr<std::string> SpillFile::Read(uint64_t offset, uint64_t size) const {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t got = pread(file_, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io::PosixError(errno, "cannot read a temporary file in", directory_);
    if (got == 0) return absl::DataLossError(absl::StrCat("a temporary file in ", directory_, " ends too early"));
    done += static_cast<size_t>(got);
  }
  return bytes;
}

uint64_t SpillFile::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return size_;
}

}  // namespace tfx::tfdv
