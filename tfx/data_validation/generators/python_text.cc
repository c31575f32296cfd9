#include "tfx/data_validation/generators/python_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "absl/strings/str_format.h"

namespace tfx::tfdv {
namespace {

// Takes the first character off `text`.
uint32_t TakeCharacter(std::string_view* text) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>((*text)[i])); };
  const size_t length = std::min<size_t>(text->size(), byte(0) < 0x80   ? 1
                                                       : byte(0) < 0xe0 ? 2
                                                       : byte(0) < 0xf0 ? 3
                                                                        : 4);
  uint32_t c = length == 1 ? byte(0) : byte(0) & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; ++i) c = c << 6 | (byte(i) & 0x3f);
  text->remove_prefix(length);
  return c;
}

// str.isspace().
bool IsSpace(uint32_t c) {
  return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

// not str.isprintable(): controls, formats, separators other than the blank, private characters.
bool IsEscaped(uint32_t c) {
  if (c == ' ') return false;
  if (c < 0x20 || IsSpace(c)) return true;
  return (c >= 0x7f && c <= 0xa0) || c == 0xad || (c >= 0x600 && c <= 0x605) || c == 0x61c || c == 0x6dd ||
         c == 0x70f || c == 0x180e || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || (c >= 0xe000 && c <= 0xf8ff) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
         (c & 0xfffe) == 0xfffe || c >= 0xe0000;
}

}  // namespace

int64_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
}

std::string_view FirstCharacters(std::string_view text, int64_t n) {
  size_t end = 0;
  for (; end < text.size(); ++end) {
    if ((text[end] & 0xc0) != 0x80 && n-- == 0) break;
  }
  return text.substr(0, end);
}

std::vector<int64_t> WordLengths(std::string_view text) {
  std::vector<int64_t> lengths;
  bool in_word = false;
  while (!text.empty()) {
    if (IsSpace(TakeCharacter(&text))) {
      in_word = false;
      continue;
    }
    if (!in_word) lengths.push_back(0);
    in_word = true;
    ++lengths.back();
  }
  return lengths;
}

std::string PythonRepr(std::string_view text) {
  const bool has_single = text.find('\'') != std::string_view::npos;
  const char quote = has_single && text.find('"') == std::string_view::npos ? '"' : '\'';
  std::string result(1, quote);
  while (!text.empty()) {
    const std::string_view rest = text;
    const uint32_t c = TakeCharacter(&text);
    if (c == '\\' || c == static_cast<uint32_t>(quote)) {
      result.push_back('\\');
      result.push_back(static_cast<char>(c));
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\r') {
      result += "\\r";
    } else if (c == '\t') {
      result += "\\t";
    } else if (!IsEscaped(c)) {
      result.append(rest.substr(0, rest.size() - text.size()));
    } else if (c <= 0xff) {
      absl::StrAppendFormat(&result, "\\x%02x", c);
    } else if (c <= 0xffff) {
      absl::StrAppendFormat(&result, "\\u%04x", c);
    } else {
      absl::StrAppendFormat(&result, "\\U%08x", c);
    }
  }
  result.push_back(quote);
  return result;
}

std::string PythonRepr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  const double size = std::fabs(value);
  const bool positional = size == 0 || (size >= 1e-4 && size < 1e16);
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value,
                                 positional ? std::chars_format::fixed : std::chars_format::scientific);
  std::string text(buffer, end.ptr);
  if (positional && text.find('.') == std::string::npos) text += ".0";
  return text;
}

}  // namespace tfx::tfdv
