#include "tfx/cli/command.h"

#include <utility>

namespace tfx::cli {

CLI::App* AddCommand(CLI::App& parent, CommandContext& context, const std::string& name, const std::string& doc,
                     const std::string& example) {
  CLI::App* command = parent.add_subcommand(name, doc);
  command->footer("Example:\n  " + example);
  command->add_flag("--json", context.json, "Print JSON for programs.");
  return command;
}

CLI::App* AddGroup(CLI::App& parent, const std::string& name, const std::string& doc) {
  CLI::App* group = parent.add_subcommand(name, doc);
  group->require_subcommand(1);
  return group;
}

void SetAction(CLI::App& command, CommandContext& context, std::function<absl::Status()> action) {
  command.callback([&context, action = std::move(action)] { context.action = action; });
}

}  // namespace tfx::cli
