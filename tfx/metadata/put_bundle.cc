#include "tfx/metadata/put_bundle.h"

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

// The stored artifact's id where the option asks for it and the external id is known; else the put's.
absl::StatusOr<int64_t> PutArtifact(Transaction& tx, const Artifact& artifact, bool reuse_by_external_id,
                                    const PutNodeRules& rules) {
  if (reuse_by_external_id && !artifact.has_id() && !artifact.external_id().empty()) {
    ASSIGN_OR_RETURN(const std::vector<Artifact> stored,
                     NodeTable<Artifact>::LoadByText(tx, "external_id", {artifact.external_id()}));
    if (!stored.empty()) {
      Artifact update = artifact;
      update.set_id(stored[0].id());
      ASSIGN_OR_RETURN(const std::vector<int64_t> ids, NodeTable<Artifact>::Put(tx, {update}, rules));
      return ids[0];
    }
  }
  const absl::StatusOr<std::vector<int64_t>> ids =
      NodeTable<Artifact>::Put(tx, absl::MakeConstSpan(&artifact, 1), rules);
  if (reuse_by_external_id && absl::IsAlreadyExists(ids.status())) return LostRace(tx, ids.status());
  RETURN_IF_ERROR(ids.status());
  return (*ids)[0];
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
  for (const ArtifactAndEvent& pair : pairs) {
    if (!pair.artifact.has_value()) {
      result.artifact_ids.push_back(pair.event.has_value() && pair.event->has_artifact_id() ? pair.event->artifact_id()
                                                                                            : -1);
      continue;
    }
    ASSIGN_OR_RETURN(const int64_t id,
                     PutArtifact(tx, *pair.artifact, options.reuse_artifact_if_already_exist_by_external_id, rules));
    if (pair.event.has_value() && pair.event->has_artifact_id() && pair.event->artifact_id() != id) {
      return absl::InvalidArgumentError(Concat("Request's event.artifact_id ", pair.event->artifact_id(),
                                               " does not match with the given artifact ", id));
    }
    result.artifact_ids.push_back(id);
  }
  ASSIGN_OR_RETURN(const std::vector<int64_t> execution_ids,
                   NodeTable<Execution>::Put(tx, absl::MakeConstSpan(&execution, 1), rules));
  result.execution_id = execution_ids[0];

  std::vector<Event> events;
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (!pairs[i].event.has_value()) continue;
    Event& event = events.emplace_back(*pairs[i].event);
    if (event.has_execution_id() && (!execution.has_id() || event.execution_id() != execution.id())) {
      return absl::InvalidArgumentError(Concat("Request's event.execution_id ", event.execution_id(),
                                               " does not match with the given execution ", result.execution_id));
    }
    event.set_execution_id(result.execution_id);
    if (pairs[i].artifact.has_value()) {
      event.set_artifact_id(result.artifact_ids[i]);
    } else if (event.has_artifact_id()) {
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
  for (const Artifact& artifact : artifacts) {
    ASSIGN_OR_RETURN(const int64_t id,
                     PutArtifact(tx, artifact, options.reuse_artifact_if_already_exist_by_external_id, {}));
    result.artifact_ids.push_back(id);
  }
  ASSIGN_OR_RETURN(result.execution_ids, NodeTable<Execution>::Put(tx, executions, {}));
  RETURN_IF_ERROR(LinkAll(tx.sql, result.context_ids, result.execution_ids, result.artifact_ids));
  std::vector<Event> events;
  for (const LineageEdge& edge : edges) {
    Event& event = events.emplace_back(edge.event);
    if (edge.execution_index.has_value()) {
      event.set_execution_id(result.execution_ids[*edge.execution_index]);
    } else {
      RETURN_IF_ERROR(CheckExecutionsExist(tx.sql, {event.execution_id()}));
    }
    if (edge.artifact_index.has_value()) {
      event.set_artifact_id(result.artifact_ids[*edge.artifact_index]);
    } else {
      RETURN_IF_ERROR(CheckArtifactsExist(tx.sql, {event.artifact_id()}));
    }
  }
  RETURN_IF_ERROR(InsertEvents(tx, events));
  return result;
}

}  // namespace mlmd
