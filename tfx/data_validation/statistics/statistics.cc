#include "tfx/data_validation/statistics/statistics.h"

#include <utility>

#include "tfx/base/status_macros.h"
#include "tfx/data_validation/statistics/dataset_stats.h"
#include "tfx/data_validation/statistics/stats_plan.h"

namespace tfx::tfdv {
namespace {

template <class Shard, class Decode>
absl::StatusOr<DatasetFeatureStatisticsList> Generate(const ShardSource<Shard>& shards, const StatsOptions& options,
                                                      const Engine& engine, Decode decode) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const StatsPlan> plan, MakeStatsPlan(options));
  const DatasetStatsAccumulator empty(plan);
  ASSIGN_OR_RETURN(DatasetStatsAccumulator total, engine.Aggregate(shards, decode, empty));
  DatasetFeatureStatisticsList list;
  ASSIGN_OR_RETURN(*list.add_datasets(), total.ToProto());
  return list;
}

}  // namespace

absl::StatusOr<DatasetFeatureStatisticsList> GenerateStatistics(const ShardSource<io::Records>& examples,
                                                                const StatsOptions& options, const Engine& engine,
                                                                const dataset::DecodeOptions& decode) {
  return Generate(examples, options, engine,
                  [&decode](const io::Records& records) { return dataset::DecodeExamples(records, decode); });
}

absl::StatusOr<DatasetFeatureStatisticsList> GenerateStatistics(const ShardSource<dataset::RecordBatchPtr>& batches,
                                                                const StatsOptions& options, const Engine& engine) {
  return Generate(
      batches, options, engine,
      [](const dataset::RecordBatchPtr& batch) -> absl::StatusOr<dataset::RecordBatchPtr> { return batch; });
}

absl::StatusOr<DatasetFeatureStatisticsList> GenerateStatistics(const ShardSource<BatchMaker>& batches,
                                                                const StatsOptions& options, const Engine& engine) {
  if (options.sample_rate.has_value() || options.semantic_domain_stats_sample_rate.has_value()) {
    // The place of a row in the input is known when the batches before it are.
    const ShardSource<dataset::RecordBatchPtr> made = [&]() -> absl::StatusOr<std::optional<dataset::RecordBatchPtr>> {
      ASSIGN_OR_RETURN(const std::optional<BatchMaker> make, batches());
      if (!make.has_value()) return std::optional<dataset::RecordBatchPtr>();
      ASSIGN_OR_RETURN(dataset::RecordBatchPtr batch, (*make)());
      return std::make_optional(std::move(batch));
    };
    return GenerateStatistics(made, options, engine);
  }
  return Generate(batches, options, engine, [](const BatchMaker& make) { return make(); });
}

}  // namespace tfx::tfdv
