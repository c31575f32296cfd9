#include "tfx/orchestration/execution_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tfx {
namespace {

using ml_metadata::Artifact;
using ml_metadata::Execution;
using ::testing::HasSubstr;

class ExecutionRecordsTest : public ::testing::Test {
 protected:
  ExecutionRecordsTest() {
    ml_metadata::ArtifactType type;
    type.set_name("Model");
    type_ = *store_->PutArtifactType(type);
    node_.mutable_node_info()->mutable_type()->set_name("Trainer");
    for (const char* uri : {"a", "b"}) {
      Artifact artifact;
      artifact.set_type_id(type_);
      artifact.set_uri(uri);
      artifact.set_state(Artifact::LIVE);
      EXPECT_TRUE(store_->PutArtifacts({artifact}).ok());
    }
  }

  ResolvedInputs Taken() { return {{"model", *store_->GetArtifactsByID({1, 2})}}; }
  void Set(int64_t id, Artifact::State state) {
    Artifact artifact;
    artifact.set_id(id);
    artifact.set_type_id(type_);
    artifact.set_state(state);
    EXPECT_TRUE(store_->PutArtifacts({artifact}, {.update_mask = {"state"}}).ok());
  }
  Artifact::State StateOf(int64_t id) { return store_->GetArtifactsByID({id})->at(0).state(); }

  static std::unique_ptr<mlmd::MetadataStore> MemoryStore() {
    ml_metadata::ConnectionConfig config;
    config.mutable_fake_database();
    return *mlmd::OpenMetadataStore(config);
  }

  const std::unique_ptr<mlmd::MetadataStore> store_ = MemoryStore();
  ExecutionRecords records_{*store_};
  ir::PipelineNode node_;
  int64_t type_ = 0;
};

TEST_F(ExecutionRecordsTest, RefusesInputsThatWereMarkedBeforeTheirUseWasRecorded) {
  const ResolvedInputs inputs = Taken();
  for (const Artifact::State state : {Artifact::MARKED_FOR_DELETION, Artifact::DELETED}) {
    Set(2, state);
    ASSERT_TRUE(records_.RegisterExecution(node_, inputs, {}, {}).ok());
    const absl::Status status = records_.CheckNotMarked(inputs);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr("artifact 2 (b)"));
    // Chosen though they were marked.
    EXPECT_TRUE(records_.CheckNotMarked(Taken()).ok());
  }
  Set(2, Artifact::LIVE);
  EXPECT_TRUE(records_.CheckNotMarked(inputs).ok());
  EXPECT_TRUE(records_.CheckNotMarked({}).ok());
}

TEST_F(ExecutionRecordsTest, PublishesNoArtifactThatWasMarkedAndLeavesItsMark) {
  const auto execution = records_.RegisterExecution(node_, {}, {}, {});
  ASSERT_TRUE(execution.ok());
  const ResolvedInputs outputs = Taken();
  Set(1, Artifact::MARKED_FOR_DELETION);

  const absl::Status status =
      records_.PublishExisting(*execution, Execution::CACHED, ml_metadata::Event::OUTPUT, outputs, {});

  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(StateOf(1), Artifact::MARKED_FOR_DELETION);
  // The use is on record, so that whoever marks later sees it.
  EXPECT_EQ(store_->GetEventsByExecutionIDs({execution->id()})->size(), 2u);
}

}  // namespace
}  // namespace tfx
