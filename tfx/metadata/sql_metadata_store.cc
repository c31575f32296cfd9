#include "tfx/metadata/sql_metadata_store.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/edge_tables.h"
#include "tfx/metadata/lineage.h"
#include "tfx/metadata/node_traits.h"
#include "tfx/metadata/put_bundle.h"
#include "tfx/metadata/sql_schema.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

absl::Status CheckExternalIds(absl::Span<const std::string> ids) {
  if (std::any_of(ids.begin(), ids.end(), [](const std::string& id) { return id.empty(); })) {
    return absl::InvalidArgumentError("Invalid argument because at least one empty external_id exists.");
  }
  return absl::OkStatus();
}

absl::Status StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

template <typename Type>
absl::StatusOr<std::vector<Type>> FromRecords(const std::vector<TypeRecord>& records) {
  std::vector<Type> types(records.size());
  for (size_t i = 0; i < records.size(); ++i) RETURN_IF_ERROR(FromRecord(records[i], &types[i]));
  return types;
}

// The contexts that a link table ties to one node. The tables' index starts with the context, so ask it per context
// instead of searching the whole table.
absl::StatusOr<std::vector<Context>> LoadLinkedContexts(Transaction& tx, std::string_view table,
                                                        std::string_view column, int64_t id) {
  return NodeTable<Context>::Load(tx,
                                  Concat("WHERE EXISTS (SELECT 1 FROM ", table, " L WHERE L.context_id = N.id AND L.",
                                         column, " = ?) ORDER BY N.id"),
                                  {id});
}

template <typename Map>
std::vector<Context> TakeOnly(Map related) {
  return related.empty() ? std::vector<Context>() : std::move(related.begin()->second);
}

}  // namespace

template <typename Body>
auto SqlMetadataStore::Read(Body body) {
  using Result = std::invoke_result_t<Body, Transaction&>;
  Result result = absl::UnknownError("not run");
  const absl::Status status = database_->Read([&](SqlConnection& sql, SqlDatabase::GetSnapshot snapshot) {
    Transaction tx{sql, types_, clock_.NowMillis(), nodes_.get(), &snapshot};
    result = body(tx);
    return StatusOf(result);
  });
  return status.ok() ? std::move(result) : Result(status);
}

template <typename Body>
auto SqlMetadataStore::Write(Body body) {
  using Result = std::invoke_result_t<Body, Transaction&>;
  if (access_ == Access::kReadOnly) {
    return Result(absl::FailedPreconditionError(Concat(name_, ": was opened read-only; nothing was stored")));
  }
  Result result = absl::UnknownError("not run");
  const absl::Status status = database_->Write([&](SqlConnection& sql) {
    Transaction tx{sql, types_, clock_.NowMillis(), nodes_.get(), nullptr, database_->generation_of_write()};
    result = body(tx);
    return StatusOf(result);
  });
  return status.ok() ? std::move(result) : Result(status);
}

template <typename Body>
auto SqlMetadataStore::ReadIndexed(ListIndexes needed, Body body) {
  if (list_indexes_ < needed) {
    // Of two that come here at once the second finds nothing missing.
    const absl::Status status =
        database_->Write([&](SqlConnection& sql) { return CreateMissingIndexes(sql, LayoutInMemory(needed)); });
    if (!status.ok()) return decltype(Read(body))(status);
    list_indexes_ = needed;
  }
  return Read(body);
}

template <typename Body>
auto SqlMetadataStore::ReadList(ListIndexes needed, const ListOptions& options, Body body) {
  const bool by_id = options.filter_query.empty() && options.order_by == ListOptions::OrderBy::kId;
  return ReadIndexed(by_id ? needed : ListIndexes::kAll, body);
}

template <typename Type>
absl::StatusOr<int64_t> SqlMetadataStore::PutType(const Type& type, const PutTypeOptions& options) {
  ASSIGN_OR_RETURN(const TypeRecord record, ToRecord(type));
  return Write([&](Transaction& tx) { return UpsertType(tx.sql, record, options); });
}

