#include "tfx/io/csv.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/base/utf8.h"
#include "tfx/io/file_system.h"
#include "tfx/io/python_number.h"

namespace tfx::io {
namespace {

constexpr size_t kMaxRecordBytes = size_t{1} << 30;  // an open quote must not swallow all memory
constexpr size_t kNone = std::string_view::npos;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

absl::Status ErrorAt(const std::string& file, int64_t line, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(file, ":", line, ": ", what));
}

// Offset of the first NUL or byte that is not UTF-8.
size_t FindBadByte(std::string_view text) { return std::min(text.find('\0'), FindInvalidUtf8(text)); }

std::string DescribeBadByte(char byte) {
  if (byte == '\0') return "a NUL byte; is this a text file?";
  static constexpr char kDigits[] = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  return absl::StrCat("byte 0x", std::string{kDigits[value >> 4], kDigits[value & 15]},
                      " is not UTF-8; convert the file, for example with iconv -f LATIN1 -t UTF-8");
}

// The first line of a file and where the next one begins.
struct Header {
  std::vector<std::string> names;
  uint64_t end = 0;
};

absl::StatusOr<Header> ReadHeader(const std::string& path) {
  ASSIGN_OR_RETURN(const std::unique_ptr<RandomAccessFile> file, OpenForRead(path));
  std::string text;
  size_t newline = kNone;
  for (size_t chunk = 1 << 12; newline == kNone && text.size() <= kMaxRecordBytes; chunk *= 2) {
    const size_t begin = text.size();
    text.resize(begin + chunk);
    ASSIGN_OR_RETURN(const size_t n, file->Read(begin, chunk, text.data() + begin));
    text.resize(begin + n);
    newline = text.find('\n', begin);
    if (n < chunk) break;
  }
  Header header;
  header.end = newline == kNone ? text.size() : newline + 1;
  text.resize(header.end);
  if (const size_t bad = FindBadByte(text); bad != kNone) {
    return ErrorAt(path, 1, absl::StrCat("header, byte ", bad + 1, ": ", DescribeBadByte(text[bad])));
  }
  std::string_view line = text;
  if (line.substr(0, kByteOrderMark.size()) == kByteOrderMark) line.remove_prefix(kByteOrderMark.size());
  line = StripPythonWhitespace(line);
  if (line.empty()) return ErrorAt(path, 1, "there is no header line with column names");
  std::unordered_set<std::string> seen;
  for (size_t begin = 0; begin != kNone;) {
    const size_t comma = line.find(',', begin);
    std::string name(line.substr(begin, comma == kNone ? kNone : comma - begin));
    begin = comma == kNone ? kNone : comma + 1;
    const size_t number = header.names.size() + 1;
    if (name.empty()) return ErrorAt(path, 1, absl::StrCat("the name of column ", number, " is empty"));
    if (!seen.insert(name).second) {
      return ErrorAt(path, 1, absl::StrCat("column name '", name, "' is there twice (again as column ", number, ")"));
    }
    header.names.push_back(std::move(name));
  }
  return header;
}

// Cuts the files into blocks of whole records: at line breaks with an even number of quotes before them.
class BlockReader {
 public:
  BlockReader(std::vector<std::string> files, size_t block_bytes)
      : files_(std::move(files)), block_bytes_(block_bytes) {}

  absl::StatusOr<std::optional<CsvBlock>> Next() {
    while (true) {
      if (file_ == nullptr) {
        if (next_file_ == files_.size()) return std::optional<CsvBlock>();
        path_ = files_[next_file_++];
        ASSIGN_OR_RETURN(const Header header, ReadHeader(path_));
        ASSIGN_OR_RETURN(file_, OpenForRead(path_));
        offset_ = header.end;
        line_ = 2;
        rest_.clear();
      }
      ASSIGN_OR_RETURN(CsvBlock block, ReadBlock());
      if (!block.text.empty()) return std::make_optional(std::move(block));
      file_.reset();
    }
  }

 private:
  // The next block of the open file; empty at its end.
  absl::StatusOr<CsvBlock> ReadBlock() {
    CsvBlock block{std::move(rest_), path_, line_};
    rest_.clear();
    std::string& text = block.text;
    bool is_open = std::count(text.begin(), text.end(), '"') % 2 != 0;  // inside quotes at the end of `text`
    for (size_t chunk = block_bytes_;; chunk = std::max(block_bytes_, text.size())) {
      const size_t begin = text.size();
      text.resize(begin + chunk);
      ASSIGN_OR_RETURN(const size_t n, file_->Read(offset_, chunk, text.data() + begin));
      offset_ += n;
      text.resize(begin + n);
      is_open ^= std::count(text.begin() + static_cast<ptrdiff_t>(begin), text.end(), '"') % 2 != 0;
      if (n < chunk) {
        if (is_open) {
          // Whole records end where the quotes are even; the one that is left has the open quote in its first line.
          const size_t end = LastRecordEnd(text, 0, is_open);
          return ErrorAt(path_, line_ + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(end), '\n'),
                         "a quote (\") is opened here and not closed before the end of the file");
        }
        return block;
      }
      if (const size_t end = LastRecordEnd(text, begin, is_open); end > 0) {
        rest_.assign(text, end);
        text.resize(end);
        line_ += std::count(text.begin(), text.end(), '\n');
        return block;
      }
      if (text.size() > kMaxRecordBytes) {
        return ErrorAt(path_, line_, "the row that begins here is longer than 1 GiB; is a quote (\") not closed?");
      }
    }
  }

