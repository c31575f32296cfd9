#include "tfx/metadata/sql_schema.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/type_table.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

// Any number; the same in every program, so that they meet.
constexpr int64_t kAdvisoryLock = 0x6d6c6d64;

std::string Lower(std::string_view text) { return absl::AsciiStrToLower(std::string(text)); }

// Rows of (table, column).
std::string_view ColumnsQuery(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kSqlite:
      return "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'";
    case SqlDialect::kMysql:
      return "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()";
    case SqlDialect::kPostgresql:
      return "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()";
  }
  return "";
}

// Rows of (table, index, is UNIQUE constraint, column), the primary key left out.
std::string_view IndexesQuery(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kSqlite:
      return "SELECT m.name, i.name, i.origin = 'u', c.name FROM sqlite_master m JOIN pragma_index_list(m.name) i "
             "JOIN pragma_index_info(i.name) c WHERE m.type = 'table' AND i.origin <> 'pk'";
    case SqlDialect::kMysql:
      return "SELECT table_name, index_name, non_unique = 0, column_name FROM information_schema.statistics "
             "WHERE table_schema = DATABASE() AND index_name <> 'PRIMARY'";
    case SqlDialect::kPostgresql:
      return "SELECT t.relname, i.relname, x.indisunique, a.attname FROM pg_index x JOIN pg_class t ON t.oid = "
             "x.indrelid JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_attribute a ON a.attrelid = t.oid AND "
             "a.attnum = ANY(x.indkey) JOIN pg_namespace n ON n.oid = t.relnamespace WHERE NOT x.indisprimary AND "
             "n.nspname = current_schema()";
  }
  return "";
}

absl::StatusOr<std::vector<int64_t>> VersionRows(SqlConnection& sql) {
  std::vector<int64_t> versions;
  RETURN_IF_ERROR(sql.Select("SELECT schema_version FROM MLMDEnv", {}, [&](const SqlRow& row) {
    versions.push_back(row.Int(0));
    return absl::OkStatus();
  }));
  return versions;
}

}  // namespace

absl::StatusOr<StoredSchema> ReadSchema(SqlConnection& sql) {
  StoredSchema schema;
  RETURN_IF_ERROR(sql.Select(ColumnsQuery(sql.dialect()), {}, [&](const SqlRow& row) {
    schema[Lower(row.Text(0))].columns.insert(Lower(row.Text(1)));
    return absl::OkStatus();
  }));
  std::map<std::pair<std::string, std::string>, std::set<std::string>> unique;  // (table, index) -> columns
  RETURN_IF_ERROR(sql.Select(IndexesQuery(sql.dialect()), {}, [&](const SqlRow& row) {
    const std::string table = Lower(row.Text(0)), index = Lower(row.Text(1));
    if (index.rfind("sqlite_autoindex", 0) != 0) schema[table].indexes.insert(index);
    if (row.Int(2) != 0) unique[{table, index}].insert(Lower(row.Text(3)));
    return absl::OkStatus();
  }));
  for (auto& [place, columns] : unique) schema[place.first].unique_sets.insert(std::move(columns));
  return schema;
}

absl::StatusOr<std::optional<int64_t>> SchemaVersionOf(SqlConnection& sql, std::string_view database) {
  ASSIGN_OR_RETURN(const std::vector<std::string> tables, sql.TableNames());
  if (tables.empty()) return std::nullopt;
  std::set<std::string> names;
  for (const std::string& table : tables) names.insert(Lower(table));
  const bool has_env = names.count("mlmdenv") > 0;
  if (!has_env && !(names.count("type") > 0 && names.count("artifact") > 0 && names.count("execution") > 0)) {
    // PostgreSQL and MySQL databases are made by administrators and may hold other things beside ours; a file is ours
    // alone or not at all.
    const bool ours = std::all_of(names.begin(), names.end(), [](const std::string& name) {
      static const SchemaLayout& current = *new SchemaLayout(LayoutOf(kSchemaVersion, SqlDialect::kMysql));
      return std::any_of(current.tables.begin(), current.tables.end(),
                         [&](const TableLayout& table) { return Lower(table.name) == name; });
    });
    if (ours && sql.dialect() == SqlDialect::kMysql) return std::nullopt;
    return absl::FailedPreconditionError(
        Concat(database, ": not an ML Metadata store: it holds other tables (",
               absl::StrJoin(absl::MakeConstSpan(tables).subspan(0, std::min<size_t>(tables.size(), 5)), ", "),
               "); it was left as it is. Name another database"));
  }
  std::vector<int64_t> versions;
  if (has_env) {
    ASSIGN_OR_RETURN(versions, VersionRows(sql));
    if (versions.size() > 1 || (versions.empty() && sql.dialect() != SqlDialect::kMysql)) {
      return absl::FailedPreconditionError(
          Concat(database, ": table MLMDEnv has ", versions.size(), " rows where one schema version is expected"));
    }
  }
  if (versions.empty() && sql.dialect() == SqlDialect::kMysql) {
    // There each CREATE TABLE commits at once, and the version comes last: either an old store, or a new one that was
    // interrupted.
    ASSIGN_OR_RETURN(const StoredSchema schema, ReadSchema(sql));
    const auto type = schema.find("type");
    if (type == schema.end() || type->second.columns.count("is_artifact_type") == 0) return std::nullopt;
  }
  const int64_t version = versions.empty() ? 0 : versions[0];
  if (version < 0 || version > kSchemaVersion) return version;
  for (const TableLayout& table : LayoutOf(version, sql.dialect()).tables) {
    if (names.count(Lower(table.name)) == 0) {
      return absl::DataLossError(Concat(database, ": table ", table.name, " of ML Metadata's schema is missing"));
    }
  }
  return version;
}

