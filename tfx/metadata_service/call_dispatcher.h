// Answers calls from a store, whatever transport they came by: runs, counts and logs them, and keeps what the server
// knows (paths, SQL, hosts) out of the answers.
//
// Errors that tell the client about its own request (INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION,
// OUT_OF_RANGE, UNIMPLEMENTED, ABORTED) pass with their text, in which names of databases that the server was told of
// are replaced; all others keep their code and get a general text with the request's number, by which the log has the
// whole. Texts are cut at 1,000 bytes: they travel in HTTP/2 headers, which are limited.
// Thread-safe.
#ifndef TFX_METADATA_SERVICE_CALL_DISPATCHER_H_
#define TFX_METADATA_SERVICE_CALL_DISPATCHER_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata_service/metadata_store_server.h"
#include "tfx/metadata_service/request_log.h"
#include "tfx/metadata_service/service_metrics.h"
#include "tfx/metadata_service/store_calls.h"

namespace mlmd {

class CallDispatcher {
 public:
  // All outlive the dispatcher. `secrets`: texts that no answer may hold (file names, hosts).
  CallDispatcher(MetadataStore& store, ServiceMetrics& metrics, RequestLog& log,
                 MetadataStoreServerOptions::RequestLog what_to_log, std::vector<std::string> secrets);

  // What is known of a request before it is run.
  struct Request {
    Transport transport = Transport::kGrpc;
    std::string_view peer;
    int64_t bytes = 0;
  };
  // `request` and `response` are messages of the call's types; `request` is emptied. The status is fit for the client;
  // where it is OK, the sizes that `response` keeps of its parts (GetCachedSize) are computed. `encoded_list`: as
  // StoreCall::run has it.
  absl::Status Dispatch(const StoreCall& call, const Request& request_info, google::protobuf::Message* request,
                        google::protobuf::Message* response, std::string* encoded_list);

 private:
  absl::Status ForClient(const absl::Status& status, int64_t request_id) const;

  MetadataStore& store_;
  ServiceMetrics& metrics_;
  RequestLog& log_;
  const MetadataStoreServerOptions::RequestLog what_to_log_;
  const std::vector<std::string> secrets_;
  std::atomic<int64_t> next_request_id_{1};
};

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_CALL_DISPATCHER_H_