template <typename Type>
absl::StatusOr<Type> SqlMetadataStore::GetType(TypeKind kind, std::string_view name, std::string_view version) {
  return Read([&](Transaction& tx) -> absl::StatusOr<Type> {
    ASSIGN_OR_RETURN(const std::optional<TypeRecord> record, LoadType(tx.sql, kind, name, version));
    if (!record.has_value()) {
      return absl::NotFoundError(Concat("No type found for query, name: `", name, "`, version: `",
                                        version.empty() ? "nullopt" : version, "`"));
    }
    Type type;
    RETURN_IF_ERROR(FromRecord(*record, &type));
    return type;
  });
}

template <typename Type, typename Load>
absl::StatusOr<std::vector<Type>> SqlMetadataStore::GetTypes(TypeKind kind, Load load) {
  return Read([&](Transaction& tx) -> absl::StatusOr<std::vector<Type>> {
    ASSIGN_OR_RETURN(std::vector<TypeRecord> records, load(tx));
    std::erase_if(records, [&](const TypeRecord& record) { return record.kind != kind; });
    return FromRecords<Type>(records);
  });
}

template <typename Type>
absl::StatusOr<std::vector<Type>> SqlMetadataStore::GetTypesByExternalIds(TypeKind kind,
                                                                          absl::Span<const std::string> ids) {
  RETURN_IF_ERROR(CheckExternalIds(ids));
  return GetTypes<Type>(kind, [&](Transaction& tx) { return LoadTypesByExternalId(tx.sql, kind, ids); });
}

template <typename Node>
absl::StatusOr<Page<Node>> SqlMetadataStore::ListByType(std::string_view type_name, std::string_view type_version,
                                                        const ListOptions& options) {
  return ReadList(ListIndexes::kByType, options, [&](Transaction& tx) -> absl::StatusOr<Page<Node>> {
    ASSIGN_OR_RETURN(const std::optional<int64_t> type_id,
                     FindTypeId(tx.sql, NodeTraits<Node>::kKind, type_name, type_version));
    // The type of no node has id 0: an unknown type lists nothing, but bad options are still an error.
    return NodeTable<Node>::List(tx, {.where = "N.type_id = ?", .values = {type_id.value_or(0)}}, options);
  });
}

template <typename Node>
absl::StatusOr<std::vector<Node>> SqlMetadataStore::GetByExternalIds(absl::Span<const std::string> ids) {
  RETURN_IF_ERROR(CheckExternalIds(ids));
  return Read([&](Transaction& tx) { return NodeTable<Node>::LoadByText(tx, "external_id", ids); });
}

absl::StatusOr<int64_t> SqlMetadataStore::PutArtifactType(const ArtifactType& type, const PutTypeOptions& options) {
  return PutType(type, options);
}
absl::StatusOr<ArtifactType> SqlMetadataStore::GetArtifactType(std::string_view name, std::string_view version) {
  return GetType<ArtifactType>(TypeKind::kArtifact, name, version);
}
absl::StatusOr<std::vector<ArtifactType>> SqlMetadataStore::GetArtifactTypes() {
  return GetTypes<ArtifactType>(TypeKind::kArtifact,
                                [](Transaction& tx) { return LoadTypesOfKind(tx.sql, TypeKind::kArtifact); });
}
absl::StatusOr<std::vector<ArtifactType>> SqlMetadataStore::GetArtifactTypesByID(absl::Span<const int64_t> ids) {
  return GetTypes<ArtifactType>(TypeKind::kArtifact, [&](Transaction& tx) { return LoadTypesById(tx.sql, ids); });
}
absl::StatusOr<std::vector<ArtifactType>> SqlMetadataStore::GetArtifactTypesByExternalIds(
    absl::Span<const std::string> ids) {
  return GetTypesByExternalIds<ArtifactType>(TypeKind::kArtifact, ids);
}

