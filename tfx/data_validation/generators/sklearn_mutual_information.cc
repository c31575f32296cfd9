#include "tfx/data_validation/generators/sklearn_mutual_information.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/stats_options.h"
#include "tfx/data_validation/generators/encoded_feature.h"
#include "tfx/data_validation/generators/mutual_information_estimate.h"
#include "tfx/data_validation/generators/schema_features.h"
#include "tfx/data_validation/generators/value_rows.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

constexpr size_t kNeighbours = 3;
constexpr double kNoise = 1e-10;

// A univalent feature: a category or a number in each row.
using Side = std::variant<std::vector<int>, std::vector<double>>;

// Missing numbers become ten times the greatest, or 2^63 - 1 where there is none.
std::vector<double> Impute(std::vector<double> numbers) {
  double greatest = -std::numeric_limits<double>::infinity();
  for (const double number : numbers) {
    if (!std::isnan(number)) greatest = std::max(greatest, number);
  }
  const double fill =
      std::isfinite(greatest) ? 10 * greatest : static_cast<double>(std::numeric_limits<int64_t>::max());
  for (double& number : numbers) {
    if (std::isnan(number)) number = fill;
  }
  return numbers;
}

// Divided by the standard deviation, with noise, as scikit-learn does before it looks for neighbours.
Points ScaleAndAddNoise(std::vector<double> numbers, SeededRandom* random) {
  const double n = static_cast<double>(numbers.size());
  double mean = 0, squares = 0, size = 0;
  for (const double number : numbers) mean += number / n;
  for (const double number : numbers) squares += (number - mean) * (number - mean) / n;
  const double scale = squares > 0 && std::isfinite(squares) ? std::sqrt(squares) : 1;
  for (double& number : numbers) {
    number /= scale;
    size += std::fabs(number) / n;
  }
  const double noise = kNoise * std::max(1.0, size);
  for (double& number : numbers) number += noise * random->Normal();
  return {.num_columns = 1, .values = std::move(numbers)};
}

double Information(const Side& feature, const Side& label, uint64_t seed) {
  SeededRandom random(seed);
  const auto* x = std::get_if<std::vector<int>>(&feature);
  const auto* y = std::get_if<std::vector<int>>(&label);
  constexpr auto kEstimate = NeighbourEstimate::kSmallerData;
  if (x != nullptr && y != nullptr) return MutualInformationOfCategories(*x, *y);
  Points numbers;
  if (x == nullptr) numbers = ScaleAndAddNoise(std::get<std::vector<double>>(feature), &random);
  if (y != nullptr) return MutualInformationOfNumbersAndCategories(numbers, *y, kNeighbours, kEstimate);
  const Points label_numbers = ScaleAndAddNoise(std::get<std::vector<double>>(label), &random);
  if (x != nullptr) return MutualInformationOfNumbersAndCategories(label_numbers, *x, kNeighbours, kEstimate);
  return MutualInformationOfNumbers(numbers, label_numbers, kNeighbours, kEstimate);
}

template <class Value>
std::vector<Value> Reordered(const std::vector<Value>& values, const std::vector<size_t>& order) {
  std::vector<Value> result;
  for (const size_t i : order) result.push_back(values[i]);
  return result;
}

void AddNumber(const char* name, double value, v0::FeatureNameStatistics* feature) {
  auto* stat = feature->add_custom_stats();
  stat->set_name(name);
  stat->set_num(value);
}

class SkLearnMutualInformation final : public PartitionedStatsFn {
 public:
  SkLearnMutualInformation(const SkLearnMutualInformationOptions& options, std::set<FeaturePath> univalent,
                           std::set<FeaturePath> categorical)
      : options_(options), univalent_(std::move(univalent)), categorical_(std::move(categorical)) {}

