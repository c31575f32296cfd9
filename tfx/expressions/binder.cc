#include "tfx/expressions/binder.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "tfx/base/concat.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_macros.h"
#include "tfx/expressions/functions.h"

namespace tfx::expressions {
namespace {

using ValueOr = absl::StatusOr<Value>;

bool IsBool(const Type& type) { return type.kind == Kind::kBool || type.kind == Kind::kNull; }
bool IsString(const Type& type) { return type.kind == Kind::kString || type.kind == Kind::kNull; }
bool IsNumber(const Type& type) {
  return type.kind == Kind::kInt64 || type.kind == Kind::kDouble || type.kind == Kind::kNull;
}

std::string TypeNames(const std::vector<BoundPtr>& nodes) {
  std::string text;
  for (const BoundPtr& node : nodes) Append(&text, text.empty() ? "" : ", ", node->type.ToString());
  return text;
}

absl::Status NoSignature(std::string_view op, const std::vector<BoundPtr>& operands, Position position) {
  return ErrorAt(position,
                 Concat("No matching signature for operator ", op, " for argument types: ", TypeNames(operands)));
}

// The place of an error that an evaluation found.
absl::Status At(Position position, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(status.message(), " [at ", position.line, ":", position.column, "]"));
}

// A node that is NULL where an operand is; `compute` takes the values.
template <typename Compute>
BoundPtr Strict(Type type, std::vector<BoundPtr> operands, Position position, Compute compute) {
  return MakeBound(std::move(type), [operands = std::move(operands), position, compute](Frame& frame) -> ValueOr {
    std::vector<Value> values;
    values.reserve(operands.size());
    for (const BoundPtr& operand : operands) {
      ValueOr value = operand->evaluate(frame);
      if (!value.ok() || value->is_null()) return value;
      values.push_back(*std::move(value));
    }
    ValueOr result = compute(values);
    return result.ok() ? std::move(result) : ValueOr(At(position, result.status()));
  });
}

bool Holds(Binary::Op op, Ordering order) {
  switch (op) {
    case Binary::Op::kEqual:
      return order == Ordering::kEqual;
    case Binary::Op::kNotEqual:
      return order != Ordering::kEqual;
    case Binary::Op::kLess:
      return order == Ordering::kLess;
    case Binary::Op::kLessOrEqual:
      return order == Ordering::kLess || order == Ordering::kEqual;
    case Binary::Op::kGreater:
      return order == Ordering::kGreater;
    default:
      return order == Ordering::kGreater || order == Ordering::kEqual;
  }
}

// true, false or nullopt of a BOOL or NULL.
std::optional<bool> Truth(const Value& value) {
  return value.is_null() ? std::nullopt : std::optional<bool>(value.bool_value());
}
Value FromTruth(std::optional<bool> truth) { return truth.has_value() ? Value::Bool(*truth) : Value::Null(); }

// SQL's IN: NULL where nothing is equal and something is NULL.
template <typename ForEach>
ValueOr IsAmong(const Value& value, ForEach for_each, bool negated) {
  bool found = false;
  bool any_null = false;
  RETURN_IF_ERROR(for_each([&](const Value& candidate) {
    any_null |= candidate.is_null();
    found = !candidate.is_null() && Compare(value, candidate) == Ordering::kEqual;
    return !found;
  }));
  if (!found && any_null) return Value::Null();
  return Value::Bool(found != negated);
}

// Gives the type to all nodes: whole numbers become FLOAT64 beside one.
void Coerce(const Type& type, std::vector<BoundPtr>* nodes) {
  if (type.kind != Kind::kDouble) return;
  for (BoundPtr& node : *nodes) node = ToDouble(std::move(node));
}

}  // namespace

