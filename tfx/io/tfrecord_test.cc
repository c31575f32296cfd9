#include "tfx/io/tfrecord.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tfx/base/digest.h"
#include "tfx/io/file_system.h"
#include "tfx/testing/test_folder.h"

namespace tfx::io {
namespace {

std::string Path(std::string_view name) { return JoinPath(JoinPath(testing::TestFolder(), "tfrecord_test"), name); }

std::string Write(std::string_view name, const std::vector<std::string>& records, Compression compression,
                  int gzip_level = 6) {
  const std::string path = Path(name);
  auto writer = TFRecordWriter::Open(path, compression, gzip_level);
  EXPECT_TRUE(writer.ok()) << writer.status();
  for (const std::string& record : records) EXPECT_TRUE((*writer)->Write(record).ok());
  EXPECT_TRUE((*writer)->Close().ok());
  return path;
}

// All records, and the error at the end.
std::vector<std::string> Read(const std::string& path, absl::Status* status) {
  std::vector<std::string> records;
  auto reader = TFRecordReader::Open(path);
  *status = reader.status();
  while (reader.ok()) {
    std::string_view record;
    const absl::StatusOr<bool> there_is_one = (*reader)->Read(&record);
    *status = there_is_one.status();
    if (!there_is_one.ok() || !*there_is_one) break;
    records.emplace_back(record);
  }
  return records;
}

std::vector<std::string> ReadAll(const std::string& path) {
  absl::Status status;
  std::vector<std::string> records = Read(path, &status);
  EXPECT_TRUE(status.ok()) << status;
  return records;
}

absl::Status ErrorOf(std::string_view contents) {
  // Not by WriteFile, which waits for the disk.
  EXPECT_TRUE(CreateDirectories(Path("")).ok());
  EXPECT_TRUE(std::ofstream(Path("bad"), std::ios::binary).write(contents.data(), std::ssize(contents)).flush().good());
  absl::Status status;
  Read(Path("bad"), &status);
  return status;
}

const std::vector<std::string> kRecords = {"first", "", std::string(700000, 'x'), std::string("\0\n\xff", 3), "last"};

TEST(TFRecord, RoundTrip) {
  for (const Compression compression : {Compression::kNone, Compression::kGzip}) {
    EXPECT_EQ(ReadAll(Write("r", kRecords, compression)), kRecords);
    EXPECT_TRUE(ReadAll(Write("r", {}, compression)).empty());
  }
}

TEST(TFRecord, HasTheFormatOfTensorFlow) {
  const std::string bytes = *ReadFile(Write("r", {"abc"}, Compression::kNone));
  ASSERT_EQ(bytes.size(), 19u);
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x03\0\0\0\0\0\0\0", 8));
  const auto crc = [&](size_t i) {
    uint32_t value = 0;
    for (size_t k = 4; k-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i + k]);
    return value;
  };
  EXPECT_EQ(crc(8), MaskedCrc32c(bytes.substr(0, 8)));
  EXPECT_EQ(bytes.substr(12, 3), "abc");
  EXPECT_EQ(crc(15), MaskedCrc32c("abc"));
}

TEST(TFRecord, GzipIsReproducibleAtEveryLevel) {
  for (const int level : {0, 1, 6, 9}) {
    const std::string first = *ReadFile(Write("r", kRecords, Compression::kGzip, level));
    const std::string second = *ReadFile(Write("s", kRecords, Compression::kGzip, level));
    EXPECT_EQ(first, second);
    EXPECT_EQ(first.substr(4, 4), std::string(4, '\0')) << "time stamp";
    EXPECT_EQ(ReadAll(Path("s")), kRecords);
  }
}

TEST(TFRecord, ReadsGzipOfSeveralMembers) {
  const std::string one = *ReadFile(Write("r", {"a", "b"}, Compression::kGzip));
  const std::string two = *ReadFile(Write("r", {"c"}, Compression::kGzip));
  ASSERT_TRUE(WriteFile(Path("both"), one + two).ok());
  EXPECT_EQ(ReadAll(Path("both")), (std::vector<std::string>{"a", "b", "c"}));
}

// The length 0x1f8b + k * 65536 begins with gzip's magic number.
TEST(TFRecord, APlainFileMayBeginLikeGzip) {
  const std::vector<std::string> records = {std::string(0x8b1f, 'x')};
  EXPECT_EQ(ReadAll(Write("r", records, Compression::kNone)), records);
}

TEST(TFRecord, NothingAppearsWithoutClose) {
  const std::string path = Path("unfinished");
  {
    auto writer = TFRecordWriter::Open(path, Compression::kGzip);
    ASSERT_TRUE((*writer)->Write("x").ok());
  }
  EXPECT_FALSE(Exists(path));
}

TEST(TFRecord, AnEmptyFileHasNoRecordsAndAMissingOneIsNotFound) {
  EXPECT_TRUE(ErrorOf("").ok());
  absl::Status status;
  Read(Path("none"), &status);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
}

TEST(TFRecord, ErrorsNameFileRecordAndOffset) {
  const std::string good = *ReadFile(Write("r", {"abc", "defg"}, Compression::kNone));

  std::string flipped = good;
  flipped[19 + 12] ^= 1;
  EXPECT_EQ(ErrorOf(flipped),
            absl::DataLossError(
                absl::StrCat(Path("bad"), ": record 1 at byte 19: corrupted: the checksum of the bytes is wrong")));
  flipped = good;
  flipped[19] ^= 1;
  EXPECT_TRUE(absl::EndsWith(ErrorOf(flipped).message(),
                             "record 1 at byte 19: corrupted: the checksum of the length is wrong"));
  EXPECT_TRUE(absl::StrContains(ErrorOf("this is a text file\n").message(), "record 0 at byte 0: not a TFRecord file"));
  EXPECT_TRUE(absl::EndsWith(ErrorOf(good.substr(0, good.size() - 6)).message(),
                             "record 1 at byte 19: truncated: 4 bytes are announced, 2 are there"));
  EXPECT_TRUE(absl::EndsWith(ErrorOf(good + "xy").message(),
                             "record 2 at byte 39: truncated: the file ends inside the length"));
}

TEST(TFRecord, EveryTruncationAndBitFlipIsFound) {
  const std::vector<std::string> records = {"abcabcabc", "defg", "hij"};
  for (const Compression compression : {Compression::kNone, Compression::kGzip}) {
    const std::string good = *ReadFile(Write("r", records, compression));
    for (size_t size = 1; size < good.size(); ++size) {
      const absl::Status status = ErrorOf(good.substr(0, size));
      // Between two records of a plain file nothing tells that more should come.
      const bool is_boundary = compression == Compression::kNone && (size == 25 || size == 45);
      EXPECT_EQ(status.code(), is_boundary ? absl::StatusCode::kOk : absl::StatusCode::kDataLoss) << size;
    }
    for (size_t i = 0; i < good.size(); ++i) {
      std::string flipped = good;
      flipped[i] ^= 0x10;
      // Gzip's time, flags and padding bits have no checksum: then the records must be unharmed.
      const absl::Status status = ErrorOf(flipped);
      if (compression == Compression::kGzip && status.ok()) {
        EXPECT_EQ(ReadAll(Path("bad")), records) << i;
      } else {
        EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << i << ": " << status;
      }
    }
  }
}

TEST(TFRecord, BytesBehindGzipAreFound) {
  const std::string good = *ReadFile(Write("r", {"abc"}, Compression::kGzip));
  EXPECT_TRUE(absl::StrContains(ErrorOf(good + "garbage").message(), "bytes that are not gzip follow"));
  EXPECT_TRUE(absl::StrContains(ErrorOf(good.substr(0, good.size() - 3)).message(), "the gzip stream is truncated"));
}

// The checksum is right, so only the file's end shows that the length is not.
TEST(TFRecord, AHugeLengthCostsNoMemory) {
  std::string bytes("\0\0\0\0\0\x01\0\0", 8);  // 2^40
  const uint32_t crc = MaskedCrc32c(bytes);
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(crc >> (8 * i)));
  EXPECT_TRUE(absl::StrContains(ErrorOf(bytes + "abc").message(), "1099511627776 bytes are announced, 3 are there"));
}

