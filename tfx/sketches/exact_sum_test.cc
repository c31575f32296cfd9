// Exact sums and moments against a slow oracle: numbers as signed counts of each power of two.
#include "tfx/sketches/exact_sum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "gtest/gtest.h"
#include "tfx/sketches/exact_moments.h"
#include "tfx/testing/accumulator_properties.h"

namespace tfx::sketches {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kMax = std::numeric_limits<double>::max();
constexpr double kTiny = 4.9406564584124654e-324;  // the smallest of all
constexpr int kLowest = -7000, kHighest = 7000;

// The number that is the sum of bits[i] * 2^(kLowest + i).
class SlowNumber {
 public:
  SlowNumber() : bits_(kHighest - kLowest) {}
  explicit SlowNumber(double value) : SlowNumber() {
    int exponent = 0;
    double rest = std::frexp(std::abs(value), &exponent);
    for (int place = exponent; rest != 0; --place) {  // digit by digit
      if (rest >= 1) {
        bits_[place - kLowest] += value < 0 ? -1 : 1;
        rest -= 1;
      }
      rest *= 2;
    }
  }

  SlowNumber operator+(const SlowNumber& other) const {
    SlowNumber sum = *this;
    for (size_t i = 0; i < bits_.size(); ++i) sum.bits_[i] += other.bits_[i];
    return sum;
  }
  SlowNumber operator-() const {
    SlowNumber negated = *this;
    for (int64_t& bit : negated.bits_) bit = -bit;
    return negated;
  }
  SlowNumber operator*(const SlowNumber& other) const {
    SlowNumber product;
    for (size_t i = 0; i < bits_.size(); ++i) {
      if (bits_[i] == 0) continue;
      for (size_t j = 0; j < bits_.size(); ++j) {
        if (other.bits_[j] != 0) product.bits_.at(i + j + kLowest) += bits_[i] * other.bits_[j];
      }
    }
    return product;
  }
  // Each bit 0 or 1; of a negative number the complement.
  SlowNumber Carried() const {
    SlowNumber carried;
    int64_t carry = 0;
    for (size_t i = 0; i < bits_.size(); ++i) {
      const int64_t all = bits_[i] + carry;
      carried.bits_[i] = all & 1;
      carry = all >> 1;
    }
    carried.is_negative_ = carry < 0;
    return carried;
  }
  bool IsNegative() const { return Carried().is_negative_; }
  SlowNumber Magnitude() const { return IsNegative() ? (-*this).Carried() : Carried(); }
  bool operator<(const SlowNumber& other) const { return (*this + -other).IsNegative(); }

