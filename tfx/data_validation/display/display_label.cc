#include "tfx/data_validation/display/display_label.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "tfx/base/utf8.h"

namespace tfx::tfdv {
namespace {

constexpr std::string_view kEllipsis = "\u2026";

size_t CharacterBytes(unsigned char first) { return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4; }

// Of a well-formed character.
uint32_t CodePoint(std::string_view character) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(character[i])); };
  switch (character.size()) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
    case 3:
      return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    default:
      return (byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
  }
}

std::string Escaped(std::string_view character) {
  const uint32_t code = CodePoint(character);
  if (code < 0x20 || code == 0x7F) {
    if (code == '\n') return "\\n";
    if (code == '\t') return "\\t";
    if (code == '\r') return "\\r";
    return absl::StrFormat("\\x%02x", code);
  }
  const bool bidirectional = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  const bool separator = code == 0x2028 || code == 0x2029 || code == 0xFEFF || (code >= 0x80 && code < 0xA0);
  if (bidirectional || separator) return absl::StrFormat("<U+%04X>", code);
  return std::string(character);
}

}  // namespace

std::string DisplayLabel(std::string_view text, size_t max_bytes) {
  std::string label;
  size_t fits = 0;  // length of the longest prefix of whole pieces that leaves room for the ellipsis
  size_t position = 0;
  // More than this is never shown: every byte of text makes at least one of the label.
  const std::string_view head = text.substr(0, max_bytes + 4);
  size_t invalid = FindInvalidUtf8(head);
  while (position < head.size()) {
    std::string piece;
    if (position == invalid) {
      piece = absl::StrFormat("\\x%02x", static_cast<unsigned char>(head[position]));
      position += 1;
      const size_t next = FindInvalidUtf8(head.substr(position));
      invalid = next == std::string_view::npos ? next : position + next;
    } else {
      const size_t bytes = CharacterBytes(static_cast<unsigned char>(head[position]));
      piece = Escaped(head.substr(position, bytes));
      position += bytes;
    }
    if (label.size() + piece.size() > max_bytes) {
      label.resize(fits);
      return label.append(kEllipsis);
    }
    label += piece;
    if (label.size() + kEllipsis.size() <= max_bytes) fits = label.size();
  }
  return label;
}

int DisplayWidth(std::string_view utf8) {
  int width = 0;
  for (size_t i = 0; i < utf8.size();) {
    const size_t bytes = std::min(CharacterBytes(static_cast<unsigned char>(utf8[i])), utf8.size() - i);
    const uint32_t code = CodePoint(utf8.substr(i, bytes));
    const bool combining =
        (code >= 0x300 && code < 0x370) || code == 0x200B || code == 0x200D || (code >= 0xFE00 && code < 0xFE10);
    const bool wide = (code >= 0x1100 && code < 0x1160) || (code >= 0x2E80 && code < 0xA4D0) ||
                      (code >= 0xAC00 && code < 0xD7A4) || (code >= 0xF900 && code < 0xFB00) ||
                      (code >= 0xFF00 && code < 0xFF61) || (code >= 0x1F300 && code < 0x1FB00);
    width += combining ? 0 : wide ? 2 : 1;
    i += bytes;
  }
  return width;
}

}  // namespace tfx::tfdv
