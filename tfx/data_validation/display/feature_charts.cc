#include "tfx/data_validation/display/feature_charts.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "tfx/data_validation/display/display_label.h"
#include "tfx/data_validation/display/facets_rules.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using LabelCounts = std::vector<std::pair<std::string, double>>;

// One dataset's source of a chart: at most one of both.
struct Source {
  const v0::Histogram* histogram = nullptr;
  LabelCounts labels;
  bool empty() const { return histogram == nullptr && labels.empty(); }
};

struct Sources {
  std::vector<Source> plain, weighted;  // per dataset
};

// Charts in the order of their first appearance.
class ChartSources {
 public:
  explicit ChartSources(size_t num_datasets) : num_datasets_(num_datasets) {}

  Source* Get(const std::string& name, bool weighted, size_t dataset) {
    const auto [it, is_new] = index_.emplace(name, charts_.size());
    if (is_new) {
      charts_.push_back({name, {std::vector<Source>(num_datasets_), std::vector<Source>(num_datasets_)}});
    }
    Sources& sources = charts_[it->second].second;
    return &(weighted ? sources.weighted : sources.plain)[dataset];
  }

  void Add(const std::string& name, bool weighted, size_t dataset, const v0::Histogram& histogram) {
    if (histogram.buckets().empty() && histogram.num_nan() == 0 && histogram.num_undefined() == 0) return;
    Source* source = Get(name, weighted, dataset);
    if (source->empty()) source->histogram = &histogram;
  }

  void Add(const std::string& name, bool weighted, size_t dataset, LabelCounts labels) {
    if (labels.empty()) return;
    Source* source = Get(name, weighted, dataset);
    if (source->empty()) source->labels = std::move(labels);
  }

  const std::vector<std::pair<std::string, Sources>>& charts() const { return charts_; }

 private:
  size_t num_datasets_;
  std::map<std::string, size_t> index_;
  std::vector<std::pair<std::string, Sources>> charts_;
};

LabelCounts Labels(const v0::RankHistogram& histogram) {
  LabelCounts labels;
  for (const auto& bucket : histogram.buckets()) labels.emplace_back(bucket.label(), bucket.sample_count());
  return labels;
}

template <class TopValues>
LabelCounts Labels(const v0::RankHistogram& histogram, const TopValues& top_values) {
  LabelCounts labels = Labels(histogram);
  if (!labels.empty()) return labels;
  for (const auto& top : top_values) labels.emplace_back(top.value(), top.frequency());
  return labels;
}

template <class Histograms>
void AddNumeric(const Histograms& histograms, bool weighted, size_t dataset, ChartSources* charts) {
  for (const v0::Histogram& histogram : histograms) {
    const char* unnamed = histogram.type() == v0::Histogram::QUANTILES ? kQuantilesChart : kStandardChart;
    charts->Add(histogram.name().empty() ? unnamed : histogram.name(), weighted, dataset, histogram);
  }
}

void AddFeature(const v0::FeatureNameStatistics& feature, size_t dataset, ChartSources* charts) {
  if (feature.has_num_stats()) {
    AddNumeric(feature.num_stats().histograms(), false, dataset, charts);
    AddNumeric(feature.num_stats().weighted_numeric_stats().histograms(), true, dataset, charts);
  } else if (feature.has_string_stats()) {
    const v0::StringStatistics& text = feature.string_stats();
    charts->Add(kStandardChart, false, dataset, Labels(text.rank_histogram(), text.top_values()));
    const v0::WeightedStringStatistics& weighted = text.weighted_string_stats();
    charts->Add(kStandardChart, true, dataset, Labels(weighted.rank_histogram(), weighted.top_values()));
  }
  if (const v0::CommonStatistics* common = FindCommonStatistics(feature); common != nullptr) {
    charts->Add(kValueListLengthChart, false, dataset, common->num_values_histogram());
    charts->Add(kFeatureListLengthChart, false, dataset, common->feature_list_length_histogram());
  }
  for (const v0::CustomStatistic& custom : feature.custom_stats()) {
    if (custom.has_histogram()) charts->Add(custom.name(), false, dataset, custom.histogram());
    if (custom.has_rank_histogram()) charts->Add(custom.name(), false, dataset, Labels(custom.rank_histogram()));
  }
}

