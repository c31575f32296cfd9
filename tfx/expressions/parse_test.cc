#include "tfx/expressions/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tfx/base/concat.h"

namespace tfx::expressions {
namespace {

using ::testing::HasSubstr;

// The tree as fully parenthesised text, or the error.
std::string Parsed(std::string_view text, const ParseOptions& options = {}) {
  const absl::StatusOr<NodePtr> tree = Parse(text, options);
  return tree.ok() ? ToString(**tree) : std::string(tree.status().message());
}

TEST(Parse, OperatorsBindAsInSql) {
  EXPECT_EQ(Parsed("a OR b AND NOT c = 1"), "(a OR (b AND (NOT (c = 1))))");
  EXPECT_EQ(Parsed("a AND b AND c OR d"), "((a AND b AND c) OR d)");
  EXPECT_EQ(Parsed("1 + 2 * 3 - -x / 4 % 5"), "((1 + (2 * 3)) - (((- x) / 4) % 5))");
  EXPECT_EQ(Parsed("'a' || b + 1"), "(\"a\" || (b + 1))");
  EXPECT_EQ(Parsed("x BETWEEN 1 AND 2 AND y"), "((x BETWEEN 1 AND 2) AND y)");
  EXPECT_EQ(Parsed("x not in (1, 2) or y Is Not nUll"), "((x NOT IN (1, 2)) OR (y IS NOT NULL))");
  EXPECT_EQ(Parsed("a <> 1"), Parsed("a != 1"));
  EXPECT_EQ(Parsed("(a = 1) = TRUE"), "((a = 1) = true)");
}

TEST(Parse, LiteralsKeepTheirValues) {
  EXPECT_EQ(Parsed("-9223372036854775808"), "(-9223372036854775808)");
  EXPECT_EQ(Parsed("0x1F + 007"), "(31 + 7)");
  EXPECT_EQ(Parsed("1.5e3 + .5 + 2."), "((1500.0 + 0.5) + 2.0)");
  EXPECT_EQ(Parsed(R"('it\'s' = "a\x41\u00e9\n")"), "(\"it's\" = \"aAé\\n\")");
  EXPECT_EQ(Parsed(R"(r'\d+')"), R"("\\d+")");
  EXPECT_THAT(Parsed("9223372036854775808"), HasSubstr("Invalid integer literal"));
  EXPECT_THAT(Parsed("1e999"), HasSubstr("Invalid floating point literal: 1e999 [at 1:1]"));
}

TEST(Parse, PathsTakeNumbersKeywordsAndQuotedNames) {
  EXPECT_EQ(Parsed("properties.0.int_value"), "properties.0.int_value");
  EXPECT_EQ(Parsed("a.select.`odd name:0`[3][SAFE_OFFSET(1)]['k']"), "a.select.`odd name:0`[3][SAFE_OFFSET(1)][\"k\"]");
  EXPECT_EQ(Parsed("a[ORDINAL(1)]"), "a[0]");
  EXPECT_EQ(Parsed("`select` . b"), "`select`.b");
  EXPECT_EQ(Parsed(R"(`a\`b"c\\`)"), R"(`a\`b"c\\`)");
}

TEST(Parse, CallsCastsCasesAndExists) {
  EXPECT_EQ(Parsed("length(lower(x)) > 2"), "(LENGTH(LOWER(x)) > 2)");
  EXPECT_EQ(Parsed("CAST(x AS string)"), "CAST(x AS STRING)");
  EXPECT_EQ(Parsed("CASE x WHEN 1 THEN 'a' ELSE 'b' END"), "CASE WHEN (x = 1) THEN \"a\" ELSE \"b\" END");
  EXPECT_EQ(Parsed("EXISTS (SELECT * FROM UNNEST(f.buckets) AS b WHERE b.n > 3)"),
            "EXISTS(SELECT 1 FROM UNNEST(f.buckets) AS b WHERE (b.n > 3))");
  EXPECT_EQ(Parsed("3 IN UNNEST(a.b)"), "(3 IN UNNEST(a.b))");
}

TEST(Parse, CommentsAndLinesAreBlanksAndPositionsCountThem) {
  EXPECT_EQ(Parsed("a -- one\n = /* two\n */ 1 # three"), "(a = 1)");
  EXPECT_THAT(Parsed("a =\n  ]"), HasSubstr("[at 2:3]"));
}

TEST(Parse, MistakesAreNamedWithTheirPlace) {
  EXPECT_EQ(Parsed("id == 1"), "Syntax error: Unexpected \"=\"; equality is written with one = [at 1:5]");
  EXPECT_EQ(Parsed(""), "Syntax error: Unexpected end of expression [at 1:1]");
  EXPECT_EQ(Parsed("a.b."), "Syntax error: Unexpected end of expression [at 1:5]");
  EXPECT_EQ(Parsed("state IN ()"), "Syntax error: Unexpected \")\" [at 1:11]");
  EXPECT_EQ(Parsed("a = 1 b"), "Syntax error: Expected end of input but got identifier \"b\" [at 1:7]");
  EXPECT_EQ(Parsed("(a = 1"), "Syntax error: Expected \")\" but got end of input [at 1:7]");
  EXPECT_EQ(Parsed("a = b = c"), "Syntax error: Expected end of input but got \"=\" [at 1:7]");
  EXPECT_EQ(Parsed("a = 'b"), "Syntax error: Unclosed string literal [at 1:5]");
  EXPECT_EQ(Parsed("a = '\\q'"), "Syntax error: Illegal escape sequence: \\q [at 1:6]");
  EXPECT_EQ(Parsed("a @ 1"), "Syntax error: Illegal input character \"@\" [at 1:3]");
  EXPECT_EQ(Parsed("1a"), "Syntax error: Missing whitespace between literal and alias [at 1:1]");
  EXPECT_EQ(Parsed("x[-1]"), "Syntax error: a subscript counts from 0, given is -1 [at 1:3]");
  EXPECT_THAT(Parsed("x /* y"), HasSubstr("Unclosed comment"));
  EXPECT_THAT(Parsed("``"), HasSubstr("Invalid empty identifier"));
  EXPECT_THAT(Parsed(std::string("a = '\0'", 8)), HasSubstr("\\x00"));
}

TEST(Parse, SizeAndDepthAreLimited) {
  const std::string parentheses = std::string(99, '(') + "1" + std::string(99, ')');
  EXPECT_EQ(Parsed(parentheses), "1");
  EXPECT_THAT(Parsed("(" + parentheses + ")"), HasSubstr("nested deeper than 100 levels"));
  EXPECT_THAT(Parsed(std::string(50'000, '(')), HasSubstr("nested deeper"));
  EXPECT_THAT(Parsed(std::string(50'000, '-') + "x"), HasSubstr("Unexpected end"));  // comments
  std::string nots, minus = "1", many = "a";
  for (int i = 0; i < 200; ++i) nots += "NOT ", minus += " + 1";
  for (int i = 0; i < 5'000; ++i) many += " OR a";
  EXPECT_THAT(Parsed(nots + "a"), HasSubstr("nested deeper"));
  EXPECT_THAT(Parsed(minus), HasSubstr("nested deeper"));
  EXPECT_TRUE(Parse(many).ok());  // one level
  EXPECT_THAT(Parsed(std::string(70'000, ' ')), HasSubstr("70000 bytes"));
  EXPECT_THAT(Parsed("a = 1", {.max_bytes = 4}), HasSubstr("5 bytes, more than the allowed 4"));
}

// Random trees survive printing and parsing; random cuts and bytes never crash.
TEST(Parse, PrintedTreesParseToEqualTrees) {
  std::mt19937 random(7);
  const auto pick = [&](int n) { return static_cast<int>(random() % n); };
  const std::function<std::string(int)> generate = [&](int depth) -> std::string {
    static const char* const kLeaves[] = {"a",      "a.b.`c d`", "x[2]",  "NULL",   "true",  "-3",
                                          "2.5e-7", "'it\\'s'",  "1e300", "m['k']", "`from`"};
    if (depth == 0) return kLeaves[pick(11)];
    const auto sub = [&] { return Concat("(", generate(depth - 1), ")"); };
    switch (pick(10)) {
      case 0:
        return Concat(sub(), " AND ", sub(), " AND ", sub());
      case 1:
        return Concat("NOT ", sub());
      case 2:
        return Concat(sub(), " NOT IN (", sub(), ", 1)");
      case 3:
        return Concat(sub(), " BETWEEN ", sub(), " AND ", sub());
      case 4:
        return Concat("IF(", sub(), ", ", sub(), ", 'x')");
      case 5:
        return Concat("CASE WHEN ", sub(), " THEN ", sub(), " END");
      case 6:
        return Concat("EXISTS(SELECT 1 FROM UNNEST(", sub(), ") AS `e f` WHERE ", sub(), ")");
      case 7:
        return Concat("SAFE_CAST(", sub(), " AS INT64) IS NOT TRUE");
      case 8:
        return Concat("- ", sub(), " LIKE ", sub());
      default:
        return Concat(sub(), pick(2) == 0 ? " || " : " <= ", sub());
    }
  };
  for (int i = 0; i < 500; ++i) {
    const std::string text = generate(3);
    const absl::StatusOr<NodePtr> tree = Parse(text);
    ASSERT_TRUE(tree.ok()) << text << ": " << tree.status();
    const absl::StatusOr<NodePtr> again = Parse(ToString(**tree));
    ASSERT_TRUE(again.ok()) << ToString(**tree) << ": " << again.status();
    EXPECT_TRUE(Equal(**tree, **again)) << text;

    std::string broken = text.substr(0, pick(static_cast<int>(text.size())));
    if (!broken.empty()) broken[pick(static_cast<int>(broken.size()))] = static_cast<char>(pick(256));
    Parse(broken).IgnoreError();
  }
}

TEST(ParseSliceQuery, ItemsSourcesAndCondition) {
  const absl::StatusOr<SliceQuery> query = ParseSliceQuery(
      "SELECT DISTINCT STRUCT(education, IF(age < 18, 'minor', 'adult') AS age_group)\n"
      "FROM example.education, UNNEST(example.person.age) AS age WHERE age IS NOT NULL");
  ASSERT_TRUE(query.ok()) << query.status();
  EXPECT_TRUE(query->distinct);
  ASSERT_EQ(query->items.size(), 2);
  EXPECT_EQ(query->items[0].name, "education");
  EXPECT_EQ(query->items[1].name, "age_group");
  ASSERT_EQ(query->sources.size(), 2);
  EXPECT_EQ(query->sources[0].variable, "education");
  EXPECT_EQ(query->sources[1].feature, (std::vector<std::string>{"person", "age"}));
  EXPECT_EQ(query->sources[1].variable, "age");
  EXPECT_EQ(ToString(*query->where), "(age IS NOT NULL)");
}

TEST(ParseSliceQuery, TheWholeDataSetAndOddNames) {
  EXPECT_TRUE(ParseSliceQuery("select struct()")->items.empty());
  const absl::StatusOr<SliceQuery> query = ParseSliceQuery("SELECT STRUCT(x) FROM example.`trip miles` x");
  ASSERT_TRUE(query.ok()) << query.status();
  EXPECT_EQ(query->sources[0].feature, std::vector<std::string>{"trip miles"});
  EXPECT_EQ(query->sources[0].variable, "x");
}

TEST(ParseSliceQuery, MistakesSayWhatIsExpected) {
  const auto message = [](std::string_view text) { return std::string(ParseSliceQuery(text).status().message()); };
  EXPECT_THAT(message("SELECT a"), HasSubstr("Expected keyword STRUCT but got identifier \"a\" [at 1:8]"));
  EXPECT_THAT(message("SELECT STRUCT(a) FROM a"), HasSubstr("FROM takes features as example.name"));
  EXPECT_THAT(message("SELECT STRUCT(a + 1) FROM example.a"), HasSubstr("needs one: write it with AS name"));
  EXPECT_THAT(message("SELECT STRUCT(a, b AS a) FROM example.a, example.b"),
              HasSubstr("two values of STRUCT are called a"));
  EXPECT_THAT(message("SELECT STRUCT(a) FROM example.a, example.b.a"), HasSubstr("two features of FROM are called a"));
  EXPECT_THAT(message("SELECT STRUCT(a) FROM example.a; DROP"), HasSubstr("Illegal input character"));
  EXPECT_THAT(message("SELECT STRUCT(a) FROM example.a WHERE"), HasSubstr("Unexpected end of expression"));
}

}  // namespace
}  // namespace tfx::expressions
