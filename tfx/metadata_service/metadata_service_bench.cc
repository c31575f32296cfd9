// Calls per second of our client and server over a loopback port, on a SQLite file; each checked by its result.
// tests/bench/metadata_grpc_bench.py sets them beside upstream's Python client.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "tfx/metadata_service/grpc_metadata_store.h"
#include "tfx/metadata_service/metadata_store_server.h"

namespace mlmd {
namespace {

constexpr int kRows = 2000;

// Not googletest: a failed call ends the benchmark.
template <typename T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.status().ToString().c_str());
    abort();
  }
  return *std::move(result);
}

class Fixture {
 public:
  Fixture() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tfx_metadata_service_bench_XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    ml_metadata::ConnectionConfig database;
    database.mutable_sqlite()->set_filename_uri((directory_ / "metadata.db").string());
    MetadataStoreServerOptions options;
    options.bind_address = "127.0.0.1";
    options.grpc_port = 0;
    options.request_log = MetadataStoreServerOptions::RequestLog::kNone;
    options.log = [](std::string_view) {};
    server_ = Must(MetadataStoreServer::Start(options, Must(OpenMetadataStore(database))));
    ml_metadata::MetadataStoreClientConfig config;
    config.set_host("127.0.0.1");
    config.set_port(server_->grpc_port());
    store = Must(ConnectMetadataStore(config));
    ArtifactType artifact_type;
    artifact_type.set_name("A");
    (*artifact_type.mutable_properties())["span"] = ml_metadata::INT;
    artifact.set_type_id(Must(store->PutArtifactType(artifact_type)));
    artifact.set_uri("some/uri");
    (*artifact.mutable_properties())["span"].set_int_value(1);
    (*artifact.mutable_custom_properties())["version"].set_string_value("1");
    ExecutionType execution_type;
    execution_type.set_name("E");
    execution.set_type_id(Must(store->PutExecutionType(execution_type)));
    ContextType context_type;
    context_type.set_name("C");
    context.set_type_id(Must(store->PutContextType(context_type)));
    context.set_name("c");
  }
  ~Fixture() {
    store.reset();
    server_.reset();
    std::filesystem::remove_all(directory_);
  }
  PutExecutionResult PutExecution(int artifacts) {
    Event event;
    event.set_type(Event::OUTPUT);
    event.mutable_path()->add_steps()->set_key("o");
    event.mutable_path()->add_steps()->set_index(0);
    return Must(store->PutExecution(execution, std::vector<ArtifactAndEvent>(artifacts, {artifact, event}), {context},
                                    {.reuse_context_if_already_exist = true}));
  }

  std::unique_ptr<MetadataStore> store;
  Artifact artifact;
  Execution execution;
  Context context;

 private:
  std::filesystem::path directory_;
  std::unique_ptr<MetadataStoreServer> server_;
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
