// tfx context list | show
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/commands.h"
#include "tfx/cli/node_list.h"

namespace tfx::cli {
namespace {

absl::Status List(CommandContext& context, const NodeFlags& flags) {
  ASSIGN_OR_RETURN(const auto store, OpenStore(context));
  ASSIGN_OR_RETURN(const mlmd::Page<mlmd::Context> page,
                   ListNodes(
                       flags, [&](const mlmd::ListOptions& options) { return store->GetContexts(options); },
                       [&](const std::string& type, const mlmd::ListOptions& options) {
                         return store->GetContextsByType(type, "", options);
                       },
                       [&] { return store->GetContextTypes(); }));
  if (context.json) {
    PrintJsonPage(context, "context", page);
    return absl::OkStatus();
  }
  Table table({"ID", "TYPE", "CREATED (UTC)", "NAME"});
  for (const mlmd::Context& node : page.items) {
    table.AddRow({absl::StrCat(node.id()), node.type(), FormatTime(node.create_time_since_epoch()), node.name()});
  }
  PrintTablePage(context, table, page);
  return absl::OkStatus();
}

std::string Describe(const mlmd::Context& node) {
  return absl::StrCat(node.type(), " ", node.name(), " (context ", node.id(), ")");
}

// "3: 1 2 3"; "0" without any.
std::string CountAndIds(const std::vector<int64_t>& ids) {
  return ids.empty() ? "0" : absl::StrCat(ids.size(), ": ", absl::StrJoin(ids, " "));
}

absl::Status Show(CommandContext& context, const NodeFlags& flags) {
  ASSIGN_OR_RETURN(const auto store, OpenStore(context));
  ASSIGN_OR_RETURN(const mlmd::Context node,
                   FindNode(
                       flags, "context", [&](int64_t id) { return store->GetContextsByID({id}); },
                       [&](const std::string& type, const std::string& name) {
                         return store->GetContextByTypeAndName(type, name);
                       }));
  ASSIGN_OR_RETURN(const auto parents, store->GetParentContextsByContext(node.id()));
  ASSIGN_OR_RETURN(const auto children, store->GetChildrenContextsByContext(node.id()));
  ASSIGN_OR_RETURN(const auto executions, store->GetExecutionsByContext(node.id()));
  ASSIGN_OR_RETURN(const auto artifacts, store->GetArtifactsByContext(node.id()));
  std::vector<int64_t> execution_ids, artifact_ids;
  for (const mlmd::Execution& execution : executions.items) execution_ids.push_back(execution.id());
  for (const mlmd::Artifact& artifact : artifacts.items) artifact_ids.push_back(artifact.id());
  if (context.json) {
    nlohmann::json json = ToJson(node);
    json["parents"] = nlohmann::json::array();
    json["children"] = nlohmann::json::array();
    for (const mlmd::Context& parent : parents) json["parents"].push_back(parent.id());
    for (const mlmd::Context& child : children) json["children"].push_back(child.id());
    json["executions"] = execution_ids;
    json["artifacts"] = artifact_ids;
    context.out << Dump(json) << "\n";
    return absl::OkStatus();
  }
  context.out << Describe(node) << "\n  created     " << FormatTime(node.create_time_since_epoch()) << " UTC\n";
  for (const mlmd::Context& parent : parents) context.out << "  parent      " << Describe(parent) << "\n";
  for (const mlmd::Context& child : children) context.out << "  child       " << Describe(child) << "\n";
  context.out << "  executions  " << CountAndIds(execution_ids) << "\n  artifacts   " << CountAndIds(artifact_ids)
              << "\n";
  PrintProperties(node.properties(), context.out);
  PrintProperties(node.custom_properties(), context.out);
  return absl::OkStatus();
}

}  // namespace

void AddContextCommands(CLI::App& app, CommandContext& context) {
  CLI::App* group = AddGroup(app, "context", "What groups executions and artifacts: pipelines, runs, nodes.");

  CLI::App* list = AddCommand(*group, context, "list", "Contexts, newest first.",
                              "tfx context list --type=pipeline_run --order_by=create_time:asc --pipeline_root=taxi");
  AddStoreFlags(*list, context);
  const auto list_flags = std::make_shared<NodeFlags>();
  AddListFlags(*list, list_flags, "name LIKE 'taxi%' AND executions_x.last_known_state = FAILED");
  SetAction(*list, context, [&context, list_flags] { return List(context, *list_flags); });

  CLI::App* show = AddCommand(*group, context, "show", "One context: properties, parents, children, what is in it.",
                              "tfx context show taxi --type=pipeline --pipeline_root=taxi");
  AddStoreFlags(*show, context);
  const auto show_flags = std::make_shared<NodeFlags>();
  AddNodeFlags(*show, show_flags, "context");
  SetAction(*show, context, [&context, show_flags] { return Show(context, *show_flags); });
}

}  // namespace tfx::cli
