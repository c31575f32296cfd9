// Schema version 10 of ML Metadata, the one that ml-metadata 1.11 and later reads and writes.
#ifndef TFX_METADATA_SQL_SCHEMA_H_
#define TFX_METADATA_SQL_SCHEMA_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

inline constexpr int64_t kSchemaVersion = 10;

enum class SchemaState {
  kEmpty,    // no tables at all
  kCurrent,  // version 10
};

// Reads, never writes. FAILED_PRECONDITION: the tables are not ML Metadata's, or of another version; `database` names
// it.
absl::StatusOr<SchemaState> InspectSchema(SqlConnection& sql, std::string_view database);

// Creates tables, indexes, the version row and the nine system types in an empty SQLite database.
absl::Status CreateSqliteSchema(SqlConnection& sql);

// The statements that CreateSqliteSchema runs for tables and indexes, in order.
std::vector<std::string> SqliteSchemaStatements();

}  // namespace mlmd

#endif  // TFX_METADATA_SQL_SCHEMA_H_
