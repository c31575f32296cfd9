#include "tfx/metadata_service/call_dispatcher.h"

#include <limits>
#include <utility>

#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

constexpr size_t kMaxErrorBytes = 1000;

bool IsAboutTheRequest(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kAborted:
      return true;
    default:
      return false;
  }
}

}  // namespace

CallDispatcher::CallDispatcher(MetadataStore& store, ServiceMetrics& metrics, RequestLog& log,
                               MetadataStoreServerOptions::RequestLog what_to_log, std::vector<std::string> secrets)
    : store_(store), metrics_(metrics), log_(log), what_to_log_(what_to_log), secrets_(std::move(secrets)) {}

absl::Status CallDispatcher::Dispatch(const StoreCall& call, const Request& request_info,
                                      google::protobuf::Message* request, google::protobuf::Message* response,
                                      std::string* encoded_list) {
  const int64_t id = next_request_id_.fetch_add(1, std::memory_order_relaxed);
  metrics_.Started();
  const absl::Time start = absl::Now();
  absl::Status status = call.run(store_, request, response, encoded_list);
  const size_t list_size = encoded_list == nullptr ? 0 : encoded_list->size();
  int64_t response_bytes = status.ok() ? static_cast<int64_t>(response->ByteSizeLong() + list_size) : 0;
  if (response_bytes > std::numeric_limits<int>::max()) {
    status = absl::ResourceExhaustedError(
        Concat("the answer has ", response_bytes, " bytes, more than a message can have; ask for it in pages"));
    response_bytes = 0;
  }
  const absl::Duration duration = absl::Now() - start;
  metrics_.Finished(&call - StoreCalls().data(), request_info.transport, status.code(), duration, request_info.bytes,
                    response_bytes);
  using What = MetadataStoreServerOptions::RequestLog;
  if (what_to_log_ == What::kAll || (what_to_log_ == What::kErrors && !status.ok())) {
    nlohmann::ordered_json fields = {{"id", id},
                                     {"transport", TransportName(request_info.transport)},
                                     {"peer", request_info.peer},
                                     {"method", call.name},
                                     {"code", std::string(absl::StatusCodeToString(status.code()))},
                                     {"ms", absl::ToDoubleMilliseconds(duration)},
                                     {"request_bytes", request_info.bytes},
                                     {"response_bytes", response_bytes}};
    if (!status.ok()) fields["error"] = std::string(status.message().substr(0, kMaxErrorBytes));
    const bool ours = !status.ok() && !IsAboutTheRequest(status.code());
    log_.Write(ours ? RequestLog::Level::kError : RequestLog::Level::kInfo, "request", fields);
  }
  return ForClient(status, id);
}

absl::Status CallDispatcher::ForClient(const absl::Status& status, int64_t request_id) const {
  if (status.ok()) return status;
  if (!IsAboutTheRequest(status.code())) {
    return absl::Status(status.code(), Concat("the metadata store could not answer (",
                                              std::string(absl::StatusCodeToString(status.code())),
                                              "); the server's log has the cause under request ", request_id));
  }
  std::string message(status.message());
  for (const std::string& secret : secrets_) absl::StrReplaceAll({{secret, "(server)"}}, &message);
  if (message.size() > kMaxErrorBytes) message = message.substr(0, kMaxErrorBytes) + "...";
  return absl::Status(status.code(), message);
}

}  // namespace mlmd
