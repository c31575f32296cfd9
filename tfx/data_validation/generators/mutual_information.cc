#include "tfx/data_validation/generators/mutual_information.h"

#include <algorithm>
#include <cmath>
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

using Side = std::variant<Categories, Points>;

bool IsAlwaysMissing(const Side& side) {
  if (const auto* categories = std::get_if<Categories>(&side)) return categories->always_missing;
  return IsAlwaysMissing(std::get<Points>(side));
}

// Nothing can be learned from a different value in each row.
bool IsAllDistinct(const Side& side) {
  const auto* categories = std::get_if<Categories>(&side);
  return categories != nullptr && static_cast<size_t>(categories->num_categories) == categories->of_row.size();
}

Side Shuffled(const Side& side, const std::vector<size_t>& order) {
  if (const auto* categories = std::get_if<Categories>(&side)) {
    Categories shuffled = *categories;
    for (size_t i = 0; i < order.size(); ++i) shuffled.of_row[i] = categories->of_row[order[i]];
    return shuffled;
  }
  const Points& points = std::get<Points>(side);
  Points shuffled{.num_columns = points.num_columns};
  for (const size_t i : order) {
    shuffled.values.insert(shuffled.values.end(), points[i], points[i] + points.num_columns);
  }
  return shuffled;
}

// Bits.
double Information(const Side& a, const Side& b, uint64_t seed) {
  SeededRandom random(seed);
  const auto* a_categories = std::get_if<Categories>(&a);
  const auto* b_categories = std::get_if<Categories>(&b);
  constexpr auto kEstimate = NeighbourEstimate::kLargerData;
  double nats = 0;
  if (a_categories != nullptr && b_categories != nullptr) {
    nats = MutualInformationOfCategories(a_categories->of_row, b_categories->of_row);
  } else if (a_categories != nullptr) {
    nats = MutualInformationOfNumbersAndCategories(PrepareNumbers(std::get<Points>(b), &random), a_categories->of_row,
                                                   kNeighbours, kEstimate);
  } else if (b_categories != nullptr) {
    nats = MutualInformationOfNumbersAndCategories(PrepareNumbers(std::get<Points>(a), &random), b_categories->of_row,
                                                   kNeighbours, kEstimate);
  } else {
    const Points x = PrepareNumbers(std::get<Points>(a), &random);
    const Points y = PrepareNumbers(std::get<Points>(b), &random);
    nats = MutualInformationOfNumbers(x, y, kNeighbours, kEstimate);
  }
  return nats / M_LN2;
}

double AdjustedInformation(const Side& label, const Side& feature, uint64_t seed) {
  SeededRandom random(seed);
  const double information = Information(label, feature, random.Next());
  const std::vector<size_t> order =
      random.Shuffle(std::holds_alternative<Points>(label) ? std::get<Points>(label).size()
                                                           : std::get<Categories>(label).of_row.size());
  return std::max(0.0, information - Information(Shuffled(label, order), feature, random.Next()));
}

class MutualInformation final : public PartitionedStatsFn {
 public:
  MutualInformation(const MutualInformationOptions& options, std::set<FeaturePath> multivalent,
                    std::set<FeaturePath> categorical)
      : options_(options), multivalent_(std::move(multivalent)), categorical_(std::move(categorical)) {}

