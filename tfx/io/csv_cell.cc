#include "tfx/io/csv_cell.h"

#include "tfx/io/python_number.h"

namespace tfx::io::internal {

ColumnType AnyCellType(std::string_view cell) {
  if (cell.empty()) return ColumnType::kUnknown;
  int64_t value;
  switch (ParsePythonInt(cell, &value)) {
    case PythonIntResult::kInt64:
      return ColumnType::kInt;
    case PythonIntResult::kTooLarge:
      return ColumnType::kString;
    case PythonIntResult::kNotAnInt:
      break;
  }
  return ParsePythonFloat(cell).has_value() ? ColumnType::kFloat : ColumnType::kString;
}

std::optional<int64_t> ParseAnyInt(std::string_view cell) {
  int64_t value = 0;
  if (ParsePythonInt(cell, &value) != PythonIntResult::kInt64) return std::nullopt;
  return value;
}

std::optional<double> ParseAnyFloat(std::string_view cell) { return ParsePythonFloat(cell); }

}  // namespace tfx::io::internal
