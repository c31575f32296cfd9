#include "tfx/metadata_service/metadata_store_server.h"

#include <signal.h>

#include <atomic>
#include <mutex>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata_service/call_dispatcher.h"
#include "tfx/metadata_service/http_listener.h"
#include "tfx/metadata_service/metadata_store_service_impl.h"
#include "tfx/metadata_service/request_log.h"
#include "tfx/metadata_service/service_metrics.h"
#include "tfx/metadata_service/tls_material.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

// What no answer may tell: where the database is and how one gets in. Not names of users and databases, which are
// ordinary words that messages hold for other reasons; nor very short texts.
std::vector<std::string> SecretsOf(const ml_metadata::ConnectionConfig& config) {
  std::vector<std::string> secrets;
  for (const std::string& text : {config.sqlite().filename_uri(), config.mysql().host(), config.mysql().socket(),
                                  config.mysql().password(), config.postgresql().host(), config.postgresql().hostaddr(),
                                  config.postgresql().password(), config.postgresql().passfile()}) {
    if (text.size() > 3) secrets.push_back(text);
  }
  return secrets;
}

absl::Status CheckPort(int port, std::string_view name) {
  if (port >= 0 && port <= 65535) return absl::OkStatus();
  return absl::InvalidArgumentError(Concat(name, ": ", port, " is no port; give 0 (any free one) to 65535"));
}

absl::Status CheckAtLeast(int64_t value, int64_t least, std::string_view name) {
  if (value >= least) return absl::OkStatus();
  return absl::InvalidArgumentError(Concat(name, ": is ", value, ", must be at least ", least));
}

absl::Status CheckOptions(const MetadataStoreServerOptions& options) {
  RETURN_IF_ERROR(CheckPort(options.grpc_port, "grpc_port"));
  if (options.http_port.has_value()) RETURN_IF_ERROR(CheckPort(*options.http_port, "http_port"));
  if (options.bind_address.empty()) return absl::InvalidArgumentError("bind_address: is empty; use 0.0.0.0 for all");
  RETURN_IF_ERROR(CheckAtLeast(options.max_receive_message_bytes, 1, "max_receive_message_bytes"));
  RETURN_IF_ERROR(CheckAtLeast(options.max_send_message_bytes, -1, "max_send_message_bytes"));
  RETURN_IF_ERROR(CheckAtLeast(options.max_metadata_bytes, 1024, "max_metadata_bytes"));
  // gRPC itself needs a few to poll.
  RETURN_IF_ERROR(CheckAtLeast(options.max_threads, 4, "max_threads"));
  constexpr int64_t kMostBytes = (int64_t{1} << 31) - 1;
  for (const int64_t bytes :
       {options.max_receive_message_bytes, options.max_send_message_bytes, options.max_metadata_bytes}) {
    if (bytes > kMostBytes) {
      return absl::InvalidArgumentError(
          Concat("max_..._bytes: ", bytes, " is more than a message can have, ", kMostBytes));
    }
  }
  if (options.drain_timeout < absl::ZeroDuration()) {
    return absl::InvalidArgumentError("drain_timeout: is negative");
  }
  return absl::OkStatus();
}

std::string Endpoint(const std::string& address, int port) {
  return address.find(':') == std::string::npos ? Concat(address, ":", port) : Concat("[", address, "]:", port);
}

class Server final : public MetadataStoreServer {
 public:
  Server(const MetadataStoreServerOptions& options, std::unique_ptr<MetadataStore> store)
      : options_(options),
        log_(options.log),
        store_(std::move(store)),
        dispatcher_(*store_, metrics_, log_, options.request_log, SecretsOf(options.config.connection_config())),
        service_(dispatcher_) {}

  ~Server() override { Shutdown(); }

  int grpc_port() const override { return grpc_port_; }
  std::optional<int> http_port() const override {
    return http_ == nullptr ? std::nullopt : std::optional<int>(http_port_);
  }

  absl::Status Listen() {
    std::optional<ServerTls> tls;
    if (options_.config.has_ssl_config()) {
      ASSIGN_OR_RETURN(tls, LoadServerTls(options_.config.ssl_config()));
    }
    RETURN_IF_ERROR(ListenGrpc(tls));
    if (options_.http_port.has_value()) {
      ASSIGN_OR_RETURN(http_, HttpListener::Start({.bind_address = options_.bind_address,
                                                   .port = *options_.http_port,
                                                   .cors_allow_origin = options_.cors_allow_origin,
                                                   .max_request_bytes = options_.max_receive_message_bytes,
                                                   .tls = tls},
                                                  dispatcher_, metrics_, [this] { return serving_.load(); }));
      http_port_ = http_->port();
    }
    nlohmann::ordered_json fields = {
        {"address", options_.bind_address}, {"grpc_port", grpc_port_}, {"tls", tls.has_value()}};
    if (http_ != nullptr) fields["http_port"] = http_port_;
    log_.Write(RequestLog::Level::kInfo, "serving", fields);
    return absl::OkStatus();
  }