 private:
  std::vector<int64_t> bits_;
  bool is_negative_ = false;
};

// Whether `value` is a double nearest to a / b, for b > 0.
::testing::AssertionResult IsNearest(double value, const SlowNumber& a, const SlowNumber& b) {
  const auto distance = [&](double other) { return (a + -(SlowNumber(other) * b)).Magnitude(); };
  const SlowNumber here = distance(value);
  for (const double neighbour : {std::nextafter(value, -kInfinity), std::nextafter(value, kInfinity)}) {
    if (std::isfinite(neighbour) && distance(neighbour) < here) {
      return ::testing::AssertionFailure() << neighbour << " is nearer than " << value;
    }
  }
  return ::testing::AssertionSuccess();
}

std::vector<double> RandomNumbers(uint64_t seed, int count, int range) {
  std::mt19937_64 random(seed);
  std::vector<double> numbers;
  for (int i = 0; i < count; ++i) {
    const double mantissa = static_cast<double>(random() >> 11) * (random() % 2 == 0 ? 1 : -1);
    numbers.push_back(std::ldexp(mantissa, static_cast<int>(random() % (2 * range + 1)) - range));
    if (random() % 5 == 0) numbers.push_back(-numbers[random() % numbers.size()]);  // cancels
    if (random() % 9 == 0) numbers.push_back(static_cast<double>(random() % 1000));
  }
  return numbers;
}

std::string Bytes(const auto& sum) {
  StateWriter out;
  sum.Write(&out);
  return out.Take();
}

ExactSum SumOf(const std::vector<double>& values) {
  ExactSum sum;
  for (const double value : values) sum.Add(value);
  return sum;
}

TEST(ExactSum, IsTheNearestDoubleInEveryOrderAndSplit) {
  std::mt19937_64 random(1);
  for (const int range : {0, 3, 60, 300, 900}) {
    for (uint64_t seed = 0; seed < 4; ++seed) {
      SCOPED_TRACE(::testing::Message() << "range " << range << ", seed " << seed);
      std::vector<double> values = RandomNumbers(seed, 60, range);
      SlowNumber expected;
      for (const double value : values) expected = expected + SlowNumber(value);
      const ExactSum whole = SumOf(values);

      ASSERT_TRUE(IsNearest(whole.Round(), expected, SlowNumber(1)));
      for (int repetition = 0; repetition < 5; ++repetition) {
        std::shuffle(values.begin(), values.end(), random);
        const auto cut = values.begin() + static_cast<ptrdiff_t>(random() % values.size());
        ExactSum parts = SumOf({values.begin(), cut});
        parts.Merge(SumOf({cut, values.end()}));
        EXPECT_EQ(std::bit_cast<uint64_t>(parts.Round()), std::bit_cast<uint64_t>(whole.Round()));
        EXPECT_EQ(Bytes(parts), Bytes(whole));
      }
      // Adding the reverse of all leaves nothing at all.
      ExactSum nothing = whole;
      for (const double value : values) nothing.Add(-value);
      EXPECT_EQ(Bytes(nothing), Bytes(ExactSum()));
    }
  }
}

TEST(ExactSum, RoundsTiesToEven) {
  const double half = std::ldexp(1.0, -53);
  EXPECT_EQ(SumOf({1, half}).Round(), 1);
  EXPECT_EQ(SumOf({1, half, kTiny}).Round(), std::nextafter(1.0, 2.0));
  EXPECT_EQ(SumOf({std::nextafter(1.0, 2.0), half}).Round(), 1 + std::ldexp(1.0, -51));
  EXPECT_EQ(SumOf({std::nextafter(1.0, 2.0), half, -kTiny}).Round(), std::nextafter(1.0, 2.0));
  EXPECT_EQ(SumOf({-1, -half, -kTiny}).Round(), -std::nextafter(1.0, 2.0));
}

TEST(ExactSum, OverflowsOnlyAtTheEnd) {
  EXPECT_EQ(SumOf({kMax, kMax, -kMax}).Round(), kMax);
  EXPECT_EQ(SumOf({kMax, kMax}).Round(), kInfinity);
  EXPECT_EQ(SumOf({-kMax, -kMax}).Round(), -kInfinity);
  EXPECT_TRUE(SumOf({kMax, kMax}).is_finite());
  // Half of the last place of the greatest number is what is rounded up to infinity.
  EXPECT_EQ(SumOf({kMax, std::ldexp(1.0, 969)}).Round(), kMax);
  EXPECT_EQ(SumOf({kMax, std::ldexp(1.0, 970)}).Round(), kInfinity);
}

TEST(ExactSum, KeepsTheSmallest) {
  EXPECT_EQ(SumOf({kTiny, kTiny, kTiny}).Round(), 3 * kTiny);
  EXPECT_EQ(SumOf({1e300, kTiny, -1e300}).Round(), kTiny);
  ExactSum products;
  products.AddProduct(kTiny, 0.5);
  EXPECT_EQ(products.Round(), 0);  // half of the smallest, to even
  products.AddProduct(kTiny, 0.25);
  EXPECT_EQ(products.Round(), kTiny);
}

TEST(ExactSum, ZeroIsPositive) {
  EXPECT_FALSE(std::signbit(ExactSum().Round()));
  EXPECT_FALSE(std::signbit(SumOf({-0.0}).Round()));
  EXPECT_FALSE(std::signbit(SumOf({1e-300, 1, -1, -1e-300}).Round()));
  EXPECT_EQ(Bytes(SumOf({-0.0})), Bytes(ExactSum()));
}

TEST(ExactSum, WhatIsNotFiniteWinsInEveryOrder) {
  const double nan = std::nan("");
  EXPECT_EQ(SumOf({1, kInfinity, 2}).Round(), kInfinity);
  EXPECT_EQ(SumOf({-kInfinity, 1}).Round(), -kInfinity);
  EXPECT_TRUE(std::isnan(SumOf({-kInfinity, 1, kInfinity}).Round()));
  EXPECT_TRUE(std::isnan(SumOf({nan, kInfinity}).Round()));
  ExactSum sum = SumOf({kInfinity});
  sum.Merge(SumOf({-kInfinity}));
  EXPECT_TRUE(std::isnan(sum.Round()));
  sum = {};
  sum.AddProduct(0, kInfinity);
  EXPECT_TRUE(std::isnan(sum.Round()));
  sum = {};
  sum.AddProductOfSquare(-2, -kInfinity);
  EXPECT_EQ(sum.Round(), -kInfinity);
}

TEST(ExactSum, ProductsAreExact) {
  for (const int range : {0, 50, 500}) {
    const std::vector<double> values = RandomNumbers(11, 20, range);
    ExactSum products, cubes;
    SlowNumber slow_products, slow_cubes;
    for (size_t i = 0; i < values.size(); ++i) {
      const double a = values[i], b = values[values.size() - 1 - i];
      products.AddProduct(a, b);
      cubes.AddProductOfSquare(a, b);
      const SlowNumber square = SlowNumber(b) * SlowNumber(b);
      slow_products = slow_products + SlowNumber(a) * SlowNumber(b);
      slow_cubes = slow_cubes + SlowNumber(a) * square;
    }
    for (const auto& [sum, expected] : {std::pair(&products, &slow_products), std::pair(&cubes, &slow_cubes)}) {
      if (std::isfinite(sum->Round())) {
        EXPECT_TRUE(IsNearest(sum->Round(), *expected, SlowNumber(1))) << range;
      }
    }
    EXPECT_TRUE(std::isfinite(products.Round()) || range == 500);
  }
}

TEST(ExactSum, ManyAdditionsOfOneSignPassTheirCarriesOn) {
  ExactSum sum;
  const __int128 large = (__int128{1} << 126) - 1;
  for (int i = 0; i < 1000; ++i) sum.AddScaled(large, -7);
  for (int doubling = 0; doubling < 40; ++doubling) sum.Merge(ExactSum(sum));
  EXPECT_EQ(sum.Round(), std::ldexp(1000.0, 126 - 7 + 40));
  for (int halving = 0; halving < 40; ++halving) sum.AddScaled(-1000 * (__int128{1} << 80), 46 - 7 + 39 - halving);
  sum.AddScaled(-1000 * (__int128{1} << 80), 46 - 7);
  // What is left is the 1 that each lacked.
  EXPECT_EQ(sum.Round(), -std::ldexp(1000.0, 40 - 7));
}

TEST(ExactSum, DamagedStatesAreRefusedOrHarmless) {
  const std::string bytes = Bytes(SumOf(RandomNumbers(3, 50, 200)));
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int change : {1, 0x40, 0xff}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ change);
      StateReader in(damaged);
      ExactSum sum;
      if (sum.Read(&in)) sum.Round();
    }
    StateReader cut(std::string_view(bytes).substr(0, i));
    EXPECT_FALSE(ExactSum().Read(&cut)) << i;
  }
}

