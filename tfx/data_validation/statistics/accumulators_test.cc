// Each accumulator behind the default statistics by itself: merging, splitting, bytes.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/data_validation/features/feature_column.h"
#include "tfx/data_validation/statistics/common_stats.h"
#include "tfx/data_validation/statistics/feature_stats.h"
#include "tfx/data_validation/statistics/numeric_stats.h"
#include "tfx/data_validation/statistics/statistics_testing.h"
#include "tfx/data_validation/statistics/text_stats.h"
#include "tfx/data_validation/statistics/value_counts.h"
#include "tfx/testing/accumulator_properties.h"
#include "tfx/testing/golden_files.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

constexpr int64_t kManyValues = int64_t{1} << 40;

// An accumulator of FeatureColumns over the feature "x" of batches.
template <class Accumulator>
class OfColumn {
 public:
  OfColumn(Accumulator accumulator, StatsOptions options)
      : accumulator_(std::move(accumulator)), options_(std::move(options)) {}

  absl::Status Add(const dataset::RecordBatchPtr& batch) {
    return VisitFeatures(*batch, options_, [&](const FeatureColumn& column) {
      return column.path == FeaturePath{"x"} ? accumulator_.Add(column) : absl::OkStatus();
    });
  }
  absl::Status Merge(const OfColumn& other) { return accumulator_.Merge(other.accumulator_); }
  std::string Serialize() const { return accumulator_.Serialize(); }
  absl::Status ParseFrom(std::string_view bytes) { return accumulator_.ParseFrom(bytes); }
  const Accumulator& get() const { return accumulator_; }

 private:
  Accumulator accumulator_;
  StatsOptions options_;
};

// `result`: the message that an accumulator makes.
template <class Accumulator, class Result>
void Check(const Accumulator& empty, const StatsOptions& options, const std::vector<dataset::RecordBatchPtr>& batches,
           Result result) {
  using Subject = OfColumn<Accumulator>;
  testing::AccumulatorChecks<Subject, dataset::RecordBatchPtr> checks;
  checks.num_rows = [](const dataset::RecordBatchPtr& batch) { return static_cast<size_t>(batch->num_rows()); };
  checks.split = [](const dataset::RecordBatchPtr& batch, size_t row) {
    return std::pair(batch->Slice(0, static_cast<int64_t>(row)), batch->Slice(static_cast<int64_t>(row)));
  };
  checks.same = [&](const Subject& a, const Subject& b) {
    // To the last bit.
    const auto one = result(a.get()), other = result(b.get());
    if (one.SerializeAsString() == other.SerializeAsString()) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << Difference(one, other, 0);
  };
  testing::CheckAccumulatorProperties(Subject(empty, options), batches, checks);
}

std::vector<dataset::RecordBatchPtr> WeightedNumbers() {
  return {BatchOf({Floats("x", "[[1.5, -2], [], null, [0, 0, 7]]"), Floats("w", "[[1], [2], [0.5], [3]]")}),
          BatchOf({Floats("x", "[[NaN], [Inf, 3], [-Inf]]"), Floats("w", "[[1], [1], [0]]")}),
          BatchOf({{"x", arrow::null(), "[null, null]"}, Floats("w", "[[1], [4]]")}),
          BatchOf({Floats("x", "[[1e30, -1e30], [1e-30]]"), Floats("w", "[[2], [2]]")})};
}

std::vector<dataset::RecordBatchPtr> Integers() {
  return {BatchOf({Ints("x", "[[9223372036854775807], [-9223372036854775808, 0]]")}),
          BatchOf({Ints("x", "[[9223372036854775806], null, [3, 3, 3]]")}), BatchOf({Ints("x", "[[], [1]]")})};
}

std::vector<dataset::RecordBatchPtr> Texts() {
  return {BatchOf({Strings("x", R"([["a", "b"], null, ["a"], [""]])"), Floats("w", "[[1], [2], [0.5], [3]]")}),
          BatchOf({Strings("x", R"([["ccc", "b"], [], ["a"]])"), Floats("w", "[[1], [1], [0]]")}),
          BatchOf({Strings("x", R"([["d"], ["e", "f", "g", "h"]])"), Floats("w", "[[2], [2]]")})};
}

std::vector<dataset::RecordBatchPtr> NestedLists() {
  const auto type = arrow::list(arrow::list(arrow::int64()));
  return {BatchOf({{"x", type, "[[[1, 2], []], null, [null, [3]]]"}, Floats("w", "[[1], [2], [0.5]]")}),
          BatchOf({{"x", type, "[[], [[4]]]"}, Floats("w", "[[1], [1]]")}),
          BatchOf({{"x", arrow::null(), "[null, null]"}, Floats("w", "[[1], [1]]")})};
}

