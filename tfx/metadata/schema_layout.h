// The tables of every schema version of ML Metadata, as data, and as each database writes them. Creating a store and
// moving one between versions both start from here.
//
// Versions: 0 is release 0.13.2; 1 adds MLMDEnv; 2 context types; 3 contexts; 4 associations and attributions; 5 names,
// states and times; 6 parents, type versions and the first indexes; 7 bytes and long texts; 8 property indexes and
// unique events; 9 external ids; 10 proto and truth values. Tables, columns, constraints and indexes are those that
// google/ml-metadata creates (its file metadata_source_query_config.cc).
#ifndef TFX_METADATA_SCHEMA_LAYOUT_H_
#define TFX_METADATA_SCHEMA_LAYOUT_H_

#include <string>
#include <vector>

#include "tfx/metadata/sql_connection.h"

namespace mlmd {

inline constexpr int64_t kSchemaVersion = 10;

struct ColumnLayout {
  std::string name;
  std::string definition;     // SQL that follows the name
  std::string previous_name;  // "" or the name in the version before the rename
  bool operator==(const ColumnLayout& other) const { return name == other.name && definition == other.definition; }
};

struct UniqueLayout {
  std::string name;  // "" where the database names it
  std::vector<std::string> columns;
  bool operator==(const UniqueLayout& other) const { return name == other.name && columns == other.columns; }
};

// What the indexes of nodes are of use for. Puts need none of them.
enum class ListIndexes {
  kNone,
  kByType,  // lists of the nodes of a type
  kAll,     // lists with a filter or an order of time, and finding nodes by URI
};

struct IndexLayout {
  std::string name;
  std::string on;  // SQL: columns in parentheses, and the condition of a partial index
  ListIndexes for_lists = ListIndexes::kNone;
  bool unique = false;
};

struct TableLayout {
  std::string name;
  std::vector<ColumnLayout> columns;
  std::vector<std::string> primary_key;  // empty where a column's definition says it
  std::vector<UniqueLayout> unique;
  std::vector<IndexLayout> indexes;
  std::string options;  // SQL behind the parentheses

  const ColumnLayout* Find(std::string_view column) const;
};

struct SchemaLayout {
  int64_t version = kSchemaVersion;
  SqlDialect dialect = SqlDialect::kSqlite;
  std::vector<TableLayout> tables;

  const TableLayout* Find(std::string_view table) const;
};

// `version`: 0 to kSchemaVersion.
SchemaLayout LayoutOf(int64_t version, SqlDialect dialect);

// The current version for a store that SQLite keeps in memory, where no other program reads it: a put costs half. Ids
// are without AUTOINCREMENT, for no row that has one is ever deleted; tables with a primary key of their own are
// without row ids; what UNIQUE keeps an index for has no second one; and what may be NULL is unique by an index that
// leaves NULLs out. The indexes for lists are those up to `list_indexes`.
SchemaLayout LayoutInMemory(ListIndexes list_indexes);

// "CREATE TABLE <name> (...)", the name being the table's or another. kInside is MySQL's form, much faster there.
enum class IndexPlace { kApart, kInside };
std::string CreateTableSql(const TableLayout& table, std::string_view name, IndexPlace indexes = IndexPlace::kApart);
std::string CreateIndexSql(const TableLayout& table, const IndexLayout& index);
std::string UniqueSql(const UniqueLayout& unique);

}  // namespace mlmd

#endif  // TFX_METADATA_SCHEMA_LAYOUT_H_
