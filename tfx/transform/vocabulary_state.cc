#include "tfx/transform/vocabulary_state.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "tfx/base/digest.h"
#include "tfx/base/status_macros.h"
#include "tfx/sketches/state_bytes.h"

namespace tft {
namespace {

using ::tfx::sketches::StateReader;
using ::tfx::sketches::StateWriter;
using ::tfx::tf::Tensor;

// Descending by score, ties by descending bytes.
bool ComesBefore(const TokenScore& a, const TokenScore& b) {
  return a.second != b.second ? a.second > b.second : a.first > b.first;
}

struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
};

// A number as Python writes it: shortest digits that give the same number back, with ".0" for whole floats.
std::string PythonFloat(double value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

class VocabularyState : public AnalyzerState {
 public:
  explicit VocabularyState(const VocabularyStateOptions& options) : options_(options) {}

  std::unique_ptr<AnalyzerState> Clone() const override { return std::make_unique<VocabularyState>(*this); }

  absl::Status Add(std::span<const Tensor> inputs) override {
    const Tensor& values = inputs[0];
    const int64_t n = values.num_elements();
    std::span<const float> weights;
    if (options_.weighted) {
      if (inputs[1].dtype() != ::tensorflow::DT_FLOAT) return absl::InvalidArgumentError("weights must be float32");
      weights = inputs[1].data<float>();
      if (static_cast<int64_t>(weights.size()) != n) {
        return absl::InvalidArgumentError(absl::StrCat("vocabulary: ", weights.size(), " weights for ", n, " values"));
      }
    }
    auto score = [&](int64_t i) { return weights.empty() ? 1.0 : static_cast<double>(weights[i]); };
    switch (values.dtype()) {
      case ::tensorflow::DT_STRING:
        for (int64_t i = 0; i < n; ++i) {
          const std::string_view token = values.string_at(i);
          if (token.empty() || token.find_first_of("\n\r") != token.npos) continue;
          Increase(token, score(i));
        }
        return absl::OkStatus();
      case ::tensorflow::DT_INT64:
        for (int64_t i = 0; i < n; ++i) Increase(absl::StrCat(values.data<int64_t>()[i]), score(i));
        return absl::OkStatus();
      case ::tensorflow::DT_INT32:
        for (int64_t i = 0; i < n; ++i) Increase(absl::StrCat(values.data<int32_t>()[i]), score(i));
        return absl::OkStatus();
      default:
        return absl::InvalidArgumentError(
            absl::StrCat("vocabulary: needs string or integer, not ", ::tensorflow::DataType_Name(values.dtype())));
    }
  }

  absl::Status Merge(const AnalyzerState& other) override {
    // Order of the hash map does not matter: each token's sum gets one addend per merge.
    for (const auto& [token, score] : static_cast<const VocabularyState&>(other).scores_) Increase(token, score);
    return absl::OkStatus();
  }

  std::string Serialize() const override {
    std::vector<TokenScore> tokens(scores_.begin(), scores_.end());
    std::sort(tokens.begin(), tokens.end());
    StateWriter writer;
    writer.Integer(tokens.size());
    for (const auto& [token, score] : tokens) {
      writer.Bytes(token);
      writer.Real(score);
    }
    return writer.Take();
  }

  absl::Status ParseFrom(std::string_view bytes) override {
    StateReader reader(bytes);
    decltype(scores_) scores;
    const uint64_t size = reader.Count(16);
    for (uint64_t i = 0; reader.good() && i < size; ++i) {
      std::string token(reader.Bytes());
      scores[std::move(token)] = reader.Real();
    }
    if (!reader.ok()) return absl::DataLossError("the bytes are not the state of a vocabulary");
    scores_ = std::move(scores);
    return absl::OkStatus();
  }

  absl::StatusOr<AnalyzerResult> Finish() const override {
    std::vector<TokenScore> tokens(scores_.begin(), scores_.end());
    const std::set<std::string_view> reserved(options_.reserved_tokens.begin(), options_.reserved_tokens.end());
    std::erase_if(tokens, [&](const TokenScore& t) { return reserved.count(t.first) > 0; });
    tokens = OrderAndFilterVocabulary(std::move(tokens), options_);
    std::string text;
    int64_t lines = 0;
    auto append = [&](std::string_view token, const std::string& score) {
      if (options_.store_frequency) absl::StrAppend(&text, score, " ");
      absl::StrAppend(&text, absl::string_view(token.data(), token.size()), "\n");
      ++lines;
    };
    for (const std::string& token : options_.reserved_tokens) append(token, "-1");
    for (const auto& [token, score] : tokens) {
      append(token, options_.weighted ? PythonFloat(score) : absl::StrCat(static_cast<int64_t>(score)));
    }
    if (lines == 0) append(options_.dtype == ::tensorflow::DT_STRING ? kDummyToken : "-1", "1");
    AnalyzerResult result;
    result.file_contents = std::move(text);
    result.values = {Tensor::Scalar<int64_t>(lines)};
    return result;
  }

  std::string Attributes() const override {
    // What is kept is decided in Finish, so only what changes the counts is in the key.
    return absl::StrCat("vocabulary/1 dtype=", ::tensorflow::DataType_Name(options_.dtype),
                        " weighted=", options_.weighted);
  }

 private:
  void Increase(std::string_view token, double by) {
    auto it = scores_.find(token);
    if (it == scores_.end()) it = scores_.emplace(std::string(token), 0.0).first;
    it->second += by;
  }
  VocabularyStateOptions options_;
  std::unordered_map<std::string, double, StringHash, std::equal_to<>> scores_;
};

}  // namespace

std::vector<TokenScore> OrderAndFilterVocabulary(std::vector<TokenScore> tokens,
                                                 const VocabularyStateOptions& options) {
  std::sort(tokens.begin(), tokens.end(), ComesBefore);
  std::vector<TokenScore> kept;
  std::vector<TokenScore> rest;  // in order
  for (const TokenScore& token : tokens) {
    const bool fits = !options.top_k.has_value() || static_cast<int64_t>(kept.size()) < *options.top_k;
    (fits && token.second >= options.frequency_threshold.value_or(token.second) ? kept : rest).push_back(token);
  }
  if (options.key_fn) {
    // Per key the first tokens of all, kept ones included in the count; then everything in the common order.
    std::map<std::string, int64_t> seen;
    std::set<std::string_view> covered;
    for (const TokenScore& token : tokens) {
      if (token.second < options.coverage_frequency_threshold.value_or(token.second)) continue;
      int64_t& count = seen[options.key_fn(token.first)];
      if (count >= options.coverage_top_k.value_or(std::numeric_limits<int64_t>::max())) continue;
      ++count;
      covered.insert(token.first);
    }
    for (const TokenScore& token : rest) {
      if (covered.count(token.first) > 0) kept.push_back(token);
    }
    std::sort(kept.begin(), kept.end(), ComesBefore);
  }
  if (options.fingerprint_shuffle) {
    std::vector<std::pair<std::array<uint8_t, 20>, TokenScore>> shuffled;
    for (const TokenScore& token : kept) shuffled.emplace_back(::tfx::Sha1(token.first), token);
    std::sort(shuffled.begin(), shuffled.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (size_t i = 0; i < kept.size(); ++i) kept[i] = shuffled[i].second;
  }
  return kept;
}

std::unique_ptr<AnalyzerState> NewVocabularyState(const VocabularyStateOptions& options) {
  return std::make_unique<VocabularyState>(options);
}

}  // namespace tft
