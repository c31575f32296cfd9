#include "tfx/metadata/schema_layout.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "tfx/base/concat.h"

namespace mlmd {
namespace {

using ::tfx::Append;
using ::tfx::Concat;

enum class Kind { kId, kInt, kTime, kName, kText, kLongText, kDouble, kBytes, kTruth, kFlag, kTypeKind, kVersion };

std::string TypeSql(Kind kind, int64_t version, SqlDialect dialect) {
  const bool sqlite = dialect == SqlDialect::kSqlite, mysql = dialect == SqlDialect::kMysql;
  switch (kind) {
    case Kind::kId:
      return sqlite  ? "INTEGER PRIMARY KEY AUTOINCREMENT"
             : mysql ? "INT PRIMARY KEY AUTO_INCREMENT"
                     : "SERIAL PRIMARY KEY";
    case Kind::kInt:
      return "INT";
    case Kind::kTime:
      return sqlite ? "INT" : "BIGINT";
    case Kind::kName:
      return "VARCHAR(255)";
    case Kind::kText:
      return "TEXT";
    case Kind::kLongText:
      return mysql && version >= 7 ? "MEDIUMTEXT" : "TEXT";
    case Kind::kDouble:
      return dialect == SqlDialect::kPostgresql ? "DOUBLE PRECISION" : "DOUBLE";
    case Kind::kBytes:
      return sqlite ? "BLOB" : mysql ? "MEDIUMBLOB" : "BYTEA";
    case Kind::kTruth:
      return "BOOLEAN";
    case Kind::kFlag:
      return dialect == SqlDialect::kPostgresql ? "BOOLEAN" : "TINYINT(1)";
    case Kind::kTypeKind:
      return dialect == SqlDialect::kPostgresql ? "SMALLINT" : "TINYINT(1)";
    case Kind::kVersion:
      return sqlite ? "INTEGER PRIMARY KEY" : "INT PRIMARY KEY";
  }
  return "";
}

// Collects what a version has; what came later is left out.
class Builder {
 public:
  Builder(int64_t version, SqlDialect dialect) : version_(version) {
    layout_.version = version;
    layout_.dialect = dialect;
  }

  void Table(std::string name, int64_t since, std::vector<std::string> primary_key = {}) {
    in_table_ = version_ >= since;
    if (in_table_) layout_.tables.push_back({.name = std::move(name), .primary_key = std::move(primary_key)});
  }
  void Column(std::string name, Kind kind, std::string_view constraint = "", int64_t since = 0) {
    if (!in_table_ || version_ < since) return;
    std::string definition = TypeSql(kind, version_, layout_.dialect);
    if (!constraint.empty()) Append(&definition, " ", constraint);
    Last().columns.push_back({.name = std::move(name), .definition = std::move(definition)});
  }
  // `name` is only MySQL's and PostgreSQL's.
  void Unique(std::string_view name, std::vector<std::string> columns, int64_t since = 0) {
    if (!in_table_ || version_ < since) return;
    Last().unique.push_back(
        {.name = layout_.dialect == SqlDialect::kSqlite ? "" : std::string(name), .columns = std::move(columns)});
  }
  void Index(std::string name, std::string on, int64_t since, int64_t until = kSchemaVersion) {
    if (in_table_ && version_ >= since && version_ <= until) Last().indexes.push_back({std::move(name), std::move(on)});
  }
  void ListIndex(std::string name, std::string on, int64_t since) {
    if (in_table_ && version_ >= since) Last().indexes.push_back({std::move(name), std::move(on), ListIndexes::kAll});
  }

