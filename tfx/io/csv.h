// CSV as TFX's CsvExampleGen reads it (reference: tfx/components/example_gen/csv_example_gen/executor.py): header from
// the first line of each file, RFC 4180 quotes, cells that span lines, blank lines skipped, one type per column over
// all files: empty < INT < FLOAT < STRING by the rules of Python's int() and float() (csv_cell.h). Files may be gzip.
//
//   ASSIGN_OR_RETURN(CsvTable table, CsvTable::Open({"a.csv", "b.csv"}));
//   ASSIGN_OR_RETURN(std::vector<ColumnType> types, table.InferTypes(engine));
//   table.Shards() -> blocks of whole rows, cut by size, for Engine::Map; Rows(block) -> cells (csv_rows.h).
//
// Errors are INVALID_ARGUMENT and name file, line (1-based, physical) and column: header that differs between files,
// ragged row, quote open at the end of the file, NUL byte, bytes that are not UTF-8, empty or duplicate column name.
// Files without a header line: INVALID_ARGUMENT. Header only: no rows. DATA_LOSS: damaged gzip. Thread-safe after Open.
// The header's white space at both ends and a byte order mark (which upstream keeps as part of the first name) are
// dropped. A row may be 1 GiB long.
#ifndef TFX_IO_CSV_H_
#define TFX_IO_CSV_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/engine/engine.h"
#include "tfx/io/csv_cell.h"
#include "tfx/io/csv_rows.h"

namespace tfx::io {

struct CsvOptions {
  char delimiter = ',';  // ASCII, neither quote, line break nor NUL; else INVALID_ARGUMENT
  // Of files without a header line. Empty: the first line of each file has them.
  std::vector<std::string> column_names;
  // CsvExampleGen takes the header line as it is, cut at every delimiter. TFDV's generate_statistics_from_csv reads it
  // as a row, so that a name may be quoted.
  enum class Header { kPlain, kQuoted } header = Header::kPlain;
  size_t block_bytes = 1 << 20;  // about, of a block; at least 1
};

class CsvTable {
 public:
  // NOT_FOUND or PERMISSION_DENIED names the file.
  static absl::StatusOr<CsvTable> Open(std::vector<std::string> files, CsvOptions options = {});

  const std::vector<std::string>& files() const { return files_; }
  const std::vector<std::string>& column_names() const { return options_.column_names; }
  // The blocks of all files in order; each call starts from the beginning. The table must outlive it.
  ShardSource<CsvBlock> Shards() const;
  // Blocks may be read in parallel, each by a reader of its own. The table and the block must outlive it.
  CsvRowReader Rows(const CsvBlock& block) const;
  // The type of each column over all rows; kUnknown for a column without values. Reads all files.
  absl::StatusOr<std::vector<ColumnType>> InferTypes(const Engine& engine) const;
  // The same over the rows of one block.
  absl::StatusOr<std::vector<ColumnType>> TypesOf(const CsvBlock& block) const;

 private:
  std::vector<std::string> files_;
  CsvOptions options_;
  bool has_header_ = true;
};

}  // namespace tfx::io

#endif  // TFX_IO_CSV_H_
