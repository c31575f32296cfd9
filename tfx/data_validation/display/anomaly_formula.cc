#include "tfx/data_validation/display/anomaly_formula.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "absl/strings/str_format.h"
#include "tfx/base/concat.h"
#include "tfx/data_validation/anomalies/distribution_distance.h"
#include "tfx/data_validation/display/display_label.h"
#include "tfx/data_validation/display/facets_rules.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using v0::AnomalyInfo;
using DriftMeasurement = v0::DriftSkewInfo::Measurement;

// Counts in full, other numbers to six digits.
std::string N(double number) {
  if (std::isfinite(number) && number == std::floor(number) && std::abs(number) < 1e15) return FormatExact(number);
  return std::isfinite(number) ? absl::StrFormat("%.6g", number) : FormatNumber(number);
}

std::string Ratio(double part, double whole) {
  return Concat(N(part), " / ", N(whole), " = ", whole == 0 ? std::string("undefined") : N(part / whole));
}

double Total(const ValueCounts& counts) {
  double total = 0;
  for (const auto& [label, count] : counts) total += count;
  return total;
}

double CountOf(const ValueCounts& counts, const std::string& label) {
  const auto it = counts.find(label);
  return it == counts.end() ? 0 : it->second;
}

std::string MinOrMaxValues(const AnomalyEvidence& e, bool min) {
  const auto levels = e.stats->min_max_num_values_by_level();
  std::string text;
  for (size_t level = 0; level < levels.size(); ++level) {
    const v0::ValueCount* allowed = nullptr;
    if (e.feature->has_value_count()) allowed = &e.feature->value_count();
    if (e.feature->has_value_counts() && static_cast<int>(level) < e.feature->value_counts().value_count_size()) {
      allowed = &e.feature->value_counts().value_count(static_cast<int>(level));
    }
    if (allowed == nullptr || !(min ? allowed->has_min() : allowed->has_max())) continue;
    const double found = min ? levels[level].first : levels[level].second;
    const double limit = static_cast<double>(min ? allowed->min() : allowed->max());
    if (min ? found >= limit : found <= limit) continue;
    Append(&text, text.empty() ? "" : "; ", levels.size() > 1 ? Concat("level ", level, ": ") : "",
           min ? "min_num_values = " : "max_num_values = ", N(found), min ? " < " : " > ", N(limit), " = value_count.",
           min ? "min" : "max");
  }
  return text;
}

std::string UnexpectedValues(const AnomalyEvidence& e) {
  const v0::StringDomain* domain = e.feature->has_string_domain() ? &e.feature->string_domain() : nullptr;
  for (const v0::StringDomain& named : e.schema->string_domain()) {
    if (e.feature->has_domain() && named.name() == e.feature->domain()) domain = &named;
  }
  if (domain == nullptr) return "";
  const std::set<std::string> allowed(domain->value().begin(), domain->value().end());
  double outside = 0;
  int values = 0;
  for (const auto& [label, count] : e.stats->value_counts()) {
    if (allowed.contains(label)) continue;
    outside += count;
    ++values;
  }
  const double mass =
      e.feature->has_distribution_constraints() ? e.feature->distribution_constraints().min_domain_mass() : 1.0;
  const double total = e.stats->total_num_values();
  return Concat(values, values == 1 ? " value" : " values", " outside the domain: ", Ratio(outside, total), " > ",
                N(1 - mass), " = 1 - min_domain_mass");
}

std::string OutOfRange(const AnomalyEvidence& e, bool small) {
  if (!e.stats->proto().has_num_stats()) return "";
  const double found = small ? e.stats->proto().num_stats().min() : e.stats->proto().num_stats().max();
  double limit = 0;
  const char* domain = "int_domain";
  if (e.feature->has_float_domain()) {
    limit = small ? e.feature->float_domain().min() : e.feature->float_domain().max();
    domain = "float_domain";
  } else if (e.feature->has_int_domain()) {
    limit = static_cast<double>(small ? e.feature->int_domain().min() : e.feature->int_domain().max());
  } else if (e.feature->has_bool_domain()) {
    limit = small ? 0 : 1;
    domain = "bool_domain";
  } else {
    return "";
  }
  return Concat(small ? "min = " : "max = ", N(found), small ? " < " : " > ", N(limit), " = ", domain,
                small ? ".min" : ".max");
}

