#include "tfx/model_analysis/eval_reader.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/io/tfrecord.h"
#include "tfx/model_analysis/eval_config.h"

namespace tfx::tfma {
namespace {

namespace pb = ::tensorflow_model_analysis;

// "<name>-00000-of-00001.tfrecord", or the older "<name>".
absl::StatusOr<std::vector<std::string>> Files(std::string_view directory, const std::string& name) {
  ASSIGN_OR_RETURN(std::vector<std::string> files, io::Glob(io::JoinPath(directory, name + "-*-of-*.tfrecord")));
  if (files.empty() && io::Exists(io::JoinPath(directory, name))) files.push_back(io::JoinPath(directory, name));
  return files;
}

template <class Message>
absl::Status ReadMessages(const std::vector<std::string>& files, std::vector<Message>* messages) {
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(auto reader, io::TFRecordReader::Open(file));
    std::string_view record;
    while (true) {
      ASSIGN_OR_RETURN(const bool more, reader->Read(&record));
      if (!more) break;
      if (!messages->emplace_back().ParseFromArray(record.data(), static_cast<int>(record.size()))) {
        return absl::DataLossError(
            absl::StrCat(file, ": record ", messages->size(), " is not a ", Message::descriptor()->name()));
      }
    }
  }
  return absl::OkStatus();
}

// The model whose values stand for the evaluation: the only one, or the first that is not the baseline.
std::string ChosenModel(const EvalResult& result, std::string_view model_name) {
  if (!model_name.empty()) return std::string(model_name);
  for (const ModelSpec& spec : result.eval_config.model_specs()) {
    if (!spec.is_baseline()) return spec.name();
  }
  return "";
}

std::optional<double> Find(const pb::MetricsForSlice& slice, std::string_view metric, const std::string& model) {
  for (const auto& item : slice.metric_keys_and_values()) {
    const pb::MetricKey& key = item.key();
    if (key.name() == metric && key.model_name() == model && !key.is_diff() && item.value().has_double_value()) {
      return item.value().double_value().value();
    }
  }
  return std::nullopt;
}

}  // namespace

bool HigherIsWorse(std::string_view metric) {
  const std::string name(metric);
  for (const char* word : {"loss", "error", "crossentropy", "cross_entropy", "false_", "miss_rate", "fall_out", "hinge",
                           "divergence", "poisson", "huber", "log_cosh", "flip"}) {
    if (absl::StrContains(name, word)) return true;
  }
  return name == "fpr" || name == "fnr" || name == "fp" || name == "fn";
}

absl::StatusOr<EvalResult> LoadEvalResult(std::string_view directory, ReadPlots plots) {
  EvalResult result;
  ASSIGN_OR_RETURN(const std::vector<std::string> metrics, Files(directory, "metrics"));
  if (metrics.empty()) {
    return absl::NotFoundError(
        absl::StrCat(std::string(directory), ": no metrics-*-of-*.tfrecord; is this an evaluation?"));
  }
  RETURN_IF_ERROR(ReadMessages(metrics, &result.metrics));
  if (const std::string path = io::JoinPath(directory, "eval_config.json"); io::Exists(path)) {
    ASSIGN_OR_RETURN(const std::string json, io::ReadFile(path));
    pb::EvalRun run;
    RETURN_IF_ERROR(io::ParseJson(json, path, &run));
    result.eval_config = run.eval_config();
    result.model_locations = {run.model_locations().begin(), run.model_locations().end()};
  }
  if (plots == ReadPlots::kYes) {
    ASSIGN_OR_RETURN(const std::vector<std::string> files, Files(directory, "plots"));
    RETURN_IF_ERROR(ReadMessages(files, &result.plots));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> attributions, Files(directory, "attributions"));
  RETURN_IF_ERROR(ReadMessages(attributions, &result.attributions));
  if (const std::string path = io::JoinPath(directory, "validations.tfrecord"); io::Exists(path)) {
    std::vector<pb::ValidationResult> validations;
    RETURN_IF_ERROR(ReadMessages(std::vector<std::string>{path}, &validations));
    if (!validations.empty()) result.validation = validations.front();
  }
  return result;
}

std::vector<SliceMetric> WorstSlices(const EvalResult& result, std::string_view metric,
                                     const WorstSlicesOptions& options) {
  const std::string model = ChosenModel(result, options.model_name);
  const bool higher_is_worse = options.higher_is_worse.value_or(HigherIsWorse(metric));
  std::vector<SliceMetric> slices;
  for (const pb::MetricsForSlice& slice : result.metrics) {
    if (!slice.has_slice_key() || slice.slice_key().single_slice_keys().empty()) continue;
    const std::optional<double> value = Find(slice, metric, model);
    if (!value || std::isnan(*value)) continue;
    SliceMetric item{SliceKeyFromProto(slice.slice_key()), *value, Find(slice, "example_count", model)};
    if (item.example_count.value_or(options.min_examples) < options.min_examples) continue;
    slices.push_back(std::move(item));
  }
  std::sort(slices.begin(), slices.end(), [&](const SliceMetric& a, const SliceMetric& b) {
    if (a.value != b.value) return higher_is_worse ? a.value > b.value : a.value < b.value;
    return a.slice < b.slice;
  });
  if (options.count >= 0 && slices.size() > static_cast<size_t>(options.count))
    slices.resize(static_cast<size_t>(options.count));
  return slices;
}

std::optional<double> FindMetric(const EvalResult& result, std::string_view metric, const SliceKey& slice,
                                 std::string_view model_name) {
  const std::string model = ChosenModel(result, model_name);
  for (const pb::MetricsForSlice& metrics : result.metrics) {
    if (!metrics.has_cross_slice_key() && SliceKeyFromProto(metrics.slice_key()) == slice)
      return Find(metrics, metric, model);
  }
  return std::nullopt;
}

std::vector<std::string> NumericMetricNames(const EvalResult& result) {
  std::vector<std::string> names;
  if (result.metrics.empty()) return names;
  for (const auto& item : result.metrics.front().metric_keys_and_values()) {
    if (!item.value().has_double_value() || item.key().is_diff()) continue;
    if (std::find(names.begin(), names.end(), item.key().name()) == names.end()) names.push_back(item.key().name());
  }
  return names;
}

}  // namespace tfx::tfma
