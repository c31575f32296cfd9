#include "tfx/metadata/sqlite_log_buffer.h"

#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>

#include "tfx/base/concat.h"
#include "tfx/metadata/sqlite_connection.h"
#include "tfx/metadata/testing_store.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

// Of another program: SQLite as it comes.
class Plain {
 public:
  explicit Plain(const std::string& path) {
    EXPECT_EQ(sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
  }
  ~Plain() { sqlite3_close_v2(db_); }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;

  // The last row's values.
  std::string Get(const std::string& sql) {
    std::string text;
    const auto row = [](void* out, int columns, char** values, char**) {
      auto& text = *static_cast<std::string*>(out);
      text.clear();
      for (int i = 0; i < columns; ++i) text += Concat(i > 0 ? " " : "", values[i] == nullptr ? "NULL" : values[i]);
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), row, &text, nullptr), SQLITE_OK) << sqlite3_errmsg(db_);
    return text;
  }

 private:
  sqlite3* db_ = nullptr;
};

constexpr char kTotals[] = "SELECT count(*), total(length(x)) FROM T";

class LogBufferTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Run("CREATE TABLE T (x BLOB)");
    if (!sql_->AdmitReadersBesideWriter()) GTEST_SKIP() << "the temporary directory is on no local disk";
  }

  void Run(const std::string& statement) { EXPECT_TRUE(sql_->Run(statement, {}).ok()) << statement; }
  std::string Get(const std::string& query) {
    std::string text;
    EXPECT_TRUE(sql_->Select(query, {},
                             [&](const SqlRow& row) {
                               text = Concat(row.Text(0), " ", row.Text(1));
                               return absl::OkStatus();
                             })
                    .ok());
    return text;
  }
  void Insert(int64_t bytes) { Run(Concat("INSERT INTO T VALUES (randomblob(", bytes, "))")); }

  TestDirectory directory_;
  const std::string path_ = directory_ / "t.db";
  std::unique_ptr<SqlConnection> sql_ = Ok(OpenSqlite({.filename = path_}));
};

// Calls of this process that wrote something, as the system counts them.
int64_t WriteCalls() {
  std::ifstream counts("/proc/self/io");
  for (std::string name, value; counts >> name >> value;) {
    if (name == "syscw:") return std::stoll(value);
  }
  return -1;
}

TEST_F(LogBufferTest, ManyPagesTakeFewWrites) {
  if (WriteCalls() < 0) GTEST_SKIP() << "the system does not count writes";
  Insert(1);  // the log has its first frames
  int64_t before = WriteCalls();
  Insert(50'000);
  EXPECT_LE(WriteCalls() - before, 3);
  before = WriteCalls();
  Insert(1'000'000);
  EXPECT_LE(WriteCalls() - before, 25);
}

// Sizes below and far above what is gathered; transactions given up as a whole and in part, far larger than the cache;
// others who commit between them, and the log emptied by us and by them.
TEST_F(LogBufferTest, OthersSeeWhatIsCommittedAndNothingElse) {
  Run("PRAGMA cache_size=10");
  Run("PRAGMA wal_autocheckpoint=300");
  Plain other(path_);
  std::mt19937 random(7);
  int64_t rows = 0, bytes = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string before = other.Get(kTotals);
    int64_t new_rows = 0, new_bytes = 0;
    const auto insert = [&] {
      const int64_t size = random() % 10 == 0 ? 1 + random() % 300'000 : 1 + random() % 3'000;
      Insert(size);
      ++new_rows;
      new_bytes += size;
    };
    ASSERT_TRUE(sql_->Begin(SqlAccess::kWrite).ok());
    for (uint32_t n = random() % 20; n > 0; --n) insert();
    if (random() % 3 == 0) {
      const int64_t kept_rows = new_rows, kept_bytes = new_bytes;
      Run("SAVEPOINT call");
      for (uint32_t n = random() % 20; n > 0; --n) insert();
      Run("ROLLBACK TO call");
      Run("RELEASE call");
      new_rows = kept_rows, new_bytes = kept_bytes;
    }
    EXPECT_EQ(Get(kTotals), Concat(rows + new_rows, " ", bytes + new_bytes, ".0"));
    EXPECT_EQ(other.Get(kTotals), before);
    if (random() % 4 == 0) {
      sql_->Rollback();
    } else {
      ASSERT_TRUE(sql_->Commit().ok());
      rows += new_rows, bytes += new_bytes;
    }
    ASSERT_EQ(other.Get(kTotals), Concat(rows, " ", bytes, ".0"));
    if (random() % 20 == 0) other.Get("PRAGMA wal_checkpoint(TRUNCATE)");
    if (random() % 5 == 0) {
      const int64_t size = 1 + random() % 100'000;
      other.Get(Concat("INSERT INTO T VALUES (randomblob(", size, "))"));
      rows += 1, bytes += size;
      EXPECT_EQ(Get(kTotals), Concat(rows, " ", bytes, ".0"));
    }
  }
  EXPECT_EQ(other.Get("PRAGMA integrity_check"), "ok");
}

