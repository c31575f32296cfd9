// MetadataStore over a SQL database: one transaction per call, the tables' modules do the work.
#ifndef TFX_METADATA_SQL_METADATA_STORE_H_
#define TFX_METADATA_SQL_METADATA_STORE_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/node_table.h"
#include "tfx/metadata/sql_database.h"
#include "tfx/metadata/type_table.h"

namespace mlmd {

class SqlMetadataStore final : public MetadataStore {
 public:
  enum class Access { kReadOnly, kReadWrite };

  // The database's schema must be current. `name` names it in messages. The clock must outlive the store.
  SqlMetadataStore(std::unique_ptr<SqlDatabase> database, std::string name, Access access, Clock& clock)
      : database_(std::move(database)), name_(std::move(name)), access_(access), clock_(clock) {
    database_->OnFailedCommit([this] { types_.Clear(); });
  }

  absl::StatusOr<int64_t> PutArtifactType(const ArtifactType& type, const PutTypeOptions& options) override;
  absl::StatusOr<int64_t> PutExecutionType(const ExecutionType& type, const PutTypeOptions& options) override;
  absl::StatusOr<int64_t> PutContextType(const ContextType& type, const PutTypeOptions& options) override;
  absl::StatusOr<PutTypesResult> PutTypes(absl::Span<const ArtifactType> artifact_types,
                                          absl::Span<const ExecutionType> execution_types,
                                          absl::Span<const ContextType> context_types,
                                          const PutTypeOptions& options) override;
  absl::StatusOr<ArtifactType> GetArtifactType(std::string_view name, std::string_view version) override;
  absl::StatusOr<ExecutionType> GetExecutionType(std::string_view name, std::string_view version) override;
  absl::StatusOr<ContextType> GetContextType(std::string_view name, std::string_view version) override;
  absl::StatusOr<std::vector<ArtifactType>> GetArtifactTypes() override;
  absl::StatusOr<std::vector<ExecutionType>> GetExecutionTypes() override;
  absl::StatusOr<std::vector<ContextType>> GetContextTypes() override;
  absl::StatusOr<std::vector<ArtifactType>> GetArtifactTypesByID(absl::Span<const int64_t> ids) override;
  absl::StatusOr<std::vector<ExecutionType>> GetExecutionTypesByID(absl::Span<const int64_t> ids) override;
  absl::StatusOr<std::vector<ContextType>> GetContextTypesByID(absl::Span<const int64_t> ids) override;
  absl::StatusOr<std::vector<ArtifactType>> GetArtifactTypesByExternalIds(absl::Span<const std::string> ids) override;
  absl::StatusOr<std::vector<ExecutionType>> GetExecutionTypesByExternalIds(absl::Span<const std::string> ids) override;
  absl::StatusOr<std::vector<ContextType>> GetContextTypesByExternalIds(absl::Span<const std::string> ids) override;
  absl::StatusOr<std::vector<int64_t>> PutArtifacts(absl::Span<const Artifact> artifacts,
                                                    const PutArtifactsOptions& options) override;
  absl::StatusOr<std::vector<int64_t>> PutExecutions(absl::Span<const Execution> executions,
                                                     const PutNodesOptions& options) override;
  absl::StatusOr<std::vector<int64_t>> PutContexts(absl::Span<const Context> contexts,
                                                   const PutNodesOptions& options) override;
  absl::Status PutEvents(absl::Span<const Event> events) override;
  absl::Status PutAttributionsAndAssociations(absl::Span<const Attribution> attributions,
                                              absl::Span<const Association> associations) override;
  absl::Status PutParentContexts(absl::Span<const ParentContext> parent_contexts) override;
  absl::StatusOr<PutExecutionResult> PutExecution(const Execution& execution,
                                                  absl::Span<const ArtifactAndEvent> artifacts_and_events,
                                                  absl::Span<const Context> contexts,
                                                  const PutExecutionOptions& options) override;
  absl::StatusOr<PutLineageSubgraphResult> PutLineageSubgraph(absl::Span<const Execution> executions,
                                                              absl::Span<const Artifact> artifacts,
                                                              absl::Span<const Context> contexts,
                                                              absl::Span<const LineageEdge> edges,
                                                              const PutLineageSubgraphOptions& options) override;
  absl::StatusOr<Page<Artifact>> GetArtifacts(const ListOptions& options) override;
  absl::StatusOr<Page<Execution>> GetExecutions(const ListOptions& options) override;
  absl::StatusOr<Page<Context>> GetContexts(const ListOptions& options) override;
  absl::StatusOr<std::vector<Artifact>> GetArtifactsByID(absl::Span<const int64_t> ids) override;
  absl::StatusOr<std::vector<Execution>> GetExecutionsByID(absl::Span<const int64_t> ids) override;
  absl::StatusOr<std::vector<Context>> GetContextsByID(absl::Span<const int64_t> ids) override;
  absl::StatusOr<Page<Artifact>> GetArtifactsByType(std::string_view type_name, std::string_view type_version,
                                                    const ListOptions& options) override;
  absl::StatusOr<Page<Execution>> GetExecutionsByType(std::string_view type_name, std::string_view type_version,
                                                      const ListOptions& options) override;
  absl::StatusOr<Page<Context>> GetContextsByType(std::string_view type_name, std::string_view type_version,
                                                  const ListOptions& options) override;
  absl::StatusOr<std::optional<Artifact>> GetArtifactByTypeAndName(std::string_view type_name, std::string_view name,
                                                                   std::string_view type_version) override;
  absl::StatusOr<std::optional<Execution>> GetExecutionByTypeAndName(std::string_view type_name, std::string_view name,
                                                                     std::string_view type_version) override;
  absl::StatusOr<std::optional<Context>> GetContextByTypeAndName(std::string_view type_name, std::string_view name,
                                                                 std::string_view type_version) override;
  absl::StatusOr<std::vector<Artifact>> GetArtifactsByExternalIds(absl::Span<const std::string> ids) override;
  absl::StatusOr<std::vector<Execution>> GetExecutionsByExternalIds(absl::Span<const std::string> ids) override;
  absl::StatusOr<std::vector<Context>> GetContextsByExternalIds(absl::Span<const std::string> ids) override;
  absl::StatusOr<std::vector<Artifact>> GetArtifactsByURI(absl::Span<const std::string> uris) override;
  absl::StatusOr<std::vector<Event>> GetEventsByExecutionIDs(absl::Span<const int64_t> ids) override;
  absl::StatusOr<std::vector<Event>> GetEventsByArtifactIDs(absl::Span<const int64_t> ids) override;
  absl::StatusOr<std::vector<Context>> GetContextsByArtifact(int64_t artifact_id) override;
  absl::StatusOr<std::vector<Context>> GetContextsByExecution(int64_t execution_id) override;
  absl::StatusOr<Page<Artifact>> GetArtifactsByContext(int64_t context_id, const ListOptions& options) override;
  absl::StatusOr<Page<Execution>> GetExecutionsByContext(int64_t context_id, const ListOptions& options) override;
  absl::StatusOr<std::vector<Context>> GetParentContextsByContext(int64_t context_id) override;
  absl::StatusOr<std::vector<Context>> GetChildrenContextsByContext(int64_t context_id) override;
  absl::StatusOr<std::map<int64_t, std::vector<Context>>> GetParentContextsByContexts(
      absl::Span<const int64_t> context_ids) override;
  absl::StatusOr<std::map<int64_t, std::vector<Context>>> GetChildrenContextsByContexts(
      absl::Span<const int64_t> context_ids) override;
  absl::StatusOr<LineageGraph> GetLineageSubgraph(const LineageQuery& query) override;

