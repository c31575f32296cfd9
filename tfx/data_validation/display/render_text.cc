#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "tfx/base/concat.h"
#include "tfx/data_validation/display/display.h"
#include "tfx/data_validation/display/display_label.h"
#include "tfx/data_validation/display/facets_rules.h"
#include "tfx/data_validation/display/feature_charts.h"

namespace tfx::tfdv {
namespace {

constexpr int kLeastWidth = 60;
constexpr int kLeastNameWidth = 20, kMostNameWidth = 40;
constexpr size_t kAlertsPerKind = 5;
constexpr size_t kTopValues = 10;
constexpr int kSparkWidth = 10;
// Given up in this order where the terminal is narrow.
constexpr const char* kSpareColumns[] = {"avg length", "std dev", "zeros",  "freq top", "median",
                                         "top",        "mean",    "unique", "min",      "max"};

enum class Ink { kPlain, kBold, kDim, kRed, kYellow, kGreen };

std::string Repeat(std::string_view piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += piece;
  return text;
}

// Cut to at most `width` columns.
std::string Cut(const std::string& text, int width) {
  if (DisplayWidth(text) <= width) return text;
  std::string cut;
  for (size_t i = 0; i < text.size();) {
    size_t next = i + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80) ++next;
    if (DisplayWidth(cut) + DisplayWidth(std::string_view(text).substr(i, next - i)) > width - 1) break;
    cut.append(text, i, next - i);
    i = next;
  }
  return cut + "\u2026";
}

std::string Pad(const std::string& text, int width, bool right) {
  const std::string cut = Cut(text, width);
  const std::string blank(std::max(0, width - DisplayWidth(cut)), ' ');
  return right ? blank + cut : cut + blank;
}

class Writer {
 public:
  Writer(int width, bool color) : width_(std::max(width, kLeastWidth)), color_(color) {}

  int width() const { return width_; }
  std::string Ink(enum Ink ink, const std::string& text) const {
    if (!color_ || ink == Ink::kPlain || text.empty()) return text;
    static constexpr const char* kCodes[] = {"0", "1", "2", "31", "33", "32"};
    return Concat("\033[", kCodes[static_cast<int>(ink)], "m", text, "\033[0m");
  }
  // Blanks at the end, which padding leaves, are dropped.
  void Line(std::string text) {
    while (!text.empty() && text.back() == ' ') text.pop_back();
    Append(&out_, text, "\n");
  }
  // In lines of at most the width; words longer than a line are split.
  void Wrapped(const std::string& first_indent, const std::string& indent, const std::string& text,
               enum Ink ink = Ink::kPlain) {
    std::string line, lead = first_indent;
    const auto flush = [&] {
      if (line.empty()) return;
      Line(lead + Ink(ink, line));
      lead = indent;
      line.clear();
    };
    for (size_t start = 0; start < text.size();) {
      size_t end = std::min(text.find(' ', start), text.size());
      std::string word = text.substr(start, end - start);
      start = end + 1;
      const auto room = [&] { return width_ - DisplayWidth(lead); };  // less once the lead is the longer indent
      if (!line.empty() && DisplayWidth(line) + 1 + DisplayWidth(word) > room()) flush();
      while (DisplayWidth(word) > room()) {
        size_t head = 0;
        int taken = 0;
        while (head < word.size()) {
          size_t next = head + 1;
          while (next < word.size() && (static_cast<unsigned char>(word[next]) & 0xC0) == 0x80) ++next;
          const int columns = DisplayWidth(std::string_view(word).substr(head, next - head));
          if (taken + columns > room()) break;
          taken += columns;
          head = next;
        }
        if (head == 0) break;
        line = word.substr(0, head);
        word.erase(0, head);
        flush();
      }
      if (!word.empty()) Append(&line, line.empty() ? "" : " ", word);
    }
    flush();
  }
  std::string Take() { return std::move(out_); }

