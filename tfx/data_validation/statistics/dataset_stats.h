// All statistics of a data set in one accumulator: DatasetFeatureStatistics. Batch: dataset::RecordBatchPtr.
//
// Per feature: CommonStatsAccumulator always, then by kind NumericStatsAccumulator, TextStatsAccumulator and
// ValueCountsAccumulator; a new family of statistics is one more accumulator in FeatureStatsAccumulator.
#ifndef TFX_DATA_VALIDATION_STATISTICS_DATASET_STATS_H_
#define TFX_DATA_VALIDATION_STATISTICS_DATASET_STATS_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/statistics/common_stats.h"
#include "tfx/data_validation/features/feature_column.h"
#include "tfx/data_validation/statistics/numeric_stats.h"
#include "tfx/data_validation/statistics/stats_plan.h"
#include "tfx/data_validation/statistics/text_stats.h"
#include "tfx/data_validation/statistics/value_counts.h"
#include "tfx/dataset/examples.h"

namespace tfx::tfdv {

class FeatureStatsAccumulator {
 public:
  FeatureStatsAccumulator(std::shared_ptr<const StatsPlan> plan, FeaturePath path);

  // INVALID_ARGUMENT naming the feature when its kind or nest level differs from what came before.
  absl::Status Add(const FeatureColumn& column);
  absl::Status Merge(const FeatureStatsAccumulator& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  ::tensorflow::metadata::v0::FeatureNameStatistics ToProto(const CommonStatsAccumulator::Rows& rows) const;
  CommonStatsAccumulator::Rows innermost_values() const { return common_.innermost_values(); }

 private:
  absl::Status SetKind(FeatureKind kind);
  bool is_bytes() const;

  std::shared_ptr<const StatsPlan> plan_;
  FeaturePath path_;
  FeatureKind kind_ = FeatureKind::kUnknown;
  bool has_weights_ = false;
  CommonStatsAccumulator common_;
  // Set as the kind asks for.
  std::optional<NumericStatsAccumulator> numeric_;
  std::optional<TextStatsAccumulator> text_;
  std::optional<ValueCountsAccumulator> values_;
};

class DatasetStatsAccumulator {
 public:
  explicit DatasetStatsAccumulator(std::shared_ptr<const StatsPlan> plan) : plan_(std::move(plan)) {}

  absl::Status Add(const dataset::RecordBatchPtr& batch);
  absl::Status Merge(const DatasetStatsAccumulator& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  // Features in the order of their paths.
  ::tensorflow::metadata::v0::DatasetFeatureStatistics ToProto() const;

 private:
  std::shared_ptr<const StatsPlan> plan_;
  int64_t num_examples_ = 0;
  double weighted_num_examples_ = 0;
  std::map<FeaturePath, FeatureStatsAccumulator> features_;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_DATASET_STATS_H_
