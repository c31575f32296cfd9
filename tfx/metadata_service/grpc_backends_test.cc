// The conformance suite of metadata/, over our client and a server of ours on a loopback port; and, where
// MLMD_REFERENCE_SERVER=host:port names one (tests/interop/mlmd_reference_server.py), over upstream's store.
#include <cstdlib>

#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/client_unary_call.h"
#include "tfx/metadata/metadata_store_suite.h"
#include "tfx/metadata_service/open_store.h"
#include "tfx/metadata_service/testing_server.h"

namespace mlmd {
namespace {

absl::StatusOr<std::unique_ptr<MetadataStore>> OpenOverGrpc(const ml_metadata::ConnectionConfig& config,
                                                            const OpenOptions& options,
                                                            std::shared_ptr<void>* keep_alive) {
  std::unique_ptr<MetadataStore> store = Ok(OpenMetadataStore(config, options));
  if (store == nullptr) return absl::UnknownError("the store behind the server did not open");
  std::unique_ptr<MetadataStoreServer> server = Ok(MetadataStoreServer::Start(LoopbackOptions(), std::move(store)));
  const int port = server->grpc_port();
  *keep_alive = std::shared_ptr<MetadataStoreServer>(std::move(server));
  return ConnectMetadataStore(ClientConfig(port));
}

// The reference server forgets everything when it is asked to, so that each test finds it empty.
absl::StatusOr<std::unique_ptr<MetadataStore>> OpenReference(const ml_metadata::ConnectionConfig&, const OpenOptions&,
                                                             std::shared_ptr<void>*) {
  const std::string address = std::getenv("MLMD_REFERENCE_SERVER");
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  grpc::ByteBuffer request, response;
  const grpc::Slice nothing("");
  request = grpc::ByteBuffer(&nothing, 1);
  const grpc::Status status = grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
      channel.get(),
      grpc::internal::RpcMethod("/mlmd_reference.Reference/Reset", grpc::internal::RpcMethod::NORMAL_RPC), &context,
      request, &response);
  if (!status.ok()) return absl::UnavailableError("the reference server does not reset: " + status.error_message());
  return OpenMetadataStoreAt("grpc://" + address);
}

std::vector<Backend> GrpcBackends() {
  const auto in_memory = [](const TestDirectory&) -> std::optional<ml_metadata::ConnectionConfig> {
    ml_metadata::ConnectionConfig config;
    config.mutable_fake_database();
    return config;
  };
  std::vector<Backend> backends = {
      Backend{.name = "GrpcSqliteMemory", .config = in_memory, .largest_int = int64_t{1} << 60, .open = OpenOverGrpc},
      Backend{.name = "GrpcMariaDb",
              .config = OnServer(TestServer::Kind::kMariaDb),
              .why_not = TestServer::WhyNot(TestServer::Kind::kMariaDb),
              .open = OpenOverGrpc},
      Backend{.name = "GrpcPostgresql",
              .config = OnServer(TestServer::Kind::kPostgresql),
              .why_not = TestServer::WhyNot(TestServer::Kind::kPostgresql),
              .stores_nul = false,
              .open = OpenOverGrpc}};
  if (std::getenv("MLMD_REFERENCE_SERVER") != nullptr) {
    backends.push_back(
        Backend{.name = "Upstream", .config = in_memory, .largest_int = int64_t{1} << 60, .open = OpenReference});
  }
  return backends;
}

INSTANTIATE_TEST_SUITE_P(Grpc, MetadataStoreTest, ::testing::ValuesIn(GrpcBackends()), BackendName);

}  // namespace
}  // namespace mlmd
