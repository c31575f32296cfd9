#include "tfx/cli/commands.h"

#include <string>
#include <vector>

#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "tfx/base/nearest_name.h"

namespace tfx::cli {
namespace {

// What the user may have meant by a word that the innermost chosen command does not know.
std::string Suggestion(CLI::App& app, const std::string& word) {
  CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  std::vector<std::string> known;
  if (word.starts_with("-")) {
    for (const CLI::Option* option : command->get_options()) known.push_back(option->get_name());
  } else {
    for (const CLI::App* sub : command->get_subcommands({})) known.push_back(sub->get_name());
  }
  return DidYouMean(word.substr(0, word.find('=')), known);
}

}  // namespace

void AddAllCommands(CLI::App& app, CommandContext& context) {
  AddArtifactCommands(app, context);
  AddContextCommands(app, context);
  AddDataCommands(app, context);
  AddDoctorCommand(app, context);
  AddEvaluateCommand(app, context);
  AddExecutionCommands(app, context);
  AddLineageCommand(app, context);
  AddMetadataCommands(app, context);
  AddRunCommands(app, context);
}

int Run(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app("TensorFlow Extended in C++: look into runs, artifacts and data, evaluate models.", "tfx");
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done; 1 could not be done; 2 wrong usage; 3 done, and there are findings\n"
      "(anomalies, a model that is not blessed). Help on a verb: tfx VERB --help");
  app.set_help_all_flag("--help-all", "Help on every verb.");
  CommandContext context{.out = out};
  AddAllCommands(app, context);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError& error) {
    const std::string word = app.remaining(/*recurse=*/true).empty() ? "" : app.remaining(true).front();
    err << "tfx: unknown word or flag '" << word << "'" << Suggestion(app, word) << "\n";
    return kExitUsage;
  } catch (const CLI::RequiredError& error) {
    // The first word that is no verb is what went wrong, not that a verb is missing.
    const std::vector<std::string> rest = app.remaining(true);
    if (!rest.empty()) {
      err << "tfx: unknown word or flag '" << rest.front() << "'" << Suggestion(app, rest.front()) << "\n";
    } else {
      err << "tfx: " << error.what() << "; see tfx --help\n";
    }
    return kExitUsage;
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, out, err);
    return code == 0 ? kExitOk : kExitUsage;
  }
  if (!context.action) return kExitOk;
  const absl::Status status = context.action();
  if (!status.ok()) {
    err << "tfx: " << status.message() << "\n";
    return context.exit_code == kExitUsage ? kExitUsage : kExitError;
  }
  // What is printed is a result as well: a full disk must not look like the end of it.
  if (!out.flush()) {
    err << "tfx: standard output could not be written to its end\n";
    return kExitError;
  }
  return context.exit_code;
}

}  // namespace tfx::cli
