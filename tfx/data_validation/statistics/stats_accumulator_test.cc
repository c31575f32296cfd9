#include "tfx/data_validation/statistics/stats_accumulator.h"

#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tensorflow/core/example/example.pb.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/data_validation/features/custom_statistics.h"
#include "tfx/data_validation/features/row_sampling.h"
#include "tfx/data_validation/generators/empty_value_stats.h"
#include "tfx/data_validation/statistics/partial_statistics.h"
#include "tfx/data_validation/statistics/slicing.h"
#include "tfx/data_validation/statistics/statistics_testing.h"
#include "tfx/io/text_proto.h"
#include "tfx/testing/accumulator_properties.h"
#include "tfx/testing/golden_files.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

const v0::CustomStatistic* CustomStat(const v0::FeatureNameStatistics& feature, const std::string& name) {
  for (const auto& statistic : feature.custom_stats()) {
    if (statistic.name() == name) return &statistic;
  }
  return nullptr;
}

// Counts rows and remembers the sum of their numbers: what a user's generator sees.
class RowCounter final : public StatsGenerator {
 public:
  std::string_view name() const override { return "RowCounter"; }
  std::unique_ptr<StatsGenerator> Clone() const override { return std::make_unique<RowCounter>(*this); }
  absl::Status Add(const StatsBatch& batch) override {
    for (int64_t row = 0; row < batch.rows.num_rows(); ++row) {
      if (batch.row_number(row) == 13) return absl::InvalidArgumentError("row 13 brings bad luck");
      sum_ += batch.row_number(row);
    }
    return absl::OkStatus();
  }
  absl::Status Merge(const StatsGenerator& other) override {
    sum_ += static_cast<const RowCounter&>(other).sum_;
    return absl::OkStatus();
  }
  std::string Serialize() const override { return std::to_string(sum_); }
  absl::Status ParseFrom(std::string_view bytes) override {
    const std::string text(bytes);
    char* end = nullptr;
    const int64_t sum = std::strtoll(text.c_str(), &end, 10);
    if (text.empty() || *end != 0) return absl::DataLossError("not a number");
    sum_ = sum;
    return absl::OkStatus();
  }
  absl::Status Write(v0::DatasetFeatureStatistics* dataset) const override {
    v0::CustomStatistic* statistic = FindOrAddFeature({"a"}, dataset)->add_custom_stats();
    statistic->set_name("row_numbers");
    statistic->set_num(static_cast<double>(sum_));
    FindOrAddFeature({"0"}, dataset);
    return absl::OkStatus();
  }

 private:
  int64_t sum_ = 0;
};

// Rows of several kinds, weights, nested lists and structs.
std::vector<PlacedRows> ManyKinds() {
  const auto structs = arrow::list(arrow::struct_(
      {arrow::field("u", arrow::list(arrow::int64())), arrow::field("v", arrow::list(arrow::binary()))}));
  const auto nested = arrow::list(arrow::list(arrow::float32()));
  return {
      {.rows = BatchOf({Ints("a", "[[1], [2, 3], null]"),
                        Floats("w", "[[1], [0.5], [2]]"),
                        {"s", structs, R"([[{"u": [1], "v": ["x"]}], [{"u": null, "v": ["y", "x"]}, null], null])"},
                        {"n", nested, "[[[1.5], [2, -1]], [[], null], null]"}}),
       .first_row = 0},
      {.rows = BatchOf({Strings("a", R"([["p"], ["q", "p"], [""], ["r"]])"),
                        Floats("w", "[[1], [1], [0.25], [3]]"),
                        {"n", arrow::list(arrow::int64()), "[[7], [8, 8], null, []]"}}),
       .first_row = 3},
      {.rows = BatchOf({Floats("a", "[[0.5], [-1]]"), Ints("w", "[[2], [2]]")}), .row_numbers = {7, 9}},
      {.rows = BatchOf({Floats("w", "[[1], [1], [1]]"), {"a", arrow::null(), "[null, null, null]"}}), .first_row = 10},
  };
}

