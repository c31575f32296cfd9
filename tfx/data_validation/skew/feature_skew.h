// Feature skew: do two sources say the same about the same examples? TFDV's DetectFeatureSkew: base and test examples
// are joined on identifier features, and the pairs compared feature by feature.
//
//   FeatureSkewOptions options{.identifier_features = {"user", "day"}, .sample_size = 10};
//   ASSIGN_OR_RETURN(FeatureSkewResults skew, DetectFeatureSkew(dataset::ReadRecords(training_files),
//                                                               dataset::ReadRecords(serving_files), options, engine));
//   for (const FeatureSkew& feature : skew.skew_results) ... feature.diff_count() ...
//
// Rules (tensorflow_data_validation/skew/feature_skew_detector.py):
// - An identifier that is absent or has no values leaves the example out; it is counted in *_missing_id_count.
// - Identifiers are equal when kind and values are (floats after rounding). Identifiers that occur twice on a side are
//   counted and left out, or, with allow_duplicate_identifiers, every base example meets every test example.
// - Per feature that is neither identifier nor ignored, of each pair: values on both sides match or mismatch; values on
//   one side only are base_only or test_only; no values on both sides (both absent or both empty) match; absent on one
//   side and empty on the other counts as nothing in FeatureSkew but makes the pair a skewed one.
// - Floats are compared bit by bit (0 and -0 differ, a NaN equals the same NaN), after rounding to decimal digits, half
//   to even, when asked for.
//
// Bounded memory: both sides are cut into partitions by a hash of the identifiers. What does not fit into
// memory_budget_bytes is written to a temporary folder, removed in the end; a partition that alone exceeds its share is
// cut again. Beyond the budget memory holds only: the examples of one identifier (as upstream), the sample, and one
// counter per feature and per pair of values of a confusion feature.
//
// The result depends on the two lists of examples alone, never on threads, budget or partitions. Stateless;
// thread-safe.
#ifndef TFX_DATA_VALIDATION_SKEW_FEATURE_SKEW_H_
#define TFX_DATA_VALIDATION_SKEW_FEATURE_SKEW_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tensorflow_data_validation/skew/protos/feature_skew_results.pb.h"
#include "tfx/engine/engine.h"
#include "tfx/io/tfrecord.h"

namespace tfx::tfdv {

using ::tensorflow::data_validation::ConfusionCount;
using ::tensorflow::data_validation::FeatureSkew;
using ::tensorflow::data_validation::MatchStats;
using ::tensorflow::data_validation::SkewPair;

struct FeatureSkewOptions {
  std::vector<std::string> identifier_features;  // at least one
  std::vector<std::string> features_to_ignore;
  int64_t sample_size = 0;  // skewed pairs to return, at least 0
  // Digits after the decimal point, 0 to 323, to which floats are rounded before anything is compared. Unset: none.
  std::optional<int> float_round_ndigits;
  bool allow_duplicate_identifiers = false;
  // Features whose pairs of values are counted; each must be bytes with at most one value.
  std::vector<std::string> confusion_features;

  int64_t memory_budget_bytes = int64_t{256} << 20;  // of examples held in memory, at least 1
  std::string spill_directory;                       // for what is beyond; empty: the system's temporary folder
};

struct FeatureSkewResults {
  std::vector<FeatureSkew> skew_results;  // by feature name
  // At most sample_size, drawn by a hash of the identifiers, which also gives the order. The examples are serialized
  // with features sorted by name; lists of names are sorted.
  std::vector<SkewPair> skew_pairs;
  MatchStats match_stats;
  std::vector<ConfusionCount> confusion_counts;  // by feature, base value, test value
};

// `base`, `test`: shards of serialized tf.Examples.
//   INVALID_ARGUMENT  option out of range; no identifier features; a confusion feature that is no bytes or has several
//                     values (names the feature); a SequenceExample with feature lists (names side and record)
//   DATA_LOSS         a record that is not an Example (names side and record); a spilled file that changed
//   and the errors of the sources and of the file system for the spill directory.
absl::StatusOr<FeatureSkewResults> DetectFeatureSkew(const ShardSource<io::Records>& base,
                                                     const ShardSource<io::Records>& test,
                                                     const FeatureSkewOptions& options, const Engine& engine);

// A JSON object whose keys are the arguments of DetectFeatureSkew, all optional here: identifier_features,
// features_to_ignore, sample_size, float_round_ndigits, allow_duplicate_identifiers, confusion_configs (names, or
// objects {"name": ...}). INVALID_ARGUMENT names an unknown key (with the nearest known one) or a value of the wrong
// type.
absl::StatusOr<FeatureSkewOptions> ParseFeatureSkewOptionsJson(std::string_view json);

// Writes the files of TFX's ExampleDiff into `directory` as uncompressed TFRecords, one message a record:
// skew_stats-00000-of-00001, sample_pairs-..., match_stats-..., and confusion-... when `with_confusion`.
enum class ConfusionFile { kLeaveOut, kWrite };
absl::Status WriteFeatureSkewResults(std::string_view directory, const FeatureSkewResults& results,
                                     ConfusionFile confusion);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_SKEW_FEATURE_SKEW_H_
