#include "tfx/data_validation/anomalies/presence_inference.h"

#include <vector>

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

void InferFixedShape(const FeatureView& stats, Feature* feature) {
  if (stats.schema_type() == v0::STRUCT) return;
  const std::vector<double> missing = stats.num_missing_by_level();
  const std::vector<std::pair<int, int>> lengths = stats.min_max_num_values_by_level();
  if (missing.size() != lengths.size()) return;
  for (size_t i = 0; i < lengths.size(); ++i) {
    if (missing[i] != 0 || lengths[i].first != lengths[i].second || lengths[i].first <= 0) return;
  }
  for (const auto& [min, max] : lengths) feature->mutable_shape()->add_dim()->set_size(min);
}

}  // namespace

void InferValueCount(const FeatureView& stats, Feature* feature) {
  const std::vector<std::pair<int, int>> lengths = stats.min_max_num_values_by_level();
  auto set = [](const std::pair<int, int>& length, v0::ValueCount* count) {
    if (length.first <= 0) return;
    if (length.first == length.second) {
      count->set_min(length.first);
      count->set_max(length.second);
    } else {
      count->set_min(1);
    }
  };
  if (lengths.size() > 1) {
    for (const auto& length : lengths) set(length, feature->mutable_value_counts()->add_value_count());
  } else if (lengths[0].first > 0) {
    set(lengths[0], feature->mutable_value_count());
  }
}

void InferPresenceAndShape(const FeatureView& stats, ShapeInference shape, Feature* feature) {
  const double num_present = stats.num_present();
  feature->mutable_presence()->set_min_count(num_present < 1 ? 0 : 1);
  if (num_present <= 0) return;
  if (stats.num_missing() == 0) feature->mutable_presence()->set_min_fraction(1);
  if (shape == ShapeInference::kFixedShape) InferFixedShape(stats, feature);
  if (!feature->has_shape()) InferValueCount(stats, feature);
}

}  // namespace tfx::tfdv
