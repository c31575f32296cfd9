// SQLite behind SqlConnection.
//
// Journal. At rest the file has the mode in which it was found, "delete" where we made it. The first write on a local
// disk turns it into a write-ahead log: one fsync per commit instead of three, and readers beside the writer; the last
// connection to close turns it back. Every client of SQLite follows both turns. Where the log cannot be (another
// process has the file at that moment, a network's file system), the journal stays in place between commits (PERSIST).
// After a kill the file stays in WAL mode, with its -wal file of up to about 16 MiB: copy both, or open it once.
// synchronous=FULL: what is committed is on disk in every mode.
#ifndef TFX_METADATA_SQLITE_CONNECTION_H_
#define TFX_METADATA_SQLITE_CONNECTION_H_

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

struct SqliteOptions {
  enum class Mode { kReadOnly, kReadWrite, kReadWriteCreate };
  std::string filename;  // path or file: URI; ":memory:" for a private database in memory
  Mode mode = Mode::kReadWriteCreate;
  int busy_timeout_ms = 30'000;
  // Whether a transaction may change more than memory holds. If not, changed pages stay there until its commit, which
  // writes them all at once, through the buffer of sqlite_log_buffer.h.
  bool may_spill = false;
  // Shared by the connections of one store: one of them turned the file into a write-ahead log.
  std::shared_ptr<std::atomic<bool>> entered_wal = std::make_shared<std::atomic<bool>>(false);
};

absl::StatusOr<std::unique_ptr<SqlConnection>> OpenSqlite(const SqliteOptions& options);

}  // namespace mlmd

#endif  // TFX_METADATA_SQLITE_CONNECTION_H_
