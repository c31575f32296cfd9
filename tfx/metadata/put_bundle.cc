#include "tfx/metadata/put_bundle.h"

#include <optional>
#include <string>
#include <vector>

#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/edge_tables.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

// What was not there to be reused is there now: another writer was faster, and run again this call finds it. Not so on
// SQLite with its one writer.
absl::Status LostRace(const Transaction& tx, const absl::Status& status) {
  return tx.sql.dialect() == SqlDialect::kSqlite ? status : absl::AbortedError(status.message());
}

// One id per artifact: the stored artifact's, which is updated, where the option asks for it and the external id is
// known; else the put's.
absl::StatusOr<std::vector<int64_t>> PutAll(Transaction& tx, absl::Span<const Artifact* const> artifacts,
                                            bool reuse_by_external_id, const PutNodeRules& rules) {
  if (!reuse_by_external_id) return NodeTable<Artifact>::Put(tx, artifacts, rules);
  std::vector<int64_t> ids;
  for (const Artifact* artifact : artifacts) {
    std::optional<Artifact> update;
    if (!artifact->has_id() && !artifact->external_id().empty()) {
      ASSIGN_OR_RETURN(const std::vector<Artifact> stored,
                       NodeTable<Artifact>::LoadByText(tx, "external_id", {artifact->external_id()}));
      if (!stored.empty()) {
        update = *artifact;
        update->set_id(stored[0].id());
      }
    }
    const Artifact* const put = update.has_value() ? &*update : artifact;
    const absl::StatusOr<std::vector<int64_t>> id = NodeTable<Artifact>::Put(tx, absl::MakeConstSpan(&put, 1), rules);
    if (absl::IsAlreadyExists(id.status())) return LostRace(tx, id.status());
    RETURN_IF_ERROR(id.status());
    ids.push_back((*id)[0]);
  }
  return ids;
}

absl::StatusOr<int64_t> PutContext(Transaction& tx, const Context& context, bool reuse_by_name, bool link_given_id,
                                   const PutNodeRules& rules) {
  if (link_given_id && context.has_id()) {
    ASSIGN_OR_RETURN(const std::vector<int64_t> found, NodeTable<Context>::ExistingIds(tx.sql, {context.id()}));
    if (found.empty()) return absl::NotFoundError(Concat("No context with the given id ", context.id()));
    return context.id();
  }
  if (reuse_by_name && !context.has_id()) {
    int64_t id = 0;
    RETURN_IF_ERROR(tx.sql.Select("SELECT id FROM Context WHERE type_id = ? AND name = ?",
                                  {static_cast<int64_t>(context.type_id()), std::string_view(context.name())},
                                  [&](const SqlRow& row) {
                                    id = row.Int(0);
                                    return absl::OkStatus();
                                  }));
    if (id != 0) return id;
  }
  const absl::StatusOr<std::vector<int64_t>> ids = NodeTable<Context>::Put(tx, absl::MakeConstSpan(&context, 1), rules);
  if (reuse_by_name && absl::IsAlreadyExists(ids.status())) return LostRace(tx, ids.status());
  RETURN_IF_ERROR(ids.status());
  return (*ids)[0];
}

absl::Status LinkAll(SqlConnection& sql, absl::Span<const int64_t> contexts, absl::Span<const int64_t> executions,
                     absl::Span<const int64_t> artifacts) {
  ContextLinks artifact_links, execution_links;
  for (const int64_t context : contexts) {
    for (const int64_t execution : executions) execution_links.emplace_back(context, execution);
    for (const int64_t artifact : artifacts) {
      if (artifact >= 0) artifact_links.emplace_back(context, artifact);
    }
  }
  RETURN_IF_ERROR(LinkExecutions(sql, execution_links));
  return LinkArtifacts(sql, artifact_links);
}

absl::Status CheckIndex(std::optional<int> index, size_t size, std::string_view word, size_t edge) {
  if (!index.has_value() || (*index >= 0 && static_cast<size_t>(*index) < size)) return absl::OkStatus();
  return absl::OutOfRangeError(
      Concat("The ", word, "_index ", *index, " of event edge ", edge, " is out of range: there are ", size));
}

