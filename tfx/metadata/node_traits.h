// What distinguishes the three kinds of nodes: table and column names, and the columns only one of them has.
#ifndef TFX_METADATA_NODE_TRAITS_H_
#define TFX_METADATA_NODE_TRAITS_H_

#include <string_view>
#include <vector>

#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/sql_connection.h"
#include "tfx/metadata/type_table.h"

namespace mlmd {

template <typename Node>
struct NodeTraits;

template <>
struct NodeTraits<Artifact> {
  static constexpr TypeKind kKind = TypeKind::kArtifact;
  static constexpr std::string_view kWord = "artifact";
  static constexpr std::string_view kTable = "Artifact";
  static constexpr std::string_view kPropertyTable = "ArtifactProperty";
  static constexpr std::string_view kIdColumn = "artifact_id";
  // Columns of this kind alone. Selected after the common ones; "SET" form for updates.
  static constexpr std::string_view kOwnSelected = ", N.uri, N.state";
  static constexpr std::string_view kOwnColumns = ", uri, state";
  static constexpr std::string_view kOwnSet = ", uri = ?, state = ?";

  static void AppendOwnValues(const Artifact& node, std::vector<SqlValue>* values) {
    values->push_back(std::string_view(node.uri()));
    values->push_back(node.has_state() ? SqlValue(static_cast<int64_t>(node.state())) : SqlValue());
  }
  static void ReadOwn(const SqlRow& row, int first, Artifact* node) {
    if (!row.IsNull(first)) node->set_uri(std::string(row.Text(first)));
    if (!row.IsNull(first + 1) && Artifact::State_IsValid(static_cast<int>(row.Int(first + 1)))) {
      node->set_state(static_cast<Artifact::State>(row.Int(first + 1)));
    }
  }
  static bool SameOwn(const Artifact& a, const Artifact& b) {
    return a.uri() == b.uri() && a.has_state() == b.has_state() && a.state() == b.state();
  }
  static void CopyOwn(std::string_view path, const Artifact& from, Artifact* to) {
    if (path == "uri") to->set_uri(from.uri());
    if (path == "state") from.has_state() ? to->set_state(from.state()) : to->clear_state();
  }
};

template <>
struct NodeTraits<Execution> {
  static constexpr TypeKind kKind = TypeKind::kExecution;
  static constexpr std::string_view kWord = "execution";
  static constexpr std::string_view kTable = "Execution";
  static constexpr std::string_view kPropertyTable = "ExecutionProperty";
  static constexpr std::string_view kIdColumn = "execution_id";
  static constexpr std::string_view kOwnSelected = ", N.last_known_state";
  static constexpr std::string_view kOwnColumns = ", last_known_state";
  static constexpr std::string_view kOwnSet = ", last_known_state = ?";

  static void AppendOwnValues(const Execution& node, std::vector<SqlValue>* values) {
    values->push_back(node.has_last_known_state() ? SqlValue(static_cast<int64_t>(node.last_known_state()))
                                                  : SqlValue());
  }
  static void ReadOwn(const SqlRow& row, int first, Execution* node) {
    if (!row.IsNull(first) && Execution::State_IsValid(static_cast<int>(row.Int(first)))) {
      node->set_last_known_state(static_cast<Execution::State>(row.Int(first)));
    }
  }
  static bool SameOwn(const Execution& a, const Execution& b) {
    return a.has_last_known_state() == b.has_last_known_state() && a.last_known_state() == b.last_known_state();
  }
  static void CopyOwn(std::string_view path, const Execution& from, Execution* to) {
    if (path != "last_known_state") return;
    from.has_last_known_state() ? to->set_last_known_state(from.last_known_state()) : to->clear_last_known_state();
  }
};

template <>
struct NodeTraits<Context> {
  static constexpr TypeKind kKind = TypeKind::kContext;
  static constexpr std::string_view kWord = "context";
  static constexpr std::string_view kTable = "Context";
  static constexpr std::string_view kPropertyTable = "ContextProperty";
  static constexpr std::string_view kIdColumn = "context_id";
  static constexpr std::string_view kOwnSelected = "";
  static constexpr std::string_view kOwnColumns = "";
  static constexpr std::string_view kOwnSet = ", name = ?";  // only a context can be renamed

  static void AppendOwnValues(const Context&, std::vector<SqlValue>*) {}
  static void ReadOwn(const SqlRow&, int, Context*) {}
  static bool SameOwn(const Context& a, const Context& b) { return a.name() == b.name(); }
  static void CopyOwn(std::string_view path, const Context& from, Context* to) {
    if (path == "name") to->set_name(from.name());
  }
};

}  // namespace mlmd

#endif  // TFX_METADATA_NODE_TRAITS_H_
