#include "tfx/components/pusher.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/io/file_system.h"
#include "tfx/proto/pusher.pb.h"
#include "tfx/testing/test_folder.h"

namespace tfx {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PusherTest : public ::testing::Test {
 protected:
  PusherTest() : root_(io::JoinPath(::tfx::testing::TestFolder(), "pusher")) {
    model_.uri = io::JoinPath(root_, "model");
    const std::string serving = io::JoinPath(model_.uri, "Format-Serving");
    EXPECT_TRUE(io::WriteFile(io::JoinPath(serving, "saved_model.pb"), "graph").ok());
    EXPECT_TRUE(io::WriteFile(io::JoinPath(serving, "variables/variables.index"), "index").ok());
  }
  ~PusherTest() override { EXPECT_TRUE(io::RemoveRecursively(root_).ok()); }

  absl::Status Push(int blessed) {
    Artifact blessing;
    blessing.custom_properties["blessed"] = int64_t{blessed};
    ExecutorInputs inputs({{"model", {model_}}, {"model_blessing", {blessing}}});
    OutputArtifact pushed;
    pushed.path = io::JoinPath(root_, "pushed");
    EXPECT_TRUE(io::CreateDirectories(pushed.path).ok());
    outputs_ = ExecutorOutputs({{"pushed_model", {pushed}}});
    components::pusher::PushDestination destination;
    destination.mutable_filesystem()->set_base_directory(Served());
    ExecutionProperties properties;
    properties.Set("push_destination", std::get<std::string>(ProtoParameter(destination).value));
    ExecutorContext context;
    context.pipeline_name = "p";
    context.node_id = "Pusher";
    return Pusher::Describe().MakeNode(Pusher{}, "Pusher").make_executor()->Do(inputs, outputs_, properties, context);
  }
  std::string Served() const { return io::JoinPath(root_, "served"); }

  const std::string root_;
  Artifact model_;
  ExecutorOutputs outputs_;
};

TEST_F(PusherTest, CopiesABlessedModelToAVersionDirectory) {
  ASSERT_TRUE(Push(1).ok());

  const auto versions = io::ListDirectory(Served());
  ASSERT_TRUE(versions.ok());
  ASSERT_EQ(versions->size(), 1u) << "a staging directory is left";
  const std::string version = io::JoinPath(Served(), versions->front());
  EXPECT_EQ(*io::ReadFile(io::JoinPath(version, "saved_model.pb")), "graph");
  EXPECT_EQ(*io::ReadFile(io::JoinPath(version, "variables/variables.index")), "index");
  const OutputArtifact& pushed = outputs_["pushed_model"];
  EXPECT_EQ(pushed.IntProperty("pushed"), 1);
  EXPECT_EQ(pushed.StringProperty("pushed_destination"), version);
  EXPECT_EQ(pushed.StringProperty("pushed_version"), versions->front());
  EXPECT_EQ(*io::ReadFile(io::JoinPath(pushed.path, "saved_model.pb")), "graph");
}

TEST_F(PusherTest, DoesNotPushWhatIsNotBlessedAndDoesNotFail) {
  ASSERT_TRUE(Push(0).ok());

  EXPECT_FALSE(io::Exists(Served()));
  EXPECT_EQ(outputs_["pushed_model"].IntProperty("pushed", -1), 0);
}

TEST_F(PusherTest, PublishesNothingOfABrokenModel) {
  ASSERT_TRUE(io::RemoveRecursively(io::JoinPath(model_.uri, "Format-Serving/saved_model.pb")).ok());

  EXPECT_EQ(Push(1).code(), absl::StatusCode::kNotFound);

  const auto versions = io::ListDirectory(Served());
  if (versions.ok()) {
    for (const std::string& name : *versions) EXPECT_TRUE(name.starts_with(".")) << name;
  }
}

TEST_F(PusherTest, ClearsAwayWhatAKilledPushLeft) {
  ASSERT_TRUE(io::WriteFile(io::JoinPath(Served(), ".pushing-p-Pusher/stale"), "x").ok());

  ASSERT_TRUE(Push(1).ok());

  const auto names = io::ListDirectory(Served());
  ASSERT_EQ(names->size(), 1u);
  EXPECT_FALSE(io::Exists(io::JoinPath(io::JoinPath(Served(), names->front()), "stale")));
}

}  // namespace
}  // namespace tfx