testing::AccumulatorChecks<StatsAccumulator, PlacedRows> Checks() {
  testing::AccumulatorChecks<StatsAccumulator, PlacedRows> checks;
  checks.num_rows = [](const PlacedRows& batch) { return static_cast<size_t>(batch.rows->num_rows()); };
  checks.split = [](const PlacedRows& batch, size_t row) {
    PlacedRows head, tail;
    const auto cut = static_cast<int64_t>(row);
    head.rows = batch.rows->Slice(0, cut);
    tail.rows = batch.rows->Slice(cut);
    head.first_row = batch.first_row;
    tail.first_row = batch.first_row + cut;
    if (!batch.row_numbers.empty()) {
      head.row_numbers.assign(batch.row_numbers.begin(), batch.row_numbers.begin() + cut);
      tail.row_numbers.assign(batch.row_numbers.begin() + cut, batch.row_numbers.end());
    }
    return std::pair(head, tail);
  };
  checks.same = [](const StatsAccumulator& a, const StatsAccumulator& b) {
    const auto a_proto = a.ToProto(), b_proto = b.ToProto();
    if (!a_proto.ok() || !b_proto.ok()) return ::testing::AssertionFailure() << a_proto.status() << b_proto.status();
    const std::string difference = Difference(*a_proto, *b_proto, 1e-12);
    return difference.empty() ? ::testing::AssertionSuccess() : ::testing::AssertionFailure() << difference;
  };
  return checks;
}

// Slices and generators, with weights.
StatsOptions RichOptions() {
  StatsOptions options;
  options.weight_feature = "w";
  options.experimental_slice_functions = {FeatureValueSlicer({{"a", std::nullopt}}),
                                          *SqlSlicer("SELECT STRUCT(w > 1 AS heavy) FROM example.w")};
  options.generators = {std::make_shared<RowCounter>(), MakeEmptyValueCounterGenerator()};
  auto schema = std::make_shared<v0::Schema>();
  EXPECT_TRUE(io::ParseTextProto(R"(
    sparse_feature { name: "sparse" value_feature { name: "a" } index_feature { name: "n" } index_feature { name: "w" } }
    weighted_feature { name: "weighted" feature { step: "a" } weight_feature { step: "w" } })",
                                 "schema", schema.get())
                  .ok());
  options.schema = schema;
  return options;
}

TEST(StatsAccumulator, KeepsThePromisesOfAccumulators) {
  testing::CheckAccumulatorProperties(StatsAccumulator(*MakeStatsPlan({})), ManyKinds(), Checks());
}

TEST(StatsAccumulator, KeepsThePromisesOfAccumulatorsWithSlicesAndGenerators) {
  testing::CheckAccumulatorProperties(StatsAccumulator(*MakeStatsPlan(RichOptions())), ManyKinds(), Checks());
}

TEST(StatsAccumulator, KeepsThePromisesOfAccumulatorsOnASample) {
  StatsOptions options = RichOptions();
  options.sample_rate = 0.5;
  options.sample_seed = 7;
  testing::CheckAccumulatorProperties(StatsAccumulator(*MakeStatsPlan(options)), ManyKinds(), Checks());
}

TEST(StatsAccumulator, KeepsThePromisesOfAccumulatorsWithSketches) {
  StatsOptions options;
  options.use_sketch_based_topk_uniques = true;
  testing::CheckAccumulatorProperties(StatsAccumulator(*MakeStatsPlan(options)), ManyKinds(), Checks());
}

