#include "tfx/data_validation/features/stats_options.h"

#include <cmath>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/data_validation/features/row_sampling.h"
#include "tfx/data_validation/features/stats_generator.h"

namespace tfx::tfdv {
namespace {

std::string ErrorOf(const std::string& json) {
  const auto options = ParseStatsOptionsJson(json);
  return options.ok() ? "" : options.status().ToString();
}

testing::AssertionResult Contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "\"" << part << "\" is not in: " << text;
}

TEST(StatsOptionsJson, GivesBackEveryOption) {
  StatsOptions options;
  auto schema = std::make_shared<::tensorflow::metadata::v0::Schema>();
  schema->add_feature()->set_name("f\"\xc3\xa9");
  options.schema = schema;
  options.weight_feature = "w";
  options.per_feature_weight_override = {{"a.'b.c'", "v"}, {"d", "u"}};
  options.feature_allowlist = {"a", "d"};
  options.label_feature = "label";
  options.slicing_config = {{{.feature_keys = {"a", "b"}, .feature_values = {{"c", "1"}}},
                             {.slice_keys_sql = "SELECT STRUCT(a) FROM example.a"},
                             {}}};
  options.sample_rate = 0.5;
  options.sample_seed = 42;
  options.num_top_values = 1;
  options.frequency_threshold = 2;
  options.weighted_frequency_threshold = 2.5;
  options.num_rank_histogram_buckets = 3;
  options.num_values_histogram_buckets = 4;
  options.num_histogram_buckets = 5;
  options.num_quantiles_histogram_buckets = 6;
  options.epsilon = 0.25;
  options.enable_semantic_domain_stats = true;
  options.semantic_domain_stats_sample_rate = 0.75;
  options.vocab_paths = {{"words", "words.txt"}};
  options.add_default_generators = false;
  options.infer_type_from_schema = true;
  options.desired_batch_size = 7;
  options.experimental_result_partitions = 8;
  options.experimental_num_feature_partitions = 9;
  options.experimental_filter_read_paths = true;
  options.tfdv_compat = true;
  options.use_sketch_based_topk_uniques = true;
  options.max_exact_counts_bytes = 1000;

  const auto json = StatsOptionsToJson(options);
  ASSERT_TRUE(json.ok()) << json.status();
  const auto read = ParseStatsOptionsJson(*json);

  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_NE(read->schema, nullptr);
  EXPECT_EQ(read->schema->SerializeAsString(), schema->SerializeAsString());
  EXPECT_EQ(read->weight_feature, "w");
  EXPECT_EQ(read->per_feature_weight_override, options.per_feature_weight_override);
  EXPECT_EQ(read->feature_allowlist, options.feature_allowlist);
  EXPECT_EQ(read->label_feature, "label");
  ASSERT_TRUE(read->slicing_config.has_value());
  ASSERT_EQ(read->slicing_config->slicing_specs.size(), 3u);
  EXPECT_EQ(read->slicing_config->slicing_specs[0].feature_keys, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read->slicing_config->slicing_specs[0].feature_values, (std::map<std::string, std::string>{{"c", "1"}}));
  EXPECT_EQ(read->slicing_config->slicing_specs[1].slice_keys_sql, "SELECT STRUCT(a) FROM example.a");
  EXPECT_EQ(read->sample_rate, 0.5);
  EXPECT_EQ(read->sample_seed, 42u);
  EXPECT_EQ(read->num_top_values, 1);
  EXPECT_EQ(read->frequency_threshold, 2);
  EXPECT_EQ(read->weighted_frequency_threshold, 2.5);
  EXPECT_EQ(read->num_rank_histogram_buckets, 3);
  EXPECT_EQ(read->num_values_histogram_buckets, 4);
  EXPECT_EQ(read->num_histogram_buckets, 5);
  EXPECT_EQ(read->num_quantiles_histogram_buckets, 6);
  EXPECT_EQ(read->epsilon, 0.25);
  EXPECT_TRUE(read->enable_semantic_domain_stats);
  EXPECT_EQ(read->semantic_domain_stats_sample_rate, 0.75);
  EXPECT_EQ(read->vocab_paths, options.vocab_paths);
  EXPECT_FALSE(read->add_default_generators);
  EXPECT_TRUE(read->infer_type_from_schema);
  EXPECT_EQ(read->desired_batch_size, 7);
  EXPECT_EQ(read->experimental_result_partitions, 8);
  EXPECT_EQ(read->experimental_num_feature_partitions, 9);
  EXPECT_TRUE(read->experimental_filter_read_paths);
  EXPECT_TRUE(read->tfdv_compat);
  EXPECT_TRUE(read->use_sketch_based_topk_uniques);
  EXPECT_EQ(read->max_exact_counts_bytes, 1000);
  EXPECT_EQ(*StatsOptionsToJson(*read), *json);
}

TEST(StatsOptionsJson, DefaultsAreThoseOfTheStruct) {
  const auto empty = ParseStatsOptionsJson("{}");
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(*StatsOptionsToJson(*empty), *StatsOptionsToJson(StatsOptions()));
}

TEST(StatsOptionsJson, TheOlderNameOfSketchesIsKnown) {
  EXPECT_TRUE(
      ParseStatsOptionsJson(R"({"experimental_use_sketch_based_topk_uniques": true})")->use_sketch_based_topk_uniques);
}

TEST(StatsOptionsJson, WhatDoesNotFitIsNamed) {
  EXPECT_TRUE(Contains(ErrorOf(R"({"num_top_value": 3})"), "did you mean num_top_values"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"num_top_values": "3"})"), "num_top_values: must be a number"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"_add_default_generators": 1})"), "must be true or false"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"weight_feature": 1})"), "must be a string"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"_feature_allowlist": "a"})"), "a list of feature names"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"_vocab_paths": ["a"]})"), "_vocab_paths: must be an object"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"_generators": ["x"]})"), "no JSON form"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"TYPE_NAME": "EvalConfig"})"), "must be \"StatsOptions\""));
  EXPECT_TRUE(Contains(ErrorOf(R"({"schema_json": "{\"feature\": 1}"})"), "schema_json"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"slicing_config_json": "{\"specs\": []}"})"), "no field specs"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"slicing_config_json": "{\"slicingSpecs\": [{\"keys\": []}]}"})"), "no field keys"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"epsilon": 2})"), "epsilon is 2"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"_sample_rate": 0})"), "sample_rate is 0"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"_num_values_histogram_buckets": 1})"), "at least 2"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"_experimental_result_partitions": 0})"), "at least 1"));
  EXPECT_TRUE(Contains(ErrorOf("["), "stats_options_json"));
}

