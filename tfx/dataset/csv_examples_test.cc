#include "tfx/dataset/csv_examples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "arrow/api.h"
#include "tensorflow/core/example/example.pb.h"
#include "tfx/base/digest.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/testing/test_folder.h"

namespace tfx::dataset {
namespace {

std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

absl::StatusOr<std::vector<std::string>> Convert(const io::CsvTable& table, int num_threads) {
  const Engine engine({.num_threads = num_threads});
  ASSIGN_OR_RETURN(const std::vector<io::ColumnType> types, table.InferTypes(engine));
  ASSIGN_OR_RETURN(const CsvConverter converter, CsvConverter::Make(table, types));
  std::vector<std::string> examples;
  RETURN_IF_ERROR(engine.Map<io::CsvBlock>(
      table.Shards(), [&](const io::CsvBlock& block) { return converter.ToExamples(block); },
      [&](const io::Records& records) {
        for (size_t i = 0; i < records.size(); ++i) examples.emplace_back(records[i]);
        return absl::OkStatus();
      }));
  return examples;
}

io::CsvTable Table(std::string_view contents, size_t block_bytes = 1 << 20) {
  const std::string path = io::JoinPath(testing::TestFolder(), "csv_examples_test/t.csv");
  EXPECT_TRUE(io::WriteFile(path, contents).ok());
  absl::StatusOr<io::CsvTable> table = io::CsvTable::Open({path}, {.block_bytes = block_bytes});
  EXPECT_TRUE(table.ok()) << table.status();
  return *table;
}

TEST(CsvConverter, WritesWhatProtobufWrites) {
  const io::CsvTable table = Table("s,i,f,none\nx,1,0.5,\n,,,\n\"a,b\",-3,7,\n");

  const absl::StatusOr<std::vector<std::string>> examples = Convert(table, 1);

  ASSERT_TRUE(examples.ok()) << examples.status();
  const char* expected[] = {
      R"(features { feature { key: "s" value { bytes_list { value: "x" } } } feature { key: "none" value { } }
           feature { key: "i" value { int64_list { value: 1 } } } feature { key: "f" value { float_list { value: 0.5 } } } })",
      R"(features { feature { key: "s" value { bytes_list { } } } feature { key: "none" value { } }
           feature { key: "i" value { int64_list { } } } feature { key: "f" value { float_list { } } } })",
      R"(features { feature { key: "s" value { bytes_list { value: "a,b" } } } feature { key: "none" value { } }
           feature { key: "i" value { int64_list { value: -3 } } } feature { key: "f" value { float_list { value: 7 } } } })"};
  ASSERT_EQ(examples->size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    tensorflow::Example example;
    ASSERT_TRUE(io::ParseTextProto(expected[i], "test", &example).ok());
    EXPECT_EQ((*examples)[i], SerializeExample(example)) << i;
  }
}

TEST(CsvConverter, RoundsFloatsAndKeepsInfinity) {
  const io::CsvTable table = Table("f\n0.1\n1e39\n-inf\n");
  const absl::StatusOr<std::vector<std::string>> examples = Convert(table, 1);
  ASSERT_TRUE(examples.ok()) << examples.status();
  const float expected[] = {0.1f, HUGE_VALF, -HUGE_VALF};
  for (size_t i = 0; i < 3; ++i) {
    tensorflow::Example example;
    ASSERT_TRUE(example.ParseFromString((*examples)[i]));
    EXPECT_EQ(example.features().feature().at("f").float_list().value(0), expected[i]);
  }
}

