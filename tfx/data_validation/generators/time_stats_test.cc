#include "tfx/data_validation/generators/time_stats.h"

#include <cstdio>
#include <random>
#include <regex>
#include <set>

#include "gtest/gtest.h"
#include "tfx/data_validation/generators/generator_testing.h"
#include "tfx/data_validation/generators/time_formats.h"

namespace tfx::tfdv {
namespace {

std::set<std::string> Matching(std::string_view text) {
  std::set<std::string> formats;
  MatchTimeFormats(text,
                   [&](int format) { EXPECT_TRUE(formats.insert(TimeFormats()[format]).second) << "found twice"; });
  return formats;
}

// The slow and obvious way: one regular expression a format.
std::string ToRegex(const std::string& format) {
  static const std::map<char, std::string> directives = {
      {'a', "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"},
      {'b', "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"},
      {'B', "(?:January|February|March|April|May|June|July|August|September|October|November|December)"},
      {'f', "[0-9]{1,6}"},
      {'d', "(?:3[0-1]|[1-2][0-9]|0[1-9]|[1-9]| [1-9])"},
      {'H', "(?:2[0-3]|[0-1][0-9]|[0-9])"},
      {'y', "[0-9]{2}"},
      {'Y', "[0-9]{4}"},
      {'m', "(?:1[0-2]|0[1-9]|[1-9])"},
      {'M', "(?:[0-5][0-9]|[0-9])"},
      {'S', "(?:6[0-1]|[0-5][0-9]|[0-9])"}};
  std::string regex;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%') {
      regex += directives.at(format[++i]);
    } else {
      regex += format[i] == '.' ? "\\." : std::string(1, format[i]);
    }
  }
  return regex;
}

TEST(TimeFormats, AreThoseOfTfdv) {
  EXPECT_EQ(TimeFormats().size(), 123u);
  EXPECT_EQ(TimeFormats()[0], "%Y-%m-%d");
  EXPECT_EQ(TimeFormats()[17], "%H:%M");
  EXPECT_EQ(TimeFormats()[20], "%a %b %d %H:%M:%S %Y");
  EXPECT_EQ(TimeFormats()[21], "%Y-%m-%dT%H:%M");
  EXPECT_EQ(TimeFormats()[22], "%Y-%m-%d %H:%M");
  EXPECT_EQ(TimeFormats().back(), "%d-%B-%y %H:%M:%S.%f");
}

TEST(TimeFormats, MatchWhatRegularExpressionsMatch) {
  std::vector<std::regex> regexes;
  for (const std::string& format : TimeFormats()) regexes.emplace_back(ToRegex(format), std::regex::optimize);
  // Texts that are right, nearly right and wrong: pieces of dates and times, put together and then spoiled.
  std::mt19937 random(7);
  const auto pick = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  int matched = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string separator = pick({"-", "/", "", " "});
    const auto part = [&] {
      return pick({"1", "01", "9", "12", "13", "30", "31", "32", "00", " 5", "99", "1999", "2018", "May", "March"});
    };
    std::string text = part() + separator + part() + separator + part();
    if (random() % 2 == 0) {
      text += pick({"T", " ", "t", ""}) + pick({"0", "7", "09", "23", "24"}) + ":" + pick({"0", "07", "59", "60"});
      if (random() % 2 == 0) text += ":" + pick({"0", "59", "60", "61", "62"});
      if (random() % 3 == 0) text += pick({".", ","}) + pick({"", "1", "123456", "1234567"});
    }
    if (random() % 4 == 0) text = text.substr(text.find_first_of("T ") + 1);
    if (random() % 10 == 0) text.insert(random() % (text.size() + 1), 1, "0:-T x"[random() % 6]);
    std::set<std::string> expected;
    for (size_t f = 0; f < regexes.size(); ++f) {
      if (std::regex_match(text, regexes[f])) expected.insert(TimeFormats()[f]);
    }
    matched += !expected.empty();

    EXPECT_EQ(Matching(text), expected) << text;
  }
  EXPECT_GT(matched, 200) << "the texts must not all be wrong";
}

TEST(TimeFormats, MatchNamedAndLongForms) {
  EXPECT_EQ(Matching("Fri Nov 30 10:47:02 2018"), std::set<std::string>{"%a %b %d %H:%M:%S %Y"});
  EXPECT_EQ(Matching("Fri Nov  3 10:47:02 2018"), std::set<std::string>{"%a %b %d %H:%M:%S %Y"});
  EXPECT_EQ(Matching("30-September-2018T23:59:58.123456"), std::set<std::string>{"%d-%B-%YT%H:%M:%S.%f"});
  EXPECT_EQ(Matching("30-May-2018"), std::set<std::string>{"%d-%B-%Y"});
  EXPECT_TRUE(Matching("30-may-2018").empty());
  EXPECT_TRUE(Matching("").empty());
  EXPECT_TRUE(Matching("2018-11-30\n").empty());
  EXPECT_TRUE(Matching(std::string(1000000, '1')).empty());
  EXPECT_EQ(Matching("11-12-2018"), (std::set<std::string>{"%m-%d-%Y", "%d-%m-%Y"}));
}

