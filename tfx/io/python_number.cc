#include "tfx/io/python_number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>

#include "absl/strings/match.h"

namespace tfx::io {
namespace {

constexpr size_t kMaxIntDigits = 4300;  // sys.get_int_max_str_digits()

// The digit zero of every script but ASCII; the other nine follow it (Unicode 14, category Nd).
constexpr uint32_t kZeros[] = {0x0660,  0x06f0,  0x07c0,  0x0966,  0x09e6,  0x0a66,  0x0ae6,  0x0b66,  0x0be6,  0x0c66,
                               0x0ce6,  0x0d66,  0x0de6,  0x0e50,  0x0ed0,  0x0f20,  0x1040,  0x1090,  0x17e0,  0x1810,
                               0x1946,  0x19d0,  0x1a80,  0x1a90,  0x1b50,  0x1bb0,  0x1c40,  0x1c50,  0xa620,  0xa8d0,
                               0xa900,  0xa9d0,  0xa9f0,  0xaa50,  0xabf0,  0xff10,  0x104a0, 0x10d30, 0x11066, 0x110f0,
                               0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950,
                               0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec,
                               0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0};

bool IsAsciiSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// White space above ASCII, as str.isspace() has it.
bool IsWideSpace(uint32_t c) {
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
         c == 0x202f || c == 0x205f || c == 0x3000;
}

// The character at the start of well-formed UTF-8 and its length.
uint32_t FirstCharacter(std::string_view text, size_t* length) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  *length = std::min<size_t>(text.size(), byte(0) < 0x80 ? 1 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4);
  uint32_t c = *length == 1 ? byte(0) : byte(0) & (0xffu >> (*length + 1));
  for (size_t i = 1; i < *length; ++i) c = c << 6 | (byte(i) & 0x3f);
  return c;
}

// Digits and spaces of other scripts as ASCII, every other character as '?'.
std::string ToAscii(std::string_view text) {
  std::string ascii;
  while (!text.empty()) {
    size_t length;
    const uint32_t c = FirstCharacter(text, &length);
    text.remove_prefix(length);
    if (c < 0x80) {
      ascii.push_back(static_cast<char>(c));
      continue;
    }
    const uint32_t* const above = std::upper_bound(std::begin(kZeros), std::end(kZeros), c);
    if (IsWideSpace(c)) {
      ascii.push_back(' ');
    } else if (above != std::begin(kZeros) && c - above[-1] < 10) {
      ascii.push_back(static_cast<char>('0' + (c - above[-1])));
    } else {
      ascii.push_back('?');
    }
  }
  return ascii;
}

// Calls parse(text) with ASCII text without white space at its ends.
template <class Parse>
auto WithPlainText(std::string_view text, Parse parse) {
  const bool is_ascii = std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
  const std::string ascii = is_ascii ? "" : ToAscii(text);
  if (!is_ascii) text = ascii;
  while (!text.empty() && IsAsciiSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsAsciiSpace(text.back())) text.remove_suffix(1);
  return parse(text);
}

PythonIntResult ParsePlainInt(std::string_view text, int64_t* value) {
  const bool is_negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  uint64_t magnitude = 0;
  size_t num_digits = 0;
  bool too_large = false;
  bool after_digit = false;
  for (const char c : text) {
    if (c == '_' && after_digit) {
      after_digit = false;
      continue;
    }
    if (!IsDigit(c)) return PythonIntResult::kNotAnInt;
    after_digit = true;
    ++num_digits;
    if (__builtin_mul_overflow(magnitude, uint64_t{10}, &magnitude) ||
        __builtin_add_overflow(magnitude, static_cast<uint64_t>(c - '0'), &magnitude)) {
      too_large = true;
    }
  }
  if (!after_digit || num_digits > kMaxIntDigits) return PythonIntResult::kNotAnInt;
  const uint64_t limit = static_cast<uint64_t>(INT64_MAX) + (is_negative ? 1 : 0);
  if (too_large || magnitude > limit) return PythonIntResult::kTooLarge;
  *value = static_cast<int64_t>(is_negative ? uint64_t{0} - magnitude : magnitude);
  return PythonIntResult::kInt64;
}

// A decimal number or inf, nan, infinity. std::from_chars does not take a plus sign, which Python does, and takes
// "nan(...)", which Python does not.
std::optional<double> ParsePlainFloat(std::string_view text) {
  const bool is_negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text.empty() || !(IsDigit(text[0]) || text[0] == '.')) {
    const absl::string_view word(text.data(), text.size());
    double value;
    if (absl::EqualsIgnoreCase(word, "inf") || absl::EqualsIgnoreCase(word, "infinity")) {
      value = HUGE_VAL;
    } else if (absl::EqualsIgnoreCase(word, "nan")) {
      value = std::strtod("nan", nullptr);
    } else {
      return std::nullopt;
    }
    return is_negative ? -value : value;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  // Out of range in either direction: strtod gives infinity, or zero and subnormal numbers.
  if (error == std::errc::result_out_of_range) value = std::strtod(std::string(text).c_str(), nullptr);
  return is_negative ? -value : value;
}

}  // namespace

PythonIntResult ParsePythonInt(std::string_view text, int64_t* value) {
  return WithPlainText(text, [&](std::string_view plain) { return ParsePlainInt(plain, value); });
}

std::optional<double> ParsePythonFloat(std::string_view text) {
  return WithPlainText(text, [](std::string_view plain) -> std::optional<double> {
    if (plain.find('_') == std::string_view::npos) return ParsePlainFloat(plain);
    std::string without;
    for (size_t i = 0; i < plain.size(); ++i) {
      if (plain[i] != '_') {
        without.push_back(plain[i]);
      } else if (i == 0 || i + 1 == plain.size() || !IsDigit(plain[i - 1]) || !IsDigit(plain[i + 1])) {
        return std::nullopt;
      }
    }
    return ParsePlainFloat(without);
  });
}

std::string_view StripPythonWhitespace(std::string_view text) {
  const auto is_space = [](uint32_t c) {
    return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f) || IsWideSpace(c);
  };
  while (!text.empty()) {
    size_t length;
    if (!is_space(FirstCharacter(text, &length))) break;
    text.remove_prefix(length);
  }
  while (!text.empty()) {
    size_t begin = text.size() - 1;
    while (begin > 0 && (text[begin] & 0xc0) == 0x80) --begin;
    size_t length;
    if (!is_space(FirstCharacter(text.substr(begin), &length))) break;
    text.remove_suffix(text.size() - begin);
  }
  return text;
}

}  // namespace tfx::io
