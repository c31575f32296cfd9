#include "tfx/data_validation/statistics/partial_statistics.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "tfx/base/digest.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/stats_generator.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {
namespace {

constexpr std::string_view kMagic = "TFXSTATS";
constexpr uint64_t kVersion = 2;

// What must agree between partial results. Functions have no identity; generators have a name.
std::string OptionsDigest(const StatsOptions& options) {
  StatsOptions plain = options;
  plain.experimental_slice_functions.clear();
  plain.generators.clear();
  plain.per_feature_stats_config = {};
  std::string text = StatsOptionsToJson(plain).value_or("");
  absl::StrAppend(&text, options.experimental_slice_functions.size());
  for (const auto& generator : options.generators) text.append(generator->name()).push_back('\0');
  const FeaturesEnabled& histograms = options.per_feature_stats_config.histograms;
  absl::StrAppend(&text, static_cast<int>(histograms.mode));
  for (const std::string& path : histograms.paths) text.append(path).push_back('\0');
  return Sha256Hex(text);
}

absl::StatusOr<StatsAccumulator> Parse(std::string_view bytes, const StatsAccumulator& empty,
                                       const std::string& digest) {
  if (!bytes.starts_with(kMagic)) return absl::DataLossError("not partial statistics");
  sketches::StateReader in(bytes.substr(kMagic.size()));
  if (in.Integer() != kVersion) {
    return absl::DataLossError("partial statistics of another version; generate them again");
  }
  if (in.Bytes() != digest && in.good()) {
    return absl::InvalidArgumentError("partial statistics made with other options; give the same ones");
  }
  StatsAccumulator state = empty;
  const uint64_t checksum = in.Integer();
  const std::string_view rest = in.Bytes();
  if (!in.ok()) return absl::DataLossError("partial statistics are cut off");
  if (Fingerprint64(rest) != checksum) return absl::DataLossError("partial statistics are damaged");
  RETURN_IF_ERROR(state.ParseFrom(rest));
  return state;
}

absl::StatusOr<StatsAccumulator> MergeParts(absl::Span<const std::string> parts, const StatsOptions& options) {
  if (parts.empty()) return absl::InvalidArgumentError("no partial statistics");
  ASSIGN_OR_RETURN(const std::shared_ptr<const StatsPlan> plan, MakeStatsPlan(options));
  const StatsAccumulator empty(plan);
  const std::string digest = OptionsDigest(options);
  StatsAccumulator total = empty;
  for (size_t i = 0; i < parts.size(); ++i) {
    auto part = Parse(parts[i], empty, digest);
    if (!part.ok()) return Annotate(part.status(), absl::StrCat("part ", i));
    RETURN_IF_ERROR(total.Merge(*part));
  }
  return total;
}

}  // namespace

std::string SerializePartialStatistics(const StatsAccumulator& state, const StatsOptions& options) {
  sketches::StateWriter out;
  out.Integer(kVersion);
  out.Bytes(OptionsDigest(options));
  const std::string bytes = state.Serialize();
  out.Integer(Fingerprint64(bytes));
  out.Bytes(bytes);
  return absl::StrCat(std::string(kMagic), out.Take());
}

absl::StatusOr<std::string> MergePartialStatistics(absl::Span<const std::string> parts, const StatsOptions& options) {
  ASSIGN_OR_RETURN(const StatsAccumulator total, MergeParts(parts, options));
  return SerializePartialStatistics(total, options);
}

absl::StatusOr<::tensorflow::metadata::v0::DatasetFeatureStatisticsList> FinishPartialStatistics(
    absl::Span<const std::string> parts, const StatsOptions& options) {
  ASSIGN_OR_RETURN(const StatsAccumulator total, MergeParts(parts, options));
  return total.ToProto();
}

}  // namespace tfx::tfdv
