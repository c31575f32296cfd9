#include "tfx/metadata_service/request_log.h"

#include <cstdio>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace mlmd {
namespace {

constexpr const char* kLevelNames[] = {"info", "warning", "error"};

void WriteToStderr(std::string_view line) {
  std::string whole(line);
  whole += '\n';
  std::fwrite(whole.data(), 1, whole.size(), stderr);  // stderr has no buffer: one write, so lines stay whole
}

}  // namespace

RequestLog::RequestLog(std::function<void(std::string_view)> sink) : sink_(sink ? std::move(sink) : WriteToStderr) {}

void RequestLog::Write(Level level, std::string_view event, const nlohmann::ordered_json& fields) {
  nlohmann::ordered_json line = {{"time", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone())},
                                 {"level", kLevelNames[static_cast<int>(level)]},
                                 {"event", event}};
  line.update(fields);
  const std::string text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::lock_guard<std::mutex> lock(mutex_);
  sink_(text);
}

}  // namespace mlmd
