#include "tfx/metadata/type_table.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/id_list.h"
#include "tfx/metadata/sql_schema.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

constexpr SystemType kSystemTypes[] = {
    {"mlmd.Dataset", TypeKind::kArtifact, ArtifactType::DATASET},
    {"mlmd.Model", TypeKind::kArtifact, ArtifactType::MODEL},
    {"mlmd.Metrics", TypeKind::kArtifact, ArtifactType::METRICS},
    {"mlmd.Statistics", TypeKind::kArtifact, ArtifactType::STATISTICS},
    {"mlmd.Train", TypeKind::kExecution, ExecutionType::TRAIN},
    {"mlmd.Transform", TypeKind::kExecution, ExecutionType::TRANSFORM},
    {"mlmd.Process", TypeKind::kExecution, ExecutionType::PROCESS},
    {"mlmd.Evaluate", TypeKind::kExecution, ExecutionType::EVALUATE},
    {"mlmd.Deploy", TypeKind::kExecution, ExecutionType::DEPLOY},
};

bool IsSystemType(std::string_view name) {
  return std::any_of(std::begin(kSystemTypes), std::end(kSystemTypes),
                     [&](const SystemType& t) { return t.name == name; });
}

SqlValue NullIfEmpty(std::string_view text) { return text.empty() ? SqlValue() : SqlValue(text); }

std::string Describe(const TypeRecord& type) {
  return type.version.empty() ? Concat("`", type.name, "`") : Concat("`", type.name, "`, version `", type.version, "`");
}

template <typename Type>
TypeRecord CommonToRecord(const Type& type, TypeKind kind) {
  TypeRecord record;
  record.id = type.id();
  record.kind = kind;
  record.name = type.name();
  record.version = type.version();
  record.description = type.description();
  record.external_id = type.external_id();
  for (const auto& [name, data_type] : type.properties()) record.properties[name] = data_type;
  record.base_type = type.base_type();
  record.base_type_given = type.has_base_type();
  return record;
}

template <typename Type>
void CommonFromRecord(const TypeRecord& record, Type* type) {
  type->set_id(record.id);
  type->set_name(record.name);
  if (!record.version.empty()) type->set_version(record.version);
  if (!record.description.empty()) type->set_description(record.description);
  if (!record.external_id.empty()) type->set_external_id(record.external_id);
  for (const auto& [name, data_type] : record.properties) (*type->mutable_properties())[name] = data_type;
  if (record.base_type != 0) {
    type->set_base_type(static_cast<typename Type::SystemDefinedBaseType>(record.base_type));
  }
}

absl::StatusOr<std::string> StructTypeToJson(const ml_metadata::ArtifactStructType& type) {
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(type, &json);
  if (!status.ok()) return absl::InvalidArgumentError("the input or output type cannot be written as JSON");
  return json;
}

absl::Status StructTypeFromJson(const TypeRecord& record, const std::string& json,
                                ml_metadata::ArtifactStructType* type) {
  if (google::protobuf::util::JsonStringToMessage(json, type).ok()) return absl::OkStatus();
  return absl::DataLossError(
      Concat("type ", Describe(record), " has a stored input or output type that does not parse"));
}

// `tail` selects the rows of Type T.
absl::Status AppendTypes(SqlConnection& sql, std::string_view tail, absl::Span<const SqlValue> values,
                         std::vector<TypeRecord>* types) {
  const size_t first = types->size();
  RETURN_IF_ERROR(sql.Select(
      Concat("SELECT T.id, T.type_kind, T.name, T.version, T.description, T.input_type, T.output_type, T.external_id "
             "FROM Type T ",
             tail),
      values, [&](const SqlRow& row) {
        TypeRecord& type = types->emplace_back();
        type.id = row.Int(0);
        type.kind = static_cast<TypeKind>(row.Int(1));
        type.name = row.Text(2);
        type.version = row.Text(3);
        type.description = row.Text(4);
        type.input_type = row.Text(5);
        type.output_type = row.Text(6);
        type.external_id = row.Text(7);
        return absl::OkStatus();
      }));
  std::vector<int64_t> ids;
  absl::flat_hash_map<int64_t, size_t> at;
  for (size_t i = first; i < types->size(); ++i) {
    ids.push_back((*types)[i].id);
    at[ids.back()] = i;
  }
  RETURN_IF_ERROR(ForEachInList<int64_t>(ids, [&](const std::string& list, const std::vector<SqlValue>& in) {
    return sql.Select(Concat("SELECT type_id, name, data_type FROM TypeProperty WHERE type_id IN ", list), in,
                      [&](const SqlRow& row) {
                        (*types)[at[row.Int(0)]].properties[std::string(row.Text(1))] =
                            static_cast<ml_metadata::PropertyType>(row.Int(2));
                        return absl::OkStatus();
                      });
  }));
  return ForEachInList<int64_t>(ids, [&](const std::string& list, const std::vector<SqlValue>& in) {
    return sql.Select(Concat("SELECT P.type_id, T.name FROM ParentType P JOIN Type T ON T.id = P.parent_type_id "
                             "WHERE P.type_id IN ",
                             list),
                      in, [&](const SqlRow& row) {
                        TypeRecord& type = (*types)[at[row.Int(0)]];
                        for (const SystemType& system : kSystemTypes) {
                          if (system.kind == type.kind && system.name == row.Text(1)) type.base_type = system.base_type;
                        }
                        return absl::OkStatus();
                      });
  });
}

