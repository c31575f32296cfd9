// What generators ask the schema about features.
#ifndef TFX_DATA_VALIDATION_GENERATORS_SCHEMA_FEATURES_H_
#define TFX_DATA_VALIDATION_GENERATORS_SCHEMA_FEATURES_H_

#include <utility>
#include <vector>

#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/data_validation/schema/feature_path.h"

namespace tfx::tfdv {

// Every feature that is no struct with its path, in the schema's order. The pointers live as long as the schema.
using LeafFeatures = std::vector<std::pair<FeaturePath, const ::tensorflow::metadata::v0::Feature*>>;
LeafFeatures LeafFeaturesOf(const ::tensorflow::metadata::v0::Schema& schema);

// Strings; integers with is_categorical, a bool_domain or a natural_language_domain; floats with is_categorical.
bool IsCategorical(const ::tensorflow::metadata::v0::Feature& feature);

// One value in each example: a shape of one dimension of size 1, or at most one value: value_count.max 1.
bool IsUnivalent(const ::tensorflow::metadata::v0::Feature& feature);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_SCHEMA_FEATURES_H_
