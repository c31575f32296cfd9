#include "tfx/metadata/lineage.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/edge_tables.h"
#include "tfx/metadata/id_list.h"
#include "tfx/metadata/list_query.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

using Options = ml_metadata::LineageSubgraphQueryOptions;

constexpr int64_t kMostHops = 100;
constexpr int kMostStartingNodes = 101;  // upstream's cap of lists, 100, and the one more that it asks for

bool IsInput(Event::Type type) {
  return type == Event::INPUT || type == Event::DECLARED_INPUT || type == Event::INTERNAL_INPUT;
}
bool IsOutput(Event::Type type) {
  return type == Event::OUTPUT || type == Event::DECLARED_OUTPUT || type == Event::INTERNAL_OUTPUT ||
         type == Event::PENDING_OUTPUT;
}

absl::StatusOr<std::vector<int64_t>> SelectIds(SqlConnection& sql, std::string_view text,
                                               absl::Span<const SqlValue> values) {
  std::vector<int64_t> ids;
  RETURN_IF_ERROR(sql.Select(text, values, [&](const SqlRow& row) {
    ids.push_back(row.Int(0));
    return absl::OkStatus();
  }));
  return ids;
}

absl::StatusOr<std::vector<int64_t>> StartingIds(SqlConnection& sql, const std::string& filter_query, FilterBase base) {
  if (filter_query.empty()) {
    return absl::InvalidArgumentError("Cannot list starting nodes if `filter_query` is unspecified.");
  }
  ListOptions options;
  options.limit = kMostStartingNodes - 1;  // ListQuery asks for one more
  options.filter_query = filter_query;
  ASSIGN_OR_RETURN(const ListQuery query, ListQuery::FromOptions(options, base));
  const ListQuery::Tail tail = query.ForAll({});
  return SelectIds(sql, Concat("SELECT N.id FROM ", TableOf(base), " N ", tail.sql), tail.values);
}

// Where the walk of one kind of nodes ends.
class Ending {
 public:
  static absl::StatusOr<Ending> Create(const Options::EndingNodes& nodes, FilterBase base) {
    Ending ending;
    ending.base_ = base;
    ending.include_ = nodes.include_ending_nodes();
    if (!nodes.filter_query().empty()) {
      ASSIGN_OR_RETURN(ending.filter_, CompileFilter(nodes.filter_query(), base));
    }
    return ending;
  }

  bool include() const { return include_; }

  // Those of the ids that pass the filter.
  absl::StatusOr<absl::flat_hash_set<int64_t>> Matches(SqlConnection& sql, absl::Span<const int64_t> ids) const {
    absl::flat_hash_set<int64_t> matches;
    if (!filter_.has_value()) return matches;
    RETURN_IF_ERROR(
        ForEachInList<int64_t>(ids, [&](const std::string& list, const std::vector<SqlValue>& in) -> absl::Status {
          std::vector<SqlValue> values;
          AppendValues(filter_->join_values, &values);
          AppendValues(filter_->values, &values);
          values.insert(values.end(), in.begin(), in.end());
          ASSIGN_OR_RETURN(const std::vector<int64_t> found,
                           SelectIds(sql,
                                     Concat("SELECT DISTINCT N.id FROM ", TableOf(base_), " N", filter_->joins,
                                            " WHERE ", filter_->condition, " AND N.id IN ", list),
                                     values));
          matches.insert(found.begin(), found.end());
          return absl::OkStatus();
        }));
    return matches;
  }

 private:
  FilterBase base_ = FilterBase::kArtifact;
  std::optional<FilterSql> filter_;
  bool include_ = false;
};

// The nodes of one kind that the walk has met.
struct Visited {
  absl::flat_hash_set<int64_t> seen;  // met, be it to be left out
  std::set<int64_t> kept;             // of the answer
  std::vector<int64_t> frontier;      // to be walked on from, ascending
};

class Walk {
 public:
  Walk(SqlConnection& sql, Options::Direction direction, Ending artifacts, Ending executions)
      : sql_(sql),
        direction_(direction),
        artifact_ending_(std::move(artifacts)),
        execution_ending_(std::move(executions)) {}

  absl::Status Start(FilterBase base, const std::vector<int64_t>& ids) {
    return base == FilterBase::kArtifact ? Meet(ids, artifact_ending_, &artifacts_).status()
                                         : Meet(ids, execution_ending_, &executions_).status();
  }

