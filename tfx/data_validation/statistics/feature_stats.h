// The default statistics of one feature: FeatureNameStatistics. Batch: FeatureColumn.
//
// CommonStatsAccumulator always, then by kind NumericStatsAccumulator, TextStatsAccumulator and ValueCountsAccumulator;
// a new family of default statistics is one more accumulator here. State and error bounds are theirs.
#ifndef TFX_DATA_VALIDATION_STATISTICS_FEATURE_STATS_H_
#define TFX_DATA_VALIDATION_STATISTICS_FEATURE_STATS_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/features/feature_column.h"
#include "tfx/data_validation/statistics/common_stats.h"
#include "tfx/data_validation/statistics/numeric_stats.h"
#include "tfx/data_validation/statistics/stats_plan.h"
#include "tfx/data_validation/statistics/text_stats.h"
#include "tfx/data_validation/statistics/value_counts.h"

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

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_FEATURE_STATS_H_
