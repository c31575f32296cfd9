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

// Which rows a list is chosen from, before filter and paging: those of the base's table, alias N, that pass `where`.
struct ListedRows {
  std::string_view link;         // "" or a table, alias L, that ties them to something
  std::string_view link_column;  // its column that has their ids
  std::string_view where;        // "" or a condition, on L alone where there is one
  std::vector<SqlValue> values;  // parameters of `where`; texts outlive the list

  std::string Joins() const;  // "JOIN ..." or ""
  std::string Id() const;     // the id in whichever table an index has in order of it
};

class ListQuery {
 public:
  // `base`: whose rows are listed. INVALID_ARGUMENT: limit below 1, a filter that does not compile, a token that does
  // not parse or was made for another order.
  static absl::StatusOr<ListQuery> FromOptions(const ListOptions& options, FilterBase base);

  // What follows "FROM <table> N": joins, WHERE, ORDER BY, LIMIT, and their parameters, which point into this query and
  // the rows'. Asks for one row more than the limit, to know whether a page follows.
  struct Tail {
    std::string sql;
    std::vector<SqlValue> values;
    // "" or a statement for the ids alone, with the same values: of the linking table, which may have some that the
    // base's table does not.
    std::string linked_ids;
  };
  // `start`: SQLite reads from that narrowing of the filter, whatever it thinks of it; see FindNarrowest.
  Tail ForAll(const ListedRows& rows, std::optional<size_t> start = std::nullopt) const;

  // As ForAll, but over the first `window` rows of the order only: quick where many rows pass the filter, which
  // SQLite, knowing no frequencies, takes for few. Its rows are the page where they are more than the limit; else ask
  // ForAll. nullopt: there is nothing to gain. SQLite only.
  std::optional<Tail> ForWindow(const ListedRows& rows, int64_t window) const;

  // Which of the filter's narrowings has the least rows, and whether these are less than `few`; nullopt where there is
  // nothing to choose between. To be asked once. SQLite only, which keeps no frequencies of values without ANALYZE,
  // whose tables a store does not have.
  struct Narrowest {
    size_t index = 0;  // for ForAll
    bool has_few = false;
  };
  absl::StatusOr<std::optional<Narrowest>> FindNarrowest(SqlConnection& sql, int64_t few);

  // The value that rows are ordered by.
  int64_t FieldOf(int64_t id, int64_t create_time, int64_t last_update_time) const;
  // `listed_ids`: the ids of the page with the same field value as its last row.
  std::string NextToken(int64_t last_id, int64_t last_field, absl::Span<const int64_t> listed_ids) const;

 private:
  // "N.id > ?" for the rows behind the token's, with its values; "" on the first page. `id`: the column to compare.
  std::string AfterToken(std::string_view id, std::vector<SqlValue>* values) const;
  std::string Order(std::string_view id) const;  // " ORDER BY ..."
  std::string_view OrderColumn() const;

  FilterBase base_ = FilterBase::kArtifact;
  ListOptions options_;
  std::optional<FilterSql> filter_;
  std::optional<ml_metadata::ListOperationNextPageToken> token_;
};

}  // namespace mlmd

#endif  // TFX_METADATA_LIST_QUERY_H_
