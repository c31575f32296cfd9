#include "tfx/data_validation/display/facets_rules.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "absl/strings/str_format.h"
#include "tfx/base/concat.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

double Positive(double count) { return count > 0 && std::isfinite(count) ? count : 0; }

double Sum(const std::vector<double>& counts) {
  return std::accumulate(counts.begin(), counts.end(), 0.0, [](double sum, double c) { return sum + Positive(c); });
}

// The mass of a histogram at or below x.
double CumulativeMass(const std::vector<DisplayBucket>& buckets, double x) {
  double mass = 0;
  for (const DisplayBucket& bucket : buckets) {
    const double count = Positive(bucket.count);
    if (bucket.high <= x) {
      mass += count;
    } else if (bucket.low < x && std::isfinite(bucket.low) && std::isfinite(bucket.high)) {
      mass += count * (x - bucket.low) / (bucket.high - bucket.low);
    }
  }
  return mass;
}

// The mass between consecutive bounds, the first up to bounds[0], the last beyond the last bound.
std::vector<double> MassBetween(const std::vector<DisplayBucket>& buckets, const std::vector<double>& bounds) {
  std::vector<double> masses;
  double before = 0, total = 0;
  for (const DisplayBucket& bucket : buckets) total += Positive(bucket.count);
  for (const double bound : bounds) {
    const double mass = CumulativeMass(buckets, bound);
    masses.push_back(std::max(0.0, mass - before));
    before = mass;
  }
  masses.push_back(std::max(0.0, total - before));
  return masses;
}

bool SameBounds(const std::vector<DisplayBucket>& u, const std::vector<DisplayBucket>& v) {
  return std::equal(u.begin(), u.end(), v.begin(), v.end(),
                    [](const DisplayBucket& a, const DisplayBucket& b) { return a.low == b.low && a.high == b.high; });
}

// "1234567.25" -> "1,234,567.25"; texts with an exponent stay.
std::string GroupThousands(std::string text) {
  if (text.find_first_of("eni") != std::string::npos) return text;
  const size_t start = text[0] == '-' ? 1 : 0;
  size_t point = std::min(text.find('.'), text.size());
  while (point > start + 3) {
    point -= 3;
    text.insert(point, ",");
  }
  return text;
}

std::string NonFinite(double number) { return std::isnan(number) ? "NaN" : number > 0 ? "inf" : "-inf"; }

}  // namespace

double NormalizedEntropy(const std::vector<double>& counts) {
  const double sum = Sum(counts);
  if (sum == 0 || counts.size() < 2) return 0;
  double entropy = 0;
  for (const double count : counts) {
    const double share = Positive(count) / sum;
    if (share > 0) entropy -= share * std::log(share);
  }
  return std::clamp(entropy / std::log(static_cast<double>(counts.size())), 0.0, 1.0);
}

double ChiSquareDistance(const std::vector<double>& u, const std::vector<double>& v) {
  const double sum_u = Sum(u), sum_v = Sum(v);
  if (sum_u == 0 && sum_v == 0) return 0;
  if (sum_u == 0 || sum_v == 0) return std::numeric_limits<double>::infinity();
  double distance = 0;
  for (size_t i = 0; i < std::max(u.size(), v.size()); ++i) {
    const double p = i < u.size() ? Positive(u[i]) / sum_u : 0;
    const double q = i < v.size() ? Positive(v[i]) / sum_v : 0;
    const double variance = p / sum_u + q / sum_v;
    if (variance > 0) distance += (p - q) * (p - q) / variance;
  }
  return distance;
}

double ChiSquareDistance(const std::vector<std::pair<std::string, double>>& u,
                         const std::vector<std::pair<std::string, double>>& v) {
  std::map<std::string, std::pair<double, double>> counts;
  for (const auto& [label, count] : u) counts[label].first += Positive(count);
  for (const auto& [label, count] : v) counts[label].second += Positive(count);
  std::vector<double> of_u, of_v;
  for (const auto& [label, both] : counts) {
    of_u.push_back(both.first);
    of_v.push_back(both.second);
  }
  return ChiSquareDistance(of_u, of_v);
}

double ChiSquareDistance(const std::vector<DisplayBucket>& u, const std::vector<DisplayBucket>& v) {
  std::vector<double> of_u, of_v;
  if (SameBounds(u, v)) {
    for (const DisplayBucket& bucket : u) of_u.push_back(bucket.count);
    for (const DisplayBucket& bucket : v) of_v.push_back(bucket.count);
    return ChiSquareDistance(of_u, of_v);
  }
  std::vector<double> bounds;
  for (const auto* side : {&u, &v}) {
    for (const DisplayBucket& bucket : *side) {
      if (std::isfinite(bucket.low)) bounds.push_back(bucket.low);
      if (std::isfinite(bucket.high)) bounds.push_back(bucket.high);
    }
  }
  std::sort(bounds.begin(), bounds.end());
  bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
  return ChiSquareDistance(MassBetween(u, bounds), MassBetween(v, bounds));
}

