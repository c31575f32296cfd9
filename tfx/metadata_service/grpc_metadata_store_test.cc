// The client under faults: answers that are lost, stores that are busy, servers that are killed.
#include "tfx/metadata_service/grpc_metadata_store.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/method_handler.h"
#include "tfx/metadata/testing_servers.h"
#include "tfx/metadata_service/grpc_status.h"
#include "tfx/metadata_service/store_calls.h"
#include "tfx/metadata_service/testing_server.h"

extern char** environ;

namespace mlmd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

enum class Fault {
  kNone,
  kBusy,     // ABORTED, nothing stored
  kRefused,  // UNAVAILABLE, nothing stored
  kLost,     // stored, but the client only sees UNAVAILABLE
};

// The service over a store, with the faults that the test asks for: those of a call's first tries, in order.
class FaultyServer final : public grpc::Service {
 public:
  FaultyServer() {
    using Handler = grpc::internal::RpcMethodHandler<FaultyServer, grpc::ByteBuffer, grpc::ByteBuffer>;
    for (const StoreCall& call : StoreCalls()) {
      AddMethod(new grpc::internal::RpcServiceMethod(
          call.path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC,
          new Handler([this, &call](FaultyServer*, grpc::ServerContext*, const grpc::ByteBuffer* request,
                                    grpc::ByteBuffer* response) { return Answer(call, *request, response); },
                      this)));
    }
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }

  std::unique_ptr<MetadataStore> Connect(MetadataStoreClientOptions options = {}) {
    options.sleep = [this](absl::Duration duration) { slept_.push_back(duration); };
    return Ok(ConnectMetadataStore(ClientConfig(port_), options));
  }
  void Plan(const std::string& call, std::vector<Fault> faults) { faults_[call] = std::move(faults); }
  int Calls(const std::string& call) { return calls_[call]; }
  const std::vector<absl::Duration>& slept() const { return slept_; }
  MetadataStore& store() { return *store_; }

 private:
  grpc::Status Answer(const StoreCall& call, grpc::ByteBuffer request_bytes, grpc::ByteBuffer* response_bytes) {
    using Serializer = grpc::SerializationTraits<google::protobuf::Message>;
    const std::string name(call.name);
    const size_t n = static_cast<size_t>(calls_[name]++);
    const Fault fault = n < faults_[name].size() ? faults_[name][n] : Fault::kNone;
    if (fault == Fault::kBusy) return grpc::Status(grpc::StatusCode::ABORTED, "database is locked");
    if (fault == Fault::kRefused) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "connection refused");
    const std::unique_ptr<google::protobuf::Message> request(call.request->New()), response(call.response->New());
    EXPECT_TRUE(Serializer::Deserialize(&request_bytes, request.get()).ok());
    const absl::Status status = call.run(*store_, request.get(), response.get(), nullptr);
    if (fault == Fault::kLost) {
      EXPECT_TRUE(status.ok()) << status;
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "connection reset");
    }
    if (!status.ok()) return ToGrpc(status);
    bool own = false;
    return Serializer::Serialize(*response, response_bytes, &own);
  }

  std::unique_ptr<MetadataStore> store_ = MemoryStore();
  std::map<std::string, std::vector<Fault>> faults_;
  std::map<std::string, int> calls_;
  std::vector<absl::Duration> slept_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

class Client : public ::testing::Test {
 protected:
  void SetUp() override {
    type_ = Ok(server_.store().PutArtifactType(NamedType<ArtifactType>("A")));
    execution_type_ = Ok(server_.store().PutExecutionType(NamedType<ExecutionType>("E")));
    context_type_ = Ok(server_.store().PutContextType(NamedType<ContextType>("C")));
  }
  Artifact Marked(const std::string& external_id) {
    Artifact artifact = NodeOf<Artifact>(type_);
    artifact.set_external_id(external_id);
    return artifact;
  }
  FaultyServer server_;
  int64_t type_ = 0, execution_type_ = 0, context_type_ = 0;
};

