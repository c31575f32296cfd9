#include "tfx/metadata/migration.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/open_connection.h"
#include "tfx/metadata/schema_layout.h"
#include "tfx/metadata/sql_schema.h"

namespace mlmd {
namespace {

using ::tfx::Append;
using ::tfx::Concat;

using RowCounts = std::map<std::string, int64_t>;  // by table

std::string Lower(std::string_view text) { return absl::AsciiStrToLower(std::string(text)); }

absl::StatusOr<int64_t> Count(SqlConnection& sql, const std::string& from_where) {
  int64_t count = 0;
  RETURN_IF_ERROR(sql.Select(Concat("SELECT COUNT(*) FROM ", from_where), {}, [&](const SqlRow& row) {
    count = row.Int(0);
    return absl::OkStatus();
  }));
  return count;
}

// A column that is only named otherwise is neither new nor gone.
const ColumnLayout* Renamed(const TableLayout& from, const ColumnLayout& column) {
  return column.previous_name.empty() ? nullptr : from.Find(column.previous_name);
}

bool SameTable(const TableLayout& a, const TableLayout& b) { return a.columns == b.columns && a.unique == b.unique; }

// Rows of `table` that hold nothing but what `to` has no column for.
std::string RowsWithoutValue(const TableLayout& from, const TableLayout& to) {
  std::string condition;
  for (const ColumnLayout& column : from.columns) {
    if (!absl::EndsWith(column.name, "_value") || to.Find(column.name) == nullptr) continue;
    Append(&condition, condition.empty() ? "" : " AND ", column.name, " IS NULL");
  }
  return condition;
}

bool IsPropertyTable(const TableLayout& table) {
  return absl::EndsWith(table.name, "Property") && table.name != "TypeProperty";
}

// Of two events of one kind between the same nodes, the one put last stays.
constexpr const char* kRepeatedEvents =
    "Event WHERE id NOT IN (SELECT last_id FROM (SELECT MAX(id) AS last_id FROM Event GROUP BY artifact_id, "
    "execution_id, type) K)";
constexpr const char* kPathsWithoutEvent = "EventPath WHERE event_id NOT IN (SELECT id FROM Event)";
constexpr const char* kContextTypes = "Type WHERE type_kind = 2";
constexpr const char* kPropertiesOfContextTypes =
    "TypeProperty WHERE type_id IN (SELECT id FROM Type WHERE type_kind = 2)";

// What a step deletes before it changes tables, as the FROM and WHERE of the rows, and why.
struct Deletion {
  std::string rows;
  std::string table;
  std::string what;
};

std::vector<Deletion> DeletionsOf(const SchemaLayout& from, const SchemaLayout& to) {
  std::vector<Deletion> deletions;
  if (from.version == 7 && to.version == 8) {
    deletions.push_back({kRepeatedEvents, "Event", "repeated events, of which the last stays"});
    deletions.push_back({kPathsWithoutEvent, "EventPath", "paths of events that are not there"});
  }
  if (from.version == 2 && to.version == 1) {
    deletions.push_back({kPropertiesOfContextTypes, "TypeProperty", "properties of context types"});
    deletions.push_back({kContextTypes, "Type", "context types"});
  }
  for (const TableLayout& table : from.tables) {
    const TableLayout* after = to.Find(table.name);
    if (!IsPropertyTable(table) || after == nullptr || after->columns.size() >= table.columns.size()) continue;
    const std::string condition = RowsWithoutValue(table, *after);
    deletions.push_back({Concat(table.name, " WHERE ", condition), table.name, "properties of kinds unknown there"});
  }
  return deletions;
}

// In words, for the report.
std::vector<std::string> Describe(const SchemaLayout& from, const SchemaLayout& to) {
  std::vector<std::string> changes;
  for (const Deletion& deletion : DeletionsOf(from, to)) {
    changes.push_back(Concat("table ", deletion.table, ": delete ", deletion.what));
  }
  for (const TableLayout& table : to.tables) {
    const TableLayout* before = from.Find(table.name);
    if (before == nullptr) {
      changes.push_back(Concat("create table ", table.name));
      continue;
    }
    for (const ColumnLayout& column : table.columns) {
      const ColumnLayout* same = before->Find(column.name);
      if (same == nullptr) {
        const ColumnLayout* old = Renamed(*before, column);
        changes.push_back(old != nullptr
                              ? Concat("table ", table.name, ": rename column ", old->name, " to ", column.name)
                              : Concat("table ", table.name, ": add column ", column.name));
      } else if (!(*same == column)) {
        changes.push_back(Concat("table ", table.name, ": column ", column.name, " becomes ", column.definition));
      }
    }
    for (const ColumnLayout& column : before->columns) {
      if (table.Find(column.name) == nullptr && Renamed(table, column) == nullptr) {
        changes.push_back(Concat("table ", table.name, ": drop column ", column.name));
      }
    }
    const auto unique_changes = [&](const TableLayout& a, const TableLayout& b, std::string_view verb) {
      for (const UniqueLayout& unique : a.unique) {
        if (std::find(b.unique.begin(), b.unique.end(), unique) == b.unique.end()) {
          changes.push_back(Concat("table ", table.name, ": ", verb, " unique ", absl::StrJoin(unique.columns, ", ")));
        }
      }
    };
    unique_changes(*before, table, "drop");
    unique_changes(table, *before, "add");
  }
  for (const TableLayout& table : from.tables) {
    if (to.Find(table.name) == nullptr) changes.push_back(Concat("drop table ", table.name));
  }
  const auto index_changes = [&](const SchemaLayout& a, const SchemaLayout& b, std::string_view verb) {
    for (const TableLayout& table : a.tables) {
      const TableLayout* other = b.Find(table.name);
      if (other == nullptr) continue;
      for (const IndexLayout& index : table.indexes) {
        const auto same = [&](const IndexLayout& i) { return i.name == index.name; };
        if (std::none_of(other->indexes.begin(), other->indexes.end(), same)) {
          changes.push_back(Concat(verb, " index ", index.name));
        }
      }
    }
  };
  index_changes(from, to, "drop");
  index_changes(to, from, "create");
  return changes;
}

// Brings the tables from one version to its neighbour. Looks at what is there, not at what should be, so that MySQL's
// half-done step can be done again.
class Step {
 public:
  Step(SqlConnection& sql, const SchemaLayout& from, const SchemaLayout& to) : sql_(sql), from_(from), to_(to) {}

