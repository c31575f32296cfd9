#include "tfx/dataset/csv_examples.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_binary.h"
#include "arrow/array/array_nested.h"
#include "arrow/array/array_primitive.h"
#include "arrow/buffer.h"
#include "arrow/type.h"
#include "tfx/base/status_macros.h"
#include "tfx/dataset/example_writer.h"
#include "tfx/dataset/feature_column.h"

namespace tfx::dataset {
namespace {

using io::ColumnType;

static_assert(std::numeric_limits<float>::is_iec559, "what is beyond the range of float becomes infinity");

// One column of a batch being made.
struct Column {
  std::vector<int64_t> ints;
  std::vector<float> floats;
  std::string bytes;
  std::vector<int32_t> byte_ends = {0};
  std::vector<uint8_t> has_value;  // per row
  int64_t num_empty = 0;

  void Reserve(ColumnType type, int64_t num_rows);
  std::shared_ptr<arrow::Array> Finish(ColumnType type, bool empty_is_missing);
};

void Column::Reserve(ColumnType type, int64_t num_rows) {
  const auto size = static_cast<size_t>(num_rows);
  has_value.reserve(size);
  if (type == ColumnType::kInt) ints.reserve(size);
  if (type == ColumnType::kFloat) floats.reserve(size);
  if (type == ColumnType::kString) byte_ends.reserve(size + 1);
}

std::shared_ptr<arrow::Array> Column::Finish(ColumnType type, bool empty_is_missing) {
  const auto num_rows = static_cast<int64_t>(has_value.size());
  if (type == ColumnType::kUnknown) return std::make_shared<arrow::NullArray>(num_rows);
  std::vector<int32_t> ends(has_value.size() + 1);
  int32_t end = 0;
  for (size_t row = 0; row < has_value.size(); ++row) ends[row + 1] = end += has_value[row];
  std::shared_ptr<arrow::Array> values;
  if (type == ColumnType::kInt) {
    values = std::make_shared<arrow::Int64Array>(end, arrow::Buffer::FromVector(std::move(ints)));
  } else if (type == ColumnType::kFloat) {
    values = std::make_shared<arrow::FloatArray>(end, arrow::Buffer::FromVector(std::move(floats)));
  } else {
    values = std::make_shared<arrow::BinaryArray>(end, arrow::Buffer::FromVector(std::move(byte_ends)),
                                                  arrow::Buffer::FromString(std::move(bytes)));
  }
  const int64_t num_nulls = empty_is_missing ? num_empty : 0;
  return std::make_shared<arrow::ListArray>(arrow::list(values->type()), num_rows,
                                            arrow::Buffer::FromVector(std::move(ends)), values,
                                            ValidityBitmap(has_value, num_nulls), num_nulls);
}

// Cells that are no short decimals. To the inference of types an integer beyond int64 is no number, so it is none where
// `types` were inferred.
std::optional<float> LongFloatOf(std::string_view cell, CsvConverterOptions::Types types) {
  if (types == CsvConverterOptions::Types::kInferred && io::CellType(cell) == ColumnType::kString) return std::nullopt;
  const std::optional<double> value = io::ParseFloatCell(cell);
  if (!value.has_value()) return std::nullopt;
  return static_cast<float>(*value);
}

inline std::optional<float> FloatOf(std::string_view cell, CsvConverterOptions::Types types) {
  if (const auto value = io::ParseShortFloatCell(cell); value.has_value) return static_cast<float>(value.value);
  return LongFloatOf(cell, types);
}

// Notes which cells of a column have a value, and calls add(cell) for those; the first one that it refuses, if any.
template <class Add>
std::optional<std::string_view> AppendCells(const io::CsvRows& rows, size_t column, Column* out, Add add) {
  const size_t first = out->has_value.size();
  out->has_value.resize(first + rows.num_rows());
  uint8_t* const has_value = out->has_value.data() + first;
  for (size_t row = 0; row < rows.num_rows(); ++row) {
    const std::string_view cell = rows.cell(row, column);
    has_value[row] = cell.empty() ? 0 : 1;
    if (cell.empty()) {
      ++out->num_empty;
    } else if (!add(cell)) {
      return cell;
    }
  }
  return std::nullopt;
}

// The same for numbers: parse_short(cell) is the quick way, parse_long(cell) the one for what that does not read.
template <class Number, class ParseShort, class ParseLong>
std::optional<std::string_view> AppendNumbers(const io::CsvRows& rows, size_t column, Column* out,
                                              std::vector<Number>* numbers, ParseShort parse_short,
                                              ParseLong parse_long) {
  const size_t first = numbers->size();
  numbers->resize(first + rows.num_rows());
  Number* next = numbers->data() + first;
  const auto refused = AppendCells(rows, column, out, [&](std::string_view cell) {
    if (const auto value = parse_short(cell); value.has_value) {
      *next++ = static_cast<Number>(value.value);
      return true;
    }
    const std::optional<Number> value = parse_long(cell);
    *next++ = value.value_or(0);
    return value.has_value();
  });
  numbers->resize(static_cast<size_t>(next - numbers->data()));
  return refused;
}

}  // namespace

CsvConverter::CsvConverter(const io::CsvTable& table, std::vector<ColumnType> types, CsvConverterOptions options)
    : table_(table), types_(std::move(types)), options_(std::move(options)) {
  const std::vector<std::string>& names = table_.column_names();
  for (size_t i = 0; i < names.size(); ++i) {
    const auto& wanted = options_.columns;
    if (wanted.has_value() && std::find(wanted->begin(), wanted->end(), names[i]) == wanted->end()) continue;
    order_.push_back(i);
  }
  std::sort(order_.begin(), order_.end(), [&](size_t a, size_t b) { return names[a] < names[b]; });
}

absl::StatusOr<CsvConverter> CsvConverter::Make(const io::CsvTable& table, std::vector<ColumnType> types,
                                                CsvConverterOptions options) {
  if (types.size() != table.column_names().size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(types.size(), " types for ", table.column_names().size(), " CSV columns"));
  }
  return CsvConverter(table, std::move(types), std::move(options));
}

