// What is particular to SQLite files: the schema, recorded files, faults, several processes, kill -9.
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "tfx/base/concat.h"
#include "tfx/metadata/open_connection.h"
#include "tfx/metadata/sql_schema.h"
#include "tfx/metadata/sqlite_connection.h"
#include "tfx/metadata/testing_store.h"

namespace mlmd {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Sqlite = ml_metadata::SqliteMetadataSourceConfig;
namespace fs = std::filesystem;

std::string ReadAll(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void WriteAll(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

// Runs SQL behind the store's back; the rows' first columns.
std::vector<std::string> RunSql(const std::string& path, const std::string& sql) {
  sqlite3* db = nullptr;
  std::vector<std::string> rows;
  EXPECT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  char* error = nullptr;
  sqlite3_exec(
      db, sql.c_str(),
      [](void* rows, int, char** values, char**) {
        static_cast<std::vector<std::string>*>(rows)->push_back(values[0] != nullptr ? values[0] : "NULL");
        return 0;
      },
      &rows, &error);
  EXPECT_EQ(error, nullptr) << error;
  sqlite3_close(db);
  return rows;
}

fs::path Golden() {
  const char* directory = std::getenv("TFX_GOLDEN_DIR");
  return directory == nullptr ? fs::path() : fs::path(directory) / "tfx";
}

// Blanks and quotes do not count.
std::set<std::string> NormalSchema(const std::vector<std::string>& statements) {
  std::set<std::string> normal;
  for (const std::string& statement : statements) {
    std::string text = std::regex_replace(statement, std::regex("[\\s`;]+"), " ");
    text = std::regex_replace(text, std::regex(" ?([(),]) ?"), "$1");
    text = std::regex_replace(text, std::regex("^ | $"), "");
    if (!text.empty() && text.find("sqlite_") == std::string::npos) normal.insert(text);
  }
  return normal;
}

// Puts one execution with one artifact and the context "c".
absl::Status PutOne(MetadataStore& store, const std::string& name) {
  const auto artifact_type = store.PutArtifactType(NamedType<ArtifactType>("A"));
  const auto execution_type = store.PutExecutionType(NamedType<ExecutionType>("E"));
  const auto context_type = store.PutContextType(NamedType<ContextType>("C"));
  for (const auto& type : {artifact_type, execution_type, context_type}) {
    if (!type.ok()) return type.status();
  }
  Artifact artifact = NodeOf<Artifact>(*artifact_type);
  (*artifact.mutable_custom_properties())["by"].set_string_value(name);
  return store
      .PutExecution(NodeOf<Execution>(*execution_type, name), {{artifact, EventOf(Event::OUTPUT, "o", 0)}},
                    {NodeOf<Context>(*context_type, "c")}, {.reuse_context_if_already_exist = true})
      .status();
}

// Every execution has its artifact, event, association and attribution.
void ExpectWhole(const std::string& path, size_t executions) {
  const std::string n = std::to_string(executions);
  EXPECT_THAT(RunSql(path, "PRAGMA integrity_check"), ElementsAre("ok"));
  for (const char* table : {"Execution", "Artifact", "ArtifactProperty", "Event", "Association", "Attribution"}) {
    EXPECT_THAT(RunSql(path, std::string("SELECT count(*) FROM ") + table), ElementsAre(n)) << table;
  }
  EXPECT_THAT(RunSql(path, "SELECT count(*) FROM EventPath"), ElementsAre(std::to_string(2 * executions)));
}

TEST(SqliteSchema, EqualsTheRecordedOne) {
  const fs::path recorded = Golden() / "dumps/mlmd_first_run_schema.sql";
  if (!fs::exists(recorded)) GTEST_SKIP() << "no recorded schema in " << recorded;
  TestDirectory directory;
  Ok(OpenMetadataStore(SqliteFile(directory / "metadata.db")));

  std::vector<std::string> expected;
  std::istringstream lines(ReadAll(recorded));
  for (std::string line; std::getline(lines, line);) expected.push_back(line);

  const auto ours =
      NormalSchema(RunSql(directory / "metadata.db", "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"));
  EXPECT_EQ(ours, NormalSchema(expected));
  EXPECT_THAT(RunSql(directory / "metadata.db", "PRAGMA journal_mode"), ElementsAre("delete"));
}

// What is kept in memory differs only in what no caller sees.
TEST(SqliteSchema, InMemoryHasTheSameTablesAndConstraints) {
  const auto schema_of = [](const SchemaLayout& layout) {
    auto sql = Ok(OpenSqlite({.filename = ":memory:"}));
    EXPECT_TRUE(InTransaction(*sql, SqlAccess::kWrite, [&] { return CreateSchema(*sql, layout); }).ok());
    return Ok(ReadSchema(*sql));
  };
  StoredSchema shared = schema_of(LayoutOf(kSchemaVersion, SqlDialect::kSqlite));
  StoredSchema memory = schema_of(LayoutInMemory(ListIndexes::kAll));
  // Constraints there are indexes here, without NULLs.
  const auto by_index = [&](const std::string& table, const std::string& column, const std::set<std::string>& unique) {
    EXPECT_EQ(memory[table].indexes.erase(::tfx::Concat("unique_", table, "_", column)), 1);
    EXPECT_EQ(shared[table].unique_sets.erase(unique), 1);
  };
  for (const char* table : {"type", "artifact", "execution", "context"}) {
    by_index(table, "external_id", {"external_id"});
    EXPECT_EQ(shared[table].indexes.erase(::tfx::Concat("idx_", table, "_external_id")), 1);
  }
  for (const char* table : {"artifact", "execution"}) {
    by_index(table, "name", {"type_id", "name"});
    EXPECT_EQ(memory[table].indexes.erase(::tfx::Concat("idx_", table, "_type_id")), 1);
  }
  shared.erase("sqlite_sequence");  // of AUTOINCREMENT
  EXPECT_TRUE(memory == shared);
}

// Lists and finds by URI are as quick there as on a file: SQLite takes the indexes that were left out of the puts.
TEST(SqliteSchema, InMemoryIndexesAreMadeForListsAndOfUse) {
  const auto plan_of = [](SqlConnection& sql, const std::string& query) {
    std::string plan;
    EXPECT_TRUE(sql.Select("EXPLAIN QUERY PLAN " + query, {},
                           [&](const SqlRow& row) {
                             plan += row.Text(3);
                             return absl::OkStatus();
                           })
                    .ok());
    return plan;
  };
  auto sql = Ok(OpenSqlite({.filename = ":memory:"}));
  ASSERT_TRUE(InTransaction(*sql, SqlAccess::kWrite, [&] {
                return CreateSchema(*sql, LayoutInMemory(ListIndexes::kNone));
              }).ok());
  const std::string by_time = "SELECT id FROM Execution N ORDER BY create_time_since_epoch LIMIT 1";
  EXPECT_THAT(plan_of(*sql, by_time), HasSubstr("TEMP B-TREE"));
  for (const char* unique : {"external_id IN ('a', 'b')", "type_id = 1 AND name = 'a'"}) {
    EXPECT_THAT(plan_of(*sql, ::tfx::Concat("SELECT id FROM Artifact N WHERE ", unique)),
                HasSubstr("INDEX unique_artifact_"));
  }
  const auto make = [&](ListIndexes indexes) {
    EXPECT_TRUE(InTransaction(*sql, SqlAccess::kWrite, [&] {
                  return CreateMissingIndexes(*sql, LayoutInMemory(indexes));
                }).ok());
  };
  make(ListIndexes::kByType);
  for (const char* kind : {"Artifact", "Execution", "Context"}) {
    EXPECT_THAT(plan_of(*sql, ::tfx::Concat("SELECT N.id FROM ", kind, " N WHERE N.type_id = 1")),
                HasSubstr("(type_id=?)"));
  }
  EXPECT_THAT(plan_of(*sql, by_time), HasSubstr("TEMP B-TREE"));
  make(ListIndexes::kAll);
  make(ListIndexes::kByType);
  make(ListIndexes::kAll);
  EXPECT_THAT(plan_of(*sql, by_time), HasSubstr("idx_execution_create_time"));
  EXPECT_THAT(plan_of(*sql, "SELECT id FROM Artifact N WHERE uri = 'u'"), HasSubstr("idx_artifact_uri"));

  // The store does so itself, while others put.
  ml_metadata::ConnectionConfig memory;
  memory.mutable_fake_database();
  auto store = Ok(OpenMetadataStore(memory));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(PutOne(*store, ::tfx::Concat(t, ".", i)).ok());
        EXPECT_THAT(Ok(store->GetExecutionsByType("none")).items, IsEmpty());
        const ListOptions one{.limit = 1, .filter_query = ::tfx::Concat("name = '", t, ".", i, "'")};
        EXPECT_THAT(Ok(store->GetExecutions(one)).items, SizeIs(1));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Ok(store->GetExecutions({.order_by = ListOptions::OrderBy::kCreateTime})).items, SizeIs(80));
}

class RecordedStore : public ::testing::Test {
 protected:
  void SetUp() override {
    const fs::path recorded = Golden() / "taxi_1.16/metadata/chicago_taxi_native_keras/metadata.db";
    if (!fs::exists(recorded)) GTEST_SKIP() << "no recorded database at " << recorded;
    fs::copy_file(recorded, directory_ / "metadata.db");
    fs::permissions(directory_ / "metadata.db", fs::perms::owner_write, fs::perm_options::add);
    store_ = Ok(OpenMetadataStore(SqliteFile(directory_ / "metadata.db")));
    dump_ = ReadAll(Golden() / "dumps/mlmd_first_run.json");
  }

  TestDirectory directory_;
  std::unique_ptr<MetadataStore> store_;
  std::string dump_;
};

// The dump names a LineageGraph's fields.
TEST_F(RecordedStore, ReadsAsTheOfficialClientReadIt) {
  LineageGraph expected;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(dump_, &expected).ok());
  ASSERT_EQ(expected.artifacts_size(), 17);

  LineageGraph actual;
  const auto add = [](const auto& items, auto* field) {
    for (const auto& item : items) *field->Add() = item;
  };
  add(Ok(store_->GetArtifactTypes()), actual.mutable_artifact_types());
  add(Ok(store_->GetExecutionTypes()), actual.mutable_execution_types());
  add(Ok(store_->GetContextTypes()), actual.mutable_context_types());
  add(Ok(store_->GetArtifacts()).items, actual.mutable_artifacts());
  add(Ok(store_->GetExecutions()).items, actual.mutable_executions());
  add(Ok(store_->GetContexts()).items, actual.mutable_contexts());
  add(Ok(store_->GetEventsByExecutionIDs({1, 2, 3, 4, 5, 6, 7, 8, 9})), actual.mutable_events());

  google::protobuf::util::MessageDifferencer differencer;
  std::string difference;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(expected, actual)) << difference;
}

