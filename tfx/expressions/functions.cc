#include "tfx/expressions/functions.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "tfx/base/concat.h"
#include "tfx/expressions/bound_node.h"

namespace tfx::expressions {
namespace {

using Types = absl::Span<const Type>;
using Values = absl::Span<const Value>;

bool IsNumber(const Type& type) {
  return type.kind == Kind::kInt64 || type.kind == Kind::kDouble || type.kind == Kind::kNull;
}
bool IsString(const Type& type) { return type.kind == Kind::kString || type.kind == Kind::kNull; }
bool IsInteger(const Type& type) { return type.kind == Kind::kInt64 || type.kind == Kind::kNull; }

absl::StatusOr<Type> Takes(bool fits, std::string_view what, Type result) {
  if (!fits) return absl::InvalidArgumentError(Concat("it takes ", what));
  return result;
}

absl::StatusOr<Type> OneNumberToSame(Types t) {
  return Takes(t.size() == 1 && IsNumber(t[0]), "one number", t.empty() ? Type() : t[0]);
}
absl::StatusOr<Type> OneNumberToDouble(Types t) {
  return Takes(t.size() == 1 && IsNumber(t[0]), "one number", Type::Double());
}
absl::StatusOr<Type> OneNumberToBool(Types t) {
  return Takes(t.size() == 1 && IsNumber(t[0]), "one number", Type::Bool());
}
absl::StatusOr<Type> TwoNumbersToDouble(Types t) {
  return Takes(t.size() == 2 && IsNumber(t[0]) && IsNumber(t[1]), "two numbers", Type::Double());
}
absl::StatusOr<Type> TwoIntegers(Types t) {
  return Takes(t.size() == 2 && IsInteger(t[0]) && IsInteger(t[1]), "two INT64", Type::Int64());
}
absl::StatusOr<Type> OneStringToString(Types t) {
  return Takes(t.size() == 1 && IsString(t[0]), "one STRING", Type::String());
}
absl::StatusOr<Type> OneStringToInteger(Types t) {
  return Takes(t.size() == 1 && IsString(t[0]), "one STRING", Type::Int64());
}
absl::StatusOr<Type> TwoStringsToBool(Types t) {
  return Takes(t.size() == 2 && IsString(t[0]) && IsString(t[1]), "two STRING", Type::Bool());
}
absl::StatusOr<Type> TwoStringsToInteger(Types t) {
  return Takes(t.size() == 2 && IsString(t[0]) && IsString(t[1]), "two STRING", Type::Int64());
}
absl::StatusOr<Type> StringsToString(Types t) {
  return Takes(!t.empty() && std::all_of(t.begin(), t.end(), IsString), "one or more STRING", Type::String());
}
absl::StatusOr<Type> NumbersToCommon(Types t) {
  const bool any_double = std::any_of(t.begin(), t.end(), [](const Type& type) { return type.kind == Kind::kDouble; });
  return Takes(!t.empty() && std::all_of(t.begin(), t.end(), IsNumber), "one or more numbers",
               any_double ? Type::Double() : Type::Int64());
}
absl::StatusOr<Type> OneArray(Types t) {
  return Takes(t.size() == 1 && (t[0].kind == Kind::kList || t[0].kind == Kind::kNull), "one ARRAY", Type::Int64());
}
absl::StatusOr<Type> SubstringType(Types t) {
  return Takes((t.size() == 2 || t.size() == 3) && IsString(t[0]) && std::all_of(t.begin() + 1, t.end(), IsInteger),
               "a STRING, an INT64 position and perhaps an INT64 length", Type::String());
}

double AsDouble(const Value& value) {
  return value.holds_int64() ? static_cast<double>(value.int64_value()) : value.double_value();
}

absl::StatusOr<Value> Finite(double result, bool inputs_finite, std::string_view function) {
  if (!std::isfinite(result) && inputs_finite) {
    return absl::OutOfRangeError(Concat(function, ": the result is not a finite number"));
  }
  return Value::Double(result);
}

bool StartsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }
int64_t CountCharacters(std::string_view text) { return std::count_if(text.begin(), text.end(), StartsCharacter); }

absl::StatusOr<Value> Abs(Values v) {
  if (v[0].holds_double()) return Value::Double(std::abs(v[0].double_value()));
  return v[0].int64_value() < 0 ? Negate(v[0]) : v[0];
}
absl::StatusOr<Value> ArrayLength(Values v) { return Value::Int64(static_cast<int64_t>(v[0].list().size())); }
absl::StatusOr<Value> Ceil(Values v) { return Value::Double(std::ceil(AsDouble(v[0]))); }
absl::StatusOr<Value> ConcatStrings(Values v) {
  std::string text;
  for (const Value& value : v) text += value.string_value();
  return Value::String(std::move(text));
}
absl::StatusOr<Value> Div(Values v) {
  const int64_t b = v[1].int64_value();
  if (b == 0) return absl::OutOfRangeError(Concat("division by zero: DIV(", v[0].ToString(), ", 0)"));
  if (b == -1) return Negate(v[0]);
  return Value::Int64(v[0].int64_value() / b);
}
absl::StatusOr<Value> EndsWith(Values v) {
  return Value::Bool(absl::EndsWith(v[0].string_value(), v[1].string_value()));
}
absl::StatusOr<Value> Floor(Values v) { return Value::Double(std::floor(AsDouble(v[0]))); }
absl::StatusOr<Value> Extreme(Values v, Ordering wanted) {
  const bool any_double = std::any_of(v.begin(), v.end(), [](const Value& value) { return value.holds_double(); });
  const Value* best = &v[0];
  for (const Value& value : v) {
    if (value.holds_double() && std::isnan(value.double_value())) return value;
    if (Compare(value, *best) == wanted) best = &value;
  }
  return any_double ? Value::Double(AsDouble(*best)) : *best;
}
absl::StatusOr<Value> Greatest(Values v) { return Extreme(v, Ordering::kGreater); }
absl::StatusOr<Value> Least(Values v) { return Extreme(v, Ordering::kLess); }
absl::StatusOr<Value> IsInf(Values v) { return Value::Bool(std::isinf(AsDouble(v[0]))); }
absl::StatusOr<Value> IsNan(Values v) { return Value::Bool(std::isnan(AsDouble(v[0]))); }
absl::StatusOr<Value> Length(Values v) { return Value::Int64(CountCharacters(v[0].string_value())); }
absl::StatusOr<Value> Ln(Values v) {
  if (AsDouble(v[0]) <= 0) return absl::OutOfRangeError("LN takes numbers above 0");
  return Value::Double(std::log(AsDouble(v[0])));
}
absl::StatusOr<Value> Lower(Values v) { return Value::String(absl::AsciiStrToLower(v[0].string_value())); }
absl::StatusOr<Value> Upper(Values v) { return Value::String(absl::AsciiStrToUpper(v[0].string_value())); }
absl::StatusOr<Value> Mod(Values v) { return Arithmetic(Binary::Op::kModulo, v[0], v[1]); }
absl::StatusOr<Value> Pow(Values v) {
  const double a = AsDouble(v[0]);
  const double b = AsDouble(v[1]);
  return Finite(std::pow(a, b), std::isfinite(a) && std::isfinite(b), "POW");
}
absl::StatusOr<Value> RegexpContains(Values v) {
  const RE2 regex(v[1].string_value(), RE2::Quiet);
  if (!regex.ok()) return absl::OutOfRangeError(Concat("REGEXP_CONTAINS: ", regex.error()));
  return Value::Bool(RE2::PartialMatch(v[0].string_value(), regex));
}
absl::StatusOr<Value> Round(Values v) { return Value::Double(std::round(AsDouble(v[0]))); }
absl::StatusOr<Value> SafeDivide(Values v) {
  const absl::StatusOr<Value> result = Arithmetic(Binary::Op::kDivide, v[0], v[1]);
  return result.ok() ? *result : Value::Null();
}
absl::StatusOr<Value> Sign(Values v) {
  if (v[0].holds_int64()) return Value::Int64((v[0].int64_value() > 0) - (v[0].int64_value() < 0));
  const double value = v[0].double_value();
  return Value::Double(std::isnan(value) ? value : (value > 0) - (value < 0));
}
absl::StatusOr<Value> Sqrt(Values v) {
  if (AsDouble(v[0]) < 0) return absl::OutOfRangeError("SQRT takes numbers from 0");
  return Value::Double(std::sqrt(AsDouble(v[0])));
}
absl::StatusOr<Value> StartsWith(Values v) {
  return Value::Bool(absl::StartsWith(v[0].string_value(), v[1].string_value()));
}
absl::StatusOr<Value> StrPos(Values v) {
  const std::string_view text = v[0].string_value();
  const size_t found = text.find(v[1].string_value());
  return Value::Int64(found == std::string_view::npos ? 0 : CountCharacters(text.substr(0, found)) + 1);
}
absl::StatusOr<Value> Substr(Values v) {
  const std::string_view text = v[0].string_value();
  std::vector<size_t> starts;  // of the characters
  for (size_t i = 0; i < text.size(); ++i) {
    if (StartsCharacter(text[i])) starts.push_back(i);
  }
  const auto count = static_cast<int64_t>(starts.size());
  starts.push_back(text.size());
  int64_t first = v[1].int64_value();
  first = first > 0    ? std::min(first - 1, count)
          : first == 0 ? 0
                       : std::max<int64_t>(count + std::max(first, -count), 0);
  int64_t length = count - first;
  if (v.size() == 3) {
    if (v[2].int64_value() < 0) return absl::OutOfRangeError("SUBSTR: the length is negative");
    length = std::min(length, v[2].int64_value());
  }
  return Value::String(std::string(text.substr(starts[first], starts[first + length] - starts[first])));
}
absl::StatusOr<Value> Trim(Values v) {
  return Value::String(std::string(absl::StripAsciiWhitespace(v[0].string_value())));
}

// Alphabetical.
constexpr Function kFunctions[] = {
    {"ABS", "Absolute value; INT64's smallest overflows.", "ABS(-3) = 3", OneNumberToSame, Abs},
    {"ARRAY_LENGTH", "Number of elements of an array.", "ARRAY_LENGTH(NULL) IS NULL", OneArray, ArrayLength},
    {"CEIL", "Smallest whole number from x, as FLOAT64.", "CEIL(1.2) = 2.0", OneNumberToDouble, Ceil},
    {"CONCAT", "Strings one after the other.", "CONCAT('a', 'b') = 'ab'", StringsToString, ConcatStrings},
    {"DIV", "Division of integers, towards zero.", "DIV(-7, 2) = -3", TwoIntegers, Div},
    {"ENDS_WITH", "Whether a string ends with another.", "ENDS_WITH('train.csv', '.csv')", TwoStringsToBool, EndsWith},
    {"FLOOR", "Largest whole number up to x, as FLOAT64.", "FLOOR(-1.2) = -2.0", OneNumberToDouble, Floor},
    {"GREATEST", "Largest of the numbers; NaN where one is NaN.", "GREATEST(1, 2.5) = 2.5", NumbersToCommon, Greatest},
    {"IS_INF", "Whether a number is infinite.", "NOT IS_INF(1.0)", OneNumberToBool, IsInf},
    {"IS_NAN", "Whether a number is NaN.", "NOT IS_NAN(1.0)", OneNumberToBool, IsNan},
    {"LEAST", "Smallest of the numbers; NaN where one is NaN.", "LEAST(1, 2.5) = 1.0", NumbersToCommon, Least},
    {"LENGTH", "Number of characters (UTF-8) of a string.", "LENGTH('äb') = 2", OneStringToInteger, Length},
    {"LN", "Natural logarithm.", "LN(1) = 0.0", OneNumberToDouble, Ln},
    {"LOWER", "ASCII letters in lower case.", "LOWER('AbC') = 'abc'", OneStringToString, Lower},
    {"MOD", "Remainder of a division of integers; has the sign of the first.", "MOD(-7, 2) = -1", TwoIntegers, Mod},
    {"POW", "x to the power y.", "POW(2, 10) = 1024.0", TwoNumbersToDouble, Pow},
    {"REGEXP_CONTAINS", "Whether a part of the string matches the regular expression (RE2).",
     "REGEXP_CONTAINS('train-0001', '[0-9]{4}$')", TwoStringsToBool, RegexpContains},
    {"ROUND", "Nearest whole number, halves away from zero, as FLOAT64.", "ROUND(2.5) = 3.0", OneNumberToDouble, Round},
    {"SAFE_DIVIDE", "x / y, or NULL where that is an error.", "SAFE_DIVIDE(1, 0) IS NULL", TwoNumbersToDouble,
     SafeDivide},
    {"SIGN", "-1, 0 or 1.", "SIGN(-2.5) = -1.0", OneNumberToSame, Sign},
    {"SQRT", "Square root.", "SQRT(9) = 3.0", OneNumberToDouble, Sqrt},
    {"STARTS_WITH", "Whether a string starts with another.", "STARTS_WITH('train.csv', 'train')", TwoStringsToBool,
     StartsWith},
    {"STRPOS", "Place (from 1, in characters) of a string in another, or 0.", "STRPOS('abc', 'c') = 3",
     TwoStringsToInteger, StrPos},
    {"SUBSTR", "Characters from a place (from 1; negative: from the end), perhaps not more than a length.",
     "SUBSTR('abcdef', -3, 2) = 'de'", SubstringType, Substr},
    {"TRIM", "Without ASCII blanks at both ends.", "TRIM('  a ') = 'a'", OneStringToString, Trim},
    {"UPPER", "ASCII letters in upper case.", "UPPER('AbC') = 'ABC'", OneStringToString, Upper},
};

}  // namespace

absl::Span<const Function> AllFunctions() { return kFunctions; }

const Function* FindFunction(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                   [&](const Function& function) { return function.name == name; });
  return found == std::end(kFunctions) ? nullptr : found;
}

}  // namespace tfx::expressions
