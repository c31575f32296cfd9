#include "tfx/metadata/dump.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/base/utf8.h"
#include "tfx/metadata/insert_rows.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/open_connection.h"
#include "tfx/metadata/property_value.h"
#include "tfx/metadata/schema_layout.h"
#include "tfx/metadata/sql_schema.h"
#include "tfx/metadata/verify.h"

namespace mlmd {
namespace {

using Json = nlohmann::ordered_json;
using ::tfx::Concat;

constexpr int64_t kPage = 1000;

enum class Kind { kInteger, kDouble, kText, kFlag, kProto };

Kind KindOfColumn(std::string_view name) {
  static const std::set<std::string_view>& texts = *new std::set<std::string_view>{
      "name", "version", "description", "input_type", "output_type", "external_id", "uri", "string_value", "step_key"};
  if (texts.contains(name)) return Kind::kText;
  if (name == "double_value") return Kind::kDouble;
  if (name == "proto_value") return Kind::kProto;
  if (name == "is_custom_property" || name == "is_index_step" || name == "bool_value") return Kind::kFlag;
  return Kind::kInteger;
}

// A table with its rows' own lines, and the table whose rows lie inside them.
struct Part {
  const char* key;  // of the line
  const char* table;
  std::vector<std::string> order;
  const char* child_key = "";  // "" without
  const char* child_table = "";
  const char* child_id = "";
  int64_t DumpCounts::*count = nullptr;
};

const std::vector<Part>& Parts() {
  static const auto& parts = *new std::vector<Part>{
      {"type", "Type", {"id"}, "properties", "TypeProperty", "type_id", &DumpCounts::types},
      {"parent_type", "ParentType", {"type_id", "parent_type_id"}, "", "", "", &DumpCounts::edges},
      {"context", "Context", {"id"}, "properties", "ContextProperty", "context_id", &DumpCounts::nodes},
      {"parent_context", "ParentContext", {"context_id", "parent_context_id"}, "", "", "", &DumpCounts::edges},
      {"artifact", "Artifact", {"id"}, "properties", "ArtifactProperty", "artifact_id", &DumpCounts::nodes},
      {"execution", "Execution", {"id"}, "properties", "ExecutionProperty", "execution_id", &DumpCounts::nodes},
      {"event", "Event", {"id"}, "path", "EventPath", "event_id", &DumpCounts::edges},
      {"attribution", "Attribution", {"id"}, "", "", "", &DumpCounts::edges},
      {"association", "Association", {"id"}, "", "", "", &DumpCounts::edges},
  };
  return parts;
}

std::vector<std::string> ColumnsOf(std::string_view table, SqlDialect dialect) {
  const SchemaLayout layout = LayoutOf(kSchemaVersion, dialect);
  std::vector<std::string> names;
  for (const ColumnLayout& column : layout.Find(table)->columns) {
    if (column.name != "byte_value") names.push_back(column.name);
  }
  return names;
}

std::string ListOf(const std::vector<std::string>& columns) {
  std::string list;
  for (const std::string& column : columns) tfx::Append(&list, list.empty() ? "" : ", ", column);
  return list;
}

Json TextToJson(std::string_view text) {
  if (tfx::FindInvalidUtf8(text) == std::string_view::npos) return std::string(text);
  return {{"base64", absl::Base64Escape(absl::string_view(text.data(), text.size()))}};
}

Json DoubleToJson(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

Json RowToJson(const SqlRow& row, const std::vector<std::string>& columns, std::string_view left_out,
               SqlDialect dialect) {
  Json json = Json::object();
  for (size_t i = 0; i < columns.size(); ++i) {
    const int at = static_cast<int>(i);
    if (columns[i] == left_out || row.IsNull(at)) continue;
    switch (KindOfColumn(columns[i])) {
      case Kind::kInteger:
        json[columns[i]] = row.Int(at);
        break;
      case Kind::kDouble:
        json[columns[i]] = DoubleToJson(row.Double(at));
        break;
      case Kind::kText:
        json[columns[i]] = TextToJson(row.Text(at));
        break;
      case Kind::kFlag:
        json[columns[i]] = row.Int(at) != 0;
        break;
      case Kind::kProto: {
        const std::string_view bytes = row.Text(at);
        json[columns[i]] = dialect == SqlDialect::kPostgresql
                               ? Json(absl::Base64Escape(absl::string_view(bytes.data(), bytes.size())))
                               : TextToJson(bytes);
        break;
      }
    }
  }
  return json;
}

class Dumper {
 public:
  Dumper(SqlConnection& sql, std::ostream& out) : sql_(sql), out_(out) {}

  absl::StatusOr<DumpCounts> Run() {
    out_ << Json{{"ml_metadata", {{"dump_format", 1}, {"schema_version", kSchemaVersion}}}}.dump() << "\n";
    for (const Part& part : Parts()) {
      RETURN_IF_ERROR(part.order.size() > 1 ? Pairs(part) : Pages(part));
      if (!out_) return absl::UnknownError("the dump could not be written: the output failed (disk full?)");
    }
    return counts_;
  }

 private:
  void Write(const Part& part, Json json) {
    out_ << Json{{part.key, std::move(json)}}.dump() << "\n";
    ++(counts_.*part.count);
  }

  absl::Status Pairs(const Part& part) {
    const std::vector<std::string> columns = ColumnsOf(part.table, sql_.dialect());
    return sql_.Select(Concat("SELECT ", ListOf(columns), " FROM ", part.table, " ORDER BY ", ListOf(part.order)), {},
                       [&](const SqlRow& row) {
                         Write(part, RowToJson(row, columns, "", sql_.dialect()));
                         return absl::OkStatus();
                       });
  }

  absl::Status Pages(const Part& part) {
    const std::vector<std::string> columns = ColumnsOf(part.table, sql_.dialect());
    int64_t last = std::numeric_limits<int64_t>::min();
    for (bool more = true; more;) {
      std::map<int64_t, Json> rows;
      RETURN_IF_ERROR(sql_.Select(
          Concat("SELECT ", ListOf(columns), " FROM ", part.table, " WHERE id > ? ORDER BY id LIMIT ", kPage), {last},
          [&](const SqlRow& row) {
            rows[row.Int(0)] = RowToJson(row, columns, "", sql_.dialect());
            return absl::OkStatus();
          }));
      if (rows.empty()) break;
      more = static_cast<int64_t>(rows.size()) == kPage;
      if (*part.child_table != '\0') RETURN_IF_ERROR(AddChildren(part, last, &rows));
      last = rows.rbegin()->first;
      for (auto& [id, json] : rows) Write(part, std::move(json));
    }
    return absl::OkStatus();
  }

  absl::Status AddChildren(const Part& part, int64_t after, std::map<int64_t, Json>* rows) {
    std::vector<std::string> columns = ColumnsOf(part.child_table, sql_.dialect());
    std::iter_swap(columns.begin(), std::find(columns.begin(), columns.end(), part.child_id));
    // Steps of a path have no number: they come in the order of insertion.
    const bool is_path = std::string_view(part.child_table) == "EventPath";
    const std::string_view order = !is_path                                    ? ""
                                   : sql_.dialect() == SqlDialect::kSqlite     ? " ORDER BY rowid"
                                   : sql_.dialect() == SqlDialect::kPostgresql ? " ORDER BY ctid"
                                                                               : "";
    std::map<int64_t, std::vector<Json>> children;
    RETURN_IF_ERROR(sql_.Select(Concat("SELECT ", ListOf(columns), " FROM ", part.child_table, " WHERE ", part.child_id,
                                       " > ? AND ", part.child_id, " <= ?", order),
                                {after, rows->rbegin()->first}, [&](const SqlRow& row) {
                                  children[row.Int(0)].push_back(
                                      RowToJson(row, columns, part.child_id, sql_.dialect()));
                                  return absl::OkStatus();
                                }));
    for (auto& [id, list] : children) {
      const auto owner = rows->find(id);
      if (owner == rows->end()) continue;  // an orphan, which belongs to no line
      if (!is_path) {
        // By bytes: databases order texts differently.
        std::sort(list.begin(), list.end(), [](const Json& a, const Json& b) { return a.dump() < b.dump(); });
      }
      owner->second[part.child_key] = std::move(list);
    }
    return absl::OkStatus();
  }

  SqlConnection& sql_;
  std::ostream& out_;
  DumpCounts counts_;
};

// Rows on their way into one table.
struct Rows {
  std::vector<std::string> columns;
  std::string head;
  std::vector<SqlValue> values;
  std::deque<std::string> texts;  // that the values point to
};

class Loader {
 public:
  Loader(SqlConnection& sql, std::istream& in, std::string_view name) : sql_(sql), in_(in), name_(name) {}

  absl::StatusOr<DumpCounts> Run() {
    std::string line;
    RETURN_IF_ERROR(ReadHeader());
    while (std::getline(in_, line)) {
      ++line_;
      if (line.empty()) continue;
      const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (!json.is_object() || json.size() != 1 || !json.begin()->is_object()) {
        return Wrong("not a line of a dump, which is one object with one key, as {\"artifact\":{...}}");
      }
      const Part* part = nullptr;
      for (const Part& candidate : Parts()) {
        if (json.begin().key() == candidate.key) part = &candidate;
      }
      if (part == nullptr) return Wrong(Concat("unknown kind of line \"", json.begin().key(), "\""));
      RETURN_IF_ERROR(AddLine(*part, *json.begin()));
    }
    if (in_.bad()) return absl::UnknownError(Concat(name_, ": could not be read to its end"));
    for (auto& [table, rows] : tables_) RETURN_IF_ERROR(Flush(&rows));
    return counts_;
  }

 private:
  absl::Status Wrong(std::string_view what) const {
    return absl::InvalidArgumentError(Concat(name_, ":", line_, ": ", what));
  }

  absl::Status ReadHeader() {
    std::string line;
    line_ = 1;
    if (!std::getline(in_, line)) return Wrong("is empty; a dump begins with {\"ml_metadata\":...}");
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || !json.contains("ml_metadata") || !json["ml_metadata"].is_object()) {
      return Wrong("not a dump of a metadata store, which begins with {\"ml_metadata\":...}");
    }
    const Json& head = json["ml_metadata"];
    if (!head.contains("dump_format") || head["dump_format"] != 1 || !head.contains("schema_version") ||
        head["schema_version"] != kSchemaVersion) {
      return Wrong(Concat("is a dump of another format than 1 or another schema version than ", kSchemaVersion));
    }
    return absl::OkStatus();
  }

  absl::Status AddLine(const Part& part, const Json& json) {
    std::optional<int64_t> id;
    if (*part.child_table != '\0') {
      const auto it = json.find("id");
      if (it == json.end() || !it->is_number_integer()) return Wrong("has no field id with a whole number");
      id = it->get<int64_t>();
    }
    RETURN_IF_ERROR(AddRow(part.table, json, part.child_key, "", 0));
    ++(counts_.*part.count);
    if (!id.has_value() || !json.contains(part.child_key)) return absl::OkStatus();
    const Json& children = json[part.child_key];
    if (!children.is_array()) return Wrong(Concat("field ", part.child_key, " is not a list"));
    for (const Json& child : children) {
      if (!child.is_object()) return Wrong(Concat("field ", part.child_key, " holds something that is no object"));
      RETURN_IF_ERROR(AddRow(part.child_table, child, "", part.child_id, *id));
    }
    return absl::OkStatus();
  }

  // `left_out`: the field that is no column. `owner_column`: the column that comes from around the object.
  absl::Status AddRow(const std::string& table, const Json& json, std::string_view left_out,
                      std::string_view owner_column, int64_t owner) {
    Rows& rows = tables_[table];
    if (rows.columns.empty()) {
      rows.columns = ColumnsOf(table, sql_.dialect());
      rows.head = Concat("INSERT INTO ", table, " (", ListOf(rows.columns), ") VALUES ");
    }
    size_t known = 0;
    for (const std::string& column : rows.columns) {
      if (column == owner_column) {
        rows.values.emplace_back(owner);
        continue;
      }
      const auto it = json.find(column);
      if (it == json.end()) {
        rows.values.emplace_back();
        continue;
      }
      ++known;
      RETURN_IF_ERROR(AddValue(column, *it, &rows));
    }
    for (const auto& [field, value] : json.items()) {
      if (field == left_out) {
        ++known;
      } else if (field == owner_column ||
                 std::find(rows.columns.begin(), rows.columns.end(), field) == rows.columns.end()) {
        return Wrong(Concat("unknown field \"", field, "\""));
      }
    }
    if (rows.values.size() >= kPage * rows.columns.size()) return Flush(&rows);
    return absl::OkStatus();
  }

  absl::Status AddValue(const std::string& column, const Json& json, Rows* rows) {
    const auto wrong_kind = [&](std::string_view wanted) {
      return Wrong(Concat("field ", column, " is not ", wanted, ": ",
                          json.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 60)));
    };
    const Kind kind = KindOfColumn(column);
    if (kind == Kind::kInteger) {
      const bool fits = json.is_number_integer() &&
                        (!json.is_number_unsigned() ||
                         json.get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));
      if (!fits) return wrong_kind("a whole number of 64 bits");
      rows->values.emplace_back(json.get<int64_t>());
    } else if (kind == Kind::kFlag) {
      if (!json.is_boolean()) return wrong_kind("true or false");
      rows->values.emplace_back(json.get<bool>());
    } else if (kind == Kind::kDouble) {
      if (json.is_number()) {
        rows->values.emplace_back(json.get<double>());
      } else if (json == "Infinity" || json == "-Infinity") {
        const double infinity = std::numeric_limits<double>::infinity();
        rows->values.emplace_back(json == "Infinity" ? infinity : -infinity);
      } else if (json == "NaN") {
        rows->values.emplace_back(std::numeric_limits<double>::quiet_NaN());
      } else {
        return wrong_kind("a number");
      }
    } else {
      std::string text;
      const bool is_base64 =
          json.is_object() && json.size() == 1 && json.contains("base64") && json["base64"].is_string();
      if (is_base64) {
        if (!absl::Base64Unescape(json["base64"].get<std::string>(), &text)) return wrong_kind("base64");
      } else if (json.is_string()) {
        text = json.get<std::string>();
      } else {
        return wrong_kind("a text");
      }
      if (kind == Kind::kProto && sql_.dialect() == SqlDialect::kPostgresql) {
        std::string bytes;
        if (!absl::Base64Unescape(text, &bytes)) return wrong_kind("base64");
        text = PostgresqlBytes(bytes);
      }
      rows->texts.push_back(std::move(text));
      rows->values.emplace_back(std::string_view(rows->texts.back()));
    }
    return absl::OkStatus();
  }

