// Laws of the analyzers' accumulators: cutting rows elsewhere changes nothing, states survive their bytes.
#include "tfx/transform/analyzer_state.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "tfx/transform/numeric_states.h"
#include "tfx/transform/vocabulary_state.h"

namespace tft {
namespace {

using ::tfx::tf::Tensor;

constexpr int kRows = 240;

struct StateCase {
  std::string name;
  std::function<std::unique_ptr<AnalyzerState>()> make;
  // The inputs of rows [begin, end).
  std::function<std::vector<Tensor>(int begin, int end)> inputs;
};

double ValueAt(int i) {
  std::mt19937 random(static_cast<unsigned>(i));
  return static_cast<int>(random() % 2000) / 8.0 - 100;
}

std::vector<Tensor> DenseFloats(int begin, int end) {
  std::vector<float> values;
  for (int i = begin; i < end; ++i) values.push_back(static_cast<float>(ValueAt(i)));
  return {Tensor::Vector<float>(values)};
}

std::vector<Tensor> DenseMatrix(int begin, int end) {
  std::vector<int64_t> values;
  for (int i = 3 * begin; i < 3 * end; ++i) values.push_back(static_cast<int64_t>(ValueAt(i)));
  return {Tensor::FromData<int64_t>({end - begin, 3}, values)};
}

std::vector<Tensor> SparseFloats(int begin, int end) {
  std::vector<float> values;
  std::vector<int64_t> indices;
  int64_t width = 0;
  for (int i = begin; i < end; ++i) {
    for (int64_t column = 0; column < i % 4; ++column) {
      values.push_back(static_cast<float>(ValueAt(4 * i + static_cast<int>(column))));
      indices.insert(indices.end(), {i - begin, column});
      width = std::max(width, column + 1);
    }
  }
  return {Tensor::Vector<float>(values), Tensor::FromData<int64_t>({static_cast<int64_t>(values.size()), 2}, indices),
          Tensor::Vector<int64_t>({end - begin, width})};
}

std::vector<Tensor> Tokens(int begin, int end) {
  std::vector<std::string> tokens;
  for (int i = begin; i < end; ++i) tokens.push_back("t" + std::to_string(static_cast<int>(std::abs(ValueAt(i))) % 7));
  return {Tensor::Strings(tokens)};
}

std::vector<StateCase> Cases() {
  const ColumnLayout dense{.dtype = ::tensorflow::DT_FLOAT};
  const ColumnLayout matrix{.dtype = ::tensorflow::DT_INT64, .elementwise = true};
  const ColumnLayout sparse{.dtype = ::tensorflow::DT_FLOAT, .elementwise = true, .sparse_columns = true};
  std::vector<StateCase> cases;
  const std::vector<std::pair<std::string, std::pair<ColumnLayout, std::vector<Tensor> (*)(int, int)>>> layouts = {
      {"Dense", {dense, DenseFloats}}, {"Matrix", {matrix, DenseMatrix}}, {"Sparse", {sparse, SparseFloats}}};
  for (const auto& [name, layout] : layouts) {
    const ColumnLayout columns = layout.first;
    cases.push_back({"MinMax" + name, [=] { return NewMinMaxState(columns); }, layout.second});
    cases.push_back({"Sum" + name, [=] { return NewSumState(columns); }, layout.second});
    cases.push_back({"Size" + name, [=] { return NewSizeState(columns); }, layout.second});
    cases.push_back({"MeanVar" + name, [=] { return NewMeanVarState(columns); }, layout.second});
    if (name != "Sparse") {
      cases.push_back({"Quantiles" + name,
                       [=] { return NewQuantilesState(columns, {.num_buckets = 5, .epsilon = 0.01}); }, layout.second});
    }
  }
  cases.push_back({"Vocabulary", [] { return NewVocabularyState({.store_frequency = true}); }, Tokens});
  return cases;
}

std::vector<double> Numbers(const AnalyzerState& state, std::string* text) {
  auto result = state.Finish();
  EXPECT_TRUE(result.ok()) << result.status();
  std::vector<double> numbers;
  for (const Tensor& value : result->values) {
    if (value.dtype() == ::tensorflow::DT_FLOAT) {
      for (float v : value.data<float>()) numbers.push_back(v);
    } else {
      for (int64_t v : value.data<int64_t>()) numbers.push_back(static_cast<double>(v));
    }
  }
  *text = result->file_contents.value_or("");
  return numbers;
}

class AnalyzerStateTest : public ::testing::TestWithParam<StateCase> {
 protected:
  std::unique_ptr<AnalyzerState> Of(int begin, int end) const {
    auto state = GetParam().make();
    const absl::Status status = state->Add(GetParam().inputs(begin, end));
    EXPECT_TRUE(status.ok()) << status;
    return state;
  }
  static void ExpectEqual(const AnalyzerState& a, const AnalyzerState& b) {
    std::string text_a, text_b;
    const std::vector<double> x = Numbers(a, &text_a), y = Numbers(b, &text_b);
    EXPECT_EQ(text_a, text_b);
    ASSERT_EQ(x.size(), y.size());
    for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], y[i], 1e-6 * (1 + std::abs(y[i])));
  }
};

