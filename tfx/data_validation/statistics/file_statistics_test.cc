#include "tfx/data_validation/statistics/file_statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "arrow/api.h"
#include "arrow/io/file.h"
#include "arrow/json/from_string.h"
#include "google/protobuf/text_format.h"
#include "parquet/arrow/writer.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/dataset/csv_examples.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/io/tfrecord.h"
#include "tfx/testing/golden_files.h"
#include "tfx/testing/test_folder.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

std::string Write(const std::string& name, std::string_view contents) {
  const std::string path = io::JoinPath(testing::TestFolder(), "file_statistics_test/" + name);
  EXPECT_TRUE(io::CreateDirectories(io::Dirname(path)).ok());
  EXPECT_TRUE(std::ofstream(path, std::ios::binary).write(contents.data(), std::ssize(contents)).flush().good());
  return path;
}

absl::StatusOr<v0::DatasetFeatureStatisticsList> StatisticsOf(const InputFiles& input, const StatsOptions& options = {},
                                                              int threads = 2) {
  return GenerateStatisticsFromFiles(input, options, Engine({.num_threads = threads}));
}

const v0::FeatureNameStatistics* Find(const v0::DatasetFeatureStatisticsList& list, const std::string& name) {
  for (const auto& feature : list.datasets(0).features()) {
    if (feature.path().step(0) == name) return &feature;
  }
  return nullptr;
}

// Large enough for several blocks; a type shows late, or never.
std::string LongCsv(int num_rows, int float_row, int text_row) {
  std::string text = "n,late,text,never\n";
  for (int i = 0; i < num_rows; ++i) {
    absl::StrAppend(&text, i % 1000, ",",
                    i == float_row  ? "0.5"
                    : i == text_row ? "x"
                                    : absl::StrCat(i),
                    ",\"a,\"\"b", i % 7, "\n\",\n");
  }
  return text;
}

TEST(GenerateStatisticsFromFiles, AreTheSameWithAnyNumberOfThreadsAndATypeThatShowsLate) {
  const int num_rows = 600000;  // three blocks
  for (const auto& [float_row, text_row] :
       {std::pair(-1, -1), std::pair(num_rows - 1, -1), std::pair(5, num_rows - 9)}) {
    const std::string path = Write("long.csv", LongCsv(num_rows, float_row, text_row));
    const auto one = StatisticsOf({.files = {path}}, {}, 1);
    const auto four = StatisticsOf({.files = {path}}, {}, 4);

    ASSERT_TRUE(one.ok() && four.ok()) << one.status() << four.status();
    EXPECT_EQ(io::SerializeDeterministically(*one), io::SerializeDeterministically(*four));
    EXPECT_EQ(one->datasets(0).num_examples(), num_rows);
    EXPECT_EQ(Find(*one, "late")->type(), text_row >= 0    ? v0::FeatureNameStatistics::STRING
                                          : float_row >= 0 ? v0::FeatureNameStatistics::FLOAT
                                                           : v0::FeatureNameStatistics::INT);
    EXPECT_EQ(Find(*one, "text")->string_stats().unique(), 7u);
    EXPECT_EQ(Find(*one, "never")->string_stats().common_stats().num_missing(), static_cast<uint64_t>(num_rows));
    EXPECT_DOUBLE_EQ(Find(*one, "n")->num_stats().mean(), 499.5);
  }
}

TEST(GenerateStatisticsFromFiles, SamplesTheSameRowsWithAnyNumberOfThreads) {
  const std::string path = Write("sample.csv", LongCsv(400000, -1, -1));
  StatsOptions options;
  options.sample_rate = 0.1;
  const auto one = StatisticsOf({.files = {path, path}}, options, 1);
  const auto four = StatisticsOf({.files = {path, path}}, options, 4);

  ASSERT_TRUE(one.ok() && four.ok()) << one.status() << four.status();
  EXPECT_EQ(io::SerializeDeterministically(*one), io::SerializeDeterministically(*four));
  EXPECT_NEAR(static_cast<double>(one->datasets(0).num_examples()), 80000, 2000);
}

TEST(GenerateStatisticsFromFiles, SchemaGivesTheTypes) {
  StatsOptions options;
  options.infer_type_from_schema = true;
  EXPECT_TRUE(absl::StrContains(StatisticsOf({.files = {Write("s.csv", "i,f\n1,2\n")}}, options).status().message(),
                                "infer_type_from_schema needs a schema"));
  auto schema = std::make_shared<v0::Schema>();
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(feature { name: "i" type: BYTES } feature { name: "f" type: INT })", schema.get()));
  options.schema = schema;

  const auto good = StatisticsOf({.files = {Write("s.csv", "i,f,other\n1,2,3\n")}}, options);
  const auto bad = StatisticsOf({.files = {Write("s.csv", "i,f\n1,2\n\"1\n\",2.5\n")}}, options);

  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_EQ(good->datasets(0).features_size(), 2);
  EXPECT_EQ(Find(*good, "i")->type(), v0::FeatureNameStatistics::STRING);
  EXPECT_EQ(bad.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(bad.status().message(), "s.csv:4: column 'f': '2.5' is not an integer"))
      << bad.status();
}

