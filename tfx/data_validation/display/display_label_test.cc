#include "tfx/data_validation/display/display_label.h"

#include <random>

#include "gtest/gtest.h"
#include "tfx/base/utf8.h"

namespace tfx::tfdv {
namespace {

TEST(DisplayLabel, KeepsWhatIsFitToShow) {
  EXPECT_EQ(DisplayLabel("Taxi \"A\" <b>", 100), "Taxi \"A\" <b>");
  EXPECT_EQ(DisplayLabel("日本", 100), "日本");
  EXPECT_EQ(DisplayLabel("", 100), "");
}

TEST(DisplayLabel, EscapesWhatIsNot) {
  EXPECT_EQ(DisplayLabel("a\nb\tc\r", 100), "a\\nb\\tc\\r");
  EXPECT_EQ(DisplayLabel(std::string("\0\x1b[31m", 6), 100), "\\x00\\x1b[31m");
  EXPECT_EQ(DisplayLabel("x\xff\xc3", 100), "x\\xff\\xc3");
  EXPECT_EQ(DisplayLabel("\u202egnp.exe", 100), "<U+202E>gnp.exe");
  EXPECT_EQ(DisplayLabel("\u2028", 100), "<U+2028>");
}

TEST(DisplayLabel, CutsBetweenCharacters) {
  EXPECT_EQ(DisplayLabel("12345678", 8), "12345678");
  EXPECT_EQ(DisplayLabel("123456789", 8), "12345\u2026");
  EXPECT_EQ(DisplayLabel("日本語語", 9), "日本\u2026");
  EXPECT_EQ(DisplayLabel(std::string(1 << 20, 'x'), 12), "xxxxxxxxx\u2026");
}

TEST(DisplayLabel, IsAlwaysValidAndWithinItsLimit) {
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    const int length = static_cast<int>(random() % 30);
    for (int k = 0; k < length; ++k)
      text += static_cast<char>(random() % 4 == 0 ? random() % 128 : 0x80 + random() % 128);
    const size_t limit = 8 + random() % 24;

    const std::string label = DisplayLabel(text, limit);

    ASSERT_EQ(FindInvalidUtf8(label), std::string::npos);
    ASSERT_LE(label.size(), limit);
  }
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("日本"), 4);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
  EXPECT_EQ(DisplayWidth("…█"), 2);
}

}  // namespace
}  // namespace tfx::tfdv
