#include "tfx/dataset/parquet_examples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "arrow/api.h"
#include "arrow/io/file.h"
#include "arrow/json/from_string.h"
#include "parquet/arrow/writer.h"
#include "tfx/io/file_system.h"
#include "tfx/testing/test_folder.h"

namespace tfx::dataset {
namespace {

struct Column {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  std::string json;
};

std::shared_ptr<arrow::Table> TableOf(const std::vector<Column>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const Column& column : columns) {
    fields.push_back(arrow::field(column.name, column.type));
    arrays.push_back(arrow::json::ArrayFromJSONString(column.type, column.json).ValueOrDie());
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

std::string Write(const std::string& name, const arrow::Table& table, int64_t rows_per_group = 1 << 20) {
  const std::string directory = io::JoinPath(testing::TestFolder(), "parquet_examples_test");
  EXPECT_TRUE(io::CreateDirectories(directory).ok());
  const std::string path = io::JoinPath(directory, name);
  auto out = arrow::io::FileOutputStream::Open(path).ValueOrDie();
  // The Arrow types themselves are stored beside Parquet's.
  auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  EXPECT_TRUE(parquet::arrow::WriteTable(table, arrow::default_memory_pool(), out, rows_per_group,
                                         parquet::default_writer_properties(), arrow_properties)
                  .ok());
  EXPECT_TRUE(out->Close().ok());
  return path;
}

absl::StatusOr<std::vector<RecordBatchPtr>> Read(const std::vector<std::string>& files,
                                                 const ParquetOptions& options = {},
                                                 DoubleFeatures doubles = DoubleFeatures::kDouble) {
  auto source = ReadParquet(files, options);
  if (!source.ok()) return source.status();
  std::vector<RecordBatchPtr> batches;
  while (true) {
    auto batch = (*source)();
    if (!batch.ok()) return batch.status();
    if (!batch->has_value()) return batches;
    auto features = ToFeatureColumns(***batch, doubles);
    if (!features.ok()) return features.status();
    EXPECT_TRUE((*features)->ValidateFull().ok()) << (*features)->ToString();
    batches.push_back(*std::move(features));
  }
}

// The only column of the only batch, as a list type and JSON-like text.
std::string FeatureOf(const std::shared_ptr<arrow::DataType>& type, const std::string& json,
                      DoubleFeatures doubles = DoubleFeatures::kDouble) {
  const auto batches = Read({Write("f.parquet", *TableOf({{"x", type, json}}))}, {}, doubles);
  if (!batches.ok()) return batches.status().ToString();
  const arrow::Array& array = *(*batches)[0]->column(0);
  std::string text = array.ToString();
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == ' ' || c == '\n'; }), text.end());
  return array.type()->ToString() + " " + text;
}

constexpr char kInts[] = "list<item: int64> [[1],null,[3]]";

TEST(ToFeatureColumns, MakesIntegersOfAllThatIsCounted) {
  using namespace arrow;
  for (const auto& type : {int8(), int16(), int32(), int64(), uint8(), uint16(), uint32(), uint64(), date32(),
                           std::shared_ptr<DataType>(time32(TimeUnit::MILLI)), time64(TimeUnit::NANO),
                           timestamp(TimeUnit::MICRO), timestamp(TimeUnit::MILLI, "UTC"), duration(TimeUnit::MICRO)}) {
    EXPECT_EQ(FeatureOf(type, "[1, null, 3]"), kInts) << type->ToString();
  }
  EXPECT_EQ(FeatureOf(boolean(), "[true, null, false]"), "list<item: int64> [[1],null,[0]]");
  EXPECT_TRUE(absl::StrContains(FeatureOf(uint64(), "[18446744073709551615]"),
                                "column 'x' has the value 18446744073709551615, which is no int64"));
}

TEST(ToFeatureColumns, KeepsDoublesUnlessFloatsAreAskedFor) {
  EXPECT_EQ(FeatureOf(arrow::float32(), "[0.5, null]"), "list<item: float> [[0.5],null]");
  EXPECT_EQ(FeatureOf(arrow::float64(), "[0.5, null]"), "list<item: double> [[0.5],null]");
  EXPECT_EQ(FeatureOf(arrow::float64(), "[0.5, null]", DoubleFeatures::kFloat), "list<item: float> [[0.5],null]");
  EXPECT_EQ(FeatureOf(arrow::float16(), "[0.5, null]"), "list<item: float> [[0.5],null]");
  EXPECT_EQ(FeatureOf(arrow::decimal128(5, 2), R"(["123.25", null])"), "list<item: double> [[123.25],null]");
  EXPECT_EQ(FeatureOf(arrow::decimal256(50, 1), R"(["-0.5"])"), "list<item: double> [[-0.5]]");
}

TEST(ToFeatureColumns, MakesBytesOfTexts) {
  for (const auto& type : {arrow::utf8(), arrow::binary(), arrow::large_utf8(), arrow::large_binary(),
                           arrow::dictionary(arrow::int32(), arrow::utf8())}) {
    EXPECT_EQ(FeatureOf(type, R"(["ab", null, "c", "ab"])"), "list<item: binary> [[6162],null,[63],[6162]]")
        << type->ToString();
  }
  EXPECT_EQ(FeatureOf(arrow::fixed_size_binary(2), R"(["ab"])"), "list<item: binary> [[6162]]");
}

