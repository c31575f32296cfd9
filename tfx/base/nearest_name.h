// "unknown flag --dataroot; did you mean --data_root?"
#ifndef TFX_BASE_NEAREST_NAME_H_
#define TFX_BASE_NEAREST_NAME_H_

#include <span>
#include <string>
#include <string_view>

namespace tfx {

// The candidate with the smallest edit distance, at most a third of the word's length (at least 1); else "".
// Ties: the first candidate.
std::string NearestName(std::string_view word, std::span<const std::string> candidates);

// "; did you mean X?" or "".
std::string DidYouMean(std::string_view word, std::span<const std::string> candidates);

}  // namespace tfx

#endif  // TFX_BASE_NEAREST_NAME_H_
