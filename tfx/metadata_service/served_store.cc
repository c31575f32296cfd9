// Opening the database that a server serves: migration, and patience with a database that is not up yet.
#include <utility>

#include "absl/time/clock.h"
#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/migration.h"
#include "tfx/metadata_service/metadata_store_server.h"
#include "tfx/metadata_service/request_log.h"

namespace mlmd {
namespace {

using ml_metadata::ConnectionConfig;
using ::tfx::Concat;

bool IsInMemory(const ConnectionConfig& config) {
  return config.config_case() == ConnectionConfig::CONFIG_NOT_SET ||
         config.config_case() == ConnectionConfig::kFakeDatabase ||
         (config.has_sqlite() && config.sqlite().filename_uri().empty());
}

absl::Status Migrate(const ConnectionConfig& connection, const MigrationOptions& options, RequestLog& log) {
  ASSIGN_OR_RETURN(const MigrationReport report, MigrateMetadataStore(connection, options));
  if (!report.steps.empty()) {
    log.Write(
        RequestLog::Level::kInfo, "migrated",
        {{"from_version", report.from_version}, {"to_version", report.to_version}, {"backup", report.backup_file}});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<MetadataStore>> OpenOnce(const MetadataStoreServerOptions& options, RequestLog& log) {
  ConnectionConfig connection = options.config.connection_config();
  if (connection.config_case() == ConnectionConfig::CONFIG_NOT_SET) {
    log.Write(
        RequestLog::Level::kWarning, "in_memory",
        {{"message", "no connection_config is given: metadata is kept in memory and lost when the server stops"}});
    connection.mutable_fake_database();
  }
  const ml_metadata::MigrationOptions& migration = options.config.migration_options();
  if (migration.downgrade_to_schema_version() >= 0) {
    if (IsInMemory(connection)) {
      return absl::InvalidArgumentError("downgrade_to_schema_version: a database in memory has no older schema");
    }
    RETURN_IF_ERROR(Migrate(connection, {.to_version = migration.downgrade_to_schema_version()}, log));
    return absl::CancelledError(Concat("the database has schema version ", migration.downgrade_to_schema_version(),
                                       " now, for older programs; nothing is served"));
  }
  if (migration.enable_upgrade_migration() && !IsInMemory(connection)) {
    // A database that does not exist yet is made by OpenMetadataStore, in the current version.
    const absl::Status upgraded = Migrate(connection, {}, log);
    if (!upgraded.ok() && !absl::IsNotFound(upgraded)) return upgraded;
  }
  return OpenMetadataStore(connection);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetadataStore>> OpenServedStore(const MetadataStoreServerOptions& options) {
  RequestLog log(options.log);
  for (int tries_left = options.connection_retries;; --tries_left) {
    absl::StatusOr<std::unique_ptr<MetadataStore>> store = OpenOnce(options, log);
    if (store.ok() || !absl::IsUnavailable(store.status()) || tries_left <= 0) return store;
    log.Write(RequestLog::Level::kWarning, "connecting",
              {{"tries_left", tries_left}, {"error", std::string(store.status().message())}});
    absl::SleepFor(absl::Seconds(1));
  }
}

}  // namespace mlmd
