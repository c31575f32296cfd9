// A database of several connections: many readers at a time, or one writer, each in a transaction of its own.
// Writers of this process queue here instead of in the database's busy loop. Thread-safe.
#ifndef TFX_METADATA_SQL_DATABASE_H_
#define TFX_METADATA_SQL_DATABASE_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

class SqlDatabase {
 public:
  using Open = std::function<absl::StatusOr<std::unique_ptr<SqlConnection>>()>;
  using Body = absl::FunctionRef<absl::Status(SqlConnection&)>;

  // `first` is an open connection; up to max_connections - 1 more are opened when readers meet.
  SqlDatabase(std::unique_ptr<SqlConnection> first, Open open, int max_connections);

  // Runs the body in a transaction: commits where it returns OK, else rolls back and returns the body's error.
  absl::Status Read(Body body);
  absl::Status Write(Body body);

 private:
  absl::Status InTransaction(SqlAccess access, Body body);
  absl::StatusOr<SqlConnection*> Acquire();
  void Release(SqlConnection* connection);

  const Open open_;
  const size_t max_connections_;
  // Standard mutexes, not absl::Mutex: ThreadSanitizer cannot see the locks of an abseil that was built without it.
  std::mutex entrance_;  // held while one waits for transactions_, so that new readers cannot starve a waiting writer
  std::shared_mutex transactions_;  // shared by readers, exclusive for the writer; taken before pool_
  std::mutex pool_;                 // guards all below
  std::condition_variable has_idle_;
  std::vector<std::unique_ptr<SqlConnection>> connections_;
  std::vector<SqlConnection*> idle_;  // the first connection, whose cache is warm, in front
  size_t opening_ = 0;
};

}  // namespace mlmd

#endif  // TFX_METADATA_SQL_DATABASE_H_
