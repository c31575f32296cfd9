// Finds the artifacts that a node's inputs stand for, by the queries in the IR.
//
// A channel with a pipeline_run query: the newest successful execution in all its contexts gives its output events with
// the key. A channel without one (a resolver's) looks at all runs of the pipeline. Only LIVE artifacts of the asked
// type count, each once. Answers are in a stable order: of the events' paths, resolvers newest first.
#ifndef TFX_ORCHESTRATION_INPUT_RESOLUTION_H_
#define TFX_ORCHESTRATION_INPUT_RESOLUTION_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/orchestration/compile.h"

namespace tfx {

using ResolvedInputs = std::map<std::string, std::vector<ml_metadata::Artifact>>;

// Values of runtime parameters, pipeline-run-id and pipeline-root among them.
using RuntimeParameters = std::map<std::string, std::string>;

// A parameter or name with its runtime parameter filled in. INVALID_ARGUMENT naming the parameter when it has neither
// value nor default or does not parse as its type; UNIMPLEMENTED for placeholders.
absl::StatusOr<ml_metadata::Value> ResolveValue(const ir::Value& value, const RuntimeParameters& parameters);

// Inputs of a node, hidden ones left out. FAILED_PRECONDITION naming the input where there are fewer than min_count
// artifacts; NOT_FOUND where a resolver has fewer than it must give.
absl::StatusOr<ResolvedInputs> ResolveInputs(mlmd::MetadataStore& store, const ir::PipelineNode& node,
                                             const RuntimeParameters& parameters);

// Whether all contexts exist and hold a successful (COMPLETE or CACHED) execution in common: the newest.
absl::StatusOr<std::optional<ml_metadata::Execution>> NewestSuccess(mlmd::MetadataStore& store,
                                                                    const std::vector<ml_metadata::Context>& contexts);

// Artifacts of an execution's output events, by key, in the order of the paths' indices.
absl::StatusOr<ResolvedInputs> OutputsOf(mlmd::MetadataStore& store, int64_t execution_id);

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_INPUT_RESOLUTION_H_
