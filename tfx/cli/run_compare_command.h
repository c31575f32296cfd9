// tfx run compare RUN RUN...
#ifndef TFX_CLI_RUN_COMPARE_COMMAND_H_
#define TFX_CLI_RUN_COMPARE_COMMAND_H_

#include "absl/status/statusor.h"
#include "tfx/cli/command.h"
#include "tfx/metadata/metadata_store.h"

namespace tfx::cli {

void AddRunCompareCommand(CLI::App& group, CommandContext& context);

// The pipeline_run of this name, or the newest for "latest". NOT_FOUND names the nearest.
absl::StatusOr<mlmd::Context> FindRun(mlmd::MetadataStore& store, const std::string& name);

}  // namespace tfx::cli

#endif  // TFX_CLI_RUN_COMPARE_COMMAND_H_
