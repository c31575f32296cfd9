#include "tfx/io/csv.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "tfx/io/file_system.h"
#include "tfx/testing/test_folder.h"

namespace tfx::io {
namespace {

class CsvTableTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, std::string_view contents) {
    // Not by WriteFile, which waits for the disk.
    const std::string directory = JoinPath(testing::TestFolder(), "csv_test");
    const std::string path = JoinPath(directory, name);
    EXPECT_TRUE(CreateDirectories(directory).ok());
    EXPECT_TRUE(std::ofstream(path, std::ios::binary).write(contents.data(), std::ssize(contents)).flush().good());
    return path;
  }

  // All rows, cells joined by '|', or the error.
  static std::vector<std::string> Rows(const std::vector<std::string>& files, size_t block_bytes = 1 << 20) {
    absl::StatusOr<CsvTable> table = CsvTable::Open(files, {.block_bytes = block_bytes});
    if (!table.ok()) return {std::string(table.status().message())};
    std::vector<std::string> shown;
    const ShardSource<CsvBlock> source = table->Shards();
    while (true) {
      absl::StatusOr<std::optional<CsvBlock>> block = source();
      if (!block.ok()) return {std::string(block.status().message())};
      if (!block->has_value()) return shown;
      CsvRowReader reader = table->Rows(**block);
      while (true) {
        absl::StatusOr<CsvRows> rows = reader.Next();
        if (!rows.ok()) return {std::string(rows.status().message())};
        if (rows->num_rows() == 0) break;
        for (size_t r = 0; r < rows->num_rows(); ++r) {
          std::string row;
          for (size_t c = 0; c < table->column_names().size(); ++c) {
            row += (c == 0 ? "" : "|") + std::string(rows->cell(r, c));
          }
          shown.push_back(row);
        }
      }
    }
  }

  std::vector<std::string> RowsOf(std::string_view contents, size_t block_bytes = 1 << 20) {
    return Rows({Write("t.csv", contents)}, block_bytes);
  }
  std::string ErrorOf(std::string_view contents) {
    const std::vector<std::string> rows = RowsOf(contents);
    if (rows.size() != 1) return "no error";
    const size_t name = rows[0].rfind("t.csv");
    return name == std::string::npos ? "no error" : rows[0].substr(name);
  }
  std::vector<ColumnType> TypesOf(std::string_view contents, int num_threads, size_t block_bytes) {
    absl::StatusOr<CsvTable> table = CsvTable::Open({Write("t.csv", contents)}, {.block_bytes = block_bytes});
    EXPECT_TRUE(table.ok()) << table.status();
    absl::StatusOr<std::vector<ColumnType>> types = table->InferTypes(Engine({.num_threads = num_threads}));
    EXPECT_TRUE(types.ok()) << types.status();
    return *types;
  }
};

using Strings = std::vector<std::string>;

TEST_F(CsvTableTest, ReadsPlainRows) {
  EXPECT_EQ(RowsOf("a,b\n1,2\n3,\n,\n"), (Strings{"1|2", "3|", "|"}));
  EXPECT_EQ(RowsOf("a,b\n1,2"), (Strings{"1|2"}));
  EXPECT_EQ(RowsOf("a,b\n1,"), (Strings{"1|"}));
  EXPECT_EQ(RowsOf("a,b\r\n1,2\r\n3,4\r\n"), (Strings{"1|2", "3|4"}));
}

TEST_F(CsvTableTest, HeaderOnlyHasNoRows) {
  EXPECT_EQ(RowsOf("a,b"), Strings{});
  EXPECT_EQ(RowsOf("a,b\n"), Strings{});
}

TEST_F(CsvTableTest, SkipsBlankLinesButNotLinesOfSpaces) {
  EXPECT_EQ(RowsOf("a\n1\n\n\r\n2\n\n"), (Strings{"1", "2"}));
  EXPECT_EQ(RowsOf("a\n \n"), (Strings{" "}));
}

// The expectations are those of Python's csv.reader.
TEST_F(CsvTableTest, RemovesQuotes) {
  EXPECT_EQ(RowsOf("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n"), (Strings{"x,y|say \"hi\""}));
  EXPECT_EQ(RowsOf("a,b\n\"\",\"\"\"\"\n"), (Strings{"|\""}));
  EXPECT_EQ(RowsOf("a,b\n\"x\"tail,2\n"), (Strings{"xtail|2"}));
  EXPECT_EQ(RowsOf("a,b\n5\" 6\",2\n"), (Strings{"5\" 6\"|2"}));
  EXPECT_EQ(RowsOf("a,b\n \"x\",2\n"), (Strings{" \"x\"|2"}));
}

