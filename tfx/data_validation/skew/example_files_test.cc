#include "tfx/data_validation/skew/example_files.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/api.h"
#include "arrow/io/file.h"
#include "arrow/json/from_string.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "parquet/arrow/writer.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/skew/feature_skew.h"
#include "tfx/dataset/example_writer.h"
#include "tfx/io/file_system.h"
#include "tfx/testing/test_folder.h"

namespace tfx::tfdv {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OpenExampleFilesTest : public ::testing::Test {
 protected:
  OpenExampleFilesTest() : root_(io::JoinPath(::tfx::testing::TestFolder(), "example_files")) {
    EXPECT_TRUE(io::CreateDirectories(root_).ok());
  }
  ~OpenExampleFilesTest() override { EXPECT_TRUE(io::RemoveRecursively(root_).ok()); }

  std::string Path(const std::string& name) const { return io::JoinPath(root_, name); }
  std::string Write(const std::string& name, const std::string& text) const {
    EXPECT_TRUE(io::WriteFile(Path(name), text).ok());
    return Path(name);
  }

  struct Column {
    const char* name;
    std::shared_ptr<arrow::DataType> type;
    const char* json;
  };
  std::string WriteParquet(const std::string& name, const std::vector<Column>& columns) const {
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (const Column& column : columns) {
      fields.push_back(arrow::field(column.name, column.type));
      arrays.push_back(arrow::json::ArrayFromJSONString(column.type, column.json).ValueOrDie());
    }
    auto out = arrow::io::FileOutputStream::Open(Path(name)).ValueOrDie();
    EXPECT_TRUE(parquet::arrow::WriteTable(*arrow::Table::Make(arrow::schema(fields), arrays),
                                           arrow::default_memory_pool(), out)
                    .ok());
    EXPECT_TRUE(out->Close().ok());
    return Path(name);
  }

  // "feature: matches+mismatches+base_only+test_only" of examples joined on "id".
  absl::StatusOr<std::vector<std::string>> Skew(const InputFiles& base, const InputFiles& test) const {
    const Engine engine({.num_threads = 2});
    ASSIGN_OR_RETURN(const ExampleSides sides, OpenExampleFiles(base, test, engine));
    ASSIGN_OR_RETURN(const FeatureSkewResults skew,
                     DetectFeatureSkew(sides.base, sides.test, {.identifier_features = {"id"}}, engine));
    std::vector<std::string> lines;
    for (const FeatureSkew& f : skew.skew_results) {
      lines.push_back(absl::StrCat(f.feature_name(), ": ", f.match_count(), "+", f.mismatch_count(), "+", f.base_only(),
                                   "+", f.test_only()));
    }
    return lines;
  }

  const std::string root_;
};

TEST_F(OpenExampleFilesTest, TheSameRowsAreTheSameExamplesInEveryFormat) {
  const std::string csv = Write("same.csv", "f,id,s\n0.5,1,a\n,2,\n-1,3,b\n");
  const std::string parquet = WriteParquet("same.parquet", {{"id", arrow::int64(), "[1, 2, 3]"},
                                                            {"f", arrow::float64(), "[0.5, null, -1]"},
                                                            {"s", arrow::utf8(), R"(["a", null, "b"])"}});
  const std::string records = Path("same.tfrecord");
  {
    auto writer = io::TFRecordWriter::Open(records, io::Compression::kNone);
    ASSERT_TRUE(writer.ok());
    dataset::ExampleWriter example;
    for (const int64_t id : {1, 2, 3}) {
      if (id != 2) example.AddFloats("f", std::vector<float>{id == 1 ? 0.5f : -1.0f});
      example.AddInts("id", std::vector<int64_t>{id});
      if (id != 2) example.AddBytes("s", 1, [&](size_t) { return std::string_view(id == 1 ? "a" : "b"); });
      ASSERT_TRUE((*writer)->Write(example.Finish()).ok());
    }
    ASSERT_TRUE((*writer)->Close().ok());
  }

  for (const std::string& base : {csv, parquet, records}) {
    for (const std::string& test : {csv, parquet, records}) {
      const auto lines = Skew({.files = {base}}, {.files = {test}});
      ASSERT_TRUE(lines.ok()) << base << " " << test << ": " << lines.status();
      EXPECT_THAT(*lines, ElementsAre("f: 2+0+0+0", "s: 2+0+0+0")) << base << " " << test;
    }
  }
}

TEST_F(OpenExampleFilesTest, ACsvColumnHasOneTypeOnBothSides) {
  // By itself the base would be of integers, and differ from every float.
  const std::string base = Write("base.csv", "id,x,y\n1,1,2\n2,2,\n");
  const std::string test = Write("test.csv", "id,x,y,z\n1,1.0,2,new\n2,2.5,3,new\n");

  const auto lines = Skew({.files = {base}}, {.files = {test}});

  ASSERT_TRUE(lines.ok()) << lines.status();
  EXPECT_THAT(*lines, ElementsAre("x: 1+1+0+0", "y: 1+0+0+1", "z: 0+0+0+2"));
}

TEST_F(OpenExampleFilesTest, CsvOptionsHold) {
  const std::string file = Write("plain.csv", "1;a\n2;b\n");
  const InputFiles input{.files = {file}, .csv_delimiter = ';', .csv_column_names = {"id", "s"}};

  const auto lines = Skew(input, input);

  ASSERT_TRUE(lines.ok()) << lines.status();
  EXPECT_THAT(*lines, ElementsAre("s: 2+0+0+0"));
}

TEST_F(OpenExampleFilesTest, WhatNoExampleCanHoldIsNamed) {
  const std::string csv = Write("a.csv", "id\n1\n");
  const std::string nested = WriteParquet(
      "nested.parquet", {{"id", arrow::int64(), "[1]"}, {"deep", arrow::list(arrow::list(arrow::int64())), "[[[1]]]"}});
  const auto column = Skew({.files = {csv}}, {.files = {nested}});
  EXPECT_EQ(column.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(column.status().message()), HasSubstr("column 'deep'"));

  const auto formats = Skew({.files = {csv, nested}}, {.files = {csv}});
  EXPECT_THAT(std::string(formats.status().message()), HasSubstr("of several formats"));
  const auto sequence = Skew({.files = {csv}}, {.files = {csv}, .payload = dataset::PayloadFormat::kSequenceExample});
  EXPECT_EQ(sequence.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(sequence.status().message()), HasSubstr("tf.SequenceExample"));
  EXPECT_EQ(Skew({}, {.files = {csv}}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Skew({.files = {Path("none.csv")}}, {.files = {csv}}).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tfx::tfdv
