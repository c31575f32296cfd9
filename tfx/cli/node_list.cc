#include "tfx/cli/node_list.h"

namespace tfx::cli {

void AddListFlags(CLI::App& command, const std::shared_ptr<NodeFlags>& flags, const std::string& filter_example) {
  command.add_option("--type", flags->type, "Only of this type.");
  command.add_option("--filter", flags->filter,
                     "Only what passes, in ML Metadata's filter language, as \"" + filter_example + "\".");
  command
      .add_option("--order_by", flags->order_by, "id, create_time or last_update_time, with :asc or :desc (default).")
      ->check(CLI::IsMember({"id", "id:asc", "id:desc", "create_time", "create_time:asc", "create_time:desc",
                             "last_update_time", "last_update_time:asc", "last_update_time:desc"}))
      ->type_name("FIELD[:asc|:desc]")
      ->capture_default_str();
  command.add_option("--limit", flags->limit, "At most so many.")->check(CLI::PositiveNumber)->capture_default_str();
  command.add_option("--page", flags->page, "The page after another, by the token that it ended with.");
}

void AddNodeFlags(CLI::App& command, const std::shared_ptr<NodeFlags>& flags, const std::string& kind) {
  command.add_option(kind, flags->node, "Id of the " + kind + ", or its name where --type is given.")->required();
  command.add_option("--type", flags->type, "Type of the " + kind + " that is given by name.");
}

mlmd::ListOptions ToListOptions(const NodeFlags& flags) {
  using OrderBy = mlmd::ListOptions::OrderBy;
  using Direction = mlmd::ListOptions::Direction;
  const std::string field = flags.order_by.substr(0, flags.order_by.find(':'));
  return {.limit = flags.limit,
          .order_by = field == "create_time"        ? OrderBy::kCreateTime
                      : field == "last_update_time" ? OrderBy::kLastUpdateTime
                                                    : OrderBy::kId,
          .direction = flags.order_by.ends_with(":asc") ? Direction::kAscending : Direction::kDescending,
          .filter_query = flags.filter,
          .page_token = flags.page};
}

}  // namespace tfx::cli
