#include "tfx/metadata/node_table.h"

#include <algorithm>
#include <forward_list>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/strip.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/id_list.h"
#include "tfx/metadata/insert_rows.h"
#include "tfx/metadata/list_query.h"
#include "tfx/metadata/node_traits.h"
#include "tfx/metadata/property_value.h"

namespace mlmd {
namespace {

using ::tfx::Append;
using ::tfx::Concat;

using PropertyMap = google::protobuf::Map<std::string, ml_metadata::Value>;

SqlValue NullIfEmpty(std::string_view text) { return text.empty() ? SqlValue() : SqlValue(text); }

template <typename Node>
std::string Describe(const Node& node) {
  std::string text(NodeTraits<Node>::kWord);
  if (node.has_id()) Append(&text, " id: ", node.id());
  if (node.has_type_id()) Append(&text, " type_id: ", node.type_id());
  if (!node.name().empty()) Append(&text, " name: \"", node.name(), "\"");
  if (!node.external_id().empty()) Append(&text, " external_id: \"", node.external_id(), "\"");
  return text;
}

template <typename Node>
absl::Status CheckAgainstType(const Node& node, const TypeRecord& type) {
  for (const auto& [name, value] : node.properties()) {
    const auto declared = type.properties.find(name);
    if (declared == type.properties.end()) {
      return absl::InvalidArgumentError(Concat("Found unknown property: ", name, " in ", Describe(node), "; type `",
                                               type.name, "` does not declare it"));
    }
    if (declared->second != KindOf(value)) {
      return absl::InvalidArgumentError(Concat("Found unmatched property type: ", name, " in ", Describe(node),
                                               ": type `", type.name, "` declares ",
                                               ml_metadata::PropertyType_Name(declared->second), ", given is ",
                                               ml_metadata::PropertyType_Name(KindOf(value))));
    }
  }
  for (const auto& [name, value] : node.custom_properties()) {
    if (KindOf(value) == ml_metadata::UNKNOWN) {
      return absl::InvalidArgumentError(Concat("custom property ", name, " of ", Describe(node), " has no value"));
    }
  }
  return absl::OkStatus();
}

template <typename Node>
absl::Status CheckNode(Transaction& tx, const Node& node) {
  if (std::is_same_v<Node, Context> && node.name().empty()) {
    return absl::InvalidArgumentError(Concat("Context name should not be empty (", Describe(node), ")"));
  }
  ASSIGN_OR_RETURN(std::shared_ptr<const TypeRecord> type, tx.types.Find(tx.sql, node.type_id()));
  if (type == nullptr || type->kind != NodeTraits<Node>::kKind) {
    return absl::NotFoundError(Concat("Cannot find type for type_id: ", node.type_id(), "; no ",
                                      NodeTraits<Node>::kWord, " type has this id"));
  }
  if (CheckAgainstType(node, *type).ok()) return absl::OkStatus();
  // Another program may have added properties.
  ASSIGN_OR_RETURN(type, tx.types.Reload(tx.sql, node.type_id()));
  return type == nullptr ? absl::NotFoundError(Concat("Cannot find type for type_id: ", node.type_id()))
                         : CheckAgainstType(node, *type);
}

// What the database's complaint says of the node.
template <typename Node>
absl::Status AlreadyExists(const Node& node) {
  return absl::AlreadyExistsError(
      Concat("Given node already exists: ", Describe(node), ": its name or external id is taken"));
}

// Properties that wait to be inserted together. Nodes must outlive it.
template <typename Node>
class PropertyRows {
 public:
  explicit PropertyRows(SqlDialect dialect) : dialect_(dialect) {}

