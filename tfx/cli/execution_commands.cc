// tfx execution list | show
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
  auto page =
      options.type.empty() ? store->GetExecutions(newest) : store->GetExecutionsByType(options.type, "", newest);
  RETURN_IF_ERROR(page.status());
  if (context.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const mlmd::Execution& execution : page->items) list.push_back(ToJson(execution));
    context.out << list.dump(2) << "\n";
    return absl::OkStatus();
  }
  Table table({"ID", "NODE", "STATE", "STARTED (UTC)", "SECONDS"});
  for (const mlmd::Execution& execution : page->items) {
    ASSIGN_OR_RETURN(const std::string node, NodeId(*store, execution));
    table.AddRow({absl::StrCat(execution.id()), node, StateName(execution),
                  FormatTime(execution.create_time_since_epoch()),
                  FormatSeconds(execution.last_update_time_since_epoch() - execution.create_time_since_epoch())});
  }
  table.Print(context.out);
  return absl::OkStatus();
}

absl::Status Show(CommandContext& context, const Options& options) {
  ASSIGN_OR_RETURN(const auto store, OpenStore(context));
  ASSIGN_OR_RETURN(const std::vector<mlmd::Execution> executions, store->GetExecutionsByID({options.id}));
  if (executions.empty())
    return absl::NotFoundError(absl::StrCat("there is no execution ", options.id, "; see tfx execution list"));
  const mlmd::Execution& execution = executions[0];
  ASSIGN_OR_RETURN(const std::vector<mlmd::Event> events, store->GetEventsByExecutionIDs({options.id}));
  if (context.json) {
    nlohmann::json json = ToJson(execution);
    for (const mlmd::Event& event : events) json["events"].push_back(ToJson(event));
    context.out << json.dump(2) << "\n";
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
  PrintProperties(execution.custom_properties(), context.out);
  return absl::OkStatus();
}

}  // namespace

void AddExecutionCommands(CLI::App& app, CommandContext& context) {
  CLI::App* group = AddGroup(app, "execution", "Runs of single nodes.");
  auto options = std::make_shared<Options>();

  CLI::App* list =
      AddCommand(*group, context, "list", "Executions, newest first.", "tfx execution list --pipeline_root=taxi");
  AddStoreFlags(*list, context);
  list->add_option("--type", options->type, "Only of this type, as tfx.components.trainer.component.Trainer.");
  list->add_option("--limit", options->limit, "At most so many.")->check(CLI::PositiveNumber)->capture_default_str();
  SetAction(*list, context, [&context, options] { return List(context, *options); });

  CLI::App* show = AddCommand(*group, context, "show", "One execution: parameters, inputs, outputs.",
                              "tfx execution show 7 --pipeline_root=taxi");
  AddStoreFlags(*show, context);
  show->add_option("id", options->id, "Id of the execution.")->required();
  SetAction(*show, context, [&context, options] { return Show(context, *options); });
}

}  // namespace tfx::cli
