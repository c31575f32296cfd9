// The split_names property of artifacts, and what components say about their splits.
#ifndef TFX_COMPONENTS_SPLITS_H_
#define TFX_COMPONENTS_SPLITS_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/dsl/executor.h"

namespace tfx {

// ["train", "eval"] as TFX writes it (comma and space). Empty text: no splits.
std::string EncodeSplitNames(const std::vector<std::string>& splits);
// INVALID_ARGUMENT when the text is not a JSON list of split names.
absl::StatusOr<std::vector<std::string>> DecodeSplitNames(std::string_view text);

// The splits of an artifact less those in the execution property exclude_splits. FAILED_PRECONDITION when none is left.
absl::StatusOr<std::vector<std::string>> SplitsToProcess(const Artifact& artifact,
                                                         const ExecutionProperties& properties);

// The files of one split of an Examples artifact, sorted: those of its custom property custom_split_pattern (a JSON
// object of patterns below the URI by split) where that names the split, else those of Split-<split>/. NOT_FOUND: there
// are none, or no such directory. INVALID_ARGUMENT: the property is no such object.
absl::StatusOr<std::vector<std::string>> FilesOfSplit(const Artifact& examples, const std::string& split);

// The files of `splits` in all of `examples`, sorted per artifact. NOT_FOUND names the artifact that lacks a split.
absl::StatusOr<std::vector<std::string>> FilesOfSplits(const std::vector<Artifact>& examples,
                                                       const std::vector<std::string>& splits);

// 10036 -> "10,036".
std::string WithThousands(int64_t number);

}  // namespace tfx

#endif  // TFX_COMPONENTS_SPLITS_H_
