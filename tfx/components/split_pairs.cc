#include "tfx/components/split_pairs.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nlohmann/json.hpp"
#include "tfx/base/status_macros.h"
#include "tfx/components/splits.h"

namespace tfx {
namespace {

constexpr char kIncludeSplitPairs[] = "include_split_pairs";

absl::StatusOr<std::set<SplitPair>> Requested(const ExecutionProperties& properties) {
  std::set<SplitPair> requested;
  if (!properties.Has(kIncludeSplitPairs)) return requested;
  ASSIGN_OR_RETURN(const std::string text, properties.String(kIncludeSplitPairs));
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_null()) return requested;
  bool well_formed = json.is_array();
  for (const auto& pair : json) {
    well_formed = well_formed && pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_string();
    if (well_formed) requested.insert({pair[0].get<std::string>(), pair[1].get<std::string>()});
  }
  if (!well_formed) {
    return absl::InvalidArgumentError(
        absl::StrCat(kIncludeSplitPairs, " is not a JSON list of pairs of split names: ", text));
  }
  return requested;
}

}  // namespace

ParameterValue SplitPairsParameter(const std::optional<std::vector<SplitPair>>& pairs) {
  if (!pairs.has_value()) return JsonObjectParameter("null");
  std::vector<std::string> texts;
  for (const auto& [test, baseline] : *pairs) texts.push_back(EncodeSplitNames({test, baseline}));
  return JsonObjectParameter(absl::StrCat("[", absl::StrJoin(texts, ", "), "]"));
}

absl::StatusOr<std::vector<SplitPair>> SplitPairsToProcess(const Artifact& test, const Artifact& baseline,
                                                           const ExecutionProperties& properties, UnsetPairs unset) {
  ASSIGN_OR_RETURN(const std::vector<std::string> test_splits, DecodeSplitNames(test.StringProperty("split_names")));
  ASSIGN_OR_RETURN(const std::vector<std::string> baseline_splits,
                   DecodeSplitNames(baseline.StringProperty("split_names")));
  ASSIGN_OR_RETURN(std::set<SplitPair> requested, Requested(properties));
  const bool any = requested.empty();
  std::vector<SplitPair> pairs;
  for (const std::string& a : test_splits) {
    for (const std::string& b : baseline_splits) {
      const bool wanted = any ? unset == UnsetPairs::kAll || a == b : requested.erase({a, b}) > 0;
      if (wanted) pairs.emplace_back(a, b);
    }
  }
  const std::string have = absl::StrCat(test.uri, " has ", EncodeSplitNames(test_splits), ", ", baseline.uri, " has ",
                                        EncodeSplitNames(baseline_splits));
  if (!requested.empty()) {
    const std::vector<std::string> missing = SplitPairNames({requested.begin(), requested.end()});
    return absl::FailedPreconditionError(absl::StrCat(
        kIncludeSplitPairs, " names pairs of splits that are not there: ", absl::StrJoin(missing, ", "), "; ", have));
  }
  if (pairs.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("there is no pair of splits to compare; give ", kIncludeSplitPairs, ": ", have));
  }
  return pairs;
}

std::string SplitPairName(const SplitPair& pair) { return absl::StrCat(pair.first, "_", pair.second); }

std::vector<std::string> SplitPairNames(const std::vector<SplitPair>& pairs) {
  std::vector<std::string> names;
  for (const SplitPair& pair : pairs) names.push_back(SplitPairName(pair));
  return names;
}

}  // namespace tfx
