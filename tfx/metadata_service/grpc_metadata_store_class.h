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
#include "tfx/metadata/metadata_store_calls.h"
#include "tfx/metadata_service/grpc_metadata_store.h"
#include "tfx/metadata_service/store_calls.h"

namespace mlmd {

class GrpcMetadataStore final : public MetadataStore {
 public:
  // `name` is the server's in messages. timeout 0: none. options.sleep is set.
  GrpcMetadataStore(std::shared_ptr<grpc::Channel> channel, std::string name, absl::Duration timeout,
                    MetadataStoreClientOptions options)
      : channel_(std::move(channel)), name_(std::move(name)), timeout_(timeout), options_(std::move(options)) {}

  MLMD_STORE_CALLS(MLMD_DECLARE_STORE_CALL)

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
