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

constexpr const char* kNodes[] = {"Artifact", "Execution", "Context"};

std::string Lower(std::string_view text) { return absl::AsciiStrToLower(std::string(text)); }

std::string CreateNodeTable(std::string_view node, std::string_view own_columns, std::string_view name_column) {
  return Concat("CREATE TABLE `", node, "` (`id` INTEGER PRIMARY KEY AUTOINCREMENT, `type_id` INT NOT NULL, ",
                own_columns, name_column,
                ", `external_id` VARCHAR(255) UNIQUE, `create_time_since_epoch` INT NOT NULL DEFAULT 0, "
                "`last_update_time_since_epoch` INT NOT NULL DEFAULT 0, UNIQUE(`type_id`, `name`))");
}

std::string CreatePropertyTable(std::string_view node) {
  const std::string id = Concat("`", Lower(node), "_id`");
  return Concat("CREATE TABLE `", node, "Property` (", id,
                " INT NOT NULL, `name` VARCHAR(255) NOT NULL, `is_custom_property` TINYINT(1) NOT NULL, "
                "`int_value` INT, `double_value` DOUBLE, `string_value` TEXT, `byte_value` BLOB, `proto_value` BLOB, "
                "`bool_value` BOOLEAN, PRIMARY KEY (",
                id, ", `name`, `is_custom_property`))");
}

// A table that links two nodes, with an id of its own.
std::string CreateLinkTable(std::string_view table, std::string_view node_column) {
  return Concat("CREATE TABLE `", table, "` (`id` INTEGER PRIMARY KEY AUTOINCREMENT, `context_id` INT NOT NULL, `",
                node_column, "` INT NOT NULL, UNIQUE(`context_id`, `", node_column, "`))");
}

std::string CreatePairTable(std::string_view table, std::string_view first, std::string_view second) {
  return Concat("CREATE TABLE `", table, "` (`", first, "` INT NOT NULL, `", second, "` INT NOT NULL, PRIMARY KEY (`",
                first, "`, `", second, "`))");
}

std::string CreateIndex(std::string_view table, std::string_view column) {
  return Concat("CREATE INDEX `idx_", Lower(table), "_", column, "` ON `", table, "`(`", column, "`)");
}

}  // namespace

std::vector<std::string> SqliteSchemaStatements() {
  const char* const optional_name = "`name` VARCHAR(255)";
  std::vector<std::string> statements = {
      "CREATE TABLE `Type` (`id` INTEGER PRIMARY KEY AUTOINCREMENT, `name` VARCHAR(255) NOT NULL, `version` "
      "VARCHAR(255), "
      "`type_kind` TINYINT(1) NOT NULL, `description` TEXT, `input_type` TEXT, `output_type` TEXT, "
      "`external_id` VARCHAR(255) UNIQUE)",
      "CREATE TABLE `TypeProperty` (`type_id` INT NOT NULL, `name` VARCHAR(255) NOT NULL, `data_type` INT NULL, "
      "PRIMARY KEY (`type_id`, `name`))",
      CreatePairTable("ParentType", "type_id", "parent_type_id"),
      CreateNodeTable("Artifact", "`uri` TEXT, `state` INT, ", optional_name),
      CreatePropertyTable("Artifact"),
      CreateNodeTable("Execution", "`last_known_state` INT, ", optional_name),
      CreatePropertyTable("Execution"),
      "CREATE TABLE `Event` (`id` INTEGER PRIMARY KEY AUTOINCREMENT, `artifact_id` INT NOT NULL, `execution_id` INT "
      "NOT NULL, "
      "`type` INT NOT NULL, `milliseconds_since_epoch` INT, UNIQUE(`artifact_id`, `execution_id`, `type`))",
      "CREATE TABLE `EventPath` (`event_id` INT NOT NULL, `is_index_step` TINYINT(1) NOT NULL, `step_index` INT, "
      "`step_key` TEXT)",
      "CREATE TABLE `MLMDEnv` (`schema_version` INTEGER PRIMARY KEY)",
      CreateNodeTable("Context", "", "`name` VARCHAR(255) NOT NULL"),
      CreatePropertyTable("Context"),
      CreatePairTable("ParentContext", "context_id", "parent_context_id"),
      CreateLinkTable("Association", "execution_id"),
      CreateLinkTable("Attribution", "artifact_id"),
      CreateIndex("Artifact", "uri"),
      CreateIndex("Event", "execution_id"),
      CreateIndex("ParentContext", "parent_context_id"),
      CreateIndex("Type", "name"),
      CreateIndex("EventPath", "event_id"),
      CreateIndex("Type", "external_id"),
  };
  for (const char* node : kNodes) {
    for (const char* column : {"create_time_since_epoch", "last_update_time_since_epoch", "external_id"}) {
      statements.push_back(CreateIndex(node, column));
    }
    for (const char* type : {"int", "double", "string"}) {
      statements.push_back(Concat("CREATE INDEX `idx_", Lower(node), "_property_", type, "` ON `", node,
                                  "Property`(`name`, `is_custom_property`, `", type, "_value`) WHERE `", type,
                                  "_value` IS NOT NULL"));
    }
  }
  return statements;
}

