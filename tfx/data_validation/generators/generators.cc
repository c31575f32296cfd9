#include "tfx/data_validation/generators/generators.h"

#include <memory>
#include <utility>

#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/generators/sparse_feature_stats.h"
#include "tfx/data_validation/generators/weighted_feature_stats.h"

namespace tfx::tfdv {
namespace {

// A generator, or null where the options do not ask for it.
using Result = absl::StatusOr<std::unique_ptr<StatsGenerator>>;

Result SparseFeature(const StatsOptions& options) {
  return options.schema == nullptr ? nullptr : MakeSparseFeatureStatsGenerator(*options.schema);
}

Result WeightedFeature(const StatsOptions& options) {
  return options.schema == nullptr ? nullptr : MakeWeightedFeatureStatsGenerator(*options.schema);
}

// Alphabetical; also the order in which they add custom statistics to a feature.
constexpr Result (*kGenerators[])(const StatsOptions&) = {
    SparseFeature,
    WeightedFeature,
};

}  // namespace

absl::StatusOr<StatsGenerators> MakeGenerators(const StatsOptions& options) {
  StatsGenerators generators;
  for (const auto make : kGenerators) {
    ASSIGN_OR_RETURN(std::unique_ptr<StatsGenerator> generator, make(options));
    if (generator != nullptr) generators.push_back(std::move(generator));
  }
  return generators;
}

}  // namespace tfx::tfdv
