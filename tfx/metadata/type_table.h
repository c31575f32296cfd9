// Types, of all three kinds, as rows of Type, TypeProperty and ParentType.
#ifndef TFX_METADATA_TYPE_TABLE_H_
#define TFX_METADATA_TYPE_TABLE_H_

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

enum class TypeKind : int { kExecution = 0, kArtifact = 1, kContext = 2 };  // column type_kind

struct TypeRecord {
  int64_t id = 0;
  TypeKind kind = TypeKind::kArtifact;
  std::string name, version, description, external_id;  // "" where NULL
  std::string input_type, output_type;                  // JSON of ArtifactStructType
  std::map<std::string, ml_metadata::PropertyType> properties;
  int base_type = 0;             // SystemDefinedBaseType of the kind; 0: none
  bool base_type_given = false;  // of a request: base_type was set, be it to UNSET
};

// The nine types that every store holds, with ids 1 to 9 in this order, and the base_type that stands for each.
struct SystemType {
  const char* name;
  TypeKind kind;
  int base_type;
};
absl::Span<const SystemType> SystemTypes();

absl::StatusOr<TypeRecord> ToRecord(const ArtifactType& type);
absl::StatusOr<TypeRecord> ToRecord(const ExecutionType& type);
absl::StatusOr<TypeRecord> ToRecord(const ContextType& type);
absl::Status FromRecord(const TypeRecord& record, ArtifactType* type);
absl::Status FromRecord(const TypeRecord& record, ExecutionType* type);
absl::Status FromRecord(const TypeRecord& record, ContextType* type);

// In ascending id.
absl::StatusOr<std::vector<TypeRecord>> LoadTypesOfKind(SqlConnection& sql, TypeKind kind);  // without system types
absl::StatusOr<std::vector<TypeRecord>> LoadTypesById(SqlConnection& sql, absl::Span<const int64_t> ids);
absl::StatusOr<std::vector<TypeRecord>> LoadTypesByExternalId(SqlConnection& sql, TypeKind kind,
                                                              absl::Span<const std::string> external_ids);
absl::StatusOr<std::optional<TypeRecord>> LoadType(SqlConnection& sql, TypeKind kind, std::string_view name,
                                                   std::string_view version);
absl::StatusOr<std::optional<int64_t>> FindTypeId(SqlConnection& sql, TypeKind kind, std::string_view name,
                                                  std::string_view version);

// Creates or extends, by MetadataStore's rules; returns the id.
absl::StatusOr<int64_t> UpsertType(SqlConnection& sql, const TypeRecord& type, const PutTypeOptions& options);

// Types that were seen in committed state, by id. What it knows stays true for ever: a committed type is never deleted
// or renamed and its properties never change their data type; only new ones come. Thread-safe.
class TypeCache {
 public:
  // nullptr where there is no such type.
  absl::StatusOr<std::shared_ptr<const TypeRecord>> Find(SqlConnection& sql, int64_t id);
  // Reads the type anew: another process may have added properties.
  absl::StatusOr<std::shared_ptr<const TypeRecord>> Reload(SqlConnection& sql, int64_t id);
  // After a commit failed: what its transactions saw of each other never was.
  void Clear();

 private:
  std::mutex mutex_;  // guards types_
  absl::flat_hash_map<int64_t, std::shared_ptr<const TypeRecord>> types_;
};

}  // namespace mlmd

#endif  // TFX_METADATA_TYPE_TABLE_H_
