#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "tfx/base/concat.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/display/alert_rules.h"
#include "tfx/data_validation/display/anomaly_details.h"
#include "tfx/data_validation/display/display.h"
#include "tfx/data_validation/display/display_label.h"
#include "tfx/data_validation/display/facets_rules.h"
#include "tfx/data_validation/display/feature_cells.h"
#include "tfx/data_validation/display/feature_charts.h"
#include "tfx/data_validation/display/schema_entry.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using FeatureStatistics = v0::FeatureNameStatistics;

constexpr size_t kMaxDatasets = 8;  // as many colours as the eye tells apart
constexpr int kFewestLabels = 10;   // a chart of bars needs them
constexpr size_t kMaxSchemaTextBytes = 2000;
constexpr char kAllExamples[] = "All Examples";
// Above the model's own anomalies in the list, below them in rank: rules of alert_rules.h.
constexpr char kAnomalyAlert[] = "anomaly";

// "Column dropped: Column is completely missing"
std::string AlertText(const DisplayAnomaly& anomaly) {
  std::string text = anomaly.short_description;
  if (!text.empty() && text.back() == '.') text.pop_back();
  if (anomaly.description.empty()) return text;
  return text.empty() ? anomaly.description : Concat(text, ": ", anomaly.description);
}

FeaturePath PathOf(const FeatureStatistics& feature) {
  return feature.has_path() ? PathFromProto(feature.path()) : FeaturePath{feature.name()};
}

std::string JoinedName(const FeaturePath& path, size_t max_bytes) {
  std::string joined;
  for (const std::string& step : path) Append(&joined, joined.empty() ? "" : "/", step);
  return joined.empty() ? "(no name)" : DisplayLabel(joined, max_bytes);
}

absl::Status CheckInputs(const DisplayInputs& inputs, const DisplayOptions& options) {
  if (inputs.datasets.empty()) return absl::InvalidArgumentError("nothing to show: give at least one dataset");
  if (inputs.datasets.size() > kMaxDatasets) {
    return absl::InvalidArgumentError(Concat("cannot show ", inputs.datasets.size(), " datasets together, at most ",
                                             kMaxDatasets, ": choose some of them or some slices"));
  }
  std::set<std::string> names;
  for (const DisplayDataset& dataset : inputs.datasets) {
    if (dataset.statistics == nullptr) {
      return absl::InvalidArgumentError(Concat("dataset '", dataset.name, "' has no statistics"));
    }
    if (!names.insert(dataset.name).second) {
      return absl::InvalidArgumentError(
          Concat("two datasets are named '", dataset.name, "': give each a name of its own"));
    }
  }
  if (options.max_labels < 1) return absl::InvalidArgumentError("max_labels must be at least 1");
  if (options.max_label_bytes < 8) return absl::InvalidArgumentError("max_label_bytes must be at least 8");
  if (options.max_model_bytes < 0) return absl::InvalidArgumentError("max_model_bytes must not be negative");
  return absl::OkStatus();
}

// The statistics of a feature in each dataset, features in the order in which they are first met.
struct FeatureSources {
  std::vector<FeaturePath> paths;
  std::map<FeaturePath, std::vector<const FeatureStatistics*>> by_path;
};

class Builder {
 public:
  Builder(const DisplayInputs& inputs, const DisplayOptions& options) : inputs_(inputs), options_(options) {
    schema_ = inputs.schema;
    if (schema_ == nullptr && inputs.anomalies != nullptr && inputs.anomalies->has_baseline()) {
      schema_ = &inputs.anomalies->baseline();
    }
    label_bytes_ = static_cast<size_t>(options.max_label_bytes);
  }

  DisplayModel Build() {
    model_.title = DisplayLabel(options_.title, 400);
    model_.has_schema = schema_ != nullptr;
    model_.has_anomalies = inputs_.anomalies != nullptr;
    model_.max_labels = options_.max_labels;
    CollectFeatures();
    AddDatasets();
    if (model_.has_anomalies) {
      static const v0::Schema kEmpty;
      details_ = MakeAnomalyDetails(inputs_, schema_ == nullptr ? kEmpty : *schema_);
      model_.anomalies = details_.anomalies;
    }
    model_.sections = {{"Numeric features", SectionColumns(true), {}},
                       {"Categorical features", SectionColumns(false), {}}};
    for (const FeaturePath& path : sources_.paths) AddFeature(path);
    AddCrossFeatures();
    FinishAlerts();
    AddSortOrders();
    FitBudget();
    return std::move(model_);
  }

