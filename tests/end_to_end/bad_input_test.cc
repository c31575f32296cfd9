// What a user gets for data and files that are wrong: a message that names the place, a non-zero exit code, and nothing
// half published.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "program.h"
#include "tfx/io/file_system.h"
#include "tfx/io/tfrecord.h"

namespace tfx_tests {
namespace {

using ::testing::HasSubstr;

class BadInputTest : public ::testing::Test {
 protected:
  void WriteData(const std::string& bytes, const std::string& name = "data.csv") {
    std::filesystem::create_directories(directory_ / "data");
    std::ofstream(directory_ / "data/" + name, std::ios::binary) << bytes;
  }
  std::string Header() const {
    std::ifstream stream(TaxiData() + "/data.csv");
    std::string header;
    std::getline(stream, header);
    return header + "\n";
  }
  // The first `rows` rows of the real data, header included.
  std::string Head(int rows) const {
    std::ifstream stream(TaxiData() + "/data.csv");
    std::string text;
    std::string line;
    for (int i = 0; i <= rows && std::getline(stream, line); ++i) text += line + "\n";
    return text;
  }
  ProgramResult RunTaxi(const std::vector<std::string>& more = {}, const ProgramOptions& options = {}) const {
    std::vector<std::string> flags = {"run", "--data_root=" + directory_ / "data",
                                      "--pipeline_root=" + directory_ / "pipeline",
                                      "--serving_model_dir=" + directory_ / "serving", "--train_steps=5"};
    flags.insert(flags.end(), more.begin(), more.end());
    return RunProgram("chicago_taxi", flags, options);
  }
  // The node failed with all the words; its output directory is empty or absent, and nothing was served.
  void ExpectFailure(const ProgramResult& result, const std::string& node, const std::string& key,
                     const std::vector<std::string>& words, int exit_code = 1) const {
    EXPECT_EQ(result.exit_code, exit_code) << result.out;
    for (const std::string& word : words) EXPECT_THAT(result.out, HasSubstr(word));
    const std::filesystem::path outputs = std::filesystem::path(directory_ / "pipeline") / node / key;
    EXPECT_TRUE(!std::filesystem::exists(outputs) || std::filesystem::is_empty(outputs)) << outputs;
    EXPECT_TRUE(!std::filesystem::exists(directory_ / "serving") || std::filesystem::is_empty(directory_ / "serving"));
  }

  TestDirectory directory_;
};

TEST_F(BadInputTest, MissingDirectoryIsAWiringErrorBeforeAnythingRuns) {
  std::filesystem::remove_all(directory_ / "data");
  const ProgramResult result = RunTaxi();
  ExpectFailure(result, "CsvExampleGen", "examples", {"CsvExampleGen", "input_base", directory_ / "data"}, 2);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "pipeline/metadata.db"));
}

TEST_F(BadInputTest, EmptyCsv) {
  WriteData("");
  ExpectFailure(RunTaxi(), "CsvExampleGen", "examples", {"CsvExampleGen", "data.csv"});
}

TEST_F(BadInputTest, HeaderOnly) {
  WriteData(Header());
  ExpectFailure(RunTaxi(), "SchemaGen", "schema", {"SchemaGen failed", "split 'train'", "has no Examples"});
}

TEST_F(BadInputTest, RaggedRow) {
  WriteData(Head(3) + "1,2,3\n");
  ExpectFailure(RunTaxi(), "CsvExampleGen", "examples", {"CsvExampleGen", "data.csv", "5"});
}

TEST_F(BadInputTest, StrayQuote) {
  WriteData("a,b\n1,\"2\n3,4\n");
  ExpectFailure(RunTaxi(), "CsvExampleGen", "examples", {"CsvExampleGen", "data.csv", "2", "quote"});
}

TEST_F(BadInputTest, NulBytes) {
  WriteData(std::string("a,b\n1,x\0y\n", 10));
  ExpectFailure(RunTaxi(), "CsvExampleGen", "examples", {"CsvExampleGen", "data.csv", "2", "NUL"});
}

TEST_F(BadInputTest, Latin1Bytes) {
  WriteData("a,b\n1,Caf\xe9\n");
  ExpectFailure(RunTaxi(), "CsvExampleGen", "examples", {"CsvExampleGen", "data.csv", "2", "UTF-8"});
}

TEST_F(BadInputTest, TenMegabyteCellIsNoProblem) {
  TestDirectory out;
  WriteData("a,b\n1," + std::string(10 << 20, 'x') + "\n2,y\n");
  const ProgramResult result = RunProgram(
      "tfx", {"data", "statistics", "--input=" + directory_ / "data/data.csv", "--output=" + out / "stats.pbtxt"});
  EXPECT_EQ(result.exit_code, 0) << result.out;
}

TEST_F(BadInputTest, MissingDirectory) {
  ExpectFailure(RunTaxi(), "CsvExampleGen", "examples", {directory_ / "data"},
                std::filesystem::exists(directory_ / "pipeline") ? 1 : RunTaxi().exit_code);
  EXPECT_NE(RunTaxi().exit_code, 0);
}

TEST_F(BadInputTest, ColumnOfMixedTypesBecomesText) {
  WriteData("a,b\n1,1\nx,2.5\n3,nan\n");
  const ProgramResult result =
      RunProgram("tfx", {"data", "statistics", "--json", "--input=" + directory_ / "data/data.csv"});
  ASSERT_EQ(result.exit_code, 0) << result.out;
  const auto features = nlohmann::json::parse(result.out)["datasets"][0]["features"];
  EXPECT_EQ(features[0]["type"], "STRING");
  EXPECT_EQ(features[1]["type"], "FLOAT");
}

