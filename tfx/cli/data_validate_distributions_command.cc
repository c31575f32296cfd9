// tfx data validate_distributions
#include <memory>
#include <string>

#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/data_anomalies.h"
#include "tfx/cli/data_commands.h"
#include "tfx/cli/data_files.h"
#include "tfx/data_validation/anomalies/distribution_validation.h"
#include "tfx/data_validation/anomalies/validation.h"

namespace tfx::cli {
namespace {

using ::tensorflow::metadata::v0::Anomalies;
using ::tensorflow::metadata::v0::DatasetFeatureStatisticsList;

struct Options {
  std::string statistics, baseline_statistics;
  std::string config;
  std::string custom_validation_config;
  bool tfdv_compat = false;
  std::string output;
};

absl::Status ValidateDistributions(CommandContext& context, const Options& flags) {
  if (!flags.output.empty()) RETURN_IF_ERROR(CheckOutputName("--output", flags.output));
  tfdv::DistributionValidatorConfig config;
  RETURN_IF_ERROR(ReadMessage(flags.config, &config));
  RETURN_IF_ERROR(Annotate(tfdv::CheckDistributionValidatorConfig(config), flags.config));
  tfdv::CustomValidationConfig custom;
  if (!flags.custom_validation_config.empty()) RETURN_IF_ERROR(ReadMessage(flags.custom_validation_config, &custom));
  DatasetFeatureStatisticsList statistics, baseline;
  RETURN_IF_ERROR(ReadStatistics(flags.statistics, &statistics));
  RETURN_IF_ERROR(ReadStatistics(flags.baseline_statistics, &baseline));

  ASSIGN_OR_RETURN(const Anomalies anomalies, tfdv::ValidateDistributions(statistics, baseline, config,
                                                                          {.custom_validation_config = &custom,
                                                                           .tfdv_compat = flags.tfdv_compat}));
  if (!flags.output.empty()) RETURN_IF_ERROR(WriteMessage(context, flags.output, anomalies));
  if (flags.output != "-") PrintAnomalies(context, anomalies);
  if (tfdv::HasAnomalies(anomalies)) context.exit_code = kExitFindings;
  return absl::OkStatus();
}

}  // namespace

void AddDataValidateDistributionsCommand(CLI::App& group, CommandContext& context) {
  auto flags = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(group, context, "validate_distributions",
                 "Compare the distributions of features with a baseline, as DistributionValidator does; exits 3 on "
                 "anomalies. No schema is needed.",
                 "tfx data validate_distributions --statistics=today.pb --baseline_statistics=last_week.pb "
                 "--config=drift.pbtxt");
  command->add_option("--statistics", flags->statistics, "Statistics file; - is standard input.")->required();
  command->add_option("--baseline_statistics", flags->baseline_statistics, "Statistics to compare with.")->required();
  command
      ->add_option("--config", flags->config,
                   "TFX's DistributionValidatorConfig, thresholds per feature: .pbtxt is text, .pb binary.")
      ->required();
  command->add_option("--custom_validation_config", flags->custom_validation_config,
                      "Text file with conditions of your own; those on pairs of features compare with the baseline.");
  command->add_flag("--tfdv_compat", flags->tfdv_compat, "Find what TFX 1.21 finds also where it is plainly wrong.");
  command->add_option(
      "--output", flags->output,
      "File for the anomalies: .pbtxt is text, .pb binary; - is standard output, as text. None: a table "
      "on standard output.");
  SetAction(*command, context, [&context, flags] { return ValidateDistributions(context, *flags); });
}

}  // namespace tfx::cli
