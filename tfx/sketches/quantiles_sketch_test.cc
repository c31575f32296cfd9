#include "tfx/sketches/quantiles_sketch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "gtest/gtest.h"

namespace tfx::sketches {
namespace {

std::vector<double> Values(const std::vector<Quantile>& quantiles) {
  std::vector<double> values;
  for (const Quantile& quantile : quantiles) values.push_back(quantile.value);
  return values;
}

// The share of `sorted` at or below and strictly below a value.
std::pair<double, double> RankOf(const std::vector<double>& sorted, double value) {
  const double below = std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin();
  const double upto = std::upper_bound(sorted.begin(), sorted.end(), value) - sorted.begin();
  return {below / sorted.size(), upto / sorted.size()};
}

TEST(QuantilesSketch, BlockSizesAreThoseOfTheOriginal) {
  EXPECT_EQ(QuantilesSketch({.epsilon = 0.01}).block_size(), 5701);
  EXPECT_EQ(QuantilesSketch({.epsilon = 0.001}).block_size(), 48001);
  EXPECT_EQ(QuantilesSketch({.epsilon = 0.05}).block_size(), 1261);
}

TEST(QuantilesSketch, FewValuesGiveExactOrderStatistics) {
  QuantilesSketch sketch;
  for (int i = 100; i >= 1; --i) sketch.Add(i);

  EXPECT_EQ(Values(sketch.GetQuantiles(4)), (std::vector<double>{1, 26, 51, 76, 100}));
  EXPECT_EQ(sketch.GetQuantiles(4).back().cumulative_weight, 100);
}

TEST(QuantilesSketch, WeightsCountAsRepetitions) {
  QuantilesSketch weighted, repeated;
  for (int i = 0; i < 50; ++i) {
    weighted.Add(i, 1 + i % 7);
    for (int j = 0; j < 1 + i % 7; ++j) repeated.Add(i);
  }

  EXPECT_EQ(Values(weighted.GetQuantiles(20)), Values(repeated.GetQuantiles(20)));
}

TEST(QuantilesSketch, SkipsWhatIsNoValue) {
  QuantilesSketch sketch;
  sketch.Add(std::nan(""));
  sketch.Add(1, 0);
  sketch.Add(2, -1);
  sketch.Add(3, std::nan(""));

  EXPECT_TRUE(sketch.empty());
  EXPECT_TRUE(sketch.GetQuantiles(10).empty());
}

TEST(QuantilesSketch, InfinitiesAreValues) {
  QuantilesSketch sketch;
  for (double value : {-std::numeric_limits<double>::infinity(), 0.0, std::numeric_limits<double>::infinity()}) {
    sketch.Add(value);
  }

  EXPECT_EQ(sketch.GetQuantiles(2).front().value, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(sketch.GetQuantiles(2).back().value, std::numeric_limits<double>::infinity());
}

class QuantilesSketchError : public testing::TestWithParam<double> {};

TEST_P(QuantilesSketchError, RanksStayWithinEpsilonHoweverTheValuesAreSplit) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> draw(0, 2);
  std::vector<double> values(200000);
  for (double& value : values) value = draw(random);
  QuantilesSketch whole({.epsilon = GetParam()}), merged({.epsilon = GetParam()});
  whole.Add(values);
  for (size_t begin = 0; begin < values.size(); begin += 7919) {
    QuantilesSketch part({.epsilon = GetParam()});
    part.Add(std::span(values).subspan(begin, std::min<size_t>(7919, values.size() - begin)));
    ASSERT_TRUE(merged.Merge(part).ok());
  }

  std::sort(values.begin(), values.end());
  for (const QuantilesSketch* sketch : {&whole, &merged}) {
    const std::vector<Quantile> quantiles = sketch->GetQuantiles(100);
    EXPECT_EQ(quantiles.front().value, values.front());
    EXPECT_EQ(quantiles.back().value, values.back());
    for (int i = 0; i <= 100; ++i) {
      const auto [below, upto] = RankOf(values, quantiles[i].value);
      EXPECT_LE(below - GetParam(), i / 100.0);
      EXPECT_GE(upto + GetParam(), i / 100.0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Epsilons, QuantilesSketchError, testing::Values(0.001, 0.01, 0.05));

TEST(QuantilesSketch, StateSurvivesSerialization) {
  QuantilesSketch sketch({.epsilon = 0.05});
  for (int i = 0; i < 20000; ++i) sketch.Add(std::sin(i), 1 + i % 3);
  QuantilesSketch restored({.epsilon = 0.05});

  ASSERT_TRUE(restored.ParseFrom(sketch.Serialize()).ok());

  EXPECT_EQ(restored.Serialize(), sketch.Serialize());
  EXPECT_EQ(Values(restored.GetQuantiles(100)), Values(sketch.GetQuantiles(100)));
}

TEST(QuantilesSketch, RefusesDamagedAndForeignStates) {
  QuantilesSketch sketch({.epsilon = 0.05});
  for (int i = 0; i < 5000; ++i) sketch.Add(i);
  const std::string state = sketch.Serialize();

  for (size_t size = 0; size < state.size(); size += 97) {
    EXPECT_EQ(QuantilesSketch({.epsilon = 0.05}).ParseFrom(state.substr(0, size)).code(), absl::StatusCode::kDataLoss);
  }
  EXPECT_FALSE(QuantilesSketch().ParseFrom(state).ok());
  EXPECT_FALSE(QuantilesSketch().Merge(sketch).ok());
}

}  // namespace
}  // namespace tfx::sketches
