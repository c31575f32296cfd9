// A pipeline: named nodes wired by channels.
//
//   Pipeline p{.name = "chicago_taxi", .root = flags["pipeline_root"], .enable_cache = true};
//   auto example_gen = p.Add(CsvExampleGen{.input_base = flags["data_root"]});
//   auto statistics_gen = p.Add(StatisticsGen{.examples = example_gen.examples});
//   auto second = p.Add(StatisticsGen{...}, {.id = "second", .enable_cache = false});
//
// Adding never fails: what is wrong (missing required input or parameter, duplicate id, cycle, unknown producer, bad
// name) is collected, and Check reports all of it together before anything runs. Not thread-safe.
#ifndef TFX_DSL_PIPELINE_H_
#define TFX_DSL_PIPELINE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tfx/dsl/component.h"
#include "tfx/dsl/metadata_connection.h"
#include "tfx/dsl/node.h"

namespace tfx {

// The nodes of one pipeline in the order in which they were added.
class PipelineGraph {
 public:
  PipelineGraph();
  uint64_t identity() const { return identity_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  size_t Append(Node node, NodeOptions options);
  void AddUpstream(size_t node, std::string upstream_id) {
    nodes_[node].options.upstream_nodes.push_back(std::move(upstream_id));
  }

 private:
  uint64_t identity_;  // tells channels of different pipelines apart
  std::vector<Node> nodes_;
};

// What Add gives back: the component's outputs as fields, and the node's id.
template <typename C>
class AddedNode : public C::Outputs {
 public:
  AddedNode(typename C::Outputs outputs, std::string id) : C::Outputs(std::move(outputs)), id_(std::move(id)) {}
  const std::string& id() const { return id_; }

 private:
  std::string id_;
};

struct Pipeline {
  std::string name;           // at most 63 characters: letters, digits, _ - .
  std::string root;           // where artifacts go: <root>/<node id>/<output key>/<execution id>
  bool enable_cache = false;  // reuse outputs of earlier executions with equal inputs, parameters and code
  std::string metadata_path;  // SQLite file; empty, and no config below: <root>/metadata.db
  MetadataConnectionConfig metadata_connection_config = {};  // another store, as in TFX; not both
  PipelineGraph graph{};                                     // filled by Add

  template <Component C>
  AddedNode<C> Add(C component, NodeOptions options = {}) {
    const ComponentDescription<C>& description = C::Describe();
    std::string id = options.id.empty() ? description.info().name : options.id;
    Node node = description.MakeNode(std::move(component), id);
    const ChannelRef producer{.graph = graph.identity(), .node_index = graph.nodes().size(), .node_id = id};
    auto outputs = description.MakeOutputs(node, producer);
    graph.Append(std::move(node), std::move(options));
    return AddedNode<C>(std::move(outputs), std::move(id));
  }

  // Everything that is wrong, in the order of the nodes; empty when the pipeline can run.
  std::vector<WiringError> Errors() const;
  // INVALID_ARGUMENT with one line per error, or OK.
  absl::Status Check() const;
};

}  // namespace tfx

#endif  // TFX_DSL_PIPELINE_H_
