// Have the distributions of features moved away from those of a baseline? What TFX's DistributionValidator asks: its
// config holds the thresholds, no schema is needed. Used by the component and by `tfx data validate_distributions`.
//
//   ASSIGN_OR_RETURN(Anomalies anomalies, ValidateDistributions(today, last_week, config));
//   const bool blessed = !HasAnomalies(anomalies);
//
// Method (tfx/components/distribution_validator/executor.py): a schema is inferred from the baseline, the comparators
// of the config become its drift comparators, the statistics are validated against it with the baseline as the previous
// span, and of what is found only what comes from comparing is kept: reasons with their texts, without a text for the
// anomaly as a whole. A feature of the config that was not compared is an anomaly STATS_NOT_AVAILABLE. Measured
// distances are in drift_skew_info whether or not they exceed a threshold; `baseline` is the inferred schema.
//
// Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_ANOMALIES_DISTRIBUTION_VALIDATION_H_
#define TFX_DATA_VALIDATION_ANOMALIES_DISTRIBUTION_VALIDATION_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tensorflow_metadata/proto/v0/anomalies.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/anomalies/custom_validation.h"
#include "tfx/proto/distribution_validator.pb.h"

namespace tfx::tfdv {

using ::tfx::components::distribution_validator::DistributionValidatorConfig;

struct DistributionValidationOptions {
  // Further conditions on the statistics; pairs of features compare with the baseline. Not evaluated on statistics of
  // no examples. Null: none. Not owned.
  const CustomValidationConfig* custom_validation_config = nullptr;
  // Finds exactly what TFX 1.21 finds. By default these of its oddities are put right:
  //   - a normalized absolute difference above its threshold is a finding (TFX: dropped);
  //   - one comparator of a feature that could not be measured is STATS_NOT_AVAILABLE even where another was (TFX:
  //     silence), with TFDV's oddities of ValidationOptions::tfdv_compat;
  //   - no examples at all are a COMPARATOR_LOW_NUM_EXAMPLES where num_examples_comparator has a minimum above 0
  //     (TFX: blessed).
  bool tfdv_compat = false;
};

// INVALID_ARGUMENT naming every fault: a feature without a path or configured twice, a comparator without a threshold,
// a threshold that is negative or no number, a minimum of examples above the maximum. An empty config is valid and
// finds nothing.
absl::Status CheckDistributionValidatorConfig(const DistributionValidatorConfig& config);

// Each list holds one data set, or one named "All Examples" among others.
// INVALID_ARGUMENT: no such data set; malformed statistics; the config's faults as above; those of
// AddCustomValidations.
absl::StatusOr<::tensorflow::metadata::v0::Anomalies> ValidateDistributions(
    const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& statistics,
    const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& baseline, const DistributionValidatorConfig& config,
    const DistributionValidationOptions& options = {});

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_ANOMALIES_DISTRIBUTION_VALIDATION_H_
