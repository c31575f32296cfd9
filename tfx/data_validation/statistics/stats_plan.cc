#include "tfx/data_validation/statistics/stats_plan.h"

#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/generators/generators.h"
#include "tfx/data_validation/statistics/columns_to_read.h"
#include "tfx/data_validation/statistics/slicing.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

const v0::StringDomain* StringDomainOf(const v0::Feature& feature, const v0::Schema& schema) {
  if (feature.has_string_domain()) return &feature.string_domain();
  if (!feature.has_domain()) return nullptr;
  for (const v0::StringDomain& domain : schema.string_domain()) {
    if (domain.name() == feature.domain()) return &domain;
  }
  return nullptr;
}

void LookUp(const v0::Feature& feature, const FeaturePath& path, const v0::Schema& schema, StatsPlan* plan) {
  if (feature.type() == v0::STRUCT) {
    for (const v0::Feature& child : feature.struct_domain().feature()) {
      LookUp(child, ChildPath(path, child.name()), schema, plan);
    }
    return;
  }
  if (feature.has_image_domain()) plan->bytes_features.insert(path);
  if (feature.type() == v0::INT &&
      (feature.int_domain().is_categorical() || feature.has_bool_domain() || feature.has_natural_language_domain())) {
    plan->categorical_numbers[path] = FeatureKind::kInt;
  }
  if (feature.type() == v0::FLOAT && feature.float_domain().is_categorical()) {
    plan->categorical_numbers[path] = FeatureKind::kFloat;
  }
  if (const v0::StringDomain* domain = StringDomainOf(feature, schema)) {
    if (domain->is_categorical() == v0::StringDomain::CATEGORICAL_YES) plan->always_categorical_strings.insert(path);
    if (domain->is_categorical() == v0::StringDomain::CATEGORICAL_NO) plan->never_categorical_strings.insert(path);
  }
}

}  // namespace

absl::StatusOr<std::shared_ptr<const StatsPlan>> MakeStatsPlan(const StatsOptions& options) {
  RETURN_IF_ERROR(CheckStatsOptions(options));
  auto plan = std::make_shared<StatsPlan>();
  plan->options = options;
  plan->options.feature_allowlist = FeaturesOfInterest(options);
  if (options.schema != nullptr) {
    for (const v0::Feature& feature : options.schema->feature()) {
      LookUp(feature, {feature.name()}, *options.schema, plan.get());
    }
  }
  ASSIGN_OR_RETURN(StatsGenerators generators, MakeGenerators(options));
  for (std::unique_ptr<StatsGenerator>& generator : generators) plan->generators.push_back(std::move(generator));
  ASSIGN_OR_RETURN(plan->slice_functions, SliceFunctionsOf(options));
  plan->needs_row_numbers = options.sample_rate.has_value() || !generators.empty() || !options.generators.empty() ||
                            !options.weight_feature.empty() || !options.per_feature_weight_override.empty();
  plan->generators.insert(plan->generators.end(), options.generators.begin(), options.generators.end());
  return plan;
}

}  // namespace tfx::tfdv
