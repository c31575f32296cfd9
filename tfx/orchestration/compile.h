// Pipeline -> TFX's intermediate representation (tfx/proto/orchestration/pipeline.proto), the form that runners read.
// Same structure as Python TFX's compiler gives: contexts per node, inputs as context queries, resolvers as input
// graphs, parameters as values, executor class paths in an IntermediateDeploymentConfig. Nodes come in topological
// order by layers, within a layer as they were added.
// The metadata connection config is in it without passwords and private keys.
#ifndef TFX_ORCHESTRATION_COMPILE_H_
#define TFX_ORCHESTRATION_COMPILE_H_

#include "absl/status/statusor.h"
#include "tfx/dsl/pipeline.h"
#include "tfx/proto/orchestration/pipeline.pb.h"

namespace tfx {

namespace ir = orchestration;  // the messages of pipeline.proto

inline constexpr char kRunIdParameter[] = "pipeline-run-id";
inline constexpr char kRootParameter[] = "pipeline-root";

// INVALID_ARGUMENT with all wiring errors (Pipeline::Check) when the pipeline cannot run.
absl::StatusOr<ir::Pipeline> CompileToIr(const Pipeline& pipeline);

// As a .pbtxt file. Deterministic.
std::string IrToText(const ir::Pipeline& pipeline);

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_COMPILE_H_
