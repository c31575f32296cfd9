// The rows of a block of CSV text, run by run. Used through CsvTable; a reader of its own for every block.
//
//   CsvRowReader reader = table.Rows(block);
//   while (true) {
//     ASSIGN_OR_RETURN(const CsvRows rows, reader.Next());
//     if (rows.num_rows() == 0) break;
//     ... rows.cell(r, c) ...
//   }
//
// A run is short enough that its cells stay in the processor's cache while column after column is read. Text is
// searched 64 bytes at a time for what has a meaning; only records with quotes are read letter by letter.
// Thread-compatible.
#ifndef TFX_IO_CSV_ROWS_H_
#define TFX_IO_CSV_ROWS_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tfx::io {

// Whole records of one file.
struct CsvBlock {
  std::string text;
  std::string file;
  int64_t first_line = 1;  // 1-based line number of the first byte
  int64_t num_lines = 0;   // of the text, one without a break at its end included
};

// Cells without their quotes, valid until the reader's next run and as long as reader and block.
class CsvRows {
 public:
  size_t num_rows() const { return num_rows_; }
  std::string_view cell(size_t row, size_t column) const { return cells_[row * num_columns_ + column]; }

 private:
  friend class CsvRowReader;
  const std::string_view* cells_ = nullptr;
  size_t num_rows_ = 0;
  size_t num_columns_ = 0;
};

class CsvRowReader {
 public:
  // Keeps references to both. `delimiter`: see CsvOptions.
  CsvRowReader(const CsvBlock& block, const std::vector<std::string>& column_names, char delimiter);

  // The next rows; none at the end. INVALID_ARGUMENT names file, line and, where there is one, column.
  absl::StatusOr<CsvRows> Next();

  // The 1-based line of a cell of this block, or of its first row when the cell had quotes removed.
  int64_t LineOf(std::string_view cell) const;

 private:
  absl::Status ErrorAt(size_t offset, const std::string& what) const;
  absl::Status CheckBytes(size_t begin, size_t end);
  absl::Status CheckNumCells(size_t begin, size_t num_cells) const;
  absl::Status ReadQuoted(size_t begin, size_t* end);

  const CsvBlock& block_;
  const std::vector<std::string>& column_names_;
  const char delimiter_;
  const size_t bad_byte_;    // offset of the first NUL or byte that is not UTF-8
  const bool has_carriage_;  // a carriage return somewhere
  const size_t rows_per_run_;
  size_t begin_ = 0;     // of the next record
  size_t num_rows_ = 0;  // of this run
  std::vector<std::string_view> cells_;
  std::vector<std::string_view> quoted_cells_;
  std::unique_ptr<char[]> unquoted_;  // records with quotes, at their offsets in the text, where they lose them
};

// How many rows a reader of a block with this text gives, where it finds no error. Much faster than reading them.
int64_t CountRows(std::string_view text);

// How often `byte` occurs.
size_t CountByte(std::string_view text, char byte);

// Offset of the first NUL or byte that is not UTF-8, or npos; and what to say about it.
size_t FindBadByte(std::string_view text);
std::string DescribeBadByte(char byte);

// Appends the cells of one record by the rules of Python's csv.reader: a cell that begins with a quote runs to the next
// quote that is not doubled, and what follows up to the delimiter is taken as it is; quotes elsewhere are ordinary
// characters. A blank line has no cells. Removes quotes in place. False when something follows a line break outside
// quotes (as csv.reader sees them), which csv.reader refuses.
bool SplitRecord(char* text, size_t size, char delimiter, std::vector<std::string_view>* cells);

}  // namespace tfx::io

#endif  // TFX_IO_CSV_ROWS_H_