 private:
  bool IsShown(const FeaturePath& path) const {
    const auto contains = [&](const std::vector<FeaturePath>& list) {
      return std::find(list.begin(), list.end(), path) != list.end();
    };
    if (options_.allowlist_features.has_value() && !contains(*options_.allowlist_features)) return false;
    return !contains(options_.denylist_features);
  }

  std::vector<const FeatureStatistics*>* Slot(const FeaturePath& path) {
    const auto [it, is_new] = sources_.by_path.try_emplace(path);
    if (is_new) {
      it->second.resize(inputs_.datasets.size());
      sources_.paths.push_back(path);
    }
    return &it->second;
  }

  void CollectFeatures() {
    for (size_t dataset = 0; dataset < inputs_.datasets.size(); ++dataset) {
      for (const FeatureStatistics& feature : inputs_.datasets[dataset].statistics->features()) {
        const FeaturePath path = PathOf(feature);
        if (!IsShown(path)) continue;
        const FeatureStatistics*& slot = (*Slot(path))[dataset];
        if (slot == nullptr) slot = &feature;
      }
    }
    if (schema_ != nullptr) {
      for (const FeaturePath& path : SchemaPaths(*schema_)) {
        if (IsShown(path)) Slot(path);
      }
    }
    if (inputs_.anomalies != nullptr) {
      const auto& all = inputs_.anomalies->anomaly_info();
      const std::map<std::string, v0::AnomalyInfo> sorted(all.begin(), all.end());
      for (const auto& [key, info] : sorted) {
        const FeaturePath path =
            info.has_path() && info.path().step_size() > 0 ? PathFromProto(info.path()) : FeaturePath{key};
        if (IsShown(path)) Slot(path);
      }
    }
  }

  void AddDatasets() {
    for (const DisplayDataset& dataset : inputs_.datasets) {
      DisplayDatasetSummary summary{.name = DisplayLabel(dataset.name, label_bytes_)};
      summary.num_examples = static_cast<double>(dataset.statistics->num_examples());
      summary.weighted_num_examples = dataset.statistics->weighted_num_examples();
      double missing = 0, cells = 0;
      for (const FeatureStatistics& feature : dataset.statistics->features()) {
        if (!IsShown(PathOf(feature))) continue;
        ++summary.num_features;
        const v0::CommonStatistics* common = FindCommonStatistics(feature);
        if (common == nullptr) continue;
        missing += static_cast<double>(common->num_missing());
        cells += static_cast<double>(common->num_missing()) + static_cast<double>(common->num_non_missing());
      }
      if (cells > 0) summary.missing_fraction = missing / cells;
      const int index = static_cast<int>(model_.datasets.size());
      if (dataset.statistics->num_examples() == 0) {
        AddAlert({.level = AlertLevel::kError,
                  .kind = "no_examples",
                  .title = "No examples",
                  .text = "the dataset has no examples",
                  .dataset = index});
      }
      model_.datasets.push_back(std::move(summary));
    }
    if (inputs_.anomalies != nullptr && inputs_.anomalies->data_missing() && model_.datasets[0].num_examples > 0) {
      AddAlert({.level = AlertLevel::kError,
                .kind = "no_examples",
                .title = "No examples",
                .text = "validation found no data",
                .dataset = 0});
    }
  }

  void AddAlert(DisplayAlert alert) { model_.alerts.push_back(std::move(alert)); }

  // Type and valency over datasets; disagreement is an alert.
  void AddKind(const std::vector<const FeatureStatistics*>& per_dataset, int index, DisplayFeature* shown) {
    bool first = true, disagree = false;
    std::string types;
    for (size_t dataset = 0; dataset < per_dataset.size(); ++dataset) {
      const FeatureStatistics* feature = per_dataset[dataset];
      if (feature == nullptr) continue;
      shown->numeric = shown->numeric || feature->has_num_stats();
      const v0::CommonStatistics* common = FindCommonStatistics(*feature);
      const Valency valency = ValencyOf(common);
      Append(&types, types.empty() ? "" : ", ", model_.datasets[dataset].name, ": ",
             FeatureStatistics::Type_Name(feature->type()));
      if (valency == Valency::kUnknown && per_dataset.size() > 1) continue;  // a type without values is a guess
      shown->valency = MergeValency(shown->valency, valency);
      const ValueKind kind = ValueKindOf(*feature);
      if (first) shown->kind = kind;
      disagree = disagree || (!first && kind != shown->kind);
      first = false;
    }
    if (disagree) {
      shown->kind = ValueKind::kUnknown;
      AddAlert({.level = AlertLevel::kWarning,
                .kind = "type_mismatch",
                .title = "Types differ between datasets",
                .text = types,
                .feature = index});
    }
  }