TEST_F(RecordedStore, TakesNewExecutions) {
  ASSERT_TRUE(PutOne(*store_, "ours").ok());
  EXPECT_THAT(Ok(store_->GetExecutions()).items, SizeIs(10));
  EXPECT_THAT(RunSql(directory_ / "metadata.db", "PRAGMA integrity_check"), ElementsAre("ok"));
}

TEST(SqliteFaults, MissingDirectoryAndFileAreNamed) {
  TestDirectory directory;
  const absl::Status no_directory = OpenMetadataStore(SqliteFile(directory / "no/metadata.db")).status();
  const absl::Status no_file = OpenMetadataStore(SqliteFile(directory / "metadata.db", Sqlite::READWRITE)).status();
  const absl::Status is_directory = OpenMetadataStore(SqliteFile(directory / "")).status();

  EXPECT_TRUE(absl::IsNotFound(no_directory)) << no_directory;
  EXPECT_THAT(Message(no_directory), AllOf(HasSubstr("no/metadata.db"), HasSubstr("does not exist")));
  EXPECT_TRUE(absl::IsNotFound(no_file)) << no_file;
  EXPECT_THAT(Message(no_file), HasSubstr("metadata.db"));
  EXPECT_TRUE(absl::IsInvalidArgument(is_directory)) << is_directory;
  EXPECT_FALSE(fs::exists(directory / "metadata.db"));
}