  // One past the last line break in text[begin..] outside quotes, or 0; `is_open` holds at the end of the text.
  static size_t LastRecordEnd(const std::string& text, size_t begin, bool is_open) {
    for (size_t i = text.size(); i > begin; --i) {
      if (text[i - 1] == '"') is_open = !is_open;
      if (text[i - 1] == '\n' && !is_open) return i;
    }
    return 0;
  }

  const std::vector<std::string> files_;
  const size_t block_bytes_;
  size_t next_file_ = 0;
  std::string path_;
  std::unique_ptr<RandomAccessFile> file_;
  uint64_t offset_ = 0;
  int64_t line_ = 1;  // of the first byte of rest_
  std::string rest_;  // read and not yet handed out
};

// The end of the record that begins at `begin`: the first line break, or end, with an even number of quotes before it.
size_t RecordEnd(std::string_view text, size_t begin) {
  bool is_open = false;
  for (size_t line = begin;;) {
    const size_t newline = text.find('\n', line);
    const size_t end = newline == kNone ? text.size() : newline + 1;
    const std::string_view this_line = text.substr(line, end - line);
    for (size_t quote = this_line.find('"'); quote != kNone; quote = this_line.find('"', quote + 1)) is_open = !is_open;
    if (!is_open || newline == kNone) return end;
    line = end;
  }
}

bool IsBreak(char c) { return c == '\n' || c == '\r'; }

// Splits one record into cells by the rules of Python's csv.reader with its default dialect: a cell that begins with a
// quote runs to the next quote that is not doubled, and what follows up to the comma is taken as it is; quotes
// elsewhere are ordinary characters. A blank line has no cells. Removes quotes in place. False when something follows a
// line break outside quotes (as csv.reader sees them), which csv.reader refuses.
bool SplitRecord(char* text, size_t size, std::vector<std::string_view>* cells) {
  enum { kCellStart, kPlain, kQuoted, kQuoteInQuoted, kAfterBreak } state = kCellStart;
  char* cell = text;
  char* out = text;  // end of the cell at hand; never ahead of `in`
  if (size > 0 && IsBreak(text[0])) state = kAfterBreak;
  for (char* in = text; in != text + size; ++in) {
    const char c = *in;
    switch (state) {
      case kAfterBreak:
        if (!IsBreak(c)) return false;
        continue;
      case kQuoted:
        if (c == '"') {
          state = kQuoteInQuoted;
        } else {
          *out++ = c;
        }
        continue;
      case kCellStart:
      case kQuoteInQuoted:
        if (c == '"') {
          if (state == kQuoteInQuoted) *out++ = c;
          state = kQuoted;
          continue;
        }
        [[fallthrough]];
      case kPlain:
        if (c == ',' || IsBreak(c)) {
          cells->emplace_back(cell, out - cell);
          cell = out = in + 1;
          state = c == ',' ? kCellStart : kAfterBreak;
        } else {
          *out++ = c;
          state = kPlain;
        }
    }
  }
  if (state != kAfterBreak) cells->emplace_back(cell, out - cell);
  return true;
}

// The same for a record without quotes and without carriage returns but at its end, which most are; else false.
bool SplitPlainRecord(std::string_view record, std::vector<std::string_view>* cells) {
  if (IsBreak(record.front()) || record.find('"') != kNone) return false;
  while (IsBreak(record.back())) record.remove_suffix(1);
  if (record.find('\r') != kNone) return false;
  while (true) {
    const size_t comma = record.find(',');
    cells->push_back(record.substr(0, comma));
    if (comma == kNone) return true;
    record.remove_prefix(comma + 1);
  }
}

}  // namespace

ColumnType CellType(std::string_view cell) {
  if (cell.empty()) return ColumnType::kUnknown;
  int64_t value;
  switch (ParsePythonInt(cell, &value)) {
    case PythonIntResult::kInt64:
      return ColumnType::kInt;
    case PythonIntResult::kTooLarge:
      return ColumnType::kString;
    case PythonIntResult::kNotAnInt:
      break;
  }
  return ParsePythonFloat(cell).has_value() ? ColumnType::kFloat : ColumnType::kString;
}

