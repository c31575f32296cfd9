// Reading the artifacts that data validation writes.
#ifndef TFX_COMPONENTS_SCHEMA_FILE_H_
#define TFX_COMPONENTS_SCHEMA_FILE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/dsl/executor.h"

namespace tfx {

// The only file in a Schema artifact's directory. FAILED_PRECONDITION when there is none or several.
absl::StatusOr<std::string> SchemaPath(const Artifact& schema);
absl::StatusOr<std::shared_ptr<const ::tensorflow::metadata::v0::Schema>> ReadSchema(const Artifact& schema);

// Split-<split>/FeatureStats.pb of an ExampleStatistics artifact, or its shards (StatisticsGen's sharded_stats_output),
// or stats_tfrecord of TFX before 0.29. NOT_FOUND: none of them; DATA_LOSS: damaged (names the file).
absl::StatusOr<::tensorflow::metadata::v0::DatasetFeatureStatisticsList> ReadStatistics(const Artifact& statistics,
                                                                                        const std::string& split);

}  // namespace tfx

#endif  // TFX_COMPONENTS_SCHEMA_FILE_H_
