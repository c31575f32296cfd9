#include "tfx/data_validation/display/anomaly_details.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "tfx/base/concat.h"
#include "tfx/data_validation/anomalies/anomaly_reason.h"
#include "tfx/data_validation/anomalies/schema_edit.h"
#include "tfx/data_validation/anomalies/schema_inference.h"
#include "tfx/data_validation/anomalies/statistics_view.h"
#include "tfx/data_validation/display/anomaly_formula.h"
#include "tfx/data_validation/display/display_label.h"
#include "tfx/data_validation/display/schema_entry.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using v0::AnomalyInfo;
using v0::DriftSkewInfo;

constexpr size_t kMaxTextBytes = 2000;  // of an anomaly's description: a thousand unexpected values are told in part
constexpr int kDiffContext = 2;
constexpr int kMaxDiffLines = 40;

// Null where there are no statistics, or they are not well formed: formulas and drift then go without.
std::unique_ptr<DatasetView> View(const v0::DatasetFeatureStatistics* statistics, bool by_weight) {
  if (statistics == nullptr) return nullptr;
  absl::StatusOr<std::unique_ptr<DatasetView>> view = DatasetView::Create(*statistics, by_weight);
  return view.ok() ? *std::move(view) : nullptr;
}

const FeatureView* FindIn(const DatasetView* view, const FeaturePath& path) {
  return view == nullptr ? nullptr : view->Find(path);
}

// Older files have no path in the anomaly: the key is the feature's name then.
FeaturePath PathOf(const std::string& key, const AnomalyInfo& info) {
  return info.has_path() && info.path().step_size() > 0 ? PathFromProto(info.path()) : FeaturePath{key};
}

AlertLevel LevelOf(AnomalyInfo::Severity severity) {
  return severity == AnomalyInfo::WARNING ? AlertLevel::kWarning : AlertLevel::kError;
}

void RaiseThresholds(const google::protobuf::RepeatedPtrField<DriftSkewInfo::Measurement>& measurements,
                     v0::FeatureComparator* comparator) {
  for (const DriftSkewInfo::Measurement& measurement : measurements) {
    if (measurement.value() <= measurement.threshold()) continue;
    switch (measurement.type()) {
      case DriftSkewInfo::Measurement::L_INFTY:
        comparator->mutable_infinity_norm()->set_threshold(measurement.value());
        break;
      case DriftSkewInfo::Measurement::JENSEN_SHANNON_DIVERGENCE:
        comparator->mutable_jensen_shannon_divergence()->set_threshold(measurement.value());
        break;
      case DriftSkewInfo::Measurement::NORMALIZED_ABSOLUTE_DIFFERENCE:
        comparator->mutable_normalized_abs_difference()->set_threshold(measurement.value());
        break;
      default:
        break;
    }
  }
}

// What UpdateSchema does not see: measures against other data sets, and the environment.
void AcceptComparisons(const AnomalyInfo& info, const DriftSkewInfo* measured, v0::Feature* feature) {
  for (const AnomalyInfo::Reason& reason : info.reason()) {
    if (reason.type() != AnomalyInfo::COMPARATOR_CONTROL_DATA_MISSING) continue;
    const bool drift = reason.short_description().find("previous") != std::string::npos;
    v0::FeatureComparator* comparator =
        drift ? feature->mutable_drift_comparator() : feature->mutable_skew_comparator();
    if (comparator->has_infinity_norm()) comparator->mutable_infinity_norm()->clear_threshold();
    if (comparator->has_jensen_shannon_divergence()) {
      comparator->mutable_jensen_shannon_divergence()->clear_threshold();
    }
  }
  if (measured == nullptr) return;
  if (feature->has_drift_comparator()) {
    RaiseThresholds(measured->drift_measurements(), feature->mutable_drift_comparator());
  }
  if (feature->has_skew_comparator()) {
    RaiseThresholds(measured->skew_measurements(), feature->mutable_skew_comparator());
  }
}

