#include "tfx/metadata_service/grpc_metadata_store.h"

#include <algorithm>
#include <random>
#include <set>
#include <thread>
#include <tuple>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/time/clock.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/client_unary_call.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata_service/call_codec.h"
#include "tfx/metadata_service/grpc_metadata_store_class.h"
#include "tfx/metadata_service/grpc_status.h"

namespace mlmd {
namespace {

using google::protobuf::MessageLite;
using ::tfx::Concat;

double RandomFraction() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

// Told apart from every other client's by 128 random bits.
std::string NewExternalId() {
  constexpr char kHex[] = "0123456789abcdef";
  std::random_device device;
  std::string id = "mlmd-client:";
  for (int word = 0; word < 4; ++word) {
    for (uint32_t bits = device(), digit = 0; digit < 8; ++digit, bits >>= 4) id += kHex[bits & 15];
  }
  return id;
}

// Some lookups of nothing are NOT_FOUND in the service (store_calls.cc) and empty in a MetadataStore.
template <typename List>
absl::StatusOr<List> EmptyIfNotFound(absl::StatusOr<List> list) {
  return absl::IsNotFound(list.status()) ? List() : std::move(list);
}

template <typename Node>
bool IsNew(const Node& node) {
  return !node.has_id();
}
template <typename Node>
bool IsNewWithoutMark(const Node& node) {
  return IsNew(node) && node.external_id().empty();
}
template <typename Node>
bool IsNewWithMark(const Node& node) {
  return IsNew(node) && !node.external_id().empty();
}

template <typename Node>
void AssignExternalId(Node* node) {
  if (IsNewWithoutMark(*node)) node->set_external_id(NewExternalId());
}

// The id of a node that the caller put: its own, or that of the stored node with its external id. -1: not there.
template <typename Node>
int64_t StoredId(const Node& node, const std::map<std::string, int64_t>& by_external_id) {
  if (!IsNew(node)) return node.id();
  const auto found = by_external_id.find(node.external_id());
  return found == by_external_id.end() ? -1 : found->second;
}

// Where the contexts of a bundle are among the stored contexts of one of its nodes; nullopt where one is missing.
std::optional<std::vector<int64_t>> StoredIds(absl::Span<const Context> contexts, const std::vector<Context>& stored) {
  std::vector<int64_t> ids;
  for (const Context& context : contexts) {
    const auto same = std::find_if(stored.begin(), stored.end(), [&](const Context& s) {
      return context.has_id() ? s.id() == context.id() : s.type_id() == context.type_id() && s.name() == context.name();
    });
    if (same == stored.end()) return std::nullopt;
    ids.push_back(same->id());
  }
  return ids;
}

}  // namespace

template <typename Value>
inline constexpr bool kIsPage = false;
template <typename Node>
inline constexpr bool kIsPage<absl::StatusOr<Page<Node>>> = true;

// A page's nodes stay in its response: on an arena, which is filled and given back as a whole.
template <typename Value, typename Response>
std::shared_ptr<Response> NewResponse() {
  if constexpr (!kIsPage<Value>) {
    return std::make_shared<Response>();
  } else {
    google::protobuf::ArenaOptions options;
    options.start_block_size = 4 << 10;
    options.max_block_size = 256 << 10;
    auto arena = std::make_shared<google::protobuf::Arena>(options);
    return std::shared_ptr<Response>(arena, google::protobuf::Arena::CreateMessage<Response>(arena.get()));
  }
}

// One try: OK, or the status of the server or of the connection.
absl::Status GrpcMetadataStore::TryOnce(const StoreCall& call, const Message& request, Message* response) {
  grpc::ClientContext context;
  if (timeout_ > absl::ZeroDuration()) context.set_deadline(absl::ToChronoTime(absl::Now() + timeout_));
  response->Clear();
  absl::Status status = FromGrpc(grpc::internal::BlockingUnaryCall<MessageLite, MessageLite>(
      channel_.get(), grpc::internal::RpcMethod(call.path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC), &context,
      request, response));
  // These come from the connection as a rule, and do not say whose.
  if (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status)) return status;
  return tfx::Annotate(status, name_);
}

