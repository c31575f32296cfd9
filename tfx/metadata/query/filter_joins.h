// Pieces of a filter's SQL, and the tables that they mention: what filter.cc writes with.
//
// A mentioned property or neighbour is an inner join. Where no index leads from the base's row to a neighbour, and each
// term that AND joins at the top of the query speaks of that neighbour alone or not at all, the same is written as
// "N.id IN (SELECT ...)", which starts from the neighbour and needs no DISTINCT.
#ifndef TFX_METADATA_QUERY_FILTER_JOINS_H_
#define TFX_METADATA_QUERY_FILTER_JOINS_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tfx/base/concat.h"
#include "tfx/metadata/query/filter.h"
#include "tfx/metadata/query/filter_names.h"

namespace mlmd {

// A translated part of the tree.
struct FilterPiece {
  std::string sql;
  std::vector<FilterValue> values;
  FilterType type = FilterType::kNull;
  FilterEnum enumeration = FilterEnum::kNone;
  std::set<std::string> aliases;  // of what it mentions: properties, neighbours, the base (N) and its type (T)
};

// Pieces one after the other, parameters in the order of the text.
class SqlText {
 public:
  SqlText& operator<<(std::string_view text) {
    tfx::Append(&piece_.sql, text);
    return *this;
  }
  SqlText& operator<<(const FilterPiece& piece) {
    tfx::Append(&piece_.sql, piece.sql);
    piece_.values.insert(piece_.values.end(), piece.values.begin(), piece.values.end());
    piece_.aliases.insert(piece.aliases.begin(), piece.aliases.end());
    return *this;
  }
  FilterPiece As(FilterType type) {
    piece_.type = type;
    return std::move(piece_);
  }

 private:
  FilterPiece piece_;
};

// In parentheses, balanced, because databases limit the depth of a condition. At least one piece.
FilterPiece JoinPieces(std::vector<FilterPiece> pieces, std::string_view op);

// What AND joins at the top of a query.
struct FilterConjunct {
  FilterPiece piece;
  bool is_indexed = false;    // a column compared with literals in a way that an index answers
  bool is_base_name = false;  // the base's name is one of some literals
  std::optional<FilterSql::Prefix> prefix;
};

class FilterJoins {
 public:
  explicit FilterJoins(FilterBase base) : base_(base) {}

  // The alias of what was added before; nullptr: it was not.
  const std::string* FindProperty(bool is_custom, const std::string& name) const;
  const std::string* FindNeighbour(std::string_view word) const;
  std::string AddProperty(bool is_custom, const std::string& name);
  std::string AddNeighbour(const FilterNeighbour& neighbour, const std::string& word);
  // The name of the type of the base (alias T) or of a neighbour (T and its alias) is mentioned.
  void MentionType() { mentions_type_ = true; }
  void MentionTypeOf(const std::string& alias) { typed_.insert(alias); }

  size_t size() const { return joined_.size(); }  // properties and neighbours

  FilterSql Assemble(std::vector<FilterConjunct> conjuncts) const;

 private:
  // A property's or neighbour's table, by the order of mention.
  struct Joined {
    std::string alias, sql;
    std::vector<FilterValue> values;
    const FilterNeighbour* neighbour = nullptr;  // nullptr: a property
  };

  static std::vector<FilterPiece> OwnConjuncts(const Joined& joined, const std::vector<FilterConjunct>& conjuncts);
  FilterSql::Narrowing Narrow(const Joined& joined, std::vector<FilterPiece> own) const;
  std::string TypeJoin(const std::string& alias) const;

  const FilterBase base_;
  std::vector<Joined> joined_;
  bool mentions_type_ = false;
  std::set<std::string> typed_;                                     // aliases of neighbours
  std::map<std::pair<bool, std::string>, std::string> properties_;  // (custom, name) -> alias
  std::map<std::string, std::string, std::less<>> neighbours_;      // "contexts_0" -> alias
};

}  // namespace mlmd

#endif  // TFX_METADATA_QUERY_FILTER_JOINS_H_
