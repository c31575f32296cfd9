// The verbs of `tfx data`, one file each, in alphabetical order.
#ifndef TFX_CLI_DATA_COMMANDS_H_
#define TFX_CLI_DATA_COMMANDS_H_

#include "tfx/cli/command.h"

namespace tfx::cli {

void AddDataDiffCommand(CLI::App& group, CommandContext& context);
void AddDataSchemaCommand(CLI::App& group, CommandContext& context);
void AddDataShowCommand(CLI::App& group, CommandContext& context);
void AddDataSkewCommand(CLI::App& group, CommandContext& context);
void AddDataStatisticsCommand(CLI::App& group, CommandContext& context);
void AddDataValidateCommand(CLI::App& group, CommandContext& context);
void AddDataValidateDistributionsCommand(CLI::App& group, CommandContext& context);
void AddDataValidateExamplesCommand(CLI::App& group, CommandContext& context);

}  // namespace tfx::cli

#endif  // TFX_CLI_DATA_COMMANDS_H_
