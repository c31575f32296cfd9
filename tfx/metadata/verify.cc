#include "tfx/metadata/verify.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/open_connection.h"
#include "tfx/metadata/schema_layout.h"
#include "tfx/metadata/sql_schema.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

// A query whose rows are all findings. Columns 0 and, with `second`, 1 name the row.
struct Check {
  std::string what;
  std::string sql;
  std::string first;        // "artifact": examples read "artifact 17"
  std::string second = {};  // "property": "artifact 17, property name"
  std::vector<SqlValue> values = {};
};

struct NodeKind {
  std::string table;  // "Artifact"
  std::string id;     // "artifact_id"
  std::string word;   // "artifact"
  std::string state;  // column, "" without
  int64_t type_kind;  // Type.type_kind
};

const NodeKind kNodeKinds[] = {{"Artifact", "artifact_id", "artifact", "state", 1},
                               {"Execution", "execution_id", "execution", "last_known_state", 0},
                               {"Context", "context_id", "context", "", 2}};

// Rows of `table` whose `column` names no row of `target`.
Check Dangling(std::string what, const std::string& table, const std::string& column, const std::string& target,
               const std::string& shown, const std::string& word) {
  return {std::move(what),
          Concat("SELECT DISTINCT l.", shown, " FROM ", table, " l LEFT JOIN ", target, " n ON n.id = l.", column,
                 " WHERE n.id IS NULL ORDER BY l.", shown),
          word};
}

std::vector<Check> ContentChecks() {
  std::vector<Check> checks;
  for (const NodeKind& kind : kNodeKinds) {
    const std::string& table = kind.table;
    const std::string properties = Concat(table, "Property");
    checks.push_back({Concat(kind.word, "s of unknown types"),
                      Concat("SELECT n.id FROM ", table,
                             " n LEFT JOIN Type t ON t.id = n.type_id AND t.type_kind = ? WHERE t.id IS NULL "
                             "ORDER BY n.id"),
                      kind.word,
                      "",
                      {kind.type_kind}});
    checks.push_back(
        Dangling(Concat("properties of unknown ", kind.word, "s"), properties, kind.id, table, kind.id, kind.word));
    std::string set;
    for (const char* column :
         {"int_value", "double_value", "string_value", "byte_value", "proto_value", "bool_value"}) {
      tfx::Append(&set, set.empty() ? "" : " + ", "CASE WHEN ", column, " IS NULL THEN 0 ELSE 1 END");
    }
    checks.push_back(
        {Concat(kind.word, " properties without exactly one value"),
         Concat("SELECT ", kind.id, ", name FROM ", properties, " WHERE (", set, ") <> 1 ORDER BY ", kind.id, ", name"),
         kind.word, "property"});
    checks.push_back(
        {Concat(kind.word, " properties that their types do not have"),
         Concat("SELECT p.", kind.id, ", p.name FROM ", properties, " p JOIN ", table, " n ON n.id = p.", kind.id,
                " LEFT JOIN TypeProperty d ON d.type_id = n.type_id AND d.name = p.name WHERE "
                "p.is_custom_property = ? AND d.name IS NULL ORDER BY p.",
                kind.id, ", p.name"),
         kind.word,
         "property",
         {false}});
    // data_type is a PropertyType; a STRUCT is a string_value of its own form (property_value.h).
    checks.push_back(
        {Concat(kind.word, " properties whose values are not of the kind that their types declare"),
         Concat("SELECT p.", kind.id, ", p.name FROM ", properties, " p JOIN ", table, " n ON n.id = p.", kind.id,
                " JOIN TypeProperty d ON d.type_id = n.type_id AND d.name = p.name WHERE "
                "p.is_custom_property = ? AND ((d.data_type = 1 AND p.int_value IS NULL) OR "
                "(d.data_type = 2 AND p.double_value IS NULL) OR "
                "(d.data_type = 3 AND p.string_value IS NULL) OR "
                "(d.data_type = 4 AND COALESCE(p.string_value, '') NOT LIKE 'mlmd-struct::%') OR "
                "(d.data_type = 5 AND p.proto_value IS NULL) OR "
                "(d.data_type = 6 AND p.bool_value IS NULL)) ORDER BY p.",
                kind.id, ", p.name"),
         kind.word,
         "property",
         {false}});
    checks.push_back({Concat(kind.word, "s that share type and name"),
                      Concat("SELECT MIN(id) FROM ", table,
                             " WHERE name IS NOT NULL GROUP BY type_id, name HAVING COUNT(*) > 1 ORDER BY 1"),
                      kind.word});
    checks.push_back({Concat(kind.word, "s that share an external id"),
                      Concat("SELECT MIN(id) FROM ", table,
                             " WHERE external_id IS NOT NULL GROUP BY external_id HAVING COUNT(*) > 1 ORDER BY 1"),
                      kind.word});
    if (!kind.state.empty()) {
      checks.push_back(
          {Concat(kind.word, "s in a state that does not exist"),
           Concat("SELECT id FROM ", table, " WHERE ", kind.state, " < 0 OR ", kind.state, " > 6 ORDER BY id"),
           kind.word});
    }
  }
  checks.push_back(
      {"types of unknown kind", "SELECT id FROM Type WHERE type_kind NOT IN (0, 1, 2) ORDER BY id", "type"});
  checks.push_back({"types that share kind, name and version",
                    "SELECT MIN(id) FROM Type GROUP BY type_kind, name, COALESCE(version, '') HAVING COUNT(*) > 1 "
                    "ORDER BY 1",
                    "type"});
  checks.push_back(Dangling("properties of unknown types", "TypeProperty", "type_id", "Type", "type_id", "type"));
  checks.push_back(Dangling("parents of unknown types", "ParentType", "type_id", "Type", "type_id", "type"));
  checks.push_back(Dangling("types with unknown parents", "ParentType", "parent_type_id", "Type", "type_id", "type"));
  checks.push_back(Dangling("events of unknown artifacts", "Event", "artifact_id", "Artifact", "id", "event"));
  checks.push_back(Dangling("events of unknown executions", "Event", "execution_id", "Execution", "id", "event"));
  checks.push_back(
      {"events of a type that does not exist", "SELECT id FROM Event WHERE type < 0 OR type > 7 ORDER BY id", "event"});
  checks.push_back(Dangling("paths of unknown events", "EventPath", "event_id", "Event", "event_id", "event"));
  checks.push_back(
      Dangling("attributions to unknown contexts", "Attribution", "context_id", "Context", "id", "attribution"));
  checks.push_back(
      Dangling("attributions of unknown artifacts", "Attribution", "artifact_id", "Artifact", "id", "attribution"));
  checks.push_back(
      Dangling("associations to unknown contexts", "Association", "context_id", "Context", "id", "association"));
  checks.push_back(
      Dangling("associations of unknown executions", "Association", "execution_id", "Execution", "id", "association"));
  checks.push_back(
      Dangling("parents of unknown contexts", "ParentContext", "context_id", "Context", "context_id", "context"));
  checks.push_back(Dangling("contexts with unknown parents", "ParentContext", "parent_context_id", "Context",
                            "context_id", "context"));
  return checks;
}

