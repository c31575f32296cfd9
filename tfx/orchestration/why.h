// Explains why a node ran or was reused, from the records that executions leave (cache_key.h).
#ifndef TFX_ORCHESTRATION_WHY_H_
#define TFX_ORCHESTRATION_WHY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/metadata/metadata_store.h"

namespace tfx {

struct Explanation {
  std::string node;
  std::string run_id;
  int64_t execution_id = 0;
  std::string state;                 // "COMPLETE", "CACHED", ...
  int64_t compared_with = 0;         // the execution that it was compared with; 0: none
  std::vector<std::string> reasons;  // one line each; never empty
};

// Of the node's newest execution. NOT_FOUND where the node never ran.
absl::StatusOr<Explanation> Explain(mlmd::MetadataStore& store, const std::string& pipeline, const std::string& root,
                                    const std::string& node);

std::string ToText(const Explanation& explanation);
std::string ToJson(const Explanation& explanation);

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_WHY_H_
