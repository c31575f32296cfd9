#include "tfx/data_validation/generators/lift_stats.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/base/utf8.h"
#include "tfx/data_validation/features/numeric_values.h"
#include "tfx/data_validation/generators/binary_values.h"
#include "tfx/data_validation/generators/leaf_stats.h"
#include "tfx/data_validation/generators/lift_counts.h"
#include "tfx/data_validation/generators/python_text.h"
#include "tfx/data_validation/generators/schema_features.h"
#include "tfx/data_validation/generators/value_rows.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using Series = v0::LiftSeries;

// A value with the row that holds it.
using RowValue = std::pair<int64_t, LiftValue>;

// The distinct values of each row, by row and value. `boundaries`: numbers are put into bins.
absl::StatusOr<std::vector<RowValue>> DistinctValues(const StatsBatch& batch, const FeatureColumn& column,
                                                     const std::vector<double>& boundaries) {
  ASSIGN_OR_RETURN(const std::vector<int64_t> rows, RowsOfValues(batch, column));
  std::vector<RowValue> values;
  values.reserve(rows.size());
  ForEachBinary(*column.values,
                [&](int64_t i, std::string_view value) { values.emplace_back(rows[i], std::string(value)); });
  WithNumericArray(*column.values, [&](const auto& typed) {
    using Number = std::decay_t<decltype(typed.Value(0))>;
    for (int64_t i = 0; i < typed.length(); ++i) {
      if (typed.IsNull(i)) continue;
      const Number number = typed.Value(i);
      if (!boundaries.empty()) {
        const double value = static_cast<double>(number);
        if (std::isnan(value)) continue;
        const auto above = std::upper_bound(boundaries.begin(), boundaries.end(), value);
        values.emplace_back(rows[i], static_cast<int64_t>(above - boundaries.begin()));
      } else if constexpr (std::is_floating_point_v<Number>) {
        values.emplace_back(rows[i], PythonRepr(static_cast<double>(number)));
      } else {
        values.emplace_back(rows[i], static_cast<int64_t>(number));
      }
    }
  });
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

bool FitsInt32(const LiftValue& value) {
  const auto* number = std::get_if<int64_t>(&value);
  return number != nullptr && *number >= std::numeric_limits<int32_t>::min() &&
         *number <= std::numeric_limits<int32_t>::max();
}

std::string Show(const LiftValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return absl::StrCat(*number);
  const std::string& text = std::get<std::string>(value);
  return FindInvalidUtf8(text) == std::string_view::npos ? text : std::string(kNotUtf8);
}

// One x with one y, as it will be shown.
struct Lift {
  const LiftValue* x = nullptr;
  double lift = 0;
  LiftCount x_count;
  LiftCount x_and_y_count;
};

// Greatest lift first, equal ones by x.
bool IsShownBefore(const Lift& a, const Lift& b) { return a.lift != b.lift ? a.lift > b.lift : *a.x < *b.x; }

// The x values of the greatest and the least (lift, x), each once.
void KeepTopAndBottom(int64_t top, int64_t bottom, std::vector<Lift>* lifts) {
  if (top == 0 && bottom == 0) return;
  std::sort(lifts->begin(), lifts->end(),
            [](const Lift& a, const Lift& b) { return a.lift != b.lift ? a.lift < b.lift : *a.x < *b.x; });
  const auto size = static_cast<int64_t>(lifts->size());
  const int64_t first_of_top = std::max<int64_t>(size - top, std::min(bottom, size));
  lifts->erase(lifts->begin() + std::min(bottom, size), lifts->begin() + first_of_top);
}

class LiftStatsGenerator final : public StatsGenerator {
 public:
  LiftStatsGenerator(const LiftStatsGeneratorOptions& options, std::vector<FeaturePath> x_paths)
      : options_(options), x_paths_(std::move(x_paths)) {
    for (const FeaturePath& path : x_paths_) features_.emplace_back(!WeightColumnOf(path).empty());
    std::sort(options_.y_boundaries.begin(), options_.y_boundaries.end());
    options_.y_boundaries.erase(std::unique(options_.y_boundaries.begin(), options_.y_boundaries.end()),
                                options_.y_boundaries.end());
  }

  std::string_view name() const override { return "LiftStatsGenerator"; }
  std::unique_ptr<StatsGenerator> Clone() const override { return std::make_unique<LiftStatsGenerator>(*this); }

  absl::Status Add(const StatsBatch& batch) override {
    num_examples_ += batch.rows.num_rows();
    std::map<std::string, std::vector<double>> weights;
    ASSIGN_OR_RETURN(const std::vector<std::vector<int>> labels, AddLabels(batch, &weights));
    for (size_t i = 0; i < x_paths_.size(); ++i) {
      const FeatureColumn* column = FindColumn(batch, x_paths_[i]);
      if (column == nullptr || column->kind == FeatureKind::kUnknown || column->kind == FeatureKind::kStruct) continue;
      ASSIGN_OR_RETURN(const std::vector<double>* x_weights, WeightsOf(batch, x_paths_[i], &weights));
      ASSIGN_OR_RETURN(const std::vector<RowValue> values, DistinctValues(batch, *column, {}));
      for (const auto& [row, x] : values)
        features_[i].Add(x, labels[row], x_weights == nullptr ? 1 : (*x_weights)[row]);
      features_[i].Prune(options_.max_state_bytes);
    }
    return absl::OkStatus();
  }

  absl::Status Merge(const StatsGenerator& other) override {
    ASSIGN_OR_RETURN(const auto* same, SameGenerator<LiftStatsGenerator>(other));
    num_examples_ += same->num_examples_;
    std::vector<int> ids;
    for (size_t y = 0; y < same->labels_.size(); ++y) {
      ids.push_back(labels_.IdOf(same->labels_.value(static_cast<int>(y))));
      labels_.count(ids.back()).Merge(same->labels_.count(static_cast<int>(y)));
    }
    RETURN_IF_ERROR(CheckLabels());
    for (size_t i = 0; i < features_.size(); ++i) {
      features_[i].Merge(same->features_[i], ids);
      features_[i].Prune(options_.max_state_bytes);
    }
    return absl::OkStatus();
  }

  std::string Serialize() const override {
    sketches::StateWriter out;
    out.Integer(num_examples_);
    const std::vector<int> sorted = labels_.Sorted();
    out.Integer(sorted.size());
    for (const int y : sorted) {
      WriteLiftValue(labels_.value(y), &out);
      WriteLiftCount(labels_.count(y), &out);
    }
    for (const LiftFeature& feature : features_) feature.Write(sorted, &out);
    return out.Take();
  }

  absl::Status ParseFrom(std::string_view bytes) override {
    sketches::StateReader in(bytes);
    LiftStatsGenerator parsed(options_, x_paths_);
    parsed.num_examples_ = static_cast<int64_t>(in.Integer());
    const uint64_t num_labels = in.Count(32);
    bool fits = true;
    for (uint64_t y = 0; y < num_labels; ++y) {
      const LiftValue value = ReadLiftValue(&in);
      const auto* bin = std::get_if<int64_t>(&value);
      const auto num_bins = static_cast<int64_t>(options_.y_boundaries.size()) + 1;
      const bool is_label = num_bins == 1 || (bin != nullptr && *bin >= 0 && *bin < num_bins);
      const int id = parsed.labels_.IdOf(value);
      fits = fits && is_label && id == static_cast<int>(y);  // else a label comes twice
      fits = ReadLiftCount(&in, &parsed.labels_.count(id)) && fits;
    }
    for (LiftFeature& feature : parsed.features_) fits = fits && feature.Read(num_labels, &in);
    if (!fits || !in.ok()) return absl::DataLossError(absl::StrCat("not a state of ", std::string(name())));
    *this = std::move(parsed);
    return absl::OkStatus();
  }

  absl::Status Write(v0::DatasetFeatureStatistics* dataset) const override {
    for (size_t i = 0; i < x_paths_.size(); ++i) {
      v0::LiftStatistics lift;
      RankHistograms histograms;
      WriteSeries(features_[i], /*weighted=*/false, &lift, &histograms);
      if (HasWeights()) WriteSeries(features_[i], /*weighted=*/true, &lift, &histograms);
      if (lift.lift_series().empty()) continue;
      auto* cross = dataset->add_cross_features();
      *cross->mutable_path_x() = PathToProto(x_paths_[i]);
      *cross->mutable_path_y() = PathToProto(options_.y_path);
      *cross->mutable_categorical_cross_stats()->mutable_lift() = std::move(lift);
      const bool is_rough = features_[i].max_count_error() > 0;
      if (!options_.output_custom_stats && !is_rough) continue;
      auto* feature = FindOrAddFeature(x_paths_[i], dataset);
      if (is_rough) {
        auto* error = feature->add_custom_stats();
        error->set_name("lift_max_count_error");
        error->set_num(static_cast<double>(features_[i].max_count_error()));
      }
      if (!options_.output_custom_stats) continue;
      for (auto& [label, histogram] : histograms) {
        auto* stats = feature->add_custom_stats();
        stats->set_name(absl::StrCat("Lift (Y=", label, ")"));
        *stats->mutable_rank_histogram() = std::move(histogram);
      }
    }
    return absl::OkStatus();
  }

 private:
  using RankHistograms = std::vector<std::pair<std::string, v0::RankHistogram>>;

  bool HasWeights() const {
    return !options_.weight_feature.empty() ||
           std::any_of(options_.per_feature_weight_override.begin(), options_.per_feature_weight_override.end(),
                       [](const auto& entry) { return !entry.second.empty(); });
  }

  const std::string& WeightColumnOf(const FeaturePath& path) const {
    const auto exception = options_.per_feature_weight_override.find(SerializePath(path));
    return exception == options_.per_feature_weight_override.end() ? options_.weight_feature : exception->second;
  }

  // One weight a row, or null where the feature has none. `read`: the columns read so far.
  absl::StatusOr<const std::vector<double>*> WeightsOf(const StatsBatch& batch, const FeaturePath& path,
                                                       std::map<std::string, std::vector<double>>* read) const {
    const std::string& column = WeightColumnOf(path);
    if (column.empty()) return static_cast<const std::vector<double>*>(nullptr);
    if (!read->contains(column)) {
      ASSIGN_OR_RETURN((*read)[column], ReadWeights(batch.rows, column, batch.row_numbers));
    }
    return static_cast<const std::vector<double>*>(&read->at(column));
  }

  // Counts the labels and gives those of each row, ascending.
  absl::StatusOr<std::vector<std::vector<int>>> AddLabels(const StatsBatch& batch,
                                                          std::map<std::string, std::vector<double>>* weights) {
    std::vector<std::vector<int>> labels(batch.rows.num_rows());
    const FeatureColumn* column = FindColumn(batch, options_.y_path);
    if (column == nullptr || column->kind == FeatureKind::kUnknown) return labels;
    const std::string place = absl::StrCat("label ", SerializePath(options_.y_path));
    if (column->kind == FeatureKind::kStruct) return absl::InvalidArgumentError(absl::StrCat(place, " is a struct"));
    if (column->kind == FeatureKind::kString && !options_.y_boundaries.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(place, " is a string; y_boundaries are for numbers, leave them out"));
    }
    if (column->kind == FeatureKind::kFloat && options_.y_boundaries.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(place, " is a float; give y_boundaries to put its values into bins"));
    }
    ASSIGN_OR_RETURN(const std::vector<double>* y_weights, WeightsOf(batch, options_.y_path, weights));
    ASSIGN_OR_RETURN(const std::vector<RowValue> values, DistinctValues(batch, *column, options_.y_boundaries));
    for (const auto& [row, y] : values) {
      const int id = labels_.IdOf(y);
      labels_.count(id).Add(y_weights == nullptr ? 1 : (*y_weights)[row]);
      labels[row].push_back(id);
    }
    RETURN_IF_ERROR(CheckLabels());
    for (std::vector<int>& ids : labels) std::sort(ids.begin(), ids.end());
    return labels;
  }

  absl::Status CheckLabels() const {
    if (static_cast<int64_t>(labels_.size()) <= options_.max_y_values) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("label ", SerializePath(options_.y_path), " has more than ", options_.max_y_values,
                     " distinct values; lift needs a label of few values: give y_boundaries to a number, choose "
                     "another label, or raise max_y_values"));
  }

  // The lifts of one label, sorted and cut.
  std::vector<Lift> LiftsOf(const LiftFeature& feature, int y, bool weighted) const {
    const auto size_of = [weighted](const LiftCount& count) {
      return weighted ? count.weight.Round() : static_cast<double>(count.examples);
    };
    const double y_rate = size_of(labels_.count(y)) / static_cast<double>(num_examples_);
    std::vector<Lift> lifts;
    for (const auto& [value, x] : feature.xs()) {
      const double x_size = size_of(x.count);
      const bool is_shown = x_size != 0 &&
                            (options_.min_x_count == 0 || x_size > static_cast<double>(options_.min_x_count)) &&
                            x.count.examples > feature.max_count_error();
      if (!is_shown || y_rate == 0) continue;
      Lift lift{.x = &value, .x_count = x.count};
      const auto pair = std::lower_bound(x.pairs.begin(), x.pairs.end(), y,
                                         [](const LiftFeature::Pair& a, int wanted) { return a.y < wanted; });
      if (pair != x.pairs.end() && pair->y == y) lift.x_and_y_count = pair->count;
      lift.lift = size_of(lift.x_and_y_count) / x_size / y_rate;
      lifts.push_back(lift);
    }
    KeepTopAndBottom(options_.top_k_per_y, options_.bottom_k_per_y, &lifts);
    std::sort(lifts.begin(), lifts.end(), IsShownBefore);
    return lifts;
  }

  void WriteSeries(const LiftFeature& feature, bool weighted, v0::LiftStatistics* result,
                   RankHistograms* histograms) const {
    for (const int y : labels_.Sorted()) {
      const std::vector<Lift> lifts = LiftsOf(feature, y, weighted);
      if (lifts.empty()) continue;
      Series* series = result->add_lift_series();
      const std::string label = WriteLabel(labels_.value(y), series);
      if (weighted) {
        series->set_weighted_y_count(labels_.count(y).weight.Round());
      } else {
        series->set_y_count(static_cast<uint64_t>(labels_.count(y).examples));
      }
      v0::RankHistogram histogram;
      for (const Lift& lift : lifts) {
        WriteLift(lift, weighted, series->add_lift_values());
        auto* bucket = histogram.add_buckets();
        bucket->set_label(Show(*lift.x));
        bucket->set_sample_count(lift.lift);
      }
      histograms->emplace_back(label, std::move(histogram));
    }
  }

  // Returns the label as shown.
  std::string WriteLabel(const LiftValue& y, Series* series) const {
    const std::vector<double>& boundaries = options_.y_boundaries;
    if (!boundaries.empty()) {
      const auto bin = static_cast<size_t>(std::get<int64_t>(y));
      const double infinity = std::numeric_limits<double>::infinity();
      const double low = bin == 0 ? -infinity : boundaries[bin - 1];
      const double high = bin == boundaries.size() ? infinity : boundaries[bin];
      series->mutable_y_bucket()->set_low_value(low);
      series->mutable_y_bucket()->set_high_value(high);
      return absl::StrCat("[", PythonRepr(low), ",", PythonRepr(high), high == infinity ? "]" : ")");
    }
    if (FitsInt32(y)) {
      series->set_y_int(static_cast<int32_t>(std::get<int64_t>(y)));
    } else {
      series->set_y_string(Show(y));
    }
    return Show(y);
  }

  static void WriteLift(const Lift& lift, bool weighted, Series::LiftValue* result) {
    if (FitsInt32(*lift.x)) {
      result->set_x_int(static_cast<int32_t>(std::get<int64_t>(*lift.x)));
    } else {
      result->set_x_string(Show(*lift.x));
    }
    result->set_lift(lift.lift);
    if (weighted) {
      result->set_weighted_x_count(lift.x_count.weight.Round());
      result->set_weighted_x_and_y_count(lift.x_and_y_count.weight.Round());
    } else {
      result->set_x_count(static_cast<uint64_t>(lift.x_count.examples));
      result->set_x_and_y_count(static_cast<uint64_t>(lift.x_and_y_count.examples));
    }
  }

  LiftStatsGeneratorOptions options_;
  std::vector<FeaturePath> x_paths_;
  int64_t num_examples_ = 0;
  LiftLabels labels_;
  std::vector<LiftFeature> features_;  // one per path of x_paths_
};

