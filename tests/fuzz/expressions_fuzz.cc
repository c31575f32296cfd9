// Expressions and slice queries: what parses prints to text that parses to an equal tree, binds or is refused with a
// place, and evaluates to a value of the bound type.
#include "fuzz_driver.h"
#include "tfx/expressions/expression.h"
#include "tfx/expressions/parse.h"

FuzzTarget MakeFuzzTarget() {
  using namespace tfx::expressions;  // NOLINT
  return {.seeds = {"a + 1 < 2.5e3 AND s LIKE 'x%' OR NOT b", "CASE WHEN b THEN SUBSTR(s, 1, 2) ELSE UPPER(s) END",
                    "EXISTS(SELECT 1 FROM UNNEST(l) AS e WHERE e > l[0])", "CAST(s AS INT64) IN (1, -2, NULL)",
                    "`odd name`.b[SAFE_OFFSET(3)]['k'] IS NOT TRUE",
                    "SELECT DISTINCT STRUCT(a, a AS k) FROM example.a WHERE a BETWEEN 1 AND 2"},
          .words = {"AND",        "OR",
                    "NOT",        "IN",
                    "IS NULL",    "LIKE",
                    "BETWEEN",    "(",
                    ")",          "[",
                    "]",          ".",
                    ",",          "'",
                    "\"",         "`",
                    "\\u0041",    "--",
                    "/*",         "9223372036854775808",
                    "-",          "0x",
                    "1e308",      "IF(",
                    "COALESCE(",  "REGEXP_CONTAINS(",
                    "SAFE_CAST(", "SELECT STRUCT("},
          .run = [](const std::string& input) -> std::string {
            ParseSliceQuery(input).IgnoreError();
            const absl::StatusOr<NodePtr> tree = Parse(input);
            if (!tree.ok()) return "";
            // Brackets that printing adds count as depth.
            const absl::StatusOr<NodePtr> again = Parse(ToString(**tree), {.max_bytes = 1 << 24, .max_depth = 1000});
            if (!again.ok()) return "the printed tree does not parse: " + again.status().ToString();
            if (!Equal(**tree, **again)) return "the printed tree is another: " + ToString(**again);
            const auto bound = Expression::Bind(*tree, {{"a", Type::Int64()},
                                                        {"d", Type::Double()},
                                                        {"s", Type::String()},
                                                        {"b", Type::Bool()},
                                                        {"l", Type::ListOf(Type::Int64())}});
            if (!bound.ok())
              return bound.status().message().find("[at ") == absl::string_view::npos ? "an error without a place" : "";
            const auto value = bound->Evaluate({Value::Int64(3), Value::Double(-0.5), Value::String("x1"),
                                                Value::Null(), Value::ListOf({Value::Int64(1), Value::Null()})});
            if (!value.ok())
              return absl::IsOutOfRange(value.status()) ? "" : "evaluation: " + value.status().ToString();
            const Kind kind = bound->type().kind;
            const bool fits =
                value->is_null() || (kind == Kind::kBool && value->holds_bool()) ||
                (kind == Kind::kInt64 && value->holds_int64()) || (kind == Kind::kDouble && value->holds_double()) ||
                (kind == Kind::kString && value->holds_string()) || (kind == Kind::kList && value->holds_list());
            return fits ? "" : "a value of another type than " + bound->type().ToString() + ": " + value->ToString();
          },
          .max_bytes = 2048};
}
