// Pairs of splits of two artifacts that a component compares: the parameter include_split_pairs of ExampleDiff and
// DistributionValidator.
#ifndef TFX_COMPONENTS_SPLIT_PAIRS_H_
#define TFX_COMPONENTS_SPLIT_PAIRS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/dsl/executor.h"
#include "tfx/dsl/parameter.h"

namespace tfx {

using SplitPair = std::pair<std::string, std::string>;  // split of the data to test, split of the baseline

// [["train", "train"], ["eval", "train"]], or null where unset, as TFX records it.
ParameterValue SplitPairsParameter(const std::optional<std::vector<SplitPair>>& pairs);

enum class UnsetPairs { kAll, kSameName };

// The pairs of the execution property include_split_pairs, or what `unset` says without it (or when it is empty, as in
// TFX), in the order of the splits of `test`, then of `baseline`. FAILED_PRECONDITION: no pair, or a pair whose splits
// are not there (names all of them). INVALID_ARGUMENT: the property is no list of pairs of names.
absl::StatusOr<std::vector<SplitPair>> SplitPairsToProcess(const Artifact& test, const Artifact& baseline,
                                                           const ExecutionProperties& properties, UnsetPairs unset);

// "train_eval": the name of a pair in split_names and directories.
std::string SplitPairName(const SplitPair& pair);
// Names of all, for split_names.
std::vector<std::string> SplitPairNames(const std::vector<SplitPair>& pairs);

}  // namespace tfx

#endif  // TFX_COMPONENTS_SPLIT_PAIRS_H_
