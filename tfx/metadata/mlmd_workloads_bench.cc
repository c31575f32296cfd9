// The workloads of ml-metadata's own benchmark suite (mlmd_bench, in its repository up to release 1.0): what is put and
// read, by ten threads on a SQLite file, with that suite's sizes. Its published sample: 193,183 us per FillTypes.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "tfx/metadata/metadata_store.h"

namespace mlmd {
namespace {

template <typename T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.status().ToString().c_str());
    abort();
  }
  return *std::move(result);
}

constexpr int kNodes = 1000;

// One store for all threads of a benchmark, with nodes to read and to link.
class Store {
 public:
  Store() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tfx_mlmd_bench_XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    ml_metadata::ConnectionConfig config;
    config.mutable_sqlite()->set_filename_uri((directory_ / "metadata.db").string());
    store = Must(OpenMetadataStore(config));
    artifact_type = Must(store->PutArtifactType(Type<ArtifactType>("artifact", 10)));
    execution_type = Must(store->PutExecutionType(Type<ExecutionType>("execution", 10)));
    context_type = Must(store->PutContextType(Type<ContextType>("context", 10)));
    std::vector<Artifact> artifacts;
    std::vector<Execution> executions;
    std::vector<Context> contexts;
    for (int i = 0; i < kNodes; ++i) {
      artifacts.push_back(Node<Artifact>(artifact_type, i));
      artifacts.back().set_uri("uri" + std::to_string(i));
      executions.push_back(Node<Execution>(execution_type, i));
      contexts.push_back(Node<Context>(context_type, i));
    }
    artifact_ids = Must(store->PutArtifacts(artifacts));
    execution_ids = Must(store->PutExecutions(executions));
    context_ids = Must(store->PutContexts(contexts));
    std::vector<Attribution> attributions(kNodes);
    std::vector<Association> associations(kNodes);
    std::vector<Event> events(kNodes);
    for (int i = 0; i < kNodes; ++i) {
      attributions[i].set_artifact_id(artifact_ids[i]);
      attributions[i].set_context_id(context_ids[i % 10]);
      associations[i].set_execution_id(execution_ids[i]);
      associations[i].set_context_id(context_ids[i % 10]);
      events[i].set_artifact_id(artifact_ids[i]);
      events[i].set_execution_id(execution_ids[i]);
      events[i].set_type(Event::OUTPUT);
    }
    if (!store->PutAttributionsAndAssociations(attributions, associations).ok() || !store->PutEvents(events).ok()) {
      abort();
    }
  }
  ~Store() {
    store.reset();
    std::filesystem::remove_all(directory_);
  }

  template <typename Kind>
  static Kind Type(const std::string& name, int properties) {
    Kind type;
    type.set_name(name);
    for (int p = 0; p < properties; ++p) (*type.mutable_properties())["p" + std::to_string(p)] = ml_metadata::STRING;
    return type;
  }
  template <typename Kind>
  static Kind Node(int64_t type, int64_t number) {
    Kind node;
    node.set_type_id(type);
    node.set_name("node" + std::to_string(number));
    for (int p = 0; p < 5; ++p) {
      (*node.mutable_properties())["p" + std::to_string(p)].set_string_value(std::string(20, 'a' + p));
    }
    return node;
  }

  std::unique_ptr<MetadataStore> store;
  int64_t artifact_type = 0, execution_type = 0, context_type = 0;
  std::vector<int64_t> artifact_ids, execution_ids, context_ids;
  std::atomic<int64_t> next{kNodes};

 private:
  std::filesystem::path directory_;
};

// Runs `operation(store, random)` in every thread.
template <typename Operation>
void Run(benchmark::State& state, Operation operation) {
  static std::unique_ptr<Store> store;
  if (state.thread_index() == 0) store = std::make_unique<Store>();
  std::minstd_rand random(static_cast<unsigned>(state.thread_index() + 1));
  for (auto _ : state) operation(*store, random);
  state.SetItemsProcessed(state.iterations());
  static std::atomic<int> ended = 0;
  if (++ended < state.threads()) return;
  store.reset();
  ended = 0;
}

void FillTypes(benchmark::State& state) {
  Run(state, [](Store& s, std::minstd_rand& random) {
    Must(s.store->PutArtifactType(
        Store::Type<ArtifactType>("type" + std::to_string(s.next++), 1 + static_cast<int>(random() % 10))));
  });
}
void FillNodes(benchmark::State& state) {
  Run(state, [](Store& s, std::minstd_rand&) {
    if (Must(s.store->PutArtifacts({Store::Node<Artifact>(s.artifact_type, s.next++)})).size() != 1) abort();
  });
}
void FillContextEdges(benchmark::State& state) {
  Run(state, [](Store& s, std::minstd_rand& random) {
    Attribution link;
    link.set_artifact_id(s.artifact_ids[random() % kNodes]);
    link.set_context_id(s.context_ids[random() % kNodes]);
    if (!s.store->PutAttributionsAndAssociations({link}, {}).ok()) abort();
  });
}
void FillEvents(benchmark::State& state) {
  Run(state, [](Store& s, std::minstd_rand&) {
    const int64_t pair = s.next++;  // each pair of nodes once
    Event event;
    event.set_artifact_id(s.artifact_ids[pair % kNodes]);
    event.set_execution_id(s.execution_ids[pair / kNodes % kNodes]);
    event.set_type(Event::INPUT);
    if (!s.store->PutEvents({event}).ok()) abort();
  });
}
void ReadTypes(benchmark::State& state) {
  Run(state, [](Store& s, std::minstd_rand&) {
    if (Must(s.store->GetArtifactType("artifact")).properties().size() != 10) abort();
  });
}
void ReadNodesByProperties(benchmark::State& state) {
  Run(state, [](Store& s, std::minstd_rand& random) {
    const int number = static_cast<int>(random() % kNodes);
    const std::string name = "node" + std::to_string(number);
    switch (random() % 3) {
      case 0:
        if (Must(s.store->GetArtifactsByID({s.artifact_ids[number]})).at(0).name() != name) abort();
        return;
      case 1:
        if (Must(s.store->GetArtifactByTypeAndName("artifact", name))->id() != s.artifact_ids[number]) abort();
        return;
      default:
        if (Must(s.store->GetArtifactsByURI({"uri" + std::to_string(number)})).size() != 1) abort();
    }
  });
}
void ReadNodesViaContextEdges(benchmark::State& state) {
  Run(state, [](Store& s, std::minstd_rand& random) {
    if (Must(s.store->GetArtifactsByContext(s.context_ids[random() % 10])).items.size() != kNodes / 10) abort();
  });
}
void ReadEvents(benchmark::State& state) {
  Run(state, [](Store& s, std::minstd_rand& random) {
    if (Must(s.store->GetEventsByExecutionIDs({s.execution_ids[random() % kNodes]})).size() != 1) abort();
  });
}
BENCHMARK(FillTypes)->Threads(10)->UseRealTime();
BENCHMARK(FillNodes)->Threads(10)->UseRealTime();
BENCHMARK(FillContextEdges)->Threads(10)->UseRealTime();
BENCHMARK(FillEvents)->Threads(10)->UseRealTime();
BENCHMARK(ReadTypes)->Threads(10)->UseRealTime();
BENCHMARK(ReadNodesByProperties)->Threads(10)->UseRealTime();
BENCHMARK(ReadNodesViaContextEdges)->Threads(10)->UseRealTime();
BENCHMARK(ReadEvents)->Threads(10)->UseRealTime();

}  // namespace
}  // namespace mlmd
