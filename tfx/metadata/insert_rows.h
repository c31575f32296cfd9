// Inserts many rows with few statements of few different lengths, so that the prepared statements can be reused.
#ifndef TFX_METADATA_INSERT_ROWS_H_
#define TFX_METADATA_INSERT_ROWS_H_

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

enum class OnDuplicateRow { kFail, kSkip };

// Calls run(statement, values, rows) for every chunk of rows. `head`: "INSERT INTO T (a, b) VALUES "; `values`: row
// after row, `columns` each.
template <typename Run>
absl::Status ForEachInsert(std::string_view head, size_t columns, absl::Span<const SqlValue> values, Run run) {
  constexpr size_t kMost = 32;
  std::string row = ",(?";
  for (size_t i = 1; i < columns; ++i) row += ",?";
  row += ")";
  for (size_t left = values.size() / columns; left > 0;) {
    const size_t rows = std::min(kMost, std::bit_floor(left));
    std::string statement;
    statement.reserve(head.size() + rows * row.size());
    tfx::Append(&statement, head, std::string_view(row).substr(1));
    for (size_t i = 1; i < rows; ++i) statement += row;
    RETURN_IF_ERROR(run(statement, values.subspan(values.size() - left * columns, rows * columns), rows));
    left -= rows;
  }
  return absl::OkStatus();
}

inline absl::Status InsertRows(SqlConnection& sql, std::string_view head, size_t columns,
                               absl::Span<const SqlValue> values, OnDuplicateRow on_duplicate) {
  return ForEachInsert(head, columns, values,
                       [&](const std::string& statement, absl::Span<const SqlValue> part, size_t) {
                         return on_duplicate == OnDuplicateRow::kSkip ? sql.InsertUnlessPresent(statement, part)
                                                                      : sql.Run(statement, part);
                       });
}

// Into a table with a generated id; the ids, in the order of the rows. ALREADY_EXISTS: `explain(i)` says it for row i.
template <typename Explain>
absl::StatusOr<std::vector<int64_t>> InsertForIds(SqlConnection& sql, std::string_view head, size_t columns,
                                                  absl::Span<const SqlValue> values, Explain explain) {
  const size_t rows = values.size() / columns;
  std::vector<int64_t> ids;
  ids.reserve(rows);
  if (sql.dialect() == SqlDialect::kSqlite && rows > 1) {
    const absl::Status status =
        ForEachInsert(head, columns, values,
                      [&](const std::string& statement, absl::Span<const SqlValue> part, size_t n) -> absl::Status {
                        ASSIGN_OR_RETURN(const int64_t last, sql.Insert(statement, part));
                        for (size_t i = n; i-- > 0;) ids.push_back(last - static_cast<int64_t>(i));
                        return absl::OkStatus();
                      });
    // A statement that fails has inserted nothing; the rest, row by row, finds out which.
    if (!absl::IsAlreadyExists(status)) return status.ok() ? absl::StatusOr<std::vector<int64_t>>(ids) : status;
  }
  for (size_t i = ids.size(); i < rows; ++i) {
    const absl::Status status =
        ForEachInsert(head, columns, values.subspan(i * columns, columns),
                      [&](const std::string& statement, absl::Span<const SqlValue> row, size_t) -> absl::Status {
                        ASSIGN_OR_RETURN(ids.emplace_back(), sql.Insert(statement, row));
                        return absl::OkStatus();
                      });
    if (absl::IsAlreadyExists(status)) return explain(i);
    RETURN_IF_ERROR(status);
  }
  return ids;
}

}  // namespace mlmd

#endif  // TFX_METADATA_INSERT_ROWS_H_
