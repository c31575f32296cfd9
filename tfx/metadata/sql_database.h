// A database of several connections: many readers at a time beside one writer (SQLite) or many writers (servers), each
// in a transaction of its own. Thread-safe.
//
// One writer: writers of this process queue here instead of in the database's busy loop, and those that wait together
// are committed together, each within a savepoint of its own: one fsync for all of them, and a body that fails takes
// nothing of its neighbours with it. A call returns when the commit that holds its work is done. Who has just been
// answered often comes again at once: without a wait the first of them would commit alone, and all others would wait
// for that. So a batch waits for as many as were there when the last one ended, for half the time of the last commit
// and 10 ms at most, and half as long after a wait in which nobody came. One writer alone never waits; where a
// commit takes microseconds only, as in memory, nobody does.
//
// One writer also means that it can be known what was committed since some transaction read (Snapshot); only SQLite's
// data_version tells of others. A connection's version changes with every commit of another connection, whether another
// program's or ours. So the connection that commits for us is the watcher: its version changes by what others commit,
// and by nothing else. Whoever reads on another connection and finds its version changed asks the watcher whether that
// was us alone. Readers leave the watcher to the writers while they can; where it is busy, a read goes without
// Snapshot, and where a write must take another connection, the epoch ends. It ends once more when a new watcher is
// asked for the first time: what others had committed until then, nobody can tell. This trusts what SQLite itself
// trusts when it keeps the pages of a file from one transaction to the next.
//
// Many writers: a transaction that ends with ABORTED (deadlock, lock timeout) or loses its connection before COMMIT was
// sent is run again, some milliseconds later, up to kMaxAttempts times.
#ifndef TFX_METADATA_SQL_DATABASE_H_
#define TFX_METADATA_SQL_DATABASE_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

// The committed state that a read transaction sees, for what is kept from one transaction to another (node_cache.h).
// Between the states of two transactions with the same epoch lie only write transactions of this SqlDatabase.
struct Snapshot {
  uint64_t epoch = 0;       // 0: not known; nothing may be kept or served
  uint64_t generation = 0;  // the state holds at least this many of its write transactions
};

class SqlDatabase {
 public:
  static constexpr int kMaxAttempts = 12;

  enum class Writers { kOne, kMany };
  using Open = std::function<absl::StatusOr<std::unique_ptr<SqlConnection>>()>;
  using Body = absl::FunctionRef<absl::Status(SqlConnection&)>;

  // `first` is an open connection; up to max_connections - 1 more are opened when calls meet.
  SqlDatabase(std::unique_ptr<SqlConnection> first, Open open, int max_connections, Writers writers);

  // Runs the body in a transaction: commits where it returns OK, else rolls back and returns the body's error. A body
  // may run more than once, and on another thread while its caller waits; only its last run counts. A reading body asks
  // for its snapshot where it wants one, as often as it likes.
  using GetSnapshot = absl::FunctionRef<absl::StatusOr<Snapshot>()>;
  using ReadBody = absl::FunctionRef<absl::Status(SqlConnection&, GetSnapshot)>;
  // RESOURCE_EXHAUSTED where a body runs out of memory, INTERNAL where it throws anything else.
  absl::Status Read(ReadBody body);
  absl::Status Write(Body body);

  // One writer, asked by its body: what Snapshot::generation will be once the body's work is committed.
  uint64_t generation_of_write() const { return generation_.load() + 1; }

  // Called when a commit failed: what its bodies have seen of each other is void. Set before the first call.
  void OnFailedCommit(std::function<void()> callback) { on_failed_commit_ = std::move(callback); }

 private:
  // A writer that waits for the commit of its batch.
  struct Pending {
    Body body;
    absl::Status status;
  };
  // Writers that commit together. The first to come leads: it waits for its turn and runs the bodies of all. All is
  // guarded by queue_, but the writers, once nobody may join, are the leader's.
  struct Batch {
    std::vector<Pending*> writers;
    std::condition_variable complete;  // as many as are expected
    bool done = false;                 // then every status is final
    std::condition_variable ended;
  };

  absl::Status WriteGrouped(Body body);
  // Holds queue_ by `lock`. Gives those who are expected a moment to join; from then on nobody may.
  void Close(Batch& batch, std::unique_lock<std::mutex>& lock);
  // All others wait for it: rather than that they wait for ever, an exception here, which is no body's, ends the
  // process.
  void RunBatch(absl::Span<Pending* const> batch) noexcept;
  // OK: every status of the batch is final. Else nothing was stored.
  absl::Status RunTogether(SqlConnection& connection, absl::Span<Pending* const> batch);
  absl::Status Commit(SqlConnection& connection);  // the one writer's
  absl::Status RunRetrying(SqlAccess access, Body body);
  // `sent_commit`: whether the transaction may have been stored.
  absl::Status RunOnce(SqlConnection& connection, SqlAccess access, Body body, bool* sent_commit);
  absl::Status RunOnPooled(SqlAccess access, Body body, bool* sent_commit);
  // `access`: who reads leaves the watcher alone while another connection is idle, who writes prefers it.
  absl::StatusOr<SqlConnection*> Acquire(SqlAccess access);
  void Release(SqlConnection* connection);

  // In a read transaction on `connection`; epoch and generation were read before its first statement.
  absl::StatusOr<Snapshot> SnapshotOf(SqlConnection& connection, Snapshot at_begin);
  // Before a write transaction on `connection`.
  void MakeWatcher(SqlConnection& connection);
  // The watcher's version, where it is idle; it is not waited for, nor for other programs' locks.
  std::optional<int64_t> AskWatcher();
  // Holds watch_. The watcher's version is this now: the epoch ends, unless it was this when it was asked before.
  void NoteWatched(int64_t version);

  const Open open_;
  const size_t max_connections_;
  const Writers writers_;
  std::function<void()> on_failed_commit_;

  // Standard mutexes, not absl::Mutex: ThreadSanitizer cannot see the locks of an abseil that was built without it.
  std::mutex entrance_;  // held while one waits for transactions_, so that new readers cannot starve a waiting writer
  std::shared_mutex transactions_;  // one writer: shared by readers, exclusive for the writer; taken before pool_
  std::atomic<bool> readers_beside_writer_{false};  // then readers leave transactions_ alone

  std::mutex queue_;                // guards the next two; taken after the two above
  std::shared_ptr<Batch> forming_;  // who comes now joins it; none: leads the next
  size_t expected_ = 1;             // writers that were there when the last batch ended, its own among them

  std::chrono::nanoseconds patience_{0};     // the leader's while it has its turn, as is the next
  std::chrono::nanoseconds commit_time_{0};  // of the last commit

  std::atomic<uint64_t> generation_{0};           // write transactions that have ended, whatever became of them
  std::atomic<uint64_t> epoch_{1};                // changed under watch_ only
  std::atomic<SqlConnection*> watcher_{nullptr};  // likewise
  std::mutex watch_;                              // guards all below; taken before pool_
  std::optional<int64_t> watched_version_;        // of the watcher when it was asked last; none since it became watcher
  struct Seen {
    int64_t version = 0;
    uint64_t epoch = 0;
  };
  // The last version of a connection that was found to be of that epoch.
  absl::flat_hash_map<const SqlConnection*, Seen> seen_;

  std::mutex pool_;  // guards all below
  std::condition_variable has_idle_;
  std::vector<std::unique_ptr<SqlConnection>> connections_;
  std::vector<SqlConnection*> idle_;  // the one used last, whose cache is warm, at the back
  size_t opening_ = 0;
};

}  // namespace mlmd

#endif  // TFX_METADATA_SQL_DATABASE_H_