TEST(ExactSum, StatesWithNumbersOutOfRangeAreRefused) {
  const auto read = [](uint64_t form, int64_t exponent, const std::vector<uint64_t>& digits, double* value) {
    StateWriter out;
    out.Integer(form);
    out.Integer(static_cast<uint64_t>(exponent));
    out.Numbers(digits);
    const std::string bytes = out.Take();
    StateReader in(bytes);
    ExactSum sum;
    const bool is_read = sum.Read(&in);
    *value = sum.Round();
    return is_read;
  };
  double value = 0;
  EXPECT_TRUE(read(1, 32, {3, 1}, &value));
  EXPECT_EQ(value, std::ldexp(3.0, 32) + std::ldexp(1.0, 64));
  EXPECT_TRUE(read(2, -32, {UINT32_MAX}, &value));
  EXPECT_EQ(value, -std::ldexp(UINT32_MAX, -32));
  for (const int64_t exponent : {INT64_MIN, INT64_MIN + 32, INT64_MAX - 31, int64_t{4096 + 32}, int64_t{33}}) {
    EXPECT_FALSE(read(1, exponent, {3}, &value)) << exponent;
    EXPECT_EQ(value, 0) << exponent;
  }
  for (const uint64_t digit : {uint64_t{1} << 32, (uint64_t{1} << 32) + 3, UINT64_MAX}) {
    EXPECT_FALSE(read(1, 0, {3, digit}, &value)) << digit;
  }
  EXPECT_FALSE(read(3, 0, {3}, &value));
  EXPECT_FALSE(read(1, 0, {}, &value));
}

