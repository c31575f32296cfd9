// All statistics of one data set or slice in one accumulator: DatasetFeatureStatistics. Batch: dataset::RecordBatchPtr.
//
// The default statistics feature by feature (feature_stats.h), then the generators of the plan over whole batches.
#ifndef TFX_DATA_VALIDATION_STATISTICS_DATASET_STATS_H_
#define TFX_DATA_VALIDATION_STATISTICS_DATASET_STATS_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/features/stats_generator.h"
#include "tfx/data_validation/statistics/feature_stats.h"
#include "tfx/data_validation/statistics/stats_plan.h"
#include "tfx/dataset/examples.h"
#include "tfx/sketches/exact_sum.h"

namespace tfx::tfdv {

// Generators with their states, as a value.
class GeneratorStates {
 public:
  explicit GeneratorStates(const std::vector<std::shared_ptr<const StatsGenerator>>& empty);
  GeneratorStates(const GeneratorStates& other);
  GeneratorStates& operator=(const GeneratorStates& other);
  GeneratorStates(GeneratorStates&&) = default;
  GeneratorStates& operator=(GeneratorStates&&) = default;

  bool empty() const { return generators_.empty(); }
  // Errors are those of the generators, with their names.
  absl::Status Add(const StatsBatch& batch);
  absl::Status Merge(const GeneratorStates& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);
  absl::Status Write(::tensorflow::metadata::v0::DatasetFeatureStatistics* dataset) const;

 private:
  StatsGenerators generators_;
};

class DatasetStatsAccumulator {
 public:
  explicit DatasetStatsAccumulator(std::shared_ptr<const StatsPlan> plan)
      : plan_(std::move(plan)), generators_(plan_->generators) {}

  // `row_numbers`: the place of each row in the input, for generators that sample; see StatsBatch.
  absl::Status Add(const dataset::RecordBatchPtr& batch, absl::Span<const int64_t> row_numbers = {});
  absl::Status Merge(const DatasetStatsAccumulator& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  // Features in the order of their paths.
  absl::StatusOr<::tensorflow::metadata::v0::DatasetFeatureStatistics> ToProto() const;

 private:
  std::shared_ptr<const StatsPlan> plan_;
  int64_t num_examples_ = 0;
  sketches::ExactSum weighted_num_examples_;
  std::map<FeaturePath, FeatureStatsAccumulator> features_;
  GeneratorStates generators_;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_DATASET_STATS_H_
