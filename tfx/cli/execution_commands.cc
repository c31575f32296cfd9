// tfx execution list | show
#include <memory>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/commands.h"
#include "tfx/cli/node_list.h"

namespace tfx::cli {
namespace {

absl::Status List(CommandContext& context, const NodeFlags& flags) {
  ASSIGN_OR_RETURN(const auto store, OpenStore(context));
  ASSIGN_OR_RETURN(const mlmd::Page<mlmd::Execution> page,
                   ListNodes(
                       flags, [&](const mlmd::ListOptions& options) { return store->GetExecutions(options); },
                       [&](const std::string& type, const mlmd::ListOptions& options) {
                         return store->GetExecutionsByType(type, "", options);
                       },
                       [&] { return store->GetExecutionTypes(); }));
  if (context.json) {
    PrintJsonPage(context, "execution", page);
    return absl::OkStatus();
  }
  Table table({"ID", "NODE", "STATE", "STARTED (UTC)", "SECONDS"});
  for (const mlmd::Execution& execution : page.items) {
    ASSIGN_OR_RETURN(const std::string node, NodeId(*store, execution));
    table.AddRow({absl::StrCat(execution.id()), node, StateName(execution),
                  FormatTime(execution.create_time_since_epoch()),
                  FormatSeconds(execution.last_update_time_since_epoch() - execution.create_time_since_epoch())});
  }
  PrintTablePage(context, table, page);
  return absl::OkStatus();
}

absl::Status Show(CommandContext& context, const NodeFlags& flags) {
  ASSIGN_OR_RETURN(const auto store, OpenStore(context));
  ASSIGN_OR_RETURN(const mlmd::Execution execution,
                   FindNode(
                       flags, "execution", [&](int64_t id) { return store->GetExecutionsByID({id}); },
                       [&](const std::string& type, const std::string& name) {
                         return store->GetExecutionByTypeAndName(type, name);
                       }));
  ASSIGN_OR_RETURN(const std::vector<mlmd::Event> events, store->GetEventsByExecutionIDs({execution.id()}));
  if (context.json) {
    nlohmann::json json = ToJson(execution);
    json["events"] = nlohmann::json::array();
    for (const mlmd::Event& event : events) json["events"].push_back(ToJson(event));
    context.out << Dump(json) << "\n";
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string node, NodeId(*store, execution));
  context.out << node << " (execution " << execution.id() << ")\n"
              << "  type     " << execution.type() << "\n"
              << "  state    " << StateName(execution) << "\n"
              << "  started  " << FormatTime(execution.create_time_since_epoch()) << " UTC\n"
              << "  seconds  "
              << FormatSeconds(execution.last_update_time_since_epoch() - execution.create_time_since_epoch()) << "\n";
  for (const mlmd::Event& event : events) {
    ASSIGN_OR_RETURN(const std::vector<mlmd::Artifact> artifacts, store->GetArtifactsByID({event.artifact_id()}));
    context.out << (IsInput(event) ? "  in       " : "  out      ") << EventKey(event) << ": artifact "
                << event.artifact_id();
    if (!artifacts.empty()) context.out << " " << artifacts[0].uri();
    context.out << "\n";
  }
  PrintProperties(execution.properties(), context.out);
  PrintProperties(execution.custom_properties(), context.out);
  return absl::OkStatus();
}

}  // namespace

void AddExecutionCommands(CLI::App& app, CommandContext& context) {
  CLI::App* group = AddGroup(app, "execution", "Runs of single nodes.");
  CLI::App* list =
      AddCommand(*group, context, "list", "Executions, newest first.",
                 "tfx execution list --filter=\"last_known_state = FAILED\" --limit=5 --pipeline_root=taxi");
  AddStoreFlags(*list, context);
  const auto list_flags = std::make_shared<NodeFlags>();
  AddListFlags(*list, list_flags, "last_known_state = FAILED AND custom_properties.span.int_value > 3");
  SetAction(*list, context, [&context, list_flags] { return List(context, *list_flags); });

  CLI::App* show = AddCommand(*group, context, "show", "One execution: parameters, inputs, outputs.",
                              "tfx execution show 7 --pipeline_root=taxi");
  AddStoreFlags(*show, context);
  const auto show_flags = std::make_shared<NodeFlags>();
  AddNodeFlags(*show, show_flags, "execution");
  SetAction(*show, context, [&context, show_flags] { return Show(context, *show_flags); });
}

}  // namespace tfx::cli
