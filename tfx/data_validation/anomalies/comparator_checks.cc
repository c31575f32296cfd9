#include <string>

#include "absl/strings/str_cat.h"
#include "tfx/data_validation/anomalies/distribution_distance.h"
#include "tfx/data_validation/anomalies/feature_check.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using Measurement = v0::DriftSkewInfo::Measurement;

struct Comparison {
  const char* treatment;  // what the statistics at hand are called
  const char* control;
};

struct Finding {
  AnomalyReasons reasons;
  std::vector<Measurement> measurements;

  void Measure(Measurement::Type type, double value, double threshold) {
    Measurement& measurement = measurements.emplace_back();
    measurement.set_type(type);
    measurement.set_value(value);
    measurement.set_threshold(threshold);
  }
  void CannotMeasure(const char* measure, const Comparison& names, const char* needed) {
    reasons.push_back({AnomalyInfo::STATS_NOT_AVAILABLE, "Comparison could not be done.",
                       absl::StrCat("The ", measure, " between ", names.treatment, " and ", names.control,
                                    " could not be measured: it needs ", needed, " on both sides.")});
  }
  // `label` null: the measure has no value that differs most.
  void Report(AnomalyInfo::Type type, const char* measure, const Comparison& names, double value, double threshold,
              const std::string* label) {
    const std::string what = absl::StrCat(measure, " between ", names.treatment, " and ", names.control);
    reasons.push_back(
        {type, absl::StrCat("High ", what),
         absl::StrCat(
             "The ", what, " is ", absl::SixDigits(value), " (up to six significant digits), above the threshold ",
             absl::SixDigits(threshold), ".",
             label == nullptr ? "" : absl::StrCat(" The feature value with maximum difference is: ", *label))});
  }
};

// Numbers that are no categories have values, but no counts of them.
bool LacksCounts(const FeatureView& stats) { return stats.num_present() > 0 && stats.value_counts().empty(); }

void CompareDistributions(const FeatureView& stats, const FeatureView& control, const Comparison& names,
                          bool tfdv_compat, v0::FeatureComparator* comparator, Finding* finding) {
  const bool without_counts = !tfdv_compat && (LacksCounts(stats) || LacksCounts(control));
  constexpr char kCounts[] = "counts of values (a string or categorical feature)";
  if (comparator->infinity_norm().has_threshold() && without_counts) {
    finding->CannotMeasure("Linfty distance", names, kCounts);
    comparator->mutable_infinity_norm()->clear_threshold();
  } else if (comparator->infinity_norm().has_threshold()) {
    const double threshold = comparator->infinity_norm().threshold();
    const LabelledDistance found = LInfinityDistance(stats.value_counts(), control.value_counts());
    finding->Measure(Measurement::L_INFTY, found.distance, threshold);
    if (found.distance > threshold) {
      comparator->mutable_infinity_norm()->set_threshold(found.distance);
      finding->Report(AnomalyInfo::COMPARATOR_L_INFTY_HIGH, "Linfty distance", names, found.distance, threshold,
                      &found.label);
    }
  }
  if (comparator->normalized_abs_difference().has_threshold() && without_counts) {
    finding->CannotMeasure("normalized absolute difference", names, kCounts);
    comparator->mutable_normalized_abs_difference()->clear_threshold();
  } else if (comparator->normalized_abs_difference().has_threshold()) {
    const double threshold = comparator->normalized_abs_difference().threshold();
    const LabelledDistance found = NormalizedAbsoluteDifference(stats.value_counts(), control.value_counts());
    finding->Measure(Measurement::NORMALIZED_ABSOLUTE_DIFFERENCE, found.distance, threshold);
    if (found.distance > threshold) {
      comparator->mutable_normalized_abs_difference()->set_threshold(found.distance);
      finding->Report(AnomalyInfo::COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH, "normalized absolute difference",
                      names, found.distance, threshold, &found.label);
    }
  }
  if (comparator->jensen_shannon_divergence().has_threshold()) {
    const double threshold = comparator->jensen_shannon_divergence().threshold();
    const std::optional<double> found =
        JensenShannonDivergence(stats, control, comparator->jensen_shannon_divergence().source());
    if (!found.has_value()) {  // TFDV keeps silent
      if (tfdv_compat) return;
      finding->CannotMeasure("approximate Jensen-Shannon divergence", names,
                             "counts of values or histograms of one type, with mass,");
      comparator->mutable_jensen_shannon_divergence()->clear_threshold();
      return;
    }
    finding->Measure(Measurement::JENSEN_SHANNON_DIVERGENCE, *found, threshold);
    if (*found > threshold) {
      comparator->mutable_jensen_shannon_divergence()->set_threshold(*found);
      finding->Report(AnomalyInfo::COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH, "approximate Jensen-Shannon divergence",
                      names, *found, threshold, nullptr);
    }
  }
}