absl::Status CheckNamed(bool has_index, bool has_given_id, bool event_has_id, int64_t given_id, int64_t event_id,
                        std::string_view word, size_t edge) {
  if (!has_index && !event_has_id) {
    return absl::InvalidArgumentError(Concat("Event edge ", edge, " has neither ", word, "_index nor ", word, "_id"));
  }
  if (has_index && event_has_id && (!has_given_id || given_id != event_id)) {
    return absl::InvalidArgumentError(Concat("The ", word, "_id ", event_id, " in the event of edge ", edge,
                                             " does not match the ", word, " at its index"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PutExecutionResult> PutExecutionBundle(Transaction& tx, const Execution& execution,
                                                      absl::Span<const ArtifactAndEvent> pairs,
                                                      absl::Span<const Context> contexts,
                                                      const PutExecutionOptions& options) {
  const PutNodeRules rules{.force_update_time = options.force_update_time};
  PutExecutionResult result;
  std::vector<const Artifact*> artifacts;
  for (const ArtifactAndEvent& pair : pairs) {
    if (pair.artifact.has_value()) artifacts.push_back(&*pair.artifact);
  }
  ASSIGN_OR_RETURN(const std::vector<int64_t> artifact_ids,
                   PutAll(tx, artifacts, options.reuse_artifact_if_already_exist_by_external_id, rules));
  for (size_t i = 0, put = 0; i < pairs.size(); ++i) {
    const Event* event = pairs[i].event.has_value() ? &*pairs[i].event : nullptr;
    if (!pairs[i].artifact.has_value()) {
      result.artifact_ids.push_back(event != nullptr && event->has_artifact_id() ? event->artifact_id() : -1);
      continue;
    }
    const int64_t id = artifact_ids[put++];
    if (event != nullptr && event->has_artifact_id() && event->artifact_id() != id) {
      return absl::InvalidArgumentError(
          Concat("Request's event.artifact_id ", event->artifact_id(), " does not match with the given artifact ", id));
    }
    result.artifact_ids.push_back(id);
  }
  ASSIGN_OR_RETURN(const std::vector<int64_t> execution_ids,
                   NodeTable<Execution>::Put(tx, absl::MakeConstSpan(&execution, 1), rules));
  result.execution_id = execution_ids[0];

  std::vector<EventBetween> events;
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (!pairs[i].event.has_value()) continue;
    const Event& event = *pairs[i].event;
    if (event.has_execution_id() && (!execution.has_id() || event.execution_id() != execution.id())) {
      return absl::InvalidArgumentError(Concat("Request's event.execution_id ", event.execution_id(),
                                               " does not match with the given execution ", result.execution_id));
    }
    EventBetween& row = events.emplace_back(EventBetween{&event, std::nullopt, result.execution_id});
    if (pairs[i].artifact.has_value()) {
      row.artifact_id = result.artifact_ids[i];
    } else if (event.has_artifact_id()) {
      row.artifact_id = event.artifact_id();
      RETURN_IF_ERROR(CheckArtifactsExist(tx.sql, {event.artifact_id()}));
    }
  }
  RETURN_IF_ERROR(InsertEvents(tx, events));
  for (const Context& context : contexts) {
    ASSIGN_OR_RETURN(const int64_t id, PutContext(tx, context, options.reuse_context_if_already_exist,
                                                  options.force_reuse_context, rules));
    result.context_ids.push_back(id);
  }
  RETURN_IF_ERROR(LinkAll(tx.sql, result.context_ids, {result.execution_id}, result.artifact_ids));
  return result;
}

absl::StatusOr<PutLineageSubgraphResult> PutSubgraph(Transaction& tx, absl::Span<const Execution> executions,
                                                     absl::Span<const Artifact> artifacts,
                                                     absl::Span<const Context> contexts,
                                                     absl::Span<const LineageEdge> edges,
                                                     const PutLineageSubgraphOptions& options) {
  for (size_t i = 0; i < edges.size(); ++i) {
    const LineageEdge& edge = edges[i];
    RETURN_IF_ERROR(CheckIndex(edge.execution_index, executions.size(), "execution", i));
    RETURN_IF_ERROR(CheckIndex(edge.artifact_index, artifacts.size(), "artifact", i));
    const Execution* execution = edge.execution_index.has_value() ? &executions[*edge.execution_index] : nullptr;
    const Artifact* artifact = edge.artifact_index.has_value() ? &artifacts[*edge.artifact_index] : nullptr;
    RETURN_IF_ERROR(CheckNamed(execution != nullptr, execution != nullptr && execution->has_id(),
                               edge.event.has_execution_id(), execution != nullptr ? execution->id() : 0,
                               edge.event.execution_id(), "execution", i));
    RETURN_IF_ERROR(CheckNamed(artifact != nullptr, artifact != nullptr && artifact->has_id(),
                               edge.event.has_artifact_id(), artifact != nullptr ? artifact->id() : 0,
                               edge.event.artifact_id(), "artifact", i));
  }
  PutLineageSubgraphResult result;
  for (const Context& context : contexts) {
    ASSIGN_OR_RETURN(const int64_t id, PutContext(tx, context, options.reuse_context_if_already_exist, false, {}));
    result.context_ids.push_back(id);
  }
  std::vector<const Artifact*> pointers;
  for (const Artifact& artifact : artifacts) pointers.push_back(&artifact);
  ASSIGN_OR_RETURN(result.artifact_ids,
                   PutAll(tx, pointers, options.reuse_artifact_if_already_exist_by_external_id, {}));
  ASSIGN_OR_RETURN(result.execution_ids, NodeTable<Execution>::Put(tx, executions, {}));
  RETURN_IF_ERROR(LinkAll(tx.sql, result.context_ids, result.execution_ids, result.artifact_ids));
  std::vector<EventBetween> events;
  for (const LineageEdge& edge : edges) {
    EventBetween& row = events.emplace_back(EventBetween{&edge.event});
    if (edge.execution_index.has_value()) {
      row.execution_id = result.execution_ids[*edge.execution_index];
    } else {
      row.execution_id = edge.event.execution_id();
      RETURN_IF_ERROR(CheckExecutionsExist(tx.sql, {*row.execution_id}));
    }
    if (edge.artifact_index.has_value()) {
      row.artifact_id = result.artifact_ids[*edge.artifact_index];
    } else {
      row.artifact_id = edge.event.artifact_id();
      RETURN_IF_ERROR(CheckArtifactsExist(tx.sql, {*row.artifact_id}));
    }
  }
  RETURN_IF_ERROR(InsertEvents(tx, events));
  return result;
}

}  // namespace mlmd
