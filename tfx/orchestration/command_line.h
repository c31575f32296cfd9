// The command line of a pipeline program: a verb, its arguments, and flags that may stand anywhere.
//
// Flags: --name=value, --name value, --switch, --noswitch; '-' and '_' in names mean the same; "--" ends them.
// Everything wrong is reported at once, unknown words with the nearest known one.
#ifndef TFX_ORCHESTRATION_COMMAND_LINE_H_
#define TFX_ORCHESTRATION_COMMAND_LINE_H_

#include <map>
#include <string>
#include <vector>

#include "tfx/dsl/flags.h"

namespace tfx {

struct CommandLine {
  std::string verb;                    // "help" when there is none
  std::vector<std::string> arguments;  // words after the verb
  Flags flags;
  std::map<std::string, std::string> runtime_parameters;  // --runtime_parameter NAME=VALUE, may be repeated
  std::vector<std::string> errors;
};

struct VerbDescription {
  std::string name;
  std::string arguments;  // "NODE"
  std::string doc;
  std::string example;  // without the program's name
};
const std::vector<VerbDescription>& Verbs();

// Flags that every program has; `own` adds more and may change default and doc of these by name.
std::vector<FlagDeclaration> DeclareFlags(const std::vector<FlagDeclaration>& own);
bool IsSwitch(std::string_view flag);

CommandLine ParseCommandLine(int argc, const char* const* argv, const std::vector<FlagDeclaration>& declarations);

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_COMMAND_LINE_H_
