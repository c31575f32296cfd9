#include "tfx/data_validation/anomalies/statistics_view.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using v0::FeatureNameStatistics;

bool IsEmpty(const FeatureNameStatistics& feature) {
  return feature.stats_case() == FeatureNameStatistics::STATS_NOT_SET && feature.custom_stats().empty();
}

const v0::CommonStatistics& CommonOf(const FeatureNameStatistics& feature) {
  if (feature.has_num_stats()) return feature.num_stats().common_stats();
  if (feature.has_string_stats()) return feature.string_stats().common_stats();
  if (feature.has_bytes_stats()) return feature.bytes_stats().common_stats();
  return feature.struct_stats().common_stats();
}

}  // namespace

absl::StatusOr<const v0::DatasetFeatureStatistics*> DefaultDataset(const v0::DatasetFeatureStatisticsList& list) {
  if (list.datasets_size() == 1) return &list.datasets(0);
  for (const v0::DatasetFeatureStatistics& dataset : list.datasets()) {
    if (dataset.name() == "All Examples") return &dataset;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("statistics with ", list.datasets_size(),
                   " data sets, none named \"All Examples\"; needed is one data set or one of that name"));
}

const v0::CommonStatistics& FeatureView::common() const { return CommonOf(*proto_); }

v0::FeatureType FeatureView::schema_type() const {
  switch (proto_->type()) {
    case FeatureNameStatistics::BYTES:
    case FeatureNameStatistics::STRING:
      return v0::BYTES;
    case FeatureNameStatistics::INT:
      return v0::INT;
    case FeatureNameStatistics::FLOAT:
      return v0::FLOAT;
    case FeatureNameStatistics::STRUCT:
      return v0::STRUCT;
    default:
      return v0::TYPE_UNKNOWN;
  }
}

double FeatureView::num_present() const {
  if (dataset_->by_weight()) return common().weighted_common_stats().num_non_missing();
  return static_cast<double>(common().num_non_missing());
}

double FeatureView::num_missing() const {
  if (dataset_->by_weight()) return common().weighted_common_stats().num_missing();
  return static_cast<double>(common().num_missing());
}

std::vector<double> FeatureView::num_missing_by_level() const {
  std::vector<double> missing;
  if (dataset_->by_weight()) {
    for (const auto& level : common().weighted_presence_and_valency_stats()) missing.push_back(level.num_missing());
  } else {
    for (const auto& level : common().presence_and_valency_stats()) {
      missing.push_back(static_cast<double>(level.num_missing()));
    }
  }
  if (missing.empty()) missing.push_back(num_missing());
  return missing;
}

std::vector<std::pair<int, int>> FeatureView::min_max_num_values_by_level() const {
  std::vector<std::pair<int, int>> levels;
  auto add = [&](const auto& stats) {
    levels.push_back({std::max(static_cast<int>(stats.min_num_values()), 0), static_cast<int>(stats.max_num_values())});
  };
  for (const auto& level : common().presence_and_valency_stats()) add(level);
  if (levels.empty()) add(common());
  return levels;
}

std::optional<double> FeatureView::fraction_present() const {
  const double num_examples = dataset_->num_examples();
  if (num_examples <= 0) return std::nullopt;
  if (num_missing() == 0) return 1.0;
  return num_present() / num_examples;
}

double FeatureView::total_num_values() const {
  if (dataset_->by_weight()) return common().weighted_common_stats().tot_num_values();
  // Statistics of old versions lack the total.
  if (common().tot_num_values() == 0) return common().num_non_missing() * common().avg_num_values();
  return static_cast<double>(common().tot_num_values());
}

std::map<std::string, double> FeatureView::value_counts() const {
  const v0::StringStatistics& text = proto_->string_stats();
  const v0::RankHistogram& ranks =
      dataset_->by_weight() ? text.weighted_string_stats().rank_histogram() : text.rank_histogram();
  std::map<std::string, double> counts;
  for (const auto& bucket : ranks.buckets()) counts.insert({bucket.label(), bucket.sample_count()});
  return counts;
}

std::optional<v0::Histogram> FeatureView::histogram(const v0::HistogramSelection& selection) const {
  if (!proto_->has_num_stats()) return std::nullopt;
  const auto type =
      selection.type() == v0::HistogramSelection::QUANTILES ? v0::Histogram::QUANTILES : v0::Histogram::STANDARD;
  const v0::NumericStatistics& numbers = proto_->num_stats();
  for (const v0::Histogram& histogram :
       dataset_->by_weight() ? numbers.weighted_numeric_stats().histograms() : numbers.histograms()) {
    if (histogram.type() == type) return histogram;
  }
  return std::nullopt;
}

