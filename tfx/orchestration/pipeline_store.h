// The metadata store in which a pipeline's runs are recorded: which one it is, and how it is opened.
//
// In this order: the flag --metadata_path (a SQLite file, grpc://host:port, mysql://..., postgresql://..., a config as
// text, or a file that holds one of these; metadata_service/open_store.h), Pipeline::metadata_connection_config,
// Pipeline::metadata_path, metadata.db in the pipeline's root.
#ifndef TFX_ORCHESTRATION_PIPELINE_STORE_H_
#define TFX_ORCHESTRATION_PIPELINE_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tfx/dsl/metadata_connection.h"
#include "tfx/dsl/pipeline.h"
#include "tfx/metadata/metadata_store.h"

namespace tfx {

// `flag`: the value of --metadata_path, "" without. The path of a SQLite file comes back absolute. INVALID_ARGUMENT
// "--metadata_path: ..." or "pipeline.metadata_connection_config: ..." where it is wrong; asks nobody.
absl::StatusOr<MetadataConnectionConfig> FindPipelineStore(const Pipeline& pipeline, const std::string& flag);

enum class StoreUse {
  kRun,   // makes a database, and the directory of a SQLite file, where there is none
  kLook,  // wants it to exist: NOT_FOUND
};
// Opens it. A server is asked something at once, so that one that is not there shows within seconds (UNAVAILABLE) and
// not as the failure of a node; afterwards a lost connection is tried again for about a quarter of a minute, and new
// nodes carry external ids, so that a repeated write is never stored twice (grpc_metadata_store.h).
absl::StatusOr<std::unique_ptr<mlmd::MetadataStore>> OpenPipelineStore(const MetadataConnectionConfig& config,
                                                                       StoreUse use);

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_PIPELINE_STORE_H_
