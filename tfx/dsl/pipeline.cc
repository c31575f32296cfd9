#include "tfx/dsl/pipeline.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "tfx/base/concat.h"
#include "tfx/base/nearest_name.h"
#include "tfx/io/file_system.h"

namespace tfx {
namespace {

constexpr size_t kLongestName = 63;  // TFX's limit for pipeline names

bool IsPlainName(std::string_view name) {
  return !name.empty() && name[0] != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.';
  });
}

// Finds what is wrong between the nodes. Producers are looked up by graph identity or by id.
class WiringCheck {
 public:
  explicit WiringCheck(const Pipeline& pipeline) : pipeline_(pipeline), nodes_(pipeline.graph.nodes()) {}

  std::vector<WiringError> Run() {
    CheckPipeline();
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (!by_id_.emplace(nodes_[i].id, i).second) duplicates_.insert(nodes_[i].id);
    }
    for (const std::string& id : duplicates_) {
      Add(id, "", "several nodes have this id; give all but one another, as in p.Add(..., {.id = \"second\"})");
    }
    for (const auto& [id, index] : by_id_) ids_.push_back(id);
    for (const Node& node : nodes_) CheckNode(node);
    CheckCycles();
    return std::move(errors_);
  }

 private:
  void Add(std::string_view node, std::string_view field, std::string message) {
    errors_.push_back({std::string(node), std::string(field), std::move(message)});
  }

  void CheckPipeline() {
    if (!IsPlainName(pipeline_.name) || pipeline_.name.size() > kLongestName) {
      Add("pipeline", "name",
          Concat("'", pipeline_.name, "' must be 1 to ", kLongestName,
                 " letters, digits, '_', '-' or '.', not starting with '.'"));
    }
    if (pipeline_.root.empty()) Add("pipeline", "root", "is empty; give the directory where artifacts go");
    if (const absl::Status status = pipeline_.metadata_connection_config.Check(); !status.ok()) {
      Add("pipeline", "metadata_connection_config", std::string(status.message()));
    }
    if (pipeline_.metadata_connection_config.IsSet() && !pipeline_.metadata_path.empty()) {
      Add("pipeline", "metadata_path", "is given beside metadata_connection_config; give one of them");
    }
    if (nodes_.empty()) Add("pipeline", "", "has no nodes");
  }

  const Node* Producer(const Node& consumer, const std::string& field, const ChannelRef& source) {
    if (source.graph == pipeline_.graph.identity()) return &nodes_[source.node_index];
    if (source.graph != 0) {
      Add(consumer.id, field, Concat("is wired to '", source.node_id, "' of another pipeline"));
      return nullptr;
    }
    const auto it = by_id_.find(source.node_id);
    if (it == by_id_.end()) {
      Add(consumer.id, field,
          Concat("no node '", source.node_id, "' in this pipeline", DidYouMean(source.node_id, ids_)));
      return nullptr;
    }
    return &nodes_[it->second];
  }

  void CheckNode(const Node& node) {
    errors_.insert(errors_.end(), node.errors.begin(), node.errors.end());
    if (!IsPlainName(node.id)) {
      Add(node.id, "id", "must be letters, digits, '_', '-' or '.', not starting with '.'");
    }
    if (node.options.max_execution_retries < 0) Add(node.id, "max_execution_retries", "must be at least 0");
    if (node.options.execution_timeout_seconds < 0) Add(node.id, "execution_timeout_seconds", "must be at least 0");
    std::set<std::string>& upstream = upstream_[node.id];
    for (const auto& [key, input] : node.inputs) {
      for (const ChannelRef& source : input.sources) {
        const Node* producer = Producer(node, key, source);
        if (producer == nullptr) continue;
        const auto output = producer->outputs.find(source.output_key);
        if (output == producer->outputs.end()) {
          std::vector<std::string> keys;
          for (const auto& [name, value] : producer->outputs) keys.push_back(name);
          Add(node.id, key,
              Concat("node '", producer->id, "' has no output '", source.output_key, "'",
                     keys.empty() ? "" : "; it has ", absl::StrJoin(keys, ", ")));
        } else if (output->second.type->name != input.type->name) {
          Add(node.id, key,
              Concat("needs ", input.type->name, ", but output '", source.output_key, "' of '", producer->id, "' is ",
                     output->second.type->name));
        }
        upstream.insert(producer->id);
      }
    }
    for (const std::string& id : node.options.upstream_nodes) {
      if (!by_id_.contains(id)) {
        Add(node.id, "upstream_nodes", Concat("no node '", id, "' in this pipeline", DidYouMean(id, ids_)));
      } else {
        upstream.insert(id);
      }
    }
    for (const std::string& name : node.file_parameters) {
      if (const std::string* path = KnownPath(node, name))
        CheckReadable(node.id, name, io::OpenForRead(*path).status());
    }
    for (const std::string& name : node.directory_parameters) {
      if (const std::string* path = KnownPath(node, name)) {
        CheckReadable(node.id, name, io::ListDirectory(*path).status());
      }
    }
  }

  // The parameter's text; null where it is absent, empty, or a runtime parameter.
  static const std::string* KnownPath(const Node& node, const std::string& name) {
    const auto it = node.parameters.find(name);
    if (it == node.parameters.end() || !it->second.runtime_parameter_name.empty()) return nullptr;
    const auto* path = std::get_if<std::string>(&it->second.value);
    return path == nullptr || path->empty() ? nullptr : path;
  }
  void CheckReadable(const std::string& node_id, const std::string& parameter, const absl::Status& status) {
    if (!status.ok()) Add(node_id, parameter, std::string(status.message()));
  }

  // One error per cycle, naming its nodes in order.
  void CheckCycles() {
    std::map<std::string, int> state;  // 1: on the path, 2: done
    std::vector<std::string> path;
    for (const Node& node : nodes_) Visit(node.id, state, path);
  }
  void Visit(const std::string& id, std::map<std::string, int>& state, std::vector<std::string>& path) {
    if (state[id] == 2) return;
    if (state[id] == 1) {
      std::vector<std::string> cycle(std::find(path.begin(), path.end(), id), path.end());
      std::reverse(cycle.begin(), cycle.end());  // the path goes upstream; data goes down
      cycle.push_back(cycle.front());
      Add(id, "", Concat("is part of a cycle: ", absl::StrJoin(cycle, " -> ")));
      return;
    }
    state[id] = 1;
    path.push_back(id);
    for (const std::string& next : upstream_[id]) Visit(next, state, path);
    path.pop_back();
    state[id] = 2;
  }

  const Pipeline& pipeline_;
  const std::vector<Node>& nodes_;
  std::map<std::string, size_t> by_id_;
  std::vector<std::string> ids_;
  std::set<std::string> duplicates_;
  std::map<std::string, std::set<std::string>> upstream_;
  std::vector<WiringError> errors_;
};

}  // namespace

PipelineGraph::PipelineGraph() {
  static std::atomic<uint64_t> next{1};
  identity_ = next.fetch_add(1);
}

size_t PipelineGraph::Append(Node node, NodeOptions options) {
  node.options = std::move(options);
  node.options.id = node.id;
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

std::vector<WiringError> Pipeline::Errors() const { return WiringCheck(*this).Run(); }

absl::Status Pipeline::Check() const {
  const std::vector<WiringError> errors = Errors();
  if (errors.empty()) return absl::OkStatus();
  std::vector<std::string> lines;
  for (const WiringError& error : errors) lines.push_back(ToString(error));
  return absl::InvalidArgumentError(absl::StrJoin(lines, "\n"));
}

}  // namespace tfx
