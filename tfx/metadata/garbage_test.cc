#include "tfx/metadata/garbage.h"

#include <filesystem>
#include <functional>

#include "tfx/metadata/testing_store.h"

namespace mlmd {
namespace {

using ::testing::ElementsAre;

// Three runs without a pipeline: the oldest made artifacts 1 to 3, the others 4 and 5.
class GarbageTest : public ::testing::Test {
 protected:
  GarbageTest() {
    ml_metadata::ConnectionConfig config;
    config.mutable_fake_database();
    store_ = Ok(OpenMetadataStore(config));
    type_ = Ok(store_->PutArtifactType(NamedType<ArtifactType>("Model")));
    run_type_ = Ok(store_->PutContextType(NamedType<ContextType>("pipeline_run")));
    train_ = Ok(store_->PutExecutionType(NamedType<ExecutionType>("Train")));
    AddRun("old", Execution::COMPLETE, {"old/1", "old/2", "kept/part"});
    AddRun("good", Execution::CACHED, {"kept"});
    AddRun("new", Execution::COMPLETE, {"new"});
  }

  // A run of one execution, which makes artifacts with these uris.
  void AddRun(const std::string& name, Execution::State state, const std::vector<std::string>& uris) {
    Execution execution = NodeOf<Execution>(train_);
    execution.set_last_known_state(state);
    std::vector<ArtifactAndEvent> made;
    for (const std::string& uri : uris) {
      Artifact artifact = NodeOf<Artifact>(type_);
      artifact.set_uri(uri);
      artifact.set_state(Artifact::LIVE);
      made.push_back({artifact, EventOf(Event::OUTPUT, uri, 0)});
    }
    Ok(store_->PutExecution(execution, made, {NodeOf<Context>(run_type_, name)}));
  }

  // The newest run's execution takes the artifact.
  void Use(int64_t artifact) {
    Event used = EventOf(Event::INPUT, "model", 0);
    used.set_artifact_id(artifact);
    used.set_execution_id(Ok(store_->GetExecutions()).items.back().id());
    ASSERT_TRUE(store_->PutEvents({used}).ok());
  }

  void Set(int64_t id, const std::string& field, std::function<void(Artifact&)> change) {
    Artifact artifact;
    artifact.set_id(id);
    artifact.set_type_id(type_);
    change(artifact);
    Ok(store_->PutArtifacts({artifact}, {.update_mask = {field}}));
  }
  void SetState(int64_t id, Artifact::State state) {
    Set(id, "state", [&](Artifact& artifact) { artifact.set_state(state); });
  }
  void SetUri(int64_t id, const std::string& uri) {
    Set(id, "uri", [&](Artifact& artifact) { artifact.set_uri(uri); });
  }

  std::vector<int64_t> Garbage() {
    std::vector<int64_t> ids;
    for (const GarbageItem& item : Ok(PlanGarbage(*store_)).garbage) ids.push_back(item.artifact.id());
    return ids;
  }

  std::vector<Artifact::State> States() {
    std::vector<Artifact::State> states;
    for (const Artifact& artifact : Ok(store_->GetArtifacts()).items) states.push_back(artifact.state());
    return states;
  }

