#include "tfx/tensorflow/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensorflow/core/framework/graph.pb.h"
#include "tfx/tensorflow/ops.h"
#include "tfx/tensorflow/session.h"

namespace tfx::tf {
namespace {

using ::tensorflow::DT_FLOAT;
using ::tensorflow::DT_INT64;
using ::tensorflow::DT_STRING;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

Tensor RunOne(const Graph& graph, const Output& fetch, std::vector<Feed> feeds = {}) {
  const auto session = Session::Create(graph);
  EXPECT_TRUE(session.ok()) << session.status();
  if (!session.ok()) return {};
  const auto values = (*session)->Run(feeds, std::vector<Output>{fetch});
  EXPECT_TRUE(values.ok()) << values.status();
  return values.ok() ? (*values)[0] : Tensor();
}

TEST(Graph, InfersTypesAndShapes) {
  Graph graph;
  const Output x = graph.Placeholder(DT_FLOAT, {-1, 3}, "x");
  const Output w = graph.Const(Tensor::Empty(DT_FLOAT, {3, 2}));

  const Output y = graph.Op("MatMul", "y").Input(x).Input(w).Attr("transpose_b", false).Output();

  ASSERT_TRUE(graph.status().ok()) << graph.status();
  EXPECT_EQ(y.name(), "y:0");
  EXPECT_EQ(y.dtype(), DT_FLOAT);
  EXPECT_THAT(*y.shape(), ElementsAre(-1, 2));
  EXPECT_EQ(graph.PlaceholderOfUnknownRank(DT_STRING, "any").shape(), std::nullopt);
  EXPECT_EQ(y.operation().type(), "MatMul");
}

TEST(Graph, NamesAreMadeUniqueAsTensorFlowDoes) {
  Graph graph;
  const auto name = [&](std::string_view wanted) { return graph.Op("NoOp", wanted).Finish().name(); };

  EXPECT_EQ(name("dense"), "dense");
  EXPECT_EQ(name("dense"), "dense_1");
  EXPECT_EQ(name("dense_1"), "dense_1_1");
  EXPECT_EQ(name("Dense"), "Dense_2");  // case does not tell two nodes apart
  EXPECT_EQ(name(""), "NoOp");
  {
    const Graph::Scope outer(graph, "tower");
    EXPECT_EQ(name("dense"), "tower/dense");
    const Graph::Scope inner(graph, "a");
    EXPECT_EQ(name("dense"), "tower/a/dense");
  }
  {
    const Graph::Scope again(graph, "tower");
    EXPECT_EQ(name("dense"), "tower_1/dense");
  }
  EXPECT_EQ(name("dense"), "dense_3");
  EXPECT_EQ(name("trip seconds (log)"), "trip_seconds__log_");
  EXPECT_EQ(name("_hidden"), "._hidden");
  EXPECT_TRUE(graph.status().ok()) << graph.status();
}

TEST(Graph, TheFirstErrorStaysAndNamesOpNodeAndReason) {
  Graph graph;
  const Output a = graph.Const(Tensor::Vector<float>({1, 2}));
  const Output b = graph.Const(Tensor::Vector<float>({1, 2, 3}));

  const Output bad = graph.Op("AddV2", "sum").Input(a).Input(b).Output();
  const Output worse = graph.Op("NoSuchOp").Input(bad).Output();

  EXPECT_FALSE(bad.valid());
  EXPECT_FALSE(worse.valid());
  EXPECT_EQ(graph.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(graph.status()), AllOf(HasSubstr("AddV2 'sum'"), HasSubstr("Dimensions must be equal")));
  EXPECT_EQ(Session::Create(graph).status(), graph.status());
  EXPECT_EQ(graph.ToGraphDef().status(), graph.status());
}

TEST(Graph, RefusesUnknownOpsWrongTypesAndForeignTensors) {
  Graph unknown;
  unknown.Op("NoSuchOp", "n").Finish();
  EXPECT_THAT(Message(unknown.status()), HasSubstr("NoSuchOp"));

  Graph types;
  types.Op("AddV2").Input(types.Scalar<float>(1)).Input(types.Scalar<int64_t>(1)).Finish();
  EXPECT_THAT(Message(types.status()), HasSubstr("AddV2 'AddV2'"));

  Graph one, two;
  two.Op("Neg").Input(one.Scalar<float>(1)).Finish();
  EXPECT_THAT(Message(two.status()), HasSubstr("belongs to another graph"));

  Graph empty;
  empty.Op("Neg").Input(Output{}).Finish();
  EXPECT_THAT(Message(empty.status()), HasSubstr("Neg 'Neg': input 0 is not a valid output"));

  Graph output;
  EXPECT_FALSE(output.Op("NoOp", "n").OutputAt(0).valid());
  EXPECT_THAT(Message(output.status()), HasSubstr("'n' has 0 outputs"));
}

TEST(Graph, AnAbandonedOpIsHarmless) {
  Graph graph;
  { const OpBuilder unused = graph.Op("MatMul"); }
  EXPECT_TRUE(graph.status().ok());
  EXPECT_EQ(RunOne(graph, graph.Scalar<float>(2)).scalar<float>(), 2);
}

TEST(Graph, SetsEveryKindOfAttribute) {
  Graph graph;
  const Output x = graph.Const(Tensor::Vector<float>({-1, 4, 9}));
  const Output buckets = graph.Op("Bucketize").Input(x).FloatListAttr("boundaries", {0, 5}).Output();
  const Output leaky = graph.Op("LeakyRelu").Input(x).Attr("alpha", 0.5f).Output();
  const Output joined = graph.Op("StringJoin")
                            .InputList(std::vector<Output>{ops::String(graph, "a"), ops::String(graph, "b")})
                            .Attr("separator", "-")
                            .Output();
  const Output squeezed =
      graph.Op("Squeeze").Input(ops::Reshape(x, {1, 3, 1})).IntListAttr("squeeze_dims", {0}).Output();
  const Output empty_list =
      graph.Op("Squeeze").Input(ops::Reshape(x, {1, 3, 1})).IntListAttr("squeeze_dims", {}).Output();

  ASSERT_TRUE(graph.status().ok()) << graph.status();
  EXPECT_THAT(RunOne(graph, buckets).data<int32_t>(), ElementsAre(0, 1, 2));
  EXPECT_THAT(RunOne(graph, leaky).data<float>(), ElementsAre(-0.5, 4, 9));
  EXPECT_EQ(RunOne(graph, joined).string_at(0), "a-b");
  EXPECT_THAT(*squeezed.shape(), ElementsAre(3, 1));
  EXPECT_THAT(*empty_list.shape(), ElementsAre(3));
}

TEST(Gradients, FollowTheChainRule) {
  // y = sum((w x)^2), dy/dw = 2 w x^2, dy/dx = 2 w^2 x
  Graph graph;
  const Output x = graph.Const(Tensor::Vector<float>({1, 2, 3}));
  const Output w = graph.Scalar<float>(2);
  const Output y = ops::ReduceSum(ops::Square(ops::Mul(w, x)), {0});

  const std::vector<Output> gradients = graph.Gradients(std::vector<Output>{y}, std::vector<Output>{w, x});

  ASSERT_TRUE(graph.status().ok()) << graph.status();
  EXPECT_FLOAT_EQ(RunOne(graph, gradients[0]).scalar<float>(), 2 * 2 * (1 + 4 + 9));
  EXPECT_THAT(RunOne(graph, gradients[1]).data<float>(), ElementsAre(8, 16, 24));
}

TEST(Gradients, OfWhatYDoesNotDependOnAreInvalidWithoutAnError) {
  Graph graph;
  const Output x = graph.Scalar<float>(3);
  const Output alone = graph.Scalar<float>(4);
  const Output through_integers = graph.Scalar<float>(5);
  const Output y = ops::Add(ops::Square(x), ops::StopGradient(through_integers));

  const std::vector<Output> some =
      graph.Gradients(std::vector<Output>{y}, std::vector<Output>{alone, x, through_integers});
  const std::vector<Output> none = graph.Gradients(std::vector<Output>{y}, std::vector<Output>{alone});

  ASSERT_TRUE(graph.status().ok()) << graph.status();
  EXPECT_FALSE(some[0].valid());
  EXPECT_FLOAT_EQ(RunOne(graph, some[1]).scalar<float>(), 6);
  EXPECT_FALSE(some[2].valid());
  EXPECT_FALSE(none[0].valid());
}

TEST(Gradients, AnOpWithoutOneIsNamed) {
  Graph graph;
  const Output x = graph.Const(Tensor::Vector<float>({1, 2, 3}));
  const Output y = graph.Op("Cumprod").Input(x).Input(graph.Scalar<int32_t>(0)).Output();

  graph.Gradients(std::vector<Output>{y}, std::vector<Output>{x});

  EXPECT_THAT(Message(graph.status()), AllOf(HasSubstr("gradients of Cumprod:0"), HasSubstr("Cumprod")));
}

TEST(Import, ReplacesInputsAndReturnsOutputsUnderAPrefix) {
  Graph source;
  const Output a = source.Placeholder(DT_FLOAT, {-1}, "a");
  ops::Identity(ops::Mul(a, source.Scalar<float>(10)), "ten_times");
  const auto def = source.ToGraphDef();
  ASSERT_TRUE(def.ok()) << def.status();
  Graph graph;
  const Output x = graph.Const(Tensor::Vector<float>({1, 2}), "a");

  const std::vector<std::string> wanted = {"ten_times:0", "a:0", "ten_times"};
  const auto outputs = graph.Import(*def, "model", {{"a:0", x}}, wanted);
  const auto second = graph.Import(*def, "again", {{"a", (*outputs)[0]}}, wanted);

  ASSERT_TRUE(outputs.ok()) << outputs.status();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ((*outputs)[0].name(), "model/ten_times:0");
  EXPECT_EQ((*outputs)[1].name(), "a:0");  // replaced, so it is the replacement
  EXPECT_THAT(RunOne(graph, (*outputs)[2]).data<float>(), ElementsAre(10, 20));
  EXPECT_THAT(RunOne(graph, (*second)[0]).data<float>(), ElementsAre(100, 200));
}

TEST(Import, NamesAnInputOrOutputThatIsNotThere) {
  Graph source;
  ops::Identity(source.Scalar<float>(1), "y");
  const auto def = source.ToGraphDef();
  Graph graph;
  const Output x = graph.Scalar<float>(1);

  EXPECT_THAT(Message(graph.Import(*def, "p", {{"zebra:0", x}}, {}).status()), HasSubstr("zebra:0"));
  EXPECT_THAT(Message(graph.Import(*def, "q", {}, std::vector<std::string>{"giraffe:0"}).status()),
              HasSubstr("giraffe"));
  EXPECT_THAT(Message(graph.Import(*def, "r", {{"y:x", x}}, {}).status()), HasSubstr("'y:x'"));
  EXPECT_TRUE(graph.status().ok());
}

TEST(FindOutput, TakesNodeAndIndex) {
  Graph graph;
  graph.Placeholder(DT_INT64, {}, "x");

  EXPECT_EQ(graph.FindOutput("x:0")->name(), "x:0");
  EXPECT_EQ(graph.FindOutput("x")->name(), "x:0");
  EXPECT_TRUE(absl::IsNotFound(graph.FindOutput("x:1").status()));
  EXPECT_THAT(Message(graph.FindOutput("nobody:0").status()), HasSubstr("'nobody'"));
  EXPECT_FALSE(graph.FindOperation("nobody").has_value());
}

}  // namespace
}  // namespace tfx::tf
