// One finding of a check, as it goes into AnomalyInfo.reason.
#ifndef TFX_DATA_VALIDATION_ANOMALIES_ANOMALY_REASON_H_
#define TFX_DATA_VALIDATION_ANOMALIES_ANOMALY_REASON_H_

#include <string>
#include <vector>

#include "tensorflow_metadata/proto/v0/anomalies.pb.h"

namespace tfx::tfdv {

using ::tensorflow::metadata::v0::AnomalyInfo;

struct AnomalyReason {
  AnomalyInfo::Type type;
  std::string short_description;
  std::string description;  // empty for faults of the schema itself
};

using AnomalyReasons = std::vector<AnomalyReason>;

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_ANOMALIES_ANOMALY_REASON_H_