absl::Status CsvConverter::WrongType(const io::CsvBlock& block, int64_t line, size_t column,
                                     std::string_view cell) const {
  static constexpr const char* kTypes[] = {"empty", "an integer", "a number"};
  const std::string shown(cell.substr(0, 40));
  return absl::FailedPreconditionError(absl::StrCat(block.file, ":", line, ": column '", table_.column_names()[column],
                                                    "': '", shown, "' is not ",
                                                    kTypes[static_cast<int>(types_[column]) + 1],
                                                    options_.types == CsvConverterOptions::Types::kGiven
                                                        ? ", which the schema says it is; mend the file or the schema"
                                                        : "; has the file changed since its types were inferred?"));
}

absl::StatusOr<io::Records> CsvConverter::ToExamples(const io::CsvBlock& block) const {
  const std::vector<std::string>& names = table_.column_names();
  io::Records records;
  ExampleWriter writer;
  io::CsvRowReader reader = table_.Rows(block);
  while (true) {
    ASSIGN_OR_RETURN(const io::CsvRows rows, reader.Next());
    if (rows.num_rows() == 0) return records;
    for (size_t row = 0; row < rows.num_rows(); ++row) {
      for (const size_t column : order_) {
        const std::string_view cell = rows.cell(row, column);
        const size_t size = cell.empty() ? 0 : 1;
        switch (types_[column]) {
          case ColumnType::kInt: {
            const std::optional<int64_t> value = size == 0 ? 0 : io::ParseIntCell(cell);
            if (!value.has_value()) return WrongType(block, reader.LineOf(cell), column, cell);
            writer.AddInts(names[column], {&*value, size});
            break;
          }
          case ColumnType::kFloat: {
            const std::optional<float> value = size == 0 ? 0 : FloatOf(cell, options_.types);
            if (!value.has_value()) return WrongType(block, reader.LineOf(cell), column, cell);
            writer.AddFloats(names[column], {&*value, size});
            break;
          }
          case ColumnType::kString:
            writer.AddBytes(names[column], size, [&](size_t) { return cell; });
            break;
          case ColumnType::kUnknown:
            if (size != 0) return WrongType(block, reader.LineOf(cell), column, cell);
            writer.AddEntry(names[column], "");
            break;
        }
      }
      records.Append(writer.Finish());
    }
  }
}

absl::StatusOr<RecordBatchPtr> CsvConverter::ToRecordBatch(const io::CsvBlock& block) const {
  if (block.text.size() > static_cast<size_t>(INT32_MAX)) {
    return absl::InvalidArgumentError(absl::StrCat(block.file, ": a block of more than 2 GiB"));
  }
  std::vector<Column> columns(order_.size());
  // A row has a line at least, and a byte for each column (the last one of a file one less); lines may be blank.
  const size_t most_rows = block.text.size() / table_.column_names().size() + 1;
  const int64_t max_rows = std::min(block.num_lines, static_cast<int64_t>(most_rows));
  for (size_t i = 0; i < columns.size(); ++i) columns[i].Reserve(types_[order_[i]], max_rows);
  int64_t num_rows = 0;
  io::CsvRowReader reader = table_.Rows(block);
  while (true) {
    ASSIGN_OR_RETURN(const io::CsvRows rows, reader.Next());
    if (rows.num_rows() == 0) break;
    num_rows += static_cast<int64_t>(rows.num_rows());
    for (size_t i = 0; i < order_.size(); ++i) {
      Column& out = columns[i];
      std::optional<std::string_view> refused;
      switch (types_[order_[i]]) {
        case ColumnType::kInt:
          // As lambdas, which are inlined where pointers to functions are not.
          refused = AppendNumbers(
              rows, order_[i], &out, &out.ints, [](std::string_view cell) { return io::ParseShortIntCell(cell); },
              [](std::string_view cell) { return io::ParseIntCell(cell); });
          break;
        case ColumnType::kFloat:
          refused = AppendNumbers(
              rows, order_[i], &out, &out.floats, [](std::string_view cell) { return io::ParseShortFloatCell(cell); },
              [&](std::string_view cell) { return LongFloatOf(cell, options_.types); });
          break;
        case ColumnType::kString:
          refused = AppendCells(rows, order_[i], &out, [&](std::string_view cell) {
            out.bytes.append(cell);
            out.byte_ends.push_back(static_cast<int32_t>(out.bytes.size()));
            return true;
          });
          break;
        case ColumnType::kUnknown:
          refused = AppendCells(rows, order_[i], &out, [](std::string_view) { return false; });
          break;
      }
      if (refused.has_value()) return WrongType(block, reader.LineOf(*refused), order_[i], *refused);
    }
  }
  const bool empty_is_missing = options_.empty_cells == CsvConverterOptions::EmptyCells::kMissing;
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < order_.size(); ++i) {
    arrays.push_back(columns[i].Finish(types_[order_[i]], empty_is_missing));
    fields.push_back(arrow::field(table_.column_names()[order_[i]], arrays.back()->type()));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), num_rows, std::move(arrays));
}

}  // namespace tfx::dataset
