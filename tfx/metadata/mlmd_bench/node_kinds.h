// The calls of a MetadataStore that differ only by the kind of node, for the workloads of mlmd_bench.
#ifndef TFX_METADATA_MLMD_BENCH_NODE_KINDS_H_
#define TFX_METADATA_MLMD_BENCH_NODE_KINDS_H_

#include <string>
#include <vector>

#include "tfx/metadata/metadata_store.h"

namespace mlmd {

struct Artifacts {
  using Type = ArtifactType;
  using Node = Artifact;
  static constexpr char kTypes[] = "fill_types_config { specification: ARTIFACT_TYPE }";
  static constexpr char kNodes[] = "fill_nodes_config { specification: ARTIFACT }";
  static auto PutType(MetadataStore& s, const Type& t, const PutTypeOptions& o) { return s.PutArtifactType(t, o); }
  static auto Types(MetadataStore& s) { return s.GetArtifactTypes(); }
  static auto TypesById(MetadataStore& s, const std::vector<int64_t>& ids) { return s.GetArtifactTypesByID(ids); }
  static auto TypeByName(MetadataStore& s, const std::string& name) { return s.GetArtifactType(name); }
  static auto Put(MetadataStore& s, const std::vector<Node>& nodes) { return s.PutArtifacts(nodes); }
  static auto Nodes(MetadataStore& s) { return s.GetArtifacts(); }
  static auto ById(MetadataStore& s, const std::vector<int64_t>& ids) { return s.GetArtifactsByID(ids); }
  static auto ByType(MetadataStore& s, const std::string& type) { return s.GetArtifactsByType(type); }
  static auto ByName(MetadataStore& s, const std::string& type, const std::string& name) {
    return s.GetArtifactByTypeAndName(type, name);
  }
  static auto ByContext(MetadataStore& s, int64_t id) { return s.GetArtifactsByContext(id); }
  static auto Contexts(MetadataStore& s, int64_t id) { return s.GetContextsByArtifact(id); }
};
struct Executions {
  using Type = ExecutionType;
  using Node = Execution;
  static constexpr char kTypes[] = "fill_types_config { specification: EXECUTION_TYPE }";
  static constexpr char kNodes[] = "fill_nodes_config { specification: EXECUTION }";
  static auto PutType(MetadataStore& s, const Type& t, const PutTypeOptions& o) { return s.PutExecutionType(t, o); }
  static auto Types(MetadataStore& s) { return s.GetExecutionTypes(); }
  static auto TypesById(MetadataStore& s, const std::vector<int64_t>& ids) { return s.GetExecutionTypesByID(ids); }
  static auto TypeByName(MetadataStore& s, const std::string& name) { return s.GetExecutionType(name); }
  static auto Put(MetadataStore& s, const std::vector<Node>& nodes) { return s.PutExecutions(nodes); }
  static auto Nodes(MetadataStore& s) { return s.GetExecutions(); }
  static auto ById(MetadataStore& s, const std::vector<int64_t>& ids) { return s.GetExecutionsByID(ids); }
  static auto ByType(MetadataStore& s, const std::string& type) { return s.GetExecutionsByType(type); }
  static auto ByName(MetadataStore& s, const std::string& type, const std::string& name) {
    return s.GetExecutionByTypeAndName(type, name);
  }
  static auto ByContext(MetadataStore& s, int64_t id) { return s.GetExecutionsByContext(id); }
  static auto Contexts(MetadataStore& s, int64_t id) { return s.GetContextsByExecution(id); }
};
struct Contexts {
  using Type = ContextType;
  using Node = Context;
  static constexpr char kTypes[] = "fill_types_config { specification: CONTEXT_TYPE }";
  static constexpr char kNodes[] = "fill_nodes_config { specification: CONTEXT }";
  static auto PutType(MetadataStore& s, const Type& t, const PutTypeOptions& o) { return s.PutContextType(t, o); }
  static auto Types(MetadataStore& s) { return s.GetContextTypes(); }
  static auto TypesById(MetadataStore& s, const std::vector<int64_t>& ids) { return s.GetContextTypesByID(ids); }
  static auto TypeByName(MetadataStore& s, const std::string& name) { return s.GetContextType(name); }
  static auto Put(MetadataStore& s, const std::vector<Node>& nodes) { return s.PutContexts(nodes); }
  static auto Nodes(MetadataStore& s) { return s.GetContexts(); }
  static auto ById(MetadataStore& s, const std::vector<int64_t>& ids) { return s.GetContextsByID(ids); }
  static auto ByType(MetadataStore& s, const std::string& type) { return s.GetContextsByType(type); }
  static auto ByName(MetadataStore& s, const std::string& type, const std::string& name) {
    return s.GetContextByTypeAndName(type, name);
  }
};

}  // namespace mlmd

#endif  // TFX_METADATA_MLMD_BENCH_NODE_KINDS_H_
