// Reading ML Metadata for the command line.
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

namespace tfx::cli {

// Flags --metadata_path and --pipeline_root (whose metadata.db is taken); environment TFX_METADATA_PATH.
void AddStoreFlags(CLI::App& command, CommandContext& context);
// Opened read-only. NOT_FOUND says which flag to give.
absl::StatusOr<std::unique_ptr<mlmd::MetadataStore>> OpenStore(const CommandContext& context);

// The node id of an execution ("Trainer"), from its node context "<pipeline>.<node>"; the type's last word without one.
absl::StatusOr<std::string> NodeId(mlmd::MetadataStore& store, const mlmd::Execution& execution);

nlohmann::json ToJson(const google::protobuf::Message& message);
nlohmann::json ToJson(const ml_metadata::Value& value);
std::string ToText(const ml_metadata::Value& value);
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
