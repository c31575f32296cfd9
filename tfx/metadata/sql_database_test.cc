#include "tfx/metadata/sql_database.h"

#include <atomic>
#include <new>
#include <set>
#include <thread>
#include <vector>

#include "tfx/base/status_macros.h"
#include "tfx/metadata/sqlite_connection.h"
#include "tfx/metadata/testing_store.h"

namespace mlmd {
namespace {

// A database on a file; reads within reads take connections of their own.
class SnapshotTest : public ::testing::Test {
 protected:
  SnapshotTest() {
    EXPECT_TRUE(foreign_->Run("CREATE TABLE T (x INT)", {}).ok());
    Write();  // the file is a write-ahead log now
  }

  absl::Status Insert(SqlConnection& sql) { return sql.Run("INSERT INTO T VALUES (1)", {}); }
  void Write() {
    EXPECT_TRUE(database_.Write([&](SqlConnection& sql) { return Insert(sql); }).ok());
  }
  // The snapshot of a read, and the number of rows that it sees; `within` runs inside, after the snapshot was asked
  // for.
  Snapshot Read(absl::FunctionRef<void()> within = [] {}) {
    Snapshot snapshot;
    EXPECT_TRUE(database_
                    .Read([&](SqlConnection&, SqlDatabase::GetSnapshot get) {
                      snapshot = Ok(get());
                      within();
                      return absl::OkStatus();
                    })
                    .ok());
    return snapshot;
  }