  // One hop: from the artifacts of the frontier, or the executions; one of the two is empty.
  absl::Status Hop() {
    const bool from_artifacts = !artifacts_.frontier.empty();
    Visited& from = from_artifacts ? artifacts_ : executions_;
    Visited& to = from_artifacts ? executions_ : artifacts_;
    ASSIGN_OR_RETURN(std::vector<Event> events,
                     LoadEvents(sql_, from_artifacts ? EventEnd::kArtifact : EventEnd::kExecution,
                                std::exchange(from.frontier, {})));
    std::erase_if(events, [&](const Event& event) { return !Follows(event.type(), from_artifacts); });
    std::vector<int64_t> neighbours;
    for (const Event& event : events) {
      neighbours.push_back(from_artifacts ? event.execution_id() : event.artifact_id());
    }
    std::sort(neighbours.begin(), neighbours.end());
    neighbours.erase(std::unique(neighbours.begin(), neighbours.end()), neighbours.end());
    RETURN_IF_ERROR(Meet(neighbours, from_artifacts ? execution_ending_ : artifact_ending_, &to).status());
    for (Event& event : events) {
      if (to.kept.count(from_artifacts ? event.execution_id() : event.artifact_id()) == 0) continue;
      const auto key = std::tuple(event.artifact_id(), event.execution_id(), static_cast<int>(event.type()));
      events_.try_emplace(key, std::move(event));
    }
    return absl::OkStatus();
  }

  bool AtEnd() const { return artifacts_.frontier.empty() && executions_.frontier.empty(); }
  const std::set<int64_t>& artifacts() const { return artifacts_.kept; }
  const std::set<int64_t>& executions() const { return executions_.kept; }
  std::map<std::tuple<int64_t, int64_t, int>, Event>& events() { return events_; }

 private:
  bool Follows(Event::Type type, bool from_artifacts) const {
    switch (direction_) {
      case Options::UPSTREAM:
        return from_artifacts ? IsOutput(type) : IsInput(type);
      case Options::DOWNSTREAM:
        return from_artifacts ? IsInput(type) : IsOutput(type);
      default:
        return IsInput(type) || IsOutput(type);
    }
  }

  absl::StatusOr<int> Meet(const std::vector<int64_t>& ids, const Ending& ending, Visited* visited) {
    std::vector<int64_t> fresh;
    std::copy_if(ids.begin(), ids.end(), std::back_inserter(fresh),
                 [&](int64_t id) { return visited->seen.insert(id).second; });
    ASSIGN_OR_RETURN(const absl::flat_hash_set<int64_t> ends, ending.Matches(sql_, fresh));
    for (const int64_t id : fresh) {
      const bool is_end = ends.contains(id);
      if (!is_end) visited->frontier.push_back(id);
      if (!is_end || ending.include()) visited->kept.insert(id);
    }
    return static_cast<int>(fresh.size());
  }

  SqlConnection& sql_;
  const Options::Direction direction_;
  const Ending artifact_ending_, execution_ending_;
  Visited artifacts_, executions_;
  std::map<std::tuple<int64_t, int64_t, int>, Event> events_;
};

// (node, context) of a link table, for some of its nodes. The tables' index starts with the context: it is searched
// once per context, for the nodes one by one or, where they are many, for the range that they lie in.
absl::StatusOr<std::set<std::pair<int64_t, int64_t>>> LoadLinks(SqlConnection& sql, std::string_view table,
                                                                std::string_view column, const std::set<int64_t>& ids) {
  std::set<std::pair<int64_t, int64_t>> links;
  if (ids.empty()) return links;
  const absl::flat_hash_set<int64_t> wanted(ids.begin(), ids.end());
  const auto add = [&](const SqlRow& row) {
    if (wanted.contains(row.Int(0))) links.emplace(row.Int(0), row.Int(1));
    return absl::OkStatus();
  };
  // CROSS JOIN: SQLite keeps the order of such tables.
  const bool is_sqlite = sql.dialect() == SqlDialect::kSqlite;
  const std::string select =
      Concat("SELECT L.", column, ", L.context_id FROM Context C ", is_sqlite ? "CROSS JOIN " : "JOIN ", table,
             " L ON L.context_id = C.id WHERE L.", column);
  if (is_sqlite) {
    // The largest id is a good count of rows, and costs nothing.
    ASSIGN_OR_RETURN(const std::vector<int64_t> contexts, SelectIds(sql, "SELECT MAX(id) FROM Context", {}));
    ASSIGN_OR_RETURN(const std::vector<int64_t> rows, SelectIds(sql, Concat("SELECT MAX(id) FROM ", table), {}));
    constexpr double kLookCost = 4;  // of one search in the index, in rows read
    const double looks = static_cast<double>(contexts.at(0)) * static_cast<double>(ids.size());
    if (looks * kLookCost > static_cast<double>(rows.at(0))) {
      RETURN_IF_ERROR(sql.Select(Concat(select, " BETWEEN ? AND ?"), {*ids.begin(), *ids.rbegin()}, add));
      return links;
    }
  }
  RETURN_IF_ERROR(ForEachInList<int64_t>(std::vector<int64_t>(ids.begin(), ids.end()),
                                         [&](const std::string& list, const std::vector<SqlValue>& in) {
                                           return sql.Select(Concat(select, " IN ", list), in, add);
                                         }));
  return links;
}

