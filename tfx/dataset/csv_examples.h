// CSV rows as tf.Examples, by the rules of TFX's CsvExampleGen, without protobuf messages; or as a record batch.
//
//   ASSIGN_OR_RETURN(CsvConverter converter, CsvConverter::Make(table, types));
//   engine.Map(table.Shards(), [&](const io::CsvBlock& block) { return converter.ToExamples(block); }, sink);
//
// INT -> int64_list, FLOAT -> float_list (float32; beyond its range infinity), STRING -> bytes_list. An empty cell in a
// column with a type is a Feature of that kind without values; in a column without a type a Feature without kind.
// The bytes are those of protobuf's deterministic serialization, which are the key of TFX's hash partitioning.
// Source: tfx/components/example_gen/csv_example_gen/executor.py. Thread-safe.
#ifndef TFX_DATASET_CSV_EXAMPLES_H_
#define TFX_DATASET_CSV_EXAMPLES_H_

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/csv.h"
#include "tfx/io/tfrecord.h"

namespace tfx::dataset {

class CsvConverter {
 public:
  // `types` as CsvTable::InferTypes gives them, one per column (else INVALID_ARGUMENT). `table` is copied.
  static absl::StatusOr<CsvConverter> Make(const io::CsvTable& table, std::vector<io::ColumnType> types);

  // One serialized Example per row. Errors of CsvTable::ParseRows; INVALID_ARGUMENT names file and column when a cell
  // is not of its column's type (the files have changed since the types were inferred).
  absl::StatusOr<io::Records> ToExamples(const io::CsvBlock& block) const;

  // What DecodeExamples(ToExamples(block)) would give, made directly.
  absl::StatusOr<RecordBatchPtr> ToRecordBatch(const io::CsvBlock& block) const;

 private:
  CsvConverter(const io::CsvTable& table, std::vector<io::ColumnType> types);
  absl::Status WrongType(const io::CsvBlock& block, size_t column, std::string_view cell) const;

  io::CsvTable table_;
  std::vector<io::ColumnType> types_;
  std::vector<size_t> order_;  // columns sorted by name
};

}  // namespace tfx::dataset

#endif  // TFX_DATASET_CSV_EXAMPLES_H_
