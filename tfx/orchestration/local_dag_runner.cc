#include "tfx/orchestration/local_dag_runner.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "absl/strings/str_format.h"
#include "tfx/base/concat.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/orchestration/output_staging.h"
#include "tfx/orchestration/run_lock.h"

namespace tfx {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kWatchInterval = std::chrono::milliseconds(100);

// The state of one run, shared by its workers and by the thread that watches for Ctrl-C and time limits.
class Schedule {
 public:
  Schedule(const std::vector<const ir::PipelineNode*>& nodes, NodeLauncher& launcher, Reporter& reporter,
           const std::atomic<bool>* interrupted)
      : launcher_(launcher), reporter_(reporter), interrupted_(interrupted) {
    for (const ir::PipelineNode* node : nodes) {
      Entry& entry = *entries_.emplace_back(std::make_unique<Entry>());
      entry.node = node;
      entry.id = node->node_info().id();
      by_id_[entry.id] = &entry;
    }
  }

  void MarkDone(const std::string& id, int64_t execution_id) {
    by_id_.at(id)->result = {.state = NodeState::kAlreadyDone, .execution_id = execution_id, .summary = "done before"};
  }

  void Run(int num_threads) {
    for (const auto& entry : entries_) {
      if (entry->result.state == NodeState::kAlreadyDone) reporter_.NodeFinished(entry->id, entry->result);
    }
    const size_t workers = std::min<size_t>(std::max(num_threads, 1), entries_.size());
    std::vector<std::thread> threads;
    for (size_t i = 0; i < workers; ++i) threads.emplace_back([this] { Work(); });
    Watch(workers);
    for (std::thread& thread : threads) thread.join();
  }

  std::vector<std::pair<std::string, NodeResult>> TakeResults() {
    std::vector<std::pair<std::string, NodeResult>> results;
    for (const auto& entry : entries_) results.emplace_back(entry->id, std::move(entry->result));
    return results;
  }
  bool stopped() const { return stopping_; }
  bool store_lost() const { return store_lost_; }

 private:
  struct Entry {
    const ir::PipelineNode* node = nullptr;
    std::string id;
    NodeResult result;
    // Of the attempt that runs now.
    std::unique_ptr<CancellationToken> token;
    std::unique_ptr<std::atomic<bool>> timed_out;
    Clock::time_point deadline = Clock::time_point::max();
  };

  void Work() {
    std::unique_lock lock(mutex_);
    while (true) {
      Entry* entry = NextReady();
      if (entry == nullptr) {
        if (AllSettled()) break;
        changed_.wait(lock);
        continue;
      }
      RunNode(*entry, lock);
      changed_.notify_all();
    }
    ++workers_done_;
    changed_.notify_all();
  }

  // Under the lock. Settles nodes that cannot run any more.
  Entry* NextReady() {
    for (const auto& entry : entries_) {
      if (entry->result.state != NodeState::kPending) continue;
      if (stopping_) {
        Finish(*entry, {.state = NodeState::kSkipped, .summary = "the run was stopped before"});
        continue;
      }
      if (store_lost_) {
        Finish(*entry, {.state = NodeState::kSkipped, .summary = "because the metadata store stopped answering"});
        continue;
      }
      bool ready = true;
      for (const std::string& upstream : entry->node->upstream_nodes()) {
        const auto it = by_id_.find(upstream);
        if (it == by_id_.end()) continue;  // not part of this run: its outputs are there or not
        const NodeResult& above = it->second->result;
        if (above.state == NodeState::kPending || above.state == NodeState::kRunning) ready = false;
        if (above.state == NodeState::kFailed || above.state == NodeState::kCanceled ||
            above.state == NodeState::kSkipped) {
          const std::string& cause = above.state == NodeState::kSkipped ? causes_[upstream] : upstream;
          causes_[entry->id] = cause;
          Finish(*entry, {.state = NodeState::kSkipped, .summary = Concat("because ", cause, " did not finish")});
          ready = false;
          break;
        }
      }
      if (ready && entry->result.state == NodeState::kPending) return entry.get();
    }
    return nullptr;
  }

  bool AllSettled() const {
    for (const auto& entry : entries_) {
      if (entry->result.state == NodeState::kPending || entry->result.state == NodeState::kRunning) return false;
    }
    return true;
  }

  void Finish(Entry& entry, NodeResult result) {
    entry.result = std::move(result);
    reporter_.NodeFinished(entry.id, entry.result);
  }

  void RunNode(Entry& entry, std::unique_lock<std::mutex>& lock) {
    entry.result.state = NodeState::kRunning;
    reporter_.NodeStarted(entry.id);
    const LaunchCallbacks callbacks{.on_progress =
                                        [this, &entry](double fraction, std::string_view text) {
                                          std::lock_guard guard(mutex_);
                                          reporter_.NodeProgress(entry.id, fraction, text);
                                        },
                                    .on_log =
                                        [this, &entry](std::string_view line) {
                                          std::lock_guard guard(mutex_);
                                          reporter_.NodeLog(entry.id, line);
                                        }};
    const auto& options = entry.node->execution_options();
    for (uint32_t tries_left = options.max_execution_retries();; --tries_left) {
      entry.token = std::make_unique<CancellationToken>();
      entry.timed_out = std::make_unique<std::atomic<bool>>(false);
      entry.deadline = options.execution_timeout_sec() > 0
                           ? Clock::now() + std::chrono::seconds(options.execution_timeout_sec())
                           : Clock::time_point::max();
      lock.unlock();
      NodeResult result = launcher_.Launch(*entry.node, *entry.token, *entry.timed_out, callbacks);
      lock.lock();
      store_lost_ = store_lost_ || result.unsettled;
      if (result.state == NodeState::kFailed && tries_left > 0 && !stopping_ && !store_lost_) {
        reporter_.NodeLog(entry.id, Concat("failed, ", tries_left,
                                           " more tries: ", FitOnScreen(std::string(result.status.message()))));
        continue;
      }
      entry.deadline = Clock::time_point::max();
      Finish(entry, std::move(result));
      return;
    }
  }

