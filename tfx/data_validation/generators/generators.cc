#include "tfx/data_validation/generators/generators.h"

namespace tfx::tfdv {

absl::StatusOr<StatsGenerators> MakeGenerators(const StatsOptions& options) {
  StatsGenerators generators;
  return generators;
}

}  // namespace tfx::tfdv
