// An expression after binding: every node knows its type and how to compute its value. Internal to expression.h.
#ifndef TFX_EXPRESSIONS_BOUND_NODE_H_
#define TFX_EXPRESSIONS_BOUND_NODE_H_

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tfx/expressions/syntax_tree.h"
#include "tfx/expressions/value.h"

namespace tfx::expressions {

// What one evaluation works on.
struct Frame {
  absl::Span<const Value> variables;
  std::vector<Value> elements;  // of the EXISTS around, by their slot
};

using Evaluator = std::function<absl::StatusOr<Value>(Frame&)>;

struct BoundNode;
using BoundPtr = std::shared_ptr<const BoundNode>;

struct BoundNode {
  Type type;
  Evaluator evaluate;
  std::optional<Value> constant;  // of a literal
  // Of a field of a struct: lengths and elements are had without the list.
  BoundPtr owner;
  int field = 0;
};

BoundPtr MakeBound(Type type, Evaluator evaluate);
BoundPtr MakeConstant(Type type, Value value);

// `node` as a FLOAT64 where it is an INT64; everything else as it is.
BoundPtr ToDouble(BoundPtr node);

// Comparison of two values of comparable types, not NULL.
enum class Ordering { kLess, kEqual, kGreater, kUnordered };
Ordering Compare(const Value& a, const Value& b);

// Makes two (or more) operands comparable: literals become numbers of an enum that they are compared with. False: they
// cannot be compared. An error: a literal is no name of the enum.
absl::StatusOr<bool> Unify(std::vector<BoundPtr>& operands, const std::vector<Position>& positions);

// The type that all of them fit in (INT64 and FLOAT64 meet in FLOAT64), or nullopt.
std::optional<Type> CommonType(absl::Span<const BoundPtr> nodes);

// text LIKE pattern. INVALID: a pattern that ends in a single backslash is nullopt.
std::optional<bool> MatchesLike(std::string_view text, std::string_view pattern);

// `value` (not NULL) of type `from` as `to`; an error without place.
absl::StatusOr<Value> CastValue(const Value& value, const Type& from, Kind to);
bool CanCast(Kind from, Kind to);

// +, -, *, /, % and unary minus. OUT_OF_RANGE for overflow and zero divisors.
absl::StatusOr<Value> Arithmetic(Binary::Op op, const Value& left, const Value& right);
absl::StatusOr<Value> Negate(const Value& value);

}  // namespace tfx::expressions

#endif  // TFX_EXPRESSIONS_BOUND_NODE_H_
