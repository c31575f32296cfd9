// What a user relies on when running a pipeline again and again: caching, explanations, determinism, kills.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "program.h"

namespace tfx_tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PipelineBehaviourTest : public ::testing::Test {
 protected:
  std::vector<std::string> Flags(const std::string& verb, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> flags = {verb};
    if (verb == "why") flags.push_back(more.front());
    flags.insert(flags.end(), {"--data_root=" + data_, "--pipeline_root=" + directory_ / "pipeline",
                               "--serving_model_dir=" + directory_ / "serving", "--train_steps=60"});
    flags.insert(flags.end(), more.begin() + (verb == "why" ? 1 : 0), more.end());
    return flags;
  }
  ProgramResult Run(const std::vector<std::string>& more = {}, const ProgramOptions& options = {}) const {
    return RunProgram("chicago_taxi", Flags("run", more), options);
  }
  // Node -> state in the newest run.
  std::map<std::string, std::string> States() const {
    const ProgramResult show =
        RunProgram("tfx", {"run", "show", "latest", "--json", "--pipeline_root=" + directory_ / "pipeline"});
    EXPECT_EQ(show.exit_code, 0) << show.out;
    std::map<std::string, std::string> states;
    const auto shown = nlohmann::json::parse(show.out);
    for (const auto& node : shown["nodes"]) states[node["node"]] = node["state"];
    return states;
  }

  TestDirectory directory_;
  std::string data_ = TaxiData();
};

TEST_F(PipelineBehaviourTest, SecondRunReusesEverythingThatDidNotChange) {
  const std::vector<std::string> kEnoughSteps = {"--train_steps=600"};  // for a model that is blessed
  const ProgramResult first = Run(kEnoughSteps);
  ASSERT_EQ(first.exit_code, 0) << first.out;

  const ProgramResult second = Run(kEnoughSteps);

  ASSERT_EQ(second.exit_code, 0) << second.out;
  for (const auto& [node, state] : States()) {
    // The resolver now has a baseline for the evaluator, so that runs again, and with it the pusher.
    const bool runs = node == "latest_blessed_model_resolver" || node == "Evaluator" || node == "Pusher";
    EXPECT_EQ(state, runs ? "COMPLETE" : "CACHED") << node;
  }
  EXPECT_EQ(States()["Trainer"], "CACHED");
  const ProgramResult third = Run(kEnoughSteps);
  ASSERT_EQ(third.exit_code, 0) << third.out;
}

TEST_F(PipelineBehaviourTest, ExplainsWhyANodeRan) {
  ASSERT_EQ(Run().exit_code, 0);
  ASSERT_EQ(Run({"--train_steps=61"}).exit_code, 0);

  const ProgramResult why_trainer = RunProgram("chicago_taxi", Flags("why", {"Trainer"}));
  const ProgramResult why_transform = RunProgram("chicago_taxi", Flags("why", {"Transform"}));

  EXPECT_EQ(why_trainer.exit_code, 0) << why_trainer.out;
  EXPECT_THAT(why_trainer.out, HasSubstr("train_args"));
  EXPECT_EQ(why_transform.exit_code, 0) << why_transform.out;
  EXPECT_THAT(why_transform.out, Not(HasSubstr("train_args")));
}

TEST_F(PipelineBehaviourTest, CommandsAnswerQuestionsAboutARun) {
  ASSERT_EQ(Run().exit_code, 0);
  const std::string root = "--pipeline_root=" + directory_ / "pipeline";
  const std::string evaluation = NewestArtifact(directory_ / "pipeline", "Evaluator", "evaluation");
  const std::string model = NewestArtifact(directory_ / "pipeline", "Trainer", "model") + "/Format-Serving";
  const std::string examples = NewestArtifact(directory_ / "pipeline", "CsvExampleGen", "examples") + "/Split-eval/*";

  const ProgramResult kept = RunProgram("tfx", {"evaluate", "--json", "--evaluation=" + evaluation});
  const ProgramResult again = RunProgram("tfx", {"evaluate", "--json", "--model=" + model, "--examples=" + examples,
                                                 "--eval_config=" + evaluation + "/eval_config.json"});
  const ProgramResult models = RunProgram("tfx", {"artifact", "list", "--json", "--type=Model", root});
  ASSERT_EQ(models.exit_code, 0) << models.out;
  const std::string id = nlohmann::json::parse(models.out)["artifacts"][0]["id"].get<std::string>();
  const ProgramResult lineage = RunProgram("tfx", {"lineage", id, root});
  const ProgramResult dot = RunProgram("tfx", {"lineage", id, "--format=dot", root});
  const ProgramResult down = RunProgram("tfx", {"lineage", id, "--down", root});

  ASSERT_NE(kept.out.find("metrics"), std::string::npos) << kept.out;
  EXPECT_EQ(nlohmann::json::parse(again.out)["metrics"], nlohmann::json::parse(kept.out)["metrics"]);
  for (const char* word : {"Trainer", "Transform", "SchemaGen", "CsvExampleGen"})
    EXPECT_THAT(lineage.out, HasSubstr(word));
  EXPECT_THAT(dot.out, HasSubstr("digraph"));
  EXPECT_THAT(down.out, HasSubstr("Evaluator"));
}