TEST(GenerateStatisticsFromFiles, ReadsTheSameRowsFromEveryFormat) {
  const std::string csv = Write("same.csv", "f,i,s\n0.5,1,a\n,2,\n-1,3,b\n");
  const auto table = io::CsvTable::Open({csv});
  const auto converter = dataset::CsvConverter::Make(*table, *table->InferTypes(Engine()));
  const auto rows = *converter->ToRecordBatch(**table->Shards()());
  // Examples without the features that a row lacks, and a Parquet file with nulls.
  const std::string records = io::JoinPath(testing::TestFolder(), "file_statistics_test/same");
  auto writer = *io::TFRecordWriter::Open(records, io::Compression::kGzip);
  const auto missing = *dataset::CsvConverter::Make(*table, *table->InferTypes(Engine()),
                                                    {.empty_cells = dataset::CsvConverterOptions::EmptyCells::kMissing})
                            ->ToRecordBatch(**table->Shards()());
  const auto examples = *dataset::EncodeExamples(*missing);
  for (size_t i = 0; i < examples.size(); ++i) ASSERT_TRUE(writer->Write(examples[i]).ok());
  ASSERT_TRUE(writer->Close().ok());
  const std::string parquet = io::JoinPath(testing::TestFolder(), "file_statistics_test/same.data");
  {
    const auto column = [](const std::shared_ptr<arrow::DataType>& type, const char* json) {
      return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
    };
    const auto table =
        arrow::Table::Make(arrow::schema({arrow::field("i", arrow::int64()), arrow::field("f", arrow::float32()),
                                          arrow::field("s", arrow::utf8())}),
                           {column(arrow::int64(), "[1, 2, 3]"), column(arrow::float32(), "[0.5, null, -1]"),
                            column(arrow::utf8(), R"(["a", null, "b"])")});
    auto out = arrow::io::FileOutputStream::Open(parquet).ValueOrDie();
    ASSERT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out).ok());
    ASSERT_TRUE(out->Close().ok());
  }

  const auto expected = StatisticsOf({.files = {csv}});
  ASSERT_TRUE(expected.ok()) << expected.status();
  for (const std::string& path : {records, parquet}) {
    const auto actual = StatisticsOf({.files = {path}});
    ASSERT_TRUE(actual.ok()) << path << ": " << actual.status();
    EXPECT_EQ(Difference(*expected, *actual, 0), "") << path;
  }
  StatsOptions some;
  some.feature_allowlist = {"i", "absent"};
  for (const std::string& path : {csv, records, parquet}) {
    const auto actual = StatisticsOf({.files = {path}}, some);
    ASSERT_TRUE(actual.ok()) << path << ": " << actual.status();
    ASSERT_EQ(actual->datasets(0).features_size(), 1) << path;
    EXPECT_EQ(Difference(*Find(*expected, "i"), actual->datasets(0).features(0), 0), "") << path;
  }
  EXPECT_TRUE(absl::StrContains(StatisticsOf({.files = {csv, records}}).status().message(), "of several formats"));
}

TEST(GenerateStatisticsFromFiles, WideParquetIsReadSomeColumnsAtATime) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (int c = 0; c < 300; ++c) {
    fields.push_back(arrow::field(absl::StrCat("c", 299 - c), arrow::int64()));
    columns.push_back(
        arrow::json::ArrayFromJSONString(arrow::int64(), absl::StrCat("[", c, ", 7, null]")).ValueOrDie());
  }
  const std::string path = io::JoinPath(testing::TestFolder(), "file_statistics_test/wide.parquet");
  auto out = arrow::io::FileOutputStream::Open(path).ValueOrDie();
  ASSERT_TRUE(
      parquet::arrow::WriteTable(*arrow::Table::Make(arrow::schema(fields), columns), arrow::default_memory_pool(), out)
          .ok());
  ASSERT_TRUE(out->Close().ok());

  const auto statistics = StatisticsOf({.files = {path}});

  ASSERT_TRUE(statistics.ok()) << statistics.status();
  ASSERT_EQ(statistics->datasets(0).features_size(), 300);
  EXPECT_EQ(statistics->datasets(0).num_examples(), 3u);
  std::vector<std::string> names;
  for (const auto& feature : statistics->datasets(0).features()) names.push_back(feature.path().step(0));
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(Find(*statistics, "c0")->num_stats().max(), 299);
  EXPECT_EQ(Find(*statistics, "c299")->num_stats().max(), 7);
  EXPECT_EQ(Find(*statistics, "c150")->num_stats().common_stats().num_missing(), 1u);
}

TEST(DetectFileFormat, TellsByNameAndFirstBytes) {
  EXPECT_EQ(*DetectFileFormat(Write("a.csv", "")), FileFormat::kCsv);
  EXPECT_EQ(*DetectFileFormat(Write("empty", "")), FileFormat::kTFRecord);
  EXPECT_EQ(*DetectFileFormat(Write("p", "PAR1....")), FileFormat::kParquet);
  EXPECT_EQ(DetectFileFormat("/no/such").status().code(), absl::StatusCode::kNotFound);
  const absl::Status unknown = DetectFileFormat(Write("notes.txt", "a,b\n1,2\n3,4\n5,6\n")).status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(unknown.message(), "notes.txt is neither a TFRecord nor a Parquet file")) << unknown;
}

TEST(ParseFileFormat, SuggestsTheNearest) {
  EXPECT_EQ(*ParseFileFormat("parquet"), FileFormat::kParquet);
  EXPECT_TRUE(absl::StrContains(ParseFileFormat("tfrecrd").status().message(), "did you mean tfrecord?"));
}

}  // namespace
}  // namespace tfx::tfdv
