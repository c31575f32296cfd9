#include "tfx/data_validation/generators/python_text.h"

#include <limits>

#include "gtest/gtest.h"

namespace tfx::tfdv {
namespace {

using Lengths = std::vector<int64_t>;

TEST(PythonText, CountsCharactersNotBytes) {
  EXPECT_EQ(CountCharacters(""), 0);
  EXPECT_EQ(CountCharacters("abc"), 3);
  EXPECT_EQ(CountCharacters("Z\u00fcrich \u65e5\u672c \U0001f600"), 11);
}

TEST(PythonText, CutsBetweenCharacters) {
  EXPECT_EQ(FirstCharacters("a\u00fcb", 0), "");
  EXPECT_EQ(FirstCharacters("a\u00fcb", 2), "a\u00fc");
  EXPECT_EQ(FirstCharacters("a\u00fcb", 3), "a\u00fcb");
  EXPECT_EQ(FirstCharacters("a\u00fcb", 9), "a\u00fcb");
}

TEST(PythonText, SplitsAtWhiteSpaceOfAllScripts) {
  EXPECT_EQ(WordLengths(""), Lengths());
  EXPECT_EQ(WordLengths(" \t\n "), Lengths());
  EXPECT_EQ(WordLengths("  one two\u00a0f\u00fcnf\u3000x\x1fy "), (Lengths{3, 3, 4, 1, 1}));
  EXPECT_EQ(WordLengths("zero\u200bwidth"), Lengths{10}) << "a zero width space is no white space";
}

TEST(PythonText, ReprOfStringsIsPythons) {
  EXPECT_EQ(PythonRepr("plain"), "'plain'");
  EXPECT_EQ(PythonRepr("it's"), "\"it's\"");
  EXPECT_EQ(PythonRepr("it's \"so\""), "'it\\'s \"so\"'");
  EXPECT_EQ(PythonRepr("a\\b\n\r\t"), "'a\\\\b\\n\\r\\t'");
  EXPECT_EQ(PythonRepr(std::string_view("\0\x7f", 2)), "'\\x00\\x7f'");
  EXPECT_EQ(PythonRepr("\u00e9\u65e5"), "'\u00e9\u65e5'");
  EXPECT_EQ(PythonRepr("\u00a0\u200b\U000e0001"), "'\\xa0\\u200b\\U000e0001'");
}

TEST(PythonText, ReprOfNumbersIsPythons) {
  EXPECT_EQ(PythonRepr(0.0), "0.0");
  EXPECT_EQ(PythonRepr(-0.0), "-0.0");
  EXPECT_EQ(PythonRepr(1.5), "1.5");
  EXPECT_EQ(PythonRepr(0.1), "0.1");
  EXPECT_EQ(PythonRepr(0.0001), "0.0001");
  EXPECT_EQ(PythonRepr(0.00001), "1e-05");
  EXPECT_EQ(PythonRepr(1e15), "1000000000000000.0");
  EXPECT_EQ(PythonRepr(1e16), "1e+16");
  EXPECT_EQ(PythonRepr(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(PythonRepr(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(PythonRepr(std::numeric_limits<double>::quiet_NaN()), "nan");
}

}  // namespace
}  // namespace tfx::tfdv