TEST(TFRecord, ReadsTheGoldenFiles) {
  const char* const golden = std::getenv("TFX_GOLDEN_DIR");
  const std::string root = JoinPath(golden == nullptr ? "" : golden,
                                    "tfx/taxi_1.16/pipelines/chicago_taxi_native_keras/CsvExampleGen/examples/1");
  if (!IsDirectory(root)) GTEST_SKIP() << "no golden run at " << root;
  EXPECT_EQ(ReadAll(JoinPath(root, "Split-train/data_tfrecord-00000-of-00001.gz")).size(), 10036u);
  EXPECT_EQ(ReadAll(JoinPath(root, "Split-eval/data_tfrecord-00000-of-00001.gz")).size(), 4966u);
}

TEST(ShardedFileName, HasFiveDigits) {
  EXPECT_EQ(ShardedFileName("d", "data_tfrecord", 2, 10, ".gz"), "d/data_tfrecord-00002-of-00010.gz");
}

TEST(Records, KeepsRecordsApart) {
  Records records;
  EXPECT_TRUE(records.empty());
  records.Append("ab");
  records.Append("");
  records.Append("c");
  EXPECT_EQ(records.size(), 3u);
  EXPECT_EQ(records.num_bytes(), 3u);
  EXPECT_EQ(records[0], "ab");
  EXPECT_EQ(records[1], "");
  EXPECT_EQ(records[2], "c");
}

}  // namespace
}  // namespace tfx::io
