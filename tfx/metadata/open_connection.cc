#include "tfx/metadata/open_connection.h"

#include <utility>

#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/mysql_connection.h"
#include "tfx/metadata/postgresql_connection.h"
#include "tfx/metadata/sqlite_connection.h"

namespace mlmd {
namespace {

using ml_metadata::ConnectionConfig;
using ml_metadata::SqliteMetadataSourceConfig;

SqliteOptions ToOptions(const ConnectionConfig& config, int busy_timeout_ms, Transactions largest) {
  SqliteOptions options{
      .filename = ":memory:", .busy_timeout_ms = busy_timeout_ms, .may_spill = largest == Transactions::kOfAllRows};
  if (!config.has_sqlite()) return options;
  if (!config.sqlite().filename_uri().empty()) options.filename = config.sqlite().filename_uri();
  if (config.sqlite().connection_mode() == SqliteMetadataSourceConfig::READONLY) {
    options.mode = SqliteOptions::Mode::kReadOnly;
  } else if (config.sqlite().connection_mode() == SqliteMetadataSourceConfig::READWRITE) {
    options.mode = SqliteOptions::Mode::kReadWrite;
  }
  return options;
}

}  // namespace

absl::Status CheckConnectionConfig(const ConnectionConfig& config) {
  switch (config.config_case()) {
    case ConnectionConfig::kMysql:
      return CheckMysql(config.mysql());
    case ConnectionConfig::kPostgresql:
      return CheckPostgresql(config.postgresql());
    case ConnectionConfig::CONFIG_NOT_SET:
      return absl::InvalidArgumentError(
          "ConnectionConfig names no database; set sqlite.filename_uri, mysql, postgresql, or fake_database for "
          "memory");
    case ConnectionConfig::kFakeDatabase:
    case ConnectionConfig::kSqlite:
      break;
  }
  return absl::OkStatus();
}

absl::StatusOr<OpenedDatabase> OpenDatabase(const ConnectionConfig& config, int busy_timeout_ms, Transactions largest) {
  OpenedDatabase database;
  switch (config.config_case()) {
    case ConnectionConfig::kFakeDatabase:
    case ConnectionConfig::kSqlite: {
      const SqliteOptions options = ToOptions(config, busy_timeout_ms, largest);
      database.in_memory = options.filename == ":memory:";
      database.read_only = options.mode == SqliteOptions::Mode::kReadOnly;
      if (!database.in_memory) database.sqlite_file = options.filename;
      database.name =
          database.in_memory ? "the metadata database in memory" : tfx::Concat("metadata database ", options.filename);
      database.open_another = [options] { return OpenSqlite(options); };
      break;
    }
    case ConnectionConfig::kMysql:
      database.name = MysqlName(config.mysql());
      database.open_another = [mysql = config.mysql(), busy_timeout_ms] { return OpenMysql(mysql, busy_timeout_ms); };
      break;
    case ConnectionConfig::kPostgresql:
      database.name = PostgresqlName(config.postgresql());
      database.open_another = [postgresql = config.postgresql(), busy_timeout_ms] {
        return OpenPostgresql(postgresql, busy_timeout_ms);
      };
      break;
    case ConnectionConfig::CONFIG_NOT_SET:
      return CheckConnectionConfig(config);
  }
  ASSIGN_OR_RETURN(database.first, database.open_another());
  return database;
}

absl::Status InTransaction(SqlConnection& sql, SqlAccess access, absl::FunctionRef<absl::Status()> body) {
  absl::Status status = sql.Begin(access);
  if (status.ok()) status = body();
  if (status.ok()) status = sql.Commit();
  if (!status.ok()) sql.Rollback();
  return status;
}

}  // namespace mlmd
