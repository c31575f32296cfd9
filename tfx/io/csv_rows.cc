#include "tfx/io/csv_rows.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/base/utf8.h"

namespace tfx::io {
namespace {

constexpr size_t kNone = std::string_view::npos;
constexpr size_t kCellsPerRun = 8192;  // 128 KiB of views
constexpr size_t kWidth = 64;          // bytes looked at together

bool IsBreak(char c) { return c == '\n' || c == '\r'; }

// Bit i is set where text[i] is one of three characters.
#ifdef __SSE2__
class Matcher {
 public:
  Matcher(char a, char b, char c) : a_(_mm_set1_epi8(a)), b_(_mm_set1_epi8(b)), c_(_mm_set1_epi8(c)) {}
  uint64_t operator()(const char* text) const {
    return Match16(text) | Match16(text + 16) << 16 | Match16(text + 32) << 32 | Match16(text + 48) << 48;
  }

 private:
  uint64_t Match16(const char* text) const {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
    const __m128i found =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, a_), _mm_cmpeq_epi8(bytes, b_)), _mm_cmpeq_epi8(bytes, c_));
    return static_cast<uint32_t>(_mm_movemask_epi8(found));
  }
  const __m128i a_, b_, c_;
};
#else
class Matcher {
 public:
  Matcher(char a, char b, char c) : a_(a), b_(b), c_(c) {}
  uint64_t operator()(const char* text) const {
    uint64_t mask = 0;
    for (size_t i = 0; i < kWidth; ++i) {
      mask |= uint64_t{text[i] == a_ || text[i] == b_ || text[i] == c_} << i;
    }
    return mask;
  }

 private:
  const char a_, b_, c_;
};
#endif

// The same for fewer than 64 bytes.
uint64_t MatchRest(const Matcher& match, const char* text, size_t size) {
  char padded[kWidth] = {};
  std::memcpy(padded, text, size);
  return match(padded) & ((uint64_t{1} << size) - 1);
}

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

}  // namespace

int64_t CountRows(std::string_view text) {
  int64_t count = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = RecordEnd(text, begin);
    // Blank lines have no cells.
    if (text.substr(begin, end - begin).find_first_not_of("\r\n") != kNone) ++count;
    begin = end;
  }
  return count;
}

size_t CountByte(std::string_view text, char byte) {
  size_t count = 0;
  size_t i = 0;
#ifdef __SSE2__
  const __m128i wanted = _mm_set1_epi8(byte);
  while (i + 16 <= text.size()) {
    // Sixteen counters of eight bits, added up before they overflow.
    const size_t end = std::min(text.size() - 15, i + size_t{16} * 255);
    __m128i counts = _mm_setzero_si128();
    for (; i < end; i += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
      counts = _mm_sub_epi8(counts, _mm_cmpeq_epi8(bytes, wanted));
    }
    const __m128i sums = _mm_sad_epu8(counts, _mm_setzero_si128());
    count += static_cast<size_t>(_mm_cvtsi128_si64(sums)) +
             static_cast<size_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums)));
  }
#endif
  for (; i < text.size(); ++i) count += text[i] == byte ? 1 : 0;
  return count;
}

size_t FindBadByte(std::string_view text) { return std::min(text.find('\0'), FindInvalidUtf8(text)); }

std::string DescribeBadByte(char byte) {
  if (byte == '\0') return "a NUL byte; is this a text file?";
  static constexpr char kDigits[] = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  return absl::StrCat("byte 0x", std::string{kDigits[value >> 4], kDigits[value & 15]},
                      " is not UTF-8; convert the file, for example with iconv -f LATIN1 -t UTF-8");
}

bool SplitRecord(char* text, size_t size, char delimiter, std::vector<std::string_view>* cells) {
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
        if (c == delimiter || IsBreak(c)) {
          cells->emplace_back(cell, out - cell);
          cell = out = in + 1;
          state = c == delimiter ? kCellStart : kAfterBreak;
        } else {
          *out++ = c;
          state = kPlain;
        }
    }
  }
  if (state != kAfterBreak) cells->emplace_back(cell, out - cell);
  return true;
}

CsvRowReader::CsvRowReader(const CsvBlock& block, const std::vector<std::string>& column_names, char delimiter)
    : block_(block),
      column_names_(column_names),
      delimiter_(delimiter),
      bad_byte_(FindBadByte(block.text)),
      has_carriage_(block.text.find('\r') != kNone),
      rows_per_run_(std::max<size_t>(kCellsPerRun / column_names.size(), 1)),
      cells_(rows_per_run_ * column_names.size()) {}

absl::Status CsvRowReader::ErrorAt(size_t offset, const std::string& what) const {
  const int64_t line = block_.first_line + static_cast<int64_t>(CountByte({block_.text.data(), offset}, '\n'));
  return absl::InvalidArgumentError(absl::StrCat(block_.file, ":", line, ": ", what));
}

int64_t CsvRowReader::LineOf(std::string_view cell) const {
  const char* const text = block_.text.data();
  const std::less<const char*> before;
  size_t offset = 0;
  if (!before(cell.data(), text) && before(cell.data(), text + block_.text.size())) {
    offset = cell.data() - text;
  } else if (unquoted_ != nullptr && !before(cell.data(), unquoted_.get()) &&
             before(cell.data(), unquoted_.get() + block_.text.size())) {
    offset = cell.data() - unquoted_.get();
  }
  return block_.first_line + static_cast<int64_t>(CountByte({text, offset}, '\n'));
}