void AcceptEnvironment(const AnomalyInfo& info, const std::string& environment, v0::Feature* feature) {
  const bool missing_in_environment =
      std::any_of(info.reason().begin(), info.reason().end(),
                  [](const AnomalyInfo::Reason& reason) { return reason.type() == AnomalyInfo::SCHEMA_NEW_COLUMN; });
  if (!missing_in_environment) return;
  auto* excluded = feature->mutable_not_in_environment();
  excluded->erase(std::remove(excluded->begin(), excluded->end(), environment), excluded->end());
  if (std::find(feature->in_environment().begin(), feature->in_environment().end(), environment) ==
      feature->in_environment().end()) {
    feature->add_in_environment(environment);
  }
}

DisplayAnomaly Describe(const std::string& path, const AnomalyInfo& info) {
  DisplayAnomaly shown{.path = path, .level = LevelOf(info.severity())};
  // DistributionValidator leaves the texts for the whole out.
  const bool has_text = !info.short_description().empty() || !info.description().empty();
  const AnomalyInfo whole = has_text ? info : ToAnomalyInfo(ReasonsOf(info), info.severity());
  shown.short_description = DisplayLabel(whole.short_description(), kMaxTextBytes);
  shown.description = DisplayLabel(whole.description(), kMaxTextBytes);
  for (const AnomalyInfo::Reason& reason : info.reason()) {
    shown.reasons.push_back({.type = AnomalyInfo::Type_Name(reason.type()),
                             .short_description = DisplayLabel(reason.short_description(), kMaxTextBytes),
                             .description = DisplayLabel(reason.description(), kMaxTextBytes)});
  }
  return shown;
}

class Details {
 public:
  Details(const DisplayInputs& inputs, const v0::Schema& schema)
      : inputs_(inputs), schema_(schema), environment_(inputs.environment) {
    const v0::DatasetFeatureStatistics& current = *inputs.datasets[0].statistics;
    const auto weighted = [](const v0::DatasetFeatureStatistics* control) {
      return control == nullptr || DatasetView::HasWeights(*control);
    };
    const bool by_weight = DatasetView::HasWeights(current) && weighted(inputs.previous) && weighted(inputs.serving);
    current_ = View(&current, by_weight);
    previous_ = View(inputs.previous, by_weight);
    serving_ = View(inputs.serving, by_weight);
    for (const DriftSkewInfo& info : inputs.anomalies->drift_skew_info()) {
      measured_[SerializePath(PathFromProto(info.path()))] = &info;
    }
    if (!inputs.anomalies->anomaly_info().empty() || inputs.anomalies->has_dataset_anomaly_info()) {
      v0::DatasetFeatureStatisticsList list;
      *list.add_datasets() = current;
      list.mutable_datasets(0)->set_name("");
      updated_ = UpdateSchema(schema, list);
      updated_as_tfdv_ = UpdateSchema(schema, list, {.tfdv_compat = true});
    }
  }

  AnomalyDetails Make() {
    AnomalyDetails details;
    const v0::Anomalies& anomalies = *inputs_.anomalies;
    if (anomalies.has_dataset_anomaly_info()) details.anomalies.push_back(OfDataset(anomalies.dataset_anomaly_info()));
    const std::map<std::string, AnomalyInfo> by_path(anomalies.anomaly_info().begin(), anomalies.anomaly_info().end());
    for (const auto& [key, info] : by_path) details.anomalies.push_back(OfFeature(PathOf(key, info), info));
    for (const auto& [key, info] : measured_) {
      const FeaturePath path = PathFromProto(info->path());
      std::vector<DisplayMeasurement>& shown = details.measurements[key];
      for (const auto& one : info->drift_measurements()) {
        shown.push_back(Measurement(one, "drift", FindIn(current_.get(), path), FindIn(previous_.get(), path)));
      }
      for (const auto& one : info->skew_measurements()) {
        shown.push_back(Measurement(one, "skew", FindIn(current_.get(), path), FindIn(serving_.get(), path)));
      }
    }
    return details;
  }

