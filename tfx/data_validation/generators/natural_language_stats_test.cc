#include "tfx/data_validation/generators/natural_language_stats.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/data_validation/generators/generator_testing.h"
#include "tfx/data_validation/generators/vocabulary.h"
#include "tfx/io/file_system.h"
#include "tfx/io/tfrecord.h"
#include "tfx/testing/test_folder.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string WriteVocabulary(const std::string& name, const std::string& text) {
  const std::string path = testing::TestFolder() + "/" + name;
  EXPECT_TRUE(io::WriteFile(path, text).ok());
  return path;
}

constexpr char kStringSchema[] = R"(
  feature {
    name: "t" type: BYTES
    natural_language_domain {
      coverage { excluded_string_tokens: "<pad>" oov_string_tokens: "<oov>" }
      token_constraints { string_value: "b" } token_constraints { string_value: "zz" }
      sequence_length_constraints { excluded_string_value: "<pad>" }
    }
  })";
constexpr char kIntSchema[] = R"(
  feature {
    name: "t" type: INT
    natural_language_domain {
      vocabulary: "v"
      coverage { excluded_int_tokens: 0 }
      token_constraints { int_value: 1 } token_constraints { string_value: "two" }
    }
  })";

v0::NaturalLanguageStatistics StatisticsOf(const NLStatsGeneratorOptions& options,
                                           const std::vector<NumberedRows>& batches) {
  const auto result = ResultOf(MakeNLStatsGenerator(options), batches);
  v0::NaturalLanguageStatistics statistics;
  const auto* stat = FindCustomStat(result, "t", "nl_statistics");
  EXPECT_TRUE(stat != nullptr && stat->any().UnpackTo(&statistics));
  return statistics;
}

TEST(NLStatsGenerator, CountsTokensOfStrings) {
  const auto stats = StatisticsOf(
      {.schema = SchemaFromText(kStringSchema)},
      {MakeRows({{"t", Strings(R"([["a", "b", "<pad>", "b"], ["<oov>", "\u00fc\u00fc\u00fc"], [], null])")}})});

  EXPECT_DOUBLE_EQ(stats.feature_coverage(), 4.0 / 5) << "one of five tokens that are not excluded is unknown";
  EXPECT_DOUBLE_EQ(stats.avg_token_length(), (1 + 1 + 1 + 3) / 4.0) << "characters";
  EXPECT_EQ(stats.min_sequence_length(), 2);
  EXPECT_EQ(stats.max_sequence_length(), 3);
  ASSERT_EQ(stats.rank_histogram().buckets_size(), 3);
  EXPECT_EQ(stats.rank_histogram().buckets(0).label(), "b");
  EXPECT_EQ(stats.rank_histogram().buckets(0).sample_count(), 2);
  EXPECT_EQ(stats.rank_histogram().buckets(1).label(), "a");
  EXPECT_THAT(stats.reported_sequences(), ElementsAre("['<oov>', '\u00fc\u00fc\u00fc']", "['a', 'b', '<pad>', 'b']",
                                                      "['a', 'b', '<pad>', 'b']", "['<oov>', '\u00fc\u00fc\u00fc']"));
}

TEST(NLStatsGenerator, CountsNamedTokensAndTheirPlaces) {
  const auto stats = StatisticsOf({.schema = SchemaFromText(kStringSchema), .num_histogram_buckets = 4},
                                  {MakeRows({{"t", Strings(R"([["a", "b", "a", "b"], ["b"], ["a"], []])")}})});

  ASSERT_EQ(stats.token_statistics_size(), 2);
  const auto& b = stats.token_statistics(0);
  EXPECT_EQ(b.string_token(), "b");
  EXPECT_EQ(b.frequency(), 3);
  EXPECT_EQ(b.fraction_of_sequences(), 0.5) << "empty sequences are sequences";
  EXPECT_EQ(b.per_sequence_min_frequency(), 0);
  EXPECT_EQ(b.per_sequence_max_frequency(), 2);
  EXPECT_EQ(b.per_sequence_avg_frequency(), 1.5) << "over the sequences that hold it";
  ASSERT_EQ(b.positions().buckets_size(), 3);
  EXPECT_EQ(b.positions().buckets(0).high_value(), 0.25);
  EXPECT_EQ(b.positions().buckets(1).low_value(), 0.25);
  EXPECT_EQ(b.positions().buckets(2).low_value(), 0.75);
  EXPECT_EQ(stats.token_statistics(1).string_token(), "zz");
  EXPECT_EQ(stats.token_statistics(1).frequency(), 0);
}

