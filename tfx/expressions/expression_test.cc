#include "tfx/expressions/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/base/concat.h"
#include "tfx/expressions/functions.h"
#include "tfx/expressions/parse.h"
#include "tfx/expressions/proto_struct.h"

namespace tfx::expressions {
namespace {

using tensorflow::metadata::v0::FeatureNameStatistics;
using ::testing::HasSubstr;

const std::vector<Variable>& Variables() {
  static const auto& variables =
      *new std::vector<Variable>{{"i", Type::Int64()}, {"d", Type::Double()},    {"s", Type::String()},
                                 {"b", Type::Bool()},  {"n", Type::Int64()},     {"list", Type::ListOf(Type::Int64())},
                                 {"I", Type::Int64()}, {"nothing", Type::Null()}};
  return variables;
}

// i = 7, d = 0.5, s = "Grün", b = true, n = NULL, list = [1, NULL, 3], I = 8.
std::string Evaluated(std::string_view text) {
  const absl::StatusOr<NodePtr> tree = Parse(text);
  if (!tree.ok()) return std::string(tree.status().message());
  const absl::StatusOr<Expression> expression = Expression::Bind(*tree, Variables());
  if (!expression.ok()) return Concat("BIND ", expression.status().message());
  const absl::StatusOr<Value> value = expression->Evaluate(
      {Value::Int64(7), Value::Double(0.5), Value::String("Grün"), Value::Bool(true), Value::Null(),
       Value::ListOf({Value::Int64(1), Value::Null(), Value::Int64(3)}), Value::Int64(8), Value::Null()});
  if (!value.ok()) {
    EXPECT_EQ(value.status().code(), absl::StatusCode::kOutOfRange) << text;
    return Concat("RUN ", value.status().message());
  }
  return value->ToString();
}

TEST(Expression, ThreeValuedLogicMatchesItsTable) {
  const std::map<std::string, std::string> names = {{"true", "b"}, {"false", "(NOT b)"}, {"NULL", "(n = 1)"}};
  const auto rank = [](const std::string& v) { return v == "false" ? 0 : v == "NULL" ? 1 : 2; };
  for (const auto& [left, a] : names) {
    for (const auto& [right, b] : names) {
      // AND is the smaller, OR the larger of false < NULL < true.
      const std::string smaller = rank(left) < rank(right) ? left : right,
                        larger = rank(left) < rank(right) ? right : left;
      EXPECT_EQ(Evaluated(Concat(a, " AND ", b)), smaller) << left << " AND " << right;
      EXPECT_EQ(Evaluated(Concat(a, " OR ", b)), larger) << left << " OR " << right;
    }
  }
  EXPECT_EQ(Evaluated("NOT (n = 1)"), "NULL");
}

TEST(Expression, NullSpreadsAndIsTested) {
  for (const char* text :
       {"n + 1", "-n", "n = n", "n < 3", "LENGTH(CAST(n AS STRING))", "n IN (1, 2)", "n BETWEEN 1 AND 2",
        "7 NOT IN (1, n)", "i BETWEEN 1 AND n", "NULL", "nothing = 1", "SAFE_DIVIDE(n, 0)"}) {
    EXPECT_EQ(Evaluated(text), "NULL") << text;
  }
  for (const char* text :
       {"n IS NULL", "i IS NOT NULL", "(n = 1) IS NOT TRUE", "7 IN (n, 7)", "COALESCE(n, i) = 7", "IFNULL(n, 1) = 1",
        "NULLIF(i, 7) IS NULL", "n IS NULL OR 1 / 0 = 1", "i NOT BETWEEN 9 AND n"}) {
    EXPECT_EQ(Evaluated(text), "true") << text;
  }
}

TEST(Expression, NumbersCompareByTheirExactValues) {
  EXPECT_EQ(Evaluated("9007199254740993 > 9007199254740992.0"), "true");
  EXPECT_EQ(Evaluated("9223372036854775807 < 9223372036854775808.0"), "true");
  EXPECT_EQ(Evaluated("-9223372036854775808 = -9223372036854775808.0"), "true");
  EXPECT_EQ(Evaluated("7 < 7.25 AND -7 > -7.25 AND i = 7.0"), "true");
  EXPECT_EQ(Evaluated("CAST('nan' AS FLOAT64) = CAST('nan' AS FLOAT64)"), "false");
  EXPECT_EQ(Evaluated("CAST('nan' AS FLOAT64) != 1 AND NOT CAST('nan' AS FLOAT64) <= 1"), "true");
}

TEST(Expression, ArithmeticFailsInsteadOfWrapping) {
  EXPECT_EQ(Evaluated("i / 2"), "3.5");
  EXPECT_EQ(Evaluated("-7 % 3 + i * 2 - 1"), "12");
  EXPECT_EQ(Evaluated("9223372036854775807 + i"), "RUN INT64 overflow: 9223372036854775807 + 7 [at 1:21]");
  EXPECT_EQ(Evaluated("1 / 0"), "RUN division by zero: 1 / 0 [at 1:3]");
  EXPECT_THAT(Evaluated("i % 0"), HasSubstr("division by zero"));
  EXPECT_EQ(Evaluated("-9223372036854775808 % -1"), "0");
  EXPECT_THAT(Evaluated("-(-9223372036854775808)"), HasSubstr("INT64 overflow"));
  EXPECT_THAT(Evaluated("1e308 * 10"), HasSubstr("FLOAT64 overflow"));
  EXPECT_THAT(Evaluated("ABS(-9223372036854775808)"), HasSubstr("INT64 overflow"));
}

TEST(Expression, OnlyWhatIsNeededIsEvaluated) {
  EXPECT_EQ(Evaluated("i = 8 AND 1 / 0 = 1"), "false");
  EXPECT_EQ(Evaluated("IF(b, 1, 1 / 0)"), "1.0");
  EXPECT_EQ(Evaluated("CASE WHEN i = 7 THEN 'x' WHEN 1 / 0 = 1 THEN 'y' END"), "\"x\"");
  EXPECT_EQ(Evaluated("CASE i WHEN 1 THEN 'x' END"), "NULL");
  EXPECT_EQ(Evaluated("COALESCE(i, 1 / 0)"), "7.0");
}

TEST(Expression, LikeTakesPercentUnderscoreAndEscapes) {
  for (const char* text :
       {"s LIKE 'Gr_n'", "s LIKE '%'", "s LIKE 'G%n'", "s LIKE '%r%'", "'50%' LIKE '50\\\\%'", "'' LIKE ''",
        "s NOT LIKE 'g%'", "'aab' LIKE '%ab'", "'a_b' LIKE 'a\\\\_b'", "'mississippi' LIKE 'm%iss%pi'"}) {
    EXPECT_EQ(Evaluated(text), "true") << text;
  }
  for (const char* text : {"s LIKE 'Gr__n'", "'' LIKE '_'", "'50x' LIKE '50\\\\%'", "'axb' LIKE 'a\\\\_b'"}) {
    EXPECT_EQ(Evaluated(text), "false") << text;
  }
  EXPECT_THAT(Evaluated("s LIKE 'x\\\\'"), HasSubstr("ends with a backslash"));
}

TEST(Expression, CastsRoundParseAndRefuse) {
  EXPECT_EQ(Evaluated("CAST(2.5 AS INT64) + CAST(-2.5 AS INT64)"), "0");
  EXPECT_EQ(Evaluated("CAST(i AS STRING) || CAST(d AS STRING) || CAST(b AS STRING)"), "\"70.5true\"");
  EXPECT_EQ(Evaluated("CAST('12' AS INT64) = 12 AND CAST('TRUE' AS BOOL) AND CAST(0 AS BOOL) = false"), "true");
  EXPECT_EQ(Evaluated("SAFE_CAST('x' AS INT64)"), "NULL");
  EXPECT_EQ(Evaluated("CAST('x' AS INT64)"), "RUN Bad INT64 value: \"x\" [at 1:1]");
  EXPECT_THAT(Evaluated("CAST(1e19 AS INT64)"), HasSubstr("Bad INT64 value"));
  EXPECT_EQ(Evaluated("CAST(b AS FLOAT64)"), "BIND Invalid cast from BOOL to FLOAT64 [at 1:1]");
}

TEST(Expression, ArraysHaveLengthsElementsAndMembers) {
  EXPECT_EQ(Evaluated("ARRAY_LENGTH(list)"), "3");
  EXPECT_EQ(Evaluated("list[0] + list[ORDINAL(3)]"), "4");
  EXPECT_EQ(Evaluated("list[SAFE_OFFSET(9)]"), "NULL");
  EXPECT_EQ(Evaluated("list[3]"), "RUN Array index 3 is out of bounds: the array has 3 elements [at 1:5]");
  EXPECT_EQ(Evaluated("3 IN UNNEST(list)"), "true");
  EXPECT_EQ(Evaluated("2 IN UNNEST(list)"), "NULL");
  EXPECT_EQ(Evaluated("EXISTS(SELECT 1 FROM UNNEST(list) AS e WHERE e > 2 AND e < i)"), "true");
  EXPECT_EQ(
      Evaluated("EXISTS(SELECT 1 FROM UNNEST(list) AS e WHERE EXISTS(SELECT 1 FROM UNNEST(list) f WHERE f > e + 2))"),
      "false");
}

TEST(Expression, NamesPreferTheirSpelling) {
  EXPECT_EQ(Evaluated("i + I"), "15");
  EXPECT_EQ(Evaluated("D"), "0.5");
}

TEST(Expression, TypeErrorsAreFoundBeforeTheFirstRow) {
  EXPECT_EQ(Evaluated("zzz"), "BIND Unrecognized name: zzz [at 1:1]");
  EXPECT_EQ(Evaluated("nothin"), "BIND Unrecognized name: nothin; did you mean nothing? [at 1:1]");
  EXPECT_EQ(Evaluated("i = 's'"),
            "BIND No matching signature for operator = for argument types: INT64, STRING [at 1:3]");
  EXPECT_THAT(Evaluated("s + 1"), HasSubstr("operator + for argument types: STRING, INT64"));
  EXPECT_THAT(Evaluated("i AND b"), HasSubstr("AND takes a condition (BOOL), given is INT64"));
  EXPECT_THAT(Evaluated("i.x"), HasSubstr("Cannot access field x on a value with type INT64 [at 1:3]"));
  EXPECT_THAT(Evaluated("i[0]"), HasSubstr("a subscript takes an element of an array"));
  EXPECT_THAT(Evaluated("LENGHT(s)"), HasSubstr("Function not found: LENGHT; did you mean LENGTH?"));
  EXPECT_THAT(Evaluated("ABS(s)"),
              HasSubstr("No matching signature for function ABS for argument types: STRING; it takes one number"));
  EXPECT_THAT(Evaluated("IF(b, 1, 's')"), HasSubstr("it takes a condition and two values of one type"));
  EXPECT_THAT(Evaluated("REGEXP_CONTAINS(s, '(')"), HasSubstr("Cannot parse regular expression"));
  EXPECT_THAT(Evaluated("s IN (1)"), HasSubstr("operator IN for argument types: STRING, INT64"));
  EXPECT_THAT(Evaluated("list = list"), HasSubstr("ARRAY<INT64>, ARRAY<INT64>"));
  const auto condition = Expression::BindCondition(*Parse("i + 1"), Variables());
  EXPECT_THAT(std::string(condition.status().message()),
              HasSubstr("not a valid boolean expression: its type is INT64"));
}

TEST(Functions, EveryOneHasDocumentationAndATrueExample) {
  std::string previous;
  for (const Function& function : AllFunctions()) {
    EXPECT_LT(previous, function.name);
    previous = std::string(function.name);
    EXPECT_FALSE(function.summary.empty()) << function.name;
    EXPECT_THAT(std::string(function.example), HasSubstr(Concat(function.name, "(")));
    EXPECT_EQ(Evaluated(function.example), "true") << function.example;
    EXPECT_THAT(Evaluated(Concat(function.name, "(list, b, s)")), HasSubstr("No matching signature")) << function.name;
  }
}

TEST(Functions, SubstringsAtTheirEdges) {
  EXPECT_EQ(Evaluated("SUBSTR(s, 3, 1)"), "\"ü\"");
  EXPECT_EQ(Evaluated("SUBSTR(s, 0) || SUBSTR(s, 9) || SUBSTR(s, -9, 1) || SUBSTR(s, 4, 9223372036854775807)"),
            "\"GrünGn\"");
  EXPECT_EQ(Evaluated("SUBSTR(s, -9223372036854775808, 0)"), "\"\"");
  EXPECT_THAT(Evaluated("SUBSTR(s, 1, -1)"), HasSubstr("negative"));
}

// Of one message of statistics.
std::string OfStatistics(std::string_view text, const FeatureNameStatistics& message) {
  const absl::StatusOr<NodePtr> tree = Parse(text);
  if (!tree.ok()) return std::string(tree.status().message());
  const auto expression = Expression::Bind(*tree, {{"feature", ProtoType(FeatureNameStatistics::descriptor())}});
  if (!expression.ok()) return Concat("BIND ", expression.status().message());
  const auto value = expression->Evaluate({ProtoValue(message)});
  return value.ok() ? value->ToString() : Concat("RUN ", value.status().message());
}

TEST(ProtoStruct, FieldsDefaultsAndMissingMessages) {
  FeatureNameStatistics m;
  m.set_name("fare");
  m.set_type(FeatureNameStatistics::FLOAT);
  m.mutable_num_stats()->mutable_common_stats()->set_num_missing(2);
  m.mutable_num_stats()->set_mean(1.5);

  EXPECT_EQ(OfStatistics("feature.num_stats.common_stats.num_missing < 3", m), "true");
  EXPECT_EQ(OfStatistics("feature.num_stats.max", m), "0.0");
  EXPECT_EQ(OfStatistics("feature.string_stats.common_stats.num_missing", m), "NULL");
  EXPECT_EQ(OfStatistics("feature.has_num_stats AND NOT feature.has_string_stats", m), "true");
  EXPECT_EQ(OfStatistics("feature.name = 'fare' AND feature.num_stats.mean > 1", m), "true");
  EXPECT_EQ(OfStatistics("feature.num_stats IS NULL", m), "false");
}

TEST(ProtoStruct, EnumsByNameAndNumber) {
  FeatureNameStatistics m;
  m.set_type(FeatureNameStatistics::FLOAT);
  EXPECT_EQ(OfStatistics("feature.type = 'FLOAT' AND feature.type = 1 AND feature.type IN ('INT', 'FLOAT')", m),
            "true");
  EXPECT_EQ(OfStatistics("CAST(feature.type AS STRING) || '!'", m), "\"FLOAT!\"");
  EXPECT_THAT(OfStatistics("feature.type = 'FLOATS'", m), HasSubstr("Unsupported enum value specified: \"FLOATS\""));
}

TEST(ProtoStruct, RepeatedFields) {
  FeatureNameStatistics m;
  for (const char* value : {"x", "y"}) m.mutable_string_stats()->add_top_values()->set_value(value);
  EXPECT_EQ(OfStatistics("ARRAY_LENGTH(feature.string_stats.top_values)", m), "2");
  EXPECT_EQ(OfStatistics("feature.string_stats.top_values[1].value", m), "\"y\"");
  EXPECT_EQ(OfStatistics("feature.string_stats.top_values[SAFE_OFFSET(2)].value", m), "NULL");
  EXPECT_THAT(OfStatistics("feature.string_stats.top_values[2].value", m), HasSubstr("out of bounds"));
  EXPECT_EQ(OfStatistics("EXISTS(SELECT 1 FROM UNNEST(feature.string_stats.top_values) AS t WHERE t.value = 'y')", m),
            "true");
  EXPECT_EQ(OfStatistics("EXISTS(SELECT 1 FROM UNNEST(feature.num_stats.histograms) AS h)", m), "false");
}

TEST(ProtoStruct, UnknownFieldsAndLargeNumbers) {
  FeatureNameStatistics m;
  m.mutable_num_stats()->mutable_common_stats()->set_num_missing(std::numeric_limits<uint64_t>::max());
  EXPECT_THAT(
      OfStatistics("feature.num_stats.common_stats.num_missin", m),
      HasSubstr(
          "Field name num_missin does not exist in STRUCT<tensorflow.metadata.v0.CommonStatistics>; did you mean"));
  EXPECT_THAT(OfStatistics("feature.num_stats.common_stats.num_missing > 0", m), HasSubstr("does not fit INT64"));
}

}  // namespace
}  // namespace tfx::expressions
