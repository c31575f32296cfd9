#include "tfx/data_validation/statistics/common_stats.h"

#include <algorithm>
#include <array>
#include <map>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/histograms.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

// Innermost values under each entry of the outermost level; null inner lists count as empty.
std::vector<int64_t> InnermostCounts(const std::vector<ListLevel>& levels) {
  std::vector<int64_t> counts = levels.back().lengths;
  for (size_t level = levels.size() - 1; level-- > 0;) {
    std::vector<int64_t> outer;
    outer.reserve(levels[level].lengths.size());
    size_t next = 0;
    for (int64_t length : levels[level].lengths) {
      int64_t sum = 0;
      for (int64_t i = 0; i < length; ++i) sum += std::max<int64_t>(counts[next++], 0);
      outer.push_back(length < 0 ? -1 : sum);
    }
    counts = std::move(outer);
  }
  return counts;
}

// How often each length of present lists occurs, in order of length.
std::vector<std::pair<int64_t, int64_t>> CountLengths(const std::vector<int64_t>& lengths) {
  // Most features have no value or one in all rows.
  const auto num_rows = static_cast<int64_t>(lengths.size());
  int64_t num_absent = 0, num_single = 0;
  for (const int64_t length : lengths) {
    num_absent += length < 0 ? 1 : 0;
    num_single += length == 1 ? 1 : 0;
  }
  std::vector<std::pair<int64_t, int64_t>> counts;
  if (num_absent + num_single == num_rows) {
    if (num_single > 0) counts.emplace_back(1, num_single);
    return counts;
  }
  std::array<int64_t, 16> short_counts = {};
  std::map<int64_t, int64_t> long_counts;
  for (const int64_t length : lengths) {
    if (static_cast<uint64_t>(length) < short_counts.size()) {
      ++short_counts[static_cast<size_t>(length)];
    } else if (length >= 0) {
      ++long_counts[length];
    }
  }
  for (size_t length = 0; length < short_counts.size(); ++length) {
    if (short_counts[length] > 0) counts.emplace_back(static_cast<int64_t>(length), short_counts[length]);
  }
  counts.insert(counts.end(), long_counts.begin(), long_counts.end());
  return counts;
}

}  // namespace

absl::Status CommonStatsAccumulator::Add(const FeatureColumn& column) {
  const bool has_kind = column.kind != FeatureKind::kUnknown;
  if (!has_kind && kind_seen_) return absl::OkStatus();
  if (has_kind && !kind_seen_) levels_.clear();  // what columns without a kind added is all zero
  kind_seen_ = has_kind;
  if (levels_.empty()) levels_.assign(column.levels.size(), Level(epsilon_));
  if (levels_.size() != column.levels.size()) {
    if (!has_kind) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("feature ", SerializePath(column.path), " has values at nest level ",
                                                   levels_.size(), " in some examples and ", column.levels.size(),
                                                   " in others"));
  }
  for (size_t i = 0; i < levels_.size(); ++i) {
    Level& level = levels_[i];
    const ListLevel& lists = column.levels[i];
    const bool is_sketched = i > 0 || levels_.size() == 1;
    for (const auto& [length, count] : CountLengths(lists.lengths)) {
      level.num_non_missing += count;
      level.min_length = std::min(level.min_length, length);
      level.max_length = std::max(level.max_length, length);
      level.total += length * count;
      if (is_sketched) level.lengths.Add(static_cast<double>(length), static_cast<double>(count));
    }
    if (!column.has_weights) continue;
    for (size_t j = 0; j < lists.lengths.size(); ++j) {
      if (lists.lengths[j] < 0) continue;
      level.weighted_non_missing.Add(lists.weights[j]);
      level.weighted_total.AddProduct(lists.weights[j], static_cast<double>(lists.lengths[j]));
    }
  }
  if (levels_.size() > 1) {
    const std::vector<int64_t> counts = InnermostCounts(column.levels);
    for (const auto& [length, count] : CountLengths(counts)) {
      levels_[0].min_innermost = std::min(levels_[0].min_innermost, length);
      levels_[0].max_innermost = std::max(levels_[0].max_innermost, length);
      levels_[0].lengths.Add(static_cast<double>(length), static_cast<double>(count));
    }
  }
  return absl::OkStatus();
}

absl::Status CommonStatsAccumulator::Merge(const CommonStatsAccumulator& other) {
  if (other.levels_.empty() || (!other.kind_seen_ && kind_seen_)) return absl::OkStatus();
  if (levels_.empty() || (other.kind_seen_ && !kind_seen_)) {
    *this = other;
    return absl::OkStatus();
  }
  if (levels_.size() != other.levels_.size()) {
    if (!kind_seen_) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("values at nest level ", levels_.size(), " in some examples and at ",
                                                   other.levels_.size(), " in others"));
  }
  for (size_t i = 0; i < levels_.size(); ++i) {
    Level& level = levels_[i];
    const Level& more = other.levels_[i];
    level.num_non_missing += more.num_non_missing;
    level.min_length = std::min(level.min_length, more.min_length);
    level.max_length = std::max(level.max_length, more.max_length);
    level.total += more.total;
    level.weighted_non_missing.Merge(more.weighted_non_missing);
    level.weighted_total.Merge(more.weighted_total);
    level.min_innermost = std::min(level.min_innermost, more.min_innermost);
    level.max_innermost = std::max(level.max_innermost, more.max_innermost);
    RETURN_IF_ERROR(level.lengths.Merge(more.lengths));
  }
  return absl::OkStatus();
}

