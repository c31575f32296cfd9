#include "tfx/tensorflow/saved_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "tensorflow/core/protobuf/saved_model.pb.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/tensorflow/ops.h"
#include "tfx/testing/test_folder.h"

namespace tfx::tf {
namespace {

using ::tensorflow::DT_FLOAT;
using ::tensorflow::DT_STRING;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// A small scorer: examples -> word -> row of an embedding through a vocabulary table -> dot product with a weight.
struct Scorer {
  explicit Scorer(const std::string& vocabulary_file) {
    examples = graph.Placeholder(DT_STRING, {-1}, "examples");
    const ops::ParsedExamples parsed = ops::ParseExample(examples, {{"word", DT_STRING, {}, Tensor::String("")}}, {});
    filename = graph.Const(Tensor::String(vocabulary_file), "vocabulary");
    table = ops::VocabularyTable(filename, "words");
    embedding = AddVariable("embedding", {4, 2}, {1, 10, 2, 20, 3, 30, 4, 40});
    weight = AddVariable("weight", {2, 1}, {1, 1});
    const Output ids = ops::LookupWithOov(table, parsed.dense[0], 1);
    score = ops::Sigmoid(
        ops::MatMul(ops::Gather(ops::ReadVariable(embedding, DT_FLOAT), ids), ops::ReadVariable(weight, DT_FLOAT)));
    raw = ops::MatMul(ops::Gather(ops::ReadVariable(embedding, DT_FLOAT), ids), ops::ReadVariable(weight, DT_FLOAT));
    // Things of training that must not be exported.
    label = graph.Placeholder(DT_FLOAT, {-1, 1}, "label");
    const Output loss = ops::ReduceMean(ops::SquaredDifference(raw, label), {0, 1});
    gradients = graph.Gradients(std::vector<Output>{loss}, std::vector<Output>{ops::ReadVariable(weight, DT_FLOAT)});
    EXPECT_TRUE(graph.status().ok()) << graph.status();
    session = *Session::Create(graph);
    for (const Variable& variable : spec.variables) {
      EXPECT_TRUE(session->Run({}, {}, {variable.initializer}).ok());
    }
    spec.signatures["serving_default"] = {{{"examples", examples}}, {{"score", score}, {"raw", raw}}};
    spec.initializers = {table.initializer};
    spec.assets = {{"vocabulary:0", vocabulary_file}};
  }

  Output AddVariable(const std::string& name, const Shape& shape, const std::vector<float>& values) {
    const Output handle = ops::VarHandle(graph, DT_FLOAT, shape, name);
    const Operation init = ops::Assign(handle, graph.Const(Tensor::FromData<float>(shape, values), name + "/initial"));
    spec.variables.push_back({name, handle, init, true});
    return handle;
  }

  Graph graph;
  std::unique_ptr<Session> session;
  Output examples, filename, embedding, weight, score, raw, label;
  std::vector<Output> gradients;
  ops::Table table;
  SavedModelSpec spec;
};

// A serialized tf.Example with one string feature "word".
std::string Example(const std::string& word) {
  const auto field = [](const std::string& bytes) {
    return std::string("\x0a") + static_cast<char>(bytes.size()) + bytes;
  };
  const std::string feature = field(field(word));  // Feature.bytes_list.value
  return field(field(field("word") + "\x12" + static_cast<char>(feature.size()) + feature));
}

class SavedModelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = io::JoinPath(::tfx::testing::TestFolder(), "tfx_saved_model_test");
    ASSERT_TRUE(io::RemoveRecursively(root_).ok());
    vocabulary_ = io::JoinPath(root_, "source/words.txt");
    ASSERT_TRUE(io::WriteFile(vocabulary_, "ant\nbee\ncat\n").ok());
    model_ = io::JoinPath(root_, "model");
  }
  void TearDown() override { io::RemoveRecursively(root_).IgnoreError(); }
  std::string root_, vocabulary_, model_;
};

