// Every anomaly with its numbers and with the change of the schema that would accept it.
#ifndef TFX_DATA_VALIDATION_DISPLAY_ANOMALY_DETAILS_H_
#define TFX_DATA_VALIDATION_DISPLAY_ANOMALY_DETAILS_H_

#include <map>
#include <string>
#include <vector>

#include "tfx/data_validation/display/display.h"

namespace tfx::tfdv {

struct AnomalyDetails {
  std::vector<DisplayAnomaly> anomalies;                                // the dataset's first, then by path
  std::map<std::string, std::vector<DisplayMeasurement>> measurements;  // by serialised path, drift before skew
};

// The schema change is UpdateSchema's for the first dataset; for drift and skew, thresholds at the measured values;
// for a column missing in an environment, the environment. Where UpdateSchema fails, the note says why. `schema` is
// what the data was validated against. inputs.anomalies must be set, inputs.datasets not empty.
AnomalyDetails MakeAnomalyDetails(const DisplayInputs& inputs, const ::tensorflow::metadata::v0::Schema& schema);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_DISPLAY_ANOMALY_DETAILS_H_
