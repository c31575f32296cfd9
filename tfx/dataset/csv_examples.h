// CSV rows as tf.Examples, by the rules of TFX's CsvExampleGen, without protobuf messages; or as a record batch.
//
//   ASSIGN_OR_RETURN(CsvConverter converter, CsvConverter::Make(table, types));
//   engine.Map(table.Shards(), [&](const io::CsvBlock& block) { return converter.ToExamples(block); }, sink);
//
// INT -> int64_list, FLOAT -> float_list (float32; beyond its range infinity), STRING -> bytes_list. An empty cell in a
// column with a type is a Feature of that kind without values; in a column without a type a Feature without kind.
// The bytes are those of protobuf's deterministic serialization, which are the key of TFX's hash partitioning.
// Source: tfx/components/example_gen/csv_example_gen/executor.py. A record batch may also be made by the rule of TFDV's
// generate_statistics_from_csv, where an empty cell is a missing value. Thread-safe.
#ifndef TFX_DATASET_CSV_EXAMPLES_H_
#define TFX_DATASET_CSV_EXAMPLES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/csv.h"
#include "tfx/io/tfrecord.h"

namespace tfx::dataset {

struct CsvConverterOptions {
  enum class EmptyCells { kEmptyLists, kMissing } empty_cells = EmptyCells::kEmptyLists;  // of record batches
  // kInferred: as CsvTable::InferTypes would. An integer beyond int64 is then not of type FLOAT, though it is a number.
  // kGiven: by the user, so that any number will do for a FLOAT.
  enum class Types { kInferred, kGiven } types = Types::kInferred;
  // Columns of the batches and Examples, names that the table does not have left out; unset: all.
  std::optional<std::vector<std::string>> columns;
};

class CsvConverter {
 public:
  // `types`: one per column of the table, else INVALID_ARGUMENT. `table` is copied.
  static absl::StatusOr<CsvConverter> Make(const io::CsvTable& table, std::vector<io::ColumnType> types,
                                           CsvConverterOptions options = {});

  // One serialized Example per row. Errors of CsvRowReader; FAILED_PRECONDITION names file, line and column of a cell
  // that is not of its column's type: the types were not inferred from all rows, or the files have changed since.
  absl::StatusOr<io::Records> ToExamples(const io::CsvBlock& block) const;

  // What DecodeExamples(ToExamples(block)) would give, made directly.
  absl::StatusOr<RecordBatchPtr> ToRecordBatch(const io::CsvBlock& block) const;

 private:
  CsvConverter(const io::CsvTable& table, std::vector<io::ColumnType> types, CsvConverterOptions options);
  absl::Status WrongType(const io::CsvBlock& block, int64_t line, size_t column, std::string_view cell) const;

  io::CsvTable table_;
  std::vector<io::ColumnType> types_;
  CsvConverterOptions options_;
  std::vector<size_t> order_;  // columns that are wanted, sorted by name
};

}  // namespace tfx::dataset

#endif  // TFX_DATASET_CSV_EXAMPLES_H_
