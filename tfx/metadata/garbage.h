// Which artifacts nothing needs any more, and doing away with them.
//
//   ASSIGN_OR_RETURN(mlmd::GarbagePlan plan, mlmd::PlanGarbage(*store));
//   for (const mlmd::GarbageItem& item : plan.garbage) ...                       // explain
//   ASSIGN_OR_RETURN(mlmd::GarbageOutcome done, mlmd::CollectGarbage(*store, plan, remove_files));
//
// Needed is, with everything that it was made from:
// - a pushed model (type PushedModel, LIVE, its property `pushed` not 0);
// - the newest blessed model of each pipeline, with its blessing;
// - what the newest run of each pipeline made or used, and the newest run that ended well (all executions COMPLETE or
//   CACHED); what a run that is still going on made or used;
// - what no run made or used (recorded by hand, imported elsewhere), and what is PENDING or a REFERENCE.
// Everything else is garbage, except what is DELETED already.
//
// Safe against kills: artifacts are marked MARKED_FOR_DELETION before any file goes, and DELETED after the last one of
// theirs is gone; doing it again finishes what was begun. Safe beside runs: caches and resolvers take LIVE artifacts
// only, and what is needed is asked again after marking.
#ifndef TFX_METADATA_GARBAGE_H_
#define TFX_METADATA_GARBAGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/metadata/metadata_store.h"

namespace mlmd {

struct GarbageItem {
  Artifact artifact;
  std::string reason;  // "last used by run 'r1' of pipeline 'taxi'; its newest run is 'r9'"
  // Another artifact that is not garbage has the same uri, or one inside or around it: the files stay.
  bool files_are_shared = false;
};

struct GarbagePlan {
  std::vector<GarbageItem> garbage;       // by id
  std::map<int64_t, std::string> needed;  // by id: "what pushed model 17 was made from"
  int64_t deleted = 0;                    // DELETED before
};

// Reads only. Errors of the store.
absl::StatusOr<GarbagePlan> PlanGarbage(MetadataStore& store);

// Removes the files behind an artifact's uri; false where they must stay, and the artifact stays marked. Files that
// are not there are removed already.
using RemoveFiles = std::function<absl::StatusOr<bool>(const Artifact& artifact)>;

struct GarbageOutcome {
  int64_t marked = 0;  // newly
  int64_t deleted = 0;
  int64_t kept = 0;    // marked, but their files must stay
  int64_t spared = 0;  // became needed meanwhile: LIVE again
};

// Marks the plan's garbage, and where `remove` is given deletes. At the first error of `remove` the rest stays marked.
absl::StatusOr<GarbageOutcome> CollectGarbage(MetadataStore& store, const GarbagePlan& plan, const RemoveFiles& remove);

}  // namespace mlmd

#endif  // TFX_METADATA_GARBAGE_H_
