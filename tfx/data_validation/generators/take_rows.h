// Some rows of a batch as a batch of their own.
#ifndef TFX_DATA_VALIDATION_GENERATORS_TAKE_ROWS_H_
#define TFX_DATA_VALIDATION_GENERATORS_TAKE_ROWS_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "arrow/record_batch.h"

namespace tfx::tfdv {

// The rows numbered `rows` (each in [0, num_rows)), in that order, copied; columns keep their names and types, and what
// they hold is laid out alike whatever the batch was cut from. INTERNAL when Arrow cannot copy a column's type.
absl::StatusOr<std::shared_ptr<arrow::RecordBatch>> TakeRows(const arrow::RecordBatch& batch,
                                                             absl::Span<const int64_t> rows);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_TAKE_ROWS_H_
