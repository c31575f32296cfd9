#include "tfx/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace tfx {
namespace {

constexpr size_t kNone = std::string_view::npos;

TEST(FindInvalidUtf8, AcceptsEveryLengthOfCharacter) {
  EXPECT_EQ(FindInvalidUtf8(""), kNone);
  EXPECT_EQ(FindInvalidUtf8("plain text that is longer than a word"), kNone);
  EXPECT_EQ(
      FindInvalidUtf8("\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf"),
      kNone);
}

TEST(FindInvalidUtf8, FindsTheFirstBadByte) {
  EXPECT_EQ(FindInvalidUtf8("caf\xe9"), 3u);  // Latin-1
  EXPECT_EQ(FindInvalidUtf8("caf\xe9, und mehr Text"), 3u);
  EXPECT_EQ(FindInvalidUtf8("0123456789\x80"), 10u);   // lone continuation
  EXPECT_EQ(FindInvalidUtf8("ab\xc0\xaf"), 2u);        // overlong
  EXPECT_EQ(FindInvalidUtf8("\xe0\x9f\xbf"), 0u);      // overlong
  EXPECT_EQ(FindInvalidUtf8("\xf0\x8f\xbf\xbf"), 0u);  // overlong
  EXPECT_EQ(FindInvalidUtf8("\xed\xa0\x80"), 0u);      // surrogate
  EXPECT_EQ(FindInvalidUtf8("\xf4\x90\x80\x80"), 0u);  // above U+10FFFF
  EXPECT_EQ(FindInvalidUtf8("ok\xe6\x97"), 2u);        // cut short
  EXPECT_EQ(FindInvalidUtf8("\xff"), 0u);
}

}  // namespace
}  // namespace tfx
