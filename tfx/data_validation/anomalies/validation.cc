#include "tfx/data_validation/anomalies/validation.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/anomalies/feature_check.h"
#include "tfx/data_validation/anomalies/required_features.h"
#include "tfx/data_validation/anomalies/schema_edit.h"
#include "tfx/data_validation/anomalies/statistics_view.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using v0::Anomalies;

constexpr char kNewColumn[] = "New column";

class Validation {
 public:
  Validation(const v0::Schema& schema, const ValidationOptions& options) : schema_(schema), options_(options) {
    if (options.features_needed.has_value()) {
      needed_.emplace(options.features_needed->begin(), options.features_needed->end());
    }
  }

  const DatasetView* previous_span = nullptr;
  const DatasetView* serving = nullptr;
  const DatasetView* previous_version = nullptr;

  Anomalies Run(const DatasetView& statistics) {
    for (const FeatureView* feature : statistics.root_features()) CheckTree(*feature);
    for (const FeaturePath& path : MissingRequiredFeatures(schema_, statistics, options_.environment)) {
      AddReasons(path, {{AnomalyInfo::SCHEMA_MISSING_COLUMN, "Column dropped", "Column is completely missing"}});
    }
    Anomalies anomalies;
    anomalies.set_anomaly_name_format(Anomalies::SERIALIZED_PATH);
    *anomalies.mutable_baseline() = schema_;
    for (const auto& [path, reasons] : reasons_) {
      if (!IsRecorded(reasons)) continue;
      AnomalyInfo info = ToAnomalyInfo(reasons, Severity(reasons));
      *info.mutable_path() = PathToProto(path);
      (*anomalies.mutable_anomaly_info())[SerializePath(path)] = std::move(info);
    }
    if (schema_.has_dataset_constraints()) {
      v0::DatasetConstraints constraints = schema_.dataset_constraints();
      const AnomalyReasons reasons =
          CheckDatasetConstraints(statistics, previous_span, previous_version, options_.tfdv_compat, &constraints);
      // Severity overrides are for features.
      if (!reasons.empty()) *anomalies.mutable_dataset_anomaly_info() = ToAnomalyInfo(reasons, AnomalyInfo::ERROR);
    }
    for (const auto& [path, info] : measurements_) {
      v0::DriftSkewInfo* added = anomalies.add_drift_skew_info();
      *added = info;
      *added->mutable_path() = PathToProto(path);
    }
    return anomalies;
  }

