// Descriptive statistics of files: what `tfx data statistics` computes from TFRecord, CSV and Parquet.
//
//   ASSIGN_OR_RETURN(auto statistics, GenerateStatisticsFromFiles({.files = files}, StatsOptions{}, engine));
//
// The answers are those of GenerateStatistics (statistics.h) on the same rows, whatever the number of threads. Memory:
// batches in flight (two per thread) and what GenerateStatistics keeps; it does not grow with the number of rows.
// Parquet columns and CSV cells that no option asks for are not decoded (StatsOptions::feature_allowlist).
//
// TFRecord  tf.Example or tf.SequenceExample, plain or gzip (dataset/examples.h).
// CSV       TFDV's generate_statistics_from_csv: one type per column over all files (INT, FLOAT as float32, else
//           STRING, by Python's rules; io/csv.h), an empty cell is a missing value, a column without any value has no
//           type. Types are guessed from the first rows and the files are read once; where a later row proves the guess
//           wrong, they are inferred from all rows first and the files are read again. With
//           StatsOptions.infer_type_from_schema the schema gives them: columns that it does not list are left out, a
//           cell of another type is an error.
// Parquet   dataset/parquet_examples.h says how columns become features.
// Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_STATISTICS_FILE_STATISTICS_H_
#define TFX_DATA_VALIDATION_STATISTICS_FILE_STATISTICS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/features/stats_options.h"
#include "tfx/dataset/examples.h"
#include "tfx/engine/engine.h"

namespace tfx::tfdv {

enum class FileFormat { kAuto, kTFRecord, kCsv, kParquet };

// "auto", "tfrecord", "csv", "parquet"; INVALID_ARGUMENT for another word, with the nearest of these.
absl::StatusOr<FileFormat> ParseFileFormat(std::string_view name);

// By name where it ends in .csv or .csv.gz, else by the first bytes: Parquet's magic number, or the length of a first
// record with its checksum, plain or in gzip; a file of no bytes is an empty TFRecord file. INVALID_ARGUMENT naming the
// file where none fits, NOT_FOUND and PERMISSION_DENIED as for reading.
absl::StatusOr<FileFormat> DetectFileFormat(const std::string& file);

struct InputFiles {
  std::vector<std::string> files;  // read in this order; all of one format
  FileFormat format = FileFormat::kAuto;
  dataset::PayloadFormat payload = dataset::PayloadFormat::kExample;  // of TFRecord
  char csv_delimiter = ',';                                           // any ASCII character but quote and line breaks
  std::vector<std::string> csv_column_names;                          // of files without a header line
};

// The format that is given, else the one that all files have. INVALID_ARGUMENT: no files; files of several formats
// (names two); and the errors of DetectFileFormat.
absl::StatusOr<FileFormat> FormatOf(const InputFiles& input);

//   INVALID_ARGUMENT  no files; files of several formats; infer_type_from_schema without a schema, or with a feature
//                     that is neither INT, FLOAT nor BYTES; a CSV cell that is not of the schema's type (names file,
//                     line and column); errors of GenerateStatistics, of CsvTable and of ReadParquet
//   NOT_FOUND, PERMISSION_DENIED, DATA_LOSS  as for reading the files
absl::StatusOr<::tensorflow::metadata::v0::DatasetFeatureStatisticsList> GenerateStatisticsFromFiles(
    const InputFiles& input, const StatsOptions& options, const Engine& engine);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_FILE_STATISTICS_H_
