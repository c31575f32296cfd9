// Which columns of the input statistics need, so that readers leave the others undecoded.
#ifndef TFX_DATA_VALIDATION_STATISTICS_COLUMNS_TO_READ_H_
#define TFX_DATA_VALIDATION_STATISTICS_COLUMNS_TO_READ_H_

#include <optional>
#include <string>
#include <vector>

#include "tfx/data_validation/features/stats_options.h"

namespace tfx::tfdv {

// The features that statistics are of: feature_allowlist, or with experimental_filter_read_paths and no allowlist those
// of the schema; unset: all. Top-level names, sorted, each once.
std::optional<std::vector<std::string>> FeaturesOfInterest(const StatsOptions& options);

// Those, and the columns of weights, label and slices. Unset: all, also where a slice function or a generator of the
// user may look at any column.
std::optional<std::vector<std::string>> ColumnsToRead(const StatsOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_COLUMNS_TO_READ_H_