absl::StatusOr<BoundPtr> Binder::Bind(const Node& node) {
  struct Visitor {
    Binder& binder;
    Position position;
    absl::StatusOr<BoundPtr> operator()(const Literal& n) const {
      const Value& value = n.value;
      const Type type = value.is_null()        ? Type::Null()
                        : value.holds_bool()   ? Type::Bool()
                        : value.holds_int64()  ? Type::Int64()
                        : value.holds_double() ? Type::Double()
                                               : Type::String();
      return MakeConstant(type, value);
    }
    absl::StatusOr<BoundPtr> operator()(const Path& n) const { return binder.BindPath(n); }
    absl::StatusOr<BoundPtr> operator()(const Logical& n) const { return binder.BindLogical(n); }
    absl::StatusOr<BoundPtr> operator()(const Unary& n) const { return binder.BindUnary(n, position); }
    absl::StatusOr<BoundPtr> operator()(const Binary& n) const { return binder.BindBinary(n, position); }
    absl::StatusOr<BoundPtr> operator()(const Like& n) const { return binder.BindLike(n, position); }
    absl::StatusOr<BoundPtr> operator()(const In& n) const { return binder.BindIn(n, position); }
    absl::StatusOr<BoundPtr> operator()(const Between& n) const { return binder.BindBetween(n, position); }
    absl::StatusOr<BoundPtr> operator()(const Is& n) const { return binder.BindIs(n); }
    absl::StatusOr<BoundPtr> operator()(const Call& n) const { return binder.BindCall(n, position); }
    absl::StatusOr<BoundPtr> operator()(const Cast& n) const { return binder.BindCast(n, position); }
    absl::StatusOr<BoundPtr> operator()(const Case& n) const { return binder.BindCase(n, position); }
    absl::StatusOr<BoundPtr> operator()(const Exists& n) const { return binder.BindExists(n); }
  };
  return std::visit(Visitor{*this, node.position}, node.data);
}

absl::StatusOr<BoundPtr> Binder::BindBool(const Node& node, std::string_view who) {
  ASSIGN_OR_RETURN(BoundPtr bound, Bind(node));
  if (IsBool(bound->type)) return bound;
  return ErrorAt(node.position, Concat(who, " takes a condition (BOOL), given is ", bound->type.ToString()));
}

absl::StatusOr<std::vector<BoundPtr>> Binder::BindAll(const std::vector<NodePtr>& nodes) {
  std::vector<BoundPtr> bound;
  for (const NodePtr& node : nodes) {
    ASSIGN_OR_RETURN(BoundPtr one, Bind(*node));
    bound.push_back(std::move(one));
  }
  return bound;
}

absl::StatusOr<BoundPtr> Binder::BindPath(const Path& path) {
  ASSIGN_OR_RETURN(BoundPtr node, BindRoot(path.steps[0]));
  for (size_t i = 1; i < path.steps.size(); ++i) {
    const PathStep& step = path.steps[i];
    ASSIGN_OR_RETURN(node, step.kind == PathStep::Kind::kName ? BindField(node, step) : BindSubscript(node, step));
  }
  return node;
}

absl::StatusOr<BoundPtr> Binder::BindRoot(const PathStep& step) {
  for (const bool exact : {true, false}) {
    const auto same = [&](const std::string& name) {
      return exact ? name == step.name : absl::EqualsIgnoreCase(name, step.name);
    };
    for (auto element = elements_.rbegin(); element != elements_.rend(); ++element) {
      if (!same(element->name)) continue;
      return MakeBound(element->type, [slot = element->slot](Frame& frame) -> ValueOr { return frame.elements[slot]; });
    }
    for (size_t i = 0; i < variables_.size(); ++i) {
      if (!same(variables_[i].name)) continue;
      used_variables_.insert(static_cast<int>(i));
      return MakeBound(variables_[i].type, [i](Frame& frame) -> ValueOr { return frame.variables[i]; });
    }
  }
  std::vector<std::string> names;
  for (const Variable& variable : variables_) names.push_back(variable.name);
  return ErrorAt(step.position, Concat("Unrecognized name: ", step.name, DidYouMean(step.name, names)));
}

