// Examples whose features are of different kinds from record to record, which no single record batch can hold.
#ifndef TFX_DATA_VALIDATION_STATISTICS_MIXED_EXAMPLES_H_
#define TFX_DATA_VALIDATION_STATISTICS_MIXED_EXAMPLES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/data_validation/statistics/stats_accumulator.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/tfrecord.h"

namespace tfx::tfdv {

// As dataset::DecodeExamples, in one batch where that can be; otherwise in as few as possible, each record in the first
// batch that its kinds fit. `first_row`: the number of the first record. Errors, with the record's number: DATA_LOSS,
// and INVALID_ARGUMENT for a record that contradicts itself (steps of a feature list that are of different kinds).
absl::StatusOr<std::vector<PlacedRows>> DecodeMixedExamples(const io::Records& records,
                                                            const dataset::DecodeOptions& options, int64_t first_row);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_MIXED_EXAMPLES_H_