absl::Status GrpcMetadataStore::Try(const StoreCall& call, const Message& request, Message* response, Loss on_loss,
                                    absl::FunctionRef<absl::StatusOr<bool>()> was_stored) {
  bool outcome_unknown = false;  // an earlier try may have been stored
  for (int tries = 1;; ++tries) {
    const bool ask = outcome_unknown && on_loss == Loss::kLookFirst;
    if (ask) {
      // With tries of its own; where they do not reach the server, more would not.
      ASSIGN_OR_RETURN(const bool stored, was_stored());
      if (stored) return absl::OkStatus();
    }
    const absl::Status status = TryOnce(call, request, response);
    if (ask && absl::IsAlreadyExists(status)) {
      // Perhaps an earlier try went through after all, only later than we looked.
      ASSIGN_OR_RETURN(const bool stored, was_stored());
      if (stored) return absl::OkStatus();
    }
    if (status.ok()) return status;
    const bool lost = absl::IsUnavailable(status);
    if (!absl::IsAborted(status) && !(lost && on_loss != Loss::kGiveUp)) {
      if (lost && call.access == StoreCall::Access::kWrite) {
        return absl::UnavailableError(Concat(
            std::string(status.message()), "; it is not known whether ", call.name,
            " was stored, and it may not be done twice: give new nodes external ids, or set assign_external_ids"));
      }
      return status;
    }
    if (tries >= options_.max_attempts) return status;
    outcome_unknown = outcome_unknown || lost;
    absl::Duration backoff = options_.initial_backoff;
    for (int i = 1; i < tries && backoff < options_.max_backoff; ++i) backoff *= 2;
    backoff = std::min(backoff, options_.max_backoff);
    options_.sleep(RandomFraction() * backoff);
    // gRPC makes progress with a new connection only while someone waits in it.
    if (lost) channel_->WaitForConnected(absl::ToChronoTime(absl::Now() + backoff));
  }
}

template <auto Method, typename... Arguments>
auto GrpcMetadataStore::CallOr(Loss on_loss, absl::FunctionRef<absl::StatusOr<bool>()> was_stored,
                               const Arguments&... arguments) {
  using Messages = codec::CallMessages<Method>;
  using Value = std::invoke_result_t<decltype(Method), MetadataStore&, const Arguments&...>;
  static const StoreCall& call = *FindStoreCall(Messages::kName);
  typename Messages::Request request;
  const auto response = NewResponse<Value, typename Messages::Response>();
  codec::Position position;
  (codec::Parameter<Arguments>::Encode(arguments, &position, &request), ...);
  const absl::Status status = Try(call, request, response.get(), on_loss, was_stored);
  if constexpr (std::is_same_v<Value, absl::Status>) {
    return status;
  } else {
    if (!status.ok()) return Value(status);
    if constexpr (kIsPage<Value>) {
      return Value(codec::Result<typename Value::value_type>::Decode(response));
    } else {
      return Value(codec::Result<typename Value::value_type>::Decode(response.get()));
    }
  }
}

// Reads, and writes that may be done twice.
template <auto Method, typename... Arguments>
auto GrpcMetadataStore::Call(const Arguments&... arguments) {
  return CallOr<Method>(
      Loss::kRepeat, [] { return absl::StatusOr<bool>(false); }, arguments...);
}

template <auto Method, typename Node, typename... Keys>
absl::StatusOr<Page<Node>> GrpcMetadataStore::List(const ListOptions& options, const Keys&... keys) {
  Page<Node> all;
  ListOptions rest = options;
  for (;;) {
    absl::StatusOr<Page<Node>> page = Call<Method>(keys..., rest);
    if (absl::IsResourceExhausted(page.status()) && !rest.limit.has_value()) {
      rest.limit = kMaxListResult;  // everything is too much for one message
      continue;
    }
    RETURN_IF_ERROR(page.status());
    if (all.items.empty()) {
      all.items = std::move(page->items);
    } else {
      for (const auto& node : page->items.shared()) all.items.push_back(node);
    }
    rest.page_token = page->next_page_token;
    if (rest.page_token.empty()) return all;
    if (!options.limit.has_value()) continue;
    rest.limit = *options.limit - static_cast<int>(all.items.size());
    if (*rest.limit <= 0) break;
  }
  all.next_page_token = rest.page_token;
  return all;
}

