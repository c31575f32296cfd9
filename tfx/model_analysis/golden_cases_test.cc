// Runs the recorded cases of Python TFMA (golden/tfma, see its README): rows and an EvalConfig in, metrics, plots and
// validation out, compared as messages.
#include <google/protobuf/util/json_util.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>

#include "arrow/api.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/model_analysis/analyze.h"
#include "tfx/model_analysis/eval_config.h"

namespace tfx::tfma {
namespace {

using nlohmann::json;

std::string GoldenDir() {
  const char* dir = std::getenv("TFX_GOLDEN_DIR");
  return dir == nullptr ? "" : std::string(dir) + "/tfma";
}

// What is not supported yet, with the reason: the runner checks that these give an error instead of wrong numbers.
const std::map<std::string, std::string>& Unsupported() {
  static const auto* const kCases = new std::map<std::string, std::string>{
      {"attributions", "attribution metrics"},  {"bootstrap_ci", "confidence intervals"},
      {"jackknife_ci", "confidence intervals"}, {"jackknife_diff", "confidence intervals"},
      {"exact_match", "text labels"},           {"object_detection", "object detection metrics"},
      {"ranking_metrics", "query_key"},         {"ranking_ties", "query_key"},
      {"samplers", "feature samplers"},         {"set_match", "predictions of classes and scores"},
      {"text_metrics", "text metrics"}};
  return *kCases;
}

// Cases whose result differs from the recorded one, with what differs. A case that agrees must leave this list.
const std::map<std::string, std::string>& KnownDifferences() {
  static const auto* const kCases = new std::map<std::string, std::string>{
      {"binarize_k_top_k_1",
       "AUC with top_k: TFMA looks at the threshold -inf only, where no area is left, so it is always 0; ours is the "
       "area under the curve of the scores within the best k"},
      {"cross_slice_thresholds_0",
       "TFMA takes every cross slice with a threshold for missing, so that such a threshold never passes; ours does "
       "when its bounds hold"},
      {"cross_slice_thresholds_1", "as cross_slice_thresholds_0"},
      {"missing_values_1", "a row without label: TFMA leaves it out of sums, ours is an error naming the feature"},
      {"multiclass_confusion_0", "a second metric with other thresholds: TFMA gives it the thresholds of the first"},
      {"multiclass_confusion_1", "as multiclass_confusion_0"},
      {"nan_predictions_0", "MeanSquaredError: TFMA leaves out examples whose prediction is NaN, ours is NaN"},
      {"value_thresholds_1",
       "metrics_specs.thresholds with example weights: TFMA looks for an unweighted metric and finds none; ours means "
       "the weighted one"},
      {"zero_denominators_PrevalenceThreshold", "TFMA stops with a division by zero, ours is NaN"},
  };
  return *kCases;
}

json ReadJson(const std::string& path) { return json::parse(std::ifstream(path), nullptr, false); }

double ToNumber(const json& value) {
  if (value.is_string()) {
    if (value == "NaN") return std::nan("");
    if (value == "Infinity") return HUGE_VAL;
    if (value == "-Infinity") return -HUGE_VAL;
    return std::stod(value.get<std::string>());
  }
  return value.is_number() ? value.get<double>() : 0.0;
}

std::shared_ptr<arrow::RecordBatch> ReadRows(const std::string& path, const json& columns) {
  std::vector<json> rows;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) rows.push_back(json::parse(line));
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const auto& [name, type] : columns.items()) {
    std::shared_ptr<arrow::ArrayBuilder> values;
    if (type == "int") values = std::make_shared<arrow::Int64Builder>();
    if (type == "float") values = std::make_shared<arrow::FloatBuilder>();
    if (type == "bytes") values = std::make_shared<arrow::BinaryBuilder>();
    arrow::ListBuilder list(arrow::default_memory_pool(), values);
    for (const json& row : rows) {
      const auto it = row.find(name);
      if (it == row.end() || it->is_null()) {
        EXPECT_TRUE(list.AppendNull().ok());
        continue;
      }
      EXPECT_TRUE(list.Append().ok());
      for (const json& value : it->is_array() ? *it : json::array({*it})) {
        arrow::Status status;
        if (type == "int") status = static_cast<arrow::Int64Builder&>(*values).Append(value.get<int64_t>());
        if (type == "float")
          status = static_cast<arrow::FloatBuilder&>(*values).Append(static_cast<float>(ToNumber(value)));
        if (type == "bytes") status = static_cast<arrow::BinaryBuilder&>(*values).Append(value.get<std::string>());
        EXPECT_TRUE(status.ok());
      }
    }
    arrays.push_back(*list.Finish());
    fields.push_back(arrow::field(name, arrays.back()->type()));
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), static_cast<int64_t>(rows.size()), arrays);
}

