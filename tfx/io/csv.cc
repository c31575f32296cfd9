#include "tfx/io/csv.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/byte_stream.h"
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

// The text of a file, gzip or not.
class TextFile {
 public:
  static absl::StatusOr<TextFile> Open(const std::string& path) {
    ASSIGN_OR_RETURN(std::unique_ptr<RandomAccessFile> file, OpenForRead(path));
    char magic[2] = {};
    ASSIGN_OR_RETURN(const size_t n, file->Read(0, 2, magic));
    const bool is_gzip = n == 2 && magic[0] == '\x1f' && magic[1] == '\x8b';
    return TextFile(path, is_gzip ? GzipInput(std::move(file)) : PlainInput(std::move(file)));
  }

  // Appends up to `size` bytes; fewer only at the end.
  absl::StatusOr<size_t> Append(size_t size, std::string* text) {
    const size_t begin = text->size();
    text->resize(begin + size);
    size_t read = 0;
    while (read < size) {
      absl::StatusOr<size_t> n = stream_->Read(text->data() + begin + read, size - read);
      if (!n.ok()) return Annotate(n.status(), path_);
      if (*n == 0) break;
      read += *n;
    }
    text->resize(begin + read);
    return read;
  }

 private:
  TextFile(std::string path, std::unique_ptr<InputStream> stream)
      : path_(std::move(path)), stream_(std::move(stream)) {}

  std::string path_;
  std::unique_ptr<InputStream> stream_;
};

// The first line, with its break, and what was read behind it.
struct FirstLine {
  std::string line;
  std::string rest;
};

absl::StatusOr<FirstLine> ReadFirstLine(TextFile* file) {
  FirstLine first;
  std::string& text = first.line;
  size_t newline = kNone;
  for (size_t chunk = 1 << 12; newline == kNone && text.size() <= kMaxRecordBytes; chunk *= 2) {
    const size_t begin = text.size();
    ASSIGN_OR_RETURN(const size_t n, file->Append(chunk, &text));
    newline = text.find('\n', begin);
    if (n < chunk) break;
  }
  if (newline != kNone) {
    first.rest = text.substr(newline + 1);
    text.resize(newline + 1);
  }
  return first;
}

// The cells of the header line.
std::vector<std::string> SplitHeader(std::string_view line, const CsvOptions& options) {
  std::vector<std::string> names;
  if (options.header == CsvOptions::Header::kQuoted) {
    std::string text(line);
    std::vector<std::string_view> cells;
    SplitRecord(text.data(), text.size(), options.delimiter, &cells);
    names.assign(cells.begin(), cells.end());
    return names;
  }
  for (size_t begin = 0; begin != kNone;) {
    const size_t end = line.find(options.delimiter, begin);
    names.emplace_back(line.substr(begin, end == kNone ? kNone : end - begin));
    begin = end == kNone ? kNone : end + 1;
  }
  return names;
}