// Of those ids that are there.
template <auto GetByExternalIds>
absl::StatusOr<std::map<std::string, int64_t>> GrpcMetadataStore::FindByExternalId(
    const std::vector<std::string>& external_ids) {
  std::map<std::string, int64_t> ids;
  if (external_ids.empty()) return ids;
  ASSIGN_OR_RETURN(const auto nodes,
                   EmptyIfNotFound(Call<GetByExternalIds>(absl::Span<const std::string>(external_ids))));
  for (const auto& node : nodes) ids[node.external_id()] = node.id();
  return ids;
}

template <auto Put, auto GetByExternalIds, typename Node, typename Options>
absl::StatusOr<std::vector<int64_t>> GrpcMetadataStore::PutNodes(absl::Span<const Node> given, const Options& options,
                                                                 Loss on_repeated_update) {
  std::vector<Node> marked;
  absl::Span<const Node> nodes = given;
  if (options_.assign_external_ids && std::any_of(given.begin(), given.end(), IsNewWithoutMark<Node>)) {
    marked.assign(given.begin(), given.end());
    for (Node& node : marked) AssignExternalId(&node);
    nodes = marked;
  }
  std::vector<std::string> marks;
  for (const Node& node : nodes) {
    if (IsNewWithMark(node)) marks.push_back(node.external_id());
  }
  const Loss on_loss = std::any_of(nodes.begin(), nodes.end(), IsNewWithoutMark<Node>) ? Loss::kGiveUp
                       : marks.empty()                                                 ? on_repeated_update
                                                                                       : Loss::kLookFirst;
  std::optional<std::vector<int64_t>> found;
  const auto was_stored = [&]() -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const auto ids, FindByExternalId<GetByExternalIds>(marks));
    if (ids.size() < std::set<std::string>(marks.begin(), marks.end()).size()) return false;
    found.emplace();
    for (const Node& node : nodes) found->push_back(StoredId(node, ids));
    return true;
  };
  absl::StatusOr<std::vector<int64_t>> ids = CallOr<Put>(on_loss, was_stored, nodes, options);
  return ids.ok() && found.has_value() ? *std::move(found) : std::move(ids);
}

absl::StatusOr<std::vector<int64_t>> GrpcMetadataStore::PutArtifacts(absl::Span<const Artifact> artifacts,
                                                                     const PutArtifactsOptions& options) {
  return PutNodes<&MetadataStore::PutArtifacts, &MetadataStore::GetArtifactsByExternalIds>(
      artifacts, options, options.abort_if_latest_updated_time_changed ? Loss::kGiveUp : Loss::kRepeat);
}
absl::StatusOr<std::vector<int64_t>> GrpcMetadataStore::PutExecutions(absl::Span<const Execution> executions,
                                                                      const PutNodesOptions& options) {
  return PutNodes<&MetadataStore::PutExecutions, &MetadataStore::GetExecutionsByExternalIds>(executions, options,
                                                                                             Loss::kRepeat);
}
absl::StatusOr<std::vector<int64_t>> GrpcMetadataStore::PutContexts(absl::Span<const Context> contexts,
                                                                    const PutNodesOptions& options) {
  return PutNodes<&MetadataStore::PutContexts, &MetadataStore::GetContextsByExternalIds>(contexts, options,
                                                                                         Loss::kRepeat);
}

absl::Status GrpcMetadataStore::PutEvents(absl::Span<const Event> events) {
  using Key = std::tuple<int64_t, int64_t, int>;
  const auto key = [](const Event& event) { return Key(event.execution_id(), event.artifact_id(), event.type()); };
  const auto was_stored = [&]() -> absl::StatusOr<bool> {
    std::set<int64_t> executions;
    for (const Event& event : events) executions.insert(event.execution_id());
    ASSIGN_OR_RETURN(const std::vector<Event> stored,
                     GetEventsByExecutionIDs(std::vector<int64_t>(executions.begin(), executions.end())));
    std::set<Key> keys;
    for (const Event& event : stored) keys.insert(key(event));
    return std::all_of(events.begin(), events.end(), [&](const Event& event) { return keys.count(key(event)) > 0; });
  };
  return CallOr<&MetadataStore::PutEvents>(Loss::kLookFirst, was_stored, events);
}