  void Add(int64_t id, const std::string& name, bool is_custom, const ml_metadata::Value& value) {
    const auto c = EncodeValue(value, dialect_, &texts_);
    values_.insert(values_.end(), {id, std::string_view(name), is_custom, c[0], c[1], c[2], c[3], c[4]});
  }
  // For as many rows as a node has, times `nodes`.
  void Reserve(const Node& node, size_t nodes) {
    values_.reserve(values_.size() +
                    nodes * (node.properties_size() + node.custom_properties_size()) * (3 + kValueColumns));
  }
  void AddAll(int64_t id, const Node& node) {
    for (const auto& [name, value] : node.properties()) Add(id, name, false, value);
    for (const auto& [name, value] : node.custom_properties()) Add(id, name, true, value);
  }
  absl::Status Insert(SqlConnection& sql) const {
    using T = NodeTraits<Node>;
    static const std::string& head = *new std::string(
        Concat("INSERT INTO ", T::kPropertyTable, " (", T::kIdColumn,
               ", name, is_custom_property, int_value, double_value, string_value, proto_value, bool_value) VALUES "));
    return InsertRows(sql, head, 3 + kValueColumns, values_, OnDuplicateRow::kFail);
  }

 private:
  const SqlDialect dialect_;
  std::forward_list<std::string> texts_;
  std::vector<SqlValue> values_;
};

template <typename Node>
absl::Status DeleteProperty(SqlConnection& sql, int64_t id, const std::string& name, bool is_custom) {
  using T = NodeTraits<Node>;
  static const std::string& remove = *new std::string(Concat("DELETE FROM ", T::kPropertyTable, " WHERE ", T::kIdColumn,
                                                             " = ? AND name = ? AND is_custom_property = ?"));
  return sql.Run(remove, {id, std::string_view(name), is_custom});
}

// Writes the difference between two property maps; true: there was one.
template <typename Node>
absl::StatusOr<bool> UpdateProperties(SqlConnection& sql, int64_t id, bool is_custom, const PropertyMap& stored,
                                      const PropertyMap& target) {
  bool changed = false;
  PropertyRows<Node> rows(sql.dialect());
  for (const auto& [name, value] : stored) {
    const auto found = target.find(name);
    if (found != target.end() && SameValue(found->second, value)) continue;
    RETURN_IF_ERROR(DeleteProperty<Node>(sql, id, name, is_custom));
    changed = true;
  }
  for (const auto& [name, value] : target) {
    const auto found = stored.find(name);
    if (found != stored.end() && SameValue(found->second, value)) continue;
    rows.Add(id, name, is_custom, value);
    changed = true;
  }
  RETURN_IF_ERROR(rows.Insert(sql));
  return changed;
}

// Inserts new nodes up to the first that does not pass the checks, whose error is returned where theirs is not.
template <typename Node>
absl::Status InsertNew(Transaction& tx, absl::Span<const Node* const> nodes, PropertyRows<Node>* properties,
                       std::vector<int64_t>* ids) {
  using T = NodeTraits<Node>;
  static const std::string& head =
      *new std::string(Concat("INSERT INTO ", T::kTable, " (type_id, name, external_id, create_time_since_epoch, ",
                              "last_update_time_since_epoch", T::kOwnColumns, ") VALUES "));
  absl::Status checked;
  std::vector<SqlValue> values;
  size_t columns = 0;
  for (const Node* node : nodes) {
    checked = node->has_type_id() ? CheckNode(tx, *node)
                                  : absl::InvalidArgumentError(Concat("Type id is missing. (", Describe(*node), ")"));
    if (!checked.ok()) break;
    const size_t before = values.size();
    values.insert(values.end(), {static_cast<int64_t>(node->type_id()), NullIfEmpty(node->name()),
                                 NullIfEmpty(node->external_id()), tx.now_ms, tx.now_ms});
    T::AppendOwnValues(*node, &values);
    columns = values.size() - before;
    if (values.size() == columns) values.reserve(columns * nodes.size());
  }
  if (!values.empty()) {
    ASSIGN_OR_RETURN(const std::vector<int64_t> inserted,
                     InsertForIds(tx.sql, head, columns, values, [&](size_t i) { return AlreadyExists(*nodes[i]); }));
    properties->Reserve(*nodes[0], inserted.size());
    for (size_t i = 0; i < inserted.size(); ++i) properties->AddAll(inserted[i], *nodes[i]);
    ids->insert(ids->end(), inserted.begin(), inserted.end());
  }
  return checked;
}

void CopyProperty(const std::string& key, const PropertyMap& from, PropertyMap* to) {
  const auto found = from.find(key);
  if (found == from.end()) {
    to->erase(key);
  } else {
    (*to)[key] = found->second;
  }
}

// What the stored node should become.
template <typename Node>
Node Merge(const Node& stored, const Node& given, const std::vector<std::string>& mask) {
  Node target = stored;
  const auto copy = [&](const std::string& path) {
    absl::string_view key = path;
    NodeTraits<Node>::CopyOwn(path, given, &target);
    if (path == "external_id") {
      target.set_external_id(given.external_id());
    } else if (path == "properties") {
      *target.mutable_properties() = given.properties();
    } else if (path == "custom_properties") {
      *target.mutable_custom_properties() = given.custom_properties();
    } else if (absl::ConsumePrefix(&key, "properties.")) {
      CopyProperty(std::string(key), given.properties(), target.mutable_properties());
    } else if (absl::ConsumePrefix(&key, "custom_properties.")) {
      CopyProperty(std::string(key), given.custom_properties(), target.mutable_custom_properties());
    }
  };
  if (!mask.empty()) {
    for (const std::string& path : mask) copy(path);
    return target;
  }
  for (const char* path :
       {"uri", "state", "last_known_state", "name", "external_id", "properties", "custom_properties"}) {
    copy(path);
  }
  return target;
}

template <typename Node>
absl::StatusOr<Node> Update(Transaction& tx, const Node& stored, const Node& given, const PutNodeRules& rules) {
  using T = NodeTraits<Node>;
  static const std::string& update = *new std::string(Concat(
      "UPDATE ", T::kTable, " SET external_id = ?, last_update_time_since_epoch = ?", T::kOwnSet, " WHERE id = ?"));
  if (given.has_type_id() && given.type_id() != stored.type_id()) {
    return absl::InvalidArgumentError(Concat("Given type_id ", given.type_id(),
                                             " is different from the one known before: ", stored.type_id(), " (",
                                             Describe(given), ")"));
  }
  if (rules.abort_if_latest_updated_time_changed &&
      given.last_update_time_since_epoch() != stored.last_update_time_since_epoch()) {
    return absl::FailedPreconditionError(
        Concat(Describe(given), " was changed since it was read: its last_update_time_since_epoch is ",
               stored.last_update_time_since_epoch(), ", given is ", given.last_update_time_since_epoch()));
  }
  Node target = Merge(stored, given, rules.update_mask);
  RETURN_IF_ERROR(CheckNode(tx, target));
  ASSIGN_OR_RETURN(const bool changed,
                   UpdateProperties<Node>(tx.sql, stored.id(), false, stored.properties(), target.properties()));
  ASSIGN_OR_RETURN(
      const bool custom_changed,
      UpdateProperties<Node>(tx.sql, stored.id(), true, stored.custom_properties(), target.custom_properties()));
  if (!changed && !custom_changed && !rules.force_update_time && T::SameOwn(stored, target) &&
      stored.external_id() == target.external_id()) {
    return stored;
  }
  // Later than the stored time even within one millisecond, so that the optimistic check sees every change.
  target.set_last_update_time_since_epoch(std::max<int64_t>(tx.now_ms, stored.last_update_time_since_epoch() + 1));
  std::vector<SqlValue> values = {NullIfEmpty(target.external_id()),
                                  static_cast<int64_t>(target.last_update_time_since_epoch())};
  T::AppendOwnValues(target, &values);
  if constexpr (std::is_same_v<Node, Context>) values.push_back(std::string_view(target.name()));
  values.push_back(static_cast<int64_t>(stored.id()));
  const absl::Status status = tx.sql.Run(update, values);
  if (absl::IsAlreadyExists(status)) return AlreadyExists(given);
  RETURN_IF_ERROR(status);
  return target;
}

// The rows alone; `add` -> Node& makes room for each. `tail` as NodeTable::Load has it.
template <typename Node, typename Add>
absl::Status ReadRows(SqlConnection& sql, std::string_view tail, absl::Span<const SqlValue> values, Add add) {
  using T = NodeTraits<Node>;
  static const std::string& select =
      *new std::string(Concat("SELECT N.id, N.type_id, N.name, N.external_id, N.create_time_since_epoch, ",
                              "N.last_update_time_since_epoch", T::kOwnSelected, " FROM ", T::kTable, " N "));
  return sql.Select(Concat(select, tail), values, [&](const SqlRow& row) {
    Node& node = add();
    node.set_id(row.Int(0));
    node.set_type_id(row.Int(1));
    if (!row.IsNull(2)) node.set_name(std::string(row.Text(2)));
    if (!row.IsNull(3)) node.set_external_id(std::string(row.Text(3)));
    node.set_create_time_since_epoch(row.Int(4));
    node.set_last_update_time_since_epoch(row.Int(5));
    T::ReadOwn(row, 6, &node);
    return absl::OkStatus();
  });
}

// Fills properties and type names.
template <typename Node>
absl::Status Complete(Transaction& tx, absl::Span<Node* const> nodes) {
  using T = NodeTraits<Node>;
  static const std::string& select = *new std::string(
      Concat("SELECT ", T::kIdColumn,
             ", name, is_custom_property, int_value, double_value, string_value, proto_value, bool_value FROM ",
             T::kPropertyTable, " WHERE ", T::kIdColumn));
  absl::flat_hash_map<int64_t, Node*> by_id;
  std::vector<int64_t> ids;
  by_id.reserve(nodes.size());
  ids.reserve(nodes.size());
  std::shared_ptr<const TypeRecord> type;
  for (Node* node : nodes) {
    by_id[node->id()] = node;
    ids.push_back(node->id());
    if (type == nullptr || type->id != node->type_id()) {
      ASSIGN_OR_RETURN(type, tx.types.Find(tx.sql, node->type_id()));
    }
    if (type != nullptr) node->set_type(type->name);
  }
  if (ids.empty()) return absl::OkStatus();
  int64_t last_id = 0;
  Node* last = nullptr;  // a node's properties mostly follow each other
  const auto add = [&](const SqlRow& row) {
    if (last == nullptr || row.Int(0) != last_id) {
      last_id = row.Int(0);
      const auto found = by_id.find(last_id);
      last = found == by_id.end() ? nullptr : found->second;
    }
    if (last == nullptr) return absl::OkStatus();
    auto& map = row.Int(2) != 0 ? *last->mutable_custom_properties() : *last->mutable_properties();
    if (DecodeValue(row, 3, tx.sql.dialect(), &map[std::string(row.Text(1))])) return absl::OkStatus();
    return absl::DataLossError(Concat("property ", row.Text(1), " of ", T::kWord, " ", row.Int(0), " does not parse"));
  };
  // Ids that lie close together, as those of one run do, are one range of the index.
  const auto [least, most] = std::minmax_element(ids.begin(), ids.end());
  if (ids.size() > 8 && static_cast<uint64_t>(*most) - static_cast<uint64_t>(*least) < 2 * ids.size()) {
    return tx.sql.Select(Concat(select, " BETWEEN ? AND ?"), {*least, *most}, add);
  }
  return ForEachInList<int64_t>(ids, [&](const std::string& list, const std::vector<SqlValue>& in) {
    return tx.sql.Select(Concat(select, " IN ", list), in, add);
  });
}

template <typename Item>
std::vector<Item> SortedUnique(absl::Span<const Item> items) {
  std::vector<Item> sorted(items.begin(), items.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

// What is read afterwards stays as it is until this transaction has written it. In ascending id, against deadlocks.
template <typename Node>
absl::Status LockNodes(SqlConnection& sql, absl::Span<const int64_t> ids) {
  if (LockRows(sql).empty() || ids.empty()) return absl::OkStatus();
  return ForEachInList<int64_t>(SortedUnique(ids), [&](const std::string& list, const std::vector<SqlValue>& in) {
    return sql.Select(
        Concat("SELECT id FROM ", NodeTraits<Node>::kTable, " WHERE id IN ", list, " ORDER BY id", LockRows(sql)), in,
        [](const SqlRow&) { return absl::OkStatus(); });
  });
}

template <typename Node>
const std::string& TextColumn(const Node& node, std::string_view column) {
  if constexpr (std::is_same_v<Node, Artifact>) {
    if (column == "uri") return node.uri();
  }
  return node.external_id();
}

}  // namespace

template <typename Node>
absl::StatusOr<std::vector<Node>> NodeTable<Node>::Load(Transaction& tx, std::string_view tail,
                                                        absl::Span<const SqlValue> values) {
  std::vector<Node> nodes;
  RETURN_IF_ERROR(ReadRows<Node>(tx.sql, tail, values, [&]() -> Node& { return nodes.emplace_back(); }));
  std::vector<Node*> pointers;
  pointers.reserve(nodes.size());
  for (Node& node : nodes) pointers.push_back(&node);
  RETURN_IF_ERROR(Complete<Node>(tx, pointers));
  return nodes;
}

template <typename Node>
absl::StatusOr<std::vector<Node>> NodeTable<Node>::LoadById(Transaction& tx, absl::Span<const int64_t> ids) {
  std::vector<Node> nodes;
  RETURN_IF_ERROR(ForEachInList<int64_t>(
      SortedUnique(ids), [&](const std::string& list, const std::vector<SqlValue>& in) -> absl::Status {
        ASSIGN_OR_RETURN(std::vector<Node> part, Load(tx, Concat("WHERE N.id IN ", list, " ORDER BY N.id"), in));
        std::move(part.begin(), part.end(), std::back_inserter(nodes));
        return absl::OkStatus();
      }));
  return nodes;
}

template <typename Node>
absl::StatusOr<std::vector<Node>> NodeTable<Node>::LoadByText(Transaction& tx, std::string_view column,
                                                              absl::Span<const std::string> texts) {
  const std::vector<std::string> sorted = SortedUnique(texts);
  const std::vector<std::string_view> views(sorted.begin(), sorted.end());
  std::vector<Node> nodes;
  RETURN_IF_ERROR(ForEachInList<std::string_view>(
      views, [&](const std::string& list, const std::vector<SqlValue>& in) -> absl::Status {
        ASSIGN_OR_RETURN(std::vector<Node> part, Load(tx, Concat("WHERE N.", column, " IN ", list), in));
        for (Node& node : part) {
          // Looked up again, for MySQL ignores case and trailing blanks.
          if (std::binary_search(sorted.begin(), sorted.end(), TextColumn(node, column))) {
            nodes.push_back(std::move(node));
          }
        }
        return absl::OkStatus();
      }));
  std::sort(nodes.begin(), nodes.end(), [](const Node& a, const Node& b) { return a.id() < b.id(); });
  return nodes;
}

template <typename Node>
absl::StatusOr<std::optional<Node>> NodeTable<Node>::LoadByTypeAndName(Transaction& tx, std::string_view type_name,
                                                                       std::string_view name,
                                                                       std::string_view type_version) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> type_id,
                   FindTypeId(tx.sql, NodeTraits<Node>::kKind, type_name, type_version));
  if (!type_id.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(std::vector<Node> nodes, Load(tx, "WHERE N.type_id = ? AND N.name = ?", {*type_id, name}));
  if (nodes.empty() || nodes[0].name() != name) return std::nullopt;
  return std::move(nodes[0]);
}

template <typename Node>
absl::StatusOr<std::vector<int64_t>> NodeTable<Node>::ExistingIds(SqlConnection& sql, absl::Span<const int64_t> ids) {
  std::vector<int64_t> existing;
  RETURN_IF_ERROR(
      ForEachInList<int64_t>(SortedUnique(ids), [&](const std::string& list, const std::vector<SqlValue>& in) {
        return sql.Select(Concat("SELECT id FROM ", NodeTraits<Node>::kTable, " WHERE id IN ", list, " ORDER BY id"),
                          in, [&](const SqlRow& row) {
                            existing.push_back(row.Int(0));
                            return absl::OkStatus();
                          });
      }));
  return existing;
}

template <typename Node>
absl::StatusOr<std::vector<int64_t>> NodeTable<Node>::Put(Transaction& tx, absl::Span<const Node> nodes,
                                                          const PutNodeRules& rules) {
  std::vector<const Node*> pointers;
  pointers.reserve(nodes.size());
  for (const Node& node : nodes) pointers.push_back(&node);
  return Put(tx, absl::Span<const Node* const>(pointers), rules);
}

template <typename Node>
absl::StatusOr<std::vector<int64_t>> NodeTable<Node>::Put(Transaction& tx, absl::Span<const Node* const> nodes,
                                                          const PutNodeRules& rules) {
  std::vector<int64_t> update_ids;
  for (const Node* node : nodes) {
    if (node->has_id()) update_ids.push_back(node->id());
  }
  absl::flat_hash_map<int64_t, Node> by_id;
  if (!update_ids.empty()) {
    RETURN_IF_ERROR(LockNodes<Node>(tx.sql, update_ids));
    ASSIGN_OR_RETURN(std::vector<Node> stored, LoadById(tx, update_ids));
    for (Node& node : stored) by_id[node.id()] = std::move(node);
  }

  std::vector<int64_t> ids;
  ids.reserve(nodes.size());
  PropertyRows<Node> properties(tx.sql.dialect());
  while (ids.size() < nodes.size()) {
    const auto rest = nodes.subspan(ids.size());
    const auto new_ones = std::find_if(rest.begin(), rest.end(), [](const Node* node) { return node->has_id(); });
    if (new_ones != rest.begin()) {
      RETURN_IF_ERROR(InsertNew(tx, rest.subspan(0, static_cast<size_t>(new_ones - rest.begin())), &properties, &ids));
      continue;
    }
    const Node& node = *rest.front();
    const auto found = by_id.find(node.id());
    if (found == by_id.end()) {
      return absl::InvalidArgumentError(
          Concat("Cannot find the given id ", node.id(), " (", NodeTraits<Node>::kWord, ")"));
    }
    ASSIGN_OR_RETURN(found->second, Update(tx, found->second, node, rules));
    if (tx.nodes != nullptr) tx.nodes->Touch<Node>(node.id(), tx.generation);
    ids.push_back(node.id());
  }
  RETURN_IF_ERROR(properties.Insert(tx.sql));
  return ids;
}

// What a list's query chose, in its order. `encode`: with their wire format.
enum class Encode { kNo, kYes };
template <typename Node>
absl::StatusOr<std::vector<NodeCache::Shared<Node>>> LoadShared(Transaction& tx, std::string_view tail,
                                                                absl::Span<const SqlValue> values, Encode encode) {
  std::vector<NodeCache::Shared<Node>> shared;
  std::vector<EncodedNode<Node>*> encoded;
  std::vector<Node*> nodes;
  RETURN_IF_ERROR(ReadRows<Node>(tx.sql, tail, values, [&]() -> Node& {
    auto node = std::make_shared<EncodedNode<Node>>();
    encoded.push_back(node.get());
    nodes.push_back(&node->node);
    shared.push_back(std::move(node));
    return *nodes.back();
  }));
  RETURN_IF_ERROR(Complete<Node>(tx, nodes));
  if (encode == Encode::kYes) {
    for (EncodedNode<Node>* node : encoded) node->bytes = node->node.SerializeAsString();
  }
  return shared;
}

// The same, from the cache as far as it goes.
template <typename Node>
absl::StatusOr<NodeList<Node>> LoadList(Transaction& tx, const ListQuery::Tail& tail) {
  using T = NodeTraits<Node>;
  Snapshot snapshot;
  if (tx.nodes != nullptr && tx.snapshot != nullptr) {
    ASSIGN_OR_RETURN(snapshot, (*tx.snapshot)());
  }
  if (snapshot.epoch == 0) {
    ASSIGN_OR_RETURN(auto nodes, LoadShared<Node>(tx, tail.sql, tail.values, Encode::kNo));
    return NodeList<Node>(std::move(nodes));
  }
  const std::string ids_sql =
      tail.linked_ids.empty() ? Concat("SELECT N.id FROM ", T::kTable, " N ", tail.sql) : tail.linked_ids;
  std::vector<int64_t> ids, missing;
  RETURN_IF_ERROR(tx.sql.Select(ids_sql, tail.values, [&](const SqlRow& row) {
    ids.push_back(row.Int(0));
    return absl::OkStatus();
  }));
  auto nodes = tx.nodes->Find<Node>(snapshot, ids);
  for (size_t i = 0; i < ids.size(); ++i) {
    if (nodes[i] == nullptr) missing.push_back(ids[i]);
  }
  if (missing.size() > tx.nodes->longest_list()) {
    ASSIGN_OR_RETURN(nodes, LoadShared<Node>(tx, tail.sql, tail.values, Encode::kNo));
    return NodeList<Node>(std::move(nodes));
  }
  absl::flat_hash_map<int64_t, NodeCache::Shared<Node>> loaded;
  RETURN_IF_ERROR(
      ForEachInList<int64_t>(missing, [&](const std::string& list, const std::vector<SqlValue>& in) -> absl::Status {
        ASSIGN_OR_RETURN(const auto part, LoadShared<Node>(tx, Concat("WHERE N.id IN ", list), in, Encode::kYes));
        tx.nodes->Keep<Node>(snapshot, part);
        for (const auto& shared : part) loaded[shared->node.id()] = shared;
        return absl::OkStatus();
      }));
  for (size_t i = 0; i < ids.size(); ++i) {
    if (nodes[i] != nullptr) continue;
    nodes[i] = loaded[ids[i]];
    if (nodes[i] != nullptr) continue;
    if (!tail.linked_ids.empty()) {
      return LoadList<Node>(tx, {.sql = tail.sql, .values = tail.values});
    }
    // One transaction sees one state; only a damaged index lists what is not there.
    return absl::DataLossError(Concat("the store lists ", T::kWord, " ", ids[i], ", which it does not hold"));
  }
  return NodeList<Node>(std::move(nodes));
}

template <typename Node>
absl::StatusOr<Page<Node>> NodeTable<Node>::List(Transaction& tx, const ListedRows& rows, const ListOptions& options) {
  constexpr FilterBase kBase = std::is_same_v<Node, Artifact>    ? FilterBase::kArtifact
                               : std::is_same_v<Node, Execution> ? FilterBase::kExecution
                                                                 : FilterBase::kContext;
  ASSIGN_OR_RETURN(ListQuery query, ListQuery::FromOptions(options, kBase));
  Page<Node> page;
  const auto is_more_than_a_page = [&] {
    return options.limit.has_value() && page.items.size() > static_cast<size_t>(*options.limit);
  };
  std::optional<size_t> start;
  if (tx.sql.dialect() == SqlDialect::kSqlite) {
    // Many rows pass: some thousand in their order have a page of them. Few pass what the filter asks of one property
    // or neighbour: it starts there. Many pass everything alone, few together: some more in their order.
    constexpr int64_t kWindow = 4096, kWideWindow = 65'536, kFew = 20'000;
    const auto look_in = [&](int64_t size) -> absl::Status {
      const std::optional<ListQuery::Tail> window = query.ForWindow(rows, size);
      if (!window.has_value()) return absl::OkStatus();
      ASSIGN_OR_RETURN(page.items, LoadList<Node>(tx, *window));
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(look_in(kWindow));
    if (!is_more_than_a_page()) {
      ASSIGN_OR_RETURN(const auto narrowest, query.FindNarrowest(tx.sql, kFew));
      if (narrowest.has_value() && narrowest->has_few) start = narrowest->index;
      if (narrowest.has_value() && !narrowest->has_few) RETURN_IF_ERROR(look_in(kWideWindow));
    }
  }
  if (!is_more_than_a_page()) {
    ASSIGN_OR_RETURN(page.items, LoadList<Node>(tx, query.ForAll(rows, start)));
  }
  if (is_more_than_a_page()) {
    page.items.Truncate(*options.limit);
    const Node& last = page.items.back();
    std::vector<int64_t> same_field;
    const int64_t field = query.FieldOf(last.id(), last.create_time_since_epoch(), last.last_update_time_since_epoch());
    for (const Node& node : page.items) {
      if (query.FieldOf(node.id(), node.create_time_since_epoch(), node.last_update_time_since_epoch()) == field) {
        same_field.push_back(node.id());
      }
    }
    page.next_page_token = query.NextToken(last.id(), field, same_field);
  }
  return page;
}

template class NodeTable<Artifact>;
template class NodeTable<Execution>;
template class NodeTable<Context>;

}  // namespace mlmd
