// tfx lineage ARTIFACT
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/commands.h"
#include "tfx/cli/store.h"

namespace tfx::cli {
namespace {

enum class Direction { kUp, kDown };

struct Options {
  int64_t id = 0;
  bool up = false;
  bool down = false;
  int max_hops = 100;
  std::string format = "text";
};

// What was read of the store, for both directions together.
struct Nodes {
  std::map<int64_t, mlmd::Artifact> artifacts;
  std::map<int64_t, std::string> executions;  // the node id by execution
};

// What an artifact was made from (up) or what was made from it (down).
class Lineage {
 public:
  Lineage(int64_t root, Direction direction) : root_(root), direction_(direction) {}

  absl::Status Read(mlmd::MetadataStore& store, int max_hops, Nodes* nodes) {
    using Query = ml_metadata::LineageSubgraphQueryOptions;
    mlmd::LineageQuery query{.read_mask = {"artifacts", "executions", "contexts", "events", "associations"}};
    query.options.mutable_starting_artifacts()->set_filter_query(absl::StrCat("id = ", root_));
    query.options.set_max_num_hops(max_hops);
    query.options.set_direction(direction_ == Direction::kUp ? Query::UPSTREAM : Query::DOWNSTREAM);
    auto graph = store.GetLineageSubgraph(query);
    if (absl::IsNotFound(graph.status())) {
      return absl::NotFoundError(absl::StrCat("there is no artifact ", root_, "; see tfx artifact list"));
    }
    RETURN_IF_ERROR(graph.status());
    for (const mlmd::Event& event : graph->events()) {
      // A cached execution lists the artifact as its output too; the first one made it.
      if (Towards(event)) {
        auto& near = near_[event.artifact_id()];
        if (direction_ == Direction::kDown || near.empty()) {
          near.push_back(event);
        } else if (event.execution_id() < near[0].execution_id()) {
          near[0] = event;
        }
      } else {
        far_[event.execution_id()].push_back(event);
      }
    }
    std::set<int64_t> visited;
    Walk(root_, &visited, nodes);
    return Fill(store, *graph, nodes);
  }

  const std::vector<mlmd::Event>& events() const { return events_; }

  void PrintTree(std::ostream& out, Nodes& nodes) {
    std::set<int64_t> shown;
    Print(out, root_, "", nodes, &shown);
  }

 private:
  // Whether the event leads from its artifact on to its execution.
  bool Towards(const mlmd::Event& event) const {
    const bool made = event.type() == mlmd::Event::OUTPUT || event.type() == mlmd::Event::DECLARED_OUTPUT ||
                      event.type() == mlmd::Event::INTERNAL_OUTPUT || event.type() == mlmd::Event::PENDING_OUTPUT;
    return made == (direction_ == Direction::kUp);
  }

  // Collects what is reachable by the events that are shown.
  void Walk(int64_t start, std::set<int64_t>* visited, Nodes* nodes) {
    std::vector<int64_t> open = {start};
    visited->insert(start);
    std::set<int64_t> done;
    while (!open.empty()) {
      const int64_t artifact = open.back();
      open.pop_back();
      nodes->artifacts.try_emplace(artifact);
      for (const mlmd::Event& event : near_[artifact]) {
        events_.push_back(event);
        nodes->executions.try_emplace(event.execution_id());
        if (!done.insert(event.execution_id()).second) continue;
        for (const mlmd::Event& other : far_[event.execution_id()]) {
          events_.push_back(other);
          if (visited->insert(other.artifact_id()).second) open.push_back(other.artifact_id());
        }
      }
    }
  }

  static absl::Status Fill(mlmd::MetadataStore& store, const mlmd::LineageGraph& graph, Nodes* nodes) {
    std::vector<int64_t> artifact_ids, execution_ids, context_ids;
    for (const auto& [id, artifact] : nodes->artifacts) artifact_ids.push_back(id);
    for (const auto& [id, node] : nodes->executions) execution_ids.push_back(id);
    for (const mlmd::Context& context : graph.contexts()) context_ids.push_back(context.id());
    ASSIGN_OR_RETURN(auto artifacts, store.GetArtifactsByID(artifact_ids));
    for (mlmd::Artifact& artifact : artifacts) nodes->artifacts[artifact.id()] = std::move(artifact);
    ASSIGN_OR_RETURN(const auto contexts, store.GetContextsByID(context_ids));
    std::map<int64_t, const mlmd::Context*> by_id;
    for (const mlmd::Context& context : contexts) by_id[context.id()] = &context;
    std::map<int64_t, std::vector<mlmd::Context>> of_execution;
    for (const mlmd::Association& link : graph.associations()) {
      const auto it = by_id.find(link.context_id());
      if (it != by_id.end()) of_execution[link.execution_id()].push_back(*it->second);
    }
    ASSIGN_OR_RETURN(const auto executions, store.GetExecutionsByID(execution_ids));
    for (const mlmd::Execution& execution : executions) {
      std::string& node = nodes->executions[execution.id()];
      if (node.empty()) node = NodeId(of_execution[execution.id()], execution);
    }
    return absl::OkStatus();
  }