TEST_F(SavedModelTest, WhatIsWrittenLoadsElsewhereAndGivesTheSameValues) {
  Scorer scorer(vocabulary_);
  // The saved values are those of the session, not the initial ones.
  const Operation train =
      ops::Assign(scorer.weight, scorer.graph.Const(Tensor::FromData<float>({2, 1}, std::vector<float>{1, 0.5})));
  ASSERT_TRUE(scorer.session->Run({}, {}, {train}).ok());

  const absl::Status written = WriteSavedModel(scorer.graph, scorer.session.get(), scorer.spec, model_);
  ASSERT_TRUE(written.ok()) << written;
  const std::string moved = io::JoinPath(root_, "elsewhere/1");
  ASSERT_TRUE(io::CreateDirectories(io::Dirname(moved)).ok());
  ASSERT_TRUE(io::Rename(model_, moved).ok());
  ASSERT_TRUE(io::RemoveRecursively(io::Dirname(vocabulary_)).ok());
  const auto model = SavedModel::Load(moved);

  ASSERT_TRUE(model.ok()) << model.status();
  const auto outputs = (*model)->Run(
      "serving_default",
      {{"examples", Tensor::Strings(std::vector<std::string>{Example("bee"), Example("cat"), Example("dog")})}});
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_THAT(outputs->at("raw").shape(), ElementsAre(3, 1));
  EXPECT_THAT(outputs->at("raw").data<float>(), ElementsAre(2 + 10, 3 + 15, 4 + 20));
  EXPECT_EQ(outputs->count("score"), 1u);
}

TEST_F(SavedModelTest, HoldsOnlyWhatServingNeedsAndNoPathsOfTheWriter) {
  Scorer scorer(vocabulary_);
  ASSERT_TRUE(WriteSavedModel(scorer.graph, scorer.session.get(), scorer.spec, model_).ok());

  const auto meta_graph = ReadMetaGraph(model_);

  ASSERT_TRUE(meta_graph.ok()) << meta_graph.status();
  std::set<std::string> names;
  for (const auto& node : meta_graph->graph_def().node()) names.insert(node.name());
  EXPECT_EQ(names.count("label"), 0u);
  EXPECT_EQ(names.count("weight/initial"), 0u);
  EXPECT_EQ(names.count("weight"), 1u);
  EXPECT_THAT(meta_graph->SerializeAsString(), Not(HasSubstr(root_)));
  EXPECT_TRUE(meta_graph->meta_info_def().stripped_default_attrs());
  for (const auto& node : meta_graph->graph_def().node()) {
    if (node.op() != "MatMul") continue;
    EXPECT_EQ(node.attr().count("transpose_a"), 0u);  // false is the default
  }
  EXPECT_EQ(meta_graph->collection_def().at("variables").bytes_list().value_size(), 2);
  EXPECT_EQ(meta_graph->asset_file_def(0).filename(), "words.txt");
  EXPECT_EQ(*io::ReadFile(io::JoinPath(model_, "assets/words.txt")), "ant\nbee\ncat\n");
}

TEST_F(SavedModelTest, TheSameGraphGivesTheSameBytes) {
  for (const char* name : {"a", "b"}) {
    Scorer scorer(vocabulary_);
    ASSERT_TRUE(WriteSavedModel(scorer.graph, scorer.session.get(), scorer.spec, io::JoinPath(root_, name)).ok());
  }
  const auto files = io::ListRecursively(io::JoinPath(root_, "a"));
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(files->size(), 4u);
  for (const io::FileInfo& file : *files) {
    const std::string relative = file.path.substr(io::JoinPath(root_, "a").size());
    EXPECT_EQ(*io::ReadFile(file.path), *io::ReadFile(io::JoinPath(root_, "b") + relative)) << relative;
  }
}

