// Pipelines whose runs are recorded elsewhere than in a SQLite file under their root.
#include "tfx/orchestration/pipeline_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tfx/metadata/testing_servers.h"
#include "tfx/metadata_service/testing_server.h"
#include "tfx/orchestration/local_dag_runner.h"
#include "tfx/orchestration/main.h"
#include "tfx/orchestration/output_staging.h"
#include "tfx/orchestration/run_lock.h"
#include "tfx/orchestration/testing/fake_taxi.h"

namespace tfx {
namespace {

using mlmd::Ok;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::TaxiPipeline;
using testing::TheWorld;
using testing::Workspace;

constexpr char kSecret[] = "sesame";

Pipeline PipelineIn(const Workspace& workspace, MetadataConnectionConfig config = {}) {
  Pipeline pipeline = TaxiPipeline(workspace.settings());
  pipeline.metadata_connection_config = std::move(config);
  return pipeline;
}

TEST(FindPipelineStoreTest, TakesTheFlagThenTheConfigThenThePathThenTheRoot) {
  const Workspace workspace;
  Pipeline pipeline = PipelineIn(workspace, "grpc://h:80");
  const auto name = [&](const std::string& flag) { return Ok(FindPipelineStore(pipeline, flag)).Name(); };
  EXPECT_EQ(name("mysql://db/mlmd"), "MySQL database mlmd at db");
  EXPECT_EQ(name("/a/m.db"), "metadata database /a/m.db");
  EXPECT_EQ(name("m.db"), "metadata database " + std::filesystem::current_path().string() + "/m.db");
  EXPECT_EQ(name(""), "metadata server h:80");
  pipeline.metadata_connection_config = {};
  EXPECT_EQ(name(""), "metadata database " + workspace.root() + "/metadata.db");
  pipeline.metadata_path = "/b/m.db";
  EXPECT_EQ(name(""), "metadata database /b/m.db");
  pipeline.metadata_path = "";
  pipeline.metadata_connection_config = MysqlMetadataConnectionConfig("db", 3306, "mlmd", "u", kSecret);
  EXPECT_EQ(name(""), "MySQL database mlmd at db:3306");
}

TEST(FindPipelineStoreTest, NamesTheFlagOrTheFieldThatIsWrong) {
  const Workspace workspace;
  const auto wrong = [](const Pipeline& pipeline, const std::string& flag) {
    const absl::Status status = FindPipelineStore(pipeline, flag).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  };
  EXPECT_THAT(wrong(PipelineIn(workspace), "grpc://h"), AllOf(HasSubstr("--metadata_path"), HasSubstr("no port")));
  EXPECT_THAT(wrong(PipelineIn(workspace, "mysql { host: 'h' }"), ""),
              AllOf(HasSubstr("pipeline.metadata_connection_config"), HasSubstr("database")));
}

TEST(FindPipelineStoreTest, AWrongConfigIsAWiringError) {
  const Workspace workspace;
  ml_metadata::ConnectionConfig no_database;
  no_database.mutable_mysql()->set_host("h");
  no_database.mutable_mysql()->set_password(kSecret);
  ml_metadata::MetadataStoreClientConfig no_port;
  no_port.set_host("h");
  const std::pair<MetadataConnectionConfig, const char*> cases[] = {
      {no_database, "pipeline.metadata_connection_config: mysql: database must be set"},
      {no_port, "pipeline.metadata_connection_config: MetadataStoreClientConfig.port"},
      {"mysql { host: 'h' password: 'sesame' data: 1 }", "line 1"},
      {"mysql://u:sesame@h", "names no database"},
      {ml_metadata::ConnectionConfig(), "names no database"}};
  for (const auto& [config, message] : cases) {
    const absl::Status status = PipelineIn(workspace, config).Check();
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(message), Not(HasSubstr(kSecret))));
  }
  Pipeline both = PipelineIn(workspace, "m.db");
  both.metadata_path = "n.db";
  EXPECT_THAT(std::string(both.Check().message()), HasSubstr("pipeline.metadata_path: is given beside"));
  EXPECT_TRUE(PipelineIn(workspace, "grpc://h:80").Check().ok());
}

