#include "tfx/metadata/like_prefix.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

constexpr int kMostSeeks = 64;

// What comes after every text that begins with this one.
std::string Above(std::string text) {
  ++text.back();
  return text;
}

}  // namespace

std::optional<std::string> NextSpelling(std::string_view prefix, std::string_view least) {
  // Capitals come before small letters.
  std::string spelling(prefix);
  absl::AsciiStrToUpper(&spelling);
  std::optional<size_t> last_capital;  // that could be a small letter, among those written as in `least`
  for (size_t i = 0; i < prefix.size(); ++i) {
    if (i == least.size()) return spelling;
    const auto wanted = static_cast<unsigned char>(least[i]);
    const auto capital = static_cast<unsigned char>(spelling[i]);
    const auto small = static_cast<unsigned char>(absl::ascii_tolower(capital));
    if (wanted == capital) {
      if (small != capital) last_capital = i;
    } else if (wanted == small) {
      spelling[i] = static_cast<char>(small);
    } else if (wanted < capital) {
      return spelling;
    } else if (wanted < small) {
      spelling[i] = static_cast<char>(small);
      return spelling;
    } else {
      if (!last_capital.has_value()) return std::nullopt;
      spelling[*last_capital] = absl::ascii_tolower(static_cast<unsigned char>(spelling[*last_capital]));
      for (size_t j = *last_capital + 1; j < prefix.size(); ++j) {
        spelling[j] = absl::ascii_toupper(static_cast<unsigned char>(prefix[j]));
      }
      return spelling;
    }
  }
  return spelling;
}

absl::StatusOr<std::optional<FilterSql::Narrowing>> NarrowByPrefix(SqlConnection& sql, std::string_view table,
                                                                   const FilterSql::Prefix& prefix) {
  const std::string seek = Concat("SELECT P.", prefix.column, " FROM ", table, " P WHERE P.", prefix.column,
                                  " >= ? ORDER BY P.", prefix.column, " LIMIT 1");
  const std::string range =
      Concat("SELECT P.id FROM ", table, " P WHERE P.", prefix.column, " >= ? AND P.", prefix.column, " < ?");
  FilterSql::Narrowing narrowing;
  std::vector<std::string> ranges;
  std::optional<std::string> spelling = NextSpelling(prefix.text, "");
  for (int seeks = 0; spelling.has_value(); ++seeks) {
    if (seeks == kMostSeeks) return std::nullopt;
    std::optional<std::string> found;
    RETURN_IF_ERROR(sql.Select(seek, {std::string_view(*spelling)}, [&](const SqlRow& row) {
      found = row.Text(0);
      return absl::OkStatus();
    }));
    if (!found.has_value()) break;
    spelling = NextSpelling(prefix.text, *found);
    if (!spelling.has_value() || !found->starts_with(*spelling)) continue;
    const std::string above = Above(*spelling);
    ranges.push_back(range);
    narrowing.values.insert(narrowing.values.end(), {*spelling, above});
    spelling = NextSpelling(prefix.text, above);
  }
  narrowing.select =
      ranges.empty() ? Concat("SELECT P.id FROM ", table, " P WHERE 1 = 0") : absl::StrJoin(ranges, " UNION ALL ");
  return narrowing;
}

}  // namespace mlmd
