#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tfx/data_validation/anomalies/feature_check.h"
#include "tfx/data_validation/anomalies/presence_inference.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

constexpr char kNestednessMismatch[] = "Mismatched value nest level";

// One level's bounds. `where` ends both sentences.
void CheckValueCount(const std::pair<int, int>& length, const std::string& where, v0::ValueCount* count,
                     AnomalyReasons* reasons) {
  if (count->has_min() && length.first < count->min()) {
    reasons->push_back({AnomalyInfo::FEATURE_TYPE_LOW_NUMBER_VALUES, "Missing values",
                        absl::StrCat("Some examples have fewer values than expected", where, ".")});
    if (length.first == 0) {
      count->clear_min();
    } else {
      count->set_min(length.first);
    }
  }
  if (count->has_max() && length.second > count->max()) {
    reasons->push_back({AnomalyInfo::FEATURE_TYPE_HIGH_NUMBER_VALUES, "Superfluous values",
                        absl::StrCat("Some examples have more values than expected", where, ".")});
    count->set_max(length.second);
  }
}

}  // namespace

AnomalyReasons CheckEnvironment(FeatureCheckContext& context) {
  Feature* feature = context.feature;
  const Schema& schema = context.schema->schema();
  if (IsInEnvironment(schema, *feature, context.environment)) return {};
  const std::string& environment = *context.environment;
  auto* excluded = feature->mutable_not_in_environment();
  excluded->erase(std::remove(excluded->begin(), excluded->end(), environment), excluded->end());
  if (!IsInEnvironment(schema, *feature, environment)) feature->add_in_environment(environment);
  return {{AnomalyInfo::SCHEMA_NEW_COLUMN, "Column missing in environment",
           absl::StrCat("New column ", SerializePath(context.stats.path()),
                        " found in data but not in the environment ", environment, " in the schema.")}};
}

AnomalyReasons CheckValueCounts(FeatureCheckContext& context) {
  Feature* feature = context.feature;
  const std::vector<std::pair<int, int>> lengths = context.stats.min_max_num_values_by_level();
  AnomalyReasons reasons;
  if (feature->has_value_count()) {
    if (lengths.size() > 1) {
      feature->clear_value_count();
      InferValueCount(context.stats, feature);
      return {{AnomalyInfo::VALUE_NESTEDNESS_MISMATCH, kNestednessMismatch,
               "This feature has a value_count, but the nestedness level of the feature > 1. For features with "
               "nestedness levels greater than 1, value_counts, not value_count, should be specified."}};
    }
    CheckValueCount(lengths[0], "", feature->mutable_value_count(), &reasons);
  } else if (feature->has_value_counts()) {
    if (feature->value_counts().value_count_size() != static_cast<int>(lengths.size())) {
      feature->clear_value_counts();
      InferValueCount(context.stats, feature);
      return {{AnomalyInfo::VALUE_NESTEDNESS_MISMATCH, kNestednessMismatch,
               "The values have a different nest level than expected. Value counts will not be checked."}};
    }
    for (size_t i = 0; i < lengths.size(); ++i) {
      CheckValueCount(lengths[i], absl::StrCat(" at nestedness level ", i),
                      feature->mutable_value_counts()->mutable_value_count(static_cast<int>(i)), &reasons);
    }
  }
  return reasons;
}

AnomalyReasons CheckShape(FeatureCheckContext& context) {
  Feature* feature = context.feature;
  if (!feature->has_shape()) return {};
  int64_t expected = 1, actual = 1;
  for (const auto& dim : feature->shape().dim()) expected *= dim.size();
  for (const auto& [min, max] : context.stats.min_max_num_values_by_level()) {
    actual = min == max && min != 0 && actual > 0 ? actual * min : -1;
  }
  const std::vector<double> missing = context.stats.num_missing_by_level();
  const bool has_missing = std::any_of(missing.begin(), missing.end(), [](double count) { return count != 0; });
  if (actual > 0 && !has_missing && actual == expected) return {};
  feature->clear_shape();
  const std::string description =
      actual <= 0 || has_missing
          ? "The feature has a shape, but it's not always present (if the feature is nested, then it should always be "
            "present at each nested level) or its value lengths vary."
          : absl::StrCat("The feature has fixed value length ", actual,
                         " but it's not compatible with the specified shape.");
  return {{AnomalyInfo::INVALID_FEATURE_SHAPE, "Feature shape dropped", description}};
}

AnomalyReasons CheckPresence(FeatureCheckContext& context) {
  if (!context.feature->has_presence()) return {};
  v0::FeaturePresence* presence = context.feature->mutable_presence();
  AnomalyReasons reasons;
  const double num_present = context.stats.num_present();
  if (presence->has_min_count() && num_present < static_cast<double>(presence->min_count())) {
    const int64_t expected = presence->min_count();
    presence->set_min_count(static_cast<int64_t>(num_present));
    reasons.push_back({AnomalyInfo::FEATURE_TYPE_LOW_NUMBER_PRESENT, "Column dropped",
                       absl::StrFormat("The feature was present in fewer examples than expected: minimum count = %d, "
                                       "actual = %d",
                                       expected, presence->min_count())});
  }
  const std::optional<double> fraction = context.stats.fraction_present();
  if (!presence->has_min_fraction() || !fraction.has_value()) return reasons;
  if (*fraction < presence->min_fraction()) {
    const auto expected = static_cast<float>(presence->min_fraction());
    presence->set_min_fraction(*fraction);
    reasons.push_back({AnomalyInfo::FEATURE_TYPE_LOW_FRACTION_PRESENT, "Column dropped",
                       absl::StrFormat("The feature was present in fewer examples than expected: minimum fraction = "
                                       "%f, actual = %f",
                                       expected, presence->min_fraction())});
  }
  if (presence->min_fraction() == 1.0 && context.stats.num_missing() != 0) {
    // So few are missing that the fraction rounds to 1; leave a distance that does not.
    presence->set_min_fraction(0.9999);
    reasons.push_back({AnomalyInfo::FEATURE_TYPE_LOW_FRACTION_PRESENT, "Column dropped",
                       absl::StrCat("The feature was expected everywhere, but was missing in ",
                                    context.stats.num_missing(), " examples.")});
  }
  return reasons;
}

AnomalyReasons CheckUniqueValues(FeatureCheckContext& context) {
  if (!context.feature->has_unique_constraints()) return {};
  const std::optional<uint64_t> unique = context.stats.num_unique();
  if (!unique.has_value()) {
    context.feature->clear_unique_constraints();
    return {{AnomalyInfo::FEATURE_TYPE_NO_UNIQUE, "No unique values",
             "UniqueConstraints specified for the feature, but unique values were not counted (i.e., feature is not "
             "string or categorical)."}};
  }
  AnomalyReasons reasons;
  v0::UniqueConstraints* constraints = context.feature->mutable_unique_constraints();
  const auto found = static_cast<int64_t>(*unique);
  if (found < constraints->min()) {
    reasons.push_back(
        {AnomalyInfo::FEATURE_TYPE_LOW_UNIQUE, "Low number of unique values",
         absl::StrCat("Expected at least ", constraints->min(), " unique values but found only ", found, ".")});
    constraints->set_min(found);
  }
  if ((constraints->has_max() || context.tfdv_compat) && found > constraints->max()) {
    reasons.push_back(
        {AnomalyInfo::FEATURE_TYPE_HIGH_UNIQUE, "High number of unique values",
         absl::StrCat("Expected no more than ", constraints->max(), " unique values but found ", found, ".")});
    constraints->set_max(found);
  }
  return reasons;
}

}  // namespace tfx::tfdv
