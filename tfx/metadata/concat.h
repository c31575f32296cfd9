// absl::StrCat where Abseil's string_view is a type of its own: takes std::string_view too.
#ifndef TFX_METADATA_CONCAT_H_
#define TFX_METADATA_CONCAT_H_

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace mlmd {

template <typename Piece>
const Piece& ForStrCat(const Piece& piece) {
  return piece;
}
inline absl::string_view ForStrCat(std::string_view text) { return {text.data(), text.size()}; }

template <typename... Pieces>
std::string Concat(const Pieces&... pieces) {
  return absl::StrCat(ForStrCat(pieces)...);
}

template <typename... Pieces>
void Append(std::string* text, const Pieces&... pieces) {
  absl::StrAppend(text, ForStrCat(pieces)...);
}

}  // namespace mlmd

#endif  // TFX_METADATA_CONCAT_H_
