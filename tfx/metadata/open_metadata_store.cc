#include <chrono>
#include <memory>
#include <utility>

#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/sql_database.h"
#include "tfx/metadata/sql_metadata_store.h"
#include "tfx/metadata/sql_schema.h"
#include "tfx/metadata/sqlite_connection.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

using ml_metadata::ConnectionConfig;
using ml_metadata::SqliteMetadataSourceConfig;

// Readers beyond this many wait for each other.
constexpr int kMaxFileConnections = 8;

class WallClock final : public Clock {
 public:
  int64_t NowMillis() override {
    using std::chrono::system_clock;
    return std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch()).count();
  }
};

absl::Status InTransaction(SqlConnection& sql, SqlAccess access, absl::FunctionRef<absl::Status()> body) {
  absl::Status status = sql.Begin(access);
  if (status.ok()) status = body();
  if (status.ok()) status = sql.Commit();
  if (!status.ok()) sql.Rollback();
  return status;
}

absl::Status PrepareSchema(SqlConnection& sql, const std::string& name, SqliteOptions::Mode mode) {
  SchemaState state = SchemaState::kCurrent;
  const auto inspect = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(state, InspectSchema(sql, name));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(InTransaction(sql, SqlAccess::kRead, inspect));
  if (state == SchemaState::kCurrent) return absl::OkStatus();
  if (mode == SqliteOptions::Mode::kReadOnly) {
    return absl::FailedPreconditionError(Concat(name, ": is empty and was opened read-only; it holds no metadata yet"));
  }
  return InTransaction(sql, SqlAccess::kWrite, [&]() -> absl::Status {
    // Once more under the write lock: another process may have been faster.
    RETURN_IF_ERROR(inspect());
    return state == SchemaState::kEmpty ? CreateSqliteSchema(sql) : absl::OkStatus();
  });
}

absl::StatusOr<std::unique_ptr<MetadataStore>> OpenSqliteStore(const SqliteOptions& options, Clock& clock) {
  const bool in_memory = options.filename == ":memory:";
  const std::string name =
      in_memory ? "the metadata database in memory" : Concat("metadata database ", options.filename);
  ASSIGN_OR_RETURN(std::unique_ptr<SqlConnection> first, OpenSqlite(options));
  RETURN_IF_ERROR(PrepareSchema(*first, name, options.mode));
  auto database = std::make_unique<SqlDatabase>(
      std::move(first), [options] { return OpenSqlite(options); }, in_memory ? 1 : kMaxFileConnections);
  const auto access = options.mode == SqliteOptions::Mode::kReadOnly ? SqlMetadataStore::Access::kReadOnly
                                                                     : SqlMetadataStore::Access::kReadWrite;
  return std::make_unique<SqlMetadataStore>(std::move(database), name, access, clock);
}

}  // namespace

Clock& SystemClock() {
  static WallClock clock;
  return clock;
}

absl::StatusOr<std::unique_ptr<MetadataStore>> OpenMetadataStore(const ConnectionConfig& config,
                                                                 const OpenOptions& options) {
  Clock& clock = options.clock != nullptr ? *options.clock : SystemClock();
  SqliteOptions sqlite{.filename = ":memory:", .busy_timeout_ms = options.busy_timeout_ms};
  switch (config.config_case()) {
    case ConnectionConfig::kFakeDatabase:
      return OpenSqliteStore(sqlite, clock);
    case ConnectionConfig::kSqlite:
      if (!config.sqlite().filename_uri().empty()) sqlite.filename = config.sqlite().filename_uri();
      if (config.sqlite().connection_mode() == SqliteMetadataSourceConfig::READONLY) {
        sqlite.mode = SqliteOptions::Mode::kReadOnly;
      } else if (config.sqlite().connection_mode() == SqliteMetadataSourceConfig::READWRITE) {
        sqlite.mode = SqliteOptions::Mode::kReadWrite;
      }
      return OpenSqliteStore(sqlite, clock);
    case ConnectionConfig::kMysql:
    case ConnectionConfig::kPostgresql:
      return absl::UnimplementedError(
          "this build keeps metadata in SQLite only; set ConnectionConfig.sqlite.filename_uri");
    case ConnectionConfig::CONFIG_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(
      "ConnectionConfig names no database; set sqlite.filename_uri, or fake_database for memory");
}

}  // namespace mlmd
