// tfx data validate
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/data_anomalies.h"
#include "tfx/cli/data_commands.h"
#include "tfx/cli/data_files.h"
#include "tfx/cli/store.h"
#include "tfx/data_validation/anomalies/schema_inference.h"
#include "tfx/data_validation/anomalies/slice_validation.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/data_validation/schema/feature_path.h"

namespace tfx::cli {
namespace {

using ::tensorflow::metadata::v0::Anomalies;
using ::tensorflow::metadata::v0::AnomalyInfo;
using ::tensorflow::metadata::v0::DatasetFeatureStatisticsList;
using ::tensorflow::metadata::v0::Schema;

struct Options {
  std::string statistics, schema;
  std::string previous_statistics, serving_statistics, previous_version_statistics;
  std::string environment;
  bool new_features_are_warnings = false;
  std::vector<std::string> severity;
  std::vector<std::string> features_needed;
  std::string custom_validation_config, base_statistics;
  bool corresponding_slices = false;
  bool tfdv_compat = false;
  std::string output;
  std::string update_schema;
};

template <class Enum>
absl::StatusOr<Enum> EnumValue(const google::protobuf::EnumDescriptor& type, const std::string& word) {
  if (const auto* value = type.FindValueByName(word)) return static_cast<Enum>(value->number());
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) names.push_back(type.value(i)->name());
  return absl::InvalidArgumentError(absl::StrCat("'", word, "' is no ", type.full_name(), DidYouMean(word, names)));
}

// INT_TYPE_BIG_INT=WARNING
absl::Status AddSeverity(const std::string& text, tfdv::ValidationOptions* options) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return absl::InvalidArgumentError("needed is TYPE=SEVERITY, such as SCHEMA_NEW_COLUMN=WARNING");
  }
  ASSIGN_OR_RETURN(const auto type,
                   EnumValue<AnomalyInfo::Type>(*AnomalyInfo::Type_descriptor(), text.substr(0, equals)));
  ASSIGN_OR_RETURN(options->severity_overrides[type],
                   EnumValue<AnomalyInfo::Severity>(*AnomalyInfo::Severity_descriptor(), text.substr(equals + 1)));
  return absl::OkStatus();
}

absl::Status ReadControl(const std::string& path, DatasetFeatureStatisticsList* list,
                         const DatasetFeatureStatisticsList** option) {
  if (path.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(ReadStatistics(path, list));
  *option = list;
  return absl::OkStatus();
}

absl::Status Validate(CommandContext& context, const Options& flags) {
  if (!flags.output.empty()) RETURN_IF_ERROR(CheckOutputName("--output", flags.output));
  if (!flags.update_schema.empty()) RETURN_IF_ERROR(CheckOutputName("--update_schema", flags.update_schema));
  tfdv::ValidationOptions options;
  if (!flags.environment.empty()) options.environment = flags.environment;
  options.new_features_are_warnings = flags.new_features_are_warnings;
  for (const std::string& text : flags.severity) {
    RETURN_IF_ERROR(Annotate(AddSeverity(text, &options), absl::StrCat("--severity=", text)));
  }
  for (const std::string& text : flags.features_needed) {
    const auto path = tfdv::ParsePath(text);
    if (!path.ok()) return Annotate(path.status(), absl::StrCat("--feature_needed=", text));
    if (!options.features_needed.has_value()) options.features_needed.emplace();
    options.features_needed->push_back(*path);
  }
  DatasetFeatureStatisticsList statistics, previous, serving, previous_version, base;
  Schema schema;
  RETURN_IF_ERROR(ReadStatistics(flags.statistics, &statistics));
  RETURN_IF_ERROR(ReadMessage(flags.schema, &schema));
  RETURN_IF_ERROR(ReadControl(flags.previous_statistics, &previous, &options.previous_span_statistics));
  RETURN_IF_ERROR(ReadControl(flags.serving_statistics, &serving, &options.serving_statistics));
  RETURN_IF_ERROR(
      ReadControl(flags.previous_version_statistics, &previous_version, &options.previous_version_statistics));

  RETURN_IF_ERROR(ReadControl(flags.base_statistics, &base, &options.base_statistics));
  tfdv::CustomValidationConfig custom;
  if (!flags.custom_validation_config.empty()) {
    RETURN_IF_ERROR(ReadMessage(flags.custom_validation_config, &custom));
    options.custom_validation_config = &custom;
  }
  options.tfdv_compat = flags.tfdv_compat;

  auto found = flags.corresponding_slices ? tfdv::ValidateCorrespondingSlices(statistics, schema, options)
                                          : tfdv::ValidateStatistics(statistics, schema, options);
  RETURN_IF_ERROR(found.status());
  const Anomalies anomalies = *std::move(found);
  std::optional<Schema> updated;
  if (!flags.update_schema.empty()) {
    ASSIGN_OR_RETURN(updated, tfdv::UpdateSchema(schema, statistics, {.tfdv_compat = flags.tfdv_compat}));
  }
  // Everything is known before anything is written.
  if (!flags.output.empty()) RETURN_IF_ERROR(WriteMessage(context, flags.output, anomalies));
  if (updated.has_value()) RETURN_IF_ERROR(WriteMessage(context, flags.update_schema, *updated));
  if (flags.output != "-" && flags.update_schema != "-") PrintAnomalies(context, anomalies);
  if (tfdv::HasAnomalies(anomalies)) context.exit_code = kExitFindings;
  return absl::OkStatus();
}

}  // namespace

