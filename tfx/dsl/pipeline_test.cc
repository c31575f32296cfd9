#include "tfx/dsl/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tfx/dsl/importer.h"
#include "tfx/dsl/resolver.h"
#include "tfx/proto/trainer.pb.h"

namespace tfx {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct NoWork : Executor {
  absl::Status Do(const ExecutorInputs&, ExecutorOutputs&, const ExecutionProperties&,
                  const ExecutorContext&) override {
    return absl::OkStatus();
  }
};

struct Reader {
  Param<std::string> directory;
  Param<int64_t> limit = 5;
  struct Outputs {
    Channel<Examples> examples;
  };
  static const ComponentDescription<Reader>& Describe() {
    static const auto& description = *new ComponentDescription<Reader>(
        ComponentDescription<Reader>("Reader", "Reads.")
            .Type("test.Reader")
            .RequiredParameter("directory", &Reader::directory, "Where the files are.")
            .Parameter("limit", &Reader::limit, "How many.")
            .Output("examples", &Outputs::examples, "What was read.")
            .ExecutorClass("test.Executor", [](const Reader&) { return std::make_unique<NoWork>(); }));
    return description;
  }
};

struct Learner {
  std::function<void()> run_fn;
  Channel<Examples> examples;
  Channel<Model> base_model;
  components::trainer::TrainArgs train_args;
  std::vector<std::string> splits;
  std::optional<double> rate;
  bool with_log = true;
  std::optional<std::string> module_file;
  struct Outputs {
    Channel<Model> model;
    Channel<ModelRun> log;
  };
  static const ComponentDescription<Learner>& Describe() {
    static const auto& description = *new ComponentDescription<Learner>(
        ComponentDescription<Learner>("Learner", "Learns.")
            .Type("test.Learner", ExecutionBaseType::kTrain)
            .Input("examples", &Learner::examples, "What to learn from.")
            .OptionalInput("base_model", &Learner::base_model, "Where to start.")
            .Parameter("train_args", &Learner::train_args, "Steps.")
            .Parameter("splits", &Learner::splits, "Splits.")
            .Parameter("rate", &Learner::rate, "Learning rate.")
            .Parameter("module_file", &Learner::module_file, "A file.")
            .ReadsFile("module_file")
            .RequiredUserFunction("run_fn", &Learner::run_fn, "Learns.")
            .Output("model", &Outputs::model, "The model.")
            .OptionalOutput(
                "log", &Outputs::log, [](const Learner& c) { return c.with_log; }, "Its log.")
            .Check([](const Learner& c, WiringProblems& problems) {
              if (c.rate && *c.rate <= 0) problems.Add("rate", "must be more than 0");
            })
            .ExecutorClass("test.Executor", [](const Learner&) { return std::make_unique<NoWork>(); }));
    return description;
  }
};

std::vector<std::string> Errors(const Pipeline& pipeline) {
  std::vector<std::string> lines;
  for (const WiringError& error : pipeline.Errors()) lines.push_back(ToString(error));
  return lines;
}

// Whether an input of type T takes a channel C at all: wrong types do not compile.
template <typename C, typename T>
concept Takes = requires(C channel) {
  Channel<T>{channel};
};
static_assert(Takes<Channel<Examples>, Examples>);
static_assert(!Takes<Channel<Schema>, Examples>);
static_assert(!Takes<Channel<PushedModel>, Model>);

TEST(PipelineTest, AddGivesTypedChannelsThatNameTheirProducer) {
  Pipeline p{.name = "p", .root = "/r"};
  auto reader = p.Add(Reader{.directory = "d"}, {.id = "first"});

  EXPECT_EQ(reader.id(), "first");
  ASSERT_EQ(reader.examples.sources().size(), 1u);
  EXPECT_EQ(reader.examples.sources()[0].output_key, "examples");
  EXPECT_EQ(reader.examples.sources()[0].node_id, "first");
}

TEST(PipelineTest, AWholePipelineHasNoErrors) {
  Pipeline p{.name = "p", .root = "/r"};
  auto reader = p.Add(Reader{.directory = "d"});
  auto learner = p.Add(Learner{.run_fn = [] {}, .examples = reader.examples});
  p.Add(Learner{.run_fn = [] {}, .examples = reader.examples, .base_model = learner.model}, {.id = "again"});

  EXPECT_THAT(Errors(p), IsEmpty());
}

TEST(PipelineTest, MovingAPipelineKeepsItsWiring) {
  Pipeline p{.name = "p", .root = "/r"};
  auto reader = p.Add(Reader{.directory = "d"});
  Pipeline moved = std::move(p);
  moved.Add(Learner{.run_fn = [] {}, .examples = reader.examples});

  EXPECT_THAT(Errors(moved), IsEmpty());
}

TEST(PipelineTest, AllErrorsAreReportedAtOnceByNodeAndField) {
  Pipeline p{.name = "no spaces", .root = ""};
  p.Add(Reader{});
  p.Add(Reader{.directory = "d"});
  p.Add(Learner{.rate = -1.0, .module_file = "/nowhere/at/all.py"});

  EXPECT_THAT(Errors(p), ElementsAre(HasSubstr("pipeline.name: 'no spaces'"), HasSubstr("pipeline.root: is empty"),
                                     HasSubstr("Reader: several nodes have this id"),
                                     HasSubstr("Reader.directory: the required parameter is empty"),
                                     HasSubstr("Learner.examples: the required input of type Examples is not given"),
                                     HasSubstr("Learner.run_fn: no function is given"),
                                     HasSubstr("Learner.rate: must be more than 0"),
                                     AllOf(HasSubstr("Learner.module_file: "), HasSubstr("/nowhere/at/all.py"))));
  EXPECT_EQ(p.Check().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PipelineTest, UnknownProducersOutputsAndTypesAreNamed) {
  Pipeline p{.name = "p", .root = "/r"};
  p.Add(Reader{.directory = "d"});
  p.Add(Learner{.run_fn = [] {}, .examples = OutputOf<Examples>("Raeder", "examples")}, {.id = "a"});
  p.Add(Learner{.run_fn = [] {}, .examples = OutputOf<Examples>("Reader", "rows")}, {.id = "b"});
  p.Add(Learner{.run_fn = [] {}, .examples = OutputOf<Examples>("a", "model")}, {.id = "c"});
  p.Add(Reader{.directory = "d"}, {.id = "e", .upstream_nodes = {"Readr"}});

  EXPECT_THAT(Errors(p),
              ElementsAre(HasSubstr("a.examples: no node 'Raeder' in this pipeline; did you mean Reader?"),
                          HasSubstr("b.examples: node 'Reader' has no output 'rows'; it has examples"),
                          HasSubstr("c.examples: needs Examples, but output 'model' of 'a' is Model"),
                          HasSubstr("e.upstream_nodes: no node 'Readr' in this pipeline; did you mean Reader?")));
}

TEST(PipelineTest, ChannelsOfAnotherPipelineAreErrors) {
  Pipeline other{.name = "other", .root = "/r"};
  auto reader = other.Add(Reader{.directory = "d"});
  Pipeline p{.name = "p", .root = "/r"};
  p.Add(Learner{.run_fn = [] {}, .examples = reader.examples});

  EXPECT_THAT(Errors(p), ElementsAre(HasSubstr("is wired to 'Reader' of another pipeline")));
}

TEST(PipelineTest, CyclesAreShown) {
  Pipeline p{.name = "p", .root = "/r"};
  auto reader = p.Add(Reader{.directory = "d"}, {.upstream_nodes = {"Learner"}});
  p.Add(Learner{.run_fn = [] {}, .examples = reader.examples});

  EXPECT_THAT(Errors(p), ElementsAre(HasSubstr("is part of a cycle: Learner -> Reader -> Learner")));
}

TEST(PipelineTest, ParametersAreEncodedAsTfxDoes) {
  Pipeline p{.name = "p", .root = "/r"};
  components::trainer::TrainArgs args;
  args.set_num_steps(7);
  auto reader = p.Add(Reader{.directory = RuntimeParameter<std::string>{"dir", "/d"}});
  p.Add(Learner{.run_fn = [] {}, .examples = reader.examples, .train_args = args, .splits = {"a", "b"}});
  const auto& nodes = p.graph.nodes();

  EXPECT_THAT(Errors(p), IsEmpty());
  EXPECT_EQ(nodes[0].parameters.at("directory").runtime_parameter_name, "dir");
  EXPECT_EQ(std::get<int64_t>(nodes[0].parameters.at("limit").value), 5);
  EXPECT_EQ(std::get<std::string>(nodes[1].parameters.at("train_args").value), "{\n  \"num_steps\": 7\n}");
  EXPECT_EQ(std::get<std::string>(nodes[1].parameters.at("splits").value), "[\"a\", \"b\"]");
  EXPECT_FALSE(nodes[1].parameters.contains("rate"));
  EXPECT_TRUE(nodes[1].runs_user_code);
  EXPECT_FALSE(nodes[0].runs_user_code);
}

TEST(PipelineTest, AnOptionalOutputThatIsOffIsNotWired) {
  Pipeline p{.name = "p", .root = "/r"};
  auto reader = p.Add(Reader{.directory = "d"});
  auto learner = p.Add(Learner{.run_fn = [] {}, .examples = reader.examples, .with_log = false});

  EXPECT_TRUE(learner.model.wired());
  EXPECT_FALSE(learner.log.wired());
}

TEST(PipelineTest, ResolversAndImportersCheckTheirFields) {
  Pipeline p{.name = "p", .root = "/r"};
  auto latest = p.Add(Resolver{.strategy = LatestArtifactStrategy<Model>{.output_key = "model", .count = 0}});
  p.Add(Importer<Examples>{.source_uri = "", .properties = {{"colour", std::string("red")}}});

  EXPECT_EQ(latest.artifacts.sources()[0].output_key, "model");
  EXPECT_THAT(Errors(p), ElementsAre(HasSubstr("Resolver.strategy.count: 0 must be at least 1"),
                                     HasSubstr("Importer.artifact_uri: the required parameter is empty"),
                                     HasSubstr("Importer.properties: type Examples declares no property 'colour'")));
}

TEST(ComponentTest, HelpNamesEverythingWithItsDefault) {
  const std::string help = HelpText(Reader::Describe().info());

  EXPECT_THAT(help, AllOf(HasSubstr("Reader  Reads."), HasSubstr("directory"), HasSubstr("string, required"),
                          HasSubstr("int, default 5"), HasSubstr("examples"), HasSubstr("What was read.")));
}

}  // namespace
}  // namespace tfx
