#include "tfx/orchestration/main.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <sstream>
#include <thread>

#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "tfx/orchestration/command_line.h"
#include "tfx/orchestration/reporter.h"
#include "tfx/orchestration/testing/fake_taxi.h"

namespace tfx {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TaxiPipeline;
using testing::TheWorld;
using testing::Workspace;

class MainTest : public ::testing::Test {
 protected:
  struct Result {
    int exit_code;
    std::string out, err;
  };
  Result Main(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "taxi");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = tfx::Main(static_cast<int>(argv.size()), argv.data(), [](const Flags& flags) {
      return TaxiPipeline({.root = flags["pipeline_root"],
                           .data = flags["data_root"],
                           .train_args = Concat(flags.GetInt("train_steps"))});
    });
    return {code, ::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
  }
  std::string root() const { return "--pipeline_root=" + workspace_.root(); }
  std::string data() const { return "--data_root=" + workspace_.data(); }
  Workspace workspace_;
};

TEST_F(MainTest, RunPrintsALinePerNodeAndReturnsZero) {
  const Result result = Main({"run", root(), data(), "--threads=1"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("Pipeline chicago_taxi_native_keras"), HasSubstr("Trainer"),
                                HasSubstr("COMPLETE"), HasSubstr("9 COMPLETE in ")));
  EXPECT_TRUE(io::Exists(workspace_.root() + "/metadata.db"));
}

TEST_F(MainTest, JsonGivesOneObjectPerEvent) {
  TheWorld().hooks["Trainer"] = [](auto&, ExecutorOutputs& outputs, auto&, const ExecutorContext& context) {
    context.Progress(0.5, "step 500");
    context.Log("hello");
    outputs.set_summary("a model");
    return absl::OkStatus();
  };
  const Result result = Main({"run", root(), data(), "--json", "--threads", "1"});

  std::map<std::string, std::vector<nlohmann::json>> events;
  for (const auto line : absl::StrSplit(result.out, '\n', absl::SkipEmpty())) {
    const auto event = nlohmann::json::parse(std::string(line), nullptr, false);
    ASSERT_TRUE(event.is_object()) << std::string(line);
    events[event["event"]].push_back(event);
  }
  EXPECT_EQ(events["run_started"].size(), 1u);
  EXPECT_EQ(events["node_started"].size(), 9u);
  EXPECT_EQ(events["node_progress"][0]["text"], "step 500");
  EXPECT_EQ(events["node_log"][0]["line"], "hello");
  ASSERT_EQ(events["node_finished"].size(), 9u);
  const auto trainer = *std::find_if(events["node_finished"].begin(), events["node_finished"].end(),
                                     [](const auto& e) { return e["node"] == "Trainer"; });
  EXPECT_EQ(trainer["state"], "COMPLETE");
  EXPECT_EQ(trainer["summary"], "a model");
  EXPECT_THAT(trainer["outputs"]["model"][0].get<std::string>(), HasSubstr("/Trainer/model/"));
  EXPECT_EQ(events["run_finished"][0]["exit_code"], 0);
}

TEST_F(MainTest, AFailedNodeGivesOneAndAnErrorThatFitsOnAScreen) {
  TheWorld().hooks["Trainer"] = [](auto&...) { return absl::InvalidArgumentError(std::string(100, '\n') + "end"); };
  const Result result = Main({"run", root(), data(), "--threads=1"});

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, AllOf(HasSubstr("Trainer failed: "), HasSubstr("more lines)"), Not(HasSubstr("end\n")),
                                HasSubstr("because Trainer did not finish")));
}

TEST_F(MainTest, WiringErrorsComeTogetherWithTheFlagsToGive) {
  const Result result = Main({"run"});

  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, AllOf(HasSubstr("pipeline.root: is empty"), HasSubstr("CsvExampleGen.input_base: "),
                                HasSubstr("not given: --data_root, --pipeline_root")));
}

