#include "tfx/cli/store.h"

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "google/protobuf/util/json_util.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"

namespace tfx::cli {

namespace {

using ml_metadata::ConnectionConfig;
using ml_metadata::SqliteMetadataSourceConfig;

SqliteMetadataSourceConfig::ConnectionMode ModeFor(StoreAccess access) {
  switch (access) {
    case StoreAccess::kRead:
      return SqliteMetadataSourceConfig::READONLY;
    case StoreAccess::kWrite:
      return SqliteMetadataSourceConfig::READWRITE;
    case StoreAccess::kCreate:
      return SqliteMetadataSourceConfig::READWRITE_OPENCREATE;
  }
  return SqliteMetadataSourceConfig::READONLY;
}

std::string FromEnvironment() {
  const char* path = std::getenv("TFX_METADATA_PATH");
  return path == nullptr ? "" : path;
}

}  // namespace

bool NamesStore(const CommandContext& context) {
  return !context.metadata_connection_config.empty() || !context.pipeline_root.empty() ||
         !context.metadata_path.empty() || !FromEnvironment().empty();
}

void AddStoreFlags(CLI::App& command, CommandContext& context) {
  // The environment is read in LocateStore: CLI11 would apply it to every verb that shares this field.
  command.add_option(
      "--metadata_path", context.metadata_path,
      "ML Metadata: a SQLite file, grpc://host:port, mysql://..., postgresql://..., a config as text, or a "
      "file with one of these (default: $TFX_METADATA_PATH).");
  command.add_option("--pipeline_root", context.pipeline_root,
                     "Pipeline root; without --metadata_path its metadata.db is read.");
  command.add_option("--metadata_connection_config", context.metadata_connection_config,
                     "The same, by the name that pipelines give it.");
}

absl::StatusOr<mlmd::StoreLocation> LocateStore(const CommandContext& context, StoreAccess access) {
  const std::string environment = FromEnvironment();
  std::string value, origin;
  if (!context.metadata_connection_config.empty()) {
    value = context.metadata_connection_config;
    origin = "--metadata_connection_config";
  } else if (!context.metadata_path.empty()) {
    value = context.metadata_path;
    origin = "--metadata_path";
  } else if (!context.pipeline_root.empty()) {
    // A path, whatever the folder's name looks like.
    value = absl::StrCat("sqlite:", (std::filesystem::path(context.pipeline_root) / "metadata.db").string());
    origin = "--pipeline_root";
  } else if (!environment.empty()) {
    value = environment;
    origin = "TFX_METADATA_PATH";
  } else {
    return absl::NotFoundError(
        "which metadata? Give --metadata_path=FILE, --pipeline_root=DIR or --metadata_connection_config=TEXT, or set "
        "TFX_METADATA_PATH");
  }
  auto read = mlmd::ReadStoreLocation(value);
  RETURN_IF_ERROR(Annotate(read.status(), origin));
  mlmd::StoreLocation location = *std::move(read);
  RETURN_IF_ERROR(Annotate(mlmd::CheckStoreLocation(location), origin));
  if (auto* config = std::get_if<ConnectionConfig>(&location); config != nullptr && config->has_sqlite()) {
    SqliteMetadataSourceConfig& sqlite = *config->mutable_sqlite();
    // What the text forbids stays forbidden.
    if (sqlite.connection_mode() != SqliteMetadataSourceConfig::READONLY) sqlite.set_connection_mode(ModeFor(access));
  }
  return location;
}

absl::StatusOr<ConnectionConfig> LocateDatabase(const CommandContext& context, StoreAccess access) {
  ASSIGN_OR_RETURN(mlmd::StoreLocation location, LocateStore(context, access));
  if (auto* config = std::get_if<ConnectionConfig>(&location)) return std::move(*config);
  return absl::InvalidArgumentError(
      "a server is named, but this works on the database itself: name that (a SQLite file, mysql://..., "
      "postgresql://...)");
}

absl::StatusOr<std::unique_ptr<mlmd::MetadataStore>> OpenStore(const CommandContext& context, StoreAccess access) {
  ASSIGN_OR_RETURN(const mlmd::StoreLocation location, LocateStore(context, access));
  if (const auto* config = std::get_if<ConnectionConfig>(&location)) return mlmd::OpenMetadataStore(*config);
  return mlmd::ConnectMetadataStore(std::get<ml_metadata::MetadataStoreClientConfig>(location));
}

std::string NodeId(const std::vector<mlmd::Context>& contexts, const mlmd::Execution& execution) {
  std::string pipeline;
  std::string node;
  for (const mlmd::Context& context : contexts) {
    if (context.type() == "pipeline") pipeline = context.name();
    if (context.type() == "node") node = context.name();
  }
  if (!node.empty()) return node.starts_with(pipeline + ".") ? node.substr(pipeline.size() + 1) : node;
  return execution.type().substr(execution.type().rfind('.') + 1);
}

absl::StatusOr<std::string> NodeId(mlmd::MetadataStore& store, const mlmd::Execution& execution) {
  ASSIGN_OR_RETURN(const std::vector<mlmd::Context> contexts, store.GetContextsByExecution(execution.id()));
  return NodeId(contexts, execution);
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
  return value.value_case() == ml_metadata::Value::kStringValue ? value.string_value() : Dump(ToJson(value), -1);
}

std::string Dump(const nlohmann::json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
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
