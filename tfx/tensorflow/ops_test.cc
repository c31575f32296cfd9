#include "tfx/tensorflow/ops.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tensorflow/core/example/example.pb.h"
#include "tfx/base/digest.h"
#include "tfx/io/file_system.h"
#include "tfx/tensorflow/session.h"
#include "tfx/testing/test_folder.h"

namespace tfx::tf {
namespace {

using ::tensorflow::DT_BOOL;
using ::tensorflow::DT_DOUBLE;
using ::tensorflow::DT_FLOAT;
using ::tensorflow::DT_INT64;
using ::tensorflow::DT_STRING;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

class Ops : public ::testing::Test {
 protected:
  Output Floats(const std::vector<float>& values) { return graph.Const(Tensor::Vector<float>(values)); }

  // The value, or an invalid tensor after a test failure.
  Tensor Run(const Output& output, std::vector<Operation> first = {}) {
    EXPECT_TRUE(graph.status().ok()) << graph.status();
    const auto session = Session::Create(graph);
    if (!session.ok()) return {};
    EXPECT_TRUE((*session)->Run({}, {}, std::span<const Operation>(first)).ok());
    const auto values = (*session)->Run({}, {output});
    EXPECT_TRUE(values.ok()) << values.status();
    return values.ok() ? (*values)[0] : Tensor();
  }
  std::vector<float> RunFloats(const Output& output) {
    const Tensor tensor = Run(output);
    if (tensor.dtype() != DT_FLOAT) return {};
    return {tensor.data<float>().begin(), tensor.data<float>().end()};
  }
  std::vector<bool> RunBools(const Output& output) {
    const Tensor tensor = Run(output);
    if (tensor.dtype() != DT_BOOL) return {};
    return {tensor.data<bool>().begin(), tensor.data<bool>().end()};
  }
  std::vector<int64_t> RunInts(const Output& output, std::vector<Operation> first = {}) {
    const Tensor tensor = Run(output, std::move(first));
    if (tensor.dtype() != DT_INT64) return {};
    return {tensor.data<int64_t>().begin(), tensor.data<int64_t>().end()};
  }
  Graph graph;
};

TEST_F(Ops, BinaryOpsAreThoseOfArithmetic) {
  const std::vector<float> a = {-2, 0.5, 7}, b = {3, 2, -4};
  const auto expect = [&](Output (*op)(const Output&, const Output&), float (*plain)(float, float)) {
    std::vector<float> expected;
    for (size_t i = 0; i < a.size(); ++i) expected.push_back(plain(a[i], b[i]));
    EXPECT_THAT(RunFloats(op(Floats(a), Floats(b))), Pointwise(FloatNear(1e-5f), expected));
  };

  expect(ops::Add, [](float x, float y) { return x + y; });
  expect(ops::Sub, [](float x, float y) { return x - y; });
  expect(ops::Mul, [](float x, float y) { return x * y; });
  expect(ops::Div, [](float x, float y) { return x / y; });
  expect(ops::FloorMod, [](float x, float y) { return x - y * std::floor(x / y); });
  expect(ops::Maximum, [](float x, float y) { return std::max(x, y); });
  expect(ops::Minimum, [](float x, float y) { return std::min(x, y); });
  expect(ops::SquaredDifference, [](float x, float y) { return (x - y) * (x - y); });
  EXPECT_THAT(RunFloats(ops::DivNoNan(Floats({1, 6}), Floats({0, 3}))), ElementsAre(0, 2));
  EXPECT_THAT(RunFloats(ops::Pow(Floats({2, 9}), Floats({3, 0.5}))), ElementsAre(8, 3));
  EXPECT_THAT(RunInts(ops::Div(ops::Int64s(graph, {7, -7}), ops::Int64s(graph, {2, 2}))), ElementsAre(3, -4));
}

TEST_F(Ops, UnaryOpsAreThoseOfMathematics) {
  const auto expect = [&](Output (*op)(const Output&), float (*plain)(float), std::vector<float> values) {
    std::vector<float> expected;
    for (const float value : values) expected.push_back(plain(value));
    EXPECT_THAT(RunFloats(op(Floats(values))), Pointwise(FloatNear(1e-5f), expected));
  };

  expect(ops::Neg, [](float x) { return -x; }, {-1, 0, 2});
  expect(ops::Abs, [](float x) { return std::fabs(x); }, {-1, 0, 2});
  expect(ops::Sign, [](float x) { return x > 0 ? 1.f : x < 0 ? -1.f : 0.f; }, {-3, 0, 2});
  expect(ops::Square, [](float x) { return x * x; }, {-3, 0.5});
  expect(ops::Sqrt, [](float x) { return std::sqrt(x); }, {0, 4, 2});
  expect(ops::Rsqrt, [](float x) { return 1 / std::sqrt(x); }, {4, 2});
  expect(ops::Exp, [](float x) { return std::exp(x); }, {-1, 0, 2});
  expect(ops::Log, [](float x) { return std::log(x); }, {0.5, 1, 3});
  expect(ops::Log1p, [](float x) { return std::log1p(x); }, {0, 1e-4f, 3});
  expect(ops::Floor, [](float x) { return std::floor(x); }, {-1.5, 2.7f});
  expect(ops::Round, [](float x) { return std::nearbyint(x); }, {0.5, 1.5, -2.5, 2.4f});
  expect(ops::Relu, [](float x) { return std::max(x, 0.f); }, {-1, 2});
  expect(ops::Sigmoid, [](float x) { return 1 / (1 + std::exp(-x)); }, {-4, 0, 4});
  expect(ops::Tanh, [](float x) { return std::tanh(x); }, {-1, 0.3f});
  expect(ops::Softplus, [](float x) { return std::log1p(std::exp(x)); }, {-1, 0, 3});
  const float e1 = std::exp(1.f), e2 = std::exp(2.f);
  EXPECT_THAT(RunFloats(ops::Softmax(ops::Reshape(Floats({1, 2}), {1, 2}))),
              Pointwise(FloatNear(1e-6f), {e1 / (e1 + e2), e2 / (e1 + e2)}));
}

TEST_F(Ops, ComparisonAndLogic) {
  const Output a = Floats({1, 2, 3}), b = Floats({2, 2, 2});
  EXPECT_THAT(RunBools(ops::Less(a, b)), ElementsAre(true, false, false));
  EXPECT_THAT(RunBools(ops::LessEqual(a, b)), ElementsAre(true, true, false));
  EXPECT_THAT(RunBools(ops::Greater(a, b)), ElementsAre(false, false, true));
  EXPECT_THAT(RunBools(ops::GreaterEqual(a, b)), ElementsAre(false, true, true));
  EXPECT_THAT(RunBools(ops::Equal(a, b)), ElementsAre(false, true, false));
  EXPECT_THAT(RunBools(ops::NotEqual(a, b)), ElementsAre(true, false, true));
  EXPECT_THAT(RunBools(ops::LogicalAnd(ops::Less(a, b), ops::LessEqual(a, b))), ElementsAre(true, false, false));
  EXPECT_THAT(RunBools(ops::LogicalOr(ops::Less(a, b), ops::Equal(a, b))), ElementsAre(true, true, false));
  EXPECT_THAT(RunBools(ops::LogicalNot(ops::Less(a, b))), ElementsAre(false, true, true));
  EXPECT_THAT(RunBools(ops::IsNan(Floats({NAN, 1}))), ElementsAre(true, false));
  EXPECT_THAT(RunBools(ops::IsFinite(Floats({INFINITY, 1}))), ElementsAre(false, true));
  EXPECT_THAT(RunFloats(ops::Select(ops::Less(a, b), a, ops::ScalarLike(a, -1))), ElementsAre(1, -1, -1));
  EXPECT_THAT(RunInts(ops::WhereTrue(ops::GreaterEqual(a, b))), ElementsAre(1, 2));
}

TEST_F(Ops, CastsAndStrings) {
  const Output x = Floats({1.7f, -1.7f});
  EXPECT_THAT(RunInts(ops::Cast<int64_t>(x)), ElementsAre(1, -1));
  EXPECT_EQ(ops::Cast(x, DT_FLOAT).name(), x.name());  // nothing to do
  EXPECT_EQ(ops::ScalarLike(ops::Cast<double>(x), 0.1).dtype(), DT_DOUBLE);
  EXPECT_EQ(ops::ScalarLike(ops::Cast<bool>(x), 1).dtype(), DT_BOOL);
  EXPECT_THAT(Run(ops::AsString(ops::Int64s(graph, {-5, 12}))).strings(), ElementsAre("-5", "12"));
  EXPECT_THAT(RunFloats(ops::StringToNumber(ops::Strings(graph, {"1.5", "-2"}), DT_FLOAT)), ElementsAre(1.5, -2));
  EXPECT_THAT(
      Run(ops::StringJoin(std::vector<Output>{ops::Strings(graph, {"a", "b"}), ops::Strings(graph, {"c", "d"})}, "_"))
          .strings(),
      ElementsAre("a_c", "b_d"));
  EXPECT_EQ(Run(ops::ReduceJoin(ops::Strings(graph, {"a", "b"}), {0}, " ")).string_at(0), "a b");
}

TEST_F(Ops, HashBucketsAreThoseOfFingerprint64) {
  const std::vector<std::string> words = {"", "taxi", "Blue Ribbon Taxi Association Inc."};
  std::vector<int64_t> expected;
  for (const std::string& word : words) expected.push_back(static_cast<int64_t>(Fingerprint64(word) % 97));

  EXPECT_EQ(RunInts(ops::StringToHashBucketFast(ops::Strings(graph, words), 97)), expected);
}

TEST_F(Ops, ShapesAreChanged) {
  const Output x = ops::Reshape(Floats({1, 2, 3, 4, 5, 6}), {2, -1});
  EXPECT_THAT(*x.shape(), ElementsAre(2, 3));
  EXPECT_THAT(RunInts(ops::ShapeOf(x)), ElementsAre(2, 3));
  EXPECT_THAT(RunInts(ops::Size(x)), ElementsAre(6));
  EXPECT_THAT(*ops::ExpandDims(x, 1).shape(), ElementsAre(2, 1, 3));
  EXPECT_THAT(*ops::Squeeze(ops::ExpandDims(ops::ExpandDims(x, 0), -1), {0}).shape(), ElementsAre(2, 3, 1));
  EXPECT_THAT(*ops::Squeeze(ops::ExpandDims(ops::ExpandDims(x, 0), -1)).shape(), ElementsAre(2, 3));
  EXPECT_THAT(RunFloats(ops::Transpose(x, {1, 0})), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(*ops::Concat(std::vector<Output>{x, x, x}, 1).shape(), ElementsAre(2, 9));
  EXPECT_EQ(ops::Concat(std::vector<Output>{x}, 1).name(), x.name());
  EXPECT_THAT(*ops::Stack(std::vector<Output>{x, x}, 2).shape(), ElementsAre(2, 3, 2));
  EXPECT_THAT(RunFloats(ops::Split(x, 1, 3, 1)), ElementsAre(2, 5));
  EXPECT_THAT(RunFloats(ops::Slice(x, ops::Int32s(graph, {0, 1}), ops::Int32s(graph, {-1, 1}))), ElementsAre(2, 5));
  EXPECT_THAT(RunFloats(ops::Tile(Floats({1, 2}), ops::Int32s(graph, {2}))), ElementsAre(1, 2, 1, 2));
  EXPECT_THAT(RunFloats(ops::BroadcastTo(Floats({7}), ops::Int32s(graph, {3}))), ElementsAre(7, 7, 7));
  EXPECT_THAT(RunFloats(ops::Fill(ops::Int32s(graph, {2}), graph.Scalar<float>(3))), ElementsAre(3, 3));
}

TEST_F(Ops, SumsAndProducts) {
  const Output x = ops::Reshape(Floats({1, 2, 3, 4, 5, 6}), {2, 3});
  EXPECT_THAT(RunFloats(ops::MatMul(x, ops::Reshape(Floats({1, 0, -1}), {3, 1}))), ElementsAre(-2, -2));
  EXPECT_THAT(RunFloats(ops::ReduceSum(x, {0})), ElementsAre(5, 7, 9));
  EXPECT_THAT(RunFloats(ops::ReduceMean(x, {-1})), ElementsAre(2, 5));
  EXPECT_THAT(RunFloats(ops::ReduceMax(x, {0, 1})), ElementsAre(6));
  EXPECT_THAT(RunFloats(ops::ReduceMin(x, {1})), ElementsAre(1, 4));
  EXPECT_THAT(*ops::ReduceSum(x, {1}, {.keep_dims = true}).shape(), ElementsAre(2, 1));
  EXPECT_THAT(RunBools(ops::ReduceAny(ops::Greater(x, graph.Scalar<float>(5)), {1})), ElementsAre(false, true));
  EXPECT_THAT(RunBools(ops::ReduceAll(ops::Greater(x, graph.Scalar<float>(3)), {1})), ElementsAre(false, true));
}

TEST_F(Ops, LookupByPosition) {
  const Output table = ops::Reshape(Floats({1, 2, 3, 4, 5, 6}), {3, 2});
  EXPECT_THAT(RunFloats(ops::Gather(table, ops::Int64s(graph, {2, 0}))), ElementsAre(5, 6, 1, 2));
  EXPECT_THAT(RunFloats(ops::Gather(table, ops::Int64s(graph, {1}), 1)), ElementsAre(2, 4, 6));
  EXPECT_THAT(RunFloats(ops::GatherNd(table, ops::Reshape(ops::Int64s(graph, {1, 1}), {1, 2}))), ElementsAre(4));
  EXPECT_THAT(RunFloats(ops::OneHot(ops::Int64s(graph, {1, -1, 3}), 3)), ElementsAre(0, 1, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(RunInts(ops::OneHot(ops::Int64s(graph, {0}), 2, DT_INT64, 5, -5)), ElementsAre(5, -5));
  EXPECT_THAT(
      RunFloats(ops::UnsortedSegmentSum(Floats({1, 2, 4}), ops::Int32s(graph, {1, 0, 1}), graph.Scalar<int32_t>(3))),
      ElementsAre(2, 5, 0));
  EXPECT_THAT(Run(ops::Bucketize(Floats({-1, 0, 0.5, 2}), {0, 1})).data<int32_t>(), ElementsAre(0, 1, 1, 2));
}

TEST_F(Ops, VariablesKeepTheirNamesAndValues) {
  const Output first = ops::VarHandle(graph, DT_FLOAT, {2}, "w"), second = ops::VarHandle(graph, DT_FLOAT, {2}, "w");
  const std::vector<Operation> init = {ops::Assign(first, Floats({1, 2})), ops::Assign(second, Floats({3, 4}))};
  const Operation both = ops::Group(graph, init);
  const Output sum = ops::Add(ops::ReadVariable(first, DT_FLOAT), ops::ReadVariable(second, DT_FLOAT));

  const Tensor value = Run(sum, {both});

  EXPECT_EQ(second.operation().name(), "w_1");
  EXPECT_THAT(value.data<float>(), ElementsAre(4, 6));  // two names, two variables
}

TEST_F(Ops, TablesFromFilesAndTensors) {
  const std::string file = io::JoinPath(::tfx::testing::TestFolder(), "tfx_ops_test_words.txt");
  ASSERT_TRUE(io::WriteFile(file, "ant\nbee fly\ncat\n").ok());
  const ops::Table words = ops::VocabularyTable(ops::String(graph, file), "words");
  const ops::Table numbers =
      ops::HashTable(ops::Int64s(graph, {5, 7}), ops::Strings(graph, {"five", "seven"}), "names");
  const Output keys = ops::Strings(graph, {"cat", "ant", "bee fly", "dog", ""});
  const std::vector<Operation> init = {words.initializer, numbers.initializer};

  EXPECT_THAT(RunInts(ops::LookupWithOov(words, keys, 0), init), ElementsAre(2, 0, 1, -1, -1));
  EXPECT_THAT(RunInts(ops::LookupWithOov(words, keys, 0, 9), init), ElementsAre(2, 0, 1, 9, 9));
  EXPECT_THAT(RunInts(ops::LookupWithOov(words, keys, 10), init),
              ElementsAre(2, 0, 1, 3 + Fingerprint64("dog") % 10, 3 + Fingerprint64("") % 10));
  EXPECT_THAT(RunInts(ops::TableSize(words), init), ElementsAre(3));
  EXPECT_THAT(Run(ops::Lookup(numbers, ops::Int64s(graph, {7, 6}), ops::String(graph, "?")), init).strings(),
              ElementsAre("seven", "?"));
  EXPECT_TRUE(io::RemoveRecursively(file).ok());
}

std::string Serialized(const std::vector<float>& fare, const std::vector<std::string>& company) {
  ::tensorflow::Example example;
  auto& features = *example.mutable_features()->mutable_feature();
  for (const float value : fare) features["fare"].mutable_float_list()->add_value(value);
  for (const std::string& value : company) features["company"].mutable_bytes_list()->add_value(value);
  return example.SerializeAsString();
}

TEST_F(Ops, ParsesDenseAndSparseFeaturesOfExamples) {
  const Output serialized =
      ops::Strings(graph, {Serialized({1, 2}, {"a"}), Serialized({3, 4}, {}), Serialized({}, {"b", "c"})});
  const std::vector<ops::DenseFeature> dense = {{"fare", DT_FLOAT, {2}, Tensor::Scalar<float>(-1)},
                                                {"absent", DT_INT64, {}, Tensor::Scalar<int64_t>(7)},
                                                {"other", DT_FLOAT, {2}, Tensor::Vector<float>({8, 9})}};

  const ops::ParsedExamples parsed = ops::ParseExample(serialized, dense, {{"company", DT_STRING}});

  EXPECT_THAT(RunFloats(parsed.dense[0]), ElementsAre(1, 2, 3, 4, -1, -1));
  EXPECT_THAT(RunInts(parsed.dense[1]), ElementsAre(7, 7, 7));
  EXPECT_THAT(RunFloats(parsed.dense[2]), ElementsAre(8, 9, 8, 9, 8, 9));
  EXPECT_THAT(RunInts(parsed.sparse[0].indices), ElementsAre(0, 0, 2, 0, 2, 1));
  EXPECT_THAT(Run(parsed.sparse[0].values).strings(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Run(ops::SparseToDense(parsed.sparse[0], ops::String(graph, "-"))).strings(),
              ElementsAre("a", "-", "-", "-", "b", "c"));
}

TEST_F(Ops, ARequiredFeatureThatIsMissingIsNamed) {
  const Output serialized = ops::Strings(graph, {Serialized({}, {"a"})});
  const ops::ParsedExamples parsed = ops::ParseExample(serialized, {{"fare", DT_FLOAT, {1}, std::nullopt}}, {});
  ASSERT_TRUE(graph.status().ok()) << graph.status();
  const auto session = Session::Create(graph);

  const auto values = (*session)->Run({}, {parsed.dense[0]});

  EXPECT_EQ(values.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(values.status().message()), HasSubstr("fare"));
}

TEST_F(Ops, AFeatureAskedForTwiceIsAnError) {
  ops::ParseExample(ops::Strings(graph, {""}), {{"fare", DT_FLOAT, {1}, std::nullopt}}, {{"fare", DT_FLOAT}});

  EXPECT_THAT(std::string(graph.status().message()), HasSubstr("'fare' is asked for twice"));
}

TEST_F(Ops, ErrorsTravelThroughWholeExpressions) {
  const Output bad = ops::MatMul(Floats({1}), Floats({2}));
  const Output worse = ops::Select(ops::Less(ops::Relu(bad), bad), ops::Cast<int64_t>(bad), ops::Add(bad, bad));
  const ops::Table table = ops::HashTable(bad, worse, "t");

  EXPECT_FALSE(worse.valid());
  EXPECT_FALSE(ops::LookupWithOov(table, worse, 3).valid());
  EXPECT_FALSE(ops::Concat(std::vector<Output>{bad, worse}, 0).valid());
  EXPECT_THAT(std::string(graph.status().message()), HasSubstr("MatMul"));
  EXPECT_FALSE(ops::Add(Output{}, Output{}).valid());  // no graph at all
}

}  // namespace
}  // namespace tfx::tf
