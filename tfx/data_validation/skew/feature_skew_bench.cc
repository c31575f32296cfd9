// Examples per second of feature skew detection: 200,000 examples a side joined on two identifiers, in memory and with
// a tenth of the memory that they take, which sends them through the disk. One identifier in 1,000 is there twice on
// both sides, one example in 100 has no partner, and one in 50 differs; the counts of every run are checked.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tfx/data_validation/skew/feature_skew.h"
#include "tfx/dataset/example_writer.h"

namespace tfx::tfdv {
namespace {

constexpr int kExamples = 200000;
constexpr int kShardRecords = 4096;
constexpr int kDuplicateEvery = 1000, kMissingEvery = 100, kSkewedEvery = 50;

enum class SideName { kBase, kTest };

struct Side {
  std::vector<io::Records> shards;
  int64_t num_examples = 0;
  int64_t num_bytes = 0;

  void Add(std::string_view record) {
    if (num_examples % kShardRecords == 0) shards.emplace_back();
    shards.back().Append(record);
    ++num_examples;
    num_bytes += static_cast<int64_t>(record.size());
  }
};

Side MakeSide(SideName name) {
  Side side;
  dataset::ExampleWriter example;
  const bool is_test = name == SideName::kTest;
  for (int i = 0; i < kExamples; ++i) {
    // The test side in another order, as a service would log it: 7,919 has no divisor in common with the count.
    const int id = is_test ? static_cast<int>(int64_t{i} * 7919 % kExamples) : i;
    if (is_test && id % kMissingEvery == 1) continue;
    const bool skewed = is_test && id % kSkewedEvery == 2;
    const std::string day = absl::StrCat("2026-11-", 1 + id % 28), company = absl::StrCat("company ", id % 40);
    for (int copy = 0; copy < (id % kDuplicateEvery == 0 ? 2 : 1); ++copy) {
      example.AddBytes("company", 1, [&](size_t) { return std::string_view(company); });
      example.AddBytes("day", 1, [&](size_t) { return std::string_view(day); });
      for (int f = 0; f < 8; ++f) {
        example.AddFloats(absl::StrCat("float_", f), std::vector<float>{static_cast<float>(id) / (f + 3)});
      }
      for (int f = 0; f < 4; ++f) {
        example.AddInts(absl::StrCat("int_", f), std::vector<int64_t>{id % (f + 100) + (skewed && f == 3)});
      }
      example.AddInts("user", std::vector<int64_t>{id});
      side.Add(example.Finish());
    }
  }
  return side;
}

ShardSource<io::Records> Source(const Side& side) {
  auto next = std::make_shared<size_t>(0);
  return [&side, next]() -> absl::StatusOr<std::optional<io::Records>> {
    if (*next == side.shards.size()) return std::nullopt;
    return side.shards[(*next)++];
  };
}

std::string Faults(const FeatureSkewResults& results) {
  constexpr int kDuplicates = kExamples / kDuplicateEvery, kMissing = kExamples / kMissingEvery;
  constexpr int kPairs = kExamples - kDuplicates - kMissing;
  // Identifiers that are 2 modulo 50 are never 0 modulo 1,000 nor 1 modulo 100.
  constexpr int kSkewed = kExamples / kSkewedEvery;
  std::string faults;
  auto expect = [&](const char* what, uint64_t actual, uint64_t expected) {
    if (actual != expected) absl::StrAppend(&faults, what, " is ", actual, ", not ", expected, "; ");
  };
  expect("identifiers", results.match_stats.identifiers_count(), kExamples);
  expect("duplicates", results.match_stats.duplicate_id_count(), kDuplicates);
  expect("missing in test", results.match_stats.ids_missing_in_test_count(), kMissing);
  expect("features", results.skew_results.size(), 13);
  for (const FeatureSkew& skew : results.skew_results) {
    const bool is_skewed = skew.feature_name() == "int_3";
    expect("matches", skew.match_count(), is_skewed ? kPairs - kSkewed : kPairs);
    expect("mismatches", skew.mismatch_count(), is_skewed ? kSkewed : 0);
  }
  expect("sample", results.skew_pairs.size(), 10);
  return faults;
}

void BM_DetectFeatureSkew(benchmark::State& state) {
  static const auto* const sides = new std::pair(MakeSide(SideName::kBase), MakeSide(SideName::kTest));
  const auto& [base, test] = *sides;
  const bool spill = state.range(1) != 0;
  FeatureSkewOptions options{.identifier_features = {"user", "day"}, .sample_size = 10};
  if (spill) options.memory_budget_bytes = std::max<int64_t>(1, (base.num_bytes + test.num_bytes) / 10);
  const Engine engine({.num_threads = static_cast<int>(state.range(0))});
  for (auto _ : state) {
    const auto results = DetectFeatureSkew(Source(base), Source(test), options, engine);
    const std::string faults = results.ok() ? Faults(*results) : results.status().ToString();
    if (!faults.empty()) {
      state.SkipWithError(faults.c_str());
      return;
    }
  }
  state.SetItemsProcessed(state.iterations() * (base.num_examples + test.num_examples));
  state.SetBytesProcessed(state.iterations() * (base.num_bytes + test.num_bytes));
}
BENCHMARK(BM_DetectFeatureSkew)
    ->ArgNames({"threads", "spill"})
    ->Args({1, 0})
    ->Args({2, 0})
    ->Args({1, 1})
    ->Args({2, 1})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tfx::tfdv
