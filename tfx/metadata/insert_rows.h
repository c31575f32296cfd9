// Inserts many rows with few statements of few different lengths, so that the prepared statements can be reused.
#ifndef TFX_METADATA_INSERT_ROWS_H_
#define TFX_METADATA_INSERT_ROWS_H_

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

enum class OnDuplicateRow { kFail, kSkip };

// `head`: "INSERT INTO T (a, b) VALUES "; `values`: row after row, `columns` each.
inline absl::Status InsertRows(SqlConnection& sql, std::string_view head, size_t columns,
                               absl::Span<const SqlValue> values, OnDuplicateRow on_duplicate) {
  constexpr size_t kMost = 32;
  std::string row = "(?";
  for (size_t i = 1; i < columns; ++i) row += ",?";
  row += ")";
  for (size_t left = values.size() / columns; left > 0;) {
    const size_t rows = std::min(kMost, std::bit_floor(left));
    std::string statement(head);
    statement.reserve(head.size() + rows * (row.size() + 1));
    for (size_t i = 0; i < rows; ++i) tfx::Append(&statement, i == 0 ? "" : ",", row);
    const absl::Span<const SqlValue> part = values.subspan(values.size() - left * columns, rows * columns);
    RETURN_IF_ERROR(on_duplicate == OnDuplicateRow::kSkip ? sql.InsertUnlessPresent(statement, part)
                                                          : sql.Run(statement, part));
    left -= rows;
  }
  return absl::OkStatus();
}

}  // namespace mlmd

#endif  // TFX_METADATA_INSERT_ROWS_H_
