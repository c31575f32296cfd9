#include "tfx/data_validation/features/stats_options.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"

namespace tfx::tfdv {
namespace {

absl::Status CheckAtLeast(std::string_view option, double value, double least) {
  if (value >= least) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(std::string(option), " is ", value, "; it must be at least ", least));
}

absl::Status CheckRate(const char* option, const std::optional<double>& rate) {
  if (!rate.has_value() || (*rate > 0 && *rate <= 1)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(option, " is ", *rate, "; it must be above 0 and at most 1"));
}

}  // namespace

bool FeaturesEnabled::Contains(std::string_view path) const {
  const bool listed = std::find(paths.begin(), paths.end(), path) != paths.end();
  return listed == (mode == Mode::kNoneBut);
}

absl::Status CheckStatsOptions(const StatsOptions& options) {
  RETURN_IF_ERROR(CheckAtLeast("num_top_values", options.num_top_values, 0));
  RETURN_IF_ERROR(CheckAtLeast("num_rank_histogram_buckets", options.num_rank_histogram_buckets, 0));
  RETURN_IF_ERROR(CheckAtLeast("num_values_histogram_buckets", options.num_values_histogram_buckets, 2));
  RETURN_IF_ERROR(CheckAtLeast("num_histogram_buckets", options.num_histogram_buckets, 1));
  RETURN_IF_ERROR(CheckAtLeast("num_quantiles_histogram_buckets", options.num_quantiles_histogram_buckets, 1));
  RETURN_IF_ERROR(CheckAtLeast("max_exact_counts_bytes", static_cast<double>(options.max_exact_counts_bytes), 0));
  RETURN_IF_ERROR(CheckAtLeast("experimental_result_partitions", options.experimental_result_partitions, 1));
  RETURN_IF_ERROR(CheckAtLeast("experimental_num_feature_partitions", options.experimental_num_feature_partitions, 1));
  RETURN_IF_ERROR(CheckAtLeast("desired_batch_size", static_cast<double>(options.desired_batch_size.value_or(1)), 1));
  RETURN_IF_ERROR(CheckRate("sample_rate", options.sample_rate));
  RETURN_IF_ERROR(CheckRate("semantic_domain_stats_sample_rate", options.semantic_domain_stats_sample_rate));
  if (options.slicing_config.has_value() && !options.experimental_slice_functions.empty()) {
    return absl::InvalidArgumentError("give slicing_config or experimental_slice_functions, not both");
  }
  if (std::find(options.generators.begin(), options.generators.end(), nullptr) != options.generators.end()) {
    return absl::InvalidArgumentError("generators holds a null pointer");
  }
  if (!(options.epsilon > 0 && options.epsilon < 1)) {
    return absl::InvalidArgumentError(absl::StrCat("epsilon is ", options.epsilon, "; it must lie between 0 and 1"));
  }
  return absl::OkStatus();
}

}  // namespace tfx::tfdv