 private:
  void AddReasons(const FeaturePath& path, AnomalyReasons more) {
    if (more.empty()) return;
    AnomalyReasons& reasons = reasons_[path];
    reasons.insert(reasons.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }

  AnomalyInfo::Severity Severity(const AnomalyReasons& reasons) const {
    AnomalyInfo::Severity severity = AnomalyInfo::UNKNOWN;
    for (const AnomalyReason& reason : reasons) {
      AnomalyInfo::Severity one = AnomalyInfo::ERROR;
      if (options_.new_features_are_warnings && reason.type == AnomalyInfo::SCHEMA_NEW_COLUMN) {
        one = AnomalyInfo::WARNING;
      }
      const auto it = options_.severity_overrides.find(reason.type);
      if (it != options_.severity_overrides.end()) one = it->second;
      severity = std::max(severity, one);
    }
    return severity;
  }

  // An override to UNKNOWN switches reasons off, save that a new column is always reported.
  bool IsRecorded(const AnomalyReasons& reasons) const {
    return Severity(reasons) != AnomalyInfo::UNKNOWN ||
           (!reasons.empty() && reasons[0].short_description == kNewColumn);
  }

  void CheckTree(const FeatureView& stats) {
    const FeaturePath& path = stats.path();
    const Feature* feature = FindFeature(schema_, path);
    const SparseFeature* sparse = FindSparseFeature(schema_, path);
    const WeightedFeature* weighted = FindWeightedFeature(schema_, path);
    if (feature == nullptr && sparse == nullptr && weighted == nullptr) {
      if (!needed_.has_value() || needed_->contains(path)) {
        AddReasons(path,
                   {{AnomalyInfo::SCHEMA_NEW_COLUMN, kNewColumn, "New column (column in data but not in schema)"}});
      }
      return;
    }
    if (feature != nullptr ? IsDeprecated(*feature) : sparse != nullptr && IsDeprecated(*sparse)) return;
    if (CheckOne(stats, feature, sparse, weighted) == Children::kSkip) return;
    for (const FeatureView* child : stats.children()) CheckTree(*child);
  }

  // Whether the children of a feature are worth a look: not when the checks gave the feature up.
  enum class Children { kCheck, kSkip };

  Children CheckOne(const FeatureView& stats, const Feature* feature, const SparseFeature* sparse,
                    const WeightedFeature* weighted) {
    if (weighted != nullptr) {
      if ((feature != nullptr || sparse != nullptr) && !IsDeprecated(*weighted)) {
        AddReasons(stats.path(), {{AnomalyInfo::WEIGHTED_FEATURE_NAME_COLLISION, "Weighted feature name collision",
                                   "Weighted feature name collision."}});
        return Children::kSkip;
      }
      WeightedFeature scratch = *weighted;
      AddReasons(stats.path(), CheckWeightedFeature(stats, &scratch));
      return Children::kCheck;
    }
    if (sparse != nullptr && !IsDeprecated(*sparse)) {
      if (feature != nullptr) {
        AddReasons(stats.path(), {{AnomalyInfo::SPARSE_FEATURE_NAME_COLLISION, "Sparse feature name collision",
                                   "Sparse feature name collision."}});
        return Children::kSkip;
      }
      SparseFeature scratch = *sparse;
      AddReasons(stats.path(), CheckSparseFeature(stats, &scratch));
      return IsDeprecated(scratch) ? Children::kSkip : Children::kCheck;
    }
    Feature scratch = *feature;
    SchemaEdit edit = SchemaEdit::Scratch(schema_);
    v0::DriftSkewInfo measured;
    FeatureCheckContext context{.stats = stats,
                                .feature = &scratch,
                                .schema = &edit,
                                .environment = options_.environment,
                                .tfdv_compat = options_.tfdv_compat,
                                .previous_span = previous_span,
                                .serving = serving,
                                .measurements = &measured};
    AnomalyReasons reasons = CheckFeature(context);
    const bool given_up = IsRecorded(reasons) && IsDeprecated(scratch);
    AddReasons(stats.path(), std::move(reasons));
    if (measured.drift_measurements_size() + measured.skew_measurements_size() > 0) {
      measurements_[stats.path()].MergeFrom(measured);
    }
    return given_up ? Children::kSkip : Children::kCheck;
  }

  const v0::Schema& schema_;
  const ValidationOptions& options_;
  std::optional<std::set<FeaturePath>> needed_;
  std::map<FeaturePath, AnomalyReasons> reasons_;
  std::map<FeaturePath, v0::DriftSkewInfo> measurements_;
};

// The data set to compare with; null where none is given or it is an empty message.
absl::StatusOr<std::unique_ptr<DatasetView>> ControlView(const v0::DatasetFeatureStatisticsList* list, bool by_weight) {
  if (list == nullptr) return nullptr;
  ASSIGN_OR_RETURN(const v0::DatasetFeatureStatistics* dataset, DefaultDataset(*list));
  if (dataset->ByteSizeLong() == 0) return nullptr;
  return DatasetView::Create(*dataset, by_weight);
}

}  // namespace

absl::StatusOr<Anomalies> ValidateStatistics(const v0::DatasetFeatureStatisticsList& statistics,
                                             const v0::Schema& schema, const ValidationOptions& options) {
  if (options.environment.has_value() &&
      std::find(schema.default_environment().begin(), schema.default_environment().end(), *options.environment) ==
          schema.default_environment().end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("environment ", *options.environment, " is not in the schema; add it as default_environment"));
  }
  ASSIGN_OR_RETURN(const v0::DatasetFeatureStatistics* dataset, DefaultDataset(statistics));
  const bool by_weight = DatasetView::HasWeights(*dataset);
  ASSIGN_OR_RETURN(const std::unique_ptr<DatasetView> view, DatasetView::Create(*dataset, by_weight));
  ASSIGN_OR_RETURN(const auto previous_span, ControlView(options.previous_span_statistics, by_weight));
  ASSIGN_OR_RETURN(const auto serving, ControlView(options.serving_statistics, by_weight));
  ASSIGN_OR_RETURN(const auto previous_version, ControlView(options.previous_version_statistics, by_weight));
  if (dataset->num_examples() == 0) {
    Anomalies anomalies;
    *anomalies.mutable_baseline() = schema;
    anomalies.set_data_missing(true);
    return anomalies;
  }
  Validation validation(schema, options);
  validation.previous_span = previous_span.get();
  validation.serving = serving.get();
  validation.previous_version = previous_version.get();
  Anomalies anomalies = validation.Run(*view);
  if (options.custom_validation_config != nullptr) {
    RETURN_IF_ERROR(AddCustomValidations(
        statistics, *options.custom_validation_config,
        {.base_statistics = options.base_statistics, .environment = options.environment}, &anomalies));
  }
  return anomalies;
}

bool HasAnomalies(const Anomalies& anomalies) {
  return anomalies.data_missing() || !anomalies.anomaly_info().empty() || anomalies.has_dataset_anomaly_info();
}

}  // namespace tfx::tfdv
