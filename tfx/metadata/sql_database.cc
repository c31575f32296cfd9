#include "tfx/metadata/sql_database.h"

#include <utility>

#include "tfx/base/status_macros.h"

namespace mlmd {

SqlDatabase::SqlDatabase(std::unique_ptr<SqlConnection> first, Open open, int max_connections)
    : open_(std::move(open)), max_connections_(max_connections) {
  absl::MutexLock lock(&pool_);
  idle_.push_back(first.get());
  connections_.push_back(std::move(first));
}

absl::Status SqlDatabase::Read(Body body) {
  absl::ReaderMutexLock lock(&transactions_);
  return InTransaction(SqlAccess::kRead, body);
}

absl::Status SqlDatabase::Write(Body body) {
  absl::WriterMutexLock lock(&transactions_);
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
  absl::MutexLock lock(&pool_);
  while (idle_.empty()) {
    if (connections_.size() + opening_ >= max_connections_) {
      const auto has_idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(pool_) { return !idle_.empty(); };
      pool_.Await(absl::Condition(&has_idle));
      break;
    }
    ++opening_;
    pool_.Unlock();
    absl::StatusOr<std::unique_ptr<SqlConnection>> opened = open_();
    pool_.Lock();
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
  absl::MutexLock lock(&pool_);
  if (connection == connections_.front().get()) {
    idle_.insert(idle_.begin(), connection);
  } else {
    idle_.push_back(connection);
  }
}

}  // namespace mlmd
