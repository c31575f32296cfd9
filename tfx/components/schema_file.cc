#include "tfx/components/schema_file.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/statistics/statistics_io.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tfx {

absl::StatusOr<std::string> SchemaPath(const Artifact& schema) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, io::ListDirectory(schema.uri));
  if (names.size() != 1) {
    return absl::FailedPreconditionError(
        absl::StrCat("the Schema artifact ", schema.uri, " must hold exactly one file, it holds ", names.size()));
  }
  return io::JoinPath(schema.uri, names[0]);
}

absl::StatusOr<std::shared_ptr<const ::tensorflow::metadata::v0::Schema>> ReadSchema(const Artifact& schema) {
  ASSIGN_OR_RETURN(const std::string path, SchemaPath(schema));
  auto message = std::make_shared<::tensorflow::metadata::v0::Schema>();
  RETURN_IF_ERROR(io::ReadTextProto(path, message.get()));
  return message;
}

absl::StatusOr<::tensorflow::metadata::v0::DatasetFeatureStatisticsList> ReadStatistics(const Artifact& statistics,
                                                                                        const std::string& split) {
  const std::string directory = io::JoinPath(statistics.uri, "Split-" + split);
  const std::string file = io::JoinPath(directory, "FeatureStats.pb");
  if (io::Exists(file)) return tfdv::LoadStatistics(file);
  ASSIGN_OR_RETURN(const std::vector<std::string> shards, io::Glob(io::JoinPath(directory, "FeatureStats*-of-*")));
  if (!shards.empty()) return tfdv::LoadShardedStatistics(shards);
  // Before TFX 0.29.
  if (const std::string older = io::JoinPath(directory, "stats_tfrecord"); io::Exists(older)) {
    return tfdv::LoadStatistics(older);
  }
  return absl::NotFoundError(absl::StrCat("there are no statistics of split '", split, "': ", file, " is not there"));
}

}  // namespace tfx
