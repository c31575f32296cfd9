// How much a value x of one feature raises or lowers the share of a label y: TFDV's LiftStatsGenerator.
//
//   ASSIGN_OR_RETURN(auto lift, MakeLiftStatsGenerator({.y_path = {"tips"}, .x_paths = {{{"company"}}},
//                                                       .y_boundaries = {1, 5}, .top_k_per_y = 10}));
//
//   lift(x, y) = (examples with x and y / examples with x) / (examples with y / examples)
//
// An example has a value when its list holds it, once or often. Numbers as y are put into [-inf, b0), [b0, b1), ...,
// [b_last, inf]; NaN into none. For each x feature that occurs beside the label there is one entry of cross_features
// with a series per y (ascending) of x values by descending lift, equal ones ascending; x and y that never meet have
// lift 0. Values that are not UTF-8 are shown as "__BYTES_VALUE__". With output_custom_stats the feature also gets rank
// histograms "Lift (Y=...)". With weights a second entry per x feature follows: x and x-and-y counts are sums of the
// weights of x_path, y counts those of y_path, while "examples" stays the number of examples, as in TFDV.
//
// Integers of 33 bits and more are shown as y_string and x_string, since the message has 32-bit fields for them; floats
// as x are shown as text. TFDV fails on both.
//
// State per x feature: one counter per x and per pair of x and y that meet (60 to 120 bytes each and the text of x,
// with weights 144 more); beyond max_state_bytes the rarest x are dropped (lossy counting, Manku & Motwani 2002).
// Counts are exact until then; from there an x may be undercounted by at most the custom statistic lift_max_count_error
// of its feature, and only x with more than that are shown. Exact results do not depend on order or splitting.
#ifndef TFX_DATA_VALIDATION_GENERATORS_LIFT_STATS_H_
#define TFX_DATA_VALIDATION_GENERATORS_LIFT_STATS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/data_validation/features/stats_generator.h"

namespace tensorflow::metadata::v0 {
class Schema;
}

namespace tfx::tfdv {

struct LiftStatsGeneratorOptions {
  FeaturePath y_path;
  // Needed where x_paths is unset: then every categorical leaf feature but the label is an x.
  std::shared_ptr<const ::tensorflow::metadata::v0::Schema> schema;
  std::optional<std::vector<FeaturePath>> x_paths;
  std::vector<double> y_boundaries;  // empty: the label is categorical
  int64_t min_x_count = 0;           // an x is shown when it occurs in more examples than this
  // The x of greatest and of least lift per y; 0 and 0: all.
  int64_t top_k_per_y = 0;
  int64_t bottom_k_per_y = 0;
  // TFDV's example_weight_map: a feature with one finite number in every example, and exceptions by path.
  std::string weight_feature;
  std::map<std::string, std::string> per_feature_weight_override;
  bool output_custom_stats = false;

  int64_t max_state_bytes = int64_t{128} << 20;  // per x feature, about
  int64_t max_y_values = 10000;                  // more distinct labels are INVALID_ARGUMENT
};

// INVALID_ARGUMENT: no label; neither schema nor x_paths; a label that the schema lacks; boundaries for a label that
// the schema calls categorical, or none for one that it does not; boundaries that are NaN; negative numbers. Adding
// rows fails with INVALID_ARGUMENT when a label has boundaries and is a string, or has none and is a float, or has too
// many values.
absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeLiftStatsGenerator(const LiftStatsGeneratorOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_LIFT_STATS_H_
