// Calls per second of the store, each checked by its result. Peer: ml-metadata 1.16's Python client on a SQLite file.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "tfx/metadata/metadata_store.h"

namespace mlmd {
namespace {

enum Where { kFile = 0, kMemory = 1 };

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
  explicit Fixture(int64_t where) {
    ml_metadata::ConnectionConfig config;
    if (where == kMemory) {
      config.mutable_fake_database();
    } else {
      std::string pattern = (std::filesystem::temp_directory_path() / "tfx_metadata_bench_XXXXXX").string();
      directory_ = mkdtemp(pattern.data());
      config.mutable_sqlite()->set_filename_uri((directory_ / "metadata.db").string());
    }
    store = Must(OpenMetadataStore(config));
    ArtifactType artifact_type;
    artifact_type.set_name("A");
    (*artifact_type.mutable_properties())["span"] = ml_metadata::INT;
    ExecutionType execution_type;
    execution_type.set_name("E");
    ContextType context_type;
    context_type.set_name("C");
    artifact.set_type_id(Must(store->PutArtifactType(artifact_type)));
    artifact.set_uri("some/uri");
    (*artifact.mutable_properties())["span"].set_int_value(1);
    (*artifact.mutable_custom_properties())["version"].set_string_value("1");
    execution.set_type_id(Must(store->PutExecutionType(execution_type)));
    context.set_type_id(Must(store->PutContextType(context_type)));
    context.set_name("c");
  }
  ~Fixture() {
    store.reset();
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
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
};

void PutExecution(benchmark::State& state) {
  Fixture fixture(state.range(0));
  for (auto _ : state) fixture.PutExecution(2);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(PutExecution)->Arg(kFile)->Arg(kMemory)->UseRealTime();

void PutArtifacts(benchmark::State& state) {
  Fixture fixture(state.range(0));
  const std::vector<Artifact> artifacts(state.range(1), fixture.artifact);
  for (auto _ : state) Must(fixture.store->PutArtifacts(artifacts));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(PutArtifacts)->ArgsProduct({{kFile, kMemory}, {1, 100}})->UseRealTime();

void GetArtifactsByID(benchmark::State& state) {
  Fixture fixture(state.range(0));
  const std::vector<int64_t> ids = fixture.PutExecution(100).artifact_ids;
  for (auto _ : state) {
    if (Must(fixture.store->GetArtifactsByID({ids[50]})).size() != 1) abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(GetArtifactsByID)->Arg(kFile)->Arg(kMemory)->UseRealTime();

void GetArtifactsByContext(benchmark::State& state) {
  Fixture fixture(state.range(0));
  const int64_t context = fixture.PutExecution(static_cast<int>(state.range(1))).context_ids[0];
  for (auto _ : state) {
    if (Must(fixture.store->GetArtifactsByContext(context)).items.size() != static_cast<size_t>(state.range(1)))
      abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(GetArtifactsByContext)->ArgsProduct({{kFile, kMemory}, {2, 2000}})->UseRealTime();

}  // namespace
}  // namespace mlmd