absl::StatusOr<BoundPtr> Binder::BindField(BoundPtr base, const PathStep& step) {
  if (base->type.kind != Kind::kStruct) {
    return ErrorAt(step.position,
                   Concat("Cannot access field ", step.name, " on a value with type ", base->type.ToString()));
  }
  const std::shared_ptr<const StructType> structure = base->type.structure;
  const std::optional<StructType::Field> field = structure->Find(step.name);
  if (!field.has_value()) {
    return ErrorAt(step.position, Concat("Field name ", step.name, " does not exist in ", base->type.ToString(),
                                         DidYouMean(step.name, structure->FieldNames())));
  }
  auto node = std::make_shared<BoundNode>();
  node->type = field->type;
  node->owner = base;
  node->field = field->index;
  node->evaluate = [base, structure, index = field->index, position = step.position](Frame& frame) -> ValueOr {
    ValueOr record = base->evaluate(frame);
    if (!record.ok() || record->is_null()) return record;
    ValueOr value = structure->Get(record->record(), index);
    return value.ok() ? std::move(value) : ValueOr(At(position, value.status()));
  };
  return node;
}

absl::StatusOr<BoundPtr> Binder::BindSubscript(BoundPtr base, const PathStep& step) {
  const Position position = step.position;
  if (step.kind == PathStep::Kind::kKey) {
    std::optional<Type> type;
    if (base->owner != nullptr) type = base->owner->type.structure->MapValueType(base->field);
    if (!type.has_value()) {
      return ErrorAt(position, Concat("['", step.name, "'] takes a value of a map, given is ", base->type.ToString()));
    }
    return MakeBound(*type, [base, position, key = step.name](Frame& frame) -> ValueOr {
      ValueOr record = base->owner->evaluate(frame);
      if (!record.ok() || record->is_null()) return record;
      ValueOr value = base->owner->type.structure->GetMapValue(record->record(), base->field, key);
      return value.ok() ? std::move(value) : ValueOr(At(position, value.status()));
    });
  }
  if (base->type.kind != Kind::kList) {
    return ErrorAt(position, Concat("a subscript takes an element of an array, given is ", base->type.ToString()));
  }
  const bool safe = step.kind == PathStep::Kind::kSafeOffset;
  const auto outside = [safe, position, offset = step.offset](int64_t length) -> ValueOr {
    if (safe) return Value::Null();
    return absl::OutOfRangeError(Concat("Array index ", offset, " is out of bounds: the array has ", length,
                                        " elements [at ", position.line, ":", position.column, "]"));
  };
  return MakeBound(*base->type.element, [base, outside, position, offset = step.offset](Frame& frame) -> ValueOr {
    if (base->owner == nullptr) {
      ValueOr list = base->evaluate(frame);
      if (!list.ok() || list->is_null()) return list;
      const auto length = static_cast<int64_t>(list->list().size());
      return offset < length ? ValueOr(list->list()[static_cast<size_t>(offset)]) : outside(length);
    }
    ValueOr record = base->owner->evaluate(frame);
    if (!record.ok() || record->is_null()) return record;
    const StructType& structure = *base->owner->type.structure;
    ASSIGN_OR_RETURN(const int64_t length, structure.GetLength(record->record(), base->field));
    if (offset >= length) return outside(length);
    ValueOr value = structure.GetElement(record->record(), base->field, offset);
    return value.ok() ? std::move(value) : ValueOr(At(position, value.status()));
  });
}

absl::StatusOr<BoundPtr> Binder::BindLogical(const Logical& node) {
  const bool is_and = node.op == Logical::Op::kAnd;
  std::vector<BoundPtr> operands;
  for (const NodePtr& operand : node.operands) {
    ASSIGN_OR_RETURN(BoundPtr bound, BindBool(*operand, is_and ? "AND" : "OR"));
    operands.push_back(std::move(bound));
  }
  // One operand that equals `decides` decides; else NULL is stronger.
  return MakeBound(Type::Bool(), [operands = std::move(operands), decides = !is_and](Frame& frame) -> ValueOr {
    std::optional<bool> result = !decides;
    for (const BoundPtr& operand : operands) {
      ASSIGN_OR_RETURN(const Value value, operand->evaluate(frame));
      const std::optional<bool> truth = Truth(value);
      if (truth == decides) return Value::Bool(decides);
      if (!truth.has_value()) result = std::nullopt;
    }
    return FromTruth(result);
  });
}