 private:
  DisplayAnomaly OfDataset(const AnomalyInfo& info) {
    DisplayAnomaly shown = Describe("", info);
    if (current_ != nullptr) {
      for (size_t i = 0; i < shown.reasons.size(); ++i) {
        shown.reasons[i].formula =
            DatasetReasonFormula(info.reason(static_cast<int>(i)), schema_, *current_, inputs_.previous);
      }
    }
    if (!updated_.ok()) {
      shown.schema_change_note = CannotUpdate();
      return shown;
    }
    shown.schema_change =
        LineDiff(DatasetConstraintsLines(schema_), DatasetConstraintsLines(*updated_), kDiffContext, kMaxDiffLines);
    if (shown.schema_change.empty()) {
      shown.schema_change_note = "The thresholds of dataset_constraints that compare data sets are yours to change.";
    }
    return shown;
  }

  DisplayAnomaly OfFeature(const FeaturePath& path, const AnomalyInfo& info) {
    const std::string key = SerializePath(path);
    DisplayAnomaly shown = Describe(key, info);
    const auto measured = measured_.find(key);
    const DriftSkewInfo* measurements = measured == measured_.end() ? nullptr : measured->second;
    const AnomalyEvidence evidence{.schema = &schema_,
                                   .feature = FindFeature(schema_, path),
                                   .stats = FindIn(current_.get(), path),
                                   .previous = FindIn(previous_.get(), path),
                                   .serving = FindIn(serving_.get(), path),
                                   .measured = measurements};
    for (size_t i = 0; i < shown.reasons.size(); ++i) {
      shown.reasons[i].formula = ReasonFormula(info.reason(static_cast<int>(i)), evidence);
    }
    if (!updated_.ok()) {
      shown.schema_change_note = CannotUpdate();
      return shown;
    }
    SetSchemaChange(path, info, measurements, &*updated_, &shown);
    // TFDV, which may have written the anomaly, finds more: what UpdateSchema sees nothing wrong with.
    if (shown.schema_change.empty() && updated_as_tfdv_.ok()) {
      SetSchemaChange(path, info, measurements, &*updated_as_tfdv_, &shown);
    }
    if (shown.schema_change.empty()) {
      shown.schema_change_note = "No change of this entry accepts it: mend the data, or the schema by hand.";
    }
    return shown;
  }

  void SetSchemaChange(const FeaturePath& path, const AnomalyInfo& info, const DriftSkewInfo* measurements,
                       v0::Schema* updated, DisplayAnomaly* shown) {
    const std::vector<std::string> before = SchemaEntryLines(schema_, path);
    v0::Feature* feature = FindFeature(updated, path);
    if (feature != nullptr) {
      AcceptComparisons(info, measurements, feature);
      if (environment_.has_value() && !before.empty()) AcceptEnvironment(info, *environment_, feature);
    }
    shown->schema_change = LineDiff(before, SchemaEntryLines(*updated, path), kDiffContext, kMaxDiffLines);
    if (!shown->schema_change.empty() && feature != nullptr && IsDeprecated(*feature)) {
      shown->schema_change_note = "Accepting this stops all checks of the feature.";
    }
  }

  std::string CannotUpdate() const {
    return Concat("The schema cannot be updated: ",
                  DisplayLabel(std::string(updated_.status().message()), kMaxTextBytes));
  }

  const DisplayInputs& inputs_;
  const v0::Schema& schema_;
  std::optional<std::string> environment_;
  std::unique_ptr<DatasetView> current_, previous_, serving_;
  std::map<std::string, const DriftSkewInfo*> measured_;
  absl::StatusOr<v0::Schema> updated_, updated_as_tfdv_;
};

}  // namespace

AnomalyDetails MakeAnomalyDetails(const DisplayInputs& inputs, const v0::Schema& schema) {
  return Details(inputs, schema).Make();
}

}  // namespace tfx::tfdv
