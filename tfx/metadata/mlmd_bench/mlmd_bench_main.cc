// mlmd_bench: the workloads of ml-metadata's own benchmark (in its repository up to release 1.0) on our store, by the
// same configuration files and with the same report.
//
//   mlmd_bench --config_file_path=mlmd_bench.pbtxt --output_report_path=./mlmd_bench_report.pb.txt
//
// The configuration is text of MLMDBenchConfig: a connection, workloads that run one after the other, a number of
// threads. microseconds_per_operation is the time that an operation took its thread, on average, as there;
// bytes_per_second counts the messages put or read. Unlike there, all threads share one store, which is made for that,
// an operation that fails ends the benchmark (nothing is tried again), and answers are checked. A SQLite file that
// exists is used as it is: workloads then work on what it holds.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "google/protobuf/text_format.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/mlmd_bench/workloads.h"

namespace mlmd {
namespace {

using ::tfx::Concat;
using Clock = std::chrono::steady_clock;

struct Totals {
  double seconds = 0;       // of all operations together
  double wall_seconds = 0;  // of the workload
  int64_t operations = 0, bytes = 0;
};

absl::StatusOr<Totals> Run(const Workload& workload, MetadataStore& store, int num_threads) {
  Totals totals;
  absl::Status status;
  std::mutex mutex;  // of both
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    Totals mine;
    for (size_t i = next++; i < workload.operations.size(); i = next++) {
      const auto start = Clock::now();
      const auto bytes = workload.operations[i](store);
      mine.seconds += std::chrono::duration<double>(Clock::now() - start).count();
      if (!bytes.ok()) {
        const std::lock_guard lock(mutex);
        status.Update(tfx::Annotate(bytes.status(), Concat(workload.name, ", operation ", i)));
        next = workload.operations.size();
        return;
      }
      ++mine.operations;
      mine.bytes += *bytes;
    }
    const std::lock_guard lock(mutex);
    totals.seconds += mine.seconds;
    totals.operations += mine.operations;
    totals.bytes += mine.bytes;
  };
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < num_threads; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  totals.wall_seconds = std::chrono::duration<double>(Clock::now() - start).count();
  RETURN_IF_ERROR(status);
  return totals;
}

absl::Status Bench(const std::string& config_path, const std::string& report_path) {
  std::ifstream file(config_path);
  if (!file) {
    return absl::NotFoundError(
        Concat("--config_file_path: cannot read '", config_path, "'; give text of ml_metadata.MLMDBenchConfig"));
  }
  std::stringstream text;
  text << file.rdbuf();
  ml_metadata::MLMDBenchConfig config;
  if (!google::protobuf::TextFormat::ParseFromString(text.str(), &config)) {
    return absl::InvalidArgumentError(Concat(config_path, ": is no text of ml_metadata.MLMDBenchConfig (see above)"));
  }
  const int num_threads = config.thread_env_config().num_threads();
  if (num_threads < 1 || num_threads > 1000) {
    return absl::InvalidArgumentError(Concat(config_path, ": thread_env_config.num_threads: must be 1 to 1000"));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<MetadataStore> store, OpenMetadataStore(config.mlmd_config()));
  ml_metadata::MLMDBenchReport report;
  std::printf("%-32s %14s %14s %14s\n", "workload", "us/op", "bytes/s", "ops/s");
  // The store may hold what an earlier benchmark put.
  const std::string prefix = Concat("bench_", std::chrono::system_clock::now().time_since_epoch().count(), "_");
  for (const auto& workload_config : config.workload_configs()) {
    const std::string place = Concat(config_path, ": workload_configs[", report.summaries_size(), "]");
    const auto seed = static_cast<uint64_t>(report.summaries_size());
    const auto workload = MakeWorkload(workload_config, *store, seed, Concat(prefix, seed, "_"));
    if (!workload.ok()) return tfx::Annotate(workload.status(), place);
    const auto totals = Run(*workload, *store, num_threads);
    if (!totals.ok()) return tfx::Annotate(totals.status(), place);
    ml_metadata::WorkloadConfigResult& result = *report.add_summaries();
    *result.mutable_workload_config() = workload_config;
    result.set_microseconds_per_operation(totals->seconds * 1e6 / static_cast<double>(totals->operations));
    result.set_bytes_per_second(static_cast<double>(totals->bytes) / totals->wall_seconds);
    std::printf("%-32s %14.1f %14.0f %14.0f\n", workload->name.c_str(), result.microseconds_per_operation(),
                result.bytes_per_second(), static_cast<double>(totals->operations) / totals->wall_seconds);
    std::fflush(stdout);
  }
  std::string report_text;
  google::protobuf::TextFormat::PrintToString(report, &report_text);
  std::ofstream out(report_path);
  out << report_text;
  out.close();
  if (!out) return absl::UnknownError(Concat("--output_report_path: cannot write '", report_path, "'"));
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  std::string config_path, report_path = "./mlmd_bench_report.pb.txt";
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const size_t equals = argument.find('=');
    std::string* flag = argument.starts_with("--config_file_path=")     ? &config_path
                        : argument.starts_with("--output_report_path=") ? &report_path
                                                                        : nullptr;
    if (flag == nullptr) {
      std::fprintf(stderr, "usage: mlmd_bench --config_file_path=FILE [--output_report_path=FILE]\n");
      return 2;
    }
    *flag = argument.substr(equals + 1);
  }
  const absl::Status status = Bench(config_path, report_path);
  if (status.ok()) return 0;
  std::fprintf(stderr, "mlmd_bench: %s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace
}  // namespace mlmd

int main(int argc, char** argv) { return mlmd::Main(argc, argv); }
