// What is particular to MariaDB and PostgreSQL: servers that go away, connections that break, what a config can say.
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "tfx/metadata/open_connection.h"
#include "tfx/metadata/testing_servers.h"
#include "tfx/metadata/testing_store.h"

namespace mlmd {
namespace {

using ml_metadata::ConnectionConfig;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class ServerStore : public ::testing::TestWithParam<TestServer::Kind> {
 protected:
  void SetUp() override {
    server_ = TestServer::Get(GetParam());
    if (server_ == nullptr) GTEST_SKIP() << TestServer::WhyNot(GetParam());
    config_ = server_->NewDatabase();
  }
  bool IsMariaDb() const { return GetParam() == TestServer::Kind::kMariaDb; }
  std::string DatabaseName() const { return IsMariaDb() ? config_.mysql().database() : config_.postgresql().dbname(); }

  TestServer* server_ = nullptr;
  ConnectionConfig config_;
};

// Ends the server's side of every connection but the asker's.
void CutConnections(const ConnectionConfig& config) {
  auto database = Ok(OpenDatabase(config, 5000));
  SqlConnection& sql = *database.first;
  if (sql.dialect() == SqlDialect::kPostgresql) {
    EXPECT_TRUE(sql.Select("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                           "AND pid <> pg_backend_pid()",
                           {}, [](const SqlRow&) { return absl::OkStatus(); })
                    .ok());
    return;
  }
  std::vector<int64_t> ids;
  EXPECT_TRUE(
      sql.Select("SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()", {},
                 [&](const SqlRow& row) {
                   ids.push_back(row.Int(0));
                   return absl::OkStatus();
                 })
          .ok());
  for (const int64_t id : ids) (void)sql.Run("KILL " + std::to_string(id), {});
}

TEST_P(ServerStore, AnIdleConnectionThatWasLostIsOpenedAgain) {
  auto store = Ok(OpenMetadataStore(config_));
  const int64_t type = Ok(store->PutArtifactType(NamedType<ArtifactType>("A")));
  CutConnections(config_);
  EXPECT_THAT(Ok(store->PutArtifacts({NodeOf<Artifact>(type)})), SizeIs(1));
  CutConnections(config_);
  EXPECT_THAT(Ok(store->GetArtifacts()).items, SizeIs(1));
}

// What returned OK is there, what failed before its commit is not; nothing is there twice.
TEST_P(ServerStore, NothingIsLostOrDoubledWhenTheServerCrashesUnderLoad) {
  auto store = Ok(OpenMetadataStore(config_));
  const int64_t artifact_type = Ok(store->PutArtifactType(NamedType<ArtifactType>("A")));
  const int64_t execution_type = Ok(store->PutExecutionType(NamedType<ExecutionType>("E")));
  const int64_t context_type = Ok(store->PutContextType(NamedType<ContextType>("C")));
  std::mutex mutex;
  std::set<std::string> stored, unknown;  // guarded by mutex
  std::atomic<bool> stop = false;
  std::atomic<int> calls = 0;
  std::vector<std::thread> writers;
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([&, t] {
      for (int i = 0; !stop; ++i) {
        const std::string name = std::to_string(t) + "." + std::to_string(i);
        const absl::Status status =
            store
                ->PutExecution(NodeOf<Execution>(execution_type, name),
                               {{NodeOf<Artifact>(artifact_type, name), EventOf(Event::OUTPUT, "o", 0)}},
                               {NodeOf<Context>(context_type, "c")}, {.reuse_context_if_already_exist = true})
                .status();
        ++calls;
        std::lock_guard<std::mutex> lock(mutex);
        if (status.ok()) {
          stored.insert(name);
        } else {
          EXPECT_TRUE(absl::IsUnavailable(status) || absl::IsAborted(status)) << status;
          EXPECT_THAT(Message(status), Not(HasSubstr("INSERT")));
          if (Message(status).find("not known") != std::string::npos) unknown.insert(name);
        }
      }
    });
  }
  const auto wait_for_stored = [&](size_t count) {
    for (;;) {
      {
        std::lock_guard<std::mutex> lock(mutex);
        if (stored.size() >= count) return;
      }
      std::this_thread::yield();
    }
  };
  for (int crash = 0; crash < 3; ++crash) {
    wait_for_stored(20 * (crash + 1));
    crash == 1 ? server_->Stop() : server_->Kill();
    server_->Start();
  }
  wait_for_stored(100);
  stop = true;
  for (std::thread& writer : writers) writer.join();

