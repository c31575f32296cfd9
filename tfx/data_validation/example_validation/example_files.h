// Which examples of files contradict the schema: validate_examples for whatever GenerateStatisticsFromFiles reads.
#ifndef TFX_DATA_VALIDATION_EXAMPLE_VALIDATION_EXAMPLE_FILES_H_
#define TFX_DATA_VALIDATION_EXAMPLE_VALIDATION_EXAMPLE_FILES_H_

#include "absl/status/statusor.h"
#include "tfx/data_validation/example_validation/example_validation.h"
#include "tfx/data_validation/statistics/file_statistics.h"

namespace tfx::tfdv {

// Rows are numbered over all files in their order, from 0 on. Of CSV a row of several lines counts once, blank lines
// and header lines not at all; a file that is listed twice is read and counted twice. CSV columns take their types from
// the rows, or with stats_options.infer_type_from_schema from the schema. Errors of GenerateStatisticsFromFiles and of
// ExampleValidationAccumulator::Make.
absl::StatusOr<ExampleValidationResult> ValidateExamplesInFiles(const InputFiles& input,
                                                                const ExampleValidationOptions& options,
                                                                const Engine& engine);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_EXAMPLE_VALIDATION_EXAMPLE_FILES_H_
