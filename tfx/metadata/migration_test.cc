#include "tfx/metadata/migration.h"

#include <fstream>
#include <functional>
#include <optional>
#include <sstream>

#include "tfx/metadata/open_connection.h"
#include "tfx/metadata/sql_schema.h"
#include "tfx/metadata/testing_servers.h"
#include "tfx/metadata/testing_store.h"

namespace mlmd {
namespace {

using ml_metadata::ConnectionConfig;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

struct Backend {
  const char* name;
  std::function<std::optional<ConnectionConfig>(const TestDirectory&, const std::string&)> config;
  int64_t oldest = 0;
};

class MigrationTest : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    const std::optional<ConnectionConfig> config = GetParam().config(directory_, "metadata.db");
    if (!config.has_value()) GTEST_SKIP() << "its server is not installed";
    config_ = *config;
  }

  // A store with one of everything.
  void Fill() {
    auto store = Ok(OpenMetadataStore(config_));
    ASSERT_NE(store, nullptr);
    auto artifact_type = NamedType<ArtifactType>("Examples", {{"span", ml_metadata::INT}, {"b", ml_metadata::BOOLEAN}});
    artifact_type.set_external_id("type id");
    artifact_type.set_base_type(ArtifactType::DATASET);
    Artifact artifact = NodeOf<Artifact>(Ok(store->PutArtifactType(artifact_type)), "named");
    artifact.set_uri("some/uri");
    artifact.set_state(Artifact::LIVE);
    artifact.set_external_id("outside");
    (*artifact.mutable_properties())["span"].set_int_value(7);
    (*artifact.mutable_properties())["b"].set_bool_value(true);
    (*artifact.mutable_custom_properties())["text"].set_string_value("é");
    const auto execution = NodeOf<Execution>(Ok(store->PutExecutionType(NamedType<ExecutionType>("Gen"))), "run");
    const auto context =
        NodeOf<Context>(Ok(store->PutContextType(NamedType<ContextType>("pipeline", {{"p", ml_metadata::INT}}))), "c");
    Ok(store->PutExecution(execution, {{artifact, EventOf(Event::OUTPUT, "out", 3)}}, {context}));
  }

  // Runs `body` on a connection of its own, in a transaction.
  void OnConnection(const std::function<absl::Status(SqlConnection&)>& body) {
    auto database = OpenDatabase(config_, 5000);
    ASSERT_TRUE(database.ok()) << database.status();
    SqlConnection& sql = *database->first;
    const absl::Status status = InTransaction(sql, SqlAccess::kWrite, [&] { return body(sql); });
    EXPECT_TRUE(status.ok()) << status;
  }
  void RunSql(const std::string& sql) {
    OnConnection([&](SqlConnection& connection) { return connection.Run(sql, {}); });
  }
  StoredSchema Schema() {
    StoredSchema schema;
    OnConnection([&](SqlConnection& sql) -> absl::Status {
      schema = Ok(ReadSchema(sql));
      return absl::OkStatus();
    });
    return schema;
  }
  int64_t Version() { return Ok(MigrateMetadataStore(config_, {.dry_run = true})).from_version; }

  TestDirectory directory_;
  ConnectionConfig config_;
};

