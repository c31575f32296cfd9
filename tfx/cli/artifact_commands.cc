// tfx artifact list | show
#include <memory>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/commands.h"
#include "tfx/cli/store.h"
#include "tfx/cli/table.h"

namespace tfx::cli {
namespace {

struct Options {
  std::string type;
  int limit = 50;
  int64_t id = 0;
};

absl::Status List(CommandContext& context, const Options& options) {
  ASSIGN_OR_RETURN(const auto store, OpenStore(context));
  const mlmd::ListOptions newest{.limit = options.limit, .direction = mlmd::ListOptions::Direction::kDescending};
  auto page = options.type.empty() ? store->GetArtifacts(newest) : store->GetArtifactsByType(options.type, "", newest);
  RETURN_IF_ERROR(page.status());
  if (context.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const mlmd::Artifact& artifact : page->items) list.push_back(ToJson(artifact));
    context.out << list.dump(2) << "\n";
    return absl::OkStatus();
  }
  Table table({"ID", "TYPE", "STATE", "CREATED (UTC)", "URI"});
  for (const mlmd::Artifact& artifact : page->items) {
    table.AddRow({absl::StrCat(artifact.id()), artifact.type(), StateName(artifact),
                  FormatTime(artifact.create_time_since_epoch()), artifact.uri()});
  }
  table.Print(context.out);
  return absl::OkStatus();
}

absl::Status Show(CommandContext& context, const Options& options) {
  ASSIGN_OR_RETURN(const auto store, OpenStore(context));
  ASSIGN_OR_RETURN(const std::vector<mlmd::Artifact> artifacts, store->GetArtifactsByID({options.id}));
  if (artifacts.empty())
    return absl::NotFoundError(absl::StrCat("there is no artifact ", options.id, "; see tfx artifact list"));
  const mlmd::Artifact& artifact = artifacts[0];
  ASSIGN_OR_RETURN(const std::vector<mlmd::Event> events, store->GetEventsByArtifactIDs({options.id}));
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
    context.out << json.dump(2) << "\n";
    return absl::OkStatus();
  }
  auto describe = [](const nlohmann::json& link) {
    return absl::StrCat(link["node"].get<std::string>(), ".", link["key"].get<std::string>(), " (execution ",
                        link["execution"].get<int64_t>(), ")");
  };
  context.out << artifact.type() << " " << artifact.id() << "\n"
              << "  uri      " << artifact.uri() << "\n"
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
  auto options = std::make_shared<Options>();

  CLI::App* list = AddCommand(*group, context, "list", "Artifacts, newest first.",
                              "tfx artifact list --type=Model --pipeline_root=taxi");
  AddStoreFlags(*list, context);
  list->add_option("--type", options->type, "Only of this type.");
  list->add_option("--limit", options->limit, "At most so many.")->check(CLI::PositiveNumber)->capture_default_str();
  SetAction(*list, context, [&context, options] { return List(context, *options); });

  CLI::App* show = AddCommand(*group, context, "show", "One artifact: properties, who made it, who used it.",
                              "tfx artifact show 17 --pipeline_root=taxi");
  AddStoreFlags(*show, context);
  show->add_option("id", options->id, "Id of the artifact.")->required();
  SetAction(*show, context, [&context, options] { return Show(context, *options); });
}

}  // namespace tfx::cli
