#include "tfx/data_validation/generators/generators.h"

#include <memory>
#include <utility>

#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/generators/lift_stats.h"
#include "tfx/data_validation/generators/natural_language_stats.h"
#include "tfx/data_validation/generators/semantic_domain_stats.h"
#include "tfx/data_validation/generators/sparse_feature_stats.h"
#include "tfx/data_validation/generators/weighted_feature_stats.h"

namespace tfx::tfdv {
namespace {

// A generator, or null where the options do not ask for it.
using Result = absl::StatusOr<std::unique_ptr<StatsGenerator>>;

Result Lift(const StatsOptions& options) {
  if (options.label_feature.empty() || options.schema == nullptr) return nullptr;
  return MakeLiftStatsGenerator({.y_path = {options.label_feature},
                                 .schema = options.schema,
                                 .weight_feature = options.weight_feature,
                                 .per_feature_weight_override = options.per_feature_weight_override,
                                 .output_custom_stats = true});
}

Result NaturalLanguage(const StatsOptions& options) {
  if (options.schema == nullptr || !HasNaturalLanguageDomain(*options.schema)) return nullptr;
  return MakeNLStatsGenerator({.schema = options.schema,
                               .vocab_paths = options.vocab_paths,
                               .num_histogram_buckets = options.num_histogram_buckets,
                               .num_quantiles_histogram_buckets = options.num_quantiles_histogram_buckets,
                               .num_rank_histogram_buckets = options.num_rank_histogram_buckets});
}

Result SemanticDomain(const StatsOptions& options) {
  if (!options.enable_semantic_domain_stats) return nullptr;
  return MakeSemanticDomainStatsGenerator(
      {.sample_rate = options.semantic_domain_stats_sample_rate.value_or(1), .seed = options.sample_seed});
}

Result SparseFeature(const StatsOptions& options) {
  return options.schema == nullptr ? nullptr : MakeSparseFeatureStatsGenerator(*options.schema);
}

Result WeightedFeature(const StatsOptions& options) {
  return options.schema == nullptr ? nullptr : MakeWeightedFeatureStatsGenerator(*options.schema);
}

// Alphabetical; also the order in which they add custom statistics to a feature.
constexpr Result (*kGenerators[])(const StatsOptions&) = {
    Lift, NaturalLanguage, SemanticDomain, SparseFeature, WeightedFeature,
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