TEST_F(PipelineBehaviourTest, ComparesRunsOnOtherDataWithOtherSteps) {
  ASSERT_EQ(Run().exit_code, 0);
  // Two thirds of the rows.
  std::ifstream all(data_ + "/data.csv");
  std::filesystem::create_directories(directory_ / "data");
  std::ofstream part(directory_ / "data/data.csv");
  std::string line;
  std::getline(all, line);
  part << line << "\n";
  for (int row = 0; std::getline(all, line); ++row) {
    if (row % 3 != 0) part << line << "\n";
  }
  part.close();
  const ProgramResult second = Run({"--train_steps=300", "--data_root=" + directory_ / "data"});
  ASSERT_EQ(second.exit_code, 0) << second.out;
  const std::string root = "--pipeline_root=" + directory_ / "pipeline";
  const auto runs = nlohmann::json::parse(RunProgram("tfx", {"run", "list", "--json", root}).out);
  const std::string before = runs[1]["run"], after = runs[0]["run"];

  const ProgramResult compared = RunProgram("tfx", {"run", "compare", before, after, "--json", "--slices=3", root});

  ASSERT_EQ(compared.exit_code, 0) << compared.out;
  std::map<std::string, std::vector<std::string>> names;
  std::vector<std::string> sections;
  const auto json = nlohmann::json::parse(compared.out);
  for (const auto& difference : json["differences"]) {
    const std::string section = difference["section"];
    if (names[section].empty()) sections.push_back(section);
    names[section].push_back(difference["name"]);
  }
  EXPECT_EQ(std::vector<std::string>(sections.begin(), sections.begin() + 5),
            (std::vector<std::string>{"parameters", "metrics", "slices", "data", "drift"}));
  EXPECT_THAT(names["parameters"], ::testing::Contains("Trainer.train_args"));
  EXPECT_THAT(names["metrics"], ::testing::Contains("Evaluator.evaluation auc"));
  EXPECT_EQ(names["slices"].size(), 3u);
  EXPECT_THAT(names["slices"][0], HasSubstr(" of trip_start_"));
  EXPECT_THAT(names["data"], ::testing::Contains("StatisticsGen.statistics examples of train"));
  EXPECT_THAT(names["drift"][0], HasSubstr("StatisticsGen.statistics of eval feature '"));
  EXPECT_EQ(names["drift"].size(), 20u);  // five of each split, and of what goes into and comes out of Transform
  EXPECT_THAT(json["notes"].dump(), HasSubstr("more slices of Evaluator.evaluation changed"));
}

TEST_F(PipelineBehaviourTest, PrintsOneJsonObjectPerEvent) {
  const ProgramResult run = Run({"--json"});

  ASSERT_EQ(run.exit_code, 0) << run.out;
  std::istringstream lines(run.out);
  std::string line;
  int events = 0;
  while (std::getline(lines, line)) {
    if (line.empty()) continue;
    EXPECT_TRUE(nlohmann::json::accept(line)) << line;
    ++events;
  }
  EXPECT_GE(events, 18);
}

TEST_F(PipelineBehaviourTest, ArtifactsDoNotDependOnTheNumberOfThreads) {
  std::map<std::string, std::map<std::string, std::string>> trees;
  for (const char* threads : {"1", "2", "4"}) {
    TestDirectory directory;
    const ProgramResult run =
        RunProgram("chicago_taxi",
                   {"run", "--data_root=" + data_, "--pipeline_root=" + directory / "p",
                    "--serving_model_dir=" + directory / "s", "--train_steps=5", std::string("--threads=") + threads});
    ASSERT_EQ(run.exit_code, 0) << run.out;
    for (const char* node : {"CsvExampleGen", "StatisticsGen", "SchemaGen", "ExampleValidator", "Transform"}) {
      for (const auto& entry : std::filesystem::directory_iterator(directory / "p/" + node)) {
        if (entry.path().filename().string().starts_with(".")) continue;
        const std::string key = entry.path().filename();
        for (const auto& [file, bytes] : ReadTree(NewestArtifact(directory / "p", node, key))) {
          // The analyzer cache names data sets by the path of their files.
          const std::string name = key == "updated_analyzer_cache"
                                       ? key + "/" + std::filesystem::path(file).filename().string()
                                       : key + "/" + file;
          trees[threads][std::string(node) + "/" + name] = bytes;
        }
      }
    }
  }
  ASSERT_GT(trees["1"].size(), 15u);
  for (const char* threads : {"2", "4"}) {
    ASSERT_EQ(trees[threads].size(), trees["1"].size());
    for (const auto& [file, bytes] : trees["1"])
      EXPECT_TRUE(trees[threads][file] == bytes) << file << " with " << threads << " threads";
  }
}