TEST(CsvConverter, RecordBatchIsThatOfTheExamples) {
  const io::CsvTable table = Table("s,i,f,none\nx,1,0.5,\n,,,\n\"a,b\",-3,7,\n\u00e9,2,nan,\n");
  const std::vector<io::ColumnType> types = *table.InferTypes(Engine({.num_threads = 1}));
  const CsvConverter converter = *CsvConverter::Make(table, types);
  const io::CsvBlock block = **table.Shards()();

  const absl::StatusOr<RecordBatchPtr> batch = converter.ToRecordBatch(block);
  const absl::StatusOr<RecordBatchPtr> decoded = DecodeExamples(*converter.ToExamples(block));

  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_TRUE((*batch)->ValidateFull().ok());
  EXPECT_TRUE((*batch)->Equals(**decoded, arrow::EqualOptions::Defaults().nans_equal(true)))
      << (*batch)->ToString() << (*decoded)->ToString();
}

// Lines may be blank, so room is made for the rows that the bytes suffice for.
TEST(CsvConverter, LinesAloneAskForNoMemory) {
  const io::CsvTable table = Table("i,f\n1,0.5\n\n\n2,");
  const CsvConverter converter = *CsvConverter::Make(table, *table.InferTypes(Engine({.num_threads = 1})));
  io::CsvBlock block = **table.Shards()();
  block.num_lines = int64_t{1} << 50;

  const absl::StatusOr<RecordBatchPtr> batch = converter.ToRecordBatch(block);

  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ((*batch)->num_rows(), 2);
}

TEST(CsvConverter, EmptyCellsMayBeMissingAndColumnsLeftOut) {
  const io::CsvTable table = Table("s,i,f\nx,1,\n,,0.5\n");
  const std::vector<io::ColumnType> types = *table.InferTypes(Engine({.num_threads = 1}));
  const io::CsvBlock block = **table.Shards()();

  const auto batch = CsvConverter::Make(table, types,
                                        {.empty_cells = CsvConverterOptions::EmptyCells::kMissing,
                                         .columns = std::vector<std::string>{"i", "s", "unknown"}})
                         ->ToRecordBatch(block);

  ASSERT_TRUE(batch.ok()) << batch.status();
  ASSERT_TRUE((*batch)->ValidateFull().ok());
  EXPECT_EQ((*batch)->schema()->field_names(), (std::vector<std::string>{"i", "s"}));
  EXPECT_TRUE((*batch)->column(0)->IsValid(0));
  EXPECT_TRUE((*batch)->column(0)->IsNull(1));
}

TEST(CsvConverter, TypesThatAreGivenTakeAnyNumber) {
  const io::CsvTable table = Table("f\n99999999999999999999\n");
  const io::CsvBlock block = **table.Shards()();
  const std::vector<io::ColumnType> types = {io::ColumnType::kFloat};

  EXPECT_FALSE(CsvConverter::Make(table, types)->ToRecordBatch(block).ok());
  EXPECT_TRUE(
      CsvConverter::Make(table, types, {.types = CsvConverterOptions::Types::kGiven})->ToRecordBatch(block).ok());
}