TEST(FindPipelineStoreTest, TheIrHoldsTheConfigWithoutSecrets) {
  const Workspace workspace;
  const auto ir_of = [&](const MetadataConnectionConfig& config) {
    return IrToText(Ok(CompileToIr(PipelineIn(workspace, config))));
  };
  EXPECT_THAT(ir_of("mysql://me:sesame@db:3306/mlmd"),
              AllOf(HasSubstr("[type.googleapis.com/ml_metadata.ConnectionConfig]"), HasSubstr("database: \"mlmd\""),
                    HasSubstr("user: \"me\""), Not(HasSubstr(kSecret))));
  EXPECT_THAT(ir_of("postgresql { host: 'db' user: 'me' dbname: 'm' password: 'sesame' }"),
              AllOf(HasSubstr("dbname: \"m\""), Not(HasSubstr(kSecret))));
  EXPECT_THAT(ir_of("grpc://h:80"), AllOf(HasSubstr("ml_metadata.MetadataStoreClientConfig]"), HasSubstr("port: 80")));
}

// --- The program's verbs, through each kind of store.

class StoreProgramTest : public ::testing::Test {
 protected:
  struct Result {
    int code;
    std::string out;  // both outputs
  };
  Result Main(std::vector<std::string> arguments, const std::string& root = "") {
    const std::string where = root.empty() ? workspace_.root() : root;
    arguments.insert(arguments.begin(), "taxi");
    arguments.insert(arguments.end(), {"--pipeline_root=" + where, "--data_root=" + workspace_.data()});
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = tfx::Main(static_cast<int>(argv.size()), argv.data(), [](const Flags& flags) {
      return TaxiPipeline({.root = flags["pipeline_root"], .data = flags["data_root"]});
    });
    const std::string out = ::testing::internal::GetCapturedStdout();
    return {code, out + ::testing::internal::GetCapturedStderr()};
  }

  // All verbs that touch the store: a run, the same from the cache, why, one node, a failure and its resumption.
  void RunAllVerbs(const std::string& flag) {
    EXPECT_THAT(Main({"why", "Trainer", flag}).out, AnyOf(HasSubstr("never ran"), HasSubstr("does not exist")));
    const Result first = Main({"run", flag});
    ASSERT_EQ(first.code, 0) << first.out;
    EXPECT_THAT(first.out, HasSubstr("9 COMPLETE"));
    ASSERT_EQ(Main({"run", flag}).code, 0);  // with the first model as baseline
    EXPECT_THAT(Main({"run", flag}).out, HasSubstr("8 CACHED, 1 COMPLETE"));
    EXPECT_EQ(TheWorld().Executed("Trainer"), 1);
    EXPECT_THAT(Main({"why", "Trainer", flag}).out, HasSubstr("reused"));
    EXPECT_THAT(Main({"run", flag, "--node=Trainer", "--no_cache"}).out, HasSubstr("1 COMPLETE"));
    TheWorld().hooks["Trainer"] = [](auto&...) { return absl::InternalError("no luck"); };
    EXPECT_EQ(Main({"run", flag, "--no_cache"}).code, 1);
    TheWorld().hooks.clear();
    const int before = TheWorld().Executed("Transform");
    const Result resumed = Main({"run", flag, "--resume", "--json"});
    EXPECT_EQ(resumed.code, 0) << resumed.out;
    EXPECT_EQ(TheWorld().Executed("Transform"), before);
    EXPECT_FALSE(io::Exists(workspace_.root() + "/metadata.db"));
    for (const Result& result : {first, resumed}) EXPECT_THAT(result.out, Not(HasSubstr(kSecret)));
  }

  Workspace workspace_;
};

using ::testing::AnyOf;

TEST_F(StoreProgramTest, RunsOnAServer) {
  const auto server = Ok(mlmd::MetadataStoreServer::Start(mlmd::LoopbackOptions(), mlmd::MemoryStore()));
  RunAllVerbs(Concat("--metadata_path=grpc://127.0.0.1:", server->grpc_port()));
}

TEST_F(StoreProgramTest, RunsOnMariaDb) {
  mlmd::TestServer* server = mlmd::TestServer::Get(mlmd::TestServer::Kind::kMariaDb);
  if (server == nullptr) GTEST_SKIP() << mlmd::TestServer::WhyNot(mlmd::TestServer::Kind::kMariaDb);
  RunAllVerbs(
      Concat("--metadata_path=mysql://root@127.0.0.1:", server->port(), "/", server->NewDatabase().mysql().database()));
}

