#include "tfx/data_validation/anomalies/slice_validation.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/anomalies/statistics_view.h"
#include "tfx/data_validation/schema/feature_path.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

// The data set of that name as a list of its own, without a name, as validation expects it. None: one that has examples
// but no feature.
v0::DatasetFeatureStatisticsList SliceOf(const v0::DatasetFeatureStatisticsList& list, const std::string& name) {
  v0::DatasetFeatureStatisticsList slice;
  v0::DatasetFeatureStatistics* only = slice.add_datasets();
  for (const v0::DatasetFeatureStatistics& dataset : list.datasets()) {
    if (dataset.name() == name) *only = dataset;
  }
  if (only->num_examples() == 0) only->set_num_examples(1);
  only->clear_name();
  return slice;
}

v0::Path InSlice(const std::string& slice, const v0::Path& path) {
  v0::Path renamed = path;
  if (renamed.step().empty()) renamed.add_step();
  renamed.set_step(0, absl::StrCat("slice(", slice, ")::", renamed.step(0)));
  return renamed;
}

}  // namespace

absl::StatusOr<v0::Anomalies> ValidateCorrespondingSlices(const v0::DatasetFeatureStatisticsList& statistics,
                                                          const v0::Schema& schema, const ValidationOptions& options) {
  ASSIGN_OR_RETURN(const v0::DatasetFeatureStatistics* all, DefaultDataset(statistics));
  v0::Anomalies result;
  result.set_anomaly_name_format(v0::Anomalies::SERIALIZED_PATH);
  *result.mutable_baseline() = schema;
  result.set_data_missing(all->num_examples() == 0);
  for (const v0::DatasetFeatureStatistics& dataset : statistics.datasets()) {
    if (dataset.num_examples() == 0) continue;
    v0::DatasetFeatureStatisticsList previous, serving;
    ValidationOptions of_slice = options;
    of_slice.custom_validation_config = nullptr;
    if (options.previous_span_statistics != nullptr) {
      previous = SliceOf(*options.previous_span_statistics, dataset.name());
      of_slice.previous_span_statistics = &previous;
    }
    if (options.serving_statistics != nullptr) {
      serving = SliceOf(*options.serving_statistics, dataset.name());
      of_slice.serving_statistics = &serving;
    }
    v0::Schema schema_of_slice = schema;
    if (&dataset != all) schema_of_slice.clear_dataset_constraints();
    auto found = ValidateStatistics(SliceOf(statistics, dataset.name()), schema_of_slice, of_slice);
    if (!found.ok()) return Annotate(found.status(), absl::StrCat("slice ", dataset.name()));
    for (auto& [path, info] : *found->mutable_anomaly_info()) {
      *info.mutable_path() = InSlice(dataset.name(), info.path());
      (*result.mutable_anomaly_info())[SerializePath(PathFromProto(info.path()))] = std::move(info);
    }
    if (found->has_dataset_anomaly_info()) *result.mutable_dataset_anomaly_info() = found->dataset_anomaly_info();
    for (v0::DriftSkewInfo& measured : *found->mutable_drift_skew_info()) {
      *measured.mutable_path() = InSlice(dataset.name(), measured.path());
      *result.add_drift_skew_info() = std::move(measured);
    }
  }
  if (options.custom_validation_config != nullptr) {
    RETURN_IF_ERROR(AddCustomValidations(
        statistics, *options.custom_validation_config,
        {.base_statistics = options.base_statistics, .environment = options.environment}, &result));
  }
  return result;
}

}  // namespace tfx::tfdv
