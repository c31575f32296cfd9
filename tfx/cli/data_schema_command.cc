// tfx data schema
#include <memory>

#include "tfx/base/status_macros.h"
#include "tfx/cli/data_commands.h"
#include "tfx/cli/data_files.h"
#include "tfx/data_validation/anomalies/schema_inference.h"

namespace tfx::cli {
namespace {

struct Options {
  std::string statistics;
  std::string output = "-";
  tfdv::InferSchemaOptions infer;
};

absl::Status InferSchema(CommandContext& context, const Options& flags) {
  RETURN_IF_ERROR(CheckOutputName("--output", flags.output));
  ::tensorflow::metadata::v0::DatasetFeatureStatisticsList statistics;
  RETURN_IF_ERROR(ReadStatistics(flags.statistics, &statistics));
  ASSIGN_OR_RETURN(const auto schema, tfdv::InferSchema(statistics, flags.infer));
  return WriteMessage(context, flags.output, schema);
}

}  // namespace

void AddDataSchemaCommand(CLI::App& group, CommandContext& context) {
  auto flags = std::make_shared<Options>();
  CLI::App* command = AddCommand(group, context, "schema", "Infer a schema from statistics.",
                                 "tfx data schema --statistics=stats.pb --output=schema.pbtxt");
  command->add_option("--statistics", flags->statistics, "Statistics file; - is standard input.")->required();
  command->add_option("--infer_feature_shape", flags->infer.infer_feature_shape, "Fixed shapes where they fit.")
      ->capture_default_str();
  command
      ->add_option("--max_string_domain_size", flags->infer.max_string_domain_size,
                   "No domain for more values than this.")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--output", flags->output, kOutputHelp)->capture_default_str();
  SetAction(*command, context, [&context, flags] { return InferSchema(context, *flags); });
}

}  // namespace tfx::cli
