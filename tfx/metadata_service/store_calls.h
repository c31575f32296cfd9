// The calls of the service ml_metadata.MetadataStoreService, as one table over the abstract mlmd::MetadataStore.
//
// Server (gRPC and HTTP) and client speak of a call only through this list: what its messages are, whether it writes,
// and how it is answered from a store. One more call of the service is one line in MLMD_STORE_CALLS
// (metadata_store_calls.h); how parameters and results travel in messages is told by their types (call_codec.h).
//
// GetLineageGraph, deprecated upstream and answered there with UNIMPLEMENTED, is in the table and answers so here too.
// Thread-safe: everything here is constant.
#ifndef TFX_METADATA_SERVICE_STORE_CALLS_H_
#define TFX_METADATA_SERVICE_STORE_CALLS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/metadata_store_calls.h"

namespace mlmd {

struct StoreCall {
  enum class Access { kRead, kWrite };

  std::string_view name;                     // "PutArtifactType"
  std::string path;                          // "/ml_metadata.MetadataStoreService/PutArtifactType"
  Access access;                             // kWrite: the names that begin with Put
  const google::protobuf::Message* request;  // default instances, to make new ones from
  const google::protobuf::Message* response;
  // Answers `request` (which is emptied) from the store into `response` (which is empty and stays so on an error). A
  // response on an arena holds nodes of the store itself and must not be changed; without an arena it has copies.
  // `encoded_list`: nullptr, or an empty text for the nodes of a list that the store has in wire format: they are left
  // out of the response, and what goes to the client is the response's bytes with these behind them.
  absl::Status (*run)(MetadataStore& store, google::protobuf::Message* request, google::protobuf::Message* response,
                      std::string* encoded_list);
};

inline constexpr std::string_view kStoreServiceName = "ml_metadata.MetadataStoreService";
// At most this many nodes in one answer to a request with ListOperationOptions, as upstream.
inline constexpr int kMaxListResult = 100;

// All 52 calls, in alphabetical order.
absl::Span<const StoreCall> StoreCalls();
// nullptr where the service has no such call.
const StoreCall* FindStoreCall(std::string_view name);

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_STORE_CALLS_H_
