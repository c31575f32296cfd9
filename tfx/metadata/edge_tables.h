// What links nodes: events with their paths, attributions, associations, parents of contexts.
#ifndef TFX_METADATA_EDGE_TABLES_H_
#define TFX_METADATA_EDGE_TABLES_H_

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/node_table.h"

namespace mlmd {

// INVALID_ARGUMENT for the first id that has no artifact (execution, context); the message names it.
absl::Status CheckArtifactsExist(SqlConnection& sql, absl::Span<const int64_t> ids);
absl::Status CheckExecutionsExist(SqlConnection& sql, absl::Span<const int64_t> ids);
absl::Status CheckContextsExist(SqlConnection& sql, absl::Span<const int64_t> ids);

// An event between nodes whose ids may be known only now; the event's own ids do not count.
struct EventBetween {
  const Event* event = nullptr;
  std::optional<int64_t> artifact_id, execution_id;
};
// Type and both ids must be set; whether the nodes exist is the caller's to know. A missing time becomes now.
absl::Status InsertEvents(Transaction& tx, absl::Span<const EventBetween> events);
enum class EventEnd { kArtifact, kExecution };
// Events at any of the nodes, in the order in which they were inserted.
absl::StatusOr<std::vector<Event>> LoadEvents(SqlConnection& sql, EventEnd end, absl::Span<const int64_t> ids);

// Idempotent; the nodes must exist.
// Pairs of a context's id and a node's.
using ContextLinks = std::vector<std::pair<int64_t, int64_t>>;
absl::Status LinkArtifacts(SqlConnection& sql, const ContextLinks& links);
absl::Status LinkExecutions(SqlConnection& sql, const ContextLinks& links);

absl::Status InsertParentContext(SqlConnection& sql, const ParentContext& link);
enum class ContextRelation { kParents, kChildren };
// By the id asked for, each list in ascending id; ids without relatives have no entry.
absl::StatusOr<std::map<int64_t, std::vector<Context>>> LoadRelatedContexts(Transaction& tx, ContextRelation relation,
                                                                            absl::Span<const int64_t> ids);

}  // namespace mlmd

#endif  // TFX_METADATA_EDGE_TABLES_H_