// Frames of another program lie where those of a transaction that was given up would have: ours must not come after.
TEST_F(LogBufferTest, WhatWasGivenUpOverwritesNothing) {
  Run("PRAGMA cache_size=1000");
  Insert(100);
  auto other = std::make_unique<Plain>(path_);
  other->Get("PRAGMA wal_autocheckpoint=0");
  Run("PRAGMA wal_checkpoint");  // the log begins anew
  ASSERT_TRUE(sql_->Begin(SqlAccess::kWrite).ok());
  for (int i = 0; i < 500; ++i) Insert(4'000);
  sql_->Rollback();
  other->Get("BEGIN");
  for (int i = 0; i < 1'000; ++i) other->Get("INSERT INTO T VALUES (randomblob(4000))");
  other->Get("COMMIT");
  EXPECT_EQ(Get(kTotals), "1001 4000100.0");
  // As if the machine had stopped now: the log is read from its beginning.
  const std::string copy = directory_ / "copy.db";
  std::filesystem::copy_file(path_, copy);
  std::filesystem::copy_file(path_ + "-wal", copy + "-wal");
  EXPECT_EQ(Plain(copy).Get(kTotals), "1001 4000100.0");
  sql_.reset();
  other.reset();
  EXPECT_EQ(Plain(path_).Get("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(Plain(path_).Get(kTotals), "1001 4000100.0");
}

// A disk that may damage a whole sector: SQLite writes more behind the frames it has synced.
TEST(LogBuffer, LeavesALogThatIsPaddedToSectorsAlone) {
  TestDirectory directory;
  const std::string path = directory / "t.db";
  auto sql = Ok(OpenSqlite({.filename = Concat("file:", path, "?psow=0")}));
  ASSERT_TRUE(sql->Run("CREATE TABLE T (x BLOB)", {}).ok());
  if (!sql->AdmitReadersBesideWriter()) GTEST_SKIP() << "the temporary directory is on no local disk";
  for (int i = 1; i <= 20; ++i) {
    ASSERT_TRUE(sql->Run("INSERT INTO T VALUES (zeroblob(?))", {int64_t{i * 100}}).ok());
    EXPECT_EQ(Plain(path).Get(kTotals), Concat(i, " ", 50 * i * (i + 1), ".0"));
  }
  EXPECT_EQ(Plain(path).Get("PRAGMA integrity_check"), "ok");
}

// As if the program were killed then: only what the system was given is there.
TEST_F(LogBufferTest, ACommitThatReturnedIsWithTheSystem) {
  TestDirectory copies;
  for (int i = 1; i <= 20; ++i) {
    Insert(i * 997);
    ASSERT_TRUE(sql_->Begin(SqlAccess::kWrite).ok());
    Insert(5);
    const std::string copy = copies / Concat(i, ".db");
    std::filesystem::copy_file(path_, copy);
    std::filesystem::copy_file(path_ + "-wal", copy + "-wal");
    sql_->Rollback();
    EXPECT_EQ(Plain(copy).Get(kTotals), Concat(i, " ", 997 * i * (i + 1) / 2, ".0"));
  }
}

}  // namespace
}  // namespace mlmd
