// Every verb of the `tfx` command, one function and one file each, in alphabetical order.
#ifndef TFX_CLI_COMMANDS_H_
#define TFX_CLI_COMMANDS_H_

#include "tfx/cli/command.h"

namespace tfx::cli {

void AddArtifactCommands(CLI::App& app, CommandContext& context);
void AddContextCommands(CLI::App& app, CommandContext& context);
void AddDataCommands(CLI::App& app, CommandContext& context);
void AddDoctorCommand(CLI::App& app, CommandContext& context);
void AddEvaluateCommand(CLI::App& app, CommandContext& context);
void AddExecutionCommands(CLI::App& app, CommandContext& context);
void AddLineageCommand(CLI::App& app, CommandContext& context);
void AddMetadataCommands(CLI::App& app, CommandContext& context);
void AddRunCommands(CLI::App& app, CommandContext& context);
// All of them.
void AddAllCommands(CLI::App& app, CommandContext& context);

// The whole command line. Returns the exit code (command.h).
int Run(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace tfx::cli

#endif  // TFX_CLI_COMMANDS_H_
