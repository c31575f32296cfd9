// Filtering, ordering and paging of lists: WHERE, ORDER BY, LIMIT, and ML Metadata's page token (the URL-safe base64 of
// a ListOperationNextPageToken), which other implementations of the service read and write as well.
#ifndef TFX_METADATA_LIST_QUERY_H_
#define TFX_METADATA_LIST_QUERY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/query/filter.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

std::string_view TableOf(FilterBase base);
// Appends them as parameters; texts point into `from`.
void AppendValues(const std::vector<FilterValue>& from, std::vector<SqlValue>* to);

class ListQuery {
 public:
  // `base`: whose rows are listed. INVALID_ARGUMENT: limit below 1, a filter that does not compile, a token that does
  // not parse or was made for another order.
  static absl::StatusOr<ListQuery> FromOptions(const ListOptions& options, FilterBase base);

  // Completes "joins and WHERE" over table alias N, whose parameters, all behind WHERE, are `values`; asks for one row
  // more than the limit, to know whether a page follows. The values point into this query, which must outlive them.
  std::string AppendTo(std::string_view tail, std::vector<SqlValue>* values) const;

  // As AppendTo, but over the first `window` rows of the order only: quick where many rows pass the filter, which
  // SQLite, knowing no frequencies, takes for few. Its rows are the page where they are more than the limit; else ask
  // AppendTo. nullopt: there is nothing to gain. SQLite only.
  std::optional<std::string> AppendWindowTo(std::string_view tail, int64_t window, std::vector<SqlValue>* values) const;

  // The value that rows are ordered by.
  int64_t FieldOf(int64_t id, int64_t create_time, int64_t last_update_time) const;
  // `listed_ids`: the ids of the page with the same field value as its last row.
  std::string NextToken(int64_t last_id, int64_t last_field, absl::Span<const int64_t> listed_ids) const;

 private:
  // "N.id > ?" for the rows behind the token's, with its values; "" on the first page.
  std::string AfterToken(std::vector<SqlValue>* values) const;
  std::string Order(std::string_view alias) const;  // " ORDER BY ..."
  std::string_view OrderColumn() const;

  FilterBase base_ = FilterBase::kArtifact;
  ListOptions options_;
  std::optional<FilterSql> filter_;
  std::optional<ml_metadata::ListOperationNextPageToken> token_;
};

}  // namespace mlmd

#endif  // TFX_METADATA_LIST_QUERY_H_
