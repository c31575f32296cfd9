// The rows of the feature tables: Facets' columns, one row per feature and dataset.
#ifndef TFX_DATA_VALIDATION_DISPLAY_FEATURE_CELLS_H_
#define TFX_DATA_VALIDATION_DISPLAY_FEATURE_CELLS_H_

#include <string>
#include <vector>

#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/display/display_model.h"

namespace tfx::tfdv {

// Count, missing, then mean to max (numeric section) or unique to average length (categorical section).
std::vector<std::string> SectionColumns(bool numeric);

// `feature` null: not present. Numbers that the statistics do not have are "-".
FeatureCells MakeFeatureCells(const ::tensorflow::metadata::v0::FeatureNameStatistics* feature, bool numeric_section,
                              size_t max_label_bytes);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_DISPLAY_FEATURE_CELLS_H_