absl::StatusOr<int64_t> SqlMetadataStore::PutExecutionType(const ExecutionType& type, const PutTypeOptions& options) {
  return PutType(type, options);
}
absl::StatusOr<ExecutionType> SqlMetadataStore::GetExecutionType(std::string_view name, std::string_view version) {
  return GetType<ExecutionType>(TypeKind::kExecution, name, version);
}
absl::StatusOr<std::vector<ExecutionType>> SqlMetadataStore::GetExecutionTypes() {
  return GetTypes<ExecutionType>(TypeKind::kExecution,
                                 [](Transaction& tx) { return LoadTypesOfKind(tx.sql, TypeKind::kExecution); });
}
absl::StatusOr<std::vector<ExecutionType>> SqlMetadataStore::GetExecutionTypesByID(absl::Span<const int64_t> ids) {
  return GetTypes<ExecutionType>(TypeKind::kExecution, [&](Transaction& tx) { return LoadTypesById(tx.sql, ids); });
}
absl::StatusOr<std::vector<ExecutionType>> SqlMetadataStore::GetExecutionTypesByExternalIds(
    absl::Span<const std::string> ids) {
  return GetTypesByExternalIds<ExecutionType>(TypeKind::kExecution, ids);
}

absl::StatusOr<int64_t> SqlMetadataStore::PutContextType(const ContextType& type, const PutTypeOptions& options) {
  return PutType(type, options);
}
absl::StatusOr<ContextType> SqlMetadataStore::GetContextType(std::string_view name, std::string_view version) {
  return GetType<ContextType>(TypeKind::kContext, name, version);
}
absl::StatusOr<std::vector<ContextType>> SqlMetadataStore::GetContextTypes() {
  return GetTypes<ContextType>(TypeKind::kContext,
                               [](Transaction& tx) { return LoadTypesOfKind(tx.sql, TypeKind::kContext); });
}
absl::StatusOr<std::vector<ContextType>> SqlMetadataStore::GetContextTypesByID(absl::Span<const int64_t> ids) {
  return GetTypes<ContextType>(TypeKind::kContext, [&](Transaction& tx) { return LoadTypesById(tx.sql, ids); });
}
absl::StatusOr<std::vector<ContextType>> SqlMetadataStore::GetContextTypesByExternalIds(
    absl::Span<const std::string> ids) {
  return GetTypesByExternalIds<ContextType>(TypeKind::kContext, ids);
}

absl::StatusOr<PutTypesResult> SqlMetadataStore::PutTypes(absl::Span<const ArtifactType> artifact_types,
                                                          absl::Span<const ExecutionType> execution_types,
                                                          absl::Span<const ContextType> context_types,
                                                          const PutTypeOptions& options) {
  return Write([&](Transaction& tx) -> absl::StatusOr<PutTypesResult> {
    const auto put = [&](const auto& types, std::vector<int64_t>* ids) -> absl::Status {
      for (const auto& type : types) {
        ASSIGN_OR_RETURN(const TypeRecord record, ToRecord(type));
        ASSIGN_OR_RETURN(const int64_t id, UpsertType(tx.sql, record, options));
        ids->push_back(id);
      }
      return absl::OkStatus();
    };
    PutTypesResult result;
    RETURN_IF_ERROR(put(artifact_types, &result.artifact_type_ids));
    RETURN_IF_ERROR(put(execution_types, &result.execution_type_ids));
    RETURN_IF_ERROR(put(context_types, &result.context_type_ids));
    return result;
  });
}

absl::StatusOr<std::vector<int64_t>> SqlMetadataStore::PutArtifacts(absl::Span<const Artifact> artifacts,
                                                                    const PutArtifactsOptions& options) {
  return Write([&](Transaction& tx) {
    return NodeTable<Artifact>::Put(
        tx, artifacts,
        {.update_mask = options.update_mask,
         .abort_if_latest_updated_time_changed = options.abort_if_latest_updated_time_changed});
  });
}