absl::Status RunCheck(SqlConnection& sql, const Check& check, const VerifyOptions& options, VerifyReport* report) {
  VerifyFinding finding{.what = check.what};
  RETURN_IF_ERROR(sql.Select(check.sql, check.values, [&](const SqlRow& row) {
    if (++finding.count <= options.max_examples) {
      std::string example = Concat(check.first, " ", row.Int(0));
      if (!check.second.empty()) tfx::Append(&example, ", ", check.second, " ", row.Text(1));
      finding.examples.push_back(std::move(example));
    }
    return absl::OkStatus();
  }));
  ++report->checks;
  if (finding.count > 0) report->findings.push_back(std::move(finding));
  return absl::OkStatus();
}

// Contexts that are, through others, their own parents: takes away those without children until none is left.
absl::Status CheckCycles(SqlConnection& sql, const VerifyOptions& options, VerifyReport* report) {
  std::map<int64_t, std::vector<int64_t>> parents;
  std::map<int64_t, int64_t> children;  // how many
  RETURN_IF_ERROR(sql.Select("SELECT context_id, parent_context_id FROM ParentContext", {}, [&](const SqlRow& row) {
    parents[row.Int(0)].push_back(row.Int(1));
    children.try_emplace(row.Int(0), 0);
    ++children[row.Int(1)];
    return absl::OkStatus();
  }));
  std::vector<int64_t> free;
  for (const auto& [id, count] : children) {
    if (count == 0) free.push_back(id);
  }
  while (!free.empty()) {
    const int64_t id = free.back();
    free.pop_back();
    children.erase(id);
    for (const int64_t parent : parents[id]) {
      if (--children[parent] == 0) free.push_back(parent);
    }
  }
  ++report->checks;
  if (children.empty()) return absl::OkStatus();
  VerifyFinding finding{.what = "contexts above or within a cycle of parents",
                        .count = static_cast<int64_t>(children.size())};
  for (const auto& [id, count] : children) {
    if (static_cast<int>(finding.examples.size()) < options.max_examples) {
      finding.examples.push_back(Concat("context ", id));
    }
  }
  report->findings.push_back(std::move(finding));
  return absl::OkStatus();
}

