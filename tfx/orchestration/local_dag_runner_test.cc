#include "tfx/orchestration/local_dag_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <latch>
#include <sstream>

#include "tfx/orchestration/testing/fake_taxi.h"
#include "tfx/orchestration/why.h"

namespace tfx {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TaxiPipeline;
using testing::TaxiSettings;
using testing::TheWorld;
using testing::Workspace;

std::map<std::string, std::string> States(const RunOutcome& outcome) {
  std::map<std::string, std::string> states;
  for (const auto& [node, result] : outcome.nodes) states[node] = NodeStateName(result.state);
  return states;
}

class LocalDagRunnerTest : public ::testing::Test {
 protected:
  RunOutcome Run(const Pipeline& pipeline, LocalRunOptions options = {}) {
    auto compiled = CompileToIr(pipeline);
    EXPECT_TRUE(compiled.ok()) << compiled.status();
    options.root = pipeline.root;
    if (options.program_build_id.empty()) options.program_build_id = "build-1";
    store_ = workspace_.OpenStore();
    Reporter silent;
    auto outcome = LocalDagRunner(*compiled, pipeline.graph, *store_).Run(options, silent);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.ok() ? *outcome : RunOutcome{.exit_code = -1};
  }
  RunOutcome Run(LocalRunOptions options = {}) { return Run(TaxiPipeline(workspace_.settings()), options); }

  std::string Why(const std::string& node) {
    auto explanation = Explain(*store_, "chicago_taxi_native_keras", workspace_.root(), node);
    EXPECT_TRUE(explanation.ok()) << explanation.status();
    return explanation.ok() ? ToText(*explanation) : "";
  }

  const NodeResult& Of(const RunOutcome& outcome, const std::string& node) {
    for (const auto& [id, result] : outcome.nodes) {
      if (id == node) return result;
    }
    static NodeResult none;
    ADD_FAILURE() << "no node " << node;
    return none;
  }