  void Shutdown() override {
    std::lock_guard<std::mutex> lock(shutdown_mutex_);
    if (store_ == nullptr) return;
    serving_ = false;
    if (grpc_ != nullptr) {
      log_.Write(RequestLog::Level::kInfo, "draining", {{"in_flight", metrics_.in_flight()}});
      grpc_->GetHealthCheckService()->Shutdown();
      grpc_->Shutdown(absl::ToChronoTime(absl::Now() + options_.drain_timeout));
      grpc_->Wait();
    }
    http_.reset();
    store_.reset();
    if (grpc_ != nullptr) log_.Write(RequestLog::Level::kInfo, "stopped", nlohmann::ordered_json::object());
  }

 private:
  absl::Status ListenGrpc(const std::optional<ServerTls>& tls) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
    if (tls.has_value()) {
      grpc::SslServerCredentialsOptions ssl(tls->clients_need_certificate
                                                ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                                : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
      ssl.pem_root_certs = tls->material.trusted;
      ssl.pem_key_cert_pairs.push_back({tls->material.private_key, tls->material.certificate_chain});
      credentials = grpc::SslServerCredentials(ssl);
    }
    for (const auto& [name, value] : options_.channel_arguments) {
      int number = 0;
      if (absl::SimpleAtoi(value, &number)) {
        builder.AddChannelArgument(name, number);
      } else {
        builder.AddChannelArgument(name, value);
      }
    }
    // Two servers on one port would each get some of the calls.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(options_.max_metadata_bytes));
    builder.SetMaxReceiveMessageSize(static_cast<int>(options_.max_receive_message_bytes));
    builder.SetMaxSendMessageSize(static_cast<int>(options_.max_send_message_bytes));
    builder.SetResourceQuota(grpc::ResourceQuota("mlmd").SetMaxThreads(options_.max_threads));
    builder.AddListeningPort(Endpoint(options_.bind_address, options_.grpc_port), credentials, &grpc_port_);
    builder.RegisterService(&service_);
    grpc_ = builder.BuildAndStart();
    if (grpc_ == nullptr || grpc_port_ == 0) {
      grpc_.reset();
      return absl::UnavailableError(Concat("grpc_port: cannot listen on ", options_.bind_address, " port ",
                                           options_.grpc_port, "; is it taken, or not an address of this machine?"));
    }
    grpc_->GetHealthCheckService()->SetServingStatus(std::string(kStoreServiceName), true);
    return absl::OkStatus();
  }

  const MetadataStoreServerOptions options_;
  RequestLog log_;
  ServiceMetrics metrics_;
  std::unique_ptr<MetadataStore> store_;
  CallDispatcher dispatcher_;
  MetadataStoreServiceImpl service_;
  std::atomic<bool> serving_{true};
  std::unique_ptr<grpc::Server> grpc_;
  std::unique_ptr<HttpListener> http_;
  int grpc_port_ = 0, http_port_ = 0;
  std::mutex shutdown_mutex_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<MetadataStoreServer>> MetadataStoreServer::Start(
    const MetadataStoreServerOptions& options, std::unique_ptr<MetadataStore> store) {
  RETURN_IF_ERROR(CheckOptions(options));
  auto server = std::make_unique<Server>(options, std::move(store));
  RETURN_IF_ERROR(server->Listen());
  return server;
}

absl::Status RunMetadataStoreServer(const MetadataStoreServerOptions& options) {
  // Before any thread is started, so that all of them leave these signals to this one.
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGTERM);
  sigaddset(&stops, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stops, nullptr);
  // A client that goes away while it is answered must not end the server.
  signal(SIGPIPE, SIG_IGN);

  RETURN_IF_ERROR(CheckOptions(options));
  absl::StatusOr<std::unique_ptr<MetadataStore>> store = OpenServedStore(options);
  if (absl::IsCancelled(store.status())) {
    RequestLog(options.log)
        .Write(RequestLog::Level::kInfo, "downgraded", {{"message", std::string(store.status().message())}});
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(store.status());
  ASSIGN_OR_RETURN(const std::unique_ptr<MetadataStoreServer> server,
                   MetadataStoreServer::Start(options, *std::move(store)));
  int signal_number = 0;
  sigwait(&stops, &signal_number);
  server->Shutdown();
  return absl::OkStatus();
}

}  // namespace mlmd
