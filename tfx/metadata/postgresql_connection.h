// PostgreSQL behind SqlConnection, through its client library (libpq).
//
// `?` becomes $1, $2, ... when a statement is prepared. Texts must be valid in the database's encoding (UTF-8 as a
// rule) and hold no NUL; others are INVALID_ARGUMENT. Reads are REPEATABLE READ, writes READ COMMITTED with row locks
// where a row is read to be written.
#ifndef TFX_METADATA_POSTGRESQL_CONNECTION_H_
#define TFX_METADATA_POSTGRESQL_CONNECTION_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "ml_metadata/proto/metadata_store.pb.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

// How messages name the database: "PostgreSQL database mlmd at db.example:5432".
std::string PostgresqlName(const ml_metadata::PostgreSQLDatabaseConfig& config);

// What is wrong with the config itself: INVALID_ARGUMENT names the field. Asks no server.
absl::Status CheckPostgresql(const ml_metadata::PostgreSQLDatabaseConfig& config);

// Connects, and creates the database where it does not exist, unless skip_db_creation. UNIMPLEMENTED in a program that
// was built without libpq.
absl::StatusOr<std::unique_ptr<SqlConnection>> OpenPostgresql(const ml_metadata::PostgreSQLDatabaseConfig& config,
                                                              int lock_timeout_ms);

}  // namespace mlmd

#endif  // TFX_METADATA_POSTGRESQL_CONNECTION_H_
