// What to compute about each feature, with TFDV's names and defaults (tensorflow_data_validation.StatsOptions).
#ifndef TFX_DATA_VALIDATION_FEATURES_STATS_OPTIONS_H_
#define TFX_DATA_VALIDATION_FEATURES_STATS_OPTIONS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tensorflow::metadata::v0 {
class Schema;
}

namespace tfx::tfdv {

struct StatsOptions {
  // Says which features hold raw bytes (image_domain) and which numbers are categories (int_domain.is_categorical,
  // float_domain.is_categorical, bool_domain). May be null.
  std::shared_ptr<const ::tensorflow::metadata::v0::Schema> schema;

  // A feature with exactly one number in every example: its weight. Empty: none. The overrides name features by path.
  std::string weight_feature;
  std::map<std::string, std::string> per_feature_weight_override;

  std::optional<std::vector<std::string>> feature_allowlist;  // top-level names; unset: every feature

  int num_top_values = 20;          // at least 0
  int64_t frequency_threshold = 1;  // rarer values are left out of top values and rank histogram
  double weighted_frequency_threshold = 1.0;
  int num_rank_histogram_buckets = 1000;     // at least 0; the validator sees no more labels than these
  int num_values_histogram_buckets = 10;     // at least 2
  int num_histogram_buckets = 10;            // at least 1
  int num_quantiles_histogram_buckets = 10;  // at least 1; medians and histograms rest on 100 times as many quantiles
  double epsilon = 0.01;                     // rank error of histograms and medians, in (0, 1)

  // Top values and distinct counts by sketches of fixed size even where the exact counts would fit: values over 1,024
  // bytes and values that are not UTF-8 are then counted under one placeholder each.
  bool use_sketch_based_topk_uniques = false;

  // Exact counts of distinct values are kept while their text is at most this many bytes per feature (128 MiB); beyond,
  // sketches take over and the feature says so in the custom statistic "top_values_max_error".
  int64_t max_exact_counts_bytes = int64_t{128} << 20;
};

// INVALID_ARGUMENT naming the option that is out of range.
absl::Status CheckStatsOptions(const StatsOptions& options);

// TFX's execution property stats_options_json (StatsOptions.to_json of TFDV): unknown names are INVALID_ARGUMENT with
// the nearest known name, options that are known but not available and set are UNIMPLEMENTED.
absl::StatusOr<StatsOptions> ParseStatsOptionsJson(std::string_view json);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_FEATURES_STATS_OPTIONS_H_
