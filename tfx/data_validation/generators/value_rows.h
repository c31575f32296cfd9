// Which row each value of a feature belongs to, for features at any depth.
#ifndef TFX_DATA_VALIDATION_GENERATORS_VALUE_ROWS_H_
#define TFX_DATA_VALIDATION_GENERATORS_VALUE_ROWS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/data_validation/features/stats_generator.h"

namespace tfx::tfdv {

// One row of the batch (from 0) per entry of column.values, ascending. `column` is one of batch.features. INTERNAL when
// a struct around it is not among them.
absl::StatusOr<std::vector<int64_t>> RowsOfValues(const StatsBatch& batch, const FeatureColumn& column);

// The feature of this path in the batch, or null.
const FeatureColumn* FindColumn(const StatsBatch& batch, const FeaturePath& path);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_VALUE_ROWS_H_
