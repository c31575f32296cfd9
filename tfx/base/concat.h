// absl::StrCat and absl::StrAppend that take std::string_view also where Abseil's string_view is a type of its own.
#ifndef TFX_BASE_CONCAT_H_
#define TFX_BASE_CONCAT_H_

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tfx {
namespace concat_internal {
template <typename Piece>
const Piece& ForStrCat(const Piece& piece) {
  return piece;
}
inline absl::string_view ForStrCat(std::string_view text) { return {text.data(), text.size()}; }
}  // namespace concat_internal

// The text of all `pieces`: strings, numbers, whatever absl::AlphaNum takes.
template <typename... Pieces>
std::string Concat(const Pieces&... pieces) {
  return absl::StrCat(concat_internal::ForStrCat(pieces)...);
}

// Appends them; no piece may be a part of `text`.
template <typename... Pieces>
void Append(std::string* text, const Pieces&... pieces) {
  absl::StrAppend(text, concat_internal::ForStrCat(pieces)...);
}

}  // namespace tfx

#endif  // TFX_BASE_CONCAT_H_