  absl::Status Flush(Rows* rows) {
    const absl::Status status = InsertRows(sql_, rows->head, rows->columns.size(), rows->values, OnDuplicateRow::kFail);
    rows->values.clear();
    rows->texts.clear();
    if (absl::IsAlreadyExists(status) || absl::IsInvalidArgument(status)) {
      return Wrong(Concat("a row up to this line cannot be stored: ", tfx::Concat(std::string(status.message()))));
    }
    return status;
  }

  SqlConnection& sql_;
  std::istream& in_;
  const std::string name_;
  int64_t line_ = 0;
  std::map<std::string, Rows> tables_;
  DumpCounts counts_;
};

absl::Status CheckEmpty(SqlConnection& sql, std::string_view database) {
  int64_t found = 0;
  const std::string query =
      "SELECT (SELECT COUNT(*) FROM Artifact) + (SELECT COUNT(*) FROM Execution) + (SELECT COUNT(*) FROM Context) + "
      "(SELECT COUNT(*) FROM Type WHERE name NOT LIKE 'mlmd.%')";
  RETURN_IF_ERROR(sql.Select(query, {}, [&](const SqlRow& row) {
    found = row.Int(0);
    return absl::OkStatus();
  }));
  if (found == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      Concat(database, ": holds ", found, " types and nodes already; a dump is loaded into an empty store only"));
}

