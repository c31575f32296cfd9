#include "tfx/metadata_service/service_metrics.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "tfx/base/concat.h"
#include "tfx/metadata_service/store_calls.h"

namespace mlmd {

using ::tfx::Append;

namespace {

void AppendHeader(std::string_view name, std::string_view type, std::string_view help, std::string* text) {
  Append(text, "# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n");
}

}  // namespace

std::string_view TransportName(Transport transport) {
  constexpr std::string_view kNames[] = {"grpc", "grpc-web", "json"};
  return kNames[static_cast<int>(transport)];
}

ServiceMetrics::ServiceMetrics() : start_(absl::Now()), calls_(new PerCall[StoreCalls().size()]) {}

void ServiceMetrics::Finished(size_t call, Transport transport, absl::StatusCode code, absl::Duration duration,
                              int64_t request_bytes, int64_t response_bytes) {
  PerCall& counted = calls_[call];
  const double seconds = absl::ToDoubleSeconds(duration);
  const size_t bucket =
      std::lower_bound(kBucketSeconds.begin(), kBucketSeconds.end(), seconds) - kBucketSeconds.begin();
  const int code_index = std::clamp(static_cast<int>(code), 0, kNumCodes - 1);
  constexpr auto kRelaxed = std::memory_order_relaxed;
  counted.answered[static_cast<int>(transport)][code_index].fetch_add(1, kRelaxed);
  counted.durations[bucket].fetch_add(1, kRelaxed);
  counted.nanoseconds.fetch_add(absl::ToInt64Nanoseconds(duration), kRelaxed);
  counted.request_bytes.fetch_add(request_bytes, kRelaxed);
  counted.response_bytes.fetch_add(response_bytes, kRelaxed);
  in_flight_.fetch_sub(1, kRelaxed);
}

std::string ServiceMetrics::Text() const {
  const absl::Span<const StoreCall> calls = StoreCalls();
  std::string text;
  AppendHeader("mlmd_start_time_seconds", "gauge", "When the server began to count, in seconds since 1970.", &text);
  Append(&text, "mlmd_start_time_seconds ", absl::ToUnixSeconds(start_), "\n");
  AppendHeader("mlmd_requests_in_flight", "gauge", "Requests at work.", &text);
  Append(&text, "mlmd_requests_in_flight ", in_flight(), "\n");

  AppendHeader("mlmd_requests_total", "counter", "Requests answered.", &text);
  for (size_t i = 0; i < calls.size(); ++i) {
    for (int t = 0; t < kNumTransports; ++t) {
      for (int code = 0; code < kNumCodes; ++code) {
        const int64_t count = calls_[i].answered[t][code].load();
        if (count == 0) continue;
        Append(&text, "mlmd_requests_total{method=\"", calls[i].name, "\",transport=\"",
               TransportName(static_cast<Transport>(t)), "\",code=\"",
               absl::StatusCodeToString(static_cast<absl::StatusCode>(code)), "\"} ", count, "\n");
      }
    }
  }

  AppendHeader("mlmd_request_duration_seconds", "histogram", "Time from the whole request to the whole answer.", &text);
  const auto for_called = [&](auto body) {
    for (size_t i = 0; i < calls.size(); ++i) {
      int64_t count = 0;
      for (const auto& bucket : calls_[i].durations) count += bucket.load();
      if (count > 0) body(calls[i].name, calls_[i]);
    }
  };
  for_called([&](std::string_view name, const PerCall& counted) {
    int64_t so_far = 0;
    for (size_t b = 0; b <= kBucketSeconds.size(); ++b) {
      so_far += counted.durations[b].load();
      Append(&text, "mlmd_request_duration_seconds_bucket{method=\"", name, "\",le=\"");
      if (b < kBucketSeconds.size()) {
        Append(&text, kBucketSeconds[b]);
      } else {
        Append(&text, "+Inf");
      }
      Append(&text, "\"} ", so_far, "\n");
    }
    Append(&text, "mlmd_request_duration_seconds_sum{method=\"", name, "\"} ",
           static_cast<double>(counted.nanoseconds.load()) * 1e-9, "\n");
    Append(&text, "mlmd_request_duration_seconds_count{method=\"", name, "\"} ", so_far, "\n");
  });

  AppendHeader("mlmd_request_bytes_total", "counter", "Bytes of request messages.", &text);
  for_called([&](std::string_view name, const PerCall& counted) {
    Append(&text, "mlmd_request_bytes_total{method=\"", name, "\"} ", counted.request_bytes.load(), "\n");
  });
  AppendHeader("mlmd_response_bytes_total", "counter", "Bytes of answer messages.", &text);
  for_called([&](std::string_view name, const PerCall& counted) {
    Append(&text, "mlmd_response_bytes_total{method=\"", name, "\"} ", counted.response_bytes.load(), "\n");
  });
  return text;
}

}  // namespace mlmd