  TestDirectory directory_;
  const SqliteOptions options_{.filename = directory_ / "t.db"};
  std::unique_ptr<SqlConnection> foreign_ = Ok(OpenSqlite({.filename = options_.filename}));
  SqlDatabase database_{Ok(OpenSqlite(options_)), [this] { return OpenSqlite(options_); }, 4,
                        SqlDatabase::Writers::kOne};
};

TEST_F(SnapshotTest, OwnWritesAreNewGenerationsOfOneEpoch) {
  const Snapshot first = Read();
  EXPECT_GT(first.epoch, 0u);
  EXPECT_EQ(Read().generation, first.generation);
  Write();
  EXPECT_EQ(Read().epoch, first.epoch);
  EXPECT_EQ(Read().generation, first.generation + 1);
  // A write that fails may have been many.
  EXPECT_FALSE(database_
                   .Write([&](SqlConnection& sql) {
                     EXPECT_EQ(database_.generation_of_write(), first.generation + 2);
                     EXPECT_TRUE(Insert(sql).ok());
                     return absl::AbortedError("no");
                   })
                   .ok());
  EXPECT_EQ(Read().epoch, first.epoch);
  EXPECT_GT(Read().generation, first.generation + 1);
}

TEST_F(SnapshotTest, OthersCommitsEndTheEpoch) {
  const Snapshot first = Read();
  ASSERT_TRUE(Insert(*foreign_).ok());
  const Snapshot second = Read();
  EXPECT_GT(second.epoch, first.epoch);
  EXPECT_EQ(Read().epoch, second.epoch);
  Write();
  ASSERT_TRUE(Insert(*foreign_).ok());
  Write();
  EXPECT_GT(Read().epoch, second.epoch);
}

TEST_F(SnapshotTest, ASecondConnectionAsksTheWatcher) {
  const Snapshot first = Read();
  // The watcher reads: another connection cannot ask it, and knows nothing.
  Snapshot inner;
  Read([&] { inner = Read(); });
  EXPECT_EQ(inner.epoch, 0u);
  // From now on reads leave the watcher alone.
  EXPECT_EQ(Read().epoch, first.epoch);
  Write();
  EXPECT_EQ(Read().epoch, first.epoch);
  EXPECT_EQ(Read([&] { inner = Read(); }).epoch, first.epoch);
  ASSERT_TRUE(Insert(*foreign_).ok());
  EXPECT_EQ(Read().epoch, 0u);  // it may have read before or after that commit
  const Snapshot after = Read();
  EXPECT_GT(after.epoch, first.epoch);
}

TEST_F(SnapshotTest, AStateBeforeOthersCommitIsNotOfTheEpochAfter) {
  Read([&] { Read(); });
  const Snapshot first = Read();
  ASSERT_GT(first.epoch, 0u);
  Snapshot late;
  ASSERT_TRUE(database_
                  .Read([&](SqlConnection& sql, SqlDatabase::GetSnapshot get) {
                    // Settles the state; then others commit, and others again find that out.
                    RETURN_IF_ERROR(sql.Select("SELECT x FROM T", {}, [](const SqlRow&) { return absl::OkStatus(); }));
                    RETURN_IF_ERROR(Insert(*foreign_));
                    while (Read().epoch == 0) {
                    }
                    late = Ok(get());
                    return absl::OkStatus();
                  })
                  .ok());
  const Snapshot now = Read();
  EXPECT_GT(now.epoch, first.epoch);
  EXPECT_NE(late.epoch, now.epoch);
}

// A reader settles its state; others commit; `inner` reads; then the reader asks. Answers with what it is told.
class LateReaderTest : public SnapshotTest {
 protected:
  Snapshot AskAfter(absl::FunctionRef<void()> inner) {
    Snapshot late;
    EXPECT_TRUE(database_
                    .Read([&](SqlConnection& sql, SqlDatabase::GetSnapshot get) {
                      RETURN_IF_ERROR(
                          sql.Select("SELECT x FROM T", {}, [](const SqlRow&) { return absl::OkStatus(); }));
                      RETURN_IF_ERROR(Insert(*foreign_));
                      inner();
                      late = Ok(get());
                      return absl::OkStatus();
                    })
                    .ok());
    return late;
  }
};

TEST_F(LateReaderTest, IsNotOfTheEpochInWhichTheWatcherWasAskedFirst) {
  // The writer takes another connection, which becomes the watcher and was not asked yet.
  Read([&] { Write(); });
  Snapshot inner;
  // The late reader has the other connection, the inner one the watcher.
  const Snapshot late = AskAfter([&] { inner = Read(); });
  EXPECT_GT(inner.epoch, 0u);
  EXPECT_NE(late.epoch, inner.epoch);
}

TEST_F(LateReaderTest, IsNotOfTheEpochInWhichAnotherReaderAskedTheWatcherFirst) {
  Read([&] { Read([&] { Write(); }); });  // three connections, the watcher not asked yet
  Snapshot inner;
  const Snapshot late = AskAfter([&] {
    while (inner.epoch == 0) inner = Read();
  });
  EXPECT_NE(late.epoch, inner.epoch);
}

TEST_F(SnapshotTest, ABodyThatThrowsFailsAlone) {
  const auto throws = [](SqlConnection& sql) -> absl::Status {
    RETURN_IF_ERROR(sql.Run("INSERT INTO T VALUES (7)", {}));
    throw std::bad_alloc();
  };
  EXPECT_TRUE(absl::IsResourceExhausted(database_.Write(throws)));
  // More often than there are connections.
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(absl::IsResourceExhausted(
        database_.Read([](SqlConnection&, SqlDatabase::GetSnapshot) -> absl::Status { throw std::bad_alloc(); })));
  }
  // Of those that are committed together, too.
  std::vector<std::thread> writers;
  std::atomic<int> failed = 0;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&, i] {
      for (int k = 0; k < 20; ++k) {
        if (i % 2 == 0) {
          Write();
        } else {
          failed += absl::IsResourceExhausted(database_.Write(throws));
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(failed, 80);
  int64_t ones = 0, sevens = 0;
  EXPECT_TRUE(foreign_
                  ->Select("SELECT x, COUNT(*) FROM T GROUP BY x", {},
                           [&](const SqlRow& row) {
                             (row.Int(0) == 1 ? ones : sevens) = row.Int(1);
                             return absl::OkStatus();
                           })
                  .ok());
  EXPECT_EQ(ones, 81);
  EXPECT_EQ(sevens, 0);
}

// Those who come again at once, and those who stay away: nobody is forgotten, and nobody's failure is another's.
TEST_F(SnapshotTest, MoreWritersThanABatchHolds) {
  constexpr int kWriters = 300;
  std::atomic<int> stored = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] {
      for (int k = 0; k < 1 + i % 5; ++k) {
        const bool fails = (i + k) % 3 == 0;
        const absl::Status status = database_.Write([&](SqlConnection& sql) {
          RETURN_IF_ERROR(sql.Run("INSERT INTO T VALUES (?)", {int64_t{i + 100}}));
          return fails ? absl::NotFoundError(std::to_string(i)) : absl::OkStatus();
        });
        EXPECT_EQ(status, fails ? absl::NotFoundError(std::to_string(i)) : absl::OkStatus());
        stored += status.ok();
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  int64_t rows = 0;
  EXPECT_TRUE(foreign_
                  ->Select("SELECT COUNT(*) FROM T WHERE x >= 100", {},
                           [&](const SqlRow& row) {
                             rows = row.Int(0);
                             return absl::OkStatus();
                           })
                  .ok());
  EXPECT_EQ(rows, stored);
  EXPECT_EQ(stored, 600);
}

TEST_F(SnapshotTest, AWriterThatTakesAnotherConnectionEndsTheEpoch) {
  const Snapshot first = Read();
  // The watcher is busy reading.
  Read([&] { Write(); });
  while (Read().epoch == 0) {
  }
  const Snapshot second = Read();
  EXPECT_GT(second.epoch, first.epoch);
  Write();
  EXPECT_EQ(Read().epoch, second.epoch);
}

TEST(Snapshot, InMemoryThereAreNoOthers) {
  SqlDatabase database(Ok(OpenSqlite({.filename = ":memory:"})), nullptr, 1, SqlDatabase::Writers::kOne);
  std::vector<uint64_t> generations;
  std::set<uint64_t> epochs;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(
        database.Write([](SqlConnection& sql) { return sql.Run("CREATE TABLE IF NOT EXISTS T (x INT)", {}); }).ok());
    ASSERT_TRUE(database
                    .Read([&](SqlConnection&, SqlDatabase::GetSnapshot get) {
                      const Snapshot snapshot = Ok(get());
                      epochs.insert(snapshot.epoch);
                      generations.push_back(snapshot.generation);
                      return absl::OkStatus();
                    })
                    .ok());
  }
  EXPECT_EQ(generations, (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_THAT(epochs, ::testing::ElementsAre(::testing::Gt(0u)));
}

}  // namespace
}  // namespace mlmd