TEST_P(AnalyzerStateTest, SplittingRowsChangesNothing) {
  const auto whole = Of(0, kRows);
  std::mt19937 random(7);
  for (int round = 0; round < 10; ++round) {
    auto total = GetParam().make();
    for (int begin = 0; begin < kRows;) {
      const int end = std::min<int>(kRows, begin + 1 + static_cast<int>(random() % 90));
      ASSERT_TRUE(total->Merge(*Of(begin, end)).ok());
      begin = end;
    }
    ExpectEqual(*total, *whole);
  }
}

TEST_P(AnalyzerStateTest, MergeIsAssociativeAndEmptyIsItsIdentity) {
  auto left = Of(0, 50);
  ASSERT_TRUE(left->Merge(*Of(50, 130)).ok());
  ASSERT_TRUE(left->Merge(*Of(130, kRows)).ok());
  auto tail = Of(50, 130);
  ASSERT_TRUE(tail->Merge(*Of(130, kRows)).ok());
  auto right = Of(0, 50);
  ASSERT_TRUE(right->Merge(*tail).ok());
  ExpectEqual(*left, *right);

  auto from_empty = GetParam().make();
  ASSERT_TRUE(from_empty->Merge(*left).ok());
  ExpectEqual(*from_empty, *left);
  const std::string before = left->Serialize();
  ASSERT_TRUE(left->Merge(*GetParam().make()).ok());
  EXPECT_EQ(left->Serialize(), before);
}

TEST_P(AnalyzerStateTest, StateSurvivesItsBytes) {
  const auto state = Of(0, kRows);
  const std::string bytes = state->Serialize();
  auto parsed = GetParam().make();
  ASSERT_TRUE(parsed->ParseFrom(bytes).ok());
  EXPECT_EQ(parsed->Serialize(), bytes);
  ExpectEqual(*parsed, *state);
  for (size_t size = 0; size < bytes.size(); size += 1 + size / 9) {
    EXPECT_FALSE(parsed->ParseFrom(bytes.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(parsed->ParseFrom(bytes + "x").ok());
  EXPECT_EQ(parsed->Serialize(), bytes) << "a failed ParseFrom must leave the state";
}

INSTANTIATE_TEST_SUITE_P(All, AnalyzerStateTest, ::testing::ValuesIn(Cases()),
                         [](const auto& info) { return info.param.name; });

TEST(VarianceTest, StaysExactFarFromZero) {
  auto state = NewMeanVarState({.dtype = ::tensorflow::DT_DOUBLE});
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(state->Add(std::vector<Tensor>{Tensor::Vector<double>({1e9 + i % 2})}).ok());
  }
  auto result = state->Finish();
  ASSERT_TRUE(result.ok());
  EXPECT_NEAR(result->values[1].scalar<double>(), 0.25, 1e-9);
}

TEST(ElementwiseTest, RowsOfAnotherShapeAreAnError) {
  auto state = NewSumState({.dtype = ::tensorflow::DT_INT64, .elementwise = true});
  ASSERT_TRUE(state->Add(DenseMatrix(0, 2)).ok());
  const std::vector<int64_t> four = {1, 2, 3, 4};
  const absl::Status status = state->Add(std::vector<Tensor>{Tensor::FromData<int64_t>({1, 4}, four)});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tft
