// Artifacts, executions and contexts as rows of their tables and property tables. One template for the three; what
// distinguishes them is in NodeTraits (node_table.cc).
#ifndef TFX_METADATA_NODE_TABLE_H_
#define TFX_METADATA_NODE_TABLE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tfx/metadata/list_query.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/node_cache.h"
#include "tfx/metadata/sql_connection.h"
#include "tfx/metadata/sql_database.h"
#include "tfx/metadata/type_table.h"

namespace mlmd {

// What a call works with inside its transaction.
struct Transaction {
  SqlConnection& sql;
  TypeCache& types;
  int64_t now_ms = 0;
  // nullptr: no nodes are kept. Reads find and keep nodes by their snapshot; writes touch what they update.
  NodeCache* nodes = nullptr;
  const SqlDatabase::GetSnapshot* snapshot = nullptr;  // of reads
  uint64_t generation = 0;                             // of writes
};

struct PutNodeRules {
  std::vector<std::string> update_mask;
  bool abort_if_latest_updated_time_changed = false;
  bool force_update_time = false;
};

template <typename Node>
class NodeTable {
 public:
  // Full nodes. `tail` is what follows "FROM <table> N": joins, WHERE, ORDER BY.
  static absl::StatusOr<std::vector<Node>> Load(Transaction& tx, std::string_view tail,
                                                absl::Span<const SqlValue> values);
  // In ascending id, each once, unknown ids left out.
  static absl::StatusOr<std::vector<Node>> LoadById(Transaction& tx, absl::Span<const int64_t> ids);
  // As LoadById, for texts in one column ("external_id", "uri").
  static absl::StatusOr<std::vector<Node>> LoadByText(Transaction& tx, std::string_view column,
                                                      absl::Span<const std::string> texts);
  static absl::StatusOr<std::optional<Node>> LoadByTypeAndName(Transaction& tx, std::string_view type_name,
                                                               std::string_view name, std::string_view type_version);
  // Those of the ids that exist, in ascending order.
  static absl::StatusOr<std::vector<int64_t>> ExistingIds(SqlConnection& sql, absl::Span<const int64_t> ids);

  // Inserts or updates by MetadataStore's rules, in this order; one id per node.
  static absl::StatusOr<std::vector<int64_t>> Put(Transaction& tx, absl::Span<const Node> nodes,
                                                  const PutNodeRules& rules);
  static absl::StatusOr<std::vector<int64_t>> Put(Transaction& tx, absl::Span<const Node* const> nodes,
                                                  const PutNodeRules& rules);

  // Rows are ordered and paged by ListOptions.
  static absl::StatusOr<Page<Node>> List(Transaction& tx, const ListedRows& rows, const ListOptions& options);
};

}  // namespace mlmd

#endif  // TFX_METADATA_NODE_TABLE_H_
