#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tfx/data_validation/anomalies/domain_inference.h"
#include "tfx/data_validation/anomalies/feature_check.h"
#include "tfx/data_validation/features/custom_statistics.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using v0::FeatureNameStatistics;

constexpr char kInvalidValues[] = "Invalid values";
constexpr char kNonBooleanValues[] = "Non-boolean values";
constexpr char kOutOfRangeValues[] = "Out-of-range values";

// --- string

// "~12%", rounded down; "<1%"; "?" where there is no total.
std::string Percentage(double count, double total) {
  if (total == 0) return "?";
  const double percent = 100 * count / total;
  return percent < 1 ? "<1%" : absl::StrFormat("~%d%%", static_cast<int>(std::floor(percent)));
}

struct StringFindings {
  AnomalyReasons reasons;
  bool domain_is_wrong = false;
};

StringFindings CheckStringDomain(const FeatureView& stats, const v0::DistributionConstraints& constraints,
                                 StringDomain* domain) {
  if (stats.has_invalid_utf8()) {
    return {{{AnomalyInfo::ENUM_TYPE_INVALID_UTF8, "Invalid UTF8 strings",
              "Found strings that were not valid UTF8 strings."}},
            true};
  }
  const double tolerated = constraints.has_min_domain_mass() ? 1 - constraints.min_domain_mass() : 0;
  const std::set<std::string> known(domain->value().begin(), domain->value().end());
  std::vector<std::pair<std::string, double>> unknown;  // in byte order
  double unknown_mass = 0;
  for (const auto& [value, count] : stats.value_counts()) {
    if (known.contains(value)) continue;
    unknown.emplace_back(value, count);
    unknown_mass += count;
  }
  const double total = stats.total_num_values();
  if (!(unknown_mass / total > tolerated) && !(tolerated == 0 && !unknown.empty())) return {};
  const std::string list = absl::StrJoin(unknown, ", ", [total](std::string* out, const auto& value) {
    absl::StrAppend(out, absl::Utf8SafeCEscape(value.first), " (",
                    Percentage(static_cast<double>(static_cast<int64_t>(value.second)), total), ")");
  });
  for (const auto& [value, count] : unknown) domain->add_value(value);
  return {{{AnomalyInfo::ENUM_TYPE_UNEXPECTED_STRING_VALUES, "Unexpected string values",
            absl::StrCat("Examples contain values missing from the schema: ", list, ". ")}}};
}

// --- bool

AnomalyReason NotBool(AnomalyInfo::Type type, std::string description) {
  return {type, kNonBooleanValues, std::move(description)};
}

AnomalyReasons CheckBoolInts(const v0::NumericStatistics& numbers, Feature* feature) {
  const bool small = numbers.min() < 0;
  if (!small && !(numbers.max() > 1)) return {};
  v0::IntDomain* domain = feature->mutable_int_domain();
  domain->set_min(static_cast<int64_t>(std::clamp(numbers.min(), -9.2e18, 9.2e18)));
  domain->set_max(static_cast<int64_t>(std::clamp(numbers.max(), -9.2e18, 9.2e18)));
  return {NotBool(small ? AnomalyInfo::BOOL_TYPE_SMALL_INT : AnomalyInfo::BOOL_TYPE_BIG_INT,
                  absl::StrCat("Integers (such as ", absl::SixDigits(small ? numbers.min() : numbers.max()),
                               ") not in {0, 1}: converting to an integer."))};
}

// What in a histogram of floats contradicts bool; empty when nothing does. Values between 0 and 1 show in quantiles
// only.
std::string NonBoolFloats(const v0::Histogram& histogram) {
  if (histogram.num_nan() > 0) return "Floats (such as NaN)";
  for (const auto& bucket : histogram.buckets()) {
    if (bucket.sample_count() <= 0) continue;
    if (bucket.high_value() < 0) return "Float values < 0";
    if (bucket.low_value() > 1) return "Float values > 1";
    if (histogram.type() == v0::Histogram::QUANTILES && bucket.low_value() > 0 && bucket.high_value() < 1) {
      return "between";
    }
  }
  return "";
}

AnomalyReasons CheckBoolFloats(const v0::NumericStatistics& numbers, Feature* feature) {
  std::string found;
  for (double bound : {numbers.min(), numbers.max()}) {
    if (bound != 0 && bound != 1) {
      found = absl::StrCat("Floats (such as ", absl::SixDigits(bound), ")");
      break;
    }
  }
  for (int i = 0; found.empty() && i < numbers.histograms_size(); ++i) found = NonBoolFloats(numbers.histograms(i));
  if (found.empty()) return {};
  v0::FloatDomain* domain = feature->mutable_float_domain();
  domain->set_min(static_cast<float>(numbers.min()));
  domain->set_max(static_cast<float>(numbers.max()));
  return {NotBool(AnomalyInfo::BOOL_TYPE_UNEXPECTED_FLOAT,
                  found == "between" ? "Float values falling between 0 and 1: converting to float_domain."
                                     : absl::StrCat(found, " not in {0, 1}: converting to float_domain."))};
}

