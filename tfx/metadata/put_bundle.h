// The puts that store nodes and what links them together, as one piece of work inside a transaction.
#ifndef TFX_METADATA_PUT_BUNDLE_H_
#define TFX_METADATA_PUT_BUNDLE_H_

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/node_table.h"

namespace mlmd {

absl::StatusOr<PutExecutionResult> PutExecutionBundle(Transaction& tx, const Execution& execution,
                                                      absl::Span<const ArtifactAndEvent> pairs,
                                                      absl::Span<const Context> contexts,
                                                      const PutExecutionOptions& options);

absl::StatusOr<PutLineageSubgraphResult> PutSubgraph(Transaction& tx, absl::Span<const Execution> executions,
                                                     absl::Span<const Artifact> artifacts,
                                                     absl::Span<const Context> contexts,
                                                     absl::Span<const LineageEdge> edges,
                                                     const PutLineageSubgraphOptions& options);

}  // namespace mlmd

#endif  // TFX_METADATA_PUT_BUNDLE_H_
