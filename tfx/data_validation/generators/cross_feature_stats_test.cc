#include "tfx/data_validation/generators/cross_feature_stats.h"

#include <cmath>
#include <random>

#include "gtest/gtest.h"
#include "tfx/data_validation/generators/generator_testing.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

std::string NameOf(const v0::CrossFeatureStatistics& cross) {
  return cross.path_x().step(0) + "," + cross.path_y().step(0);
}

v0::DatasetFeatureStatistics CrossesOf(const std::vector<NumberedRows>& batches,
                                       const CrossFeatureStatsGeneratorOptions& options = {.sample_rate = 1}) {
  return ResultOf(MakeCrossFeatureStatsGenerator(options), batches);
}

struct Exact {
  long double covariance = 0;
  long double correlation = 0;
};

// Two passes in long double.
Exact TwoPasses(const std::vector<double>& x, const std::vector<double>& y) {
  long double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
  const auto n = static_cast<long double>(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    mean_x += x[i] / n;
    mean_y += y[i] / n;
  }
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  return {xy / n, xy / std::sqrt(xx * yy)};
}

TEST(CrossFeatureStatsGenerator, KeepsItsDigitsWhereMeansAreLarge) {
  for (const double shift : {0.0, 1e9}) {
    std::mt19937 random(3);
    std::normal_distribution<double> normal;
    std::vector<double> x, y;
    for (int i = 0; i < 3000; ++i) {
      const double shared = normal(random);
      x.push_back(shift + shared + normal(random));
      y.push_back(shift - shared + 0.5 * normal(random));
    }
    const Exact exact = TwoPasses(x, y);
    std::vector<NumberedRows> batches;
    for (int i = 0; i < 3; ++i) {
      batches.push_back(MakeRows({{"x", OneFloat({x.begin() + i * 1000, x.begin() + (i + 1) * 1000})},
                                  {"y", OneFloat({y.begin() + i * 1000, y.begin() + (i + 1) * 1000})}},
                                 i * 1000));
    }
    const auto result = CrossesOf(batches);

    ASSERT_EQ(result.cross_features_size(), 1);
    EXPECT_EQ(NameOf(result.cross_features(0)), "x,y");
    EXPECT_EQ(result.cross_features(0).count(), 3000u);
    const auto& stats = result.cross_features(0).num_cross_stats();
    EXPECT_NEAR(stats.covariance(), static_cast<double>(exact.covariance), 1e-6) << "shift " << shift;
    EXPECT_NEAR(stats.correlation(), static_cast<double>(exact.correlation), 1e-6) << "shift " << shift;
  }
}

TEST(CrossFeatureStatsGenerator, TakesRowsWithOneNumberInBoth) {
  const auto result = CrossesOf({MakeRows({{"a", Ints("[[1], [2], [3, 4], null, [5], [6]]")},
                                           {"b", Floats("[[2], [4], [9], [9], [], [null]]")},
                                           {"c", Strings(R"([["x"], ["x"], ["x"], ["x"], ["x"], ["x"]])")}})});

  ASSERT_EQ(result.cross_features_size(), 1);
  EXPECT_EQ(result.cross_features(0).count(), 2u) << "rows 0 and 1";
  EXPECT_FLOAT_EQ(result.cross_features(0).num_cross_stats().covariance(), 0.5);
  EXPECT_FLOAT_EQ(result.cross_features(0).num_cross_stats().correlation(), 1);
}

TEST(CrossFeatureStatsGenerator, SaysWhatItCanOfConstantInfiniteAndSeparateFeatures) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto result = CrossesOf({MakeRows({{"a", OneFloat({1, 2, 3})},
                                           {"constant", OneFloat({0.1, 0.1, 0.1})},
                                           {"infinite", OneFloat({1, inf, 2})},
                                           {"nan", OneFloat({std::nan(""), std::nan(""), std::nan("")})}}),
                                 MakeRows({{"separate", OneInt({1})}}, 3)});

  ASSERT_EQ(result.cross_features_size(), 6) << "of four features; NaN is no value";
  const auto& constant = result.cross_features(0);
  EXPECT_EQ(NameOf(constant), "a,constant");
  EXPECT_EQ(constant.num_cross_stats().covariance(), 0);
  EXPECT_EQ(constant.num_cross_stats().correlation(), 0);
  EXPECT_TRUE(std::isnan(result.cross_features(1).num_cross_stats().covariance()));
  EXPECT_EQ(result.cross_features(1).num_cross_stats().correlation(), 0);
  EXPECT_EQ(NameOf(result.cross_features(2)), "a,separate");
  EXPECT_EQ(result.cross_features(2).count(), 0u);
  EXPECT_FALSE(result.cross_features(2).has_num_cross_stats());
}

