// What natural_language_stats.h keeps of one feature: counts of its tokens and sequences.
//
// A token is text or a number (one that the vocabulary does not know, or all where there is none). State and bounds:
// natural_language_stats.h.
#ifndef TFX_DATA_VALIDATION_GENERATORS_TOKEN_STATE_H_
#define TFX_DATA_VALIDATION_GENERATORS_TOKEN_STATE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/types/span.h"
#include "tfx/sketches/misra_gries_sketch.h"
#include "tfx/sketches/quantiles_sketch.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {

using Token = std::variant<int64_t, std::string>;

inline constexpr int64_t kTokenBuckets = 16384;
inline constexpr double kLengthEpsilon = 0.01;
inline constexpr size_t kReportedSequences = 5;

// Occurrences of one token that the schema names.
struct NamedToken {
  int64_t frequency = 0;
  int64_t num_sequences = 0;  // that hold it
  std::optional<int64_t> min_per_sequence;
  std::optional<int64_t> max_per_sequence;
  std::map<int64_t, int64_t> positions;  // by bucket

  // One sequence; `found` are the places of the token in it.
  void Add(absl::Span<const size_t> found, size_t sequence_length, int num_buckets);
  void Merge(const NamedToken& other);
};

// The distinct sequences of least metric, of equal ones the first, at most kReportedSequences.
class LeastSequences {
 public:
  struct Sequence {
    double metric = 0;
    std::string text;
  };

  void Add(double metric, const std::string& text);
  // `other` saw what came later.
  void Merge(const LeastSequences& other);
  const std::vector<Sequence>& sequences() const { return sequences_; }
  // Whether Add would keep a new sequence of this metric, to save making its text.
  bool WouldKeep(double metric) const {
    return sequences_.size() < kReportedSequences || metric < sequences_.back().metric;
  }

  void Write(sketches::StateWriter* out) const;
  void Read(sketches::StateReader* in);

 private:
  std::vector<Sequence> sequences_;
};

struct TokenState {
  TokenState();

  bool is_invalid = false;
  int64_t num_examples = 0;
  int64_t total_tokens = 0;
  int64_t in_vocabulary_tokens = 0;
  int64_t in_vocabulary_characters = 0;
  std::optional<int64_t> min_sequence_length;
  std::optional<int64_t> max_sequence_length;
  sketches::QuantilesSketch token_lengths;
  sketches::QuantilesSketch sequence_lengths;
  sketches::MisraGriesSketch occurrences;
  std::map<Token, NamedToken> named;
  LeastSequences least_coverage;
  LeastSequences shortest_tokens;

  void Merge(const TokenState& other);
  void Write(sketches::StateWriter* out) const;
  void Read(sketches::StateReader* in);
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_TOKEN_STATE_H_