absl::StatusOr<BoundPtr> Binder::BindUnary(const Unary& node, Position position) {
  if (node.op == Unary::Op::kNot) {
    ASSIGN_OR_RETURN(BoundPtr operand, BindBool(*node.operand, "NOT"));
    return Strict(Type::Bool(), {std::move(operand)}, position,
                  [](const std::vector<Value>& v) -> ValueOr { return Value::Bool(!v[0].bool_value()); });
  }
  ASSIGN_OR_RETURN(BoundPtr operand, Bind(*node.operand));
  if (!IsNumber(operand->type)) return NoSignature("-", {operand}, position);
  const Type type = operand->type;
  return Strict(type, {std::move(operand)}, position, [](const std::vector<Value>& v) { return Negate(v[0]); });
}

absl::StatusOr<BoundPtr> Binder::BindBinary(const Binary& node, Position position) {
  ASSIGN_OR_RETURN(std::vector<BoundPtr> operands, BindAll({node.left, node.right}));
  const Binary::Op op = node.op;
  if (op == Binary::Op::kConcatenate) {
    if (!IsString(operands[0]->type) || !IsString(operands[1]->type)) return NoSignature("||", operands, position);
    return Strict(Type::String(), std::move(operands), position, [](const std::vector<Value>& v) -> ValueOr {
      return Value::String(v[0].string_value() + v[1].string_value());
    });
  }
  if (op == Binary::Op::kAdd || op == Binary::Op::kSubtract || op == Binary::Op::kMultiply ||
      op == Binary::Op::kDivide || op == Binary::Op::kModulo) {
    if (!IsNumber(operands[0]->type) || !IsNumber(operands[1]->type)) {
      return NoSignature(OperatorName(op), operands, position);
    }
    const bool is_double =
        op == Binary::Op::kDivide || operands[0]->type.kind == Kind::kDouble || operands[1]->type.kind == Kind::kDouble;
    return Strict(is_double ? Type::Double() : Type::Int64(), std::move(operands), position,
                  [op](const std::vector<Value>& v) { return Arithmetic(op, v[0], v[1]); });
  }
  ASSIGN_OR_RETURN(const bool comparable, Unify(operands, {node.left->position, node.right->position}));
  if (!comparable) return NoSignature(OperatorName(op), operands, position);
  return Strict(Type::Bool(), std::move(operands), position,
                [op](const std::vector<Value>& v) -> ValueOr { return Value::Bool(Holds(op, Compare(v[0], v[1]))); });
}

absl::StatusOr<BoundPtr> Binder::BindLike(const Like& node, Position position) {
  ASSIGN_OR_RETURN(std::vector<BoundPtr> operands, BindAll({node.operand, node.pattern}));
  if (!IsString(operands[0]->type) || !IsString(operands[1]->type)) return NoSignature("LIKE", operands, position);
  return Strict(Type::Bool(), std::move(operands), position,
                [negated = node.negated](const std::vector<Value>& v) -> ValueOr {
                  const std::optional<bool> matches = MatchesLike(v[0].string_value(), v[1].string_value());
                  if (!matches.has_value()) return absl::OutOfRangeError("LIKE pattern ends with a backslash");
                  return Value::Bool(*matches != negated);
                });
}