// Batches of weighted numbers; counts where `is_counted`.
struct Batch {
  std::vector<WeightedValue> values;
  bool is_counted = false;
};

struct MomentsAccumulator {
  absl::Status Add(const Batch& batch) {
    if (batch.is_counted) {
      moments.AddCounted(batch.values);
    } else {
      for (const WeightedValue& entry : batch.values) moments.Add(entry.value, entry.weight);
    }
    return absl::OkStatus();
  }
  absl::Status Merge(const MomentsAccumulator& other) {
    moments.Merge(other.moments);
    return absl::OkStatus();
  }
  std::string Serialize() const { return Bytes(moments); }
  absl::Status ParseFrom(std::string_view bytes) {
    StateReader in(bytes);
    ExactMoments parsed;
    if (!parsed.Read(&in) || !in.ok()) return absl::DataLossError("damaged");
    moments = parsed;
    return absl::OkStatus();
  }
  ExactMoments moments;
};

Batch Slice(const Batch& batch, size_t begin, size_t end) {
  return {{batch.values.begin() + static_cast<ptrdiff_t>(begin), batch.values.begin() + static_cast<ptrdiff_t>(end)},
          batch.is_counted};
}

TEST(ExactMoments, KeepThePromisesOfAccumulators) {
  std::vector<Batch> batches;
  std::mt19937_64 random(5);
  for (const bool is_counted : {true, false, true}) {
    for (const int range : {2, 400}) {
      Batch batch{.is_counted = is_counted};
      for (const double value : RandomNumbers(random(), 8, range)) {
        batch.values.push_back({value, is_counted ? 1 + static_cast<double>(random() % 5) : std::ldexp(value, -range)});
      }
      batches.push_back(batch);
    }
  }
  testing::AccumulatorChecks<MomentsAccumulator, Batch> checks;
  checks.num_rows = [](const Batch& batch) { return batch.values.size(); };
  checks.split = [](const Batch& batch, size_t row) {
    return std::pair(Slice(batch, 0, row), Slice(batch, row, batch.values.size()));
  };
  testing::CheckAccumulatorProperties(MomentsAccumulator(), batches, checks);
}

