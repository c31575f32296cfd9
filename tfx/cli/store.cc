#include "tfx/cli/store.h"

#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "google/protobuf/util/json_util.h"
#include "tfx/base/status_macros.h"

namespace tfx::cli {

void AddStoreFlags(CLI::App& command, CommandContext& context) {
  command.add_option("--metadata_path", context.metadata_path, "ML Metadata file (default: $TFX_METADATA_PATH).")
      ->envname("TFX_METADATA_PATH");
  command.add_option("--pipeline_root", context.pipeline_root, "Pipeline root whose metadata.db to read.");
}

absl::StatusOr<std::unique_ptr<mlmd::MetadataStore>> OpenStore(const CommandContext& context) {
  std::string path = context.metadata_path;
  if (!context.pipeline_root.empty()) path = (std::filesystem::path(context.pipeline_root) / "metadata.db").string();
  if (path.empty()) {
    return absl::NotFoundError(
        "which metadata? Give --metadata_path=FILE or --pipeline_root=DIR, or set TFX_METADATA_PATH");
  }
  ml_metadata::ConnectionConfig config;
  config.mutable_sqlite()->set_filename_uri(path);
  config.mutable_sqlite()->set_connection_mode(ml_metadata::SqliteMetadataSourceConfig::READONLY);
  return mlmd::OpenMetadataStore(config);
}

absl::StatusOr<std::string> NodeId(mlmd::MetadataStore& store, const mlmd::Execution& execution) {
  ASSIGN_OR_RETURN(const std::vector<mlmd::Context> contexts, store.GetContextsByExecution(execution.id()));
  std::string pipeline;
  std::string node;
  for (const mlmd::Context& context : contexts) {
    if (context.type() == "pipeline") pipeline = context.name();
    if (context.type() == "node") node = context.name();
  }
  if (!node.empty()) return node.starts_with(pipeline + ".") ? node.substr(pipeline.size() + 1) : node;
  return execution.type().substr(execution.type().rfind('.') + 1);
}

nlohmann::json ToJson(const google::protobuf::Message& message) {
  std::string text;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return message.ShortDebugString();
  return nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
}

nlohmann::json ToJson(const ml_metadata::Value& value) {
  switch (value.value_case()) {
    case ml_metadata::Value::kIntValue:
      return value.int_value();
    case ml_metadata::Value::kDoubleValue:
      return value.double_value();
    case ml_metadata::Value::kStringValue:
      return value.string_value();
    case ml_metadata::Value::kBoolValue:
      return value.bool_value();
    case ml_metadata::Value::kStructValue:
      return ToJson(value.struct_value());
    case ml_metadata::Value::kProtoValue:
      return ToJson(value.proto_value());
    default:
      return nullptr;
  }
}

std::string ToText(const ml_metadata::Value& value) {
  return value.value_case() == ml_metadata::Value::kStringValue ? value.string_value() : ToJson(value).dump();
}

void PrintProperties(const google::protobuf::Map<std::string, ml_metadata::Value>& properties, std::ostream& out) {
  for (const auto& [name, value] : std::map(properties.begin(), properties.end())) {
    out << "  " << name << ": " << ToText(value) << "\n";
  }
}

std::string FormatTime(int64_t milliseconds) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixMillis(milliseconds), absl::UTCTimeZone());
}

std::string FormatSeconds(int64_t milliseconds) {
  return absl::StrFormat("%.2f", static_cast<double>(milliseconds) / 1000.0);
}

std::string StateName(const mlmd::Execution& execution) {
  return mlmd::Execution::State_Name(execution.last_known_state());
}
std::string StateName(const mlmd::Artifact& artifact) { return mlmd::Artifact::State_Name(artifact.state()); }

std::string EventKey(const mlmd::Event& event) {
  for (const auto& step : event.path().steps()) {
    if (!step.key().empty()) return step.key();
  }
  return "";
}

bool IsOutput(const mlmd::Event& event) {
  return event.type() == mlmd::Event::OUTPUT || event.type() == mlmd::Event::DECLARED_OUTPUT;
}

bool IsInput(const mlmd::Event& event) {
  return event.type() == mlmd::Event::INPUT || event.type() == mlmd::Event::DECLARED_INPUT;
}

}  // namespace tfx::cli