const v0::CommonStatistics* FindCommonStatistics(const v0::FeatureNameStatistics& feature) {
  switch (feature.stats_case()) {
    case v0::FeatureNameStatistics::kNumStats:
      return &feature.num_stats().common_stats();
    case v0::FeatureNameStatistics::kStringStats:
      return &feature.string_stats().common_stats();
    case v0::FeatureNameStatistics::kBytesStats:
      return &feature.bytes_stats().common_stats();
    case v0::FeatureNameStatistics::kStructStats:
      return &feature.struct_stats().common_stats();
    case v0::FeatureNameStatistics::STATS_NOT_SET:
      break;
  }
  return nullptr;
}

double MissingOrZeroFraction(const v0::FeatureNameStatistics& feature) {
  const v0::CommonStatistics* common = FindCommonStatistics(feature);
  if (common == nullptr) return 1;
  const double examples = static_cast<double>(common->num_missing()) + static_cast<double>(common->num_non_missing());
  if (examples == 0) return 1;
  const double zeros = feature.has_num_stats() ? static_cast<double>(feature.num_stats().num_zeros()) : 0;
  return (static_cast<double>(common->num_missing()) + zeros) / examples;
}

double TotalNumberOfValues(const v0::CommonStatistics& common) {
  if (common.tot_num_values() > 0) return static_cast<double>(common.tot_num_values());
  return static_cast<double>(common.num_non_missing()) * common.avg_num_values();
}

bool HasNan(const v0::NumericStatistics& numeric) {
  return std::any_of(numeric.histograms().begin(), numeric.histograms().end(),
                     [](const v0::Histogram& histogram) { return histogram.num_nan() > 0; });
}

std::string FormatNumber(double number) {
  if (!std::isfinite(number)) return NonFinite(number);
  const double size = std::abs(number);
  if (size == 0) return "0";
  if (size < 0.01) {
    std::string text = absl::StrFormat("%.2e", number);  // "1.20e-03"
    const size_t e = text.find('e');
    std::string exponent = text.substr(e + 2);
    exponent.erase(0, std::min(exponent.find_first_not_of('0'), exponent.size() - 1));
    return Concat(text.substr(0, e), "e-", exponent);
  }
  if (size <= 10000) {
    std::string text = absl::StrFormat("%.2f", number);
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
    return GroupThousands(text);
  }
  static constexpr const char* kPrefixes[] = {"", "k", "M", "B", "T", "P", "E", "Z", "Y"};
  double scaled = size;
  size_t prefix = 0;
  // 999.5 would be written as 1000 with three significant digits.
  while (scaled >= 999.5 && prefix + 1 < std::size(kPrefixes)) {
    scaled /= 1000;
    ++prefix;
  }
  if (scaled >= 999.5) return absl::StrFormat("%.2e", number);
  const int decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
  return absl::StrFormat("%s%.*f%s", number < 0 ? "-" : "", decimals, scaled, kPrefixes[prefix]);
}

std::string FormatExact(double number) {
  if (!std::isfinite(number)) return NonFinite(number);
  if (number == 0) return "0";
  char buffer[64];
  const bool plain = std::abs(number) >= 1e-5 && std::abs(number) < 1e17;
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), number,
                                    plain ? std::chars_format::fixed : std::chars_format::scientific);
  return GroupThousands(std::string(buffer, result.ptr));
}

std::string FormatPercent(double fraction) {
  if (!std::isfinite(fraction)) return NonFinite(fraction);
  if (fraction > 0 && fraction < 1e-6) return "~0%";
  if (fraction < 1 && fraction > 1 - 1e-6) return "~100%";
  std::string text = absl::StrFormat("%.2f", fraction * 100);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return GroupThousands(text) + "%";
}

ChartKind ChartKindFor(bool labelled, bool quantiles, int num_labels) {
  if (!labelled) return quantiles ? ChartKind::kQuantiles : ChartKind::kHistogram;
  return num_labels > kMaxBars ? ChartKind::kCumulative : ChartKind::kBars;
}

Valency ValencyOf(const v0::CommonStatistics* common) {
  if (common == nullptr || common->num_non_missing() == 0) return Valency::kUnknown;
  if (common->min_num_values() != common->max_num_values()) return Valency::kVariableLength;
  return common->min_num_values() == 1 ? Valency::kSingle : Valency::kFixedLength;
}

Valency MergeValency(Valency a, Valency b) {
  if (a == Valency::kUnknown) return b;
  if (b == Valency::kUnknown) return a;
  return std::max(a, b);
}

ValueKind ValueKindOf(const v0::FeatureNameStatistics& feature) {
  switch (feature.type()) {
    case v0::FeatureNameStatistics::INT:
      return ValueKind::kInt;
    case v0::FeatureNameStatistics::FLOAT:
      return ValueKind::kFloat;
    case v0::FeatureNameStatistics::STRING:
      return ValueKind::kString;
    case v0::FeatureNameStatistics::BYTES:
      return ValueKind::kBytes;
    case v0::FeatureNameStatistics::STRUCT:
      return ValueKind::kStruct;
    default:  // a number from a newer writer
      return ValueKind::kUnknown;
  }
}

}  // namespace tfx::tfdv
