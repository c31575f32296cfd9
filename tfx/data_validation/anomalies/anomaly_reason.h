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

// The reasons of one anomaly as one message without path. Several: "Multiple errors" and the long texts in a row;
// reasons without a long text do not count then. Of several new columns only the first is kept.
AnomalyInfo ToAnomalyInfo(AnomalyReasons reasons, AnomalyInfo::Severity severity);
AnomalyReasons ReasonsOf(const AnomalyInfo& info);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_ANOMALIES_ANOMALY_REASON_H_
