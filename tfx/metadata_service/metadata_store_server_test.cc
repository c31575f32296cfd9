#include "tfx/metadata_service/metadata_store_server.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <httplib.h>

#include <algorithm>
#include <condition_variable>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/client_unary_call.h"
#include "grpcpp/support/sync_stream.h"
#include "ml_metadata/proto/metadata_store_service.pb.h"
#include "nlohmann/json.hpp"
#include "tfx/metadata_service/testing_server.h"

namespace mlmd {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kCalls[] = "/ml_metadata.MetadataStoreService/";

std::unique_ptr<MetadataStoreServer> StartServer(const MetadataStoreServerOptions& options = LoopbackOptions(),
                                                 std::unique_ptr<MetadataStore> store = MemoryStore()) {
  return Ok(MetadataStoreServer::Start(options, std::move(store)));
}

MetadataStoreServerOptions WithHttp() {
  MetadataStoreServerOptions options = LoopbackOptions();
  options.http_port = 0;
  return options;
}

// Bytes in, bytes out.
grpc::Status RawCall(int port, const std::string& path, const std::string& request, std::string* response,
                     const std::string& header = "") {
  const auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
  grpc::ClientContext context;
  if (!header.empty()) context.AddMetadata("x-header", header);
  const grpc::Slice slice(request);
  const grpc::ByteBuffer input(&slice, 1);
  grpc::ByteBuffer output;
  const grpc::Status status = grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
      channel.get(), grpc::internal::RpcMethod(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC), &context, input,
      &output);
  std::vector<grpc::Slice> slices;
  if (status.ok() && output.Dump(&slices).ok()) {
    for (const grpc::Slice& s : slices) response->append(reinterpret_cast<const char*>(s.begin()), s.size());
  }
  return status;
}

