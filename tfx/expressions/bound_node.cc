#include "tfx/expressions/bound_node.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "tfx/base/concat.h"
#include "tfx/base/nearest_name.h"

namespace tfx::expressions {
namespace {

bool IsNumber(Kind kind) { return kind == Kind::kInt64 || kind == Kind::kDouble; }

template <typename T>
Ordering Order(const T& a, const T& b) {
  if (a < b) return Ordering::kLess;
  if (b < a) return Ordering::kGreater;
  return a == b ? Ordering::kEqual : Ordering::kUnordered;
}

// By the exact values: 2^53 + 1 is larger than the double 2^53.
Ordering Order(int64_t a, double b) {
  if (std::isnan(b)) return Ordering::kUnordered;
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (b >= kTwoTo63) return Ordering::kLess;
  if (b < -kTwoTo63) return Ordering::kGreater;
  const double whole = std::trunc(b);
  const Ordering order = Order(a, static_cast<int64_t>(whole));
  return order != Ordering::kEqual ? order : Order(0.0, b - whole);
}

Ordering Reverse(Ordering order) {
  if (order == Ordering::kLess) return Ordering::kGreater;
  if (order == Ordering::kGreater) return Ordering::kLess;
  return order;
}

absl::Status Overflow(std::string_view type, std::string_view what) {
  return absl::OutOfRangeError(Concat(type, " overflow: ", what));
}

double AsDouble(const Value& value) {
  return value.holds_int64() ? static_cast<double>(value.int64_value()) : value.double_value();
}

// The next character's length in bytes; a byte that starts none counts as one.
size_t CharacterLength(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t expected = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  size_t length = 1;
  while (length < std::min(expected, text.size()) && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80)
    ++length;
  return length;
}

}  // namespace

BoundPtr MakeBound(Type type, Evaluator evaluate) {
  auto node = std::make_shared<BoundNode>();
  node->type = std::move(type);
  node->evaluate = std::move(evaluate);
  return node;
}

BoundPtr MakeConstant(Type type, Value value) {
  auto node = std::make_shared<BoundNode>();
  node->type = std::move(type);
  node->constant = value;
  node->evaluate = [value = std::move(value)](Frame&) -> absl::StatusOr<Value> { return value; };
  return node;
}

BoundPtr ToDouble(BoundPtr node) {
  if (node->type.kind != Kind::kInt64) return node;
  if (node->constant.has_value()) return MakeConstant(Type::Double(), Value::Double(AsDouble(*node->constant)));
  return MakeBound(Type::Double(), [node](Frame& frame) -> absl::StatusOr<Value> {
    absl::StatusOr<Value> value = node->evaluate(frame);
    if (!value.ok() || value->is_null()) return value;
    return Value::Double(AsDouble(*value));
  });
}

Ordering Compare(const Value& a, const Value& b) {
  if (a.holds_int64() && b.holds_int64()) return Order(a.int64_value(), b.int64_value());
  if (a.holds_double() && b.holds_double()) return Order(a.double_value(), b.double_value());
  if (a.holds_int64() && b.holds_double()) return Order(a.int64_value(), b.double_value());
  if (a.holds_double() && b.holds_int64()) return Reverse(Order(b.int64_value(), a.double_value()));
  if (a.holds_string() && b.holds_string()) return Order(a.string_value(), b.string_value());
  if (a.holds_bool() && b.holds_bool()) return Order(a.bool_value(), b.bool_value());
  return Ordering::kUnordered;
}

absl::StatusOr<bool> Unify(std::vector<BoundPtr>& operands, const std::vector<Position>& positions) {
  const EnumType* enumeration = nullptr;
  for (const BoundPtr& node : operands) {
    if (node->type.kind == Kind::kEnum) enumeration = node->type.enumeration.get();
  }
  Kind kind = Kind::kNull;
  for (size_t i = 0; i < operands.size(); ++i) {
    BoundPtr& node = operands[i];
    if (enumeration != nullptr && node->type.kind == Kind::kString && node->constant.has_value()) {
      const std::string& name = node->constant->string_value();
      const std::optional<int64_t> number = enumeration->Number(name);
      if (!number.has_value()) {
        return ErrorAt(positions[i], Concat("Unsupported enum value specified: ", QuoteString(name), " is no name of ",
                                            enumeration->name(), DidYouMean(name, enumeration->Names())));
      }
      node = MakeConstant(Type::Int64(), Value::Int64(*number));
    }
    Kind own = node->type.kind;
    if (own == Kind::kNull) continue;
    if (own == Kind::kList || own == Kind::kStruct) return false;
    if (own == Kind::kEnum) {
      if (node->type.enumeration->name() != enumeration->name()) return false;
      own = Kind::kInt64;
    }
    if (IsNumber(own) && IsNumber(kind)) continue;
    if (kind != Kind::kNull && own != kind) return false;
    kind = own;
  }
  return true;
}

std::optional<Type> CommonType(absl::Span<const BoundPtr> nodes) {
  Type common = Type::Null();
  for (const BoundPtr& node : nodes) {
    const Type& type = node->type;
    if (type.kind == Kind::kNull) continue;
    if (common.kind == Kind::kNull) {
      common = type;
    } else if (IsNumber(common.kind) && IsNumber(type.kind)) {
      if (type.kind == Kind::kDouble) common = type;
    } else if (common.ToString() != type.ToString()) {
      return std::nullopt;
    }
  }
  return common;
}

std::optional<bool> MatchesLike(std::string_view text, std::string_view pattern) {
  // Checked first, so that the answer does not depend on how far the text matches.
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && ++i == pattern.size()) return std::nullopt;
  }
  size_t t = 0;
  size_t p = 0;
  size_t star = std::string_view::npos;  // the last % and where its text ends: grown when the rest does not match
  size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      star = p++;
      star_text = t;
      continue;
    }
    if (p < pattern.size()) {
      const bool escaped = pattern[p] == '\\';
      if (!escaped && pattern[p] == '_') {
        t += CharacterLength(text.substr(t));
        ++p;
        continue;
      }
      if (pattern[p + (escaped ? 1 : 0)] == text[t]) {
        p += escaped ? 2 : 1;
        ++t;
        continue;
      }
    }
    if (star == std::string_view::npos) return false;
    star_text += CharacterLength(text.substr(star_text));
    t = star_text;
    p = star + 1;
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