 private:
  // Run `body` (Transaction& -> absl::StatusOr<T> or absl::Status) in a transaction.
  template <typename Body>
  auto Read(Body body);
  template <typename Body>
  auto Write(Body body);

  template <typename Type>
  absl::StatusOr<int64_t> PutType(const Type& type, const PutTypeOptions& options);
  template <typename Type>
  absl::StatusOr<Type> GetType(TypeKind kind, std::string_view name, std::string_view version);
  // `load`: Transaction& -> absl::StatusOr<std::vector<TypeRecord>>.
  template <typename Type, typename Load>
  absl::StatusOr<std::vector<Type>> GetTypes(TypeKind kind, Load load);
  template <typename Type>
  absl::StatusOr<std::vector<Type>> GetTypesByExternalIds(TypeKind kind, absl::Span<const std::string> ids);
  template <typename Node>
  absl::StatusOr<Page<Node>> ListByType(std::string_view type_name, std::string_view type_version,
                                        const ListOptions& options);
  template <typename Node>
  absl::StatusOr<std::vector<Node>> GetByExternalIds(absl::Span<const std::string> ids);

  const std::unique_ptr<SqlDatabase> database_;
  const std::string name_;
  const Access access_;
  Clock& clock_;
  TypeCache types_;
};

}  // namespace mlmd

#endif  // TFX_METADATA_SQL_METADATA_STORE_H_