// A store of which every call that adds artifacts waits until it is let go.
class Gate {
 public:
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void Open() {
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void AwaitOne() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

// The store asks the time in every transaction, so a clock can hold it up.
class GateClock final : public Clock {
 public:
  int64_t NowMillis() override {
    if (armed) gate.Wait();
    return 1;
  }
  Gate gate;
  std::atomic<bool> armed{false};
};

TEST(Server, AnswersHealthChecksForTheWholeAndForTheService) {
  const auto server = StartServer();
  for (const std::string& request : {std::string(), "\x0a\x20" + std::string("ml_metadata.MetadataStoreService")}) {
    std::string response;
    const grpc::Status status = RawCall(server->grpc_port(), "/grpc.health.v1.Health/Check", request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response, std::string("\x08\x01", 2));  // SERVING
  }
}

TEST(Server, TellsItsServiceByReflection) {
  const auto server = StartServer();
  const auto channel =
      grpc::CreateChannel("127.0.0.1:" + std::to_string(server->grpc_port()), grpc::InsecureChannelCredentials());
  grpc::ClientContext context;
  const grpc::internal::RpcMethod method("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                         grpc::internal::RpcMethod::BIDI_STREAMING);
  std::unique_ptr<grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> stream(
      grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>::Create(channel.get(), method,
                                                                                            &context));
  const grpc::Slice list_services(std::string("\x3a\x01*", 3));
  grpc::ByteBuffer answer;
  ASSERT_TRUE(stream->Write(grpc::ByteBuffer(&list_services, 1)));
  ASSERT_TRUE(stream->Read(&answer));
  stream->WritesDone();
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(answer.Dump(&slices).ok());
  std::string text;
  for (const grpc::Slice& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  EXPECT_THAT(text, HasSubstr("ml_metadata.MetadataStoreService"));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(Server, RefusesWhatIsNoMessageAndCallsThatDoNotExist) {
  const auto server = StartServer();
  std::string response;
  EXPECT_EQ(RawCall(server->grpc_port(), std::string(kCalls) + "GetArtifacts", "\xff\xff\xff", &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(RawCall(server->grpc_port(), std::string(kCalls) + "DropEverything", "", &response).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST(Server, RefusesMessagesAndHeadersThatAreTooLong) {
  MetadataStoreServerOptions options = LoopbackOptions();
  options.max_receive_message_bytes = 10'000;
  options.max_metadata_bytes = 4096;
  const auto server = StartServer(options);
  std::string response;
  const grpc::Status too_long =
      RawCall(server->grpc_port(), std::string(kCalls) + "PutArtifacts", std::string(20'000, 'x'), &response);
  EXPECT_EQ(too_long.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(too_long.error_message(), HasSubstr("larger than max"));
  EXPECT_FALSE(
      RawCall(server->grpc_port(), std::string(kCalls) + "GetArtifacts", "", &response, std::string(8000, 'h')).ok());
  EXPECT_TRUE(RawCall(server->grpc_port(), std::string(kCalls) + "GetArtifacts", "", &response, "short").ok());
}

TEST(Server, ServesFiftyClientsAtOnceWithoutAFailedCall) {
  const auto server = StartServer();
  const int64_t type =
      Ok(Ok(ConnectMetadataStore(ClientConfig(server->grpc_port())))->PutArtifactType(NamedType<ArtifactType>("A")));
  std::vector<std::thread> clients;
  std::atomic<int> failed = 0;
  for (int client = 0; client < 50; ++client) {
    clients.emplace_back([&, client] {
      const auto store = Ok(ConnectMetadataStore(ClientConfig(server->grpc_port()), {.max_attempts = 1}));
      for (int i = 0; i < 20; ++i) {
        const auto ids =
            store->PutArtifacts({NodeOf<Artifact>(type, "a" + std::to_string(client) + "_" + std::to_string(i))});
        failed += !ids.ok() || !store->GetArtifactsByID(*ids).ok();
      }
    });
  }
  for (std::thread& client : clients) client.join();

  EXPECT_EQ(failed, 0);
  const auto store = Ok(ConnectMetadataStore(ClientConfig(server->grpc_port())));
  EXPECT_THAT(Ok(store->GetArtifacts()).items, SizeIs(1000));
}

TEST(Server, DrainsCallsUnderWayAndTakesNoNewOnes) {
  GateClock clock;
  const auto server = StartServer(WithHttp(), MemoryStore({.clock = &clock}));
  const auto store = Ok(ConnectMetadataStore(ClientConfig(server->grpc_port()), {.max_attempts = 1}));
  Ok(store->PutArtifactType(NamedType<ArtifactType>("A")));
  httplib::Client http("127.0.0.1", *server->http_port());
  EXPECT_EQ(http.Get("/healthz")->status, 200);
  clock.armed = true;
  absl::StatusOr<int64_t> under_way = absl::UnknownError("not done");
  std::thread caller([&] { under_way = store->PutArtifactType(NamedType<ArtifactType>("B")); });
  clock.gate.AwaitOne();

  std::thread stopper([&] { server->Shutdown(); });
  // Until the server has begun to drain: it says so over HTTP.
  while (true) {
    const auto health = http.Get("/healthz");
    if (!health || health->status == 503) break;
    std::this_thread::yield();
  }
  clock.gate.Open();
  caller.join();
  stopper.join();

  EXPECT_TRUE(under_way.ok()) << under_way.status();
  EXPECT_TRUE(absl::IsUnavailable(store->GetArtifactTypes().status()));
}

TEST(Server, SaysWhichPortIsTaken) {
  const auto server = StartServer(WithHttp());
  MetadataStoreServerOptions options = LoopbackOptions();
  options.grpc_port = server->grpc_port();
  const absl::Status grpc_taken = MetadataStoreServer::Start(options, MemoryStore()).status();
  EXPECT_TRUE(absl::IsUnavailable(grpc_taken));
  EXPECT_THAT(Message(grpc_taken), AllOf(HasSubstr("grpc_port"), HasSubstr(std::to_string(options.grpc_port))));
  options.grpc_port = 0;
  options.http_port = server->http_port();
  const absl::Status http_taken = MetadataStoreServer::Start(options, MemoryStore()).status();
  EXPECT_TRUE(absl::IsUnavailable(http_taken));
  EXPECT_THAT(Message(http_taken), HasSubstr("http_port"));
  options.bind_address = "192.0.2.1";  // of no machine
  EXPECT_TRUE(absl::IsUnavailable(MetadataStoreServer::Start(options, MemoryStore()).status()));
}

TEST(Server, RefusesOptionsThatMeanNothing) {
  const auto refused = [](auto change) {
    MetadataStoreServerOptions options = LoopbackOptions();
    change(options);
    return MetadataStoreServer::Start(options, MemoryStore()).status();
  };
  EXPECT_TRUE(absl::IsInvalidArgument(refused([](auto& o) { o.grpc_port = 70'000; })));
  EXPECT_TRUE(absl::IsInvalidArgument(refused([](auto& o) { o.http_port = -1; })));
  EXPECT_TRUE(absl::IsInvalidArgument(refused([](auto& o) { o.bind_address = ""; })));
  EXPECT_TRUE(absl::IsInvalidArgument(refused([](auto& o) { o.max_receive_message_bytes = 0; })));
  EXPECT_TRUE(absl::IsInvalidArgument(refused([](auto& o) { o.max_send_message_bytes = int64_t{1} << 40; })));
  EXPECT_TRUE(absl::IsInvalidArgument(refused([](auto& o) { o.max_threads = 0; })));
  EXPECT_TRUE(absl::IsInvalidArgument(refused([](auto& o) { o.drain_timeout = -absl::Seconds(1); })));
}

// The store's own error names the file, which is nobody's business; the log has it under the request's number.
TEST(Server, TellsNoPathsAndLogsThemInstead) {
  const TestDirectory directory;
  const std::string file = directory / "secret_metadata.db";
  { Ok(OpenMetadataStore(SqliteFile(file))); }
  MetadataStoreServerOptions options = LoopbackOptions();
  LogLines log;
  options.log = log.sink();
  *options.config.mutable_connection_config() = SqliteFile(file, ml_metadata::SqliteMetadataSourceConfig::READONLY);
  const auto server = StartServer(options, Ok(OpenServedStore(options)));
  const auto store = Ok(ConnectMetadataStore(ClientConfig(server->grpc_port())));

  const absl::Status refused = store->PutArtifactType(NamedType<ArtifactType>("A")).status();

  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(Message(refused), AllOf(HasSubstr("read-only"), Not(HasSubstr("secret_metadata"))));
  const std::vector<std::string> lines = log.Get();
  const auto line = std::find_if(lines.begin(), lines.end(),
                                 [](const std::string& l) { return nlohmann::json::parse(l)["event"] == "request"; });
  ASSERT_NE(line, lines.end());
  const auto fields = nlohmann::json::parse(*line);
  EXPECT_EQ(fields["method"], "PutArtifactType");
  EXPECT_EQ(fields["code"], "FAILED_PRECONDITION");
  EXPECT_THAT(fields["error"].get<std::string>(), HasSubstr("secret_metadata"));
}

TEST(Server, CutsLongErrorsShort) {
  const auto server = StartServer();
  const auto store = Ok(ConnectMetadataStore(ClientConfig(server->grpc_port())));
  const absl::Status status = store->GetArtifactType(std::string(100'000, 'n')).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status.code();
  EXPECT_LT(status.message().size(), 1100);
}

class Tls : public ::testing::Test {
 protected:
  enum class Clients { kAnyone, kWithCertificate };
  std::unique_ptr<MetadataStoreServer> Serve(Clients clients) {
    MetadataStoreServerOptions options = WithHttp();
    auto& ssl = *options.config.mutable_ssl_config();
    ssl.set_server_key(server_.Key());
    ssl.set_server_cert(server_.Certificate());
    if (clients == Clients::kWithCertificate) {
      ssl.set_custom_ca(authority_.Certificate());
      ssl.set_client_verify(true);
    }
    return StartServer(options);
  }
  static absl::Status CallWith(int port, const std::string& trusted, const TestCertificate* own = nullptr) {
    ml_metadata::MetadataStoreClientConfig config = ClientConfig(port, "localhost");
    config.mutable_ssl_config()->set_custom_ca(trusted);
    if (own != nullptr) {
      config.mutable_ssl_config()->set_client_key(own->Key());
      config.mutable_ssl_config()->set_server_cert(own->Certificate());
    }
    return Ok(ConnectMetadataStore(config, {.max_attempts = 1}))->GetArtifactTypes().status();
  }
  TestCertificate authority_{"authority"}, stranger_{"stranger"};
  TestCertificate server_{"server", &authority_}, client_{"client", &authority_}, intruder_{"intruder", &stranger_};
};

TEST_F(Tls, IsTrustedByItsAuthorityOnly) {
  const auto server = Serve(Clients::kAnyone);
  EXPECT_TRUE(CallWith(server->grpc_port(), authority_.Certificate()).ok());
  EXPECT_TRUE(absl::IsUnavailable(CallWith(server->grpc_port(), stranger_.Certificate())));
  EXPECT_TRUE(absl::IsUnavailable(
      Ok(ConnectMetadataStore(ClientConfig(server->grpc_port()), {.max_attempts = 1}))->GetArtifactTypes().status()));
}

TEST_F(Tls, MutualAsksForACertificateOfItsAuthority) {
  const auto server = Serve(Clients::kWithCertificate);
  EXPECT_TRUE(CallWith(server->grpc_port(), authority_.Certificate(), &client_).ok());
  EXPECT_TRUE(absl::IsUnavailable(CallWith(server->grpc_port(), authority_.Certificate())));
  EXPECT_TRUE(absl::IsUnavailable(CallWith(server->grpc_port(), authority_.Certificate(), &intruder_)));
}

TEST_F(Tls, CoversTheHttpPortAsWell) {
  const TestDirectory directory;
  std::ofstream(directory / "ca.pem") << authority_.Certificate();
  std::ofstream(directory / "client.pem") << client_.Certificate();
  std::ofstream(directory / "client.key") << client_.Key();
  const auto server = Serve(Clients::kWithCertificate);

  httplib::Client plain("127.0.0.1", *server->http_port());
  EXPECT_FALSE(plain.Get("/metrics"));
  httplib::SSLClient without("localhost", *server->http_port());
  without.set_ca_cert_path((directory / "ca.pem").c_str());
  EXPECT_FALSE(without.Get("/metrics"));
  httplib::SSLClient with("localhost", *server->http_port(), directory / "client.pem", directory / "client.key");
  with.set_ca_cert_path((directory / "ca.pem").c_str());
  const auto answer = with.Get("/healthz");
  ASSERT_TRUE(answer) << httplib::to_string(answer.error());
  EXPECT_EQ(answer->status, 200);
}

TEST_F(Tls, BadMaterialIsRefusedByName) {
  const auto refused = [](auto change) {
    MetadataStoreServerOptions options = LoopbackOptions();
    change(*options.config.mutable_ssl_config());
    return Message(MetadataStoreServer::Start(options, MemoryStore()).status());
  };
  EXPECT_THAT(refused([&](auto& ssl) { ssl.set_server_cert(server_.Certificate()); }),
              HasSubstr("server_key is missing"));
  EXPECT_THAT(refused([&](auto& ssl) {
                ssl.set_server_cert(server_.Certificate());
                ssl.set_server_key(client_.Key());
              }),
              HasSubstr("server_key is not the key"));
  EXPECT_THAT(refused([&](auto& ssl) {
                ssl.set_server_cert("/no/such/file");
                ssl.set_server_key(server_.Key());
              }),
              HasSubstr("ssl_config.server_cert"));
  EXPECT_THAT(refused([&](auto& ssl) {
                ssl.set_server_cert(server_.Certificate());
                ssl.set_server_key(server_.Key());
                ssl.set_client_verify(true);
              }),
              HasSubstr("custom_ca"));
}

class Http : public ::testing::Test {
 protected:
  httplib::Result Json(const std::string& call, const std::string& body, const httplib::Headers& headers = {}) {
    return client_.Post(kCalls + call, headers, body, "application/json");
  }
  MetadataStoreServerOptions options_ = [] {
    MetadataStoreServerOptions options = WithHttp();
    options.max_receive_message_bytes = 100'000;
    options.cors_allow_origin = "https://ui.example.com";
    return options;
  }();
  std::unique_ptr<MetadataStoreServer> server_ = StartServer(options_);
  httplib::Client client_{"127.0.0.1", *server_->http_port()};
};

TEST_F(Http, AnswersJson) {
  const auto put = Json("PutArtifactType", R"({"artifact_type": {"name": "A", "properties": {"span": "INT"}}})");
  ASSERT_TRUE(put);
  EXPECT_EQ(put->status, 200) << put->body;
  EXPECT_EQ(nlohmann::json::parse(put->body)["type_id"], "10");
  const auto get = Json("GetArtifactType", R"({"type_name": "A"})");
  EXPECT_EQ(nlohmann::json::parse(get->body)["artifact_type"]["properties"]["span"], "INT");
}

TEST_F(Http, AnswersJsonErrorsWithTheirCode) {
  const auto missing = Json("GetArtifactType", R"({"type_name": "no\nsuch"})");
  EXPECT_EQ(missing->status, 404);
  EXPECT_EQ(nlohmann::json::parse(missing->body)["status"], "NOT_FOUND");
  const auto nonsense = Json("GetArtifactType", "{]");
  EXPECT_EQ(nonsense->status, 400);
  EXPECT_THAT(nonsense->body, HasSubstr("GetArtifactTypeRequest"));
  EXPECT_EQ(Json("GetArtifactType", R"({"tipe_name": 1})")->status, 400);
  EXPECT_EQ(Json("DropEverything", "{}")->status, 501);
  EXPECT_EQ(Json("GetArtifactTypes", std::string(200'000, ' '))->status, 413);
  EXPECT_EQ(Json("GetArtifactTypes", std::string(50'000, '['))->status, 400);
}

TEST_F(Http, CountsCompressedBodiesByWhatTheyHold) {
  client_.set_compress(true);
  EXPECT_EQ(Json("GetArtifactTypes", "{" + std::string(50'000, ' ') + "}")->status, 200);
  EXPECT_EQ(Json("GetArtifactTypes", "{" + std::string(50'000'000, ' ') + "}")->status, 413);
}

TEST_F(Http, AnswersGrpcWebInBothCodings) {
  ml_metadata::PutArtifactTypeRequest request;
  request.mutable_artifact_type()->set_name("A");
  const std::string message = request.SerializeAsString();
  const std::string frame = std::string("\0\0\0\0", 4) + static_cast<char>(message.size()) + message;
  const std::string expected =
      std::string("\0\0\0\0\2\x08\x0a", 7) + std::string("\x80\0\0\0\x0f", 5) + "grpc-status:0\r\n";

  const auto binary = client_.Post(std::string(kCalls) + "PutArtifactType", frame, "application/grpc-web+proto");
  EXPECT_EQ(binary->status, 200);
  EXPECT_EQ(binary->get_header_value("Content-Type"), "application/grpc-web+proto");
  EXPECT_EQ(binary->body, expected);
  const auto text =
      client_.Post(std::string(kCalls) + "PutArtifactType", absl::Base64Escape(frame), "application/grpc-web-text");
  std::string decoded;
  EXPECT_TRUE(absl::Base64Unescape(text->body, &decoded));
  EXPECT_EQ(decoded, expected);
  const auto wrong = client_.Post(std::string(kCalls) + "PutArtifactType", "\1\0\0", "application/grpc-web");
  EXPECT_EQ(wrong->status, 200);
  EXPECT_THAT(wrong->body, HasSubstr("grpc-status:3\r\n"));
}

TEST_F(Http, ListsTheSameNodesByEveryTransport) {
  const auto store = Ok(ConnectMetadataStore(ClientConfig(server_->grpc_port())));
  const int64_t type = Ok(store->PutArtifactType(NamedType<ArtifactType>("A")));
  Ok(store->PutArtifacts({NodeOf<Artifact>(type, "x"), NodeOf<Artifact>(type, "y"), NodeOf<Artifact>(type, "z")}));
  ml_metadata::GetArtifactsRequest request;
  request.mutable_options()->set_max_result_size(2);
  const std::string message = request.SerializeAsString(), path = std::string(kCalls) + "GetArtifacts";

  std::string bytes;
  ASSERT_TRUE(RawCall(server_->grpc_port(), path, message, &bytes).ok());
  ml_metadata::GetArtifactsResponse expected;
  ASSERT_TRUE(expected.ParseFromString(bytes));
  ASSERT_EQ(expected.artifacts_size(), 2);
  EXPECT_EQ(expected.artifacts(1).name(), "y");
  EXPECT_FALSE(expected.next_page_token().empty());

  const auto web = client_.Post(path, std::string("\0\0\0\0", 4) + static_cast<char>(message.size()) + message,
                                "application/grpc-web+proto");
  const std::string trailer = std::string("\x80\0\0\0\x0f", 5) + "grpc-status:0\r\n";
  ASSERT_THAT(web->body, EndsWith(trailer));
  ml_metadata::GetArtifactsResponse by_web, by_json;
  ASSERT_TRUE(by_web.ParseFromString(web->body.substr(5, web->body.size() - 5 - trailer.size())));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(by_web, expected));
  const auto json = Json("GetArtifacts", R"({"options": {"max_result_size": 2}})");
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json->body, &by_json).ok());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(by_json, expected));
}

TEST_F(Http, LetsOnlyTheGivenOriginIn) {
  const httplib::Headers friends = {{"Origin", "https://ui.example.com"}}, strangers = {{"Origin", "https://evil.com"}};
  EXPECT_EQ(Json("GetArtifactTypes", "{}", friends)->get_header_value("Access-Control-Allow-Origin"),
            "https://ui.example.com");
  EXPECT_EQ(Json("GetArtifactTypes", "{}", strangers)->get_header_value("Access-Control-Allow-Origin"), "");
  const std::string path = std::string(kCalls) + "GetArtifactTypes";
  const auto asked = client_.Options(path, friends);
  EXPECT_EQ(asked->status, 204);
  EXPECT_EQ(asked->get_header_value("Access-Control-Allow-Methods"), "POST");
  EXPECT_EQ(client_.Options(path, strangers)->get_header_value("Access-Control-Allow-Methods"), "");
  // What a page may send without asking first.
  EXPECT_EQ(client_.Post(path, "{}", "text/plain")->status, 415);
}

TEST_F(Http, CountsWhatWasCalled) {
  Json("GetArtifactTypes", "{}");
  Json("GetArtifactType", R"({"type_name": "none"})");
  const auto store = Ok(ConnectMetadataStore(ClientConfig(server_->grpc_port())));
  Ok(store->GetArtifactTypes());
  Ok(store->GetArtifactTypes());

  const std::string text = client_.Get("/metrics")->body;

  EXPECT_THAT(text, HasSubstr("mlmd_requests_total{method=\"GetArtifactTypes\",transport=\"grpc\",code=\"OK\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("mlmd_requests_total{method=\"GetArtifactTypes\",transport=\"json\",code=\"OK\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("method=\"GetArtifactType\",transport=\"json\",code=\"NOT_FOUND\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("mlmd_request_duration_seconds_bucket{method=\"GetArtifactTypes\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("mlmd_request_duration_seconds_count{method=\"GetArtifactTypes\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("mlmd_requests_in_flight 0\n"));
}

TEST(OpenServedStore, KeepsInMemoryWhereNoDatabaseIsNamedAndSaysSo) {
  MetadataStoreServerOptions options = LoopbackOptions();
  LogLines log;
  options.log = log.sink();
  EXPECT_NE(Ok(OpenServedStore(options)), nullptr);
  EXPECT_THAT(log.Get(), Contains(HasSubstr("lost when the server stops")));
}

TEST(OpenServedStore, DowngradesAndThenServesNothing) {
  const TestDirectory directory;
  MetadataStoreServerOptions options = LoopbackOptions();
  *options.config.mutable_connection_config() = SqliteFile(directory / "m.db");
  { Ok(OpenServedStore(options)); }
  options.config.mutable_migration_options()->set_downgrade_to_schema_version(8);
  EXPECT_TRUE(absl::IsCancelled(OpenServedStore(options).status()));
  options.config.clear_migration_options();
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenServedStore(options).status()));
  options.config.mutable_migration_options()->set_enable_upgrade_migration(true);
  EXPECT_NE(Ok(OpenServedStore(options)), nullptr);
}

TEST(OpenServedStore, MakesANewDatabaseAlsoWithUpgradesOn) {
  const TestDirectory directory;
  MetadataStoreServerOptions options = LoopbackOptions();
  *options.config.mutable_connection_config() = SqliteFile(directory / "m.db");
  options.config.mutable_migration_options()->set_enable_upgrade_migration(true);
  EXPECT_NE(Ok(OpenServedStore(options)), nullptr);
  EXPECT_NE(Ok(OpenServedStore(options)), nullptr);
}

}  // namespace
}  // namespace mlmd
