// What the server counts, in Prometheus' text format (version 0.0.4):
//
//   mlmd_requests_total{method="PutArtifacts",transport="grpc",code="OK"}   requests answered
//   mlmd_request_duration_seconds_{bucket,sum,count}{method="PutArtifacts"} from the whole request to the whole answer
//   mlmd_requests_in_flight                                                 at work now
//   mlmd_request_bytes_total, mlmd_response_bytes_total {method=...}        of the messages
//   mlmd_start_time_seconds                                                 when counting began
//
// Labels are names of the service's calls only, so no client can make them grow. Thread-safe and lock-free.
#ifndef TFX_METADATA_SERVICE_SERVICE_METRICS_H_
#define TFX_METADATA_SERVICE_SERVICE_METRICS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace mlmd {

enum class Transport { kGrpc, kGrpcWeb, kJson };
inline constexpr int kNumTransports = 3;
std::string_view TransportName(Transport transport);  // "grpc", "grpc-web", "json"

class ServiceMetrics {
 public:
  ServiceMetrics();

  void Started() { in_flight_.fetch_add(1, std::memory_order_relaxed); }
  // `call` is the place of the call in StoreCalls().
  void Finished(size_t call, Transport transport, absl::StatusCode code, absl::Duration duration, int64_t request_bytes,
                int64_t response_bytes);

  int64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }
  std::string Text() const;

 private:
  static constexpr int kNumCodes = 17;
  static constexpr std::array<double, 14> kBucketSeconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                            0.1,    0.25,  0.5,    1,     2.5,  5,     10};
  struct PerCall {
    std::array<std::array<std::atomic<int64_t>, kNumCodes>, kNumTransports> answered{};
    std::array<std::atomic<int64_t>, kBucketSeconds.size() + 1> durations{};  // the last: longer than all
    std::atomic<int64_t> nanoseconds{0}, request_bytes{0}, response_bytes{0};
  };

  const absl::Time start_;
  std::atomic<int64_t> in_flight_{0};
  const std::unique_ptr<PerCall[]> calls_;
};

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_SERVICE_METRICS_H_