TEST_F(Client, TriesAgainWhatWasAbortedWithGrowingPauses) {
  const auto client =
      server_.Connect({.initial_backoff = absl::Milliseconds(8), .max_backoff = absl::Milliseconds(20)});
  server_.Plan("PutArtifacts", {Fault::kBusy, Fault::kBusy, Fault::kBusy, Fault::kBusy});
  EXPECT_THAT(Ok(client->PutArtifacts({NodeOf<Artifact>(type_)})), SizeIs(1));
  EXPECT_EQ(server_.Calls("PutArtifacts"), 5);
  ASSERT_THAT(server_.slept(), SizeIs(4));
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_GE(server_.slept()[i], absl::ZeroDuration());
    EXPECT_LE(server_.slept()[i], std::min(absl::Milliseconds(8 << i), absl::Milliseconds(20)));
  }
}

TEST_F(Client, GivesUpAfterSoManyTries) {
  const auto client = server_.Connect({.max_attempts = 3});
  server_.Plan("GetArtifactTypes", std::vector<Fault>(9, Fault::kBusy));
  EXPECT_TRUE(absl::IsAborted(client->GetArtifactTypes().status()));
  EXPECT_EQ(server_.Calls("GetArtifactTypes"), 3);
}

TEST_F(Client, TriesReadsAndRepeatableWritesAgainWhenTheConnectionIsLost) {
  const auto client = server_.Connect();
  server_.Plan("GetArtifactTypes", {Fault::kRefused, Fault::kLost});
  server_.Plan("PutArtifactType", {Fault::kLost});
  EXPECT_THAT(Ok(client->GetArtifactTypes()), SizeIs(1));
  EXPECT_EQ(Ok(client->PutArtifactType(NamedType<ArtifactType>("A"))), type_);
}

TEST_F(Client, DoesNotRepeatNewNodesThatItCannotTellApart) {
  const auto client = server_.Connect();
  server_.Plan("PutArtifacts", {Fault::kLost});
  const absl::Status status = client->PutArtifacts({NodeOf<Artifact>(type_)}).status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(Message(status), HasSubstr("external id"));
  EXPECT_EQ(server_.Calls("PutArtifacts"), 1);
}

TEST_F(Client, FindsMarkedNodesThatWereStoredThoughTheAnswerWasLost) {
  const auto client = server_.Connect();
  server_.Plan("PutArtifacts", {Fault::kLost});
  const std::vector<int64_t> ids = Ok(client->PutArtifacts({Marked("x"), Marked("y")}));
  EXPECT_EQ(server_.Calls("PutArtifacts"), 1);
  EXPECT_EQ(IdsOf(Ok(server_.store().GetArtifacts()).items), ids);
}

TEST_F(Client, RepeatsMarkedNodesThatWereNotStored) {
  const auto client = server_.Connect();
  server_.Plan("PutArtifacts", {Fault::kRefused, Fault::kRefused, Fault::kLost});
  const std::vector<int64_t> ids = Ok(client->PutArtifacts({Marked("x")}));
  EXPECT_EQ(server_.Calls("PutArtifacts"), 3);
  EXPECT_EQ(IdsOf(Ok(server_.store().GetArtifacts()).items), ids);
}

TEST_F(Client, TakesNamesThatAreTakenForWhatTheyAre) {
  const auto client = server_.Connect();
  Ok(client->PutArtifacts({Marked("x")}));
  EXPECT_TRUE(absl::IsAlreadyExists(client->PutArtifacts({Marked("x")}).status()));
}