TEST(SqliteFaults, FilesThatAreNotOursStayUntouched) {
  TestDirectory directory;
  WriteAll(directory / "text.db", std::string(5000, 'x'));
  RunSql(directory / "other.db", "CREATE TABLE customers (id INT)");
  for (const char* name : {"text.db", "other.db"}) {
    const std::string before = ReadAll(directory / name);
    const absl::Status status = OpenMetadataStore(SqliteFile(directory / name)).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(Message(status), AllOf(HasSubstr(name), HasSubstr("not a")));
    EXPECT_EQ(ReadAll(directory / name), before);
    EXPECT_FALSE(fs::exists((directory / name) + "-journal"));
  }
}

TEST(SqliteFaults, OtherSchemaVersionsAreRefused) {
  TestDirectory directory;
  const std::string path = directory / "metadata.db";
  Ok(OpenMetadataStore(SqliteFile(path)));
  for (const auto& [version, word] : {std::pair("11", "newer"), std::pair("6", "older")}) {
    RunSql(path, std::string("UPDATE MLMDEnv SET schema_version = ") + version);
    const absl::Status status = OpenMetadataStore(SqliteFile(path)).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(Message(status), AllOf(HasSubstr(path), HasSubstr(version), HasSubstr(word)));
  }
}

TEST(SqliteFaults, CorruptionIsDataLossAndNamesTheFile) {
  TestDirectory directory;
  const std::string path = directory / "metadata.db";
  {
    auto store = Ok(OpenMetadataStore(SqliteFile(path)));
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(PutOne(*store, std::to_string(i)).ok());
  }
  const std::string bytes = ReadAll(path);
  std::string corrupt = bytes;
  for (size_t at = 8192; at < corrupt.size(); ++at) corrupt[at] = static_cast<char>(at * 31);
  WriteAll(path, corrupt);
  auto store = OpenMetadataStore(SqliteFile(path));
  const absl::Status status = store.ok() ? (*store)->GetArtifacts().status() : store.status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(Message(status), AllOf(HasSubstr(path), HasSubstr("corrupted")));
  store = absl::UnknownError("closed");

  // Cut anywhere: an error or an answer, never a crash.
  for (const size_t size : {1u, 50u, 100u, 4096u, 10000u, 100000u}) {
    WriteAll(path, bytes.substr(0, size));
    auto cut = OpenMetadataStore(SqliteFile(path));
    if (cut.ok()) (void)(*cut)->GetArtifacts();
  }
}

