// The workloads of mlmd_bench: what a WorkloadConfig asks for, as calls of a MetadataStore that are made up beforehand.
//
//   ASSIGN_OR_RETURN(const Workload workload, MakeWorkload(config, *store, seed, "bench_"));
//   for (const Operation& operation : workload.operations) { ... operation(*store) ... }      // from any thread
//
// Fills that update, edges, events and reads take the nodes and types that are in the store: the workloads before have
// to put some. Every operation checks what it is answered. Equal seeds and stores make equal operations.
#ifndef TFX_METADATA_MLMD_BENCH_WORKLOADS_H_
#define TFX_METADATA_MLMD_BENCH_WORKLOADS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mlmd_bench.pb.h"
#include "tfx/metadata/metadata_store.h"

namespace mlmd {

// Answers how many bytes the messages have that were put or read. INTERNAL: the answer is not what was asked for.
using Operation = std::function<absl::StatusOr<int64_t>(MetadataStore& store)>;

struct Workload {
  std::string name;  // "FILL_ARTIFACT_TYPE", "READ_ARTIFACTS_BY_URIs"
  std::vector<Operation> operations;
};

// INVALID_ARGUMENT names the field that is missing or out of range; FAILED_PRECONDITION where the store lacks what the
// workload works on, and says which workload puts it. `prefix` begins the names of new types and nodes and makes them
// new in the store.
absl::StatusOr<Workload> MakeWorkload(const ml_metadata::WorkloadConfig& config, MetadataStore& store, uint64_t seed,
                                      const std::string& prefix);

}  // namespace mlmd

#endif  // TFX_METADATA_MLMD_BENCH_WORKLOADS_H_