  Workspace workspace_;
  std::unique_ptr<mlmd::MetadataStore> store_;
};

TEST_F(LocalDagRunnerTest, RunsAllNodesAndPutsArtifactsWhereTfxDoes) {
  const RunOutcome outcome = Run({.num_threads = 4});

  EXPECT_EQ(outcome.exit_code, 0);
  for (const auto& [node, state] : States(outcome)) EXPECT_EQ(state, "COMPLETE") << node;
  const NodeResult& trainer = Of(outcome, "Trainer");
  const std::string expected = Concat(workspace_.root(), "/Trainer/model/", trainer.execution_id);
  EXPECT_THAT(trainer.outputs.at("model"), ElementsAre(expected));
  EXPECT_EQ(*io::ReadFile(expected + "/part-2"), "Trainer model");
  const std::string system = Concat(workspace_.root(), "/Trainer/.system/executor_execution/", trainer.execution_id);
  EXPECT_THAT(*io::ListDirectory(system), ElementsAre("cache_key.json"));
}

TEST_F(LocalDagRunnerTest, IndependentNodesRunAtTheSameTime) {
  // Both wait for each other: one after the other would never end.
  std::latch both(2);
  for (const char* node : {"ExampleValidator", "Transform"}) {
    TheWorld().hooks[node] = [&both](auto&...) {
      both.arrive_and_wait();
      return absl::OkStatus();
    };
  }

  EXPECT_EQ(Run({.num_threads = 2}).exit_code, 0);
}

TEST_F(LocalDagRunnerTest, OneThreadRunsNodesInTheOrderOfTheIr) {
  std::vector<std::string> order;
  for (const char* node : {"CsvExampleGen", "StatisticsGen", "SchemaGen", "ExampleValidator", "Transform", "Trainer"}) {
    TheWorld().hooks[node] = [&order, node](auto&...) {
      order.push_back(node);
      return absl::OkStatus();
    };
  }

  Run({.num_threads = 1});

  EXPECT_THAT(order,
              ElementsAre("CsvExampleGen", "StatisticsGen", "SchemaGen", "ExampleValidator", "Transform", "Trainer"));
}

TEST_F(LocalDagRunnerTest, SecondRunReusesEverythingButWhatTheNewBaselineTouches) {
  Run();
  const RunOutcome second = Run();

  EXPECT_THAT(States(second), ElementsAre(std::pair("CsvExampleGen", "CACHED"), std::pair("Evaluator", "COMPLETE"),
                                          std::pair("ExampleValidator", "CACHED"), std::pair("Pusher", "COMPLETE"),
                                          std::pair("SchemaGen", "CACHED"), std::pair("StatisticsGen", "CACHED"),
                                          std::pair("Trainer", "CACHED"), std::pair("Transform", "CACHED"),
                                          std::pair("latest_blessed_model_resolver", "COMPLETE")));
  EXPECT_THAT(Why("Trainer"), HasSubstr("reused: inputs, parameters and code are the same"));
  EXPECT_THAT(Why("Evaluator"), HasSubstr("input baseline_model changed: nothing -> artifact"));
  EXPECT_THAT(Why("latest_blessed_model_resolver"), HasSubstr("resolvers run in every run"));
  EXPECT_THAT(States(Run()), Contains(std::pair("Evaluator", "CACHED")));
}

TEST_F(LocalDagRunnerTest, AChangedParameterRunsTheNodeAgain) {
  Run();
  TaxiSettings settings = workspace_.settings();
  settings.train_args = "{\n  \"num_steps\": 5\n}";
  const RunOutcome second = Run(TaxiPipeline(settings));

  EXPECT_EQ(Of(second, "Transform").state, NodeState::kCached);
  EXPECT_EQ(Of(second, "Trainer").state, NodeState::kComplete);
  EXPECT_THAT(Why("Trainer"),
              HasSubstr("parameter train_args changed: { \"num_steps\": 1000 } -> { \"num_steps\": 5 }"));
}

TEST_F(LocalDagRunnerTest, ChangedInputFilesRunAllBelowAgain) {
  Run();
  ASSERT_TRUE(io::WriteFile(workspace_.data() + "/more.csv", "a,b\n3,4\n").ok());
  const RunOutcome second = Run();

  EXPECT_EQ(Of(second, "CsvExampleGen").state, NodeState::kComplete);
  EXPECT_EQ(Of(second, "Trainer").state, NodeState::kComplete);
  EXPECT_THAT(Why("CsvExampleGen"), HasSubstr("files changed: input_fingerprint"));
  EXPECT_THAT(Why("StatisticsGen"), HasSubstr("input examples changed: artifact"));
}

TEST_F(LocalDagRunnerTest, ANewBuildRunsOnlyNodesWithUserCodeAgain) {
  Run();
  const RunOutcome second = Run({.program_build_id = "build-2"});

  EXPECT_EQ(Of(second, "SchemaGen").state, NodeState::kCached);
  EXPECT_EQ(Of(second, "Transform").state, NodeState::kComplete);
  EXPECT_THAT(Why("Transform"), HasSubstr("code changed: the program was rebuilt, program@build-1 -> program@build-2"));
}

TEST_F(LocalDagRunnerTest, AnotherSeedRunsOnlyNodesWithUserCodeAgain) {
  Run();
  const RunOutcome second = Run({.seed = 7});

  EXPECT_EQ(Of(second, "SchemaGen").state, NodeState::kCached);
  EXPECT_EQ(Of(second, "Trainer").state, NodeState::kComplete);
  EXPECT_THAT(Why("Transform"), HasSubstr("seed changed: 0 -> 7"));
}

TEST_F(LocalDagRunnerTest, OutputsThatAreGoneAreMadeAgain) {
  const RunOutcome first = Run();
  ASSERT_TRUE(io::RemoveRecursively(Of(first, "SchemaGen").outputs.at("schema")[0]).ok());
  const RunOutcome second = Run();

  EXPECT_EQ(Of(second, "SchemaGen").state, NodeState::kComplete);
  EXPECT_THAT(Why("SchemaGen"), HasSubstr("nothing changed, but its output is gone: "));
}

TEST_F(LocalDagRunnerTest, WithoutCacheAllRunAgain) {
  Run();
  const RunOutcome second = Run({.use_cache = false});

  EXPECT_EQ(Of(second, "CsvExampleGen").state, NodeState::kComplete);
  EXPECT_EQ(TheWorld().Executed("CsvExampleGen"), 2);
  EXPECT_THAT(Why("CsvExampleGen"), HasSubstr("the cache is off for it"));
}

TEST_F(LocalDagRunnerTest, OneNodeCanLeaveTheCacheOut) {
  TaxiSettings settings = workspace_.settings();
  settings.trainer_options.enable_cache = false;
  Run(TaxiPipeline(settings));
  const RunOutcome second = Run(TaxiPipeline(settings));

  EXPECT_EQ(Of(second, "Transform").state, NodeState::kCached);
  EXPECT_EQ(Of(second, "Trainer").state, NodeState::kComplete);
}

TEST_F(LocalDagRunnerTest, AFailureStopsOnlyTheNodesBelow) {
  TheWorld().hooks["Transform"] = [](auto&...) { return absl::InvalidArgumentError("feature 'fare' has no values"); };
  const RunOutcome outcome = Run();

  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(Of(outcome, "ExampleValidator").state, NodeState::kComplete);
  EXPECT_EQ(Of(outcome, "Transform").state, NodeState::kFailed);
  EXPECT_EQ(Of(outcome, "Transform").status.message(), "feature 'fare' has no values");
  for (const char* node : {"Trainer", "Evaluator", "Pusher"}) {
    EXPECT_EQ(Of(outcome, node).state, NodeState::kSkipped);
    EXPECT_EQ(Of(outcome, node).summary, "because Transform did not finish");
  }
  // Nothing of it stays but the record of why.
  const auto executions = store_->GetExecutionsByID({Of(outcome, "Transform").execution_id});
  ASSERT_TRUE(executions.ok());
  EXPECT_EQ((*executions)[0].last_known_state(), ml_metadata::Execution::FAILED);
  EXPECT_THAT((*executions)[0].custom_properties().at("__execution_result__").string_value(),
              AllOf(HasSubstr("feature 'fare' has no values"), HasSubstr("\"code\":3")));
  EXPECT_FALSE(io::Exists(workspace_.root() + "/Transform/transform_graph"));
  EXPECT_FALSE(io::Exists(Concat(workspace_.root(), "/Transform/.system/executor_execution/",
                                 Of(outcome, "Transform").execution_id, "/.staged")));
}

TEST_F(LocalDagRunnerTest, AnExceptionOfUserCodeIsAFailureOfItsNode) {
  TheWorld().hooks["Trainer"] = [](auto&...) -> absl::Status { throw std::runtime_error("boom"); };

  EXPECT_THAT(std::string(Of(Run(), "Trainer").status.message()), HasSubstr("boom"));
}

TEST_F(LocalDagRunnerTest, RetriesAFailedNode) {
  int calls = 0;
  TheWorld().hooks["Trainer"] = [&calls](auto&...) {
    return ++calls < 3 ? absl::UnavailableError("flaky") : absl::OkStatus();
  };
  TaxiSettings settings = workspace_.settings();
  settings.trainer_options.max_execution_retries = 2;

  EXPECT_EQ(Run(TaxiPipeline(settings)).exit_code, 0);
  EXPECT_EQ(calls, 3);
}

TEST_F(LocalDagRunnerTest, ATimeLimitFailsTheNode) {
  TheWorld().hooks["Trainer"] = [](auto&, auto&, auto&, const ExecutorContext& context) -> absl::Status {
    while (!context.cancellation->cancelled()) std::this_thread::yield();
    return context.CheckCancelled();
  };
  TaxiSettings settings = workspace_.settings();
  settings.trainer_options.execution_timeout_seconds = 1;
  const RunOutcome outcome = Run(TaxiPipeline(settings));

  EXPECT_EQ(Of(outcome, "Trainer").state, NodeState::kFailed);
  EXPECT_EQ(Of(outcome, "Trainer").status.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(LocalDagRunnerTest, AnInterruptCancelsWhatRunsAndSkipsTheRest) {
  std::atomic<bool> interrupted = false;
  TheWorld().hooks["SchemaGen"] = [&](auto&, auto&, auto&, const ExecutorContext& context) -> absl::Status {
    interrupted = true;
    while (!context.cancellation->cancelled()) std::this_thread::yield();
    return context.CheckCancelled();
  };
  const RunOutcome outcome = Run({.interrupted = &interrupted});

  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_EQ(Of(outcome, "StatisticsGen").state, NodeState::kComplete);
  EXPECT_EQ(Of(outcome, "SchemaGen").state, NodeState::kCanceled);
  EXPECT_EQ(Of(outcome, "Trainer").state, NodeState::kSkipped);
  const auto executions = store_->GetExecutionsByID({Of(outcome, "SchemaGen").execution_id});
  EXPECT_EQ((*executions)[0].last_known_state(), ml_metadata::Execution::CANCELED);

  TheWorld().hooks.clear();
  const RunOutcome again = Run();
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(Of(again, "StatisticsGen").state, NodeState::kCached);
}

TEST_F(LocalDagRunnerTest, ResumesARunWithoutItsCache) {
  TaxiSettings settings = workspace_.settings();
  settings.enable_cache = false;
  TheWorld().hooks["Trainer"] = [](auto&...) { return absl::UnavailableError("no"); };
  const RunOutcome first = Run(TaxiPipeline(settings));
  TheWorld().hooks.clear();
  const RunOutcome second = Run(TaxiPipeline(settings), {.run_id = first.run_id});

  EXPECT_EQ(second.exit_code, 0);
  EXPECT_EQ(second.run_id, first.run_id);
  EXPECT_EQ(Of(second, "Transform").state, NodeState::kAlreadyDone);
  EXPECT_EQ(Of(second, "Trainer").state, NodeState::kComplete);
  EXPECT_EQ(TheWorld().Executed("Transform"), 1);
}

TEST_F(LocalDagRunnerTest, OneNodeRunsOnTheOutputsOfARun) {
  const RunOutcome first = Run();
  const RunOutcome second = Run({.run_id = first.run_id, .only_node = "Trainer", .use_cache = false});

  EXPECT_THAT(States(second), ElementsAre(std::pair("Trainer", "COMPLETE")));
  EXPECT_EQ(TheWorld().Executed("Trainer"), 2);
  EXPECT_EQ(TheWorld().Executed("Transform"), 1);
}

TEST_F(LocalDagRunnerTest, ANodeWhoseRequiredInputsAreMissingFailsAndSaysWhich) {
  const Pipeline pipeline = TaxiPipeline(workspace_.settings());
  store_ = workspace_.OpenStore();
  const RunOutcome outcome = Run(pipeline, {.run_id = "by-hand", .only_node = "Trainer"});

  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(Of(outcome, "Trainer").status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(Of(outcome, "Trainer").status.message()),
              HasSubstr("input 'examples' needs at least 1 artifact(s), but 0 exist in this run from Transform"));
}

TEST_F(LocalDagRunnerTest, StateOfAnInterruptedNodeIsFoundByTheSameWorkAgain) {
  std::string found;
  TheWorld().hooks["Trainer"] = [](auto&, auto&, auto&, const ExecutorContext& context) -> absl::Status {
    RETURN_IF_ERROR(io::WriteFile(context.stateful_dir + "/checkpoint", "step 500"));
    return absl::UnavailableError("power cut");
  };
  Run();
  TheWorld().hooks["Trainer"] = [&found](auto&, auto&, auto&, const ExecutorContext& context) -> absl::Status {
    ASSIGN_OR_RETURN(found, io::ReadFile(context.stateful_dir + "/checkpoint"));
    return absl::OkStatus();
  };
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_EQ(found, "step 500");
  EXPECT_THAT(*io::ListDirectory(workspace_.root() + "/Trainer/.system/stateful_working_dir"), ElementsAre());
}

TEST_F(LocalDagRunnerTest, AnOutputMayHoldSeveralArtifacts) {
  TheWorld().hooks["SchemaGen"] = [](auto&, ExecutorOutputs& outputs, auto&, auto&) -> absl::Status {
    ASSIGN_OR_RETURN(auto* artifacts, outputs.Resize("schema", 2));
    for (OutputArtifact& artifact : *artifacts) RETURN_IF_ERROR(io::WriteFile(artifact.path + "/schema.pbtxt", ""));
    return absl::OkStatus();
  };
  std::vector<std::string> seen;
  TheWorld().hooks["ExampleValidator"] = [&seen](const ExecutorInputs& inputs, auto&, auto&, auto&) {
    for (const Artifact& artifact : inputs.Get("schema")) seen.push_back(io::Basename(artifact.uri));
    return absl::OkStatus();
  };
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_THAT(seen, ElementsAre("0", "1"));
}

}  // namespace
}  // namespace tfx
