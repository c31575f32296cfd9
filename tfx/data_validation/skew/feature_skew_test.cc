#include "tfx/data_validation/skew/feature_skew.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tensorflow/core/example/example.pb.h"
#include "tensorflow/core/example/feature.pb.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"
#include "tfx/testing/golden_files.h"
#include "tfx/testing/test_folder.h"

namespace tfx::tfdv {
namespace {

using ::tensorflow::Example;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Shards of three records, so that order over shards counts.
ShardSource<io::Records> Source(std::vector<std::string> records) {
  auto next = std::make_shared<size_t>(0);
  return [records = std::move(records), next]() -> absl::StatusOr<std::optional<io::Records>> {
    if (*next >= records.size()) return std::optional<io::Records>();
    io::Records shard;
    for (int i = 0; i < 3 && *next < records.size(); ++i) shard.Append(records[(*next)++]);
    return std::make_optional(std::move(shard));
  };
}

std::string Text(const std::string& features) {
  Example example;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString("features { " + features + " }", &example)) << features;
  return dataset::SerializeExample(example);
}
std::string Bytes(const std::string& name, const std::string& value) {
  return "feature { key: '" + name + "' value { bytes_list { value: '" + value + "' } } } ";
}
std::string Ints(const std::string& name, const std::string& values) {
  return "feature { key: '" + name + "' value { int64_list { value: [" + values + "] } } } ";
}
std::string Floats(const std::string& name, const std::string& values) {
  return "feature { key: '" + name + "' value { float_list { value: [" + values + "] } } } ";
}
std::string Empty(const std::string& name) { return "feature { key: '" + name + "' value { int64_list {} } } "; }
std::string NoKind(const std::string& name) { return "feature { key: '" + name + "' value {} } "; }

absl::StatusOr<FeatureSkewResults> Detect(const std::vector<std::string>& base, const std::vector<std::string>& test,
                                          FeatureSkewOptions options = {}, int threads = 2) {
  if (options.identifier_features.empty()) options.identifier_features = {"id"};
  return DetectFeatureSkew(Source(base), Source(test), options, Engine({.num_threads = threads}));
}

std::string Line(const FeatureSkew& skew) {
  return absl::StrCat(skew.feature_name(), " base ", skew.base_count(), " test ", skew.test_count(), " match ",
                      skew.match_count(), " base_only ", skew.base_only(), " test_only ", skew.test_only(),
                      " mismatch ", skew.mismatch_count(), " diff ", skew.diff_count());
}
std::vector<std::string> Lines(const FeatureSkewResults& results) {
  std::vector<std::string> lines;
  for (const FeatureSkew& skew : results.skew_results) lines.push_back(Line(skew));
  return lines;
}
// Everything, to compare runs.
std::string All(const FeatureSkewResults& results) {
  std::string all = results.match_stats.DebugString();
  for (const auto& m : results.skew_results) all += "--\n" + m.DebugString();
  for (const auto& m : results.skew_pairs) all += "--\n" + m.DebugString();
  for (const auto& m : results.confusion_counts) all += "--\n" + m.DebugString();
  return all;
}

TEST(DetectFeatureSkew, CountsMatchesMismatchesAndWhatOneSideLacks) {
  const auto results = Detect({Text(Bytes("id", "1") + Ints("a", "1") + Ints("b", "1, 2") + Ints("only_base", "3")),
                               Text(Bytes("id", "2") + Ints("a", "1"))},
                              {Text(Bytes("id", "2") + Ints("a", "2") + Bytes("only_test", "x")),
                               Text(Bytes("id", "1") + Ints("a", "1") + Ints("b", "2, 1"))});

  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_THAT(Lines(*results),
              ElementsAre("a base 2 test 2 match 1 base_only 0 test_only 0 mismatch 1 diff 1",
                          "b base 1 test 1 match 0 base_only 0 test_only 0 mismatch 1 diff 1",
                          "only_base base 1 test 0 match 0 base_only 1 test_only 0 mismatch 0 diff 1",
                          "only_test base 0 test 1 match 0 base_only 0 test_only 1 mismatch 0 diff 1"));
  EXPECT_THAT(results->skew_pairs, IsEmpty()) << "sample_size is 0 by default";
}

TEST(DetectFeatureSkew, TellsAbsentFromEmptyAsUpstream) {
  const auto results =
      Detect({Text(Bytes("id", "1") + Empty("both_empty") + Empty("empty_here") + NoKind("no_kind") +
                   Empty("empty_or_no_kind"))},
             {Text(Bytes("id", "1") + Empty("both_empty") + NoKind("no_kind") + NoKind("empty_or_no_kind"))},
             {.sample_size = 5});

  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_THAT(Lines(*results),
              ElementsAre("both_empty base 0 test 0 match 1 base_only 0 test_only 0 mismatch 0 diff 0",
                          "empty_here base 0 test 0 match 0 base_only 0 test_only 0 mismatch 0 diff 0",
                          "empty_or_no_kind base 0 test 0 match 1 base_only 0 test_only 0 mismatch 0 diff 0",
                          "no_kind base 0 test 0 match 1 base_only 0 test_only 0 mismatch 0 diff 0"));
  ASSERT_THAT(results->skew_pairs, SizeIs(1)) << "absent against empty makes a skewed pair";
  EXPECT_THAT(results->skew_pairs[0].matched_features(), ElementsAre("both_empty", "empty_or_no_kind", "no_kind"));
}

TEST(DetectFeatureSkew, ValuesOfOtherKindsNeverMatch) {
  const auto results = Detect({Text(Bytes("id", "1") + Ints("x", "1"))}, {Text(Bytes("id", "1") + Floats("x", "1"))});

  ASSERT_TRUE(results.ok());
  EXPECT_EQ(results->skew_results[0].mismatch_count(), 1);
}

TEST(DetectFeatureSkew, RoundsFloatsAsPythonDoes) {
  // 0.125 and 0.375 are exact in binary: ties go to the even digit. 0.12 and 0.38.
  auto match = [](const std::string& a, const std::string& b, std::optional<int> digits) {
    const auto results = Detect({Text(Bytes("id", "1") + Floats("x", a))}, {Text(Bytes("id", "1") + Floats("x", b))},
                                {.float_round_ndigits = digits});
    EXPECT_TRUE(results.ok()) << results.status();
    return results.ok() && results->skew_results[0].match_count() == 1;
  };
  EXPECT_TRUE(match("0.125", "0.12", 2));
  EXPECT_TRUE(match("0.375", "0.38", 2));
  EXPECT_FALSE(match("0.125", "0.13", 2));
  EXPECT_FALSE(match("0.125", "0.12", std::nullopt));
  EXPECT_TRUE(match("2.5", "2", 0));
  EXPECT_TRUE(match("3.4028235e38", "3.4028235e38", 323));
  EXPECT_TRUE(match("1e-45, inf, -inf", "0, inf, -inf", 3));
  EXPECT_TRUE(match("nan", "nan", 3));
  EXPECT_TRUE(match("nan", "nan", std::nullopt));
  EXPECT_FALSE(match("0", "-0", std::nullopt));
}

TEST(DetectFeatureSkew, JoinsOnRoundedFloatsAndOnSeveralIdentifiers) {
  const auto rounded = Detect({Text(Floats("id", "1.001"))}, {Text(Floats("id", "1.002"))}, {.float_round_ndigits = 2});
  ASSERT_TRUE(rounded.ok());
  EXPECT_EQ(rounded->match_stats.matching_pairs_count(), 1);

  const auto two = Detect({Text(Bytes("a", "1") + Bytes("b", "23"))}, {Text(Bytes("a", "12") + Bytes("b", "3"))},
                          {.identifier_features = {"b", "a"}});
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(two->match_stats.matching_pairs_count(), 0) << "identifiers are compared one by one, not glued together";
  EXPECT_EQ(two->match_stats.identifiers_count(), 2);
}

TEST(DetectFeatureSkew, CountsWhatHasNoIdentifier) {
  const auto results = Detect({Text(Bytes("id", "1")), Text(Ints("x", "1")), Text(Empty("id")), ""},
                              {Text(Bytes("id", "1")), Text(NoKind("id"))});

  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ(results->match_stats.base_missing_id_count(), 3);
  EXPECT_EQ(results->match_stats.test_missing_id_count(), 1);
  EXPECT_EQ(results->match_stats.matching_pairs_count(), 1);
}

TEST(DetectFeatureSkew, SkipsDuplicatesUnlessTheyAreAllowed) {
  const std::vector<std::string> base = {Text(Bytes("id", "1") + Ints("x", "1")),
                                         Text(Bytes("id", "1") + Ints("x", "2"))};
  const std::vector<std::string> test = {Text(Bytes("id", "1") + Ints("x", "2")),
                                         Text(Bytes("id", "1") + Ints("x", "2")),
                                         Text(Bytes("id", "1") + Ints("x", "3"))};

  const auto skipped = Detect(base, test);
  const auto allowed = Detect(base, test, {.allow_duplicate_identifiers = true});

  ASSERT_TRUE(skipped.ok() && allowed.ok());
  EXPECT_THAT(skipped->skew_results, IsEmpty());
  EXPECT_EQ(skipped->match_stats.duplicate_id_count(), 1);
  EXPECT_EQ(skipped->match_stats.matching_pairs_count(), 6);
  EXPECT_THAT(Lines(*allowed), ElementsAre("x base 6 test 6 match 2 base_only 0 test_only 0 mismatch 4 diff 4"));
}

TEST(DetectFeatureSkew, CountsConfusionOfValues) {
  const auto results = Detect(
      {Text(Bytes("id", "1") + Bytes("x", "a")), Text(Bytes("id", "2") + Bytes("x", "a")), Text(Bytes("id", "3"))},
      {Text(Bytes("id", "1") + Bytes("x", "b")), Text(Bytes("id", "2") + Bytes("x", "a")),
       Text(Bytes("id", "3") + Bytes("x", "a"))},
      {.confusion_features = {"x"}});

  ASSERT_TRUE(results.ok()) << results.status();
  std::vector<std::string> lines;
  for (const ConfusionCount& c : results->confusion_counts) {
    lines.push_back(c.feature_name() + " " + c.base().bytes_value() + " " + c.test().bytes_value() + " " +
                    std::to_string(c.count()));
  }
  EXPECT_THAT(lines, ElementsAre("x __MISSING_VALUE__ a 1", "x a a 1", "x a b 1"));
}

TEST(DetectFeatureSkew, RefusesConfusionOfWhatIsNotOneText) {
  for (const std::string& value : {Ints("x", "1"), Floats("x", "1"),
                                   std::string("feature { key: 'x' value { bytes_list { value: ['a', 'b'] } } }")}) {
    const std::string example = Text(Bytes("id", "1") + value);
    const auto results = Detect({example}, {example}, {.confusion_features = {"x"}});
    EXPECT_EQ(results.status().code(), absl::StatusCode::kInvalidArgument) << value;
    EXPECT_THAT(std::string(results.status().message()), HasSubstr("'x'"));
  }
}

// Pairs drawn, as "base record|test record".
std::set<std::string> Drawn(const FeatureSkewResults& results) {
  std::set<std::string> pairs;
  for (const SkewPair& pair : results.skew_pairs) pairs.insert(pair.base() + "|" + pair.test());
  return pairs;
}

struct TwoSides {
  std::vector<std::string> base, test;
};
TwoSides ManyExamples(int n) {
  TwoSides sides;
  for (int i = 0; i < n; ++i) {
    const std::string id = Bytes("id", std::to_string(i));
    sides.base.push_back(Text(id + Ints("x", std::to_string(i)) + Bytes("t", i % 3 == 0 ? "a" : "b")));
    if (i % 5 != 0) sides.test.push_back(Text(id + Ints("x", std::to_string(i % 7 == 0 ? -1 : i)) + Bytes("t", "a")));
    if (i % 11 == 0) sides.test.push_back(Text(id + Ints("x", "5")));
  }
  std::reverse(sides.test.begin(), sides.test.end());
  return sides;
}

TEST(DetectFeatureSkew, DoesNotDependOnThreadsBudgetOrOrderOfOtherIdentifiers) {
  const TwoSides sides = ManyExamples(500);
  FeatureSkewOptions options{.sample_size = 20, .allow_duplicate_identifiers = true, .confusion_features = {"t"}};
  const auto expected = Detect(sides.base, sides.test, options, 1);
  ASSERT_TRUE(expected.ok()) << expected.status();
  EXPECT_THAT(expected->skew_pairs, SizeIs(20));

  for (int threads : {1, 2, 5}) {
    for (int64_t budget : {int64_t{1}, int64_t{1000}, int64_t{20000}, int64_t{1} << 30}) {
      options.memory_budget_bytes = budget;
      const auto results = Detect(sides.base, sides.test, options, threads);
      ASSERT_TRUE(results.ok()) << results.status();
      EXPECT_EQ(All(*results), All(*expected)) << threads << " threads, " << budget << " bytes";
    }
  }
}

TEST(DetectFeatureSkew, AgreesWithASlowJoin) {
  const TwoSides sides = ManyExamples(200);
  const auto results = Detect(sides.base, sides.test, {.sample_size = 1000000, .allow_duplicate_identifiers = true});
  ASSERT_TRUE(results.ok());

  std::map<std::string, std::array<int, 3>> counts;  // match, mismatch, one side only
  std::set<std::string> skewed;
  for (const std::string& a : sides.base) {
    for (const std::string& b : sides.test) {
      Example base, test;
      ASSERT_TRUE(base.ParseFromString(a) && test.ParseFromString(b));
      auto& base_map = *base.mutable_features()->mutable_feature();
      auto& test_map = *test.mutable_features()->mutable_feature();
      if (base_map["id"].SerializeAsString() != test_map["id"].SerializeAsString()) continue;
      bool differ = false;
      for (const std::string name : {"t", "x"}) {
        const bool in_base = base_map.contains(name), in_test = test_map.contains(name);
        if (!in_base && !in_test) continue;
        const bool same =
            in_base && in_test && base_map[name].SerializeAsString() == test_map[name].SerializeAsString();
        ++counts[name][same ? 0 : in_base && in_test ? 1 : 2];
        differ = differ || !same;
      }
      if (differ) skewed.insert(a + "|" + b);
    }
  }
  for (const FeatureSkew& skew : results->skew_results) {
    EXPECT_THAT(counts[skew.feature_name()],
                ElementsAre(skew.match_count(), skew.mismatch_count(), skew.base_only() + skew.test_only()));
  }
  EXPECT_EQ(Drawn(*results), skewed);
}

TEST(DetectFeatureSkew, OneLargeIdentifierBeyondTheBudgetIsJoined) {
  std::vector<std::string> base, test;
  for (int i = 0; i < 200; ++i) base.push_back(Text(Bytes("id", "same") + Ints("x", std::to_string(i))));
  test.push_back(Text(Bytes("id", "same") + Ints("x", "7")));
  const auto results = Detect(base, test, {.allow_duplicate_identifiers = true, .memory_budget_bytes = 500});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_THAT(Lines(*results),
              ElementsAre("x base 200 test 200 match 1 base_only 0 test_only 0 mismatch 199 diff 199"));
}

TEST(DetectFeatureSkew, ReadsFormsOfTheWireThatPythonDoesNotWrite) {
  // Numbers not packed, a list in two pieces, an entry without value.
  std::string loose("\x0a\x20", 2);
  loose += std::string("\x0a\x09\x0a\x02id\x12\x03\x0a\x01", 10);
  const auto results = Detect({loose}, {});
  EXPECT_EQ(results.status().code(), absl::StatusCode::kDataLoss);

  auto entry = [](const std::string& name, const std::string& feature) {
    std::string bytes =
        "\x0a" + std::string(1, char(name.size())) + name + "\x12" + std::string(1, char(feature.size())) + feature;
    return "\x0a" + std::string(1, char(bytes.size())) + bytes;
  };
  auto example = [](const std::string& entries) { return "\x0a" + std::string(1, char(entries.size())) + entries; };
  const std::string id = entry("id", std::string("\x0a\x03\x0a\x01q"));
  const std::string packed = example(id + entry("x", std::string("\x1a\x04\x0a\x02\x05\x06", 6)));
  const std::string unpacked = example(entry("x", std::string("\x1a\x02\x08\x05\x1a\x02\x08\x06", 8)) + id);
  const auto same = Detect({packed}, {unpacked});
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_THAT(Lines(*same), ElementsAre("x base 1 test 1 match 1 base_only 0 test_only 0 mismatch 0 diff 0"));
}

TEST(DetectFeatureSkew, BadRecordsAndOptionsAreNamed) {
  const std::string good = Text(Bytes("id", "1"));
  const auto record = Detect({good, good, good, "no example"}, {good});
  EXPECT_EQ(record.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(record.status().message()), HasSubstr("base example 3"));

  const auto name = Detect({good}, {"\x0a\x05\x0a\x03\x0a\x01\xff"});
  EXPECT_EQ(name.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(name.status().message()), HasSubstr("test example 0"));

  EXPECT_EQ(DetectFeatureSkew(Source({}), Source({}), {}, Engine()).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Detect({}, {}, {.sample_size = -1}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Detect({}, {}, {.float_round_ndigits = -1}).status().code(), absl::StatusCode::kInvalidArgument);
  const auto folder = Detect({good, good}, {good}, {.memory_budget_bytes = 1, .spill_directory = "/nowhere/at/all"});
  EXPECT_EQ(folder.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(folder.status().message()), HasSubstr("/nowhere/at/all"));
}

TEST(DetectFeatureSkew, NothingOnEitherSideIsNoError) {
  const auto results = Detect({}, {});
  ASSERT_TRUE(results.ok());
  EXPECT_THAT(results->skew_results, IsEmpty());
  EXPECT_EQ(results->match_stats.identifiers_count(), 0);
}

TEST(FeatureSkewOptions, ComeFromJson) {
  const auto options = ParseFeatureSkewOptionsJson(R"({"identifier_features": ["a", "b"], "sample_size": 7,
      "float_round_ndigits": null, "allow_duplicate_identifiers": true, "confusion_configs": ["x", {"name": "y"}]})");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_THAT(options->identifier_features, ElementsAre("a", "b"));
  EXPECT_THAT(options->confusion_features, ElementsAre("x", "y"));
  EXPECT_EQ(options->sample_size, 7);
  EXPECT_TRUE(options->allow_duplicate_identifiers);
  EXPECT_EQ(options->float_round_ndigits, std::nullopt);

  const auto unknown = ParseFeatureSkewOptionsJson(R"({"identifier_feature": ["a"]})");
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("did you mean identifier_features"));
  const auto wrong = ParseFeatureSkewOptionsJson(R"({"sample_size": "many"})");
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("'sample_size'"));
  EXPECT_FALSE(ParseFeatureSkewOptionsJson("[").ok());
}

