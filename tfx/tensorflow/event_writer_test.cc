#include "tfx/tensorflow/event_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tensorflow/core/framework/graph.pb.h"
#include "tensorflow/core/util/event.pb.h"
#include "tfx/io/file_system.h"
#include "tfx/io/tfrecord.h"
#include "tfx/testing/test_folder.h"

namespace tfx::tf {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class EventWriterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = io::JoinPath(::tfx::testing::TestFolder(), "tfx_event_writer_test");
    ASSERT_TRUE(io::RemoveRecursively(directory_).ok());
  }
  void TearDown() override { io::RemoveRecursively(directory_).IgnoreError(); }

  static std::vector<::tensorflow::Event> Read(const std::string& path) {
    std::vector<::tensorflow::Event> events;
    const auto reader = io::TFRecordReader::Open(path);
    EXPECT_TRUE(reader.ok()) << reader.status();
    std::string_view record;
    while (reader.ok()) {
      const absl::StatusOr<bool> more = (*reader)->Read(&record);
      EXPECT_TRUE(more.ok()) << more.status();
      if (!more.ok() || !*more) break;
      EXPECT_TRUE(events.emplace_back().ParseFromString(std::string(record)));
    }
    return events;
  }
  std::string directory_;
};

TEST_F(EventWriterTest, WritesWhatTensorFlowsSummaryWriterWrites) {
  double time = 1700000000;
  const auto writer = EventWriter::Open(directory_, {.now = [&] { return time; }});
  ASSERT_TRUE(writer.ok()) << writer.status();
  ::tensorflow::GraphDef graph;
  graph.add_node()->set_name("x");

  time += 0.5;
  ASSERT_TRUE((*writer)->AddGraph(graph).ok());
  ASSERT_TRUE((*writer)->AddScalar("epoch_loss", 0.25f, 7).ok());
  ASSERT_TRUE((*writer)->AddScalar("epoch_loss", NAN, 8).ok());
  ASSERT_TRUE((*writer)->Close().ok());

  EXPECT_THAT(io::Basename((*writer)->path()),
              MatchesRegex("events\\.out\\.tfevents\\.1700000000\\..+\\.[0-9]+\\.[0-9]+\\.v2"));
  const auto events = Read((*writer)->path());
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].file_version(), "brain.Event:2");
  EXPECT_EQ(events[0].wall_time(), 1700000000);
  ::tensorflow::GraphDef read;
  ASSERT_TRUE(read.ParseFromString(events[1].graph_def()));
  EXPECT_EQ(read.node(0).name(), "x");
  const auto& value = events[2].summary().value(0);
  EXPECT_EQ(events[2].step(), 7);
  EXPECT_EQ(events[2].wall_time(), 1700000000.5);
  EXPECT_EQ(value.tag(), "epoch_loss");
  EXPECT_EQ(value.metadata().plugin_data().plugin_name(), "scalars");
  EXPECT_EQ(value.tensor().dtype(), ::tensorflow::DT_FLOAT);
  EXPECT_TRUE(value.tensor().has_tensor_shape());
  EXPECT_EQ(value.tensor().float_val(0), 0.25f);
  EXPECT_TRUE(std::isnan(events[3].summary().value(0).tensor().float_val(0)));
}

TEST_F(EventWriterTest, CanBeReadWhileItIsBeingWritten) {
  const auto writer = EventWriter::Open(directory_);
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE((*writer)->AddScalar("a", 1, 1).ok());
  ASSERT_TRUE((*writer)->Flush().ok());
  EXPECT_EQ(Read((*writer)->path()).size(), 2u);

  ASSERT_TRUE((*writer)->AddScalar("a", 2, 2).ok());
  ASSERT_TRUE((*writer)->Close().ok());

  EXPECT_EQ(Read((*writer)->path()).size(), 3u);
  EXPECT_TRUE(absl::IsFailedPrecondition((*writer)->AddScalar("a", 3, 3)));
  EXPECT_TRUE((*writer)->Close().ok());
}

TEST_F(EventWriterTest, ManyEventsOutgrowTheBuffer) {
  const auto writer = EventWriter::Open(directory_);
  ASSERT_TRUE(writer.ok()) << writer.status();
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE((*writer)->AddScalar("a", static_cast<float>(i), i).ok());
  ASSERT_TRUE((*writer)->Close().ok());

  const auto events = Read((*writer)->path());

  ASSERT_EQ(events.size(), 5001u);
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(events[i + 1].step(), i);
}

TEST_F(EventWriterTest, TwoWritersInOneDirectoryDoNotMeet) {
  const auto first = EventWriter::Open(directory_), second = EventWriter::Open(directory_);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE((*first)->path(), (*second)->path());
}

TEST_F(EventWriterTest, ABadDirectoryIsReported) {
  ASSERT_TRUE(io::CreateDirectories(directory_).ok());
  ASSERT_TRUE(io::WriteFile(io::JoinPath(directory_, "file"), "x").ok());

  const auto writer = EventWriter::Open(io::JoinPath(directory_, "file/below"));

  EXPECT_FALSE(writer.ok());
  EXPECT_THAT(std::string(writer.status().message()), HasSubstr("file"));
}

}  // namespace
}  // namespace tfx::tf
