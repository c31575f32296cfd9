// What the store asks of a SQL database. One class per database implements it; everything above is database-neutral SQL
// with `?` parameters. Values never become part of the SQL text.
//
//   RETURN_IF_ERROR(sql.Select("SELECT name FROM Type WHERE id = ?", {id}, [&](const SqlRow& row) {
//     name = row.Text(0);
//     return absl::OkStatus();
//   }));
//
// SQL that runs on all three (SQLite, MariaDB/MySQL, PostgreSQL):
// - names of tables and columns are written bare, as `Artifact` and `type_id`: PostgreSQL folds them, MySQL does not;
// - a column of truth values (is_custom_property, is_index_step, bool_value) is given and compared with a bool;
// - `?` stands for one value anywhere but inside quotes; PostgreSQL takes the kind of a text from where it stands;
// - comparing texts follows the database: MySQL's default collations ignore case and trailing blanks.
//
// A connection is used by one thread at a time. SQL texts should repeat: statements are prepared once and kept, at most
// kMostStatements of them (filters of users make ever new texts); then all are dropped and the next ones kept. Messages
// hold neither SQL nor passwords; they name the database as the user's configuration does.
#ifndef TFX_METADATA_SQL_CONNECTION_H_
#define TFX_METADATA_SQL_CONNECTION_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace mlmd {

// NULL, integer, floating point, text, truth value. Texts must outlive the call they are given to.
using SqlValue = std::variant<std::monostate, int64_t, double, std::string_view, bool>;

// Columns count from 0. A NULL reads as 0 or "". A truth value reads as 0 or 1.
class SqlRow {
 public:
  virtual ~SqlRow() = default;
  virtual bool IsNull(int column) const = 0;
  virtual int64_t Int(int column) const = 0;
  virtual double Double(int column) const = 0;
  virtual std::string_view Text(int column) const = 0;  // valid until the callback returns
};

inline constexpr size_t kMostStatements = 512;  // prepared and kept per connection

enum class SqlAccess { kRead, kWrite };
enum class SqlDialect { kSqlite, kMysql, kPostgresql };

class SqlConnection {
 public:
  using RowCallback = absl::FunctionRef<absl::Status(const SqlRow&)>;

  virtual ~SqlConnection() = default;

  virtual SqlDialect dialect() const = 0;

  // kRead sees one state of the database until its end. kWrite: SQLite takes the write lock at once, so that a
  // transaction never fails half-way for want of it; the others lock rows as they are written, and a transaction that
  // meets a deadlock or a lock timeout fails with ABORTED and may be run again. A connection that was lost while idle
  // is opened again, once.
  virtual absl::Status Begin(SqlAccess access) = 0;
  // UNAVAILABLE here means: the connection broke, and whether the transaction was stored is not known.
  virtual absl::Status Commit() = 0;
  virtual void Rollback() = 0;  // also after a failed Commit; harmless outside a transaction
  // False where the database ended the transaction itself, as SQLite does when the disk is full.
  virtual bool InTransaction() = 0;
  // A lost connection is of no more use; whoever pools it closes it.
  virtual bool Lost() const { return false; }
  // Asked before a write transaction while no other transaction of this process runs: lets the database prepare to have
  // readers beside a writer. True where they can be.
  virtual bool AdmitReadersBesideWriter() { return true; }

  // A number that, in the transaction (outside of one: now), differs from what it was in an earlier transaction of this
  // connection if another connection committed in between; own commits do not change it. UNIMPLEMENTED where the
  // database has no such number. kDoNotWait: ABORTED instead of waiting for another program's lock.
  enum class Patience { kWait, kDoNotWait };
  virtual absl::StatusOr<int64_t> DataVersion(Patience) { return absl::UnimplementedError("no data version"); }

  // Runs a statement to its end. A violated UNIQUE constraint is ALREADY_EXISTS, a value that the column cannot hold
  // INVALID_ARGUMENT, a broken connection UNAVAILABLE (nothing of the transaction is stored then).
  virtual absl::Status Run(std::string_view sql, absl::Span<const SqlValue> values) = 0;
  // Runs an INSERT of one row into a table with a generated id and returns that id; of several rows on SQLite: the id
  // of the last, which follows the others' without a gap.
  virtual absl::StatusOr<int64_t> Insert(std::string_view sql, absl::Span<const SqlValue> values) = 0;
  // Runs "INSERT INTO ... VALUES (...), ..."; leaves out the rows that a UNIQUE constraint forbids. For tables of
  // numbers: MySQL would cut texts that are too long.
  virtual absl::Status InsertUnlessPresent(std::string_view sql, absl::Span<const SqlValue> values) = 0;
  // Calls back for each row until one call fails. The callback must not use the connection.
  virtual absl::Status Select(std::string_view sql, absl::Span<const SqlValue> values, RowCallback callback) = 0;
  // The names of all tables, as the database spells them.
  virtual absl::StatusOr<std::vector<std::string>> TableNames() = 0;
};

// Ends a SELECT of rows that the same transaction will write: nobody else changes them meanwhile.
inline std::string_view LockRows(const SqlConnection& sql) {
  return sql.dialect() == SqlDialect::kSqlite ? "" : " FOR UPDATE";
}

}  // namespace mlmd

#endif  // TFX_METADATA_SQL_CONNECTION_H_
