#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tfx/sketches/kmv_sketch.h"
#include "tfx/sketches/misra_gries_sketch.h"

namespace tfx::sketches {
namespace {

// Item i drawn with a share that falls with i.
std::vector<std::string> SkewedItems(int count) {
  std::mt19937_64 random(11);
  std::geometric_distribution<int> draw(0.02);
  std::vector<std::string> items(count);
  for (std::string& item : items) item = "item" + std::to_string(draw(random));
  return items;
}

TEST(MisraGriesSketch, IsExactBelowCapacityAndOrdersTies) {
  MisraGriesSketch sketch(10);
  for (const char* item : {"b", "a", "c", "a", "b"}) sketch.Add(item);

  const std::vector<WeightedItem> items = sketch.GetItems(OrderOnTie::kReverseLexicographical);

  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[0].item, "b");
  EXPECT_EQ(items[1].item, "a");
  EXPECT_EQ(items[2].item, "c");
  EXPECT_EQ(sketch.GetItems(OrderOnTie::kLexicographical)[0].item, "a");
  EXPECT_EQ(items[0].weight, 2);
  EXPECT_EQ(sketch.error(), 0);
}

TEST(MisraGriesSketch, CountsAreUpperBoundsWithinTheErrorAlsoWhenMerged) {
  const std::vector<std::string> items = SkewedItems(50000);
  std::map<std::string, double> exact;
  MisraGriesSketch whole(60), merged(60);
  for (size_t begin = 0; begin < items.size(); begin += 1234) {
    MisraGriesSketch part(60);
    for (size_t i = begin; i < std::min(items.size(), begin + 1234); ++i) {
      whole.Add(items[i]);
      part.Add(items[i]);
      ++exact[items[i]];
    }
    ASSERT_TRUE(merged.Merge(part).ok());
  }

  for (const MisraGriesSketch* sketch : {&whole, &merged}) {
    EXPECT_GT(sketch->error(), 0);
    EXPECT_LE(sketch->error(), items.size() / 61.0);
    for (const WeightedItem& item : sketch->GetItems()) {
      EXPECT_GE(item.weight, exact[item.item]);
      EXPECT_LE(item.weight - sketch->error(), exact[item.item]);
    }
  }
}

// What rounding leaves of a sum that is no double is neither weight nor reason to forget the item.
TEST(MisraGriesSketch, PrunesByRoundedWeights) {
  for (const double rest : {std::ldexp(1.0, -25), -std::ldexp(1.0, -25)}) {  // of 1e9, less than half of the last place
    SCOPED_TRACE(rest);
    ExactSum almost;
    for (const double part : {1e9, rest}) almost.Add(part);
    ASSERT_EQ(almost.Round(), 1e9);
    MisraGriesSketch one_by_one(2), at_once(2);
    for (const char* item : {"b", "c", "d"}) one_by_one.Add(item, 1e9);
    for (const char* item : {"b", "c", "d"}) one_by_one.Add(item, rest);
    one_by_one.Add("a", 3e9);
    at_once.Add(std::vector<MisraGriesSketch::ItemView>{
        {"d", 1e9, &almost}, {"a", 3e9}, {"c", 1e9, &almost}, {"b", 1e9, &almost}});

    for (const MisraGriesSketch* sketch : {&one_by_one, &at_once}) {
      EXPECT_EQ(sketch->error(), 1e9);
      const std::vector<WeightedItem> items = sketch->GetItems();
      ASSERT_EQ(items.size(), 2u);
      EXPECT_EQ(items[0].item, "a");
      EXPECT_EQ(items[0].weight, 3e9);
      EXPECT_EQ(items[1].item, "b");
      EXPECT_EQ(items[1].weight, 1e9);
    }
  }
}

TEST(MisraGriesSketch, LeavesOutWeightsThatAreNotFinite) {
  ExactSum infinite, overflown;
  infinite.Add(std::numeric_limits<double>::infinity());
  for (int i = 0; i < 2; ++i) overflown.Add(std::numeric_limits<double>::max());
  MisraGriesSketch sketch(4);
  sketch.Add("a", std::nan(""));
  sketch.Add("a", -std::numeric_limits<double>::infinity());
  sketch.Add("b", 2);
  sketch.Add(std::vector<MisraGriesSketch::ItemView>{{"c", infinite.Round(), &infinite},
                                                     {"d", overflown.Round(), &overflown}});

  const std::vector<WeightedItem> items = sketch.GetItems();

  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].item, "d");
  EXPECT_EQ(items[1].weight, 2);
  EXPECT_TRUE(MisraGriesSketch(4).ParseFrom(sketch.Serialize()).ok());
}

TEST(MisraGriesSketch, StateSurvivesSerializationAndDamageIsFound) {
  MisraGriesSketch sketch(60), restored(60);
  for (const std::string& item : SkewedItems(20000)) sketch.Add(item);
  const std::string state = sketch.Serialize();

  ASSERT_TRUE(restored.ParseFrom(state).ok());

  EXPECT_EQ(restored.Serialize(), state);
  EXPECT_FALSE(restored.ParseFrom(state.substr(0, state.size() - 1)).ok());
  EXPECT_FALSE(MisraGriesSketch(61).ParseFrom(state).ok());
}

TEST(KmvSketch, IsExactBelowCapacity) {
  KmvSketch sketch(100);
  for (int i = 0; i < 1000; ++i) sketch.Add(std::to_string(i % 99));

  EXPECT_EQ(sketch.Estimate(), 99u);
}

TEST(KmvSketch, EstimatesLargeSetsAndDoesNotDependOnTheSplit) {
  KmvSketch whole, merged;
  for (int shard = 0; shard < 10; ++shard) {
    KmvSketch part;
    for (int i = shard * 9000; i < shard * 9000 + 10000; ++i) {
      whole.Add(std::to_string(i));
      part.Add(std::to_string(i));
    }
    ASSERT_TRUE(merged.Merge(part).ok());
  }

  EXPECT_NEAR(whole.Estimate(), 91000.0, 91000.0 * 0.03);
  EXPECT_EQ(whole.Serialize(), merged.Serialize());
  KmvSketch restored;
  ASSERT_TRUE(restored.ParseFrom(whole.Serialize()).ok());
  EXPECT_EQ(restored.Estimate(), whole.Estimate());
  EXPECT_FALSE(restored.ParseFrom("no state").ok());
}

}  // namespace
}  // namespace tfx::sketches
