// Two sides of files as tf.Examples for DetectFeatureSkew: what `tfx data skew` reads.
//
//   ASSIGN_OR_RETURN(ExampleSides sides, OpenExampleFiles({.files = training}, {.files = serving}, engine));
//   ASSIGN_OR_RETURN(FeatureSkewResults skew, DetectFeatureSkew(sides.base, sides.test, options, engine));
//
// TFRecord  records as they are.
// CSV       a column is a feature of its name, an empty cell a missing feature. Types by Python's rules (io/csv.h) from
//           all rows of both sides where both are CSV, so that 1 and 1.0 of one column are the same number; both sides
//           are read twice.
// Parquet   dataset/parquet_examples.h says how columns become features; float64 becomes float, as in a tf.Example.
//           Columns are flat: a struct or a list of lists is INVALID_ARGUMENT naming the column.
// The sides may be of different formats. CSV and Parquet are turned into Examples by one thread. Memory: a block or
// batch a side. Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_SKEW_EXAMPLE_FILES_H_
#define TFX_DATA_VALIDATION_SKEW_EXAMPLE_FILES_H_

#include "absl/status/statusor.h"
#include "tfx/data_validation/statistics/file_statistics.h"
#include "tfx/engine/engine.h"
#include "tfx/io/tfrecord.h"

namespace tfx::tfdv {

struct ExampleSides {
  ShardSource<io::Records> base, test;
};

// `payload` of the inputs must be kExample. INVALID_ARGUMENT: another payload; no files or files of several formats on
// a side; and the errors of CsvTable and ReadParquet. The sources give the errors of reading, and for a Parquet column
// that no tf.Example can hold INVALID_ARGUMENT naming it.
absl::StatusOr<ExampleSides> OpenExampleFiles(const InputFiles& base, const InputFiles& test, const Engine& engine);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_SKEW_EXAMPLE_FILES_H_