double NumNan(const v0::NumericStatistics& numeric) {
  double nan = 0;
  for (const v0::Histogram& histogram : numeric.histograms()) {
    nan = std::max(nan, static_cast<double>(histogram.num_nan()));
  }
  return nan;
}

std::string ShapeFormula(const AnomalyEvidence& e) {
  double size = 1;
  std::string dims;
  for (const auto& dim : e.feature->shape().dim()) {
    size *= static_cast<double>(dim.size());
    Append(&dims, dims.empty() ? "" : " x ", dim.size());
  }
  double least = 1, most = 1;
  for (const auto& [min, max] : e.stats->min_max_num_values_by_level()) {
    least *= min;
    most *= max;
  }
  return Concat("values per example ", N(least), " to ", N(most), ", missing in ", N(e.stats->num_missing()),
                " examples; shape ", dims.empty() ? "scalar" : dims, " holds ", N(size));
}

std::string CustomNumbers(const FeatureView& stats) {
  std::string text;
  for (const v0::CustomStatistic& custom : stats.proto().custom_stats()) {
    if (custom.val_case() == v0::CustomStatistic::kNum && custom.num() != 0) {
      Append(&text, text.empty() ? "" : "; ", DisplayLabel(custom.name(), 60), " = ", N(custom.num()), " (must be 0)");
    }
    if (!custom.has_rank_histogram()) continue;
    for (const auto& bucket : custom.rank_histogram().buckets()) {
      if (bucket.sample_count() == 0) continue;
      Append(&text, text.empty() ? "" : "; ", DisplayLabel(custom.name(), 60), " of ", DisplayLabel(bucket.label(), 60),
             " = ", N(bucket.sample_count()), " (must be 0)");
    }
  }
  return text;
}

// Which of the measured values a comparator's reason is about.
std::string ComparatorFormula(const AnomalyInfo::Reason& reason, DriftMeasurement::Type type,
                              const AnomalyEvidence& e) {
  if (e.measured == nullptr) return "";
  const bool drift = reason.short_description().find("current") != std::string::npos;
  const auto& all = drift ? e.measured->drift_measurements() : e.measured->skew_measurements();
  for (const DriftMeasurement& measurement : all) {
    if (measurement.type() != type) continue;
    return Measurement(measurement, drift ? "drift" : "skew", e.stats, drift ? e.previous : e.serving).formula;
  }
  return "";
}

