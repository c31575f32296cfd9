// States that were damaged on their way are refused or harmless.
#include <random>

#include "gtest/gtest.h"
#include "tfx/data_validation/generators/generator_from_json.h"
#include "tfx/data_validation/generators/generator_testing.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

struct DamageCase {
  const char* generator;
  const char* arguments;
};

constexpr DamageCase kCases[] = {
    {"CrossFeatureStatsGenerator", R"({"sample_rate": 1})"},
    {"EmptyValueCounterGenerator", "{}"},
    {"LiftStatsGenerator", R"({"y_path": "number", "x_paths": ["word"], "y_boundaries": [2], "weight": "number"})"},
    {"LiftStatsGenerator", R"({"y_path": "word", "x_paths": ["number"], "output_custom_stats": true})"},
    {"NLStatsGenerator", "{}"},
    {"NonStreamingCustomStatsGenerator",
     R"({"num_partitions": 2, "stats_fn": {"MutualInformation": {"label_feature": "number", "multivalent_features": [],
         "categorical_features": ["word"]}}})"},
    {"SemanticDomainStatsGenerator", "{}"},
};

TEST(Generators, DamagedStatesAreRefusedOrHarmless) {
  const auto schema = SchemaFromText(R"(
      feature { name: "number" type: FLOAT }
      feature { name: "word" type: BYTES
                natural_language_domain { coverage { oov_string_tokens: "?" } token_constraints { string_value: "a" } } })");
  const NumberedRows rows = MakeRows({{"word", OneString({"a", "b", "?", "2018-11-30", "a b c", "b", "a", "c"})},
                                      {"number", OneFloat({1, 2, 3, 4, 5, 6, 7, 8})}});
  std::mt19937 random(13);
  for (const DamageCase& damage : kCases) {
    SCOPED_TRACE(damage.generator);
    // The label's type is checked against the schema, which says nothing to lift and mutual information here.
    const bool needs_schema = std::string(damage.generator) == "NLStatsGenerator";
    auto made = MakeGeneratorFromJson(damage.generator, damage.arguments, needs_schema ? schema : nullptr);
    ASSERT_TRUE(made.ok()) << made.status();
    GeneratorAccumulator accumulator(*std::move(made));
    ASSERT_TRUE(accumulator.Add(rows).ok());
    const std::string state = accumulator.Serialize();
    int refused = 0;
    for (int i = 0; i < 400; ++i) {
      std::string damaged = state;
      for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips) {
        damaged[random() % damaged.size()] = static_cast<char>(random());
      }
      if (i % 5 == 0) damaged += "more";
      GeneratorAccumulator restored = accumulator;

      const absl::Status status = restored.ParseFrom(damaged);

      if (!status.ok()) {
        ++refused;
        EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
        EXPECT_EQ(restored.Serialize(), state) << "what was there stays";
        continue;
      }
      v0::DatasetFeatureStatistics dataset;
      restored.generator().Write(&dataset).IgnoreError();  // must return, whatever it says
      EXPECT_FALSE(restored.Serialize().empty());
    }
    EXPECT_GE(refused, 80) << "bytes behind the end are noticed at least";
  }
}

}  // namespace
}  // namespace tfx::tfdv