ChartSeries NumericSeries(const Source& source) {
  ChartSeries series;
  if (source.histogram == nullptr) return series;
  series.num_nan = static_cast<double>(source.histogram->num_nan());
  series.num_undefined = static_cast<double>(source.histogram->num_undefined());
  for (const auto& bucket : source.histogram->buckets()) {
    series.buckets.push_back({bucket.low_value(), bucket.high_value(), bucket.sample_count()});
  }
  return series;
}

// The labels of all sources, in the order of their first appearance, and the series that count them.
std::vector<ChartSeries> LabelledSeries(const std::vector<Source>& sources,
                                        std::unordered_map<std::string, size_t>* index,
                                        std::vector<std::string>* labels) {
  std::vector<ChartSeries> all(sources.size());
  for (size_t dataset = 0; dataset < sources.size(); ++dataset) {
    for (const auto& [label, count] : sources[dataset].labels) {
      const auto [it, is_new] = index->emplace(label, labels->size());
      if (is_new) labels->push_back(label);
      std::vector<double>& counts = all[dataset].counts;
      if (counts.size() <= it->second) counts.resize(it->second + 1);
      counts[it->second] += count;
    }
  }
  return all;
}

bool AnyFilled(const std::vector<Source>& sources) {
  return std::any_of(sources.begin(), sources.end(), [](const Source& source) { return !source.empty(); });
}

// A name can stand for ranges in one dataset and labels in another: whichever comes first decides, the others of that
// chart stay empty.
Chart ToChart(const std::string& name, const Sources& sources, size_t max_label_bytes) {
  Chart chart;
  chart.name = DisplayLabel(name, max_label_bytes);
  const std::vector<Source>& first = AnyFilled(sources.plain) ? sources.plain : sources.weighted;
  const auto filled = std::find_if(first.begin(), first.end(), [](const Source& source) { return !source.empty(); });
  const bool labelled = filled != first.end() && filled->histogram == nullptr;
  if (labelled) {
    std::unordered_map<std::string, size_t> index;
    chart.series = LabelledSeries(sources.plain, &index, &chart.labels);
    if (AnyFilled(sources.weighted)) chart.weighted = LabelledSeries(sources.weighted, &index, &chart.labels);
    for (auto* all : {&chart.series, &chart.weighted}) {
      for (ChartSeries& series : *all) {
        if (!series.counts.empty()) series.counts.resize(chart.labels.size());
      }
    }
    for (std::string& label : chart.labels) label = DisplayLabel(label, max_label_bytes);
  } else {
    for (const Source& source : sources.plain) chart.series.push_back(NumericSeries(source));
    if (AnyFilled(sources.weighted)) {
      for (const Source& source : sources.weighted) chart.weighted.push_back(NumericSeries(source));
    }
  }
  const bool quantiles = !labelled && filled != first.end() && filled->histogram->type() == v0::Histogram::QUANTILES;
  chart.kind = ChartKindFor(labelled, quantiles, static_cast<int>(chart.labels.size()));
  return chart;
}

}  // namespace

std::vector<Chart> FeatureCharts(const std::vector<const v0::FeatureNameStatistics*>& per_dataset,
                                 size_t max_label_bytes) {
  ChartSources sources(per_dataset.size());
  for (size_t dataset = 0; dataset < per_dataset.size(); ++dataset) {
    if (per_dataset[dataset] != nullptr) AddFeature(*per_dataset[dataset], dataset, &sources);
  }
  std::vector<Chart> charts;
  for (const auto& [name, chart] : sources.charts()) charts.push_back(ToChart(name, chart, max_label_bytes));
  const auto rank = [](const Chart& chart) {
    static const std::string kOrder[] = {kStandardChart, kQuantilesChart, kValueListLengthChart,
                                         kFeatureListLengthChart};
    return std::find(std::begin(kOrder), std::end(kOrder), chart.name) - std::begin(kOrder);
  };
  std::stable_sort(charts.begin(), charts.end(), [&](const Chart& a, const Chart& b) { return rank(a) < rank(b); });
  return charts;
}

void LimitLabels(int max_labels, Chart* chart) {
  const size_t limit = static_cast<size_t>(std::max(1, max_labels));
  if (chart->labels.size() <= limit) return;
  for (auto* all : {&chart->series, &chart->weighted}) {
    for (ChartSeries& series : *all) {
      for (size_t i = limit; i < series.counts.size(); ++i) {
        series.other_count += series.counts[i];
        series.other_labels += series.counts[i] != 0;
      }
      if (series.counts.size() > limit) series.counts.resize(limit);
    }
  }
  chart->labels.resize(limit);
}

}  // namespace tfx::tfdv