std::string CommonStatsAccumulator::Serialize() const {
  sketches::StateWriter out;
  out.Integer(kind_seen_);
  out.Integer(levels_.size());
  for (const Level& level : levels_) {
    for (int64_t value : {level.num_non_missing, level.min_length, level.max_length, level.total, level.min_innermost,
                          level.max_innermost}) {
      out.Integer(static_cast<uint64_t>(value));
    }
    level.weighted_non_missing.Write(&out);
    level.weighted_total.Write(&out);
    out.Bytes(level.lengths.Serialize());
  }
  return out.Take();
}

absl::Status CommonStatsAccumulator::ParseFrom(std::string_view bytes) {
  const absl::Status damaged = absl::DataLossError("not a state of common statistics");
  sketches::StateReader in(bytes);
  CommonStatsAccumulator parsed(epsilon_);
  parsed.kind_seen_ = in.Integer() != 0;
  parsed.levels_.assign(in.Count(80), Level(epsilon_));
  for (Level& level : parsed.levels_) {
    for (int64_t* value : {&level.num_non_missing, &level.min_length, &level.max_length, &level.total,
                           &level.min_innermost, &level.max_innermost}) {
      *value = static_cast<int64_t>(in.Integer());
    }
    if (!level.weighted_non_missing.Read(&in) || !level.weighted_total.Read(&in)) return damaged;
    RETURN_IF_ERROR(level.lengths.ParseFrom(in.Bytes()));
  }
  if (!in.ok()) return damaged;
  *this = std::move(parsed);
  return absl::OkStatus();
}

CommonStatsAccumulator::Rows CommonStatsAccumulator::innermost_values() const {
  if (levels_.empty()) return {};
  return {levels_.back().total, levels_.back().weighted_total.Round()};
}

v0::CommonStatistics CommonStatsAccumulator::ToProto(const Rows& rows, bool has_weights, int num_buckets) const {
  v0::CommonStatistics proto;
  if (levels_.empty()) return proto;
  Rows above = rows;
  for (const Level& level : levels_) {
    if (levels_.size() > 1) {
      auto* presence = proto.add_presence_and_valency_stats();
      presence->set_num_missing(above.count - level.num_non_missing);
      presence->set_num_non_missing(level.num_non_missing);
      if (level.num_non_missing > 0) {
        presence->set_min_num_values(level.min_length);
        presence->set_max_num_values(level.max_length);
        presence->set_tot_num_values(level.total);
      }
      if (has_weights) {
        const double non_missing = level.weighted_non_missing.Round(), total = level.weighted_total.Round();
        auto* weighted = proto.add_weighted_presence_and_valency_stats();
        weighted->set_num_missing(above.weight - non_missing);
        weighted->set_num_non_missing(non_missing);
        weighted->set_tot_num_values(total);
        if (non_missing > 0) weighted->set_avg_num_values(total / non_missing);
      }
    }
    above = {level.total, level.weighted_total.Round()};
  }
  const Level& top = levels_.front();
  const Level& innermost = levels_.back();
  proto.set_num_non_missing(top.num_non_missing);
  proto.set_num_missing(rows.count - top.num_non_missing);
  if (innermost.num_non_missing > 0) proto.set_tot_num_values(innermost.total);
  if (top.num_non_missing > 0) {
    const bool nested = levels_.size() > 1;
    proto.set_min_num_values(nested ? top.min_innermost : top.min_length);
    proto.set_max_num_values(nested ? top.max_innermost : top.max_length);
    proto.set_avg_num_values(
        static_cast<float>(static_cast<double>(proto.tot_num_values()) / static_cast<double>(top.num_non_missing)));
    *proto.mutable_num_values_histogram() = QuantilesHistogram(top.lengths.GetQuantiles(num_buckets));
  }
  if (has_weights) {
    const double non_missing = top.weighted_non_missing.Round(), total = innermost.weighted_total.Round();
    auto* weighted = proto.mutable_weighted_common_stats();
    weighted->set_num_non_missing(non_missing);
    weighted->set_num_missing(rows.weight - non_missing);
    weighted->set_tot_num_values(total);
    if (non_missing != 0) weighted->set_avg_num_values(total / non_missing);
  }
  return proto;
}

std::vector<v0::CustomStatistic> CommonStatsAccumulator::NestedLengths(int num_buckets) const {
  std::vector<v0::CustomStatistic> statistics;
  if (!kind_seen_) return statistics;
  for (size_t i = 1; i < levels_.size(); ++i) {
    const Level& level = levels_[i];
    const std::vector<sketches::Quantile> boundaries = level.lengths.GetQuantiles(num_buckets);
    v0::CustomStatistic& quantiles = statistics.emplace_back();
    quantiles.set_name(absl::StrCat("level_", i + 1, "_value_list_length_quantiles"));
    *quantiles.mutable_histogram() = QuantilesHistogram(boundaries);
    v0::CustomStatistic& standard = statistics.emplace_back();
    standard.set_name(absl::StrCat("level_", i + 1, "_value_list_length_standard"));
    *standard.mutable_histogram() =
        EqualWidthHistogram(boundaries, {.finite_min = static_cast<double>(level.min_length),
                                         .finite_max = static_cast<double>(level.max_length),
                                         .num_buckets = level.min_length == level.max_length ? 1 : num_buckets});
  }
  return statistics;
}

}  // namespace tfx::tfdv
