// tfx metadata serve
#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/metadata_commands.h"
#include "tfx/cli/store.h"
#include "tfx/metadata_service/metadata_store_server.h"

namespace tfx::cli {
namespace {

absl::Status Serve(CommandContext& context, const std::vector<std::string>& flags) {
  context.exit_code = kExitUsage;
  ASSIGN_OR_RETURN(mlmd::MetadataStoreServerOptions options, mlmd::ParseServerFlags(flags));
  context.exit_code = kExitOk;
  if (options.config.has_connection_config()) {
    // The environment names a default; a flag beside the server's own would be a contradiction.
    if (!context.metadata_connection_config.empty() || !context.pipeline_root.empty() ||
        !context.metadata_path.empty()) {
      return absl::InvalidArgumentError(
          "the store is named twice: by the server's flags or config file, and by --metadata_path, "
          "--pipeline_root or --metadata_connection_config; leave one out");
    }
  } else if (NamesStore(context)) {
    ASSIGN_OR_RETURN(*options.config.mutable_connection_config(), LocateDatabase(context, StoreAccess::kCreate));
  }
  return mlmd::RunMetadataStoreServer(options);
}

}  // namespace

void AddServeCommand(CLI::App& group, CommandContext& context) {
  CLI::App* command = AddCommand(group, context, "serve",
                                 "The ML Metadata server, until SIGTERM: as the program metadata_store_server.",
                                 "tfx metadata serve --pipeline_root=taxi --grpc_port=8080 --http_port=8081");
  command->footer(command->get_footer() + "\n\nEvery flag of metadata_store_server:\n" + mlmd::ServerFlagsHelp());
  AddStoreFlags(*command, context);
  command->allow_extras();
  SetAction(*command, context, [&context, command] { return Serve(context, command->remaining()); });
}

}  // namespace tfx::cli
