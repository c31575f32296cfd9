#include "tfx/metadata/node_cache.h"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "tfx/base/concat.h"
#include "tfx/metadata/migration.h"
#include "tfx/metadata/sqlite_connection.h"
#include "tfx/metadata/testing_store.h"

namespace mlmd {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Shared = NodeCache::Shared<Artifact>;

Shared Version(int64_t id, int64_t version) {
  auto shared = std::make_shared<EncodedNode<Artifact>>();
  shared->node.set_id(id);
  shared->node.set_last_update_time_since_epoch(version);
  return shared;
}

Shared FindOne(NodeCache& cache, const Snapshot& snapshot, int64_t id = 1) {
  return cache.Find<Artifact>(snapshot, {id})[0];
}

TEST(NodeCache, ServesANodeToWhoSeesItsState) {
  NodeCache cache(1 << 20);
  const Shared node = Version(1, 7);
  cache.Keep<Artifact>({1, 5}, {node});

  EXPECT_EQ(FindOne(cache, {1, 5}), node);
  EXPECT_EQ(FindOne(cache, {1, 9}), node);
  EXPECT_EQ(FindOne(cache, {1, 4}), nullptr);  // it may have been another then
  EXPECT_EQ(FindOne(cache, {1, 9}, 2), nullptr);
  EXPECT_EQ(cache.Find<Execution>({1, 9}, {1})[0], nullptr);
  EXPECT_GE(cache.bytes(), node->node.SpaceUsedLong());
}

TEST(NodeCache, AnEpochKnowsNothingOfAnother) {
  NodeCache cache(1 << 20);
  cache.Keep<Artifact>({0, 5}, {Version(1, 7)});
  EXPECT_EQ(FindOne(cache, {0, 5}), nullptr);
  cache.Keep<Artifact>({1, 5}, {Version(1, 7)});
  EXPECT_EQ(FindOne(cache, {0, 5}), nullptr);
  EXPECT_EQ(FindOne(cache, {2, 5}), nullptr);
  EXPECT_EQ(FindOne(cache, {1, 5}), nullptr);  // gone with its epoch
  cache.Keep<Artifact>({1, 5}, {Version(1, 7)});
  EXPECT_EQ(FindOne(cache, {1, 5}), nullptr);
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(NodeCache, ATouchedNodeComesBackOnlyFromBehindTheCommit) {
  NodeCache cache(1 << 20);
  cache.Keep<Artifact>({1, 5}, {Version(1, 7)});
  cache.Touch<Artifact>(1, 6);

  EXPECT_EQ(FindOne(cache, {1, 5}), nullptr);
  cache.Keep<Artifact>({1, 5}, {Version(1, 7)});
  EXPECT_EQ(FindOne(cache, {1, 6}), nullptr);
  const Shared after = Version(1, 8);
  cache.Keep<Artifact>({1, 6}, {after});
  cache.Keep<Artifact>({1, 5}, {Version(1, 7)});
  EXPECT_EQ(FindOne(cache, {1, 6}), after);
  EXPECT_EQ(FindOne(cache, {1, 5}), nullptr);
}

TEST(NodeCache, AMarkOutlivesItsEpoch) {
  NodeCache cache(1 << 20);
  cache.Keep<Artifact>({1, 5}, {Version(1, 7)});
  cache.Touch<Artifact>(1, 6);
  EXPECT_EQ(FindOne(cache, {2, 5}), nullptr);
  cache.Keep<Artifact>({2, 5}, {Version(1, 7)});
  EXPECT_EQ(FindOne(cache, {2, 6}), nullptr);
}

TEST(NodeCache, IsBoundedAndForgetsMarksSafely) {
  constexpr size_t kBytes = 64 << 10;
  NodeCache cache(kBytes);
  cache.Touch<Artifact>(1, 6);
  for (int64_t id = 2; id < 2000; ++id) {
    cache.Keep<Artifact>({1, 6}, {Version(id, 0)});
    ASSERT_LE(cache.bytes(), kBytes);
  }
  EXPECT_NE(FindOne(cache, {1, 6}, 1999), nullptr);
  EXPECT_EQ(FindOne(cache, {1, 6}, 2), nullptr);
  cache.Keep<Artifact>({1, 5}, {Version(1, 7)});
  EXPECT_EQ(FindOne(cache, {1, 6}), nullptr);
  // What is asked for again and again stays.
  for (int64_t id = 2000; id < 4000; ++id) {
    cache.Keep<Artifact>({1, 6}, {Version(id, 0)});
    ASSERT_NE(FindOne(cache, {1, 6}, 1999), nullptr);
  }
  // One that takes much of the room is not worth it.
  auto large = std::make_shared<EncodedNode<Artifact>>(*Version(1, 8));
  large->node.set_uri(std::string(kBytes / 4, 'x'));
  cache.Keep<Artifact>({1, 6}, {large});
  EXPECT_EQ(FindOne(cache, {1, 6}), nullptr);
  EXPECT_NE(FindOne(cache, {1, 6}, 1999), nullptr);
}

// Random schedules of readers, writes and others' commits over few nodes and little room, against a list of all states:
// what is served is what the reader's state holds.
TEST(NodeCache, ServesNothingButTheReadersState) {
  constexpr int kIds = 6;
  struct Reader {
    Snapshot snapshot;
    size_t state = 0;
  };
  size_t served = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    NodeCache cache(seed % 3 == 0 ? 2600 : 1 << 20);
    std::vector<std::array<int64_t, kIds>> states(1);
    uint64_t epoch = 1, generation = 0;  // as readers see them
    std::vector<int> touched;            // by the write that is under way
    bool is_writing = false, is_committed = false;
    std::vector<Reader> readers;
    const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    for (int step = 0; step < 400; ++step) {
      switch (pick(8)) {
        case 0:  // a write goes on: begins, touches, commits or not, ends
          if (!is_writing) {
            is_writing = true;
            touched.clear();
          } else if (!is_committed && pick(3) > 0) {
            touched.push_back(pick(kIds));
            cache.Touch<Artifact>(touched.back(), generation + 1);
          } else if (!is_committed && pick(4) > 0) {
            is_committed = true;
            states.push_back(states.back());
            for (const int id : touched) states.back()[id] = static_cast<int64_t>(states.size());
          } else {
            is_writing = is_committed = false;
            ++generation;
          }
          break;
        case 1:  // somebody else's, who waits for a write under way
          if (is_writing || pick(6) > 0) break;
          states.push_back(states.back());
          states.back()[pick(kIds)] = static_cast<int64_t>(states.size());
          ++epoch;
          break;
        case 2:  // begins with a generation that may be older than its state
          readers.push_back({{epoch, generation - std::min<uint64_t>(generation, pick(2))}, states.size() - 1});
          if (readers.size() > 4) readers.erase(readers.begin() + pick(4));
          break;
        default: {
          if (readers.empty()) break;
          const Reader& reader = readers[pick(static_cast<int>(readers.size()))];
          const int id = pick(kIds);
          const int64_t expected = states[reader.state][id];
          if (const Shared found = FindOne(cache, reader.snapshot, id)) {
            ++served;
            ASSERT_EQ(found->node.last_update_time_since_epoch(), expected) << "seed " << seed << " step " << step;
          } else {
            cache.Keep<Artifact>(reader.snapshot, {Version(id, expected)});
          }
        }
      }
    }
  }
  EXPECT_GT(served, 1000u);
}

// A store on a file, and how others come to the same file.
class CachedStore : public ::testing::Test {
 protected:
  CachedStore() : path_(directory_ / "metadata.db") {
    store_ = Ok(OpenMetadataStore(SqliteFile(path_)));
    type_ = Ok(store_->PutArtifactType(NamedType<ArtifactType>("A", {{"n", ml_metadata::INT}})));
    context_type_ = Ok(store_->PutContextType(NamedType<ContextType>("C")));
    ids_ = Ok(store_->PutArtifacts(std::vector<Artifact>(5, WithValue(0))));
    context_ = Ok(store_->PutContexts({NodeOf<Context>(context_type_, "c")})).at(0);
    std::vector<Attribution> links(ids_.size());
    for (size_t i = 0; i < ids_.size(); ++i) {
      links[i].set_context_id(context_);
      links[i].set_artifact_id(ids_[i]);
    }
    EXPECT_TRUE(store_->PutAttributionsAndAssociations(links, {}).ok());
  }

