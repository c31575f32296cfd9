// Writes a node's executions into ML Metadata as TFX records them (tfx-core 6): types, the contexts pipeline,
// pipeline_run, node and execution_cache, events with (key, index) paths, states RUNNING then COMPLETE, CACHED, FAILED
// or CANCELED. Thread-safe.
//
// Beside `tfx metadata gc`, which marks artifacts and then looks whether somebody recorded a use of them: who takes
// artifacts first records that, and then looks whether they were marked. So one of both sees the other, and no node
// reads files that go.
#ifndef TFX_ORCHESTRATION_EXECUTION_RECORDS_H_
#define TFX_ORCHESTRATION_EXECUTION_RECORDS_H_

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/dsl/executor.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/orchestration/compile.h"
#include "tfx/orchestration/input_resolution.h"

namespace tfx {

// The custom property __execution_result__: code and message as JSON of tfx.orchestration.ExecutionResult.
void SetExecutionResult(const absl::Status& status, ml_metadata::Execution& execution);

class ExecutionRecords {
 public:
  explicit ExecutionRecords(mlmd::MetadataStore& store) : store_(store) {}

  mlmd::MetadataStore& store() { return store_; }

  // Makes the pipeline's and the run's contexts and ties them; fine when they exist.
  absl::Status RegisterRun(const std::string& pipeline, const std::string& run_id);

  // The contexts that the node's IR names, existing or made now, in the IR's order.
  absl::StatusOr<std::vector<ml_metadata::Context>> NodeContexts(const ir::PipelineNode& node,
                                                                 const RuntimeParameters& parameters);
  absl::StatusOr<ml_metadata::Context> CacheContext(const std::string& key);

  // FAILED_PRECONDITION naming an artifact that was marked for deletion, or deleted, since these were read. For those
  // whose events are recorded.
  absl::Status CheckNotMarked(const ResolvedInputs& artifacts);

  // A new execution in state RUNNING with INPUT events; then CheckNotMarked is for the caller. Answers it with its id.
  absl::StatusOr<ml_metadata::Execution> RegisterExecution(const ir::PipelineNode& node, const ResolvedInputs& inputs,
                                                           const PropertyMap& properties,
                                                           const std::vector<ml_metadata::Context>& contexts);

  // COMPLETE with new output artifacts (state LIVE). `properties` are the execution's final ones.
  absl::Status PublishComplete(const ir::PipelineNode& node, ml_metadata::Execution execution,
                               const ExecutorOutputs& outputs, const PropertyMap& properties,
                               const std::vector<ml_metadata::Context>& contexts);
  // `state` with events of type `event_type` to artifacts that exist already (CACHED, resolvers, importers). Artifacts
  // without an id are made. Ends with CheckNotMarked.
  absl::Status PublishExisting(ml_metadata::Execution execution, ml_metadata::Execution::State state,
                               ml_metadata::Event::Type event_type, const ResolvedInputs& outputs,
                               const std::vector<ml_metadata::Context>& contexts);
  // FAILED or CANCELED with the reason.
  absl::Status PublishFailure(ml_metadata::Execution execution, ml_metadata::Execution::State state,
                              const absl::Status& reason);

  absl::StatusOr<int64_t> ArtifactTypeId(const ml_metadata::ArtifactType& type);

 private:
  absl::StatusOr<ml_metadata::Context> GetOrMakeContext(const std::string& type, const std::string& name);

  mlmd::MetadataStore& store_;
  std::mutex mutex_;
  std::map<std::string, int64_t> type_ids_;  // "artifact/Examples" and the like
};

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_EXECUTION_RECORDS_H_
