#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "grpcpp/grpcpp.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_context.h"
#include "tfx/metadata_service/grpc_metadata_store.h"
#include "tfx/metadata_service/grpc_metadata_store_class.h"
#include "tfx/metadata_service/tls_material.h"

namespace mlmd {

using ::tfx::Concat;

absl::StatusOr<std::unique_ptr<MetadataStore>> ConnectMetadataStore(
    const ml_metadata::MetadataStoreClientConfig& config, const MetadataStoreClientOptions& options) {
  if (config.host().empty()) return absl::InvalidArgumentError("MetadataStoreClientConfig.host: is empty");
  if (config.port() < 1 || config.port() > 65535) {
    return absl::InvalidArgumentError(Concat("MetadataStoreClientConfig.port: ", config.port(), " is not 1 to 65535"));
  }
  if (!(config.client_timeout_sec() >= 0)) {
    return absl::InvalidArgumentError("MetadataStoreClientConfig.client_timeout_sec: is negative or no number");
  }
  if (options.max_attempts < 1) return absl::InvalidArgumentError("max_attempts: must be at least 1");
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (config.has_ssl_config()) {
    absl::StatusOr<TlsMaterial> tls = LoadClientTls(config.ssl_config());
    if (!tls.ok()) return tfx::Annotate(tls.status(), "MetadataStoreClientConfig");
    credentials = grpc::SslCredentials({tls->trusted, tls->private_key, tls->certificate_chain});
  }
  grpc::ChannelArguments arguments;
  const auto& channel = config.channel_arguments();
  arguments.SetMaxReceiveMessageSize(static_cast<int>(std::clamp<int64_t>(channel.has_max_receive_message_length()
                                                                              ? channel.max_receive_message_length()
                                                                              : options.max_receive_message_bytes,
                                                                          -1, std::numeric_limits<int>::max())));
  arguments.SetMaxSendMessageSize(-1);
  if (channel.has_http2_max_ping_strikes()) {
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PING_STRIKES, static_cast<int>(channel.http2_max_ping_strikes()));
  }
  // A list of thousands comes without waiting for leave to send the next 64 KiB, in few frames.
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 4 << 20);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, 1 << 20);
  // A connection of its own, and back quickly when the server is.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  const bool ipv6 = config.host().find(':') != std::string::npos && !config.host().starts_with("[");
  const std::string target = Concat(ipv6 ? "[" : "", config.host(), ipv6 ? "]" : "", ":", config.port());
  MetadataStoreClientOptions complete = options;
  if (!complete.sleep) complete.sleep = [](absl::Duration duration) { absl::SleepFor(duration); };
  return std::make_unique<GrpcMetadataStore>(grpc::CreateCustomChannel(target, credentials, arguments),
                                             Concat("metadata server ", target),
                                             absl::Seconds(config.client_timeout_sec()), std::move(complete));
}

}  // namespace mlmd
