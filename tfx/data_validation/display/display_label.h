// Names and values from data, made fit to show.
#ifndef TFX_DATA_VALIDATION_DISPLAY_DISPLAY_LABEL_H_
#define TFX_DATA_VALIDATION_DISPLAY_DISPLAY_LABEL_H_

#include <string>
#include <string_view>

namespace tfx::tfdv {

// Valid UTF-8 of at most `max_bytes` bytes (a longer text is cut between characters and ends in an ellipsis, which the
// limit includes). Bytes that are not UTF-8, and control characters, become \x escapes; bidirectional overrides, which
// could disguise a name, become <U+202E>. Max_bytes >= 8.
std::string DisplayLabel(std::string_view text, size_t max_bytes);

// Columns that the text takes in a terminal: one per character, none for combining marks, two for East Asian wide ones.
int DisplayWidth(std::string_view utf8);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_DISPLAY_DISPLAY_LABEL_H_