TEST(ToFeatureColumns, KeepsListsStructsAndNulls) {
  EXPECT_EQ(FeatureOf(arrow::list(arrow::int32()), "[[1, 2], null, [], [null]]"),
            "large_list<item: int64> [[1,2],null,[],[null]]");
  EXPECT_EQ(FeatureOf(arrow::list(arrow::list(arrow::utf8())), R"([[["a"], []], null])"),
            "large_list<item: large_list<item: binary>> [[[61],[]],null]");
  EXPECT_EQ(FeatureOf(arrow::fixed_size_list(arrow::float32(), 2), "[[1, 2], [3, 4]]"),
            "large_list<item: float> [[1,2],[3,4]]");
  EXPECT_EQ(FeatureOf(arrow::null(), "[null, null]"), "null 2nulls");
  EXPECT_TRUE(absl::StartsWith(FeatureOf(arrow::struct_({arrow::field("a", arrow::int8())}), R"([{"a": 1}, null])"),
                               "struct<a: list<item: int64>>"));
}

TEST(ReadParquet, NamesAColumnThatIsNoFeature) {
  const std::string map = FeatureOf(arrow::map(arrow::utf8(), arrow::int64()), R"([[["k", 1]]])");
  EXPECT_TRUE(absl::StrContains(map, "f.parquet: column 'x' is of the type map<string, int64")) << map;
}

TEST(ReadParquet, ReadsFilesRowGroupsAndBatchesInOrder) {
  std::string json = "[0";
  for (int i = 1; i < 1000; ++i) json += ", " + std::to_string(i);
  const auto table = TableOf({{"n", arrow::int64(), json + "]"}});
  const std::string one = Write("one.parquet", *table, 1000), many = Write("many.parquet", *table, 333);

  const auto batches = Read({one, many}, {.values_per_batch = 300});

  ASSERT_TRUE(batches.ok()) << batches.status();
  int64_t row = 0;
  for (const RecordBatchPtr& batch : *batches) {
    EXPECT_LE(batch->num_rows(), 300);
    const auto& list = static_cast<const arrow::ListArray&>(*batch->column(0));
    const auto& values = static_cast<const arrow::Int64Array&>(*list.values());
    for (int64_t i = 0; i < batch->num_rows(); ++i) EXPECT_EQ(values.Value(list.value_offset(i)), row++ % 1000);
  }
  EXPECT_EQ(row, 2000);
}

TEST(ReadParquet, ReadsOnlyTheColumnsAskedFor) {
  const std::string path =
      Write("c.parquet", *TableOf({{"a", arrow::int64(), "[1]"},
                                   {"m", arrow::map(arrow::utf8(), arrow::int64()), R"([[["k", 1]]])"},
                                   {"s", arrow::struct_({arrow::field("x", arrow::int8())}), R"([{"x": 1}])"}}));

  const auto batches = Read({path}, {.columns = std::vector<std::string>{"s", "a", "unknown"}});

  ASSERT_TRUE(batches.ok()) << batches.status();
  EXPECT_EQ((*batches)[0]->schema()->field_names(), (std::vector<std::string>{"a", "s"}));
  EXPECT_EQ(*ParquetColumnNames(path), (std::vector<std::string>{"a", "m", "s"}));
  const auto none = Read({path}, {.columns = std::vector<std::string>{}});
  ASSERT_TRUE(none.ok()) << none.status();
  ASSERT_EQ(none->size(), 1u);
  EXPECT_EQ((*none)[0]->num_rows(), 1);
}

TEST(ReadParquet, NamesFilesThatDiffer) {
  const std::string one = Write("a.parquet", *TableOf({{"a", arrow::int64(), "[1]"}}));
  const std::string other = Write("b.parquet", *TableOf({{"a", arrow::utf8(), R"(["x"])"}}));

  const absl::Status status = Read({one, other}).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(status.message(), "b.parquet: column 1 is 'a' of string, but 'a' of int64 in"))
      << status;
}

TEST(ReadParquet, NamesFilesThatAreDamagedOrNotThere) {
  EXPECT_EQ(Read({"/no/such.parquet"}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Read({}).status().code(), absl::StatusCode::kInvalidArgument);
  const std::string path = Write("ok.parquet", *TableOf({{"a", arrow::int64(), "[1, 2, 3]"}}));
  const std::string bytes = *io::ReadFile(path);
  const std::string bad = io::JoinPath(testing::TestFolder(), "parquet_examples_test/bad.parquet");
  for (size_t size = 0; size < bytes.size(); size += 37) {
    ASSERT_TRUE(io::WriteFile(bad, bytes.substr(0, size)).ok());
    const absl::Status status = Read({bad}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << size << ": " << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "bad.parquet")) << status;
  }
}

}  // namespace
}  // namespace tfx::dataset
