// ML Metadata's filter language -> SQL with parameters.
//
//   ASSIGN_OR_RETURN(FilterSql filter, CompileFilter("state = LIVE AND contexts_0.name = 'run'",
//   FilterBase::kArtifact));
//   // SELECT DISTINCT N.id FROM Artifact N <filter.joins> WHERE <filter.condition>, with join_values then values
//
// Nothing of the query's text becomes part of the SQL: names are looked up in tables here, values are parameters, and
// operators are written anew from the typed tree. The SQL is what SQLite, MySQL and PostgreSQL have in common.
//
// The language and its meaning are upstream's (google/ml-metadata 1.17, README.md says it in full). The rules that
// surprise:
// - Each mentioned property and each neighbour alias is an inner join: a node without that property, or without such a
//   neighbour, is never found, whatever OR or IS NULL say. (A neighbour that no index leads to from the base, and that
//   AND keeps apart from the rest of the query, is written as the equal "N.id IN (SELECT ...)" instead.)
// - Enums are bare names. `!=` and `NOT IN` on an enum also find nodes without a state.
// - LIKE, and text comparison, follow the database: SQLite's LIKE ignores the case of ASCII letters.
// Errors are INVALID_ARGUMENT "Invalid `filter_query`: ...", upstream's words first, and hold nothing but the query's
// own words and ours.
#ifndef TFX_METADATA_QUERY_FILTER_H_
#define TFX_METADATA_QUERY_FILTER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

namespace mlmd {

// Whose rows the query filters: alias N of table Artifact, Execution, Context.
enum class FilterBase { kArtifact, kExecution, kContext };

using FilterValue = std::variant<int64_t, double, std::string, bool>;

struct FilterSql {
  std::string joins;  // "JOIN ... ON ... JOIN ...", with `?` for join_values; may be empty
  std::vector<FilterValue> join_values;
  std::string condition;  // a complete term, with `?` for values
  std::vector<FilterValue> values;
  bool repeats_rows = false;  // a row of the base may come several times: neighbour aliases are joined
  // All joins can be looked up from the base's row by an index, so that reading the base in order and stopping early is
  // a good plan where many rows pass.
  bool is_searchable_from_base = false;
  // Each "SELECT <id of the base's row> FROM ...", which an index answers, has all rows that can pass, by what the
  // query asks of one property or neighbour alone. Where one has few, that is where to start.
  struct Narrowing {
    std::string select;
    std::vector<FilterValue> values;
    bool is_condition = false;  // `condition` asks for it already
  };
  std::vector<Narrowing> narrowings;
  // All rows that can pass have a column, one with an index, that begins with this ASCII text for LIKE.
  struct Prefix {
    std::string_view column;  // "uri" or "external_id"
    std::string text;         // not empty
  };
  std::optional<Prefix> prefix;
};

struct FilterLimits {
  size_t max_bytes = 64 * 1024;
  int max_depth = 100;
  size_t max_values = 10'000;  // literals
  size_t max_joins = 30;       // aliases and properties; SQLite joins at most 64 tables, an alias is up to three
};

absl::StatusOr<FilterSql> CompileFilter(std::string_view filter_query, FilterBase base,
                                        const FilterLimits& limits = {});

}  // namespace mlmd

#endif  // TFX_METADATA_QUERY_FILTER_H_
