// The schema of a store in a database: what is there, and creating it.
#ifndef TFX_METADATA_SQL_SCHEMA_H_
#define TFX_METADATA_SQL_SCHEMA_H_

#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tfx/metadata/schema_layout.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

// What the database holds; all names in lower case.
struct StoredTable {
  std::set<std::string> columns;
  std::set<std::string> indexes;                // of any origin; SQLite: only those with a name of their own
  std::set<std::set<std::string>> unique_sets;  // columns of the UNIQUE constraints
  bool operator==(const StoredTable&) const = default;
};
using StoredSchema = std::map<std::string, StoredTable>;

absl::StatusOr<StoredSchema> ReadSchema(SqlConnection& sql);

// The version of the store in the database; nullopt: no tables at all (MySQL: or a creation that was interrupted).
// Reads, never writes. FAILED_PRECONDITION: the tables are not ML Metadata's, DATA_LOSS: one is missing. `database`
// names it in messages.
absl::StatusOr<std::optional<int64_t>> SchemaVersionOf(SqlConnection& sql, std::string_view database);

// FAILED_PRECONDITION where `version` is not kSchemaVersion.
absl::Status CheckCurrent(int64_t version, std::string_view database);

// Creates the layout's tables and indexes, the version row and the nine system types; one transaction, which the caller
// holds.
absl::Status CreateSchema(SqlConnection& sql, const SchemaLayout& layout);

// Creates those of the layout's indexes that are missing; a transaction, which the caller holds. Every table is there.
absl::Status CreateMissingIndexes(SqlConnection& sql, const SchemaLayout& layout);

// Inserts those of the nine system types that are missing, as they are in stores that come from older versions.
absl::Status InsertSystemTypes(SqlConnection& sql);

// Until the transaction's end nobody else of this kind of lock changes types or parents of contexts: nothing in the
// tables forbids two types of one name, or a cycle. SQLite's only writer needs no lock.
absl::Status LockTypes(SqlConnection& sql);

// Nobody else creates or migrates this database until the transaction ends (SQLite, PostgreSQL) or the connection
// closes (MySQL, whose CREATE TABLE ends transactions).
absl::Status LockDatabase(SqlConnection& sql);

}  // namespace mlmd

#endif  // TFX_METADATA_SQL_SCHEMA_H_