  std::set<std::string> names;
  for (const Execution& execution : Ok(store->GetExecutions()).items) {
    EXPECT_TRUE(names.insert(execution.name()).second) << execution.name() << " is there twice";
    EXPECT_TRUE(stored.count(execution.name()) + unknown.count(execution.name()) > 0) << execution.name();
    const auto events = Ok(store->GetEventsByExecutionIDs({execution.id()}));
    ASSERT_THAT(events, SizeIs(1));
    EXPECT_THAT(events[0].path().steps(), SizeIs(2));
    EXPECT_THAT(Ok(store->GetContextsByExecution(execution.id())), SizeIs(1));
  }
  for (const std::string& name : stored) EXPECT_EQ(names.count(name), 1) << name << " is lost";
  EXPECT_EQ(Ok(store->GetArtifacts()).items.size(), names.size());
}

TEST_P(ServerStore, SkipDbCreationWantsTheDatabaseToExist) {
  config_.has_mysql() ? config_.mutable_mysql()->set_skip_db_creation(true)
                      : config_.mutable_postgresql()->set_skip_db_creation(true);
  const absl::Status missing = OpenMetadataStore(config_).status();
  EXPECT_TRUE(absl::IsNotFound(missing)) << missing;
  EXPECT_THAT(Message(missing), AllOf(HasSubstr(DatabaseName()), HasSubstr("skip_db_creation")));
}

TEST_P(ServerStore, NamesOfDatabasesAreNotSql) {
  const std::string name = "odd`name\"; DROP DATABASE x; --";
  config_.has_mysql() ? config_.mutable_mysql()->set_database(name) : config_.mutable_postgresql()->set_dbname(name);
  auto store = Ok(OpenMetadataStore(config_));
  ASSERT_NE(store, nullptr);
  Ok(store->PutArtifactType(NamedType<ArtifactType>("A")));
  EXPECT_THAT(Ok(Ok(OpenMetadataStore(config_))->GetArtifactTypes()), SizeIs(1));
}

TEST_P(ServerStore, UnreachableServersAndStrangersAreSaidInWords) {
  ConnectionConfig nowhere = config_, stranger = config_;
  if (IsMariaDb()) {
    nowhere.mutable_mysql()->set_port(1);
    stranger.mutable_mysql()->set_user("stranger");
    stranger.mutable_mysql()->set_password("secret");
  } else {
    nowhere.mutable_postgresql()->set_port("1");
    stranger.mutable_postgresql()->set_user("stranger");
    stranger.mutable_postgresql()->set_password("secret");
  }
  const absl::Status unreachable = OpenMetadataStore(nowhere).status();
  const absl::Status refused = OpenMetadataStore(stranger).status();

  EXPECT_TRUE(absl::IsUnavailable(unreachable)) << unreachable;
  EXPECT_THAT(Message(unreachable), AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("cannot be reached")));
  EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
  EXPECT_THAT(Message(refused), AllOf(HasSubstr("stranger"), Not(HasSubstr("secret"))));
}

// The test servers offer no TLS: whoever asks for it gets no plain connection instead.
TEST_P(ServerStore, TlsThatWasAskedForIsNotForgone) {
  Ok(OpenMetadataStore(config_));
  TestDirectory directory;
  if (IsMariaDb()) {
    config_.mutable_mysql()->mutable_ssl_options()->set_verify_server_cert(true);
  } else {
    config_.mutable_postgresql()->mutable_ssloption()->set_sslmode("require");
  }
  const absl::Status refused = OpenMetadataStore(config_).status();
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_THAT(Message(refused), AllOf(HasSubstr("TLS"), HasSubstr(IsMariaDb() ? "ssl_options" : "ssloption")));
}

TEST_P(ServerStore, OtherTablesAreNotTouched) {
  if (IsMariaDb()) GTEST_SKIP() << "the same code as on PostgreSQL";
  Ok(OpenMetadataStore(config_));
  {
    auto database = Ok(OpenDatabase(config_, 1000));
    for (const char* table : {"Type", "MLMDEnv"}) {
      ASSERT_TRUE(database.first->Run(std::string("DROP TABLE ") + table, {}).ok());
    }
  }
  const absl::Status refused = OpenMetadataStore(config_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(Message(refused), HasSubstr("not an ML Metadata store"));
}

TEST_P(ServerStore, ManyStoresCreateOneDatabaseAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      auto store = Ok(OpenMetadataStore(config_));
      ASSERT_NE(store, nullptr);
      EXPECT_EQ(Ok(store->PutArtifactType(NamedType<ArtifactType>("A"))), 10);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

INSTANTIATE_TEST_SUITE_P(Servers, ServerStore,
                         ::testing::Values(TestServer::Kind::kMariaDb, TestServer::Kind::kPostgresql), ServerName);

}  // namespace
}  // namespace mlmd