TEST(NLStatsGenerator, TranslatesIntegersWithTheVocabulary) {
  const std::string path = WriteVocabulary("vocabulary.txt", "<pad>\none\n  two \n");
  const auto stats = StatisticsOf({.schema = SchemaFromText(kIntSchema), .vocab_paths = {{"v", path}}},
                                  {MakeRows({{"t", Ints("[[0, 1, 2, 2], [7, -1, 9223372036854775807], [0]]")}})});

  EXPECT_DOUBLE_EQ(stats.feature_coverage(), 3.0 / 6) << "0 is excluded, three are not in the vocabulary";
  EXPECT_DOUBLE_EQ(stats.avg_token_length(), 3);
  EXPECT_EQ(stats.rank_histogram().buckets(0).label(), "two");
  ASSERT_EQ(stats.token_statistics_size(), 2);
  EXPECT_EQ(stats.token_statistics(0).int_token(), 1);
  EXPECT_EQ(stats.token_statistics(0).frequency(), 1);
  EXPECT_EQ(stats.token_statistics(1).string_token(), "two");
  EXPECT_EQ(stats.token_statistics(1).frequency(), 2);
  EXPECT_EQ(stats.reported_sequences(0), "[7, -1, 9223372036854775807]");
  EXPECT_EQ(stats.reported_sequences(1), "['<pad>', 'one', 'two', 'two']");
}

