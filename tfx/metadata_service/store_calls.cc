#include "tfx/metadata_service/store_calls.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <type_traits>
#include <vector>

#include "ml_metadata/proto/metadata_store_service.pb.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata_service/call_codec.h"

namespace mlmd {
namespace {

using google::protobuf::Message;

// What single calls ask for beyond the pattern: checks before, additions after.
template <typename Request>
absl::Status CheckRequest(const Request&) {
  return absl::OkStatus();
}
absl::Status CheckRequest(const ml_metadata::GetArtifactsByURIRequest& request) {
  const auto& unknown = request.GetReflection()->GetUnknownFields(request);
  for (int i = 0; i < unknown.field_count(); ++i) {
    if (unknown.field(i).number() == 1) {
      return absl::InvalidArgumentError(
          "The request contains deprecated field `uri`. Please upgrade the client library version above 0.21.0.");
    }
  }
  return absl::OkStatus();
}

// Where upstream answers NOT_FOUND instead of nothing: lookups by external ids, and the contexts of a node.
template <typename Request, typename Response>
absl::Status CompleteResponse(MetadataStore&, const Request& request, Response* response) {
  if constexpr (requires { request.external_ids_size(); }) {
    if (request.external_ids_size() > 0 && response->ByteSizeLong() == 0) {
      const std::string& field = Response::descriptor()->FindFieldByNumber(1)->name();
      return absl::NotFoundError(
          tfx::Concat("No ", field.ends_with("_types") ? "types" : field, " found for external_ids."));
    }
  }
  return absl::OkStatus();
}
absl::Status CompleteResponse(MetadataStore&, const ml_metadata::GetContextsByArtifactRequest& request,
                              ml_metadata::GetContextsByArtifactResponse* response) {
  if (response->contexts_size() > 0) return absl::OkStatus();
  return absl::NotFoundError(tfx::Concat("No contexts found for artifact_id: ", request.artifact_id()));
}
absl::Status CompleteResponse(MetadataStore&, const ml_metadata::GetContextsByExecutionRequest& request,
                              ml_metadata::GetContextsByExecutionResponse* response) {
  if (response->contexts_size() > 0) return absl::OkStatus();
  return absl::NotFoundError(tfx::Concat("No contexts found for execution_id: ", request.execution_id()));
}
absl::Status CompleteResponse(MetadataStore& store, const ml_metadata::GetArtifactsByIDRequest& request,
                              ml_metadata::GetArtifactsByIDResponse* response) {
  if (!request.populate_artifact_types()) return absl::OkStatus();
  std::set<int64_t> ids;
  for (const Artifact& artifact : response->artifacts()) ids.insert(artifact.type_id());
  ASSIGN_OR_RETURN(std::vector<ArtifactType> types,
                   store.GetArtifactTypesByID(std::vector<int64_t>(ids.begin(), ids.end())));
  codec::PutList(std::move(types), response->mutable_artifact_types());
  return absl::OkStatus();
}

template <auto Method, typename Value, typename... Parameters>
absl::Status RunMethod(Value (MetadataStore::*)(Parameters...), MetadataStore& store, Message* untyped_request,
                       Message* untyped_response, std::string* encoded_list) {
  auto* request = static_cast<typename codec::CallMessages<Method>::Request*>(untyped_request);
  auto* response = static_cast<typename codec::CallMessages<Method>::Response*>(untyped_response);
  RETURN_IF_ERROR(CheckRequest(*request));
  std::tuple<typename codec::Parameter<std::remove_cvref_t<Parameters>>::Held...> held;
  codec::Position position;
  absl::Status status;
  std::apply(
      [&](auto&... value) {
        ((status.ok()
              ? status.Update(codec::Parameter<std::remove_cvref_t<Parameters>>::Decode(request, &position, &value))
              : void()),
         ...);
      },
      held);
  RETURN_IF_ERROR(status);
  auto result = std::apply([&](auto&... value) { return (store.*Method)(value...); }, held);
  if constexpr (std::is_same_v<Value, absl::Status>) {
    RETURN_IF_ERROR(result);
  } else {
    RETURN_IF_ERROR(result.status());
    using Result = codec::Result<typename Value::value_type>;
    if constexpr (requires { Result::TakeEncoded(&*result, response, encoded_list); }) {
      if (encoded_list != nullptr) Result::TakeEncoded(&*result, response, encoded_list);
    }
    Result::Encode(*std::move(result), response);
  }
  return CompleteResponse(store, *request, response);
}

template <auto Method>
absl::Status Run(MetadataStore& store, Message* request, Message* response, std::string* encoded_list) {
  return RunMethod<Method>(Method, store, request, response, encoded_list);
}

std::string PathOf(std::string_view name) { return tfx::Concat("/", kStoreServiceName, "/", name); }

template <auto Method>
StoreCall CallOf() {
  using Messages = codec::CallMessages<Method>;
  return {Messages::kName,
          PathOf(Messages::kName),
          Messages::kName.substr(0, 3) == "Put" ? StoreCall::Access::kWrite : StoreCall::Access::kRead,
          &Messages::Request::default_instance(),
          &Messages::Response::default_instance(),
          &Run<Method>};
}

absl::Status RefuseLineageGraph(MetadataStore&, Message*, Message*, std::string*) {
  return absl::UnimplementedError("GetLineageGraph is deprecated; use GetLineageSubgraph");
}

std::vector<StoreCall> MakeStoreCalls() {
  std::vector<StoreCall> calls = {
#define MLMD_CALL(NAME) CallOf<&MetadataStore::NAME>(),
      MLMD_STORE_CALLS(MLMD_CALL)
#undef MLMD_CALL
          StoreCall{"GetLineageGraph", PathOf("GetLineageGraph"), StoreCall::Access::kRead,
                    &ml_metadata::GetLineageGraphRequest::default_instance(),
                    &ml_metadata::GetLineageGraphResponse::default_instance(), &RefuseLineageGraph}};
  std::sort(calls.begin(), calls.end(), [](const StoreCall& a, const StoreCall& b) { return a.name < b.name; });
  return calls;
}

}  // namespace

absl::Span<const StoreCall> StoreCalls() {
  static const auto& calls = *new std::vector<StoreCall>(MakeStoreCalls());
  return calls;
}

const StoreCall* FindStoreCall(std::string_view name) {
  const absl::Span<const StoreCall> calls = StoreCalls();
  const auto* found = std::lower_bound(calls.begin(), calls.end(), name,
                                       [](const StoreCall& call, std::string_view n) { return call.name < n; });
  return found != calls.end() && found->name == name ? found : nullptr;
}

}  // namespace mlmd
