// How a verb of the `tfx` command is added: one file with one function that declares its words, flags, help and
// example.
//
//   void AddLineageCommand(CLI::App& app, CommandContext& context) {
//     CLI::App* command = AddCommand(app, context, "lineage", "What an artifact was made from.", "tfx lineage 17");
//     ...command->add_option("artifact", ...)...
//     SetAction(*command, context, [=]() -> absl::Status { ... });
//   }
//
// Nothing happens while flags are parsed; the action runs afterwards. Actions write to context.out and return a Status:
// OK exits 0, kExitFindings stands for "done, and there is something to look at" (anomalies, a refused blessing).
#ifndef TFX_CLI_COMMAND_H_
#define TFX_CLI_COMMAND_H_

#include <functional>
#include <ostream>
#include <string>

#include "CLI/App.hpp"
#include "absl/status/status.h"

namespace tfx::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitError = 1;     // what was asked for could not be done
inline constexpr int kExitUsage = 2;     // unknown word or flag, missing or malformed value
inline constexpr int kExitFindings = 3;  // done, and found: anomalies, a model that is not blessed

struct CommandContext {
  std::ostream& out;
  bool json = false;
  int exit_code = kExitOk;  // of a successful action
  std::function<absl::Status()> action;
  // Where metadata is; see store.h.
  std::string metadata_path;
  std::string pipeline_root;
  std::string metadata_connection_config;
};

// A verb with help, an example and the flag --json.
CLI::App* AddCommand(CLI::App& parent, CommandContext& context, const std::string& name, const std::string& doc,
                     const std::string& example);
// A word that only groups verbs: `tfx run list`.
CLI::App* AddGroup(CLI::App& parent, const std::string& name, const std::string& doc);
void SetAction(CLI::App& command, CommandContext& context, std::function<absl::Status()> action);

}  // namespace tfx::cli

#endif  // TFX_CLI_COMMAND_H_
