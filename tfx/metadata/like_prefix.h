// LIKE with a pattern that begins with plain text, for SQLite: its LIKE ignores the case of ASCII letters, its indexes
// do not. Of the 2^n ways to write a prefix of n letters a store holds few; these are sought, and read as ranges of the
// index.
#ifndef TFX_METADATA_LIKE_PREFIX_H_
#define TFX_METADATA_LIKE_PREFIX_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tfx/metadata/query/filter.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

// The least way to write `prefix`, in the order of bytes, that is `least` or comes after it, or that `least` begins
// with. nullopt: all come before. `prefix` is ASCII.
std::optional<std::string> NextSpelling(std::string_view prefix, std::string_view least);

// The rows of `table` whose column begins with the prefix in any case. nullopt: it is written in so many ways that
// reading the whole table is as good.
absl::StatusOr<std::optional<FilterSql::Narrowing>> NarrowByPrefix(SqlConnection& sql, std::string_view table,
                                                                   const FilterSql::Prefix& prefix);

}  // namespace mlmd

#endif  // TFX_METADATA_LIKE_PREFIX_H_