TEST(WriteFeatureSkewResults, WritesTheFilesOfExampleDiff) {
  const std::string folder = io::JoinPath(::tfx::testing::TestFolder(), "skew_files");
  const auto results =
      Detect({Text(Bytes("id", "1") + Ints("x", "1"))}, {Text(Bytes("id", "1") + Ints("x", "2"))}, {.sample_size = 1});
  ASSERT_TRUE(results.ok());

  ASSERT_TRUE(WriteFeatureSkewResults(folder, *results, ConfusionFile::kLeaveOut).ok());

  EXPECT_THAT(*io::ListDirectory(folder),
              ElementsAre("match_stats-00000-of-00001", "sample_pairs-00000-of-00001", "skew_stats-00000-of-00001"));
  auto reader = io::TFRecordReader::Open(folder + "/skew_stats-00000-of-00001");
  ASSERT_TRUE(reader.ok());
  std::string_view record;
  ASSERT_TRUE(*(*reader)->Read(&record));
  FeatureSkew skew;
  ASSERT_TRUE(skew.ParseFromArray(record.data(), static_cast<int>(record.size())));
  EXPECT_EQ(skew.mismatch_count(), 1);
  ASSERT_TRUE(io::RemoveRecursively(folder).ok());
}

// Messages as text, separated by lines "---".
template <class Message>
std::vector<std::string> Recorded(const std::string& path) {
  std::vector<std::string> messages;
  if (!io::Exists(path)) return messages;
  std::string rest = *io::ReadFile(path);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find("---\n"), rest.size());
    Message message;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(rest.substr(0, end), &message)) << path;
    messages.push_back(message.DebugString());
    rest = end + 4 < rest.size() ? rest.substr(end + 4) : "";
  }
  std::sort(messages.begin(), messages.end());
  return messages;
}
template <class Messages>
std::vector<std::string> Sorted(const Messages& messages) {
  std::vector<std::string> text;
  for (const auto& message : messages) text.push_back(message.DebugString());
  std::sort(text.begin(), text.end());
  return text;
}