absl::Status SqlMetadataStore::PutEvents(absl::Span<const Event> events) {
  return Write([&](Transaction& tx) -> absl::Status {
    std::vector<int64_t> artifact_ids, execution_ids;
    for (const Event& event : events) {
      if (event.has_artifact_id()) artifact_ids.push_back(event.artifact_id());
      if (event.has_execution_id()) execution_ids.push_back(event.execution_id());
    }
    RETURN_IF_ERROR(CheckArtifactsExist(tx.sql, artifact_ids));
    RETURN_IF_ERROR(CheckExecutionsExist(tx.sql, execution_ids));
    std::vector<EventBetween> rows;
    for (const Event& event : events) {
      EventBetween& row = rows.emplace_back(EventBetween{&event});
      if (event.has_artifact_id()) row.artifact_id = event.artifact_id();
      if (event.has_execution_id()) row.execution_id = event.execution_id();
    }
    return InsertEvents(tx, rows);
  });
}

absl::Status SqlMetadataStore::PutAttributionsAndAssociations(absl::Span<const Attribution> attributions,
                                                              absl::Span<const Association> associations) {
  return Write([&](Transaction& tx) -> absl::Status {
    std::vector<int64_t> artifact_ids, execution_ids, context_ids;
    for (const Attribution& link : attributions) {
      artifact_ids.push_back(link.artifact_id());
      context_ids.push_back(link.context_id());
    }
    for (const Association& link : associations) {
      execution_ids.push_back(link.execution_id());
      context_ids.push_back(link.context_id());
    }
    RETURN_IF_ERROR(CheckContextsExist(tx.sql, context_ids));
    RETURN_IF_ERROR(CheckArtifactsExist(tx.sql, artifact_ids));
    RETURN_IF_ERROR(CheckExecutionsExist(tx.sql, execution_ids));
    ContextLinks artifact_links, execution_links;
    for (const Attribution& link : attributions) artifact_links.emplace_back(link.context_id(), link.artifact_id());
    for (const Association& link : associations) execution_links.emplace_back(link.context_id(), link.execution_id());
    RETURN_IF_ERROR(LinkArtifacts(tx.sql, artifact_links));
    return LinkExecutions(tx.sql, execution_links);
  });
}

absl::Status SqlMetadataStore::PutParentContexts(absl::Span<const ParentContext> parent_contexts) {
  return Write([&](Transaction& tx) -> absl::Status {
    for (const ParentContext& link : parent_contexts) RETURN_IF_ERROR(InsertParentContext(tx.sql, link));
    return absl::OkStatus();
  });
}

absl::StatusOr<PutExecutionResult> SqlMetadataStore::PutExecution(
    const Execution& execution, absl::Span<const ArtifactAndEvent> artifacts_and_events,
    absl::Span<const Context> contexts, const PutExecutionOptions& options) {
  return Write(
      [&](Transaction& tx) { return PutExecutionBundle(tx, execution, artifacts_and_events, contexts, options); });
}

absl::StatusOr<PutLineageSubgraphResult> SqlMetadataStore::PutLineageSubgraph(
    absl::Span<const Execution> executions, absl::Span<const Artifact> artifacts, absl::Span<const Context> contexts,
    absl::Span<const LineageEdge> edges, const PutLineageSubgraphOptions& options) {
  return Write([&](Transaction& tx) { return PutSubgraph(tx, executions, artifacts, contexts, edges, options); });
}

absl::StatusOr<std::vector<int64_t>> SqlMetadataStore::PutExecutions(absl::Span<const Execution> nodes,
                                                                     const PutNodesOptions& options) {
  return Write(
      [&](Transaction& tx) { return NodeTable<Execution>::Put(tx, nodes, {.update_mask = options.update_mask}); });
}