absl::Status GrpcMetadataStore::PutParentContexts(absl::Span<const ParentContext> parent_contexts) {
  const auto was_stored = [&]() -> absl::StatusOr<bool> {
    for (const ParentContext& link : parent_contexts) {
      ASSIGN_OR_RETURN(const std::vector<Context> parents, GetParentContextsByContext(link.child_id()));
      if (std::none_of(parents.begin(), parents.end(), [&](const Context& p) { return p.id() == link.parent_id(); })) {
        return false;
      }
    }
    return true;
  };
  return CallOr<&MetadataStore::PutParentContexts>(Loss::kLookFirst, was_stored, parent_contexts);
}

absl::StatusOr<PutExecutionResult> GrpcMetadataStore::PutExecution(const Execution& given_execution,
                                                                   absl::Span<const ArtifactAndEvent> given_pairs,
                                                                   absl::Span<const Context> contexts,
                                                                   const PutExecutionOptions& options) {
  Execution execution = given_execution;
  std::vector<ArtifactAndEvent> pairs(given_pairs.begin(), given_pairs.end());
  if (options_.assign_external_ids) AssignExternalId(&execution);
  bool all_marked = !IsNewWithoutMark(execution), has_events = false;
  std::vector<std::string> artifact_marks, execution_marks;
  if (IsNewWithMark(execution)) execution_marks.push_back(execution.external_id());
  for (ArtifactAndEvent& pair : pairs) {
    has_events = has_events || pair.event.has_value();
    if (!pair.artifact.has_value()) continue;
    if (options_.assign_external_ids) AssignExternalId(&*pair.artifact);
    all_marked = all_marked && !IsNewWithoutMark(*pair.artifact);
    if (IsNewWithMark(*pair.artifact)) artifact_marks.push_back(pair.artifact->external_id());
  }
  // An artifact that may have been there before is no sign of this call.
  const bool has_sign =
      !execution_marks.empty() || (!artifact_marks.empty() && !options.reuse_artifact_if_already_exist_by_external_id);
  const bool contexts_repeat =
      options.reuse_context_if_already_exist ||
      std::none_of(contexts.begin(), contexts.end(), [](const Context& context) { return IsNew(context); });
  Loss on_loss = Loss::kGiveUp;
  if (all_marked && has_sign) {
    on_loss = Loss::kLookFirst;
  } else if (all_marked && !has_events && contexts_repeat) {
    on_loss = Loss::kRepeat;
  }

  std::optional<PutExecutionResult> found;
  const auto was_stored = [&]() -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const auto executions,
                     FindByExternalId<&MetadataStore::GetExecutionsByExternalIds>(execution_marks));
    ASSIGN_OR_RETURN(const auto artifacts, FindByExternalId<&MetadataStore::GetArtifactsByExternalIds>(artifact_marks));
    PutExecutionResult result{.execution_id = StoredId(execution, executions)};
    if (result.execution_id == -1) return false;
    for (const ArtifactAndEvent& pair : pairs) {
      int64_t id = -1;
      if (pair.artifact.has_value()) {
        id = StoredId(*pair.artifact, artifacts);
        if (id == -1) return false;
      } else if (pair.event.has_value()) {
        id = pair.event->artifact_id();
      }
      result.artifact_ids.push_back(id);
    }
    if (!contexts.empty()) {
      ASSIGN_OR_RETURN(const std::vector<Context> stored, GetContextsByExecution(result.execution_id));
      const auto ids = StoredIds(contexts, stored);
      if (!ids.has_value()) return false;
      result.context_ids = *ids;
    }
    found = std::move(result);
    return true;
  };
  absl::StatusOr<PutExecutionResult> result = CallOr<&MetadataStore::PutExecution>(
      on_loss, was_stored, execution, absl::Span<const ArtifactAndEvent>(pairs), contexts, options);
  return result.ok() && found.has_value() ? *std::move(found) : std::move(result);
}