TEST_F(SavedModelTest, OneGraphIsExportedTwice) {
  Scorer scorer(vocabulary_);
  ASSERT_TRUE(WriteSavedModel(scorer.graph, scorer.session.get(), scorer.spec, model_).ok());
  // Twice from one graph: names of the save ops do not collide.
  const std::string second = io::JoinPath(root_, "second");
  const absl::Status again = WriteSavedModel(scorer.graph, scorer.session.get(), scorer.spec, second);

  ASSERT_TRUE(again.ok()) << again;
  EXPECT_TRUE(SavedModel::Load(second).ok());
}

TEST_F(SavedModelTest, WithoutVariablesTablesAndAssets) {
  Graph graph;
  const Output x = graph.Placeholder(DT_FLOAT, {-1}, "x");
  SavedModelSpec spec;
  spec.signatures["double"] = {{{"x", x}}, {{"y", ops::Add(x, x)}, {"x", x}}};
  spec.tags = {"serve", "cpu"};

  ASSERT_TRUE(WriteSavedModel(graph, nullptr, spec, model_).ok());
  const auto wrong_tags = SavedModel::Load(model_);
  const auto model = SavedModel::Load(model_, {}, {"cpu", "serve"});

  EXPECT_EQ(wrong_tags.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(wrong_tags.status().message()), HasSubstr("{cpu, serve}"));
  ASSERT_TRUE(model.ok()) << model.status();
  const auto outputs = (*model)->Run("double", {{"x", Tensor::Vector<float>({1, 2})}});
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_THAT(outputs->at("y").data<float>(), ElementsAre(2, 4));
  EXPECT_THAT(outputs->at("x").data<float>(), ElementsAre(1, 2));
  EXPECT_THAT(*io::ListDirectory(model_), ElementsAre("saved_model.pb"));
}

TEST_F(SavedModelTest, AssetsOfOneNameAreKeptApart) {
  const std::string other = io::JoinPath(root_, "other/words.txt");
  ASSERT_TRUE(io::WriteFile(other, "zebra\n").ok());
  Graph graph;
  const Output keys = graph.Placeholder(DT_STRING, {-1}, "keys");
  SavedModelSpec spec;
  std::map<std::string, Output> outputs;
  for (const auto& [name, file] : std::map<std::string, std::string>{{"a", vocabulary_}, {"b", other}, {"c", other}}) {
    const Output filename = graph.Const(Tensor::String(file), name + "_file");
    const ops::Table table = ops::VocabularyTable(filename, name);
    spec.initializers.push_back(table.initializer);
    spec.assets[filename.name()] = file;
    outputs[name] = ops::LookupWithOov(table, keys, 0);
  }
  spec.signatures["lookup"] = {{{"keys", keys}}, outputs};

  const absl::Status written = WriteSavedModel(graph, nullptr, spec, model_);
  const auto model = SavedModel::Load(model_);

  ASSERT_TRUE(written.ok()) << written;
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_THAT(*io::ListDirectory(io::JoinPath(model_, "assets")), ElementsAre("words.txt", "words.txt_1"));
  const auto ids = (*model)->Run("lookup", {{"keys", Tensor::Strings(std::vector<std::string>{"cat", "zebra"})}});
  ASSERT_TRUE(ids.ok()) << ids.status();
  EXPECT_THAT(ids->at("a").data<int64_t>(), ElementsAre(2, -1));
  EXPECT_THAT(ids->at("b").data<int64_t>(), ElementsAre(-1, 0));
  EXPECT_THAT(ids->at("c").data<int64_t>(), ElementsAre(-1, 0));
}

