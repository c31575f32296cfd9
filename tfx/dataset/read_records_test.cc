#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"
#include "tfx/testing/test_folder.h"

namespace tfx::dataset {
namespace {

std::string FilePath(const std::string& name) {
  return io::JoinPath(testing::TestFolder(), io::JoinPath("read_records_test", name));
}

std::string WriteRecords(const std::string& name, int first, int last) {
  const std::string path = FilePath(name);
  auto writer = io::TFRecordWriter::Open(path, io::Compression::kGzip);
  EXPECT_TRUE(writer.ok()) << writer.status();
  for (int i = first; i < last; ++i) EXPECT_TRUE((*writer)->Write(std::to_string(i)).ok());
  EXPECT_TRUE((*writer)->Close().ok());
  return path;
}

TEST(ReadRecords, CutsShardsByCountAcrossFiles) {
  const std::vector<std::string> files = {WriteRecords("a", 0, 5), WriteRecords("b", 5, 5), WriteRecords("c", 5, 12)};

  const ShardSource<io::Records> source = ReadRecords(files, {.records_per_shard = 4});

  std::vector<size_t> sizes;
  int next = 0;
  while (true) {
    const absl::StatusOr<std::optional<io::Records>> shard = source();
    ASSERT_TRUE(shard.ok()) << shard.status();
    if (!shard->has_value()) break;
    sizes.push_back((*shard)->size());
    for (size_t i = 0; i < (*shard)->size(); ++i) EXPECT_EQ((**shard)[i], std::to_string(next++));
  }
  EXPECT_EQ(sizes, (std::vector<size_t>{4, 4, 4}));
}

TEST(ReadRecords, NamesAFileThatIsNotThere) {
  const absl::Status status = ReadRecords({FilePath("nowhere")})().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(status.message(), "nowhere"));
}

TEST(SplitFiles, ListsTheFilesOfASplitInOrder) {
  const std::string uri = FilePath("artifact");
  ASSERT_TRUE(io::RemoveRecursively(uri).ok());
  for (const char* name :
       {"Split-train/b.gz", "Split-train/a.gz", "Split-train/.hidden", "Split-train/sub/c.gz", "old/x"}) {
    ASSERT_TRUE(io::WriteFile(io::JoinPath(uri, name), "").ok());
  }

  EXPECT_EQ(*SplitFiles(uri, "train"),
            (std::vector<std::string>{io::JoinPath(uri, "Split-train/a.gz"), io::JoinPath(uri, "Split-train/b.gz")}));
  EXPECT_EQ(*SplitFiles(uri, "old"), (std::vector<std::string>{io::JoinPath(uri, "old/x")}));
  EXPECT_EQ(SplitFiles(uri, "eval").status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(SplitFiles(uri, "eval").status().message(), "'eval'"));
}

}  // namespace
}  // namespace tfx::dataset
