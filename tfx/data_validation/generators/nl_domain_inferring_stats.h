// Which features hold text that people wrote: TFDV's NLDomainInferringStatsGenerator with its heuristic classifier.
//
//   ASSIGN_OR_RETURN(auto text, MakeNLDomainInferringStatsGenerator({.match_ratio = 0.9}));
//
// A value is text when its first crop_at_length characters hold at least min_words_per_value words (separated by white
// space as in Python's str.split) whose mean length lies within [avg_word_length_min, avg_word_length_max]. A feature
// with at least values_threshold values of which at least match_ratio are text gets the custom statistics
//   domain_info                  "natural_language_domain {}"
//   natural_language_match_rate  the share, 0-1
// A feature with values that are not strings, or not UTF-8, anywhere gets nothing. Null values are not counted.
//
// TFDV looks at the first 100 values of each batch only, usually of 1,000 rows. Here the first 100 rows of each 1,000
// rows of the input decide when they have values_threshold values, else all rows do: the same share as TFDV's for a
// feature with one value in each row, and no dependence on batches. Every value is checked for UTF-8.
//
// State: four counters a feature. Exact: no error, no dependence on order or splitting.
#ifndef TFX_DATA_VALIDATION_GENERATORS_NL_DOMAIN_INFERRING_STATS_H_
#define TFX_DATA_VALIDATION_GENERATORS_NL_DOMAIN_INFERRING_STATS_H_

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "tfx/data_validation/features/stats_generator.h"

namespace tfx::tfdv {

struct NLDomainInferringStatsGeneratorOptions {
  double match_ratio = 0.8;        // in [0, 1]
  int64_t values_threshold = 100;  // at least 1
  // The classifier (TFDV's AverageWordHeuristicNLClassifier).
  double avg_word_length_min = 2.5;  // characters
  double avg_word_length_max = 8;    // characters
  int64_t min_words_per_value = 3;
  int64_t crop_at_length = 100;  // characters, at least 1
};

// INVALID_ARGUMENT naming the option that is out of range.
absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeNLDomainInferringStatsGenerator(
    const NLDomainInferringStatsGeneratorOptions& options);

// The classifier alone. `value` must be UTF-8.
bool LooksLikeNaturalLanguage(std::string_view value, const NLDomainInferringStatsGeneratorOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_NL_DOMAIN_INFERRING_STATS_H_
