#include "tfx/data_validation/generators/encoded_feature.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/numeric_values.h"
#include "tfx/data_validation/generators/binary_values.h"
#include "tfx/data_validation/generators/python_text.h"
#include "tfx/data_validation/generators/value_rows.h"

namespace tfx::tfdv {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kNoise = 1e-10;
constexpr double kBeyond = 10;  // how far missing values lie beyond the others

// Values that are not null, as text, with their rows.
absl::StatusOr<std::vector<std::pair<int64_t, std::string>>> Texts(const StatsBatch& batch,
                                                                   const FeatureColumn& column) {
  ASSIGN_OR_RETURN(const std::vector<int64_t> rows, RowsOfValues(batch, column));
  std::vector<std::pair<int64_t, std::string>> texts;
  ForEachBinary(*column.values,
                [&](int64_t i, std::string_view value) { texts.emplace_back(rows[i], std::string(value)); });
  WithNumericArray(*column.values, [&](const auto& typed) {
    for (int64_t i = 0; i < typed.length(); ++i) {
      if (typed.IsNull(i)) continue;
      if constexpr (std::is_floating_point_v<std::decay_t<decltype(typed.Value(0))>>) {
        texts.emplace_back(rows[i], PythonRepr(static_cast<double>(typed.Value(i))));
      } else {
        texts.emplace_back(rows[i], std::to_string(typed.Value(i)));
      }
    }
  });
  return texts;
}

// Values with their rows; NaN where null.
absl::StatusOr<std::vector<std::pair<int64_t, double>>> Numbers(const StatsBatch& batch, const FeatureColumn& column) {
  if (column.kind == FeatureKind::kString) {
    return absl::InvalidArgumentError(
        absl::StrCat("feature ", SerializePath(column.path), " holds strings; name it among the categorical features"));
  }
  ASSIGN_OR_RETURN(const std::vector<int64_t> rows, RowsOfValues(batch, column));
  const std::vector<double> values = ToDoubles(*column.values);
  std::vector<std::pair<int64_t, double>> numbers;
  if (column.kind == FeatureKind::kUnknown) return numbers;
  for (size_t i = 0; i < values.size(); ++i) numbers.emplace_back(rows[i], values[i]);
  return numbers;
}

Points MissingPoints(const StatsBatch& batch, size_t num_columns) {
  return {.num_columns = num_columns, .values = std::vector<double>(batch.rows.num_rows() * num_columns, kNaN)};
}

// The coordinates of a row, 0 throughout from its first value on.
double* OpenRow(int64_t row, Points* points) {
  double* coordinates = points->values.data() + row * points->num_columns;
  if (std::isnan(coordinates[0])) std::fill(coordinates, coordinates + points->num_columns, 0.0);
  return coordinates;
}

}  // namespace

absl::StatusOr<Categories> EncodeCategories(const StatsBatch& batch, const FeatureColumn& column) {
  ASSIGN_OR_RETURN(const auto texts, Texts(batch, column));
  std::vector<const std::string*> of_row(batch.rows.num_rows(), nullptr);
  for (const auto& [row, text] : texts) of_row[row] = &text;
  Categories categories;
  std::map<std::string_view, int> ids;
  int missing = -1;
  for (const std::string* text : of_row) {
    if (text == nullptr) {
      if (missing < 0) missing = categories.num_categories++;
      categories.of_row.push_back(missing);
      continue;
    }
    const auto [it, is_new] = ids.try_emplace(*text, categories.num_categories);
    categories.num_categories += is_new;
    categories.of_row.push_back(it->second);
  }
  categories.always_missing = ids.empty();
  return categories;
}

absl::StatusOr<Points> EncodeNumbers(const StatsBatch& batch, const FeatureColumn& column) {
  ASSIGN_OR_RETURN(const auto numbers, Numbers(batch, column));
  Points points = MissingPoints(batch, 1);
  for (const auto& [row, number] : numbers) {
    if (!std::isnan(number)) points.values[row] = number;
  }
  return points;
}

