// The server's log: one JSON object a line, for machines and people.
//
//   {"time":"2026-11-21T08:00:00.123Z","level":"info","event":"request","id":17,"transport":"grpc","peer":"ipv4:...",
//    "method":"PutArtifacts","code":"OK","ms":0.412,"request_bytes":120,"response_bytes":4}
//
// Requests are logged by name, size and outcome, never by content, save the text of an error. Thread-safe; lines are
// written whole.
#ifndef TFX_METADATA_SERVICE_REQUEST_LOG_H_
#define TFX_METADATA_SERVICE_REQUEST_LOG_H_

#include <functional>
#include <mutex>
#include <string_view>

#include "nlohmann/json_fwd.hpp"

namespace mlmd {

class RequestLog {
 public:
  enum class Level { kInfo, kWarning, kError };

  // `sink` gets each line without its end, under a lock; empty: stderr.
  explicit RequestLog(std::function<void(std::string_view line)> sink);

  // Adds `fields` (an object) to time, level and event. Bytes that are no UTF-8 are replaced.
  void Write(Level level, std::string_view event, const nlohmann::ordered_json& fields);

 private:
  std::mutex mutex_;
  const std::function<void(std::string_view)> sink_;
};

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_REQUEST_LOG_H_