absl::StatusOr<PutLineageSubgraphResult> GrpcMetadataStore::PutLineageSubgraph(
    absl::Span<const Execution> given_executions, absl::Span<const Artifact> given_artifacts,
    absl::Span<const Context> contexts, absl::Span<const LineageEdge> edges, const PutLineageSubgraphOptions& options) {
  std::vector<Execution> executions(given_executions.begin(), given_executions.end());
  std::vector<Artifact> artifacts(given_artifacts.begin(), given_artifacts.end());
  bool all_marked = true;
  const auto marks_of = [&](auto& nodes) {
    std::vector<std::string> marks;
    for (auto& node : nodes) {
      if (options_.assign_external_ids) AssignExternalId(&node);
      all_marked = all_marked && !IsNewWithoutMark(node);
      if (IsNewWithMark(node)) marks.push_back(node.external_id());
    }
    return marks;
  };
  const std::vector<std::string> execution_marks = marks_of(executions), artifact_marks = marks_of(artifacts);
  const bool has_sign =
      !execution_marks.empty() || (!artifact_marks.empty() && !options.reuse_artifact_if_already_exist_by_external_id);

  std::optional<PutLineageSubgraphResult> found;
  const auto was_stored = [&]() -> absl::StatusOr<bool> {
    PutLineageSubgraphResult result;
    ASSIGN_OR_RETURN(const auto by_execution_mark,
                     FindByExternalId<&MetadataStore::GetExecutionsByExternalIds>(execution_marks));
    ASSIGN_OR_RETURN(const auto by_artifact_mark,
                     FindByExternalId<&MetadataStore::GetArtifactsByExternalIds>(artifact_marks));
    for (const Execution& node : executions) result.execution_ids.push_back(StoredId(node, by_execution_mark));
    for (const Artifact& node : artifacts) result.artifact_ids.push_back(StoredId(node, by_artifact_mark));
    for (const auto* ids : {&result.execution_ids, &result.artifact_ids}) {
      if (std::find(ids->begin(), ids->end(), -1) != ids->end()) return false;
    }
    if (!contexts.empty()) {
      ASSIGN_OR_RETURN(const std::vector<Context> stored, !executions.empty()
                                                              ? GetContextsByExecution(result.execution_ids[0])
                                                              : GetContextsByArtifact(result.artifact_ids[0]));
      const auto ids = StoredIds(contexts, stored);
      if (!ids.has_value()) return false;
      result.context_ids = *ids;
    }
    found = std::move(result);
    return true;
  };
  absl::StatusOr<PutLineageSubgraphResult> result = CallOr<&MetadataStore::PutLineageSubgraph>(
      all_marked && has_sign ? Loss::kLookFirst : Loss::kGiveUp, was_stored, absl::Span<const Execution>(executions),
      absl::Span<const Artifact>(artifacts), contexts, edges, options);
  return result.ok() && found.has_value() ? *std::move(found) : std::move(result);
}