 private:
  int width_;
  bool color_;
  std::string out_;
};

// Neighbouring quantiles often differ beyond the second decimal.
std::string SixDigits(double number) {
  return std::isfinite(number) ? absl::StrFormat("%.6g", number) : FormatNumber(number);
}

Ink InkOf(AlertLevel level) {
  return level == AlertLevel::kError ? Ink::kRed : level == AlertLevel::kWarning ? Ink::kYellow : Ink::kDim;
}

const char* MarkOf(AlertLevel level) {
  return level == AlertLevel::kError ? "x" : level == AlertLevel::kWarning ? "!" : "-";
}

std::string TypeText(const DisplayFeature& feature) {
  static constexpr const char* kKinds[] = {"int", "float", "string", "bytes", "struct", "unknown"};
  static constexpr const char* kValencies[] = {"", "[n]", "[*]", ""};
  return Concat(kKinds[static_cast<int>(feature.kind)], kValencies[static_cast<int>(feature.valency)]);
}

// Eight heights of a block; counts above zero are always seen.
std::string Spark(const std::vector<double>& counts) {
  static constexpr const char* kBlocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  double most = 0;
  for (const double count : counts) most = std::isfinite(count) ? std::max(most, count) : most;
  std::string text;
  for (size_t i = 0; i < std::min<size_t>(counts.size(), kSparkWidth); ++i) {
    const double height = most > 0 && std::isfinite(counts[i]) && counts[i] > 0 ? counts[i] / most * 8 : 0;
    text += kBlocks[height > 0 ? std::clamp(static_cast<int>(std::lround(height)), 1, 8) : 0];
  }
  return text;
}

const Chart* FindChart(const DisplayFeature& feature, const char* name) {
  for (const Chart& chart : feature.charts) {
    if (chart.name == name) return &chart;
  }
  return nullptr;
}

std::string SparkOf(const DisplayFeature& feature, size_t dataset) {
  const Chart* chart = FindChart(feature, kStandardChart);
  if (chart == nullptr) return "";
  std::vector<double> counts = chart->series[dataset].counts;
  for (const DisplayBucket& bucket : chart->series[dataset].buckets) counts.push_back(bucket.count);
  return Spark(counts);
}

double TotalOf(const ChartSeries& series) {
  double total = std::accumulate(series.counts.begin(), series.counts.end(), series.other_count);
  for (const DisplayBucket& bucket : series.buckets) total += bucket.count;
  return total;
}

class TextView {
 public:
  TextView(const DisplayModel& model, const TextOptions& options)
      : model_(model), options_(options), out_(options.width, options.color) {}

  std::string Render() {
    out_.Line(out_.Ink(Ink::kBold, Cut(model_.title, out_.width())));
    out_.Line("");
    Datasets();
    Alerts();
    for (const DisplaySection& section : model_.sections) Section(section);
    for (const std::string& limit : model_.limits) out_.Wrapped("Note: ", "  ", limit, Ink::kDim);
    return out_.Take();
  }

 private:
  bool several() const { return model_.datasets.size() > 1; }

  void Datasets() {
    int name_width = 7;
    for (const auto& dataset : model_.datasets) name_width = std::max(name_width, DisplayWidth(dataset.name));
    name_width = std::min(name_width, out_.width() - 44);
    const bool weighted = std::any_of(model_.datasets.begin(), model_.datasets.end(),
                                      [](const auto& dataset) { return dataset.weighted_num_examples > 0; });
    const auto row = [&](const std::string& name, const std::string& examples, const std::string& weight,
                         const std::string& features, const std::string& missing) {
      return Concat(Pad(name, name_width, false), Pad(examples, 14, true), weighted ? Pad(weight, 12, true) : "",
                    Pad(features, 10, true), Pad(missing, 9, true));
    };
    out_.Line(out_.Ink(Ink::kDim, row("DATASET", "EXAMPLES", "BY WEIGHT", "FEATURES", "MISSING")));
    for (const auto& dataset : model_.datasets) {
      out_.Line(row(dataset.name, FormatExact(dataset.num_examples), FormatNumber(dataset.weighted_num_examples),
                    Concat(dataset.num_features), FormatPercent(dataset.missing_fraction)));
    }
    out_.Line("");
  }

  void Alerts() {
    if (!model_.has_anomalies) {
      out_.Line(out_.Ink(Ink::kDim, "Not validated against a schema."));
    } else if (model_.anomalies.empty()) {
      out_.Line(out_.Ink(Ink::kGreen, "No anomalies found."));
    }
    for (size_t i = 0; i < model_.alerts.size();) {
      size_t end = i;
      while (end < model_.alerts.size() && model_.alerts[end].kind == model_.alerts[i].kind &&
             model_.alerts[end].level == model_.alerts[i].level) {
        ++end;
      }
      AlertGroup(i, end);
      i = end;
    }
    out_.Line("");
  }

  void AlertGroup(size_t begin, size_t end) {
    const DisplayAlert& first = model_.alerts[begin];
    out_.Line(
        Concat(out_.Ink(InkOf(first.level), Concat(MarkOf(first.level), " ", first.title)), " (", end - begin, ")"));
    // Errors are told in full.
    const size_t shown = first.level == AlertLevel::kError ? end : std::min(end, begin + kAlertsPerKind);
    for (size_t i = begin; i < shown; ++i) {
      const DisplayAlert& alert = model_.alerts[i];
      std::string text = alert.feature < 0 ? "" : Concat(model_.features[alert.feature].name, ": ");
      if (several() && alert.dataset >= 0) Append(&text, "[", model_.datasets[alert.dataset].name, "] ");
      text += alert.text;
      if (alert.level == AlertLevel::kError) {
        out_.Wrapped("    ", "      ", text);
      } else {
        out_.Line(Cut(Concat("    ", text), out_.width()));
      }
    }
    if (shown < end) out_.Line(out_.Ink(Ink::kDim, Concat("    ... ", end - shown, " more")));
  }

