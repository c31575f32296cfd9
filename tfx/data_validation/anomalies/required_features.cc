#include "tfx/data_validation/anomalies/required_features.h"

#include <set>

namespace tfx::tfdv {
namespace {

void AddRequired(const Schema& schema, const google::protobuf::RepeatedPtrField<Feature>& features,
                 const FeaturePath& parent, const std::optional<std::string>& environment,
                 std::vector<FeaturePath>* required) {
  for (const Feature& feature : features) {
    const FeaturePath path = ChildPath(parent, feature.name());
    if (IsRequired(schema, feature, environment)) required->push_back(path);
    if (!IsDeprecated(feature)) {
      AddRequired(schema, feature.struct_domain().feature(), path, environment, required);
    }
  }
}

}  // namespace

std::vector<FeaturePath> MissingRequiredFeatures(const Schema& schema, const DatasetView& statistics,
                                                 const std::optional<std::string>& environment) {
  std::vector<FeaturePath> required, missing;
  AddRequired(schema, schema.feature(), {}, environment, &required);
  std::set<FeaturePath> present;
  for (const FeatureView* feature : statistics.features()) present.insert(feature->path());
  for (FeaturePath& path : required) {
    if (!present.contains(path)) missing.push_back(std::move(path));
  }
  return missing;
}

}  // namespace tfx::tfdv
