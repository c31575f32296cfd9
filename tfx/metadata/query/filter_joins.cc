#include "tfx/metadata/query/filter_joins.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_replace.h"

namespace mlmd {
namespace {

using ::tfx::Append;
using ::tfx::Concat;

std::string_view PropertyTable(FilterBase base) {
  static constexpr std::array<std::string_view, 3> kTables = {"ArtifactProperty", "ExecutionProperty",
                                                              "ContextProperty"};
  return kTables[static_cast<size_t>(base)];
}

std::string_view IdColumn(FilterBase base) {
  static constexpr std::array<std::string_view, 3> kColumns = {"artifact_id", "execution_id", "context_id"};
  return kColumns[static_cast<size_t>(base)];
}

}  // namespace

FilterPiece JoinPieces(std::vector<FilterPiece> pieces, std::string_view op) {
  while (pieces.size() > 1) {
    std::vector<FilterPiece> pairs;
    for (size_t i = 0; i + 1 < pieces.size(); i += 2) {
      pairs.push_back(
          (SqlText() << "(" << pieces[i] << " " << op << " " << pieces[i + 1] << ")").As(FilterType::kBool));
    }
    if (pieces.size() % 2 == 1) pairs.push_back(std::move(pieces.back()));
    pieces = std::move(pairs);
  }
  return std::move(pieces[0]);
}

const std::string* FilterJoins::FindProperty(bool is_custom, const std::string& name) const {
  const auto found = properties_.find({is_custom, name});
  return found == properties_.end() ? nullptr : &found->second;
}

const std::string* FilterJoins::FindNeighbour(std::string_view word) const {
  const auto found = neighbours_.find(word);
  return found == neighbours_.end() ? nullptr : &found->second;
}

std::string FilterJoins::AddProperty(bool is_custom, const std::string& name) {
  std::string alias = Concat("P", properties_.size());
  joined_.push_back({alias,
                     Concat(" JOIN ", PropertyTable(base_), " ", alias, " ON ", alias, ".", IdColumn(base_),
                            " = N.id AND ", alias, ".is_custom_property = ? AND ", alias, ".name = ?"),
                     {is_custom, name}});
  properties_.emplace(std::pair(is_custom, name), alias);
  return alias;
}

std::string FilterJoins::AddNeighbour(const FilterNeighbour& neighbour, const std::string& word) {
  std::string alias = Concat("A", neighbours_.size());
  joined_.push_back({alias,
                     absl::StrReplaceAll(std::string(neighbour.join), {{"$A", alias}, {"$L", Concat("L", alias)}}),
                     {},
                     &neighbour});
  neighbours_.emplace(word, alias);
  return alias;
}

// A type's name is a join only where it is mentioned: every node has a type.
std::string FilterJoins::TypeJoin(const std::string& alias) const {
  if (typed_.count(alias) == 0) return "";
  return Concat(" JOIN Type T", alias, " ON T", alias, ".id = ", alias, ".type_id");
}

// What is asked of it alone: of a neighbour everything, or nothing is returned; of a property what an index answers.
std::vector<FilterPiece> FilterJoins::OwnConjuncts(const Joined& joined, const std::vector<FilterConjunct>& conjuncts) {
  std::vector<FilterPiece> own;
  const bool is_property = joined.neighbour == nullptr;
  if (!is_property && joined.neighbour->select.empty()) return own;
  for (const FilterConjunct& conjunct : conjuncts) {
    if (conjunct.piece.aliases.count(joined.alias) == 0) continue;
    if (conjunct.piece.aliases.size() == 1 && (conjunct.is_indexed || !is_property)) {
      own.push_back(conjunct.piece);
    } else if (!is_property) {
      return {};
    }
  }
  return own;
}

FilterSql::Narrowing FilterJoins::Narrow(const Joined& joined, std::vector<FilterPiece> own) const {
  const FilterPiece condition = JoinPieces(std::move(own), "AND");
  const std::string& alias = joined.alias;
  FilterSql::Narrowing narrowing{.values = joined.values};
  if (joined.neighbour == nullptr) {
    narrowing.select = Concat("SELECT ", alias, ".", IdColumn(base_), " FROM ", PropertyTable(base_), " ", alias,
                              " WHERE ", alias, ".is_custom_property = ? AND ", alias, ".name = ?");
  } else {
    narrowing.select = absl::StrReplaceAll(std::string(joined.neighbour->select),
                                           {{"$A", alias}, {"$L", Concat("L", alias)}, {"$T", TypeJoin(alias)}});
  }
  Append(&narrowing.select, " AND ", condition.sql);
  narrowing.values.insert(narrowing.values.end(), condition.values.begin(), condition.values.end());
  return narrowing;
}

FilterSql FilterJoins::Assemble(std::vector<FilterConjunct> conjuncts) const {
  FilterSql filter{.is_searchable_from_base = true};
  // The base's own type first: it narrows most.
  if (mentions_type_) filter.joins = " JOIN Type T ON T.id = N.type_id";
  std::string type_joins;
  for (const Joined& joined : joined_) {
    std::vector<FilterPiece> own = OwnConjuncts(joined, conjuncts);
    const bool is_neighbour = joined.neighbour != nullptr;
    if (!own.empty()) {
      filter.narrowings.push_back(Narrow(joined, std::move(own)));
      if (is_neighbour) {
        FilterSql::Narrowing& all = filter.narrowings.back();
        all.is_condition = true;
        std::erase_if(conjuncts, [&](const FilterConjunct& c) { return c.piece.aliases.count(joined.alias) > 0; });
        conjuncts.push_back({{Concat("(N.id IN (", all.select, "))"), all.values, FilterType::kBool}});
        continue;
      }
    }
    Append(&filter.joins, joined.sql);
    filter.join_values.insert(filter.join_values.end(), joined.values.begin(), joined.values.end());
    Append(&type_joins, TypeJoin(joined.alias));
    filter.repeats_rows |= is_neighbour;
    filter.is_searchable_from_base &= !is_neighbour || joined.neighbour->select.empty();
  }
  Append(&filter.joins, type_joins);
  std::vector<FilterPiece> pieces;
  for (FilterConjunct& conjunct : conjuncts) {
    if (conjunct.is_base_name && filter.is_searchable_from_base) {
      // Every node has a type; the index of names starts with it. So few are found that no other order is better.
      pieces.push_back({"(N.type_id IN (SELECT BT.id FROM Type BT))", {}, FilterType::kBool});
      filter.is_searchable_from_base = false;
    }
    if (conjunct.prefix.has_value()) filter.prefix = std::move(conjunct.prefix);
    pieces.push_back(std::move(conjunct.piece));
  }
  FilterPiece piece = JoinPieces(std::move(pieces), "AND");
  filter.condition = Concat("(", piece.sql, ")");
  filter.values = std::move(piece.values);
  return filter;
}

}  // namespace mlmd
