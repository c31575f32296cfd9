// Calls per second of our client and server over a loopback port, on a SQLite file; each checked by its result.
// tests/bench/metadata_grpc_bench.py sets them beside upstream's Python client.
#include <benchmark/benchmark.h>

#include <memory>
#include <string_view>

#include "tfx/metadata/bench_store.h"
#include "tfx/metadata_service/grpc_metadata_store.h"
#include "tfx/metadata_service/metadata_store_server.h"

namespace mlmd {
namespace {

constexpr int kRows = 2000;

class Served {
 public:
  Served() {
    MetadataStoreServerOptions options;
    options.bind_address = "127.0.0.1";
    options.grpc_port = 0;
    options.request_log = MetadataStoreServerOptions::RequestLog::kNone;
    options.log = [](std::string_view) {};
    server_ = Must(MetadataStoreServer::Start(options, Must(OpenMetadataStore(directory_.SqliteFile()))));
  }
  std::unique_ptr<MetadataStore> Connect() const {
    ml_metadata::MetadataStoreClientConfig config;
    config.set_host("127.0.0.1");
    config.set_port(server_->grpc_port());
    return Must(ConnectMetadataStore(config));
  }

 private:
  BenchDirectory directory_;
  std::unique_ptr<MetadataStoreServer> server_;
};

class Fixture : private Served, public BenchStore {
 public:
  Fixture() : BenchStore(Connect()) {}
};

void PutExecution(benchmark::State& state) {
  Fixture fixture;
  for (auto _ : state) {
    if (fixture.PutExecution(2).artifact_ids.size() != 2) abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(PutExecution)->UseRealTime();

void GetArtifactsByID(benchmark::State& state) {
  Fixture fixture;
  const std::vector<int64_t> ids = fixture.PutExecution(100).artifact_ids;
  for (auto _ : state) {
    if (Must(fixture.store->GetArtifactsByID({ids[50]})).size() != 1) abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(GetArtifactsByID)->UseRealTime();

void GetArtifactsByContext(benchmark::State& state) {
  Fixture fixture;
  const int64_t context = fixture.PutExecution(kRows).context_ids[0];
  for (auto _ : state) {
    if (Must(fixture.store->GetArtifactsByContext(context)).items.size() != kRows) abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(GetArtifactsByContext)->UseRealTime();

}  // namespace
}  // namespace mlmd