  // An artifact, execution or context; `Own` adds the columns of this kind alone.
  template <typename Own>
  void Node(const std::string& table, int64_t since, Own own, std::string_view name_constraint,
            std::string_view unique_name, int64_t name_since) {
    const std::string lower = absl::AsciiStrToLower(table);
    Table(table, since);
    Column("id", Kind::kId);
    Column("type_id", Kind::kInt, "NOT NULL");
    own();
    Column("name", Kind::kName, name_constraint, name_since);
    Column("external_id", Kind::kName, "UNIQUE", 9);
    Column("create_time_since_epoch", Kind::kTime, "NOT NULL DEFAULT 0", 5);
    Column("last_update_time_since_epoch", Kind::kTime, "NOT NULL DEFAULT 0", 5);
    Unique(unique_name, {"type_id", "name"}, name_since);
    if (table == "Artifact") {
      ListIndex("idx_artifact_uri", layout_.dialect == SqlDialect::kMysql ? "(uri(255))" : "(uri)", 6);
    }
    ListIndex(Concat("idx_", lower, "_create_time_since_epoch"), "(create_time_since_epoch)", 6);
    ListIndex(Concat("idx_", lower, "_last_update_time_since_epoch"), "(last_update_time_since_epoch)", 6);
    Index(Concat("idx_", lower, "_external_id"), "(external_id)", 9);

    const std::string id = Concat(lower, "_id");
    Table(Concat(table, "Property"), since, {id, "name", "is_custom_property"});
    Column(id, Kind::kInt, "NOT NULL");
    Column("name", Kind::kName, "NOT NULL");
    Column("is_custom_property", Kind::kFlag, "NOT NULL");
    Column("int_value", Kind::kInt);
    Column("double_value", Kind::kDouble);
    Column("string_value", Kind::kLongText);
    Column("byte_value", Kind::kBytes, "", 7);
    Column("proto_value", Kind::kBytes, "", 10);
    Column("bool_value", Kind::kTruth, "", 10);
    for (const char* type : {"int", "double", "string"}) {
      const bool prefix = layout_.dialect == SqlDialect::kMysql && type == std::string_view("string");
      std::string on = Concat("(name, is_custom_property, ", type, "_value", prefix ? "(255)" : "", ")");
      if (layout_.dialect == SqlDialect::kSqlite) Append(&on, " WHERE ", type, "_value IS NOT NULL");
      ListIndex(Concat("idx_", lower, "_property_", type), std::move(on), 8);
    }
  }

  // A pair of ids that is its own key.
  void Pair(std::string table, const char* first, const char* second) {
    Table(std::move(table), 6, {first, second});
    Column(first, Kind::kInt, "NOT NULL");
    Column(second, Kind::kInt, "NOT NULL");
  }

  // Ties a context to a node.
  void Link(std::string table, const char* node) {
    Table(std::move(table), 4);
    Column("id", Kind::kId);
    Column("context_id", Kind::kInt, "NOT NULL");
    Column(node, Kind::kInt, "NOT NULL");
    Unique("", {"context_id", node});
  }

  TableLayout& Last() { return layout_.tables.back(); }
  SchemaLayout Take() { return std::move(layout_); }

 private:
  const int64_t version_;
  bool in_table_ = false;
  SchemaLayout layout_;
};

}  // namespace

const ColumnLayout* TableLayout::Find(std::string_view column) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const ColumnLayout& c) { return c.name == column; });
  return found == columns.end() ? nullptr : &*found;
}

const TableLayout* SchemaLayout::Find(std::string_view table) const {
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const TableLayout& t) { return t.name == table; });
  return found == tables.end() ? nullptr : &*found;
}

SchemaLayout LayoutOf(int64_t version, SqlDialect dialect) {
  Builder b(version, dialect);
  b.Table("Type", 0);
  b.Column("id", Kind::kId);
  b.Column("name", Kind::kName, "NOT NULL");
  b.Column("version", Kind::kName, "", 6);
  b.Column(version >= 2 ? "type_kind" : "is_artifact_type", Kind::kTypeKind, "NOT NULL");
  b.Last().columns.back().previous_name = version >= 2 ? "is_artifact_type" : "type_kind";
  b.Column("description", Kind::kText, "", 6);
  b.Column("input_type", Kind::kText);
  b.Column("output_type", Kind::kText);
  b.Column("external_id", Kind::kName, "UNIQUE", 9);
  b.Index("idx_type_name", "(name)", 6);
  b.Index("idx_type_external_id", "(external_id)", 9);

  b.Table("TypeProperty", 0, {"type_id", "name"});
  b.Column("type_id", Kind::kInt, "NOT NULL");
  b.Column("name", Kind::kName, "NOT NULL");
  b.Column("data_type", Kind::kInt, "NULL");
  b.Pair("ParentType", "type_id", "parent_type_id");

  b.Node(
      "Artifact", 0,
      [&] {
        b.Column("uri", Kind::kText);
        b.Column("state", Kind::kInt, "", 5);
      },
      "", "UniqueArtifactTypeName", 5);
  b.Node(
      "Execution", 0, [&] { b.Column("last_known_state", Kind::kInt, "", 5); }, "", "UniqueExecutionTypeName", 5);
  b.Node(
      "Context", 3, [] {}, "NOT NULL", "", 3);

  b.Table("Event", 0);
  b.Column("id", Kind::kId);
  b.Column("artifact_id", Kind::kInt, "NOT NULL");
  b.Column("execution_id", Kind::kInt, "NOT NULL");
  b.Column("type", Kind::kInt, "NOT NULL");
  b.Column("milliseconds_since_epoch", Kind::kTime);
  b.Unique("UniqueEvent", {"artifact_id", "execution_id", "type"}, 8);
  b.Index("idx_event_artifact_id", "(artifact_id)", 6, 7);
  b.Index("idx_event_execution_id", "(execution_id)", 6);

  b.Table("EventPath", 0);
  b.Column("event_id", Kind::kInt, "NOT NULL");
  b.Column("is_index_step", Kind::kFlag, "NOT NULL");
  b.Column("step_index", Kind::kInt);
  b.Column("step_key", Kind::kText);
  b.Index("idx_eventpath_event_id", "(event_id)", 7);

  b.Pair("ParentContext", "context_id", "parent_context_id");
  b.Index("idx_parentcontext_parent_context_id", "(parent_context_id)", 6);
  b.Link("Association", "execution_id");
  b.Link("Attribution", "artifact_id");

  b.Table("MLMDEnv", 1);
  b.Column("schema_version", Kind::kVersion);
  return b.Take();
}