// The rules that need neither a schema entry nor statistics, or only one of them.
std::optional<std::string> SimpleFormula(const AnomalyInfo::Reason& reason, const AnomalyEvidence& e) {
  switch (reason.type()) {
    case AnomalyInfo::SCHEMA_NEW_COLUMN:
      if (e.stats == nullptr) return "";
      return Concat("present in ", Ratio(e.stats->num_present(), e.stats->dataset().num_examples()),
                    " of the examples; ", e.feature == nullptr ? "no entry in the schema" : "not in this environment");
    case AnomalyInfo::SCHEMA_MISSING_COLUMN:
      if (e.feature == nullptr) return "";
      return Concat("presence.min_count = ", e.feature->presence().min_count(),
                    ", min_fraction = ", N(e.feature->presence().min_fraction()), "; examples with the feature = 0");
    case AnomalyInfo::COMPARATOR_L_INFTY_HIGH:
      return ComparatorFormula(reason, DriftMeasurement::L_INFTY, e);
    case AnomalyInfo::COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH:
      return ComparatorFormula(reason, DriftMeasurement::JENSEN_SHANNON_DIVERGENCE, e);
    case AnomalyInfo::COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH:
      return ComparatorFormula(reason, DriftMeasurement::NORMALIZED_ABSOLUTE_DIFFERENCE, e);
    case AnomalyInfo::SPARSE_FEATURE_MISSING_VALUE:
    case AnomalyInfo::SPARSE_FEATURE_MISSING_INDEX:
    case AnomalyInfo::SPARSE_FEATURE_LENGTH_MISMATCH:
    case AnomalyInfo::WEIGHTED_FEATURE_MISSING_VALUE:
    case AnomalyInfo::WEIGHTED_FEATURE_MISSING_WEIGHT:
    case AnomalyInfo::WEIGHTED_FEATURE_LENGTH_MISMATCH:
      return e.stats == nullptr ? "" : CustomNumbers(*e.stats);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string ReasonFormula(const AnomalyInfo::Reason& reason, const AnomalyEvidence& e) {
  if (const std::optional<std::string> simple = SimpleFormula(reason, e); simple.has_value()) return *simple;
  if (e.stats == nullptr || e.feature == nullptr || e.schema == nullptr) return "";
  const v0::FeatureNameStatistics& stats = e.stats->proto();
  const v0::UniqueConstraints& unique = e.feature->unique_constraints();
  switch (reason.type()) {
    case AnomalyInfo::FEATURE_TYPE_NOT_PRESENT:
      return Concat("examples with the feature = ", N(e.stats->num_present()), " of ",
                    N(e.stats->dataset().num_examples()));
    case AnomalyInfo::FEATURE_TYPE_LOW_NUMBER_PRESENT:
      return Concat("examples with the feature = ", N(e.stats->num_present()), " < ", e.feature->presence().min_count(),
                    " = min_count");
    case AnomalyInfo::FEATURE_TYPE_LOW_FRACTION_PRESENT:
      return Concat(Ratio(e.stats->num_present(), e.stats->dataset().num_examples()), " < ",
                    N(e.feature->presence().min_fraction()), " = min_fraction");
    case AnomalyInfo::FEATURE_TYPE_LOW_NUMBER_VALUES:
      return MinOrMaxValues(e, true);
    case AnomalyInfo::FEATURE_TYPE_HIGH_NUMBER_VALUES:
      return MinOrMaxValues(e, false);
    case AnomalyInfo::VALUE_NESTEDNESS_MISMATCH:
      return Concat("levels in the data = ", e.stats->min_max_num_values_by_level().size(), ", levels in the schema = ",
                    e.feature->has_value_counts() ? e.feature->value_counts().value_count_size() : 1);
    case AnomalyInfo::INVALID_FEATURE_SHAPE:
      return e.feature->has_shape() ? ShapeFormula(e) : "";
    case AnomalyInfo::UNEXPECTED_DATA_TYPE:
      return Concat("type in the data ", v0::FeatureNameStatistics::Type_Name(stats.type()), ", in the schema ",
                    v0::FeatureType_Name(e.feature->type()));
    case AnomalyInfo::ENUM_TYPE_UNEXPECTED_STRING_VALUES:
      return UnexpectedValues(e);
    case AnomalyInfo::ENUM_TYPE_INVALID_UTF8:
      return Concat("invalid_utf8_count = ", N(static_cast<double>(stats.string_stats().invalid_utf8_count())), " > 0");
    case AnomalyInfo::INT_TYPE_SMALL_INT:
    case AnomalyInfo::FLOAT_TYPE_SMALL_FLOAT:
    case AnomalyInfo::BOOL_TYPE_SMALL_INT:
      return OutOfRange(e, true);
    case AnomalyInfo::INT_TYPE_BIG_INT:
    case AnomalyInfo::FLOAT_TYPE_BIG_FLOAT:
    case AnomalyInfo::BOOL_TYPE_BIG_INT:
      return OutOfRange(e, false);
    case AnomalyInfo::FLOAT_TYPE_HAS_NAN:
      return Concat("NaN values = ", N(NumNan(stats.num_stats())), " > 0 (disallow_nan)");
    case AnomalyInfo::FLOAT_TYPE_HAS_INF:
      return Concat("min = ", N(stats.num_stats().min()), ", max = ", N(stats.num_stats().max()), " (disallow_inf)");
    case AnomalyInfo::FEATURE_TYPE_HIGH_UNIQUE:
      return Concat("unique values = ", N(static_cast<double>(e.stats->num_unique().value_or(0))), " > ", unique.max(),
                    " = unique_constraints.max");
    case AnomalyInfo::FEATURE_TYPE_LOW_UNIQUE:
      return Concat("unique values = ", N(static_cast<double>(e.stats->num_unique().value_or(0))), " < ", unique.min(),
                    " = unique_constraints.min");
    case AnomalyInfo::MAX_IMAGE_BYTE_SIZE_EXCEEDED:
      return Concat("max_num_bytes = ", N(static_cast<double>(stats.bytes_stats().max_num_bytes_int())), " > ",
                    N(static_cast<double>(e.feature->image_domain().max_image_byte_size())), " = max_image_byte_size");
    default:
      return "";
  }
}

std::string DatasetReasonFormula(const AnomalyInfo::Reason& reason, const v0::Schema& schema, const DatasetView& stats,
                                 const v0::DatasetFeatureStatistics* previous) {
  const v0::DatasetConstraints& constraints = schema.dataset_constraints();
  const double examples = stats.num_examples();
  switch (reason.type()) {
    case AnomalyInfo::DATASET_LOW_NUM_EXAMPLES:
      return Concat("num_examples = ", N(examples), " < ", N(static_cast<double>(constraints.min_examples_count())),
                    " = min_examples_count");
    case AnomalyInfo::DATASET_HIGH_NUM_EXAMPLES:
      return Concat("num_examples = ", N(examples), " > ", N(static_cast<double>(constraints.max_examples_count())),
                    " = max_examples_count");
    case AnomalyInfo::COMPARATOR_LOW_NUM_EXAMPLES:
    case AnomalyInfo::COMPARATOR_HIGH_NUM_EXAMPLES: {
      const bool span = reason.description().find("previous span") != std::string::npos;
      if (!span || previous == nullptr || !constraints.has_num_examples_drift_comparator()) return "";
      const v0::NumericValueComparator& comparator = constraints.num_examples_drift_comparator();
      const double control = stats.by_weight() && previous->weighted_num_examples() > 0
                                 ? previous->weighted_num_examples()
                                 : static_cast<double>(previous->num_examples());
      const bool low = reason.type() == AnomalyInfo::COMPARATOR_LOW_NUM_EXAMPLES;
      return Concat(Ratio(examples, control), low ? " < " : " > ",
                    N(low ? comparator.min_fraction_threshold() : comparator.max_fraction_threshold()),
                    low ? " = min_fraction_threshold" : " = max_fraction_threshold");
    }
    default:
      return "";
  }
}

DisplayMeasurement Measurement(const DriftMeasurement& measurement, const std::string& comparison,
                               const FeatureView* stats, const FeatureView* control) {
  DisplayMeasurement shown{
      .comparison = comparison, .value = measurement.value(), .threshold = measurement.threshold()};
  shown.above = !(shown.value <= shown.threshold);
  const bool both = stats != nullptr && control != nullptr;
  std::string terms;
  switch (measurement.type()) {
    case DriftMeasurement::L_INFTY: {
      shown.measure = "L-infinity distance";
      terms = "max |p - q|";
      if (!both) break;
      const ValueCounts p = stats->value_counts(), q = control->value_counts();
      const std::string label = LInfinityDistance(p, q).label;
      if (label.empty()) break;
      terms = Concat("|", N(CountOf(p, label)), " / ", N(Total(p)), " - ", N(CountOf(q, label)), " / ", N(Total(q)),
                     "| at \"", DisplayLabel(label, 60), "\"");
      break;
    }
    case DriftMeasurement::NORMALIZED_ABSOLUTE_DIFFERENCE: {
      shown.measure = "normalized absolute difference";
      terms = "max |u - v| / (U + V)";
      if (!both) break;
      const ValueCounts u = stats->value_counts(), v = control->value_counts();
      const std::string label = NormalizedAbsoluteDifference(u, v).label;
      if (label.empty()) break;
      terms = Concat("|", N(CountOf(u, label)), " - ", N(CountOf(v, label)), "| / (", N(Total(u)), " + ", N(Total(v)),
                     ") at \"", DisplayLabel(label, 60), "\"");
      break;
    }
    case DriftMeasurement::JENSEN_SHANNON_DIVERGENCE:
      shown.measure = "Jensen-Shannon divergence";
      terms = "(KL(p || m) + KL(q || m)) / 2, m = (p + q) / 2, in bits";
      break;
    default:
      shown.measure = "distance";
      break;
  }
  shown.formula = Concat(terms, terms.empty() ? "" : " = ", N(shown.value),
                         shown.above ? " > " : " <= ", N(shown.threshold), " = threshold");
  return shown;
}

}  // namespace tfx::tfdv