void AddDataValidateCommand(CLI::App& group, CommandContext& context) {
  auto flags = std::make_shared<Options>();
  CLI::App* command = AddCommand(group, context, "validate", "Check statistics against a schema; exits 3 on anomalies.",
                                 "tfx data validate --statistics=stats.pb --schema=schema.pbtxt");
  command->add_option("--statistics", flags->statistics, "Statistics file; - is standard input.")->required();
  command->add_option("--schema", flags->schema, "Schema file.")->required();
  command->add_option("--previous_statistics", flags->previous_statistics, "Statistics of the span before, for drift.");
  command->add_option("--serving_statistics", flags->serving_statistics, "Statistics of serving data, for skew.");
  command->add_option("--previous_version_statistics", flags->previous_version_statistics,
                      "Statistics of the version before, for the number of examples.");
  command->add_option("--environment", flags->environment, "Environment of the schema.");
  command->add_flag("--new_features_are_warnings", flags->new_features_are_warnings,
                    "Features that the schema lacks are warnings, not errors.");
  command
      ->add_option("--severity", flags->severity,
                   "TYPE=SEVERITY, such as SCHEMA_NEW_COLUMN=WARNING; UNKNOWN switches a type off. May be repeated.")
      ->allow_extra_args(false);
  command
      ->add_option("--feature_needed", flags->features_needed,
                   "Report features that the schema lacks only where they are this path, a.b. May be repeated.")
      ->allow_extra_args(false);
  command->add_option("--custom_validation_config", flags->custom_validation_config,
                      "Text file with conditions of your own on the statistics (TFDV's CustomValidationConfig).");
  command->add_option("--base_statistics", flags->base_statistics,
                      "Statistics that conditions on pairs of features compare with.");
  command->add_flag("--corresponding_slices", flags->corresponding_slices,
                    "Validate every slice by itself, and compare it with the slice of the same name.");
  command->add_flag("--tfdv_compat", flags->tfdv_compat, "Find what TFDV 1.21 finds also where it is plainly wrong.");
  command->add_option(
      "--output", flags->output,
      "File for the anomalies: .pbtxt is text, .pb binary; - is standard output, as text. None: a table "
      "on standard output.");
  command->add_option("--update_schema", flags->update_schema,
                      "File for the schema changed as little as needed for these statistics to pass.");
  SetAction(*command, context, [&context, flags] { return Validate(context, *flags); });
}

}  // namespace tfx::cli