TEST_F(MainTest, UnknownWordsGetTheNearestKnownOne) {
  const Result flags = Main({"run", "--dataroot=x", "--no-cash"});
  EXPECT_EQ(flags.exit_code, 2);
  EXPECT_THAT(flags.err, AllOf(HasSubstr("unknown flag --dataroot; did you mean data_root?"),
                               HasSubstr("unknown flag --no_cash; did you mean no_cache?")));
  EXPECT_THAT(Main({"runn"}).err, HasSubstr("unknown verb 'runn'; did you mean run?"));
  EXPECT_THAT(Main({"run", root(), data(), "--node=Trianer"}).err,
              HasSubstr("no node 'Trianer' in the pipeline; did you mean Trainer?"));
  EXPECT_THAT(Main({"run", root(), data(), "--train_steps=many"}).err,
              HasSubstr("--train_steps=many must be an integer"));
}

TEST_F(MainTest, HyphensAndUnderscoresInFlagsAreTheSame) {
  EXPECT_EQ(
      Main({"run", "--pipeline-root=" + workspace_.root(), "--data-root", workspace_.data(), "--no-cache"}).exit_code,
      0);
}

TEST_F(MainTest, WhyExplainsAndFailsForWhatNeverRan) {
  EXPECT_EQ(Main({"why", "Trainer", root(), data()}).exit_code, 2);
  Main({"run", root(), data()});
  EXPECT_THAT(Main({"why", "Trainer", root(), data()}).out, HasSubstr("it never ran before"));
  Main({"run", root(), data(), "--train_steps=5"});
  EXPECT_THAT(Main({"why", "Trainer", root(), data()}).out, HasSubstr("parameter train_args changed: 1000 -> 5"));
  const auto json = nlohmann::json::parse(Main({"why", "Trainer", root(), data(), "--json"}).out, nullptr, false);
  EXPECT_EQ(json["state"], "COMPLETE");
}

TEST_F(MainTest, HelpNamesVerbsFlagsAndNodes) {
  const Result help = Main({"help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const VerbDescription& verb : Verbs()) EXPECT_THAT(help.out, HasSubstr(verb.example));
  EXPECT_THAT(help.out, HasSubstr("--train_steps=...         Steps of training. Default: 1000."));
  EXPECT_THAT(Main({"help", "Trainer"}).out, HasSubstr("transform_graph"));
  EXPECT_THAT(Main({"run", "--help"}).out, HasSubstr("Usage: taxi run"));
}

TEST_F(MainTest, GraphShowsWhatFlows) {
  EXPECT_THAT(Main({"graph", root(), data()}).out,
              AllOf(HasSubstr("Trainer\n"), HasSubstr("  <- examples = Transform.transformed_examples\n"),
                    HasSubstr("  -> model : Model\n")));
}

TEST_F(MainTest, NodeNeedsARun) {
  EXPECT_THAT(Main({"run", root(), data(), "--node=Trainer"}).err, HasSubstr("no run of pipeline"));
  Main({"run", root(), data()});
  EXPECT_THAT(Main({"run", root(), data(), "--node=Trainer", "--no_cache"}).out, HasSubstr("1 COMPLETE"));
}

TEST_F(MainTest, CtrlCStopsCleanlyWith130) {
  TheWorld().hooks["SchemaGen"] = [](auto&, auto&, auto&, const ExecutorContext& context) -> absl::Status {
    raise(SIGINT);
    while (!context.cancellation->cancelled()) std::this_thread::yield();
    return context.CheckCancelled();
  };
  const Result result = Main({"run", root(), data(), "--threads=1"});

  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.out, AllOf(HasSubstr("CANCELED"), HasSubstr("Stopped on request")));
}

TEST(TableReporterTest, DrawsNodesStatesAndWhatTheyMade) {
  std::ostringstream out;
  auto reporter = MakeTableReporter(out, 80);
  reporter->RunStarted("p", "r", {"A", "B"});
  reporter->NodeStarted("A");
  reporter->NodeFinished("A", {.state = NodeState::kComplete, .seconds = 1.25, .summary = "3 splits"});

  EXPECT_THAT(out.str(),
              AllOf(HasSubstr("RUNNING"), HasSubstr("COMPLETE"), HasSubstr("3 splits"), HasSubstr("\x1b[3A")));
}

}  // namespace
}  // namespace tfx
