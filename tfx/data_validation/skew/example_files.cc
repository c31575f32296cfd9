#include "tfx/data_validation/skew/example_files.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tfx/base/status_macros.h"
#include "tfx/dataset/csv_examples.h"
#include "tfx/dataset/parquet_examples.h"
#include "tfx/io/csv.h"

namespace tfx::tfdv {
namespace {

using io::ColumnType;
using TypesByName = std::map<std::string, ColumnType>;

struct Side {
  const InputFiles* input;
  FileFormat format = FileFormat::kTFRecord;
  std::shared_ptr<const io::CsvTable> table;  // of CSV
  std::vector<ColumnType> types;
};

absl::StatusOr<Side> OpenSide(const InputFiles& input, const Engine& engine, TypesByName* types) {
  Side side{.input = &input};
  if (input.payload != dataset::PayloadFormat::kExample) {
    return absl::InvalidArgumentError("feature skew compares tf.Examples only, not tf.SequenceExamples");
  }
  ASSIGN_OR_RETURN(side.format, FormatOf(input));
  if (side.format != FileFormat::kCsv) return side;
  ASSIGN_OR_RETURN(io::CsvTable table, io::CsvTable::Open(input.files, {.delimiter = input.csv_delimiter,
                                                                        .column_names = input.csv_column_names,
                                                                        .header = io::CsvOptions::Header::kQuoted}));
  ASSIGN_OR_RETURN(side.types, table.InferTypes(engine));
  for (size_t i = 0; i < side.types.size(); ++i) {
    ColumnType& type = types->try_emplace(table.column_names()[i], ColumnType::kUnknown).first->second;
    type = std::max(type, side.types[i]);
  }
  side.table = std::make_shared<const io::CsvTable>(std::move(table));
  return side;
}

// `next` gives record batches.
template <class Next>
ShardSource<io::Records> AsExamples(Next next) {
  return [next = std::move(next)]() mutable -> absl::StatusOr<std::optional<io::Records>> {
    ASSIGN_OR_RETURN(const std::optional<dataset::RecordBatchPtr> batch, next());
    if (!batch.has_value()) return std::nullopt;
    ASSIGN_OR_RETURN(io::Records records, dataset::EncodeExamples(**batch));
    return std::make_optional(std::move(records));
  };
}

absl::StatusOr<ShardSource<io::Records>> Examples(const Side& side, const TypesByName& types) {
  using Batch = absl::StatusOr<std::optional<dataset::RecordBatchPtr>>;
  if (side.format == FileFormat::kParquet) {
    ASSIGN_OR_RETURN(ShardSource<dataset::RecordBatchPtr> batches, dataset::ReadParquet(side.input->files));
    return AsExamples([batches = std::move(batches)]() -> Batch {
      ASSIGN_OR_RETURN(const std::optional<dataset::RecordBatchPtr> batch, batches());
      if (!batch.has_value()) return std::nullopt;
      ASSIGN_OR_RETURN(dataset::RecordBatchPtr features,
                       dataset::ToFeatureColumns(**batch, dataset::DoubleFeatures::kFloat));
      return std::make_optional(std::move(features));
    });
  }
  if (side.format != FileFormat::kCsv) return dataset::ReadRecords(side.input->files);

  std::vector<ColumnType> shared_types;
  for (const std::string& name : side.table->column_names()) shared_types.push_back(types.at(name));
  ASSIGN_OR_RETURN(dataset::CsvConverter converter,
                   dataset::CsvConverter::Make(*side.table, std::move(shared_types),
                                               {.empty_cells = dataset::CsvConverterOptions::EmptyCells::kMissing}));
  return AsExamples([table = side.table, blocks = side.table->Shards(), converter = std::move(converter)]() -> Batch {
    ASSIGN_OR_RETURN(const std::optional<io::CsvBlock> block, blocks());
    if (!block.has_value()) return std::nullopt;
    ASSIGN_OR_RETURN(dataset::RecordBatchPtr features, converter.ToRecordBatch(*block));
    return std::make_optional(std::move(features));
  });
}

}  // namespace

absl::StatusOr<ExampleSides> OpenExampleFiles(const InputFiles& base, const InputFiles& test, const Engine& engine) {
  TypesByName types;
  ASSIGN_OR_RETURN(const Side base_side, OpenSide(base, engine, &types));
  ASSIGN_OR_RETURN(const Side test_side, OpenSide(test, engine, &types));
  ExampleSides sides;
  ASSIGN_OR_RETURN(sides.base, Examples(base_side, types));
  ASSIGN_OR_RETURN(sides.test, Examples(test_side, types));
  return sides;
}

}  // namespace tfx::tfdv