  void Print(std::ostream& out, int64_t id, const std::string& indent, Nodes& nodes, std::set<int64_t>* shown) {
    const mlmd::Artifact& artifact = nodes.artifacts[id];
    out << artifact.type() << " " << id << "  " << artifact.uri() << "\n";
    if (!shown->insert(id).second) return;
    for (const mlmd::Event& event : near_[id]) {
      out << indent << (direction_ == Direction::kDown ? "  -> " : "  <- ") << nodes.executions[event.execution_id()]
          << " (execution " << event.execution_id() << ")\n";
      for (const mlmd::Event& other : far_[event.execution_id()]) {
        out << indent << "     " << EventKey(other) << ": ";
        if (shown->contains(other.artifact_id())) {
          out << nodes.artifacts[other.artifact_id()].type() << " " << other.artifact_id() << "  (above)\n";
        } else {
          Print(out, other.artifact_id(), indent + "     ", nodes, shown);
        }
      }
    }
  }

  const int64_t root_;
  const Direction direction_;
  std::map<int64_t, std::vector<mlmd::Event>> near_;  // by artifact: who made (used) it
  std::map<int64_t, std::vector<mlmd::Event>> far_;   // by execution: what it used (made)
  std::vector<mlmd::Event> events_;                   // those shown
};

// The events of all directions, each once, by artifact, execution and type.
std::vector<mlmd::Event> EventsOf(const std::vector<std::unique_ptr<Lineage>>& lineages) {
  std::map<std::tuple<int64_t, int64_t, int>, mlmd::Event> events;
  for (const auto& lineage : lineages) {
    for (const mlmd::Event& event : lineage->events()) {
      events.try_emplace({event.artifact_id(), event.execution_id(), event.type()}, event);
    }
  }
  std::vector<mlmd::Event> list;
  for (auto& [key, event] : events) list.push_back(std::move(event));
  return list;
}

nlohmann::json GraphToJson(const Nodes& nodes, const std::vector<mlmd::Event>& events) {
  nlohmann::json json = {{"artifacts", nlohmann::json::array()},
                         {"executions", nlohmann::json::array()},
                         {"events", nlohmann::json::array()}};
  for (const auto& [id, artifact] : nodes.artifacts) json["artifacts"].push_back(ToJson(artifact));
  for (const auto& [id, node] : nodes.executions) json["executions"].push_back({{"id", id}, {"node", node}});
  for (const mlmd::Event& event : events) json["events"].push_back(ToJson(event));
  return json;
}

// A double-quoted DOT string.
std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}}), "\"");
}

void PrintDot(std::ostream& out, const Nodes& nodes, const std::vector<mlmd::Event>& events) {
  out << "digraph lineage {\n  rankdir=LR;\n";
  for (const auto& [id, artifact] : nodes.artifacts) {
    out << "  a" << id << " [shape=box,label=" << Quoted(absl::StrCat(artifact.type(), " ", id)) << "];\n";
  }
  for (const auto& [id, node] : nodes.executions) {
    out << "  e" << id << " [shape=ellipse,label=" << Quoted(node) << "];\n";
  }
  for (const mlmd::Event& event : events) {
    if (IsInput(event) || event.type() == mlmd::Event::INTERNAL_INPUT) {
      out << "  a" << event.artifact_id() << " -> e" << event.execution_id();
    } else {
      out << "  e" << event.execution_id() << " -> a" << event.artifact_id();
    }
    out << " [label=" << Quoted(EventKey(event)) << "];\n";
  }
  out << "}\n";
}

absl::Status RunLineage(CommandContext& context, const Options& options) {
  ASSIGN_OR_RETURN(const auto store, OpenStore(context));
  std::vector<std::unique_ptr<Lineage>> lineages;
  if (options.up || !options.down) lineages.push_back(std::make_unique<Lineage>(options.id, Direction::kUp));
  if (options.down) lineages.push_back(std::make_unique<Lineage>(options.id, Direction::kDown));
  Nodes nodes;
  for (const auto& lineage : lineages) RETURN_IF_ERROR(lineage->Read(*store, options.max_hops, &nodes));
  if (context.json || options.format == "json") {
    context.out << Dump(GraphToJson(nodes, EventsOf(lineages))) << "\n";
  } else if (options.format == "dot") {
    PrintDot(context.out, nodes, EventsOf(lineages));
  } else {
    for (const auto& lineage : lineages) lineage->PrintTree(context.out, nodes);
  }
  return absl::OkStatus();
}

}  // namespace

void AddLineageCommand(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(app, context, "lineage", "What an artifact was made from, back to the data.",
                                 "tfx lineage 17 --pipeline_root=taxi --format=dot | dot -Tsvg > lineage.svg");
  AddStoreFlags(*command, context);
  command->add_option("artifact", options->id, "Id of the artifact.")->required();
  command->add_flag("--up", options->up, "What it was made from (default); with --down both ways.");
  command->add_flag("--down", options->down, "What was made from it.");
  command->add_option("--max_hops", options->max_hops, "Steps from an artifact to an execution or back, at most 100.")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command->add_option("--format", options->format, "text, dot or json.")
      ->check(CLI::IsMember({"text", "dot", "json"}))
      ->capture_default_str();
  SetAction(*command, context, [&context, options] { return RunLineage(context, *options); });
}

}  // namespace tfx::cli
