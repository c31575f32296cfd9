#include "tfx/metadata/like_prefix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace mlmd {
namespace {

using ::testing::Eq;
using ::testing::Optional;

// All of them, in order.
std::vector<std::string> Spellings(const std::string& prefix) {
  std::vector<std::string> all = {""};
  for (const char c : prefix) {
    std::vector<std::string> longer;
    for (const std::string& text : all) {
      longer.push_back(text + c);
      if (c >= 'a' && c <= 'z') longer.push_back(text + static_cast<char>(c - 'a' + 'A'));
    }
    all = std::move(longer);
  }
  std::sort(all.begin(), all.end());
  return all;
}

TEST(NextSpelling, IsTheFirstThatIsNotBelow) {
  EXPECT_THAT(NextSpelling("/a-b", ""), Optional(Eq("/A-B")));
  EXPECT_THAT(NextSpelling("/a-b", "/A-Bcd"), Optional(Eq("/A-B")));
  EXPECT_THAT(NextSpelling("/a-b", "/A-C"), Optional(Eq("/A-b")));
  EXPECT_THAT(NextSpelling("/a-b", "/A-c"), Optional(Eq("/a-B")));
  EXPECT_EQ(NextSpelling("/a-b", "/a-c"), std::nullopt);
  EXPECT_EQ(NextSpelling("/a-b", "\xff"), std::nullopt);
}

TEST(NextSpelling, EqualsASearchAmongAll) {
  std::mt19937 random(17);
  const std::string letters = "aAbBzZ-_0\x01\x7f\xff";
  const auto text = [&](size_t most) {
    std::string made;
    for (size_t size = random() % (most + 1); made.size() < size;) made += letters[random() % letters.size()];
    return made;
  };
  for (int round = 0; round < 20'000; ++round) {
    std::string prefix = text(5);
    prefix.erase(std::remove(prefix.begin(), prefix.end(), '\xff'), prefix.end());
    if (prefix.empty()) continue;
    const std::string least = text(7);
    std::string small = prefix;
    for (char& c : small) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    std::optional<std::string> expected;
    for (const std::string& spelling : Spellings(small)) {
      if (expected.has_value() || (spelling < least && !least.starts_with(spelling))) continue;
      expected = spelling;
    }
    EXPECT_EQ(NextSpelling(prefix, least), expected) << prefix << " from " << least;
  }
}

}  // namespace
}  // namespace mlmd