// The next ids come behind those that were given.
absl::Status MoveSequences(SqlConnection& sql) {
  if (sql.dialect() != SqlDialect::kPostgresql) return absl::OkStatus();
  for (const char* table : {"type", "artifact", "execution", "context", "event", "attribution", "association"}) {
    RETURN_IF_ERROR(sql.Select(Concat("SELECT setval(pg_get_serial_sequence('", table, "', 'id'), MAX(id)) FROM ",
                                      table, " HAVING COUNT(*) > 0"),
                               {}, [](const SqlRow&) { return absl::OkStatus(); }));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DumpCounts> DumpMetadataStore(const ml_metadata::ConnectionConfig& config, std::ostream& out) {
  ASSIGN_OR_RETURN(OpenedDatabase database, OpenDatabase(config, 30'000));
  SqlConnection& sql = *database.first;
  DumpCounts counts;
  RETURN_IF_ERROR(InTransaction(sql, SqlAccess::kRead, [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<int64_t> version, SchemaVersionOf(sql, database.name));
    if (!version.has_value()) return absl::FailedPreconditionError(Concat(database.name, ": is empty"));
    RETURN_IF_ERROR(CheckCurrent(*version, database.name));
    ASSIGN_OR_RETURN(counts, Dumper(sql, out).Run());
    return absl::OkStatus();
  }));
  return counts;
}

absl::StatusOr<DumpCounts> LoadMetadataStore(const ml_metadata::ConnectionConfig& config, std::istream& in,
                                             std::string_view name) {
  // Makes the database and its tables.
  RETURN_IF_ERROR(OpenMetadataStore(config).status());
  ASSIGN_OR_RETURN(OpenedDatabase database, OpenDatabase(config, 30'000, Transactions::kOfAllRows));
  SqlConnection& sql = *database.first;
  DumpCounts counts;
  RETURN_IF_ERROR(InTransaction(sql, SqlAccess::kWrite, [&]() -> absl::Status {
    RETURN_IF_ERROR(LockTypes(sql));
    RETURN_IF_ERROR(CheckEmpty(sql, database.name));
    // The dump brings the system types with it.
    for (const char* table : {"Type", "TypeProperty", "ParentType"}) {
      RETURN_IF_ERROR(sql.Run(Concat("DELETE FROM ", table), {}));
    }
    ASSIGN_OR_RETURN(counts, Loader(sql, in, name).Run());
    ASSIGN_OR_RETURN(const VerifyReport report, VerifyContents(sql));
    if (!report.findings.empty()) {
      const VerifyFinding& first = report.findings[0];
      return absl::InvalidArgumentError(Concat(name, ": contradicts itself; nothing was loaded: ", first.what, ": ",
                                               first.count, " (", first.examples.empty() ? "" : first.examples[0],
                                               ")"));
    }
    return MoveSequences(sql);
  }));
  return counts;
}

}  // namespace mlmd