absl::Status CheckFile(SqlConnection& sql, const VerifyOptions& options, VerifyReport* report) {
  if (sql.dialect() != SqlDialect::kSqlite) return absl::OkStatus();
  VerifyFinding finding{.what = "damage that SQLite's integrity check finds"};
  RETURN_IF_ERROR(sql.Select("PRAGMA integrity_check", {}, [&](const SqlRow& row) {
    if (row.Text(0) == "ok") return absl::OkStatus();
    if (++finding.count <= options.max_examples) finding.examples.emplace_back(row.Text(0));
    return absl::OkStatus();
  }));
  ++report->checks;
  if (finding.count > 0) report->findings.push_back(std::move(finding));
  return absl::OkStatus();
}

absl::Status CheckSchema(SqlConnection& sql, const VerifyOptions& options, VerifyReport* report) {
  ASSIGN_OR_RETURN(const StoredSchema stored, ReadSchema(sql));
  VerifyFinding finding{.what = "columns and indexes that are missing"};
  const auto missing = [&](std::string what) {
    if (++finding.count <= options.max_examples) finding.examples.push_back(std::move(what));
  };
  for (const TableLayout& table : LayoutOf(report->schema_version, sql.dialect()).tables) {
    const auto found = stored.find(absl::AsciiStrToLower(table.name));
    if (found == stored.end()) {
      missing(Concat("table ", table.name));
      continue;
    }
    for (const ColumnLayout& column : table.columns) {
      if (!found->second.columns.contains(absl::AsciiStrToLower(column.name))) {
        missing(Concat("column ", table.name, ".", column.name));
      }
    }
    for (const IndexLayout& index : table.indexes) {
      if (!found->second.indexes.contains(absl::AsciiStrToLower(index.name))) missing(Concat("index ", index.name));
    }
  }
  ++report->checks;
  if (finding.count > 0) report->findings.push_back(std::move(finding));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<VerifyReport> VerifyContents(SqlConnection& sql, const VerifyOptions& options) {
  VerifyReport report{.schema_version = kSchemaVersion};
  for (const Check& check : ContentChecks()) RETURN_IF_ERROR(RunCheck(sql, check, options, &report));
  RETURN_IF_ERROR(CheckCycles(sql, options, &report));
  return report;
}

absl::StatusOr<VerifyReport> VerifyMetadataStore(const ml_metadata::ConnectionConfig& config,
                                                 const VerifyOptions& options) {
  ASSIGN_OR_RETURN(OpenedDatabase database, OpenDatabase(config, options.busy_timeout_ms));
  SqlConnection& sql = *database.first;
  VerifyReport report;
  RETURN_IF_ERROR(InTransaction(sql, SqlAccess::kRead, [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<int64_t> version, SchemaVersionOf(sql, database.name));
    if (!version.has_value()) {
      return absl::FailedPreconditionError(Concat(database.name, ": is empty; there is no metadata store to verify"));
    }
    report.schema_version = *version;
    RETURN_IF_ERROR(CheckFile(sql, options, &report));
    if (*version >= 0 && *version <= kSchemaVersion) RETURN_IF_ERROR(CheckSchema(sql, options, &report));
    if (*version != kSchemaVersion) {
      ++report.checks;
      report.findings.push_back({.what = "schema versions other than 10, whose contents are not checked; see 'tfx "
                                         "metadata migrate'",
                                 .count = 1,
                                 .examples = {Concat("version ", *version)}});
      return absl::OkStatus();
    }
    absl::StatusOr<VerifyReport> contents = VerifyContents(sql, options);
    // With a column missing some of it cannot be asked; that is among the findings already.
    if (!contents.ok()) return report.findings.empty() ? contents.status() : absl::OkStatus();
    report.checks += contents->checks;
    for (VerifyFinding& finding : contents->findings) report.findings.push_back(std::move(finding));
    return absl::OkStatus();
  }));
  return report;
}

}  // namespace mlmd
