#include "tfx/example_gen/input_patterns.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"

namespace tfx::example_gen {
namespace {

using components::example_gen::Input;
using components::example_gen::Output;
using configs::RangeConfig;

enum class PieceKind { kText, kSpan, kVersion, kYear, kMonth, kDay };

// A part of a pattern: literal text (which may hold * and ?), or a spec.
struct Piece {
  PieceKind kind;
  std::string text;
  int width = 0;  // 0: any
};

struct Pattern {
  std::vector<Piece> pieces;

  int Count(PieceKind kind) const {
    return static_cast<int>(
        std::count_if(pieces.begin(), pieces.end(), [&](const Piece& p) { return p.kind == kind; }));
  }
  bool has_date() const { return Count(PieceKind::kYear) > 0; }
  bool has_span() const { return Count(PieceKind::kSpan) > 0 || has_date(); }
  bool has_version() const { return Count(PieceKind::kVersion) > 0; }
};

absl::StatusOr<Piece> ParseSpec(std::string_view spec, std::string_view pattern) {
  if (spec == "YYYY") return Piece{PieceKind::kYear, "", 4};
  if (spec == "MM") return Piece{PieceKind::kMonth, "", 2};
  if (spec == "DD") return Piece{PieceKind::kDay, "", 2};
  for (const auto& [name, kind] : {std::pair{"SPAN", PieceKind::kSpan}, std::pair{"VERSION", PieceKind::kVersion}}) {
    const std::string_view word = name;
    if (spec == word) return Piece{kind, "", 0};
    if (spec.substr(0, word.size()) == word && spec.size() > word.size() && spec[word.size()] == ':') {
      int width = 0;
      const std::string digits(spec.substr(word.size() + 1));
      if (!absl::SimpleAtoi(digits, &width) || width <= 0) {
        return absl::InvalidArgumentError(absl::StrCat("the width in {", std::string(spec), "} of pattern '",
                                                       std::string(pattern), "' is not a positive integer"));
      }
      return Piece{kind, "", width};
    }
  }
  return Piece{PieceKind::kText, absl::StrCat("{", std::string(spec), "}")};
}

absl::StatusOr<Pattern> ParsePattern(std::string_view text) {
  Pattern pattern;
  std::string literal;
  auto flush = [&] {
    if (!literal.empty()) pattern.pieces.push_back({PieceKind::kText, std::exchange(literal, "")});
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t close = text[i] == '{' ? text.find('}', i) : std::string_view::npos;
    if (close == std::string_view::npos) {
      literal += text[i];
      continue;
    }
    ASSIGN_OR_RETURN(Piece piece, ParseSpec(text.substr(i + 1, close - i - 1), text));
    if (piece.kind == PieceKind::kText) {
      literal += piece.text;
    } else {
      flush();
      pattern.pieces.push_back(piece);
    }
    i = close;
  }
  flush();

  const std::string shown(text);
  for (const auto& [kind, name] : {std::pair{PieceKind::kSpan, "{SPAN}"},
                                   {PieceKind::kVersion, "{VERSION}"},
                                   {PieceKind::kYear, "{YYYY}"},
                                   {PieceKind::kMonth, "{MM}"},
                                   {PieceKind::kDay, "{DD}"}}) {
    if (pattern.Count(kind) > 1) {
      return absl::InvalidArgumentError(absl::StrCat("pattern '", shown, "' has ", name, " more than once"));
    }
  }
  const int date_parts =
      pattern.Count(PieceKind::kYear) + pattern.Count(PieceKind::kMonth) + pattern.Count(PieceKind::kDay);
  if (date_parts != 0 && date_parts != 3) {
    return absl::InvalidArgumentError(absl::StrCat("pattern '", shown, "' needs {YYYY}, {MM} and {DD} together"));
  }
  if (date_parts == 3 && pattern.Count(PieceKind::kSpan) > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("pattern '", shown, "' has both {SPAN} and a date; use one of them"));
  }
  if (pattern.has_version() && !pattern.has_span()) {
    return absl::InvalidArgumentError(absl::StrCat("pattern '", shown, "' has {VERSION} without {SPAN} or a date"));
  }
  return pattern;
}

// The text that each spec stands for, and the numbers it says.
struct Match {
  std::map<PieceKind, std::string> texts;
  int64_t span = 0;
  int64_t version = 0;
};

// Backtracking match of path against pieces; '*' and '?' do not cross '/'.
bool MatchFrom(const std::vector<Piece>& pieces, size_t piece, size_t offset, std::string_view path, Match& match) {
  if (piece == pieces.size()) return path.empty();
  const Piece& p = pieces[piece];
  if (p.kind != PieceKind::kText) {
    for (size_t n = p.width > 0 ? p.width : 1; n <= path.size() && (p.width == 0 || n == static_cast<size_t>(p.width));
         ++n) {
      if (path.substr(0, n).find('/') != std::string_view::npos) return false;
      match.texts[p.kind] = std::string(path.substr(0, n));
      if (MatchFrom(pieces, piece + 1, 0, path.substr(n), match)) return true;
    }
    return false;
  }
  if (offset == p.text.size()) return MatchFrom(pieces, piece + 1, 0, path, match);
  const char c = p.text[offset];
  if (c == '*') {
    for (size_t n = 0;; ++n) {
      if (MatchFrom(pieces, piece, offset + 1, path.substr(n), match)) return true;
      if (n >= path.size() || path[n] == '/') return false;
    }
  }
  if (path.empty() || (c == '?' ? path[0] == '/' : path[0] != c)) return false;
  return MatchFrom(pieces, piece, offset + 1, path.substr(1), match);
}

absl::StatusOr<int64_t> ParseNumber(const std::string& text, const char* what, const std::string& path) {
  int64_t value = 0;
  const bool digits =
      !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isdigit(c); });
  if (!digits || !absl::SimpleAtoi(text, &value)) {
    return absl::InvalidArgumentError(absl::StrCat("the ", what, " '", text, "' in ", path, " is not an integer"));
  }
  return value;
}

