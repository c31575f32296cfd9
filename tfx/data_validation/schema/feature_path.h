// The place of a feature: its name at the top level, or the names of the structs around it and its own.
#ifndef TFX_DATA_VALIDATION_SCHEMA_FEATURE_PATH_H_
#define TFX_DATA_VALIDATION_SCHEMA_FEATURE_PATH_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tensorflow::metadata::v0 {
class Path;
}

namespace tfx::tfdv {

using FeaturePath = std::vector<std::string>;

// TFDV's text form, the key of Anomalies.anomaly_info: steps joined by "."; a step that is empty or holds one of . ( )
// ' is put in single quotes with inner quotes doubled, unless it is "(...)" without inner parentheses.
std::string SerializePath(const FeaturePath& path);
// The reverse. INVALID_ARGUMENT: an empty bare step, a quote that is not closed, text behind a closing quote.
absl::StatusOr<FeaturePath> ParsePath(std::string_view text);

::tensorflow::metadata::v0::Path PathToProto(const FeaturePath& path);
FeaturePath PathFromProto(const ::tensorflow::metadata::v0::Path& path);
FeaturePath ChildPath(const FeaturePath& parent, const std::string& name);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_SCHEMA_FEATURE_PATH_H_