absl::StatusOr<SchemaState> InspectSchema(SqlConnection& sql, std::string_view database) {
  ASSIGN_OR_RETURN(const std::vector<std::string> tables, sql.TableNames());
  if (tables.empty()) return SchemaState::kEmpty;
  const auto has = [&](std::string_view name) { return std::find(tables.begin(), tables.end(), name) != tables.end(); };
  if (!has("MLMDEnv")) {
    if (has("Type") && has("Artifact") && has("Execution")) {
      return absl::FailedPreconditionError(
          Concat(database, ": ML Metadata schema version 0 is older than this program's version ", kSchemaVersion,
                 "; upgrade the database with ml-metadata (enable_upgrade_migration) first"));
    }
    return absl::FailedPreconditionError(
        Concat(database, ": not an ML Metadata store: it holds other tables (",
               absl::StrJoin(absl::MakeConstSpan(tables).subspan(0, std::min<size_t>(tables.size(), 5)), ", "),
               "); it was left as it is. Name another database"));
  }
  std::vector<int64_t> versions;
  RETURN_IF_ERROR(sql.Select("SELECT schema_version FROM MLMDEnv", {}, [&](const SqlRow& row) {
    versions.push_back(row.Int(0));
    return absl::OkStatus();
  }));
  if (versions.size() != 1) {
    return absl::FailedPreconditionError(
        Concat(database, ": table MLMDEnv has ", versions.size(), " rows where one schema version is expected"));
  }
  if (versions[0] > kSchemaVersion) {
    return absl::FailedPreconditionError(Concat(database, ": ML Metadata schema version ", versions[0],
                                                " is newer than this program's version ", kSchemaVersion,
                                                "; use a newer program, or another database"));
  }
  if (versions[0] < kSchemaVersion) {
    return absl::FailedPreconditionError(
        Concat(database, ": ML Metadata schema version ", versions[0], " is older than this program's version ",
               kSchemaVersion, "; upgrade the database with ml-metadata (enable_upgrade_migration) first"));
  }
  for (const char* table :
       {"Type", "TypeProperty", "ParentType", "Artifact", "ArtifactProperty", "Execution", "ExecutionProperty",
        "Context", "ContextProperty", "ParentContext", "Event", "EventPath", "Association", "Attribution"}) {
    if (!has(table)) {
      return absl::DataLossError(Concat(database, ": table ", table, " of ML Metadata's schema is missing"));
    }
  }
  return SchemaState::kCurrent;
}

absl::Status CreateSqliteSchema(SqlConnection& sql) {
  for (const std::string& statement : SqliteSchemaStatements()) RETURN_IF_ERROR(sql.Run(statement, {}));
  RETURN_IF_ERROR(sql.Run("INSERT INTO MLMDEnv (schema_version) VALUES (?)", {kSchemaVersion}));
  for (const SystemType& type : SystemTypes()) {
    RETURN_IF_ERROR(sql.Run("INSERT INTO Type (name, type_kind) VALUES (?, ?)",
                            {std::string_view(type.name), static_cast<int64_t>(type.kind)}));
  }
  return absl::OkStatus();
}

}  // namespace mlmd