template <class Message>
json ToJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &text, options).ok());
  return json::parse(text);
}

bool IsDefault(const json& v) {
  return v.is_null() || v == 0 || v == "" || v == false || v == "0" || ((v.is_array() || v.is_object()) && v.empty());
}

// The first difference between two values, or "".
std::string Compare(const json& want, const json& got, const std::string& path) {
  if (IsDefault(want) && IsDefault(got)) return "";
  if (want.is_object() || got.is_object()) {
    std::set<std::string> names;
    for (const json* value : {&want, &got}) {
      if (!value->is_object()) continue;
      for (const auto& [name, v] : value->items()) names.insert(name);
    }
    for (const std::string& name : names) {
      const json w = want.is_object() && want.contains(name) ? want[name] : json();
      const json g = got.is_object() && got.contains(name) ? got[name] : json();
      if (std::string d = Compare(w, g, path + "." + name); !d.empty()) return d;
    }
    return "";
  }
  if (want.is_array() && got.is_array()) {
    if (want.size() != got.size())
      return path + ": size " + std::to_string(want.size()) + " vs " + std::to_string(got.size());
    for (size_t i = 0; i < want.size(); ++i) {
      if (std::string d = Compare(want[i], got[i], path + "[" + std::to_string(i) + "]"); !d.empty()) return d;
    }
    return "";
  }
  const auto numeric = [](const json& v) {
    return v.is_number() || v.is_null() || v == "NaN" || v == "Infinity" || v == "-Infinity";
  };
  if (numeric(want) && numeric(got)) {
    const double a = ToNumber(want), b = ToNumber(got);
    if ((std::isnan(a) && std::isnan(b)) || a == b || std::abs(a - b) <= 1e-9 + 2e-6 * std::abs(a)) return "";
  } else if (want == got) {
    return "";
  }
  return path + ": want " + want.dump() + ", got " + got.dump();
}

// 1 and 1.0 have the same text afterwards.
void NumbersAsDoubles(json* value) {
  if (value->is_number()) *value = value->get<double>();
  if (value->is_structured()) {
    for (json& item : *value) NumbersAsDoubles(&item);
  }
}

// Lists of slices and keys are compared as sets: by the text of their keys.
json BySlice(const json& list, const std::string& items) {
  json result = json::object();
  for (const json& slice : list) {
    json key = slice.contains("cross_slice_key") ? slice["cross_slice_key"] : slice.value("slice_key", json::object());
    NumbersAsDoubles(&key);
    json& values = result[key.dump()];
    values = json::object();
    for (const json& item : slice.value(items, json::array())) {
      json k = item["key"];
      for (auto it = k.begin(); it != k.end();) it = IsDefault(*it) ? k.erase(it) : ++it;
      values[k.dump()] = item["value"];
    }
    if (slice.contains("metrics")) values["__ERROR__"] = slice["metrics"];
  }
  return result;
}

// Our plot reduced to the points that the golden file keeps.
json ReduceLike(const json& want, const json& got) {
  json result = got;
  for (auto& [slice, plots] : result.items()) {
    for (auto& [key, plot] : plots.items()) {
      for (auto [kind, list, kept, count] :
           {std::tuple{"confusion_matrix_at_thresholds", "matrices", "kept_matrices", "num_matrices"},
            std::tuple{"calibration_histogram_buckets", "buckets", "kept_buckets", "num_buckets"}}) {
        if (!plot.contains(kind) || !want.contains(slice) || !want[slice].contains(key)) continue;
        const json& wanted = want[slice][key];
        if (!wanted.contains(kind) || !wanted[kind].contains(kept)) continue;
        json reduced = {{count, plot[kind][list].size()}, {kept, json::array()}};
        for (const json& point : wanted[kind][kept]) {
          json ours = plot[kind][list].at(point["index"].get<size_t>());
          ours["index"] = point["index"];
          reduced[kept].push_back(ours);
        }
        plot[kind] = reduced;
      }
    }
  }
  return result;
}

