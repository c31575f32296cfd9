// Presence, shape and value counts that statistics suggest for a feature.
#ifndef TFX_DATA_VALIDATION_ANOMALIES_PRESENCE_INFERENCE_H_
#define TFX_DATA_VALIDATION_ANOMALIES_PRESENCE_INFERENCE_H_

#include "tfx/data_validation/anomalies/schema_edit.h"
#include "tfx/data_validation/anomalies/statistics_view.h"

namespace tfx::tfdv {

enum class ShapeInference { kNone, kFixedShape };

// Sets presence, and shape or value_count(s) of a new feature.
void InferPresenceAndShape(const FeatureView& stats, ShapeInference shape, Feature* feature);

// Sets value_count, or value_counts for nested values: both bounds where they agree, at least 1 where values are always
// there, nothing otherwise.
void InferValueCount(const FeatureView& stats, Feature* feature);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_ANOMALIES_PRESENCE_INFERENCE_H_
