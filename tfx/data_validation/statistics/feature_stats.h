// The default statistics of one feature: FeatureNameStatistics. Batch: FeatureColumn.
//
// CommonStatsAccumulator always, then by kind NumericStatsAccumulator, TextStatsAccumulator and ValueCountsAccumulator;
// a new family of default statistics is one more accumulator here. State and error bounds are theirs, once per kind of
// values. A feature of several kinds is no error: its statistics are those of the kind with the most rows, and the
// custom statistic kMixedTypes (features/custom_statistics.h) says so.
#ifndef TFX_DATA_VALIDATION_STATISTICS_FEATURE_STATS_H_
#define TFX_DATA_VALIDATION_STATISTICS_FEATURE_STATS_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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

  absl::Status Add(const FeatureColumn& column);
  absl::Status Merge(const FeatureStatsAccumulator& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  // `rows`: how many rows there could have been (CommonStatsAccumulator::ToProto).
  ::tensorflow::metadata::v0::FeatureNameStatistics ToProto(const CommonStatsAccumulator::Rows& rows) const;
  // The structs of the feature: the rows of its children.
  CommonStatsAccumulator::Rows structs() const;

 private:
  // Values of one kind at one nest level; nearly always there is just one such.
  struct Part {
    explicit Part(double epsilon) : common(epsilon) {}
    CommonStatsAccumulator common;
    bool has_doubles = false;  // some values came as float64
    // Set as the kind asks for.
    std::optional<NumericStatsAccumulator> numeric;
    std::optional<TextStatsAccumulator> text;
    std::optional<ValueCountsAccumulator> values;
  };
  struct PartKey {
    FeatureKind kind = FeatureKind::kUnknown;
    size_t nest_level = 1;
    auto operator<=>(const PartKey&) const = default;
  };

  Part MakePart(FeatureKind kind) const;
  Part& PartOf(const PartKey& key);
  bool IsBytes(FeatureKind kind) const;
  // The part with the most rows; of several the first. Parts without a kind count only where there are no others.
  const std::pair<const PartKey, Part>* MainPart() const;
  bool IsMixed() const;
  ::tensorflow::metadata::v0::CustomStatistic MixedTypes() const;

  std::shared_ptr<const StatsPlan> plan_;
  FeaturePath path_;
  bool has_histograms_ = true;
  bool has_weights_ = false;
  std::map<PartKey, Part> parts_;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_FEATURE_STATS_H_
