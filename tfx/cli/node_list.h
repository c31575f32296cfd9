// What `tfx artifact`, `tfx execution` and `tfx context` share: the flags of a list, pages, and naming one node.
#ifndef TFX_CLI_NODE_LIST_H_
#define TFX_CLI_NODE_LIST_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/store.h"
#include "tfx/cli/table.h"

namespace tfx::cli {

struct NodeFlags {
  // Of a list.
  std::string type, filter, page;
  std::string order_by = "id:desc";
  int limit = 50;
  // Of one node.
  std::string node;
};

// --type, --filter, --order_by, --limit, --page. The example of a filter is the command's own.
void AddListFlags(CLI::App& command, const std::shared_ptr<NodeFlags>& flags, const std::string& filter_example);
// The node's id, or with --type its name.
void AddNodeFlags(CLI::App& command, const std::shared_ptr<NodeFlags>& flags, const std::string& kind);
mlmd::ListOptions ToListOptions(const NodeFlags& flags);

// One page of nodes: `all` lists them, `by_type` those of --type. NOT_FOUND where --type is not a type of the store,
// with the nearest name.
template <typename All, typename ByType, typename Types>
auto ListNodes(const NodeFlags& flags, All all, ByType by_type, Types types) -> decltype(all(mlmd::ListOptions())) {
  const mlmd::ListOptions options = ToListOptions(flags);
  if (flags.type.empty()) return all(options);
  auto page = by_type(flags.type, options);
  if (!page.ok() || !page->items.empty()) return page;
  ASSIGN_OR_RETURN(const auto known, types());
  std::vector<std::string> names;
  for (const auto& type : known) names.push_back(type.name());
  for (const std::string& name : names) {
    if (name == flags.type) return page;
  }
  return absl::NotFoundError(
      absl::StrCat("--type: the store has no such type '", flags.type, "'", DidYouMean(flags.type, names)));
}

// {"<kind>s": [...], "next_page_token": "..."}, the token only where a page follows.
template <typename Node>
void PrintJsonPage(CommandContext& context, const std::string& kind, const mlmd::Page<Node>& page) {
  nlohmann::json json = {{kind + "s", nlohmann::json::array()}};
  for (const Node& node : page.items) json[kind + "s"].push_back(ToJson(node));
  if (!page.next_page_token.empty()) json["next_page_token"] = page.next_page_token;
  context.out << Dump(json) << "\n";
}

// The table, and how to see the next page.
template <typename Node>
void PrintTablePage(CommandContext& context, const Table& table, const mlmd::Page<Node>& page) {
  table.Print(context.out);
  if (!page.next_page_token.empty()) context.out << "more: --page=" << page.next_page_token << "\n";
}

// NOT_FOUND where there is none, INVALID_ARGUMENT where the argument is no id and --type is absent.
template <typename ById, typename ByName>
auto FindNode(const NodeFlags& flags, const std::string& kind, ById by_id, ByName by_name)
    -> absl::StatusOr<typename decltype(by_id(int64_t{0}))::value_type::value_type> {
  if (!flags.type.empty()) {
    ASSIGN_OR_RETURN(auto node, by_name(flags.type, flags.node));
    if (!node.has_value()) {
      return absl::NotFoundError(absl::StrCat("there is no ", kind, " '", flags.node, "' of type ", flags.type,
                                              "; see tfx ", kind, " list --type=", flags.type));
    }
    return *std::move(node);
  }
  int64_t id = 0;
  if (!absl::SimpleAtoi(flags.node, &id)) {
    return absl::InvalidArgumentError(absl::StrCat("'", flags.node, "' is not the id of an ", kind,
                                                   " (a whole number); to give a name, say --type=TYPE as well"));
  }
  ASSIGN_OR_RETURN(auto nodes, by_id(id));
  if (nodes.empty()) {
    return absl::NotFoundError(absl::StrCat("there is no ", kind, " ", id, "; see tfx ", kind, " list"));
  }
  return std::move(nodes[0]);
}

}  // namespace tfx::cli

#endif  // TFX_CLI_NODE_LIST_H_
