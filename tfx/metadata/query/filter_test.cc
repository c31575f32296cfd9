#include "tfx/metadata/query/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tfx/base/concat.h"

namespace mlmd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string MessageOf(std::string_view query, FilterBase base = FilterBase::kArtifact) {
  const auto filter = CompileFilter(query, base);
  EXPECT_EQ(filter.status().code(), absl::StatusCode::kInvalidArgument) << query;
  return std::string(filter.status().message());
}

std::string Shown(const std::vector<FilterValue>& values) {
  std::string text;
  for (const FilterValue& value : values) {
    std::visit([&](const auto& v) { ::tfx::Append(&text, text.empty() ? "" : ";", v); }, value);
  }
  return text;
}

struct Invalid {
  FilterBase base;
  const char* query;
  const char* fragment;
};

TEST(CompileFilter, RefusesWhatUpstreamRefusesInItsWords) {
  constexpr FilterBase A = FilterBase::kArtifact, E = FilterBase::kExecution, C = FilterBase::kContext;
  const Invalid kCases[] = {
      {A, "", "Unexpected end of expression"},
      {A, "a == 'a'", "Syntax error: Unexpected \"=\""},
      {A, "a", "Unrecognized name: a"},
      {A, "'a'", "not a valid boolean expression: 'a'"},
      {A, "type_id", "not a valid boolean expression: type_id"},
      {A, "id = 'a'", "No matching signature for operator = for argument types: INT64, STRING"},
      {A, "type = 1", "No matching signature for operator = for argument types: STRING, INT64"},
      {A, "name = a", "Unrecognized name: a [at 1:8]"},
      {A, "contexts", "Unrecognized name: contexts"},
      {A, "contexts_0", "Unrecognized name: contexts_0"},
      {A, "contexts_.id = 1", "Unrecognized name: contexts_"},
      {A, "contexts_0.foo", "Field name foo does not exist in STRUCT<id INT64, name STRING, type STRING, ...>"},
      {A, "contexts_0.id.", "Unexpected end of expression"},
      {A, "contexts_0.id.bar", "Cannot access field bar on a value with type INT64"},
      {A, "id.bar = 1", "Cannot access field bar"},
      {A, "properties", "Unrecognized name: properties"},
      {A, "properties.foo", "Unrecognized name: properties"},
      {A, "properties.bar.", "Unexpected end of expression"},
      {A, "properties.baz.int", "Field name int does not exist"},
      {A, "properties.0:b.int_value = 1", "Illegal input character \":\""},
      {A, "properties.a.int_value.b = 1", "Cannot access field b"},
      {A, "state = 'LIVE'", "No matching signature for operator ="},
      {A, "state = 1", "Unsupported enum value specified in the query: 1"},
      {A, "state = RUNNING", "Unsupported enum value specified in the query: RUNNING"},
      {A, "state = ABANDONED", "Unsupported enum value"},
      {A, "state = live", "Unsupported enum value"},
      {A, "state IN RUNNING", "Expected a list of enum values enclosed in parentheses but got RUNNING"},
      {A, "state NOT IN LIVE", "Expected a list of enum values"},
      {A, "state IN ()", "Syntax error: Unexpected \")\""},
      {A, "LIVE = state", "Unrecognized name: LIVE"},
      {A, "events_0.type = SOME_ENUM", "Unsupported enum value"},
      {A, "events_0.type IN INPUT", "Expected a list of enum values"},
      {A, "events_0.type = PENDING_OUTPUT", "Unsupported enum value"},
      {A, "events_0.artifact_id = 1", "Field name artifact_id does not exist"},
      {A, "executions_0.id = 1", "Unrecognized name: executions_0"},
      {A, "last_known_state = RUNNING", "Unrecognized name: last_known_state"},
      {A, "id = NULL", "Operands of = cannot be literal NULL"},
      {A, "NOT NULL", "Operands of NOT cannot be literal NULL"},
      {A, "NULL", "not a valid boolean expression"},
      {A, "NOT id", "No matching signature for operator NOT"},
      {A, "name + 1 = 2", "No matching signature for operator +"},
      {A, "id LIKE 'a'", "No matching signature for operator LIKE"},
      {A, "id IN (1, 'a')", "No matching signature for operator IN"},
      {A, "id BETWEEN 1 AND 'a'", "No matching signature for operator BETWEEN"},
      {A, "load_extension('x') IS NULL", "Function not found: LOAD_EXTENSION"},
      {A, "CAST(id AS STRING) = '1'", "CAST is not supported in filter queries"},
      {A, "EXISTS(SELECT 1 FROM UNNEST(id) AS a)", "EXISTS is not supported"},
      {A, "id IN (SELECT id FROM Type)", "Syntax error: Unexpected keyword SELECT"},
      {A, "name[0] = 'a'", "a subscript is not supported"},
      {A, "name = '\\xff'", "not valid UTF-8"},
      {E, "last_known_state = LIVE", "Unsupported enum value"},
      {E, "last_known_state IN ()", "Syntax error"},
      {E, "last_known_state NOT IN (PENDING)", "Unsupported enum value"},
      {E, "events_0.execution_id = 1", "Field name execution_id does not exist"},
      {E, "uri = 'a'", "Unrecognized name: uri"},
      {C, "contexts_0.id = 1", "Unrecognized name: contexts_0"},
      {C, "state = LIVE", "Unrecognized name: state"},
      {C, "events_0.type = INPUT", "Unrecognized name: events_0"},
      {C, "child_contexts_0.foo", "Field name foo does not exist"},
      {C, "parent_contexts_0.id.x", "Cannot access field x"},
      {C, "executions_0.uri = 'a'", "Field name uri does not exist"},
  };
  for (const Invalid& c : kCases) {
    EXPECT_THAT(MessageOf(c.query, c.base), StartsWith("Invalid `filter_query`: ")) << c.query;
    EXPECT_THAT(MessageOf(c.query, c.base), HasSubstr(c.fragment)) << c.query;
  }
}

