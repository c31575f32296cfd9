// Where an execution writes, and how its outputs appear whole or not at all.
//
// Layout under the pipeline's root, as in TFX:
//
//   <node>/<key>/<execution id>/                        an output artifact (a value artifact is the file .../value)
//
//   <node>/.system/executor_execution/<execution id>/   cache_key.json; .temp/ and .staged/<key>/ until it is recorded
//
//   <node>/.system/stateful_working_dir/<index>/        kept over failures and kills, removed after success
//
//   .system/runs/<run id>.lock                          held while a run is alive
//
// Outputs are written under .staged and renamed one by one when all are there; the publisher records them afterwards.
// What a killed process leaves is removed by RemoveExecution.
#ifndef TFX_ORCHESTRATION_OUTPUT_STAGING_H_
#define TFX_ORCHESTRATION_OUTPUT_STAGING_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/dsl/executor.h"
#include "tfx/orchestration/compile.h"

namespace tfx {

class OutputStaging {
 public:
  OutputStaging(std::string_view root, std::string_view node_id, int64_t execution_id);

  // Makes the execution's directory. ALREADY_EXISTS where it, or an output with this execution's id, is there: the ids
  // of two metadata stores meet under one root, and nothing of the other store's may be touched.
  absl::Status Claim(const ir::NodeOutputs& specs) const;
  // Makes .staged and .temp empty and gives every output artifact its path and uri. Properties stay.
  absl::Status Prepare(const ir::NodeOutputs& specs, ExecutorOutputs& outputs) const;
  // Renames all staged outputs to their places. .temp stays until Discard, which is for after the record is made.
  absl::Status Publish(const ExecutorOutputs& outputs) const;
  // Removes .staged and .temp.
  absl::Status Discard() const;

  std::string tmp_dir() const;
  std::string cache_record_path() const;

 private:
  std::string root_, node_dir_, system_dir_;
  int64_t execution_id_;
};

std::string CacheRecordPath(std::string_view root, std::string_view node_id, int64_t execution_id);
std::string StatefulDir(std::string_view root, std::string_view node_id, std::string_view index);

// Whether an execution with this id ran under the root, as any of its nodes.
bool HasExecution(std::string_view root, int64_t execution_id);

// Removes what an execution that will never be published has left: its output directories under every key, .staged and
// .temp. The stateful directory and cache_key.json stay. Without .temp it did not begin to write, or was published:
// nothing is removed.
absl::Status RemoveExecution(std::string_view root, std::string_view node_id, int64_t execution_id);

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_OUTPUT_STAGING_H_
