// Parquet files as record batches of features, the columns that DecodeExamples makes of tf.Examples (examples.h).
//
//   ASSIGN_OR_RETURN(ShardSource<RecordBatchPtr> batches, ReadParquet(files, {.columns = names}));
//   ... in the engine's threads: ASSIGN_OR_RETURN(RecordBatchPtr features, ToFeatureColumns(*batch));
//
// How a column becomes a feature; the columns of a file keep their order:
//   int8 .. int64, uint8 .. uint64   int64; beyond its range INVALID_ARGUMENT
//   bool                             int64, 0 or 1
//   date, time, timestamp, duration  int64 as stored: days of a date32, else the column's unit, since 1970-01-01
//   float16, float32                 float
//   float64                          double, as TFDV keeps it; `kFloat` for Examples
//   decimal                          double, the nearest
//   string, binary, fixed-size       binary
//   dictionary                       what its values are
//   list, large list, fixed list     a list of the above; lists may nest
//   struct                           a feature with features below it
//   null                             a feature without a kind
// A value that is null is a missing value of the row; a null in a list stays one of its values. Map, union, interval,
// run-end-encoded and extension types are INVALID_ARGUMENT naming the column. Functions are thread-safe.
#ifndef TFX_DATASET_PARQUET_EXAMPLES_H_
#define TFX_DATASET_PARQUET_EXAMPLES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/dataset/examples.h"
#include "tfx/engine/engine.h"

namespace tfx::dataset {

struct ParquetOptions {
  // Only these top-level columns are read from the disk, names that the files do not have left out; unset: all.
  std::optional<std::vector<std::string>> columns;
  // A batch has about so many values, so that it is as large for wide tables as for narrow ones; at least 1.
  int64_t values_per_batch = int64_t{1} << 20;
};

// The rows of the files in order, decoded a batch at a time as the source is called: row groups may be as large as they
// like. All files must have the columns of the first one, of the same types. Memory: a batch, and a page of every
// column that is read, which is 1 MiB as files are commonly written: read very wide tables a few hundred columns at a
// time.
//   NOT_FOUND, PERMISSION_DENIED  as for reading a file
//   DATA_LOSS                     not a Parquet file, or damaged; names the file
//   INVALID_ARGUMENT              no files; a column of another type than in the first file, or that is no feature;
//                                 names file and column
absl::StatusOr<ShardSource<RecordBatchPtr>> ReadParquet(std::vector<std::string> files,
                                                        const ParquetOptions& options = {});

// The names of the top-level columns. Errors of ReadParquet.
absl::StatusOr<std::vector<std::string>> ParquetColumnNames(const std::string& file);

enum class DoubleFeatures { kDouble, kFloat };

// The rows as features.
absl::StatusOr<RecordBatchPtr> ToFeatureColumns(const arrow::RecordBatch& batch,
                                                DoubleFeatures doubles = DoubleFeatures::kDouble);

}  // namespace tfx::dataset

#endif  // TFX_DATASET_PARQUET_EXAMPLES_H_
