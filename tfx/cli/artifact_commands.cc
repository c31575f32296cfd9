// tfx artifact list | show
#include <memory>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/commands.h"
#include "tfx/cli/node_list.h"

namespace tfx::cli {
namespace {

absl::Status List(CommandContext& context, const NodeFlags& flags) {
  ASSIGN_OR_RETURN(const auto store, OpenStore(context));
  ASSIGN_OR_RETURN(const mlmd::Page<mlmd::Artifact> page,
                   ListNodes(
                       flags, [&](const mlmd::ListOptions& options) { return store->GetArtifacts(options); },
                       [&](const std::string& type, const mlmd::ListOptions& options) {
                         return store->GetArtifactsByType(type, "", options);
                       },
                       [&] { return store->GetArtifactTypes(); }));
  if (context.json) {
    PrintJsonPage(context, "artifact", page);
    return absl::OkStatus();
  }
  Table table({"ID", "TYPE", "NAME", "STATE", "CREATED (UTC)", "URI"});
  for (const mlmd::Artifact& artifact : page.items) {
    table.AddRow({absl::StrCat(artifact.id()), artifact.type(), artifact.name(), StateName(artifact),
                  FormatTime(artifact.create_time_since_epoch()), artifact.uri()});
  }
  PrintTablePage(context, table, page);
  return absl::OkStatus();
}

absl::Status Show(CommandContext& context, const NodeFlags& flags) {
  ASSIGN_OR_RETURN(const auto store, OpenStore(context));
  ASSIGN_OR_RETURN(const mlmd::Artifact artifact,
                   FindNode(
                       flags, "artifact", [&](int64_t id) { return store->GetArtifactsByID({id}); },
                       [&](const std::string& type, const std::string& name) {
                         return store->GetArtifactByTypeAndName(type, name);
                       }));
  ASSIGN_OR_RETURN(const std::vector<mlmd::Event> events, store->GetEventsByArtifactIDs({artifact.id()}));
  nlohmann::json made_by = nullptr;
  nlohmann::json used_by = nlohmann::json::array();
  for (const mlmd::Event& event : events) {
    ASSIGN_OR_RETURN(const std::vector<mlmd::Execution> executions, store->GetExecutionsByID({event.execution_id()}));
    if (executions.empty()) continue;
    ASSIGN_OR_RETURN(const std::string node, NodeId(*store, executions[0]));
    const nlohmann::json link = {{"execution", event.execution_id()}, {"node", node}, {"key", EventKey(event)}};
    if (IsOutput(event) && made_by.is_null()) made_by = link;
    if (IsInput(event)) used_by.push_back(link);
  }
  if (context.json) {
    nlohmann::json json = ToJson(artifact);
    json["made_by"] = made_by;
    json["used_by"] = used_by;
    context.out << Dump(json) << "\n";
    return absl::OkStatus();
  }
  auto describe = [](const nlohmann::json& link) {
    return absl::StrCat(link["node"].get<std::string>(), ".", link["key"].get<std::string>(), " (execution ",
                        link["execution"].get<int64_t>(), ")");
  };
  context.out << artifact.type() << " " << artifact.id() << "\n";
  if (!artifact.name().empty()) context.out << "  name     " << artifact.name() << "\n";
  context.out << "  uri      " << artifact.uri() << "\n"
              << "  state    " << StateName(artifact) << "\n"
              << "  created  " << FormatTime(artifact.create_time_since_epoch()) << " UTC\n";
  if (!made_by.is_null()) context.out << "  made by  " << describe(made_by) << "\n";
  for (const auto& link : used_by) context.out << "  used by  " << describe(link) << "\n";
  PrintProperties(artifact.properties(), context.out);
  PrintProperties(artifact.custom_properties(), context.out);
  return absl::OkStatus();
}

}  // namespace

void AddArtifactCommands(CLI::App& app, CommandContext& context) {
  CLI::App* group = AddGroup(app, "artifact", "What runs made: data, schemas, models, evaluations.");
  CLI::App* list = AddCommand(*group, context, "list", "Artifacts, newest first.",
                              "tfx artifact list --type=Model --filter=\"state = LIVE\" --pipeline_root=taxi");
  AddStoreFlags(*list, context);
  const auto list_flags = std::make_shared<NodeFlags>();
  AddListFlags(*list, list_flags, "uri LIKE '%Trainer%' AND contexts_r.name = 'run'");
  SetAction(*list, context, [&context, list_flags] { return List(context, *list_flags); });

  CLI::App* show = AddCommand(*group, context, "show", "One artifact: properties, who made it, who used it.",
                              "tfx artifact show 17 --pipeline_root=taxi");
  AddStoreFlags(*show, context);
  const auto show_flags = std::make_shared<NodeFlags>();
  AddNodeFlags(*show, show_flags, "artifact");
  SetAction(*show, context, [&context, show_flags] { return Show(context, *show_flags); });
}

}  // namespace tfx::cli