TEST(NLStatsGenerator, KeepsTheFiveWorstSequences) {
  const auto stats = StatisticsOf(
      {.schema = SchemaFromText(kStringSchema)},
      {MakeRows({{"t", Strings(R"([["aaaaaa"], ["<oov>"], ["<oov>"], ["a", "<oov>"], ["bbb"], ["c"], ["dd"],
                                   ["eeee"], ["fffff"]])")}})});

  ASSERT_EQ(stats.reported_sequences_size(), 10);
  EXPECT_EQ(stats.reported_sequences(0), "['<oov>']") << "least coverage, and only once";
  EXPECT_EQ(stats.reported_sequences(1), "['a', '<oov>']");
  EXPECT_EQ(stats.reported_sequences(2), "['aaaaaa']") << "of equal ones the first";
  EXPECT_EQ(stats.reported_sequences(5), "['<oov>']") << "no known token: length 0";
  EXPECT_EQ(stats.reported_sequences(6), "['a', '<oov>']");
  EXPECT_EQ(stats.reported_sequences(7), "['c']");
  EXPECT_EQ(stats.reported_sequences(9), "['bbb']");
}

TEST(NLStatsGenerator, LengthHistogramsHoldWhatWasCounted) {
  std::mt19937 random(5);
  std::string json = "[";
  std::vector<double> lengths;
  for (int row = 0; row < 500; ++row) {
    const int length = 1 + static_cast<int>(random() % 40);
    lengths.push_back(length);
    json += row == 0 ? "[" : ", [";
    for (int i = 0; i < length; ++i) json += i == 0 ? "\"x\"" : ", \"x\"";
    json += "]";
  }
  const auto stats = StatisticsOf({.schema = SchemaFromText(kStringSchema)}, {MakeRows({{"t", Strings(json + "]")}})});

  std::sort(lengths.begin(), lengths.end());
  const auto& histogram = stats.sequence_length_histogram();
  ASSERT_EQ(histogram.buckets_size(), 10);
  double total = 0;
  for (const auto& bucket : histogram.buckets()) {
    total += bucket.sample_count();
    const auto at_most = std::upper_bound(lengths.begin(), lengths.end(), bucket.high_value()) - lengths.begin();
    EXPECT_NEAR(total, static_cast<double>(at_most), 0.01 * 500) << "up to " << bucket.high_value();
  }
  EXPECT_EQ(stats.token_length_histogram().buckets(0).low_value(), 1);
}

TEST(NLStatsGenerator, TakesNestedListsAsOneSequenceARow) {
  const auto nested = *arrow::json::ArrayFromJSONString(arrow::list(arrow::list(arrow::binary())),
                                                        R"([[["a"], ["b", "b"]], [], null, [[], null, ["c"]]])");
  const auto stats = StatisticsOf({.schema = SchemaFromText(kStringSchema)}, {MakeRows({{"t", nested}})});
  EXPECT_EQ(stats.min_sequence_length(), 1);
  EXPECT_EQ(stats.max_sequence_length(), 3);
  EXPECT_EQ(stats.reported_sequences(0), "['a', 'b', 'b']");
}

TEST(NLStatsGenerator, TokensThatAreNotUtf8CountUnderOneName) {
  const auto stats = StatisticsOf({.schema = SchemaFromText(kStringSchema)},
                                  {MakeRows({{"t", OneString({"\xff", "\xfe\xfd", "a"})}})});
  EXPECT_EQ(stats.rank_histogram().buckets(0).label(), "__BYTES_VALUE__");
  EXPECT_EQ(stats.rank_histogram().buckets(0).sample_count(), 2);
}

TEST(NLStatsGenerator, SaysNothingOfFeaturesWithoutMeasureOrOfAnotherKind) {
  const auto has_stats = [](const std::string& schema, const std::shared_ptr<arrow::Array>& values) {
    const auto result = ResultOf(MakeNLStatsGenerator({.schema = SchemaFromText(schema)}), {MakeRows({{"t", values}})});
    return FindCustomStat(result, "t", "nl_statistics") != nullptr;
  };
  EXPECT_TRUE(has_stats(kStringSchema, Strings(R"([["a"]])")));
  EXPECT_FALSE(has_stats(kStringSchema, Floats("[[1.5]]")));
  EXPECT_FALSE(has_stats(R"(feature { name: "t" type: BYTES natural_language_domain {} })", Strings(R"([["a"]])")));
  EXPECT_FALSE(has_stats(R"(feature { name: "u" type: BYTES })", Strings(R"([["a"]])")));
  EXPECT_TRUE(HasNaturalLanguageDomain(*SchemaFromText(kStringSchema)));
  EXPECT_FALSE(HasNaturalLanguageDomain(*SchemaFromText(R"(feature { name: "u" })")));
}

TEST(NLStatsGenerator, SaysWhatIsWrongWithVocabularies) {
  const auto schema = SchemaFromText(kIntSchema);
  const auto status = [&](const std::map<std::string, std::string>& paths) {
    return MakeNLStatsGenerator({.schema = schema, .vocab_paths = paths}).status();
  };
  EXPECT_EQ(status({}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status({}).message()), HasSubstr("feature t: vocabulary \"v\" has no file"));
  EXPECT_EQ(status({{"v", "/absent/vocabulary.txt"}}).code(), absl::StatusCode::kNotFound);
  const absl::Status not_utf8 = status({{"v", WriteVocabulary("broken.txt", "one\n\xff\n")}});
  EXPECT_EQ(not_utf8.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(not_utf8.message()), HasSubstr("line 2 is not UTF-8"));
  EXPECT_EQ(status({{"v", WriteVocabulary("broken.tfrecord.gz", "no records")}}).code(), absl::StatusCode::kDataLoss);
}

TEST(NLStatsGenerator, RefusesOptionsOutOfRange) {
  const auto schema = SchemaFromText(kStringSchema);
  EXPECT_FALSE(MakeNLStatsGenerator({}).ok()) << "no schema";
  EXPECT_FALSE(MakeNLStatsGenerator({.schema = schema, .num_histogram_buckets = 0}).ok());
  EXPECT_FALSE(MakeNLStatsGenerator({.schema = schema, .num_quantiles_histogram_buckets = 0}).ok());
  EXPECT_FALSE(MakeNLStatsGenerator({.schema = schema, .num_rank_histogram_buckets = 16385}).ok());
  EXPECT_TRUE(MakeNLStatsGenerator({.schema = schema, .num_rank_histogram_buckets = 16384}).ok());
}

TEST(NLStatsGenerator, IsAnAccumulator) {
  testing::CheckAccumulatorProperties(
      GeneratorAccumulator(*MakeNLStatsGenerator({.schema = SchemaFromText(kStringSchema)})),
      {MakeRows({{"t", Strings(R"([["a", "b"], ["<oov>"], [], ["b", "<pad>", "b"], ["dd"]])")}}, 0),
       MakeRows({{"t", Strings(R"([["b"], ["eee", "a"], ["<oov>"], ["ffff"]])")}}, 5),
       MakeRows({{"t", Strings(R"([["g"], null, ["h", "h"]])")}, {"u", Ints("[[1], [2], [3]]")}}, 9)},
      GeneratorChecks());
}

TEST(Vocabulary, ReadsTextAndRecords) {
  const std::string records = testing::TestFolder() + "/vocabulary.tfrecord.gz";
  auto writer = io::TFRecordWriter::Open(records, io::Compression::kGzip);
  ASSERT_TRUE(writer.ok() && (*writer)->Write("one").ok() && (*writer)->Write(" two\n").ok() &&
              (*writer)->Close().ok());
  for (const std::string& path : {WriteVocabulary("two.txt", "one\ntwo"), records}) {
    const auto vocabulary = ReadVocabulary(path);
    ASSERT_TRUE(vocabulary.ok()) << vocabulary.status();
    EXPECT_EQ((*vocabulary)->IndexOf("two"), 1);
    EXPECT_EQ((*vocabulary)->IndexOf("three"), std::nullopt);
    EXPECT_EQ(*(*vocabulary)->TokenAt(0), "one");
    EXPECT_EQ((*vocabulary)->TokenAt(2), nullptr);
    EXPECT_EQ((*vocabulary)->TokenAt(-1), nullptr);
  }
  EXPECT_EQ((*ReadVocabulary(WriteVocabulary("twice.txt", "a\n\na\n")))->IndexOf("a"), 2) << "the last has the name";
}

}  // namespace
}  // namespace tfx::tfdv
