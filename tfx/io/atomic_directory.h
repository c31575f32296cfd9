// A directory that appears whole or not at all.
//
//   ASSIGN_OR_RETURN(auto out, AtomicDirectory::Create(uri));
//   WriteFile(JoinPath(out.path(), "schema.pbtxt"), text);
//   RETURN_IF_ERROR(out.Commit());   // one rename
//
// Written beside its final place as ".<name>.tmp-<pid>-<n>"; what is not committed is removed by the destructor, and
// left-overs of killed processes by the next Create of the same name.
#ifndef TFX_IO_ATOMIC_DIRECTORY_H_
#define TFX_IO_ATOMIC_DIRECTORY_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tfx::io {

class AtomicDirectory {
 public:
  static absl::StatusOr<AtomicDirectory> Create(std::string_view final_path);
  AtomicDirectory(AtomicDirectory&&) noexcept;
  AtomicDirectory& operator=(AtomicDirectory&&) noexcept;
  ~AtomicDirectory();

  const std::string& path() const { return temporary_; }
  // Replaces an existing directory of the final name. Flushes files and the parent to the disk first.
  absl::Status Commit();

 private:
  AtomicDirectory(std::string final_path, std::string temporary);
  std::string final_;
  std::string temporary_;  // empty after Commit or move
};

}  // namespace tfx::io

#endif  // TFX_IO_ATOMIC_DIRECTORY_H_