TEST_F(StoreProgramTest, RunsOnPostgresqlToldInAFile) {
  mlmd::TestServer* server = mlmd::TestServer::Get(mlmd::TestServer::Kind::kPostgresql);
  if (server == nullptr) GTEST_SKIP() << mlmd::TestServer::WhyNot(mlmd::TestServer::Kind::kPostgresql);
  auto config = server->NewDatabase();
  config.mutable_postgresql()->set_password(kSecret);  // the test server takes any
  ASSERT_TRUE(io::WriteFile(workspace_.path() + "/store.pbtxt", config.DebugString()).ok());
  RunAllVerbs("--metadata_path=" + workspace_.path() + "/store.pbtxt");
}

TEST_F(StoreProgramTest, SaysAtOnceWhatIsWrongWithTheFlag) {
  for (const char* verb : {"run", "compile", "graph"}) {
    const Result result = Main({verb, "--metadata_path=mysql://u:sesame@h"});
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.out, AllOf(HasSubstr("--metadata_path"), HasSubstr("database"), Not(HasSubstr(kSecret))));
  }
  EXPECT_FALSE(io::Exists(workspace_.root()));
}

TEST_F(StoreProgramTest, AServerThatIsNotThereIsNamedBeforeAnythingRuns) {
  const int port = mlmd::FreePort();
  const Result result = Main({"run", Concat("--metadata_path=grpc://127.0.0.1:", port)});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.out, HasSubstr(Concat("metadata server 127.0.0.1:", port)));
  EXPECT_EQ(TheWorld().Executed("CsvExampleGen"), 0);
}

TEST_F(StoreProgramTest, ResumesTheNewestRunOfItsOwnRoot) {
  const auto server = Ok(mlmd::MetadataStoreServer::Start(mlmd::LoopbackOptions(), mlmd::MemoryStore()));
  const std::string flag = Concat("--metadata_path=grpc://127.0.0.1:", server->grpc_port());
  const std::string other = workspace_.path() + "/elsewhere";
  TheWorld().hooks["Trainer"] = [](auto&...) { return absl::InternalError("no luck"); };
  ASSERT_EQ(Main({"run", flag}).code, 1);
  ASSERT_EQ(Main({"run", flag, "--no_cache"}, other).code, 1);  // newer, on another machine
  TheWorld().hooks.clear();

  EXPECT_EQ(Main({"run", flag, "--resume", "--no_cache"}).code, 0);
  EXPECT_EQ(TheWorld().Executed("Transform"), 2) << "the other run was taken for this root's";
  EXPECT_EQ(Main({"run", flag, "--resume", "--no_cache"}, other).code, 0);
  EXPECT_THAT(Main({"run", flag, "--resume"}, workspace_.path() + "/third").out, HasSubstr("no run of pipeline"));
}

// --- A server that goes away.

class LostServerTest : public ::testing::Test {
 protected:
  LostServerTest() { Start(); }
  void Start() {
    auto options = mlmd::LoopbackOptions();
    options.grpc_port = port_;
    server_ = Ok(mlmd::MetadataStoreServer::Start(options, Ok(mlmd::OpenMetadataStore(mlmd::SqliteFile(file())))));
  }
  std::string file() const { return workspace_.path() + "/served.db"; }

  absl::StatusOr<RunOutcome> Run() {
    // Impatient, so that the test is not.
    auto store = Ok(mlmd::ConnectMetadataStore(
        mlmd::ClientConfig(port_),
        {.max_attempts = 3, .initial_backoff = absl::Milliseconds(10), .assign_external_ids = true}));
    const Pipeline pipeline = TaxiPipeline(workspace_.settings());
    const ir::Pipeline compiled = Ok(CompileToIr(pipeline));
    Reporter silent;
    return LocalDagRunner(compiled, pipeline.graph, *store)
        .Run({.root = pipeline.root, .store_name = "the server", .program_build_id = "b"}, silent);
  }
  static const NodeResult& Of(const RunOutcome& outcome, const std::string& node) {
    return std::find_if(outcome.nodes.begin(), outcome.nodes.end(), [&](const auto& n) { return n.first == node; })
        ->second;
  }

  Workspace workspace_;
  std::unique_ptr<mlmd::MetadataStoreServer> server_;
  const int port_ = mlmd::FreePort();
};

