#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/migration.h"
#include "tfx/metadata/node_cache.h"
#include "tfx/metadata/open_connection.h"
#include "tfx/metadata/sql_database.h"
#include "tfx/metadata/sql_metadata_store.h"
#include "tfx/metadata/sql_schema.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

using ml_metadata::ConnectionConfig;

class WallClock final : public Clock {
 public:
  int64_t NowMillis() override {
    using std::chrono::system_clock;
    return std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch()).count();
  }
};

// Creates the schema where there is none; the version that is there.
absl::StatusOr<int64_t> PrepareSchema(const OpenedDatabase& database) {
  SqlConnection& sql = *database.first;
  std::optional<int64_t> version;
  const auto inspect = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(version, SchemaVersionOf(sql, database.name));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(InTransaction(sql, SqlAccess::kRead, inspect));
  if (version.has_value()) return *version;
  if (database.read_only) {
    return absl::FailedPreconditionError(
        Concat(database.name, ": is empty and was opened read-only; it holds no metadata yet"));
  }
  RETURN_IF_ERROR(InTransaction(sql, SqlAccess::kWrite, [&]() -> absl::Status {
    // Once more with others kept out: another process may have been faster.
    RETURN_IF_ERROR(LockDatabase(sql));
    RETURN_IF_ERROR(inspect());
    if (version.has_value()) return absl::OkStatus();
    return CreateSchema(
        sql, database.in_memory ? LayoutInMemory(ListIndexes::kNone) : LayoutOf(kSchemaVersion, sql.dialect()));
  }));
  return version.value_or(kSchemaVersion);
}

// What the options ask to do before the store is opened.
absl::Status Migrate(const ConnectionConfig& config, const OpenOptions& options, int64_t version) {
  const int64_t down = options.migration.downgrade_to_schema_version();
  if (down >= 0) {
    RETURN_IF_ERROR(
        MigrateMetadataStore(config, {.to_version = down, .busy_timeout_ms = options.busy_timeout_ms}).status());
    return absl::CancelledError(Concat("the metadata store has now schema version ", down,
                                       ", as downgrade_to_schema_version asked; it is not opened for use"));
  }
  if (version >= kSchemaVersion || !options.migration.enable_upgrade_migration()) return absl::OkStatus();
  return MigrateMetadataStore(config, {.busy_timeout_ms = options.busy_timeout_ms}).status();
}

}  // namespace

Clock& SystemClock() {
  static WallClock clock;
  return clock;
}

absl::StatusOr<std::unique_ptr<MetadataStore>> OpenMetadataStore(const ConnectionConfig& config,
                                                                 const OpenOptions& options) {
  ASSIGN_OR_RETURN(OpenedDatabase database, OpenDatabase(config, options.busy_timeout_ms));
  ASSIGN_OR_RETURN(int64_t version, PrepareSchema(database));
  if (options.migration.downgrade_to_schema_version() >= 0 ||
      (version < kSchemaVersion && options.migration.enable_upgrade_migration())) {
    database.first.reset();
    RETURN_IF_ERROR(Migrate(config, options, version));
    ASSIGN_OR_RETURN(database, OpenDatabase(config, options.busy_timeout_ms));
    ASSIGN_OR_RETURN(version, PrepareSchema(database));
  }
  RETURN_IF_ERROR(CheckCurrent(version, database.name));

  const bool one_writer = database.first->dialect() == SqlDialect::kSqlite;
  auto pool = std::make_unique<SqlDatabase>(std::move(database.first), std::move(database.open_another),
                                            database.in_memory ? 1 : options.max_connections,
                                            one_writer ? SqlDatabase::Writers::kOne : SqlDatabase::Writers::kMany);
  const auto access = database.read_only ? SqlMetadataStore::Access::kReadOnly : SqlMetadataStore::Access::kReadWrite;
  Clock& clock = options.clock != nullptr ? *options.clock : SystemClock();
  std::unique_ptr<NodeCache> nodes;
  if (one_writer && options.node_cache_bytes > 0) {
    nodes = std::make_unique<NodeCache>(static_cast<size_t>(options.node_cache_bytes));
  }
  return std::make_unique<SqlMetadataStore>(std::move(pool), std::move(database.name), access, clock, std::move(nodes),
                                            database.in_memory ? ListIndexes::kNone : ListIndexes::kAll);
}

}  // namespace mlmd