  void AddPresence(const std::vector<const FeatureStatistics*>& per_dataset, int index) {
    std::string absent;
    bool any = false;
    for (size_t dataset = 0; dataset < per_dataset.size(); ++dataset) {
      any = any || per_dataset[dataset] != nullptr;
      if (per_dataset[dataset] == nullptr) Append(&absent, absent.empty() ? "" : ", ", model_.datasets[dataset].name);
    }
    if (!any || absent.empty()) return;
    AddAlert({.level = AlertLevel::kWarning,
              .kind = "absent",
              .title = "Absent from a dataset",
              .text = Concat("not in ", absent),
              .feature = index});
  }

  void AddRuleAlerts(const std::vector<const FeatureStatistics*>& per_dataset, int index) {
    for (const AlertRule& rule : AlertRules()) {
      for (size_t dataset = 0; dataset < per_dataset.size(); ++dataset) {
        if (per_dataset[dataset] == nullptr) continue;
        std::string text = rule.find(*per_dataset[dataset], *inputs_.datasets[dataset].statistics);
        if (text.empty()) continue;
        AddAlert({rule.level, rule.kind, rule.title, std::move(text), index, static_cast<int>(dataset)});
      }
    }
  }

  // From the whole charts, before labels are cut.
  static DisplaySortKeys SortKeys(const std::vector<const FeatureStatistics*>& per_dataset,
                                  const DisplayFeature& shown) {
    DisplaySortKeys keys;
    keys.missing_or_zero = 0;
    for (const FeatureStatistics* feature : per_dataset) {
      keys.missing_or_zero = std::max(keys.missing_or_zero, feature == nullptr ? 1 : MissingOrZeroFraction(*feature));
    }
    const bool has_standard = !shown.charts.empty() && shown.charts[0].name == kStandardChart;
    if (!has_standard) {
      const auto absent = std::count(per_dataset.begin(), per_dataset.end(), nullptr);
      if (absent > 0 && absent < static_cast<long>(per_dataset.size())) keys.distance = kInfinity;
      return keys;
    }
    const Chart& chart = shown.charts[0];
    keys.non_uniformity = 1;
    for (const ChartSeries& series : chart.series) {
      std::vector<double> counts = series.counts;
      for (const DisplayBucket& bucket : series.buckets) counts.push_back(bucket.count);
      // Labels of other datasets are no buckets of this one.
      if (!chart.labels.empty()) counts.erase(std::remove(counts.begin(), counts.end(), 0.0), counts.end());
      keys.non_uniformity = std::min(keys.non_uniformity, NormalizedEntropy(counts));
    }
    for (size_t other = 1; other < chart.series.size(); ++other) {
      const ChartSeries& u = chart.series[0];
      const ChartSeries& v = chart.series[other];
      keys.distance = std::max(keys.distance, chart.labels.empty() ? ChiSquareDistance(u.buckets, v.buckets)
                                                                   : ChiSquareDistance(u.counts, v.counts));
    }
    return keys;
  }

  void AddFeature(const FeaturePath& path) {
    const std::vector<const FeatureStatistics*>& per_dataset = sources_.by_path.at(path);
    const int index = static_cast<int>(model_.features.size());
    DisplayFeature shown{.name = JoinedName(path, label_bytes_), .path = DisplayLabel(SerializePath(path), 1000)};
    AddKind(per_dataset, index, &shown);
    for (const FeatureStatistics* feature : per_dataset) {
      shown.datasets.push_back(MakeFeatureCells(feature, shown.numeric, label_bytes_));
      model_.has_weights = model_.has_weights || !shown.datasets.back().weighted_cells.empty();
      if (feature != nullptr && feature->has_validation_derived_source()) {
        shown.derived_from = Derivation(feature->validation_derived_source());
      }
    }
    shown.charts = FeatureCharts(per_dataset, label_bytes_);
    shown.sort = SortKeys(per_dataset, shown);
    for (Chart& chart : shown.charts) {
      cut_labels_ = cut_labels_ || static_cast<int>(chart.labels.size()) > options_.max_labels;
      LimitLabels(options_.max_labels, &chart);
    }
    if (schema_ != nullptr) shown.schema = SchemaEntry(*schema_, path, kMaxSchemaTextBytes);
    const std::string key = SerializePath(path);
    if (const auto it = details_.measurements.find(key); it != details_.measurements.end()) {
      shown.measurements = it->second;
    }
    for (size_t i = 0; i < model_.anomalies.size(); ++i) {
      if (model_.anomalies[i].path == key) shown.anomaly = static_cast<int>(i);
    }
    if (shown.anomaly >= 0) {
      DisplayAnomaly& anomaly = model_.anomalies[shown.anomaly];
      AddAlert({.level = anomaly.level,
                .kind = kAnomalyAlert,
                .title = "Anomalies",
                .text = AlertText(anomaly),
                .feature = index,
                .dataset = 0});
    }
    AddPresence(per_dataset, index);
    AddRuleAlerts(per_dataset, index);
    model_.sections[shown.numeric ? 0 : 1].features.push_back(index);
    model_.features.push_back(std::move(shown));
  }

