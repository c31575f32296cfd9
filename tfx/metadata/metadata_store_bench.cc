// Calls per second of the store, each checked by its result. tests/bench/metadata_bench.py runs the peer, ml-metadata's
// Python client on a SQLite file, in the same run and prints the ratios.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>

#include "tfx/metadata/bench_store.h"
#include "tfx/metadata/metadata_store.h"

namespace mlmd {
namespace {

enum Where { kFile = 0, kMemory = 1 };

std::unique_ptr<MetadataStore> Open(int64_t where, const BenchDirectory& directory, const OpenOptions& options) {
  ml_metadata::ConnectionConfig memory;
  memory.mutable_fake_database();
  return Must(OpenMetadataStore(where == kMemory ? memory : directory.SqliteFile(), options));
}

class Fixture : private BenchDirectory, public BenchStore {
 public:
  explicit Fixture(int64_t where, const OpenOptions& options = {}) : BenchStore(Open(where, *this, options)) {}
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

// Every read from the tables, as the first one of a store is.
void GetArtifactsByContextUncached(benchmark::State& state) {
  Fixture fixture(state.range(0), {.node_cache_bytes = 0});
  const int64_t context = fixture.PutExecution(static_cast<int>(state.range(1))).context_ids[0];
  for (auto _ : state) {
    if (Must(fixture.store->GetArtifactsByContext(context)).items.size() != static_cast<size_t>(state.range(1)))
      abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(GetArtifactsByContextUncached)->Args({kFile, 2000})->UseRealTime();

// One of the 2,000 is updated before each read; both are measured, and no disk.
void GetArtifactsByContextAfterAnUpdate(benchmark::State& state) {
  Fixture fixture(kMemory);
  const PutExecutionResult put = fixture.PutExecution(2000);
  int64_t span = 1;
  for (auto _ : state) {
    Artifact update = fixture.artifact;
    update.set_id(put.artifact_ids[static_cast<size_t>(span) % 2000]);
    (*update.mutable_properties())["span"].set_int_value(++span);
    Must(fixture.store->PutArtifacts({update}));
    const NodeList<Artifact> artifacts = Must(fixture.store->GetArtifactsByContext(put.context_ids[0])).items;
    const bool seen = std::any_of(artifacts.begin(), artifacts.end(), [&](const Artifact& artifact) {
      return artifact.id() == update.id() && artifact.properties().at("span").int_value() == span;
    });
    if (!seen || artifacts.size() != 2000) abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(GetArtifactsByContextAfterAnUpdate)->UseRealTime();

// A store of a million artifacts, each with two properties and in one of a thousand contexts. From the first goes a
// chain of executions that make five artifacts each.
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
    std::vector<Context> runs(1000, fixture.context);
    for (size_t i = 0; i < runs.size(); ++i) runs[i].set_name("run-" + std::to_string(i));
    const std::vector<int64_t> contexts = Must(fixture.store->PutContexts(runs));
    for (int i = 0; i < kArtifacts; i += 10'000) {
      std::vector<Artifact> artifacts(10'000, fixture.artifact);
      for (int k = 0; k < 10'000; ++k) {
        artifacts[k].set_name("artifact-" + std::to_string(i + k));
        artifacts[k].set_uri("/data/" + std::to_string(i + k));
        (*artifacts[k].mutable_properties())["span"].set_int_value((i + k) % 1000);
        (*artifacts[k].mutable_custom_properties())["version"].set_string_value(std::to_string((i + k) % 7));
      }
      const std::vector<int64_t> put = Must(fixture.store->PutArtifacts(artifacts));
      std::vector<Attribution> links(put.size());
      for (size_t k = 0; k < put.size(); ++k) {
        links[k].set_context_id(contexts[k % contexts.size()]);
        links[k].set_artifact_id(put[k]);
      }
      if (!fixture.store->PutAttributionsAndAssociations(links, {}).ok()) abort();
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
// The version comes first where SQLite, left alone, would start from its 143,000 rows.
constexpr char kTwoProperties[] = "custom_properties.version.string_value = '3' AND properties.span.int_value = 500";
constexpr char kTwoPropertiesOfMany[] =
    "custom_properties.version.string_value = '3' AND properties.span.int_value > 500";
BENCHMARK_CAPTURE(FilteredPageOfAMillion, Name, "name = 'artifact-777777'", 1)->UseRealTime();
BENCHMARK_CAPTURE(FilteredPageOfAMillion, Uri, "uri LIKE '/data/99999%'", 11)->UseRealTime();
BENCHMARK_CAPTURE(FilteredPageOfAMillion, Property, "properties.span.int_value = 500", 100)->UseRealTime();
BENCHMARK_CAPTURE(FilteredPageOfAMillion, ContextName, "contexts_0.name = 'run-77'", 100)->UseRealTime();
BENCHMARK_CAPTURE(FilteredPageOfAMillion, TwoProperties, kTwoProperties, 100)->UseRealTime();
BENCHMARK_CAPTURE(FilteredPageOfAMillion, TwoPropertiesOfMany, kTwoPropertiesOfMany, 100)->UseRealTime();
BENCHMARK_CAPTURE(FilteredPageOfAMillion, ContextAndProperty,
                  "contexts_0.name = 'run-77' AND custom_properties.version.string_value = '3'", 100)
    ->UseRealTime();
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
