// Moving a metadata store to another schema version, up or down, with the tables of google/ml-metadata's versions 0
// (release 0.13.2) to 10 (1.11 and later). Never happens by itself: `tfx metadata migrate` calls this, and
// OpenMetadataStore where its options ask for it.
//
//   ASSIGN_OR_RETURN(mlmd::MigrationReport plan, mlmd::MigrateMetadataStore(config, {.dry_run = true}));
//   for (const mlmd::MigrationStep& step : plan.steps) ...                  // show what would happen
//   ASSIGN_OR_RETURN(mlmd::MigrationReport done, mlmd::MigrateMetadataStore(config));
//
// - Each step goes from one version to its neighbour in one transaction, and is verified inside it: the tables, columns
//   and indexes are those of the version, and no table lost rows but those that the step announces. A step that fails
//   leaves the version before it. MySQL and MariaDB commit each change of a table at once: there a failed or killed
//   step is finished by migrating again.
// - SQLite: the file is first copied to "<file>.v<version>.backup" (with a number appended where that exists).
// - Going down drops what the older version cannot hold; `losses` counts it.
// - Other programs must not use the store meanwhile.
#ifndef TFX_METADATA_MIGRATION_H_
#define TFX_METADATA_MIGRATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ml_metadata/proto/metadata_store.pb.h"

namespace mlmd {

struct MigrationOptions {
  int64_t to_version = 10;  // 0 to 10; PostgreSQL, which came with version 10, from 1
  bool dry_run = false;     // only report what would be done; nothing is written
  bool backup = true;       // copy a SQLite file before the first step; other databases have their own tools
  int busy_timeout_ms = 30'000;
};

struct MigrationStep {
  int64_t from_version = 0, to_version = 0;
  std::vector<std::string> changes;  // in words: "table Artifact: add column external_id"
};

// What a step down drops: rows, or values of a column.
struct MigrationLoss {
  std::string what;  // "rows of table ParentContext", "values of column Artifact.external_id"
  int64_t count = 0;
};

struct MigrationReport {
  int64_t from_version = 0, to_version = 0;
  std::vector<MigrationStep> steps;   // in order; empty where the store has that version already
  std::vector<MigrationLoss> losses;  // with a count above 0 only; empty going up
  std::string backup_file;            // "" where none was (dry run: would be) made
  bool dry_run = false;
};

// INVALID_ARGUMENT: a version that does not exist. NOT_FOUND: no such file. FAILED_PRECONDITION: not a metadata store,
// a newer version than 10, or tables that are not those of the version it claims. Database errors as of the store.
absl::StatusOr<MigrationReport> MigrateMetadataStore(const ml_metadata::ConnectionConfig& config,
                                                     const MigrationOptions& options = {});

}  // namespace mlmd

#endif  // TFX_METADATA_MIGRATION_H_