TEST_F(PipelineBehaviourTest, GoesOnAfterBeingKilledAtAnyMoment) {
  std::mt19937 random(20261121);
  std::uniform_int_distribution<int> delay_ms(0, 1800);
  int killed = 0;
  for (int round = 0; round < 20; ++round) {
    // Each round is new work: another number of steps; every fifth round starts from nothing.
    if (round % 5 == 0) std::filesystem::remove_all(directory_ / "pipeline");
    const std::string steps = "--train_steps=" + std::to_string(300 + round);
    const ProgramResult cut = Run({steps}, {.kill_after = std::chrono::milliseconds(delay_ms(random))});
    killed += cut.exit_code == 128 + 9;

    const ProgramResult again = Run({steps});

    ASSERT_EQ(again.exit_code, 0) << "round " << round << "\n" << again.out;
    for (const auto& [node, state] : States())
      EXPECT_TRUE(state == "COMPLETE" || state == "CACHED") << node << " " << state;
  }
  EXPECT_GE(killed, 5) << "the kills came too late to test anything";

  // Every artifact that metadata calls live is there, and nothing is left running.
  const std::string root = "--pipeline_root=" + directory_ / "pipeline";
  const ProgramResult artifacts = RunProgram("tfx", {"artifact", "list", "--json", "--limit=100000", root});
  ASSERT_EQ(artifacts.exit_code, 0) << artifacts.out;
  const auto listed_artifacts = nlohmann::json::parse(artifacts.out);
  for (const auto& artifact : listed_artifacts["artifacts"]) {
    if (artifact["state"] != "LIVE") continue;
    EXPECT_TRUE(std::filesystem::exists(artifact["uri"].get<std::string>())) << artifact.dump();
  }
  const ProgramResult executions = RunProgram("tfx", {"execution", "list", "--json", "--limit=100000", root});
  ASSERT_EQ(executions.exit_code, 0) << executions.out;
  const auto listed_executions = nlohmann::json::parse(executions.out);
  for (const auto& execution : listed_executions["executions"])
    EXPECT_NE(execution["last_known_state"], "RUNNING") << execution.dump();
  // Servers see whole versions only.
  for (const auto& version : std::filesystem::directory_iterator(directory_ / "serving")) {
    if (version.path().filename().string().starts_with(".")) continue;
    EXPECT_TRUE(std::filesystem::exists(version.path() / "saved_model.pb")) << version.path();
  }
}

TEST(PenguinPipelineTest, RunsOnImportedRecordsWithThreeClasses) {
  TestDirectory directory;

  const ProgramResult run =
      RunProgram("penguin", {"run", "--data_root=" + PenguinData(), "--pipeline_root=" + directory / "p",
                             "--serving_model_dir=" + directory / "serving", "--seed=1"});

  ASSERT_EQ(run.exit_code, 0) << run.out;
  const ProgramResult evaluation = RunProgram(
      "tfx", {"evaluate", "--json", "--evaluation=" + NewestArtifact(directory / "p", "Evaluator", "evaluation")});
  ASSERT_EQ(evaluation.exit_code, 0) << evaluation.out;
  const auto json = nlohmann::json::parse(evaluation.out);
  EXPECT_GT(json["metrics"]["sparse_categorical_accuracy"].get<double>(), 0.9);
  EXPECT_EQ(json["metrics"]["example_count"], 100);
  EXPECT_FALSE(std::filesystem::is_empty(directory / "serving"));
}

TEST(WarmStartTest, TrainingGoesOnFromTheNewestModelOfEarlierRuns) {
  TestDirectory directory;
  auto auc_after = [&](const std::string& steps) {
    const ProgramResult run = RunProgram(
        "warm_start",
        {"run", "--data_root=" + TaxiData(), "--pipeline_root=" + directory / "p", "--train_steps=" + steps});
    EXPECT_EQ(run.exit_code, 0) << run.out;
    const ProgramResult evaluation = RunProgram(
        "tfx", {"evaluate", "--json", "--evaluation=" + NewestArtifact(directory / "p", "Evaluator", "evaluation")});
    EXPECT_EQ(evaluation.exit_code, 0) << evaluation.out;
    return nlohmann::json::parse(evaluation.out)["metrics"]["auc"].get<double>();
  };

  const double cold = auc_after("1");
  const double trained = auc_after("300");
  const double warm = auc_after("1");

  EXPECT_LT(cold, 0.8);
  EXPECT_GT(trained, 0.85);
  EXPECT_GT(warm, 0.85);
  const ProgramResult why =
      RunProgram("warm_start", {"why", "Trainer", "--data_root=" + TaxiData(), "--pipeline_root=" + directory / "p"});
  EXPECT_THAT(why.out, HasSubstr("base_model"));
}

}  // namespace
}  // namespace tfx_tests
