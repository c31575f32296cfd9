#include "tfx/data_validation/generators/generator_from_json.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/generators/generator_testing.h"
#include "tfx/io/file_system.h"
#include "tfx/testing/test_folder.h"

namespace tfx::tfdv {
namespace {

using ::testing::HasSubstr;

std::string Refusal(const std::string& name, const std::string& arguments) {
  const absl::Status status = MakeGeneratorFromJson(name, arguments, nullptr).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  return std::string(status.message());
}

TEST(MakeGeneratorFromJson, EveryGeneratorIsDescribedAndItsExampleWorks) {
  const auto schema = SchemaFromText(R"(
      feature { name: "tips" type: FLOAT }
      feature { name: "company" type: BYTES }
      feature { name: "tokens" type: BYTES natural_language_domain { vocabulary: "words" } }
      sparse_feature { name: "sparse" index_feature { name: "company" } value_feature { name: "tips" } }
      weighted_feature { name: "weighted" feature { step: "company" } weight_feature { step: "tips" } })");
  const std::string words = testing::TestFolder() + "/words.txt";
  ASSERT_TRUE(io::WriteFile(words, "one\ntwo\n").ok());
  const std::vector<GeneratorDescription> descriptions = GeneratorDescriptions();

  EXPECT_EQ(descriptions.size(), 11u);
  EXPECT_TRUE(std::is_sorted(descriptions.begin(), descriptions.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const GeneratorDescription& description : descriptions) {
    EXPECT_TRUE(description.documentation.ends_with(".")) << description.name;
    std::string example = description.example;
    if (const size_t at = example.find("words.txt"); at != std::string::npos) example.replace(at, 9, words);
    const auto generator = MakeGeneratorFromJson(description.name, example, schema);
    ASSERT_TRUE(generator.ok()) << generator.status();
    EXPECT_EQ((*generator)->name(), description.name);
    EXPECT_NE((*generator)->Clone(), nullptr);
  }
}

TEST(MakeGeneratorFromJson, PassesArgumentsOn) {
  const auto result = ResultOf(
      MakeGeneratorFromJson("LiftStatsGenerator",
                            R"({"y_path": ["y"], "x_paths": ["x", ["s", "x"]], "top_k_per_y": 1, "min_x_count": null,
                                "weight": null, "y_boundaries": null, "output_custom_stats": true})",
                            nullptr),
      {MakeRows({{"x", OneString({"a", "b"})}, {"y", OneInt({1, 0})}})});
  ASSERT_EQ(result.cross_features_size(), 1);
  EXPECT_EQ(result.cross_features(0).categorical_cross_stats().lift().lift_series(0).lift_values_size(), 1);
  EXPECT_EQ(result.features(0).custom_stats_size(), 2);
}

TEST(MakeGeneratorFromJson, TakesMutualInformationWithItsArguments) {
  const auto generator =
      MakeGeneratorFromJson("NonStreamingCustomStatsGenerator",
                            R"({"stats_fn": {"MutualInformation": {"label_feature": "y", "multivalent_features": [],
                                             "categorical_features": ["y", "x"]}},
          "num_partitions": 1, "min_partitions_stat_presence": 1, "seed": 7, "max_examples_per_partition": 100,
          "batch_size": 1000, "name": "MI"})",
                            nullptr);
  ASSERT_TRUE(generator.ok()) << generator.status();
  EXPECT_EQ((*generator)->name(), "MI");
}

TEST(MakeGeneratorFromJson, NamesWhatItDoesNotKnow) {
  EXPECT_THAT(Refusal("LiftStatGenerator", "{}"), HasSubstr("did you mean LiftStatsGenerator?"));
  EXPECT_THAT(Refusal("LiftStatsGenerator", R"({"y_pat": "y"})"),
              HasSubstr("unknown argument y_pat; did you mean y_path"));
  EXPECT_THAT(Refusal("TimeStatsGenerator", "{"), HasSubstr("not JSON"));
  EXPECT_THAT(Refusal("TimeStatsGenerator", "[1]"), HasSubstr("JSON object"));
  EXPECT_THAT(Refusal("NonStreamingCustomStatsGenerator", R"({"stats_fn": {"Other": {}}})"),
              HasSubstr("MutualInformation or SkLearnMutualInformation"));
  EXPECT_THAT(Refusal("SparseFeatureStatsGenerator", ""), HasSubstr("sparse_feature"));
}

TEST(MakeGeneratorFromJson, NamesArgumentsOfAnotherType) {
  EXPECT_THAT(Refusal("TimeStatsGenerator", R"({"match_ratio": "high"})"),
              HasSubstr("TimeStatsGenerator: match_ratio: must be a number"));
  EXPECT_THAT(Refusal("TimeStatsGenerator", R"({"values_threshold": 1.5})"), HasSubstr("an integer"));
  EXPECT_THAT(Refusal("TimeStatsGenerator", R"({"values_threshold": 1e300})"), HasSubstr("usual size"));
  EXPECT_THAT(Refusal("NLStatsGenerator", R"({"num_histogram_buckets": 3000000000})"), HasSubstr("usual size"));
  EXPECT_THAT(Refusal("CrossFeatureStatsGenerator", R"({"seed": -1})"), HasSubstr("usual size"));
  EXPECT_THAT(Refusal("CrossFeatureStatsGenerator", R"({"feature_crosses": [["a"]]})"), HasSubstr("pairs"));
  EXPECT_THAT(Refusal("ImageStatsGenerator", R"({"enable_size_stats": 1})"), HasSubstr("true or false"));
  EXPECT_THAT(Refusal("ImageStatsGenerator", R"({"image_decoder": "mine"})"), HasSubstr("only be given in code"));
  EXPECT_THAT(Refusal("LiftStatsGenerator", R"({"x_paths": [1]})"), HasSubstr("element 0: must be a feature name"));
  EXPECT_THAT(Refusal("LiftStatsGenerator", R"({"y_boundaries": 1})"), HasSubstr("a list"));
  EXPECT_THAT(Refusal("NLStatsGenerator", R"({"vocab_paths": {"v": 1}})"), HasSubstr("v: must be a string"));
  EXPECT_TRUE(MakeGeneratorFromJson("ImageStatsGenerator", R"({"image_decoder": null})", nullptr).ok());
  EXPECT_TRUE(MakeGeneratorFromJson("TimeStatsGenerator", "", nullptr).ok());
}

}  // namespace
}  // namespace tfx::tfdv
