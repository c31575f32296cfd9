// tfx metadata gc, dump and load, killed at any moment; and pipelines on a metadata server that are killed, or lose it.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "program.h"
#include "tfx/metadata/dump.h"
#include "tfx/metadata/garbage.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/testing_servers.h"
#include "tfx/metadata/verify.h"

namespace tfx_tests {
namespace {

using ::testing::HasSubstr;

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

// Every commit is flushed to the disk; in memory, where there is enough, hundreds of them cost nothing.
class InMemory : public ::testing::Environment {
  void SetUp() override { setenv("TEST_TMPDIR", mlmd::FastDirectory().c_str(), /*overwrite=*/0); }
};
const ::testing::Environment* const in_memory = ::testing::AddGlobalTestEnvironment(new InMemory);

ml_metadata::ConnectionConfig File(const std::string& path) {
  ml_metadata::ConnectionConfig config;
  config.mutable_sqlite()->set_filename_uri(path);
  return config;
}

std::unique_ptr<mlmd::MetadataStore> Open(const std::string& path) {
  auto store = mlmd::OpenMetadataStore(File(path));
  EXPECT_TRUE(store.ok()) << store.status();
  return *std::move(store);
}

std::string DumpOf(const std::string& path) {
  std::ostringstream out;
  EXPECT_TRUE(mlmd::DumpMetadataStore(File(path), out).ok());
  return out.str();
}

std::string ReadFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A pipeline's past: runs that each made Examples and, from these, a Model; the model of run 1 was pushed.
class Past {
 public:
  Past(const std::string& root, int runs, int files) : root_(root) {
    auto store = Open(root + "/metadata.db");
    ml_metadata::ArtifactType examples, model, pushed;
    examples.set_name("Examples");
    model.set_name("Model");
    pushed.set_name("PushedModel");
    ml_metadata::ExecutionType gen, train;
    gen.set_name("Gen");
    train.set_name("Train");
    ml_metadata::ContextType run_type, pipeline_type;
    run_type.set_name("pipeline_run");
    pipeline_type.set_name("pipeline");
    const auto types = store->PutTypes({examples, model, pushed}, {gen, train}, {run_type, pipeline_type});
    EXPECT_TRUE(types.ok()) << types.status();
    ml_metadata::Context pipeline;
    pipeline.set_type_id(types->context_type_ids[1]);
    pipeline.set_name("taxi");
    const int64_t pipeline_id = (*store->PutContexts({pipeline}))[0];
    for (int i = 0; i < runs; ++i) {
      ml_metadata::Context run;
      run.set_type_id(types->context_type_ids[0]);
      run.set_name("run" + std::to_string(i));
      const int64_t run_id = (*store->PutContexts({run}))[0];
      run.set_id(run_id);
      ml_metadata::ParentContext link;
      link.set_parent_id(pipeline_id);
      link.set_child_id(run_id);
      EXPECT_TRUE(store->PutParentContexts({link}).ok());
      const auto make = [&](int64_t execution_type, std::optional<int64_t> input, int64_t type,
                            const std::string& what) {
        ml_metadata::Execution execution;
        execution.set_type_id(execution_type);
        execution.set_last_known_state(ml_metadata::Execution::COMPLETE);
        ml_metadata::Artifact artifact;
        artifact.set_type_id(type);
        artifact.set_state(ml_metadata::Artifact::LIVE);
        artifact.set_uri(root + "/" + what + "/" + std::to_string(i));
        std::filesystem::create_directories(artifact.uri());
        for (int f = 0; f < files; ++f) std::ofstream(artifact.uri() + "/part-" + std::to_string(f)) << what << i;
        ml_metadata::Event used, made;
        used.set_type(ml_metadata::Event::INPUT);
        if (input) used.set_artifact_id(*input);
        made.set_type(ml_metadata::Event::OUTPUT);
        std::vector<mlmd::ArtifactAndEvent> pairs = {{artifact, made}};
        if (input) pairs.push_back({std::nullopt, used});
        return store->PutExecution(execution, pairs, {run}, {.force_reuse_context = true})->artifact_ids[0];
      };
      const int64_t data = make(types->execution_type_ids[0], std::nullopt, types->artifact_type_ids[0], "examples");
      const int64_t trained = make(types->execution_type_ids[1], data, types->artifact_type_ids[1], "model");
      if (i == 1) make(types->execution_type_ids[1], trained, types->artifact_type_ids[2], "pushed");
    }
    const auto plan = mlmd::PlanGarbage(*store);
    EXPECT_TRUE(plan.ok()) << plan.status();
    for (const auto& [id, reason] : plan->needed) needed_.insert(id);
    garbage_ = plan->garbage.size();
    files_ = files;
  }