// The other calls may all be repeated.
absl::StatusOr<int64_t> GrpcMetadataStore::PutArtifactType(const ArtifactType& type, const PutTypeOptions& options) {
  return Call<&MetadataStore::PutArtifactType>(type, options);
}
absl::StatusOr<int64_t> GrpcMetadataStore::PutExecutionType(const ExecutionType& type, const PutTypeOptions& options) {
  return Call<&MetadataStore::PutExecutionType>(type, options);
}
absl::StatusOr<int64_t> GrpcMetadataStore::PutContextType(const ContextType& type, const PutTypeOptions& options) {
  return Call<&MetadataStore::PutContextType>(type, options);
}
absl::StatusOr<PutTypesResult> GrpcMetadataStore::PutTypes(absl::Span<const ArtifactType> artifact_types,
                                                           absl::Span<const ExecutionType> execution_types,
                                                           absl::Span<const ContextType> context_types,
                                                           const PutTypeOptions& options) {
  return Call<&MetadataStore::PutTypes>(artifact_types, execution_types, context_types, options);
}
absl::StatusOr<ArtifactType> GrpcMetadataStore::GetArtifactType(std::string_view name, std::string_view version) {
  return Call<&MetadataStore::GetArtifactType>(name, version);
}
absl::StatusOr<ExecutionType> GrpcMetadataStore::GetExecutionType(std::string_view name, std::string_view version) {
  return Call<&MetadataStore::GetExecutionType>(name, version);
}
absl::StatusOr<ContextType> GrpcMetadataStore::GetContextType(std::string_view name, std::string_view version) {
  return Call<&MetadataStore::GetContextType>(name, version);
}
absl::StatusOr<std::vector<ArtifactType>> GrpcMetadataStore::GetArtifactTypes() {
  return Call<&MetadataStore::GetArtifactTypes>();
}
absl::StatusOr<std::vector<ExecutionType>> GrpcMetadataStore::GetExecutionTypes() {
  return Call<&MetadataStore::GetExecutionTypes>();
}
absl::StatusOr<std::vector<ContextType>> GrpcMetadataStore::GetContextTypes() {
  return Call<&MetadataStore::GetContextTypes>();
}
absl::StatusOr<std::vector<ArtifactType>> GrpcMetadataStore::GetArtifactTypesByID(absl::Span<const int64_t> ids) {
  return Call<&MetadataStore::GetArtifactTypesByID>(ids);
}
absl::StatusOr<std::vector<ExecutionType>> GrpcMetadataStore::GetExecutionTypesByID(absl::Span<const int64_t> ids) {
  return Call<&MetadataStore::GetExecutionTypesByID>(ids);
}
absl::StatusOr<std::vector<ContextType>> GrpcMetadataStore::GetContextTypesByID(absl::Span<const int64_t> ids) {
  return Call<&MetadataStore::GetContextTypesByID>(ids);
}
absl::StatusOr<std::vector<ArtifactType>> GrpcMetadataStore::GetArtifactTypesByExternalIds(
    absl::Span<const std::string> ids) {
  return EmptyIfNotFound(Call<&MetadataStore::GetArtifactTypesByExternalIds>(ids));
}
absl::StatusOr<std::vector<ExecutionType>> GrpcMetadataStore::GetExecutionTypesByExternalIds(
    absl::Span<const std::string> ids) {
  return EmptyIfNotFound(Call<&MetadataStore::GetExecutionTypesByExternalIds>(ids));
}
absl::StatusOr<std::vector<ContextType>> GrpcMetadataStore::GetContextTypesByExternalIds(
    absl::Span<const std::string> ids) {
  return EmptyIfNotFound(Call<&MetadataStore::GetContextTypesByExternalIds>(ids));
}
absl::Status GrpcMetadataStore::PutAttributionsAndAssociations(absl::Span<const Attribution> attributions,
                                                               absl::Span<const Association> associations) {
  return Call<&MetadataStore::PutAttributionsAndAssociations>(attributions, associations);
}
absl::StatusOr<Page<Artifact>> GrpcMetadataStore::GetArtifacts(const ListOptions& options) {
  return List<&MetadataStore::GetArtifacts, Artifact>(options);
}
absl::StatusOr<Page<Execution>> GrpcMetadataStore::GetExecutions(const ListOptions& options) {
  return List<&MetadataStore::GetExecutions, Execution>(options);
}
absl::StatusOr<Page<Context>> GrpcMetadataStore::GetContexts(const ListOptions& options) {
  return List<&MetadataStore::GetContexts, Context>(options);
}
absl::StatusOr<std::vector<Artifact>> GrpcMetadataStore::GetArtifactsByID(absl::Span<const int64_t> ids) {
  return Call<&MetadataStore::GetArtifactsByID>(ids);
}
absl::StatusOr<std::vector<Execution>> GrpcMetadataStore::GetExecutionsByID(absl::Span<const int64_t> ids) {
  return Call<&MetadataStore::GetExecutionsByID>(ids);
}
absl::StatusOr<std::vector<Context>> GrpcMetadataStore::GetContextsByID(absl::Span<const int64_t> ids) {
  return Call<&MetadataStore::GetContextsByID>(ids);
}
absl::StatusOr<Page<Artifact>> GrpcMetadataStore::GetArtifactsByType(std::string_view type_name,
                                                                     std::string_view type_version,
                                                                     const ListOptions& options) {
  return List<&MetadataStore::GetArtifactsByType, Artifact>(options, type_name, type_version);
}
absl::StatusOr<Page<Execution>> GrpcMetadataStore::GetExecutionsByType(std::string_view type_name,
                                                                       std::string_view type_version,
                                                                       const ListOptions& options) {
  return List<&MetadataStore::GetExecutionsByType, Execution>(options, type_name, type_version);
}
absl::StatusOr<Page<Context>> GrpcMetadataStore::GetContextsByType(std::string_view type_name,
                                                                   std::string_view type_version,
                                                                   const ListOptions& options) {
  return List<&MetadataStore::GetContextsByType, Context>(options, type_name, type_version);
}
absl::StatusOr<std::optional<Artifact>> GrpcMetadataStore::GetArtifactByTypeAndName(std::string_view type_name,
                                                                                    std::string_view name,
                                                                                    std::string_view type_version) {
  return Call<&MetadataStore::GetArtifactByTypeAndName>(type_name, name, type_version);
}
absl::StatusOr<std::optional<Execution>> GrpcMetadataStore::GetExecutionByTypeAndName(std::string_view type_name,
                                                                                      std::string_view name,
                                                                                      std::string_view type_version) {
  return Call<&MetadataStore::GetExecutionByTypeAndName>(type_name, name, type_version);
}
absl::StatusOr<std::optional<Context>> GrpcMetadataStore::GetContextByTypeAndName(std::string_view type_name,
                                                                                  std::string_view name,
                                                                                  std::string_view type_version) {
  return Call<&MetadataStore::GetContextByTypeAndName>(type_name, name, type_version);
}
absl::StatusOr<std::vector<Artifact>> GrpcMetadataStore::GetArtifactsByExternalIds(absl::Span<const std::string> ids) {
  return EmptyIfNotFound(Call<&MetadataStore::GetArtifactsByExternalIds>(ids));
}
absl::StatusOr<std::vector<Execution>> GrpcMetadataStore::GetExecutionsByExternalIds(
    absl::Span<const std::string> ids) {
  return EmptyIfNotFound(Call<&MetadataStore::GetExecutionsByExternalIds>(ids));
}
absl::StatusOr<std::vector<Context>> GrpcMetadataStore::GetContextsByExternalIds(absl::Span<const std::string> ids) {
  return EmptyIfNotFound(Call<&MetadataStore::GetContextsByExternalIds>(ids));
}
absl::StatusOr<std::vector<Artifact>> GrpcMetadataStore::GetArtifactsByURI(absl::Span<const std::string> uris) {
  return Call<&MetadataStore::GetArtifactsByURI>(uris);
}
absl::StatusOr<std::vector<Event>> GrpcMetadataStore::GetEventsByExecutionIDs(absl::Span<const int64_t> ids) {
  return Call<&MetadataStore::GetEventsByExecutionIDs>(ids);
}
absl::StatusOr<std::vector<Event>> GrpcMetadataStore::GetEventsByArtifactIDs(absl::Span<const int64_t> ids) {
  return Call<&MetadataStore::GetEventsByArtifactIDs>(ids);
}
absl::StatusOr<std::vector<Context>> GrpcMetadataStore::GetContextsByArtifact(int64_t artifact_id) {
  return EmptyIfNotFound(Call<&MetadataStore::GetContextsByArtifact>(artifact_id));
}
absl::StatusOr<std::vector<Context>> GrpcMetadataStore::GetContextsByExecution(int64_t execution_id) {
  return EmptyIfNotFound(Call<&MetadataStore::GetContextsByExecution>(execution_id));
}
absl::StatusOr<Page<Artifact>> GrpcMetadataStore::GetArtifactsByContext(int64_t context_id,
                                                                        const ListOptions& options) {
  return List<&MetadataStore::GetArtifactsByContext, Artifact>(options, context_id);
}
absl::StatusOr<Page<Execution>> GrpcMetadataStore::GetExecutionsByContext(int64_t context_id,
                                                                          const ListOptions& options) {
  return List<&MetadataStore::GetExecutionsByContext, Execution>(options, context_id);
}
absl::StatusOr<std::vector<Context>> GrpcMetadataStore::GetParentContextsByContext(int64_t context_id) {
  return Call<&MetadataStore::GetParentContextsByContext>(context_id);
}
absl::StatusOr<std::vector<Context>> GrpcMetadataStore::GetChildrenContextsByContext(int64_t context_id) {
  return Call<&MetadataStore::GetChildrenContextsByContext>(context_id);
}
absl::StatusOr<std::map<int64_t, std::vector<Context>>> GrpcMetadataStore::GetParentContextsByContexts(
    absl::Span<const int64_t> context_ids) {
  return Call<&MetadataStore::GetParentContextsByContexts>(context_ids);
}
absl::StatusOr<std::map<int64_t, std::vector<Context>>> GrpcMetadataStore::GetChildrenContextsByContexts(
    absl::Span<const int64_t> context_ids) {
  return Call<&MetadataStore::GetChildrenContextsByContexts>(context_ids);
}
absl::StatusOr<LineageGraph> GrpcMetadataStore::GetLineageSubgraph(const LineageQuery& query) {
  return Call<&MetadataStore::GetLineageSubgraph>(query);
}

}  // namespace mlmd
