// A metadata store as JSON lines and back: to look at, to compare, to move between SQLite, MySQL and PostgreSQL.
//
//   {"ml_metadata":{"dump_format":1,"schema_version":10}}
//   {"type":{"id":10,"name":"Examples","type_kind":1,"properties":[{"name":"span","data_type":1}]}}
//   {"parent_type":{"type_id":10,"parent_type_id":1}}
//   {"context":{...}} {"parent_context":{...}} {"artifact":{...}} {"execution":{...}}
//   {"event":{"id":1,"artifact_id":1,...,"path":[{"is_index_step":false,"step_key":"examples"}]}}
//   {"attribution":{...}} {"association":{...}}
//
// The first line says what the file is; then comes one line per type, node and edge, in this order, each kind by
// ascending id (of pairs: by both), properties by name. Fields are the columns of schema version 10, absent where NULL;
// ids and times are kept. Equal stores dump equal bytes, whatever database holds them. Texts are JSON strings;
// those that are no UTF-8 are {"base64": "..."}; proto_value is the base64 of an Any; a double that is not finite is
// "Infinity", "-Infinity" or "NaN". byte_value, which no release of ML Metadata writes, is left out.
#ifndef TFX_METADATA_DUMP_H_
#define TFX_METADATA_DUMP_H_

#include <cstdint>
#include <istream>
#include <ostream>
#include <string_view>

#include "absl/status/statusor.h"
#include "ml_metadata/proto/metadata_store.pb.h"

namespace mlmd {

struct DumpCounts {
  int64_t types = 0, nodes = 0, edges = 0;  // edges: events, links and parents
};

// Reads one state of the store, in memory of one page of rows at a time. FAILED_PRECONDITION where the schema is not of
// version 10; UNKNOWN where `out` fails; database errors as of the store.
absl::StatusOr<DumpCounts> DumpMetadataStore(const ml_metadata::ConnectionConfig& config, std::ostream& out);

// Fills an empty store, which is made where the config allows, in one transaction: all of it or nothing.
// INVALID_ARGUMENT "<name>:<line>: ..." for what is no dump, an unknown field or a wrong kind of value, and for
// contents that contradict themselves (verify.h). FAILED_PRECONDITION where the store holds types or nodes already.
absl::StatusOr<DumpCounts> LoadMetadataStore(const ml_metadata::ConnectionConfig& config, std::istream& in,
                                             std::string_view name);

}  // namespace mlmd

#endif  // TFX_METADATA_DUMP_H_