TEST_P(MigrationTest, GoesDownToTheOldestAndUpAgainStepByStep) {
  Fill();
  const StoredSchema fresh = Schema();
  for (int64_t version = 9; version >= GetParam().oldest; --version) {
    const MigrationReport report = Ok(MigrateMetadataStore(config_, {.to_version = version, .backup = false}));
    ASSERT_EQ(report.from_version, version + 1);
    ASSERT_THAT(report.steps, SizeIs(1));
    EXPECT_FALSE(report.steps[0].changes.empty());
    ASSERT_EQ(Version(), version);
    EXPECT_TRUE(absl::IsFailedPrecondition(OpenMetadataStore(config_).status()));
  }
  for (int64_t version = GetParam().oldest + 1; version <= 10; ++version) {
    Ok(MigrateMetadataStore(config_, {.to_version = version, .backup = false}));
    ASSERT_EQ(Version(), version);
  }

  EXPECT_EQ(Schema(), fresh);
  auto store = Ok(OpenMetadataStore(config_));
  const NodeList<Artifact> artifacts = Ok(store->GetArtifacts()).items;
  ASSERT_THAT(artifacts, SizeIs(1));
  EXPECT_EQ(artifacts[0].uri(), "some/uri");
  EXPECT_EQ(artifacts[0].type(), "Examples");
  EXPECT_EQ(artifacts[0].name(), "");
  EXPECT_EQ(artifacts[0].properties().at("span").int_value(), 7);
  EXPECT_THAT(artifacts[0].properties(), SizeIs(1));
  EXPECT_EQ(artifacts[0].custom_properties().at("text").string_value(), "é");
  const std::vector<Event> events = Ok(store->GetEventsByArtifactIDs({artifacts[0].id()}));
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].path().steps(1).index(), 3);
  EXPECT_THAT(Ok(store->GetContexts()).items, IsEmpty());
  EXPECT_EQ(Ok(store->GetArtifactType("mlmd.Dataset")).id(), 1);
  EXPECT_TRUE(store->PutArtifacts({NodeOf<Artifact>(artifacts[0].type_id(), "new")}).ok());
}

TEST_P(MigrationTest, KeepsWhatTheOlderVersionKnows) {
  Fill();
  Ok(MigrateMetadataStore(config_, {.to_version = 8, .backup = false}));
  Ok(MigrateMetadataStore(config_, {.backup = false}));

  auto store = Ok(OpenMetadataStore(config_));
  const Artifact artifact = Ok(store->GetArtifacts()).items.front();
  EXPECT_EQ(artifact.name(), "named");
  EXPECT_EQ(artifact.state(), Artifact::LIVE);
  EXPECT_EQ(artifact.external_id(), "");
  EXPECT_GT(artifact.create_time_since_epoch(), 0);
  EXPECT_EQ(Ok(store->GetArtifactType("Examples")).base_type(), ArtifactType::DATASET);
  EXPECT_THAT(Ok(store->GetArtifactsByContext(1)).items, SizeIs(1));
  EXPECT_THAT(Ok(store->GetExecutionsByContext(1)).items, SizeIs(1));
}

TEST_P(MigrationTest, DryRunTellsAndLeavesEverythingAsItIs) {
  Fill();
  const StoredSchema before = Schema();

  const MigrationReport plan = Ok(MigrateMetadataStore(config_, {.to_version = 4, .dry_run = true}));

  EXPECT_EQ(plan.from_version, 10);
  EXPECT_EQ(plan.to_version, 4);
  ASSERT_THAT(plan.steps, SizeIs(6));
  EXPECT_THAT(plan.steps[1].changes, Contains("table Artifact: drop column external_id"));
  EXPECT_THAT(plan.steps[4].changes, Contains("drop table ParentContext"));
  std::map<std::string, int64_t> losses;
  for (const MigrationLoss& loss : plan.losses) losses[loss.what] = loss.count;
  EXPECT_EQ(losses["values of column Artifact.external_id"], 1);
  EXPECT_EQ(losses["values of column ArtifactProperty.bool_value"], 1);
  EXPECT_EQ(losses["rows of table ParentType"], 1);
  EXPECT_EQ(losses.count("rows of table Attribution"), 0);
  EXPECT_EQ(Schema(), before);
  EXPECT_EQ(Version(), 10);
  EXPECT_THAT(Ok(MigrateMetadataStore(config_)).steps, IsEmpty());
}

TEST_P(MigrationTest, RepeatedEventsOfOldStoresBecomeOne) {
  Fill();
  Ok(MigrateMetadataStore(config_, {.to_version = 7, .backup = false}));
  RunSql("INSERT INTO Event (artifact_id, execution_id, type, milliseconds_since_epoch) VALUES (1, 1, 4, 99)");
  EXPECT_THAT(Ok(MigrateMetadataStore(config_, {.dry_run = true})).losses, SizeIs(1));

  Ok(MigrateMetadataStore(config_, {.backup = false}));

  const std::vector<Event> events = Ok(Ok(OpenMetadataStore(config_))->GetEventsByArtifactIDs({1}));
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].milliseconds_since_epoch(), 99);
  EXPECT_THAT(events[0].path().steps(), IsEmpty());
}