template <typename Type>
absl::Status LoadAllTypes(SqlConnection& sql, TypeKind kind, google::protobuf::RepeatedPtrField<Type>* types) {
  ASSIGN_OR_RETURN(const std::vector<int64_t> ids,
                   SelectIds(sql, "SELECT id FROM Type WHERE type_kind = ? ORDER BY id", {static_cast<int64_t>(kind)}));
  ASSIGN_OR_RETURN(const std::vector<TypeRecord> records, LoadTypesById(sql, ids));
  for (const TypeRecord& record : records) RETURN_IF_ERROR(FromRecord(record, types->Add()));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LineageGraph> LoadLineageSubgraph(Transaction& tx, const LineageQuery& query) {
  const Options& options = query.options;
  if (!options.has_starting_artifacts() && !options.has_starting_executions()) {
    return absl::InvalidArgumentError("Missing arguments for listing starting nodes.");
  }
  if (options.max_num_hops() < 0) {
    return absl::InvalidArgumentError(
        Concat("max_num_hops cannot be negative: max_num_hops = ", options.max_num_hops()));
  }
  const int64_t hops = options.has_max_num_hops() ? std::min<int64_t>(options.max_num_hops(), kMostHops) : kMostHops;
  const auto wants = [&](std::string_view field) {
    return query.read_mask.empty() ||
           std::find(query.read_mask.begin(), query.read_mask.end(), field) != query.read_mask.end();
  };

  ASSIGN_OR_RETURN(Ending artifact_ending, Ending::Create(options.ending_artifacts(), FilterBase::kArtifact));
  ASSIGN_OR_RETURN(Ending execution_ending, Ending::Create(options.ending_executions(), FilterBase::kExecution));
  const bool from_artifacts = options.has_starting_artifacts();
  const FilterBase base = from_artifacts ? FilterBase::kArtifact : FilterBase::kExecution;
  ASSIGN_OR_RETURN(const std::vector<int64_t> starting,
                   StartingIds(tx.sql,
                               from_artifacts ? options.starting_artifacts().filter_query()
                                              : options.starting_executions().filter_query(),
                               base));
  if (starting.empty()) return absl::NotFoundError("Cannot find qualified nodes to start the traversal.");

  Walk walk(tx.sql, options.direction(), std::move(artifact_ending), std::move(execution_ending));
  RETURN_IF_ERROR(walk.Start(base, starting));
  for (int64_t hop = 0; hop < hops && !walk.AtEnd(); ++hop) RETURN_IF_ERROR(walk.Hop());

  LineageGraph graph;
  if (wants("artifacts")) {
    for (const int64_t id : walk.artifacts()) graph.add_artifacts()->set_id(id);
  }
  if (wants("executions")) {
    for (const int64_t id : walk.executions()) graph.add_executions()->set_id(id);
  }
  if (wants("events")) {
    for (auto& [key, event] : walk.events()) *graph.add_events() = std::move(event);
  }
  std::set<int64_t> contexts;
  if (wants("contexts") || wants("attributions")) {
    ASSIGN_OR_RETURN(const auto links, LoadLinks(tx.sql, "Attribution", "artifact_id", walk.artifacts()));
    for (const auto& [artifact, context] : links) {
      contexts.insert(context);
      if (!wants("attributions")) continue;
      Attribution* attribution = graph.add_attributions();
      attribution->set_artifact_id(artifact);
      attribution->set_context_id(context);
    }
  }
  if (wants("contexts") || wants("associations")) {
    ASSIGN_OR_RETURN(const auto links, LoadLinks(tx.sql, "Association", "execution_id", walk.executions()));
    for (const auto& [execution, context] : links) {
      contexts.insert(context);
      if (!wants("associations")) continue;
      Association* association = graph.add_associations();
      association->set_execution_id(execution);
      association->set_context_id(context);
    }
  }
  if (wants("contexts")) {
    for (const int64_t id : contexts) graph.add_contexts()->set_id(id);
  }
  if (wants("artifact_types")) {
    RETURN_IF_ERROR(LoadAllTypes(tx.sql, TypeKind::kArtifact, graph.mutable_artifact_types()));
  }
  if (wants("execution_types")) {
    RETURN_IF_ERROR(LoadAllTypes(tx.sql, TypeKind::kExecution, graph.mutable_execution_types()));
  }
  if (wants("context_types")) {
    RETURN_IF_ERROR(LoadAllTypes(tx.sql, TypeKind::kContext, graph.mutable_context_types()));
  }
  return graph;
}

}  // namespace mlmd
