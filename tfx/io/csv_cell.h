// One CSV cell: its type by the rules of TFX's CsvExampleGen, and its number. Used by csv.h and by who makes columns of
// cells. Cells are UTF-8. Thread-safe.
//
// Nearly all numbers in files are plain decimals of a few digits; those take a short way here, without a call. All
// others go by Python's int() and float() (python_number.h), with the same results.
#ifndef TFX_IO_CSV_CELL_H_
#define TFX_IO_CSV_CELL_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace tfx::io {

// In the order in which types give way to each other: a column has the greatest type of its cells.
enum class ColumnType { kUnknown = -1, kInt = 0, kFloat = 1, kString = 2 };

namespace internal {

// [-]digits[.digits], at most 18 digits: more might not fit into an int64. Not optional<>, which compilers write to
// memory and read again for every cell.
struct ShortDecimal {
  bool is_one = false;
  bool is_negative = false;
  bool has_point = false;
  int num_decimals = 0;
  uint64_t digits = 0;  // without the point
};

// Appends the digits from `p` on to `digits`; where they end. Eight at a time where there are so many.
[[gnu::always_inline]] inline const char* ReadDigits(const char* p, const char* end, uint64_t* digits) {
  uint64_t value = *digits;
  if constexpr (std::endian::native == std::endian::little) {
    while (end - p >= 8) {
      uint64_t word;
      std::memcpy(&word, p, 8);
      const uint64_t each = word ^ 0x3030303030303030;  // a digit is its value
      if (((each | (each + 0x7676767676767676)) & 0x8080808080808080) != 0) break;
      // Neighbours together: two, four, then eight digits.
      const uint64_t twos = each * 10 + (each >> 8);
      constexpr uint64_t kMask = 0x000000ff000000ff;
      const uint64_t eight = ((twos & kMask) * (100 + (uint64_t{1000000} << 32)) +
                              ((twos >> 16) & kMask) * (1 + (uint64_t{10000} << 32))) >>
                             32;
      value = value * 100000000 + static_cast<uint32_t>(eight);
      p += 8;
    }
  }
  for (; p != end; ++p) {
    const auto digit = static_cast<unsigned char>(*p - '0');
    if (digit >= 10) break;
    value = value * 10 + digit;
  }
  *digits = value;
  return p;
}

// Inlined into loops over cells whatever its size: the result then stays in registers.
[[gnu::always_inline]] inline ShortDecimal ParseShortDecimal(std::string_view cell) {
  ShortDecimal number;
  const char* p = cell.data();
  const char* const end = p + cell.size();
  if (p != end && *p == '-') {
    number.is_negative = true;
    ++p;
  }
  const auto size = end - p;
  if (size > 19) return number;
  p = ReadDigits(p, end, &number.digits);
  if (p != end) {
    if (*p != '.') return number;
    number.has_point = true;
    number.num_decimals = static_cast<int>(end - ++p);
    if (ReadDigits(p, end, &number.digits) != end) return number;
  }
  const auto num_digits = size - (number.has_point ? 1 : 0);
  number.is_one = num_digits > 0 && num_digits <= 18;
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
  if (const auto number = internal::ParseShortDecimal(cell); number.is_one) {
    return number.has_point ? ColumnType::kFloat : ColumnType::kInt;
  }
  return internal::AnyCellType(cell);
}

// The number of a cell that has the short form; nothing says that it has another one.
template <class Number>
struct ShortCell {
  bool has_value = false;
  Number value = 0;
};

inline ShortCell<int64_t> ParseShortIntCell(std::string_view cell) {
  const auto number = internal::ParseShortDecimal(cell);
  const uint64_t digits = number.is_negative ? 0 - number.digits : number.digits;  // of no meaning where it is not one
  return {number.is_one && !number.has_point, static_cast<int64_t>(digits)};
}

// Correctly rounded.
inline ShortCell<double> ParseShortFloatCell(std::string_view cell) {
  const auto number = internal::ParseShortDecimal(cell);
  if (!number.is_one || number.digits > uint64_t{1} << 53) return {};
  // Both operands are exact, so the quotient is the nearest double (Clinger 1990).
  const double value =
      static_cast<double>(static_cast<int64_t>(number.digits)) / internal::kPowersOf10[number.num_decimals];
  return {true, number.is_negative ? -value : value};
}

// Python's int(cell); nothing where that raises, and beyond int64.
inline std::optional<int64_t> ParseIntCell(std::string_view cell) {
  if (const auto number = ParseShortIntCell(cell); number.has_value) return number.value;
  return internal::ParseAnyInt(cell);
}

// Python's float(cell), correctly rounded; nothing where that raises.
inline std::optional<double> ParseFloatCell(std::string_view cell) {
  if (const auto number = ParseShortFloatCell(cell); number.has_value) return number.value;
  return internal::ParseAnyFloat(cell);
}

}  // namespace tfx::io

#endif  // TFX_IO_CSV_CELL_H_