int64_t ParseIntCell(std::string_view cell) {
  int64_t value = 0;
  ParsePythonInt(cell, &value);
  return value;
}

double ParseFloatCell(std::string_view cell) { return ParsePythonFloat(cell).value_or(0); }

absl::StatusOr<CsvTable> CsvTable::Open(std::vector<std::string> files, size_t block_bytes) {
  if (files.empty()) return absl::InvalidArgumentError("there are no CSV files to read");
  CsvTable table;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(Header header, ReadHeader(file));
    if (&file == &files.front()) {
      table.column_names_ = std::move(header.names);
    } else if (header.names != table.column_names_) {
      const size_t shared = std::min(header.names.size(), table.column_names_.size());
      const auto [here, there] = std::mismatch(
          header.names.begin(), header.names.begin() + static_cast<ptrdiff_t>(shared), table.column_names_.begin());
      return ErrorAt(
          file, 1,
          absl::StrCat("the header differs from that of ", files.front(), " in column ",
                       here - header.names.begin() + 1, ": ",
                       here == header.names.end() ? "nothing" : absl::StrCat("'", *here, "'"), " instead of ",
                       there == table.column_names_.end() ? "nothing" : absl::StrCat("'", *there, "'")));
    }
  }
  table.files_ = std::move(files);
  table.block_bytes_ = std::max<size_t>(block_bytes, 1);
  return table;
}

ShardSource<CsvBlock> CsvTable::Shards() const {
  auto reader = std::make_shared<BlockReader>(files_, block_bytes_);
  return [reader] { return reader->Next(); };
}

absl::StatusOr<CsvRows> CsvTable::ParseRows(const CsvBlock& block) const {
  const std::string_view text = block.text;
  const auto error_at = [&](size_t offset, const std::string& what) {
    const auto end = text.begin() + static_cast<ptrdiff_t>(offset);
    return ErrorAt(block.file, block.first_line + std::count(text.begin(), end, '\n'), what);
  };
  const size_t bad = FindBadByte(text);
  auto storage = std::make_shared<std::string>(text);
  CsvRows rows;
  rows.num_columns_ = column_names_.size();
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = RecordEnd(text, begin);
    const size_t first_cell = rows.cells_.size();
    if (bad < end) {
      // The cells of what comes before the byte tell which column it is in.
      if (bad > begin) SplitRecord(storage->data() + begin, bad - begin, &rows.cells_);
      const size_t column = std::max<size_t>(rows.cells_.size() - first_cell, 1);
      const std::string name =
          column <= column_names_.size() ? absl::StrCat(" ('", column_names_[column - 1], "')") : "";
      return error_at(bad, absl::StrCat("column ", column, name, ": ", DescribeBadByte(text[bad])));
    }
    const std::string_view record(storage->data() + begin, end - begin);
    const bool is_split =
        SplitPlainRecord(record, &rows.cells_) || SplitRecord(storage->data() + begin, record.size(), &rows.cells_);
    const size_t num_cells = rows.cells_.size() - first_cell;
    if (!is_split) {
      return error_at(begin, absl::StrCat("column ", std::max<size_t>(num_cells, 1),
                                          ": a line break (or lone carriage return) inside a cell without quotes"));
    }
    if (num_cells != 0 && num_cells != column_names_.size()) {
      return error_at(begin, absl::StrCat("the row has ", num_cells, " cells, but the header has ",
                                          column_names_.size(), " columns"));
    }
    begin = end;
  }
  rows.storage_ = std::move(storage);
  return rows;
}

absl::StatusOr<std::vector<ColumnType>> CsvTable::InferTypes(const Engine& engine) const {
  std::vector<ColumnType> types(column_names_.size(), ColumnType::kUnknown);
  const auto infer = [this](const CsvBlock& block) -> absl::StatusOr<std::vector<ColumnType>> {
    ASSIGN_OR_RETURN(const CsvRows rows, ParseRows(block));
    std::vector<ColumnType> partial(column_names_.size(), ColumnType::kUnknown);
    for (size_t row = 0; row < rows.num_rows(); ++row) {
      for (size_t column = 0; column < partial.size(); ++column) {
        if (partial[column] == ColumnType::kString) continue;
        partial[column] = std::max(partial[column], CellType(rows.cell(row, column)));
      }
    }
    return partial;
  };
  RETURN_IF_ERROR(engine.Map<CsvBlock>(Shards(), infer, [&](const std::vector<ColumnType>& partial) {
    for (size_t column = 0; column < types.size(); ++column) types[column] = std::max(types[column], partial[column]);
    return absl::OkStatus();
  }));
  return types;
}

}  // namespace tfx::io
