// A directory that appears whole or not at all.
//
//   ASSIGN_OR_RETURN(auto out, AtomicDirectory::Create(uri));
//   WriteFile(JoinPath(out.path(), "schema.pbtxt"), text);
//   RETURN_IF_ERROR(out.Commit());   // one rename
//
// Written beside its final place as ".<name>.tmp-<pid>-<n>" and locked (flock) as long as its owner lives. What is not
// committed is removed by the destructor, and left-overs of killed processes, which nobody locks, by the next Create of
// the same name. Thread-compatible; several processes may make directories of the same name, the last Commit stays.
#ifndef TFX_IO_ATOMIC_DIRECTORY_H_
#define TFX_IO_ATOMIC_DIRECTORY_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tfx::io {

class AtomicDirectory {
 public:
  // Errors of file_system.h; FAILED_PRECONDITION when a file has the final name.
  static absl::StatusOr<AtomicDirectory> Create(std::string_view final_path);
  AtomicDirectory(AtomicDirectory&&) noexcept;
  AtomicDirectory& operator=(AtomicDirectory&&) noexcept;
  ~AtomicDirectory();

  const std::string& path() const { return temporary_; }
  // Replaces an existing directory of the final name. Flushes files and the parent to the disk first.
  absl::Status Commit();

 private:
  AtomicDirectory(std::string final_path, std::string temporary, int lock);
  void Discard();

  std::string final_;
  std::string temporary_;  // empty after Commit or move
  int lock_ = -1;          // descriptor of the temporary directory, which holds the lock
};

}  // namespace tfx::io

#endif  // TFX_IO_ATOMIC_DIRECTORY_H_
