// The conformance suite's cases of many writers at once.
#include <atomic>
#include <thread>

#include "tfx/metadata/metadata_store_suite.h"

namespace mlmd {
namespace {

using ::testing::SizeIs;

// Each thread puts the same types, one context that all share, and executions of its own.
TEST_P(MetadataStoreTest, FiftyWritersAtOnceAllSucceed) {
  constexpr int kWriters = 50, kCalls = 4;
  std::vector<std::thread> threads;
  for (int t = 0; t < kWriters; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kCalls; ++i) {
        const int64_t type = Ok(store_->PutArtifactType(NamedType<ArtifactType>("Shared", {{"p", ml_metadata::INT}})));
        const std::string name = std::to_string(t) + "." + std::to_string(i);
        Artifact artifact = NodeOf<Artifact>(type, name);
        (*artifact.mutable_properties())["p"].set_int_value(t);
        Ok(store_->PutExecution(NodeOf<Execution>(execution_type_, name),
                                {{artifact, EventOf(Event::OUTPUT, "o", 0)}, {}},
                                {NodeOf<Context>(context_type_, "shared")}, {.reuse_context_if_already_exist = true}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_THAT(Ok(store_->GetArtifactTypes()), SizeIs(2));
  const NodeList<Context> contexts = Ok(store_->GetContexts()).items;
  ASSERT_THAT(contexts, SizeIs(1));
  EXPECT_THAT(Ok(store_->GetExecutionsByContext(contexts[0].id())).items, SizeIs(kWriters * kCalls));
  EXPECT_THAT(Ok(store_->GetArtifactsByContext(contexts[0].id())).items, SizeIs(kWriters * kCalls));
  EXPECT_THAT(Ok(store_->GetArtifactsByType("Shared")).items, SizeIs(kWriters * kCalls));
}

// Good and bad writers meet in one commit; the bad ones fail alone.
TEST_P(MetadataStoreTest, AFailingWriterDoesNotTouchItsNeighbours) {
  PutContext("taken");
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) {
        const std::string name = std::to_string(t) + "." + std::to_string(i);
        if (t % 2 == 0) {
          Ok(store_->PutContexts({NodeOf<Context>(context_type_, name)}));
        } else {
          refused += absl::IsAlreadyExists(
              store_->PutContexts({NodeOf<Context>(context_type_, name), NodeOf<Context>(context_type_, "taken")})
                  .status());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(refused, 8 * 5);
  EXPECT_THAT(Ok(store_->GetContexts()).items, SizeIs(1 + 8 * 5));
}

TEST_P(MetadataStoreTest, OptimisticCheckHoldsAmongThreads) {
  const int64_t id = PutArtifact(NodeOf<Artifact>(artifact_type_));
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        Artifact artifact = GetArtifact(id);
        (*artifact.mutable_properties())["span"].set_int_value(
            artifact.properties().count("span") > 0 ? artifact.properties().at("span").int_value() + 1 : 1);
        const absl::Status put =
            store_->PutArtifacts({artifact}, {.abort_if_latest_updated_time_changed = true}).status();
        EXPECT_TRUE(put.ok() || absl::IsFailedPrecondition(put)) << put;
        won += put.ok();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_GE(won, 1);
  EXPECT_EQ(GetArtifact(id).properties().at("span").int_value(), won);
}

}  // namespace
}  // namespace mlmd
