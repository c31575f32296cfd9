// Validates every slice of a data set: TFDV's validate_corresponding_slices.
//
// Each slice of the statistics is validated by itself and compared with the slice of the same name among the previous
// and the serving statistics. Anomalies and measurements are those of features named "slice(<slice>)::<feature>"; the
// constraints on the number of examples count for all examples only. Stateless; thread-safe.
//
// Unlike TFDV, which joins the features of all slices into one data set, a slice's share of missing values is measured
// against the slice's own number of examples.
#ifndef TFX_DATA_VALIDATION_ANOMALIES_SLICE_VALIDATION_H_
#define TFX_DATA_VALIDATION_ANOMALIES_SLICE_VALIDATION_H_

#include "absl/status/statusor.h"
#include "tfx/data_validation/anomalies/validation.h"

namespace tfx::tfdv {

// INVALID_ARGUMENT: no data set named "All Examples" (or the only one); options.custom_validation_config names data
// sets itself and is used as it is; else as ValidateStatistics, with the slice. A slice that is missing on the other
// side counts as one without features. Slices without examples are left out.
absl::StatusOr<::tensorflow::metadata::v0::Anomalies> ValidateCorrespondingSlices(
    const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& statistics,
    const ::tensorflow::metadata::v0::Schema& schema, const ValidationOptions& options = {});

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_ANOMALIES_SLICE_VALIDATION_H_
