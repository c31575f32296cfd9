// Conditions of a user's own on statistics, as expressions: TFDV's custom_validate_statistics.
//
//   feature_validations {
//     feature_path { step: "fare" }
//     validations {
//       sql_expression: "feature.num_stats.common_stats.num_missing < 3"
//       severity: ERROR
//       description: "Too many trips have no fare."
//     }
//   }
//
// `feature` is the FeatureNameStatistics message; conditions on a pair see `feature_test` and `feature_base`. The
// language is that of tfx/expressions (proto_struct.h: how fields of messages read). A condition that is false becomes
// an anomaly of type CUSTOM_VALIDATION at the (test) feature. Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_ANOMALIES_CUSTOM_VALIDATION_H_
#define TFX_DATA_VALIDATION_ANOMALIES_CUSTOM_VALIDATION_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tensorflow_data_validation/anomalies/proto/custom_validation_config.pb.h"
#include "tensorflow_metadata/proto/v0/anomalies.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"

namespace tfx::tfdv {

using ::tensorflow::data_validation::CustomValidationConfig;

struct CustomValidationOptions {
  // Where the base data sets of pairs are; null: among the statistics themselves. Not owned.
  const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList* base_statistics = nullptr;
  // Conditions with an in_environment that does not name it are left out. Unset: all conditions hold everywhere.
  std::optional<std::string> environment;
};

// Adds what the conditions find to `anomalies`: to the anomaly of a feature that has one already, with the higher
// severity. INVALID_ARGUMENT, naming data set, feature and expression: a data set or feature that is not there, an
// expression that does not parse, is no condition, or has no value (NULL, overflow) for these statistics. Then
// `anomalies` is as it was.
absl::Status AddCustomValidations(const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& statistics,
                                  const CustomValidationConfig& config, const CustomValidationOptions& options,
                                  ::tensorflow::metadata::v0::Anomalies* anomalies);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_ANOMALIES_CUSTOM_VALIDATION_H_
