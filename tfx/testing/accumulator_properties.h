// Checks what tfx/engine/accumulator.h promises, for any accumulator. Include it in a test only (it needs GoogleTest).
//
//   TEST(MomentsAccumulator, IsAnAccumulator) {
//     AccumulatorChecks<MomentsAccumulator, RecordBatchPtr> checks;
//     checks.num_rows = [](const RecordBatchPtr& b) { return b->num_rows(); };
//     checks.split = [](const RecordBatchPtr& b, size_t row) { return std::pair(b->Slice(0, row), b->Slice(row)); };
//     CheckAccumulatorProperties(MomentsAccumulator(options), batches, checks);
//   }
//
// Give at least three batches, some with two rows and more, else the properties say little.
#ifndef TFX_TESTING_ACCUMULATOR_PROPERTIES_H_
#define TFX_TESTING_ACCUMULATOR_PROPERTIES_H_

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tfx/engine/accumulator.h"
#include "tfx/engine/engine.h"

namespace tfx::testing {

template <class A, class Batch>
struct AccumulatorChecks {
  // Both or none; without them batches are not cut. `split` gives the rows before `row` and those from it on.
  std::function<size_t(const Batch&)> num_rows;
  std::function<std::pair<Batch, Batch>(const Batch&, size_t row)> split;
  // Whether two accumulators hold the same result, within the accumulator's error bound.
  std::function<::testing::AssertionResult(const A&, const A&)> same = [](const A& a, const A& b) {
    if (a.Serialize() == b.Serialize()) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "the serialized states differ";
  };
};

namespace internal {

// `empty` and the batches [begin, end).
template <class A, class Batch>
A Accumulate(const A& empty, const std::vector<Batch>& batches, size_t begin, size_t end) {
  A accumulator = empty;
  for (size_t i = begin; i < end; ++i) {
    const absl::Status added = accumulator.Add(batches[i]);
    EXPECT_TRUE(added.ok()) << "batch " << i << ": " << added;
  }
  return accumulator;
}

template <class A>
A Merged(A a, const A& b) {
  const absl::Status merged = a.Merge(b);
  EXPECT_TRUE(merged.ok()) << merged;
  return a;
}

}  // namespace internal

template <class A, class Batch>
requires AccumulatorOf<A, Batch>
void CheckAccumulatorProperties(const A& empty, const std::vector<Batch>& batches,
                                const AccumulatorChecks<A, Batch>& checks = {}) {
  using internal::Accumulate;
  using internal::Merged;
  ASSERT_GE(batches.size(), 3u) << "give at least three batches";
  const size_t size = batches.size();
  const A whole = Accumulate(empty, batches, 0, size);
  const std::string empty_bytes = empty.Serialize();

  {
    SCOPED_TRACE("an empty accumulator is the identity of Merge, on both sides");
    EXPECT_TRUE(checks.same(Merged(whole, empty), whole));
    EXPECT_TRUE(checks.same(Merged(empty, whole), whole));
    EXPECT_TRUE(checks.same(Merged(empty, empty), empty));
  }
  {
    SCOPED_TRACE("Merge is associative and equals adding the batches");
    for (size_t i = 0; i <= size; ++i) {
      for (size_t j = i; j <= size; ++j) {
        const A a = Accumulate(empty, batches, 0, i);
        const A b = Accumulate(empty, batches, i, j);
        const A c = Accumulate(empty, batches, j, size);
        EXPECT_TRUE(checks.same(Merged(Merged(a, b), c), whole)) << "(a b) c, cut at " << i << " and " << j;
        EXPECT_TRUE(checks.same(Merged(a, Merged(b, c)), whole)) << "a (b c), cut at " << i << " and " << j;
      }
    }
  }
  {
    SCOPED_TRACE("a copy is independent, and the accumulators merged in are left as they are");
    A copy = whole;
    const std::string before = whole.Serialize();
    ASSERT_TRUE(copy.Merge(whole).ok());
    ASSERT_TRUE(copy.Add(batches[0]).ok());
    EXPECT_EQ(whole.Serialize(), before);
    EXPECT_EQ(empty.Serialize(), empty_bytes);
  }
  {
    SCOPED_TRACE("ParseFrom(Serialize()) restores the state, and what comes after goes on from it");
    for (size_t i = 0; i <= size; ++i) {
      const A part = Accumulate(empty, batches, 0, i);
      A restored = empty;
      const absl::Status parsed = restored.ParseFrom(part.Serialize());
      ASSERT_TRUE(parsed.ok()) << "after " << i << " batches: " << parsed;
      EXPECT_EQ(restored.Serialize(), part.Serialize()) << "after " << i << " batches";
      EXPECT_TRUE(checks.same(restored, part)) << "after " << i << " batches";
      for (size_t j = i; j < size; ++j) ASSERT_TRUE(restored.Add(batches[j]).ok());
      EXPECT_TRUE(checks.same(restored, whole)) << "after " << i << " batches and the rest";
      A overwritten = whole;
      ASSERT_TRUE(overwritten.ParseFrom(part.Serialize()).ok());
      EXPECT_EQ(overwritten.Serialize(), part.Serialize()) << "ParseFrom replaces what was there";
    }
  }
  {
    SCOPED_TRACE("bytes that are cut short are refused or harmless, never a crash");
    const std::string bytes = whole.Serialize();
    for (size_t n = 0; n < bytes.size(); n += 1 + bytes.size() / 200) {
      A restored = empty;
      if (const absl::Status parsed = restored.ParseFrom(bytes.substr(0, n)); !parsed.ok()) {
        EXPECT_EQ(parsed.code(), absl::StatusCode::kDataLoss) << n << " of " << bytes.size() << " bytes: " << parsed;
      }
    }
  }
  if (checks.split != nullptr && checks.num_rows != nullptr) {
    SCOPED_TRACE("batches cut at other rows give the same");
    for (size_t i = 0; i < size; ++i) {
      const size_t num_rows = checks.num_rows(batches[i]);
      for (size_t row = 0; row <= num_rows; row += 1 + num_rows / 8) {
        const auto [head, tail] = checks.split(batches[i], row);
        A left = Accumulate(empty, batches, 0, i);
        ASSERT_TRUE(left.Add(head).ok());
        A right = empty;
        ASSERT_TRUE(right.Add(tail).ok());
        for (size_t j = i + 1; j < size; ++j) ASSERT_TRUE(right.Add(batches[j]).ok());
        EXPECT_TRUE(checks.same(Merged(left, right), whole)) << "batch " << i << " cut at row " << row;
      }
    }
  }
  {
    SCOPED_TRACE("the engine gives the same bytes with every number of threads");
    std::optional<std::string> first;
    for (const int num_threads : {1, 2, 4}) {
      size_t next = 0;
      const ShardSource<size_t> source = [&]() -> absl::StatusOr<std::optional<size_t>> {
        return next < size ? std::optional<size_t>(next++) : std::nullopt;
      };
      const auto decode = [&](const size_t& i) -> absl::StatusOr<Batch> { return batches[i]; };
      const absl::StatusOr<A> total = Engine({.num_threads = num_threads}).Aggregate<size_t>(source, decode, empty);
      ASSERT_TRUE(total.ok()) << total.status();
      EXPECT_TRUE(checks.same(*total, whole)) << num_threads << " threads";
      if (!first.has_value()) first = total->Serialize();
      EXPECT_EQ(total->Serialize(), *first) << num_threads << " threads";
    }
  }
}

}  // namespace tfx::testing

#endif  // TFX_TESTING_ACCUMULATOR_PROPERTIES_H_
