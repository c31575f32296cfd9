// The statistics of a data set and of its slices, in one accumulator: DatasetFeatureStatisticsList. Batch: PlacedRows.
//
// Samples rows (StatsOptions.sample_rate), then adds each to the data set as a whole and to every slice that it belongs
// to. Memory: that of DatasetStatsAccumulator per slice that is there; slices are named by the data, so slicing by a
// feature of many values takes many times the memory.
//
// Every piece of state merges exactly, so that partial results of shards or days give the answers of one run over all
// rows; see partial_statistics.h for what that means to the last bit.
#ifndef TFX_DATA_VALIDATION_STATISTICS_STATS_ACCUMULATOR_H_
#define TFX_DATA_VALIDATION_STATISTICS_STATS_ACCUMULATOR_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/statistics/dataset_stats.h"
#include "tfx/data_validation/statistics/stats_plan.h"
#include "tfx/dataset/examples.h"

namespace tfx::tfdv {

// Rows with their places in the input, which decide what is sampled.
struct PlacedRows {
  dataset::RecordBatchPtr rows;
  int64_t first_row = 0;             // the rows are neighbours, from this one on,
  std::vector<int64_t> row_numbers;  // unless they are listed here, one number per row
};

class StatsAccumulator {
 public:
  explicit StatsAccumulator(std::shared_ptr<const StatsPlan> plan);

  // INVALID_ARGUMENT: no batch, numbers that do not fit it, a slice function that fails or gives rows outside of the
  // batch or an empty key; errors of DatasetStatsAccumulator.
  absl::Status Add(const PlacedRows& batch);
  absl::Status Add(const std::vector<PlacedRows>& batches);
  absl::Status Merge(const StatsAccumulator& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  // Without slicing one dataset with an empty name; otherwise "All Examples", then the slices in the order of their
  // keys. Errors of generators.
  absl::StatusOr<::tensorflow::metadata::v0::DatasetFeatureStatisticsList> ToProto() const;

 private:
  absl::Status AddSampled(const dataset::RecordBatchPtr& rows, const std::vector<int64_t>& numbers);
  absl::Status AddToSlices(const arrow::RecordBatch& rows, const std::vector<int64_t>& numbers);

  std::shared_ptr<const StatsPlan> plan_;
  DatasetStatsAccumulator all_;
  std::map<std::string, DatasetStatsAccumulator> slices_;  // without that of all rows
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_STATS_ACCUMULATOR_H_
