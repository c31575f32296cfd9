#include "tfx/metadata/edge_tables.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/id_list.h"
#include "tfx/metadata/insert_rows.h"
#include "tfx/metadata/sql_schema.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

absl::Status CheckAllFound(std::string_view word, absl::Span<const int64_t> ids,
                           const absl::StatusOr<std::vector<int64_t>>& existing) {
  RETURN_IF_ERROR(existing.status());
  for (const int64_t id : ids) {
    if (!std::binary_search(existing->begin(), existing->end(), id)) {
      return absl::InvalidArgumentError(Concat("No ", word, " with the given id ", id));
    }
  }
  return absl::OkStatus();
}

std::string Describe(const Event& event, int64_t artifact_id, int64_t execution_id) {
  return Concat("artifact_id: ", artifact_id, " execution_id: ", execution_id,
                " type: ", Event::Type_Name(event.type()));
}

std::vector<int64_t> Unique(absl::Span<const int64_t> ids) {
  const std::set<int64_t> sorted(ids.begin(), ids.end());
  return {sorted.begin(), sorted.end()};
}

std::vector<SqlValue> Flat(const ContextLinks& links) {
  std::vector<SqlValue> values;
  values.reserve(2 * links.size());
  for (const auto& [context, node] : links) values.insert(values.end(), {context, node});
  return values;
}

// Whether `wanted` is `start` or an ancestor of it.
absl::StatusOr<bool> IsAncestor(SqlConnection& sql, int64_t start, int64_t wanted) {
  std::set<int64_t> seen = {start};
  std::vector<int64_t> level = {start};
  while (!level.empty()) {
    if (seen.count(wanted) > 0) return true;
    std::vector<int64_t> next;
    RETURN_IF_ERROR(ForEachInList<int64_t>(level, [&](const std::string& list, const std::vector<SqlValue>& in) {
      return sql.Select(Concat("SELECT parent_context_id FROM ParentContext WHERE context_id IN ", list), in,
                        [&](const SqlRow& row) {
                          if (seen.insert(row.Int(0)).second) next.push_back(row.Int(0));
                          return absl::OkStatus();
                        });
    }));
    level = std::move(next);
  }
  return false;
}

}  // namespace

absl::Status CheckArtifactsExist(SqlConnection& sql, absl::Span<const int64_t> ids) {
  return CheckAllFound("artifact", ids, NodeTable<Artifact>::ExistingIds(sql, ids));
}

absl::Status CheckExecutionsExist(SqlConnection& sql, absl::Span<const int64_t> ids) {
  return CheckAllFound("execution", ids, NodeTable<Execution>::ExistingIds(sql, ids));
}

absl::Status CheckContextsExist(SqlConnection& sql, absl::Span<const int64_t> ids) {
  return CheckAllFound("context", ids, NodeTable<Context>::ExistingIds(sql, ids));
}

absl::Status InsertEvents(Transaction& tx, absl::Span<const EventBetween> events) {
  std::vector<SqlValue> rows, steps;
  rows.reserve(4 * events.size());
  for (const auto& [event, artifact_id, execution_id] : events) {
    if (!artifact_id.has_value()) return absl::InvalidArgumentError("No artifact id is specified. (event)");
    if (!execution_id.has_value()) return absl::InvalidArgumentError("No execution id is specified. (event)");
    if (event->type() == Event::UNKNOWN) {
      return absl::InvalidArgumentError(
          Concat("No event type is specified. (event ", Describe(*event, *artifact_id, *execution_id), ")"));
    }
    const int64_t time = event->has_milliseconds_since_epoch() ? event->milliseconds_since_epoch() : tx.now_ms;
    rows.insert(rows.end(), {*artifact_id, *execution_id, static_cast<int64_t>(event->type()), time});
  }
  ASSIGN_OR_RETURN(
      const std::vector<int64_t> ids,
      InsertForIds(tx.sql, "INSERT INTO Event (artifact_id, execution_id, type, milliseconds_since_epoch) VALUES ", 4,
                   rows, [&](size_t i) {
                     const auto& [event, artifact_id, execution_id] = events[i];
                     return absl::AlreadyExistsError(
                         Concat("Given event already exists: ", Describe(*event, *artifact_id, *execution_id)));
                   }));
  for (size_t i = 0; i < events.size(); ++i) {
    for (const Event::Path::Step& step : events[i].event->path().steps()) {
      const bool is_index = step.value_case() == Event::Path::Step::kIndex;
      const SqlValue index = is_index ? SqlValue(static_cast<int64_t>(step.index())) : SqlValue();
      const SqlValue key = is_index ? SqlValue() : SqlValue(std::string_view(step.key()));
      steps.insert(steps.end(), {ids[i], is_index, index, key});
    }
  }
  return InsertRows(tx.sql, "INSERT INTO EventPath (event_id, is_index_step, step_index, step_key) VALUES ", 4, steps,
                    OnDuplicateRow::kFail);
}

