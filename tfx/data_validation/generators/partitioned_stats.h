// Statistics that need all their rows at once, estimated from parts of the data: TFDV's
// NonStreamingCustomStatsGenerator.
//
//   ASSIGN_OR_RETURN(auto mutual_information, MakeMutualInformation({.label_feature = {"tips"}, .schema = schema}));
//   ASSIGN_OR_RETURN(auto generator, MakeNonStreamingCustomStatsGenerator({
//       .stats_fn = mutual_information, .num_partitions = 10, .min_partitions_stat_presence = 5,
//       .max_examples_per_partition = 1000}));
//
// Each row goes to one of num_partitions parts at random, and of each part max_examples_per_partition rows are kept at
// random (those of least RowKey, features/row_sampling.h). stats_fn gives numeric custom statistics for the features of
// a part. A statistic S that at least min_partitions_stat_presence parts have becomes the custom statistics min_S,
// max_S, mean_S, median_S, std_dev_S (population) and num_partitions_S of its feature. Parts without rows do not count.
//
// TFDV sends whole batches to a part; here rows go one by one.
//
// State: the kept rows, at most 2 * max_examples_per_partition a part and what one batch adds to it. The sampling error
// is what std_dev_S shows. Which rows are kept depends on the seed and their places in the input alone.
#ifndef TFX_DATA_VALIDATION_GENERATORS_PARTITIONED_STATS_H_
#define TFX_DATA_VALIDATION_GENERATORS_PARTITIONED_STATS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "arrow/record_batch.h"
#include "tfx/data_validation/features/stats_generator.h"

namespace tfx::tfdv {

// Computes statistics of rows that are all there. Immutable; thread-safe.
class PartitionedStatsFn {
 public:
  virtual ~PartitionedStatsFn() = default;
  // Features with numeric custom statistics and nothing else; a feature that cannot be judged by these rows is absent.
  // `rows` has at least one row. INVALID_ARGUMENT when no feature can be.
  virtual absl::StatusOr<::tensorflow::metadata::v0::DatasetFeatureStatistics> Compute(
      const arrow::RecordBatch& rows) const = 0;
};

struct NonStreamingCustomStatsGeneratorOptions {
  std::shared_ptr<const PartitionedStatsFn> stats_fn;
  int num_partitions = 1;                     // at least 1
  int min_partitions_stat_presence = 1;       // at least 1
  uint64_t seed = 0;                          // of partitions and samples
  int64_t max_examples_per_partition = 1000;  // at least 1
  std::string name = "NonStreamingCustomStatsGenerator";
};

// INVALID_ARGUMENT naming the option that is out of range.
absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeNonStreamingCustomStatsGenerator(
    const NonStreamingCustomStatsGeneratorOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_PARTITIONED_STATS_H_