TEST(GenerateStatistics, GeneratorsOfTheUserRunOnceForEverySlice) {
  StatsOptions options;
  options.generators = {std::make_shared<RowCounter>()};
  options.experimental_slice_functions = {FeatureValueSlicer({{"a", std::nullopt}})};

  const auto statistics =
      StatisticsOf({BatchOf({Ints("a", "[[1], [2], [1]]")}), BatchOf({Ints("a", "[[2]]")})}, options);

  ASSERT_TRUE(statistics.ok()) << statistics.status();
  std::map<std::string, double> sums;
  for (const auto& dataset : statistics->datasets()) {
    ASSERT_EQ(dataset.features_size(), 2);
    EXPECT_EQ(dataset.features(0).path().step(0), "0") << "features are sorted after the generators";
    sums[dataset.name()] = CustomStat(dataset.features(1), "row_numbers")->num();
  }
  EXPECT_EQ(sums, (std::map<std::string, double>{{"All Examples", 6}, {"a_1", 2}, {"a_2", 4}}));
}

TEST(GenerateStatistics, ErrorsOfGeneratorsCarryTheirName) {
  StatsOptions options;
  options.generators = {std::make_shared<RowCounter>()};
  std::vector<dataset::RecordBatchPtr> batches(14, BatchOf({Ints("a", "[[1]]")}));

  const auto status = StatisticsOf(batches, options).status();

  EXPECT_EQ(status.message(), "RowCounter: row 13 brings bad luck");
}

TEST(GenerateStatistics, WithoutDefaultGeneratorsOnlyWhatOthersSayIsThere) {
  StatsOptions options;
  options.add_default_generators = false;
  options.generators = {MakeEmptyValueCounterGenerator()};

  const auto statistics = StatisticsOf({BatchOf({Ints("a", "[[-1], [2, -1]]")})}, options);

  ASSERT_TRUE(statistics.ok()) << statistics.status();
  EXPECT_EQ(statistics->datasets(0).num_examples(), 2u);
  ASSERT_EQ(statistics->datasets(0).features_size(), 1);
  const auto& feature = statistics->datasets(0).features(0);
  EXPECT_EQ(feature.stats_case(), v0::FeatureNameStatistics::STATS_NOT_SET);
  EXPECT_EQ(CustomStat(feature, "int_-1")->num(), 2);
}

dataset::RecordBatchPtr Numbers(int64_t begin, int64_t end) {
  std::string json = "[";
  for (int64_t i = begin; i < end; ++i) json += (i == begin ? "[" : ", [") + std::to_string(i) + "]";
  return BatchOf({Ints("x", json + "]")});
}

TEST(GenerateStatistics, ASampleDoesNotDependOnBatchesAndSaysWhatItIs) {
  StatsOptions options;
  options.sample_rate = 0.25;
  options.sample_seed = 3;

  const auto whole = StatisticsOf({Numbers(0, 10000)}, options);
  const auto cut = StatisticsOf({Numbers(0, 1), Numbers(1, 4000), Numbers(4000, 10000)}, options);
  options.sample_seed = 4;
  const auto other = StatisticsOf({Numbers(0, 10000)}, options);

  ASSERT_TRUE(whole.ok() && cut.ok() && other.ok()) << whole.status();
  EXPECT_EQ(Difference(*whole, *cut, 1e-12), "");
  EXPECT_NE(Difference(*whole, *other, 1e-12), "");
  const auto& dataset = whole->datasets(0);
  int64_t expected = 0;
  for (int64_t row = 0; row < 10000; ++row) expected += IsSampled(row, 0.25, 3);
  EXPECT_EQ(static_cast<int64_t>(dataset.num_examples()), expected);
  EXPECT_NEAR(static_cast<double>(dataset.num_examples()), 2500, 5 * std::sqrt(10000 * 0.25 * 0.75));
  EXPECT_EQ(CustomStat(dataset.features(0), kSampleRate)->num(), 0.25);
  EXPECT_EQ(CustomStat(dataset.features(0), kSampleSeed)->num(), 3);
}

TEST(GenerateStatistics, SampleRatesOutOfRangeAreRefused) {
  for (const double rate : {0.0, -1.0, 1.5, std::nan("")}) {
    StatsOptions options;
    options.sample_rate = rate;
    EXPECT_EQ(StatisticsOf({}, options).status().code(), absl::StatusCode::kInvalidArgument) << rate;
  }
}