absl::Status FillNumbers(const Pattern& pattern, const std::string& path, Match& match) {
  if (pattern.has_date()) {
    ASSIGN_OR_RETURN(const int64_t year, ParseNumber(match.texts[PieceKind::kYear], "year", path));
    ASSIGN_OR_RETURN(const int64_t month, ParseNumber(match.texts[PieceKind::kMonth], "month", path));
    ASSIGN_OR_RETURN(const int64_t day, ParseNumber(match.texts[PieceKind::kDay], "day", path));
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok())
      return absl::InvalidArgumentError(absl::StrFormat("%04d-%02d-%02d in %s is not a date", year, month, day, path));
    match.span = std::chrono::sys_days(date).time_since_epoch().count();
  } else if (pattern.has_span()) {
    ASSIGN_OR_RETURN(match.span, ParseNumber(match.texts[PieceKind::kSpan], "span", path));
  }
  if (pattern.has_version()) {
    ASSIGN_OR_RETURN(match.version, ParseNumber(match.texts[PieceKind::kVersion], "version", path));
  }
  return absl::OkStatus();
}

// The pattern with specs replaced by the texts in `match`, or by '*' where it has none.
std::string Render(const Pattern& pattern, const std::map<PieceKind, std::string>& texts) {
  std::string rendered;
  for (const Piece& piece : pattern.pieces) {
    const auto it = texts.find(piece.kind);
    if (piece.kind == PieceKind::kText) {
      rendered += piece.text;
    } else {
      rendered += it == texts.end() ? "*" : it->second;
    }
  }
  return rendered;
}

absl::StatusOr<std::optional<int64_t>> WantedSpan(const RangeConfig* range) {
  if (range == nullptr) return std::optional<int64_t>();
  if (range->has_static_range()) {
    const auto& fixed = range->static_range();
    if (fixed.start_span_number() != fixed.end_span_number()) {
      return absl::InvalidArgumentError(
          "range_config: ExampleGen reads one span, so static_range needs start_span_number equal to end_span_number");
    }
    return std::optional<int64_t>(fixed.start_span_number());
  }
  if (range->has_rolling_range() &&
      (range->rolling_range().num_spans() != 1 || range->rolling_range().start_span_number() != 0)) {
    return absl::InvalidArgumentError(
        "range_config: ExampleGen reads one span, so rolling_range needs num_spans 1 and no start_span_number");
  }
  return std::optional<int64_t>();
}

absl::StatusOr<std::map<PieceKind, std::string>> TextsOfSpan(const Pattern& pattern, int64_t span,
                                                             const std::string& shown) {
  std::map<PieceKind, std::string> texts;
  if (pattern.has_date()) {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(span))};
    texts[PieceKind::kYear] = absl::StrFormat("%04d", static_cast<int>(date.year()));
    texts[PieceKind::kMonth] = absl::StrFormat("%02u", static_cast<unsigned>(date.month()));
    texts[PieceKind::kDay] = absl::StrFormat("%02u", static_cast<unsigned>(date.day()));
    return texts;
  }
  for (const Piece& piece : pattern.pieces) {
    if (piece.kind != PieceKind::kSpan) continue;
    std::string digits = absl::StrCat(span);
    if (piece.width > 0 && digits.size() > static_cast<size_t>(piece.width)) {
      return absl::InvalidArgumentError(
          absl::StrCat("span ", span, " of range_config has more digits than the width in '", shown, "'"));
    }
    if (piece.width > 0) digits.insert(0, piece.width - digits.size(), '0');
    texts[PieceKind::kSpan] = digits;
  }
  return texts;
}

// The newest span, then the newest version in it, among the files that exist.
absl::StatusOr<Match> FindNewest(const Pattern& pattern, const std::map<PieceKind, std::string>& fixed,
                                 const std::string& shown) {
  const std::string glob = Render(pattern, fixed);
  ASSIGN_OR_RETURN(const std::vector<std::string> paths, io::Glob(glob));
  std::optional<Match> best;
  for (const std::string& path : paths) {
    Match match;
    if (!MatchFrom(pattern.pieces, 0, 0, path, match)) continue;
    if (std::any_of(fixed.begin(), fixed.end(), [&](const auto& f) { return match.texts[f.first] != f.second; }))
      continue;
    RETURN_IF_ERROR(FillNumbers(pattern, path, match));
    if (!best || std::pair(match.span, match.version) > std::pair(best->span, best->version)) best = match;
  }
  if (!best) return absl::NotFoundError(absl::StrCat("no file matches pattern '", shown, "'"));
  return *best;
}