TEST_F(BadInputTest, TruncatedAndCorruptedTfRecord) {
  std::filesystem::create_directories(directory_ / "data");
  const std::string file = directory_ / "data/a.tfrecord";
  auto writer = tfx::io::TFRecordWriter::Open(file, tfx::io::Compression::kNone);
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Write(std::string(100, 'x')).ok());
  ASSERT_TRUE((*writer)->Close().ok());
  std::string bytes = ReadTree(directory_ / "data").begin()->second;

  std::ofstream(file, std::ios::binary) << bytes.substr(0, bytes.size() - 10);
  const ProgramResult truncated = RunProgram("tfx", {"data", "statistics", "--input=" + file});
  EXPECT_EQ(truncated.exit_code, 1) << truncated.out;
  EXPECT_THAT(truncated.out, HasSubstr("a.tfrecord"));

  bytes[20] ^= 1;
  std::ofstream(file, std::ios::binary) << bytes;
  const ProgramResult corrupted = RunProgram("tfx", {"data", "statistics", "--input=" + file});
  EXPECT_EQ(corrupted.exit_code, 1) << corrupted.out;
  EXPECT_THAT(corrupted.out, HasSubstr("a.tfrecord"));
}

TEST_F(BadInputTest, SchemaThatDoesNotParse) {
  std::filesystem::create_directories(directory_ / "data/schema");
  std::filesystem::copy(PenguinData() + "/data", directory_ / "data/data", std::filesystem::copy_options::recursive);
  std::ofstream(directory_ / "data/schema/schema.pbtxt") << "feature {\n  name: 3\n}\n";
  const ProgramResult result =
      RunProgram("penguin", {"run", "--data_root=" + directory_ / "data", "--pipeline_root=" + directory_ / "pipeline",
                             "--serving_model_dir=" + directory_ / "serving"});
  ExpectFailure(result, "ImportSchemaGen", "schema", {"ImportSchemaGen", "schema.pbtxt:2"});
}

TEST_F(BadInputTest, MissingLabelColumn) {
  // The real data without their last columns.
  WriteData("trip_miles,fare\n1.5,2.5\n2.5,3.5\n3.5,4.5\n4.5,5.5\n5.5,6.5\n6.5,7.5\n");
  const ProgramResult result = RunTaxi();
  ExpectFailure(result, "Transform", "transform_graph", {"Transform", "trip_seconds"});
}

TEST_F(BadInputTest, DatabaseThatIsNone) {
  WriteData(Head(200));
  std::filesystem::create_directories(directory_ / "pipeline");
  std::ofstream(directory_ / "metadata.db") << std::string(4096, 'x');
  const ProgramResult result = RunTaxi({"--metadata_path=" + directory_ / "metadata.db"});
  EXPECT_NE(result.exit_code, 0) << result.out;
  EXPECT_THAT(result.out, HasSubstr("metadata.db"));
  std::ifstream stream(directory_ / "metadata.db");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), std::string(4096, 'x')) << "the file was touched";
}

TEST_F(BadInputTest, DiskThatFillsUpInTheMiddle) {
  // Room enough for the metadata with its log, too little for the training split.
  const std::string once = Head(15002), rows = once.substr(once.find('\n') + 1);
  WriteData(once + rows + rows + rows);
  const ProgramResult result = RunTaxi({}, {.max_file_bytes = 1'000'000});
  ExpectFailure(result, "CsvExampleGen", "examples", {"CsvExampleGen", "data_tfrecord"});
}

TEST_F(BadInputTest, DatabaseOnAFullDisk) {
  WriteData(Head(200));
  const ProgramResult result = RunTaxi({"--metadata_path=" + directory_ / "metadata.db"}, {.max_file_bytes = 8192});
  EXPECT_NE(result.exit_code, 0) << result.out;
  EXPECT_THAT(result.out, HasSubstr("metadata.db"));
}

TEST_F(BadInputTest, UnreadableFile) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  WriteData(Head(10));
  std::filesystem::permissions(directory_ / "data/data.csv", std::filesystem::perms::none);
  ASSERT_EQ(seteuid(65534), 0);
  const auto contents = tfx::io::ReadFile(directory_ / "data/data.csv");
  ASSERT_EQ(seteuid(0), 0);
  EXPECT_EQ(contents.status().code(), absl::StatusCode::kPermissionDenied) << contents.status();
  EXPECT_THAT(std::string(contents.status().message()), HasSubstr("data.csv"));
}

TEST_F(BadInputTest, SplitWithoutRows) {
  WriteData(Head(1));
  ExpectFailure(RunTaxi(), "SchemaGen", "schema", {"SchemaGen failed", "split 'eval'", "has no Examples"});
}

TEST_F(BadInputTest, UnknownFlagsAndVerbsNameTheNearest) {
  const ProgramResult flag = RunProgram("chicago_taxi", {"run", "--dataroot=x"});
  EXPECT_EQ(flag.exit_code, 2) << flag.out;
  EXPECT_THAT(flag.out, HasSubstr("data_root"));
  const ProgramResult verb = RunProgram("chicago_taxi", {"rum"});
  EXPECT_EQ(verb.exit_code, 2) << verb.out;
  EXPECT_THAT(verb.out, HasSubstr("run"));
  const ProgramResult command = RunProgram("tfx", {"artefact", "list"});
  EXPECT_EQ(command.exit_code, 2) << command.out;
  EXPECT_THAT(command.out, HasSubstr("artifact"));
}

}  // namespace
}  // namespace tfx_tests
