#include "tfx/data_validation/generators/time_formats.h"

#include <algorithm>
#include <array>
#include <bit>

#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/concat.h"

namespace tfx::tfdv {
namespace {

using ::tensorflow::metadata::v0::TimeDomain;

constexpr std::array<std::string_view, 17> kDates = {
    "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d",   "%y-%m-%d", "%y/%m/%d", "%m-%d-%Y", "%m/%d/%Y", "%m%d%Y",  "%m-%d-%y",
    "%m/%d/%y", "%d-%m-%Y", "%d/%m/%Y", "%d%m%Y",   "%d-%B-%Y", "%d-%m-%y", "%d/%m/%y", "%d-%B-%y"};
constexpr std::array<std::string_view, 3> kTimes = {"%H:%M", "%H:%M:%S", "%H:%M:%S.%f"};
constexpr std::string_view kDelimiters = "T ";
constexpr std::string_view kDateAndTime = "%a %b %d %H:%M:%S %Y";

// "31-September-2029T23:59:58.123456" is the longest text that any format matches; ends of matches fit into 64 bits.
constexpr size_t kLongestText = 40;
using Positions = uint64_t;

constexpr std::array<std::string_view, 7> kDayNames = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 12> kMonthNames = {"January",   "February", "March",    "April",
                                                          "May",       "June",     "July",     "August",
                                                          "September", "October",  "November", "December"};

bool IsDigit(std::string_view text, size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; }

int64_t NumberAt(std::string_view text, size_t at, size_t num_digits) {
  int64_t value = 0;
  for (size_t i = at; i < at + num_digits; ++i) value = value * 10 + (text[i] - '0');
  return value;
}

// The ends of a number of one or two digits within [low, high]; a leading 0 is allowed before `low` to 9.
Positions OneOrTwoDigits(std::string_view text, size_t at, int64_t low, int64_t high) {
  Positions ends = 0;
  for (size_t n = 1; n <= 2 && IsDigit(text, at + n - 1); ++n) {
    const int64_t value = NumberAt(text, at, n);
    if (value >= low && value <= high) ends |= Positions{1} << (at + n);
  }
  return ends;
}

// The ends of exactly (or, with `fewer`, up to) n digits.
Positions Digits(std::string_view text, size_t at, size_t n, bool fewer) {
  Positions ends = 0;
  size_t found = 0;
  while (found < n && IsDigit(text, at + found)) {
    ++found;
    if (fewer || found == n) ends |= Positions{1} << (at + found);
  }
  return ends;
}

template <class Names>
Positions OneOf(std::string_view text, size_t at, const Names& names, size_t max_length) {
  Positions ends = 0;
  for (const std::string_view name : names) {
    const std::string_view shown = name.substr(0, max_length);
    if (text.substr(at).starts_with(shown)) ends |= Positions{1} << (at + shown.size());
  }
  return ends;
}

Positions MatchDirective(char directive, std::string_view text, size_t at) {
  switch (directive) {
    case 'a':
      return OneOf(text, at, kDayNames, 3);
    case 'b':
      return OneOf(text, at, kMonthNames, 3);
    case 'B':
      return OneOf(text, at, kMonthNames, std::string_view::npos);
    case 'f':
      return Digits(text, at, 6, /*fewer=*/true);
    case 'd': {
      // A day below 10 may have a blank before it.
      const bool is_padded = at < text.size() && text[at] == ' ' && IsDigit(text, at + 1) && text[at + 1] != '0';
      return is_padded ? Positions{1} << (at + 2) : OneOrTwoDigits(text, at, 1, 31);
    }
    case 'H':
      return OneOrTwoDigits(text, at, 0, 23);
    case 'y':
      return Digits(text, at, 2, /*fewer=*/false);
    case 'Y':
      return Digits(text, at, 4, /*fewer=*/false);
    case 'm':
      return OneOrTwoDigits(text, at, 1, 12);
    case 'M':
      return OneOrTwoDigits(text, at, 0, 59);
    case 'S':
      return OneOrTwoDigits(text, at, 0, 61);  // leap seconds
    default:
      return 0;
  }
}

// Where matches of `format` that begin at `begin` may end.
Positions Match(std::string_view format, std::string_view text, size_t begin) {
  Positions positions = Positions{1} << begin;
  for (size_t i = 0; i < format.size() && positions != 0; ++i) {
    const bool is_directive = format[i] == '%';
    if (is_directive) ++i;
    Positions next = 0;
    for (; positions != 0; positions &= positions - 1) {
      const auto at = static_cast<size_t>(std::countr_zero(positions));
      if (is_directive) {
        next |= MatchDirective(format[i], text, at);
      } else if (at < text.size() && text[at] == format[i]) {
        next |= Positions{1} << (at + 1);
      }
    }
    positions = next;
  }
  return positions;
}

bool Holds(Positions positions, size_t at) { return (positions >> at & 1) != 0; }

}  // namespace

const std::vector<std::string>& TimeFormats() {
  static const auto& formats = *new std::vector<std::string>([] {
    std::vector<std::string> all(kDates.begin(), kDates.end());
    all.insert(all.end(), kTimes.begin(), kTimes.end());
    all.emplace_back(kDateAndTime);
    for (const std::string_view date : kDates) {
      for (const std::string_view time : kTimes) {
        for (const char delimiter : kDelimiters) all.push_back(Concat(date, std::string(1, delimiter), time));
      }
    }
    return all;
  }());
  return formats;
}

void MatchTimeFormats(std::string_view text, const std::function<void(int)>& found) {
  if (text.empty() || text.size() > kLongestText) return;
  constexpr int kFirstCombined = static_cast<int>(kDates.size() + kTimes.size() + 1);
  const size_t end = text.size();

  // Which times fill the text behind each position, found when a date first ends before it.
  std::array<int, kLongestText + 1> times_behind;
  times_behind.fill(-1);
  const auto times_from = [&](size_t begin) {
    int& times = times_behind[begin];
    if (times >= 0) return times;
    times = 0;
    for (size_t t = 0; t < kTimes.size(); ++t) {
      if (Holds(Match(kTimes[t], text, begin), end)) times |= 1 << t;
    }
    return times;
  };

  for (size_t d = 0; d < kDates.size(); ++d) {
    const Positions ends = Match(kDates[d], text, 0);
    if (Holds(ends, end)) found(static_cast<int>(d));
    std::array<int, 2> times = {0, 0};  // by delimiter
    for (size_t at = 1; at < end; ++at) {
      const size_t delimiter = kDelimiters.find(text[at]);
      if (Holds(ends, at) && delimiter != std::string_view::npos) times[delimiter] |= times_from(at + 1);
    }
    for (size_t t = 0; t < kTimes.size(); ++t) {
      for (size_t delimiter = 0; delimiter < kDelimiters.size(); ++delimiter) {
        const size_t combined = (d * kTimes.size() + t) * kDelimiters.size() + delimiter;
        if ((times[delimiter] >> t & 1) != 0) found(kFirstCombined + static_cast<int>(combined));
      }
    }
  }
  const int times = times_from(0);
  for (size_t t = 0; t < kTimes.size(); ++t) {
    if ((times >> t & 1) != 0) found(static_cast<int>(kDates.size() + t));
  }
  if (Holds(Match(kDateAndTime, text, 0), end)) found(kFirstCombined - 1);
}

const std::vector<UnixTimeWindow>& UnixTimeWindows() {
  constexpr int64_t kBegin = 631152000;  // 1990-01-01, seconds
  constexpr int64_t kEnd = 1893456000;   // 2030-01-01
  static const auto& windows = *new std::vector<UnixTimeWindow>{
      {TimeDomain::UNIX_DAYS, kBegin / 86400, kEnd / 86400},
      {TimeDomain::UNIX_SECONDS, kBegin, kEnd},
      {TimeDomain::UNIX_MILLISECONDS, kBegin * 1000, kEnd * 1000},
      {TimeDomain::UNIX_MICROSECONDS, kBegin * 1000000, kEnd * 1000000},
      {TimeDomain::UNIX_NANOSECONDS, kBegin * 1000000000, kEnd * 1000000000},
  };
  return windows;
}

}  // namespace tfx::tfdv
