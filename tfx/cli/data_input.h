// The flags that say how files of examples are read, shared by the verbs of `tfx data` that read them.
#ifndef TFX_CLI_DATA_INPUT_H_
#define TFX_CLI_DATA_INPUT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/cli/command.h"
#include "tfx/data_validation/statistics/file_statistics.h"

namespace tfx::cli {

struct InputFlags {
  std::string format = "auto";
  std::string payload_format = "example";
  std::string delimiter = ",";
  std::vector<std::string> column_names;
};

// --format, --payload_format, --delimiter and --column_names. `flags` must outlive the command.
void AddInputFlags(CLI::App& command, InputFlags& flags);

// The files that `pattern` matches. `name` stands for the pattern in errors: "--input". NOT_FOUND: no file;
// INVALID_ARGUMENT: a delimiter of several characters.
absl::StatusOr<tfdv::InputFiles> FindInput(const std::string& name, const std::string& pattern,
                                           const InputFlags& flags);

// `status` with the files of the input before its message, where that names none of them.
absl::Status NameInput(const absl::Status& status, const tfdv::InputFiles& input);

}  // namespace tfx::cli

#endif  // TFX_CLI_DATA_INPUT_H_