std::optional<uint64_t> FeatureView::num_unique() const {
  if (!proto_->has_string_stats()) return std::nullopt;
  return proto_->string_stats().unique();
}

const v0::CustomStatistic* FeatureView::custom_statistic(std::string_view name) const {
  for (const v0::CustomStatistic& statistic : proto_->custom_stats()) {
    if (statistic.name() == name) return &statistic;
  }
  return nullptr;
}

bool DatasetView::HasWeights(const v0::DatasetFeatureStatistics& proto) {
  if (proto.weighted_num_examples() == 0) return false;
  return std::all_of(proto.features().begin(), proto.features().end(), [](const FeatureNameStatistics& feature) {
    const v0::CommonStatistics& common = CommonOf(feature);
    return IsEmpty(feature) ||
           (common.has_weighted_common_stats() &&
            common.presence_and_valency_stats_size() == common.weighted_presence_and_valency_stats_size());
  });
}

absl::StatusOr<std::unique_ptr<DatasetView>> DatasetView::Create(const v0::DatasetFeatureStatistics& proto,
                                                                 bool by_weight) {
  auto view = std::make_unique<DatasetView>();
  view->proto_ = &proto;
  view->by_weight_ = by_weight;
  const bool has_paths = std::any_of(proto.features().begin(), proto.features().end(),
                                     [](const FeatureNameStatistics& feature) { return feature.has_path(); });
  view->features_.resize(proto.features_size());
  std::map<std::string, FeatureView*> by_name;
  for (int i = 0; i < proto.features_size(); ++i) {
    const FeatureNameStatistics& feature = proto.features(i);
    if (has_paths && (!feature.has_path() || feature.path().step().empty())) {
      return absl::InvalidArgumentError(
          absl::StrCat("feature statistics ", i, " (name \"", feature.name(),
                       "\") have no path while others have one; use paths for all features"));
    }
    if (!has_paths && IsEmpty(feature)) continue;
    auto& entry = view->features_[i] = std::make_unique<FeatureView>();
    entry->proto_ = &feature;
    entry->dataset_ = view.get();
    if (has_paths) {
      entry->path_ = PathFromProto(feature.path());
      view->by_path_[entry->path_] = entry.get();
    } else {
      by_name[feature.name()] = entry.get();
    }
  }
  // Named features: "parent.child" lies below the struct "parent", the nearest one. In order of name, parents come
  // before children. (TFDV takes "parenthood" for a child of "parent", too.)
  for (auto& [name, feature] : by_name) {
    feature->path_ = FeaturePath{name};
    for (size_t dot = name.rfind('.'); dot != std::string::npos && dot > 0; dot = name.rfind('.', dot - 1)) {
      const auto parent = by_name.find(name.substr(0, dot));
      if (parent == by_name.end() || parent->second->proto_->type() != FeatureNameStatistics::STRUCT) continue;
      feature->path_ = ChildPath(parent->second->path_, name.substr(dot + 1));
      break;
    }
    view->by_path_[feature->path_] = feature;
  }
  for (auto& [path, feature] : view->by_path_) {
    if (path.size() < 2) continue;
    const auto parent = view->by_path_.find(FeaturePath(path.begin(), path.end() - 1));
    if (parent == view->by_path_.end()) continue;
    feature->parent_ = parent->second;
    parent->second->children_.push_back(feature);
  }
  return view;
}

double DatasetView::num_examples() const {
  return by_weight_ ? proto_->weighted_num_examples() : static_cast<double>(proto_->num_examples());
}

std::vector<const FeatureView*> DatasetView::features() const {
  std::vector<const FeatureView*> features;
  for (const auto& feature : features_) {
    if (feature != nullptr && !IsEmpty(feature->proto())) features.push_back(feature.get());
  }
  return features;
}

std::vector<const FeatureView*> DatasetView::root_features() const {
  std::vector<const FeatureView*> roots;
  for (const FeatureView* feature : features()) {
    if (feature->parent_ == nullptr) roots.push_back(feature);
  }
  return roots;
}

const FeatureView* DatasetView::Find(const FeaturePath& path) const {
  const auto it = by_path_.find(path);
  return it == by_path_.end() ? nullptr : it->second;
}

}  // namespace tfx::tfdv