TEST(SqliteFaults, ReadOnlyModeReadsAndNeverWrites) {
  TestDirectory directory;
  const std::string path = directory / "metadata.db";
  {
    auto store = Ok(OpenMetadataStore(SqliteFile(path)));
    ASSERT_TRUE(PutOne(*store, "x").ok());
  }
  const std::string before = ReadAll(path);
  auto store = Ok(OpenMetadataStore(SqliteFile(path, Sqlite::READONLY)));
  EXPECT_THAT(Ok(store->GetArtifacts()).items, SizeIs(1));
  const absl::Status status = PutOne(*store, "y");
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(Message(status), AllOf(HasSubstr(path), HasSubstr("read-only")));
  EXPECT_EQ(ReadAll(path), before);
}

TEST(SqliteFaults, FileWithoutWritePermissionIsNamed) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  TestDirectory directory;
  const std::string path = directory / "metadata.db";
  Ok(OpenMetadataStore(SqliteFile(path)));
  fs::permissions(path, fs::perms::owner_read);
  auto store = Ok(OpenMetadataStore(SqliteFile(path)));
  const absl::Status status = PutOne(*store, "y");
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_THAT(Message(status), HasSubstr(path));
}

TEST(SqliteFaults, AnotherProcessHoldingTheFileIsAborted) {
  TestDirectory directory;
  const std::string path = directory / "metadata.db";
  auto store = Ok(OpenMetadataStore(SqliteFile(path), {.busy_timeout_ms = 1}));
  sqlite3* holder = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &holder), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(holder, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);

  const absl::Status writing = PutOne(*store, "x");
  const absl::Status reading = store->GetArtifacts().status();

  for (const absl::Status& status : {writing, reading}) {
    EXPECT_TRUE(absl::IsAborted(status)) << status;
    EXPECT_THAT(Message(status), AllOf(HasSubstr("database is locked"), HasSubstr(path)));
  }
  sqlite3_close(holder);
  EXPECT_TRUE(PutOne(*store, "x").ok());
}