TEST_F(CsvTableTest, CellsSpanLines) {
  EXPECT_EQ(RowsOf("a,b\n\"x\ny\n\nz\",1\nq,2\n"), (Strings{"x\ny\n\nz|1", "q|2"}));
  EXPECT_EQ(RowsOf("a,b\n1,\"x\r\ny\"\r\n2,w"), (Strings{"1|x\r\ny", "2|w"}));
}

TEST_F(CsvTableTest, BlocksOfAnySizeGiveTheSameRows) {
  const std::string contents = "id,text\n1,plain\n\n2,\"two\nlines, \"\"quoted\"\"\"\n3,\"\n\n\n\"\n4,caf\u00e9\n5,\"" +
                               std::string(500, 'x') + "\n\"\n6,end";
  const Strings expected = RowsOf(contents);
  ASSERT_EQ(expected.size(), 6u);

  for (size_t block_bytes = 1; block_bytes < 80; ++block_bytes) {
    EXPECT_EQ(RowsOf(contents, block_bytes), expected) << block_bytes;
  }
}

TEST_F(CsvTableTest, RowsAreCountedAsTheyAreRead) {
  for (const std::string text :
       {"", "\n\n", "1,2", "1,2\n", "1,2\r\n\r\n3,4\r\n", "\r\n1,2\n\r", "\"a\nb\n\",2\n\n\"\",\n", ",\n,\n\n\n,",
        "\"\n\n\n\",\"\"\"\n\"\n7\" x,8\" y\n", "\"\r\",\n\n"}) {
    EXPECT_EQ(CountRows(text), std::ssize(RowsOf("a,b\n" + text))) << text;
  }
  EXPECT_EQ(CountRows(std::string(1 << 20, '\n')), 0);
}

TEST_F(CsvTableTest, HeaderIsSplitAtEveryComma) {
  const auto table = CsvTable::Open({Write("h.csv", " \t\"a\", b ,c \r\n1,2,3\n")});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->column_names(), (Strings{"\"a\"", " b ", "c"}));
}

TEST_F(CsvTableTest, HeaderMayHaveAByteOrderMark) {
  const auto table = CsvTable::Open({Write("h.csv",
                                           "\xef\xbb\xbf"
                                           "a,b\n")});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->column_names(), (Strings{"a", "b"}));
}

TEST_F(CsvTableTest, ReadsFilesInTheOrderGiven) {
  const std::string one = Write("one.csv", "a,b\n1,2\n");
  const std::string two = Write("two.csv", "a,b\n3,4");
  EXPECT_EQ(Rows({two, one}), (Strings{"3|4", "1|2"}));
}

TEST_F(CsvTableTest, RefusesFilesWithDifferentHeaders) {
  const std::string one = Write("one.csv", "a,b\n1,2\n");
  const std::string two = Write("two.csv", "a,c\n3,4");

  const absl::Status status = CsvTable::Open({one, two}).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), two + ":1: the header differs from that of " + one + " in column 2: 'c' instead of 'b'");
}

TEST_F(CsvTableTest, RefusesBadHeaders) {
  EXPECT_EQ(ErrorOf(""), "t.csv:1: there is no header line with column names");
  EXPECT_EQ(ErrorOf("\n1,2\n"), "t.csv:1: there is no header line with column names");
  EXPECT_EQ(ErrorOf("a,,c\n"), "t.csv:1: the name of column 2 is empty");
  EXPECT_EQ(ErrorOf("a,b,a\n"), "t.csv:1: column name 'a' is there twice (again as column 3)");
  EXPECT_TRUE(absl::StartsWith(ErrorOf("a,caf\xe9\n"), "t.csv:1: header, byte 6: byte 0xe9 is not UTF-8"));
  EXPECT_TRUE(absl::StartsWith(ErrorOf(std::string("a,\0b\n", 5)), "t.csv:1: header, byte 3: a NUL byte"));
}

TEST_F(CsvTableTest, NamesTheLineOfARaggedRow) {
  EXPECT_EQ(ErrorOf("a,b\n1,2\n\n\"x\ny\",1\n3\n"), "t.csv:6: the row has 1 cells, but the header has 2 columns");
  EXPECT_EQ(ErrorOf("a,b\n1,2,3\n"), "t.csv:2: the row has 3 cells, but the header has 2 columns");
}

