// What the store asks of a SQL database. One class per database implements it; everything above is database-neutral SQL
// with `?` parameters. Values never become part of the SQL text.
//
//   RETURN_IF_ERROR(sql.Select("SELECT name FROM Type WHERE id = ?", {id}, [&](const SqlRow& row) {
//     name = row.Text(0);
//     return absl::OkStatus();
//   }));
//
// A connection is used by one thread at a time. SQL texts should repeat: statements are prepared once and kept.
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

// NULL, integer, floating point, text. Texts must outlive the call they are given to.
using SqlValue = std::variant<std::monostate, int64_t, double, std::string_view>;

// Columns count from 0. A NULL reads as 0 or "".
class SqlRow {
 public:
  virtual ~SqlRow() = default;
  virtual bool IsNull(int column) const = 0;
  virtual int64_t Int(int column) const = 0;
  virtual double Double(int column) const = 0;
  virtual std::string_view Text(int column) const = 0;  // valid until the callback returns
};

enum class SqlAccess { kRead, kWrite };

class SqlConnection {
 public:
  using RowCallback = absl::FunctionRef<absl::Status(const SqlRow&)>;

  virtual ~SqlConnection() = default;

  // kWrite takes the database's write lock at once, so that a transaction never fails half-way for want of it.
  virtual absl::Status Begin(SqlAccess access) = 0;
  virtual absl::Status Commit() = 0;
  virtual void Rollback() = 0;  // also after a failed Commit; harmless outside a transaction

  // Runs a statement to its end. A violated UNIQUE constraint is ALREADY_EXISTS.
  virtual absl::Status Run(std::string_view sql, absl::Span<const SqlValue> values) = 0;
  // Runs an INSERT into a table with a generated id and returns that id.
  virtual absl::StatusOr<int64_t> Insert(std::string_view sql, absl::Span<const SqlValue> values) = 0;
  // Calls back for each row until one call fails. The callback must not use the connection.
  virtual absl::Status Select(std::string_view sql, absl::Span<const SqlValue> values, RowCallback callback) = 0;
  // The names of all tables.
  virtual absl::StatusOr<std::vector<std::string>> TableNames() = 0;
};

}  // namespace mlmd

#endif  // TFX_METADATA_SQL_CONNECTION_H_
