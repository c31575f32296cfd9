// The class behind ConnectMetadataStore; grpc_metadata_store.h says what it promises.
#ifndef TFX_METADATA_SERVICE_GRPC_METADATA_STORE_CLASS_H_
#define TFX_METADATA_SERVICE_GRPC_METADATA_STORE_CLASS_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "grpcpp/channel.h"
#include "tfx/metadata_service/grpc_metadata_store.h"
#include "tfx/metadata_service/store_calls.h"

namespace mlmd {

class GrpcMetadataStore final : public MetadataStore {
 public:
  // `name` is the server's in messages. timeout 0: none. options.sleep is set.
  GrpcMetadataStore(std::shared_ptr<grpc::Channel> channel, std::string name, absl::Duration timeout,
                    MetadataStoreClientOptions options)
      : channel_(std::move(channel)), name_(std::move(name)), timeout_(timeout), options_(std::move(options)) {}

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
  using Message = google::protobuf::Message;

  // What to do when the connection was lost and nobody knows whether the call was stored.
  enum class Loss { kGiveUp, kRepeat, kLookFirst };

  absl::Status TryOnce(const StoreCall& call, const Message& request, Message* response);
  // As often as the options allow. `was_stored` (for kLookFirst) says whether an earlier try was stored after all.
  absl::Status Try(const StoreCall& call, const Message& request, Message* response, Loss on_loss,
                   absl::FunctionRef<absl::StatusOr<bool>()> was_stored);

  template <auto Method, typename... Arguments>
  auto CallOr(Loss on_loss, absl::FunctionRef<absl::StatusOr<bool>()> was_stored, const Arguments&... arguments);
  template <auto Method, typename... Arguments>
  auto Call(const Arguments&... arguments);
  template <auto Method, typename Node, typename... Keys>
  absl::StatusOr<Page<Node>> List(const ListOptions& options, const Keys&... keys);
  template <auto GetByExternalIds>
  absl::StatusOr<std::map<std::string, int64_t>> FindByExternalId(const std::vector<std::string>& external_ids);
  template <auto Put, auto GetByExternalIds, typename Node, typename Options>
  absl::StatusOr<std::vector<int64_t>> PutNodes(absl::Span<const Node> given, const Options& options,
                                                Loss on_repeated_update);

  const std::shared_ptr<grpc::Channel> channel_;
  const std::string name_;  // "metadata server host:port"
  const absl::Duration timeout_;
  const MetadataStoreClientOptions options_;
};

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_GRPC_METADATA_STORE_CLASS_H_
