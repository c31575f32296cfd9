// Features that a schema asks for.
#ifndef TFX_DATA_VALIDATION_ANOMALIES_REQUIRED_FEATURES_H_
#define TFX_DATA_VALIDATION_ANOMALIES_REQUIRED_FEATURES_H_

#include <optional>
#include <string>
#include <vector>

#include "tfx/data_validation/anomalies/schema_edit.h"
#include "tfx/data_validation/anomalies/statistics_view.h"

namespace tfx::tfdv {

// Paths of required features without statistics, in the order of the schema, structs before their children. A required
// child counts even where its struct is optional, as in TFDV; children of deprecated structs do not.
std::vector<FeaturePath> MissingRequiredFeatures(const Schema& schema, const DatasetView& statistics,
                                                 const std::optional<std::string>& environment);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_ANOMALIES_REQUIRED_FEATURES_H_
