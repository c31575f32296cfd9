#include "tfx/data_validation/statistics/columns_to_read.h"

#include <set>

#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/expressions/parse.h"

namespace tfx::tfdv {

std::optional<std::vector<std::string>> FeaturesOfInterest(const StatsOptions& options) {
  std::set<std::string> names;
  if (options.feature_allowlist.has_value()) {
    names.insert(options.feature_allowlist->begin(), options.feature_allowlist->end());
  } else if (options.experimental_filter_read_paths && options.schema != nullptr) {
    for (const auto& feature : options.schema->feature()) names.insert(feature.name());
  } else {
    return std::nullopt;
  }
  return std::vector<std::string>(names.begin(), names.end());
}

std::optional<std::vector<std::string>> ColumnsToRead(const StatsOptions& options) {
  const std::optional<std::vector<std::string>> features = FeaturesOfInterest(options);
  if (!features.has_value() || !options.generators.empty() || !options.experimental_slice_functions.empty()) {
    return std::nullopt;
  }
  std::set<std::string> columns(features->begin(), features->end());
  for (const std::string& name : {options.weight_feature, options.label_feature}) {
    if (!name.empty()) columns.insert(name);
  }
  for (const auto& [path, weight] : options.per_feature_weight_override) {
    if (!weight.empty()) columns.insert(weight);
  }
  for (const SlicingSpec& spec : options.slicing_config.value_or(SlicingConfig()).slicing_specs) {
    columns.insert(spec.feature_keys.begin(), spec.feature_keys.end());
    for (const auto& [name, value] : spec.feature_values) columns.insert(name);
    if (spec.slice_keys_sql.empty()) continue;
    const auto query = expressions::ParseSliceQuery(spec.slice_keys_sql);
    if (!query.ok()) return std::nullopt;  // an error elsewhere
    for (const auto& source : query->sources) columns.insert(source.feature.front());
  }
  return std::vector<std::string>(columns.begin(), columns.end());
}

}  // namespace tfx::tfdv