TEST_F(Client, RepeatsUpdatesSaveThoseWithAnOptimisticCheck) {
  const auto client = server_.Connect();
  Artifact artifact = NodeOf<Artifact>(type_);
  artifact.set_id(Ok(client->PutArtifacts({artifact})).at(0));
  artifact = Ok(client->GetArtifactsByID({artifact.id()})).at(0);
  artifact.set_uri("moved");
  server_.Plan("PutArtifacts", {Fault::kNone, Fault::kLost});
  EXPECT_THAT(Ok(client->PutArtifacts({artifact})), ElementsAre(artifact.id()));
  server_.Plan("PutArtifacts", {Fault::kNone, Fault::kNone, Fault::kNone, Fault::kRefused});
  EXPECT_TRUE(
      absl::IsUnavailable(client->PutArtifacts({artifact}, {.abort_if_latest_updated_time_changed = true}).status()));
}

TEST_F(Client, PutsEventsAndParentsOnce) {
  const auto client = server_.Connect();
  Event event = EventOf(Event::OUTPUT, "o", 0);
  event.set_artifact_id(Ok(client->PutArtifacts({NodeOf<Artifact>(type_)})).at(0));
  event.set_execution_id(Ok(client->PutExecutions({NodeOf<Execution>(execution_type_)})).at(0));
  const auto contexts =
      Ok(client->PutContexts({NodeOf<Context>(context_type_, "a"), NodeOf<Context>(context_type_, "b")}));
  ParentContext link;
  link.set_parent_id(contexts[0]);
  link.set_child_id(contexts[1]);
  server_.Plan("PutEvents", {Fault::kLost});
  server_.Plan("PutParentContexts", {Fault::kRefused, Fault::kLost});

  EXPECT_TRUE(client->PutEvents({event}).ok());
  EXPECT_TRUE(client->PutParentContexts({link}).ok());
  EXPECT_THAT(Ok(client->GetEventsByExecutionIDs({event.execution_id()})), SizeIs(1));
  EXPECT_TRUE(absl::IsAlreadyExists(client->PutEvents({event})));
  EXPECT_TRUE(absl::IsAlreadyExists(client->PutParentContexts({link})));
}

TEST_F(Client, PutsABundleOnceAndAnswersItsIds) {
  const auto client = server_.Connect({.assign_external_ids = true});
  const int64_t existing = Ok(client->PutArtifacts({NodeOf<Artifact>(type_)})).at(0);
  Event by_id = EventOf(Event::INPUT, "in", 0);
  by_id.set_artifact_id(existing);
  server_.Plan("PutExecution", {Fault::kLost});

  const PutExecutionResult result =
      Ok(client->PutExecution(NodeOf<Execution>(execution_type_),
                              {{NodeOf<Artifact>(type_), EventOf(Event::OUTPUT, "o", 0)}, {std::nullopt, by_id}, {}},
                              {NodeOf<Context>(context_type_, "run"), NodeOf<Context>(context_type_, "node")}));

  EXPECT_EQ(server_.Calls("PutExecution"), 1);
  EXPECT_THAT(result.artifact_ids, ElementsAre(existing + 1, existing, -1));
  EXPECT_EQ(IdsOf(Ok(client->GetExecutions()).items), std::vector<int64_t>{result.execution_id});
  EXPECT_EQ(IdsOf(Ok(client->GetContexts()).items), result.context_ids);
}

TEST_F(Client, PutsASubgraphOnceAndAnswersItsIds) {
  const auto client = server_.Connect({.assign_external_ids = true});
  const LineageEdge edge{.execution_index = 0, .artifact_index = 1, .event = EventOf(Event::OUTPUT, "o", 0)};
  server_.Plan("PutLineageSubgraph", {Fault::kLost});
  const Artifact artifact = NodeOf<Artifact>(type_);
  const auto result = Ok(client->PutLineageSubgraph({NodeOf<Execution>(execution_type_)}, {artifact, artifact},
                                                    {NodeOf<Context>(context_type_, "c")}, {edge}));
  EXPECT_EQ(server_.Calls("PutLineageSubgraph"), 1);
  EXPECT_EQ(IdsOf(Ok(client->GetArtifacts()).items), result.artifact_ids);
  EXPECT_EQ(Ok(client->GetEventsByExecutionIDs(result.execution_ids)).at(0).artifact_id(), result.artifact_ids.at(1));
  EXPECT_THAT(result.context_ids, SizeIs(1));
}

