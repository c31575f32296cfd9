#include "tfx/dataset/csv_examples.h"

#include <algorithm>
#include <limits>
#include <numeric>
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
#include "tfx/io/python_number.h"

namespace tfx::dataset {
namespace {

using io::ColumnType;

static_assert(std::numeric_limits<float>::is_iec559, "what is beyond the range of float becomes infinity");

std::optional<int64_t> IntCell(std::string_view cell) {
  int64_t value;
  if (io::ParsePythonInt(cell, &value) != io::PythonIntResult::kInt64) return std::nullopt;
  return value;
}

std::optional<float> FloatCell(std::string_view cell) {
  const std::optional<double> value = io::ParsePythonFloat(cell);
  if (!value.has_value()) return std::nullopt;
  return static_cast<float>(*value);
}

template <class Value, class Array>
std::shared_ptr<arrow::Array> ListColumn(std::vector<Value> values, std::vector<int32_t> ends) {
  const auto size = static_cast<int64_t>(ends.size()) - 1;
  const auto count = static_cast<int64_t>(values.size());
  auto array = std::make_shared<Array>(count, arrow::Buffer::FromVector(std::move(values)));
  return std::make_shared<arrow::ListArray>(arrow::list(array->type()), size,
                                            arrow::Buffer::FromVector(std::move(ends)), array);
}

}  // namespace

CsvConverter::CsvConverter(const io::CsvTable& table, std::vector<ColumnType> types)
    : table_(table), types_(std::move(types)), order_(types_.size()) {
  std::iota(order_.begin(), order_.end(), size_t{0});
  const std::vector<std::string>& names = table_.column_names();
  std::sort(order_.begin(), order_.end(), [&](size_t a, size_t b) { return names[a] < names[b]; });
}

absl::StatusOr<CsvConverter> CsvConverter::Make(const io::CsvTable& table, std::vector<ColumnType> types) {
  if (types.size() != table.column_names().size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(types.size(), " types for ", table.column_names().size(), " CSV columns"));
  }
  return CsvConverter(table, std::move(types));
}

absl::Status CsvConverter::WrongType(const io::CsvBlock& block, size_t column, std::string_view cell) const {
  static constexpr const char* kTypes[] = {"empty", "an integer", "a number"};
  const std::string shown(cell.substr(0, 40));
  return absl::InvalidArgumentError(absl::StrCat(block.file, ", in or after line ", block.first_line, ", column '",
                                                 table_.column_names()[column], "': '", shown, "' is not ",
                                                 kTypes[static_cast<int>(types_[column]) + 1],
                                                 "; has the file changed since its types were inferred?"));
}

absl::StatusOr<io::Records> CsvConverter::ToExamples(const io::CsvBlock& block) const {
  ASSIGN_OR_RETURN(const io::CsvRows rows, table_.ParseRows(block));
  const std::vector<std::string>& names = table_.column_names();
  io::Records records;
  ExampleWriter writer;
  for (size_t row = 0; row < rows.num_rows(); ++row) {
    for (const size_t column : order_) {
      const std::string_view cell = rows.cell(row, column);
      const size_t size = cell.empty() ? 0 : 1;
      switch (types_[column]) {
        case ColumnType::kInt: {
          const std::optional<int64_t> value = size == 0 ? 0 : IntCell(cell);
          if (!value.has_value()) return WrongType(block, column, cell);
          writer.AddInts(names[column], {&*value, size});
          break;
        }
        case ColumnType::kFloat: {
          const std::optional<float> value = size == 0 ? 0 : FloatCell(cell);
          if (!value.has_value()) return WrongType(block, column, cell);
          writer.AddFloats(names[column], {&*value, size});
          break;
        }
        case ColumnType::kString:
          writer.AddBytes(names[column], size, [&](size_t) { return cell; });
          break;
        case ColumnType::kUnknown:
          if (size != 0) return WrongType(block, column, cell);
          writer.AddEntry(names[column], "");
          break;
      }
    }
    records.Append(writer.Finish());
  }
  return records;
}

absl::StatusOr<RecordBatchPtr> CsvConverter::ToRecordBatch(const io::CsvBlock& block) const {
  ASSIGN_OR_RETURN(const io::CsvRows rows, table_.ParseRows(block));
  const auto num_rows = static_cast<int64_t>(rows.num_rows());
  if (block.text.size() > static_cast<size_t>(INT32_MAX)) {
    return absl::InvalidArgumentError(absl::StrCat(block.file, ": a block of more than 2 GiB"));
  }
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (const size_t column : order_) {
    std::vector<int64_t> ints;
    std::vector<float> floats;
    std::string bytes;
    std::vector<int32_t> byte_ends = {0};
    std::vector<int32_t> ends = {0};
    ends.reserve(rows.num_rows() + 1);
    const ColumnType type = types_[column];
    for (size_t row = 0; row < rows.num_rows(); ++row) {
      const std::string_view cell = rows.cell(row, column);
      if (!cell.empty()) {
        if (type == ColumnType::kInt) {
          const std::optional<int64_t> value = IntCell(cell);
          if (!value.has_value()) return WrongType(block, column, cell);
          ints.push_back(*value);
        } else if (type == ColumnType::kFloat) {
          const std::optional<float> value = FloatCell(cell);
          if (!value.has_value()) return WrongType(block, column, cell);
          floats.push_back(*value);
        } else if (type == ColumnType::kString) {
          bytes.append(cell);
          byte_ends.push_back(static_cast<int32_t>(bytes.size()));
        } else {
          return WrongType(block, column, cell);
        }
      }
      ends.push_back(ends.back() + (cell.empty() ? 0 : 1));
    }
    switch (type) {
      case ColumnType::kInt:
        columns.push_back(ListColumn<int64_t, arrow::Int64Array>(std::move(ints), std::move(ends)));
        break;
      case ColumnType::kFloat:
        columns.push_back(ListColumn<float, arrow::FloatArray>(std::move(floats), std::move(ends)));
        break;
      case ColumnType::kString: {
        const auto count = static_cast<int64_t>(byte_ends.size()) - 1;
        auto values = std::make_shared<arrow::BinaryArray>(count, arrow::Buffer::FromVector(std::move(byte_ends)),
                                                           arrow::Buffer::FromString(std::move(bytes)));
        columns.push_back(std::make_shared<arrow::ListArray>(arrow::list(arrow::binary()), num_rows,
                                                             arrow::Buffer::FromVector(std::move(ends)), values));
        break;
      }
      case ColumnType::kUnknown:
        columns.push_back(std::make_shared<arrow::NullArray>(num_rows));
        break;
    }
    fields.push_back(arrow::field(table_.column_names()[column], columns.back()->type()));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), num_rows, std::move(columns));
}

}  // namespace tfx::dataset
