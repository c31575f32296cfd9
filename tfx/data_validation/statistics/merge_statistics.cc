#include "tfx/data_validation/statistics/merge_statistics.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/schema/feature_path.h"
#include "tfx/data_validation/statistics/slicing.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

FeaturePath IdOf(const v0::FeatureNameStatistics& feature) {
  return feature.has_path() ? PathFromProto(feature.path()) : FeaturePath{feature.name()};
}

std::pair<FeaturePath, FeaturePath> IdOf(const v0::CrossFeatureStatistics& cross) {
  return {PathFromProto(cross.path_x()), PathFromProto(cross.path_y())};
}

absl::Status MergeFeature(const v0::FeatureNameStatistics& from, v0::FeatureNameStatistics* into) {
  if (from.type() != 0 && into->type() != 0 && from.type() != into->type()) {
    return absl::InvalidArgumentError(absl::StrCat("is ", v0::FeatureNameStatistics::Type_Name(into->type()), " and ",
                                                   v0::FeatureNameStatistics::Type_Name(from.type())));
  }
  if (from.stats_case() != 0 && into->stats_case() != 0 && from.stats_case() != into->stats_case()) {
    return absl::InvalidArgumentError("has statistics of two types");
  }
  v0::FeatureNameStatistics more = from;
  more.clear_field_id();  // merging a path would append its steps
  into->MergeFrom(more);
  return absl::OkStatus();
}

absl::Status MergeCross(const v0::CrossFeatureStatistics& from, v0::CrossFeatureStatistics* into) {
  if (from.count() != 0 && into->count() != 0 && from.count() != into->count()) {
    return absl::InvalidArgumentError(absl::StrCat("has ", into->count(), " and ", from.count(), " examples"));
  }
  if (from.cross_stats_case() != 0 && into->cross_stats_case() != 0 &&
      from.cross_stats_case() != into->cross_stats_case()) {
    return absl::InvalidArgumentError("has statistics of two types");
  }
  v0::CrossFeatureStatistics more = from;
  more.clear_path_x();
  more.clear_path_y();
  into->MergeFrom(more);
  return absl::OkStatus();
}

// A dataset being put together, with the place of what it holds.
struct MergedDataset {
  v0::DatasetFeatureStatistics* proto = nullptr;
  std::map<FeaturePath, int> features;
  std::map<std::pair<FeaturePath, FeaturePath>, int> crosses;

  absl::Status Add(const v0::DatasetFeatureStatistics& from) {
    if (from.num_examples() != 0 && proto->num_examples() != 0 && from.num_examples() != proto->num_examples()) {
      return absl::InvalidArgumentError(
          absl::StrCat("num_examples is ", proto->num_examples(), " and ", from.num_examples()));
    }
    if (from.weighted_num_examples() != 0 && proto->weighted_num_examples() != 0 &&
        from.weighted_num_examples() != proto->weighted_num_examples()) {
      return absl::InvalidArgumentError(absl::StrCat("weighted_num_examples is ", proto->weighted_num_examples(),
                                                     " and ", from.weighted_num_examples()));
    }
    if (from.num_examples() != 0) proto->set_num_examples(from.num_examples());
    if (from.weighted_num_examples() != 0) proto->set_weighted_num_examples(from.weighted_num_examples());
    for (const v0::FeatureNameStatistics& feature : from.features()) {
      const auto [it, is_new] = features.try_emplace(IdOf(feature), proto->features_size());
      if (is_new) {
        *proto->add_features() = feature;
      } else {
        RETURN_IF_ERROR(Annotate(MergeFeature(feature, proto->mutable_features(it->second)),
                                 absl::StrCat("feature ", SerializePath(it->first))));
      }
    }
    for (const v0::CrossFeatureStatistics& cross : from.cross_features()) {
      const auto [it, is_new] = crosses.try_emplace(IdOf(cross), proto->cross_features_size());
      if (is_new) {
        *proto->add_cross_features() = cross;
      } else {
        RETURN_IF_ERROR(Annotate(MergeCross(cross, proto->mutable_cross_features(it->second)),
                                 absl::StrCat("cross feature of ", SerializePath(it->first.first), " and ",
                                              SerializePath(it->first.second))));
      }
    }
    return absl::OkStatus();
  }
};

}  // namespace

absl::StatusOr<v0::DatasetFeatureStatisticsList> MergeStatistics(
    absl::Span<const v0::DatasetFeatureStatisticsList> lists) {
  v0::DatasetFeatureStatisticsList merged;
  std::map<std::string, MergedDataset> datasets;
  for (const v0::DatasetFeatureStatisticsList& list : lists) {
    for (const v0::DatasetFeatureStatistics& from : list.datasets()) {
      const auto [it, is_new] = datasets.try_emplace(from.name());
      if (is_new) {
        it->second.proto = merged.add_datasets();
        it->second.proto->set_name(from.name());
      }
      RETURN_IF_ERROR(Annotate(it->second.Add(from), absl::StrCat("dataset \"", from.name(), "\"")));
    }
  }
  return merged;
}

void SortStatistics(v0::DatasetFeatureStatisticsList* list) {
  auto place = [](const v0::DatasetFeatureStatistics& dataset) {
    return std::pair(dataset.name() != kDefaultSlice, std::string_view(dataset.name()));
  };
  std::stable_sort(list->mutable_datasets()->pointer_begin(), list->mutable_datasets()->pointer_end(),
                   [&](const auto* a, const auto* b) { return place(*a) < place(*b); });
  for (v0::DatasetFeatureStatistics& dataset : *list->mutable_datasets()) {
    std::stable_sort(dataset.mutable_features()->pointer_begin(), dataset.mutable_features()->pointer_end(),
                     [](const auto* a, const auto* b) { return IdOf(*a) < IdOf(*b); });
    std::stable_sort(dataset.mutable_cross_features()->pointer_begin(), dataset.mutable_cross_features()->pointer_end(),
                     [](const auto* a, const auto* b) { return IdOf(*a) < IdOf(*b); });
  }
}

}  // namespace tfx::tfdv
