#include "tfx/data_validation/anomalies/distribution_validation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/anomalies/feature_check.h"
#include "tfx/data_validation/anomalies/schema_edit.h"
#include "tfx/data_validation/anomalies/schema_inference.h"
#include "tfx/data_validation/anomalies/statistics_view.h"
#include "tfx/data_validation/anomalies/validation.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using v0::Anomalies;

constexpr char kNotCompared[] = "Comparison could not be done.";

bool SaysNotCompared(const AnomalyInfo::Reason& reason) {
  return reason.type() == AnomalyInfo::STATS_NOT_AVAILABLE && reason.short_description() == kNotCompared;
}

// Reasons that come from comparing with the baseline. What else the schema inferred from it would say is no finding
// here.
bool IsComparison(const AnomalyInfo::Reason& reason, bool tfdv_compat) {
  static constexpr std::array kTypes = {
      AnomalyInfo::COMPARATOR_CONTROL_DATA_MISSING, AnomalyInfo::COMPARATOR_TREATMENT_DATA_MISSING,
      AnomalyInfo::COMPARATOR_L_INFTY_HIGH,         AnomalyInfo::COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH,
      AnomalyInfo::COMPARATOR_LOW_NUM_EXAMPLES,     AnomalyInfo::COMPARATOR_HIGH_NUM_EXAMPLES,
  };
  if (std::find(kTypes.begin(), kTypes.end(), reason.type()) != kTypes.end()) return true;
  return !tfdv_compat &&
         (reason.type() == AnomalyInfo::COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH || SaysNotCompared(reason));
}

// Whether reasons are left.
bool KeepComparisons(bool tfdv_compat, AnomalyInfo* info) {
  auto* reasons = info->mutable_reason();
  reasons->erase(std::remove_if(reasons->begin(), reasons->end(),
                                [&](const AnomalyInfo::Reason& reason) { return !IsComparison(reason, tfdv_compat); }),
                 reasons->end());
  return !reasons->empty();
}

void KeepComparisons(bool tfdv_compat, Anomalies* anomalies) {
  std::vector<std::string> gone;
  for (auto& [feature, info] : *anomalies->mutable_anomaly_info()) {
    if (!KeepComparisons(tfdv_compat, &info)) gone.push_back(feature);
  }
  for (const std::string& feature : gone) anomalies->mutable_anomaly_info()->erase(feature);
  if (anomalies->has_dataset_anomaly_info() &&
      !KeepComparisons(tfdv_compat, anomalies->mutable_dataset_anomaly_info())) {
    anomalies->clear_dataset_anomaly_info();
  }
  anomalies->clear_data_missing();
}

// The texts for the whole speak of all reasons, also of those that are gone.
void ClearTexts(Anomalies* anomalies) {
  auto clear = [](AnomalyInfo* info) {
    info->clear_description();
    info->clear_short_description();
    info->clear_diff_regions();
  };
  for (auto& [feature, info] : *anomalies->mutable_anomaly_info()) clear(&info);
  if (anomalies->has_dataset_anomaly_info()) clear(anomalies->mutable_dataset_anomaly_info());
}

// Every configured feature must have been measured.
void AddMissingComparisons(const DistributionValidatorConfig& config, Anomalies* anomalies) {
  std::set<FeaturePath> compared;
  for (const v0::DriftSkewInfo& info : anomalies->drift_skew_info()) compared.insert(PathFromProto(info.path()));
  for (const auto& feature : config.default_slice_config().feature()) {
    const FeaturePath path = PathFromProto(feature.path());
    if (compared.contains(path)) continue;
    AnomalyInfo& info = (*anomalies->mutable_anomaly_info())[SerializePath(path)];
    // ValidateStatistics may have said why.
    if (std::any_of(info.reason().begin(), info.reason().end(), SaysNotCompared)) continue;
    *info.mutable_path() = feature.path();
    info.set_severity(AnomalyInfo::ERROR);
    AnomalyInfo::Reason* reason = info.add_reason();
    reason->set_type(AnomalyInfo::STATS_NOT_AVAILABLE);
    reason->set_short_description(kNotCompared);
    reason->set_description(
        "Validation could not be done, which could be due to missing data, use of a comparator that is not suitable "
        "for the feature type, or some other reason.");
  }
}

// ValidateStatistics looks no further where there are no examples.
absl::Status CompareWithoutExamples(const v0::DatasetFeatureStatistics& dataset,
                                    const v0::DatasetFeatureStatisticsList& baseline, const v0::Schema& schema,
                                    Anomalies* anomalies) {
  if (!schema.has_dataset_constraints()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v0::DatasetFeatureStatistics* before, DefaultDataset(baseline));
  ASSIGN_OR_RETURN(const auto view, DatasetView::Create(dataset, /*by_weight=*/false));
  ASSIGN_OR_RETURN(const auto baseline_view, DatasetView::Create(*before, /*by_weight=*/false));
  if (baseline_view->num_examples() == 0) return absl::OkStatus();  // nothing and nothing: no more and no fewer
  v0::DatasetConstraints constraints = schema.dataset_constraints();
  AnomalyReasons reasons = CheckDatasetConstraints(*view, baseline_view.get(), nullptr, false, &constraints);
  if (!reasons.empty()) {
    *anomalies->mutable_dataset_anomaly_info() = ToAnomalyInfo(std::move(reasons), AnomalyInfo::ERROR);
  }
  return absl::OkStatus();
}

