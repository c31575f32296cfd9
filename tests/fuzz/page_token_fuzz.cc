// Page tokens, as text and as the bytes of the message inside: INVALID_ARGUMENT, or a page of nodes that exist, in the
// order that was asked for, none twice and not more than the limit.
#include <algorithm>
#include <memory>
#include <set>

#include "absl/strings/escaping.h"
#include "fuzz_driver.h"
#include "google/protobuf/stubs/logging.h"
#include "tfx/metadata/metadata_store.h"

namespace {

using mlmd::ListOptions;
using OrderBy = ListOptions::OrderBy;
using Direction = ListOptions::Direction;

constexpr int kNodes = 7;
constexpr int kLimit = 3;
constexpr char kFilter[] = "id > 1";

std::unique_ptr<mlmd::MetadataStore> MakeStore() {
  ml_metadata::ConnectionConfig config;
  config.mutable_fake_database();
  auto store = mlmd::OpenMetadataStore(config);
  ml_metadata::ArtifactType type;
  type.set_name("A");
  ml_metadata::ContextType context_type;
  context_type.set_name("C");
  ml_metadata::Artifact artifact;
  artifact.set_type_id((*store)->PutArtifactType(type).value());
  ml_metadata::Context context;
  context.set_type_id((*store)->PutContextType(context_type).value());
  for (int i = 0; i < kNodes; ++i) {
    context.set_name(std::to_string(i));
    (*store)->PutArtifacts({artifact}).status().IgnoreError();
    (*store)->PutContexts({context}).status().IgnoreError();
  }
  return *std::move(store);
}

// All orders, with and without a filter.
std::vector<ListOptions> AllOptions() {
  std::vector<ListOptions> all;
  for (const OrderBy order : {OrderBy::kId, OrderBy::kCreateTime, OrderBy::kLastUpdateTime}) {
    for (const Direction direction : {Direction::kAscending, Direction::kDescending}) {
      for (const char* filter : {"", kFilter}) {
        all.push_back({.limit = kLimit, .order_by = order, .direction = direction, .filter_query = filter});
      }
    }
  }
  return all;
}

template <typename Node>
std::string CheckPage(const absl::StatusOr<mlmd::Page<Node>>& page, const ListOptions& options) {
  if (!page.ok()) return absl::IsInvalidArgument(page.status()) ? "" : page.status().ToString() + "\n";
  if (page->items.size() > kLimit) return "more nodes than the limit\n";
  const auto key = [&](const Node& node) {
    const int64_t time = options.order_by == OrderBy::kId           ? 0
                         : options.order_by == OrderBy::kCreateTime ? node.create_time_since_epoch()
                                                                    : node.last_update_time_since_epoch();
    return std::pair(time, node.id());
  };
  const Node* before = nullptr;
  for (const Node& node : page->items) {
    if (node.id() < 1 || node.id() > kNodes) return "a node that does not exist\n";
    if (!options.filter_query.empty() && node.id() == 1) return "a node that the filter leaves out\n";
    if (before != nullptr) {
      const bool ordered =
          options.direction == Direction::kAscending ? key(*before) < key(node) : key(*before) > key(node);
      if (!ordered) return "not in the order that was asked for\n";
    }
    before = &node;
  }
  return "";
}

std::string Check(const std::string& input) {
  static mlmd::MetadataStore& store = *MakeStore().release();
  static const std::vector<ListOptions>& all = *new std::vector<ListOptions>(AllOptions());
  std::string wrong;
  const absl::string_view bytes(input.data(), input.size());
  for (const std::string& token : {input, absl::Base64Escape(bytes), absl::WebSafeBase64Escape(bytes)}) {
    if (token.empty()) continue;
    for (ListOptions options : all) {
      options.page_token = token;
      wrong += CheckPage(store.GetArtifacts(options), options);
      wrong += CheckPage(store.GetContexts(options), options);
      wrong += CheckPage(store.GetContextsByType("C", "", options), options);
    }
  }
  return wrong;
}

}  // namespace

FuzzTarget MakeFuzzTarget() {
  google::protobuf::SetLogHandler(nullptr);  // of what is not UTF-8 inside a token
  FuzzTarget target{.words = {"=", "==", "A", "_", "-", "+", "/", std::string(1, '\0'), "\x08\x01", "\x10\x01",
                              "\x1a\x02", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "id > 1", "\x22\x06"},
                    .run = Check,
                    .max_bytes = 512};
  const auto store = MakeStore();
  for (const ListOptions& options : AllOptions()) {
    const auto page = store->GetArtifacts(options);
    if (!page.ok() || page->next_page_token.empty()) continue;
    target.seeds.push_back(page->next_page_token);
    std::string bytes;
    if (absl::Base64Unescape(page->next_page_token, &bytes) ||
        absl::WebSafeBase64Unescape(page->next_page_token, &bytes)) {
      target.seeds.push_back(bytes);
    }
  }
  return target;
}
