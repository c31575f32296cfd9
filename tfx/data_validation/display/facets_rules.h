// The rules of Facets Overview that its users know: thresholds, sort keys, number texts, choice of chart. Restated from
// facets_overview/common/utils.ts (PAIR-code/facets); where ours differ, the function says so. Thread-safe.
#ifndef TFX_DATA_VALIDATION_DISPLAY_FACETS_RULES_H_
#define TFX_DATA_VALIDATION_DISPLAY_FACETS_RULES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/display/display_model.h"

namespace tfx::tfdv {

inline constexpr double kMissingAlertFraction = 0.02;  // more than this is an alert
inline constexpr double kZerosAlertFraction = 0.1;
inline constexpr int kMaxBars = 10;  // more labels are drawn as a cumulative line

// -sum p ln p / ln n over n counts, p = count / sum; in [0, 1]. 0: no mass, or all of it in one bucket. Counts that are
// not positive are left out.
double NormalizedEntropy(const std::vector<double>& counts);

// Chi-square test for shape: sum over i of (u/U - v/V)^2 / (u/U^2 + v/V^2), U and V the sums. Both without mass: 0;
// one without: infinity. The shorter vector is filled up with zeros.
double ChiSquareDistance(const std::vector<double>& u, const std::vector<double>& v);
// Of labels and their counts; a label that a side lacks counts 0 there.
double ChiSquareDistance(const std::vector<std::pair<std::string, double>>& u,
                         const std::vector<std::pair<std::string, double>>& v);
// Of histograms. Facets compares buckets by position, which is right for equal bounds only; ours first bring both to
// the union of their bounds, mass spread evenly within a bucket, and are the same for equal bounds.
double ChiSquareDistance(const std::vector<DisplayBucket>& u, const std::vector<DisplayBucket>& v);

// (missing + zeros) / examples; 1 where there are no examples. More than 1 for features of many zeros an example.
double MissingOrZeroFraction(const ::tensorflow::metadata::v0::FeatureNameStatistics& feature);

// tot_num_values, or where that is absent num_non_missing * avg_num_values.
double TotalNumberOfValues(const ::tensorflow::metadata::v0::CommonStatistics& common);

// Of whichever kind of statistics is there; null: none.
const ::tensorflow::metadata::v0::CommonStatistics* FindCommonStatistics(
    const ::tensorflow::metadata::v0::FeatureNameStatistics& feature);

bool HasNan(const ::tensorflow::metadata::v0::NumericStatistics& numeric);

// "1,234", "0.25", "12.3k", "1.27M", "4.50B"; at most 2 decimals up to 10,000, three significant digits beyond. Below
// 0.01 "1.23e-3" (Facets: "1.23m", easily read as millions). "NaN", "inf", "-inf".
std::string FormatNumber(double number);
// All digits, thousands grouped: "1,234.5678"; the shortest text that reads back as the same number.
std::string FormatExact(double number);
// Of a fraction: "12.34%", at most two decimals; "~0%" below 1e-6, "~100%" above 1 - 1e-6.
std::string FormatPercent(double fraction);

ChartKind ChartKindFor(bool labelled, bool quantiles, int num_labels);
// kUnknown: no statistics, or no example has a value.
Valency ValencyOf(const ::tensorflow::metadata::v0::CommonStatistics* common);
// Of a feature over datasets: the more permissive one; kUnknown counts for nothing.
Valency MergeValency(Valency a, Valency b);
ValueKind ValueKindOf(const ::tensorflow::metadata::v0::FeatureNameStatistics& feature);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_DISPLAY_FACETS_RULES_H_