std::string FaultsOfThreshold(const std::string& name, bool is_set, double threshold) {
  if (!is_set || threshold >= 0) return "";
  return absl::StrCat("the threshold of ", name, " is ", threshold, "; it must be a number of at least 0");
}

}  // namespace

absl::Status CheckDistributionValidatorConfig(const DistributionValidatorConfig& config) {
  std::vector<std::string> faults;
  std::set<FeaturePath> seen;
  for (int i = 0; i < config.default_slice_config().feature_size(); ++i) {
    const auto& feature = config.default_slice_config().feature(i);
    const FeaturePath path = PathFromProto(feature.path());
    if (path.empty()) {
      faults.push_back(absl::StrCat("feature ", i, " has no path"));
      continue;
    }
    const std::string name = absl::StrCat("feature ", SerializePath(path));
    if (!seen.insert(path).second) faults.push_back(absl::StrCat(name, " is there twice"));
    const v0::FeatureComparator& comparator = feature.distribution_comparator();
    const auto& l_infinity = comparator.infinity_norm();
    const auto& jensen_shannon = comparator.jensen_shannon_divergence();
    const auto& difference = comparator.normalized_abs_difference();
    if (!l_infinity.has_threshold() && !jensen_shannon.has_threshold() && !difference.has_threshold()) {
      faults.push_back(absl::StrCat(name,
                                    " has no threshold; set distribution_comparator.infinity_norm, "
                                    "jensen_shannon_divergence or normalized_abs_difference"));
    }
    for (const std::string& fault :
         {FaultsOfThreshold("infinity_norm", l_infinity.has_threshold(), l_infinity.threshold()),
          FaultsOfThreshold("jensen_shannon_divergence", jensen_shannon.has_threshold(), jensen_shannon.threshold()),
          FaultsOfThreshold("normalized_abs_difference", difference.has_threshold(), difference.threshold())}) {
      if (!fault.empty()) faults.push_back(absl::StrCat(name, ": ", fault));
    }
  }
  const auto& examples = config.default_slice_config().num_examples_comparator();
  for (const std::string& fault :
       {FaultsOfThreshold("num_examples_comparator.min_fraction_threshold", examples.has_min_fraction_threshold(),
                          examples.min_fraction_threshold()),
        FaultsOfThreshold("num_examples_comparator.max_fraction_threshold", examples.has_max_fraction_threshold(),
                          examples.max_fraction_threshold())}) {
    if (!fault.empty()) faults.push_back(fault);
  }
  if (examples.has_min_fraction_threshold() && examples.has_max_fraction_threshold() &&
      examples.min_fraction_threshold() > examples.max_fraction_threshold()) {
    faults.push_back(absl::StrCat("num_examples_comparator.min_fraction_threshold ", examples.min_fraction_threshold(),
                                  " is above max_fraction_threshold ", examples.max_fraction_threshold()));
  }
  if (faults.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("distribution_validator_config: ", absl::StrJoin(faults, "; ")));
}

absl::StatusOr<Anomalies> ValidateDistributions(const v0::DatasetFeatureStatisticsList& statistics,
                                                const v0::DatasetFeatureStatisticsList& baseline,
                                                const DistributionValidatorConfig& config,
                                                const DistributionValidationOptions& options) {
  RETURN_IF_ERROR(CheckDistributionValidatorConfig(config));
  ASSIGN_OR_RETURN(v0::Schema schema, InferSchema(baseline));
  for (const auto& feature : config.default_slice_config().feature()) {
    v0::Feature* in_schema = FindFeature(&schema, PathFromProto(feature.path()));
    // One that the baseline lacks is told of by AddMissingComparisons.
    if (in_schema != nullptr) *in_schema->mutable_drift_comparator() = feature.distribution_comparator();
  }
  if (config.default_slice_config().has_num_examples_comparator()) {
    *schema.mutable_dataset_constraints()->mutable_num_examples_drift_comparator() =
        config.default_slice_config().num_examples_comparator();
  }
  ASSIGN_OR_RETURN(Anomalies anomalies,
                   ValidateStatistics(statistics, schema,
                                      {.previous_span_statistics = &baseline, .tfdv_compat = options.tfdv_compat}));
  anomalies.set_anomaly_name_format(Anomalies::SERIALIZED_PATH);
  KeepComparisons(options.tfdv_compat, &anomalies);
  AddMissingComparisons(config, &anomalies);
  ASSIGN_OR_RETURN(const v0::DatasetFeatureStatistics* dataset, DefaultDataset(statistics));
  if (dataset->num_examples() == 0) {
    if (!options.tfdv_compat) RETURN_IF_ERROR(CompareWithoutExamples(*dataset, baseline, schema, &anomalies));
  } else if (options.custom_validation_config != nullptr) {
    RETURN_IF_ERROR(AddCustomValidations(statistics, *options.custom_validation_config, {.base_statistics = &baseline},
                                         &anomalies));
  }
  ClearTexts(&anomalies);
  return anomalies;
}

}  // namespace tfx::tfdv
