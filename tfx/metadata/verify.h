// Whether a metadata store is whole: what no transaction of ours or upstream's can leave behind, but a damaged disk, a
// hand with a SQL prompt, or another program can. `tfx metadata verify` prints it, loading a dump asks for it.
//
//   ASSIGN_OR_RETURN(mlmd::VerifyReport report, mlmd::VerifyMetadataStore(config));
//   if (!report.findings.empty()) ...
//
// Checked, in one read transaction: the file itself (SQLite: PRAGMA integrity_check), tables, columns and indexes of
// the schema version, nodes of unknown types, properties of unknown owners, properties without exactly one value or
// against their type, events and links whose ends are missing, values that no enum has, duplicate types and names,
// cycles of parent contexts. Nothing is written or mended.
#ifndef TFX_METADATA_VERIFY_H_
#define TFX_METADATA_VERIFY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ml_metadata/proto/metadata_store.pb.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

struct VerifyFinding {
  std::string what;                   // "events of unknown artifacts"
  int64_t count = 0;                  // > 0
  std::vector<std::string> examples;  // the first few, as "event 17"
};

struct VerifyReport {
  int64_t schema_version = 0;
  int64_t checks = 0;                   // made
  std::vector<VerifyFinding> findings;  // in the order of the checks; empty: whole
};

struct VerifyOptions {
  int max_examples = 5;  // per finding
  int busy_timeout_ms = 30'000;
};

// An older or newer schema than 10 is a finding, and its contents are not looked at. Errors: as of opening the store;
// FAILED_PRECONDITION where the database holds no store, DATA_LOSS where it is too damaged to be read.
absl::StatusOr<VerifyReport> VerifyMetadataStore(const ml_metadata::ConnectionConfig& config,
                                                 const VerifyOptions& options = {});

// The checks of the contents only, in the caller's transaction, over tables of version 10.
absl::StatusOr<VerifyReport> VerifyContents(SqlConnection& sql, const VerifyOptions& options = {});

}  // namespace mlmd

#endif  // TFX_METADATA_VERIFY_H_
