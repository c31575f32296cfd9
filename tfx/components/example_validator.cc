#include "tfx/components/example_validator.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/components/schema_file.h"
#include "tfx/components/splits.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tfx {
namespace {

class ExampleValidatorExecutor : public Executor {
 public:
  absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
                  const ExecutorContext& context) override {
    ASSIGN_OR_RETURN(const Artifact* statistics, inputs.Single("statistics"));
    ASSIGN_OR_RETURN(const Artifact* schema_artifact, inputs.Single("schema"));
    ASSIGN_OR_RETURN(const auto schema, ReadSchema(*schema_artifact));
    ASSIGN_OR_RETURN(const std::vector<std::string> splits, SplitsToProcess(*statistics, properties));

    CustomValidationConfig custom;
    RETURN_IF_ERROR(properties.Proto("custom_validation_config", &custom));
    OutputArtifact& anomalies = outputs["anomalies"];
    nlohmann::json blessed = nlohmann::json::object();
    int found = 0;
    for (const std::string& split : splits) {
      ASSIGN_OR_RETURN(const auto stats, ReadStatistics(*statistics, split));
      auto result = tfdv::ValidateStatistics(stats, *schema, {.custom_validation_config = &custom});
      if (!result.ok()) return Annotate(result.status(), absl::StrCat("split '", split, "'"));
      RETURN_IF_ERROR(
          io::WriteBinaryProto(io::JoinPath(io::JoinPath(anomalies.path, "Split-" + split), "SchemaDiff.pb"), *result));
      blessed[split] = tfdv::HasAnomalies(*result) ? 0 : 1;
      for (const auto& [feature, info] : result->anomaly_info()) {
        context.Log(absl::StrCat("anomaly in split ", split, ", ", feature, ": ", info.short_description(), ": ",
                                 info.description()));
        ++found;
      }
      if (result->has_dataset_anomaly_info()) {
        context.Log(absl::StrCat("anomaly in split ", split, ": ", result->dataset_anomaly_info().description()));
        ++found;
      }
    }
    anomalies.properties["split_names"] = EncodeSplitNames(splits);
    anomalies.properties["span"] = statistics->IntProperty("span");
    anomalies.custom_properties["blessed"] = JsonValue{blessed.dump()};
    outputs.set_summary(found == 0 ? "no anomalies" : absl::StrCat(found, found == 1 ? " anomaly" : " anomalies"));
    return absl::OkStatus();
  }
};

}  // namespace

const ComponentDescription<ExampleValidator>& ExampleValidator::Describe() {
  static const auto& description = *new ComponentDescription<ExampleValidator>(
      ComponentDescription<ExampleValidator>("ExampleValidator", "Checks statistics against a schema.")
          .Type("tfx.components.example_validator.component.ExampleValidator")
          .Input("statistics", &ExampleValidator::statistics, "Statistics to check.")
          .Input("schema", &ExampleValidator::schema, "What they should satisfy.")
          .Parameter("exclude_splits", &ExampleValidator::exclude_splits, "Splits to leave out.")
          .Parameter("custom_validation_config", &ExampleValidator::custom_validation_config,
                     "Conditions on statistics as expressions.")
          .Output("anomalies", &Outputs::anomalies, "Split-<name>/SchemaDiff.pb.")
          .ExecutorClass("tfx.components.example_validator.executor.Executor",
                         [](const ExampleValidator&) { return std::make_unique<ExampleValidatorExecutor>(); }));
  return description;
}

}  // namespace tfx
