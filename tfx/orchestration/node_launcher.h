// Runs one node of the IR once: driver, cache, executor, publisher.
//
//   1. resolve the inputs, register the execution RUNNING
//   2. executors: Prepare (the driver), then look for a reusable execution; a hit is recorded CACHED and nothing runs
//   3. Do into a staging directory; rename; record COMPLETE with the outputs - or FAILED / CANCELED, and nothing stays
// Resolvers and importers look up or register artifacts instead. Thread-safe: many nodes at the same time.
#ifndef TFX_ORCHESTRATION_NODE_LAUNCHER_H_
#define TFX_ORCHESTRATION_NODE_LAUNCHER_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tfx/dsl/pipeline.h"
#include "tfx/orchestration/cache_key.h"
#include "tfx/orchestration/compile.h"
#include "tfx/orchestration/execution_records.h"

namespace tfx {

enum class NodeState { kPending, kRunning, kComplete, kCached, kFailed, kCanceled, kSkipped, kAlreadyDone };
std::string_view NodeStateName(NodeState state);  // "COMPLETE"; kAlreadyDone is "DONE"
inline bool IsSuccess(NodeState state) {
  return state == NodeState::kComplete || state == NodeState::kCached || state == NodeState::kAlreadyDone;
}

struct NodeResult {
  NodeState state = NodeState::kPending;
  absl::Status status;       // why it failed or was cancelled
  int64_t execution_id = 0;  // 0: none was recorded
  // The store did not say whether the execution's end was recorded: its files and its record stay for the next run.
  bool unsettled = false;
  double seconds = 0;
  std::string summary;                                      // what it made, in a few words
  std::map<std::string, std::vector<std::string>> outputs;  // key -> URIs
};

struct LaunchSettings {
  std::string root;  // absolute
  std::string run_id;
  bool use_cache = true;
  int num_threads = 1;
  uint64_t seed = 0;
  RuntimeParameters runtime_parameters;  // pipeline-run-id and pipeline-root are added by the runner
  std::string program_name;
  std::string program_build_id;
};

struct LaunchCallbacks {
  std::function<void(double fraction, std::string_view text)> on_progress;
  std::function<void(std::string_view line)> on_log;
};

class NodeLauncher {
 public:
  // `program` gives executors by node id; all must outlive the launcher.
  NodeLauncher(const ir::Pipeline& pipeline, const PipelineGraph& program, ExecutionRecords& records,
               LaunchSettings settings);

  // Does not throw, whatever the executor does. A cancelled token before the executor's end gives kCanceled, or kFailed
  // with DEADLINE_EXCEEDED where `timed_out` is set by then.
  NodeResult Launch(const ir::PipelineNode& node, const CancellationToken& cancellation,
                    const std::atomic<bool>& timed_out, const LaunchCallbacks& callbacks);

  const LaunchSettings& settings() const { return settings_; }

 private:
  struct Attempt;
  absl::Status RunResolver(Attempt& attempt);
  absl::Status RunImporter(Attempt& attempt);
  absl::Status RunExecutor(Attempt& attempt);
  absl::Status LookUpCache(Attempt& attempt, const std::string& key, CacheDecision& decision, ResolvedInputs& outputs);
  const Node* FindNode(std::string_view id) const;

  const ir::Pipeline& pipeline_;
  const PipelineGraph& program_;
  ExecutionRecords& records_;
  LaunchSettings settings_;
  std::map<std::string, std::string> executor_classes_;  // from the IR's deployment config
};

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_NODE_LAUNCHER_H_
