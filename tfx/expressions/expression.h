// An expression bound to the types of its variables, ready to be evaluated row after row.
//
//   ASSIGN_OR_RETURN(NodePtr tree, Parse("age >= 18 AND country IN ('DE', 'FR')"));
//   ASSIGN_OR_RETURN(Expression expression,
//                    Expression::Bind(tree, {{"age", Type::Int64()}, {"country", Type::String()}}));
//   ASSIGN_OR_RETURN(Value value, expression.Evaluate({Value::Int64(40), Value::String("DE")}));   // true
//
// Semantics are SQL's:
// - Three-valued logic: NULL AND false is false, NULL OR true is true; other operations on NULL are NULL.
// - AND, OR, IF, CASE, COALESCE look at no more operands, from left to right, than they need.
// - int64 overflow, division by zero, a double that overflows to infinity, a subscript outside of its array are
//   OUT_OF_RANGE; SAFE_DIVIDE, SAFE_CAST, SAFE_OFFSET give NULL instead. `/` always divides as doubles.
// - int64 and double compare by their exact values. NaN is unequal to everything, itself included, and neither smaller
//   nor larger than anything.
// - An enum compares with its names (as string literals) and its numbers.
// - A field of a NULL struct is NULL.
// Errors of types and unknown names are found by Bind: INVALID_ARGUMENT with the place in the text.
#ifndef TFX_EXPRESSIONS_EXPRESSION_H_
#define TFX_EXPRESSIONS_EXPRESSION_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tfx/expressions/syntax_tree.h"
#include "tfx/expressions/value.h"

namespace tfx::expressions {

struct BoundNode;  // bound_node.h

// A name of the text means the variable spelled like it, else the first that differs only in case, as in SQL.
struct Variable {
  std::string name;
  Type type;
};

// Copyable; any number of threads may evaluate one expression.
class Expression {
 public:
  // The expression may be kept when the tree is gone.
  static absl::StatusOr<Expression> Bind(const NodePtr& tree, absl::Span<const Variable> variables);
  // As Bind, and the result must be a condition: BOOL (or NULL), else INVALID_ARGUMENT.
  static absl::StatusOr<Expression> BindCondition(const NodePtr& tree, absl::Span<const Variable> variables);

  const Type& type() const;
  // Which variables are read, as ascending indices.
  const std::vector<int>& used_variables() const { return used_variables_; }

  // One value per variable, of its type or NULL; those that are not used may be anything. Errors: OUT_OF_RANGE as
  // above.
  absl::StatusOr<Value> Evaluate(absl::Span<const Value> variables) const;
  // true, false, or nullopt for NULL. Only of BindCondition.
  absl::StatusOr<std::optional<bool>> EvaluateCondition(absl::Span<const Value> variables) const;

 private:
  std::shared_ptr<const BoundNode> root_;
  std::vector<int> used_variables_;
  int num_elements_ = 0;  // of EXISTS
};

}  // namespace tfx::expressions

#endif  // TFX_EXPRESSIONS_EXPRESSION_H_
