#include "tfx/data_validation/anomalies/custom_validation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/anomalies/anomaly_reason.h"
#include "tfx/data_validation/schema/feature_path.h"
#include "tfx/expressions/expression.h"
#include "tfx/expressions/parse.h"
#include "tfx/expressions/proto_struct.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::tensorflow::data_validation::FeaturePairValidation;
using ::tensorflow::data_validation::FeatureValidation;
using ::tensorflow::data_validation::Validation;
using v0::FeatureNameStatistics;

constexpr char kDefaultSlice[] = "default slice";
constexpr char kAllExamples[] = "All Examples";

std::string DatasetWord(const std::string& name) { return name.empty() ? kDefaultSlice : name; }

FeaturePath PathOf(const FeatureNameStatistics& feature) {
  if (feature.has_name()) return {feature.name()};
  return PathFromProto(feature.path());
}

absl::StatusOr<const FeatureNameStatistics*> FindFeature(const v0::DatasetFeatureStatisticsList& statistics,
                                                         const std::string& dataset_name, const v0::Path& path) {
  const FeaturePath wanted = PathFromProto(path);
  for (const v0::DatasetFeatureStatistics& dataset : statistics.datasets()) {
    const bool is_default = dataset_name.empty() && dataset.name() == kAllExamples;
    if (dataset.name() != dataset_name && !is_default) continue;
    for (const FeatureNameStatistics& feature : dataset.features()) {
      if (PathOf(feature) == wanted) return &feature;
    }
    return absl::InvalidArgumentError(absl::StrCat("custom validation: feature ", SerializePath(wanted),
                                                   " has no statistics in the ", DatasetWord(dataset_name)));
  }
  return absl::InvalidArgumentError(absl::StrCat("custom validation: there are no statistics of the data set ",
                                                 dataset_name.empty() ? "without a name" : dataset_name));
}

bool AppliesIn(const std::optional<std::string>& environment, const Validation& validation) {
  const auto& environments = validation.in_environment();
  return !environment.has_value() || environments.empty() ||
         std::find(environments.begin(), environments.end(), *environment) != environments.end();
}

struct NamedFeature {
  const char* name;  // in expressions
  const FeatureNameStatistics* statistics;
};

absl::StatusOr<bool> Holds(const std::string& text, const std::vector<NamedFeature>& features) {
  std::vector<expressions::Variable> variables;
  std::vector<expressions::Value> values;
  for (const NamedFeature& feature : features) {
    variables.push_back({feature.name, expressions::ProtoType(FeatureNameStatistics::descriptor())});
    values.push_back(expressions::ProtoValue(*feature.statistics));
  }
  ASSIGN_OR_RETURN(const expressions::NodePtr tree, expressions::Parse(text));
  ASSIGN_OR_RETURN(const expressions::Expression condition, expressions::Expression::BindCondition(tree, variables));
  ASSIGN_OR_RETURN(const std::optional<bool> holds, condition.EvaluateCondition(values));
  if (!holds.has_value()) {
    return absl::InvalidArgumentError("it is NULL for these statistics: a message that it reads is not set");
  }
  return *holds;
}

struct Found {
  FeaturePath path;
  AnomalyReason reason;
  AnomalyInfo::Severity severity;
};

// `where` follows the expression in the anomaly's text.
absl::Status Check(const google::protobuf::RepeatedPtrField<Validation>& validations, const FeaturePath& path,
                   const std::vector<NamedFeature>& features, const std::string& where,
                   const std::optional<std::string>& environment, std::vector<Found>* found) {
  for (const Validation& validation : validations) {
    if (!AppliesIn(environment, validation)) continue;
    const absl::StatusOr<bool> holds = Holds(validation.sql_expression(), features);
    if (!holds.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("custom validation of feature ", SerializePath(path), ": `",
                                                     validation.sql_expression(), "`: ", holds.status().message()));
    }
    if (*holds) continue;
    found->push_back(
        {path,
         {AnomalyInfo::CUSTOM_VALIDATION, validation.description(),
          absl::StrCat("Custom validation triggered anomaly. Query: ", validation.sql_expression(), where)},
         validation.severity()});
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AddCustomValidations(const v0::DatasetFeatureStatisticsList& statistics,
                                  const CustomValidationConfig& config, const CustomValidationOptions& options,
                                  v0::Anomalies* anomalies) {
  std::vector<Found> found;
  for (const FeatureValidation& one : config.feature_validations()) {
    ASSIGN_OR_RETURN(const FeatureNameStatistics* feature,
                     FindFeature(statistics, one.dataset_name(), one.feature_path()));
    RETURN_IF_ERROR(Check(one.validations(), PathFromProto(one.feature_path()), {{"feature", feature}},
                          absl::StrCat(" Test dataset: ", DatasetWord(one.dataset_name())), options.environment,
                          &found));
  }
  const v0::DatasetFeatureStatisticsList& base_list =
      options.base_statistics == nullptr ? statistics : *options.base_statistics;
  for (const FeaturePairValidation& pair : config.feature_pair_validations()) {
    ASSIGN_OR_RETURN(const FeatureNameStatistics* test,
                     FindFeature(statistics, pair.dataset_name(), pair.feature_test_path()));
    ASSIGN_OR_RETURN(const FeatureNameStatistics* base,
                     FindFeature(base_list, pair.base_dataset_name(), pair.feature_base_path()));
    RETURN_IF_ERROR(Check(pair.validations(), PathFromProto(pair.feature_test_path()),
                          {{"feature_test", test}, {"feature_base", base}},
                          absl::StrCat(" Test dataset: ", DatasetWord(pair.dataset_name()),
                                       " Base dataset: ", DatasetWord(pair.base_dataset_name()),
                                       " Base path: ", SerializePath(PathFromProto(pair.feature_base_path()))),
                          options.environment, &found));
  }
  for (Found& one : found) {
    AnomalyInfo& info = (*anomalies->mutable_anomaly_info())[SerializePath(one.path)];
    AnomalyReasons reasons = ReasonsOf(info);
    reasons.push_back(std::move(one.reason));
    info = ToAnomalyInfo(std::move(reasons), std::max(info.severity(), one.severity));
    *info.mutable_path() = PathToProto(one.path);
  }
  return absl::OkStatus();
}

}  // namespace tfx::tfdv