TEST_F(CsvTableTest, NamesLineAndColumnOfBadBytes) {
  EXPECT_TRUE(absl::StartsWith(ErrorOf("a,b\n1,2\n3,caf\xe9\n"), "t.csv:3: column 2 ('b'): byte 0xe9 is not UTF-8"));
  EXPECT_TRUE(absl::StartsWith(ErrorOf("a,b\n1,2\n\"x\n\n\xff\",2\n"), "t.csv:5: column 1 ('a'): byte 0xff"));
  EXPECT_TRUE(absl::StartsWith(ErrorOf(std::string("a,b\n\0,2\n", 8)), "t.csv:2: column 1 ('a'): a NUL byte"));
  EXPECT_TRUE(absl::StartsWith(ErrorOf(std::string("a,b\n1,\0\n", 8)), "t.csv:2: column 2 ('b'): a NUL byte"));
}

TEST_F(CsvTableTest, NamesTheLineWhereAnOpenQuoteBegan) {
  EXPECT_EQ(ErrorOf("a,b\n1,2\n3,\"four\n5,6\n7,8\n"),
            "t.csv:3: a quote (\") is opened here and not closed before the end of the file");
  EXPECT_EQ(ErrorOf("a,b\n\"x\ny\",2\n5\" pipe,2\n"),
            "t.csv:4: a quote (\") is opened here and not closed before the end of the file");
}

TEST_F(CsvTableTest, RefusesLineBreaksOutsideQuotes) {
  EXPECT_TRUE(absl::StrContains(ErrorOf("a,b\n1,2\r3,4\n"), "t.csv:2: column 2: a line break"));
  EXPECT_TRUE(absl::StrContains(ErrorOf("a,b\n5\" 1,2\n6\" 3,4\n"), "t.csv:2: column 2: a line break"));
}

TEST_F(CsvTableTest, ReadsACellOfTenMegabytes) {
  const std::string cell(10 << 20, 'x');
  const Strings rows = RowsOf("a,b\n1,\"" + cell + "\n\"\n2,z\n", 1 << 16);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0], "1|" + cell + "\n");
  EXPECT_EQ(rows[1], "2|z");
}