  // What must hold at every moment: needed artifacts are whole, as is every other one that is still LIVE, and of
  // DELETED ones nothing is left. Answers how many are deleted.
  size_t Check(const std::string& when) const {
    size_t deleted = 0;
    const auto artifacts = Open(root_ + "/metadata.db")->GetArtifacts();
    EXPECT_TRUE(artifacts.ok()) << artifacts.status();
    for (const auto& artifact : artifacts->items) {
      const std::filesystem::path path = artifact.uri();
      int present = 0;
      for (int f = 0; f < files_; ++f) present += std::filesystem::exists(path / ("part-" + std::to_string(f)));
      if (needed_.contains(artifact.id())) {
        EXPECT_EQ(artifact.state(), ml_metadata::Artifact::LIVE) << when << ": " << artifact.ShortDebugString();
      }
      if (artifact.state() == ml_metadata::Artifact::LIVE) {
        EXPECT_EQ(present, files_) << when << ": " << artifact.ShortDebugString();
      }
      if (artifact.state() == ml_metadata::Artifact::DELETED) {
        EXPECT_FALSE(std::filesystem::exists(path)) << when << ": " << artifact.ShortDebugString();
        ++deleted;
      }
    }
    return deleted;
  }
  size_t garbage() const { return garbage_; }
  size_t needed() const { return needed_.size(); }

 private:
  std::string root_;
  std::set<int64_t> needed_;
  size_t garbage_ = 0;
  int files_ = 0;
};

// Kills a program at random moments, spread over the time that it took when it was last left to end.
class RandomKills {
 public:
  // `run` runs the program: ProgramResult(const ProgramOptions&).
  template <typename Run>
  RandomKills(unsigned seed, Run run) : random_(seed) {
    (void)Timed(run, {});
  }
  // Whether it was killed before its end.
  template <typename Run>
  bool Kill(Run run) {
    const bool killed = Timed(run, {.kill_after = Moment()}).exit_code == 128 + SIGKILL;
    killed_ += killed;
    return killed;
  }
  Milliseconds Moment() { return Milliseconds(random_() % static_cast<uint64_t>(length_)); }
  int killed() const { return killed_; }

 private:
  template <typename Run>
  ProgramResult Timed(Run run, const ProgramOptions& options) {
    const auto start = Clock::now();
    ProgramResult result = run(options);
    if (result.exit_code != 128 + SIGKILL) {
      EXPECT_EQ(result.exit_code, 0) << result.out;
      length_ = std::max<int64_t>(std::chrono::duration_cast<Milliseconds>(Clock::now() - start).count(), 4);
    }
    return result;
  }