TEST_F(Client, GathersPagesUpToTheLimitAndPastTheMessageLimit) {
  std::vector<Artifact> artifacts(450, NodeOf<Artifact>(type_));
  for (Artifact& artifact : artifacts) artifact.set_uri(std::string(100, 'u'));
  const std::vector<int64_t> ids = Ok(server_.store().PutArtifacts(artifacts));

  const auto client = server_.Connect();
  EXPECT_EQ(IdsOf(Ok(client->GetArtifacts()).items), ids);
  EXPECT_EQ(server_.Calls("GetArtifacts"), 1);
  const Page<Artifact> page = Ok(client->GetArtifacts({.limit = 250}));
  EXPECT_THAT(page.items, SizeIs(250));
  EXPECT_EQ(IdsOf(Ok(client->GetArtifacts({.page_token = page.next_page_token})).items).front(), ids[250]);
  const auto descending = Ok(client->GetArtifacts({.direction = ListOptions::Direction::kDescending}));
  EXPECT_EQ(IdsOf(descending.items), std::vector<int64_t>(ids.rbegin(), ids.rend()));
  const auto small = server_.Connect({.max_receive_message_bytes = 20'000});
  EXPECT_EQ(IdsOf(Ok(small->GetArtifacts()).items), ids);
  EXPECT_TRUE(absl::IsInvalidArgument(client->GetArtifacts({.limit = 0}).status()));
}

TEST(ConnectMetadataStore, RefusesConfigsThatNameNoServer) {
  ml_metadata::MetadataStoreClientConfig config;
  EXPECT_TRUE(absl::IsInvalidArgument(ConnectMetadataStore(config).status()));
  config.set_host("h");
  EXPECT_THAT(Message(ConnectMetadataStore(config).status()), HasSubstr("port"));
  config.set_port(70'000);
  EXPECT_TRUE(absl::IsInvalidArgument(ConnectMetadataStore(config).status()));
  config.set_port(1);
  config.set_client_timeout_sec(-1);
  EXPECT_THAT(Message(ConnectMetadataStore(config).status()), HasSubstr("client_timeout_sec"));
  config.clear_client_timeout_sec();
  config.mutable_ssl_config()->set_custom_ca("/no/such/file");
  EXPECT_THAT(Message(ConnectMetadataStore(config).status()), HasSubstr("custom_ca"));
}

TEST(ConnectMetadataStore, FailsTheFirstCallWhereNobodyListens) {
  const auto store = Ok(ConnectMetadataStore(ClientConfig(1), {.max_attempts = 1}));
  EXPECT_TRUE(absl::IsUnavailable(store->GetArtifactTypes().status()));
}

// The real program, as a process that can be killed.
class ServerProcess {
 public:
  ServerProcess(const std::string& database, const std::string& log) : log_(log) {
    std::ofstream(log + ".pbtxt") << "connection_config { sqlite { filename_uri: '" << database << "' } }";
  }
  ~ServerProcess() { Kill(); }

  // On the port that it had before, if it had one; ready when this returns.
  void Start() {
    if (port != 0) {
      ASSERT_TRUE(StartOnPort()) << Log();
      return;
    }
    // Another program may take a free port before the server does.
    for (int tries = 1; tries <= 10; ++tries) {
      port = FreePort();
      if (StartOnPort()) return;
    }
    FAIL() << Log();
  }
  void Kill() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  // The exit status after SIGTERM.
  int Terminate() {
    int status = 0;
    kill(pid_, SIGTERM);
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  int port = 0;

 private:
  // False: it ended before it was ready.
  bool StartOnPort() {
    const std::string program = std::string(std::getenv("TFX_BINARY_DIR")) + "/bin/metadata_store_server";
    std::vector<std::string> arguments = {program, "--bind_address=127.0.0.1",
                                          "--metadata_store_server_config_file=" + log_ + ".pbtxt",
                                          "--grpc_port=" + std::to_string(port), "--request_log=none"};
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::ofstream(log_, std::ios::trunc).flush();  // of an earlier start
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int failed = posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
      pid_ = 0;
      return false;
    }
    while (true) {
      const std::string log = Log();
      const size_t at = log.find("\"grpc_port\":");
      if (at != std::string::npos && log.find('\n', at) != std::string::npos) return true;
      if (waitpid(pid_, nullptr, WNOHANG) != 0) {
        pid_ = 0;
        return false;
      }
      std::this_thread::yield();
    }
  }
  std::string Log() const {
    std::stringstream text;
    text << std::ifstream(log_).rdbuf();
    return text.str();
  }

  const std::string log_;
  pid_t pid_ = 0;
};

TEST(KilledServer, LosesNothingAndDoublesNothing) {
  constexpr int kClients = 4, kWrites = 60, kKills = 12;
  const TestDirectory directory;
  ServerProcess server(directory / "m.db", directory / "log");
  server.Start();
  const MetadataStoreClientOptions options{.max_attempts = 50,
                                           .initial_backoff = absl::Milliseconds(5),
                                           .max_backoff = absl::Milliseconds(200),
                                           .assign_external_ids = true};
  const auto first = Ok(ConnectMetadataStore(ClientConfig(server.port), options));
  const int64_t type = Ok(first->PutArtifactType(NamedType<ArtifactType>("A")));
  const int64_t execution_type = Ok(first->PutExecutionType(NamedType<ExecutionType>("E")));
  const int64_t context_type = Ok(first->PutContextType(NamedType<ContextType>("C")));
  std::mutex mutex;
  std::condition_variable changed;
  int done = 0, failed = 0;
  std::map<std::string, int64_t> told;  // uri -> the id that the client was told
  std::vector<std::thread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      const auto store = Ok(ConnectMetadataStore(ClientConfig(server.port), options));
      for (int i = 0; i < kWrites; ++i) {
        Artifact artifact = NodeOf<Artifact>(type);
        artifact.set_uri(std::to_string(c) + "/" + std::to_string(i));
        absl::StatusOr<PutExecutionResult> put =
            store->PutExecution(NodeOf<Execution>(execution_type), {{artifact, EventOf(Event::OUTPUT, "o", 0)}},
                                {NodeOf<Context>(context_type, "run")}, {.reuse_context_if_already_exist = true});
        std::lock_guard<std::mutex> lock(mutex);
        ++done;
        if (put.ok()) {
          told[artifact.uri()] = put->artifact_ids.at(0);
        } else {
          ++failed;
          ADD_FAILURE() << put.status();
        }
        changed.notify_all();
      }
    });
  }

  for (int k = 1; k <= kKills; ++k) {
    {
      std::unique_lock<std::mutex> lock(mutex);
      changed.wait(lock, [&] { return done >= k * kClients * kWrites / (kKills + 1); });
    }
    server.Kill();
    server.Start();
  }
  for (std::thread& client : clients) client.join();

  EXPECT_EQ(failed, 0);
  std::map<std::string, int64_t> stored;
  for (const Artifact& artifact : Ok(first->GetArtifacts()).items) {
    EXPECT_TRUE(stored.emplace(artifact.uri(), artifact.id()).second) << "twice: " << artifact.uri();
  }
  EXPECT_EQ(stored, told);
  EXPECT_EQ(stored.size(), kClients * kWrites);
  EXPECT_THAT(Ok(first->GetExecutions()).items, SizeIs(kClients * kWrites));
  EXPECT_THAT(Ok(first->GetContexts()).items, SizeIs(1));
  EXPECT_EQ(server.Terminate(), 0);
}

}  // namespace
}  // namespace mlmd