const StatsOptions& Weighted() {
  static const auto* const options = new StatsOptions{.weight_feature = "w"};
  return *options;
}

TEST(CommonStatsAccumulator, KeepsThePromisesOfAccumulators) {
  const auto result = [](const CommonStatsAccumulator& common) { return common.ToProto({12, 20}, true, 10); };
  Check(CommonStatsAccumulator(0.01), Weighted(), WeightedNumbers(), result);
  Check(CommonStatsAccumulator(0.01), Weighted(), NestedLists(), result);
}

TEST(NumericStatsAccumulator, KeepsThePromisesOfAccumulators) {
  std::vector<dataset::RecordBatchPtr> numbers = WeightedNumbers();
  numbers.erase(numbers.begin() + 2);  // values without a kind do not come here
  Check(NumericStatsAccumulator(0.01), Weighted(), numbers, [](const NumericStatsAccumulator& numeric) {
    return numeric.ToProto(kManyValues, true, {}, Precision::kDouble);
  });
  Check(NumericStatsAccumulator(0.01), {}, Integers(), [](const NumericStatsAccumulator& numeric) {
    return numeric.ToProto(kManyValues, false, {}, Precision::kDouble);
  });
}

TEST(TextStatsAccumulator, KeepsThePromisesOfAccumulators) {
  const auto strings = [](const TextStatsAccumulator& text) { return text.ToStringStatistics(100); };
  Check(TextStatsAccumulator(), {}, Texts(), strings);
  Check(TextStatsAccumulator(), {}, Integers(), strings);
  Check(TextStatsAccumulator(), {}, Texts(),
        [](const TextStatsAccumulator& text) { return text.ToBytesStatistics(100); });
}

TEST(ValueCountsAccumulator, KeepsThePromisesOfAccumulators) {
  const auto result = [](FeatureKind kind) {
    return [kind](const ValueCountsAccumulator& values) {
      v0::StringStatistics proto;
      values.Write(kind, true, {}, &proto);
      return proto;
    };
  };
  Check(ValueCountsAccumulator({}), Weighted(), Texts(), result(FeatureKind::kString));
  Check(ValueCountsAccumulator({}), {}, Integers(), result(FeatureKind::kInt));
  Check(ValueCountsAccumulator({.sketches_only = true}), Weighted(), Texts(), result(FeatureKind::kString));
  // Exact counts give way to sketches at different places of the data.
  for (const int64_t max_bytes : {300, 1100}) {
    Check(ValueCountsAccumulator({.max_exact_bytes = max_bytes}), Weighted(), Texts(), result(FeatureKind::kString));
  }
}

// Their sums take memory too, so fewer values with weights are counted exactly.
TEST(ValueCountsAccumulator, CountsTheMemoryOfWeights) {
  std::string values, weights;
  for (int i = 0; i < 1000; ++i) {
    values += (i == 0 ? "[[\"" : "], [\"") + std::to_string(i) + "\"";
    weights += (i == 0 ? "[[" : "], [") + std::to_string(0.1 * i);
  }
  const auto batch = BatchOf({Strings("x", values + "]]"), Floats("w", weights + "]]")});
  const auto is_exact = [&](const StatsOptions& options, int64_t max_bytes) {
    OfColumn<ValueCountsAccumulator> counts(ValueCountsAccumulator({.max_exact_bytes = max_bytes}), options);
    EXPECT_TRUE(counts.Add(batch).ok());
    return !counts.get().fallback_error().has_value();
  };
  EXPECT_TRUE(is_exact({}, 70000));
  EXPECT_FALSE(is_exact({}, 60000));
  EXPECT_TRUE(is_exact(Weighted(), 250000));
  EXPECT_FALSE(is_exact(Weighted(), 235000));
}

TEST(FeatureStatsAccumulator, KeepsThePromisesOfAccumulators) {
  const auto check = [](const StatsOptions& options, const std::vector<dataset::RecordBatchPtr>& batches) {
    Check(FeatureStatsAccumulator(*MakeStatsPlan(options), {"x"}), options, batches,
          [](const FeatureStatsAccumulator& feature) {
            return feature.ToProto({12, 20});
          });
  };
  check(Weighted(), WeightedNumbers());
  check(Weighted(), NestedLists());
  check(Weighted(), Texts());
  check({}, Integers());
  std::vector<dataset::RecordBatchPtr> mixed = Texts();
  for (const auto& more : {WeightedNumbers(), NestedLists()}) mixed.insert(mixed.end(), more.begin(), more.end());
  check(Weighted(), mixed);
}

}  // namespace
}  // namespace tfx::tfdv
