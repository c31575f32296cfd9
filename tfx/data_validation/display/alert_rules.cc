#include "tfx/data_validation/display/alert_rules.h"

#include <algorithm>
#include <cmath>

#include "tfx/base/concat.h"
#include "tfx/data_validation/display/display_label.h"
#include "tfx/data_validation/display/facets_rules.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using Feature = v0::FeatureNameStatistics;
using Dataset = v0::DatasetFeatureStatistics;

// As many labels as TFDV's rank histogram holds: validation does not see the others.
constexpr double kHighCardinality = 1000;
constexpr double kImbalance = 0.99;
constexpr double kMinValuesToJudge = 100;  // shares of fewer values say little

std::string Of(double part, double whole, const char* noun) {
  return Concat(FormatPercent(part / whole), " ", noun, " (", FormatExact(part), " of ", FormatExact(whole), ")");
}

double NumValues(const Feature& feature) {
  const v0::CommonStatistics* common = FindCommonStatistics(feature);
  return common == nullptr ? 0 : TotalNumberOfValues(*common);
}

std::string Approximate(const Feature& feature, const Dataset&) {
  for (const v0::CustomStatistic& custom : feature.custom_stats()) {
    if (custom.name() != "top_values_max_error" || custom.num() <= 0) continue;
    return Concat("counts of top values may be up to ", FormatExact(custom.num()), " too high, unique is estimated");
  }
  return "";
}

std::string Constant(const Feature& feature, const Dataset&) {
  if (NumValues(feature) < 2) return "";
  if (feature.has_num_stats()) {
    const v0::NumericStatistics& numeric = feature.num_stats();
    if (HasNan(numeric) || numeric.min() != numeric.max() || !std::isfinite(numeric.min())) return "";
    return Concat("always ", FormatNumber(numeric.min()));
  }
  const v0::StringStatistics& text = feature.string_stats();
  if (text.unique() != 1) return "";
  return text.top_values().empty() ? "one value only"
                                   : Concat("always \"", DisplayLabel(text.top_values(0).value(), 60), "\"");
}

std::string HighCardinality(const Feature& feature, const Dataset&) {
  const double unique = static_cast<double>(feature.string_stats().unique());
  if (unique <= kHighCardinality) return "";
  return Concat(FormatExact(unique), " different values");
}

std::string Identifier(const Feature& feature, const Dataset&) {
  const double unique = static_cast<double>(feature.string_stats().unique()), values = NumValues(feature);
  if (values < kMinValuesToJudge || unique < values) return "";
  return Concat("each of the ", FormatExact(values), " values occurs once: an identifier?");
}

std::string Imbalance(const Feature& feature, const Dataset&) {
  const v0::StringStatistics& text = feature.string_stats();
  const double values = NumValues(feature);
  if (text.unique() < 2 || text.top_values().empty() || values < kMinValuesToJudge) return "";
  const double top = text.top_values(0).frequency();
  if (!(top > kImbalance * values) || top > values) return "";
  return Of(top, values, Concat("of the values are \"", DisplayLabel(text.top_values(0).value(), 60), "\"").c_str());
}

std::string Inconsistent(const Feature& feature, const Dataset& dataset) {
  const v0::CommonStatistics* common = FindCommonStatistics(feature);
  // Features inside structs are counted per struct, of which an example may hold many.
  if (common == nullptr || (feature.has_path() && feature.path().step_size() > 1)) return "";
  const double counted = static_cast<double>(common->num_missing()) + static_cast<double>(common->num_non_missing());
  const double examples = static_cast<double>(dataset.num_examples());
  if (counted != 0 && counted != examples) {
    return Concat("missing + present = ", FormatExact(counted), ", but the dataset has ", FormatExact(examples),
                  " examples");
  }
  if (common->min_num_values() > common->max_num_values()) return "min_num_values is above max_num_values";
  const v0::NumericStatistics& numeric = feature.num_stats();
  if (feature.has_num_stats() && common->num_non_missing() > 0 && numeric.min() > numeric.max()) {
    return Concat("min = ", FormatExact(numeric.min()), " is above max = ", FormatExact(numeric.max()));
  }
  return "";
}

std::string InvalidUtf8(const Feature& feature, const Dataset&) {
  const double count = static_cast<double>(feature.string_stats().invalid_utf8_count());
  return count > 0 ? Concat(FormatExact(count), " values are not valid UTF-8") : "";
}

std::string Missing(const Feature& feature, const Dataset&) {
  const v0::CommonStatistics* common = FindCommonStatistics(feature);
  if (common == nullptr || common->num_non_missing() == 0) return "";
  const double missing = static_cast<double>(common->num_missing());
  const double examples = missing + static_cast<double>(common->num_non_missing());
  return missing > kMissingAlertFraction * examples ? Of(missing, examples, "missing") : "";
}

std::string NoValues(const Feature& feature, const Dataset& dataset) {
  const v0::CommonStatistics* common = FindCommonStatistics(feature);
  if (common == nullptr || dataset.num_examples() == 0) return "";
  if (common->num_non_missing() == 0) return "missing in every example";
  // Structs are counted, not their values.
  return !feature.has_struct_stats() && TotalNumberOfValues(*common) == 0 ? "every list of values is empty" : "";
}

std::string NotFinite(const Feature& feature, const Dataset&) {
  if (!feature.has_num_stats()) return "";
  const v0::NumericStatistics& numeric = feature.num_stats();
  double nan = 0;
  for (const v0::Histogram& histogram : numeric.histograms()) {
    nan = std::max(nan, static_cast<double>(histogram.num_nan()));
  }
  std::string text;
  if (nan > 0) text = Concat(FormatExact(nan), " values are NaN");
  const auto add = [&](const char* what) { Append(&text, text.empty() ? "" : ", ", what); };
  if (std::isinf(numeric.min())) add(numeric.min() < 0 ? "min is -inf" : "min is inf");
  if (std::isinf(numeric.max())) add(numeric.max() < 0 ? "max is -inf" : "max is inf");
  if (text.empty() && (!std::isfinite(numeric.mean()) || !std::isfinite(numeric.std_dev()))) {
    add("mean or standard deviation is not a number");
  }
  return text;
}

std::string Zeros(const Feature& feature, const Dataset&) {
  const double zeros = static_cast<double>(feature.num_stats().num_zeros()), values = NumValues(feature);
  return feature.has_num_stats() && values > 0 && zeros > kZerosAlertFraction * values
             ? Of(std::min(zeros, values), values, "zeros")
             : "";
}

constexpr AlertRule kRules[] = {
    {"approximate", "Counts from a sketch", AlertLevel::kNote, Approximate},
    {"constant", "Constant", AlertLevel::kWarning, Constant},
    {"high_cardinality", "More than 1,000 different values", AlertLevel::kNote, HighCardinality},
    {"identifier", "All values differ", AlertLevel::kNote, Identifier},
    {"imbalance", "One value makes up more than 99 %", AlertLevel::kNote, Imbalance},
    {"inconsistent", "Numbers that contradict each other", AlertLevel::kWarning, Inconsistent},
    {"invalid_utf8", "Not valid UTF-8", AlertLevel::kWarning, InvalidUtf8},
    {"missing", "More than 2 % missing", AlertLevel::kWarning, Missing},
    {"no_values", "No values at all", AlertLevel::kWarning, NoValues},
    {"not_finite", "NaN or infinite", AlertLevel::kWarning, NotFinite},
    {"zeros", "More than 10 % zeros", AlertLevel::kNote, Zeros},
};

}  // namespace

std::span<const AlertRule> AlertRules() { return kRules; }

}  // namespace tfx::tfdv
