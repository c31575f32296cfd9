#include "tfx/components/distribution_validator.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/components/schema_file.h"
#include "tfx/components/splits.h"
#include "tfx/data_validation/anomalies/schema_edit.h"
#include "tfx/data_validation/anomalies/schema_inference.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tfx {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using v0::Anomalies;
using v0::AnomalyInfo;

constexpr int kBlessed = 1, kNotBlessed = 0, kNoBaseline = 2;

constexpr char kNotCompared[] = "Comparison could not be done.";

bool SaysNotCompared(const AnomalyInfo::Reason& reason) {
  return reason.type() == AnomalyInfo::STATS_NOT_AVAILABLE && reason.short_description() == kNotCompared;
}

// Reasons that come from comparing with the baseline. What else the schema inferred from it would say is no finding
// here.
bool IsComparison(const AnomalyInfo::Reason& reason) {
  static constexpr std::array kTypes = {
      AnomalyInfo::COMPARATOR_CONTROL_DATA_MISSING,
      AnomalyInfo::COMPARATOR_TREATMENT_DATA_MISSING,
      AnomalyInfo::COMPARATOR_L_INFTY_HIGH,
      AnomalyInfo::COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH,
      AnomalyInfo::COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH,
      AnomalyInfo::COMPARATOR_LOW_NUM_EXAMPLES,
      AnomalyInfo::COMPARATOR_HIGH_NUM_EXAMPLES,
      AnomalyInfo::CUSTOM_VALIDATION,
  };
  return std::find(kTypes.begin(), kTypes.end(), reason.type()) != kTypes.end() || SaysNotCompared(reason);
}

// False when nothing is left. The texts for the whole speak of all reasons, so they go.
bool KeepComparisons(AnomalyInfo* info) {
  info->clear_description();
  info->clear_short_description();
  info->clear_diff_regions();
  auto* reasons = info->mutable_reason();
  reasons->erase(std::remove_if(reasons->begin(), reasons->end(),
                                [](const AnomalyInfo::Reason& reason) { return !IsComparison(reason); }),
                 reasons->end());
  return !reasons->empty();
}

void KeepComparisons(Anomalies* anomalies) {
  std::vector<std::string> gone;
  for (auto& [feature, info] : *anomalies->mutable_anomaly_info()) {
    if (!KeepComparisons(&info)) gone.push_back(feature);
  }
  for (const std::string& feature : gone) anomalies->mutable_anomaly_info()->erase(feature);
  if (anomalies->has_dataset_anomaly_info() && !KeepComparisons(anomalies->mutable_dataset_anomaly_info())) {
    anomalies->clear_dataset_anomaly_info();
  }
  anomalies->clear_data_missing();
}

// Every configured feature must have been measured.
void AddMissingComparisons(const DistributionValidatorConfig& config, Anomalies* anomalies) {
  anomalies->set_anomaly_name_format(Anomalies::SERIALIZED_PATH);
  std::set<tfdv::FeaturePath> compared;
  for (const v0::DriftSkewInfo& info : anomalies->drift_skew_info()) compared.insert(tfdv::PathFromProto(info.path()));
  for (const auto& feature : config.default_slice_config().feature()) {
    const tfdv::FeaturePath path = tfdv::PathFromProto(feature.path());
    if (compared.contains(path)) continue;
    AnomalyInfo& info = (*anomalies->mutable_anomaly_info())[tfdv::SerializePath(path)];
    // ValidateStatistics may have said why.
    if (std::any_of(info.reason().begin(), info.reason().end(), SaysNotCompared)) continue;
    *info.mutable_path() = feature.path();
    info.set_severity(AnomalyInfo::ERROR);
    AnomalyInfo::Reason* reason = info.add_reason();
    reason->set_type(AnomalyInfo::STATS_NOT_AVAILABLE);
    reason->set_short_description(kNotCompared);
    reason->set_description(
        "Validation could not be done, which could be due to missing data, use of a comparator that is not suitable "
        "for the feature type, or some other reason.");
  }
}

absl::StatusOr<Anomalies> Compare(const v0::DatasetFeatureStatisticsList& test,
                                  const v0::DatasetFeatureStatisticsList& baseline,
                                  const DistributionValidatorConfig& config,
                                  const CustomValidationConfig* custom_validation_config) {
  ASSIGN_OR_RETURN(v0::Schema schema, tfdv::InferSchema(baseline));
  for (const auto& feature : config.default_slice_config().feature()) {
    v0::Feature* in_schema = tfdv::FindFeature(&schema, tfdv::PathFromProto(feature.path()));
    // One that the baseline lacks is told of by AddMissingComparisons.
    if (in_schema != nullptr) *in_schema->mutable_drift_comparator() = feature.distribution_comparator();
  }
  if (config.default_slice_config().has_num_examples_comparator()) {
    *schema.mutable_dataset_constraints()->mutable_num_examples_drift_comparator() =
        config.default_slice_config().num_examples_comparator();
  }
  ASSIGN_OR_RETURN(Anomalies anomalies, tfdv::ValidateStatistics(test, schema,
                                                                 {.previous_span_statistics = &baseline,
                                                                  .custom_validation_config = custom_validation_config,
                                                                  .base_statistics = &baseline}));
  KeepComparisons(&anomalies);
  AddMissingComparisons(config, &anomalies);
  return anomalies;
}

