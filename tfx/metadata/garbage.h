// Which artifacts nothing needs any more, and doing away with them.
//
//   ASSIGN_OR_RETURN(mlmd::GarbagePlan plan, mlmd::PlanGarbage(*store));
//   for (const mlmd::GarbageItem& item : plan.garbage) ...                       // explain
//   ASSIGN_OR_RETURN(mlmd::GarbageOutcome done, mlmd::CollectGarbage(*store, plan, remove_files));
//
// Needed is, with everything that it was made from:
// - a pushed model (type PushedModel, LIVE, its property `pushed` not 0);
// - the newest blessed model of each pipeline, with its blessing;
// - what the newest run of each pipeline made or used, and the newest one before it that ended well (it has executions,
//   and all are COMPLETE or CACHED): nobody can tell whether the newest run has ended; what a run with an execution
//   that is NEW or RUNNING made or used;
// - what no run made or used (recorded by hand, imported elsewhere), and what is PENDING or a REFERENCE.
// Everything else is garbage, except what is DELETED already.
//
// Safe against kills: artifacts are marked MARKED_FOR_DELETION before any file goes, and DELETED after the last one of
// theirs is gone; doing it again finishes what was begun. A mark remembers the state before it, in the custom property
// `state_before_gc`: where a marked artifact is needed again, it gets that state back. Not so once its deletion has
// begun (the property is gone then), nor a mark that somebody else made.
//
// Safe beside runs of this library: what is needed is asked again after marking, and a node that takes artifacts first
// records that it does and then fails where one of them was marked meanwhile (orchestration/execution_records.h). So
// one of both sees the other. Not safe beside runs of upstream's TFX, which do not look again: they may lose inputs
// that they have chosen, but not recorded yet. One collection with `remove` at a time.
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
  // Another artifact that is not garbage has the same place, or one inside or around it: the files stay. Local uris are
  // compared without file://, dots and links.
  bool files_are_shared = false;
};

struct GarbagePlan {
  std::vector<GarbageItem> garbage;       // by id
  std::map<int64_t, std::string> needed;  // by id: "what pushed model 17 was made from"
  std::vector<Artifact> marked_in_vain;   // needed, but marked by an earlier collection; by id
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
  int64_t spared = 0;  // became needed since they were marked: in their state before that again
};

// Marks the plan's garbage, and where `remove` is given deletes. At the first error of `remove` the rest stays marked.
// Files that an artifact has too which became garbage after the plan, and so is not marked, stay for the next time.
absl::StatusOr<GarbageOutcome> CollectGarbage(MetadataStore& store, const GarbagePlan& plan, const RemoveFiles& remove);

}  // namespace mlmd

#endif  // TFX_METADATA_GARBAGE_H_
