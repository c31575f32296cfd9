// Text protos that people write: errors by line and column.
#ifndef TFX_METADATA_SERVICE_TEXT_CONFIG_H_
#define TFX_METADATA_SERVICE_TEXT_CONFIG_H_

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace mlmd {

// INVALID_ARGUMENT "line 2, column 5: ..." for the first mistake; an unknown field is one.
absl::Status ParseTextConfig(const std::string& text, google::protobuf::Message* message);

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_TEXT_CONFIG_H_