absl::StatusOr<BoundPtr> Binder::BindIn(const In& node, Position position) {
  ASSIGN_OR_RETURN(BoundPtr operand, Bind(*node.operand));
  const bool negated = node.negated;
  if (node.array != nullptr) {
    ASSIGN_OR_RETURN(const BoundPtr array, BindArray(*node.array));
    std::vector<BoundPtr> both = {operand, MakeBound(*array->type.element, nullptr)};
    ASSIGN_OR_RETURN(const bool comparable, Unify(both, {node.operand->position, node.array->position}));
    if (!comparable) return NoSignature("IN UNNEST", {operand, array}, position);
    return MakeBound(Type::Bool(), [operand = both[0], array, negated](Frame& frame) -> ValueOr {
      ValueOr value = operand->evaluate(frame);
      if (!value.ok() || value->is_null()) return value;
      ASSIGN_OR_RETURN(const Value list, array->evaluate(frame));
      return IsAmong(
          *value,
          [&](const auto& visit) {
            if (!list.is_null()) {
              for (const Value& candidate : list.list()) {
                if (!visit(candidate)) break;
              }
            }
            return absl::OkStatus();
          },
          negated);
    });
  }
  ASSIGN_OR_RETURN(std::vector<BoundPtr> operands, BindAll(node.list));
  std::vector<Position> positions;
  for (const NodePtr& item : node.list) positions.push_back(item->position);
  operands.push_back(std::move(operand));
  positions.push_back(node.operand->position);
  ASSIGN_OR_RETURN(const bool comparable, Unify(operands, positions));
  if (!comparable) {
    std::rotate(operands.begin(), operands.end() - 1, operands.end());
    return NoSignature("IN", operands, position);
  }
  operand = std::move(operands.back());
  operands.pop_back();
  return MakeBound(Type::Bool(), [operand, list = std::move(operands), negated](Frame& frame) -> ValueOr {
    ValueOr value = operand->evaluate(frame);
    if (!value.ok() || value->is_null()) return value;
    return IsAmong(
        *value,
        [&](const auto& visit) -> absl::Status {
          for (const BoundPtr& item : list) {
            if (item->constant.has_value()) {
              if (!visit(*item->constant)) break;
              continue;
            }
            ASSIGN_OR_RETURN(const Value candidate, item->evaluate(frame));
            if (!visit(candidate)) break;
          }
          return absl::OkStatus();
        },
        negated);
  });
}

absl::StatusOr<BoundPtr> Binder::BindBetween(const Between& node, Position position) {
  ASSIGN_OR_RETURN(std::vector<BoundPtr> operands, BindAll({node.operand, node.low, node.high}));
  ASSIGN_OR_RETURN(const bool comparable,
                   Unify(operands, {node.operand->position, node.low->position, node.high->position}));
  if (!comparable) return NoSignature("BETWEEN", operands, position);
  // x >= low AND x <= high, with the logic of NULL.
  return MakeBound(Type::Bool(), [operands = std::move(operands), negated = node.negated](Frame& frame) -> ValueOr {
    ASSIGN_OR_RETURN(const Value value, operands[0]->evaluate(frame));
    ASSIGN_OR_RETURN(const Value low, operands[1]->evaluate(frame));
    ASSIGN_OR_RETURN(const Value high, operands[2]->evaluate(frame));
    const auto holds = [&](Binary::Op op, const Value& bound) -> std::optional<bool> {
      if (value.is_null() || bound.is_null()) return std::nullopt;
      return Holds(op, Compare(value, bound));
    };
    const std::optional<bool> above = holds(Binary::Op::kGreaterOrEqual, low);
    const std::optional<bool> below = holds(Binary::Op::kLessOrEqual, high);
    if (above == false || below == false) return Value::Bool(negated);
    if (!above.has_value() || !below.has_value()) return Value::Null();
    return Value::Bool(!negated);
  });
}

absl::StatusOr<BoundPtr> Binder::BindIs(const Is& node) {
  absl::StatusOr<BoundPtr> bound =
      node.what == Is::What::kNull ? Bind(*node.operand) : BindBool(*node.operand, "IS TRUE/FALSE");
  if (!bound.ok()) return bound;
  return MakeBound(Type::Bool(), [operand = *bound, what = node.what, negated = node.negated](Frame& frame) -> ValueOr {
    ASSIGN_OR_RETURN(const Value value, operand->evaluate(frame));
    const bool holds = what == Is::What::kNull ? value.is_null() : Truth(value) == (what == Is::What::kTrue);
    return Value::Bool(holds != negated);
  });
}

