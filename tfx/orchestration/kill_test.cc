// A run that is killed at any moment leaves no half artifact, and the next run goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <set>

#include "tfx/orchestration/local_dag_runner.h"
#include "tfx/orchestration/run_lock.h"
#include "tfx/orchestration/testing/fake_taxi.h"

namespace tfx {
namespace {

using testing::TaxiPipeline;
using testing::Workspace;

int RunHere(const Workspace& workspace) {
  const Pipeline pipeline = TaxiPipeline(workspace.settings());
  const auto store = workspace.OpenStore();
  const auto compiled = CompileToIr(pipeline);
  if (store == nullptr || !compiled.ok()) return -1;
  Reporter silent;
  const auto outcome =
      LocalDagRunner(*compiled, pipeline.graph, *store).Run({.root = pipeline.root, .num_threads = 2}, silent);
  return outcome.ok() ? outcome->exit_code : -1;
}

// Runs in a child that the kernel ends after so many microseconds. True when it was killed in mid-run.
bool RunAndBeKilled(const Workspace& workspace, int64_t microseconds) {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGALRM, SIG_DFL);  // its default action ends the process as abruptly as SIGKILL
    itimerval timer{};
    timer.it_value.tv_sec = microseconds / 1'000'000;
    timer.it_value.tv_usec = microseconds % 1'000'000;
    setitimer(ITIMER_REAL, &timer, nullptr);
    _exit(RunHere(workspace) == 0 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status);
}

// Output directories on the disk: <root>/<node>/<key>/<id>.
std::set<std::string> OutputDirectories(const Workspace& workspace) {
  std::set<std::string> found;
  if (!io::IsDirectory(workspace.root())) return found;
  for (const auto& node : std::filesystem::directory_iterator(workspace.root())) {
    if (!node.is_directory() || node.path().filename().string().starts_with(".")) continue;
    for (const auto& key : std::filesystem::directory_iterator(node.path())) {
      if (key.path().filename().string().starts_with(".")) continue;
      for (const auto& id : std::filesystem::directory_iterator(key.path())) found.insert(id.path().string());
    }
  }
  return found;
}

TEST(KillTest, AtAnyMomentLeavesNoHalfArtifactAndTheNextRunGoesOn) {
#ifdef _GLIBCXX_TSAN
  GTEST_SKIP() << "ThreadSanitizer cannot follow a child that runs threads after fork";
#endif
  const auto start = std::chrono::steady_clock::now();
  {
    Workspace whole;
    ASSERT_EQ(RunHere(whole), 0);
  }
  const int64_t length =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start).count();
  std::mt19937 random(3);
  int killed = 0;
  for (int round = 0; round < 20; ++round) {
    Workspace workspace;
    // Twice in a row, so that recovery itself is killed too.
    for (int again = 0; again < 2; ++again) {
      killed += RunAndBeKilled(workspace, 1000 + static_cast<int64_t>(random() % length));
      for (const std::string& directory : OutputDirectories(workspace)) {
        EXPECT_EQ(io::ListDirectory(directory)->size(), 3u) << directory;
      }
    }

    ASSERT_EQ(RunHere(workspace), 0) << "round " << round;

    const auto store = workspace.OpenStore();
    std::set<std::string> recorded;
    const auto artifacts = store->GetArtifacts();
    ASSERT_TRUE(artifacts.ok());
    for (const auto& artifact : artifacts->items) {
      EXPECT_EQ(artifact.state(), ml_metadata::Artifact::LIVE);
      EXPECT_EQ(io::ListDirectory(artifact.uri())->size(), 3u) << artifact.uri();
      recorded.insert(artifact.uri());
    }
    EXPECT_EQ(OutputDirectories(workspace), recorded) << "round " << round;
    const auto executions = store->GetExecutions();
    ASSERT_TRUE(executions.ok());
    for (const auto& execution : executions->items) {
      EXPECT_NE(execution.last_known_state(), ml_metadata::Execution::RUNNING) << execution.id();
    }
    EXPECT_THAT(*io::ListDirectory(workspace.root() + "/.system/runs"), ::testing::IsEmpty());
  }
  EXPECT_GE(killed, 5) << "the moments were too late to test anything";
}

TEST(KillTest, ARunThatIsAliveIsLeftAlone) {
#ifdef _GLIBCXX_TSAN
  GTEST_SKIP() << "ThreadSanitizer cannot follow a child that runs threads after fork";
#endif
  Workspace workspace;
  const auto alive = RunLock::Acquire(workspace.root(), "alive");
  ASSERT_TRUE(alive.ok());
  const auto second = RunLock::Acquire(workspace.root(), "alive");

  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(RunHere(workspace), 0);
  EXPECT_TRUE(io::Exists(workspace.root() + "/.system/runs/alive.lock"));
}

}  // namespace
}  // namespace tfx