bool CanCast(Kind from, Kind to) {
  if (from == to || from == Kind::kNull) return true;
  switch (from) {
    case Kind::kBool:
      return to == Kind::kInt64 || to == Kind::kString;
    case Kind::kInt64:
      return to == Kind::kBool || to == Kind::kDouble || to == Kind::kString;
    case Kind::kDouble:
    case Kind::kEnum:
      return to == Kind::kInt64 || to == Kind::kString;
    case Kind::kString:
      return to == Kind::kBool || to == Kind::kInt64 || to == Kind::kDouble;
    default:
      return false;
  }
}

absl::StatusOr<Value> CastValue(const Value& value, const Type& from, Kind to) {
  const auto bad = [&](const std::string& text) {
    return absl::OutOfRangeError(Concat("Bad ", KindName(to), " value: ", text));
  };
  if (from.kind == to) return value;
  if (from.kind == Kind::kEnum) {
    if (to == Kind::kInt64) return value;
    const std::optional<std::string> name = from.enumeration->Name(value.int64_value());
    return Value::String(name.value_or(Concat(value.int64_value())));
  }
  if (to == Kind::kString) {
    if (value.holds_double()) {
      char digits[32];
      return Value::String(
          std::string(digits, std::to_chars(digits, digits + sizeof(digits), value.double_value()).ptr));
    }
    return Value::String(value.ToString());
  }
  if (value.holds_bool()) return Value::Int64(value.bool_value() ? 1 : 0);
  if (value.holds_int64()) {
    return to == Kind::kBool ? Value::Bool(value.int64_value() != 0) : Value::Double(AsDouble(value));
  }
  if (value.holds_double()) {
    const double rounded = std::round(value.double_value());
    if (!(rounded >= -9223372036854775808.0 && rounded < 9223372036854775808.0)) return bad(value.ToString());
    return Value::Int64(static_cast<int64_t>(rounded));
  }
  const std::string& text = value.string_value();
  if (to == Kind::kInt64) {
    int64_t number = 0;
    return absl::SimpleAtoi(text, &number) ? absl::StatusOr<Value>(Value::Int64(number)) : bad(QuoteString(text));
  }
  if (to == Kind::kDouble) {
    double number = 0;
    return absl::SimpleAtod(text, &number) ? absl::StatusOr<Value>(Value::Double(number)) : bad(QuoteString(text));
  }
  if (absl::EqualsIgnoreCase(text, "true")) return Value::Bool(true);
  if (absl::EqualsIgnoreCase(text, "false")) return Value::Bool(false);
  return bad(QuoteString(text));
}

absl::StatusOr<Value> Arithmetic(Binary::Op op, const Value& left, const Value& right) {
  const auto shown = [&] { return Concat(left.ToString(), " ", OperatorName(op), " ", right.ToString()); };
  if (op == Binary::Op::kDivide || left.holds_double() || right.holds_double()) {
    const double a = AsDouble(left);
    const double b = AsDouble(right);
    double result = 0;
    switch (op) {
      case Binary::Op::kAdd:
        result = a + b;
        break;
      case Binary::Op::kSubtract:
        result = a - b;
        break;
      case Binary::Op::kMultiply:
        result = a * b;
        break;
      default:
        if (b == 0) return absl::OutOfRangeError(Concat("division by zero: ", shown()));
        result = op == Binary::Op::kDivide ? a / b : std::fmod(a, b);
        break;
    }
    if (std::isinf(result) && std::isfinite(a) && std::isfinite(b)) return Overflow("FLOAT64", shown());
    return Value::Double(result);
  }
  const int64_t a = left.int64_value();
  const int64_t b = right.int64_value();
  int64_t result = 0;
  bool overflow = false;
  switch (op) {
    case Binary::Op::kAdd:
      overflow = __builtin_add_overflow(a, b, &result);
      break;
    case Binary::Op::kSubtract:
      overflow = __builtin_sub_overflow(a, b, &result);
      break;
    case Binary::Op::kMultiply:
      overflow = __builtin_mul_overflow(a, b, &result);
      break;
    default:
      if (b == 0) return absl::OutOfRangeError(Concat("division by zero: ", shown()));
      result = b == -1 ? 0 : a % b;  // INT64_MIN % -1 would trap
      break;
  }
  if (overflow) return Overflow("INT64", shown());
  return Value::Int64(result);
}

absl::StatusOr<Value> Negate(const Value& value) {
  if (value.holds_double()) return Value::Double(-value.double_value());
  if (value.int64_value() == INT64_MIN) return Overflow("INT64", Concat("-(", value.ToString(), ")"));
  return Value::Int64(-value.int64_value());
}

}  // namespace tfx::expressions
