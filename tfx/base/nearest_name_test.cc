#include "tfx/base/nearest_name.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tfx {
namespace {

const std::vector<std::string> kFlags = {"data_root", "pipeline_root", "seed", "threads"};

TEST(NearestName, FindsTheSmallestEditDistance) {
  EXPECT_EQ(NearestName("dataroot", kFlags), "data_root");
  EXPECT_EQ(NearestName("pipeline-root", kFlags), "pipeline_root");
  EXPECT_EQ(NearestName("thread", kFlags), "threads");
  EXPECT_EQ(NearestName("seed", kFlags), "seed");
}

TEST(NearestName, GivesNothingBeyondAThirdOfTheWord) {
  EXPECT_EQ(NearestName("sexe", kFlags), "");      // distance 2, allowed 1
  EXPECT_EQ(NearestName("sead", kFlags), "seed");  // distance 1
  EXPECT_EQ(NearestName("abcdefghi", kFlags), "");
  EXPECT_EQ(NearestName("", kFlags), "");
  EXPECT_EQ(NearestName("seed", {}), "");
}

TEST(NearestName, TakesTheFirstOfEqualCandidates) {
  const std::vector<std::string> names = {"bat", "cat", "hat"};
  EXPECT_EQ(NearestName("rat", names), "bat");
}

TEST(DidYouMean, IsASuffixForAMessageOrNothing) {
  EXPECT_EQ(DidYouMean("dataroot", kFlags), "; did you mean data_root?");
  EXPECT_EQ(DidYouMean("zzzzzz", kFlags), "");
}

}  // namespace
}  // namespace tfx
