#include "tfx/metadata_service/metadata_store_service_impl.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/method_handler.h"
#include "tfx/base/concat.h"
#include "tfx/metadata_service/grpc_status.h"

namespace mlmd {
namespace {

using google::protobuf::Message;
using ::tfx::Concat;
using Serializer = grpc::SerializationTraits<Message>;

grpc::Status Answer(CallDispatcher& dispatcher, const StoreCall& call, const grpc::ServerContext& context,
                    const grpc::ByteBuffer& request_bytes, grpc::ByteBuffer* response_bytes) {
  // The client is gone or its deadline has passed: nobody would see the answer, and a put might surprise it.
  if (context.IsCancelled()) return grpc::Status(grpc::StatusCode::CANCELLED, "the client gave the call up");
  const std::unique_ptr<Message> request(call.request->New());
  google::protobuf::Arena arena;
  Message* const response = call.response->New(&arena);
  // Deserialize empties its buffer; this one only refers to the same bytes.
  grpc::ByteBuffer bytes(request_bytes);
  if (!Serializer::Deserialize(&bytes, request.get()).ok()) {
    return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                        Concat("the request is no ", call.request->GetDescriptor()->full_name(), " message"));
  }
  const std::string peer = context.peer();
  std::string encoded_list;
  const absl::Status status =
      dispatcher.Dispatch(call, {Transport::kGrpc, peer, static_cast<int64_t>(request_bytes.Length())}, request.get(),
                          response, &encoded_list);
  if (!status.ok()) return ToGrpc(status);
  // As gRPC would, without computing all sizes once more, and into one piece.
  grpc::Slice slice(static_cast<size_t>(response->GetCachedSize()) + encoded_list.size());
  uint8_t* const end = response->SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  std::memcpy(end, encoded_list.data(), encoded_list.size());
  *response_bytes = grpc::ByteBuffer(&slice, 1);
  return grpc::Status::OK;
}

}  // namespace

// What grpc_cpp_plugin generates for a service, as a loop over the table instead of a method for each call.
MetadataStoreServiceImpl::MetadataStoreServiceImpl(CallDispatcher& dispatcher) {
  using Handler = grpc::internal::RpcMethodHandler<MetadataStoreServiceImpl, grpc::ByteBuffer, grpc::ByteBuffer>;
  for (const StoreCall& call : StoreCalls()) {
    AddMethod(new grpc::internal::RpcServiceMethod(
        call.path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC,
        new Handler([&dispatcher, &call](
                        MetadataStoreServiceImpl*, grpc::ServerContext* context, const grpc::ByteBuffer* request,
                        grpc::ByteBuffer* response) { return Answer(dispatcher, call, *context, *request, response); },
                    this)));
  }
}

}  // namespace mlmd