  absl::StatusOr<v0::DatasetFeatureStatistics> Compute(const arrow::RecordBatch& rows) const override {
    v0::DatasetFeatureStatistics result;
    if (rows.num_rows() <= static_cast<int64_t>(kNeighbours)) {
      if (options_.allow_invalid_partitions) return result;
      return absl::InvalidArgumentError(absl::StrCat("MutualInformation: a part of the data has ", rows.num_rows(),
                                                     " rows and needs ", kNeighbours + 1,
                                                     "; use fewer partitions, or set allow_invalid_partitions"));
    }
    std::vector<FeatureColumn> columns;
    RETURN_IF_ERROR(VisitFeatures(rows, StatsOptions(), [&](const FeatureColumn& column) {
      const bool is_leaf = column.path.size() == 1 && column.kind != FeatureKind::kStruct;
      if (is_leaf && !options_.features_to_ignore.contains(column.path)) columns.push_back(column);
      return absl::OkStatus();
    }));
    const StatsBatch batch{.rows = rows, .features = columns};
    const FeatureColumn* label_column = FindColumn(batch, options_.label_feature);
    if (label_column == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("MutualInformation: the label ", SerializePath(options_.label_feature), " is not in the data"));
    }
    ASSIGN_OR_RETURN(const Side label, Encode(batch, *label_column));
    if (std::holds_alternative<Points>(label) && HasInfinity(std::get<Points>(label))) {
      return absl::InvalidArgumentError(absl::StrCat("MutualInformation: the label ",
                                                     SerializePath(options_.label_feature), " holds infinite values"));
    }
    const bool says_nothing = IsAlwaysMissing(label) || IsAllDistinct(label);
    const double greatest =
        options_.normalize_by_max && !says_nothing ? AdjustedInformation(label, label, options_.seed) : 1;
    for (const FeatureColumn& column : columns) {
      if (column.path == options_.label_feature) continue;
      double value = 0;
      if (!says_nothing) {
        const auto feature = Encode(batch, column);
        // A feature that cannot be judged is left out, the others are not.
        if (!feature.ok()) continue;
        if (std::holds_alternative<Points>(*feature) && HasInfinity(std::get<Points>(*feature))) continue;
        if (!IsAlwaysMissing(*feature) && !IsAllDistinct(*feature)) {
          value = AdjustedInformation(label, *feature, options_.seed);
        }
      }
      auto* stats = result.add_features();
      *stats->mutable_path() = PathToProto(column.path);
      auto* stat = stats->add_custom_stats();
      stat->set_name(options_.custom_stats_key);
      stat->set_num(!options_.normalize_by_max ? value : greatest > 0 ? value / greatest : 0);
    }
    return result;
  }

 private:
  absl::StatusOr<Side> Encode(const StatsBatch& batch, const FeatureColumn& column) const {
    const bool is_categorical = categorical_.contains(column.path) || column.kind == FeatureKind::kString;
    if (!multivalent_.contains(column.path)) {
      if (!is_categorical) return EncodeNumbers(batch, column);
      return EncodeCategories(batch, column);
    }
    if (is_categorical) return EncodeBags(batch, column, options_.max_encoding_length);
    return EncodeHistograms(batch, column, options_.max_encoding_length);
  }

  MutualInformationOptions options_;
  std::set<FeaturePath> multivalent_;
  std::set<FeaturePath> categorical_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const PartitionedStatsFn>> MakeMutualInformation(
    const MutualInformationOptions& options) {
  const auto refuse = [](const std::string& message) {
    return absl::InvalidArgumentError(absl::StrCat("MutualInformation: ", message));
  };
  if (options.label_feature.size() != 1) return refuse("label_feature must name one top-level feature");
  if (options.max_encoding_length < 2) {
    return refuse(absl::StrCat("max_encoding_length must be at least 2, not ", options.max_encoding_length));
  }
  const bool needs_schema = !options.multivalent_features.has_value() || !options.categorical_features.has_value();
  if (options.schema == nullptr && needs_schema) {
    return refuse("a schema is needed, or both multivalent_features and categorical_features");
  }
  std::set<FeaturePath> multivalent, categorical;
  bool has_label = options.schema == nullptr;
  if (options.schema != nullptr) {
    for (const auto& [path, feature] : LeafFeaturesOf(*options.schema)) {
      if (!IsUnivalent(*feature)) multivalent.insert(path);
      if (IsCategorical(*feature)) categorical.insert(path);
      has_label = has_label || path == options.label_feature;
    }
  }
  if (!has_label) {
    return refuse(absl::StrCat("the label ", SerializePath(options.label_feature), " is not a feature of the schema"));
  }
  return std::make_shared<const MutualInformation>(options, options.multivalent_features.value_or(multivalent),
                                                   options.categorical_features.value_or(categorical));
}

}  // namespace tfx::tfdv
