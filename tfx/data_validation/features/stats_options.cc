#include "tfx/data_validation/features/stats_options.h"

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"

namespace tfx::tfdv {
namespace {

absl::Status CheckAtLeast(std::string_view option, double value, double least) {
  if (value >= least) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(std::string(option), " is ", value, "; it must be at least ", least));
}

}  // namespace

absl::Status CheckStatsOptions(const StatsOptions& options) {
  RETURN_IF_ERROR(CheckAtLeast("num_top_values", options.num_top_values, 0));
  RETURN_IF_ERROR(CheckAtLeast("num_rank_histogram_buckets", options.num_rank_histogram_buckets, 0));
  RETURN_IF_ERROR(CheckAtLeast("num_values_histogram_buckets", options.num_values_histogram_buckets, 2));
  RETURN_IF_ERROR(CheckAtLeast("num_histogram_buckets", options.num_histogram_buckets, 1));
  RETURN_IF_ERROR(CheckAtLeast("num_quantiles_histogram_buckets", options.num_quantiles_histogram_buckets, 1));
  RETURN_IF_ERROR(CheckAtLeast("max_exact_counts_bytes", static_cast<double>(options.max_exact_counts_bytes), 0));
  if (!(options.epsilon > 0 && options.epsilon < 1)) {
    return absl::InvalidArgumentError(absl::StrCat("epsilon is ", options.epsilon, "; it must lie between 0 and 1"));
  }
  return absl::OkStatus();
}

}  // namespace tfx::tfdv