absl::StatusOr<Points> EncodeBags(const StatsBatch& batch, const FeatureColumn& column, int max_length) {
  ASSIGN_OR_RETURN(const auto texts, Texts(batch, column));
  std::map<std::string_view, int64_t> counts;
  for (const auto& [row, text] : texts) ++counts[text];
  std::vector<std::pair<std::string_view, int64_t>> ranked(counts.begin(), counts.end());
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  const size_t length = std::max<size_t>(1, std::min<size_t>(max_length, ranked.size()));
  std::map<std::string_view, size_t> places;
  for (size_t i = 0; i < ranked.size(); ++i) places[ranked[i].first] = std::min(i, length - 1);
  Points points = MissingPoints(batch, length);
  for (const auto& [row, text] : texts) ++OpenRow(row, &points)[places[text]];
  return points;
}

absl::StatusOr<Points> EncodeHistograms(const StatsBatch& batch, const FeatureColumn& column, int max_length) {
  ASSIGN_OR_RETURN(const auto numbers, Numbers(batch, column));
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& [row, number] : numbers) {
    if (std::isnan(number)) continue;
    low = std::min(low, number);
    high = std::max(high, number);
  }
  const bool is_empty = low > high;
  if (!is_empty && (std::isinf(low) || std::isinf(high))) {
    return absl::InvalidArgumentError(absl::StrCat("feature ", SerializePath(column.path), " holds infinite values"));
  }
  if (low == high) {
    low -= 0.5;
    high += 0.5;
  }
  const int num_bins = max_length - 1;
  Points points = MissingPoints(batch, max_length);
  for (const auto& [row, number] : numbers) {
    double* places = OpenRow(row, &points);
    if (std::isnan(number)) continue;
    // Halved, so that the width of the widest range is finite; a range too narrow for its numbers counts as a point.
    const double share = (number / 2 - low / 2) / (high / 2 - low / 2);
    const double place = std::isfinite(share) ? std::floor(share * num_bins) : 0;
    ++places[static_cast<size_t>(std::clamp<double>(place, 0, num_bins))];
  }
  return points;
}

bool HasInfinity(const Points& points) {
  return std::any_of(points.values.begin(), points.values.end(), [](double value) { return std::isinf(value); });
}

bool IsAlwaysMissing(const Points& points) {
  return std::all_of(points.values.begin(), points.values.end(), [](double value) { return std::isnan(value); });
}

Points PrepareNumbers(Points points, SeededRandom* random) {
  const size_t n = points.size();
  for (size_t c = 0; c < points.num_columns; ++c) {
    const auto at = [&](size_t row) -> double& { return points.values[row * points.num_columns + c]; };
    double low = std::numeric_limits<double>::infinity(), high = -low, sum = 0, count = 0;
    for (size_t row = 0; row < n; ++row) {
      if (std::isnan(at(row))) continue;
      low = std::min(low, at(row));
      high = std::max(high, at(row));
      ++count;
    }
    // Shifted and halved so that nothing overflows; the scale takes it back. Numbers too close to tell are one.
    const double width = high / 2 - low / 2;
    const bool varies = count > 0 && width > 0;
    for (size_t row = 0; row < n; ++row) {
      if (std::isnan(at(row))) continue;
      at(row) = varies ? (at(row) / 2 - low / 2) / width : 0;
      sum += at(row);
    }
    const double mean = count > 0 ? sum / count : 0;
    double squares = 0;
    for (size_t row = 0; row < n; ++row) {
      if (!std::isnan(at(row))) squares += (at(row) - mean) * (at(row) - mean);
    }
    const double scale = squares > 0 && count > 1 ? std::sqrt(squares / (count - 1)) : 1;
    const double least = (0 - mean) / scale, greatest = ((varies ? 1 : 0) - mean) / scale;
    const double beyond = count > 0 ? 2 * greatest - least + kBeyond : kBeyond;
    double size = 0;
    for (size_t row = 0; row < n; ++row) {
      at(row) = std::isnan(at(row)) ? beyond : (at(row) - mean) / scale;
      size += std::fabs(at(row));
    }
    const double noise = kNoise * std::max(1.0, size / static_cast<double>(n));
    for (size_t row = 0; row < n; ++row) at(row) += noise * random->Normal();
  }
  return points;
}

}  // namespace tfx::tfdv
