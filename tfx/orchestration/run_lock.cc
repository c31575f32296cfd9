#include "tfx/orchestration/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/orchestration/execution_records.h"
#include "tfx/orchestration/output_staging.h"

namespace tfx {
namespace {

constexpr char kSuffix[] = ".lock";

std::string LockDir(std::string_view root) { return Concat(root, "/.system/runs"); }

// The part of "<pipeline>.<node>" after the pipeline.
std::string NodeId(const std::string& context_name, const std::string& pipeline) {
  return context_name.size() > pipeline.size() + 1 ? context_name.substr(pipeline.size() + 1) : "";
}

absl::StatusOr<int> RecoverRun(mlmd::MetadataStore& store, const std::string& pipeline, const std::string& root,
                               const std::string& run_id, RunLock& lock) {
  ASSIGN_OR_RETURN(const auto run, store.GetContextByTypeAndName("pipeline_run", run_id));
  if (!run) return 0;
  ASSIGN_OR_RETURN(const auto parents, store.GetParentContextsByContext(run->id()));
  if (!parents.empty() && parents[0].name() != pipeline) {
    lock.KeepFile();
    return 0;
  }
  ASSIGN_OR_RETURN(const auto page, store.GetExecutionsByContext(run->id()));
  int recovered = 0;
  for (ml_metadata::Execution execution : page.items) {
    const bool running = execution.last_known_state() == ml_metadata::Execution::RUNNING;
    ASSIGN_OR_RETURN(const auto contexts, store.GetContextsByExecution(execution.id()));
    for (const auto& context : contexts) {
      if (context.type() != "node") continue;
      const std::string node = NodeId(context.name(), pipeline);
      // One that was recorded as done keeps its outputs.
      RETURN_IF_ERROR(running ? RemoveExecution(root, node, execution.id())
                              : OutputStaging(root, node, execution.id()).Discard());
    }
    if (!running) continue;
    execution.set_last_known_state(ml_metadata::Execution::FAILED);
    SetExecutionResult(absl::AbortedError("the process that ran this node ended before the node did"), execution);
    RETURN_IF_ERROR(store.PutExecutions({execution}).status());
    ++recovered;
  }
  return recovered;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RunLock>> RunLock::Acquire(std::string_view root, std::string_view run_id,
                                                          std::string_view store_name) {
  RETURN_IF_ERROR(io::CreateDirectories(LockDir(root)));
  const std::string path = Concat(LockDir(root), "/", run_id, kSuffix);
  while (true) {
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
      return absl::PermissionDeniedError(Concat("cannot open ", path, ": ", std::strerror(errno)));
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      close(descriptor);
      return absl::FailedPreconditionError(Concat("run '", run_id, "' is in progress in another process"));
    }
    // The holder before may have removed the file between our open and our lock: then ours has no name any more.
    struct stat ours, named;
    if (fstat(descriptor, &ours) == 0 && stat(path.c_str(), &named) == 0 && ours.st_ino == named.st_ino) {
      std::unique_ptr<RunLock> lock(new RunLock(path, descriptor));
      const auto size = static_cast<ssize_t>(store_name.size());
      if (size > 0 && (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, store_name.data(), size, 0) != size)) {
        return absl::ResourceExhaustedError(Concat("cannot write ", path, ": ", std::strerror(errno)));
      }
      return lock;
    }
    close(descriptor);
  }
}

RunLock::~RunLock() {
  if (!keep_file_) unlink(path_.c_str());
  close(descriptor_);
}

absl::StatusOr<int> RecoverDeadRuns(mlmd::MetadataStore& store, const std::string& pipeline, const std::string& root,
                                    std::string_view store_name) {
  if (!io::IsDirectory(LockDir(root))) return 0;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, io::ListDirectory(LockDir(root)));
  int recovered = 0;
  for (const std::string& name : names) {
    if (!name.ends_with(kSuffix)) continue;
    const std::string run_id = name.substr(0, name.size() - std::strlen(kSuffix));
    auto lock = RunLock::Acquire(root, run_id);
    if (!lock.ok()) continue;  // alive
    const auto owner = io::ReadFile(Concat(LockDir(root), "/", name));
    if (owner.ok() && !owner->empty() && *owner != store_name) {
      (*lock)->KeepFile();
      continue;
    }
    const auto count = RecoverRun(store, pipeline, root, run_id, **lock);
    if (!count.ok()) {
      (*lock)->KeepFile();
      return count.status();
    }
    recovered += *count;
  }
  return recovered;
}

}  // namespace tfx