TEST_F(CsvTableTest, NamesAFileThatIsNotThere) {
  const absl::Status status = CsvTable::Open({"/no/such.csv"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(status.message(), "/no/such.csv"));
  EXPECT_EQ(CsvTable::Open({}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(CsvTableTest, ReadsGzip) {
  const std::string path = JoinPath(testing::TestFolder(), "csv_test/z.csv.gz");
  gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_EQ(gzputs(file, "a,b\n1,x\n2,y\n"), 12);
  gzclose(file);

  EXPECT_EQ(Rows({path}), (std::vector<std::string>{"1|x", "2|y"}));
  EXPECT_EQ(Rows({path}, 3), (std::vector<std::string>{"1|x", "2|y"}));
}

TEST_F(CsvTableTest, TakesAnotherDelimiterAndNamesOfItsOwn) {
  const std::string path = Write("d.csv", "1;a,b\n2;\"c;d\"\n");

  const auto table = CsvTable::Open({path}, {.delimiter = ';', .column_names = {"n", "s"}});

  ASSERT_TRUE(table.ok()) << table.status();
  const CsvBlock block = **table->Shards()();
  EXPECT_EQ(block.first_line, 1);
  CsvRowReader reader = table->Rows(block);
  const CsvRows rows = *reader.Next();
  ASSERT_EQ(rows.num_rows(), 2u);
  EXPECT_EQ(rows.cell(0, 1), "a,b");
  EXPECT_EQ(rows.cell(1, 1), "c;d");
  EXPECT_EQ(reader.LineOf(rows.cell(1, 1)), 2);
  for (const char bad : {'"', '\n', '\0', '\xe9'}) {
    EXPECT_EQ(CsvTable::Open({path}, {.delimiter = bad}).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(CsvTableTest, BlocksSayWhereTheirLinesAre) {
  std::string text = "n,s\n";
  for (int row = 0; row < 500; ++row) text += std::to_string(row) + (row % 9 == 0 ? ",\"a\nb\"\n" : ",c\n");
  for (const std::string ending : {"", "500,end without a break"}) {
    const auto table = CsvTable::Open({Write("lines.csv", text + ending)}, {.block_bytes = 100});
    ASSERT_TRUE(table.ok()) << table.status();
    const auto blocks = table->Shards();
    int64_t line = 2;
    while (true) {
      const auto block = blocks();
      ASSERT_TRUE(block.ok()) << block.status();
      if (!block->has_value()) break;
      EXPECT_EQ((*block)->first_line, line);
      EXPECT_GT((*block)->num_lines, 0);
      line += (*block)->num_lines;
    }
    EXPECT_EQ(line, 2 + 500 + 56 + (ending.empty() ? 0 : 1));
  }
}

TEST_F(CsvTableTest, HeaderMayBeReadAsARow) {
  const auto table =
      CsvTable::Open({Write("q.csv", "\"a,b\",\"say \"\"c\"\"\"\n1,2\n")}, {.header = CsvOptions::Header::kQuoted});

  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->column_names(), (std::vector<std::string>{"a,b", "say \"c\""}));
}

// Rows of many lengths, so that what has a meaning falls on every place of the 64 bytes that are searched together.
TEST_F(CsvTableTest, ReadsRowsThatEndAnywhere) {
  for (const std::string end : {"\n", "\r\n"}) {
    std::string text = "a,b,c" + end;
    std::vector<std::string> expected;
    for (size_t i = 0; i < 300; ++i) {
      const std::string first(i % 67, 'x'), last(i % 5, 'z');
      const bool quoted = i % 11 == 0;
      text += first + "," + (quoted ? "\"q\"\"" + end + "\"" : "y") + "," + last + end;
      expected.push_back(first + "|" + (quoted ? "q\"" + end : "y") + "|" + last);
    }
    EXPECT_EQ(RowsOf(text), expected);
    EXPECT_EQ(RowsOf(text, 100), expected);
    text.resize(text.size() - end.size());
    EXPECT_EQ(RowsOf(text), expected);
  }
}

TEST(CountByte, CountsThemAll) {
  for (const size_t size : {0, 1, 15, 16, 17, 4079, 4080, 4096, 100000}) {
    std::string text(size, 'a');
    for (size_t i = 0; i < size; i += 3) text[i] = '\n';
    EXPECT_EQ(CountByte(text, '\n'), (size + 2) / 3) << size;
    EXPECT_EQ(CountByte(text, 'b'), 0u);
    EXPECT_EQ(CountByte(std::string(size, 'c'), 'c'), size);
  }
}

TEST_F(CsvTableTest, InfersOneTypePerColumnWhateverTheThreadsAndBlocks) {
  std::string contents = "empty,int,float,big,text,late\n";
  for (int i = 0; i < 200; ++i) contents += "," + std::to_string(i) + "," + (i == 150 ? "1.5" : "2") + ",7,8,\n";
  contents += ",,,9223372036854775808,x,nan\n";
  const std::vector<ColumnType> expected = {ColumnType::kUnknown, ColumnType::kInt,    ColumnType::kFloat,
                                            ColumnType::kString,  ColumnType::kString, ColumnType::kFloat};
  for (const int num_threads : {1, 2, 4}) {
    for (const size_t block_bytes : {1, 100, 1 << 20}) {
      EXPECT_EQ(TypesOf(contents, num_threads, block_bytes), expected) << num_threads << " " << block_bytes;
    }
  }
}

TEST(CellType, FollowsPython) {
  const auto type = [](std::string_view cell) { return CellType(cell); };
  EXPECT_EQ(type(""), ColumnType::kUnknown);
  for (const char* cell : {"0", "-0", "+7", " 12 ", "\t5\n", "1_000", "007", "9223372036854775807",
                           "-9223372036854775808", "\u0661\u0662", "\u30007"}) {
    EXPECT_EQ(type(cell), ColumnType::kInt) << cell;
  }
  for (const char* cell : {"1.5", ".5", "5.", "1e5", "-1E-5", "nan", "-NaN", "inf", "+Infinity", "1_0.0_1", " 2.0 ",
                           "1e999", "1e-999", "\u0661.5"}) {
    EXPECT_EQ(type(cell), ColumnType::kFloat) << cell;
  }
  for (const char* cell : {" ",
                           "x",
                           "0x10",
                           "1__0",
                           "_1",
                           "1_",
                           "+ 1",
                           "1e",
                           ".",
                           "-",
                           "e5",
                           "i_nf",
                           "nan(1)",
                           "1_.5",
                           "--1",
                           "+-1",
                           "1 2",
                           "1,5",
                           "infinit",
                           "9223372036854775808",
                           "-9223372036854775809",
                           "99999999999999999999999999",
                           "\x1c"
                           "1",
                           "\u00b2",
                           "1.5f",
                           "0b1",
                           "+_1"}) {
    EXPECT_EQ(type(cell), ColumnType::kString) << cell;
  }
  // More digits than Python turns into an int: then it is float()'s.
  EXPECT_EQ(type(std::string(4300, '9')), ColumnType::kString);
  EXPECT_EQ(type(std::string(4301, '9')), ColumnType::kFloat);
}

TEST(ParseCells, GiveTheValues) {
  EXPECT_EQ(ParseIntCell(" -1_000 "), -1000);
  EXPECT_EQ(ParseIntCell("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(ParseIntCell("\u0661\u0662"), 12);
  EXPECT_EQ(ParseFloatCell("1_0.5"), 10.5);
  EXPECT_EQ(ParseFloatCell("-1e999"), -HUGE_VAL);
  EXPECT_EQ(ParseFloatCell("1e-999"), 0.0);
  EXPECT_EQ(ParseFloatCell("4.9e-324"), 4.9e-324);
  EXPECT_EQ(ParseFloatCell("+.5"), 0.5);
  EXPECT_TRUE(std::isnan(ParseFloatCell("-nan").value()));
  EXPECT_EQ(ParseFloatCell("-Infinity"), -HUGE_VAL);
  EXPECT_EQ(ParseIntCell("1.5"), std::nullopt);
  EXPECT_EQ(ParseIntCell("9223372036854775808"), std::nullopt);
  EXPECT_EQ(ParseFloatCell("x"), std::nullopt);
  EXPECT_TRUE(std::signbit(*ParseFloatCell("-0")));
}

// The short ways take exactly what they are for, one character at a time, with other characters among the digits at
// every place of the eight that are read together.
TEST(ParseCells, ShortWaysTakeDecimalsOfUpTo18Digits) {
  constexpr std::string_view kOthers = ".-+:/ eE_\x7f\xb5";
  uint64_t state = 1;
  const auto random = [&](uint64_t n) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return (state >> 33) % n;
  };
  for (int i = 0; i < 300000; ++i) {
    std::string text;
    for (uint64_t size = random(23); size > 0; --size) text += static_cast<char>('0' + random(10));
    for (uint64_t changes = random(3); changes > 0 && !text.empty(); --changes) {
      text[random(text.size())] = kOthers[random(kOthers.size())];
    }
    const std::string_view magnitude = std::string_view(text).substr(text.starts_with('-') ? 1 : 0);
    int64_t num_digits = 0, num_points = 0, integer = 0;
    for (const char c : magnitude) {
      const bool is_digit = c >= '0' && c <= '9';
      num_digits += is_digit ? 1 : 0;
      num_points += c == '.' ? 1 : 0;
      if (is_digit && num_digits <= 18) integer = integer * 10 + (c - '0');
    }
    const bool is_decimal = num_digits >= 1 && num_digits <= 18 && num_points <= 1 &&
                            num_digits + num_points == static_cast<int64_t>(magnitude.size());

    const auto as_integer = ParseShortIntCell(text);
    const auto as_float = ParseShortFloatCell(text);

    ASSERT_EQ(as_integer.has_value, is_decimal && num_points == 0) << text;
    if (as_integer.has_value) {
      ASSERT_EQ(as_integer.value, text.starts_with('-') ? -integer : integer) << text;
    }
    ASSERT_EQ(as_float.has_value, is_decimal && integer <= int64_t{1} << 53) << text;
    if (as_float.has_value) {
      ASSERT_EQ(as_float.value, std::strtod(text.c_str(), nullptr)) << text;
    }
  }
}

// The short way against strtod, on decimals of all lengths around its limits.
TEST(ParseCells, AreCorrectlyRounded) {
  uint64_t state = 1;
  for (int i = 0; i < 200000; ++i) {
    state = state * 6364136223846793005 + 1442695040888963407;
    std::string text = std::to_string(state >> (state % 64));
    const size_t point = (state >> 7) % (text.size() + 4);
    if (point < text.size()) text.insert(point, ".");
    if (i % 3 == 0) text.insert(0, "-");
    ASSERT_EQ(ParseFloatCell(text), std::strtod(text.c_str(), nullptr)) << text;
  }
}

}  // namespace
}  // namespace tfx::io
