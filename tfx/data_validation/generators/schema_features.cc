#include "tfx/data_validation/generators/schema_features.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

template <class Features>
void AddLeaves(const Features& features, const FeaturePath& parent, LeafFeatures* leaves) {
  for (const v0::Feature& feature : features) {
    FeaturePath path = ChildPath(parent, feature.name());
    if (feature.type() == v0::STRUCT) {
      AddLeaves(feature.struct_domain().feature(), path, leaves);
    } else {
      leaves->emplace_back(std::move(path), &feature);
    }
  }
}

}  // namespace

LeafFeatures LeafFeaturesOf(const v0::Schema& schema) {
  LeafFeatures leaves;
  AddLeaves(schema.feature(), {}, &leaves);
  return leaves;
}

bool IsCategorical(const v0::Feature& feature) {
  switch (feature.type()) {
    case v0::BYTES:
      return true;
    case v0::INT:
      return feature.int_domain().is_categorical() || feature.has_bool_domain() ||
             feature.has_natural_language_domain();
    case v0::FLOAT:
      return feature.float_domain().is_categorical();
    default:
      return false;
  }
}

bool IsUnivalent(const v0::Feature& feature) {
  return (feature.shape().dim_size() == 1 && feature.shape().dim(0).size() == 1) || feature.value_count().max() == 1;
}

}  // namespace tfx::tfdv
