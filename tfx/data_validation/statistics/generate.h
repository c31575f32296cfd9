// The one loop behind every GenerateStatistics: shards of any kind -> statistics. For readers of a file format; users
// call statistics.h or file_statistics.h.
//
//   GenerateStatisticsFromShards<io::Records>(source, [&](const io::Records& records) { ... }, options, engine)
//
// `decode`: absl::StatusOr<std::vector<PlacedRows>>(const Shard&), called from several threads at once. A row's number
// must follow from its place in the data, not from how it is cut into shards.
#ifndef TFX_DATA_VALIDATION_STATISTICS_GENERATE_H_
#define TFX_DATA_VALIDATION_STATISTICS_GENERATE_H_

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tfx/base/status_macros.h"
#include "tfx/data_validation/statistics/stats_accumulator.h"
#include "tfx/engine/engine.h"

namespace tfx::tfdv {

// A shard with the number of the first of its rows.
template <class Shard>
struct NumberedShard {
  Shard shard;
  int64_t first_row = 0;
};

// Numbers the rows of shards whose sizes are known before they are decoded, from `first_row` on. `num_rows`:
// int64_t(const Shard&).
template <class Shard, class NumRows>
ShardSource<NumberedShard<Shard>> NumberRows(ShardSource<Shard> source, NumRows num_rows, int64_t first_row = 0) {
  auto next_row = std::make_shared<int64_t>(first_row);
  return [source = std::move(source), num_rows, next_row]() -> absl::StatusOr<std::optional<NumberedShard<Shard>>> {
    ASSIGN_OR_RETURN(std::optional<Shard> shard, source());
    if (!shard.has_value()) return std::nullopt;
    const int64_t row = *next_row;
    *next_row += num_rows(*shard);
    return NumberedShard<Shard>{*std::move(shard), row};
  };
}

template <class Shard, class Decode>
absl::StatusOr<::tensorflow::metadata::v0::DatasetFeatureStatisticsList> GenerateStatisticsFromShards(
    const ShardSource<Shard>& source, Decode decode, const std::shared_ptr<const StatsPlan>& plan,
    const Engine& engine) {
  ASSIGN_OR_RETURN(const StatsAccumulator total, engine.Aggregate(source, std::move(decode), StatsAccumulator(plan)));
  return total.ToProto();
}

template <class Shard, class Decode>
absl::StatusOr<StatsAccumulator> AccumulateStatistics(const ShardSource<Shard>& source, Decode decode,
                                                      const StatsOptions& options, const Engine& engine) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const StatsPlan> plan, MakeStatsPlan(options));
  return engine.Aggregate(source, std::move(decode), StatsAccumulator(plan));
}

template <class Shard, class Decode>
absl::StatusOr<::tensorflow::metadata::v0::DatasetFeatureStatisticsList> GenerateStatisticsFromShards(
    const ShardSource<Shard>& source, Decode decode, const StatsOptions& options, const Engine& engine) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const StatsPlan> plan, MakeStatsPlan(options));
  return GenerateStatisticsFromShards(source, std::move(decode), plan, engine);
}

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_GENERATE_H_