absl::StatusOr<BoundPtr> Binder::BindCall(const Call& node, Position position) {
  ASSIGN_OR_RETURN(std::vector<BoundPtr> arguments, BindAll(node.arguments));
  ASSIGN_OR_RETURN(BoundPtr lazy, BindLazy(node, arguments, position));
  if (lazy != nullptr) return lazy;
  const Function* function = FindFunction(node.function);
  if (function == nullptr) {
    std::vector<std::string> names = {"CAST", "COALESCE", "IF", "IFNULL", "NULLIF"};
    for (const Function& known : AllFunctions()) names.emplace_back(known.name);
    return ErrorAt(position, Concat("Function not found: ", node.function, DidYouMean(node.function, names)));
  }
  std::vector<Type> types;
  for (const BoundPtr& argument : arguments) types.push_back(argument->type);
  const absl::StatusOr<Type> type = function->result_type(types);
  if (!type.ok()) {
    return ErrorAt(position, absl::StrCat("No matching signature for function ", node.function, " for argument types: ",
                                          TypeNames(arguments), "; ", type.status().message()));
  }
  if (function->name == "REGEXP_CONTAINS" && arguments[1]->constant.has_value() &&
      arguments[1]->constant->holds_string()) {
    const auto regex = std::make_shared<const RE2>(arguments[1]->constant->string_value(), RE2::Quiet);
    if (!regex->ok()) {
      return ErrorAt(node.arguments[1]->position, Concat("Cannot parse regular expression: ", regex->error()));
    }
    return Strict(*type, {arguments[0]}, position, [regex](const std::vector<Value>& v) -> ValueOr {
      return Value::Bool(RE2::PartialMatch(v[0].string_value(), *regex));
    });
  }
  if (function->name == "ARRAY_LENGTH" && arguments[0]->owner != nullptr) {
    return MakeBound(*type, [array = arguments[0]](Frame& frame) -> ValueOr {
      ValueOr record = array->owner->evaluate(frame);
      if (!record.ok() || record->is_null()) return record;
      ASSIGN_OR_RETURN(const int64_t length, array->owner->type.structure->GetLength(record->record(), array->field));
      return Value::Int64(length);
    });
  }
  return Strict(*type, std::move(arguments), position,
                [evaluate = function->evaluate](const std::vector<Value>& v) { return evaluate(v); });
}

absl::StatusOr<BoundPtr> Binder::BindLazy(const Call& node, std::vector<BoundPtr> arguments, Position position) {
  const std::string& name = node.function;
  const size_t count = arguments.size();
  const auto bad = [&](std::string_view takes) {
    return ErrorAt(position, Concat("No matching signature for function ", name,
                                    " for argument types: ", TypeNames(arguments), "; it takes ", takes));
  };
  if (name == "COALESCE" || name == "IFNULL") {
    const std::optional<Type> type = CommonType(arguments);
    if (name == "IFNULL" && (count != 2 || !type.has_value())) return bad("two values of one type");
    if (count == 0 || !type.has_value()) return bad("values of one type");
    Coerce(*type, &arguments);
    return MakeBound(*type, [arguments = std::move(arguments)](Frame& frame) -> ValueOr {
      for (const BoundPtr& argument : arguments) {
        ValueOr value = argument->evaluate(frame);
        if (!value.ok() || !value->is_null()) return value;
      }
      return Value::Null();
    });
  }
  if (name == "IF") {
    std::vector<BoundPtr> results(arguments.begin() + std::min<size_t>(count, 1), arguments.end());
    const std::optional<Type> type = CommonType(results);
    if (count != 3 || !IsBool(arguments[0]->type) || !type.has_value()) {
      return bad("a condition and two values of one type");
    }
    Coerce(*type, &results);
    return MakeBound(*type, [condition = arguments[0], results = std::move(results)](Frame& frame) -> ValueOr {
      ASSIGN_OR_RETURN(const Value value, condition->evaluate(frame));
      return results[Truth(value) == true ? 0 : 1]->evaluate(frame);
    });
  }
  if (name == "NULLIF") {
    if (count != 2) return bad("two comparable values");
    std::vector<BoundPtr> compared = arguments;
    ASSIGN_OR_RETURN(const bool comparable,
                     Unify(compared, {node.arguments[0]->position, node.arguments[1]->position}));
    if (!comparable) return bad("two comparable values");
    return MakeBound(arguments[0]->type, [compared](Frame& frame) -> ValueOr {
      ASSIGN_OR_RETURN(Value value, compared[0]->evaluate(frame));
      ASSIGN_OR_RETURN(const Value other, compared[1]->evaluate(frame));
      if (value.is_null() || other.is_null()) return value;
      return Compare(value, other) == Ordering::kEqual ? Value::Null() : std::move(value);
    });
  }
  return BoundPtr();
}

