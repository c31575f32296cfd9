#include "tfx/data_validation/display/schema_entry.h"

#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/io/text_proto.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Lines = std::vector<std::string>;

v0::Schema Schema(const std::string& text) {
  v0::Schema schema;
  EXPECT_TRUE(io::ParseTextProto(text, "schema", &schema).ok());
  return schema;
}

DisplaySchemaEntry Entry(const std::string& feature) {
  return SchemaEntry(Schema("feature { name: 'f' " + feature + " } string_domain { name: 'd' value: 'a' value: 'b' }"),
                     {"f"}, 2000);
}

TEST(SchemaEntry, SaysWhatDisplaySchemaSays) {
  EXPECT_EQ(Entry("type: BYTES domain: 'd'").type, "STRING");
  EXPECT_EQ(Entry("type: BYTES").type, "BYTES");
  EXPECT_EQ(Entry("presence { min_fraction: 1 }").presence, "required");
  EXPECT_EQ(Entry("presence { min_count: 1 }").presence, "optional");
  EXPECT_EQ(Entry("lifecycle_stage: DEPRECATED").presence, "deprecated");
  EXPECT_EQ(Entry("").presence, "");
  EXPECT_EQ(Entry("value_count { min: 1 max: 1 }").valency, "single");
  EXPECT_EQ(Entry("value_count { min: 1 }").valency, "[1,inf)");
  EXPECT_EQ(Entry("value_count { min: 2 max: 5 }").valency, "[2,5]");
  EXPECT_EQ(Entry("shape { dim { size: 2 } dim { size: 3 } }").valency, "shape 2 x 3");
  EXPECT_EQ(Entry("shape { }").valency, "scalar");
  EXPECT_EQ(Entry("domain: 'd'").domain, "'d' (2 values)");
  EXPECT_EQ(Entry("domain: 'gone'").domain, "'gone' (missing)");
  EXPECT_EQ(Entry("int_domain { min: 0 max: 9 }").domain, "min: 0; max: 9");
  EXPECT_EQ(Entry("float_domain { max: 0.5 }").domain, "min: -inf; max: 0.5");
  EXPECT_EQ(Entry("bool_domain { }").domain, "bool");
  EXPECT_EQ(Entry("natural_language_domain { }").domain, "natural_language");
  EXPECT_EQ(Entry("").domain, "-");
}

TEST(SchemaEntry, IsNotPresentForAnUnknownPath) {
  EXPECT_FALSE(SchemaEntry(Schema("feature { name: 'f' }"), {"g"}, 2000).present);
}

TEST(SchemaEntry, CutsItsText) {
  const std::string text = SchemaEntry(Schema("feature { name: 'f' type: INT }"), {"f"}, 15).text;
  EXPECT_EQ(text, "feature {\n...\n");
}

TEST(SchemaEntryLines, HoldTheDomainButNotTheChildren) {
  const v0::Schema schema = Schema(R"(
    feature { name: "s" type: STRUCT struct_domain { feature { name: "child" type: INT } } }
    feature { name: "f" domain: "d" }
    sparse_feature { name: "p" }
    string_domain { name: "d" value: "é" })");
  EXPECT_THAT(SchemaEntryLines(schema, {"f"}), ElementsAre("feature {", "  name: \"f\"", "  domain: \"d\"", "}",
                                                           "string_domain {", "  name: \"d\"", "  value: \"é\"", "}"));
  EXPECT_THAT(SchemaEntryLines(schema, {"s"}),
              ElementsAre("feature {", "  name: \"s\"", "  type: STRUCT", "  struct_domain {", "  }", "}"));
  EXPECT_THAT(SchemaEntryLines(schema, {"s", "child"}),
              ElementsAre("feature {", "  name: \"child\"", "  type: INT", "}"));
  EXPECT_THAT(SchemaEntryLines(schema, {"p"}), ElementsAre("sparse_feature {", "  name: \"p\"", "}"));
  EXPECT_THAT(SchemaEntryLines(schema, {"?"}), IsEmpty());
}

TEST(SchemaPaths, GoIntoStructs) {
  EXPECT_THAT(SchemaPaths(Schema("feature { name: 's' struct_domain { feature { name: 'c' } } } feature { name: 'f' } "
                                 "weighted_feature { name: 'w' }")),
              ElementsAre(FeaturePath{"s"}, FeaturePath{"s", "c"}, FeaturePath{"f"}, FeaturePath{"w"}));
}

std::string Text(const std::vector<DiffLine>& diff) {
  std::string text;
  for (const DiffLine& line : diff) text += line.mark + line.text + "\n";
  return text;
}

TEST(LineDiff, KeepsContextAndTheLineThatOpensAMessage) {
  const Lines before = {"feature {", "  name", "  type", "  a", "  b", "  c", "}"};
  const Lines after = {"feature {", "  name", "  type", "  a", "  B", "  c", "}"};
  EXPECT_EQ(Text(LineDiff(before, after, 1, 99)), " feature {\n ...\n   a\n-  b\n+  B\n   c\n");
  EXPECT_THAT(LineDiff(before, before, 1, 99), IsEmpty());
  EXPECT_EQ(Text(LineDiff({}, {"x", "y"}, 2, 99)), "+x\n+y\n");
}

TEST(LineDiff, SaysHowMuchItLeavesOut) {
  EXPECT_EQ(Text(LineDiff({}, {"1", "2", "3", "4"}, 0, 2)), "+1\n+2\n ... 2 more lines\n");
}

// The shortest edit by trying everything.
size_t ShortestEdit(const Lines& a, const Lines& b, size_t i = 0, size_t j = 0) {
  if (i == a.size()) return b.size() - j;
  if (j == b.size()) return a.size() - i;
  if (a[i] == b[j]) return ShortestEdit(a, b, i + 1, j + 1);
  return 1 + std::min(ShortestEdit(a, b, i + 1, j), ShortestEdit(a, b, i, j + 1));
}

TEST(LineDiff, LeadsFromOneToTheOtherByTheShortestWay) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    Lines before, after;
    for (Lines* lines : {&before, &after}) {
      for (size_t n = random() % 8; n > 0; --n) lines->push_back(std::string(1, 'a' + random() % 3));
    }

    const std::vector<DiffLine> diff = LineDiff(before, after, 100, 100);

    if (before == after) {
      ASSERT_THAT(diff, IsEmpty());
      continue;
    }
    Lines old_lines, new_lines;
    size_t edits = 0;
    for (const DiffLine& line : diff) {
      if (line.mark != '+') old_lines.push_back(line.text);
      if (line.mark != '-') new_lines.push_back(line.text);
      edits += line.mark != ' ';
    }
    ASSERT_EQ(old_lines, before);
    ASSERT_EQ(new_lines, after);
    ASSERT_EQ(edits, ShortestEdit(before, after));
  }
}

TEST(LineDiff, SurvivesTextsTooLargeToCompare) {
  Lines before, after;
  for (int i = 0; i < 3000; ++i) {
    before.push_back("old" + std::to_string(i));
    after.push_back("new" + std::to_string(i));
  }
  EXPECT_EQ(LineDiff(before, after, 2, 10).size(), 11u);
}

}  // namespace
}  // namespace tfx::tfdv
