// Where statistics contradict a schema or drift from other statistics: TFDV's validate_statistics, with the same
// anomalies, texts and severities.
//
//   ASSIGN_OR_RETURN(Anomalies anomalies, ValidateStatistics(stats, schema, {.environment = "SERVING"}));
//   const bool blessed = !HasAnomalies(anomalies);
//
// The result holds the schema as baseline even where nothing was found. Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_ANOMALIES_VALIDATION_H_
#define TFX_DATA_VALIDATION_ANOMALIES_VALIDATION_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tensorflow_metadata/proto/v0/anomalies.pb.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/anomalies/custom_validation.h"

namespace tfx::tfdv {

struct ValidationOptions {
  // Must be one of the schema's default_environment values. Unset: every feature is expected.
  std::optional<std::string> environment;
  // Data sets to compare with; null: no comparison. Not owned; must live through the call.
  const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList* previous_span_statistics = nullptr;  // drift
  const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList* serving_statistics = nullptr;        // skew
  const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList* previous_version_statistics =
      nullptr;  // number of examples
  bool new_features_are_warnings = false;
  std::map<::tensorflow::metadata::v0::AnomalyInfo::Type, ::tensorflow::metadata::v0::AnomalyInfo::Severity>
      severity_overrides;
  // Paths of new features to report; unset: all.
  std::optional<std::vector<std::vector<std::string>>> features_needed;
  // Conditions beyond the schema (custom_validation.h), and the data sets that their pairs compare with. Not owned.
  const CustomValidationConfig* custom_validation_config = nullptr;
  const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList* base_statistics = nullptr;
  // Finds exactly what TFDV 1.21 finds. By default these of its oddities are put right:
  //   - dataset_constraints.max_examples_count counts without a min_examples_count too;
  //   - unique_constraints without a max have none (TFDV: 0, which every feature exceeds);
  //   - a domain that is not in the schema is named; a bool domain whose values are equal, a string domain with
  //     repeated values and a float domain with a bound that is NaN are INVALID_DOMAIN_SPECIFICATION (TFDV: mended or
  //     taken for none in silence);
  //   - time_of_day, audio, video and content chunk domains are known;
  //   - an infinity norm or normalized difference where a side has no counts of values, and a Jensen-Shannon divergence
  //     where a side has neither counts nor the histogram, are STATS_NOT_AVAILABLE (TFDV: a distance of 0, or silence).
  bool tfdv_compat = false;
};

// Each statistics list holds one dataset, or one named "All Examples" among others.
// INVALID_ARGUMENT: no such dataset, environment unknown to the schema, schema or statistics malformed.
absl::StatusOr<::tensorflow::metadata::v0::Anomalies> ValidateStatistics(
    const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& statistics,
    const ::tensorflow::metadata::v0::Schema& schema, const ValidationOptions& options = {});

// Any anomaly of a feature or of the dataset, or data missing altogether.
bool HasAnomalies(const ::tensorflow::metadata::v0::Anomalies& anomalies);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_ANOMALIES_VALIDATION_H_
