// Whether the weights of the schema's weighted features fit their values (TFDV's WeightedFeatureStatsGenerator).
//
// For each weighted feature, under its name, over the rows that have the feature or its weights: custom statistics
// missing_weight and missing_value (numbers of rows), min_weight_length_diff and max_weight_length_diff (length of the
// list of weights minus that of the values; 0 without any row). State: six numbers per weighted feature, exact.
#ifndef TFX_DATA_VALIDATION_GENERATORS_WEIGHTED_FEATURE_STATS_H_
#define TFX_DATA_VALIDATION_GENERATORS_WEIGHTED_FEATURE_STATS_H_

#include <memory>

#include "tfx/data_validation/features/stats_generator.h"

namespace tensorflow::metadata::v0 {
class Schema;
}

namespace tfx::tfdv {

// Null when the schema has no weighted feature.
std::unique_ptr<StatsGenerator> MakeWeightedFeatureStatsGenerator(const ::tensorflow::metadata::v0::Schema& schema);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_WEIGHTED_FEATURE_STATS_H_