absl::Status CheckNewType(const TypeRecord& type) {
  if (type.name.empty()) return absl::InvalidArgumentError("No type name is specified.");
  for (const auto& [name, data_type] : type.properties) {
    if (name.empty())
      return absl::InvalidArgumentError(Concat("type ", Describe(type), " has a property without a name"));
    if (data_type == ml_metadata::UNKNOWN || !ml_metadata::PropertyType_IsValid(data_type)) {
      return absl::InvalidArgumentError(Concat("Property ", name, " is UNKNOWN. (type ", Describe(type), ")"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSameProperties(const TypeRecord& stored, const TypeRecord& given, const PutTypeOptions& options) {
  const auto differs = [&](std::string_view why, const std::string& property) {
    return absl::AlreadyExistsError(Concat("Type already exists with different properties: ", why, ": type ",
                                           Describe(stored), ", property `", property, "`"));
  };
  for (const auto& [name, data_type] : stored.properties) {
    const auto found = given.properties.find(name);
    if (found == given.properties.end()) {
      if (!options.can_omit_fields)
        return differs("can_omit_fields is false while stored type has more properties", name);
    } else if (found->second != data_type) {
      return differs(Concat("Conflicting property value type found in stored and given types (",
                            ml_metadata::PropertyType_Name(data_type), " and ",
                            ml_metadata::PropertyType_Name(found->second), ")"),
                     name);
    }
  }
  for (const auto& [name, data_type] : given.properties) {
    if (stored.properties.count(name) == 0 && !options.can_add_fields) {
      return differs("can_add_fields is false while the given type has more properties", name);
    }
  }
  return absl::OkStatus();
}

absl::Status InsertProperty(SqlConnection& sql, int64_t type_id, const std::string& name, int data_type) {
  return sql.Run("INSERT INTO TypeProperty (type_id, name, data_type) VALUES (?, ?, ?)",
                 {type_id, std::string_view(name), static_cast<int64_t>(data_type)});
}

absl::Status UpsertBaseType(SqlConnection& sql, int64_t type_id, int stored, const TypeRecord& type) {
  if (!type.base_type_given) return absl::OkStatus();
  if (type.base_type == 0) return absl::UnimplementedError("base_type deletion is not supported yet");
  if (stored == type.base_type) return absl::OkStatus();
  if (stored != 0) return absl::UnimplementedError("base_type update is not supported yet");
  for (const SystemType& system : kSystemTypes) {
    if (system.kind != type.kind || system.base_type != type.base_type) continue;
    ASSIGN_OR_RETURN(std::optional<int64_t> parent, FindTypeId(sql, type.kind, system.name, ""));
    if (!parent.has_value()) {
      return absl::FailedPreconditionError(Concat("the store lacks the system type ", system.name));
    }
    return sql.Run("INSERT INTO ParentType (type_id, parent_type_id) VALUES (?, ?)", {type_id, *parent});
  }
  return absl::InvalidArgumentError(Concat("type ", Describe(type), " has an unknown base_type ", type.base_type));
}

// Whether a put of `given` would change nothing.
bool IsStoredAlready(const TypeRecord& given, const TypeRecord& stored) {
  return (given.external_id.empty() || given.external_id == stored.external_id) &&
         (!given.base_type_given || (given.base_type != 0 && given.base_type == stored.base_type)) &&
         std::all_of(given.properties.begin(), given.properties.end(),
                     [&](const auto& property) { return stored.properties.count(property.first) > 0; });
}

absl::Status CheckExternalId(SqlConnection& sql, const TypeRecord& type, int64_t own_id) {
  if (type.external_id.empty()) return absl::OkStatus();
  return sql.Select(
      "SELECT id, name FROM Type WHERE external_id = ?", {std::string_view(type.external_id)}, [&](const SqlRow& row) {
        if (row.Int(0) == own_id) return absl::OkStatus();
        return absl::AlreadyExistsError(Concat("Conflict of external_id: ", type.external_id,
                                               " Found already existing type with the same external_id: `", row.Text(1),
                                               "`"));
      });
}

}  // namespace

absl::Span<const SystemType> SystemTypes() { return kSystemTypes; }

absl::StatusOr<TypeRecord> ToRecord(const ArtifactType& type) { return CommonToRecord(type, TypeKind::kArtifact); }

absl::StatusOr<TypeRecord> ToRecord(const ExecutionType& type) {
  TypeRecord record = CommonToRecord(type, TypeKind::kExecution);
  if (type.has_input_type()) {
    ASSIGN_OR_RETURN(record.input_type, StructTypeToJson(type.input_type()));
  }
  if (type.has_output_type()) {
    ASSIGN_OR_RETURN(record.output_type, StructTypeToJson(type.output_type()));
  }
  return record;
}

absl::StatusOr<TypeRecord> ToRecord(const ContextType& type) { return CommonToRecord(type, TypeKind::kContext); }

absl::Status FromRecord(const TypeRecord& record, ArtifactType* type) {
  CommonFromRecord(record, type);
  return absl::OkStatus();
}

absl::Status FromRecord(const TypeRecord& record, ExecutionType* type) {
  CommonFromRecord(record, type);
  if (!record.input_type.empty()) {
    RETURN_IF_ERROR(StructTypeFromJson(record, record.input_type, type->mutable_input_type()));
  }
  if (!record.output_type.empty()) {
    RETURN_IF_ERROR(StructTypeFromJson(record, record.output_type, type->mutable_output_type()));
  }
  return absl::OkStatus();
}

absl::Status FromRecord(const TypeRecord& record, ContextType* type) {
  CommonFromRecord(record, type);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<TypeRecord>> LoadTypesOfKind(SqlConnection& sql, TypeKind kind) {
  std::vector<TypeRecord> types;
  RETURN_IF_ERROR(AppendTypes(sql, "WHERE T.type_kind = ? ORDER BY T.id", {static_cast<int64_t>(kind)}, &types));
  std::erase_if(types, [](const TypeRecord& type) { return IsSystemType(type.name); });
  return types;
}

absl::StatusOr<std::vector<TypeRecord>> LoadTypesById(SqlConnection& sql, absl::Span<const int64_t> ids) {
  std::vector<int64_t> sorted(ids.begin(), ids.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<TypeRecord> types;
  RETURN_IF_ERROR(ForEachInList<int64_t>(sorted, [&](const std::string& list, const std::vector<SqlValue>& in) {
    return AppendTypes(sql, Concat("WHERE T.id IN ", list, " ORDER BY T.id"), in, &types);
  }));
  return types;
}

absl::StatusOr<std::vector<TypeRecord>> LoadTypesByExternalId(SqlConnection& sql, TypeKind kind,
                                                              absl::Span<const std::string> external_ids) {
  std::vector<std::string_view> sorted(external_ids.begin(), external_ids.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<TypeRecord> types;
  RETURN_IF_ERROR(ForEachInList<std::string_view>(sorted, [&](const std::string& list, std::vector<SqlValue> in) {
    in.push_back(static_cast<int64_t>(kind));
    return AppendTypes(sql, Concat("WHERE T.external_id IN ", list, " AND T.type_kind = ?"), in, &types);
  }));
  std::sort(types.begin(), types.end(), [](const TypeRecord& a, const TypeRecord& b) { return a.id < b.id; });
  return types;
}

absl::StatusOr<std::optional<int64_t>> FindTypeId(SqlConnection& sql, TypeKind kind, std::string_view name,
                                                  std::string_view version) {
  std::optional<int64_t> id;
  const auto take = [&](const SqlRow& row) {
    // Compared again, for MySQL ignores case and trailing blanks.
    if (!id.has_value() && row.Text(1) == name && row.Text(2) == version) id = row.Int(0);
    return absl::OkStatus();
  };
  if (version.empty()) {
    RETURN_IF_ERROR(sql.Select(
        "SELECT id, name, version FROM Type WHERE name = ? AND type_kind = ? AND version IS NULL ORDER BY id",
        {name, static_cast<int64_t>(kind)}, take));
  } else {
    RETURN_IF_ERROR(
        sql.Select("SELECT id, name, version FROM Type WHERE name = ? AND type_kind = ? AND version = ? ORDER BY id",
                   {name, static_cast<int64_t>(kind), version}, take));
  }
  return id;
}

absl::StatusOr<std::optional<TypeRecord>> LoadType(SqlConnection& sql, TypeKind kind, std::string_view name,
                                                   std::string_view version) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> id, FindTypeId(sql, kind, name, version));
  if (!id.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(std::vector<TypeRecord> types, LoadTypesById(sql, {*id}));
  if (types.empty()) return std::nullopt;
  return std::move(types[0]);
}

absl::StatusOr<int64_t> UpsertType(SqlConnection& sql, const TypeRecord& type, const PutTypeOptions& options) {
  RETURN_IF_ERROR(CheckNewType(type));
  ASSIGN_OR_RETURN(std::optional<TypeRecord> stored, LoadType(sql, type.kind, type.name, type.version));
  if (stored.has_value() && IsStoredAlready(type, *stored)) {
    RETURN_IF_ERROR(CheckSameProperties(*stored, type, options));
    return stored->id;
  }
  RETURN_IF_ERROR(LockTypes(sql));
  if (sql.dialect() != SqlDialect::kSqlite) {
    ASSIGN_OR_RETURN(stored, LoadType(sql, type.kind, type.name, type.version));
  }
  RETURN_IF_ERROR(CheckExternalId(sql, type, stored.has_value() ? stored->id : 0));
  if (!stored.has_value()) {
    ASSIGN_OR_RETURN(
        const int64_t id,
        sql.Insert("INSERT INTO Type (name, version, type_kind, description, input_type, output_type, "
                   "external_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
                   {std::string_view(type.name), NullIfEmpty(type.version), static_cast<int64_t>(type.kind),
                    NullIfEmpty(type.description), NullIfEmpty(type.input_type), NullIfEmpty(type.output_type),
                    NullIfEmpty(type.external_id)}));
    for (const auto& [name, data_type] : type.properties) RETURN_IF_ERROR(InsertProperty(sql, id, name, data_type));
    RETURN_IF_ERROR(UpsertBaseType(sql, id, 0, type));
    return id;
  }
  RETURN_IF_ERROR(CheckSameProperties(*stored, type, options));
  for (const auto& [name, data_type] : type.properties) {
    if (stored->properties.count(name) == 0) RETURN_IF_ERROR(InsertProperty(sql, stored->id, name, data_type));
  }
  if (!type.external_id.empty() && type.external_id != stored->external_id) {
    RETURN_IF_ERROR(
        sql.Run("UPDATE Type SET external_id = ? WHERE id = ?", {std::string_view(type.external_id), stored->id}));
  }
  RETURN_IF_ERROR(UpsertBaseType(sql, stored->id, stored->base_type, type));
  return stored->id;
}

absl::StatusOr<std::shared_ptr<const TypeRecord>> TypeCache::Find(SqlConnection& sql, int64_t id) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = types_.find(id);
    if (found != types_.end()) return found->second;
  }
  return Reload(sql, id);
}

absl::StatusOr<std::shared_ptr<const TypeRecord>> TypeCache::Reload(SqlConnection& sql, int64_t id) {
  ASSIGN_OR_RETURN(std::vector<TypeRecord> types, LoadTypesById(sql, {id}));
  if (types.empty()) return nullptr;
  auto type = std::make_shared<const TypeRecord>(std::move(types[0]));
  std::lock_guard<std::mutex> lock(mutex_);
  types_[id] = type;
  return type;
}

void TypeCache::Clear() {
  std::lock_guard<std::mutex> lock(mutex_);
  types_.clear();
}

}  // namespace mlmd
