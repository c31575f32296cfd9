// The ML Metadata server: the service ml_metadata.MetadataStoreService over a MetadataStore, as upstream's
// metadata_store_server and a drop-in for it (same calls, same flags, same config file).
//
// Used by the program metadata_store_server and by `tfx metadata serve`:
//
//   ASSIGN_OR_RETURN(mlmd::MetadataStoreServerOptions options, mlmd::ParseServerFlags(arguments));
//   return mlmd::RunMetadataStoreServer(options);            // until SIGTERM or SIGINT
//
// and in a process of one's own:
//
//   ASSIGN_OR_RETURN(auto server, mlmd::MetadataStoreServer::Start(options, std::move(store)));
//   ... server->grpc_port() ... server->Shutdown();
//
// Beside the service the gRPC port answers health checks (grpc.health.v1) and reflection. With `http_port` a second
// listener answers POST /ml_metadata.MetadataStoreService/CALL (gRPC-Web and plain JSON), GET /metrics (Prometheus) and
// GET /healthz. With `ssl_config` both listeners speak TLS by the same certificates and ask for the same client
// certificates, so that neither is a way around the other.
//
// Thread-safe: calls of one server object may come from any thread.
#ifndef TFX_METADATA_SERVICE_METADATA_STORE_SERVER_H_
#define TFX_METADATA_SERVICE_METADATA_STORE_SERVER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "tfx/metadata/metadata_store.h"

namespace mlmd {

struct MetadataStoreServerOptions {
  // As upstream's config file. connection_config absent: in memory, nothing is kept. ssl_config absent: no TLS; its
  // values are PEM text, as upstream, or the name of a file that holds it. migration_options: a downgrade is done and
  // then nothing is served.
  ml_metadata::MetadataStoreServerConfig config;

  std::string bind_address = "0.0.0.0";  // for both listeners; an address of this machine, IPv6 without brackets
  int grpc_port = 8080;                  // 0: any free one
  std::optional<int> http_port;          // 0: any free one; absent: no HTTP
  // Which web origin may call over HTTP: "" none, "*" any, else exactly this one ("https://ui.example.com").
  std::string cors_allow_origin;

  int64_t max_receive_message_bytes = 64 << 20;  // a longer request is RESOURCE_EXHAUSTED
  int64_t max_send_message_bytes = -1;           // -1: no limit
  int64_t max_metadata_bytes = 16 << 10;         // all headers of one call
  int max_threads = 512;                         // calls at work at the same time; more are RESOURCE_EXHAUSTED
  // gRPC's own channel arguments ("grpc.max_connection_age_ms", "60000"); whole numbers are passed as such.
  std::vector<std::pair<std::string, std::string>> channel_arguments;

  int connection_retries = 5;  // how often opening the database is tried again at the start, a second apart
  absl::Duration drain_timeout = absl::Seconds(30);  // how long calls under way may take once a stop is asked for

  enum class RequestLog { kNone, kErrors, kAll };
  RequestLog request_log = RequestLog::kAll;
  // Where log lines go (one JSON object without the line end); called under a lock. Empty: stderr.
  std::function<void(std::string_view line)> log;
};

class MetadataStoreServer {
 public:
  // Listens on the ports at once. The store must be thread-safe and is closed with the server.
  // UNAVAILABLE where a port cannot be had, INVALID_ARGUMENT for bad certificates; the messages name the option.
  static absl::StatusOr<std::unique_ptr<MetadataStoreServer>> Start(const MetadataStoreServerOptions& options,
                                                                    std::unique_ptr<MetadataStore> store);
  // Calls Shutdown.
  virtual ~MetadataStoreServer() = default;

  virtual int grpc_port() const = 0;
  virtual std::optional<int> http_port() const = 0;
  // Reports "not serving" to health checks, takes no new calls, lets those under way end within the drain timeout,
  // cancels the rest, closes the store. Later calls do nothing.
  virtual void Shutdown() = 0;
};

// Opens the database of options.config, with its migration options and connection retries.
// CANCELLED after a downgrade, which succeeded; else the errors of OpenMetadataStore.
absl::StatusOr<std::unique_ptr<MetadataStore>> OpenServedStore(const MetadataStoreServerOptions& options);

// Opens the database, serves until SIGTERM or SIGINT, drains. Blocks these two signals in the calling thread and in
// those it starts. OK: was stopped. Errors: of OpenServedStore (OK where that is CANCELLED) and Start.
absl::Status RunMetadataStoreServer(const MetadataStoreServerOptions& options);

// The flags of the program, upstream's and ours: --name=value, --name value, -name..., and for switches --name and
// --noname. INVALID_ARGUMENT names an unknown flag (and the nearest known one), a bad value, or flags that contradict
// each other; the config file is read here, and its errors name file and line.
absl::StatusOr<MetadataStoreServerOptions> ParseServerFlags(absl::Span<const std::string> arguments);
// What --help prints.
std::string ServerFlagsHelp();

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_METADATA_STORE_SERVER_H_