// A child that may write no file beyond `bytes`: what a full disk looks like to SQLite.
TEST(SqliteFaults, FullDiskIsResourceExhaustedAndKeepsTheStoreWhole) {
  TestDirectory directory;
  const std::string path = directory / "metadata.db";
  {
    auto store = Ok(OpenMetadataStore(SqliteFile(path)));
    ASSERT_TRUE(PutOne(*store, "before").ok());
  }
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{fs::file_size(path) + 4096, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
    auto store = OpenMetadataStore(SqliteFile(path));
    if (!store.ok()) _exit(1);
    absl::Status status;
    for (int i = 0; i < 2000 && status.ok(); ++i) status = PutOne(**store, std::string(2000, 'x') + std::to_string(i));
    const bool as_promised = absl::IsResourceExhausted(status) && Message(status).find(path) != std::string::npos;
    if (!as_promised) std::fprintf(stderr, "%s\n", status.ToString().c_str());
    _exit(as_promised ? 0 : 2);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;

  auto store = Ok(OpenMetadataStore(SqliteFile(path)));
  ExpectWhole(path, Ok(store->GetExecutions()).items.size());
}

TEST(SqliteConcurrency, ManyThreadsShareOneStore) {
  TestDirectory directory;
  const std::string path = directory / "metadata.db";
  auto store = Ok(OpenMetadataStore(SqliteFile(path)));
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(PutOne(*store, std::to_string(t) + "." + std::to_string(i)).ok());
        EXPECT_TRUE(store->GetArtifacts().ok());
        EXPECT_TRUE(store->GetExecutionByTypeAndName("E", "0.0").ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ExpectWhole(path, 80);
}

TEST(SqliteConcurrency, ManyProcessesCreateAndFillOneFile) {
  TestDirectory directory;
  const std::string path = directory / "metadata.db";
  std::vector<pid_t> children;
  for (int p = 0; p < 4; ++p) {
    const pid_t child = fork();
    if (child == 0) {
      auto store = OpenMetadataStore(SqliteFile(path));
      if (!store.ok()) _exit(1);
      for (int i = 0; i < 10; ++i) {
        if (!PutOne(**store, std::to_string(p) + "." + std::to_string(i)).ok()) _exit(2);
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  ExpectWhole(path, 40);
}

// The child's threads report each put that returned; whatever was reported when it was killed must be there afterwards.
// Half of the rounds in the journal that stays, half in a write-ahead log with commits that threads share.
TEST(SqliteDurability, ReturnedPutsSurviveFiftyKills) {
  TestDirectory directory;
  for (size_t round = 0; round < 50; ++round) {
    const std::string path = directory / (std::to_string(round) + ".db");
    const size_t threads = round % 2 == 0 ? 1 : 6, kill_after = 1 + round % 13;
    int report[2];
    ASSERT_EQ(pipe(report), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(report[0]);
      auto store = OpenMetadataStore(SqliteFile(path));
      if (!store.ok()) _exit(1);
      const auto put_for_ever = [&](size_t thread) {
        for (int i = 0;; ++i) {
          const std::string name = std::to_string(thread) + "." + std::to_string(i);
          if (!PutOne(**store, name).ok() || write(report[1], "x", 1) != 1) _exit(2);
        }
      };
      std::vector<std::thread> more;
      for (size_t t = 1; t < threads; ++t) more.emplace_back(put_for_ever, t);
      put_for_ever(0);
    }
    close(report[1]);
    size_t returned = 0;
    char byte;
    while (returned < kill_after && read(report[0], &byte, 1) == 1) ++returned;
    ASSERT_EQ(returned, kill_after);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    while (read(report[0], &byte, 1) == 1) ++returned;
    close(report[0]);

    auto store = Ok(OpenMetadataStore(SqliteFile(path)));
    const size_t stored = Ok(store->GetExecutions()).items.size();
    EXPECT_GE(stored, returned);
    EXPECT_LE(stored, returned + threads);
    ExpectWhole(path, stored);
  }
}

TEST(SqliteJournal, IsALogWhileWrittenAndOneFileAtRest) {
  TestDirectory directory;
  const std::string path = directory / "metadata.db";
  {
    auto store = Ok(OpenMetadataStore(SqliteFile(path)));
    ASSERT_TRUE(PutOne(*store, "x").ok());
    if (!fs::exists(path + "-wal")) GTEST_SKIP() << "the temporary directory is on no local disk";
    // Another client reads and writes meanwhile.
    EXPECT_THAT(RunSql(path, "SELECT count(*) FROM Execution"), ElementsAre("1"));
    RunSql(path, "INSERT INTO Execution (type_id, name) VALUES (11, 'theirs')");
    EXPECT_THAT(Ok(store->GetExecutions()).items, SizeIs(2));
    ASSERT_TRUE(PutOne(*store, "y").ok());
  }
  EXPECT_FALSE(fs::exists(path + "-wal"));
  EXPECT_FALSE(fs::exists(path + "-journal"));
  EXPECT_THAT(RunSql(path, "PRAGMA journal_mode"), ElementsAre("delete"));
  EXPECT_THAT(RunSql(path, "SELECT count(*) FROM Execution"), ElementsAre("3"));
}

TEST(SqliteJournal, AFileThatWasALogStaysOne) {
  TestDirectory directory;
  const std::string path = directory / "metadata.db";
  Ok(OpenMetadataStore(SqliteFile(path)));
  RunSql(path, "PRAGMA journal_mode=WAL");
  ASSERT_TRUE(PutOne(*Ok(OpenMetadataStore(SqliteFile(path))), "x").ok());
  EXPECT_THAT(RunSql(path, "PRAGMA journal_mode"), ElementsAre("wal"));
  auto store = Ok(OpenMetadataStore(SqliteFile(path, Sqlite::READONLY)));
  EXPECT_THAT(Ok(store->GetExecutions()).items, SizeIs(1));
}

TEST(SqliteJournal, TheLogIsOfOneSizeWhateverThePagesAre) {
  TestDirectory directory;
  for (const std::string page_size : {"512", "1024", "4096", "65536"}) {
    const std::string path = directory / page_size;
    RunSql(path, "PRAGMA page_size=" + page_size + "; CREATE TABLE T (x INT)");
    const auto sql = Ok(OpenSqlite({.filename = path}));
    const auto pragma = [&](const std::string& name) {
      int64_t value = 0;
      EXPECT_TRUE(sql->Select("PRAGMA " + name, {},
                              [&](const SqlRow& row) {
                                value = row.Int(0);
                                return absl::OkStatus();
                              })
                      .ok());
      return value;
    };
    EXPECT_EQ(std::to_string(pragma("page_size")), page_size);
    EXPECT_EQ(pragma("wal_autocheckpoint") * pragma("page_size"), 16 << 20) << page_size;
  }
}

TEST(OpenMetadataStore, RefusesConfigsItCannotServe) {
  ml_metadata::ConnectionConfig config;
  EXPECT_TRUE(absl::IsInvalidArgument(OpenMetadataStore(config).status()));
  config.mutable_mysql()->set_host("127.0.0.1");
  EXPECT_TRUE(absl::IsInvalidArgument(OpenMetadataStore(config).status()));
  config.mutable_postgresql()->set_host("127.0.0.1");
  EXPECT_TRUE(absl::IsInvalidArgument(OpenMetadataStore(config).status()));
}

}  // namespace
}  // namespace mlmd
