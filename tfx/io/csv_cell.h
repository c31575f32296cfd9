// One CSV cell: its type by the rules of TFX's CsvExampleGen, and its number. Used by csv.h and by who makes columns of
// cells. Cells are UTF-8. Thread-safe.
//
// Nearly all numbers in files are plain decimals of a few digits; those take a short way here, without a call. All
// others go by Python's int() and float() (python_number.h), with the same results.
#ifndef TFX_IO_CSV_CELL_H_
#define TFX_IO_CSV_CELL_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace tfx::io {

// In the order in which types give way to each other: a column has the greatest type of its cells.
enum class ColumnType { kUnknown = -1, kInt = 0, kFloat = 1, kString = 2 };

namespace internal {

// [-]digits[.digits], at most 18 digits: more might not fit into an int64.
struct ShortDecimal {
  uint64_t digits = 0;  // without the point
  int num_decimals = 0;
  bool is_negative = false;
  bool has_point = false;
};

inline std::optional<ShortDecimal> ParseShortDecimal(std::string_view cell) {
  ShortDecimal number;
  const char* p = cell.data();
  const char* const end = p + cell.size();
  if (p != end && *p == '-') {
    number.is_negative = true;
    ++p;
  }
  if (end - p > 19) return std::nullopt;
  int num_digits = 0;
  const char* point = nullptr;
  for (; p != end; ++p) {
    const auto digit = static_cast<unsigned char>(*p - '0');
    if (digit < 10) {
      number.digits = number.digits * 10 + digit;
      ++num_digits;
    } else if (*p == '.' && point == nullptr) {
      point = p;
    } else {
      return std::nullopt;
    }
  }
  if (num_digits == 0 || num_digits > 18) return std::nullopt;
  number.has_point = point != nullptr;
  if (number.has_point) number.num_decimals = static_cast<int>(end - point) - 1;
  return number;
}

ColumnType AnyCellType(std::string_view cell);
std::optional<int64_t> ParseAnyInt(std::string_view cell);
std::optional<double> ParseAnyFloat(std::string_view cell);

inline constexpr double kPowersOf10[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                         1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

}  // namespace internal

// kUnknown when empty. An integer beyond int64 is a kString, as in TFX.
inline ColumnType CellType(std::string_view cell) {
  if (const auto number = internal::ParseShortDecimal(cell)) {
    return number->has_point ? ColumnType::kFloat : ColumnType::kInt;
  }
  return internal::AnyCellType(cell);
}

// Python's int(cell); nothing where that raises, and beyond int64.
inline std::optional<int64_t> ParseIntCell(std::string_view cell) {
  if (const auto number = internal::ParseShortDecimal(cell); number.has_value() && !number->has_point) {
    const auto magnitude = static_cast<int64_t>(number->digits);
    return number->is_negative ? -magnitude : magnitude;
  }
  return internal::ParseAnyInt(cell);
}

// The number of a cell that has the short form, correctly rounded; nothing says that it has another one.
inline std::optional<double> ParseShortFloatCell(std::string_view cell) {
  const auto number = internal::ParseShortDecimal(cell);
  if (!number.has_value() || number->digits > uint64_t{1} << 53) return std::nullopt;
  // Both operands are exact, so the quotient is the nearest double (Clinger 1990).
  const double value =
      static_cast<double>(static_cast<int64_t>(number->digits)) / internal::kPowersOf10[number->num_decimals];
  return number->is_negative ? -value : value;
}

// Python's float(cell), correctly rounded; nothing where that raises.
inline std::optional<double> ParseFloatCell(std::string_view cell) {
  if (const std::optional<double> value = ParseShortFloatCell(cell)) return value;
  return internal::ParseAnyFloat(cell);
}

}  // namespace tfx::io

#endif  // TFX_IO_CSV_CELL_H_
