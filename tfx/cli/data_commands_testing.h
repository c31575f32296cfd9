// `tfx data` as a user types it, for tests: runs verbs in the process, on files in a folder of the test's own.
#ifndef TFX_CLI_DATA_COMMANDS_TESTING_H_
#define TFX_CLI_DATA_COMMANDS_TESTING_H_

#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/cli/commands.h"
#include "tfx/dataset/example_writer.h"
#include "tfx/io/file_system.h"
#include "tfx/io/tfrecord.h"
#include "tfx/testing/test_folder.h"

namespace tfx::cli {

struct Result {
  int code;
  std::string out;
  std::string err;
};

class DataCommandsTest : public ::testing::Test {
 protected:
  DataCommandsTest() : root_(io::JoinPath(::tfx::testing::TestFolder(), "data_commands")) {
    EXPECT_TRUE(io::CreateDirectories(root_).ok());
    Write("trips.csv", "fare,company\n1.5,Blue\n2.5,Checker\n,Blue\n4,Blue\n");
  }
  ~DataCommandsTest() override { EXPECT_TRUE(io::RemoveRecursively(root_).ok()); }

  std::string Path(const std::string& name) const { return io::JoinPath(root_, name); }
  void Write(const std::string& name, const std::string& bytes) const {
    ASSERT_TRUE(io::WriteFile(Path(name), bytes).ok());
  }
  std::string Read(const std::string& name) const { return io::ReadFile(Path(name)).value_or("(absent)"); }

  // `tfx data WORDS`; "@name" in a word is the path of that file.
  Result Data(std::vector<std::string> words) const {
    words.insert(words.begin(), {"tfx", "data"});
    std::vector<const char*> arguments;
    for (std::string& word : words) {
      if (const size_t at = word.find('@'); at != std::string::npos) word.replace(at, 1, root_ + "/");
      arguments.push_back(word.c_str());
    }
    std::ostringstream out, err;
    const int code = cli::Run(static_cast<int>(arguments.size()), arguments.data(), out, err);
    return {code, out.str(), err.str()};
  }
  // Statistics of trips.csv at stats.pb and their schema at schema.pbtxt.
  void MakeStatisticsAndSchema() const {
    ASSERT_EQ(Data({"statistics", "--input=@trips.csv", "--output=@stats.pb"}).err, "");
    ASSERT_EQ(Data({"schema", "--statistics=@stats.pb", "--output=@schema.pbtxt"}).err, "");
  }
  // It failed with these words, wrote nothing to `output` and left nothing unfinished behind.
  void ExpectRefused(const Result& result, const std::vector<std::string>& words,
                     const std::string& output = "out.pb") const {
    EXPECT_EQ(result.code, kExitError) << result.out << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, ::testing::StartsWith("tfx: "));
    for (const std::string& word : words) EXPECT_THAT(result.err, ::testing::HasSubstr(word));
    EXPECT_FALSE(io::Exists(Path(output)));
    for (const auto& entry : std::filesystem::directory_iterator(root_)) {
      EXPECT_THAT(entry.path().filename().string(), ::testing::Not(::testing::StartsWith(".")))
          << "something unfinished is left";
    }
  }
  void WriteRecords(const std::string& name, const std::vector<std::string>& records) const {
    auto writer = io::TFRecordWriter::Open(Path(name), io::Compression::kNone);
    ASSERT_TRUE(writer.ok());
    for (const std::string& record : records) ASSERT_TRUE((*writer)->Write(record).ok());
    ASSERT_TRUE((*writer)->Close().ok());
  }
  // Examples of bytes "id" and int64 "number".
  void WriteExamples(const std::string& name, const std::vector<std::pair<std::string, int64_t>>& rows) const {
    std::vector<std::string> records;
    dataset::ExampleWriter example;
    for (const auto& [id, number] : rows) {
      example.AddBytes("id", 1, [&](size_t) { return std::string_view(id); });
      example.AddInts("number", std::vector<int64_t>{number});
      records.emplace_back(example.Finish());
    }
    WriteRecords(name, records);
  }

  const std::string root_;
};

}  // namespace tfx::cli

#endif  // TFX_CLI_DATA_COMMANDS_TESTING_H_