  std::vector<int> Sorted(const std::vector<int>& features) const {
    std::vector<int> sorted = features;
    const std::string& by = options_.sort_by;
    const auto stable_by = [&](auto key) {
      std::stable_sort(sorted.begin(), sorted.end(),
                       [&](int a, int b) { return key(model_.features[a]) < key(model_.features[b]); });
    };
    if (by == "alphabetical") stable_by([](const DisplayFeature& feature) { return feature.name; });
    if (by == "alerts") stable_by([](const DisplayFeature& feature) { return -feature.sort.alert_rank; });
    if (by == "non_uniformity") stable_by([](const DisplayFeature& feature) { return feature.sort.non_uniformity; });
    if (by == "missing_or_zero") stable_by([](const DisplayFeature& feature) { return -feature.sort.missing_or_zero; });
    if (by == "distance") stable_by([](const DisplayFeature& feature) { return -feature.sort.distance; });
    return sorted;
  }

  struct Layout {
    int name = 0, dataset = 0, type = 0;
    std::vector<std::pair<size_t, int>> columns;  // index, width
  };

  // Widths as the texts need them, columns dropped until the line fits.
  Layout MakeLayout(const DisplaySection& section, const std::vector<int>& features) const {
    Layout layout;
    int longest = 8;
    for (size_t column = 0; column < section.columns.size(); ++column) {
      layout.columns.emplace_back(column, DisplayWidth(section.columns[column]));
    }
    for (const int index : features) {
      const DisplayFeature& feature = model_.features[index];
      longest = std::max(longest, DisplayWidth(feature.name));
      layout.type = std::max(layout.type, DisplayWidth(TypeText(feature)));
      for (const FeatureCells& cells : feature.datasets) {
        for (size_t column = 0; column < cells.cells.size(); ++column) {
          int& width = layout.columns[column].second;
          width = std::min(std::max(width, DisplayWidth(cells.cells[column].text)), 18);
        }
      }
    }
    if (several()) {
      for (const auto& dataset : model_.datasets) {
        layout.dataset = std::min(std::max(layout.dataset, DisplayWidth(dataset.name) + 2), 14);
      }
    }
    const auto rest = [&] {
      int used = layout.dataset + layout.type + 2 + kSparkWidth + 2;
      for (const auto& [column, width] : layout.columns) used += width + 2;
      return out_.width() - used;
    };
    const int wanted = std::min(longest, kMostNameWidth);
    for (const char* spare : kSpareColumns) {
      if (rest() >= std::min(wanted, kLeastNameWidth)) break;
      std::erase_if(layout.columns, [&](const auto& column) { return section.columns[column.first] == spare; });
    }
    layout.name = std::clamp(rest(), 8, wanted);
    return layout;
  }

  void Section(const DisplaySection& section) {
    if (section.features.empty()) return;
    std::vector<int> features = Sorted(section.features);
    const size_t all = features.size();
    if (options_.max_features > 0 && all > static_cast<size_t>(options_.max_features)) {
      features.resize(options_.max_features);
    }
    const Layout layout = MakeLayout(section, features);
    out_.Line(Concat(out_.Ink(Ink::kBold, section.title), " (", all, ")"));
    std::string header = Concat(Pad("FEATURE", layout.name, false), "  ", Pad("TYPE", layout.type, false),
                                Pad("", layout.dataset, false));
    for (const auto& [column, width] : layout.columns) {
      Append(&header, "  ", Pad(section.columns[column], width, section.columns[column] != "top"));
    }
    out_.Line(out_.Ink(Ink::kDim, header));
    for (const int index : features) Feature(section, layout, model_.features[index]);
    if (features.size() < all) out_.Line(out_.Ink(Ink::kDim, Concat("... ", all - features.size(), " more features")));
    out_.Line("");
  }

  void Feature(const DisplaySection& section, const Layout& layout, const DisplayFeature& feature) {
    for (size_t dataset = 0; dataset < feature.datasets.size(); ++dataset) {
      const FeatureCells& cells = feature.datasets[dataset];
      const bool bad = feature.anomaly >= 0 && dataset == 0;
      const std::string name = Pad(dataset == 0 ? feature.name : "", layout.name, false);
      std::string line = Concat(bad ? out_.Ink(Ink::kRed, name) : name, "  ",
                                out_.Ink(Ink::kDim, Pad(dataset == 0 ? TypeText(feature) : "", layout.type, false)));
      if (several()) Append(&line, "  ", Pad(model_.datasets[dataset].name, layout.dataset - 2, false));
      if (!cells.present) {
        out_.Line(line + out_.Ink(Ink::kDim, "  not in this dataset"));
        continue;
      }
      for (const auto& [column, width] : layout.columns) {
        const DisplayCell& cell = cells.cells[column];
        const std::string text = Pad(cell.text, width, cell.number || section.columns[column] != "top");
        Append(&line, "  ", cell.alert ? out_.Ink(Ink::kRed, text) : text);
      }
      out_.Line(Concat(line, "  ", SparkOf(feature, dataset)));
    }
    if (options_.details) Details(feature);
  }

