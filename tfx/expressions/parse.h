// Text -> syntax tree. The language is the expression part of GoogleSQL that TFX users meet in ML Metadata's filter
// queries, in slices by SQL and in TFDV's custom validations; README.md has its grammar.
//
//   ASSIGN_OR_RETURN(NodePtr tree, Parse("state = LIVE AND uri LIKE 'gs://%'"));
//
// Errors are INVALID_ARGUMENT "Syntax error: ... [at LINE:COLUMN]"; a text, nesting or number of terms beyond the
// limits is INVALID_ARGUMENT as well. Any bytes are safe to parse; time and memory grow linearly with the text.
#ifndef TFX_EXPRESSIONS_PARSE_H_
#define TFX_EXPRESSIONS_PARSE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/expressions/syntax_tree.h"

namespace tfx::expressions {

struct ParseOptions {
  size_t max_bytes = 64 * 1024;  // of text
  int max_depth = 100;           // of the tree, and of parentheses
};

absl::StatusOr<NodePtr> Parse(std::string_view text, const ParseOptions& options = {});

// A slice query as in SlicingSpec.slice_keys_sql:
//
//   SELECT STRUCT(education, IF(age < 18, 'minor', 'adult') AS age_group)
//   FROM example.education, example.age WHERE age IS NOT NULL
//
// Meaning: for each example, the cross product of the values of the listed features (a feature without values gives no
// row); for each row where the condition is true, one slice key of the named values. `SELECT STRUCT()` without FROM is
// the slice of everything. DISTINCT drops repeated keys of an example.
struct SliceQuery {
  struct Item {
    std::string name;  // AS name, or the last step of a plain path
    NodePtr value;
  };
  struct Source {
    std::vector<std::string> feature;  // {"a"} of example.a; {"a", "b"} of example.a.b
    std::string variable;              // how the expressions call one value: AS name, or the last step
    Position position;
  };
  bool distinct = false;
  std::vector<Item> items;
  std::vector<Source> sources;
  NodePtr where;  // nullptr: all
};

// Beside syntax: names of items and of sources must each be unique.
absl::StatusOr<SliceQuery> ParseSliceQuery(std::string_view text, const ParseOptions& options = {});

// True where `word` is reserved and needs back quotes to be a name at the start of a path. Any case.
bool IsReservedWord(std::string_view word);

}  // namespace tfx::expressions

#endif  // TFX_EXPRESSIONS_PARSE_H_
