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

TEST(CountDistinct, IntegersAndFloatsCountAsDoubles) {
  std::mt19937_64 random(3);
  // Ranges that fit a table and that do not, small and large counts, and integers that are no doubles.
  for (const int64_t range : {int64_t{1}, int64_t{7}, int64_t{60000}, int64_t{1} << 40, INT64_MAX}) {
    for (const size_t count : {0, 1, 100, 50000}) {
      for (const int64_t first : {int64_t{-3}, int64_t{0}, int64_t{1} << 53, INT64_MIN}) {
        std::vector<int64_t> integers(count);
        std::vector<float> floats(count);
        std::vector<double> doubles(count), doubles_of_floats(count);
        for (size_t i = 0; i < count; ++i) {
          integers[i] = static_cast<int64_t>(static_cast<uint64_t>(first) + random() % static_cast<uint64_t>(range));
          doubles[i] = static_cast<double>(integers[i]);
          floats[i] = i % 10 == 9 ? std::nanf("") : static_cast<float>(integers[i]);
          doubles_of_floats[i] = floats[i];
        }
        const auto same = [](const WeightedValue& a, const WeightedValue& b) {
          return a.value == b.value && a.weight == b.weight;
        };

        const auto of_integers = CountDistinct(integers), of_floats = CountDistinct(floats);

        const auto expected = CountDistinct(doubles), expected_floats = CountDistinct(doubles_of_floats);
        EXPECT_TRUE(std::equal(of_integers.begin(), of_integers.end(), expected.begin(), expected.end(), same))
            << range << " from " << first << ", " << count;
        EXPECT_TRUE(
            std::equal(of_floats.begin(), of_floats.end(), expected_floats.begin(), expected_floats.end(), same))
            << range << " from " << first << ", " << count;
      }
    }
  }
}

TEST(StableSortByValue, IsThatOfTheStandardLibrary) {
  // Of no order, and in runs that are in order.
  for (const auto& [count, num_runs] : std::vector<std::pair<size_t, size_t>>{{0, 0},
                                                                              {1, 0},
                                                                              {100, 0},
                                                                              {5000, 0},
                                                                              {1, 1},
                                                                              {5000, 1},
                                                                              {5000, 2},
                                                                              {5001, 3},
                                                                              {5000, 7},
                                                                              {5000, 8},
                                                                              {5000, 9},
                                                                              {5000, 100}}) {
    SCOPED_TRACE(::testing::Message() << count << " values in " << num_runs << " runs");
    std::vector<WeightedValue> values;
    std::vector<double> numbers = MixedValues(count, 500);
    for (size_t run = 0; run < num_runs; ++run) {
      std::sort(numbers.begin() + static_cast<ptrdiff_t>(run * count / num_runs),
                numbers.begin() + static_cast<ptrdiff_t>((run + 1) * count / num_runs));
    }
    for (const double value : numbers) values.push_back({value, static_cast<double>(values.size())});
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