SchemaLayout LayoutInMemory(ListIndexes list_indexes) {
  SchemaLayout layout = LayoutOf(kSchemaVersion, SqlDialect::kSqlite);
  for (TableLayout& table : layout.tables) {
    const auto unique_unless_null = [&](std::string_view columns, std::string_view nullable) {
      table.indexes.push_back({.name = Concat("unique_", absl::AsciiStrToLower(table.name), "_", nullable),
                               .on = Concat("(", columns, ") WHERE ", nullable, " IS NOT NULL"),
                               .unique = true});
    };
    for (ColumnLayout& column : table.columns) {
      if (column.definition == TypeSql(Kind::kId, kSchemaVersion, SqlDialect::kSqlite)) {
        column.definition = "INTEGER PRIMARY KEY";
      }
      if (!absl::EndsWith(column.definition, " UNIQUE")) continue;
      column.definition.resize(column.definition.size() - std::string_view(" UNIQUE").size());
      const std::string on = Concat("(", column.name, ")");
      std::erase_if(table.indexes, [&](const IndexLayout& index) { return index.on == on; });
      unique_unless_null(column.name, column.name);
    }
    std::erase_if(table.unique, [&](const UniqueLayout& unique) {
      const ColumnLayout& last = *table.Find(unique.columns.back());
      if (absl::StrContains(last.definition, "NOT NULL")) return false;
      unique_unless_null(absl::StrJoin(unique.columns, ", "), last.name);
      // What the constraint's index would find, too.
      table.indexes.push_back({.name = Concat("idx_", absl::AsciiStrToLower(table.name), "_", unique.columns[0]),
                               .on = Concat("(", unique.columns[0], ")"),
                               .for_lists = ListIndexes::kByType});
      return true;
    });
    if (!table.primary_key.empty()) table.options = " WITHOUT ROWID";
    std::erase_if(table.indexes, [&](const IndexLayout& index) { return index.for_lists > list_indexes; });
  }
  return layout;
}

std::string UniqueSql(const UniqueLayout& unique) {
  return Concat(unique.name.empty() ? "" : Concat("CONSTRAINT ", unique.name, " "), "UNIQUE(",
                absl::StrJoin(unique.columns, ", "), ")");
}

std::string CreateTableSql(const TableLayout& table, std::string_view name, IndexPlace indexes) {
  std::vector<std::string> parts;
  for (const ColumnLayout& column : table.columns) parts.push_back(Concat(column.name, " ", column.definition));
  for (const UniqueLayout& unique : table.unique) parts.push_back(UniqueSql(unique));
  if (!table.primary_key.empty()) parts.push_back(Concat("PRIMARY KEY (", absl::StrJoin(table.primary_key, ", "), ")"));
  if (indexes == IndexPlace::kInside) {
    for (const IndexLayout& index : table.indexes) parts.push_back(Concat("INDEX ", index.name, " ", index.on));
  }
  return Concat("CREATE TABLE ", name, " (", absl::StrJoin(parts, ", "), ")", table.options);
}

std::string CreateIndexSql(const TableLayout& table, const IndexLayout& index) {
  return Concat("CREATE ", index.unique ? "UNIQUE " : "", "INDEX ", index.name, " ON ", table.name, index.on);
}

}  // namespace mlmd