AnomalyReasons CheckBoolTexts(const FeatureView& stats, Feature* feature) {
  std::set<std::string> valid;
  if (feature->bool_domain().has_true_value()) valid.insert(feature->bool_domain().true_value());
  if (feature->bool_domain().has_false_value()) valid.insert(feature->bool_domain().false_value());
  for (const auto& [text, count] : stats.value_counts()) {
    if (valid.contains(text)) continue;
    feature->clear_bool_domain();
    const std::string list = valid.empty() ? "{}" : absl::StrCat("{\"", absl::StrJoin(valid, "\", \""), "\"}");
    return {NotBool(AnomalyInfo::BOOL_TYPE_UNEXPECTED_STRING,
                    absl::StrCat("Saw unexpected value \"", text, "\" instead of ", list, "."))};
  }
  return {};
}

AnomalyReasons CheckBoolDomain(const FeatureView& stats, Feature* feature) {
  switch (stats.proto().type()) {
    case FeatureNameStatistics::INT:
      return CheckBoolInts(stats.proto().num_stats(), feature);
    case FeatureNameStatistics::FLOAT:
      return CheckBoolFloats(stats.proto().num_stats(), feature);
    case FeatureNameStatistics::STRING:
      return CheckBoolTexts(stats, feature);
    default:
      return {};
  }
}

// --- int and float

template <class Number>
struct Interval {
  Number min, max;
};
// Nothing known; an interval; or a text that is not such a number.
template <class Number>
using Found = std::variant<std::monostate, Interval<Number>, std::string>;

template <class Number, class Parse>
Found<Number> IntervalOfTexts(const FeatureView& stats, Parse parse) {
  Found<Number> found;
  for (const auto& [text, count] : stats.value_counts()) {
    Number number;
    if (!parse(text, &number)) return text;
    if (auto* interval = std::get_if<Interval<Number>>(&found)) {
      if (interval->min > number) interval->min = number;
      if (interval->max < number) interval->max = number;
    } else {
      found = Interval<Number>{number, number};
    }
  }
  return found;
}

Found<int64_t> IntegersOf(const FeatureView& stats) {
  const FeatureNameStatistics& proto = stats.proto();
  if (proto.type() == FeatureNameStatistics::STRUCT || proto.type() == FeatureNameStatistics::FLOAT) return {};
  if (proto.type() == FeatureNameStatistics::INT && stats.value_counts().empty()) {
    // Statistics hold doubles; those beyond int64 are no integers of ours. 2^63 itself may be a rounded int64.
    const double limit = std::ldexp(1.0, 63);
    auto to_int = [limit](double number) {
      return number >= limit ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(number);
    };
    for (double bound : {proto.num_stats().min(), proto.num_stats().max()}) {
      if (!(bound >= -limit && bound <= limit)) return std::to_string(bound);
    }
    return Interval<int64_t>{to_int(proto.num_stats().min()), to_int(proto.num_stats().max())};
  }
  return IntervalOfTexts<int64_t>(stats,
                                  [](const std::string& text, int64_t* out) { return absl::SimpleAtoi(text, out); });
}

AnomalyReasons CheckIntDomain(const FeatureView& stats, Feature* feature) {
  const Found<int64_t> found = IntegersOf(stats);
  v0::IntDomain* domain = feature->mutable_int_domain();
  if (const std::string* text = std::get_if<std::string>(&found)) {
    if (stats.schema_type() == v0::BYTES) {
      feature->clear_domain_info();
      return {{AnomalyInfo::INT_TYPE_NOT_INT_STRING, kInvalidValues,
               absl::StrCat("String values that were not ints were found, such as \"", *text, "\".")}};
    }
    if (!domain->has_min() && !domain->has_max()) return {};
    feature->clear_domain_info();
    return {{AnomalyInfo::DOMAIN_INVALID_FOR_TYPE, kInvalidValues,
             absl::StrCat("Integer had values that were not valid Int64, such as \"", *text, "\".")}};
  }
  const auto* interval = std::get_if<Interval<int64_t>>(&found);
  if (interval == nullptr) return {};
  AnomalyReasons reasons;
  if (domain->has_min() && interval->min < domain->min()) {
    reasons.push_back({AnomalyInfo::INT_TYPE_SMALL_INT, kOutOfRangeValues,
                       absl::StrCat("Unexpectedly small value: ", interval->min, ".")});
    domain->set_min(interval->min);
  }
  if (domain->has_max() && interval->max > domain->max()) {
    reasons.push_back({AnomalyInfo::INT_TYPE_BIG_INT, kOutOfRangeValues,
                       absl::StrCat("Unexpectedly large value: ", interval->max, ".")});
    domain->set_max(interval->max);
  }
  return reasons;
}

