// Reading ML Metadata for the command line: where the store is, and how its parts look as text and JSON.
#ifndef TFX_CLI_STORE_H_
#define TFX_CLI_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "tfx/cli/command.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata_service/open_store.h"

namespace tfx::cli {

// Flags that name the store; the first one given counts:
// - --metadata_connection_config, --metadata_path: what open_store.h takes, as text or as a file that holds it;
// - --pipeline_root: its metadata.db;
// - environment TFX_METADATA_PATH: as --metadata_path.
void AddStoreFlags(CLI::App& command, CommandContext& context);
// Whether one of them, or the environment, names a store.
bool NamesStore(const CommandContext& context);

// What a SQLite file may be opened for. kCreate makes one that is not there; the others want it to exist.
enum class StoreAccess { kRead, kWrite, kCreate };

// NOT_FOUND says which flag to give; INVALID_ARGUMENT names the flag, and line and column of a faulty text.
absl::StatusOr<mlmd::StoreLocation> LocateStore(const CommandContext& context, StoreAccess access);
// As LocateStore; for what goes to the tables and not through the service's calls. A server is INVALID_ARGUMENT.
absl::StatusOr<ml_metadata::ConnectionConfig> LocateDatabase(const CommandContext& context, StoreAccess access);
absl::StatusOr<std::unique_ptr<mlmd::MetadataStore>> OpenStore(const CommandContext& context,
                                                               StoreAccess access = StoreAccess::kRead);

// The node id of an execution ("Trainer"), from its node context "<pipeline>.<node>"; the type's last word without one.
std::string NodeId(const std::vector<mlmd::Context>& contexts_of_execution, const mlmd::Execution& execution);
absl::StatusOr<std::string> NodeId(mlmd::MetadataStore& store, const mlmd::Execution& execution);

nlohmann::json ToJson(const google::protobuf::Message& message);
nlohmann::json ToJson(const ml_metadata::Value& value);
std::string ToText(const ml_metadata::Value& value);
// Text of JSON for the screen; bytes that are no UTF-8 are replaced.
std::string Dump(const nlohmann::json& json, int indent = 2);
// Lines "  name: value" in order of name.
void PrintProperties(const google::protobuf::Map<std::string, ml_metadata::Value>& properties, std::ostream& out);
// "2026-11-21 05:12:30" in UTC.
std::string FormatTime(int64_t milliseconds);
std::string FormatSeconds(int64_t milliseconds);  // "1.27"
std::string StateName(const mlmd::Execution& execution);
std::string StateName(const mlmd::Artifact& artifact);
// The key of an event's path: "examples".
std::string EventKey(const mlmd::Event& event);
bool IsOutput(const mlmd::Event& event);
bool IsInput(const mlmd::Event& event);

}  // namespace tfx::cli

#endif  // TFX_CLI_STORE_H_
