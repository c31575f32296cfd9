#include "tfx/engine/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace tfx {
namespace {

ShardSource<int> Numbers(int count) {
  return [count, next = 0]() mutable -> absl::StatusOr<std::optional<int>> {
    if (next == count) return std::optional<int>();
    return std::optional<int>(next++);
  };
}

class EngineTest : public testing::TestWithParam<int> {
 protected:
  const Engine engine_{{.num_threads = GetParam()}};
};

TEST_P(EngineTest, MapDeliversInOrder) {
  std::vector<int> squares;

  const absl::Status status = engine_.Map<int>(
      Numbers(1000), [](const int& n) -> absl::StatusOr<int> { return n * n; },
      [&](int square) {
        squares.push_back(square);
        return absl::OkStatus();
      });

  EXPECT_TRUE(status.ok()) << status;
  ASSERT_EQ(squares.size(), 1000u);
  for (int n = 0; n < 1000; ++n) EXPECT_EQ(squares[n], n * n);
}

TEST_P(EngineTest, MapOfNothingIsOk) {
  const absl::Status status = engine_.Map<int>(
      Numbers(0), [](const int& n) -> absl::StatusOr<int> { return n; },
      [](int) { return absl::InternalError("no result was expected"); });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(EngineTest, MapCarriesTypesThatOnlyMove) {
  int next = 0;
  const ShardSource<std::unique_ptr<int>> source = [&]() -> absl::StatusOr<std::optional<std::unique_ptr<int>>> {
    if (next == 20) return std::optional<std::unique_ptr<int>>();
    return std::make_optional(std::make_unique<int>(next++));
  };
  int sum = 0;
  const absl::Status status = engine_.Map<std::unique_ptr<int>>(
      source,
      [](const std::unique_ptr<int>& n) -> absl::StatusOr<std::unique_ptr<int>> {
        return std::make_unique<int>(*n + 1);
      },
      [&](std::unique_ptr<int> n) {
        sum += *n;
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(sum, 210);
}

TEST_P(EngineTest, FirstErrorInShardOrderWins) {
  for (int repetition = 0; repetition < 20; ++repetition) {
    int delivered = 0;
    const absl::Status status = engine_.Map<int>(
        Numbers(200),
        [](const int& n) -> absl::StatusOr<int> {
          if (n >= 50 && n % 2 == 0) return absl::DataLossError(std::to_string(n));
          return n;
        },
        [&](int) {
          ++delivered;
          return absl::OkStatus();
        });
    EXPECT_EQ(status.message(), "50");
    EXPECT_EQ(delivered, 50);
  }
}

TEST_P(EngineTest, ErrorOfTheSourceEndsTheRunAfterEarlierShards) {
  int calls_after_error = -1;
  int next = 0;
  const ShardSource<int> source = [&]() -> absl::StatusOr<std::optional<int>> {
    if (next == 10) {
      ++calls_after_error;
      return absl::NotFoundError("shard 10");
    }
    return std::optional<int>(next++);
  };
  int delivered = 0;
  const absl::Status status = engine_.Map<int>(
      source, [](const int& n) -> absl::StatusOr<int> { return n; },
      [&](int) {
        ++delivered;
        return absl::OkStatus();
      });
  EXPECT_EQ(status, absl::NotFoundError("shard 10"));
  EXPECT_EQ(delivered, 10);
  EXPECT_EQ(calls_after_error, 0);
}

TEST_P(EngineTest, ErrorOfTheSinkStops) {
  int delivered = 0;
  const absl::Status status = engine_.Map<int>(
      Numbers(1000000), [](const int& n) -> absl::StatusOr<int> { return n; },
      [&](int) { return ++delivered == 5 ? absl::ResourceExhaustedError("disk full") : absl::OkStatus(); });
  EXPECT_EQ(status.message(), "disk full");
  EXPECT_EQ(delivered, 5);
}

TEST_P(EngineTest, KeepsAtMostTwoShardsPerThreadInFlight) {
  std::atomic<int> in_flight{0};
  int most = 0;
  int next = 0;
  const ShardSource<int> source = [&]() -> absl::StatusOr<std::optional<int>> {
    if (next == 300) return std::optional<int>();
    most = std::max(most, ++in_flight);
    return std::optional<int>(next++);
  };
  const absl::Status status = engine_.Map<int>(
      source, [](const int& n) -> absl::StatusOr<int> { return n; },
      [&](int) {
        --in_flight;
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(in_flight, 0);
  // One more while its result is with the sink and no longer counted as waiting.
  EXPECT_LE(most, 2 * GetParam() + 1);
}

// Joins text, so that the order of merging shows.
struct Joined {
  absl::Status Add(const std::string& batch) {
    if (batch == "bad") return absl::InvalidArgumentError("bad batch");
    text += batch + ",";
    return absl::OkStatus();
  }
  absl::Status Merge(const Joined& other) {
    text += other.text;
    return absl::OkStatus();
  }
  std::string Serialize() const { return text; }
  absl::Status ParseFrom(std::string_view bytes) {
    text = std::string(bytes);
    return absl::OkStatus();
  }
  std::string text;
};

TEST_P(EngineTest, AggregateMergesInShardOrder) {
  std::string expected;
  for (int n = 0; n < 500; ++n) expected += std::to_string(n) + ",";

  const absl::StatusOr<Joined> joined = engine_.Aggregate<int>(
      Numbers(500), [](const int& n) -> absl::StatusOr<std::string> { return std::to_string(n); }, Joined());

  ASSERT_TRUE(joined.ok()) << joined.status();
  EXPECT_EQ(joined->text, expected);
}

TEST_P(EngineTest, AggregateReportsErrorsOfDecodeAndAdd) {
  const auto run = [&](std::function<absl::StatusOr<std::string>(const int&)> decode) {
    return std::string(engine_.Aggregate<int>(Numbers(9), decode, Joined()).status().message());
  };
  EXPECT_EQ(run([](const int&) -> absl::StatusOr<std::string> { return absl::DataLossError("torn"); }), "torn");
  EXPECT_EQ(run([](const int& n) -> absl::StatusOr<std::string> { return n == 3 ? "bad" : "good"; }), "bad batch");
}

INSTANTIATE_TEST_SUITE_P(Threads, EngineTest, testing::Values(1, 2, 4, 8));

}  // namespace
}  // namespace tfx
