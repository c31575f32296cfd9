#include "tfx/tensorflow/runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <vector>

#include "tfx/tensorflow/graph.h"
#include "tfx/tensorflow/saved_model.h"
#include "tfx/tensorflow/tensor.h"
#include "tfx/testing/test_folder.h"

namespace tfx::tf {
namespace {

using ::testing::StartsWith;

// Each of these runs in a process of its own, since the library once opened stays open.
class RuntimeDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

[[noreturn]] void Report(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  std::exit(0);
}

TEST(Runtime, IsTheVersionThatTheBuildPins) {
  const absl::StatusOr<std::string> version = RuntimeVersion();

  ASSERT_TRUE(version.ok()) << version.status();
  EXPECT_THAT(*version, StartsWith("2."));
  EXPECT_TRUE(RuntimeIsLoaded());
}

TEST_F(RuntimeDeathTest, AMissingFolderIsNamedWithTheWayToMendIt) {
  EXPECT_EXIT(
      {
        setenv("TFX_TENSORFLOW_DIR", "/nowhere/tensorflow", 1);
        const absl::Status status = LoadRuntime();
        Report(absl::IsNotFound(status) && !RuntimeIsLoaded() ? std::string(status.message()) : "wrong status");
      },
      ::testing::ExitedWithCode(0), "/nowhere/tensorflow/libtensorflow_cc.so.2.*TFX_TENSORFLOW_DIR.*./dev deps");
}

TEST_F(RuntimeDeathTest, AFileThatIsNoLibraryIsRefused) {
  EXPECT_EXIT(
      {
        const std::string directory = ::tfx::testing::TestFolder();
        std::ofstream(directory + "/libtensorflow_cc.so.2") << "not a library";
        setenv("TFX_TENSORFLOW_DIR", directory.c_str(), 1);
        const absl::Status status = LoadRuntime();
        std::remove((directory + "/libtensorflow_cc.so.2").c_str());
        Report(absl::IsFailedPrecondition(status) ? std::string(status.message()) : "wrong status");
      },
      ::testing::ExitedWithCode(0), "cannot open TensorFlow");
}

TEST_F(RuntimeDeathTest, WithoutItGraphsReportInsteadOfCrashing) {
  EXPECT_EXIT(
      {
        setenv("TFX_TENSORFLOW_DIR", "/nowhere", 1);
        Graph graph;
        const Output x = graph.Placeholder(::tensorflow::DT_FLOAT, {-1}, "x");
        const Output y = graph.Op("AddV2").Input(x).Input(graph.Scalar<float>(1)).Output();
        const bool quiet = !y.valid() && !Session::Create(graph).ok() && !Tensor::String("a").valid();
        Report(quiet ? std::string(graph.status().message()) : "not refused");
      },
      ::testing::ExitedWithCode(0), "TensorFlow is not installed");
}

TEST_F(RuntimeDeathTest, ReadingAMetaGraphDoesNotLoadIt) {
  EXPECT_EXIT(
      {
        const bool failed = !ReadMetaGraph("/nowhere").ok() && !SavedModel::Load("/nowhere").ok();
        Report(failed && !RuntimeIsLoaded() ? "still closed" : "opened");
      },
      ::testing::ExitedWithCode(0), "still closed");
}

TEST_F(RuntimeDeathTest, OpensOnceWhenSeveralThreadsAskAtOnce) {
  EXPECT_EXIT(
      {
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
          threads.emplace_back([] {
            if (!LoadRuntime().ok()) std::abort();
          });
        for (std::thread& thread : threads) thread.join();
        Report(RuntimeIsLoaded() ? "loaded" : "not loaded");
      },
      ::testing::ExitedWithCode(0), "loaded");
}

}  // namespace
}  // namespace tfx::tf
