// The charts of one feature: its histograms over all datasets, side by side.
#ifndef TFX_DATA_VALIDATION_DISPLAY_FEATURE_CHARTS_H_
#define TFX_DATA_VALIDATION_DISPLAY_FEATURE_CHARTS_H_

#include <cstddef>
#include <vector>

#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/display/display_model.h"

namespace tfx::tfdv {

inline constexpr char kStandardChart[] = "Standard";
inline constexpr char kQuantilesChart[] = "Quantiles";
inline constexpr char kValueListLengthChart[] = "Value list length";
inline constexpr char kFeatureListLengthChart[] = "Feature list length";

// One entry per dataset, null where it lacks the feature. "Standard" (the first STANDARD histogram, or the rank
// histogram, or the top values), then "Quantiles", list lengths, and histograms that have a name, as they come. Charts
// that no dataset fills are left out. Not limited yet: see LimitLabels.
std::vector<Chart> FeatureCharts(
    const std::vector<const ::tensorflow::metadata::v0::FeatureNameStatistics*>& per_dataset, size_t max_label_bytes);

// Leaves the first `max_labels` (>= 1) labels of a chart and sums up the others in other_count, other_labels. Can be
// called again with less.
void LimitLabels(int max_labels, Chart* chart);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_DISPLAY_FEATURE_CHARTS_H_
