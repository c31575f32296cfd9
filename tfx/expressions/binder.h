// Syntax tree -> bound tree: types, functions, variables. Internal to expression.h.
#ifndef TFX_EXPRESSIONS_BINDER_H_
#define TFX_EXPRESSIONS_BINDER_H_

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tfx/expressions/bound_node.h"
#include "tfx/expressions/expression.h"
#include "tfx/expressions/syntax_tree.h"

namespace tfx::expressions {

class Binder {
 public:
  explicit Binder(absl::Span<const Variable> variables) : variables_(variables) {}

  absl::StatusOr<BoundPtr> Bind(const Node& node);
  // As Bind; the result is BOOL or NULL. `who` asks for it in the message.
  absl::StatusOr<BoundPtr> BindBool(const Node& node, std::string_view who);

  const std::set<int>& used_variables() const { return used_variables_; }
  int num_elements() const { return num_elements_; }

 private:
  absl::StatusOr<BoundPtr> BindPath(const Path& path);
  absl::StatusOr<BoundPtr> BindRoot(const PathStep& step);
  absl::StatusOr<BoundPtr> BindField(BoundPtr base, const PathStep& step);
  absl::StatusOr<BoundPtr> BindSubscript(BoundPtr base, const PathStep& step);
  absl::StatusOr<BoundPtr> BindLogical(const Logical& node);
  absl::StatusOr<BoundPtr> BindUnary(const Unary& node, Position position);
  absl::StatusOr<BoundPtr> BindBinary(const Binary& node, Position position);
  absl::StatusOr<BoundPtr> BindLike(const Like& node, Position position);
  absl::StatusOr<BoundPtr> BindIn(const In& node, Position position);
  absl::StatusOr<BoundPtr> BindBetween(const Between& node, Position position);
  absl::StatusOr<BoundPtr> BindIs(const Is& node);
  absl::StatusOr<BoundPtr> BindCall(const Call& node, Position position);
  absl::StatusOr<BoundPtr> BindCast(const Cast& node, Position position);
  absl::StatusOr<BoundPtr> BindCase(const Case& node, Position position);
  absl::StatusOr<BoundPtr> BindExists(const Exists& node);
  absl::StatusOr<BoundPtr> BindArray(const Node& node);
  absl::StatusOr<std::vector<BoundPtr>> BindAll(const std::vector<NodePtr>& nodes);
  // COALESCE, IF, IFNULL, NULLIF; nullptr: another function.
  absl::StatusOr<BoundPtr> BindLazy(const Call& node, std::vector<BoundPtr> arguments, Position position);

  struct Element {
    std::string name;
    Type type;
    int slot;
  };

  absl::Span<const Variable> variables_;
  std::vector<Element> elements_;  // of the EXISTS around, innermost last
  std::set<int> used_variables_;
  int num_elements_ = 0;
};

}  // namespace tfx::expressions

#endif  // TFX_EXPRESSIONS_BINDER_H_
