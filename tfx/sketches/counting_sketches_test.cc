#include <map>
#include <random>
#include <string>

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
