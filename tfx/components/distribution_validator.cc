#include "tfx/components/distribution_validator.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/components/schema_file.h"
#include "tfx/components/splits.h"
#include "tfx/data_validation/anomalies/distribution_validation.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tfx {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using v0::Anomalies;
using v0::AnomalyInfo;

constexpr char kConfig[] = "distribution_validator_config";
constexpr char kConfigArtifact[] = "artifact_distribution_validator_config";
constexpr int kBlessed = 1, kNotBlessed = 0, kNoBaseline = 2;

// The only file of a Config artifact: a serialized DistributionValidatorConfig.
absl::Status ReadConfig(const Artifact& artifact, DistributionValidatorConfig* config) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, io::ListDirectory(artifact.uri));
  if (names.size() != 1) {
    return absl::FailedPreconditionError(
        absl::StrCat("the Config artifact ", artifact.uri, " must hold exactly one file, it holds ", names.size()));
  }
  return io::ReadBinaryProto(io::JoinPath(artifact.uri, names[0]), config);
}

absl::StatusOr<DistributionValidatorConfig> ConfigOf(const ExecutorInputs& inputs,
                                                     const ExecutionProperties& properties) {
  ASSIGN_OR_RETURN(const Artifact* artifact, inputs.Optional(kConfigArtifact));
  DistributionValidatorConfig config;
  if (artifact == nullptr && !properties.Has(kConfig)) {
    return absl::FailedPreconditionError(absl::StrCat("there is neither a ", kConfig, " nor an artifact at ",
                                                      kConfigArtifact, " to say what to compare"));
  }
  if (artifact == nullptr) {
    RETURN_IF_ERROR(properties.Proto(kConfig, &config));
  } else if (properties.Has(kConfig)) {
    return absl::InvalidArgumentError(
        absl::StrCat(kConfig, " and ", kConfigArtifact, " are given at the same time; give one"));
  } else {
    RETURN_IF_ERROR(ReadConfig(*artifact, &config));
  }
  return config;
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
    ASSIGN_OR_RETURN(const DistributionValidatorConfig config, ConfigOf(inputs, properties));
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
      const auto anomalies = tfdv::ValidateDistributions(test_statistics, baseline_statistics, config,
                                                         {.custom_validation_config = &custom});
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
          .Type("tfx.components.distribution_validator.component.DistributionValidator", ExecutionBaseType::kProcess)
          .Input("statistics", &DistributionValidator::statistics, "Statistics to check.")
          .OptionalInput("baseline_statistics", &DistributionValidator::baseline_statistics,
                         "What they are compared with; nothing yet: every split is let pass.")
          .OptionalInput(kConfigArtifact, &DistributionValidator::artifact_distribution_validator_config,
                         "One file with the config, serialized; instead of the parameter.")
          .Parameter(kConfig, &DistributionValidator::distribution_validator_config,
                     "Thresholds per feature, and for the number of examples.")
          .Check([](const DistributionValidator& c, WiringProblems& problems) {
            const bool has_artifact = !c.artifact_distribution_validator_config.sources().empty();
            if (has_artifact == c.distribution_validator_config.has_value()) {
              problems.Add(kConfig, absl::StrCat("give either this parameter or the input ", kConfigArtifact));
            } else if (c.distribution_validator_config.has_value()) {
              const absl::Status status = tfdv::CheckDistributionValidatorConfig(*c.distribution_validator_config);
              if (!status.ok()) problems.Add(kConfig, std::string(status.message()));
            }
          })
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
