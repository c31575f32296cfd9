#include "tfx/metadata/migration.h"
namespace mlmd {
absl::StatusOr<MigrationReport> MigrateMetadataStore(const ml_metadata::ConnectionConfig&, const MigrationOptions&) {
  return absl::UnimplementedError("migration is not built yet");
}
}  // namespace mlmd
