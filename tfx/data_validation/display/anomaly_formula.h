// The rule behind an anomaly with the numbers put in: "9,990 / 10,000 = 0.999 < 1 = min_fraction".
#ifndef TFX_DATA_VALIDATION_DISPLAY_ANOMALY_FORMULA_H_
#define TFX_DATA_VALIDATION_DISPLAY_ANOMALY_FORMULA_H_

#include <string>

#include "tensorflow_metadata/proto/v0/anomalies.pb.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/data_validation/anomalies/statistics_view.h"
#include "tfx/data_validation/display/display_model.h"

namespace tfx::tfdv {

// What a feature's anomaly was found in. Null: not there. Not owned.
struct AnomalyEvidence {
  const ::tensorflow::metadata::v0::Schema* schema = nullptr;
  const ::tensorflow::metadata::v0::Feature* feature = nullptr;  // its entry
  const FeatureView* stats = nullptr;
  const FeatureView* previous = nullptr;
  const FeatureView* serving = nullptr;
  const ::tensorflow::metadata::v0::DriftSkewInfo* measured = nullptr;
};

// "" where the rule has no numbers, or the evidence lacks them. The numbers are those that validation used: weighted
// where the data set is read by weight.
std::string ReasonFormula(const ::tensorflow::metadata::v0::AnomalyInfo::Reason& reason,
                          const AnomalyEvidence& evidence);

// Of a rule about the whole dataset. `previous` may be null.
std::string DatasetReasonFormula(const ::tensorflow::metadata::v0::AnomalyInfo::Reason& reason,
                                 const ::tensorflow::metadata::v0::Schema& schema, const DatasetView& stats,
                                 const ::tensorflow::metadata::v0::DatasetFeatureStatistics* previous);

// A measured drift or skew; `formula` shows where the value comes from, as far as both sides are known (null: not).
DisplayMeasurement Measurement(const ::tensorflow::metadata::v0::DriftSkewInfo::Measurement& measurement,
                               const std::string& comparison, const FeatureView* stats, const FeatureView* control);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_DISPLAY_ANOMALY_FORMULA_H_