TEST(GenerateStatistics, HistogramsCanBeLeftOutByFeature) {
  StatsOptions options;
  options.per_feature_stats_config.histograms = {FeaturesEnabled::Mode::kAllBut, {"x"}};
  const auto batch = BatchOf({Ints("x", "[[1], [2]]"), Ints("y", "[[1], [2]]")});

  const auto without_x = StatisticsOf({batch}, options);
  options.per_feature_stats_config.histograms.mode = FeaturesEnabled::Mode::kNoneBut;
  const auto without_y = StatisticsOf({batch}, options);

  ASSERT_TRUE(without_x.ok() && without_y.ok());
  const auto& x = without_x->datasets(0).features(0).num_stats();
  EXPECT_TRUE(std::isnan(x.median()));
  EXPECT_EQ(x.histograms_size(), 0);
  EXPECT_FALSE(x.common_stats().has_num_values_histogram());
  EXPECT_EQ(x.mean(), 1.5);
  EXPECT_EQ(without_x->datasets(0).features(1).num_stats().histograms_size(), 2);
  EXPECT_EQ(without_y->datasets(0).features(0).num_stats().histograms_size(), 2);
  EXPECT_EQ(without_y->datasets(0).features(1).num_stats().histograms_size(), 0);
}

io::Records Examples(const std::vector<std::string>& texts) {
  io::Records records;
  for (const std::string& text : texts) {
    tensorflow::Example example;
    EXPECT_TRUE(io::ParseTextProto(text, "example", &example).ok()) << text;
    records.Append(example.SerializeAsString());
  }
  return records;
}

ShardSource<io::Records> Once(io::Records records) {
  auto left = std::make_shared<std::optional<io::Records>>(std::move(records));
  return [left]() -> absl::StatusOr<std::optional<io::Records>> { return std::exchange(*left, std::nullopt); };
}

std::string ExampleText(const std::string& feature, const std::string& value) {
  return "features { feature { key: '" + feature + "' value { " + value + " } } }";
}

TEST(GenerateStatistics, ExamplesOfSeveralKindsInOneShardAreCountedByKind) {
  const std::string int_list = "int64_list { value: 1 value: 2 }", text = "bytes_list { value: 'a' }",
                    number = "float_list { value: 0.5 }";
  const io::Records records = Examples({ExampleText("f", int_list), ExampleText("f", text), ExampleText("g", text),
                                        ExampleText("f", number), ExampleText("f", int_list), ExampleText("f", "")});

  const auto statistics = GenerateStatistics(Once(records), {}, Engine({.num_threads = 1}));

  ASSERT_TRUE(statistics.ok()) << statistics.status();
  const auto& dataset = statistics->datasets(0);
  EXPECT_EQ(dataset.num_examples(), 6u);
  const auto& f = dataset.features(0);
  EXPECT_EQ(f.type(), v0::FeatureNameStatistics::INT);
  EXPECT_EQ(f.num_stats().common_stats().num_non_missing(), 4u);
  EXPECT_EQ(f.num_stats().common_stats().num_missing(), 2u);
  EXPECT_EQ(f.num_stats().mean(), 1.5);
  const v0::CustomStatistic* kinds = CustomStat(f, kMixedTypes);
  ASSERT_NE(kinds, nullptr);
  ASSERT_EQ(kinds->rank_histogram().buckets_size(), 3);
  EXPECT_EQ(kinds->rank_histogram().buckets(0).label(), "INT");
  EXPECT_EQ(kinds->rank_histogram().buckets(0).sample_count(), 2);
  EXPECT_EQ(kinds->rank_histogram().buckets(1).label(), "FLOAT");
  EXPECT_EQ(kinds->rank_histogram().buckets(2).label(), "STRING");
  EXPECT_EQ(CustomStat(dataset.features(1), kMixedTypes), nullptr);
}