absl::StatusOr<std::vector<Event>> LoadEvents(SqlConnection& sql, EventEnd end, absl::Span<const int64_t> ids) {
  const std::string_view column = end == EventEnd::kArtifact ? "artifact_id" : "execution_id";
  std::map<int64_t, Event> by_id;
  RETURN_IF_ERROR(ForEachInList<int64_t>(Unique(ids), [&](const std::string& list, const std::vector<SqlValue>& in) {
    return sql.Select(Concat("SELECT id, artifact_id, execution_id, type, milliseconds_since_epoch FROM Event WHERE ",
                             column, " IN ", list),
                      in, [&](const SqlRow& row) {
                        Event& event = by_id[row.Int(0)];
                        event.set_artifact_id(row.Int(1));
                        event.set_execution_id(row.Int(2));
                        const int type = static_cast<int>(row.Int(3));
                        event.set_type(Event::Type_IsValid(type) ? static_cast<Event::Type>(type) : Event::UNKNOWN);
                        if (!row.IsNull(4)) event.set_milliseconds_since_epoch(row.Int(4));
                        return absl::OkStatus();
                      });
  }));
  std::vector<int64_t> event_ids;
  for (const auto& [id, event] : by_id) event_ids.push_back(id);
  // The table has no column for the order of steps: they come in the order of insertion, by the index on
  // event_id or by their place.
  RETURN_IF_ERROR(ForEachInList<int64_t>(event_ids, [&](const std::string& list, const std::vector<SqlValue>& in) {
    return sql.Select(Concat("SELECT event_id, is_index_step, step_index, step_key FROM EventPath WHERE event_id IN ",
                             list, sql.dialect() == SqlDialect::kPostgresql ? " ORDER BY ctid" : ""),
                      in, [&](const SqlRow& row) {
                        Event::Path::Step* step = by_id[row.Int(0)].mutable_path()->add_steps();
                        if (row.Int(1) != 0) {
                          step->set_index(row.Int(2));
                        } else {
                          step->set_key(std::string(row.Text(3)));
                        }
                        return absl::OkStatus();
                      });
  }));
  std::vector<Event> events;
  events.reserve(by_id.size());
  for (auto& [id, event] : by_id) events.push_back(std::move(event));
  return events;
}

absl::Status LinkArtifacts(SqlConnection& sql, const ContextLinks& links) {
  return InsertRows(sql, "INSERT INTO Attribution (context_id, artifact_id) VALUES ", 2, Flat(links),
                    OnDuplicateRow::kSkip);
}

absl::Status LinkExecutions(SqlConnection& sql, const ContextLinks& links) {
  return InsertRows(sql, "INSERT INTO Association (context_id, execution_id) VALUES ", 2, Flat(links),
                    OnDuplicateRow::kSkip);
}

absl::Status InsertParentContext(SqlConnection& sql, const ParentContext& link) {
  const std::string what = Concat("child_id: ", link.child_id(), " parent_id: ", link.parent_id());
  if (!link.has_child_id() || !link.has_parent_id()) {
    return absl::InvalidArgumentError(Concat("Missing parent / child id in the parent_context: ", what));
  }
  if (const absl::Status found = CheckContextsExist(sql, {link.child_id(), link.parent_id()}); !found.ok()) {
    if (!absl::IsInvalidArgument(found)) return found;
    return absl::InvalidArgumentError(Concat("Given parent / child id in the parent_context cannot be found: ", what));
  }
  RETURN_IF_ERROR(LockTypes(sql));
  ASSIGN_OR_RETURN(const bool cycle, IsAncestor(sql, link.parent_id(), link.child_id()));
  if (cycle) {
    return absl::InvalidArgumentError(Concat("There is a cycle detected of the given relationship. (", what, ")"));
  }
  const absl::Status status = sql.Run("INSERT INTO ParentContext (context_id, parent_context_id) VALUES (?, ?)",
                                      {static_cast<int64_t>(link.child_id()), static_cast<int64_t>(link.parent_id())});
  if (absl::IsAlreadyExists(status)) {
    return absl::AlreadyExistsError(Concat("Given parent_context already exists: ", what));
  }
  return status;
}

absl::StatusOr<std::map<int64_t, std::vector<Context>>> LoadRelatedContexts(Transaction& tx, ContextRelation relation,
                                                                            absl::Span<const int64_t> ids) {
  const bool parents = relation == ContextRelation::kParents;
  const std::string_view own = parents ? "context_id" : "parent_context_id";
  const std::string_view other = parents ? "parent_context_id" : "context_id";
  std::set<std::pair<int64_t, int64_t>> links;  // (id asked for, relative)
  std::vector<int64_t> relatives;
  RETURN_IF_ERROR(ForEachInList<int64_t>(Unique(ids), [&](const std::string& list, const std::vector<SqlValue>& in) {
    return tx.sql.Select(Concat("SELECT ", own, ", ", other, " FROM ParentContext WHERE ", own, " IN ", list), in,
                         [&](const SqlRow& row) {
                           links.emplace(row.Int(0), row.Int(1));
                           relatives.push_back(row.Int(1));
                           return absl::OkStatus();
                         });
  }));
  ASSIGN_OR_RETURN(const std::vector<Context> contexts, NodeTable<Context>::LoadById(tx, relatives));
  absl::flat_hash_map<int64_t, const Context*> by_id;
  for (const Context& context : contexts) by_id[context.id()] = &context;
  std::map<int64_t, std::vector<Context>> related;
  for (const auto& [id, relative] : links) {
    if (const auto found = by_id.find(relative); found != by_id.end()) related[id].push_back(*found->second);
  }
  return related;
}

}  // namespace mlmd
