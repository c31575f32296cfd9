#include "tfx/sketches/sorted_values.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "gtest/gtest.h"

namespace tfx::sketches {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Signs, sizes of all magnitudes, many equal.
std::vector<double> MixedValues(size_t count, int num_distinct) {
  std::mt19937_64 random(count);
  std::vector<double> choices = {0.0, -0.0, kInfinity, -kInfinity, 5e-324, -1.5};
  while (static_cast<int>(choices.size()) < num_distinct) {
    choices.push_back(std::ldexp(static_cast<double>(random()) - 0x1p63, static_cast<int>(random() % 200) - 100));
  }
  std::vector<double> values(count);
  for (double& value : values) value = choices[random() % choices.size()];
  return values;
}

TEST(CountDistinct, CountsWhatAMapCounts) {
  for (const size_t count : {0, 1, 5, 300, 5000, 70000}) {
    for (const int num_distinct : {6, 1000, 60000}) {
      std::vector<double> values = MixedValues(count, num_distinct);
      if (count > 10) values[3] = std::nan("");
      std::map<double, double> expected;
      for (const double value : values) {
        if (!std::isnan(value)) ++expected[value];
      }

      const std::vector<WeightedValue> counted = CountDistinct(values);

      ASSERT_EQ(counted.size(), expected.size());
      auto it = expected.begin();
      for (const WeightedValue& entry : counted) {
        EXPECT_EQ(entry.value, it->first);
        EXPECT_EQ(entry.weight, (it++)->second);
        EXPECT_FALSE(entry.value == 0 && std::signbit(entry.value));
      }
    }
  }
}

TEST(StableSortByValue, IsThatOfTheStandardLibrary) {
  for (const size_t count : {0, 1, 100, 5000}) {
    std::vector<WeightedValue> values;
    for (const double value : MixedValues(count, 500)) values.push_back({value, static_cast<double>(values.size())});
    std::vector<WeightedValue> expected = values;
    std::stable_sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) { return a.value < b.value; });

    StableSortByValue(&values);

    for (size_t i = 0; i < count; ++i) {
      EXPECT_EQ(values[i].value, expected[i].value);
      EXPECT_EQ(values[i].weight, expected[i].weight) << "not stable at " << i;
    }
  }
}

}  // namespace
}  // namespace tfx::sketches