absl::Status CheckCurrent(int64_t version, std::string_view database) {
  if (version == kSchemaVersion) return absl::OkStatus();
  if (version > kSchemaVersion) {
    return absl::FailedPreconditionError(Concat(database, ": ML Metadata schema version ", version,
                                                " is newer than this program's version ", kSchemaVersion,
                                                "; use a newer program, or another database"));
  }
  return absl::FailedPreconditionError(Concat(
      database, ": ML Metadata schema version ", version, " is older than this program's version ", kSchemaVersion,
      "; upgrade it with 'tfx metadata migrate' (which makes a backup of a SQLite file) or enable_upgrade_migration"));
}

absl::Status CreateSchema(SqlConnection& sql, const SchemaLayout& layout) {
  RETURN_IF_ERROR(LockDatabase(sql));
  ASSIGN_OR_RETURN(const StoredSchema stored, ReadSchema(sql));
  const IndexPlace place = sql.dialect() == SqlDialect::kMysql ? IndexPlace::kInside : IndexPlace::kApart;
  for (const TableLayout& table : layout.tables) {
    if (!stored.contains(Lower(table.name))) RETURN_IF_ERROR(sql.Run(CreateTableSql(table, table.name, place), {}));
  }
  RETURN_IF_ERROR(CreateMissingIndexes(sql, layout));
  if (sql.dialect() == SqlDialect::kMysql) RETURN_IF_ERROR(sql.Begin(SqlAccess::kWrite));
  ASSIGN_OR_RETURN(const std::vector<int64_t> versions, VersionRows(sql));
  if (!versions.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(InsertSystemTypes(sql));
  return sql.Run("INSERT INTO MLMDEnv (schema_version) VALUES (?)", {kSchemaVersion});
}

absl::Status CreateMissingIndexes(SqlConnection& sql, const SchemaLayout& layout) {
  ASSIGN_OR_RETURN(const StoredSchema stored, ReadSchema(sql));
  for (const TableLayout& table : layout.tables) {
    for (const IndexLayout& index : table.indexes) {
      if (stored.at(Lower(table.name)).indexes.contains(index.name)) continue;
      RETURN_IF_ERROR(sql.Run(CreateIndexSql(table, index), {}));
    }
  }
  return absl::OkStatus();
}

absl::Status InsertSystemTypes(SqlConnection& sql) {
  for (const SystemType& type : SystemTypes()) {
    ASSIGN_OR_RETURN(const std::optional<int64_t> id, FindTypeId(sql, type.kind, type.name, ""));
    if (id.has_value()) continue;
    RETURN_IF_ERROR(sql.Run("INSERT INTO Type (name, type_kind) VALUES (?, ?)",
                            {std::string_view(type.name), static_cast<int64_t>(type.kind)}));
  }
  return absl::OkStatus();
}

absl::Status LockTypes(SqlConnection& sql) {
  const auto ignore = [](const SqlRow&) { return absl::OkStatus(); };
  switch (sql.dialect()) {
    case SqlDialect::kSqlite:
      return absl::OkStatus();
    case SqlDialect::kMysql:
      return sql.Select("SELECT schema_version FROM MLMDEnv FOR UPDATE", {}, ignore);
    case SqlDialect::kPostgresql:
      return sql.Select("SELECT pg_advisory_xact_lock(?)", {kAdvisoryLock}, ignore);
  }
  return absl::OkStatus();
}

absl::Status LockDatabase(SqlConnection& sql) {
  if (sql.dialect() != SqlDialect::kMysql) return LockTypes(sql);
  return sql.Select("SELECT GET_LOCK(CONCAT('mlmd.', MD5(DATABASE())), 60)", {}, [](const SqlRow& row) {
    if (row.Int(0) == 1) return absl::OkStatus();
    return absl::AbortedError("another program has been creating or migrating this store for 60 s; try again");
  });
}

}  // namespace mlmd