  absl::Status ChangeTables() {
    ASSIGN_OR_RETURN(stored_, ReadSchema(sql_));
    for (const Deletion& deletion : DeletionsOf(from_, to_)) {
      if (CanDelete(deletion)) RETURN_IF_ERROR(sql_.Run(Concat("DELETE FROM ", deletion.rows), {}));
    }
    for (const TableLayout& table : to_.tables) RETURN_IF_ERROR(ChangeTable(table));
    return absl::OkStatus();
  }

  // Where MySQL is interrupted, all tables of the version that MLMDEnv names are there: only now, ...
  absl::Status SetVersion() {
    if (to_.version == 0) return absl::OkStatus();
    return sql_.Run(from_.version == 0 ? "INSERT INTO MLMDEnv (schema_version) VALUES (?)"
                                       : "UPDATE MLMDEnv SET schema_version = ?",
                    {to_.version});
  }

  // ... and these after it.
  absl::Status DropTables() {
    for (const TableLayout& table : from_.tables) {
      if (to_.Find(table.name) != nullptr || stored_.count(Lower(table.name)) == 0) continue;
      RETURN_IF_ERROR(sql_.Run(Concat("DROP TABLE ", table.name), {}));
    }
    return absl::OkStatus();
  }

 private:
  // A step that MySQL interrupted may have dropped the columns already that name the rows.
  bool CanDelete(const Deletion& deletion) const {
    const auto table = stored_.find(Lower(deletion.table));
    if (table == stored_.end()) return false;
    return !(from_.version == 2 && to_.version == 1) || stored_.at("type").columns.count("type_kind") > 0;
  }

  bool HasColumn(const TableLayout& table, const std::string& column) const {
    const auto found = stored_.find(Lower(table.name));
    return found != stored_.end() && found->second.columns.count(Lower(column)) > 0;
  }