TEST(DetectFeatureSkew, EqualsTheRecordedResults) {
  const std::string root = GoldenDirectory("tfdv/skew");
  if (root.empty()) GTEST_SKIP() << "no recorded results (TFX_GOLDEN_DIR)";
  const std::vector<std::string> names = Subdirectories(root);
  EXPECT_GE(names.size(), 8u);
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const std::string folder = root + "/" + name + "/";
    const auto options = ParseFeatureSkewOptionsJson(*io::ReadFile(folder + "options.json"));
    ASSERT_TRUE(options.ok()) << options.status();

    const auto results = DetectFeatureSkew(dataset::ReadRecords({folder + "base.tfrecord.gz"}),
                                           dataset::ReadRecords({folder + "test.tfrecord.gz"}), *options, Engine());

    ASSERT_TRUE(results.ok()) << results.status();
    EXPECT_EQ(Sorted(results->skew_results), Recorded<FeatureSkew>(folder + "feature_skew.pbtxt"));
    EXPECT_THAT(Recorded<MatchStats>(folder + "match_stats.pbtxt"), ElementsAre(results->match_stats.DebugString()));
    EXPECT_EQ(Sorted(results->confusion_counts), Recorded<ConfusionCount>(folder + "confusion.pbtxt"));
    if (io::Exists(folder + "skew_pairs.pbtxt")) {
      EXPECT_EQ(Sorted(results->skew_pairs), Recorded<SkewPair>(folder + "skew_pairs.pbtxt"));
    }
  }
}

}  // namespace
}  // namespace tfx::tfdv
