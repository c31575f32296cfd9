// tfx run list | show; compare is in a file of its own.
#include <algorithm>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/commands.h"
#include "tfx/cli/run_compare_command.h"
#include "tfx/cli/store.h"
#include "tfx/cli/table.h"

namespace tfx::cli {
namespace {

struct Options {
  int limit = 20;
  std::string run;
};

struct RunSummary {
  std::string name;
  std::string pipeline;
  std::string state;
  int64_t started = 0;
  int64_t milliseconds = 0;
  std::map<std::string, int> nodes;  // by state
};

absl::StatusOr<RunSummary> Summarize(mlmd::MetadataStore& store, const mlmd::Context& run) {
  RunSummary summary{.name = run.name(), .started = run.create_time_since_epoch()};
  ASSIGN_OR_RETURN(const std::vector<mlmd::Context> parents, store.GetParentContextsByContext(run.id()));
  for (const mlmd::Context& parent : parents) {
    if (parent.type() == "pipeline") summary.pipeline = parent.name();
  }
  ASSIGN_OR_RETURN(const auto page, store.GetExecutionsByContext(run.id()));
  int64_t end = summary.started;
  for (const mlmd::Execution& execution : page.items) {
    ++summary.nodes[StateName(execution)];
    end = std::max(end, execution.last_update_time_since_epoch());
  }
  summary.milliseconds = end - summary.started;
  summary.state = summary.nodes.contains("RUNNING")    ? "RUNNING"
                  : summary.nodes.contains("FAILED")   ? "FAILED"
                  : summary.nodes.contains("CANCELED") ? "CANCELED"
                                                       : "COMPLETE";
  return summary;
}

std::string NodesText(const RunSummary& summary) {
  return absl::StrJoin(summary.nodes, ", ", [](std::string* out, const auto& entry) {
    absl::StrAppend(out, entry.second, " ", entry.first);
  });
}

absl::Status List(CommandContext& context, const Options& options) {
  ASSIGN_OR_RETURN(const auto store, OpenStore(context));
  ASSIGN_OR_RETURN(const auto runs, store->GetContextsByType("pipeline_run", "",
                                                             {.limit = options.limit,
                                                              .direction = mlmd::ListOptions::Direction::kDescending}));
  nlohmann::json list = nlohmann::json::array();
  Table table({"RUN", "PIPELINE", "STATE", "STARTED (UTC)", "SECONDS", "NODES"});
  for (const mlmd::Context& run : runs.items) {
    ASSIGN_OR_RETURN(const RunSummary summary, Summarize(*store, run));
    list.push_back({{"run", summary.name},
                    {"pipeline", summary.pipeline},
                    {"state", summary.state},
                    {"started_ms", summary.started},
                    {"milliseconds", summary.milliseconds},
                    {"nodes", summary.nodes}});
    table.AddRow({summary.name, summary.pipeline, summary.state, FormatTime(summary.started),
                  FormatSeconds(summary.milliseconds), NodesText(summary)});
  }
  if (context.json) {
    context.out << Dump(list) << "\n";
  } else {
    table.Print(context.out);
  }
  return absl::OkStatus();
}

absl::Status Show(CommandContext& context, const Options& options) {
  ASSIGN_OR_RETURN(const auto store, OpenStore(context));
  ASSIGN_OR_RETURN(const mlmd::Context run, FindRun(*store, options.run));
  ASSIGN_OR_RETURN(const RunSummary summary, Summarize(*store, run));
  ASSIGN_OR_RETURN(const auto page, store->GetExecutionsByContext(run.id()));
  nlohmann::json nodes = nlohmann::json::array();
  Table table({"NODE", "STATE", "SECONDS", "EXECUTION", "OUTPUTS"});
  for (const mlmd::Execution& execution : page.items) {
    ASSIGN_OR_RETURN(const std::string node, NodeId(*store, execution));
    ASSIGN_OR_RETURN(const std::vector<mlmd::Event> events, store->GetEventsByExecutionIDs({execution.id()}));
    std::vector<std::string> outputs;
    nlohmann::json json_outputs = nlohmann::json::object();
    for (const mlmd::Event& event : events) {
      if (!IsOutput(event)) continue;
      outputs.push_back(absl::StrCat(EventKey(event), "=", event.artifact_id()));
      json_outputs[EventKey(event)].push_back(event.artifact_id());
    }
    const int64_t milliseconds = execution.last_update_time_since_epoch() - execution.create_time_since_epoch();
    table.AddRow({node, StateName(execution), FormatSeconds(milliseconds), absl::StrCat(execution.id()),
                  absl::StrJoin(outputs, " ")});
    nodes.push_back({{"node", node},
                     {"state", StateName(execution)},
                     {"milliseconds", milliseconds},
                     {"execution", execution.id()},
                     {"outputs", json_outputs}});
  }
  if (context.json) {
    context.out << Dump({{"run", summary.name},
                         {"pipeline", summary.pipeline},
                         {"state", summary.state},
                         {"started_ms", summary.started},
                         {"milliseconds", summary.milliseconds},
                         {"nodes", nodes}})
                << "\n";
    return absl::OkStatus();
  }
  context.out << "run " << summary.name << " of " << summary.pipeline << ": " << summary.state << ", "
              << FormatTime(summary.started) << " UTC, " << FormatSeconds(summary.milliseconds) << " s\n\n";
  table.Print(context.out);
  return absl::OkStatus();
}

}  // namespace

void AddRunCommands(CLI::App& app, CommandContext& context) {
  CLI::App* group = AddGroup(app, "run", "Runs of pipelines.");
  auto options = std::make_shared<Options>();

  AddRunCompareCommand(*group, context);
  CLI::App* list = AddCommand(*group, context, "list", "Runs, newest first.", "tfx run list --pipeline_root=taxi");
  AddStoreFlags(*list, context);
  list->add_option("--limit", options->limit, "At most so many.")->check(CLI::PositiveNumber)->capture_default_str();
  SetAction(*list, context, [&context, options] { return List(context, *options); });

  CLI::App* show = AddCommand(*group, context, "show", "One run: its nodes, how they went, what they made.",
                              "tfx run show latest --pipeline_root=taxi");
  AddStoreFlags(*show, context);
  show->add_option("run", options->run, "Name of the run, or latest.")->required();
  SetAction(*show, context, [&context, options] { return Show(context, *options); });
}

}  // namespace tfx::cli
