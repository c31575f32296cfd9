// What the benchmarks of the store and of its service share: a directory of their own, and a store with types and nodes
// to put. A failed call ends the program: no benchmark measures errors.
#ifndef TFX_METADATA_BENCH_STORE_H_
#define TFX_METADATA_BENCH_STORE_H_

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tfx/metadata/metadata_store.h"

namespace mlmd {

template <typename T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.status().ToString().c_str());
    abort();
  }
  return *std::move(result);
}

class BenchDirectory {
 public:
  BenchDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tfx_metadata_bench_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~BenchDirectory() { std::filesystem::remove_all(path_); }
  BenchDirectory(const BenchDirectory&) = delete;
  BenchDirectory& operator=(const BenchDirectory&) = delete;

  ml_metadata::ConnectionConfig SqliteFile() const {
    ml_metadata::ConnectionConfig config;
    config.mutable_sqlite()->set_filename_uri((path_ / "metadata.db").string());
    return config;
  }

 private:
  std::filesystem::path path_;
};

class BenchStore {
 public:
  explicit BenchStore(std::unique_ptr<MetadataStore> opened) : store(std::move(opened)) {
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

  // One execution, so many new artifacts as its outputs, and the context "c".
  PutExecutionResult PutExecution(int artifacts) {
    Event event;
    event.set_type(Event::OUTPUT);
    event.mutable_path()->add_steps()->set_key("o");
    event.mutable_path()->add_steps()->set_index(0);
    std::vector<ArtifactAndEvent> pairs(artifacts);
    for (ArtifactAndEvent& pair : pairs) {
      pair.artifact = artifact;
      pair.event = event;
    }
    return Must(store->PutExecution(execution, pairs, absl::MakeConstSpan(&context, 1),
                                    {.reuse_context_if_already_exist = true}));
  }

  std::unique_ptr<MetadataStore> store;
  Artifact artifact;
  Execution execution;
  Context context;
};

}  // namespace mlmd

#endif  // TFX_METADATA_BENCH_STORE_H_
