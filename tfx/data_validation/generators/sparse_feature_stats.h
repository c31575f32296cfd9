// Whether the parts of the schema's sparse features fit together (TFDV's SparseFeatureStatsGenerator).
//
// For each sparse feature, under its path, over the rows that have its value feature or one of its index features:
// custom statistics missing_value (number of rows without the value feature), and rank histograms with one bucket per
// index feature, by name: missing_index (rows without it), max_length_diff and min_length_diff (length of the index
// list minus that of the value list; 0 without any row). State: three numbers per part, exact. A sparse feature in a
// struct counts structs instead of rows.
#ifndef TFX_DATA_VALIDATION_GENERATORS_SPARSE_FEATURE_STATS_H_
#define TFX_DATA_VALIDATION_GENERATORS_SPARSE_FEATURE_STATS_H_

#include <memory>

#include "tfx/data_validation/features/stats_generator.h"

namespace tensorflow::metadata::v0 {
class Schema;
}

namespace tfx::tfdv {

// Null when the schema has no sparse feature.
std::unique_ptr<StatsGenerator> MakeSparseFeatureStatsGenerator(const ::tensorflow::metadata::v0::Schema& schema);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_SPARSE_FEATURE_STATS_H_