absl::StatusOr<BoundPtr> Binder::BindCast(const Cast& node, Position position) {
  ASSIGN_OR_RETURN(BoundPtr operand, Bind(*node.operand));
  const Type from = operand->type;
  if (!CanCast(from.kind, node.to)) {
    return ErrorAt(position, Concat("Invalid cast from ", from.ToString(), " to ", KindName(node.to)));
  }
  return MakeBound({node.to}, [operand, from, position, to = node.to, safe = node.safe](Frame& frame) -> ValueOr {
    ValueOr value = operand->evaluate(frame);
    if (!value.ok() || value->is_null()) return value;
    ValueOr result = CastValue(*value, from, to);
    if (result.ok()) return result;
    return safe ? ValueOr(Value::Null()) : ValueOr(At(position, result.status()));
  });
}

absl::StatusOr<BoundPtr> Binder::BindCase(const Case& node, Position position) {
  std::vector<BoundPtr> conditions;
  std::vector<BoundPtr> results;
  for (const Case::When& when : node.whens) {
    ASSIGN_OR_RETURN(BoundPtr condition, BindBool(*when.condition, "WHEN"));
    ASSIGN_OR_RETURN(BoundPtr result, Bind(*when.result));
    conditions.push_back(std::move(condition));
    results.push_back(std::move(result));
  }
  if (node.otherwise != nullptr) {
    ASSIGN_OR_RETURN(BoundPtr result, Bind(*node.otherwise));
    results.push_back(std::move(result));
  } else {
    results.push_back(MakeConstant(Type::Null(), Value::Null()));
  }
  const std::optional<Type> type = CommonType(results);
  if (!type.has_value()) {
    return ErrorAt(position, Concat("the results of CASE have no common type: ", TypeNames(results)));
  }
  Coerce(*type, &results);
  return MakeBound(*type, [conditions = std::move(conditions), results = std::move(results)](Frame& frame) -> ValueOr {
    size_t i = 0;
    for (; i < conditions.size(); ++i) {
      ASSIGN_OR_RETURN(const Value value, conditions[i]->evaluate(frame));
      if (Truth(value) == true) break;
    }
    return results[i]->evaluate(frame);
  });
}

absl::StatusOr<BoundPtr> Binder::BindArray(const Node& node) {
  ASSIGN_OR_RETURN(BoundPtr array, Bind(node));
  if (array->type.kind == Kind::kList) return array;
  return ErrorAt(node.position, Concat("UNNEST takes an array, given is ", array->type.ToString()));
}

absl::StatusOr<BoundPtr> Binder::BindExists(const Exists& node) {
  ASSIGN_OR_RETURN(const BoundPtr array, BindArray(*node.array));
  BoundPtr condition = MakeConstant(Type::Bool(), Value::Bool(true));
  const int slot = num_elements_++;
  if (node.condition != nullptr) {
    elements_.push_back({node.variable, *array->type.element, slot});
    absl::StatusOr<BoundPtr> bound = BindBool(*node.condition, "WHERE");
    elements_.pop_back();
    if (!bound.ok()) return bound;
    condition = *std::move(bound);
  }
  return MakeBound(Type::Bool(), [array, condition, slot](Frame& frame) -> ValueOr {
    ASSIGN_OR_RETURN(const Value list, array->evaluate(frame));
    if (list.is_null()) return Value::Bool(false);
    for (const Value& element : list.list()) {
      frame.elements[slot] = element;
      ASSIGN_OR_RETURN(const Value holds, condition->evaluate(frame));
      if (Truth(holds) == true) return Value::Bool(true);
    }
    return Value::Bool(false);
  });
}

}  // namespace tfx::expressions
