// Reading access to the statistics of a data set as inference and validation need it: features by path, parents and
// children, weighted or plain counts. Views refer to the message and to each other; they must not outlive it.
// Thread-safe.
#ifndef TFX_DATA_VALIDATION_ANOMALIES_STATISTICS_VIEW_H_
#define TFX_DATA_VALIDATION_ANOMALIES_STATISTICS_VIEW_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/schema/feature_path.h"

namespace tfx::tfdv {

// The only data set of a list, or the one named "All Examples". INVALID_ARGUMENT when there is neither.
absl::StatusOr<const ::tensorflow::metadata::v0::DatasetFeatureStatistics*> DefaultDataset(
    const ::tensorflow::metadata::v0::DatasetFeatureStatisticsList& list);

class DatasetView;

class FeatureView {
 public:
  const ::tensorflow::metadata::v0::FeatureNameStatistics& proto() const { return *proto_; }
  const DatasetView& dataset() const { return *dataset_; }
  const FeaturePath& path() const { return path_; }
  std::vector<const FeatureView*> children() const { return children_; }

  // Of whichever kind of statistics is there; empty statistics where none is.
  const ::tensorflow::metadata::v0::CommonStatistics& common() const;
  ::tensorflow::metadata::v0::FeatureType schema_type() const;

  // From here on weighted where the data set is read by weight.
  double num_present() const;
  double num_missing() const;
  std::vector<double> num_missing_by_level() const;
  std::vector<std::pair<int, int>> min_max_num_values_by_level() const;  // not negative
  std::optional<double> fraction_present() const;
  double total_num_values() const;
  std::map<std::string, double> value_counts() const;  // labels of the rank histogram
  std::optional<::tensorflow::metadata::v0::Histogram> histogram(
      const ::tensorflow::metadata::v0::HistogramSelection& selection) const;

  std::optional<uint64_t> num_unique() const;
  bool has_invalid_utf8() const { return proto_->string_stats().invalid_utf8_count() > 0; }
  const ::tensorflow::metadata::v0::CustomStatistic* custom_statistic(std::string_view name) const;  // null: none

 private:
  friend class DatasetView;
  const ::tensorflow::metadata::v0::FeatureNameStatistics* proto_ = nullptr;
  const DatasetView* dataset_ = nullptr;
  FeaturePath path_;
  const FeatureView* parent_ = nullptr;
  std::vector<const FeatureView*> children_;  // in the order of paths
};

class DatasetView {
 public:
  // INVALID_ARGUMENT: some features are named and some have paths; an empty path.
  static absl::StatusOr<std::unique_ptr<DatasetView>> Create(
      const ::tensorflow::metadata::v0::DatasetFeatureStatistics& proto, bool by_weight);

  // Whether every feature, and the data set, has weighted counts.
  static bool HasWeights(const ::tensorflow::metadata::v0::DatasetFeatureStatistics& proto);

  const ::tensorflow::metadata::v0::DatasetFeatureStatistics& proto() const { return *proto_; }
  bool by_weight() const { return by_weight_; }
  double num_examples() const;
  // Features that have statistics or custom statistics, in the order of the message.
  std::vector<const FeatureView*> features() const;
  std::vector<const FeatureView*> root_features() const;
  const FeatureView* Find(const FeaturePath& path) const;  // null: none

 private:
  const ::tensorflow::metadata::v0::DatasetFeatureStatistics* proto_ = nullptr;
  bool by_weight_ = false;
  std::vector<std::unique_ptr<FeatureView>> features_;  // one per feature of the message, null where unused
  std::map<FeaturePath, FeatureView*> by_path_;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_ANOMALIES_STATISTICS_VIEW_H_