// Of the record [begin, end).
absl::Status CsvRowReader::CheckBytes(size_t begin, size_t end) {
  if (bad_byte_ >= end) return absl::OkStatus();
  // The cells of what comes before the byte tell which column it is in.
  std::string before = block_.text.substr(begin, bad_byte_ - begin);
  quoted_cells_.clear();
  if (!before.empty()) SplitRecord(before.data(), before.size(), delimiter_, &quoted_cells_);
  const size_t column = std::max<size_t>(quoted_cells_.size(), 1);
  const std::string name = column <= column_names_.size() ? absl::StrCat(" ('", column_names_[column - 1], "')") : "";
  return ErrorAt(bad_byte_, absl::StrCat("column ", column, name, ": ", DescribeBadByte(block_.text[bad_byte_])));
}

absl::Status CsvRowReader::CheckNumCells(size_t begin, size_t num_cells) const {
  if (num_cells == column_names_.size()) return absl::OkStatus();
  return ErrorAt(
      begin, absl::StrCat("the row has ", num_cells, " cells, but the header has ", column_names_.size(), " columns"));
}

// Reads the record at `begin` letter by letter and sets `end` behind it.
absl::Status CsvRowReader::ReadQuoted(size_t begin, size_t* end) {
  const std::string_view text = block_.text;
  *end = RecordEnd(text, begin);
  RETURN_IF_ERROR(CheckBytes(begin, *end));
  if (unquoted_ == nullptr) unquoted_ = std::make_unique_for_overwrite<char[]>(text.size());
  char* const record = unquoted_.get() + begin;
  std::memcpy(record, text.data() + begin, *end - begin);
  quoted_cells_.clear();
  if (!SplitRecord(record, *end - begin, delimiter_, &quoted_cells_)) {
    return ErrorAt(begin, absl::StrCat("column ", std::max<size_t>(quoted_cells_.size(), 1),
                                       ": a line break (or lone carriage return) inside a cell without quotes"));
  }
  if (quoted_cells_.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckNumCells(begin, quoted_cells_.size()));
  std::copy(quoted_cells_.begin(), quoted_cells_.end(), cells_.begin() + num_rows_ * column_names_.size());
  ++num_rows_;
  return absl::OkStatus();
}

absl::StatusOr<CsvRows> CsvRowReader::Next() {
  const char* const text = block_.text.data();
  const size_t size = block_.text.size();
  const size_t num_columns = column_names_.size();
  const Matcher match(delimiter_, '\n', '"');
  num_rows_ = 0;
  while (begin_ < size && num_rows_ < rows_per_run_) {
    // Records without quotes, until the run is full or a record needs care.
    size_t record = begin_;
    size_t cell = begin_;
    size_t num_cells = 0;
    std::string_view* out = cells_.data() + num_rows_ * num_columns;
    bool needs_care = false;
    const auto end_cell = [&](size_t end) {
      if (num_cells < num_columns) out[num_cells] = {text + cell, end - cell};
      ++num_cells;
    };
    // The record ends before `end`, its line break, and the next one begins at `next`.
    const auto end_record = [&](size_t end, size_t next) -> absl::Status {
      const bool has_carriage = has_carriage_ && end > record && text[end - 1] == '\r';
      if (has_carriage_ && std::memchr(text + record, '\r', end - record - (has_carriage ? 1 : 0)) != nullptr) {
        needs_care = true;
        return absl::OkStatus();
      }
      RETURN_IF_ERROR(CheckBytes(record, next));
      if (has_carriage) --end;
      if (end > record) {
        end_cell(end);
        RETURN_IF_ERROR(CheckNumCells(record, num_cells));
        ++num_rows_;
        out += num_columns;
      }
      num_cells = 0;
      record = cell = next;
      return absl::OkStatus();
    };
    for (size_t base = begin_; base < size && !needs_care && num_rows_ < rows_per_run_; base += kWidth) {
      uint64_t found = size - base >= kWidth ? match(text + base) : MatchRest(match, text + base, size - base);
      for (; found != 0; found &= found - 1) {
        const size_t at = base + static_cast<size_t>(std::countr_zero(found));
        if (text[at] == delimiter_) {
          end_cell(at);
          cell = at + 1;
        } else if (text[at] == '\n') {
          RETURN_IF_ERROR(end_record(at, at + 1));
          if (needs_care || num_rows_ == rows_per_run_) break;
        } else {
          needs_care = true;
          break;
        }
      }
      if (base + kWidth >= size && !needs_care && num_rows_ < rows_per_run_ && record < size) {
        RETURN_IF_ERROR(end_record(size, size));  // the last line has no break
      }
    }
    begin_ = record;
    if (needs_care) RETURN_IF_ERROR(ReadQuoted(record, &begin_));
  }
  CsvRows rows;
  rows.cells_ = cells_.data();
  rows.num_rows_ = num_rows_;
  rows.num_columns_ = num_columns;
  return rows;
}

}  // namespace tfx::io
