// The verbs of `tfx metadata`, one function each, in alphabetical order.
#ifndef TFX_CLI_METADATA_COMMANDS_H_
#define TFX_CLI_METADATA_COMMANDS_H_

#include "tfx/cli/command.h"

namespace tfx::cli {

void AddDumpCommand(CLI::App& group, CommandContext& context);
void AddGcCommand(CLI::App& group, CommandContext& context);
void AddLoadCommand(CLI::App& group, CommandContext& context);
void AddMigrateCommand(CLI::App& group, CommandContext& context);
void AddServeCommand(CLI::App& group, CommandContext& context);
void AddVerifyCommand(CLI::App& group, CommandContext& context);

}  // namespace tfx::cli

#endif  // TFX_CLI_METADATA_COMMANDS_H_