  absl::Status ChangeTable(const TableLayout& table) {
    const TableLayout* before = from_.Find(table.name);
    const auto there = stored_.find(Lower(table.name));
    std::set<std::string> indexes;
    if (there == stored_.end()) {
      RETURN_IF_ERROR(sql_.Run(CreateTableSql(table, table.name), {}));
    } else if (before != nullptr && !SameTable(*before, table)) {
      if (sql_.dialect() == SqlDialect::kSqlite) {
        RETURN_IF_ERROR(Rebuild(*before, table));
      } else {
        indexes = there->second.indexes;
        RETURN_IF_ERROR(DropIndexes(*before, table, &indexes));
        RETURN_IF_ERROR(Alter(*before, table));
      }
    } else {
      indexes = there->second.indexes;
      if (before != nullptr) RETURN_IF_ERROR(DropIndexes(*before, table, &indexes));
    }
    for (const IndexLayout& index : table.indexes) {
      if (indexes.count(index.name) == 0) RETURN_IF_ERROR(sql_.Run(CreateIndexSql(table, index), {}));
    }
    return absl::OkStatus();
  }

  absl::Status DropIndexes(const TableLayout& before, const TableLayout& after, std::set<std::string>* indexes) {
    for (const IndexLayout& index : before.indexes) {
      const auto same = [&](const IndexLayout& i) { return i.name == index.name; };
      if (std::any_of(after.indexes.begin(), after.indexes.end(), same) || indexes->erase(index.name) == 0) continue;
      RETURN_IF_ERROR(sql_.Run(sql_.dialect() == SqlDialect::kMysql
                                   ? Concat("ALTER TABLE ", after.name, " DROP INDEX ", index.name)
                                   : Concat("DROP INDEX ", index.name),
                               {}));
    }
    return absl::OkStatus();
  }

  // SQLite: a new table of the new form takes the rows and the name. What others built upon the table is kept.
  absl::Status Rebuild(const TableLayout& before, const TableLayout& after) {
    std::set<std::string> ours;
    for (const IndexLayout& index : before.indexes) ours.insert(index.name);
    std::vector<std::string> theirs;
    RETURN_IF_ERROR(
        sql_.Select("SELECT name, sql FROM sqlite_master WHERE tbl_name = ? AND type <> 'table' AND sql IS "
                    "NOT NULL",
                    {std::string_view(after.name)}, [&](const SqlRow& row) {
                      if (ours.count(std::string(row.Text(0))) == 0) theirs.emplace_back(row.Text(1));
                      return absl::OkStatus();
                    }));
    const std::string fresh = Concat(after.name, "Migrated");
    RETURN_IF_ERROR(sql_.Run(CreateTableSql(after, fresh), {}));
    std::vector<std::string> into, out_of;
    for (const ColumnLayout& column : after.columns) {
      const ColumnLayout* source = before.Find(column.name);
      if (source == nullptr) source = Renamed(before, column);
      if (source == nullptr) continue;
      into.push_back(column.name);
      out_of.push_back(source->name);
    }
    RETURN_IF_ERROR(sql_.Run(Concat("INSERT INTO ", fresh, " (", absl::StrJoin(into, ", "), ") SELECT ",
                                    absl::StrJoin(out_of, ", "), " FROM ", after.name, " ORDER BY rowid"),
                             {}));
    if (after.Find("id") != nullptr) {
      // The next id is the one it would have been: no id is given twice, not even of rows that are gone.
      RETURN_IF_ERROR(sql_.Run("DELETE FROM sqlite_sequence WHERE name = ?", {std::string_view(fresh)}));
      RETURN_IF_ERROR(
          sql_.Run("INSERT INTO sqlite_sequence (name, seq) SELECT ?, seq FROM sqlite_sequence WHERE name = ?",
                   {std::string_view(fresh), std::string_view(after.name)}));
    }
    RETURN_IF_ERROR(sql_.Run(Concat("DROP TABLE ", after.name), {}));
    RETURN_IF_ERROR(sql_.Run(Concat("ALTER TABLE ", fresh, " RENAME TO ", after.name), {}));
    for (const std::string& statement : theirs) RETURN_IF_ERROR(sql_.Run(statement, {}));
    return absl::OkStatus();
  }

