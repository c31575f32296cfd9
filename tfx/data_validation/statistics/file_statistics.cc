#include "tfx/data_validation/statistics/file_statistics.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/generators/generators.h"
#include "tfx/data_validation/statistics/columns_to_read.h"
#include "tfx/data_validation/statistics/generate.h"
#include "tfx/data_validation/statistics/statistics.h"
#include "tfx/dataset/csv_examples.h"
#include "tfx/dataset/parquet_examples.h"
#include "tfx/io/csv.h"
#include "tfx/io/file_system.h"
#include "tfx/io/tfrecord.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using dataset::CsvConverter;
using dataset::CsvConverterOptions;
using io::ColumnType;

constexpr size_t kCsvBlockBytes = size_t{2} << 20;
constexpr size_t kColumnsTogether = 128;  // of Parquet

const std::vector<std::string>& FormatNames() {
  static const auto* const names = new std::vector<std::string>{"auto", "tfrecord", "csv", "parquet"};
  return *names;
}

// The types of the columns that the schema lists, and their names.
absl::StatusOr<std::map<std::string, ColumnType>> SchemaTypes(const v0::Schema& schema) {
  std::map<std::string, ColumnType> types;
  for (const v0::Feature& feature : schema.feature()) {
    switch (feature.type()) {
      case v0::INT:
        types[feature.name()] = ColumnType::kInt;
        break;
      case v0::FLOAT:
        types[feature.name()] = ColumnType::kFloat;
        break;
      case v0::BYTES:
        types[feature.name()] = ColumnType::kString;
        break;
      default:
        return absl::InvalidArgumentError(absl::StrCat("infer_type_from_schema: feature '", feature.name(),
                                                       "' has the type ", v0::FeatureType_Name(feature.type()),
                                                       " in the schema; a CSV column is INT, FLOAT or BYTES"));
    }
  }
  return types;
}

absl::StatusOr<DatasetFeatureStatisticsList> StatisticsOfRows(const io::CsvTable& table, const CsvConverter& converter,
                                                              const StatsOptions& options, const Engine& engine) {
  struct Shard {
    mutable io::CsvBlock block;
    int64_t first_row = 0;
  };
  ASSIGN_OR_RETURN(const std::shared_ptr<const StatsPlan> plan, MakeStatsPlan(options));
  const ShardSource<io::CsvBlock> blocks = table.Shards();
  int64_t next_row = 0;  // over all files
  const ShardSource<Shard> shards = [&]() -> absl::StatusOr<std::optional<Shard>> {
    ASSIGN_OR_RETURN(std::optional<io::CsvBlock> block, blocks());
    if (!block.has_value()) return std::nullopt;
    const int64_t first_row = next_row;
    // Blocks come one after another and are parsed side by side, so their rows are counted here, where anyone asks.
    if (plan->needs_row_numbers) next_row += io::CountRows(block->text);
    return Shard{*std::move(block), first_row};
  };
  const auto decode = [&](const Shard& shard) -> absl::StatusOr<std::vector<PlacedRows>> {
    ASSIGN_OR_RETURN(dataset::RecordBatchPtr batch, converter.ToRecordBatch(shard.block));
    std::string().swap(shard.block.text);  // its memory is not needed while the statistics are made
    return std::vector<PlacedRows>{{.rows = std::move(batch), .first_row = shard.first_row}};
  };
  return GenerateStatisticsFromShards<Shard>(shards, decode, plan, engine);
}

