// The server's HTTP port:
//
//   POST /ml_metadata.MetadataStoreService/CALL   application/grpc-web[-text][+proto]: a unary gRPC-Web call, or
//                                                 application/json: the request and answer as proto3 JSON, names as in
//                                                 the .proto files; errors as {"code":3,"status":"INVALID_ARGUMENT",
//                                                 "message":"..."} with the HTTP status of google.rpc.Code
//   GET /metrics                                  Prometheus text
//   GET /healthz                                  200 "ok" or 503 "draining"
//
// Every other content type is refused (415): so a foreign web page cannot call by a form, and with CORS off not at all.
#ifndef TFX_METADATA_SERVICE_HTTP_LISTENER_H_
#define TFX_METADATA_SERVICE_HTTP_LISTENER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "tfx/metadata_service/call_dispatcher.h"
#include "tfx/metadata_service/tls_material.h"

namespace mlmd {

struct HttpListenerOptions {
  std::string bind_address;
  int port = 0;                   // 0: any free one
  std::string cors_allow_origin;  // as MetadataStoreServerOptions
  int64_t max_request_bytes = 0;  // after any decompression; a longer one is 413
  int threads = 16;               // requests and idle connections at the same time
  std::optional<ServerTls> tls;
};

class HttpListener {
 public:
  // Listens at once. All arguments outlive the listener; `serving` says whether the server is not draining.
  // UNAVAILABLE where the port cannot be had.
  static absl::StatusOr<std::unique_ptr<HttpListener>> Start(const HttpListenerOptions& options,
                                                             CallDispatcher& dispatcher, const ServiceMetrics& metrics,
                                                             std::function<bool()> serving);
  // Lets requests under way end.
  virtual ~HttpListener() = default;
  virtual int port() const = 0;
};

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_HTTP_LISTENER_H_
