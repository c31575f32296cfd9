// metadata_store_server: the stand-alone ML Metadata server. --help says what it does.
#include <cstdio>
#include <string>
#include <vector>

#include "tfx/metadata_service/metadata_store_server.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  for (const std::string& argument : arguments) {
    if (argument == "--help" || argument == "-help" || argument == "-h") {
      std::fputs(mlmd::ServerFlagsHelp().c_str(), stdout);
      return 0;
    }
  }
  const absl::StatusOr<mlmd::MetadataStoreServerOptions> options = mlmd::ParseServerFlags(arguments);
  if (!options.ok()) {
    std::fprintf(stderr, "metadata_store_server: %s\n", std::string(options.status().message()).c_str());
    return 2;
  }
  if (const absl::Status status = mlmd::RunMetadataStoreServer(*options); !status.ok()) {
    std::fprintf(stderr, "metadata_store_server: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  return 0;
}
