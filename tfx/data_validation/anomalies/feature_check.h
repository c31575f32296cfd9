// The checks of a feature that is in the schema and in the data.
//
// A check compares the statistics with the feature's entry in the schema, reports reasons, and mends the entry so that
// the data would pass: validation works on a copy of the entry and keeps the reasons, UpdateSchema on the schema itself
// and keeps the entry. FeatureChecks() lists all checks in the order in which they run, which is the order of reasons
// in an anomaly and part of TFDV's behaviour. To add a check: write it in one of the *_checks.cc files, declare it
// here, enter it in the list, add a case to validation_test.cc.
#ifndef TFX_DATA_VALIDATION_ANOMALIES_FEATURE_CHECK_H_
#define TFX_DATA_VALIDATION_ANOMALIES_FEATURE_CHECK_H_

#include <optional>
#include <span>
#include <string>

#include "tfx/data_validation/anomalies/anomaly_reason.h"
#include "tfx/data_validation/anomalies/schema_edit.h"
#include "tfx/data_validation/anomalies/statistics_view.h"

namespace tfx::tfdv {

struct FeatureCheckContext {
  const FeatureView& stats;
  Feature* feature;
  SchemaEdit* schema;
  std::optional<std::string> environment;
  bool tfdv_compat = false;                    // validation.h
  const DatasetView* previous_span = nullptr;  // null: not given
  const DatasetView* serving = nullptr;
  // Measured drift and skew are added here, also without an anomaly.
  ::tensorflow::metadata::v0::DriftSkewInfo* measurements = nullptr;
};

struct FeatureCheck {
  const char* name;
  const char* finds;  // the anomalies, by name
  AnomalyReasons (*run)(FeatureCheckContext& context);
};

std::span<const FeatureCheck> FeatureChecks();

// Runs the schema entry's own check, then, unless that deprecates the entry or the feature has no values, the list.
AnomalyReasons CheckFeature(FeatureCheckContext& context);

// self_checks.cc: the entry is consistent in itself
AnomalyReasons CheckSchemaEntry(FeatureCheckContext& context);
// presence_checks.cc
AnomalyReasons CheckEnvironment(FeatureCheckContext& context);
AnomalyReasons CheckPresence(FeatureCheckContext& context);
AnomalyReasons CheckShape(FeatureCheckContext& context);
AnomalyReasons CheckUniqueValues(FeatureCheckContext& context);
AnomalyReasons CheckValueCounts(FeatureCheckContext& context);
// domain_checks.cc
AnomalyReasons CheckBytesDomain(FeatureCheckContext& context);
AnomalyReasons CheckDomain(FeatureCheckContext& context);
AnomalyReasons CheckType(FeatureCheckContext& context);
// natural_language_checks.cc
AnomalyReasons CheckNaturalLanguageDomain(FeatureCheckContext& context);
// comparator_checks.cc
AnomalyReasons CheckDrift(FeatureCheckContext& context);
AnomalyReasons CheckSkew(FeatureCheckContext& context);
AnomalyReasons CheckDerivedSource(FeatureCheckContext& context);

// composite_checks.cc: sparse and weighted features, from their custom statistics. Deprecate the entry on any finding.
AnomalyReasons CheckSparseFeature(const FeatureView& stats, SparseFeature* feature);
AnomalyReasons CheckWeightedFeature(const FeatureView& stats, WeightedFeature* feature);

// dataset_checks.cc: number of examples. `previous_span` and `previous_version` may be null.
AnomalyReasons CheckDatasetConstraints(const DatasetView& stats, const DatasetView* previous_span,
                                       const DatasetView* previous_version, bool tfdv_compat,
                                       ::tensorflow::metadata::v0::DatasetConstraints* constraints);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_ANOMALIES_FEATURE_CHECK_H_