std::vector<std::string> Dates(int dates, int others) {
  std::vector<std::string> values(others, "nothing");
  for (int i = 0; i < dates; ++i) {
    char text[16];
    std::snprintf(text, sizeof(text), "2018-%02d-%02d", i % 12 + 1, i % 28 + 1);
    values.push_back(text);
  }
  return values;
}

std::string DomainOf(const std::vector<NumberedRows>& batches, const TimeStatsGeneratorOptions& options = {}) {
  const auto result = ResultOf(MakeTimeStatsGenerator(options), batches);
  const auto* stat = FindCustomStat(result, "t", "domain_info");
  return stat == nullptr ? "" : stat->str();
}

TEST(TimeStatsGenerator, NeedsEnoughValuesAndAnEnoughShare) {
  const std::string date = "time_domain {string_format: '%Y-%m-%d'}";
  EXPECT_EQ(DomainOf({MakeRows({{"t", OneString(Dates(80, 20))}})}), date);
  EXPECT_EQ(DomainOf({MakeRows({{"t", OneString(Dates(79, 21))}})}), "");
  EXPECT_EQ(DomainOf({MakeRows({{"t", OneString(Dates(99, 0))}})}), "");
  EXPECT_EQ(DomainOf({MakeRows({{"t", OneString(Dates(3, 0))}})}, {.match_ratio = 1, .values_threshold = 3}), date);
  const auto result = ResultOf(MakeTimeStatsGenerator({}), {MakeRows({{"t", OneString(Dates(90, 10))}})});
  EXPECT_EQ(FindCustomStat(result, "t", "time_match_ratio")->num(), 0.9);
}

TEST(TimeStatsGenerator, KnowsIntegersByTheirWindows) {
  const TimeStatsGeneratorOptions options{.match_ratio = 1, .values_threshold = 1};
  const auto domain = [&](int64_t value) { return DomainOf({MakeRows({{"t", OneInt({value})}})}, options); };
  EXPECT_EQ(domain(7304), "");
  EXPECT_EQ(domain(7305), "time_domain {integer_format: 5}");
  EXPECT_EQ(domain(21914), "time_domain {integer_format: 5}");
  EXPECT_EQ(domain(21915), "");
  EXPECT_EQ(domain(631151999), "");
  EXPECT_EQ(domain(631152000), "time_domain {integer_format: 1}");
  EXPECT_EQ(domain(1893455999999), "time_domain {integer_format: 2}");
  EXPECT_EQ(domain(1893456000000), "");
  EXPECT_EQ(domain(631152000000000), "time_domain {integer_format: 3}");
  EXPECT_EQ(domain(1893455999999999999), "time_domain {integer_format: 4}");
  EXPECT_EQ(domain(std::numeric_limits<int64_t>::max()), "");
  EXPECT_EQ(domain(std::numeric_limits<int64_t>::min()), "");
  EXPECT_EQ(DomainOf({MakeRows({{"t", Lists(arrow::uint64(), "[[18446744073709551615], [7305]]")}})},
                     {.match_ratio = 0.5, .values_threshold = 1}),
            "time_domain {integer_format: 5}");
}

TEST(TimeStatsGenerator, TakesTheFirstOfEquallyFrequentFormats) {
  const TimeStatsGeneratorOptions options{.match_ratio = 0.5, .values_threshold = 1};
  EXPECT_EQ(DomainOf({MakeRows({{"t", OneString({"30/11/2018", "11/30/2018"})}})}, options),
            "time_domain {string_format: '%m/%d/%Y'}");
}

TEST(TimeStatsGenerator, GivesUpWhatIsNoTime) {
  const TimeStatsGeneratorOptions options{.values_threshold = 1};
  EXPECT_EQ(DomainOf({MakeRows({{"t", OneFloat({7305})}})}, options), "");
  EXPECT_EQ(DomainOf({MakeRows({{"t", OneString(Dates(9, 0))}}), MakeRows({{"t", OneString({"\xff"})}})}, options), "");
  EXPECT_NE(DomainOf({MakeRows({{"t", OneString(Dates(9, 0))}}), MakeRows({{"t", OneString({""})}})}, options), "")
      << "an empty string is one value without a match";
}

TEST(TimeStatsGenerator, RefusesOptionsOutOfRange) {
  EXPECT_FALSE(MakeTimeStatsGenerator({.match_ratio = 0}).ok());
  EXPECT_FALSE(MakeTimeStatsGenerator({.match_ratio = 1.01}).ok());
  EXPECT_FALSE(MakeTimeStatsGenerator({.values_threshold = 0}).ok());
}

TEST(TimeStatsGenerator, IsAnAccumulator) {
  testing::CheckAccumulatorProperties(
      GeneratorAccumulator(*MakeTimeStatsGenerator({.values_threshold = 1})),
      {MakeRows({{"t", OneString(Dates(7, 2))}}, 0), MakeRows({{"t", OneString({"23:59", "30/11/2018"})}}, 9),
       MakeRows({{"u", OneInt({7305, 631152000})}}, 11), MakeRows({{"u", OneFloat({1, 2, 3})}}, 13)},
      GeneratorChecks());
}

}  // namespace
}  // namespace tfx::tfdv