  std::unique_ptr<MetadataStore> store_;
  int64_t type_ = 0, run_type_ = 0, train_ = 0;
};

TEST_F(GarbageTest, KeepsTheLastRunThatEndedWellBesideTheNewest) {
  EXPECT_THAT(Garbage(), ElementsAre(1, 2, 3));
  AddRun("bad", Execution::FAILED, {"bad"});  // artifact 6
  EXPECT_THAT(Garbage(), ElementsAre(1, 2, 3, 4));
  AddRun("next", Execution::COMPLETE, {"next"});  // it may be between two of its nodes
  EXPECT_THAT(Garbage(), ElementsAre(1, 2, 3, 4, 6));
}

TEST_F(GarbageTest, ARunWithoutExecutionsHasNotEndedWell) {
  Ok(store_->PutContexts({NodeOf<Context>(run_type_, "begun")}));
  EXPECT_THAT(Garbage(), ElementsAre(1, 2, 3, 4));
  Ok(store_->PutContexts({NodeOf<Context>(run_type_, "begun again")}));
  EXPECT_THAT(Garbage(), ElementsAre(1, 2, 3, 4));
}

TEST_F(GarbageTest, GivesBackTheStateBeforeTheMark) {
  SetState(1, Artifact::ABANDONED);
  SetState(2, Artifact::UNKNOWN);
  EXPECT_EQ(Ok(CollectGarbage(*store_, Ok(PlanGarbage(*store_)), nullptr)).marked, 3);
  SetState(4, Artifact::MARKED_FOR_DELETION);  // by somebody else
  const GarbagePlan plan = Ok(PlanGarbage(*store_));
  EXPECT_EQ(Ok(CollectGarbage(*store_, plan, nullptr)).spared, 0);
  for (const int64_t id : {1, 2, 3}) Use(id);

  EXPECT_EQ(Ok(CollectGarbage(*store_, plan, nullptr)).spared, 3);

  EXPECT_THAT(States(), ElementsAre(Artifact::ABANDONED, Artifact::UNKNOWN, Artifact::LIVE,
                                    Artifact::MARKED_FOR_DELETION, Artifact::LIVE));
  for (const Artifact& artifact : Ok(store_->GetArtifacts()).items) EXPECT_TRUE(artifact.custom_properties().empty());
}

TEST_F(GarbageTest, DoesNotGiveBackWhatIsHalfRemoved) {
  const RemoveFiles fails = [](const Artifact&) { return absl::UnavailableError("disk"); };
  EXPECT_FALSE(CollectGarbage(*store_, Ok(PlanGarbage(*store_)), fails).ok());
  for (const int64_t id : {1, 2}) Use(id);

  EXPECT_EQ(Ok(CollectGarbage(*store_, Ok(PlanGarbage(*store_)), nullptr)).spared, 1);

  EXPECT_THAT(States(), ElementsAre(Artifact::MARKED_FOR_DELETION, Artifact::LIVE, Artifact::MARKED_FOR_DELETION,
                                    Artifact::LIVE, Artifact::LIVE));
}

TEST_F(GarbageTest, GivesBackWhatItCouldNotRemove) {
  const RemoveFiles stays = [](const Artifact&) { return false; };
  EXPECT_EQ(Ok(CollectGarbage(*store_, Ok(PlanGarbage(*store_)), stays)).kept, 2);
  Use(1);

  EXPECT_EQ(Ok(CollectGarbage(*store_, Ok(PlanGarbage(*store_)), stays)).spared, 1);

  EXPECT_THAT(States(), ElementsAre(Artifact::LIVE, Artifact::MARKED_FOR_DELETION, Artifact::DELETED, Artifact::LIVE,
                                    Artifact::LIVE));
}

TEST_F(GarbageTest, LeavesFilesOfWhatBecameGarbageAfterThePlan) {
  for (const auto& [id, uri] : {std::pair(1, "shared/1"), std::pair(2, "elsewhere"), std::pair(4, "shared")}) {
    SetUri(id, uri);
  }
  const GarbagePlan plan = Ok(PlanGarbage(*store_));
  AddRun("newest", Execution::COMPLETE, {});  // 4 is garbage now, and LIVE: a resolver could still take it
  std::vector<std::string> removed;
  const RemoveFiles remove = [&](const Artifact& artifact) {
    removed.push_back(artifact.uri());
    return true;
  };

  const GarbageOutcome outcome = Ok(CollectGarbage(*store_, plan, remove));

  EXPECT_EQ(outcome.kept, 1);
  EXPECT_THAT(removed, ElementsAre("elsewhere", "kept/part"));
  EXPECT_THAT(States(), ElementsAre(Artifact::MARKED_FOR_DELETION, Artifact::DELETED, Artifact::DELETED, Artifact::LIVE,
                                    Artifact::LIVE));
}

TEST_F(GarbageTest, ComparesPlacesNotTexts) {
  const TestDirectory directory;
  std::filesystem::create_directories(directory / "real/4");
  std::filesystem::create_directory_symlink(directory / "real", directory / "link");
  std::filesystem::create_directory_symlink(directory / "real/4", directory / "four");
  const auto shared = [&](const std::string& garbage, const std::string& needed) {
    SetUri(1, garbage);
    SetUri(4, needed);
    return Ok(PlanGarbage(*store_)).garbage[0].files_are_shared;
  };
  const std::string four = directory / "real/4";
  for (const std::string& same :
       {four, "file://" + four, four + "/", directory / "real/./x/../4", directory / "link/4", directory / "link/4/",
        directory / "four", directory / "real", directory / "four/in", "file://" + (directory / "link/4/in/side")}) {
    EXPECT_TRUE(shared(same, four)) << same;
    EXPECT_TRUE(shared(four, same)) << same;
  }
  for (const std::string& other :
       {four + "2", directory / "link/5", directory / "five", std::string("gs://b/real/4"), std::string("4")}) {
    EXPECT_FALSE(shared(other, four)) << other;
    EXPECT_FALSE(shared(four, other)) << other;
  }
  EXPECT_TRUE(shared(std::filesystem::current_path() / "a/b", "a"));
  EXPECT_TRUE(shared("gs://b/x/", "gs://b/x"));
  EXPECT_FALSE(shared("gs://b/x", "s3://b/x"));
  EXPECT_FALSE(shared("", "/"));
}

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
                                    Artifact::LIVE, Artifact::LIVE));

  const GarbageOutcome outcome = Ok(CollectGarbage(*store_, Ok(PlanGarbage(*store_)), interrupted));

  EXPECT_EQ(outcome.marked, 0);
  EXPECT_EQ(outcome.deleted, 2);
  EXPECT_THAT(States(),
              ElementsAre(Artifact::DELETED, Artifact::DELETED, Artifact::DELETED, Artifact::LIVE, Artifact::LIVE));
  // The files of "kept/part" lie in those of an artifact that is needed.
  EXPECT_THAT(removed, ElementsAre("old/1", "interrupted", "old/2"));
}

TEST_F(GarbageTest, SparesWhatBecameNeededAfterThePlan) {
  const GarbagePlan plan = Ok(PlanGarbage(*store_));
  ASSERT_EQ(plan.garbage.size(), 3u);
  EXPECT_TRUE(plan.garbage[2].files_are_shared);
  Use(1);

  const GarbageOutcome outcome = Ok(CollectGarbage(*store_, plan, nullptr));

  EXPECT_EQ(outcome.marked, 3);
  EXPECT_EQ(outcome.spared, 1);
  EXPECT_THAT(States(), ElementsAre(Artifact::LIVE, Artifact::MARKED_FOR_DELETION, Artifact::MARKED_FOR_DELETION,
                                    Artifact::LIVE, Artifact::LIVE));
}

}  // namespace
}  // namespace mlmd
