// CSV as TFX's CsvExampleGen reads it (reference: tfx/components/example_gen/csv_example_gen/executor.py): header from
// the first line of each file, RFC 4180 quotes, cells that span lines, blank lines skipped, one type per column over
// all files: empty < INT < FLOAT < STRING by the rules of Python's int() and float().
//
//   ASSIGN_OR_RETURN(CsvTable table, CsvTable::Open({"a.csv", "b.csv"}));
//   ASSIGN_OR_RETURN(std::vector<ColumnType> types, table.InferTypes(engine));
//   table.Shards() -> blocks of whole rows, cut by size, for Engine::Map; ParseRows(block) -> cells.
//
// Errors are INVALID_ARGUMENT and name file, line (1-based, physical) and column: header that differs between files,
// ragged row, quote open at the end of the file, NUL byte, bytes that are not UTF-8, empty or duplicate column name.
// Files without a header line: INVALID_ARGUMENT. Header only: no rows. Thread-safe after Open.
// The header is split at every comma, its white space at both ends and a byte order mark (which upstream keeps as part
// of the first name) are dropped. A row may be 1 GiB long.
#ifndef TFX_IO_CSV_H_
#define TFX_IO_CSV_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/engine/engine.h"

namespace tfx::io {

enum class ColumnType { kUnknown = -1, kInt = 0, kFloat = 1, kString = 2 };

// The type of one cell; kUnknown when empty.
ColumnType CellType(std::string_view cell);
// Python's int(text) and float(text) on cells whose type says so.
int64_t ParseIntCell(std::string_view cell);
double ParseFloatCell(std::string_view cell);

// Whole physical lines of one file.
struct CsvBlock {
  std::string text;
  std::string file;
  int64_t first_line = 1;  // 1-based line number of the first byte
};

// Rows of a block: cell(r, c), quotes removed, valid as long as the object.
class CsvRows {
 public:
  size_t num_rows() const { return num_columns_ == 0 ? 0 : cells_.size() / num_columns_; }
  std::string_view cell(size_t row, size_t column) const { return cells_[row * num_columns_ + column]; }

 private:
  friend class CsvTable;
  size_t num_columns_ = 0;
  std::vector<std::string_view> cells_;
  std::shared_ptr<const void> storage_;
};

class CsvTable {
 public:
  // NOT_FOUND or PERMISSION_DENIED names the file.
  static absl::StatusOr<CsvTable> Open(std::vector<std::string> files, size_t block_bytes = 1 << 20);

  const std::vector<std::string>& column_names() const { return column_names_; }
  // The blocks of all files in order; each call starts from the beginning.
  ShardSource<CsvBlock> Shards() const;
  // Blocks may be parsed in parallel.
  absl::StatusOr<CsvRows> ParseRows(const CsvBlock& block) const;
  // The type of each column over all rows; kUnknown for a column without values. Reads all files.
  absl::StatusOr<std::vector<ColumnType>> InferTypes(const Engine& engine) const;

 private:
  std::vector<std::string> files_;
  std::vector<std::string> column_names_;
  size_t block_bytes_ = 0;
};

}  // namespace tfx::io

#endif  // TFX_IO_CSV_H_
