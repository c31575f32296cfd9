#include "tfx/tensorflow/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tfx/tensorflow/ops.h"

namespace tfx::tf {
namespace {

using ::tensorflow::DT_FLOAT;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(Session, FetchesInTheOrderAskedFor) {
  Graph graph;
  const Output x = graph.Placeholder(DT_FLOAT, {-1}, "x");
  const Output twice = ops::Add(x, x), square = ops::Square(x);
  const auto session = Session::Create(graph);
  ASSERT_TRUE(session.ok()) << session.status();

  const auto values = (*session)->Run({{x, Tensor::Vector<float>({1, 3})}}, {square, twice, x});

  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_THAT((*values)[0].data<float>(), ElementsAre(1, 9));
  EXPECT_THAT((*values)[1].data<float>(), ElementsAre(2, 6));
  EXPECT_THAT((*values)[2].data<float>(), ElementsAre(1, 3));
}

TEST(Session, KeepsVariablesAndSeesAGraphThatGrows) {
  Graph graph;
  const Output counter = ops::VarHandle(graph, DT_FLOAT, {}, "counter");
  const Operation init = ops::Assign(counter, graph.Scalar<float>(10));
  const auto session = Session::Create(graph);
  ASSERT_TRUE(session.ok()) << session.status();
  ASSERT_TRUE((*session)->Run({}, {}, {init}).ok());

  const Operation add = ops::AssignAdd(counter, graph.Scalar<float>(1));
  const Output read = ops::ReadVariable(counter, DT_FLOAT);
  ASSERT_TRUE((*session)->Run({}, {}, {add}).ok());
  ASSERT_TRUE((*session)->Run({}, {}, {add}).ok());
  const auto value = (*session)->Run({}, {read});

  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_EQ((*value)[0].scalar<float>(), 12);
}

TEST(Session, AKernelsErrorKeepsItsCodeAndNamesTheNode) {
  Graph graph;
  const Output x = graph.Placeholder(DT_FLOAT, {-1}, "x");
  const Output y = graph.Op("CheckNumerics", "guard").Input(x).Attr("message", "not a number").Output();
  const auto session = Session::Create(graph);

  const auto values = (*session)->Run({{x, Tensor::Vector<float>({NAN})}}, {y});

  EXPECT_EQ(values.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(values.status()), HasSubstr("guard"));
}

TEST(Session, MissingAndEmptyFeedsAreErrors) {
  Graph graph;
  const Output x = graph.Placeholder(DT_FLOAT, {-1}, "x");
  const Output y = ops::Neg(x);
  const auto session = Session::Create(graph);

  EXPECT_THAT(Message((*session)->Run({}, {y}).status()), HasSubstr("x"));
  EXPECT_THAT(Message((*session)->Run({{x, Tensor()}}, {y}).status()), HasSubstr("fed to x:0"));
  EXPECT_THAT(Message((*session)->Run({}, {Output{}}).status()), HasSubstr("fetch 0"));
  EXPECT_THAT(Message((*session)->Run({}, {}, {Operation{}}).status()), HasSubstr("target 0"));
}

TEST(Session, RunsOnSeveralThreadsAtOnce) {
  Graph graph;
  const Output x = graph.Placeholder(DT_FLOAT, {}, "x");
  const Output y = ops::Square(x);
  const auto session = Session::Create(graph);
  ASSERT_TRUE(session.ok());
  std::atomic<int> wrong{0};

  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const float value = static_cast<float>(t * 1000 + i);
        const auto result = (*session)->Run({{x, Tensor::Scalar<float>(value)}}, {y});
        if (!result.ok() || (*result)[0].scalar<float>() != value * value) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(wrong, 0);
}

TEST(Session, ThreadCountsOfTheOptionsAreTaken) {
  Graph graph;
  const Output y = ops::Square(graph.Scalar<float>(3));
  for (const SessionOptions& options : {SessionOptions{1, -1}, SessionOptions{2, 2}, SessionOptions{0, 0}}) {
    const auto session = Session::Create(graph, options);
    ASSERT_TRUE(session.ok()) << session.status();
    EXPECT_EQ((*(*session)->Run({}, {y}))[0].scalar<float>(), 9);
  }
}

}  // namespace
}  // namespace tfx::tf
