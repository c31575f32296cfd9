#include "tfx/io/atomic_directory.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "tfx/io/file_system.h"
#include "tfx/testing/test_folder.h"

namespace tfx::io {
namespace {

using Strings = std::vector<std::string>;

class AtomicDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(RemoveRecursively(root_).ok()); }
  void TearDown() override { EXPECT_TRUE(RemoveRecursively(root_).ok()); }

  const std::string root_ = JoinPath(testing::TestFolder(), "atomic_directory_test");
  const std::string final_ = JoinPath(root_, "model");
};

TEST_F(AtomicDirectoryTest, AppearsAtCommit) {
  AtomicDirectory directory = *AtomicDirectory::Create(final_);
  ASSERT_TRUE(WriteFile(JoinPath(directory.path(), "sub/f"), "x").ok());
  EXPECT_FALSE(Exists(final_));

  ASSERT_TRUE(directory.Commit().ok());

  EXPECT_EQ(*ReadFile(JoinPath(final_, "sub/f")), "x");
  EXPECT_EQ(*ListDirectory(root_), Strings{"model"});
  EXPECT_EQ(directory.Commit().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(AtomicDirectoryTest, IsRemovedWithoutCommit) {
  {
    AtomicDirectory directory = *AtomicDirectory::Create(final_);
    ASSERT_TRUE(WriteFile(JoinPath(directory.path(), "f"), "x").ok());
    AtomicDirectory moved = std::move(directory);
    EXPECT_EQ(ListDirectory(root_)->size(), 1u);
  }
  EXPECT_EQ(*ListDirectory(root_), Strings{});
}

TEST_F(AtomicDirectoryTest, ReplacesTheOldDirectoryWhole) {
  for (const char* name : {"old", "new"}) {
    AtomicDirectory directory = *AtomicDirectory::Create(final_ + "/");
    ASSERT_TRUE(WriteFile(JoinPath(directory.path(), name), "").ok());
    ASSERT_TRUE(directory.Commit().ok());
  }
  EXPECT_EQ(*ListDirectory(final_), Strings{"new"});
  EXPECT_EQ(*ListDirectory(root_), Strings{"model"});
}

TEST_F(AtomicDirectoryTest, DoesNotReplaceAFile) {
  ASSERT_TRUE(WriteFile(final_, "x").ok());
  EXPECT_EQ(AtomicDirectory::Create(final_).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(AtomicDirectory::Create("gs://b/c").status().code(), absl::StatusCode::kUnimplemented);
}

TEST_F(AtomicDirectoryTest, TwoWritersDoNotDisturbEachOther) {
  AtomicDirectory first = *AtomicDirectory::Create(final_);
  AtomicDirectory second = *AtomicDirectory::Create(final_);
  ASSERT_TRUE(WriteFile(JoinPath(first.path(), "1"), "").ok());
  ASSERT_TRUE(WriteFile(JoinPath(second.path(), "2"), "").ok());

  EXPECT_TRUE(first.Commit().ok());
  EXPECT_TRUE(second.Commit().ok());

  EXPECT_EQ(*ListDirectory(final_), Strings{"2"});
}

TEST_F(AtomicDirectoryTest, RemovesWhatAKilledProcessLeft) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto directory = AtomicDirectory::Create(final_);
    if (directory.ok()) WriteFile(JoinPath(directory->path(), "half"), "x").IgnoreError();
    kill(getpid(), SIGKILL);
  }
  int status;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(ListDirectory(root_)->size(), 1u);
  EXPECT_FALSE(Exists(final_));

  AtomicDirectory directory = *AtomicDirectory::Create(final_);

  EXPECT_EQ(*ListDirectory(root_), Strings{Basename(directory.path())});
}

}  // namespace
}  // namespace tfx::io
