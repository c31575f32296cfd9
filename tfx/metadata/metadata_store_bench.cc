// Calls per second of the store, each checked by its result. tests/bench/metadata_bench.py runs the peer, ml-metadata's
// Python client on a SQLite file, in the same run and prints the ratios.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <atomic>
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

// Two artifacts and a context, from one client and from many that share the store.
void PutExecution(benchmark::State& state) {
  static std::unique_ptr<Fixture> fixture;
  if (state.thread_index() == 0) fixture = std::make_unique<Fixture>(state.range(0));
  size_t calls = 0;
  for (auto _ : state) {
    if (fixture->PutExecution(2).artifact_ids.size() != 2) abort();
    ++calls;
  }
  state.SetItemsProcessed(state.iterations());
  static std::atomic<size_t> all_calls = 0, threads_done = 0;
  all_calls += calls;
  if (++threads_done != static_cast<size_t>(state.threads())) return;
  // The last thread counts: every call that returned is there.
  if (Must(fixture->store->GetExecutions()).items.size() != all_calls) abort();
  fixture.reset();
  all_calls = threads_done = 0;
}
BENCHMARK(PutExecution)->Arg(kFile)->Arg(kMemory)->UseRealTime();
BENCHMARK(PutExecution)->Arg(kFile)->Threads(16)->Threads(50)->UseRealTime();

void PutArtifacts(benchmark::State& state) {
  Fixture fixture(state.range(0));
  const std::vector<Artifact> artifacts(state.range(1), fixture.artifact);
  for (auto _ : state) Must(fixture.store->PutArtifacts(artifacts));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(PutArtifacts)->ArgsProduct({{kFile, kMemory}, {1, 100}})->UseRealTime();

void GetExecutionsByContext(benchmark::State& state) {
  Fixture fixture(state.range(0));
  int64_t context = 0;
  for (int i = 0; i < 1000; ++i) context = fixture.PutExecution(0).context_ids[0];
  for (auto _ : state) {
    if (Must(fixture.store->GetExecutionsByContext(context)).items.size() != 1000) abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(GetExecutionsByContext)->Arg(kFile)->UseRealTime();

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

// A store of a million artifacts, each with two properties, in a tree of executions: artifact i is made from artifact
// i / 5, so that lineage has a fan-out of 5.
class Million {
 public:
  static constexpr int kArtifacts = 1'000'000;

  static Million& Get() {
    static Million million;
    return million;
  }

  Fixture fixture{kFile};
  std::vector<int64_t> ids;

 private:
  Million() {
    for (int i = 0; i < kArtifacts; i += 10'000) {
      std::vector<Artifact> artifacts(10'000, fixture.artifact);
      for (int k = 0; k < 10'000; ++k) {
        artifacts[k].set_name("artifact-" + std::to_string(i + k));
        artifacts[k].set_uri("/data/" + std::to_string(i + k));
        (*artifacts[k].mutable_properties())["span"].set_int_value((i + k) % 1000);
      }
      const std::vector<int64_t> put = Must(fixture.store->PutArtifacts(artifacts));
      ids.insert(ids.end(), put.begin(), put.end());
    }
    // A chain 20 executions deep, each of which makes five artifacts, one of which goes on.
    int64_t input = ids[0];
    size_t next = 1;
    for (int depth = 0; depth < 20; ++depth) {
      Event in, out;
      in.set_type(Event::INPUT);
      in.set_artifact_id(input);
      out.set_type(Event::OUTPUT);
      std::vector<ArtifactAndEvent> pairs = {{std::nullopt, in}};
      for (int k = 0; k < 5; ++k) {
        out.set_artifact_id(ids[next++]);
        pairs.push_back({std::nullopt, out});
      }
      Must(fixture.store->PutExecution(fixture.execution, pairs, {}));
      input = ids[next - 1];
    }
  }
};

void FilteredPageOfAMillion(benchmark::State& state, const char* filter, size_t expected) {
  Million& million = Million::Get();
  for (auto _ : state) {
    const Page<Artifact> page = Must(million.fixture.store->GetArtifacts({.limit = 100, .filter_query = filter}));
    if (page.items.size() != expected) abort();
  }
}
BENCHMARK_CAPTURE(FilteredPageOfAMillion, Name, "name = 'artifact-777777'", 1)->UseRealTime();
BENCHMARK_CAPTURE(FilteredPageOfAMillion, Uri, "uri LIKE '/data/99999%'", 11)->UseRealTime();
BENCHMARK_CAPTURE(FilteredPageOfAMillion, Property, "properties.span.int_value = 500", 100)->UseRealTime();
BENCHMARK_CAPTURE(FilteredPageOfAMillion, TypeAndProperty, "type = 'A' AND properties.span.int_value > 998", 100)
    ->UseRealTime();

void PageOfAMillionByTime(benchmark::State& state) {
  Million& million = Million::Get();
  for (auto _ : state) {
    const Page<Artifact> page =
        Must(million.fixture.store->GetArtifacts({.limit = 100,
                                                  .order_by = ListOptions::OrderBy::kLastUpdateTime,
                                                  .direction = ListOptions::Direction::kDescending}));
    if (page.items.size() != 100) abort();
  }
}
BENCHMARK(PageOfAMillionByTime)->UseRealTime();

void LineageInAMillion(benchmark::State& state) {
  Million& million = Million::Get();
  LineageQuery query;
  query.options.mutable_starting_artifacts()->set_filter_query("name = 'artifact-0'");
  query.options.set_max_num_hops(40);
  for (auto _ : state) {
    const LineageGraph graph = Must(million.fixture.store->GetLineageSubgraph(query));
    if (graph.artifacts_size() != 101 || graph.executions_size() != 20 || graph.events_size() != 120) abort();
  }
}
BENCHMARK(LineageInAMillion)->UseRealTime();

}  // namespace
}  // namespace mlmd
