#include "tfx/metadata/sql_database.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <new>
#include <random>
#include <thread>
#include <utility>

#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"

namespace mlmd {
namespace {

// More would make the first of a batch wait long for little: one fsync is shared by all already.
constexpr size_t kMaxBatch = 128;

// A thread takes about as long to sleep and wake: where a commit costs less, as in memory, waiting only loses.
constexpr std::chrono::nanoseconds kLeastPatience = std::chrono::microseconds(20);
constexpr std::chrono::nanoseconds kMostPatience = std::chrono::milliseconds(10);

bool MayRunAgain(const absl::Status& status) { return absl::IsAborted(status) || absl::IsUnavailable(status); }

// Doubling from about 2 ms to about 250 ms; at random, so that two that met do not meet again.
void Backoff(int attempt) {
  thread_local std::minstd_rand random(std::random_device{}());
  const int most = 4 << std::min(attempt, 6);
  std::this_thread::sleep_for(std::chrono::microseconds(1000 * most / 2 + random() % (1000 * most / 2)));
}

// Nothing of ours throws but where memory ends. Then one call fails; its connection, and who waits for it, go on.
template <typename Call>
absl::Status Guarded(Call call) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("the metadata store ran out of memory; ask for less at a time");
  } catch (const std::exception& e) {
    return absl::InternalError(tfx::Concat("a call to the metadata store threw an exception: ", e.what()));
  }
}

}  // namespace

SqlDatabase::SqlDatabase(std::unique_ptr<SqlConnection> first, Open open, int max_connections, Writers writers)
    : open_(std::move(open)), max_connections_(std::max(1, max_connections)), writers_(writers) {
  idle_.push_back(first.get());
  connections_.push_back(std::move(first));
}

absl::Status SqlDatabase::Read(ReadBody body) {
  if (writers_ == Writers::kMany) {
    return RunRetrying(SqlAccess::kRead, [&](SqlConnection& connection) {
      return body(connection, []() -> absl::StatusOr<Snapshot> { return Snapshot(); });
    });
  }
  const auto run = [&](SqlConnection& connection) {
    // BEGIN reads nothing yet: the state is that of the first statement, and not older than this.
    const Snapshot at_begin{epoch_.load(), generation_.load()};
    return body(connection, [&] { return SnapshotOf(connection, at_begin); });
  };
  bool sent_commit = false;
  if (readers_beside_writer_.load(std::memory_order_acquire)) return RunOnPooled(SqlAccess::kRead, run, &sent_commit);
  std::unique_lock<std::mutex> turn(entrance_);
  std::shared_lock<std::shared_mutex> lock(transactions_);
  turn.unlock();
  return RunOnPooled(SqlAccess::kRead, run, &sent_commit);
}

absl::Status SqlDatabase::Write(Body body) {
  return Guarded(
      [&] { return writers_ == Writers::kMany ? RunRetrying(SqlAccess::kWrite, body) : WriteGrouped(body); });
}

absl::Status SqlDatabase::WriteGrouped(Body body) {
  Pending mine{.body = body};
  std::unique_lock<std::mutex> lock(queue_);
  const bool leads = forming_ == nullptr;
  if (leads) {
    auto fresh = std::make_shared<Batch>();
    fresh->writers.reserve(kMaxBatch);
    forming_ = std::move(fresh);
  }
  const std::shared_ptr<Batch> batch = forming_;
  batch->writers.push_back(&mine);
  if (batch->writers.size() == kMaxBatch) forming_.reset();
  if (!leads) {
    if (forming_ == nullptr || batch->writers.size() == expected_) batch->complete.notify_one();
    batch->ended.wait(lock, [&] { return batch->done; });
    return mine.status;
  }

  lock.unlock();
  {
    std::unique_lock<std::mutex> turn(entrance_);
    std::unique_lock<std::shared_mutex> alone(transactions_);
    turn.unlock();
    // Only now: who came meanwhile comes along.
    lock.lock();
    Close(*batch, lock);
    lock.unlock();
    RunBatch(batch->writers);
    lock.lock();
    batch->done = true;
    expected_ = batch->writers.size() + (forming_ == nullptr ? 0 : forming_->writers.size());
    lock.unlock();
  }
  batch->ended.notify_all();
  return mine.status;
}

