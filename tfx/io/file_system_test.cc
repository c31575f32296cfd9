#include "tfx/io/file_system.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "tfx/testing/test_folder.h"

namespace tfx::io {
namespace {

using Strings = std::vector<std::string>;

class FileSystemTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(RemoveRecursively(root_).ok()); }
  void TearDown() override { EXPECT_TRUE(RemoveRecursively(root_).ok()); }
  std::string Path(std::string_view name) const { return JoinPath(root_, name); }

  const std::string root_ = JoinPath(testing::TestFolder(), "file_system_test");
};

TEST_F(FileSystemTest, WritesAndReadsWholeFiles) {
  const std::string big(300000, 'x');
  ASSERT_TRUE(WriteFile(Path("a/b/c"), big).ok());
  EXPECT_EQ(*ReadFile(Path("a/b/c")), big);
  ASSERT_TRUE(WriteFile(Path("a/b/c"), "short").ok());
  EXPECT_EQ(*ReadFile(Path("a/b/c")), "short");
  EXPECT_EQ(*ReadFile("file://" + Path("a/b/c")), "short");
  EXPECT_FALSE(ReadFile("/proc/self/status")->empty());  // says that it has size 0
}

TEST_F(FileSystemTest, AFileAppearsAtCloseOnly) {
  ASSERT_TRUE(WriteFile(Path("f"), "old").ok());
  {
    auto file = *OpenForWrite(Path("f"));
    ASSERT_TRUE(file->Append("new").ok());
    EXPECT_EQ(*ReadFile(Path("f")), "old");
  }
  EXPECT_EQ(*ReadFile(Path("f")), "old");
  EXPECT_EQ(*ListDirectory(root_), Strings{"f"});

  auto file = *OpenForWrite(Path("f"));
  ASSERT_TRUE(file->Append("new").ok());
  ASSERT_TRUE(file->Append(std::string(200000, 'y')).ok());
  ASSERT_TRUE(file->Close().ok());
  EXPECT_EQ(ReadFile(Path("f"))->size(), 200003u);
  EXPECT_EQ(*ListDirectory(root_), Strings{"f"});
  EXPECT_EQ(file->Append("z").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(file->Close().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(FileSystemTest, ReadsPartsOfAFile) {
  ASSERT_TRUE(WriteFile(Path("f"), "0123456789").ok());
  const auto file = *OpenForRead(Path("f"));
  char buffer[8];
  EXPECT_EQ(file->size(), 10u);
  EXPECT_EQ(*file->Read(3, 4, buffer), 4u);
  EXPECT_EQ(std::string(buffer, 4), "3456");
  EXPECT_EQ(*file->Read(7, 8, buffer), 3u);
  EXPECT_EQ(*file->Read(20, 8, buffer), 0u);
}

TEST_F(FileSystemTest, ErrorsNameThePathAndHaveTheirCodes) {
  ASSERT_TRUE(WriteFile(Path("file"), "x").ok());
  ASSERT_TRUE(CreateDirectories(Path("dir")).ok());

  const absl::Status missing = ReadFile(Path("none")).status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(missing.message(), "cannot open " + Path("none") + ": No such file or directory");
  EXPECT_EQ(ReadFile(Path("dir")).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(WriteFile(Path("dir"), "x").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(WriteFile(Path("file/below"), "x").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(CreateDirectories(Path("file/below")).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ListDirectory(Path("file")).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ListDirectory(Path("none")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Stat(Path("none")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadFile("gs://bucket/f").status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_TRUE(absl::StrContains(ReadFile("gs://bucket/f").status().message(), "gs://"));
  EXPECT_EQ(ReadFile(std::string_view("a\0b", 3)).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(WriteFile("/proc/nothing/here", "x").code(), absl::StatusCode::kNotFound);
}

// A limit on file sizes stands in for a full disk: write() fails in the middle of the file.
TEST_F(FileSystemTest, AFailedWriteIsResourceExhaustedAndLeavesNothing) {
  ASSERT_TRUE(CreateDirectories(root_).ok());
  rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {100000, old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);

  const absl::Status status = WriteFile(Path("big"), std::string(300000, 'x'));

  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  signal(SIGXFSZ, old_handler);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), Path("big"))) << status;
  EXPECT_EQ(*ListDirectory(root_), Strings{});
}

TEST_F(FileSystemTest, UnreadableFileIsPermissionDenied) {
  ASSERT_TRUE(WriteFile(Path("secret"), "x").ok());
  ASSERT_EQ(chmod(Path("secret").c_str(), 0), 0);
  if (access(Path("secret").c_str(), R_OK) == 0) GTEST_SKIP() << "this user may read everything";
  EXPECT_EQ(ReadFile(Path("secret")).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(FileSystemTest, ListsSorted) {
  for (const char* name : {"b", "a", "d/x", "d/e/y", "d/.h"}) ASSERT_TRUE(WriteFile(Path(name), "12").ok());
  ASSERT_EQ(symlink("..", Path("d/up").c_str()), 0);
  ASSERT_EQ(symlink("nowhere", Path("d/dangling").c_str()), 0);

  EXPECT_EQ(*ListDirectory(root_), (Strings{"a", "b", "d"}));
  Strings files;
  const std::vector<FileInfo> infos = *ListRecursively(root_);
  for (const FileInfo& info : infos) {
    EXPECT_FALSE(info.is_directory);
    EXPECT_EQ(info.size, 2u);
    EXPECT_GT(info.mtime_seconds, 1600000000);
    files.push_back(info.path);
  }
  EXPECT_EQ(files, (Strings{Path("a"), Path("b"), Path("d/.h"), Path("d/e/y"), Path("d/x")}));
}

TEST_F(FileSystemTest, RemovesLinksAndNotWhatTheyPointTo) {
  ASSERT_TRUE(WriteFile(Path("keep/f"), "x").ok());
  ASSERT_TRUE(CreateDirectories(Path("gone/deep")).ok());
  ASSERT_EQ(symlink(Path("keep").c_str(), Path("gone/link").c_str()), 0);

  EXPECT_TRUE(RemoveRecursively(Path("gone")).ok());
  EXPECT_TRUE(RemoveRecursively(Path("gone")).ok());

  EXPECT_FALSE(Exists(Path("gone")));
  EXPECT_TRUE(Exists(Path("keep/f")));
}

TEST_F(FileSystemTest, CopiesAndRenames) {
  ASSERT_TRUE(WriteFile(Path("t/a"), "1").ok());
  ASSERT_TRUE(WriteFile(Path("t/d/b"), "2").ok());
  ASSERT_TRUE(CreateDirectories(Path("t/empty")).ok());

  ASSERT_TRUE(CopyTree(Path("t"), Path("t/copy")).ok());
  ASSERT_TRUE(Rename(Path("t/copy"), Path("u")).ok());

  EXPECT_EQ(*ReadFile(Path("u/a")), "1");
  EXPECT_EQ(*ReadFile(Path("u/d/b")), "2");
  EXPECT_TRUE(IsDirectory(Path("u/empty")));
  EXPECT_FALSE(Exists(Path("u/copy")));
  EXPECT_EQ(CopyFile(Path("none"), Path("x")).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Rename(Path("none"), Path("x")).code(), absl::StatusCode::kNotFound);
}

TEST_F(FileSystemTest, GlobMatchesFilesInAnyComponent) {
  for (const char* name : {"s-1/x.csv", "s-2/y.csv", "s-2/y.txt", "s-2/.h.csv", "other/z.csv", "s-3/dir.csv/f"}) {
    ASSERT_TRUE(WriteFile(Path(name), "").ok());
  }
  EXPECT_EQ(*Glob(Path("s-*/*.csv")), (Strings{Path("s-1/x.csv"), Path("s-2/y.csv")}));
  EXPECT_EQ(*Glob(Path("s-[13]/?.csv")), Strings{Path("s-1/x.csv")});
  EXPECT_EQ(*Glob(Path("*/y.*")), (Strings{Path("s-2/y.csv"), Path("s-2/y.txt")}));
  EXPECT_EQ(*Glob(Path("s-2/.*")), Strings{Path("s-2/.h.csv")});
  EXPECT_EQ(*Glob(Path("other/z.csv")), Strings{Path("other/z.csv")});
  EXPECT_EQ(*Glob(Path("none/*")), Strings{});
  EXPECT_EQ(*Glob(Path("s-1/x.csv/*")), Strings{});
}

TEST(Paths, AreJoinedAndTakenApart) {
  EXPECT_EQ(JoinPath("a", "b"), "a/b");
  EXPECT_EQ(JoinPath("a/", "b"), "a/b");
  EXPECT_EQ(JoinPath("", "b"), "b");
  EXPECT_EQ(JoinPath("a", ""), "a");
  EXPECT_EQ(JoinPath("a", "/b"), "/b");
  EXPECT_EQ(JoinPath("a", "file:///b"), "file:///b");
  EXPECT_EQ(Basename("/a/b.c"), "b.c");
  EXPECT_EQ(Basename("a/b/"), "b");
  EXPECT_EQ(Basename("/"), "/");
  EXPECT_EQ(Dirname("/a/b"), "/a");
  EXPECT_EQ(Dirname("/a"), "/");
  EXPECT_EQ(Dirname("a"), ".");
  EXPECT_EQ(Dirname("a/b/"), "a");
  EXPECT_EQ(AbsolutePath("/a/./b//../c/"), "/a/c");
  EXPECT_EQ(AbsolutePath("/.."), "/");
  EXPECT_EQ(AbsolutePath("file:///a/b"), "/a/b");
  EXPECT_EQ(Basename(AbsolutePath("x")), "x");
}

}  // namespace
}  // namespace tfx::io