absl::StatusOr<std::vector<int64_t>> SqlMetadataStore::PutContexts(absl::Span<const Context> nodes,
                                                                   const PutNodesOptions& options) {
  return Write(
      [&](Transaction& tx) { return NodeTable<Context>::Put(tx, nodes, {.update_mask = options.update_mask}); });
}

absl::StatusOr<Page<Artifact>> SqlMetadataStore::GetArtifacts(const ListOptions& options) {
  return ReadList(ListIndexes::kNone, options,
                  [&](Transaction& tx) { return NodeTable<Artifact>::List(tx, {}, options); });
}
absl::StatusOr<std::vector<Artifact>> SqlMetadataStore::GetArtifactsByID(absl::Span<const int64_t> ids) {
  return Read([&](Transaction& tx) { return NodeTable<Artifact>::LoadById(tx, ids); });
}
absl::StatusOr<Page<Artifact>> SqlMetadataStore::GetArtifactsByType(std::string_view type_name,
                                                                    std::string_view type_version,
                                                                    const ListOptions& options) {
  return ListByType<Artifact>(type_name, type_version, options);
}
absl::StatusOr<std::optional<Artifact>> SqlMetadataStore::GetArtifactByTypeAndName(std::string_view type_name,
                                                                                   std::string_view name,
                                                                                   std::string_view type_version) {
  return Read(
      [&](Transaction& tx) { return NodeTable<Artifact>::LoadByTypeAndName(tx, type_name, name, type_version); });
}
absl::StatusOr<std::vector<Artifact>> SqlMetadataStore::GetArtifactsByExternalIds(absl::Span<const std::string> ids) {
  return GetByExternalIds<Artifact>(ids);
}

absl::StatusOr<Page<Execution>> SqlMetadataStore::GetExecutions(const ListOptions& options) {
  return ReadList(ListIndexes::kNone, options,
                  [&](Transaction& tx) { return NodeTable<Execution>::List(tx, {}, options); });
}
absl::StatusOr<std::vector<Execution>> SqlMetadataStore::GetExecutionsByID(absl::Span<const int64_t> ids) {
  return Read([&](Transaction& tx) { return NodeTable<Execution>::LoadById(tx, ids); });
}
absl::StatusOr<Page<Execution>> SqlMetadataStore::GetExecutionsByType(std::string_view type_name,
                                                                      std::string_view type_version,
                                                                      const ListOptions& options) {
  return ListByType<Execution>(type_name, type_version, options);
}
absl::StatusOr<std::optional<Execution>> SqlMetadataStore::GetExecutionByTypeAndName(std::string_view type_name,
                                                                                     std::string_view name,
                                                                                     std::string_view type_version) {
  return Read(
      [&](Transaction& tx) { return NodeTable<Execution>::LoadByTypeAndName(tx, type_name, name, type_version); });
}
absl::StatusOr<std::vector<Execution>> SqlMetadataStore::GetExecutionsByExternalIds(absl::Span<const std::string> ids) {
  return GetByExternalIds<Execution>(ids);
}

absl::StatusOr<Page<Context>> SqlMetadataStore::GetContexts(const ListOptions& options) {
  return ReadList(ListIndexes::kNone, options,
                  [&](Transaction& tx) { return NodeTable<Context>::List(tx, {}, options); });
}
absl::StatusOr<std::vector<Context>> SqlMetadataStore::GetContextsByID(absl::Span<const int64_t> ids) {
  return Read([&](Transaction& tx) { return NodeTable<Context>::LoadById(tx, ids); });
}
absl::StatusOr<Page<Context>> SqlMetadataStore::GetContextsByType(std::string_view type_name,
                                                                  std::string_view type_version,
                                                                  const ListOptions& options) {
  return ListByType<Context>(type_name, type_version, options);
}
absl::StatusOr<std::optional<Context>> SqlMetadataStore::GetContextByTypeAndName(std::string_view type_name,
                                                                                 std::string_view name,
                                                                                 std::string_view type_version) {
  return Read(
      [&](Transaction& tx) { return NodeTable<Context>::LoadByTypeAndName(tx, type_name, name, type_version); });
}
absl::StatusOr<std::vector<Context>> SqlMetadataStore::GetContextsByExternalIds(absl::Span<const std::string> ids) {
  return GetByExternalIds<Context>(ids);
}