  absl::StatusOr<v0::DatasetFeatureStatistics> Compute(const arrow::RecordBatch& rows) const override {
    std::vector<FeatureColumn> columns;
    RETURN_IF_ERROR(VisitFeatures(rows, StatsOptions(), [&](const FeatureColumn& column) {
      const bool is_flat = column.levels.size() == 1 && column.kind != FeatureKind::kStruct;
      if (is_flat && univalent_.contains(column.path)) columns.push_back(column);
      return absl::OkStatus();
    }));
    const StatsBatch batch{.rows = rows, .features = columns};
    const FeatureColumn* label_column = FindColumn(batch, options_.label_feature);
    const std::string place =
        absl::StrCat("SkLearnMutualInformation: the label ", SerializePath(options_.label_feature));
    if (label_column == nullptr) return absl::InvalidArgumentError(absl::StrCat(place, " is not in the data"));
    ASSIGN_OR_RETURN(const Side label, Encode(batch, *label_column));
    if (HasInfinite(label)) return absl::InvalidArgumentError(absl::StrCat(place, " holds infinite values"));

    v0::DatasetFeatureStatistics result;
    const bool label_is_number = std::holds_alternative<std::vector<double>>(label);
    const auto num_rows = static_cast<size_t>(rows.num_rows());
    if (label_is_number && num_rows <= kNeighbours) return result;
    SeededRandom random(options_.seed);
    const std::vector<size_t> order = random.Shuffle(num_rows);
    const Side shuffled = std::visit([&](const auto& values) -> Side { return Reordered(values, order); }, label);
    const double label_entropy = Information(label, label, options_.seed);
    for (const FeatureColumn& column : columns) {
      if (column.path == options_.label_feature) continue;
      const auto feature = Encode(batch, column);
      if (!feature.ok() || HasInfinite(*feature)) continue;  // cannot be judged; the others can
      const auto* categories = std::get_if<std::vector<int>>(&*feature);
      if (categories != nullptr && label_is_number &&
          std::set<int>(categories->begin(), categories->end()).size() == num_rows) {
        continue;
      }
      const bool too_few = categories == nullptr && num_rows <= kNeighbours;
      const double entropy = too_few ? 0 : Information(*feature, *feature, options_.seed);
      const double information = Information(*feature, label, options_.seed);
      const double by_chance = Information(*feature, shuffled, options_.seed);
      const double adjusted = information - by_chance;
      const double room = std::max(label_entropy, entropy) - by_chance;
      auto* stats = result.add_features();
      *stats->mutable_path() = PathToProto(column.path);
      AddNumber("sklearn_mutual_information", information, stats);
      AddNumber("sklearn_adjusted_mutual_information", adjusted, stats);
      AddNumber("sklearn_normalized_adjusted_mutual_information", room == 0 ? 0 : std::clamp(adjusted / room, 0.0, 1.0),
                stats);
    }
    return result;
  }

 private:
  static bool HasInfinite(const Side& side) {
    const auto* numbers = std::get_if<std::vector<double>>(&side);
    return numbers != nullptr &&
           std::any_of(numbers->begin(), numbers->end(), [](double number) { return std::isinf(number); });
  }

  absl::StatusOr<Side> Encode(const StatsBatch& batch, const FeatureColumn& column) const {
    if (categorical_.contains(column.path)) {
      ASSIGN_OR_RETURN(Categories categories, EncodeCategories(batch, column));
      return std::move(categories.of_row);
    }
    ASSIGN_OR_RETURN(Points points, EncodeNumbers(batch, column));
    return Impute(std::move(points.values));
  }

  SkLearnMutualInformationOptions options_;
  std::set<FeaturePath> univalent_;
  std::set<FeaturePath> categorical_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const PartitionedStatsFn>> MakeSkLearnMutualInformation(
    const SkLearnMutualInformationOptions& options) {
  const auto refuse = [](const std::string& message) {
    return absl::InvalidArgumentError(absl::StrCat("SkLearnMutualInformation: ", message));
  };
  if (options.schema == nullptr) return refuse("a schema is needed");
  if (options.label_feature.size() != 1) return refuse("label_feature must name one top-level feature");
  std::set<FeaturePath> univalent, categorical;
  bool has_label = false;
  for (const auto& [path, feature] : LeafFeaturesOf(*options.schema)) {
    has_label = has_label || path == options.label_feature;
    if (path.size() == 1 && IsUnivalent(*feature)) univalent.insert(path);
    if (IsCategorical(*feature)) categorical.insert(path);
  }
  const std::string label = SerializePath(options.label_feature);
  if (!has_label) return refuse(absl::StrCat("the label ", label, " is not a feature of the schema"));
  if (!univalent.contains(options.label_feature)) {
    return refuse(
        absl::StrCat("the label ", label, " is multivalent; set value_count { min: 1 max: 1 } in the schema"));
  }
  return std::make_shared<const SkLearnMutualInformation>(options, std::move(univalent), std::move(categorical));
}

}  // namespace tfx::tfdv