  void Watch(size_t workers) {
    std::unique_lock lock(mutex_);
    while (workers_done_ < workers) {
      changed_.wait_for(lock, kWatchInterval);
      if (interrupted_ != nullptr && *interrupted_ && !stopping_) {
        stopping_ = true;
        for (const auto& entry : entries_) {
          if (entry->result.state == NodeState::kRunning) entry->token->Cancel();
        }
        changed_.notify_all();
      }
      for (const auto& entry : entries_) {
        if (entry->result.state == NodeState::kRunning && Clock::now() > entry->deadline && !stopping_) {
          *entry->timed_out = true;
          entry->token->Cancel();
        }
      }
      reporter_.Tick();
    }
  }

  NodeLauncher& launcher_;
  Reporter& reporter_;
  const std::atomic<bool>* interrupted_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::map<std::string, Entry*> by_id_;
  std::map<std::string, std::string> causes_;  // skipped node -> the node that did not finish
  size_t workers_done_ = 0;
  bool stopping_ = false;
  bool store_lost_ = false;  // the end of a node could not be recorded
};

bool IsPlainRunId(std::string_view id) {
  return !id.empty() && id[0] != '.' && id.find('/') == id.npos && id.size() < 200;
}

}  // namespace

std::string NewRunId() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count() % 1'000'000;
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &local);
  return absl::StrFormat("%s.%06d", text, micros);
}

absl::StatusOr<std::string> NewestRunId(mlmd::MetadataStore& store, const std::string& pipeline,
                                        const std::string& root) {
  ASSIGN_OR_RETURN(const auto context, store.GetContextByTypeAndName("pipeline", pipeline));
  const absl::Status none = absl::NotFoundError(Concat("no run of pipeline '", pipeline, "' under ", root, " yet"));
  if (!context) return none;
  ASSIGN_OR_RETURN(auto runs, store.GetChildrenContextsByContext(context->id()));
  std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.id() > b.id(); });
  for (const auto& run : runs) {
    if (run.type() != "pipeline_run") continue;
    ASSIGN_OR_RETURN(const auto executions, store.GetExecutionsByContext(run.id()));
    for (const auto& execution : executions.items) {
      if (HasExecution(root, execution.id())) return run.name();
    }
  }
  return none;
}

absl::StatusOr<RunOutcome> LocalDagRunner::Run(const LocalRunOptions& options, Reporter& reporter) {
  const auto start = Clock::now();
  const std::string& name = pipeline_.pipeline_info().id();
  std::vector<const ir::PipelineNode*> nodes;
  std::vector<std::string> ids;
  for (const auto& entry : pipeline_.nodes()) {
    ids.push_back(entry.pipeline_node().node_info().id());
    if (options.only_node.empty() || ids.back() == options.only_node) nodes.push_back(&entry.pipeline_node());
  }
  if (nodes.empty()) {
    return absl::InvalidArgumentError(Concat("no node '", options.only_node, "'", DidYouMean(options.only_node, ids)));
  }
  const bool fresh = options.run_id.empty();
  if (!fresh && !IsPlainRunId(options.run_id)) {
    return absl::InvalidArgumentError(Concat("run id '", options.run_id, "' must be short and without '/'"));
  }
  LaunchSettings settings{.root = io::AbsolutePath(options.root),
                          .run_id = fresh ? NewRunId() : options.run_id,
                          .use_cache = options.use_cache,
                          .num_threads = std::max(options.num_threads, 1),
                          .seed = options.seed,
                          .runtime_parameters = options.runtime_parameters,
                          .program_name = options.program_name,
                          .program_build_id = options.program_build_id};
  settings.runtime_parameters[kRunIdParameter] = settings.run_id;
  settings.runtime_parameters[kRootParameter] = settings.root;

  RETURN_IF_ERROR(RecoverDeadRuns(store_, name, settings.root, options.store_name).status());
  ASSIGN_OR_RETURN(const auto lock, RunLock::Acquire(settings.root, settings.run_id, options.store_name));
  ExecutionRecords records(store_);
  RETURN_IF_ERROR(records.RegisterRun(name, settings.run_id));
  NodeLauncher launcher(pipeline_, program_, records, settings);
  Schedule schedule(nodes, launcher, reporter, options.interrupted);
  std::vector<std::string> chosen;
  for (const ir::PipelineNode* node : nodes) chosen.push_back(node->node_info().id());
  if (!fresh && options.only_node.empty()) {
    for (const ir::PipelineNode* node : nodes) {
      ASSIGN_OR_RETURN(const auto contexts, records.NodeContexts(*node, settings.runtime_parameters));
      ASSIGN_OR_RETURN(const auto done, NewestSuccess(store_, contexts));
      if (done) schedule.MarkDone(node->node_info().id(), done->id());
    }
  }
  reporter.RunStarted(name, settings.run_id, chosen);
  schedule.Run(settings.num_threads);
  if (schedule.store_lost()) lock->KeepFile();

  RunOutcome outcome{.run_id = settings.run_id, .nodes = schedule.TakeResults()};
  for (const auto& [id, result] : outcome.nodes) {
    if (!IsSuccess(result.state)) outcome.exit_code = 1;
  }
  if (schedule.stopped() && outcome.exit_code != 0) outcome.exit_code = 130;
  outcome.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  reporter.RunFinished(outcome);
  return outcome;
}

}  // namespace tfx
