#include "tfx/data_validation/generators/time_stats.h"

#include <algorithm>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/utf8.h"
#include "tfx/data_validation/features/numeric_values.h"
#include "tfx/data_validation/generators/binary_values.h"
#include "tfx/data_validation/generators/leaf_stats.h"
#include "tfx/data_validation/generators/time_formats.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

struct TimeCounts {
  int64_t considered = 0;
  bool is_invalid = false;
  std::map<int, int64_t> strings;   // by index in TimeFormats()
  std::map<int, int64_t> integers;  // by index in UnixTimeWindows()

  void Merge(const TimeCounts& other) {
    considered += other.considered;
    is_invalid = is_invalid || other.is_invalid;
    for (const auto& [format, count] : other.strings) strings[format] += count;
    for (const auto& [format, count] : other.integers) integers[format] += count;
  }
  void Write(sketches::StateWriter* out) const {
    out->Integer(considered);
    out->Integer(is_invalid);
    for (const auto* counts : {&strings, &integers}) {
      out->Integer(counts->size());
      for (const auto& [format, count] : *counts) {
        out->Integer(format);
        out->Integer(count);
      }
    }
  }
  void Read(sketches::StateReader* in) {
    considered = static_cast<int64_t>(in->Integer());
    is_invalid = in->Integer() != 0;
    const size_t sizes[] = {TimeFormats().size(), UnixTimeWindows().size()};
    for (const int kind : {0, 1}) {
      const uint64_t count = in->Count(16);
      for (uint64_t i = 0; i < count; ++i) {
        const uint64_t format = in->Integer();
        if (format >= sizes[kind]) return;  // bytes are left over: not such a state
        (kind == 0 ? strings : integers)[static_cast<int>(format)] = static_cast<int64_t>(in->Integer());
      }
    }
  }
};

class TimeStatsGenerator final : public LeafStatsGenerator<TimeStatsGenerator, TimeCounts> {
 public:
  explicit TimeStatsGenerator(const TimeStatsGeneratorOptions& options) : options_(options) {}

  std::string_view name() const override { return "TimeStatsGenerator"; }

  absl::Status AddColumn(const StatsBatch&, const FeatureColumn& column, TimeCounts* counts) const {
    if (column.kind == FeatureKind::kFloat) counts->is_invalid = true;
    if (counts->is_invalid) return absl::OkStatus();
    if (column.kind == FeatureKind::kInt) {
      AddIntegers(*column.values, counts);
      return absl::OkStatus();
    }
    ForEachBinary(*column.values, [&](int64_t, std::string_view value) {
      if (FindInvalidUtf8(value) != std::string_view::npos) counts->is_invalid = true;
      ++counts->considered;
      MatchTimeFormats(value, [counts](int format) { ++counts->strings[format]; });
    });
    return absl::OkStatus();
  }

  absl::Status WriteFeature(const FeaturePath&, const TimeCounts& counts, v0::FeatureNameStatistics* feature) const {
    if (counts.is_invalid || counts.considered < options_.values_threshold) return absl::OkStatus();
    const auto by_count = [](const auto& a, const auto& b) { return a.second < b.second; };
    const auto string = std::max_element(counts.strings.begin(), counts.strings.end(), by_count);
    const auto integer = std::max_element(counts.integers.begin(), counts.integers.end(), by_count);
    const int64_t most_strings = string == counts.strings.end() ? 0 : string->second;
    const int64_t most_integers = integer == counts.integers.end() ? 0 : integer->second;
    const int64_t most = std::max(most_strings, most_integers);
    const double ratio = static_cast<double>(most) / static_cast<double>(counts.considered);
    if (most == 0 || ratio < options_.match_ratio) return absl::OkStatus();

    auto* domain = feature->add_custom_stats();
    domain->set_name("domain_info");
    if (most_strings == most) {
      domain->set_str(absl::StrCat("time_domain {string_format: '", TimeFormats()[string->first], "'}"));
    } else {
      domain->set_str(absl::StrCat("time_domain {integer_format: ", UnixTimeWindows()[integer->first].format, "}"));
    }
    auto* share = feature->add_custom_stats();
    share->set_name("time_match_ratio");
    share->set_num(ratio);
    return absl::OkStatus();
  }

 private:
  static void AddIntegers(const arrow::Array& values, TimeCounts* counts) {
    const std::vector<UnixTimeWindow>& windows = UnixTimeWindows();
    WithNumericArray(values, [&](const auto& typed) {
      using Number = std::decay_t<decltype(typed.Value(0))>;
      for (int64_t i = 0; i < typed.length(); ++i) {
        if (typed.IsNull(i)) continue;
        ++counts->considered;
        if constexpr (std::is_same_v<Number, uint64_t>) {
          if (typed.Value(i) > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) continue;
        }
        const auto value = static_cast<int64_t>(typed.Value(i));
        for (size_t w = 0; w < windows.size(); ++w) {
          if (value >= windows[w].begin && value < windows[w].end) ++counts->integers[static_cast<int>(w)];
        }
      }
    });
  }

  TimeStatsGeneratorOptions options_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeTimeStatsGenerator(const TimeStatsGeneratorOptions& options) {
  if (!(options.match_ratio > 0 && options.match_ratio <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("TimeStatsGenerator: match_ratio must be above 0 and at most 1, not ", options.match_ratio));
  }
  if (options.values_threshold < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("TimeStatsGenerator: values_threshold must be at least 1, not ", options.values_threshold));
  }
  return std::make_unique<TimeStatsGenerator>(options);
}

}  // namespace tfx::tfdv
