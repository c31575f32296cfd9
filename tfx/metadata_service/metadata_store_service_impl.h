// The gRPC service ml_metadata.MetadataStoreService: registers every call of StoreCalls() with gRPC.
#ifndef TFX_METADATA_SERVICE_METADATA_STORE_SERVICE_IMPL_H_
#define TFX_METADATA_SERVICE_METADATA_STORE_SERVICE_IMPL_H_

#include "grpcpp/impl/service_type.h"
#include "tfx/metadata_service/call_dispatcher.h"

namespace mlmd {

// Synchronous: a call takes one of the server's threads while the store works.
class MetadataStoreServiceImpl final : public grpc::Service {
 public:
  explicit MetadataStoreServiceImpl(CallDispatcher& dispatcher);  // which outlives the service
};

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_METADATA_STORE_SERVICE_IMPL_H_
