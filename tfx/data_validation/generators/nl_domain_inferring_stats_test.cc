#include "tfx/data_validation/generators/nl_domain_inferring_stats.h"

#include "gtest/gtest.h"
#include "tfx/data_validation/generators/generator_testing.h"
#include "tfx/data_validation/generators/semantic_domain_stats.h"

namespace tfx::tfdv {
namespace {

bool IsText(std::string_view value) { return LooksLikeNaturalLanguage(value, {}); }

TEST(LooksLikeNaturalLanguage, AsksForWordsOfUsualLength) {
  EXPECT_TRUE(IsText("this is a text"));
  EXPECT_FALSE(IsText("two words"));
  EXPECT_FALSE(IsText(""));
  EXPECT_FALSE(IsText("   "));
  EXPECT_TRUE(IsText("abc ab abc ab")) << "mean 2.5";
  EXPECT_FALSE(IsText("abc ab ab")) << "mean below 2.5";
  EXPECT_TRUE(IsText("abcdefgh abcdefgh abcdefgh")) << "mean 8";
  EXPECT_FALSE(IsText("abcdefgh abcdefgh abcdefghi")) << "mean above 8";
  EXPECT_TRUE(IsText("\u00fc\u00fc\u00fc \u65e5\u672c\u8a9e abc")) << "characters count, not bytes";
}

TEST(LooksLikeNaturalLanguage, LooksAtTheFirstCharactersOnly) {
  std::string value;
  for (int i = 0; i < 20; ++i) value += "word ";
  EXPECT_TRUE(IsText(value + std::string(100000, 'y'))) << "the long word begins behind 100 characters";
  EXPECT_FALSE(IsText("this is a text " + std::string(100000, 'y')));
}

std::vector<std::string> Texts(int texts, int others) {
  std::vector<std::string> values(texts, "this is a text");
  values.insert(values.end(), others, "x");
  return values;
}

double RateOf(const std::vector<NumberedRows>& batches, const NLDomainInferringStatsGeneratorOptions& options = {}) {
  const auto result = ResultOf(MakeNLDomainInferringStatsGenerator(options), batches);
  const auto* rate = FindCustomStat(result, "x", "natural_language_match_rate");
  if (rate == nullptr) return -1;
  EXPECT_EQ(FindCustomStat(result, "x", "domain_info")->str(), "natural_language_domain {}");
  return rate->num();
}

TEST(NLDomainInferringStatsGenerator, NeedsEnoughValuesAndAnEnoughShare) {
  EXPECT_EQ(RateOf({MakeRows({{"x", OneString(Texts(80, 20))}})}), 0.8);
  EXPECT_EQ(RateOf({MakeRows({{"x", OneString(Texts(79, 21))}})}), -1);
  EXPECT_EQ(RateOf({MakeRows({{"x", OneString(Texts(99, 0))}})}), -1);
}

TEST(NLDomainInferringStatsGenerator, TheFirstHundredOfAThousandRowsDecideWhenTheyCan) {
  EXPECT_EQ(RateOf({MakeRows({{"x", OneString(Texts(100, 900))}})}), 1) << "as TFDV, which stops at 100 values";
  EXPECT_EQ(RateOf({MakeRows({{"x", OneString(Texts(10, 90))}}), MakeRows({{"x", OneString(Texts(900, 0))}}, 100)}),
            -1);
  EXPECT_EQ(RateOf({MakeRows({{"x", OneString(Texts(90, 9))}}), MakeRows({{"x", OneString(Texts(1, 0))}}, 500)}), 0.91)
      << "all rows decide where the first hundred are too few";
}

TEST(NLDomainInferringStatsGenerator, GivesUpWhatIsNoText) {
  const NLDomainInferringStatsGeneratorOptions options{.values_threshold = 1};
  const NumberedRows texts = MakeRows({{"x", OneString(Texts(9, 0))}});
  EXPECT_EQ(RateOf({texts}, options), 1);
  EXPECT_EQ(RateOf({texts, MakeRows({{"x", OneInt({1})}})}, options), -1);
  EXPECT_EQ(RateOf({MakeRows({{"x", OneString({"\xff\xfe is no text"})}}), texts}, options), -1);
}

TEST(NLDomainInferringStatsGenerator, CountsValuesWithinStructs) {
  const auto text = Strings(R"([["this is a text", "this is another text"], ["x"], []])");
  const auto structs = *arrow::StructArray::Make({text}, std::vector<std::string>{"text"});
  const auto result = ResultOf(MakeNLDomainInferringStatsGenerator({.match_ratio = 0.5, .values_threshold = 3}),
                               {MakeRows({{"s", structs}})});

  ASSERT_EQ(result.features_size(), 1) << "structs themselves have no entry";
  EXPECT_EQ(result.features(0).path().step(1), "text");
  ASSERT_EQ(result.features(0).custom_stats_size(), 2);
  EXPECT_DOUBLE_EQ(result.features(0).custom_stats(1).num(), 2.0 / 3);
}

TEST(NLDomainInferringStatsGenerator, RefusesOptionsOutOfRange) {
  EXPECT_FALSE(MakeNLDomainInferringStatsGenerator({.match_ratio = -0.1}).ok());
  EXPECT_FALSE(MakeNLDomainInferringStatsGenerator({.values_threshold = 0}).ok());
  EXPECT_FALSE(MakeNLDomainInferringStatsGenerator({.crop_at_length = 0}).ok());
}

TEST(NLDomainInferringStatsGenerator, IsAnAccumulator) {
  testing::CheckAccumulatorProperties(
      GeneratorAccumulator(*MakeNLDomainInferringStatsGenerator({.values_threshold = 1})),
      {MakeRows({{"x", OneString(Texts(7, 2))}}, 95), MakeRows({{"x", OneString(Texts(2, 2))}}, 990),
       MakeRows({{"y", OneString({"\xff", "a"})}}, 9)},
      GeneratorChecks());
}

TEST(SemanticDomainStatsGenerator, DrawsTheSameRowsHoweverTheyAreCut) {
  const auto generator = [] { return MakeSemanticDomainStatsGenerator({.sample_rate = 0.5, .seed = 3}); };
  std::vector<std::string> values;
  for (int i = 0; i < 1000; ++i) values.push_back(i % 10 == 0 ? "x" : "this is a text");
  const NumberedRows all = MakeRows({{"x", OneString(values)}});
  const auto [head, tail] = GeneratorChecks().split(all, 333);

  const auto whole = ResultOf(generator(), {all});
  const auto cut = ResultOf(generator(), {head, tail});

  ASSERT_NE(FindCustomStat(whole, "x", "natural_language_match_rate"), nullptr);
  EXPECT_NEAR(FindCustomStat(whole, "x", "natural_language_match_rate")->num(), 0.9, 0.06);
  EXPECT_EQ(whole.SerializeAsString(), cut.SerializeAsString());
  EXPECT_EQ(
      FindCustomStat(ResultOf(MakeSemanticDomainStatsGenerator({.sample_rate = 0.05}), {all}), "x", "domain_info"),
      nullptr)
      << "about 50 of 1,000 values are too few";
}

TEST(SemanticDomainStatsGenerator, RefusesRatesOutOfRange) {
  for (const double rate : {0.0, -1.0, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(MakeSemanticDomainStatsGenerator({.sample_rate = rate}).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(SemanticDomainStatsGenerator, IsAnAccumulator) {
  testing::CheckAccumulatorProperties(
      GeneratorAccumulator(*MakeSemanticDomainStatsGenerator({.sample_rate = 0.6})),
      {MakeRows({{"x", OneString(Texts(7, 2))}}, 0), MakeRows({{"x", OneString(Texts(2, 2))}}, 9),
       MakeRows({{"y", OneInt({7305, 631152000})}}, 13)},
      GeneratorChecks());
}

}  // namespace
}  // namespace tfx::tfdv
