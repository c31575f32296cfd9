#include "tfx/data_validation/statistics/text_counts.h"

#include <map>
#include <random>

#include "gtest/gtest.h"
#include "tfx/base/digest.h"
#include "tfx/data_validation/statistics/statistics_testing.h"

namespace tfx::tfdv {
namespace {

std::map<std::string, int64_t> AsMap(const TextCounts& counts) {
  std::map<std::string, int64_t> map;
  for (size_t i = 0; i < counts.size(); ++i) map[std::string(counts.text(i))] += counts.count(i);
  return map;
}

TEST(TextCounts, CountWhatAMapCounts) {
  std::mt19937_64 random(1);
  for (const uint64_t num_distinct : {1, 20, 50000}) {
    TextCounts counts;
    std::map<std::string, int64_t> expected;
    int64_t bytes = 0;
    for (int i = 0; i < 100000; ++i) {
      // Empty ones, long ones, and zero bytes within.
      const uint64_t number = random() % num_distinct;
      std::string text(number % 7 == 0 ? number % 300 : number % 13, static_cast<char>(number));
      if (number > 0) text += std::to_string(number);
      const auto [it, is_new] = expected.try_emplace(text);
      const size_t size = counts.size();
      const size_t index = counts.Add(text, 1 + i % 3);
      it->second += 1 + i % 3;
      EXPECT_EQ(index == size, is_new);
      EXPECT_EQ(counts.text(index), text);
      EXPECT_EQ(counts.fingerprint(index), Fingerprint64(text));
      if (is_new) bytes += static_cast<int64_t>(text.size());
    }
    EXPECT_EQ(counts.size(), expected.size());
    EXPECT_EQ(AsMap(counts), expected);
    EXPECT_EQ(counts.text_bytes(), bytes);
    const TextCounts copy = counts;
    counts.Add("one more");
    EXPECT_EQ(AsMap(copy), expected);
    const std::vector<size_t> order = copy.Sorted();
    ASSERT_EQ(order.size(), expected.size());
    auto it = expected.begin();
    for (const size_t i : order) EXPECT_EQ(copy.text(i), (it++)->first);
  }
}

TEST(TextCounts, TakeMoreAfterTheIndexWasDropped) {
  for (const int size : {0, 1, 11, 12, 13, 1000}) {
    TextCounts counts;
    for (int i = 0; i < size; ++i) counts.Add(std::to_string(i));
    counts.DropIndex();
    for (int i = 0; i < size + 20; ++i) EXPECT_EQ(counts.Add(std::to_string(i)), static_cast<size_t>(i));
    EXPECT_EQ(counts.size(), static_cast<size_t>(size + 20));
    EXPECT_EQ(counts.count(0), size > 0 ? 2 : 1);
  }
}

TEST(TextCounts, TellTextsOfOneFingerprintApart) {
  TextCounts counts;
  EXPECT_EQ(counts.Add("a", 7, 1), 0u);
  EXPECT_EQ(counts.Add("b", 7, 1), 1u);
  EXPECT_EQ(counts.Add("ab", 7, 1), 2u);
  EXPECT_EQ(counts.Add("b", 7, 4), 1u);
  EXPECT_EQ(counts.count(1), 5);
}

TEST(TextCounts, KeepTextsLongerThanABlock) {
  TextCounts counts;
  std::vector<std::string> texts;
  for (const size_t size : {1, 300, 70000, 2, 1000000, 3}) texts.emplace_back(size, static_cast<char>('a' + size % 26));
  for (const std::string& text : texts) counts.Add(text);
  for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(counts.text(i), texts[i]);
}

// The counted values of the one feature of a batch.
CountedTexts Counted(const JsonColumn& column, const std::string& weights = "") {
  std::vector<JsonColumn> columns = {column};
  StatsOptions options;
  if (!weights.empty()) {
    columns.push_back(Floats("w", weights));
    options.weight_feature = "w";
  }
  CountedTexts counted;
  EXPECT_TRUE(VisitFeatures(*BatchOf(columns), options, [&](const FeatureColumn& feature) {
                if (feature.path == FeaturePath{column.name}) counted = CountTexts(feature);
                return absl::OkStatus();
              }).ok());
  return counted;
}

TEST(CountTexts, WritesNumbersAsText) {
  using Counts = std::map<std::string, int64_t>;
  EXPECT_EQ(AsMap(Counted(Strings("x", R"([["a", "b"], null, ["a", null]])")).counts), (Counts{{"a", 2}, {"b", 1}}));
  EXPECT_EQ(AsMap(Counted({"x", arrow::list(arrow::large_utf8()), R"([["a"], [], ["a"]])"}).counts),
            (Counts{{"a", 2}}));
  EXPECT_EQ(AsMap(Counted(Ints("x", "[[-5, 12], [-5, null]]")).counts), (Counts{{"-5", 2}, {"12", 1}}));
  EXPECT_EQ(AsMap(Counted(Floats("x", "[[0.5, 1], [0.5, null]]")).counts), (Counts{{"0x1p+0", 1}, {"0x1p-1", 2}}));
}

TEST(CountTexts, AddsUpWeights) {
  const CountedTexts texts = Counted(Strings("x", R"([["a", "b"], ["a"], [null]])"), "[[0.5], [3], [9]]");
  ASSERT_EQ(texts.weights.size(), 2u);
  EXPECT_EQ(texts.weights[0].Round(), 3.5);
  EXPECT_EQ(texts.weights[1].Round(), 0.5);
}

}  // namespace
}  // namespace tfx::tfdv
