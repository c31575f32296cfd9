// What statistics, schema and anomalies look like to a person, before it is drawn: every number, alert, order and limit
// of the page (RenderHtml) and of the terminal view (RenderText) is worked out here, so that the two never
// disagree. Plain data, made by MakeDisplayModel (display.h), written as JSON by DisplayModelJson.
//
// Per-dataset vectors have one entry per DisplayModel::datasets, in that order. Fractions are in [0, 1].
#ifndef TFX_DATA_VALIDATION_DISPLAY_DISPLAY_MODEL_H_
#define TFX_DATA_VALIDATION_DISPLAY_DISPLAY_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

namespace tfx::tfdv {

enum class ValueKind { kInt, kFloat, kString, kBytes, kStruct, kUnknown };

// How many values an example has, where it has any: exactly one, always as many, varying. Unknown: no values at all.
enum class Valency { kSingle, kFixedLength, kVariableLength, kUnknown };

// kHistogram: bars over ranges. kQuantiles: marks at quantiles. kBars: a bar per label (at most 10 labels).
// kCumulative: the running share over labels (more than 10).
enum class ChartKind { kHistogram, kQuantiles, kBars, kCumulative };

enum class AlertLevel { kError, kWarning, kNote };

struct DisplayBucket {
  double low = 0, high = 0;  // may be infinite
  double count = 0;          // weighted histograms: a sum of weights
};

// One dataset's part of a chart.
struct ChartSeries {
  std::vector<DisplayBucket> buckets;  // kHistogram, kQuantiles
  std::vector<double> counts;          // kBars, kCumulative: one per label of the chart
  double num_nan = 0, num_undefined = 0;
  double other_count = 0;    // of labels beyond the limit
  int64_t other_labels = 0;  // how many those are
  bool empty() const { return buckets.empty() && counts.empty() && num_nan == 0 && num_undefined == 0; }
};

struct Chart {
  std::string
      name;  // "Standard", "Quantiles", "Value list length", "Feature list length", or a custom statistic's name
  ChartKind kind = ChartKind::kHistogram;
  // Labels shared by all series: those of the first dataset by rank, then the others'. Cut to DisplayOptions' limits.
  std::vector<std::string> labels;
  std::vector<ChartSeries> series;    // per dataset; empty() where it has no such histogram
  std::vector<ChartSeries> weighted;  // the same by weight; no entries where no dataset is weighted
};

// One cell of a feature's table.
struct DisplayCell {
  std::string text;     // abbreviated: "1.27M", "0.42%", "-" where there is no such number
  std::string exact;    // all digits; "" where that is `text`
  bool alert = false;   // beyond Facets' thresholds: missing > 2 %, zeros > 10 %, count <= 0, not finite
  bool number = false;  // aligned right
};

// One feature in one dataset.
struct FeatureCells {
  bool present = false;                                     // the dataset has statistics of the feature
  std::vector<DisplayCell> cells;                           // per column of the feature's section
  std::vector<DisplayCell> weighted_cells;                  // empty where there are no weighted statistics
  std::vector<std::pair<std::string, std::string>> custom;  // custom statistics with one value: name, text
};

// A measured drift or skew (Anomalies.drift_skew_info).
struct DisplayMeasurement {
  std::string comparison;  // "drift" or "skew"
  std::string measure;     // "L-infinity distance", "Jensen-Shannon divergence", "normalized absolute difference"
  double value = 0, threshold = 0;
  bool above = false;  // value > threshold, or not a number
  std::string formula;
};

struct DisplayReason {
  std::string type;  // "ENUM_TYPE_UNEXPECTED_STRING_VALUES"
  std::string short_description, description;
  std::string
      formula;  // the rule with the numbers put in: "9,990 / 10,000 = 0.999 < 1 (min_fraction)"; "" where unknown
};

struct DiffLine {
  char mark = ' ';  // ' ' both, '-' only before, '+' only after
  std::string text;
};

struct DisplayAnomaly {
  std::string path;  // serialised; "" for the dataset
  AlertLevel level = AlertLevel::kError;
  std::string short_description, description;
  std::vector<DisplayReason> reasons;
  // The feature's schema entry (and its string domain) before and after the change that would accept the data.
  std::vector<DiffLine> schema_change;
  std::string schema_change_note;  // why there is none, or what it means; may be ""
};

struct DisplayAlert {
  AlertLevel level = AlertLevel::kNote;
  std::string kind;   // "anomaly", "missing", "zeros", "constant", "not_finite", ...: alert_rules.h
  std::string title;  // "More than 2 % missing"
  std::string text;   // "36.9 % missing (3,704 of 10,036)"
  int feature = -1;   // index into DisplayModel::features; -1: the dataset as a whole
  int dataset = -1;   // -1: all
};

struct DisplaySortKeys {
  double non_uniformity = 0;   // least normalised entropy over datasets, in [0, 1]; small is uneven
  double missing_or_zero = 0;  // greatest (missing + zeros) / examples over datasets
  double distance = 0;         // greatest chi-square distance of the first dataset to another; infinite: absent in one
  int alert_rank = 0;          // 3 errors, 2 warnings, 1 notes, 0 nothing
};

// A feature's entry in the schema, as TFDV's display_schema tabulates it, and whole.
struct DisplaySchemaEntry {
  bool present = false;
  std::string type, presence, valency, domain;  // "STRING", "required", "[1,inf)", "'payment_type'"
  std::string text;                             // the entry in text format
};

struct DisplayFeature {
  std::string name;  // path joined by "/"; made valid UTF-8 and cut to DisplayOptions::max_label_bytes
  std::string path;  // serialised (SerializePath), the key of anomalies
  ValueKind kind = ValueKind::kUnknown;  // kUnknown where datasets disagree or there are no values
  Valency valency = Valency::kUnknown;
  bool numeric = false;  // in the numeric section: has num_stats
  std::vector<FeatureCells> datasets;
  std::vector<Chart> charts;  // "Standard" first
  DisplaySortKeys sort;
  DisplaySchemaEntry schema;
  std::vector<DisplayMeasurement> measurements;
  int anomaly = -1;          // index into DisplayModel::anomalies
  std::vector<int> alerts;   // indices into DisplayModel::alerts
  std::string derived_from;  // validation_derived_source in words; "" where none
};

struct DisplaySection {
  std::string title;  // "Numeric features"
  std::vector<std::string> columns;
  std::vector<int> features;  // indices, in the order of the statistics
};

struct DisplayDatasetSummary {
  std::string name;
  double num_examples = 0;
  double weighted_num_examples = 0;  // 0: not weighted
  int64_t num_features = 0;
  double missing_fraction = 0;  // of examples x features
};

struct DisplaySortOrder {
  std::string id, label;  // "distance", "Distribution distance"
  std::string formula;    // what the key is, in one line
};

struct DisplayCrossFeature {
  int dataset = 0;
  std::string x, y;  // feature names
  double count = 0;
  std::string text;  // "correlation 0.93, covariance 12.1", or the greatest lifts
};

struct DisplayModel {
  std::string title;
  std::vector<DisplayDatasetSummary> datasets;
  std::vector<DisplayFeature> features;   // order of the first dataset, then those only in later ones, then schema only
  std::vector<DisplaySection> sections;   // numeric, categorical
  std::vector<DisplayAlert> alerts;       // most serious first, then by feature
  std::vector<DisplayAnomaly> anomalies;  // the dataset's first, then by path
  std::vector<DisplayMeasurement> dataset_measurements;
  std::vector<DisplaySortOrder> sort_orders;
  std::vector<DisplayCrossFeature> cross_features;
  bool has_schema = false, has_anomalies = false, has_weights = false;
  int max_labels = 0;               // per chart, as applied
  std::vector<std::string> limits;  // what was left out to stay within the limits, in words
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_DISPLAY_DISPLAY_MODEL_H_
