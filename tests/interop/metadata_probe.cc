// Answers list and lineage calls on a metadata file, one a line, for filter_check.py.
//
//   metadata_probe STORE.db < requests
//
// A request is  KIND <tab> ORDER <tab> LIMIT <tab> FILTER  with KIND artifacts, executions or contexts, ORDER id,
// create or update with - in front for descending, LIMIT the page size, with + behind for
// the first page only; or  lineage <tab> LineageSubgraphQueryOptions
// as text. The answer is "OK" and the ids of all pages, or the parts of the graph; or "ERR", the code and the message.
#include <google/protobuf/text_format.h>

#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tfx/metadata/metadata_store.h"

namespace {

using mlmd::ListOptions;

void PrintError(const absl::Status& status) {
  std::cout << "ERR " << static_cast<int>(status.code()) << " " << status.message() << "\n";
}

template <typename List>
void PrintIds(List list, ListOptions options, bool all_pages) {
  std::vector<int64_t> ids;
  do {
    const auto page = list(options);
    if (!page.ok()) return PrintError(page.status());
    for (const auto& node : page->items) ids.push_back(node.id());
    options.page_token = page->next_page_token;
  } while (all_pages && !options.page_token.empty());
  std::cout << "OK " << absl::StrJoin(ids, " ") << "\n";
}

template <typename Nodes>
std::string Ids(const Nodes& nodes) {
  return absl::StrJoin(nodes, " ", [](std::string* out, const auto& node) { absl::StrAppend(out, node.id()); });
}

void PrintLineage(mlmd::MetadataStore& store, const std::string& text) {
  mlmd::LineageQuery query;
  if (!google::protobuf::TextFormat::ParseFromString(text, &query.options)) {
    return PrintError(absl::InvalidArgumentError("options do not parse"));
  }
  const auto graph = store.GetLineageSubgraph(query);
  if (!graph.ok()) return PrintError(graph.status());
  const auto link = [](std::string* out, int64_t node, int64_t other) { absl::StrAppend(out, node, "-", other); };
  std::cout << "OK " << Ids(graph->artifacts()) << "|" << Ids(graph->executions()) << "|"
            << absl::StrJoin(graph->events(), " ",
                             [](std::string* out, const mlmd::Event& e) {
                               absl::StrAppend(out, e.artifact_id(), "-", e.execution_id(), "-",
                                               static_cast<int>(e.type()));
                             })
            << "|" << Ids(graph->contexts()) << "|"
            << absl::StrJoin(graph->attributions(), " ",
                             [&](std::string* out, const auto& a) { link(out, a.artifact_id(), a.context_id()); })
            << "|"
            << absl::StrJoin(graph->associations(), " ",
                             [&](std::string* out, const auto& a) { link(out, a.execution_id(), a.context_id()); })
            << "|" << Ids(graph->artifact_types()) << "|" << Ids(graph->execution_types()) << "|"
            << Ids(graph->context_types()) << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: metadata_probe STORE.db < requests\n";
    return 2;
  }
  ml_metadata::ConnectionConfig config;
  config.mutable_sqlite()->set_filename_uri(argv[1]);
  config.mutable_sqlite()->set_connection_mode(ml_metadata::SqliteMetadataSourceConfig::READONLY);
  auto opened = mlmd::OpenMetadataStore(config);
  if (!opened.ok()) {
    std::cerr << opened.status() << "\n";
    return 1;
  }
  mlmd::MetadataStore& store = **opened;
  std::string line;
  while (std::getline(std::cin, line)) {
    const std::vector<std::string> fields = absl::StrSplit(line, '\t');
    if (fields[0] == "lineage" && fields.size() == 2) {
      PrintLineage(store, fields[1]);
      continue;
    }
    if (fields.size() != 4) {
      std::cerr << "not a request: " << line << "\n";
      return 2;
    }
    ListOptions options;
    const bool descending = fields[1][0] == '-';
    const std::string order = fields[1].substr(descending ? 1 : 0);
    options.direction = descending ? ListOptions::Direction::kDescending : ListOptions::Direction::kAscending;
    options.order_by = order == "create"   ? ListOptions::OrderBy::kCreateTime
                       : order == "update" ? ListOptions::OrderBy::kLastUpdateTime
                                           : ListOptions::OrderBy::kId;
    options.limit = std::stoi(fields[2]);
    const bool all = fields[2].back() != '+';
    options.filter_query = fields[3];
    if (fields[0] == "artifacts") PrintIds([&](const auto& o) { return store.GetArtifacts(o); }, options, all);
    if (fields[0] == "executions") PrintIds([&](const auto& o) { return store.GetExecutions(o); }, options, all);
    if (fields[0] == "contexts") PrintIds([&](const auto& o) { return store.GetContexts(o); }, options, all);
  }
  return 0;
}
