#include "tfx/data_validation/statistics/statistics.h"

#include <utility>
#include <vector>

#include "tfx/data_validation/statistics/columns_to_read.h"
#include "tfx/data_validation/statistics/generate.h"
#include "tfx/data_validation/statistics/mixed_examples.h"
#include "tfx/data_validation/statistics/partial_statistics.h"

namespace tfx::tfdv {
namespace {

absl::StatusOr<StatsAccumulator> Accumulate(const ShardSource<io::Records>& examples, const StatsOptions& options,
                                            const Engine& engine, dataset::DecodeOptions decode,
                                            int64_t first_row = 0) {
  if (decode.features.empty()) {
    decode.features = ColumnsToRead(options).value_or(std::vector<std::string>());
    decode.absent = dataset::DecodeOptions::Absent::kLeftOut;
  }
  using Shard = NumberedShard<io::Records>;
  const auto numbered = NumberRows(
      examples, [](const io::Records& records) { return records.size(); }, first_row);
  return AccumulateStatistics<Shard>(
      numbered, [&](const Shard& shard) { return DecodeMixedExamples(shard.shard, decode, shard.first_row); }, options,
      engine);
}

absl::StatusOr<StatsAccumulator> Accumulate(const ShardSource<dataset::RecordBatchPtr>& batches,
                                            const StatsOptions& options, const Engine& engine, int64_t first_row = 0) {
  using Shard = NumberedShard<dataset::RecordBatchPtr>;
  const auto numbered = NumberRows(
      batches, [](const dataset::RecordBatchPtr& batch) { return batch == nullptr ? 0 : batch->num_rows(); },
      first_row);
  return AccumulateStatistics<Shard>(
      numbered,
      [](const Shard& shard) -> absl::StatusOr<std::vector<PlacedRows>> {
        return std::vector<PlacedRows>{{.rows = shard.shard, .first_row = shard.first_row}};
      },
      options, engine);
}

}  // namespace

absl::StatusOr<DatasetFeatureStatisticsList> GenerateStatistics(const ShardSource<io::Records>& examples,
                                                                const StatsOptions& options, const Engine& engine,
                                                                const dataset::DecodeOptions& decode) {
  ASSIGN_OR_RETURN(const StatsAccumulator total, Accumulate(examples, options, engine, decode));
  return total.ToProto();
}

absl::StatusOr<DatasetFeatureStatisticsList> GenerateStatistics(const ShardSource<dataset::RecordBatchPtr>& batches,
                                                                const StatsOptions& options, const Engine& engine) {
  ASSIGN_OR_RETURN(const StatsAccumulator total, Accumulate(batches, options, engine));
  return total.ToProto();
}

absl::StatusOr<std::string> GeneratePartialStatistics(const ShardSource<io::Records>& examples,
                                                      const StatsOptions& options, const Engine& engine,
                                                      const PartialStatisticsOptions& place,
                                                      const dataset::DecodeOptions& decode) {
  ASSIGN_OR_RETURN(const StatsAccumulator total, Accumulate(examples, options, engine, decode, place.first_row));
  return SerializePartialStatistics(total, options);
}

absl::StatusOr<std::string> GeneratePartialStatistics(const ShardSource<dataset::RecordBatchPtr>& batches,
                                                      const StatsOptions& options, const Engine& engine,
                                                      const PartialStatisticsOptions& place) {
  ASSIGN_OR_RETURN(const StatsAccumulator total, Accumulate(batches, options, engine, place.first_row));
  return SerializePartialStatistics(total, options);
}

}  // namespace tfx::tfdv