absl::StatusOr<DatasetFeatureStatisticsList> StatisticsOfCsv(const InputFiles& input, const StatsOptions& options,
                                                             const Engine& engine) {
  ASSIGN_OR_RETURN(const io::CsvTable table, io::CsvTable::Open(input.files, {.delimiter = input.csv_delimiter,
                                                                              .column_names = input.csv_column_names,
                                                                              .header = io::CsvOptions::Header::kQuoted,
                                                                              .block_bytes = kCsvBlockBytes}));
  CsvConverterOptions convert{.empty_cells = CsvConverterOptions::EmptyCells::kMissing,
                              .columns = ColumnsToRead(options)};
  if (options.infer_type_from_schema) {
    if (options.schema == nullptr) {
      return absl::InvalidArgumentError("infer_type_from_schema needs a schema");
    }
    using Types = std::map<std::string, ColumnType>;
    ASSIGN_OR_RETURN(const Types listed, SchemaTypes(*options.schema));
    std::vector<ColumnType> types;
    std::vector<std::string> columns;
    for (const std::string& name : table.column_names()) {
      const auto it = listed.find(name);
      types.push_back(it == listed.end() ? ColumnType::kString : it->second);
      const bool wanted = !convert.columns.has_value() ||
                          std::find(convert.columns->begin(), convert.columns->end(), name) != convert.columns->end();
      if (it != listed.end() && wanted) columns.push_back(name);
    }
    convert.types = CsvConverterOptions::Types::kGiven;
    convert.columns = columns;
    ASSIGN_OR_RETURN(const CsvConverter converter, CsvConverter::Make(table, types, convert));
    auto statistics = StatisticsOfRows(table, converter, options, engine);
    if (absl::IsFailedPrecondition(statistics.status())) {
      return absl::InvalidArgumentError(statistics.status().message());
    }
    return statistics;
  }

  // The greatest type of its cells is the type of a column, so the types of some rows are those of all, unless a cell
  // turns up that is not of its column's type.
  ASSIGN_OR_RETURN(const std::optional<io::CsvBlock> first, table.Shards()());
  std::vector<ColumnType> types(table.column_names().size(), ColumnType::kUnknown);
  if (first.has_value()) {
    ASSIGN_OR_RETURN(types, table.TypesOf(*first));
  }
  ASSIGN_OR_RETURN(const CsvConverter guess, CsvConverter::Make(table, types, convert));
  auto statistics = StatisticsOfRows(table, guess, options, engine);
  if (!absl::IsFailedPrecondition(statistics.status())) return statistics;
  ASSIGN_OR_RETURN(types, table.InferTypes(engine));
  ASSIGN_OR_RETURN(const CsvConverter converter, CsvConverter::Make(table, types, convert));
  return StatisticsOfRows(table, converter, options, engine);
}

absl::StatusOr<DatasetFeatureStatisticsList> StatisticsOfColumns(const InputFiles& input,
                                                                 std::optional<std::vector<std::string>> columns,
                                                                 const StatsOptions& options, const Engine& engine) {
  using Shard = NumberedShard<dataset::RecordBatchPtr>;
  ASSIGN_OR_RETURN(const ShardSource<dataset::RecordBatchPtr> batches,
                   dataset::ReadParquet(input.files, {.columns = std::move(columns)}));
  const auto numbered = NumberRows(batches, [](const dataset::RecordBatchPtr& batch) { return batch->num_rows(); });
  const auto decode = [](const Shard& shard) -> absl::StatusOr<std::vector<PlacedRows>> {
    ASSIGN_OR_RETURN(dataset::RecordBatchPtr features, dataset::ToFeatureColumns(*shard.shard));
    return std::vector<PlacedRows>{{.rows = std::move(features), .first_row = shard.first_row}};
  };
  return GenerateStatisticsFromShards<Shard>(numbered, decode, options, engine);
}

// Whether each feature is described by itself, whatever other columns there are.
absl::StatusOr<bool> AreFeaturesIndependent(const StatsOptions& options) {
  if (!options.generators.empty() || !options.experimental_slice_functions.empty() ||
      options.slicing_config.has_value() || !options.weight_feature.empty() ||
      !options.per_feature_weight_override.empty()) {
    return false;
  }
  ASSIGN_OR_RETURN(const StatsGenerators generators, MakeGenerators(options));
  return generators.empty();
}