absl::Status CheckNames(const std::string& path, const std::vector<std::string>& names) {
  std::unordered_set<std::string_view> seen;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) return ErrorAt(path, 1, absl::StrCat("the name of column ", i + 1, " is empty"));
    if (!seen.insert(names[i]).second) {
      return ErrorAt(path, 1,
                     absl::StrCat("column name '", names[i], "' is there twice (again as column ", i + 1, ")"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ReadHeader(const std::string& path, const CsvOptions& options) {
  ASSIGN_OR_RETURN(TextFile file, TextFile::Open(path));
  ASSIGN_OR_RETURN(const FirstLine first, ReadFirstLine(&file));
  std::string_view line = first.line;
  if (const size_t bad = FindBadByte(line); bad != kNone) {
    return ErrorAt(path, 1, absl::StrCat("header, byte ", bad + 1, ": ", DescribeBadByte(line[bad])));
  }
  if (line.substr(0, kByteOrderMark.size()) == kByteOrderMark) line.remove_prefix(kByteOrderMark.size());
  line = StripPythonWhitespace(line);
  if (line.empty()) return ErrorAt(path, 1, "there is no header line with column names");
  std::vector<std::string> names = SplitHeader(line, options);
  RETURN_IF_ERROR(CheckNames(path, names));
  return names;
}

absl::Status CheckSameHeader(const std::string& first_file, const std::vector<std::string>& first,
                             const std::string& file, const std::vector<std::string>& names) {
  if (names == first) return absl::OkStatus();
  const auto shared = static_cast<ptrdiff_t>(std::min(names.size(), first.size()));
  const auto [here, there] = std::mismatch(names.begin(), names.begin() + shared, first.begin());
  return ErrorAt(file, 1,
                 absl::StrCat("the header differs from that of ", first_file, " in column ", here - names.begin() + 1,
                              ": ", here == names.end() ? "nothing" : absl::StrCat("'", *here, "'"), " instead of ",
                              there == first.end() ? "nothing" : absl::StrCat("'", *there, "'")));
}

// Cuts the files into blocks of whole records: at line breaks with an even number of quotes before them.
class BlockReader {
 public:
  BlockReader(std::vector<std::string> files, size_t block_bytes, bool has_header)
      : files_(std::move(files)), block_bytes_(block_bytes), has_header_(has_header) {}

  absl::StatusOr<std::optional<CsvBlock>> Next() {
    while (true) {
      if (!file_.has_value()) {
        if (next_file_ == files_.size()) return std::optional<CsvBlock>();
        path_ = files_[next_file_++];
        ASSIGN_OR_RETURN(file_, TextFile::Open(path_));
        ASSIGN_OR_RETURN(FirstLine first, ReadFirstLine(&*file_));
        line_ = has_header_ ? 2 : 1;
        rest_ = has_header_ ? std::move(first.rest) : WithoutMark(first.line + first.rest);
      }
      ASSIGN_OR_RETURN(CsvBlock block, ReadBlock());
      if (!block.text.empty()) return std::make_optional(std::move(block));
      file_.reset();
    }
  }

 private:
  static std::string WithoutMark(std::string text) {
    if (std::string_view(text).substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      text.erase(0, kByteOrderMark.size());
    }
    return text;
  }

  // The next block of the open file; empty at its end.
  absl::StatusOr<CsvBlock> ReadBlock() {
    CsvBlock block;
    block.file = path_;
    block.first_line = line_;
    std::string& text = block.text;
    text.reserve(std::max(rest_.size(), block_bytes_) + block_bytes_ / 8);
    text = rest_;
    rest_.clear();
    bool is_open = CountByte(text, '"') % 2 != 0;  // inside quotes at the end of `text`
    for (size_t chunk = block_bytes_ > text.size() ? block_bytes_ - text.size() : block_bytes_;;
         chunk = std::max(block_bytes_, text.size())) {
      const size_t begin = text.size();
      ASSIGN_OR_RETURN(const size_t n, file_->Append(chunk, &text));
      is_open ^= CountByte(std::string_view(text).substr(begin), '"') % 2 != 0;
      if (n < chunk) {
        if (is_open) {
          // Whole records end where the quotes are even; the one that is left has the open quote in its first line.
          const size_t end = LastRecordEnd(text, 0, is_open);
          return ErrorAt(path_, line_ + static_cast<int64_t>(CountByte({text.data(), end}, '\n')),
                         "a quote (\") is opened here and not closed before the end of the file");
        }
        const bool ends_open = !text.empty() && text.back() != '\n';
        block.num_lines = static_cast<int64_t>(CountByte(text, '\n')) + (ends_open ? 1 : 0);
        return block;
      }
      if (const size_t end = LastRecordEnd(text, 0, is_open); end > 0) {
        rest_.assign(text, end);
        text.resize(end);
        block.num_lines = static_cast<int64_t>(CountByte(text, '\n'));
        line_ += block.num_lines;
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
  const bool has_header_;
  size_t next_file_ = 0;
  std::string path_;
  std::optional<TextFile> file_;
  int64_t line_ = 1;  // of the first byte of rest_
  std::string rest_;  // read and not yet handed out
};

}  // namespace

absl::StatusOr<CsvTable> CsvTable::Open(std::vector<std::string> files, CsvOptions options) {
  if (files.empty()) return absl::InvalidArgumentError("there are no CSV files to read");
  const auto delimiter = static_cast<unsigned char>(options.delimiter);
  if (delimiter == 0 || delimiter >= 0x80 || options.delimiter == '"' || options.delimiter == '\n' ||
      options.delimiter == '\r') {
    return absl::InvalidArgumentError(
        "the delimiter of CSV cells must be one ASCII character, neither a quote nor a line break");
  }
  options.block_bytes = std::max<size_t>(options.block_bytes, 1);
  CsvTable table;
  table.has_header_ = options.column_names.empty();
  table.options_ = options;
  if (!table.has_header_) RETURN_IF_ERROR(CheckNames("column_names", options.column_names));
  for (const std::string& file : files) {
    if (!table.has_header_) {
      RETURN_IF_ERROR(TextFile::Open(file).status());
      continue;
    }
    ASSIGN_OR_RETURN(std::vector<std::string> names, ReadHeader(file, options));
    if (&file == &files.front()) {
      table.options_.column_names = std::move(names);
    } else {
      RETURN_IF_ERROR(CheckSameHeader(files.front(), table.column_names(), file, names));
    }
  }
  table.files_ = std::move(files);
  return table;
}

ShardSource<CsvBlock> CsvTable::Shards() const {
  auto reader = std::make_shared<BlockReader>(files_, options_.block_bytes, has_header_);
  return [reader] { return reader->Next(); };
}

CsvRowReader CsvTable::Rows(const CsvBlock& block) const {
  return CsvRowReader(block, options_.column_names, options_.delimiter);
}

absl::StatusOr<std::vector<ColumnType>> CsvTable::TypesOf(const CsvBlock& block) const {
  std::vector<ColumnType> types(column_names().size(), ColumnType::kUnknown);
  CsvRowReader reader = Rows(block);
  while (true) {
    ASSIGN_OR_RETURN(const CsvRows rows, reader.Next());
    if (rows.num_rows() == 0) return types;
    for (size_t column = 0; column < types.size(); ++column) {
      ColumnType type = types[column];
      for (size_t row = 0; row < rows.num_rows() && type != ColumnType::kString; ++row) {
        if (const std::string_view cell = rows.cell(row, column); !cell.empty()) type = std::max(type, CellType(cell));
      }
      types[column] = type;
    }
  }
}

absl::StatusOr<std::vector<ColumnType>> CsvTable::InferTypes(const Engine& engine) const {
  std::vector<ColumnType> types(column_names().size(), ColumnType::kUnknown);
  RETURN_IF_ERROR(engine.Map<CsvBlock>(
      Shards(), [this](const CsvBlock& block) { return TypesOf(block); },
      [&](const std::vector<ColumnType>& partial) {
        for (size_t column = 0; column < types.size(); ++column) {
          types[column] = std::max(types[column], partial[column]);
        }
        return absl::OkStatus();
      }));
  return types;
}

}  // namespace tfx::io