TEST(CrossFeatureStatsGenerator, ComputesTheListedPairsOnly) {
  const NumberedRows rows = MakeRows({{"a", OneInt({1, 2})}, {"b", OneInt({1, 2})}, {"c", OneInt({1, 2})}});
  const auto result =
      CrossesOf({rows}, {.feature_crosses = {{{"a", "b"}, {"c", "a"}, {"b", "absent"}}}, .sample_rate = 1});
  ASSERT_EQ(result.cross_features_size(), 1);
  EXPECT_EQ(NameOf(result.cross_features(0)), "a,b");
  EXPECT_EQ(CrossesOf({rows}).cross_features_size(), 3);
}

TEST(CrossFeatureStatsGenerator, SamplesRowsHoweverTheyAreCut) {
  std::vector<int64_t> values(10000);
  std::iota(values.begin(), values.end(), 0);
  const NumberedRows all = MakeRows({{"a", OneInt(values)}, {"b", OneInt(values)}});
  const auto [head, tail] = GeneratorChecks().split(all, 1234);
  const auto count = [](const std::vector<NumberedRows>& batches, uint64_t seed) {
    return CrossesOf(batches, {.sample_rate = 0.1, .seed = seed}).cross_features(0).count();
  };
  EXPECT_NEAR(static_cast<double>(count({all}, 1)), 1000, 100);
  EXPECT_EQ(count({all}, 1), count({head, tail}, 1));
  EXPECT_NE(CrossesOf({all}, {.sample_rate = 0.1, .seed = 1}).SerializeAsString(),
            CrossesOf({all}, {.sample_rate = 0.1, .seed = 2}).SerializeAsString());
}

TEST(CrossFeatureStatsGenerator, RefusesRatesOutOfRange) {
  EXPECT_FALSE(MakeCrossFeatureStatsGenerator({.sample_rate = 0}).ok());
  EXPECT_FALSE(MakeCrossFeatureStatsGenerator({.sample_rate = 1.1}).ok());
  EXPECT_FALSE(MakeCrossFeatureStatsGenerator({.sample_rate = std::nan("")}).ok());
}

TEST(CrossFeatureStatsGenerator, IsAnAccumulator) {
  auto checks = GeneratorChecks();
  checks.same = [](const GeneratorAccumulator& a, const GeneratorAccumulator& b) {
    const v0::DatasetFeatureStatistics x = a.Result(), y = b.Result();
    bool same = x.cross_features_size() == y.cross_features_size();
    for (int i = 0; same && i < x.cross_features_size(); ++i) {
      const auto &p = x.cross_features(i).num_cross_stats(), &q = y.cross_features(i).num_cross_stats();
      same = NameOf(x.cross_features(i)) == NameOf(y.cross_features(i)) &&
             x.cross_features(i).count() == y.cross_features(i).count() &&
             std::fabs(p.covariance() - q.covariance()) < 1e-6 && std::fabs(p.correlation() - q.correlation()) < 1e-6;
    }
    return same ? ::testing::AssertionSuccess() : ::testing::AssertionFailure() << x.DebugString() << y.DebugString();
  };
  testing::CheckAccumulatorProperties(GeneratorAccumulator(*MakeCrossFeatureStatsGenerator({.sample_rate = 0.8})),
                                      {MakeRows({{"a", OneFloat({1, 2.5, 4, 8})}, {"b", OneFloat({3, 2, 5, 1})}}),
                                       MakeRows({{"a", OneFloat({1, 2, 7})}, {"b", OneFloat({30, 20, 5})}}, 4),
                                       MakeRows({{"a", OneFloat({1, 3})}, {"c", OneInt({3, 4})}}, 7)},
                                      checks);
}

}  // namespace
}  // namespace tfx::tfdv