TEST(CsvConverter, NamesAColumnWhoseTypeDoesNotHold) {
  const io::CsvTable table = Table("a,b\n1,x\n");
  const io::CsvBlock block = **table.Shards()();

  for (const io::ColumnType type : {io::ColumnType::kInt, io::ColumnType::kFloat, io::ColumnType::kUnknown}) {
    const CsvConverter converter = *CsvConverter::Make(table, {io::ColumnType::kInt, type});
    EXPECT_EQ(converter.ToExamples(block).status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(absl::StrContains(converter.ToExamples(block).status().message(), "t.csv:2: column 'b': 'x' is not"));
    EXPECT_EQ(converter.ToRecordBatch(block).status().code(), absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_EQ(CsvConverter::Make(table, {}).status().code(), absl::StatusCode::kInvalidArgument);
}

// Recorded: SHA-256 of the first row's Example and the sizes of the hash buckets modulo 3 (TFX's train:2, eval:1).
struct Sample {
  const char* file;
  const char* first_digest;  // first 16 digits
  size_t bucket_sizes[3];
};

class SampleCsv : public ::testing::TestWithParam<Sample> {};

TEST_P(SampleCsv, GivesTheExamplesOfPythonTfx) {
  const std::string path = io::JoinPath(Environment("TFX_SAMPLE_DATA_DIR"), GetParam().file);
  if (!io::Exists(path)) GTEST_SKIP() << "no sample data at " << path;
  const absl::StatusOr<io::CsvTable> table = io::CsvTable::Open({path}, {.block_bytes = 1 << 16});
  ASSERT_TRUE(table.ok()) << table.status();

  const absl::StatusOr<std::vector<std::string>> examples = Convert(*table, 2);

  ASSERT_TRUE(examples.ok()) << examples.status();
  EXPECT_EQ(Sha256Hex(examples->front()).substr(0, 16), GetParam().first_digest);
  size_t bucket_sizes[3] = {};
  for (const std::string& example : *examples) ++bucket_sizes[Sha256Modulo(example, 3)];
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(bucket_sizes[i], GetParam().bucket_sizes[i]);
  }
  EXPECT_EQ(*Convert(*table, 1), *examples);
}

INSTANTIATE_TEST_SUITE_P(All, SampleCsv,
                         ::testing::Values(Sample{"examples/chicago_taxi_pipeline/data/simple/data.csv",
                                                  "64d7e57487ac180e",
                                                  {4992, 5044, 4966}}));

// The multiset of canonical Examples of the golden run's split files.
TEST(GoldenExamples, EqualThoseMadeFromTheCsv) {
  const std::string csv =
      io::JoinPath(Environment("TFX_SAMPLE_DATA_DIR"), "examples/chicago_taxi_pipeline/data/simple/data.csv");
  const std::string golden = io::JoinPath(Environment("TFX_GOLDEN_DIR"),
                                          "tfx/taxi_1.16/pipelines/chicago_taxi_native_keras/CsvExampleGen/examples/1");
  if (!io::Exists(csv) || !io::IsDirectory(golden)) GTEST_SKIP() << "no sample data or no golden run at " << golden;
  const absl::StatusOr<std::vector<std::string>> examples = Convert(*io::CsvTable::Open({csv}), 2);
  ASSERT_TRUE(examples.ok()) << examples.status();

  for (const auto& [split, num_records] : {std::pair("train", 10036u), std::pair("eval", 4966u)}) {
    const absl::StatusOr<std::vector<std::string>> files = SplitFiles(golden, split);
    ASSERT_TRUE(files.ok()) << files.status();
    std::vector<std::string> want;
    const ShardSource<io::Records> source = ReadRecords(*files, {.records_per_shard = 1000});
    while (true) {
      const absl::StatusOr<std::optional<io::Records>> shard = source();
      ASSERT_TRUE(shard.ok()) << shard.status();
      if (!shard->has_value()) break;
      const absl::StatusOr<RecordBatchPtr> batch = DecodeExamples(**shard);
      ASSERT_TRUE(batch.ok()) << batch.status();
      EXPECT_TRUE((*batch)->ValidateFull().ok());
      const absl::StatusOr<io::Records> canonical = EncodeExamples(**batch);
      for (size_t i = 0; i < (*shard)->size(); ++i) {
        tensorflow::Example example;
        ASSERT_TRUE(example.ParseFromArray((**shard)[i].data(), static_cast<int>((**shard)[i].size())));
        want.push_back(SerializeExample(example));
        EXPECT_EQ((*canonical)[i], want.back());
      }
    }
    std::vector<std::string> got;
    for (const std::string& example : *examples) {
      if ((Sha256Modulo(example, 3) == 2) == (std::string(split) == "eval")) got.push_back(example);
    }
    std::sort(want.begin(), want.end());
    std::sort(got.begin(), got.end());
    EXPECT_EQ(want.size(), num_records);
    EXPECT_TRUE(got == want) << split;
  }
}

}  // namespace
}  // namespace tfx::dataset
