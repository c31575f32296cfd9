#include <cmath>
#include <cstdlib>
#include <string>

#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "tfx/data_validation/display/display.h"

namespace tfx::tfdv {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kModelVersion = 1;

// Numbers that are drawn, not read: seven digits. JSON has no infinities and no NaN; they become texts.
Json Number(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  if (number == std::floor(number) && std::abs(number) < 1e15) return static_cast<int64_t>(number);
  return std::strtod(absl::StrFormat("%.7g", number).c_str(), nullptr);
}

const char* Name(ValueKind kind) {
  static constexpr const char* kNames[] = {"int", "float", "string", "bytes", "struct", "unknown"};
  return kNames[static_cast<int>(kind)];
}

const char* Name(Valency valency) {
  static constexpr const char* kNames[] = {"single", "fixed", "variable", "unknown"};
  return kNames[static_cast<int>(valency)];
}

const char* Name(ChartKind kind) {
  static constexpr const char* kNames[] = {"histogram", "quantiles", "bars", "cumulative"};
  return kNames[static_cast<int>(kind)];
}

const char* Name(AlertLevel level) {
  static constexpr const char* kNames[] = {"error", "warning", "note"};
  return kNames[static_cast<int>(level)];
}

// "text", or [text, exact, alert] without the end that says nothing.
Json ToJson(const DisplayCell& cell) {
  if (cell.alert) return {cell.text, cell.exact, 1};
  if (!cell.exact.empty()) return {cell.text, cell.exact};
  return cell.text;
}

Json ToJson(const std::vector<DisplayCell>& cells) {
  Json json = Json::array();
  for (const DisplayCell& cell : cells) json.push_back(ToJson(cell));
  return json;
}

Json ToJson(const ChartSeries& series) {
  if (series.empty()) return nullptr;
  Json json = Json::object();
  if (!series.buckets.empty()) {
    Json& flat = json["buckets"] = Json::array();
    for (const DisplayBucket& bucket : series.buckets) {
      flat.push_back(Number(bucket.low));
      flat.push_back(Number(bucket.high));
      flat.push_back(Number(bucket.count));
    }
  }
  if (!series.counts.empty()) {
    Json& counts = json["counts"] = Json::array();
    for (const double count : series.counts) counts.push_back(Number(count));
  }
  if (series.num_nan > 0) json["nan"] = Number(series.num_nan);
  if (series.num_undefined > 0) json["undefined"] = Number(series.num_undefined);
  if (series.other_labels > 0) {
    json["other"] = {Number(series.other_count), series.other_labels};
  }
  return json;
}

Json ToJson(const Chart& chart) {
  Json json = {{"name", chart.name}, {"kind", Name(chart.kind)}};
  if (!chart.labels.empty()) json["labels"] = chart.labels;
  for (const ChartSeries& series : chart.series) json["series"].push_back(ToJson(series));
  for (const ChartSeries& series : chart.weighted) json["weighted"].push_back(ToJson(series));
  return json;
}

Json ToJson(const DisplayMeasurement& measurement) {
  return {{"comparison", measurement.comparison}, {"measure", measurement.measure},
          {"value", Number(measurement.value)},   {"threshold", Number(measurement.threshold)},
          {"above", measurement.above},           {"formula", measurement.formula}};
}

Json ToJson(const DisplayFeature& feature) {
  Json json = {
      {"name", feature.name}, {"path", feature.path}, {"kind", Name(feature.kind)}, {"valency", Name(feature.valency)}};
  Json &cells = json["cells"] = Json::array(), weighted = Json::array(), custom = Json::array();
  bool any_weighted = false, any_custom = false;
  for (const FeatureCells& dataset : feature.datasets) {
    cells.push_back(dataset.present ? ToJson(dataset.cells) : Json());
    weighted.push_back(dataset.weighted_cells.empty() ? Json() : ToJson(dataset.weighted_cells));
    custom.push_back(dataset.custom);
    any_weighted = any_weighted || !dataset.weighted_cells.empty();
    any_custom = any_custom || !dataset.custom.empty();
  }
  if (any_weighted) json["weightedCells"] = weighted;
  if (any_custom) json["custom"] = custom;
  json["charts"] = Json::array();
  for (const Chart& chart : feature.charts) json["charts"].push_back(ToJson(chart));
  json["sort"] = {{"non_uniformity", Number(feature.sort.non_uniformity)},
                  {"missing_or_zero", Number(feature.sort.missing_or_zero)},
                  {"distance", Number(feature.sort.distance)},
                  {"alerts", feature.sort.alert_rank}};
  if (feature.schema.present) {
    json["schema"] = {{"type", feature.schema.type},
                      {"presence", feature.schema.presence},
                      {"valency", feature.schema.valency},
                      {"domain", feature.schema.domain},
                      {"text", feature.schema.text}};
  }
  for (const DisplayMeasurement& measurement : feature.measurements)
    json["measurements"].push_back(ToJson(measurement));
  if (feature.anomaly >= 0) json["anomaly"] = feature.anomaly;
  if (!feature.alerts.empty()) json["alerts"] = feature.alerts;
  if (!feature.derived_from.empty()) json["derived"] = feature.derived_from;
  return json;
}

Json ToJson(const DisplayAnomaly& anomaly) {
  Json json = {{"path", anomaly.path},
               {"level", Name(anomaly.level)},
               {"short", anomaly.short_description},
               {"description", anomaly.description},
               {"reasons", Json::array()},
               {"change", Json::array()},
               {"note", anomaly.schema_change_note}};
  for (const DisplayReason& reason : anomaly.reasons) {
    json["reasons"].push_back({{"type", reason.type},
                               {"short", reason.short_description},
                               {"description", reason.description},
                               {"formula", reason.formula}});
  }
  for (const DiffLine& line : anomaly.schema_change) json["change"].push_back(std::string(1, line.mark) + line.text);
  return json;
}

Json ToJson(const DisplayModel& model) {
  Json json = {{"version", kModelVersion},
               {"title", model.title},
               {"hasSchema", model.has_schema},
               {"hasAnomalies", model.has_anomalies},
               {"hasWeights", model.has_weights}};
  for (const DisplayDatasetSummary& dataset : model.datasets) {
    json["datasets"].push_back({{"name", dataset.name},
                                {"examples", Number(dataset.num_examples)},
                                {"weightedExamples", Number(dataset.weighted_num_examples)},
                                {"features", dataset.num_features},
                                {"missing", Number(dataset.missing_fraction)}});
  }
  for (const char* list : {"sections", "sortOrders", "alerts", "anomalies", "crossFeatures", "features"}) {
    json[list] = Json::array();
  }
  for (const DisplaySection& section : model.sections) {
    json["sections"].push_back(
        {{"title", section.title}, {"columns", section.columns}, {"features", section.features}});
  }
  for (const DisplaySortOrder& order : model.sort_orders) {
    json["sortOrders"].push_back({{"id", order.id}, {"label", order.label}, {"formula", order.formula}});
  }
  for (const DisplayAlert& alert : model.alerts) {
    json["alerts"].push_back({{"level", Name(alert.level)},
                              {"kind", alert.kind},
                              {"title", alert.title},
                              {"text", alert.text},
                              {"feature", alert.feature},
                              {"dataset", alert.dataset}});
  }
  for (const DisplayAnomaly& anomaly : model.anomalies) json["anomalies"].push_back(ToJson(anomaly));
  for (const DisplayCrossFeature& cross : model.cross_features) {
    json["crossFeatures"].push_back({{"dataset", cross.dataset},
                                     {"x", cross.x},
                                     {"y", cross.y},
                                     {"count", Number(cross.count)},
                                     {"text", cross.text}});
  }
  json["limits"] = model.limits;
  for (const DisplayFeature& feature : model.features) json["features"].push_back(ToJson(feature));
  return json;
}

}  // namespace

std::string DisplayModelJson(const DisplayModel& model) {
  const std::string json = ToJson(model).dump(-1, ' ', false, Json::error_handler_t::replace);
  // Neither "</script>" nor "<!--" may end the element that holds it; outside of JSON's texts these do not occur.
  std::string safe;
  safe.reserve(json.size() + json.size() / 64);
  for (const char c : json) {
    switch (c) {
      case '<':
        safe += "\\u003c";
        break;
      case '>':
        safe += "\\u003e";
        break;
      case '&':
        safe += "\\u0026";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

}  // namespace tfx::tfdv