TEST(GenerateStatistics, NestLevelsThatDifferAreToldApart) {
  const auto statistics =
      StatisticsOf({BatchOf({Ints("f", "[[1], [2]]")}),
                    BatchOf({{"f", arrow::list(arrow::list(arrow::int64())), "[[[1, 2]], [[3], [4]], [[5]]]"}})});

  ASSERT_TRUE(statistics.ok()) << statistics.status();
  const auto& feature = statistics->datasets(0).features(0);
  EXPECT_EQ(feature.num_stats().common_stats().presence_and_valency_stats_size(), 2);
  const v0::CustomStatistic* kinds = CustomStat(feature, kMixedTypes);
  ASSERT_NE(kinds, nullptr);
  EXPECT_EQ(kinds->rank_histogram().buckets(0).label(), "INT at nest level 2");
  EXPECT_EQ(kinds->rank_histogram().buckets(1).label(), "INT at nest level 1");
}

TEST(GenerateStatistics, ADamagedExampleIsAnErrorEvenAmongKindsThatDiffer) {
  io::Records records =
      Examples({ExampleText("f", "int64_list { value: 1 }"), ExampleText("f", "bytes_list { value: 'a' }")});
  records.Append("not an example");

  const auto status = GenerateStatistics(Once(records), {}, Engine({.num_threads = 1})).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
}

