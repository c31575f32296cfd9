#include "tfx/data_validation/display/feature_cells.h"

#include <cmath>
#include <limits>
#include <optional>

#include "tfx/base/concat.h"
#include "tfx/data_validation/display/display_label.h"
#include "tfx/data_validation/display/facets_rules.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using Cells = std::vector<DisplayCell>;

constexpr size_t kNumericCells = 6, kCategoricalCells = 4;  // after count and missing

DisplayCell NumberCell(double number, bool alert = false) {
  DisplayCell cell{.text = FormatNumber(number), .exact = FormatExact(number), .number = true};
  if (cell.exact == cell.text) cell.exact.clear();
  cell.alert = alert || !std::isfinite(number);
  return cell;
}

DisplayCell PercentCell(double part, double whole, double alert_above) {
  if (whole <= 0) return {.text = "-", .number = true};
  const double fraction = part / whole;
  return {.text = FormatPercent(fraction),
          .exact = Concat(FormatExact(part), " of ", FormatExact(whole)),
          .alert = fraction > alert_above || !std::isfinite(fraction),
          .number = true};
}

void AddDashes(size_t n, Cells* cells) {
  for (size_t i = 0; i < n; ++i) cells->push_back({.text = "-", .number = true});
}

void AddCommon(const v0::CommonStatistics* common, bool weighted, Cells* cells) {
  if (common == nullptr) return AddDashes(2, cells);
  const v0::WeightedCommonStatistics& by_weight = common->weighted_common_stats();
  const double count = weighted ? by_weight.num_non_missing() : static_cast<double>(common->num_non_missing());
  const double missing = weighted ? by_weight.num_missing() : static_cast<double>(common->num_missing());
  cells->push_back(NumberCell(count, count <= 0));
  cells->push_back(PercentCell(missing, missing + count, kMissingAlertFraction));
}

void AddNumeric(const v0::NumericStatistics& numeric, bool weighted, Cells* cells) {
  const v0::WeightedNumericStatistics& by_weight = numeric.weighted_numeric_stats();
  if (TotalNumberOfValues(numeric.common_stats()) <= 0) return AddDashes(kNumericCells, cells);
  const bool nan = HasNan(numeric);
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  cells->push_back(NumberCell(weighted ? by_weight.mean() : numeric.mean()));
  cells->push_back(NumberCell(weighted ? by_weight.std_dev() : numeric.std_dev()));
  cells->push_back(PercentCell(static_cast<double>(numeric.num_zeros()), TotalNumberOfValues(numeric.common_stats()),
                               kZerosAlertFraction));
  cells->push_back(NumberCell(nan ? not_a_number : numeric.min()));
  cells->push_back(NumberCell(weighted ? by_weight.median() : numeric.median()));
  cells->push_back(NumberCell(nan ? not_a_number : numeric.max()));
}

template <class TopValues>
void AddTop(const TopValues& top_values, size_t max_label_bytes, Cells* cells) {
  if (top_values.empty()) return AddDashes(2, cells);
  cells->push_back({.text = DisplayLabel(top_values.Get(0).value(), max_label_bytes)});
  cells->push_back(NumberCell(top_values.Get(0).frequency()));
}

void AddCategorical(const v0::FeatureNameStatistics& feature, bool weighted, size_t max_label_bytes, Cells* cells) {
  if (feature.has_string_stats()) {
    const v0::StringStatistics& text = feature.string_stats();
    cells->push_back(NumberCell(static_cast<double>(text.unique())));
    weighted ? AddTop(text.weighted_string_stats().top_values(), max_label_bytes, cells)
             : AddTop(text.top_values(), max_label_bytes, cells);
    cells->push_back(NumberCell(text.avg_length()));
  } else if (feature.has_bytes_stats()) {
    // TFDV never counts distinct bytes; 0 would be wrong.
    const v0::BytesStatistics& bytes = feature.bytes_stats();
    bytes.unique() > 0 ? cells->push_back(NumberCell(static_cast<double>(bytes.unique()))) : AddDashes(1, cells);
    AddDashes(2, cells);
    cells->push_back(NumberCell(bytes.avg_num_bytes()));
  } else {
    AddDashes(kCategoricalCells, cells);
  }
}

bool IsWeighted(const v0::FeatureNameStatistics& feature) {
  const v0::CommonStatistics* common = FindCommonStatistics(feature);
  return common != nullptr && common->has_weighted_common_stats();
}

Cells MakeCells(const v0::FeatureNameStatistics& feature, bool numeric_section, bool weighted, size_t max_label_bytes) {
  Cells cells;
  AddCommon(FindCommonStatistics(feature), weighted, &cells);
  if (!numeric_section) {
    AddCategorical(feature, weighted, max_label_bytes, &cells);
  } else if (feature.has_num_stats()) {
    AddNumeric(feature.num_stats(), weighted, &cells);
  } else {
    AddDashes(kNumericCells, &cells);
  }
  return cells;
}

std::optional<std::string> CustomText(const v0::CustomStatistic& custom, size_t max_label_bytes) {
  switch (custom.val_case()) {
    case v0::CustomStatistic::kNum:
      return FormatExact(custom.num());
    case v0::CustomStatistic::kStr:
      return DisplayLabel(custom.str(), max_label_bytes);
    case v0::CustomStatistic::kAny:
      return DisplayLabel(custom.any().type_url(), max_label_bytes);
    default:  // drawn as a chart
      return std::nullopt;
  }
}

}  // namespace

std::vector<std::string> SectionColumns(bool numeric) {
  if (numeric) return {"count", "missing", "mean", "std dev", "zeros", "min", "median", "max"};
  return {"count", "missing", "unique", "top", "freq top", "avg length"};
}

FeatureCells MakeFeatureCells(const v0::FeatureNameStatistics* feature, bool numeric_section, size_t max_label_bytes) {
  FeatureCells made;
  if (feature == nullptr) return made;
  made.present = true;
  made.cells = MakeCells(*feature, numeric_section, false, max_label_bytes);
  if (IsWeighted(*feature)) made.weighted_cells = MakeCells(*feature, numeric_section, true, max_label_bytes);
  for (const v0::CustomStatistic& custom : feature->custom_stats()) {
    const std::optional<std::string> text = CustomText(custom, max_label_bytes);
    if (text.has_value()) made.custom.emplace_back(DisplayLabel(custom.name(), max_label_bytes), *text);
  }
  return made;
}

}  // namespace tfx::tfdv
