// The domain that statistics suggest for a feature.
#ifndef TFX_DATA_VALIDATION_ANOMALIES_DOMAIN_INFERENCE_H_
#define TFX_DATA_VALIDATION_ANOMALIES_DOMAIN_INFERENCE_H_

#include "tfx/data_validation/anomalies/schema_edit.h"
#include "tfx/data_validation/anomalies/statistics_view.h"

namespace tfx::tfdv {

// Sets the first domain that fits: the one named by the custom statistic "domain_info", none for bytes and invalid
// UTF-8, bool, int (of texts that are integers), string (of at most `max_string_domain_size` values; added to the
// schema).
void InferDomain(const FeatureView& stats, int max_string_domain_size, SchemaEdit* schema, Feature* feature);

// Sets the domain that the custom statistic "domain_info" (text format of one member of Feature.domain_info) names.
// False when there is none, or two, or it does not parse, or the feature has a domain.
bool SetSemanticDomain(const FeatureView& stats, Feature* feature);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_ANOMALIES_DOMAIN_INFERENCE_H_