TEST(CompileFilter, TakesWhatUpstreamTakes) {
  for (const char* query : {"id != 1",
                            "id IN (1, 3)",
                            "id IN (1, NULL)",
                            "type_id + 1 > 1",
                            "uri like 'abc'",
                            "contexts_2.name = '1'",
                            "NOT(type_id = 1) AND (contexts_foo.type = 'bar' OR uri like 'x%')",
                            "properties.0.int_value = 1",
                            "properties.b.bool_value",
                            "properties.`0:b`.bool_value = true",
                            "state=PENDING",
                            "state IS NULL",
                            "true",
                            "events_0.type IN (OUTPUT, DECLARED_OUTPUT)",
                            "name = r'a'",
                            "ABS(id) = 1",
                            "COALESCE(name, 'x') = 'a'",
                            "CASE WHEN id = 1 THEN true ELSE false END",
                            "IF(id = 1, name, uri) = 'a'",
                            "id = 1.0",
                            "1 = 1",
                            "state IN (1)"}) {
    EXPECT_TRUE(CompileFilter(query, FilterBase::kArtifact).ok()) << query;
  }
}

TEST(CompileFilter, AliasesAndPropertiesAreJoinedOncePerName) {
  const FilterSql filter = *CompileFilter(
      "contexts_a.id = 1 AND contexts_a.name = 'x' AND contexts_b.id = 2 AND properties.p.int_value > 1 AND "
      "properties.p.double_value IS NULL AND custom_properties.p.int_value = 3 AND type = 't'",
      FilterBase::kArtifact);

  EXPECT_EQ(filter.joins,
            " JOIN Type T ON T.id = N.type_id"
            " JOIN ArtifactProperty P0 ON P0.artifact_id = N.id AND P0.is_custom_property = ? AND P0.name = ?"
            " JOIN ArtifactProperty P1 ON P1.artifact_id = N.id AND P1.is_custom_property = ? AND P1.name = ?");
  EXPECT_EQ(Shown(filter.join_values), "0;p;1;p");
  EXPECT_EQ(Shown(filter.values), "1;3;t;1;x;2");
  EXPECT_FALSE(filter.repeats_rows);
}

TEST(CompileFilter, ANeighbourThatAndKeepsApartIsSelectedFromItsOwnSide) {
  const FilterSql apart =
      *CompileFilter("(name = 'n' AND contexts_a.name = 'x') AND NOT contexts_a.type = 't'", FilterBase::kArtifact);
  EXPECT_EQ(apart.joins, "");
  EXPECT_THAT(apart.condition,
              HasSubstr("(N.id IN (SELECT LA0.artifact_id FROM Context A0 JOIN Type TA0 ON TA0.id = A0.type_id CROSS "
                        "JOIN Attribution LA0 WHERE LA0.context_id = A0.id AND ((A0.name = ?) AND (NOT (TA0.name = "
                        "?)))))"));
  EXPECT_EQ(Shown(apart.values), "n;x;t");
  EXPECT_FALSE(apart.repeats_rows);
  ASSERT_EQ(apart.narrowings.size(), 1u);
  EXPECT_TRUE(apart.narrowings[0].is_condition);

  for (const char* tied : {"name = 'n' OR contexts_a.name = 'x'", "contexts_a.name = name",
                           "contexts_a.name = 'x' AND (contexts_a.id = 1 OR contexts_b.id = 2)"}) {
    const FilterSql filter = *CompileFilter(tied, FilterBase::kArtifact);
    EXPECT_THAT(filter.joins, HasSubstr(" JOIN Attribution LA0 ON LA0.artifact_id = N.id JOIN Context A0")) << tied;
    EXPECT_TRUE(filter.repeats_rows) << tied;
  }
  // An index leads to these.
  EXPECT_THAT(CompileFilter("events_a.type = OUTPUT", FilterBase::kExecution)->joins, HasSubstr("JOIN Event A0"));
  EXPECT_THAT(CompileFilter("artifacts_a.id = 1", FilterBase::kContext)->joins, HasSubstr("JOIN Artifact A0"));
}