  std::string Derivation(const v0::DerivedFeatureSource& source) const {
    std::string text = Concat("derived by ", source.deriver_name());
    for (const auto& path : source.source_path()) {
      Append(&text, " from ", SerializePath(PathFromProto(path)));
    }
    return DisplayLabel(text, 300);
  }

  void AddCrossFeatures() {
    constexpr int kMaxShown = 1000;
    for (size_t dataset = 0; dataset < inputs_.datasets.size(); ++dataset) {
      int shown = 0;
      for (const v0::CrossFeatureStatistics& cross : inputs_.datasets[dataset].statistics->cross_features()) {
        if (++shown > kMaxShown) {
          model_.limits.push_back(Concat("only the first ", kMaxShown, " pairs of features of ",
                                         model_.datasets[dataset].name, " are shown"));
          break;
        }
        DisplayCrossFeature added{.dataset = static_cast<int>(dataset),
                                  .x = JoinedName(PathFromProto(cross.path_x()), label_bytes_),
                                  .y = JoinedName(PathFromProto(cross.path_y()), label_bytes_),
                                  .count = static_cast<double>(cross.count())};
        added.text = CrossText(cross);
        model_.cross_features.push_back(std::move(added));
      }
    }
  }

  std::string CrossText(const v0::CrossFeatureStatistics& cross) const {
    if (cross.has_num_cross_stats()) {
      return Concat("correlation ", FormatNumber(cross.num_cross_stats().correlation()), ", covariance ",
                    FormatNumber(cross.num_cross_stats().covariance()));
    }
    // The strongest lift of each value of y.
    constexpr int kMaxSeries = 5;
    std::string text;
    int shown = 0;
    for (const v0::LiftSeries& series : cross.categorical_cross_stats().lift().lift_series()) {
      if (series.lift_values().empty() || ++shown > kMaxSeries) continue;
      const auto& best = *std::max_element(series.lift_values().begin(), series.lift_values().end(),
                                           [](const auto& a, const auto& b) { return a.lift() < b.lift(); });
      const std::string y = series.has_y_string()   ? DisplayLabel(series.y_string(), 40)
                            : series.has_y_bucket() ? absl::StrFormat("[%g, %g)", series.y_bucket().low_value(),
                                                                      series.y_bucket().high_value())
                                                    : Concat(series.y_int());
      const std::string x = best.has_x_string() ? DisplayLabel(best.x_string(), 40) : Concat(best.x_int());
      Append(&text, text.empty() ? "" : "; ", "lift ", FormatNumber(best.lift()), " of ", x, " at ", y);
    }
    return text;
  }

  void FinishAlerts() {
    if (!model_.anomalies.empty() && model_.anomalies[0].path.empty()) {
      const DisplayAnomaly& anomaly = model_.anomalies[0];
      AddAlert({.level = anomaly.level,
                .kind = kAnomalyAlert,
                .title = "Anomalies",
                .text = AlertText(anomaly),
                .dataset = 0});
    }
    const auto order = [](const DisplayAlert& alert) {
      return std::make_tuple(alert.level, alert.kind != kAnomalyAlert, alert.kind, alert.feature, alert.dataset);
    };
    std::stable_sort(model_.alerts.begin(), model_.alerts.end(),
                     [&](const DisplayAlert& a, const DisplayAlert& b) { return order(a) < order(b); });
    for (size_t i = 0; i < model_.alerts.size(); ++i) {
      const DisplayAlert& alert = model_.alerts[i];
      if (alert.feature < 0) continue;
      DisplayFeature& feature = model_.features[alert.feature];
      feature.alerts.push_back(static_cast<int>(i));
      feature.sort.alert_rank = std::max(feature.sort.alert_rank, 3 - static_cast<int>(alert.level));
    }
  }

