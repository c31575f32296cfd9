// Ordering and paging of lists: ORDER BY, LIMIT, and ML Metadata's page token (the URL-safe base64 of a
// ListOperationNextPageToken), which other implementations of the service read and write as well.
#ifndef TFX_METADATA_LIST_QUERY_H_
#define TFX_METADATA_LIST_QUERY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

class ListQuery {
 public:
  // INVALID_ARGUMENT: limit below 1, a token that does not parse or was made for another order.
  static absl::StatusOr<ListQuery> FromOptions(const ListOptions& options);

  // Completes "joins and WHERE" over table alias N; asks for one row more than the limit, to know whether a page
  // follows.
  std::string AppendTo(std::string_view tail, std::vector<SqlValue>* values) const;

  // The value that rows are ordered by.
  int64_t FieldOf(int64_t id, int64_t create_time, int64_t last_update_time) const;
  // `listed_ids`: the ids of the page with the same field value as its last row.
  std::string NextToken(int64_t last_id, int64_t last_field, absl::Span<const int64_t> listed_ids) const;

 private:
  ListOptions options_;
  std::optional<ml_metadata::ListOperationNextPageToken> token_;
};

}  // namespace mlmd

#endif  // TFX_METADATA_LIST_QUERY_H_
