// Statistics of a part of the data (a shard, a day) that can be put together later without reading the data again.
//
//   ASSIGN_OR_RETURN(std::string monday, GeneratePartialStatistics(monday_shards, options, engine));
//   ASSIGN_OR_RETURN(std::string tuesday, GeneratePartialStatistics(tuesday_shards, options, engine));
//   ASSIGN_OR_RETURN(auto both, FinishPartialStatistics({monday, tuesday}, options));
//
// A partial result is the state of the accumulators, not finished statistics, so nothing is lost. While the sketches
// are exact, up to 5,701 different numbers of a feature at epsilon 0.01 (quantiles_sketch.h) and different values in
// max_exact_counts_bytes, the default statistics are those of one run over all rows byte for byte, whatever the number
// of parts, their sizes, their order and how many were merged before: every sum is exact until it is written
// (sketches/exact_sum.h). Beyond, histograms and medians, and top values and distinct counts, stay within the bounds of
// the sketches and follow from the parts and their order; the other default statistics are still those of one run. Of
// generators the same holds as far as their headers bound what they keep; covariances (cross_feature_stats.h) follow
// from the parts in their last digits. Samples follow from the places of the rows, which `first_row` gives. Finished
// statistics merge with MergeStatisticsLists (statistics_io.h) only as far as TFDV's do.
//
// Format: "TFXSTATS", version u64, SHA-256 in hex of the options' JSON, farmhash Fingerprint64 of the state, state of
// StatsAccumulator; integers little-endian. The size is that of the state. Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_STATISTICS_PARTIAL_STATISTICS_H_
#define TFX_DATA_VALIDATION_STATISTICS_PARTIAL_STATISTICS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/features/stats_options.h"
#include "tfx/data_validation/statistics/stats_accumulator.h"
#include "tfx/dataset/examples.h"
#include "tfx/engine/engine.h"
#include "tfx/io/tfrecord.h"

namespace tfx::tfdv {

struct PartialStatisticsOptions {
  // The place of the part's first row in the whole: what is sampled follows from it. Only samples ask for it.
  int64_t first_row = 0;
};

// Errors of GenerateStatistics.
absl::StatusOr<std::string> GeneratePartialStatistics(const ShardSource<io::Records>& examples,
                                                      const StatsOptions& options, const Engine& engine,
                                                      const PartialStatisticsOptions& place = {},
                                                      const dataset::DecodeOptions& decode = {});
absl::StatusOr<std::string> GeneratePartialStatistics(const ShardSource<dataset::RecordBatchPtr>& batches,
                                                      const StatsOptions& options, const Engine& engine,
                                                      const PartialStatisticsOptions& place = {});

// In the order of the data. `options` must be those that the parts were made with.
//   INVALID_ARGUMENT  no part; a part made with other options
//   DATA_LOSS         bytes that are no partial statistics, or of another version
absl::StatusOr<std::string> MergePartialStatistics(absl::Span<const std::string> parts, const StatsOptions& options);
absl::StatusOr<::tensorflow::metadata::v0::DatasetFeatureStatisticsList> FinishPartialStatistics(
    absl::Span<const std::string> parts, const StatsOptions& options);

// For readers of a file format (generate.h).
std::string SerializePartialStatistics(const StatsAccumulator& state, const StatsOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_PARTIAL_STATISTICS_H_