TEST_P(MigrationTest, AStepThatFailsLeavesTheVersionBefore) {
  Fill();
  Ok(MigrateMetadataStore(config_, {.to_version = 4, .backup = false}));
  // Names are unique from version 5 on; version 4 has none. A table in the way of the next step but one fails it.
  RunSql("CREATE TABLE ParentType (other INT)");

  const absl::Status failed = MigrateMetadataStore(config_, {.backup = false}).status();

  EXPECT_FALSE(failed.ok());
  EXPECT_THAT(Message(failed), Not(HasSubstr("SELECT")));
  EXPECT_EQ(Version(), 5);
  RunSql("DROP TABLE ParentType");
  Ok(MigrateMetadataStore(config_, {.backup = false}));
  EXPECT_TRUE(OpenMetadataStore(config_).ok());
}

TEST_P(MigrationTest, OpeningMigratesOnlyWhenAsked) {
  Fill();
  ml_metadata::MigrationOptions down, up;
  down.set_downgrade_to_schema_version(6);
  up.set_enable_upgrade_migration(true);

  EXPECT_TRUE(absl::IsCancelled(OpenMetadataStore(config_, {.migration = down}).status()));
  EXPECT_EQ(Version(), 6);
  const absl::Status refused = OpenMetadataStore(config_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(Message(refused), AllOf(HasSubstr("version 6"), HasSubstr("tfx metadata migrate")));
  EXPECT_EQ(Version(), 6);
  EXPECT_TRUE(OpenMetadataStore(config_, {.migration = up}).ok());
  EXPECT_EQ(Version(), 10);
}

TEST_P(MigrationTest, VersionsAndStoresThatDoNotExistAreRefused) {
  EXPECT_FALSE(MigrateMetadataStore(config_).ok());
  Fill();
  EXPECT_TRUE(absl::IsInvalidArgument(MigrateMetadataStore(config_, {.to_version = 11}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(MigrateMetadataStore(config_, {.to_version = GetParam().oldest - 1}).status()));
  RunSql("UPDATE MLMDEnv SET schema_version = 11");
  EXPECT_TRUE(absl::IsFailedPrecondition(MigrateMetadataStore(config_).status()));
}

std::function<std::optional<ConnectionConfig>(const TestDirectory&, const std::string&)> OnServer(
    TestServer::Kind kind) {
  return [kind](const TestDirectory&, const std::string&) -> std::optional<ConnectionConfig> {
    TestServer* server = TestServer::Get(kind);
    return server == nullptr ? std::nullopt : std::optional(server->NewDatabase());
  };
}

INSTANTIATE_TEST_SUITE_P(Backends, MigrationTest,
                         ::testing::Values(Backend{"Sqlite",
                                                   [](const TestDirectory& directory, const std::string& name) {
                                                     return std::optional(SqliteFile(directory / name));
                                                   }},
                                           Backend{"MariaDb", OnServer(TestServer::Kind::kMariaDb)},
                                           Backend{"Postgresql", OnServer(TestServer::Kind::kPostgresql), 1}),
                         [](const ::testing::TestParamInfo<Backend>& info) { return info.param.name; });

std::string ReadAll(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

TEST(SqliteMigration, CopiesTheFileFirstAndNeverOverACopy) {
  TestDirectory directory;
  const ConnectionConfig config = SqliteFile(directory / "m.db");
  Ok(Ok(OpenMetadataStore(config))->PutArtifactType(NamedType<ArtifactType>("A")));

  const MigrationReport plan = Ok(MigrateMetadataStore(config, {.to_version = 9, .dry_run = true}));
  EXPECT_EQ(plan.backup_file, directory / "m.db.v10.backup");
  EXPECT_FALSE(std::filesystem::exists(plan.backup_file));
  EXPECT_EQ(Ok(MigrateMetadataStore(config, {.to_version = 9})).backup_file, plan.backup_file);
  const std::string first = ReadAll(plan.backup_file);
  Ok(MigrateMetadataStore(config));
  EXPECT_EQ(Ok(MigrateMetadataStore(config, {.to_version = 9})).backup_file, plan.backup_file + ".1");

  EXPECT_EQ(ReadAll(plan.backup_file), first);
  EXPECT_THAT(Ok(Ok(OpenMetadataStore(SqliteFile(plan.backup_file)))->GetArtifactTypes()), SizeIs(1));
}

TEST(SqliteMigration, TablesOfAnotherShapeAreRefusedAndLeftAsTheyAre) {
  TestDirectory directory;
  const ConnectionConfig config = SqliteFile(directory / "m.db");
  Ok(OpenMetadataStore(config));
  {
    auto database = Ok(OpenDatabase(config, 1000));
    ASSERT_TRUE(database.first->Run("ALTER TABLE Artifact ADD COLUMN mine TEXT", {}).ok());
  }
  const std::string before = ReadAll(directory / "m.db");

  const absl::Status refused = MigrateMetadataStore(config, {.to_version = 5}).status();

  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(Message(refused), HasSubstr("table Artifact has 9 columns where 8"));
  EXPECT_EQ(ReadAll(directory / "m.db"), before);
}

TEST(SqliteMigration, KeepsIndexesOfOthersAndNeverGivesAnIdTwice) {
  TestDirectory directory;
  const ConnectionConfig config = SqliteFile(directory / "m.db");
  {
    auto store = Ok(OpenMetadataStore(config));
    const int64_t type = Ok(store->PutArtifactType(NamedType<ArtifactType>("A")));
    Ok(store->PutArtifacts({NodeOf<Artifact>(type), NodeOf<Artifact>(type)}));
  }
  {
    auto database = Ok(OpenDatabase(config, 1000));
    ASSERT_TRUE(database.first->Run("CREATE INDEX mine ON Artifact(state)", {}).ok());
    ASSERT_TRUE(database.first->Run("DELETE FROM Artifact WHERE id = 2", {}).ok());
  }
  Ok(MigrateMetadataStore(config, {.to_version = 8}));
  Ok(MigrateMetadataStore(config));

  auto database = Ok(OpenDatabase(config, 1000));
  EXPECT_THAT(Ok(ReadSchema(*database.first)).at("artifact").indexes, Contains("mine"));
  database.first.reset();
  auto store = Ok(OpenMetadataStore(config));
  EXPECT_THAT(Ok(store->PutArtifacts({NodeOf<Artifact>(10)})), ElementsAre(3));
}

// What MySQL leaves when it is stopped half-way: some columns of the next version, the version of the one before.
TEST(MysqlMigration, FinishesAStepThatWasInterrupted) {
  TestServer* server = TestServer::Get(TestServer::Kind::kMariaDb);
  if (server == nullptr) GTEST_SKIP() << TestServer::WhyNot(TestServer::Kind::kMariaDb);
  const ConnectionConfig config = server->NewDatabase();
  Ok(OpenMetadataStore(config));
  StoredSchema fresh;
  {
    auto database = Ok(OpenDatabase(config, 1000));
    fresh = Ok(ReadSchema(*database.first));
  }
  for (const char* down : {"ALTER TABLE Artifact DROP INDEX idx_artifact_external_id, DROP COLUMN external_id",
                           "ALTER TABLE ArtifactProperty DROP COLUMN bool_value"}) {
    const int64_t version = std::string_view(down).find("external") != std::string_view::npos ? 9 : 10;
    Ok(MigrateMetadataStore(config, {.to_version = version}));
    auto database = Ok(OpenDatabase(config, 1000));
    ASSERT_TRUE(database.first->Run(down, {}).ok());
    database.first.reset();
    Ok(MigrateMetadataStore(config, {.to_version = version - 1}));
    Ok(MigrateMetadataStore(config));
  }

  auto database = Ok(OpenDatabase(config, 1000));
  EXPECT_EQ(Ok(ReadSchema(*database.first)), fresh);
}

}  // namespace
}  // namespace mlmd
