// Which program this is: part of the cache key of nodes that run its functions.
#ifndef TFX_ORCHESTRATION_PROGRAM_IDENTITY_H_
#define TFX_ORCHESTRATION_PROGRAM_IDENTITY_H_

#include <string>

namespace tfx {

// The GNU build id that the linker put into the running program, in hex; where it has none, the first 40 digits of the
// SHA-256 of the program's file. Changes exactly when the program's code or data does.
std::string ProgramBuildId();

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_PROGRAM_IDENTITY_H_