  absl::Status Alter(const TableLayout& before, const TableLayout& after) {
    const bool mysql = sql_.dialect() == SqlDialect::kMysql;
    const StoredTable& there = stored_.at(Lower(after.name));
    const auto alter = [&](const auto&... parts) {
      return sql_.Run(Concat("ALTER TABLE ", after.name, " ", parts...), {});
    };
    const auto has_unique = [&](const UniqueLayout& unique) {
      return there.unique_sets.count({unique.columns.begin(), unique.columns.end()}) > 0;
    };
    for (const UniqueLayout& unique : before.unique) {
      if (std::find(after.unique.begin(), after.unique.end(), unique) != after.unique.end() || !has_unique(unique)) {
        continue;
      }
      RETURN_IF_ERROR(alter(mysql ? "DROP INDEX " : "DROP CONSTRAINT ", unique.name));
    }
    for (const ColumnLayout& column : after.columns) {
      const ColumnLayout* old = Renamed(before, column);
      if (old != nullptr && HasColumn(after, old->name)) {
        RETURN_IF_ERROR(mysql ? alter("CHANGE ", old->name, " ", column.name, " ", column.definition)
                              : alter("RENAME COLUMN ", old->name, " TO ", column.name));
      } else if (!HasColumn(after, column.name)) {
        RETURN_IF_ERROR(alter("ADD COLUMN ", column.name, " ", column.definition));
      } else if (const ColumnLayout* same = before.Find(column.name); mysql && same != nullptr && !(*same == column)) {
        RETURN_IF_ERROR(alter("MODIFY ", column.name, " ", column.definition));
      }
    }
    for (const ColumnLayout& column : before.columns) {
      if (after.Find(column.name) != nullptr || Renamed(after, column) != nullptr || !HasColumn(after, column.name)) {
        continue;
      }
      RETURN_IF_ERROR(alter("DROP COLUMN ", column.name));
    }
    for (const UniqueLayout& unique : after.unique) {
      if (std::find(before.unique.begin(), before.unique.end(), unique) == before.unique.end() && !has_unique(unique)) {
        RETURN_IF_ERROR(alter("ADD ", UniqueSql(unique)));
      }
    }
    return absl::OkStatus();
  }

