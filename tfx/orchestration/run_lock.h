// Knows which runs are alive, so that what killed ones left can be cleaned up without touching the others.
//
// A run holds an exclusive lock on <root>/.system/runs/<run id>.lock from before its first record to its end; the
// system drops the lock with the process, however it ends. A lock file that can be locked belongs to a dead run, or to
// one that could not bring its records to an end. The file holds the name of the metadata store that has them.
#ifndef TFX_ORCHESTRATION_RUN_LOCK_H_
#define TFX_ORCHESTRATION_RUN_LOCK_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tfx/metadata/metadata_store.h"

namespace tfx {

class RunLock {
 public:
  // FAILED_PRECONDITION where another process holds it. `store_name` is written into the file where it is not "".
  static absl::StatusOr<std::unique_ptr<RunLock>> Acquire(std::string_view root, std::string_view run_id,
                                                          std::string_view store_name = "");
  ~RunLock();                             // removes the file, unless it was to be kept
  void KeepFile() { keep_file_ = true; }  // for the next run to clean up
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  RunLock(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  std::string path_;
  int descriptor_;
  bool keep_file_ = false;
};

// Marks RUNNING executions of dead runs of this pipeline FAILED and removes their half outputs. Answers how many. Runs
// of other pipelines and, by the names in the files, of other stores wait for their own.
absl::StatusOr<int> RecoverDeadRuns(mlmd::MetadataStore& store, const std::string& pipeline, const std::string& root,
                                    std::string_view store_name = "");

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_RUN_LOCK_H_