TEST(ExactMoments, AreTheNearestDoubles) {
  std::mt19937_64 random(7);
  for (const int range : {0, 8, 70, 200}) {
    SCOPED_TRACE(range);
    ExactMoments moments;
    SlowNumber weights, sum, squares;
    std::vector<WeightedValue> counted;
    for (const double value : RandomNumbers(random(), 20, range)) {
      // Counts over the limit of what adds up in 128 bits, too.
      const double weight = random() % 4 == 0 ? std::ldexp(1.0, 30) + 1 : 1 + static_cast<double>(random() % 1000);
      counted.push_back({value, weight});
    }
    moments.AddCounted(counted);
    for (const double value : RandomNumbers(random(), 10, range)) {
      counted.push_back({value, std::ldexp(static_cast<double>(random() % 1000), -9)});
      moments.Add(counted.back().value, counted.back().weight);
    }
    for (const WeightedValue& entry : counted) {
      weights = weights + SlowNumber(entry.weight);
      sum = sum + SlowNumber(entry.weight) * SlowNumber(entry.value);
    }
    const double mean = moments.Mean();
    for (const WeightedValue& entry : counted) {
      const SlowNumber distance = SlowNumber(entry.value) + SlowNumber(-mean);
      squares = squares + SlowNumber(entry.weight) * (distance.Magnitude() * distance.Magnitude());
    }

    EXPECT_TRUE(IsNearest(moments.Weight(), weights, SlowNumber(1)));
    EXPECT_TRUE(IsNearest(mean, sum, weights));
    EXPECT_TRUE(IsNearest(moments.Variance(), squares, weights));
    EXPECT_DOUBLE_EQ(moments.Deviation(), std::sqrt(moments.Variance()));
  }
}

TEST(ExactMoments, CountedIsOneByOneInAnyOrder) {
  const std::vector<double> values = {3, -0.1, 1e300, 0, 7e-310, -1e-300, 3, 0.1, 5};
  ExactMoments one_by_one, counted, other_order;
  for (const double value : values) {
    for (int i = 0; i < 3; ++i) one_by_one.Add(value, 1);
  }
  std::vector<WeightedValue> weighted;
  for (const double value : values) weighted.push_back({value, 3});
  counted.AddCounted(weighted);
  std::reverse(weighted.begin(), weighted.end());
  other_order.AddCounted(weighted);

  EXPECT_EQ(Bytes(one_by_one), Bytes(counted));
  EXPECT_EQ(Bytes(one_by_one), Bytes(other_order));
}

TEST(ExactMoments, LoseNothingToCancellation) {
  ExactMoments moments;
  for (const double offset : {1.0, 2.0, 3.0, 4.0}) moments.Add(1e15 + offset, 1);

  EXPECT_EQ(moments.Mean(), 1e15 + 2.5);
  EXPECT_EQ(moments.Variance(), 1.25);
}

TEST(ExactMoments, DeviationIsFiniteWhereTheVarianceIsNot) {
  ExactMoments large, small;
  for (const double sign : {1.0, -1.0}) {
    large.Add(sign * std::ldexp(1.0, 1000), 1);
    small.Add(sign * std::ldexp(1.0, -1060), 1);
  }

  EXPECT_EQ(large.Variance(), kInfinity);
  EXPECT_EQ(large.Deviation(), std::ldexp(1.0, 1000));
  EXPECT_EQ(small.Variance(), 0);
  EXPECT_EQ(small.Deviation(), std::ldexp(1.0, -1060));
}

TEST(ExactMoments, OfNothingInfinitiesAndOddWeights) {
  EXPECT_EQ(ExactMoments().Mean(), 0);
  EXPECT_EQ(ExactMoments().Deviation(), 0);
  ExactMoments infinite;
  infinite.AddCounted(std::vector<WeightedValue>{{1, 2}, {kInfinity, 1}});
  EXPECT_EQ(infinite.Weight(), 3);
  EXPECT_EQ(infinite.Mean(), kInfinity);
  EXPECT_TRUE(std::isnan(infinite.Variance()));
  infinite.AddCounted(std::vector<WeightedValue>{{-kInfinity, 1}});
  EXPECT_TRUE(std::isnan(infinite.Mean()));
  ExactMoments weightless;
  weightless.Add(5, 1);
  weightless.Add(7, -1);
  EXPECT_EQ(weightless.Mean(), 0);
  EXPECT_EQ(weightless.Deviation(), 0);
  ExactMoments negative;
  negative.Add(5, -2);
  negative.Add(7, -2);
  EXPECT_EQ(negative.Mean(), 6);
  EXPECT_EQ(negative.Variance(), 0);
  ExactMoments unweighable;
  unweighable.Add(5, kInfinity);
  EXPECT_TRUE(std::isnan(unweighable.Mean()));
}

}  // namespace
}  // namespace tfx::sketches
