// Counts of feature skew over pairs of examples, mergeable in any order. Used by feature_skew.cc.
//
// Thread-compatible. Memory: one counter per feature name and per pair of values of a confusion feature, and the
// sample.
#ifndef TFX_DATA_VALIDATION_SKEW_SKEW_TALLY_H_
#define TFX_DATA_VALIDATION_SKEW_SKEW_TALLY_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "tfx/data_validation/skew/example_features.h"
#include "tfx/data_validation/skew/feature_skew.h"

namespace tfx::tfdv {

class SkewTally {
 public:
  // `options` must outlive this; identifiers and ignored features sorted in `left_out`, which must too.
  SkewTally(const FeatureSkewOptions* options, const std::vector<std::string>* left_out)
      : options_(options), left_out_(left_out), confusion_(options->confusion_features.size()) {}

  // The identifier: how many examples of each side have it.
  void AddIdentifier(int64_t num_base, int64_t num_test);
  void AddMissingIdentifiers(int64_t num_base, int64_t num_test);

  struct Example {
    std::string_view record;
    const std::vector<NamedFeature>* features;
    int64_t ordinal;  // among the examples of the same side and identifier
  };
  // A pair with the same identifier `key`.
  absl::Status AddPair(std::string_view key, const Example& base, const Example& test);

  void Merge(SkewTally&& other);
  FeatureSkewResults Finish() const;

 private:
  struct Counts {
    uint64_t base = 0, test = 0, match = 0, base_only = 0, test_only = 0, mismatch = 0;
  };
  // A hash of the identifier and the ordinals first, so that which pairs are drawn depends on them alone.
  using SampleKey = std::tuple<uint64_t, std::string, int64_t, int64_t>;

  absl::Status AddConfusion(const Example& base, const Example& test);
  void AddSample(SampleKey key, SkewPair pair);

  const FeatureSkewOptions* options_;
  const std::vector<std::string>* left_out_;
  absl::flat_hash_map<std::string, Counts> features_;
  std::vector<std::map<std::pair<std::string, std::string>, uint64_t>> confusion_;  // per configured feature
  // Of the pair at hand; kept to save allocations.
  struct {
    std::vector<std::string_view> base_only, test_only, matched, mismatched;
  } names_;
  std::map<SampleKey, SkewPair> sample_;  // at most sample_size, the smallest
  MatchStats match_stats_;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_SKEW_SKEW_TALLY_H_