  Artifact WithValue(int64_t value, std::optional<int64_t> id = std::nullopt) const {
    Artifact artifact = NodeOf<Artifact>(type_);
    if (id.has_value()) artifact.set_id(*id);
    (*artifact.mutable_properties())["n"].set_int_value(value);
    return artifact;
  }
  std::vector<Artifact> All(int64_t value) const {
    std::vector<Artifact> artifacts;
    for (const int64_t id : ids_) artifacts.push_back(WithValue(value, id));
    return artifacts;
  }
  NodeList<Artifact> List() { return Ok(store_->GetArtifactsByContext(context_)).items; }
  std::vector<int64_t> Values() {
    std::vector<int64_t> values;
    for (const Artifact& artifact : List()) values.push_back(artifact.properties().at("n").int_value());
    return values;
  }

  TestDirectory directory_;
  const std::string path_;
  std::unique_ptr<MetadataStore> store_;
  int64_t type_ = 0, context_type_ = 0, context_ = 0;
  std::vector<int64_t> ids_;
};

TEST_F(CachedStore, ServesTheSameNodesUntilTheyChange) {
  const NodeList<Artifact> first = List(), second = List();
  EXPECT_EQ(first.shared(), second.shared());
  EXPECT_EQ(Ok(store_->GetArtifacts({.limit = 2})).items.shared()[1], first.shared()[1]);
  EXPECT_EQ(Ok(store_->GetArtifactsByType("A", "", {.filter_query = "id = 3"})).items.shared()[0], first.shared()[2]);

  Ok(store_->PutArtifacts({WithValue(7, ids_[1])}));
  const NodeList<Artifact> third = List();
  EXPECT_THAT(Values(), ElementsAre(0, 7, 0, 0, 0));
  EXPECT_EQ(third.shared()[0], first.shared()[0]);
  EXPECT_NE(third.shared()[1], first.shared()[1]);
  EXPECT_EQ(first[1].properties().at("n").int_value(), 0);  // as it was read
}

TEST_F(CachedStore, KeepsNothingWhereItIsOff) {
  store_ = Ok(OpenMetadataStore(SqliteFile(path_), {.node_cache_bytes = 0}));
  EXPECT_NE(List().shared()[0], List().shared()[0]);
}

TEST_F(CachedStore, SeesEveryWayToUpdate) {
  const auto name = [&] { return List()[0].uri(); };
  Artifact artifact = List()[0];
  artifact.set_uri("a");
  Ok(store_->PutArtifacts({artifact}, {.update_mask = {"uri"}}));
  EXPECT_EQ(name(), "a");
  const int64_t execution_type = Ok(store_->PutExecutionType(NamedType<ExecutionType>("E")));
  artifact.set_uri("b");
  Ok(store_->PutExecution(NodeOf<Execution>(execution_type), {{artifact, EventOf(Event::OUTPUT, "o", 0)}}, {}));
  EXPECT_EQ(name(), "b");
  artifact.set_uri("c");
  Ok(store_->PutLineageSubgraph({}, {artifact}, {}, {}));
  EXPECT_EQ(name(), "c");
  artifact.set_external_id("x");
  Ok(store_->PutArtifacts({artifact}));
  EXPECT_EQ(List()[0].external_id(), "x");
  artifact.clear_id();
  artifact.set_uri("d");
  Ok(store_->PutExecution(NodeOf<Execution>(execution_type), {{artifact, std::nullopt}}, {},
                          {.reuse_artifact_if_already_exist_by_external_id = true}));
  EXPECT_EQ(name(), "d");
  // A type that grew, and a property of the new kind.
  Ok(store_->PutArtifactType(NamedType<ArtifactType>("A", {{"n", ml_metadata::INT}, {"s", ml_metadata::STRING}}),
                             {.can_add_fields = true}));
  artifact = List()[0];
  (*artifact.mutable_properties())["s"].set_string_value("new");
  Ok(store_->PutArtifacts({artifact}));
  EXPECT_EQ(List()[0].properties().at("s").string_value(), "new");

  // The other kinds.
  Execution execution = Ok(store_->GetExecutions()).items[0];
  execution.set_last_known_state(Execution::FAILED);
  Ok(store_->PutExecutions({execution}));
  EXPECT_EQ(Ok(store_->GetExecutions()).items[0].last_known_state(), Execution::FAILED);
  Context context = Ok(store_->GetContexts()).items[0];
  context.set_name("renamed");
  Ok(store_->PutContexts({context}));
  EXPECT_EQ(Ok(store_->GetContexts()).items[0].name(), "renamed");
}

TEST_F(CachedStore, FailedPutsChangeNothing) {
  List();
  Artifact bad = WithValue(1, ids_[1]);
  (*bad.mutable_properties())["unknown"].set_int_value(1);
  EXPECT_FALSE(store_->PutArtifacts({WithValue(9, ids_[0]), bad}).ok());
  EXPECT_THAT(Values(), Each(0));
  EXPECT_EQ(List().shared(), List().shared());
}

TEST_F(CachedStore, SeesWhatOthersCommit) {
  auto other = Ok(OpenMetadataStore(SqliteFile(path_)));
  for (int64_t round = 1; round < 5; ++round) {
    List();
    Ok(other->PutArtifacts(All(round)));
    EXPECT_THAT(Values(), Each(round));
    Ok(store_->PutArtifacts({WithValue(-round, ids_[2])}));
    EXPECT_THAT(Values(), ElementsAre(round, round, -round, round, round));
  }
  // Rows that go behind our back.
  List();
  auto sql = Ok(OpenSqlite({.filename = path_}));
  ASSERT_TRUE(sql->Run("DELETE FROM Artifact WHERE id = ?", {ids_[0]}).ok());
  EXPECT_THAT(List(), SizeIs(4));
  ASSERT_TRUE(sql->Run("UPDATE ArtifactProperty SET int_value = 70 WHERE artifact_id = ?", {ids_[1]}).ok());
  EXPECT_THAT(Values(), ElementsAre(70, -4, 4, 4));
  // A transaction that is rolled back was none.
  const NodeList<Artifact> before = List();
  ASSERT_TRUE(sql->Begin(SqlAccess::kWrite).ok());
  ASSERT_TRUE(sql->Run("DELETE FROM Artifact", {}).ok());
  EXPECT_EQ(List().shared(), before.shared());
  sql->Rollback();
  EXPECT_EQ(List().shared(), before.shared());
  ASSERT_TRUE(sql->Run("DELETE FROM Artifact", {}).ok());
  EXPECT_THAT(List(), IsEmpty());
}

TEST_F(CachedStore, SeesWhatOthersCommitToAFileWithoutALog) {
  store_ = nullptr;  // the file is at rest again
  store_ = Ok(OpenMetadataStore(SqliteFile(path_, ml_metadata::SqliteMetadataSourceConfig::READONLY)));
  auto sql = Ok(OpenSqlite({.filename = path_}));
  EXPECT_EQ(List().shared(), List().shared());
  for (int64_t value = 1; value < 4; ++value) {
    ASSERT_TRUE(sql->Run("UPDATE ArtifactProperty SET int_value = ?", {value}).ok());
    EXPECT_THAT(Values(), Each(value));
  }
}

TEST_F(CachedStore, OutlivesAMigrationThereAndBack) {
  List();
  Ok(MigrateMetadataStore(SqliteFile(path_), {.to_version = 9}));
  Ok(MigrateMetadataStore(SqliteFile(path_), {.to_version = 10}));
  Ok(Ok(OpenMetadataStore(SqliteFile(path_)))->PutArtifacts(All(3)));
  EXPECT_THAT(Values(), Each(3));
}

// Each put gives all artifacts one value, in one transaction: whoever lists them sees one value, and never one older
// than a put that had returned before. Writers are threads of the store, another store, and another process.
TEST_F(CachedStore, HoldsAgainstWritersOfAllKindsAtOnce) {
  store_ = nullptr;  // a child must not inherit an open database
  int go_on[2];
  ASSERT_EQ(pipe(go_on), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(go_on[1]);
    char byte;
    if (read(go_on[0], &byte, 1) != 1) _exit(3);
    auto theirs = OpenMetadataStore(SqliteFile(path_));
    if (!theirs.ok()) _exit(1);
    // One put of a value for each byte.
    while (read(go_on[0], &byte, 1) == 1) {
      if (!(*theirs)->PutArtifacts(All(-1 - byte)).ok()) _exit(2);
    }
    _exit(0);
  }
  close(go_on[0]);

  store_ = Ok(OpenMetadataStore(SqliteFile(path_)));
  auto other = Ok(OpenMetadataStore(SqliteFile(path_)));
  std::atomic<int64_t> last_returned = 0;
  std::atomic<bool> done = false;
  std::mutex puts;  // so that values rise in the order of commits
  int64_t next = 1;
  const auto write = [&](MetadataStore& store) {
    for (int i = 0; i < 40; ++i) {
      std::lock_guard<std::mutex> lock(puts);
      Ok(store.PutArtifacts(All(next)));
      last_returned = next++;
    }
  };
  const auto touch_nothing = [&] {
    for (int i = 0; i < 40; ++i) {
      Artifact bad = WithValue(1'000'000, ids_[0]);
      Artifact unknown = WithValue(1, 1'000'000);
      EXPECT_FALSE(store_->PutArtifacts({bad, unknown}).ok());
      Ok(store_->PutArtifacts({WithValue(5)}));  // a new one, in no context
    }
  };
  const auto read = [&] {
    while (!done) {
      const int64_t least = last_returned;
      const NodeList<Artifact> now = List();
      ASSERT_THAT(now, SizeIs(5));
      const int64_t value = now[0].properties().at("n").int_value();
      for (const Artifact& artifact : now) ASSERT_EQ(artifact.properties().at("n").int_value(), value);
      if (value >= 0) {
        ASSERT_GE(value, least);
      }
    }
  };
  std::vector<std::thread> readers, writers;
  for (int i = 0; i < 3; ++i) readers.emplace_back(read);
  writers.emplace_back([&] { write(*store_); });
  writers.emplace_back([&] { write(*other); });
  writers.emplace_back(touch_nothing);
  for (char i = 0; i < 30; ++i) EXPECT_EQ(::write(go_on[1], &i, 1), 1);
  for (std::thread& writer : writers) writer.join();
  close(go_on[1]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  done = true;
  for (std::thread& reader : readers) reader.join();
  // The first reads after others' commits may keep nothing.
  for (int i = 0; i < 3; ++i) List();
  EXPECT_EQ(List().shared(), List().shared());

  const std::vector<int64_t> at_last = Values();
  store_ = Ok(OpenMetadataStore(SqliteFile(path_), {.node_cache_bytes = 0}));
  EXPECT_EQ(at_last, Values());
}

}  // namespace
}  // namespace mlmd