  void AddSortOrders() {
    model_.sort_orders = {
        {"feature_order", "Feature order", "the order of the statistics"},
        {"alerts", "Alerts first", "errors, then warnings, then notes; then feature order"},
        {"alphabetical", "Alphabetical", "by name"},
        {"non_uniformity", "Non-uniformity",
         "least over datasets of -sum p ln p / ln n over the n buckets or values; small is uneven"},
        {"missing_or_zero", "Amount missing or zero", "greatest over datasets of (missing + zeros) / examples"},
    };
    if (model_.datasets.size() > 1) {
      model_.sort_orders.push_back(
          {"distance", "Distribution distance",
           Concat("greatest chi-square distance of ", model_.datasets[0].name,
                  " to another dataset: sum (u/U - v/V)^2 / (u/U^2 + v/V^2) over buckets or values")});
    }
  }

  // Fewer labels until the JSON is small enough: bars and the head of a cumulative line say most of what there is.
  void FitBudget() {
    while (options_.max_model_bytes > 0 && model_.max_labels > kFewestLabels) {
      const double size = static_cast<double>(DisplayModelJson(model_).size());
      const double budget = static_cast<double>(options_.max_model_bytes);
      if (size <= budget) break;
      model_.max_labels = std::max(kFewestLabels, static_cast<int>(model_.max_labels * std::min(0.8, budget / size)));
      for (DisplayFeature& feature : model_.features) {
        for (Chart& chart : feature.charts) {
          cut_labels_ = cut_labels_ || static_cast<int>(chart.labels.size()) > model_.max_labels;
          LimitLabels(model_.max_labels, &chart);
        }
      }
    }
    if (cut_labels_) model_.limits.push_back(Concat("charts hold at most ", model_.max_labels, " values each"));
  }

  static constexpr double kInfinity = __builtin_inf();
  const DisplayInputs& inputs_;
  const DisplayOptions& options_;
  const v0::Schema* schema_ = nullptr;
  size_t label_bytes_ = 0;
  FeatureSources sources_;
  AnomalyDetails details_;
  bool cut_labels_ = false;
  DisplayModel model_;
};

}  // namespace

absl::StatusOr<std::vector<DisplayDataset>> DatasetsToShow(const v0::DatasetFeatureStatisticsList& list,
                                                           std::string_view name,
                                                           const std::optional<std::vector<std::string>>& slices) {
  if (list.datasets().empty()) {
    return absl::InvalidArgumentError(
        Concat("the statistics ", name.empty() ? "" : Concat("of '", name, "' "), "hold no dataset"));
  }
  const auto named = [&](const v0::DatasetFeatureStatistics& dataset) {
    if (dataset.name().empty()) return name.empty() ? std::string("all examples") : std::string(name);
    return name.empty() ? dataset.name() : Concat(name, ": ", dataset.name());
  };
  std::vector<DisplayDataset> shown;
  if (slices.has_value() && !slices->empty()) {
    std::vector<std::string> known;
    for (const auto& dataset : list.datasets()) known.push_back(dataset.name());
    for (const std::string& slice : *slices) {
      const auto it = std::find(known.begin(), known.end(), slice);
      if (it == known.end()) {
        return absl::NotFoundError(Concat("no slice '", slice, "' in the statistics", name.empty() ? "" : " of ", name,
                                          DidYouMean(slice, known)));
      }
      const auto& dataset = list.datasets(static_cast<int>(it - known.begin()));
      shown.push_back({named(dataset), &dataset});
    }
    return shown;
  }
  if (!slices.has_value()) {
    for (const auto& dataset : list.datasets()) {
      if (list.datasets_size() > 1 && dataset.name() != kAllExamples) continue;
      // The dataset as a whole goes by the plain name.
      const bool whole = dataset.name().empty() || dataset.name() == kAllExamples;
      shown.push_back({whole && !name.empty() ? std::string(name) : named(dataset), &dataset});
      return shown;
    }
  }
  for (const auto& dataset : list.datasets()) shown.push_back({named(dataset), &dataset});
  return shown;
}

absl::StatusOr<DisplayModel> MakeDisplayModel(const DisplayInputs& inputs, const DisplayOptions& options) {
  RETURN_IF_ERROR(CheckInputs(inputs, options));
  return Builder(inputs, options).Build();
}

}  // namespace tfx::tfdv