Finding Compare(const FeatureView& stats, const DatasetView* control, const Comparison& names, bool tfdv_compat,
                v0::FeatureComparator* comparator) {
  Finding finding;
  const bool has_threshold = comparator->infinity_norm().has_threshold() ||
                             comparator->jensen_shannon_divergence().has_threshold() ||
                             comparator->normalized_abs_difference().has_threshold();
  if (!has_threshold || control == nullptr) return finding;
  if (const FeatureView* control_stats = control->Find(stats.path())) {
    CompareDistributions(stats, *control_stats, names, tfdv_compat, comparator, &finding);
    return finding;
  }
  if (comparator->infinity_norm().has_threshold()) comparator->mutable_infinity_norm()->clear_threshold();
  if (comparator->jensen_shannon_divergence().has_threshold()) {
    comparator->mutable_jensen_shannon_divergence()->clear_threshold();
  }
  if (!tfdv_compat && comparator->normalized_abs_difference().has_threshold()) {
    comparator->mutable_normalized_abs_difference()->clear_threshold();
  }
  finding.reasons.push_back({AnomalyInfo::COMPARATOR_CONTROL_DATA_MISSING, absl::StrCat(names.control, " data missing"),
                             absl::StrCat(names.control, " data is missing.")});
  return finding;
}

}  // namespace

AnomalyReasons CheckDrift(FeatureCheckContext& context) {
  if (!context.feature->has_drift_comparator()) return {};
  Finding finding = Compare(context.stats, context.previous_span, {"current", "previous"}, context.tfdv_compat,
                            context.feature->mutable_drift_comparator());
  if (context.measurements != nullptr) {
    for (Measurement& measurement : finding.measurements) {
      *context.measurements->add_drift_measurements() = std::move(measurement);
    }
  }
  return finding.reasons;
}

AnomalyReasons CheckSkew(FeatureCheckContext& context) {
  if (!context.feature->has_skew_comparator()) return {};
  Finding finding = Compare(context.stats, context.serving, {"training", "serving"}, context.tfdv_compat,
                            context.feature->mutable_skew_comparator());
  if (context.measurements != nullptr) {
    for (Measurement& measurement : finding.measurements) {
      *context.measurements->add_skew_measurements() = std::move(measurement);
    }
  }
  return finding.reasons;
}

AnomalyReasons CheckDerivedSource(FeatureCheckContext& context) {
  Feature* feature = context.feature;
  const auto& stats = context.stats.proto();
  AnomalyReasons reasons;
  if (stats.has_validation_derived_source() && !feature->has_validation_derived_source()) {
    feature->set_lifecycle_stage(v0::VALIDATION_DERIVED);
    *feature->mutable_validation_derived_source() = stats.validation_derived_source();
    reasons.push_back({AnomalyInfo::DERIVED_FEATURE_INVALID_SOURCE, "Derived source not set in schema.",
                       "Derived source not set in schema."});
  }
  if (feature->has_validation_derived_source() && feature->lifecycle_stage() != v0::VALIDATION_DERIVED &&
      !IsDeprecated(*feature)) {
    feature->set_lifecycle_stage(v0::VALIDATION_DERIVED);
    reasons.push_back({AnomalyInfo::DERIVED_FEATURE_BAD_LIFECYCLE, "Derived feature has wrong lifecycle.",
                       "Derived feature has wrong lifecycle."});
  }
  return reasons;
}

}  // namespace tfx::tfdv
