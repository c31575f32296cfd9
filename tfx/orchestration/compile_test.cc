#include "tfx/orchestration/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tfx/orchestration/local_dag_runner.h"
#include "tfx/orchestration/testing/fake_taxi.h"

namespace tfx {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TaxiPipeline;
using testing::Workspace;

const ir::PipelineNode& NodeOf(const ir::Pipeline& pipeline, const std::string& id) {
  for (const auto& entry : pipeline.nodes()) {
    if (entry.pipeline_node().node_info().id() == id) return entry.pipeline_node();
  }
  static const ir::PipelineNode none;
  ADD_FAILURE() << "no node " << id;
  return none;
}

TEST(CompileTest, AConsumerQueriesPipelineRunAndProducer) {
  const auto compiled = CompileToIr(TaxiPipeline({.root = "/root", .data = "/data"}));
  ASSERT_TRUE(compiled.ok()) << compiled.status();

  const ir::PipelineNode& node = NodeOf(*compiled, "StatisticsGen");
  const auto& input = node.inputs().inputs().at("examples");
  EXPECT_EQ(input.min_count(), 1);
  ASSERT_EQ(input.channels_size(), 1);
  const auto& channel = input.channels(0);
  EXPECT_EQ(channel.producer_node_query().id(), "CsvExampleGen");
  ASSERT_EQ(channel.context_queries_size(), 3);
  EXPECT_EQ(channel.context_queries(0).name().field_value().string_value(), "chicago_taxi_native_keras");
  EXPECT_EQ(channel.context_queries(1).name().runtime_parameter().name(), "pipeline-run-id");
  EXPECT_EQ(channel.context_queries(2).name().field_value().string_value(), "chicago_taxi_native_keras.CsvExampleGen");
  EXPECT_EQ(channel.artifact_query().type().name(), "Examples");
  EXPECT_EQ(channel.artifact_query().type().base_type(), ml_metadata::ArtifactType::DATASET);
  EXPECT_EQ(channel.output_key(), "examples");
  EXPECT_THAT(node.upstream_nodes(), ElementsAre("CsvExampleGen"));
  EXPECT_THAT(node.downstream_nodes(), ElementsAre("ExampleValidator", "SchemaGen"));
  EXPECT_TRUE(node.execution_options().caching_options().enable_cache());
  EXPECT_FALSE(node.inputs().inputs().contains("schema"));
  EXPECT_EQ(NodeOf(*compiled, "Evaluator").inputs().inputs().at("baseline_model").min_count(), 0);
}

TEST(CompileTest, AResolverIsAnInputGraphOverAllRuns) {
  const auto compiled = CompileToIr(TaxiPipeline({.root = "/root", .data = "/data"}));
  const ir::PipelineNode& node = NodeOf(*compiled, "latest_blessed_model_resolver");

  const auto& hidden = node.inputs().inputs().at("_generated_model_3");
  EXPECT_TRUE(hidden.hidden());
  EXPECT_EQ(hidden.channels(0).context_queries_size(), 1);
  EXPECT_EQ(node.inputs().inputs().at("model").input_graph_ref().graph_id(), "graph_1");
  const auto& graph = node.inputs().input_graphs().at("graph_1");
  EXPECT_EQ(graph.result_node(), "op_1");
  EXPECT_EQ(graph.nodes().at("op_1").op_node().op_type(), kLatestBlessedModelStrategy);
  EXPECT_EQ(graph.nodes().at("dict_2").dict_node().node_ids().at("model_blessing"), "input_4");
  EXPECT_EQ(node.outputs().outputs_size(), 0);
}

TEST(CompileTest, NodesComeInLayersAndTheTextIsTheSameEachTime) {
  const auto first = CompileToIr(TaxiPipeline({.root = "/root", .data = "/data"}));
  const auto second = CompileToIr(TaxiPipeline({.root = "/root", .data = "/data"}));
  std::vector<std::string> ids;
  for (const auto& entry : first->nodes()) ids.push_back(entry.pipeline_node().node_info().id());

  EXPECT_THAT(ids, ElementsAre("CsvExampleGen", "latest_blessed_model_resolver", "StatisticsGen", "SchemaGen",
                               "ExampleValidator", "Transform", "Trainer", "Evaluator", "Pusher"));
  EXPECT_EQ(IrToText(*first), IrToText(*second));
  EXPECT_THAT(IrToText(*first), HasSubstr("class_path: \"tfx.components.trainer.executor.GenericExecutor\""));
}

TEST(CompileTest, AUnionHasHiddenPartsAndGivesEachArtifactOnce) {
  Workspace workspace;
  Pipeline p{.name = "p", .root = workspace.root(), .enable_cache = true};
  auto a = p.Add(testing::CsvExampleGen{.input_base = workspace.data()}, {.id = "a"});
  auto b = p.Add(testing::CsvExampleGen{.input_base = workspace.data()}, {.id = "b"});
  p.Add(testing::StatisticsGen{.examples = Union(a.examples, b.examples, a.examples)});
  const auto compiled = CompileToIr(p);
  const auto& inputs = NodeOf(*compiled, "StatisticsGen").inputs().inputs();
  EXPECT_THAT(inputs.at("examples").mixed_inputs().input_keys(), ElementsAre("_a.examples", "_b.examples"));
  EXPECT_TRUE(inputs.at("_a.examples").hidden());

  size_t count = 0;
  testing::TheWorld().hooks["StatisticsGen"] = [&](const ExecutorInputs& in, auto&, auto&, auto&) {
    count = in.Get("examples").size();
    return absl::OkStatus();
  };
  const auto store = workspace.OpenStore();
  Reporter silent;
  const auto outcome = LocalDagRunner(*compiled, p.graph, *store).Run({.root = p.root}, silent);
  EXPECT_EQ(outcome->exit_code, 0);
  EXPECT_EQ(count, 2u);
}

TEST(ImporterTest, RegistersOnceAndReusesUnlessToldOtherwise) {
  Workspace workspace;
  const auto run = [&](bool reimport) {
    Pipeline p{.name = "p", .root = workspace.root()};
    auto importer = p.Add(Importer<Examples>{.source_uri = workspace.data(),
                                             .reimport = reimport,
                                             .properties = {{"split_names", std::string("[\"train\"]")}},
                                             .custom_properties = {{"origin", std::string("hand")}}});
    p.Add(testing::StatisticsGen{.examples = importer.result});
    const auto compiled = CompileToIr(p);
    const auto store = workspace.OpenStore();
    Reporter silent;
    return LocalDagRunner(*compiled, p.graph, *store).Run({.root = p.root}, silent);
  };

  EXPECT_EQ(run(false)->nodes[0].second.state, NodeState::kComplete);
  EXPECT_EQ(run(false)->nodes[0].second.state, NodeState::kCached);
  EXPECT_EQ(run(true)->nodes[0].second.state, NodeState::kComplete);

  const auto store = workspace.OpenStore();
  const auto artifacts = store->GetArtifactsByType("Examples");
  ASSERT_EQ(artifacts->items.size(), 2u);
  EXPECT_EQ(artifacts->items[0].uri(), workspace.data());
  EXPECT_EQ(artifacts->items[0].custom_properties().at("is_external").int_value(), 1);
  EXPECT_EQ(artifacts->items[0].properties().at("split_names").string_value(), "[\"train\"]");
  EXPECT_EQ(artifacts->items[0].custom_properties().at("origin").string_value(), "hand");
}

TEST(ResolverTest, LatestArtifactsOfAllRunsNewestFirst) {
  Workspace workspace;
  std::vector<int64_t> seen;
  testing::TheWorld().hooks["Evaluator"] = [&](const ExecutorInputs& in, auto&, auto&, auto&) {
    seen.clear();
    for (const Artifact& artifact : in.Get("baseline_model")) seen.push_back(artifact.id);
    return absl::OkStatus();
  };
  testing::TheWorld().hooks["Pusher"] = [](auto&...) { return absl::OkStatus(); };
  const auto run = [&](WhenMissing when_missing) {
    Pipeline p{.name = "p", .root = workspace.root()};
    auto examples = p.Add(testing::CsvExampleGen{.input_base = workspace.data()});
    auto earlier = p.Add(Resolver{.strategy = LatestArtifactStrategy<Model>{
                                      .count = 2, .producer_node_id = "Trainer", .when_missing = when_missing}});
    auto trainer =
        p.Add(testing::Trainer{.run_fn = [] {}, .examples = examples.examples}, {.upstream_nodes = {"Resolver"}});
    p.Add(
        testing::Evaluator{.examples = examples.examples, .model = trainer.model, .baseline_model = earlier.artifacts});
    const auto compiled = CompileToIr(p);
    const auto store = workspace.OpenStore();
    Reporter silent;
    return LocalDagRunner(*compiled, p.graph, *store).Run({.root = p.root}, silent)->exit_code;
  };

  EXPECT_EQ(run(WhenMissing::kFail), 1);
  EXPECT_EQ(run(WhenMissing::kEmpty), 0);
  EXPECT_EQ(seen.size(), 0u);
  EXPECT_EQ(run(WhenMissing::kEmpty), 0);
  EXPECT_EQ(seen.size(), 1u);
  EXPECT_EQ(run(WhenMissing::kFail), 0);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_GT(seen[0], seen[1]);
}

TEST(ResolverTest, WhatANodeTookInIsNotWhatItMade) {
  Workspace workspace;
  Pipeline p{.name = "p", .root = workspace.root()};
  auto examples = p.Add(testing::CsvExampleGen{.input_base = workspace.data()});
  p.Add(testing::StatisticsGen{.examples = examples.examples});
  auto found = p.Add(Resolver{.strategy = LatestArtifactStrategy<Examples>{.producer_node_id = "StatisticsGen"}},
                     {.upstream_nodes = {"StatisticsGen"}});
  const auto compiled = CompileToIr(p);
  const auto store = workspace.OpenStore();
  Reporter silent;
  const auto outcome = LocalDagRunner(*compiled, p.graph, *store).Run({.root = p.root}, silent);

  EXPECT_EQ(outcome->nodes[2].second.summary, "found nothing");
}

}  // namespace
}  // namespace tfx