class DistributionValidatorExecutor : public Executor {
 public:
  absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
                  const ExecutorContext& context) override {
    ASSIGN_OR_RETURN(const Artifact* test, inputs.Single("statistics"));
    ASSIGN_OR_RETURN(const Artifact* baseline, inputs.Optional("baseline_statistics"));
    OutputArtifact& output = outputs["anomalies"];
    nlohmann::json blessed = nlohmann::json::object();
    if (baseline == nullptr) {
      ASSIGN_OR_RETURN(const std::vector<std::string> splits, DecodeSplitNames(test->StringProperty("split_names")));
      for (const std::string& split : splits) blessed[split] = kNoBaseline;
      output.custom_properties["blessed"] = JsonValue{blessed.dump()};
      outputs.set_summary("no baseline to compare with");
      return absl::OkStatus();
    }
    DistributionValidatorConfig config;
    RETURN_IF_ERROR(properties.Proto("distribution_validator_config", &config));
    CustomValidationConfig custom;
    RETURN_IF_ERROR(properties.Proto("custom_validation_config", &custom));
    ASSIGN_OR_RETURN(const std::vector<SplitPair> pairs,
                     SplitPairsToProcess(*test, *baseline, properties, UnsetPairs::kSameName));
    int found = 0;
    for (const SplitPair& pair : pairs) {
      RETURN_IF_ERROR(context.CheckCancelled());
      const std::string name = SplitPairName(pair);
      ASSIGN_OR_RETURN(const auto test_statistics, ReadStatistics(*test, pair.first));
      ASSIGN_OR_RETURN(const auto baseline_statistics, ReadStatistics(*baseline, pair.second));
      const auto anomalies = Compare(test_statistics, baseline_statistics, config, &custom);
      if (!anomalies.ok()) return Annotate(anomalies.status(), absl::StrCat("split pair '", name, "'"));
      RETURN_IF_ERROR(io::WriteBinaryProto(
          io::JoinPath(io::JoinPath(output.path, "SplitPair-" + name), "SchemaDiff.pb"), *anomalies));
      const int here = Report(name, *anomalies, context);
      blessed[name] = here == 0 ? kBlessed : kNotBlessed;
      found += here;
    }
    output.properties["split_names"] = EncodeSplitNames(SplitPairNames(pairs));
    output.properties["span"] = test->IntProperty("span");
    output.custom_properties["blessed"] = JsonValue{blessed.dump()};
    outputs.set_summary(found == 0 ? "no anomalies" : absl::StrCat(found, found == 1 ? " anomaly" : " anomalies"));
    return absl::OkStatus();
  }

 private:
  // Logs the anomalies of a pair of splits; how many there are.
  static int Report(const std::string& pair, const Anomalies& anomalies, const ExecutorContext& context) {
    auto log = [&](const std::string& where, const AnomalyInfo& info) {
      for (const AnomalyInfo::Reason& reason : info.reason()) {
        context.Log(absl::StrCat("anomaly in split pair ", pair, where, ": ", reason.short_description(), ": ",
                                 reason.description()));
      }
    };
    for (const auto& [feature, info] : anomalies.anomaly_info()) log(absl::StrCat(", ", feature), info);
    if (anomalies.has_dataset_anomaly_info()) log("", anomalies.dataset_anomaly_info());
    return static_cast<int>(anomalies.anomaly_info().size()) + anomalies.has_dataset_anomaly_info();
  }
};

}  // namespace

const ComponentDescription<DistributionValidator>& DistributionValidator::Describe() {
  static const auto& description = *new ComponentDescription<DistributionValidator>(
      ComponentDescription<DistributionValidator>("DistributionValidator",
                                                  "Compares the distributions of features with a baseline.")
          .Type("tfx.components.distribution_validator.component.DistributionValidator")
          .Input("statistics", &DistributionValidator::statistics, "Statistics to check.")
          .OptionalInput("baseline_statistics", &DistributionValidator::baseline_statistics,
                         "What they are compared with; nothing yet: every split is let pass.")
          .Parameter("distribution_validator_config", &DistributionValidator::distribution_validator_config,
                     "Thresholds per feature, and for the number of examples.")
          .ComputedParameter(
              "include_split_pairs", "list of pairs of strings",
              [](const DistributionValidator& c) { return SplitPairsParameter(c.include_split_pairs); },
              "Pairs [split, baseline split]; unset: splits of the same name.")
          .Parameter("custom_validation_config", &DistributionValidator::custom_validation_config,
                     "Conditions on statistics as expressions.")
          .Output("anomalies", &Outputs::anomalies, "SplitPair-<split>_<baseline split>/SchemaDiff.pb.")
          .ExecutorClass("tfx.components.distribution_validator.executor.Executor", [](const DistributionValidator&) {
            return std::make_unique<DistributionValidatorExecutor>();
          }));
  return description;
}

}  // namespace tfx