void SqlDatabase::Close(Batch& batch, std::unique_lock<std::mutex>& lock) {
  const auto is_complete = [&] { return forming_.get() != &batch || batch.writers.size() >= expected_; };
  bool in_vain = false;
  if (patience_ >= kLeastPatience && !is_complete()) {
    const size_t before = batch.writers.size();
    batch.complete.wait_for(lock, patience_, is_complete);
    in_vain = batch.writers.size() == before;
  }
  patience_ = in_vain ? patience_ / 2 : std::min(kMostPatience, commit_time_ / 2);
  if (forming_.get() == &batch) forming_.reset();
}

void SqlDatabase::RunBatch(absl::Span<Pending* const> batch) noexcept {
  const auto fail_all = [&](const absl::Status& status) {
    for (Pending* writer : batch) writer->status = status;
  };
  absl::StatusOr<SqlConnection*> acquired = Acquire(SqlAccess::kWrite);
  if (!acquired.ok()) return fail_all(acquired.status());
  SqlConnection& connection = **acquired;
  MakeWatcher(connection);
  if (!readers_beside_writer_.load(std::memory_order_relaxed) && connection.AdmitReadersBesideWriter()) {
    readers_beside_writer_.store(true, std::memory_order_release);
  }
  absl::Status together = absl::UnknownError("one alone");
  if (batch.size() > 1) together = RunTogether(connection, batch);
  if (absl::IsAborted(together)) {
    // Another process has the database; each waiting for it once more would help nobody.
    fail_all(together);
  } else if (!together.ok()) {
    // One at a time, so that whoever made the commit fail, by filling the disk for example, fails alone.
    for (Pending* writer : batch) {
      bool sent_commit = false;
      writer->status = RunOnce(connection, SqlAccess::kWrite, writer->body, &sent_commit);
    }
  }
  Release(&connection);
}

absl::Status SqlDatabase::RunTogether(SqlConnection& connection, absl::Span<Pending* const> batch) {
  absl::Status status = connection.Begin(SqlAccess::kWrite);
  bool any = false;
  for (Pending* writer : batch) {
    if (!status.ok()) break;
    status = connection.Run("SAVEPOINT call", {});
    if (!status.ok()) break;
    writer->status = Guarded([&] { return writer->body(connection); });
    if (!connection.InTransaction()) {
      status = absl::UnknownError("the database ended the transaction");
      break;
    }
    if (writer->status.ok()) {
      any = true;
    } else {
      status = connection.Run("ROLLBACK TO call", {});
    }
    if (status.ok()) status = connection.Run("RELEASE call", {});
  }
  if (status.ok() && any) status = Commit(connection);
  if (!status.ok() || !any) connection.Rollback();
  generation_.fetch_add(1);
  if (!status.ok() && on_failed_commit_) on_failed_commit_();
  return status;
}

absl::Status SqlDatabase::Commit(SqlConnection& connection) {
  const auto start = std::chrono::steady_clock::now();
  absl::Status status = connection.Commit();
  commit_time_ = std::chrono::steady_clock::now() - start;
  return status;
}

absl::Status SqlDatabase::RunRetrying(SqlAccess access, Body body) {
  for (int attempt = 1;; ++attempt) {
    bool sent_commit = false;
    absl::Status status = RunOnPooled(access, body, &sent_commit);
    const bool stored_perhaps = sent_commit && !absl::IsAborted(status) && access == SqlAccess::kWrite;
    if (status.ok() || !MayRunAgain(status) || stored_perhaps || attempt == kMaxAttempts) return status;
    // A server that is gone will hardly be back within our patience.
    if (absl::IsUnavailable(status) && attempt >= 3) return status;
    Backoff(attempt);
  }
}

absl::Status SqlDatabase::RunOnPooled(SqlAccess access, Body body, bool* sent_commit) {
  ASSIGN_OR_RETURN(SqlConnection * connection, Acquire(access));
  absl::Status status = RunOnce(*connection, access, body, sent_commit);
  Release(connection);
  return status;
}