TEST_F(SavedModelTest, RefusesModelsThatCouldNotServe) {
  const auto message = [&](const std::function<void(Scorer&)>& spoil) {
    Scorer scorer(vocabulary_);
    spoil(scorer);
    const absl::Status status = WriteSavedModel(scorer.graph, scorer.session.get(), scorer.spec, model_);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_FALSE(io::Exists(model_));
    return std::string(status.message());
  };

  EXPECT_THAT(message([](Scorer& s) { s.spec.signatures["serving_default"].inputs.clear(); }),
              AllOf(HasSubstr("serving_default"), HasSubstr("placeholder 'examples'")));
  EXPECT_THAT(message([](Scorer& s) { s.spec.variables.pop_back(); }), HasSubstr("variable 'weight'"));
  EXPECT_THAT(message([](Scorer& s) { s.spec.initializers.clear(); }), HasSubstr("lookup table 'words'"));
  EXPECT_THAT(message([](Scorer& s) { s.spec.signatures.clear(); }), HasSubstr("no signature"));
  EXPECT_THAT(message([](Scorer& s) { s.spec.signatures["empty"] = {}; }), HasSubstr("'empty' has no outputs"));
  EXPECT_THAT(message([](Scorer& s) { s.spec.signatures["bad"].outputs["y"] = Output{}; }), HasSubstr("'y'"));
  EXPECT_THAT(message([](Scorer& s) { s.spec.variables.push_back(s.spec.variables[0]); }),
              HasSubstr("two variables are named 'embedding'"));
  EXPECT_THAT(message([](Scorer& s) { s.spec.variables[0].handle = s.score; }), HasSubstr("not a VarHandleOp"));
  EXPECT_THAT(message([](Scorer& s) { s.session.reset(); }), HasSubstr("no session"));
}

TEST_F(SavedModelTest, AMissingAssetLeavesNothingBehind) {
  Scorer scorer(vocabulary_);
  ASSERT_TRUE(io::RemoveRecursively(vocabulary_).ok());

  const absl::Status status = WriteSavedModel(scorer.graph, scorer.session.get(), scorer.spec, model_);

  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(*io::ListDirectory(root_), ElementsAre("source"));
}

TEST_F(SavedModelTest, DoesNotOverwriteAModel) {
  Scorer scorer(vocabulary_);
  ASSERT_TRUE(WriteSavedModel(scorer.graph, scorer.session.get(), scorer.spec, model_).ok());

  EXPECT_TRUE(absl::IsAlreadyExists(WriteSavedModel(scorer.graph, scorer.session.get(), scorer.spec, model_)));
}

TEST_F(SavedModelTest, DamagedModelsAreReportedWithTheFolder) {
  Scorer scorer(vocabulary_);
  ASSERT_TRUE(WriteSavedModel(scorer.graph, scorer.session.get(), scorer.spec, model_).ok());
  const auto damaged = [&](const std::string& file, const std::string& contents) {
    const std::string copy = io::JoinPath(root_, "copy");
    EXPECT_TRUE(io::RemoveRecursively(copy).ok());
    EXPECT_TRUE(io::CopyTree(model_, copy).ok());
    EXPECT_TRUE(contents == "removed" ? io::RemoveRecursively(io::JoinPath(copy, file)).ok()
                                      : io::WriteFile(io::JoinPath(copy, file), contents).ok());
    const absl::Status status = SavedModel::Load(copy).status();
    EXPECT_THAT(std::string(status.message()), HasSubstr(copy));
    return status;
  };
  const std::string pb = *io::ReadFile(io::JoinPath(model_, "saved_model.pb"));

  EXPECT_TRUE(absl::IsNotFound(damaged("saved_model.pb", "removed")));
  EXPECT_TRUE(absl::IsDataLoss(damaged("saved_model.pb", "")));
  EXPECT_TRUE(absl::IsDataLoss(damaged("saved_model.pb", pb.substr(0, pb.size() / 2))));
  EXPECT_TRUE(absl::IsDataLoss(damaged("variables/variables.data-00000-of-00001", "removed")));
  EXPECT_TRUE(absl::IsDataLoss(damaged("variables/variables.data-00000-of-00001", "short")));
  EXPECT_TRUE(absl::IsDataLoss(damaged("variables/variables.index", "not an index of a checkpoint")));
  EXPECT_TRUE(absl::IsDataLoss(damaged("assets/words.txt", "removed")));
}

}  // namespace
}  // namespace tfx::tf