absl::Status CheckAgainstSchema(const LiftStatsGeneratorOptions& options) {
  const std::string place = absl::StrCat("label ", SerializePath(options.y_path));
  for (const auto& [path, feature] : LeafFeaturesOf(*options.schema)) {
    if (path != options.y_path) continue;
    const bool is_categorical = IsCategorical(*feature);
    if (is_categorical && !options.y_boundaries.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(place, " is categorical in the schema; leave y_boundaries out"));
    }
    if (!is_categorical && options.y_boundaries.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          place, " is not categorical in the schema; give y_boundaries, or set is_categorical in its domain"));
    }
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(place, " is not a feature of the schema"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeLiftStatsGenerator(const LiftStatsGeneratorOptions& options) {
  if (options.y_path.empty()) return absl::InvalidArgumentError("LiftStatsGenerator: y_path is needed");
  for (const double boundary : options.y_boundaries) {
    if (std::isnan(boundary)) return absl::InvalidArgumentError("LiftStatsGenerator: y_boundaries hold a NaN");
  }
  const std::pair<const char*, int64_t> sizes[] = {{"min_x_count", options.min_x_count},
                                                   {"top_k_per_y", options.top_k_per_y},
                                                   {"bottom_k_per_y", options.bottom_k_per_y},
                                                   {"max_state_bytes", options.max_state_bytes},
                                                   {"max_y_values", options.max_y_values}};
  for (const auto& [option, value] : sizes) {
    if (value < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("LiftStatsGenerator: ", option, " must be at least 0, not ", value));
    }
  }
  std::vector<FeaturePath> x_paths;
  if (options.schema != nullptr) RETURN_IF_ERROR(CheckAgainstSchema(options));
  if (options.x_paths.has_value()) {
    std::set<FeaturePath> seen;
    for (const FeaturePath& path : *options.x_paths) {
      if (seen.insert(path).second) x_paths.push_back(path);
    }
  } else if (options.schema != nullptr) {
    for (const auto& [path, feature] : LeafFeaturesOf(*options.schema)) {
      if (path != options.y_path && IsCategorical(*feature)) x_paths.push_back(path);
    }
  } else {
    return absl::InvalidArgumentError("LiftStatsGenerator: a schema or x_paths are needed");
  }
  return std::make_unique<LiftStatsGenerator>(options, std::move(x_paths));
}

}  // namespace tfx::tfdv
