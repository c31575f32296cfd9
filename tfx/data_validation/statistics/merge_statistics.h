// Puts finished statistics together that describe parts of the features of the same data: TFDV's
// MergeDatasetFeatureStatisticsList (tfx_bsl merge_util).
//
// This is how shards of features (statistics_io.h) and the outputs of separate generators become one list. It does not
// add up the same feature over different rows, which finished statistics cannot do: see partial_statistics.h.
//
// Datasets merge by name, features by path (or name), cross features by their pair of paths. Repeated fields, custom
// statistics among them, are appended in the order of the lists. Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_STATISTICS_MERGE_STATISTICS_H_
#define TFX_DATA_VALIDATION_STATISTICS_MERGE_STATISTICS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"

namespace tfx::tfdv {

// Datasets and features in the order in which they first appear. INVALID_ARGUMENT naming dataset and feature: numbers
// of examples that differ and are not 0; types that differ, where INT (which is also what is unset) gives way to
// others, or statistics of different kinds.
absl::StatusOr<::tensorflow::metadata::v0::DatasetFeatureStatisticsList> MergeStatistics(
    absl::Span<const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList> lists);

// The order of GenerateStatistics: "All Examples" first and other datasets by name, features by path, cross features by
// their paths.
void SortStatistics(::tensorflow::metadata::v0::DatasetFeatureStatisticsList* list);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_MERGE_STATISTICS_H_