TEST(CompileFilter, WhatAnIndexAnswersOfOnePropertyNarrows) {
  const FilterSql filter = *CompileFilter(
      "properties.p.int_value > 1 AND 5 >= properties.p.int_value AND properties.p.int_value IN (2, 3) AND "
      "custom_properties.q.string_value LIKE 'a%' AND properties.b.bool_value = TRUE AND "
      "custom_properties.r.double_value BETWEEN 0.5 AND 2",
      FilterBase::kExecution);

  ASSERT_EQ(filter.narrowings.size(), 2u);
  EXPECT_EQ(filter.narrowings[0].select,
            "SELECT P0.execution_id FROM ExecutionProperty P0 WHERE P0.is_custom_property = ? AND P0.name = ? AND "
            "((P0.int_value > ?) AND (P0.int_value IN (?, ?)))");
  EXPECT_EQ(Shown(filter.narrowings[0].values), "0;p;1;2;3");
  EXPECT_EQ(Shown(filter.narrowings[1].values), "1;r;0.5;2");
  EXPECT_FALSE(filter.narrowings[0].is_condition);
}

TEST(CompileFilter, EnumsBecomeNumbersAndUnequalFindsNullToo) {
  const FilterSql filter =
      *CompileFilter("state != LIVE AND state NOT IN (PENDING, DELETED) OR state = UNKNOWN", FilterBase::kArtifact);
  EXPECT_EQ(filter.condition,
            "((((N.state <> ? OR N.state IS NULL) AND (N.state NOT IN (?, ?) OR N.state IS NULL)) OR (N.state = ?)))");
  EXPECT_EQ(Shown(filter.values), "2;1;4;0");
}

// The SQL's bytes come from us alone: with marked names and values everywhere, no mark is in it.
TEST(CompileFilter, NothingOfTheQueryReachesTheSql) {
  const char* const kHostile[] = {
      "'; DROP TABLE Artifact; --", "\" OR 1=1 --", "`x`", "?", "$1", "%s", "\\", "N.id", "日本"};
  for (const char* hostile : kHostile) {
    std::string text = "zq";
    for (const char c : std::string(hostile)) {
      if (c == '\'' || c == '"' || c == '`' || c == '\\') text += '\\';
      text += c;
    }
    const auto filter =
        CompileFilter(::tfx::Concat("name = '", text, "' OR uri LIKE \"", text, "\" OR properties.`", text,
                                    "`.string_value IN ('", text, "') OR contexts_zq.name = '", text, "'"),
                      FilterBase::kArtifact);
    ASSERT_TRUE(filter.ok()) << filter.status();
    EXPECT_THAT(filter->joins + filter->condition, Not(HasSubstr("zq")));
    EXPECT_EQ(filter->values.size(), 4);
    EXPECT_EQ(std::get<std::string>(filter->values[0]), ::tfx::Concat("zq", hostile));
    const std::string sql = filter->joins + filter->condition;
    EXPECT_EQ(std::count(sql.begin(), sql.end(), '?'),
              static_cast<int>(filter->values.size() + filter->join_values.size()));
  }
}

TEST(CompileFilter, LongQueriesAreWithinTheLimitsOfDatabasesOrRefused) {
  std::string chain = "id = 1", values = "id IN (1", joins = "contexts_0.id = 1";
  for (int i = 0; i < 5000; ++i) chain += " OR id=2";
  for (int i = 0; i < 10'001; ++i) values += ",1";
  for (int i = 1; i < 31; ++i) ::tfx::Append(&joins, " AND contexts_", i, ".id = 1");

  const FilterSql filter = *CompileFilter(chain, FilterBase::kArtifact);
  int depth = 0, deepest = 0;
  for (const char c : filter.condition) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    deepest = std::max(deepest, depth);
  }
  EXPECT_LT(deepest, 20);  // balanced
  EXPECT_THAT(MessageOf(values + ")"), HasSubstr("more than 10000 values"));
  EXPECT_THAT(MessageOf(joins), HasSubstr("more than 30 properties and neighbours"));
  EXPECT_THAT(MessageOf(std::string(5000, '(')), HasSubstr("nested deeper"));
  EXPECT_THAT(MessageOf(std::string(70'000, 'a')), HasSubstr("70000 bytes"));
}

}  // namespace
}  // namespace mlmd
