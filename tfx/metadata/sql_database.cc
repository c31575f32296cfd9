#include "tfx/metadata/sql_database.h"

#include <utility>

#include "tfx/base/status_macros.h"

namespace mlmd {

SqlDatabase::SqlDatabase(std::unique_ptr<SqlConnection> first, Open open, int max_connections)
    : open_(std::move(open)), max_connections_(max_connections) {
  idle_.push_back(first.get());
  connections_.push_back(std::move(first));
}

absl::Status SqlDatabase::Read(Body body) {
  std::unique_lock<std::mutex> turn(entrance_);
  std::shared_lock<std::shared_mutex> lock(transactions_);
  turn.unlock();
  return InTransaction(SqlAccess::kRead, body);
}

absl::Status SqlDatabase::Write(Body body) {
  std::unique_lock<std::mutex> turn(entrance_);
  std::unique_lock<std::shared_mutex> lock(transactions_);
  turn.unlock();
  return InTransaction(SqlAccess::kWrite, body);
}

absl::Status SqlDatabase::InTransaction(SqlAccess access, Body body) {
  ASSIGN_OR_RETURN(SqlConnection * connection, Acquire());
  absl::Status status = connection->Begin(access);
  if (status.ok()) status = body(*connection);
  if (status.ok()) status = connection->Commit();
  if (!status.ok()) connection->Rollback();
  Release(connection);
  return status;
}

absl::StatusOr<SqlConnection*> SqlDatabase::Acquire() {
  std::unique_lock<std::mutex> lock(pool_);
  while (idle_.empty()) {
    if (connections_.size() + opening_ >= max_connections_) {
      has_idle_.wait(lock, [this] { return !idle_.empty(); });
      break;
    }
    ++opening_;
    lock.unlock();
    absl::StatusOr<std::unique_ptr<SqlConnection>> opened = open_();
    lock.lock();
    --opening_;
    if (!opened.ok()) return opened.status();
    connections_.push_back(*std::move(opened));
    return connections_.back().get();
  }
  SqlConnection* connection = idle_.front();
  idle_.erase(idle_.begin());
  return connection;
}

void SqlDatabase::Release(SqlConnection* connection) {
  std::lock_guard<std::mutex> lock(pool_);
  if (connection == connections_.front().get()) {
    idle_.insert(idle_.begin(), connection);
  } else {
    idle_.push_back(connection);
  }
  has_idle_.notify_one();
}

}  // namespace mlmd
