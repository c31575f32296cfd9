// Options with what the schema says about single features looked up once, and the generators that they ask for. Shared,
// read-only, by all accumulators of a run.
#ifndef TFX_DATA_VALIDATION_STATISTICS_STATS_PLAN_H_
#define TFX_DATA_VALIDATION_STATISTICS_STATS_PLAN_H_

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/data_validation/features/feature_column.h"
#include "tfx/data_validation/features/stats_generator.h"
#include "tfx/data_validation/features/stats_options.h"
#include "tfx/data_validation/schema/feature_path.h"

namespace tfx::tfdv {

struct StatsPlan {
  StatsOptions options;
  std::set<FeaturePath> bytes_features;                    // image_domain
  std::map<FeaturePath, FeatureKind> categorical_numbers;  // kInt or kFloat
  std::set<FeaturePath> always_categorical_strings;        // string domain with CATEGORICAL_YES
  std::set<FeaturePath> never_categorical_strings;         // CATEGORICAL_NO

  // Empty: MakeGenerators(options), then options.generators.
  std::vector<std::shared_ptr<const StatsGenerator>> generators;
  std::vector<SliceFunction> slice_functions;  // of whichever option; empty: no slices
  // To sample rows, here or in a generator, or to name a row whose weight is no number.
  bool needs_row_numbers = false;

  // Whether a feature of this kind is counted value by value as text although it is a number.
  bool IsCategoricalNumber(const FeaturePath& path, FeatureKind kind) const {
    auto it = categorical_numbers.find(path);
    return it != categorical_numbers.end() && it->second == kind;
  }
};

// Errors of CheckStatsOptions, MakeGenerators and SliceFunctionsOf.
absl::StatusOr<std::shared_ptr<const StatsPlan>> MakeStatsPlan(const StatsOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_STATS_PLAN_H_
