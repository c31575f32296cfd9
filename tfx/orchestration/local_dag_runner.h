// Runs a compiled pipeline on this machine: every node in a thread as soon as the nodes above it are done.
//
//   ASSIGN_OR_RETURN(const ir::Pipeline compiled, CompileToIr(pipeline));
//   LocalDagRunner runner(compiled, pipeline.graph, *store);
//   ASSIGN_OR_RETURN(const RunOutcome outcome, runner.Run({.root = pipeline.root, .num_threads = 4}, *reporter));
//
// A failed node fails only the nodes below it, which are SKIPPED and say because of whom. When the metadata store stops
// answering, nothing further is started; what was under way stays as it is, and the next run asks the store how it
// ended. Before a run, what killed and such runs left is cleaned up (run_lock.h). With one thread nodes run one by one
// in the IR's order.
#ifndef TFX_ORCHESTRATION_LOCAL_DAG_RUNNER_H_
#define TFX_ORCHESTRATION_LOCAL_DAG_RUNNER_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/orchestration/compile.h"
#include "tfx/orchestration/node_launcher.h"
#include "tfx/orchestration/reporter.h"

namespace tfx {

struct LocalRunOptions {
  std::string root;       // directory of the pipeline's artifacts; made absolute
  std::string run_id;     // empty: the local time, as 2026-11-21T01:57:52.826565. An existing one: go on with it
  std::string only_node;  // run just this node, with inputs from the run; needs an existing run_id
  bool use_cache = true;
  int num_threads = 1;  // >= 1: nodes at a time, and threads that a node may use
  uint64_t seed = 0;
  RuntimeParameters runtime_parameters;
  std::string store_name;  // tells the store from others (MetadataConnectionConfig::Name); "": unknown
  std::string program_name = "program";
  std::string program_build_id;
  const std::atomic<bool>* interrupted = nullptr;  // set from outside (a signal): stop cleanly
};

class LocalDagRunner {
 public:
  LocalDagRunner(const ir::Pipeline& pipeline, const PipelineGraph& program, mlmd::MetadataStore& store)
      : pipeline_(pipeline), program_(program), store_(store) {}

  // An error is one of the run as a whole (unknown node, run in progress elsewhere, metadata not writable); failures of
  // nodes are in the outcome.
  absl::StatusOr<RunOutcome> Run(const LocalRunOptions& options, Reporter& reporter);

 private:
  const ir::Pipeline& pipeline_;
  const PipelineGraph& program_;
  mlmd::MetadataStore& store_;
};

// "2026-11-21T01:57:52.826565", local time.
std::string NewRunId();

// The newest run of the pipeline, by its context's id, of which a node ran under `root`: a server may also know runs of
// the same pipeline on other machines. NOT_FOUND.
absl::StatusOr<std::string> NewestRunId(mlmd::MetadataStore& store, const std::string& pipeline,
                                        const std::string& root);

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_LOCAL_DAG_RUNNER_H_
