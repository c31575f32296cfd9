// A node of a pipeline without its C++ types: what Pipeline::Add draws out of a component's struct by its description.
// The compiler turns nodes into IR; the runner asks a node only for its executor and its user code. Component authors
// do not need this header.
#ifndef TFX_DSL_NODE_H_
#define TFX_DSL_NODE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tfx/dsl/artifact_types.h"
#include "tfx/dsl/channel.h"
#include "tfx/dsl/executor.h"
#include "tfx/dsl/parameter.h"

namespace tfx {

// The numbers are ml_metadata::ExecutionType::SystemDefinedBaseType.
enum class ExecutionBaseType { kNone = 0, kTrain = 1, kTransform = 2, kProcess = 3, kEvaluate = 4, kDeploy = 5 };

// How the launcher treats a node.
enum class NodeKind { kExecutor, kResolver, kImporter };

// Per-node switches; the second argument of Pipeline::Add.
struct NodeOptions {
  std::string id;                           // default: the component's name; unique in the pipeline
  bool enable_cache = true;                 // false: this node always runs
  std::vector<std::string> upstream_nodes;  // ids of nodes that must finish first although no artifact flows
  int max_execution_retries = 0;            // >= 0; tries after a failure, at once
  int execution_timeout_seconds = 0;        // 0: none; afterwards the node is asked to stop and fails
};

// What help, checks and documents show of a component.
struct InputDescription {
  std::string name;
  const ArtifactTypeInfo* type = nullptr;
  bool required = true;
  std::string doc;
};
struct ParameterDescription {
  std::string name;
  std::string kind;  // "string", "int", "double", "bool", "list of strings", "message tfx.components.X", "function"
  bool required = false;
  std::string default_value;  // as recorded; empty: none
  std::string doc;
};
struct OutputDescription {
  std::string name;
  const ArtifactTypeInfo* type = nullptr;
  bool always = true;  // false: depends on parameters
  std::string doc;
};
struct ComponentInfo {
  std::string name;       // "StatisticsGen"
  std::string doc;        // one sentence
  std::string type_name;  // "tfx.components.statistics_gen.component.StatisticsGen"
  ExecutionBaseType base_type = ExecutionBaseType::kNone;
  std::string executor_class;  // "tfx.components.statistics_gen.executor.Executor"; recorded in the IR
  NodeKind kind = NodeKind::kExecutor;
  std::vector<InputDescription> inputs;
  std::vector<ParameterDescription> parameters;
  std::vector<OutputDescription> outputs;
};

// The component's description as text for `help COMPONENT`.
std::string HelpText(const ComponentInfo& info);

// Something wrong with the wiring; `field` may be empty when it concerns the node as a whole.
struct WiringError {
  std::string node_id;
  std::string field;
  std::string message;  // what was expected and how to mend it
};
std::string ToString(const WiringError& error);  // "StatisticsGen.examples: ..."

struct Node {
  struct Input {
    const ArtifactTypeInfo* type = nullptr;
    bool required = true;
    std::vector<ChannelRef> sources;  // empty: not wired
  };
  struct Output {
    const ArtifactTypeInfo* type = nullptr;
  };
  // Resolver strategy for NodeKind::kResolver.
  struct ResolverStep {
    std::string class_path;
    std::string config_json;
  };

  std::string id;
  ComponentInfo info;
  NodeOptions options;
  std::map<std::string, Input> inputs;
  std::map<std::string, ParameterValue> parameters;  // absent ones left out
  std::map<std::string, Output> outputs;
  std::vector<std::string> file_parameters;  // parameters whose value is a file that joins the cache key by content
  std::vector<std::string> directory_parameters;  // parameters whose value is a directory that is read
  bool runs_user_code = false;                    // the program's build id joins the cache key
  std::vector<ResolverStep> resolver_steps;
  PropertyMap importer_properties;  // set on an imported artifact
  PropertyMap importer_custom_properties;
  std::function<std::unique_ptr<Executor>()> make_executor;  // empty for resolvers and importers
  std::vector<WiringError> errors;                           // found when the node was added
};

}  // namespace tfx

#endif  // TFX_DSL_NODE_H_
