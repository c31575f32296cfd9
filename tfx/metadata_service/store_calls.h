// The calls of the service ml_metadata.MetadataStoreService, as one table over the abstract mlmd::MetadataStore.
//
// Server (gRPC and HTTP) and client speak of a call only through this list: what its messages are, whether it writes,
// and how it is answered from a store. One more call of the service is one line in MLMD_STORE_CALLS; how parameters and
// results travel in messages is told by their types (call_codec.h).
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

namespace mlmd {

// Every method of MetadataStore that is a call of the service under the same name.
#define MLMD_STORE_CALLS(CALL)         \
  CALL(GetArtifactByTypeAndName)       \
  CALL(GetArtifactType)                \
  CALL(GetArtifactTypes)               \
  CALL(GetArtifactTypesByExternalIds)  \
  CALL(GetArtifactTypesByID)           \
  CALL(GetArtifacts)                   \
  CALL(GetArtifactsByContext)          \
  CALL(GetArtifactsByExternalIds)      \
  CALL(GetArtifactsByID)               \
  CALL(GetArtifactsByType)             \
  CALL(GetArtifactsByURI)              \
  CALL(GetChildrenContextsByContext)   \
  CALL(GetChildrenContextsByContexts)  \
  CALL(GetContextByTypeAndName)        \
  CALL(GetContextType)                 \
  CALL(GetContextTypes)                \
  CALL(GetContextTypesByExternalIds)   \
  CALL(GetContextTypesByID)            \
  CALL(GetContexts)                    \
  CALL(GetContextsByArtifact)          \
  CALL(GetContextsByExecution)         \
  CALL(GetContextsByExternalIds)       \
  CALL(GetContextsByID)                \
  CALL(GetContextsByType)              \
  CALL(GetEventsByArtifactIDs)         \
  CALL(GetEventsByExecutionIDs)        \
  CALL(GetExecutionByTypeAndName)      \
  CALL(GetExecutionType)               \
  CALL(GetExecutionTypes)              \
  CALL(GetExecutionTypesByExternalIds) \
  CALL(GetExecutionTypesByID)          \
  CALL(GetExecutions)                  \
  CALL(GetExecutionsByContext)         \
  CALL(GetExecutionsByExternalIds)     \
  CALL(GetExecutionsByID)              \
  CALL(GetExecutionsByType)            \
  CALL(GetLineageSubgraph)             \
  CALL(GetParentContextsByContext)     \
  CALL(GetParentContextsByContexts)    \
  CALL(PutArtifactType)                \
  CALL(PutArtifacts)                   \
  CALL(PutAttributionsAndAssociations) \
  CALL(PutContextType)                 \
  CALL(PutContexts)                    \
  CALL(PutEvents)                      \
  CALL(PutExecution)                   \
  CALL(PutExecutionType)               \
  CALL(PutExecutions)                  \
  CALL(PutLineageSubgraph)             \
  CALL(PutParentContexts)              \
  CALL(PutTypes)

struct StoreCall {
  enum class Access { kRead, kWrite };

  std::string_view name;                     // "PutArtifactType"
  std::string path;                          // "/ml_metadata.MetadataStoreService/PutArtifactType"
  Access access;                             // kWrite: the names that begin with Put
  const google::protobuf::Message* request;  // default instances, to make new ones from
  const google::protobuf::Message* response;
  // Answers `request` (which is emptied) from the store into `response` (which is empty and stays so on an error).
  absl::Status (*run)(MetadataStore& store, google::protobuf::Message* request, google::protobuf::Message* response);
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