TEST(StatsOptionsJson, FunctionsAndGeneratorsCannotBeWritten) {
  StatsOptions functions, config;
  functions.experimental_slice_functions.push_back(nullptr);
  config.per_feature_stats_config.histograms.paths = {"a"};
  EXPECT_EQ(StatsOptionsToJson(functions).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(StatsOptionsToJson(config).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(CheckStatsOptions, RefusesNullGenerators) {
  StatsOptions options;
  options.generators.push_back(nullptr);
  EXPECT_EQ(CheckStatsOptions(options).code(), absl::StatusCode::kInvalidArgument);
}

TEST(FeaturesEnabled, ListsWhatIsInOrWhatIsOut) {
  const FeaturesEnabled all_but{FeaturesEnabled::Mode::kAllBut, {"a"}},
      none_but{FeaturesEnabled::Mode::kNoneBut, {"a"}};
  EXPECT_FALSE(all_but.Contains("a"));
  EXPECT_TRUE(all_but.Contains("b"));
  EXPECT_TRUE(none_but.Contains("a"));
  EXPECT_FALSE(none_but.Contains("b"));
  EXPECT_TRUE(FeaturesEnabled().Contains("a"));
}

TEST(IsSampled, KeepsTheShareOfTheRate) {
  for (const double rate : {0.01, 0.3, 0.9}) {
    for (const uint64_t seed : {0, 1, 2}) {
      int kept = 0;
      for (int64_t row = 0; row < 100000; ++row) kept += IsSampled(row, rate, seed);
      EXPECT_NEAR(kept, 100000 * rate, 5 * std::sqrt(100000 * rate * (1 - rate))) << rate << " " << seed;
    }
  }
  EXPECT_TRUE(IsSampled(5, 1.0, 0));
  EXPECT_FALSE(IsSampled(5, 0.0, 0));
  EXPECT_FALSE(IsSampled(5, std::nan(""), 0));
}

TEST(IsSampled, SeedsGiveIndependentSamples) {
  int both = 0;
  for (int64_t row = 0; row < 100000; ++row) both += IsSampled(row, 0.5, 1) && IsSampled(row, 0.5, 2);
  EXPECT_NEAR(both, 25000, 5 * std::sqrt(100000 * 0.25 * 0.75));
}

}  // namespace
}  // namespace tfx::tfdv