absl::StatusOr<std::vector<Event>> SqlMetadataStore::GetEventsByArtifactIDs(absl::Span<const int64_t> ids) {
  return Read([&](Transaction& tx) { return LoadEvents(tx.sql, EventEnd::kArtifact, ids); });
}
absl::StatusOr<std::vector<Context>> SqlMetadataStore::GetContextsByArtifact(int64_t artifact_id) {
  return Read([&](Transaction& tx) { return LoadLinkedContexts(tx, "Attribution", "artifact_id", artifact_id); });
}
absl::StatusOr<Page<Artifact>> SqlMetadataStore::GetArtifactsByContext(int64_t context_id, const ListOptions& options) {
  return ReadList(ListIndexes::kNone, options, [&](Transaction& tx) {
    return NodeTable<Artifact>::List(
        tx, {.link = "Attribution", .link_column = "artifact_id", .where = "L.context_id = ?", .values = {context_id}},
        options);
  });
}

absl::StatusOr<std::vector<Event>> SqlMetadataStore::GetEventsByExecutionIDs(absl::Span<const int64_t> ids) {
  return Read([&](Transaction& tx) { return LoadEvents(tx.sql, EventEnd::kExecution, ids); });
}
absl::StatusOr<std::vector<Context>> SqlMetadataStore::GetContextsByExecution(int64_t execution_id) {
  return Read([&](Transaction& tx) { return LoadLinkedContexts(tx, "Association", "execution_id", execution_id); });
}
absl::StatusOr<Page<Execution>> SqlMetadataStore::GetExecutionsByContext(int64_t context_id,
                                                                         const ListOptions& options) {
  return ReadList(ListIndexes::kNone, options, [&](Transaction& tx) {
    return NodeTable<Execution>::List(
        tx, {.link = "Association", .link_column = "execution_id", .where = "L.context_id = ?", .values = {context_id}},
        options);
  });
}

absl::StatusOr<std::vector<Context>> SqlMetadataStore::GetParentContextsByContext(int64_t context_id) {
  ASSIGN_OR_RETURN(auto related, GetParentContextsByContexts({context_id}));
  return TakeOnly(std::move(related));
}
absl::StatusOr<std::map<int64_t, std::vector<Context>>> SqlMetadataStore::GetParentContextsByContexts(
    absl::Span<const int64_t> context_ids) {
  return Read([&](Transaction& tx) { return LoadRelatedContexts(tx, ContextRelation::kParents, context_ids); });
}

absl::StatusOr<std::vector<Context>> SqlMetadataStore::GetChildrenContextsByContext(int64_t context_id) {
  ASSIGN_OR_RETURN(auto related, GetChildrenContextsByContexts({context_id}));
  return TakeOnly(std::move(related));
}
absl::StatusOr<std::map<int64_t, std::vector<Context>>> SqlMetadataStore::GetChildrenContextsByContexts(
    absl::Span<const int64_t> context_ids) {
  return Read([&](Transaction& tx) { return LoadRelatedContexts(tx, ContextRelation::kChildren, context_ids); });
}

absl::StatusOr<std::vector<Artifact>> SqlMetadataStore::GetArtifactsByURI(absl::Span<const std::string> uris) {
  return ReadIndexed(ListIndexes::kAll,
                     [&](Transaction& tx) { return NodeTable<Artifact>::LoadByText(tx, "uri", uris); });
}

absl::StatusOr<LineageGraph> SqlMetadataStore::GetLineageSubgraph(const LineageQuery& query) {
  return ReadIndexed(ListIndexes::kAll, [&](Transaction& tx) { return LoadLineageSubgraph(tx, query); });
}

}  // namespace mlmd
