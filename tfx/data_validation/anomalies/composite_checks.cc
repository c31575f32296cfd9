#include <string>

#include "absl/strings/str_cat.h"
#include "tfx/data_validation/anomalies/feature_check.h"

namespace tfx::tfdv {

// Names of custom statistics as TFDV's generators of sparse and weighted features write them.

AnomalyReasons CheckSparseFeature(const FeatureView& stats, SparseFeature* feature) {
  AnomalyReasons reasons;
  for (const auto& statistic : stats.proto().custom_stats()) {
    const std::string& name = statistic.name();
    if (name == "missing_value" && statistic.num() != 0) {
      reasons.push_back({AnomalyInfo::SPARSE_FEATURE_MISSING_VALUE, "Missing value feature",
                         absl::StrCat("Found ", statistic.num(), " examples missing value feature")});
    } else if (name == "missing_index") {
      for (const auto& bucket : statistic.rank_histogram().buckets()) {
        const int count = static_cast<int>(bucket.sample_count());
        if (count == 0) continue;
        reasons.push_back({AnomalyInfo::SPARSE_FEATURE_MISSING_INDEX, "Missing index feature",
                           absl::StrCat("Found ", count, " examples missing index feature: ", bucket.label())});
      }
    } else if (name == "max_length_diff" || name == "min_length_diff") {
      for (const auto& bucket : statistic.rank_histogram().buckets()) {
        if (bucket.sample_count() == 0) continue;
        reasons.push_back({AnomalyInfo::SPARSE_FEATURE_LENGTH_MISMATCH,
                           "Length mismatch between value and index feature",
                           absl::StrCat("Mismatch between index feature: ", bucket.label(), " and value column, with ",
                                        name, " = ", static_cast<int>(bucket.sample_count()))});
      }
    }
  }
  if (!reasons.empty()) Deprecate(feature);
  return reasons;
}

AnomalyReasons CheckWeightedFeature(const FeatureView& stats, WeightedFeature* feature) {
  AnomalyReasons reasons;
  int min_difference = 0, max_difference = 0;
  for (const auto& statistic : stats.proto().custom_stats()) {
    if (statistic.num() == 0) continue;
    if (statistic.name() == "missing_value") {
      reasons.push_back({AnomalyInfo::WEIGHTED_FEATURE_MISSING_VALUE, "Missing value feature",
                         absl::StrCat("Found ", statistic.num(), " examples missing value feature.")});
    } else if (statistic.name() == "missing_weight") {
      reasons.push_back({AnomalyInfo::WEIGHTED_FEATURE_MISSING_WEIGHT, "Missing weight feature",
                         absl::StrCat("Found ", statistic.num(), " examples missing weight feature.")});
    } else if (statistic.name() == "min_weight_length_diff") {
      min_difference = static_cast<int>(statistic.num());
    } else if (statistic.name() == "max_weight_length_diff") {
      max_difference = static_cast<int>(statistic.num());
    }
  }
  if (min_difference != 0 || max_difference != 0) {
    reasons.push_back(
        {AnomalyInfo::WEIGHTED_FEATURE_LENGTH_MISMATCH, "Length mismatch between value and weight feature",
         absl::StrCat("Mismatch between weight and value feature with min_weight_length_diff = ", min_difference,
                      " and max_weight_length_diff = ", max_difference, ".")});
  }
  if (!reasons.empty()) Deprecate(feature);
  return reasons;
}

}  // namespace tfx::tfdv