Found<float> FloatsOf(const FeatureView& stats) {
  switch (stats.proto().type()) {
    case FeatureNameStatistics::FLOAT:
      return Interval<float>{static_cast<float>(stats.proto().num_stats().min()),
                             static_cast<float>(stats.proto().num_stats().max())};
    case FeatureNameStatistics::BYTES:
    case FeatureNameStatistics::STRING:
      return IntervalOfTexts<float>(stats,
                                    [](const std::string& text, float* out) { return absl::SimpleAtof(text, out); });
    default:
      return {};
  }
}

bool HasNan(const FeatureView& stats) {
  const FeatureNameStatistics& proto = stats.proto();
  if (proto.type() == FeatureNameStatistics::FLOAT) {
    const auto& histograms = proto.num_stats().histograms();
    return std::any_of(histograms.begin(), histograms.end(), [](const auto& h) { return h.num_nan() > 0; });
  }
  if (proto.type() != FeatureNameStatistics::STRING) return false;
  for (const auto& [text, count] : stats.value_counts()) {
    float number = 0;
    if (absl::SimpleAtof(text, &number) && std::isnan(number)) return true;
  }
  return false;
}

AnomalyReasons CheckFloatDomain(const FeatureView& stats, Feature* feature) {
  v0::FloatDomain* domain = feature->mutable_float_domain();
  AnomalyReasons reasons;
  if (domain->disallow_nan() && HasNan(stats)) {
    reasons.push_back({AnomalyInfo::FLOAT_TYPE_HAS_NAN, kInvalidValues, "Float feature has NaN values."});
    domain->set_disallow_nan(false);
  }
  const Found<float> found = FloatsOf(stats);
  if (const std::string* text = std::get_if<std::string>(&found)) {
    reasons.push_back({AnomalyInfo::FLOAT_TYPE_STRING_NOT_FLOAT, kInvalidValues,
                       absl::StrCat("String values that were not floats were found, such as \"", *text, "\".")});
    feature->clear_domain_info();
    return reasons;
  }
  const auto* interval = std::get_if<Interval<float>>(&found);
  if (interval == nullptr) return reasons;
  if (domain->has_min() && interval->min < domain->min()) {
    reasons.push_back({AnomalyInfo::FLOAT_TYPE_SMALL_FLOAT, kOutOfRangeValues,
                       absl::StrCat("Unexpectedly low values: ", absl::SixDigits(interval->min), "<",
                                    absl::SixDigits(domain->min()), "(upto six significant digits)")});
    domain->set_min(interval->min);
  }
  if (domain->has_max() && interval->max > domain->max()) {
    reasons.push_back({AnomalyInfo::FLOAT_TYPE_BIG_FLOAT, kOutOfRangeValues,
                       absl::StrCat("Unexpectedly high value: ", absl::SixDigits(interval->max), ">",
                                    absl::SixDigits(domain->max()), "(upto six significant digits)")});
    domain->set_max(interval->max);
  }
  if (domain->disallow_inf() && (std::isinf(interval->min) || std::isinf(interval->max))) {
    reasons.push_back({AnomalyInfo::FLOAT_TYPE_HAS_INF, kInvalidValues, "Float feature has Inf values."});
    domain->set_disallow_inf(false);
  }
  return reasons;
}

// --- image

AnomalyReasons CheckImageDomain(const FeatureView& stats, Feature* feature) {
  v0::ImageDomain* domain = feature->mutable_image_domain();
  AnomalyReasons reasons;
  const v0::CustomStatistic* formats = stats.custom_statistic("image_format_histogram");
  if (domain->has_minimum_supported_image_fraction() && formats != nullptr) {
    float supported = 0, unsupported = 0;
    for (const auto& bucket : formats->rank_histogram().buckets()) {
      (bucket.label() == "UNKNOWN" ? unsupported : supported) += static_cast<float>(bucket.sample_count());
    }
    const float fraction = supported / (supported + unsupported);
    const float expected = domain->minimum_supported_image_fraction();
    if (fraction < expected) {
      domain->set_minimum_supported_image_fraction(fraction);
      reasons.push_back(
          {AnomalyInfo::LOW_SUPPORTED_IMAGE_FRACTION, "Low supported image fraction",
           absl::StrCat("Fraction of values containing TensorFlow supported images: ", std::to_string(fraction),
                        " is lower than the threshold set in the Schema: ", std::to_string(expected), ".")});
    }
  }
  const int64_t largest = stats.proto().bytes_stats().max_num_bytes_int();
  if (domain->has_max_image_byte_size() && largest > domain->max_image_byte_size()) {
    reasons.push_back({AnomalyInfo::MAX_IMAGE_BYTE_SIZE_EXCEEDED, "Num bytes exceeds the max byte size.",
                       absl::StrCat("The largest image has bytes: ", largest,
                                    ". The max allowed byte size is: ", domain->max_image_byte_size(), ".")});
    domain->set_max_image_byte_size(largest);
  }
  return reasons;
}

}  // namespace

