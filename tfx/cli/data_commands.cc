// tfx data ...: the group; its verbs have files of their own.
#include "tfx/cli/data_commands.h"

#include "tfx/cli/commands.h"

namespace tfx::cli {

void AddDataCommands(CLI::App& app, CommandContext& context) {
  CLI::App* group = AddGroup(app, "data", "Statistics, schemas and anomalies of data in files.");
  AddDataDiffCommand(*group, context);
  AddDataSchemaCommand(*group, context);
  AddDataShowCommand(*group, context);
  AddDataSkewCommand(*group, context);
  AddDataStatisticsCommand(*group, context);
  AddDataValidateCommand(*group, context);
  AddDataValidateDistributionsCommand(*group, context);
  AddDataValidateExamplesCommand(*group, context);
}

}  // namespace tfx::cli