  std::mt19937 random_;
  int64_t length_ = 4;
  int killed_ = 0;
};

// Kills the program as soon as a directory is gone. Whether it was killed.
bool KillOnceGone(const std::string& program, const std::vector<std::string>& arguments, const std::string& directory) {
  const std::string path = BinaryDirectory() + "/" + program;
  std::vector<char*> argv = {const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    execv(path.c_str(), argv.data());
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (access(directory.c_str(), F_OK) == 0) continue;
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    break;
  }
  return WIFSIGNALED(status);
}

TEST(MetadataKillTest, GcNeverTakesWhatIsNeededAndFinishesWhatWasBegun) {
  constexpr int kRuns = 150, kFiles = 4;
  TestDirectory directory;
  const std::string root = directory / "root", saved = directory / "saved", flag = "--pipeline_root=" + root;
  std::filesystem::create_directory(root);
  const Past past(root, kRuns, kFiles);
  ASSERT_EQ(past.needed(), 7u);  // of the two newest runs 4, of the pushed model 3
  std::filesystem::copy(root, saved, std::filesystem::copy_options::recursive);
  const std::vector<std::string> gc = {"metadata", "gc", "--delete", flag};
  const auto run = [&](const ProgramOptions& options) { return RunProgram("tfx", gc, options); };
  RandomKills kills(20261121, run);
  EXPECT_EQ(past.Check("unkilled"), past.garbage());
  int killed_deleting = 0, in_the_middle = 0;
  const auto enough = [&] { return killed_deleting + kills.killed() >= 12 && in_the_middle >= 3; };
  for (int round = 0; round < 8 || (!enough() && round < 100); ++round) {
    std::filesystem::remove_all(root);
    std::filesystem::copy(saved, root, std::filesystem::copy_options::recursive);
    // Four times in a row, so that what finishes the work is killed, too; the first time in the middle of the
    // deletions.
    for (int again = 0; again < 4; ++again) {
      if (again == 0) {
        killed_deleting += KillOnceGone("tfx", gc, root + "/model/" + std::to_string(2 + round % (kRuns / 2)));
      } else {
        kills.Kill(run);
      }
      const size_t deleted = past.Check("round " + std::to_string(round) + ", kill " + std::to_string(again));
      in_the_middle += deleted > 0 && deleted < past.garbage();
    }

    const ProgramResult last = RunProgram("tfx", gc);

    EXPECT_EQ(last.exit_code, 0) << last.out;
    EXPECT_EQ(past.Check("round " + std::to_string(round) + ", end"), past.garbage());
    const ProgramResult verify = RunProgram("tfx", {"metadata", "verify", flag});
    EXPECT_EQ(verify.exit_code, 0) << verify.out;
    EXPECT_THAT(RunProgram("tfx", {"metadata", "gc", "--dry-run", flag}).out, HasSubstr("0 artifacts are not needed"));
  }
  EXPECT_TRUE(enough()) << killed_deleting << " and " << kills.killed() << " kills, " << in_the_middle
                        << " between the first and the last deletion";
}

// A store whose dump takes long enough to be killed in.
void FillStore(const std::string& path, int artifacts) {
  auto store = Open(path);
  ml_metadata::ArtifactType type;
  type.set_name("Examples");
  const auto id = store->PutArtifactType(type);
  ASSERT_TRUE(id.ok());
  std::vector<ml_metadata::Artifact> batch;
  for (int i = 0; i < artifacts; ++i) {
    ml_metadata::Artifact& artifact = batch.emplace_back();
    artifact.set_type_id(*id);
    artifact.set_uri("some/place/" + std::to_string(i));
    (*artifact.mutable_custom_properties())["number"].set_int_value(i);
  }
  ASSERT_TRUE(store->PutArtifacts(batch).ok());
}

TEST(MetadataKillTest, ADumpIsWholeOrAbsent) {
  TestDirectory directory;
  FillStore(directory / "m.db", 20'000);
  const std::string whole = DumpOf(directory / "m.db"), output = directory / "dump.jsonl";
  const std::vector<std::string> dump = {"metadata", "dump", "--output=" + output,
                                         "--metadata_path=" + directory / "m.db"};
  const auto run = [&](const ProgramOptions& options) { return RunProgram("tfx", dump, options); };
  RandomKills kills(3, run);
  EXPECT_TRUE(ReadFile(output) == whole);
  for (int round = 0; round < 25 || (kills.killed() < 10 && round < 200); ++round) {
    const bool earlier = round % 2 == 0;  // a dump of before, which stays until the new one is whole
    std::filesystem::remove(output);
    if (earlier) std::ofstream(output) << "earlier";

    kills.Kill(run);

    const std::string found = ReadFile(output);
    EXPECT_TRUE(found == whole || found == (earlier ? "earlier" : "")) << "round " << round << ", " << found.size();
    EXPECT_EQ(std::filesystem::exists(output), earlier || found == whole);
  }
  EXPECT_GE(kills.killed(), 10) << "the kills came too late to test anything";
  EXPECT_EQ(RunProgram("tfx", dump).exit_code, 0);
  EXPECT_TRUE(ReadFile(output) == whole);
}

TEST(MetadataKillTest, ALoadIsAllOrNothing) {
  TestDirectory directory;
  FillStore(directory / "m.db", 20'000);
  const std::string whole = DumpOf(directory / "m.db"), dump = directory / "dump.jsonl";
  std::ofstream(dump) << whole;
  const auto load_into = [&](const std::string& copy) {
    return [=](const ProgramOptions& options) {
      return RunProgram("tfx", {"metadata", "load", dump, "--metadata_path=" + copy}, options);
    };
  };
  RandomKills kills(5, load_into(directory / "first.db"));
  int nothing = 0;
  const auto enough = [&] { return kills.killed() >= 10 && nothing >= 5; };
  for (int round = 0; round < 25 || (!enough() && round < 200); ++round) {
    const std::string copy = directory / ("copy" + std::to_string(round) + ".db");

    kills.Kill(load_into(copy));

    const bool loaded = Open(copy)->GetArtifactType("Examples").ok();
    nothing += !loaded;
    const ProgramResult again = load_into(copy)({});
    EXPECT_EQ(again.exit_code, loaded ? 1 : 0) << "round " << round << "\n" << again.out;
    if (loaded) {
      EXPECT_THAT(again.out, HasSubstr("into an empty store only"));
    }
    EXPECT_TRUE(DumpOf(copy) == whole) << "round " << round;
    const auto report = mlmd::VerifyMetadataStore(File(copy));
    EXPECT_TRUE(report.ok() && report->findings.empty()) << "round " << round;
    std::filesystem::remove(copy);
  }
  EXPECT_TRUE(enough()) << kills.killed() << " kills, " << nothing << " before the end of the load";
}

// --- Pipelines on metadata_store_server.

class ServerProcess {
 public:
  explicit ServerProcess(const TestDirectory& directory)
      : config_(directory / "config.pbtxt"), log_(directory / "log") {
    std::ofstream(config_) << "connection_config { sqlite { filename_uri: '" << directory / "served.db"
                           << "' } }\n";
    Start();
  }
  ~ServerProcess() { Kill(); }

  void Start() {
    if (port_ == 0) port_ = mlmd::FreePort();
    std::ofstream(log_, std::ios::trunc).flush();
    const std::string path = BinaryDirectory() + "/metadata_store_server";
    std::vector<std::string> arguments = {path, "--metadata_store_server_config_file=" + config_,
                                          "--grpc_port=" + std::to_string(port_), "--bind_address=127.0.0.1"};
    pid_ = fork();
    if (pid_ == 0) {
      const int log = open(log_.c_str(), O_WRONLY | O_APPEND);
      if (dup2(log, STDERR_FILENO) < 0) _exit(126);
      std::vector<char*> argv;
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      execv(path.c_str(), argv.data());
      _exit(127);
    }
    // It says when it listens.
    const auto deadline = Clock::now() + std::chrono::seconds(60);
    while (true) {
      const std::string log = ReadFile(log_);
      if (log.find("\"grpc_port\":") != std::string::npos) return;
      int status = 0;
      if (waitpid(pid_, &status, WNOHANG) == pid_ || Clock::now() > deadline) {
        FAIL() << "metadata_store_server does not start, status " << status << ":\n" << log;
      }
      usleep(5000);
    }
  }
  void Kill() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  std::string flag() const { return "--metadata_path=grpc://127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }

 private:
  std::string config_, log_;
  pid_t pid_ = 0;
  int port_ = 0;
};

class ServerPipelineTest : public ::testing::Test {
 protected:
  ProgramResult Run(int steps, const ProgramOptions& options = {}) const {
    return RunProgram(
        "chicago_taxi",
        {"run", "--data_root=" + TaxiData(), "--pipeline_root=" + directory_ / "pipeline",
         "--serving_model_dir=" + directory_ / "serving", "--train_steps=" + std::to_string(steps), server_.flag()},
        options);
  }
  // Every artifact that metadata calls live is there, and nothing is left running.
  void CheckRecords() const {
    const auto store = Open(directory_ / "served.db");
    const auto artifacts = store->GetArtifacts();
    ASSERT_TRUE(artifacts.ok()) << artifacts.status();
    EXPECT_FALSE(artifacts->items.empty());
    std::set<std::string> uris;
    for (const auto& artifact : artifacts->items) {
      EXPECT_TRUE(std::filesystem::exists(artifact.uri())) << artifact.uri();
      EXPECT_TRUE(uris.insert(artifact.uri()).second) << artifact.uri() << " is recorded twice";
    }
    const auto executions = store->GetExecutions();
    ASSERT_TRUE(executions.ok()) << executions.status();
    for (const auto& execution : executions->items) {
      EXPECT_NE(execution.last_known_state(), ml_metadata::Execution::RUNNING) << execution.ShortDebugString();
    }
    const auto report = mlmd::VerifyMetadataStore(File(directory_ / "served.db"));
    EXPECT_TRUE(report.ok() && report->findings.empty());
  }

  TestDirectory directory_;
  ServerProcess server_{directory_};
};

TEST_F(ServerPipelineTest, GoesOnAfterBeingKilledAtAnyMoment) {
  const ProgramResult first = Run(59);
  ASSERT_EQ(first.exit_code, 0) << first.out;
  EXPECT_THAT(first.out, HasSubstr("9 COMPLETE"));
  // As the runs below: new work from the trainer on, the rest from the cache.
  const auto run = [&](int steps) {
    return [this, steps](const ProgramOptions& options) { return Run(steps, options); };
  };
  RandomKills kills(7, run(60));
  for (int round = 0; round < 8 || (kills.killed() < 4 && round < 24); ++round) {
    kills.Kill(run(61 + round));
    const ProgramResult again = Run(61 + round);
    ASSERT_EQ(again.exit_code, 0) << "round " << round << "\n" << again.out;
  }
  EXPECT_GE(kills.killed(), 4) << "the kills came too late to test anything";
  CheckRecords();
}

TEST_F(ServerPipelineTest, TheServerIsKilledInTheMiddleAndComesBack) {
  ASSERT_EQ(Run(59).exit_code, 0);
  RandomKills kills(11, [&](const ProgramOptions&) { return Run(60); });
  for (int round = 0; round < 6; ++round) {
    // Back at once: the run waits for it.
    const Milliseconds moment = kills.Moment();
    std::thread restart([&] {
      std::this_thread::sleep_for(moment);
      server_.Kill();
      server_.Start();
    });
    const ProgramResult during = Run(61 + round);
    restart.join();
    EXPECT_EQ(during.exit_code, 0) << "round " << round << " after " << moment.count() << " ms\n" << during.out;
  }
  CheckRecords();
}

TEST_F(ServerPipelineTest, AServerThatStaysAwayIsNamedAndTheNextRunGoesOn) {
  ASSERT_EQ(Run(60).exit_code, 0);
  // Killed once the run has begun new work.
  const auto trainings = [&] {
    std::error_code error;
    const std::filesystem::directory_iterator entries(directory_ / "pipeline/Trainer/.system/executor_execution",
                                                      error);
    return std::distance(begin(entries), end(entries));
  };
  const auto before = trainings();
  ASSERT_GT(before, 0);
  std::atomic<bool> ended = false;
  std::thread kill([&] {
    while (trainings() == before && !ended) usleep(1000);
    server_.Kill();
  });
  const ProgramResult lost = Run(62);
  ended = true;
  kill.join();
  EXPECT_EQ(lost.exit_code, 1) << lost.out;
  EXPECT_THAT(lost.out, HasSubstr("metadata server 127.0.0.1:" + std::to_string(server_.port())));

  server_.Start();
  const ProgramResult again = Run(62);

  EXPECT_EQ(again.exit_code, 0) << again.out;
  EXPECT_THAT(again.out, HasSubstr("CACHED"));
  CheckRecords();
}

}  // namespace
}  // namespace tfx_tests