AnomalyReasons CheckType(FeatureCheckContext& context) {
  if (const v0::CustomStatistic* kinds = context.stats.custom_statistic(kMixedTypes)) {
    std::vector<std::string> found;
    for (const auto& bucket : kinds->rank_histogram().buckets()) {
      found.push_back(absl::StrCat(bucket.label(), " in ", static_cast<int64_t>(bucket.sample_count()), " rows"));
    }
    Deprecate(context.feature);
    return {{AnomalyInfo::UNEXPECTED_DATA_TYPE, "Unexpected data type",
             absl::StrCat("Expected data of type: ", v0::FeatureType_Name(context.feature->type()), " but got ",
                          absl::StrJoin(found, ", "), ".")}};
  }
  if (context.stats.schema_type() == context.feature->type()) return {};
  Deprecate(context.feature);
  std::string found = FeatureNameStatistics::Type_Name(context.stats.proto().type());
  if (found.empty()) found = absl::StrCat("unknown(", static_cast<int>(context.stats.proto().type()), ")");
  return {{AnomalyInfo::UNEXPECTED_DATA_TYPE, "Unexpected data type",
           absl::StrCat("Expected data of type: ", v0::FeatureType_Name(context.feature->type()), " but got ", found)}};
}

AnomalyReasons CheckBytesDomain(FeatureCheckContext& context) {
  if (context.stats.proto().type() != FeatureNameStatistics::BYTES) return {};
  switch (context.feature->domain_info_case()) {
    case Feature::DOMAIN_INFO_NOT_SET:
    case Feature::kNaturalLanguageDomain:
    case Feature::kImageDomain:
    case Feature::kUrlDomain:
      return {};
    case Feature::kAudioDomain:
    case Feature::kContentChunkDomain:
    case Feature::kVideoDomain:
      if (!context.tfdv_compat) return {};
      break;
    default:
      break;
  }
  context.feature->clear_domain_info();
  return {{AnomalyInfo::DOMAIN_INVALID_FOR_TYPE, "Invalid domain type",
           absl::StrCat("Data is marked as BYTES with incompatible domain_info: ", context.feature->DebugString())}};
}

AnomalyReasons CheckDomain(FeatureCheckContext& context) {
  Feature* feature = context.feature;
  const FeatureView& stats = context.stats;
  switch (feature->domain_info_case()) {
    case Feature::kDomain: {
      StringDomain* domain = context.schema->FindStringDomain(feature->domain());
      if (domain == nullptr) return {};
      StringFindings findings = CheckStringDomain(stats, feature->distribution_constraints(), domain);
      if (findings.domain_is_wrong) context.schema->RemoveStringDomain(std::string(feature->domain()), feature);
      return findings.reasons;
    }
    case Feature::kStringDomain: {
      StringFindings findings =
          CheckStringDomain(stats, feature->distribution_constraints(), feature->mutable_string_domain());
      if (findings.domain_is_wrong) feature->clear_domain_info();
      return findings.reasons;
    }
    case Feature::kBoolDomain:
      return CheckBoolDomain(stats, feature);
    case Feature::kIntDomain:
      return CheckIntDomain(stats, feature);
    case Feature::kFloatDomain:
      return CheckFloatDomain(stats, feature);
    case Feature::kImageDomain:
      return CheckImageDomain(stats, feature);
    case Feature::kNaturalLanguageDomain:
      return CheckNaturalLanguageDomain(context);
    case Feature::DOMAIN_INFO_NOT_SET:
      if (!SetSemanticDomain(stats, feature)) return {};
      return {{AnomalyInfo::SEMANTIC_DOMAIN_UPDATE, "Updated semantic domain",
               absl::StrCat("Updated semantic domain for feature: ", feature->name())}};
    default:
      return {};
  }
}

}  // namespace tfx::tfdv
