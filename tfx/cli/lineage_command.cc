// tfx lineage ARTIFACT
#include <map>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/commands.h"
#include "tfx/cli/store.h"

namespace tfx::cli {
namespace {

struct Options {
  int64_t id = 0;
  bool down = false;
  std::string format = "text";
};

// An artifact, and the executions that made it (or, downwards, used it) with their other side.
class LineageReader {
 public:
  LineageReader(mlmd::MetadataStore& store, bool down) : store_(store), down_(down) {}

  // Reads everything reachable from `id`, level by level, each level in one query of each kind.
  absl::Status Read(int64_t id) {
    std::set<int64_t> frontier = {id};
    while (!frontier.empty()) {
      ASSIGN_OR_RETURN(const auto artifacts,
                       store_.GetArtifactsByID(std::vector<int64_t>(frontier.begin(), frontier.end())));
      for (const mlmd::Artifact& artifact : artifacts) artifacts_.emplace(artifact.id(), artifact);
      ASSIGN_OR_RETURN(const auto events,
                       store_.GetEventsByArtifactIDs(std::vector<int64_t>(frontier.begin(), frontier.end())));
      std::set<int64_t> executions;
      for (const mlmd::Event& event : events) {
        if (!(down_ ? IsInput(event) : IsOutput(event))) continue;
        // A cached execution lists the artifact as its output too; the first one made it.
        if (!down_ && near_.contains(event.artifact_id())) continue;
        near_[event.artifact_id()].push_back(event);
        if (!nodes_.contains(event.execution_id())) executions.insert(event.execution_id());
      }
      frontier.clear();
      if (executions.empty()) break;
      const std::vector<int64_t> ids(executions.begin(), executions.end());
      ASSIGN_OR_RETURN(const auto found, store_.GetExecutionsByID(ids));
      for (const mlmd::Execution& execution : found) {
        ASSIGN_OR_RETURN(nodes_[execution.id()], NodeId(store_, execution));
      }
      ASSIGN_OR_RETURN(const auto far, store_.GetEventsByExecutionIDs(ids));
      for (const mlmd::Event& event : far) {
        if (!(down_ ? IsOutput(event) : IsInput(event))) continue;
        far_[event.execution_id()].push_back(event);
        if (!artifacts_.contains(event.artifact_id())) frontier.insert(event.artifact_id());
      }
    }
    return absl::OkStatus();
  }

  bool Has(int64_t id) const { return artifacts_.contains(id); }

  void PrintTree(std::ostream& out, int64_t id, const std::string& indent = "") {
    const auto it = artifacts_.find(id);
    if (it == artifacts_.end()) return;
    out << it->second.type() << " " << id << "  " << it->second.uri() << "\n";
    if (!shown_.insert(id).second) return;
    for (const mlmd::Event& event : near_[id]) {
      out << indent << (down_ ? "  -> " : "  <- ") << nodes_[event.execution_id()] << " (execution "
          << event.execution_id() << ")\n";
      for (const mlmd::Event& other : far_[event.execution_id()]) {
        out << indent << "     " << EventKey(other) << ": ";
        if (shown_.contains(other.artifact_id())) {
          out << artifacts_[other.artifact_id()].type() << " " << other.artifact_id() << "  (above)\n";
        } else {
          PrintTree(out, other.artifact_id(), indent + "     ");
        }
      }
    }
  }

  nlohmann::json Json() const {
    nlohmann::json json = {{"artifacts", nlohmann::json::array()},
                           {"executions", nlohmann::json::array()},
                           {"events", nlohmann::json::array()}};
    for (const auto& [id, artifact] : artifacts_) json["artifacts"].push_back(ToJson(artifact));
    for (const auto& [id, node] : nodes_) json["executions"].push_back({{"id", id}, {"node", node}});
    for (const auto* events : {&near_, &far_}) {
      for (const auto& [id, list] : *events) {
        for (const mlmd::Event& event : list) json["events"].push_back(ToJson(event));
      }
    }
    return json;
  }

  void PrintDot(std::ostream& out) const {
    auto quote = [](const std::string& text) {
      return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\\\""}}), "\"");
    };
    out << "digraph lineage {\n  rankdir=LR;\n";
    for (const auto& [id, artifact] : artifacts_) {
      out << "  a" << id << " [shape=box,label=" << quote(absl::StrCat(artifact.type(), " ", id)) << "];\n";
    }
    for (const auto& [id, node] : nodes_) out << "  e" << id << " [shape=ellipse,label=" << quote(node) << "];\n";
    for (const auto* events : {&near_, &far_}) {
      for (const auto& [id, list] : *events) {
        for (const mlmd::Event& event : list) {
          if (IsInput(event)) {
            out << "  a" << event.artifact_id() << " -> e" << event.execution_id();
          } else {
            out << "  e" << event.execution_id() << " -> a" << event.artifact_id();
          }
          out << " [label=" << quote(EventKey(event)) << "];\n";
        }
      }
    }
    out << "}\n";
  }

 private:
  mlmd::MetadataStore& store_;
  const bool down_;
  std::map<int64_t, mlmd::Artifact> artifacts_;
  std::map<int64_t, std::string> nodes_;              // by execution
  std::map<int64_t, std::vector<mlmd::Event>> near_;  // by artifact: who made (used) it
  std::map<int64_t, std::vector<mlmd::Event>> far_;   // by execution: what it used (made)
  std::set<int64_t> shown_;
};

absl::Status Lineage(CommandContext& context, const Options& options) {
  ASSIGN_OR_RETURN(const auto store, OpenStore(context));
  LineageReader reader(*store, options.down);
  RETURN_IF_ERROR(reader.Read(options.id));
  if (!reader.Has(options.id)) {
    return absl::NotFoundError(absl::StrCat("there is no artifact ", options.id, "; see tfx artifact list"));
  }
  if (context.json || options.format == "json") {
    context.out << reader.Json().dump(2) << "\n";
  } else if (options.format == "dot") {
    reader.PrintDot(context.out);
  } else {
    reader.PrintTree(context.out, options.id);
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
  command->add_flag("--down", options->down, "What was made from it instead.");
  command->add_option("--format", options->format, "text, dot or json.")
      ->check(CLI::IsMember({"text", "dot", "json"}))
      ->capture_default_str();
  SetAction(*command, context, [&context, options] { return Lineage(context, *options); });
}

}  // namespace tfx::cli
