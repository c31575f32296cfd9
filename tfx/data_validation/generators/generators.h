// The statistics that StatsOptions and its schema ask for beyond the default ones.
#ifndef TFX_DATA_VALIDATION_GENERATORS_GENERATORS_H_
#define TFX_DATA_VALIDATION_GENERATORS_GENERATORS_H_

#include "absl/status/statusor.h"
#include "tfx/data_validation/features/stats_generator.h"
#include "tfx/data_validation/features/stats_options.h"

namespace tfx::tfdv {

// Empty generators, in an order that depends on the options alone; not those of StatsOptions.generators, which the
// caller appends. INVALID_ARGUMENT naming the option that does not fit.
absl::StatusOr<StatsGenerators> MakeGenerators(const StatsOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_GENERATORS_H_
