// The accumulator behind Vocabulary: how often each token occurs, or the sum of its weights.
//
// State: one entry per distinct token. Exact (weights: double sums in row order).
#ifndef TFX_TRANSFORM_VOCABULARY_STATE_H_
#define TFX_TRANSFORM_VOCABULARY_STATE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tfx/transform/analyzer_state.h"

namespace tft {

struct VocabularyStateOptions {
  ::tfx::tf::DataType dtype = ::tensorflow::DT_STRING;  // or an integer type
  bool weighted = false;                                // a second input: float weights, one per value
  std::optional<int64_t> top_k;
  std::optional<double> frequency_threshold;
  bool store_frequency = false;
  bool fingerprint_shuffle = false;
  std::vector<std::string> reserved_tokens;
  std::optional<int64_t> coverage_top_k;
  std::optional<double> coverage_frequency_threshold;
  std::function<std::string(std::string_view)> key_fn;
};

// TFT's token of a vocabulary without tokens.
inline constexpr std::string_view kDummyToken = "49d0cd50-04bb-48c0-bc6f-5b575dce351a";

// Results: the file's contents, and its number of lines as int64.
std::unique_ptr<AnalyzerState> NewVocabularyState(const VocabularyStateOptions& options);

using TokenScore = std::pair<std::string_view, double>;

// The lines of the file, in order, before reserved tokens: what `options` keep of the tokens (each once).
std::vector<TokenScore> OrderAndFilterVocabulary(std::vector<TokenScore> tokens, const VocabularyStateOptions& options);

}  // namespace tft

#endif  // TFX_TRANSFORM_VOCABULARY_STATE_H_
