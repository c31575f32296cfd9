// Text protos that people write: errors by line and column.
#ifndef TFX_METADATA_SERVICE_TEXT_CONFIG_H_
#define TFX_METADATA_SERVICE_TEXT_CONFIG_H_

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace mlmd {

// INVALID_ARGUMENT "line 2, column 5: ..." for the first mistake; an unknown field is one. Behind a field whose name
// holds "password", and behind a private key, only the place is told: the text there may be part of the secret.
absl::Status ParseTextConfig(const std::string& text, google::protobuf::Message* message);

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_TEXT_CONFIG_H_
