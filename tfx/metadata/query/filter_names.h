// The names of the filter language: attributes of the three bases, neighbour aliases and their fields, enums.
#ifndef TFX_METADATA_QUERY_FILTER_NAMES_H_
#define TFX_METADATA_QUERY_FILTER_NAMES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "tfx/metadata/query/filter.h"

namespace mlmd {

enum class FilterType { kNull, kBool, kInt, kDouble, kString };
std::string_view FilterTypeName(FilterType type);  // "INT64", ...

enum class FilterEnum { kNone, kArtifactState, kExecutionState, kEventType };
// The number of an accepted name; upstream does not accept ABANDONED and REFERENCE of artifacts, PENDING_OUTPUT of
// events.
std::optional<int64_t> EnumNumber(FilterEnum kind, std::string_view name);

struct FilterField {
  std::string_view name;
  FilterType type;
  FilterEnum enumeration = FilterEnum::kNone;
};
// The column has the field's name, save `type`, which is the name of the node's type.
absl::Span<const FilterField> BaseFields(FilterBase base);
absl::Span<const FilterField> PropertyFields();

// A kind of neighbour: "contexts_" and so on.
struct FilterNeighbour {
  std::string_view prefix;
  absl::Span<const FilterField> fields;
  // SQL that joins it, $A being the alias of the node or event, $L of the link table between.
  std::string_view join;
  bool has_type = false;  // a node: its field `type` is the name of its type
  // "": an index leads from the base's row to its neighbours. Else what selects the ids of the base's rows from the
  // neighbour's side, complete with WHERE; $T is where the neighbour's type is joined.
  std::string_view select = "";
};
// The neighbour whose prefix and a suffix of letters, digits, `_` make up the word, or nullptr.
const FilterNeighbour* FindNeighbour(FilterBase base, std::string_view word);

const FilterField* FindField(absl::Span<const FilterField> fields, std::string_view name);
// "STRUCT<id INT64, name STRING, type STRING, ...>".
std::string StructName(absl::Span<const FilterField> fields);

}  // namespace mlmd

#endif  // TFX_METADATA_QUERY_FILTER_NAMES_H_
