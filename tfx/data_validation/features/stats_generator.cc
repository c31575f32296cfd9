#include "tfx/data_validation/features/stats_generator.h"

namespace tfx::tfdv {

namespace v0 = ::tensorflow::metadata::v0;

v0::FeatureNameStatistics* FindFeature(const FeaturePath& path, v0::DatasetFeatureStatistics* dataset) {
  for (v0::FeatureNameStatistics& feature : *dataset->mutable_features()) {
    if (FeaturePath(feature.path().step().begin(), feature.path().step().end()) == path) return &feature;
  }
  return nullptr;
}

v0::FeatureNameStatistics* FindOrAddFeature(const FeaturePath& path, v0::DatasetFeatureStatistics* dataset) {
  if (v0::FeatureNameStatistics* found = FindFeature(path, dataset)) return found;
  v0::FeatureNameStatistics* added = dataset->add_features();
  *added->mutable_path() = PathToProto(path);
  return added;
}

}  // namespace tfx::tfdv