TEST(GenerateStatistics, ColumnsWithoutAProperNameAreRefused) {
  const auto twice = StatisticsOf({BatchOf({Ints("a", "[[1]]"), Ints("a", "[[2]]")})}).status();
  EXPECT_EQ(twice.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(twice.message().find("two columns \"a\""), std::string::npos) << twice;
  const auto bytes = StatisticsOf({BatchOf({Ints("b\xff", "[[1]]")})}).status();
  EXPECT_EQ(bytes.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(bytes.message().find("b\\377"), std::string::npos) << bytes;
}

TEST(GenerateStatistics, OddNamesAreNames) {
  const std::vector<std::string> names = {
      "", "a.b", "(x)", "it's", "\xc3\xa9\xf0\x9f\x98\x80", std::string("nul\0", 4)};
  for (const std::string& name : names) {
    const auto statistics = StatisticsOf({BatchOf({Ints(name, "[[1]]")})});
    ASSERT_TRUE(statistics.ok()) << statistics.status();
    DatasetFeatureStatisticsList parsed;
    ASSERT_TRUE(parsed.ParseFromString(statistics->SerializeAsString())) << name;
    EXPECT_EQ(parsed.datasets(0).features(0).path().step(0), name);
  }
}

TEST(GenerateStatistics, OnlyTheFeaturesOfInterestAreThere) {
  const io::Records records =
      Examples({"features { feature { key: 'a' value { int64_list { value: 1 } } } "
                "           feature { key: 'b' value { int64_list { value: 2 } } } "
                "           feature { key: 'w' value { float_list { value: 3 } } } }"});
  auto schema = std::make_shared<v0::Schema>();
  schema->add_feature()->set_name("b");
  StatsOptions by_schema, by_list;
  by_schema.schema = schema;
  by_schema.weight_feature = by_list.weight_feature = "w";
  by_schema.experimental_filter_read_paths = true;
  by_list.feature_allowlist = {"b"};
  by_list.slicing_config = {{{.feature_keys = {"a"}}}};

  const auto of_schema = GenerateStatistics(Once(records), by_schema, Engine({.num_threads = 1}));
  const auto of_list = GenerateStatistics(Once(records), by_list, Engine({.num_threads = 1}));

  ASSERT_TRUE(of_schema.ok() && of_list.ok()) << of_schema.status() << of_list.status();
  ASSERT_EQ(of_schema->datasets(0).features_size(), 1);
  EXPECT_EQ(of_schema->datasets(0).features(0).path().step(0), "b");
  EXPECT_EQ(of_schema->datasets(0).weighted_num_examples(), 3);
  ASSERT_EQ(of_list->datasets_size(), 2);
  EXPECT_EQ(of_list->datasets(1).name(), "a_1");
  ASSERT_EQ(of_list->datasets(1).features_size(), 1);
  EXPECT_EQ(of_list->datasets(1).features(0).path().step(0), "b");
}

TEST(PartialStatistics, AreRefusedWithOtherOptionsAndWhenDamaged) {
  StatsOptions options;
  const auto part = GeneratePartialStatistics(SourceOf({Numbers(0, 100)}), options, Engine({.num_threads = 1}));
  ASSERT_TRUE(part.ok()) << part.status();

  EXPECT_TRUE(FinishPartialStatistics({*part}, options).ok());
  EXPECT_EQ(FinishPartialStatistics({}, options).status().code(), absl::StatusCode::kInvalidArgument);
  StatsOptions other;
  other.num_top_values = 3;
  EXPECT_EQ(FinishPartialStatistics({*part}, other).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FinishPartialStatistics({"nonsense"}, options).status().code(), absl::StatusCode::kDataLoss);
  for (size_t size = 0; size < part->size(); size += 13) {
    const auto status = FinishPartialStatistics({part->substr(0, size)}, options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << size << " " << status;
  }
  for (size_t i = 0; i < part->size(); i += 7) {
    std::string damaged = *part;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x41);
    EXPECT_FALSE(FinishPartialStatistics({damaged}, options).ok()) << "byte " << i;
  }
}

TEST(PartialStatistics, MergeToTheBytesOfMergingAtOnce) {
  StatsOptions options;
  std::vector<std::string> parts;
  for (int i = 0; i < 3; ++i) {
    parts.push_back(*GeneratePartialStatistics(SourceOf({Numbers(i * 100, i * 100 + 100)}), options, Engine()));
  }

  const auto two = MergePartialStatistics({parts[0], parts[1]}, options);
  ASSERT_TRUE(two.ok()) << two.status();
  const auto finished = FinishPartialStatistics({*two, parts[2]}, options);
  const auto run = StatisticsOf({Numbers(0, 100), Numbers(100, 200), Numbers(200, 300)}, options);

  ASSERT_TRUE(finished.ok() && run.ok());
  EXPECT_EQ(io::SerializeDeterministically(*finished), io::SerializeDeterministically(*run));
}

// One such weight would take those of all rows of its value with it, or not, as the rows are cut into batches.
TEST(GenerateStatistics, AWeightMustBeFiniteAndTheRowIsNamed) {
  const auto statistics_of = [](const char* weights, const StatsOptions& options) {
    return StatisticsOf({BatchOf({Strings("x", R"([["a"], ["b"]])"), Floats("w", "[[1], [0.5]]")}),
                         BatchOf({Strings("x", R"([["a"], ["b"]])"), Floats("w", weights)})},
                        options);
  };
  StatsOptions global, by_feature, sliced;
  global.weight_feature = sliced.weight_feature = "w";
  by_feature.per_feature_weight_override = {{"x", "w"}};
  sliced.experimental_slice_functions = {FeatureValueSlicer({{"x", std::nullopt}})};
  for (const StatsOptions* options : {&global, &by_feature, &sliced}) {
    EXPECT_TRUE(statistics_of("[[0], [-1e30]]", *options).ok());
    for (const auto& [weights, expected] : {std::pair("[[1], [NaN]]", "is nan in row 3"),
                                            {"[[Inf], [1]]", "is inf in row 2"},
                                            {"[[1], [-Inf]]", "is -inf in row 3"},
                                            {"[[null], [1]]", "is null in row 2"}}) {
      const absl::Status status = statistics_of(weights, *options).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << weights;
      EXPECT_NE(status.message().find(std::string("weight feature \"w\" ") + expected), absl::string_view::npos)
          << status;
    }
  }
}

}  // namespace
}  // namespace tfx::tfdv