  void Details(const DisplayFeature& feature) {
    if (feature.anomaly >= 0) Anomaly(model_.anomalies[feature.anomaly]);
    for (const DisplayMeasurement& measurement : feature.measurements) {
      out_.Wrapped("    ", "      ",
                   Concat(measurement.comparison, ", ", measurement.measure, ": ", measurement.formula),
                   measurement.above ? Ink::kRed : Ink::kPlain);
    }
    if (feature.schema.present) {
      std::string schema = "schema:";
      for (const std::string& fact :
           {feature.schema.type, feature.schema.presence, feature.schema.valency, feature.schema.domain}) {
        if (!fact.empty()) Append(&schema, " ", fact, ";");
      }
      if (schema.back() == ';') schema.pop_back();
      out_.Wrapped("    ", "      ", schema);
    }
    const Chart* quantiles = FindChart(feature, kQuantilesChart);
    const Chart* standard = FindChart(feature, kStandardChart);
    for (size_t dataset = 0; dataset < model_.datasets.size(); ++dataset) {
      const std::string lead = several() ? Concat("[", model_.datasets[dataset].name, "] ") : "";
      if (quantiles != nullptr && !quantiles->series[dataset].buckets.empty()) {
        std::string text = Concat(lead, "quantiles: ", SixDigits(quantiles->series[dataset].buckets[0].low));
        for (const DisplayBucket& bucket : quantiles->series[dataset].buckets) {
          Append(&text, " | ", SixDigits(bucket.high));
        }
        out_.Wrapped("    ", "      ", text);
      }
      if (standard != nullptr && !standard->labels.empty()) TopValues(*standard, dataset, lead);
      for (const auto& [name, text] : feature.datasets[dataset].custom) {
        out_.Wrapped("    ", "      ", Concat(lead, name, ": ", text));
      }
    }
  }

  void TopValues(const Chart& chart, size_t dataset, const std::string& lead) {
    const ChartSeries& series = chart.series[dataset];
    if (series.counts.empty()) return;
    const double total = TotalOf(series);
    if (!lead.empty()) out_.Line(Cut(Concat("    ", lead), out_.width()));
    for (size_t i = 0; i < std::min({kTopValues, chart.labels.size(), series.counts.size()}); ++i) {
      const double share = total > 0 ? series.counts[i] / total : 0;
      const int bar = std::isfinite(share) ? std::clamp(static_cast<int>(std::lround(share * 20)), 0, 20) : 0;
      out_.Line(Concat("      ", Pad(chart.labels[i].empty() ? "(empty)" : chart.labels[i], 24, false), " ",
                       Pad(FormatNumber(series.counts[i]), 8, true), " ", Pad(FormatPercent(share), 7, true), " ",
                       Repeat("█", bar)));
    }
    const size_t more = chart.labels.size() - std::min(kTopValues, chart.labels.size()) + series.other_labels;
    if (more > 0) out_.Line(out_.Ink(Ink::kDim, Concat("      ... ", more, " more values")));
  }

  void Anomaly(const DisplayAnomaly& anomaly) {
    for (const DisplayReason& reason : anomaly.reasons) {
      out_.Wrapped(Concat("    ", MarkOf(anomaly.level), " "), "      ",
                   Concat(reason.short_description, reason.description.empty() ? "" : ": ", reason.description),
                   InkOf(anomaly.level));
      if (!reason.formula.empty()) out_.Wrapped("      ", "        ", reason.formula);
    }
    if (!anomaly.schema_change.empty()) out_.Line("      The schema change that would accept it:");
    for (const DiffLine& line : anomaly.schema_change) {
      const Ink ink = line.mark == '+' ? Ink::kGreen : line.mark == '-' ? Ink::kRed : Ink::kDim;
      out_.Line("      " + out_.Ink(ink, Cut(Concat(std::string(1, line.mark), " ", line.text), out_.width() - 6)));
    }
    if (!anomaly.schema_change_note.empty()) out_.Wrapped("      ", "      ", anomaly.schema_change_note, Ink::kDim);
  }

  const DisplayModel& model_;
  const TextOptions& options_;
  Writer out_;
};

}  // namespace

std::string RenderText(const DisplayModel& model, const TextOptions& options) {
  return TextView(model, options).Render();
}

}  // namespace tfx::tfdv
