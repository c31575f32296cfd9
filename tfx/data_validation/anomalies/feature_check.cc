#include "tfx/data_validation/anomalies/feature_check.h"

#include <iterator>

namespace tfx::tfdv {
namespace {

constexpr FeatureCheck kFeatureChecks[] = {
    {"environment", "SCHEMA_NEW_COLUMN", CheckEnvironment},
    {"value counts", "FEATURE_TYPE_LOW_NUMBER_VALUES FEATURE_TYPE_HIGH_NUMBER_VALUES VALUE_NESTEDNESS_MISMATCH",
     CheckValueCounts},
    {"shape", "INVALID_FEATURE_SHAPE", CheckShape},
    {"presence", "FEATURE_TYPE_LOW_NUMBER_PRESENT FEATURE_TYPE_LOW_FRACTION_PRESENT", CheckPresence},
    {"type", "UNEXPECTED_DATA_TYPE", CheckType},
    {"bytes domain", "DOMAIN_INVALID_FOR_TYPE", CheckBytesDomain},
    {"domain",
     "BOOL_TYPE_BIG_INT BOOL_TYPE_SMALL_INT BOOL_TYPE_UNEXPECTED_FLOAT BOOL_TYPE_UNEXPECTED_STRING "
     "DOMAIN_INVALID_FOR_TYPE ENUM_TYPE_INVALID_UTF8 ENUM_TYPE_UNEXPECTED_STRING_VALUES FLOAT_TYPE_BIG_FLOAT "
     "FLOAT_TYPE_HAS_INF FLOAT_TYPE_HAS_NAN FLOAT_TYPE_SMALL_FLOAT FLOAT_TYPE_STRING_NOT_FLOAT INT_TYPE_BIG_INT "
     "INT_TYPE_NOT_INT_STRING INT_TYPE_SMALL_INT LOW_SUPPORTED_IMAGE_FRACTION MAX_IMAGE_BYTE_SIZE_EXCEEDED "
     "SEMANTIC_DOMAIN_UPDATE and those of natural language",
     CheckDomain},
    {"unique values", "FEATURE_TYPE_HIGH_UNIQUE FEATURE_TYPE_LOW_UNIQUE FEATURE_TYPE_NO_UNIQUE", CheckUniqueValues},
    {"drift",
     "COMPARATOR_CONTROL_DATA_MISSING COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH COMPARATOR_L_INFTY_HIGH "
     "COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH",
     CheckDrift},
    {"skew", "the same as drift", CheckSkew},
    {"derived source", "DERIVED_FEATURE_BAD_LIFECYCLE DERIVED_FEATURE_INVALID_SOURCE", CheckDerivedSource},
};

}  // namespace

std::span<const FeatureCheck> FeatureChecks() { return kFeatureChecks; }

AnomalyReasons CheckFeature(FeatureCheckContext& context) {
  if (IsDeprecated(*context.feature)) return {};
  AnomalyReasons reasons = CheckSchemaEntry(context);
  if (IsDeprecated(*context.feature)) return reasons;
  if (context.stats.num_present() == 0) {
    if (IsRequired(context.schema->schema(), *context.feature, context.environment)) {
      reasons.push_back(
          {AnomalyInfo::FEATURE_TYPE_NOT_PRESENT, "Column dropped", "The feature was not present in any examples."});
      Deprecate(context.feature);
    }
    return reasons;
  }
  for (const FeatureCheck& check : kFeatureChecks) {
    AnomalyReasons more = check.run(context);
    reasons.insert(reasons.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return reasons;
}

}  // namespace tfx::tfdv