json Sorted(const json& list) {
  json copy = list.is_array() ? list : json::array();
  std::sort(copy.begin(), copy.end(), [](const json& a, const json& b) { return a.dump() < b.dump(); });
  return copy;
}

std::string RunCase(const std::string& directory) {
  const json info = ReadJson(directory + "/case.json");
  auto config = LoadEvalConfig(directory + "/eval_config.pbtxt");
  absl::StatusOr<EvalResult> result = config.ok() ? absl::UnknownError("not run") : config.status();
  ::tensorflow::metadata::v0::Schema schema;
  if (config.ok()) {
    PredictionAnalysisOptions options{.eval_config = *config,
                                      .batches = {ReadRows(directory + "/input.jsonl", info["columns"])}};
    if (info.contains("schema")) {
      if (auto s = io::ParseTextProto(info["schema"].get<std::string>(), "schema", &schema); !s.ok())
        return s.ToString();
      options.schema = &schema;
    }
    options.engine.num_threads = 2;
    result = EvaluatePredictions(options);
  }
  if (io::Exists(directory + "/error.json")) return result.ok() ? "want an error, got a result" : "";
  if (Unsupported().contains(info["kind"].get<std::string>()))
    return result.ok() ? "listed as unsupported, but ran" : "";
  if (!result.ok()) return result.status().ToString();
  json metrics = json::array(), plots = json::array();
  for (const auto& m : result->metrics) metrics.push_back(ToJson(m));
  for (const auto& p : result->plots) plots.push_back(ToJson(p));
  const json want = BySlice(ReadJson(directory + "/metrics.json"), "metric_keys_and_values");
  if (std::string d = Compare(want, BySlice(metrics, "metric_keys_and_values"), "metrics"); !d.empty()) return d;
  if (io::Exists(directory + "/plots.json")) {
    const json want_plots = BySlice(ReadJson(directory + "/plots.json"), "plot_keys_and_values");
    if (std::string d = Compare(want_plots, ReduceLike(want_plots, BySlice(plots, "plot_keys_and_values")), "plots");
        !d.empty()) {
      return d;
    }
  }
  if (io::Exists(directory + "/validation.json")) {
    if (!result->validation) return "no validation result";
    json w = ReadJson(directory + "/validation.json"), g = ToJson(*result->validation);
    for (json* v : {&w, &g}) {
      if (v->contains("metric_validations_per_slice")) {
        for (json& slice : (*v)["metric_validations_per_slice"]) {
          slice["failures"] = Sorted(slice["failures"]);
          // Our messages are our own words.
          for (json& failure : slice["failures"]) failure.erase("message");
          slice["failures"] = Sorted(slice["failures"]);
        }
        (*v)["metric_validations_per_slice"] = Sorted((*v)["metric_validations_per_slice"]);
      }
      if (v->contains("missing_slices")) (*v)["missing_slices"] = Sorted((*v)["missing_slices"]);
      if (v->contains("validation_details")) {
        (*v)["validation_details"]["slicing_details"] = Sorted((*v)["validation_details"]["slicing_details"]);
      }
    }
    if (std::string d = Compare(w, g, "validation"); !d.empty()) return d;
  }
  return "";
}

TEST(GoldenCases, EveryRecordedCaseGivesTheSameResult) {
  if (GoldenDir().empty() || !io::Exists(GoldenDir() + "/index.json"))
    GTEST_SKIP() << "no golden results in TFX_GOLDEN_DIR";
  const json index = ReadJson(GoldenDir() + "/index.json");
  int passed = 0, unsupported = 0, differ = 0;
  for (const json& item : index["cases"]) {
    const std::string id = item["id"];
    if (Unsupported().contains(item["kind"].get<std::string>())) ++unsupported;
    const std::string difference = RunCase(GoldenDir() + "/" + id);
    passed += difference.empty();
    differ += !difference.empty();
    if (KnownDifferences().contains(id)) {
      EXPECT_NE(difference, "") << id << " agrees now: take it off the list";
    } else {
      EXPECT_EQ(difference, "") << id;
    }
  }
  std::cout << "golden cases: " << passed << " as recorded (" << unsupported << " of them unsupported with an error), "
            << differ << " differ\n";
}

}  // namespace
}  // namespace tfx::tfma