TEST_F(LostServerTest, FailsClearlyAndTheNextRunGoesOnFromWhatIsDone) {
  TheWorld().hooks["Transform"] = [this](auto&...) {
    server_->Shutdown();
    return absl::OkStatus();
  };
  const RunOutcome lost = Ok(Run());

  EXPECT_EQ(lost.exit_code, 1);
  EXPECT_EQ(Of(lost, "Transform").state, NodeState::kFailed);
  EXPECT_THAT(std::string(Of(lost, "Transform").status.message()),
              HasSubstr(Concat("metadata server 127.0.0.1:", port_)));
  EXPECT_EQ(Of(lost, "Trainer").state, NodeState::kSkipped);
  EXPECT_EQ(Of(lost, "Trainer").summary, "because the metadata store stopped answering");
  server_.reset();
  EXPECT_FALSE(Run().ok()) << "there is no server";

  TheWorld().hooks.clear();
  Start();
  const RunOutcome again = Ok(Run());

  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(Of(again, "CsvExampleGen").state, NodeState::kCached);
  EXPECT_EQ(Of(again, "SchemaGen").state, NodeState::kCached);
  EXPECT_EQ(TheWorld().Executed("Transform"), 2);
  const auto store = Ok(mlmd::OpenMetadataStore(mlmd::SqliteFile(file())));
  for (const auto& execution : Ok(store->GetExecutions()).items) {
    EXPECT_NE(execution.last_known_state(), ml_metadata::Execution::RUNNING) << execution.id();
  }
  for (const auto& artifact : Ok(store->GetArtifacts()).items) {
    EXPECT_TRUE(io::Exists(artifact.uri())) << artifact.uri();
  }
  EXPECT_THAT(Ok(io::ListDirectory(workspace_.root() + "/.system/runs")), IsEmpty());
}

// The answer to "it is COMPLETE" was lost: the record is right, and the outputs must stay.
TEST_F(LostServerTest, WhatWasRecordedAsDoneKeepsItsOutputs) {
  const RunOutcome first = Ok(Run());
  ASSERT_EQ(first.exit_code, 0);
  const int64_t id = Of(first, "Trainer").execution_id;
  const std::string model = Concat(workspace_.root(), "/Trainer/model/", id);
  const std::string temp = Concat(workspace_.root(), "/Trainer/.system/executor_execution/", id, "/.temp");
  ASSERT_TRUE(io::CreateDirectories(temp).ok());
  Ok(RunLock::Acquire(workspace_.root(), first.run_id, "the server"))->KeepFile();

  const auto store = Ok(mlmd::OpenMetadataStore(mlmd::SqliteFile(file())));
  EXPECT_EQ(Ok(RecoverDeadRuns(*store, "chicago_taxi_native_keras", workspace_.root(), "the server")), 0);

  EXPECT_EQ(Ok(io::ListDirectory(model)).size(), 3u);
  EXPECT_FALSE(io::Exists(temp));
}

TEST_F(LostServerTest, RunsOfOtherStoresAndPipelinesWaitForTheirOwn) {
  const RunOutcome first = Ok(Run());
  Ok(RunLock::Acquire(workspace_.root(), first.run_id, "another server"))->KeepFile();
  Ok(RunLock::Acquire(workspace_.root(), "unknown", "the server"))->KeepFile();
  const auto names = [&] { return Ok(io::ListDirectory(workspace_.root() + "/.system/runs")); };
  const auto store = Ok(mlmd::OpenMetadataStore(mlmd::SqliteFile(file())));

  Ok(RecoverDeadRuns(*store, "chicago_taxi_native_keras", workspace_.root(), "the server"));
  EXPECT_THAT(names(), ::testing::ElementsAre(first.run_id + ".lock"));
  Ok(RecoverDeadRuns(*store, "another pipeline", workspace_.root(), "another server"));
  EXPECT_THAT(names(), ::testing::ElementsAre(first.run_id + ".lock"));
  Ok(RecoverDeadRuns(*store, "chicago_taxi_native_keras", workspace_.root(), "another server"));
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(LostServerTest, TwoStoresUnderOneRootNeverTouchEachOthersOutputs) {
  ASSERT_EQ(Ok(Run()).exit_code, 0);
  const auto files = Ok(io::ListRecursively(workspace_.root()));
  const Pipeline pipeline = TaxiPipeline(workspace_.settings());
  const ir::Pipeline compiled = Ok(CompileToIr(pipeline));
  const auto empty = workspace_.OpenStore();
  Reporter silent;

  const RunOutcome outcome = Ok(LocalDagRunner(compiled, pipeline.graph, *empty).Run({.root = pipeline.root}, silent));

  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(Of(outcome, "CsvExampleGen").status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(Of(outcome, "CsvExampleGen").status.message()),
              AllOf(HasSubstr("another metadata store"), HasSubstr("--pipeline_root")));
  for (const auto& file : files) EXPECT_TRUE(io::Exists(file.path)) << file.path;
}

}  // namespace
}  // namespace tfx