absl::Status SqlDatabase::RunOnce(SqlConnection& connection, SqlAccess access, Body body, bool* sent_commit) {
  absl::Status status = connection.Begin(access);
  if (status.ok()) status = Guarded([&] { return body(connection); });
  if (status.ok()) {
    *sent_commit = true;
    status = access == SqlAccess::kWrite && writers_ == Writers::kOne ? Commit(connection) : connection.Commit();
    if (!status.ok() && on_failed_commit_) on_failed_commit_();
  }
  if (!status.ok()) connection.Rollback();
  if (access == SqlAccess::kWrite) generation_.fetch_add(1);
  return status;
}

void SqlDatabase::MakeWatcher(SqlConnection& connection) {
  if (watcher_.load() == &connection) return;
  std::lock_guard<std::mutex> lock(watch_);
  // What others committed up to now, the last watcher would know; it is busy.
  epoch_.fetch_add(1);
  watcher_ = &connection;
  watched_version_.reset();
}

std::optional<int64_t> SqlDatabase::AskWatcher() {
  SqlConnection* const watcher = watcher_;
  {
    std::lock_guard<std::mutex> lock(pool_);
    if (std::erase(idle_, watcher) == 0) return std::nullopt;
  }
  std::optional<int64_t> version;
  (void)Guarded([&]() -> absl::Status {
    ASSIGN_OR_RETURN(version, watcher->DataVersion(SqlConnection::Patience::kDoNotWait));
    return absl::OkStatus();
  });
  Release(watcher);
  return version;
}

void SqlDatabase::NoteWatched(int64_t version) {
  // Asked for the first time: readers that began in this epoch may have read before and after a commit of others.
  if (watched_version_ != version) epoch_.fetch_add(1);
  watched_version_ = version;
}

absl::StatusOr<Snapshot> SqlDatabase::SnapshotOf(SqlConnection& connection, Snapshot at_begin) {
  // Settles the state, where no statement has yet.
  const absl::StatusOr<int64_t> version = connection.DataVersion(SqlConnection::Patience::kWait);
  if (absl::IsUnimplemented(version.status())) return Snapshot();
  RETURN_IF_ERROR(version.status());
  std::lock_guard<std::mutex> lock(watch_);
  if (watcher_ == nullptr) watcher_ = &connection;
  if (watcher_ == &connection) {
    // Ours since the transaction began, so nobody else has asked it meanwhile.
    NoteWatched(*version);
    return Snapshot{epoch_, at_begin.generation};
  }
  Seen& seen = seen_[&connection];
  if (seen.epoch == epoch_ && seen.version == *version) return Snapshot{epoch_, at_begin.generation};
  const std::optional<int64_t> watched = AskWatcher();
  if (!watched.has_value()) return Snapshot();
  NoteWatched(*watched);
  // Where the epoch is not that of the beginning, the others' commit may be after our state.
  if (epoch_ != at_begin.epoch) return Snapshot();
  seen = {*version, epoch_};
  return Snapshot{epoch_, at_begin.generation};
}

absl::StatusOr<SqlConnection*> SqlDatabase::Acquire(SqlAccess access) {
  std::unique_lock<std::mutex> lock(pool_);
  while (idle_.empty()) {
    if (connections_.size() + opening_ >= max_connections_) {
      has_idle_.wait(lock, [this] { return !idle_.empty() || connections_.size() + opening_ < max_connections_; });
      continue;
    }
    ++opening_;
    lock.unlock();
    absl::StatusOr<std::unique_ptr<SqlConnection>> opened = open_();
    lock.lock();
    --opening_;
    if (!opened.ok()) {
      has_idle_.notify_one();
      return opened.status();
    }
    connections_.push_back(*std::move(opened));
    return connections_.back().get();
  }
  // The one used last, but for the watcher: last choice of readers, first of the writer.
  const auto watcher = std::find(idle_.begin(), idle_.end(), watcher_.load());
  if (watcher != idle_.end()) {
    if (access == SqlAccess::kWrite) {
      std::rotate(watcher, watcher + 1, idle_.end());
    } else {
      std::rotate(idle_.begin(), watcher, watcher + 1);
    }
  }
  SqlConnection* connection = idle_.back();
  idle_.pop_back();
  return connection;
}

void SqlDatabase::Release(SqlConnection* connection) {
  std::lock_guard<std::mutex> lock(pool_);
  if (connection->Lost()) {
    std::erase_if(connections_, [&](const auto& owned) { return owned.get() == connection; });
  } else {
    idle_.push_back(connection);
  }
  has_idle_.notify_one();
}

}  // namespace mlmd
