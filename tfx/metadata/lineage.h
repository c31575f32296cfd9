// GetLineageSubgraph: which nodes are within some hops of the starting nodes, along events.
#ifndef TFX_METADATA_LINEAGE_H_
#define TFX_METADATA_LINEAGE_H_

#include "absl/status/statusor.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/node_table.h"

namespace mlmd {

// A breadth-first walk in memory. A hop goes from artifacts to executions or back, with one query for 512 nodes.
//
// - Starting nodes: the first 101 by id that pass the filter (as upstream, whose cap of 100 is off by one); none is
// NOT_FOUND.
// - Upstream follows an artifact's output events to executions and their input events on; downstream the reverse.
// - A node that passes an ending filter is not walked on from, also where it is a starting node. Without
//   include_ending_nodes it is left out with its events; an empty filter ends nowhere.
// - max_num_hops: absent, and above 100, is 100; 0 is the starting nodes alone.
// - The answer: nodes and contexts with their id only; the events that were walked, in full; attributions and
//   associations of the nodes; contexts that these name; every type of the store, system types too, where the read mask
//   asks for types. parent_contexts stays empty, as upstream. Fields that read_mask does not name stay empty; names
//   that are no field of LineageGraph are ignored.
// - Order: ids ascending; events by artifact, execution, type; links by node, context. Upstream has no order.
// Errors: INVALID_ARGUMENT (no starting filter, negative hops, a filter that does not compile), NOT_FOUND.
absl::StatusOr<LineageGraph> LoadLineageSubgraph(Transaction& tx, const LineageQuery& query);

}  // namespace mlmd

#endif  // TFX_METADATA_LINEAGE_H_
