// SQLite behind SqlConnection.
//
// Journal: the file's own mode is kept, so that any other client goes on reading it. In rollback mode this connection
// leaves the journal in place between commits (PERSIST: two directory changes fewer per commit, same durability) and
// removes it when it closes. synchronous=FULL: what is committed is on disk.
#ifndef TFX_METADATA_SQLITE_CONNECTION_H_
#define TFX_METADATA_SQLITE_CONNECTION_H_

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
};

absl::StatusOr<std::unique_ptr<SqlConnection>> OpenSqlite(const SqliteOptions& options);

}  // namespace mlmd

#endif  // TFX_METADATA_SQLITE_CONNECTION_H_
