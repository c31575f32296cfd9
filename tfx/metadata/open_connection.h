// The first connection to the database that a ConnectionConfig names, and how to open more. What OpenMetadataStore and
// MigrateMetadataStore share.
#ifndef TFX_METADATA_OPEN_CONNECTION_H_
#define TFX_METADATA_OPEN_CONNECTION_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "ml_metadata/proto/metadata_store.pb.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

struct OpenedDatabase {
  std::unique_ptr<SqlConnection> first;
  std::function<absl::StatusOr<std::unique_ptr<SqlConnection>>()> open_another;
  std::string name;         // in messages
  std::string sqlite_file;  // path or file: URI; "" for servers and in memory
  bool in_memory = false;
  bool read_only = false;
};

// `largest`: what one transaction may change: what a call of a store asks for, which stays in memory until its commit,
// or the whole database.
enum class Transactions { kOfACall, kOfAllRows };
// INVALID_ARGUMENT where the config names no database.
absl::StatusOr<OpenedDatabase> OpenDatabase(const ml_metadata::ConnectionConfig& config, int busy_timeout_ms,
                                            Transactions largest = Transactions::kOfACall);

// Commits where the body returns OK, else rolls back and returns its error.
absl::Status InTransaction(SqlConnection& sql, SqlAccess access, absl::FunctionRef<absl::Status()> body);

}  // namespace mlmd

#endif  // TFX_METADATA_OPEN_CONNECTION_H_
