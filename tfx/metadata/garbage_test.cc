#include "tfx/metadata/garbage.h"

#include "tfx/metadata/testing_store.h"

namespace mlmd {
namespace {

using ::testing::ElementsAre;

// Two runs without a pipeline; the older made artifacts 1 to 3, the newer 4.
class GarbageTest : public ::testing::Test {
 protected:
  GarbageTest() {
    ml_metadata::ConnectionConfig config;
    config.mutable_fake_database();
    store_ = Ok(OpenMetadataStore(config));
    const int64_t type = Ok(store_->PutArtifactType(NamedType<ArtifactType>("Model")));
    const int64_t run = Ok(store_->PutContextType(NamedType<ContextType>("pipeline_run")));
    Execution execution = NodeOf<Execution>(Ok(store_->PutExecutionType(NamedType<ExecutionType>("Train"))));
    execution.set_last_known_state(Execution::COMPLETE);
    const auto made = [&](const std::string& uri) {
      Artifact artifact = NodeOf<Artifact>(type);
      artifact.set_uri(uri);
      artifact.set_state(Artifact::LIVE);
      return ArtifactAndEvent{artifact, EventOf(Event::OUTPUT, uri, 0)};
    };
    Ok(store_->PutExecution(execution, {made("old/1"), made("old/2"), made("kept/part")},
                            {NodeOf<Context>(run, "old")}));
    Ok(store_->PutExecution(execution, {made("kept")}, {NodeOf<Context>(run, "new")}));
  }

  std::vector<Artifact::State> States() {
    std::vector<Artifact::State> states;
    for (const Artifact& artifact : Ok(store_->GetArtifacts()).items) states.push_back(artifact.state());
    return states;
  }

  std::unique_ptr<MetadataStore> store_;
};

TEST_F(GarbageTest, MarksBeforeItRemovesAndFinishesWhatWasInterrupted) {
  std::vector<std::string> removed;
  const RemoveFiles interrupted = [&](const Artifact& artifact) -> absl::StatusOr<bool> {
    EXPECT_EQ(Ok(store_->GetArtifactsByID({artifact.id()}))[0].state(), Artifact::MARKED_FOR_DELETION);
    if (artifact.uri() == "old/2" && removed.size() == 1) {
      removed.push_back("interrupted");
      return absl::UnavailableError("disk");
    }
    removed.push_back(artifact.uri());
    return true;
  };
  EXPECT_FALSE(CollectGarbage(*store_, Ok(PlanGarbage(*store_)), interrupted).ok());
  EXPECT_THAT(States(), ElementsAre(Artifact::DELETED, Artifact::MARKED_FOR_DELETION, Artifact::MARKED_FOR_DELETION,
                                    Artifact::LIVE));

  const GarbageOutcome outcome = Ok(CollectGarbage(*store_, Ok(PlanGarbage(*store_)), interrupted));

  EXPECT_EQ(outcome.marked, 0);
  EXPECT_EQ(outcome.deleted, 2);
  EXPECT_THAT(States(), ElementsAre(Artifact::DELETED, Artifact::DELETED, Artifact::DELETED, Artifact::LIVE));
  // The files of "kept/part" lie in those of an artifact that is needed.
  EXPECT_THAT(removed, ElementsAre("old/1", "interrupted", "old/2"));
}

TEST_F(GarbageTest, SparesWhatBecameNeededAfterThePlan) {
  const GarbagePlan plan = Ok(PlanGarbage(*store_));
  ASSERT_EQ(plan.garbage.size(), 3u);
  EXPECT_TRUE(plan.garbage[2].files_are_shared);
  Event used = EventOf(Event::INPUT, "model", 0);
  used.set_artifact_id(1);
  used.set_execution_id(2);
  ASSERT_TRUE(store_->PutEvents({used}).ok());

  const GarbageOutcome outcome = Ok(CollectGarbage(*store_, plan, nullptr));

  EXPECT_EQ(outcome.marked, 3);
  EXPECT_EQ(outcome.spared, 1);
  EXPECT_THAT(States(), ElementsAre(Artifact::LIVE, Artifact::MARKED_FOR_DELETION, Artifact::MARKED_FOR_DELETION,
                                    Artifact::LIVE));
}

}  // namespace
}  // namespace mlmd