  SqlConnection& sql_;
  const SchemaLayout& from_;
  const SchemaLayout& to_;
  StoredSchema stored_;
};

// The tables are those of the layout: every column, constraint and index it names, and on SQLite, whose tables are
// built anew, no column beside.
absl::Status CheckLayout(SqlConnection& sql, const SchemaLayout& layout, const std::string& database) {
  ASSIGN_OR_RETURN(const StoredSchema stored, ReadSchema(sql));
  const auto differs = [&](const auto&... parts) {
    return absl::FailedPreconditionError(Concat(database, ": its tables are not those of schema version ",
                                                layout.version, ": ", parts..., "; it was left as it is"));
  };
  for (const TableLayout& table : layout.tables) {
    const auto found = stored.find(Lower(table.name));
    if (found == stored.end()) return differs("table ", table.name, " is missing");
    for (const ColumnLayout& column : table.columns) {
      if (found->second.columns.count(Lower(column.name)) == 0) {
        return differs("table ", table.name, " has no column ", column.name);
      }
    }
    if (layout.dialect == SqlDialect::kSqlite && found->second.columns.size() != table.columns.size()) {
      return differs("table ", table.name, " has ", found->second.columns.size(), " columns where ",
                     table.columns.size(), " are expected");
    }
    for (const UniqueLayout& unique : table.unique) {
      if (found->second.unique_sets.count({unique.columns.begin(), unique.columns.end()}) == 0) {
        return differs("table ", table.name, " does not keep ", absl::StrJoin(unique.columns, ", "), " unique");
      }
    }
  }
  return absl::OkStatus();
}

absl::Status CheckIndexes(SqlConnection& sql, const SchemaLayout& layout, const std::string& database) {
  ASSIGN_OR_RETURN(const StoredSchema stored, ReadSchema(sql));
  for (const TableLayout& table : layout.tables) {
    for (const IndexLayout& index : table.indexes) {
      if (stored.at(Lower(table.name)).indexes.count(index.name) == 0) {
        return absl::InternalError(Concat(database, ": index ", index.name, " is missing after the migration"));
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<RowCounts> CountRows(SqlConnection& sql, const SchemaLayout& layout) {
  RowCounts counts;
  for (const TableLayout& table : layout.tables) {
    if (table.name == "MLMDEnv") continue;
    ASSIGN_OR_RETURN(counts[table.name], Count(sql, table.name));
  }
  return counts;
}

// One step with its verification, inside a transaction.
absl::Status RunStep(SqlConnection& sql, const SchemaLayout& from, const SchemaLayout& to,
                     const std::string& database) {
  const bool mysql = sql.dialect() == SqlDialect::kMysql;
  // MySQL's step may be half done: there only the end is checked.
  RowCounts before;
  if (!mysql) {
    RETURN_IF_ERROR(CheckLayout(sql, from, database));
    ASSIGN_OR_RETURN(before, CountRows(sql, from));
    std::map<std::string, int64_t> gone;
    for (const Deletion& deletion : DeletionsOf(from, to)) {
      ASSIGN_OR_RETURN(const int64_t count, Count(sql, deletion.rows));
      // The paths of events that this step itself deletes are counted when they are gone, below.
      gone[deletion.table] += count;
    }
    for (const auto& [table, count] : gone) before[table] -= count;
  }
  Step step(sql, from, to);
  RETURN_IF_ERROR(step.ChangeTables());
  RETURN_IF_ERROR(CheckLayout(sql, to, database));
  RETURN_IF_ERROR(CheckIndexes(sql, to, database));
  ASSIGN_OR_RETURN(const RowCounts after, CountRows(sql, to));
  for (const auto& [table, count] : after) {
    const auto expected = before.find(table);
    if (expected == before.end() || (from.version == 7 && to.version == 8 && table == "EventPath")) continue;
    if (count != expected->second) {
      return absl::InternalError(Concat(database, ": table ", table, " has ", count, " rows after the migration where ",
                                        expected->second, " are expected; nothing was changed"));
    }
  }
  if (to.version == kSchemaVersion) RETURN_IF_ERROR(InsertSystemTypes(sql));
  RETURN_IF_ERROR(step.SetVersion());
  return step.DropTables();
}

absl::StatusOr<std::vector<MigrationLoss>> Losses(SqlConnection& sql, const SchemaLayout& from, int64_t to_version) {
  std::vector<MigrationLoss> losses;
  const auto add = [&](std::string what, const std::string& rows) -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t count, Count(sql, rows));
    if (count > 0) losses.push_back({std::move(what), count});
    return absl::OkStatus();
  };
  if (to_version > from.version) {
    if (from.version <= 7 && to_version >= 8) RETURN_IF_ERROR(add("repeated events", kRepeatedEvents));
    return losses;
  }
  const SchemaLayout to = LayoutOf(to_version, from.dialect);
  for (const TableLayout& table : from.tables) {
    const TableLayout* after = to.Find(table.name);
    if (after == nullptr) {
      if (table.name != "MLMDEnv") RETURN_IF_ERROR(add(Concat("rows of table ", table.name), table.name));
      continue;
    }
    for (const ColumnLayout& column : table.columns) {
      if (after->Find(column.name) != nullptr || Renamed(*after, column) != nullptr) continue;
      const bool zero = absl::EndsWith(column.name, "_time_since_epoch");
      RETURN_IF_ERROR(add(Concat("values of column ", table.name, ".", column.name),
                          Concat(table.name, " WHERE ", column.name, zero ? " <> 0" : " IS NOT NULL")));
    }
  }
  if (from.version >= 2 && to_version < 2) RETURN_IF_ERROR(add("context types", kContextTypes));
  return losses;
}

// A path that does not exist beside the file; "" where there is no file to copy.
std::string BackupPath(const std::string& file, int64_t version) {
  if (file.empty()) return "";
  std::string path = file;
  if (absl::StartsWith(path, "file:")) {
    path = path.substr(5, path.find('?') == std::string::npos ? std::string::npos : path.find('?') - 5);
  }
  const std::string backup = Concat(path, ".v", version, ".backup");
  std::error_code ignored;
  for (int n = 0;; ++n) {
    std::string candidate = n == 0 ? backup : Concat(backup, ".", n);
    if (!std::filesystem::exists(candidate, ignored)) return candidate;
  }
}

}  // namespace

absl::StatusOr<MigrationReport> MigrateMetadataStore(const ml_metadata::ConnectionConfig& config,
                                                     const MigrationOptions& options) {
  // A store that does not exist is not created here.
  ml_metadata::ConnectionConfig existing = config;
  if (config.has_sqlite() && config.sqlite().connection_mode() != ml_metadata::SqliteMetadataSourceConfig::READONLY) {
    existing.mutable_sqlite()->set_connection_mode(options.dry_run
                                                       ? ml_metadata::SqliteMetadataSourceConfig::READONLY
                                                       : ml_metadata::SqliteMetadataSourceConfig::READWRITE);
  }
  if (config.has_mysql()) existing.mutable_mysql()->set_skip_db_creation(true);
  if (config.has_postgresql()) existing.mutable_postgresql()->set_skip_db_creation(true);
  ASSIGN_OR_RETURN(OpenedDatabase database, OpenDatabase(existing, options.busy_timeout_ms, Transactions::kOfAllRows));
  SqlConnection& sql = *database.first;
  const int64_t oldest = sql.dialect() == SqlDialect::kPostgresql ? 1 : 0;
  if (options.to_version < oldest || options.to_version > kSchemaVersion) {
    return absl::InvalidArgumentError(Concat("schema version ", options.to_version,
                                             " does not exist here; give one from ", oldest, " to ", kSchemaVersion));
  }
  if (database.read_only && !options.dry_run) {
    return absl::FailedPreconditionError(Concat(database.name, ": was opened read-only; it cannot be migrated"));
  }

  MigrationReport report{.to_version = options.to_version, .dry_run = options.dry_run};
  const auto plan = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<int64_t> version, SchemaVersionOf(sql, database.name));
    if (!version.has_value()) {
      return absl::FailedPreconditionError(Concat(database.name, ": is empty; there is nothing to migrate"));
    }
    if (*version > kSchemaVersion) return CheckCurrent(*version, database.name);
    report.from_version = *version;
    const SchemaLayout from = LayoutOf(*version, sql.dialect());
    // MySQL may have stopped half-way, with some tables of the next version already.
    if (*version != options.to_version && sql.dialect() != SqlDialect::kMysql) {
      RETURN_IF_ERROR(CheckLayout(sql, from, database.name));
    }
    if (sql.dialect() == SqlDialect::kMysql && !CheckLayout(sql, from, database.name).ok()) return absl::OkStatus();
    ASSIGN_OR_RETURN(report.losses, Losses(sql, from, options.to_version));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(InTransaction(sql, SqlAccess::kRead, plan));
  if (report.from_version == report.to_version) return report;

  const int64_t direction = report.to_version > report.from_version ? 1 : -1;
  if (options.backup) report.backup_file = BackupPath(database.sqlite_file, report.from_version);
  if (!options.dry_run && !report.backup_file.empty()) {
    const absl::Status copied = sql.Run("VACUUM INTO ?", {std::string_view(report.backup_file)});
    if (!copied.ok()) {
      return absl::Status(copied.code(), Concat("the backup ", report.backup_file,
                                                " could not be written, so nothing was migrated: ", copied.message()));
    }
  }
  for (int64_t version = report.from_version; version != report.to_version; version += direction) {
    const SchemaLayout from = LayoutOf(version, sql.dialect()), to = LayoutOf(version + direction, sql.dialect());
    report.steps.push_back({version, version + direction, Describe(from, to)});
    if (options.dry_run) continue;
    RETURN_IF_ERROR(InTransaction(sql, SqlAccess::kWrite, [&]() -> absl::Status {
      RETURN_IF_ERROR(LockDatabase(sql));
      ASSIGN_OR_RETURN(const std::optional<int64_t> now, SchemaVersionOf(sql, database.name));
      if (now != version) {
        return absl::AbortedError(Concat(database.name, ": another program changed its schema version meanwhile"));
      }
      return RunStep(sql, from, to, database.name);
    }));
  }
  return report;
}

}  // namespace mlmd
