#include "tfx/expressions/expression.h"

#include <utility>

#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/expressions/binder.h"
#include "tfx/expressions/bound_node.h"

namespace tfx::expressions {

absl::StatusOr<Expression> Expression::Bind(const NodePtr& tree, absl::Span<const Variable> variables) {
  Binder binder(variables);
  Expression expression;
  ASSIGN_OR_RETURN(expression.root_, binder.Bind(*tree));
  expression.used_variables_.assign(binder.used_variables().begin(), binder.used_variables().end());
  expression.num_elements_ = binder.num_elements();
  return expression;
}

absl::StatusOr<Expression> Expression::BindCondition(const NodePtr& tree, absl::Span<const Variable> variables) {
  ASSIGN_OR_RETURN(Expression expression, Bind(tree, variables));
  if (expression.type().kind == Kind::kBool || expression.type().kind == Kind::kNull) return expression;
  return ErrorAt(tree->position, Concat("not a valid boolean expression: its type is ", expression.type().ToString()));
}

const Type& Expression::type() const { return root_->type; }

absl::StatusOr<Value> Expression::Evaluate(absl::Span<const Value> variables) const {
  Frame frame{variables, std::vector<Value>(num_elements_)};
  return root_->evaluate(frame);
}

absl::StatusOr<std::optional<bool>> Expression::EvaluateCondition(absl::Span<const Value> variables) const {
  ASSIGN_OR_RETURN(const Value value, Evaluate(variables));
  if (value.is_null()) return std::optional<bool>();
  return std::optional<bool>(value.bool_value());
}

}  // namespace tfx::expressions
