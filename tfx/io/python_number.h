// Numbers in text as Python's int() and float() read them, which decide CSV column types in TFX.
//
// Surrounding white space, a sign, underscores between digits and the decimal digits of all scripts are allowed;
// float() also takes nan, inf and infinity in any case. Hexadecimal is not a number. Thread-safe. Source:
// https://docs.python.org/3/library/functions.html#float
#ifndef TFX_IO_PYTHON_NUMBER_H_
#define TFX_IO_PYTHON_NUMBER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tfx::io {

enum class PythonIntResult { kInt64, kTooLarge, kNotAnInt };

// int(text). Sets `value` for kInt64 only. As in Python 3.11, more than 4,300 digits are not an int.
PythonIntResult ParsePythonInt(std::string_view text, int64_t* value);

// float(text), nothing when it would raise. Beyond the range of double: infinity, below it: 0.
std::optional<double> ParsePythonFloat(std::string_view text);

// str.strip(): without white space (Unicode's too) at both ends.
std::string_view StripPythonWhitespace(std::string_view text);

}  // namespace tfx::io

#endif  // TFX_IO_PYTHON_NUMBER_H_