absl::StatusOr<std::string> Fingerprint(const std::string& split, const std::vector<std::string>& files) {
  uint64_t bytes = 0;
  int64_t xor_checksum = 0;
  int64_t sum_checksum = 0;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(const io::FileInfo info, io::Stat(file));
    bytes += info.size;
    xor_checksum ^= info.mtime_seconds;
    sum_checksum += info.mtime_seconds;
  }
  return absl::StrCat("split:", split, ",num_files:", files.size(), ",total_bytes:", bytes,
                      ",xor_checksum:", xor_checksum, ",sum_checksum:", sum_checksum);
}

}  // namespace

Input DefaultInputConfig() {
  Input input;
  auto* split = input.add_splits();
  split->set_name("single_split");
  split->set_pattern("*");
  return input;
}

absl::StatusOr<Output> EffectiveOutputConfig(const Input& input, const Output& output) {
  std::vector<std::string> problems;
  if (input.splits().empty()) problems.push_back("input_config has no splits");
  std::set<std::string> names;
  for (const auto& split : input.splits()) {
    if (split.name().empty() || split.pattern().empty())
      problems.push_back("input_config has a split without a name or a pattern");
    if (!names.insert(split.name()).second)
      problems.push_back(absl::StrCat("input_config has split '", split.name(), "' twice"));
  }
  Output effective = output;
  if (output.split_config().splits().empty()) {
    if (input.splits_size() == 1) {
      for (const auto& [name, buckets] : {std::pair{"train", 2u}, std::pair{"eval", 1u}}) {
        auto* split = effective.mutable_split_config()->add_splits();
        split->set_name(name);
        split->set_hash_buckets(buckets);
      }
    }
  } else if (input.splits_size() > 1) {
    problems.push_back("output_config has a split_config, but input_config has several splits; give one or the other");
  }
  names.clear();
  for (const auto& split : effective.split_config().splits()) {
    if (split.name().empty()) problems.push_back("output_config has a split without a name");
    if (split.hash_buckets() == 0)
      problems.push_back(absl::StrCat("output_config split '", split.name(), "' has no hash_buckets"));
    if (!names.insert(split.name()).second)
      problems.push_back(absl::StrCat("output_config has split '", split.name(), "' twice"));
  }
  if (!problems.empty()) return absl::InvalidArgumentError(absl::StrJoin(problems, "; "));
  return effective;
}

absl::StatusOr<ResolvedInput> ResolveInput(std::string_view input_base, const Input& config, const RangeConfig* range) {
  ResolvedInput resolved;
  resolved.config = config;
  ASSIGN_OR_RETURN(const std::optional<int64_t> wanted, WantedSpan(range));
  std::vector<std::string> fingerprints;
  for (int i = 0; i < config.splits_size(); ++i) {
    auto& split = *resolved.config.mutable_splits(i);
    const std::string shown = io::JoinPath(input_base, split.pattern());
    ASSIGN_OR_RETURN(const Pattern pattern, ParsePattern(shown));
    if (range != nullptr && !pattern.has_span()) {
      return absl::InvalidArgumentError(absl::StrCat("range_config needs {SPAN} or a date in pattern '", shown, "'"));
    }
    Match match;
    if (pattern.has_span()) {
      std::map<PieceKind, std::string> fixed;
      if (wanted) {
        ASSIGN_OR_RETURN(fixed, TextsOfSpan(pattern, *wanted, shown));
      }
      ASSIGN_OR_RETURN(match, FindNewest(pattern, fixed, shown));
    }
    const std::optional<int64_t> version = pattern.has_version() ? std::optional<int64_t>(match.version) : std::nullopt;
    if (i == 0) {
      resolved.span = match.span;
      resolved.version = version;
    } else if (resolved.span != match.span || resolved.version != version) {
      return absl::InvalidArgumentError(absl::StrCat("the newest span or version of split '", split.name(), "' (span ",
                                                     match.span, ") differs from that of split '",
                                                     config.splits(0).name(), "' (span ", resolved.span, ")"));
    }
    const std::string rendered = Render(pattern, match.texts);
    ASSIGN_OR_RETURN(const std::vector<std::string> files, io::Glob(rendered));
    if (files.empty()) {
      return absl::NotFoundError(
          absl::StrCat("no file matches pattern '", rendered, "' of input split '", split.name(), "'"));
    }
    ASSIGN_OR_RETURN(std::string line, Fingerprint(split.name(), files));
    fingerprints.push_back(std::move(line));
    // Relative to the input base again, as TFX records it.
    ASSIGN_OR_RETURN(const Pattern relative, ParsePattern(split.pattern()));
    split.set_pattern(Render(relative, match.texts));
  }
  resolved.fingerprint = absl::StrJoin(fingerprints, "\n");
  return resolved;
}

}  // namespace tfx::example_gen
