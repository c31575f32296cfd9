#include "tfx/data_validation/schema/schema_diff.h"

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"

namespace tfx::tfdv {
namespace {

using ::tensorflow::metadata::v0::Schema;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Diff(const std::string& before, const std::string& after) {
  Schema a, b;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(before, &a)) << before;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(after, &b)) << after;
  std::vector<std::string> lines;
  for (const SchemaChange& change : DiffSchemas(a, b)) lines.push_back(ToText(change));
  return lines;
}

TEST(DiffSchemas, OrderOfFeaturesAndDomainsSaysNothing) {
  EXPECT_THAT(Diff("feature { name: 'a' type: INT } feature { name: 'b' type: FLOAT } string_domain { name: 'x' } "
                   "string_domain { name: 'y' }",
                   "string_domain { name: 'y' } string_domain { name: 'x' } feature { name: 'b' type: FLOAT } "
                   "feature { name: 'a' type: INT }"),
              IsEmpty());
}

TEST(DiffSchemas, NamesWhatCameWentAndChanged) {
  EXPECT_THAT(Diff("feature { name: 'gone' type: INT } feature { name: 'age' type: INT presence { min_fraction: 1 } }",
                   "feature { name: 'new' type: BYTES } feature { name: 'age' type: FLOAT presence { min_fraction: 0.5 "
                   "} value_count { max: 2 } }"),
              ElementsAre("- feature 'gone': type: INT", "~ feature 'age': value_count: (not set) -> { max: 2 }",
                          "~ feature 'age': type: INT -> FLOAT", "~ feature 'age': presence.min_fraction: 1 -> 0.5",
                          "+ feature 'new': type: BYTES"));
}

TEST(DiffSchemas, ListsOfValuesAreSets) {
  EXPECT_THAT(Diff("string_domain { name: 'x' value: ['a', 'b', 'b'] }",
                   "string_domain { name: 'x' value: ['b', 'c', 'd', 'a'] }"),
              ElementsAre("~ string_domain 'x': value: + \"c\", \"d\" - \"b\""));
  EXPECT_THAT(Diff("string_domain { name: 'x' value: ['a', 'b'] }", "string_domain { name: 'x' value: ['b', 'a'] }"),
              ElementsAre("~ string_domain 'x': value: in another order"));
}

TEST(DiffSchemas, NestedFeaturesHavePaths) {
  EXPECT_THAT(Diff("feature { name: 's' type: STRUCT struct_domain { feature { name: 'x.y' type: INT } } }",
                   "feature { name: 's' type: STRUCT struct_domain { feature { name: 'x.y' type: FLOAT } "
                   "feature { name: 'z' type: INT } } }"),
              ElementsAre("~ feature 's.'x.y'': type: INT -> FLOAT", "+ feature 's.z': type: INT"));
}

TEST(DiffSchemas, ComparesEverythingElseToo) {
  EXPECT_THAT(
      Diff("default_environment: 'TRAIN' weighted_feature { name: 'w' } "
           "tensor_representation_group { key: '' value { } }",
           "default_environment: ['TRAIN', 'SERVE'] sparse_feature { name: 'p' } "
           "tensor_representation_group { key: '' value { tensor_representation { key: 't' value { "
           "varlen_sparse_tensor { column_name: 'c' } } } } }"),
      ElementsAre("+ sparse_feature 'p': ", "- weighted_feature 'w': ", "~ schema: default_environment: + \"SERVE\"",
                  "~ schema: tensor_representation_group[\"\"].tensor_representation[\"t\"]: (not set) -> { "
                  "varlen_sparse_tensor { column_name: \"c\" } }"));
}

TEST(DiffSchemas, UnsetAndDefaultDiffer) {
  EXPECT_THAT(Diff("feature { name: 'a' }", "feature { name: 'a' deprecated: false }"),
              ElementsAre("~ feature 'a': deprecated: (not set) -> false"));
}

TEST(DiffMessages, NumbersMayDifferByTheTolerance) {
  Schema a, b;
  auto set = [](Schema* schema, double value) {
    schema->mutable_feature()->Clear();
    schema->add_feature()->mutable_float_domain()->set_max(static_cast<float>(value));
  };
  set(&a, 1.0);
  set(&b, 1.00001);
  EXPECT_EQ(DiffMessages(a, b, {.tolerance = 1e-4}).size(), 0u);
  EXPECT_EQ(DiffMessages(a, b, {.tolerance = 1e-6}).size(), 1u);
  EXPECT_EQ(DiffMessages(a, b, {.tolerance = 1e-6})[0].field, "feature[0].float_domain.max");
  set(&a, std::numeric_limits<double>::quiet_NaN());
  set(&b, std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(DiffMessages(a, b).size(), 0u);
  set(&b, std::numeric_limits<double>::infinity());
  EXPECT_EQ(DiffMessages(a, b, {.tolerance = 1}).size(), 1u);
}

}  // namespace
}  // namespace tfx::tfdv
