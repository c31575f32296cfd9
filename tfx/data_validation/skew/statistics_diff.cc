#include "tfx/data_validation/skew/statistics_diff.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/anomalies/distribution_distance.h"
#include "tfx/data_validation/anomalies/statistics_view.h"
#include "tfx/data_validation/schema/feature_path.h"
#include "tfx/data_validation/schema/message_diff.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

std::string FeatureName(const v0::FeatureNameStatistics& feature) {
  return feature.has_path() ? SerializePath(PathFromProto(feature.path())) : feature.name();
}

// What matching says already.
bool IsIdentity(const google::protobuf::FieldDescriptor& field) {
  const std::string& owner = field.containing_type()->full_name();
  if (owner == "tensorflow.metadata.v0.FeatureNameStatistics") return field.name() == "name" || field.name() == "path";
  return owner == "tensorflow.metadata.v0.DatasetFeatureStatistics" &&
         (field.name() == "name" || field.name() == "features");
}

// Calls `both` with the elements of each key, null where a side lacks it: in the order of `before`, then of `after`. Of
// equal keys the first counts.
template <class Elements, class Key, class Both>
void ForEachKey(const Elements& before, const Elements& after, const Key& key, const Both& both) {
  using Element = typename Elements::value_type;
  std::map<std::string, const Element*> in_before, in_after;
  for (const Element& element : before) in_before.emplace(key(element), &element);
  for (const Element& element : after) in_after.emplace(key(element), &element);
  for (const Element& element : before) {
    if (in_before[key(element)] != &element) continue;
    const auto it = in_after.find(key(element));
    both(key(element), &element, it == in_after.end() ? nullptr : it->second);
  }
  for (const Element& element : after) {
    if (in_after[key(element)] == &element && !in_before.contains(key(element))) both(key(element), nullptr, &element);
  }
}

std::string Kind(const v0::FeatureNameStatistics* feature) {
  return feature == nullptr ? "" : v0::FeatureNameStatistics::Type_Name(feature->type());
}

std::string Size(const v0::DatasetFeatureStatistics* dataset) {
  return dataset == nullptr ? "" : absl::StrCat(dataset->num_examples(), " examples");
}

}  // namespace

std::vector<StatisticsDifference> DiffStatistics(const v0::DatasetFeatureStatisticsList& before,
                                                 const v0::DatasetFeatureStatisticsList& after,
                                                 const StatisticsDiffOptions& options) {
  const MessageDiffOptions diff{.tolerance = options.tolerance, .margin = 1e-9, .leave_out = IsIdentity};
  std::vector<StatisticsDifference> found;
  auto add_fields = [&](const auto& a, const auto& b, const std::string& dataset, const std::string& feature) {
    for (FieldDifference& d : DiffMessages(a, b, diff)) {
      found.push_back({dataset, feature, std::move(d.field), std::move(d.before), std::move(d.after)});
    }
  };
  ForEachKey(
      before.datasets(), after.datasets(), [](const v0::DatasetFeatureStatistics& dataset) { return dataset.name(); },
      [&](const std::string& name, const v0::DatasetFeatureStatistics* a, const v0::DatasetFeatureStatistics* b) {
        if (a == nullptr || b == nullptr) {
          found.push_back({name, "", "", Size(a), Size(b)});
          return;
        }
        add_fields(*a, *b, name, "");
        ForEachKey(a->features(), b->features(), FeatureName,
                   [&](const std::string& feature, const v0::FeatureNameStatistics* in_a,
                       const v0::FeatureNameStatistics* in_b) {
                     if (in_a == nullptr || in_b == nullptr) {
                       found.push_back({name, feature, "", Kind(in_a), Kind(in_b)});
                     } else {
                       add_fields(*in_a, *in_b, name, feature);
                     }
                   });
      });
  return found;
}

absl::StatusOr<std::vector<FeatureDistances>> MeasureDistances(const v0::DatasetFeatureStatisticsList& before,
                                                               const v0::DatasetFeatureStatisticsList& after) {
  ASSIGN_OR_RETURN(const v0::DatasetFeatureStatistics* dataset_a, DefaultDataset(before));
  ASSIGN_OR_RETURN(const v0::DatasetFeatureStatistics* dataset_b, DefaultDataset(after));
  const bool by_weight = DatasetView::HasWeights(*dataset_a) && DatasetView::HasWeights(*dataset_b);
  ASSIGN_OR_RETURN(const std::unique_ptr<DatasetView> view_a, DatasetView::Create(*dataset_a, by_weight));
  ASSIGN_OR_RETURN(const std::unique_ptr<DatasetView> view_b, DatasetView::Create(*dataset_b, by_weight));
  std::vector<FeatureDistances> distances;
  for (const FeatureView* a : view_a->features()) {
    const FeatureView* b = view_b->Find(a->path());
    if (b == nullptr) continue;
    FeatureDistances measured{.feature = SerializePath(a->path())};
    const ValueCounts counts_a = a->value_counts(), counts_b = b->value_counts();
    if (!counts_a.empty() && !counts_b.empty()) {
      LabelledDistance l_infinity = LInfinityDistance(counts_a, counts_b);
      measured.l_infinity = l_infinity.distance;
      measured.l_infinity_value = std::move(l_infinity.label);
      measured.normalized_absolute_difference = NormalizedAbsoluteDifference(counts_a, counts_b).distance;
    }
    // The source that a comparator has when it names none.
    measured.jensen_shannon_divergence = JensenShannonDivergence(*a, *b, v0::HistogramSelection());
    distances.push_back(std::move(measured));
  }
  std::sort(distances.begin(), distances.end(),
            [](const FeatureDistances& a, const FeatureDistances& b) { return a.feature < b.feature; });
  return distances;
}

}  // namespace tfx::tfdv