// Wide tables are read and described some columns at a time, so that memory does not grow with their width.
absl::StatusOr<DatasetFeatureStatisticsList> StatisticsOfParquet(const InputFiles& input, const StatsOptions& options,
                                                                 const Engine& engine) {
  std::optional<std::vector<std::string>> columns = ColumnsToRead(options);
  ASSIGN_OR_RETURN(const bool independent, AreFeaturesIndependent(options));
  if (independent && !columns.has_value()) {
    ASSIGN_OR_RETURN(columns, dataset::ParquetColumnNames(input.files.front()));
  }
  if (!independent || columns->size() <= kColumnsTogether) return StatisticsOfColumns(input, columns, options, engine);

  DatasetFeatureStatisticsList all;
  for (size_t begin = 0; begin < columns->size(); begin += kColumnsTogether) {
    const auto first = columns->begin() + static_cast<ptrdiff_t>(begin);
    const auto size = std::min(kColumnsTogether, columns->size() - begin);
    ASSIGN_OR_RETURN(DatasetFeatureStatisticsList some,
                     StatisticsOfColumns(input, std::vector<std::string>(first, first + static_cast<ptrdiff_t>(size)),
                                         options, engine));
    if (begin == 0) {
      all = std::move(some);
      continue;
    }
    for (auto& feature : *some.mutable_datasets(0)->mutable_features()) {
      all.mutable_datasets(0)->mutable_features()->Add(std::move(feature));
    }
  }
  auto& features = *all.mutable_datasets(0)->mutable_features();
  std::sort(features.pointer_begin(), features.pointer_end(), [](const auto* a, const auto* b) {
    return std::lexicographical_compare(a->path().step().begin(), a->path().step().end(), b->path().step().begin(),
                                        b->path().step().end());
  });
  return all;
}

}  // namespace

absl::StatusOr<FileFormat> ParseFileFormat(std::string_view name) {
  for (size_t i = 0; i < FormatNames().size(); ++i) {
    if (FormatNames()[i] == name) return static_cast<FileFormat>(i);
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown format '", std::string(name),
                                                 "': it is auto, tfrecord, csv or parquet",
                                                 DidYouMean(name, FormatNames())));
}

absl::StatusOr<FileFormat> DetectFileFormat(const std::string& file) {
  ASSIGN_OR_RETURN(const std::unique_ptr<io::RandomAccessFile> opened, io::OpenForRead(file));
  if (absl::EndsWith(file, ".csv") || absl::EndsWith(file, ".csv.gz")) return FileFormat::kCsv;
  if (opened->size() == 0) return FileFormat::kTFRecord;
  char magic[4] = {};
  ASSIGN_OR_RETURN(const size_t n, opened->Read(0, sizeof(magic), magic));
  if (std::string_view(magic, n) == "PAR1") return FileFormat::kParquet;
  ASSIGN_OR_RETURN(const auto reader, io::TFRecordReader::Open(file));
  std::string_view record;
  if (reader->Read(&record).ok()) return FileFormat::kTFRecord;
  return absl::InvalidArgumentError(absl::StrCat(
      file, " is neither a TFRecord nor a Parquet file, and its name does not end in .csv; say its format"));
}

absl::StatusOr<FileFormat> FormatOf(const InputFiles& input) {
  if (input.files.empty()) return absl::InvalidArgumentError("there are no files to read");
  FileFormat format = input.format;
  if (format != FileFormat::kAuto) return format;
  for (const std::string& file : input.files) {
    ASSIGN_OR_RETURN(const FileFormat here, DetectFileFormat(file));
    if (format != FileFormat::kAuto && here != format) {
      return absl::InvalidArgumentError(absl::StrCat("the files are of several formats: ", input.files.front(), " is ",
                                                     FormatNames()[static_cast<int>(format)], " and ", file, " is ",
                                                     FormatNames()[static_cast<int>(here)]));
    }
    format = here;
  }
  return format;
}

absl::StatusOr<DatasetFeatureStatisticsList> GenerateStatisticsFromFiles(const InputFiles& input,
                                                                         const StatsOptions& options,
                                                                         const Engine& engine) {
  ASSIGN_OR_RETURN(const FileFormat format, FormatOf(input));
  switch (format) {
    case FileFormat::kCsv:
      return StatisticsOfCsv(input, options, engine);
    case FileFormat::kParquet:
      return StatisticsOfParquet(input, options, engine);
    case FileFormat::kTFRecord:
    case FileFormat::kAuto:
      break;
  }
  return GenerateStatistics(dataset::ReadRecords(input.files), options, engine, {.format = input.payload});
}

}  // namespace tfx::tfdv
