// A folder for the files of a test program: its own in each process, so that programs that run at once, or one twice,
// do not meet; removed when the process ends. Thread-safe.
#ifndef TFX_TESTING_TEST_FOLDER_H_
#define TFX_TESTING_TEST_FOLDER_H_

#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "gtest/gtest.h"

namespace tfx::testing {

// Its path, without a slash at the end. It exists.
inline const std::string& TestFolder() {
  struct Folder {
    Folder()
        : owner(getpid()), path((std::filesystem::path(::testing::TempDir()) / ("tfx_test_" + std::to_string(owner)))) {
      std::filesystem::create_directories(path);
    }
    ~Folder() {
      std::error_code ignored;
      if (getpid() == owner) std::filesystem::remove_all(path, ignored);  // not at the end of a fork
    }
    const pid_t owner;
    const std::string path;
  };
  static const Folder folder;
  return folder.path;
}

}  // namespace tfx::testing

#endif  // TFX_TESTING_TEST_FOLDER_H_
