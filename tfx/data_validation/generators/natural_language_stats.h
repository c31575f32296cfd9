// Tokens of the features that the schema calls natural language: TFDV's NLStatsGenerator.
//
//   ASSIGN_OR_RETURN(auto tokens, MakeNLStatsGenerator({.schema = schema, .vocab_paths = {{"words", "words.txt"}}}));
//
// Looks at the leaf features with a natural_language_domain that names a vocabulary or excluded or out-of-vocabulary
// tokens. Each row's list of strings or integers is a sequence of tokens; a vocabulary (vocabulary.h) translates. The
// feature gets the custom statistic nl_statistics, a NaturalLanguageStatistics packed as Any:
//   feature_coverage       tokens that are not out of vocabulary / tokens, both without the excluded ones. An integer
//   is
//                          in the vocabulary when it is an index of it; every string is unless oov_string_tokens has it
//   avg_token_length, token_length_histogram   characters (not bytes) of the tokens in the vocabulary; QUANTILES
//   rank_histogram         those tokens, most frequent first, equal ones by bytes ascending
//   min/max_sequence_length, sequence_length_histogram   tokens per non-empty sequence without those that
//                          sequence_length_constraints exclude; QUANTILES. The least length is that above 0: in TFDV a
//                          0 counts as unset, so that its result depends on the order where sequences are all excluded
//   token_statistics       for each token of token_constraints, in the schema's order: occurrences, share of the
//                          sequences that hold it, occurrences per sequence (the mean over sequences that hold it),
//                          positions as fractions of the sequence in num_histogram_buckets buckets
//   reported_sequences     the five distinct sequences of least coverage, then the five of shortest tokens, as Python
//                          prints lists; of equal ones the first
// Null rows are left out. A token that is not UTF-8 counts as "__BYTES_VALUE__". A feature whose values are neither
// strings nor integers gets nothing.
//
// State per feature: two quantile sketches of epsilon 0.01 (exact up to 5,701 distinct lengths) and a Misra-Gries
// sketch of 16,384 tokens (exact up to that many distinct ones; beyond, counts too high by at most total / 16,385);
// counters for the named tokens; ten sequences. TFDV writes the capacity of its quantile sketches as 2 ^ 32, which in
// Python is 34, so that its bound on the rank error ends at 34 elements; here it holds up to 2^32.
#ifndef TFX_DATA_VALIDATION_GENERATORS_NATURAL_LANGUAGE_STATS_H_
#define TFX_DATA_VALIDATION_GENERATORS_NATURAL_LANGUAGE_STATS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tfx/data_validation/features/stats_generator.h"

namespace tensorflow::metadata::v0 {
class Schema;
}

namespace tfx::tfdv {

struct NLStatsGeneratorOptions {
  std::shared_ptr<const ::tensorflow::metadata::v0::Schema> schema;
  std::map<std::string, std::string> vocab_paths;  // file of each vocabulary
  int num_histogram_buckets = 10;                  // at least 1; of token positions
  int num_quantiles_histogram_buckets = 10;        // at least 1
  int num_rank_histogram_buckets = 1000;           // 0 to 16,384
};

// Reads the vocabularies. INVALID_ARGUMENT: an option out of range, no schema, a feature whose vocabulary has no path.
// NOT_FOUND, DATA_LOSS: a vocabulary file that is absent or damaged.
absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeNLStatsGenerator(const NLStatsGeneratorOptions& options);

// Whether a top-level feature of the schema has a natural_language_domain: TFDV's reason to run this generator.
bool HasNaturalLanguageDomain(const ::tensorflow::metadata::v0::Schema& schema);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_NATURAL_LANGUAGE_STATS_H_
