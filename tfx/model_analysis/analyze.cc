#include "tfx/model_analysis/analyze.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/dataset/examples.h"
#include "tfx/model_analysis/eval_config.h"
#include "tfx/model_analysis/metrics_plan.h"
#include "tfx/model_analysis/model_runner.h"
#include "tfx/model_analysis/slicing.h"
#include "tfx/model_analysis/validation.h"

namespace tfx::tfma {
namespace {

namespace pb = ::tensorflow_model_analysis;

// All slices that must be computed: those of cross slices too.
std::vector<pb::SlicingSpec> AllSlicingSpecs(const pb::EvalConfig& config) {
  std::vector<pb::SlicingSpec> specs(config.slicing_specs().begin(), config.slicing_specs().end());
  if (specs.empty()) specs.emplace_back();
  for (const pb::CrossSlicingSpec& cross : config.cross_slicing_specs()) {
    specs.push_back(cross.baseline_spec());
    specs.insert(specs.end(), cross.slicing_specs().begin(), cross.slicing_specs().end());
  }
  return specs;
}

void AddValues(const MetricValues& values, pb::MetricsForSlice* metrics, pb::PlotsForSlice* plots) {
  for (const auto& [key, value] : values) {
    if (const auto* plot = std::get_if<pb::PlotData>(&value)) {
      if (plots == nullptr) continue;
      auto* item = plots->add_plot_keys_and_values();
      *item->mutable_key() = PlotKeyToProto(key);
      *item->mutable_value() = *plot;
    } else {
      auto* item = metrics->add_metric_keys_and_values();
      *item->mutable_key() = MetricKeyToProto(key);
      *item->mutable_value() = ValueToProto(value);
    }
  }
}

absl::Status AddCrossSlices(const pb::EvalConfig& config, const std::map<SliceKey, MetricValues>& slices,
                            EvalResult* result) {
  for (const pb::CrossSlicingSpec& spec : config.cross_slicing_specs()) {
    for (const auto& [baseline_key, baseline] : slices) {
      if (!SlicingSpecMatches(spec.baseline_spec(), baseline_key)) continue;
      for (const auto& [comparison_key, comparison] : slices) {
        if (comparison_key == baseline_key) continue;
        if (std::none_of(spec.slicing_specs().begin(), spec.slicing_specs().end(),
                         [&key = comparison_key](const pb::SlicingSpec& s) { return SlicingSpecMatches(s, key); })) {
          continue;
        }
        pb::MetricsForSlice metrics;
        *metrics.mutable_cross_slice_key()->mutable_baseline_slice_key() = SliceKeyToProto(baseline_key);
        *metrics.mutable_cross_slice_key()->mutable_comparison_slice_key() = SliceKeyToProto(comparison_key);
        MetricValues differences;
        for (const auto& [key, value] : baseline) {
          const auto it = comparison.find(key);
          if (it == comparison.end()) continue;
          if (std::optional<Value> difference = Difference(value, it->second))
            differences.emplace(key, *std::move(difference));
        }
        AddValues(differences, &metrics, nullptr);
        result->metrics.push_back(std::move(metrics));
      }
    }
  }
  return absl::OkStatus();
}

// A shard with the number of its first example within the data.
template <class Shard>
struct NumberedShard {
  Shard shard;
  int64_t first_row = 0;
};

// num_rows: int64_t(const Shard&).
template <class Shard, class NumRows>
ShardSource<NumberedShard<Shard>> NumberRows(ShardSource<Shard> source, NumRows num_rows) {
  return [source = std::move(source), num_rows,
          next = int64_t{0}]() mutable -> absl::StatusOr<std::optional<NumberedShard<Shard>>> {
    ASSIGN_OR_RETURN(std::optional<Shard> shard, source());
    if (!shard) return std::nullopt;
    NumberedShard<Shard> numbered{*std::move(shard), next};
    next += num_rows(numbered.shard);
    return numbered;
  };
}

absl::Status CheckWeights(const pb::EvalConfig& config, const EvalAccumulator& total) {
  const std::optional<EvalAccumulator::WeightGap> gap = total.FindWeightGap();
  if (!gap) return absl::OkStatus();
  const auto& [model, output] = gap->of;
  const pb::ModelSpec* spec = FindModelSpec(config, model);
  std::string key = spec->example_weight_key();
  if (const auto it = spec->example_weight_keys().find(output); it != spec->example_weight_keys().end())
    key = it->second;
  return absl::InvalidArgumentError(
      absl::StrCat("example ", gap->example, " (from 0): no value for the example weight: feature '", key,
                   "' (example_weight_key of model spec '", model,
                   "'), while other examples have one; give every example a weight, or unset the key"));
}

absl::Status FillResult(const EvalAccumulator& total, bool rubber_stamp, EvalResult* result) {
  const pb::EvalConfig& config = result->eval_config;
  result->num_examples = total.num_examples();
  RETURN_IF_ERROR(CheckWeights(config, total));
  const int min_size = config.options().has_min_slice_size() ? config.options().min_slice_size().value() : 0;
  std::map<SliceKey, MetricValues> finished;
  for (const auto& [key, slice] : total.slices()) {
    pb::MetricsForSlice metrics;
    pb::PlotsForSlice plots;
    *metrics.mutable_slice_key() = SliceKeyToProto(key);
    *plots.mutable_slice_key() = metrics.slice_key();
    if (!key.empty() && slice.num_examples < min_size) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // TFMA's readers look for the note here
      pb::MetricValue& error = (*metrics.mutable_metrics())["__ERROR__"];
#pragma GCC diagnostic pop
      error.set_debug_message(
          absl::StrCat("Example count for this slice key is lower than the minimum required value: ", min_size,
                       ". No data is aggregated for this slice."));
      result->metrics.push_back(std::move(metrics));
      continue;
    }
    absl::StatusOr<MetricValues> values = total.Finish(slice);
    RETURN_IF_ERROR(values.status());
    AddValues(*values, &metrics, &plots);
    if (metrics.metric_keys_and_values_size() > 0) result->metrics.push_back(metrics);
    if (plots.plot_keys_and_values_size() > 0) result->plots.push_back(std::move(plots));
    pb::AttributionsForSlice attributions;
    *attributions.mutable_slice_key() = metrics.slice_key();
    result->attributions.push_back(std::move(attributions));
    if (!config.cross_slicing_specs().empty()) finished.emplace(key, *std::move(values));
  }
  RETURN_IF_ERROR(AddCrossSlices(config, finished, result));
  if (HasThresholds(config) || rubber_stamp) {
    ASSIGN_OR_RETURN(result->validation, ValidateMetrics(config, result->metrics, rubber_stamp));
  }
  return absl::OkStatus();
}

// What is common to both entries: the plan, the slicer, and what to extract.
struct Analysis {
  std::shared_ptr<const MetricsPlan> plan;
  Slicer slicer;
  ExtractPlan extract;

  static absl::StatusOr<std::unique_ptr<Analysis>> Create(const pb::EvalConfig& config,
                                                          const ::tensorflow::metadata::v0::Schema* schema) {
    if (config.options().compute_confidence_intervals().value()) {
      return absl::UnimplementedError(
          "eval_config: options.compute_confidence_intervals is not supported yet; remove it");
    }
    for (const pb::MetricsSpec& spec : config.metrics_specs()) {
      if (!spec.query_key().empty()) {
        return absl::UnimplementedError("eval_config: metrics_specs.query_key is not supported yet; remove it");
      }
    }
    auto analysis = std::make_unique<Analysis>();
    ASSIGN_OR_RETURN(analysis->plan, PlanMetrics(config, schema));
    ASSIGN_OR_RETURN(analysis->slicer, Slicer::Create(AllSlicingSpecs(config)));
    analysis->extract.config = &config;
    analysis->extract.outputs = analysis->plan->model_outputs;
    analysis->extract.features = analysis->plan->features;
    analysis->extract.slicer = &analysis->slicer;
    return analysis;
  }

  // Columns of the examples that are looked at.
  std::set<std::string> Columns() const {
    std::set<std::string> columns(slicer.columns().begin(), slicer.columns().end());
    columns.insert(extract.features.begin(), extract.features.end());
    for (const pb::ModelSpec& spec : extract.config->model_specs()) {
      for (const std::string& key : {spec.label_key(), spec.prediction_key(), spec.example_weight_key()}) {
        if (!key.empty()) columns.insert(key);
      }
      for (const auto* keys : {&spec.label_keys(), &spec.prediction_keys(), &spec.example_weight_keys()}) {
        for (const auto& [output, key] : *keys) columns.insert(key);
      }
    }
    return columns;
  }
};

absl::StatusOr<std::string> DirectoryFor(const AnalysisOptions& options, const pb::ModelSpec& spec, bool only_model,
                                         const std::string& original_name) {
  const auto& directories = options.model_directories;
  for (const std::string& name :
       {spec.name(), original_name, std::string(spec.is_baseline() ? "baseline" : "candidate")}) {
    if (auto it = directories.find(name); it != directories.end()) return it->second;
  }
  if (!spec.is_baseline()) {
    if (auto it = directories.find(""); it != directories.end()) return it->second;
  }
  if (only_model && directories.size() == 1) return directories.begin()->second;
  return absl::NotFoundError(
      absl::StrCat("model spec '", spec.name(), "' has no prediction_key, and no model was given for it"));
}

}  // namespace

absl::StatusOr<EvalResult> RunModelAnalysis(const AnalysisOptions& options) {
  bool has_baseline = options.model_directories.contains("baseline");
  std::string original_name;
  for (const pb::ModelSpec& spec : options.eval_config.model_specs()) {
    if (spec.is_baseline()) {
      has_baseline = has_baseline || options.model_directories.contains(spec.name()) ||
                     !spec.prediction_key().empty() || !spec.prediction_keys().empty();
    } else {
      original_name = spec.name();
    }
  }
  EvalResult result;
  ASSIGN_OR_RETURN(result.eval_config,
                   UpdateEvalConfigWithDefaults(options.eval_config,
                                                {.has_baseline = has_baseline, .rubber_stamp = options.rubber_stamp}));
  const pb::EvalConfig& config = result.eval_config;
  ASSIGN_OR_RETURN(const std::unique_ptr<Analysis> analysis, Analysis::Create(config, options.schema));

  std::map<std::string, std::unique_ptr<ModelRunner>> models;
  std::map<std::string, std::set<std::string>> model_outputs;
  for (const auto& [model, output] : analysis->plan->model_outputs) model_outputs[model].insert(output);
  for (const pb::ModelSpec& spec : config.model_specs()) {
    const auto directory = DirectoryFor(options, spec, config.model_specs_size() == 1, original_name);
    if (!directory.ok()) {
      if (spec.prediction_key().empty() && spec.prediction_keys().empty()) return directory.status();
      continue;
    }
    ASSIGN_OR_RETURN(models[spec.name()], ModelRunner::Load(spec, *directory));
    result.model_locations[spec.name()] = *directory;
  }

  const std::set<std::string> columns = analysis->Columns();
  dataset::DecodeOptions decode{.features = {columns.begin(), columns.end()}};
  if (decode.features.empty()) decode.features.push_back("");  // none is needed, only the number of rows
  const auto extract = [&](const NumberedShard<io::Records>& shard) -> absl::StatusOr<ExtractBatch> {
    const io::Records& records = shard.shard;
    ASSIGN_OR_RETURN(const dataset::RecordBatchPtr features, dataset::DecodeExamples(records, decode));
    std::map<std::string, std::map<std::string, Ragged>> predictions;
    std::map<std::string, ModelFeatures> transformed;
    for (const auto& [name, model] : models) {
      const auto outputs = model_outputs.find(name);
      if (outputs == model_outputs.end()) continue;
      ASSIGN_OR_RETURN(predictions[name], model->Predict(records, outputs->second));
      ASSIGN_OR_RETURN(transformed[name], model->Preprocess(records, columns));
    }
    ASSIGN_OR_RETURN(ExtractBatch batch, Extract(analysis->extract, *features, predictions, transformed));
    batch.first_row = shard.first_row;
    return batch;
  };
  const auto source = NumberRows(options.examples, [](const io::Records& records) { return records.size(); });
  ASSIGN_OR_RETURN(const EvalAccumulator total,
                   Engine(options.engine).Aggregate(source, extract, EvalAccumulator(analysis->plan)));
  RETURN_IF_ERROR(FillResult(total, options.rubber_stamp, &result));
  return result;
}

absl::StatusOr<Predictions> Predict(const pb::ModelSpec& spec, const std::string& model_directory,
                                    const ShardSource<io::Records>& examples, const EngineOptions& engine) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ModelRunner> model, ModelRunner::Load(spec, model_directory));
  Predictions result;
  bool first = true;
  const auto run = [&](const io::Records& records) { return model->Predict(records, {""}); };
  const auto collect = [&](std::map<std::string, Ragged> outputs) -> absl::Status {
    const Ragged& values = outputs.at("");
    if (values.num_rows() == 0) return absl::OkStatus();
    const int64_t width = static_cast<int64_t>(values.row(0).size());
    if (!first && width != result.width) {
      return absl::InvalidArgumentError("the model predicts different numbers of values for different batches");
    }
    first = false;
    result.width = width;
    result.values.insert(result.values.end(), values.values.begin(), values.values.end());
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(Engine(engine).Map(examples, run, collect));
  return result;
}

absl::StatusOr<EvalResult> EvaluatePredictions(const PredictionAnalysisOptions& options) {
  EvalResult result;
  const bool has_baseline = FindBaselineSpec(options.eval_config) != nullptr;
  ASSIGN_OR_RETURN(result.eval_config,
                   UpdateEvalConfigWithDefaults(options.eval_config,
                                                {.has_baseline = has_baseline, .rubber_stamp = options.rubber_stamp}));
  ASSIGN_OR_RETURN(const std::unique_ptr<Analysis> analysis, Analysis::Create(result.eval_config, options.schema));
  using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
  size_t next = 0;
  const ShardSource<BatchPtr> source = [&]() -> absl::StatusOr<std::optional<BatchPtr>> {
    if (next == options.batches.size()) return std::optional<BatchPtr>();
    return std::optional<BatchPtr>(options.batches[next++]);
  };
  const auto extract = [&](const NumberedShard<BatchPtr>& shard) -> absl::StatusOr<ExtractBatch> {
    ASSIGN_OR_RETURN(ExtractBatch batch, Extract(analysis->extract, *shard.shard, {}, {}));
    batch.first_row = shard.first_row;
    return batch;
  };
  const auto numbered = NumberRows(source, [](const BatchPtr& batch) { return batch->num_rows(); });
  ASSIGN_OR_RETURN(const EvalAccumulator total,
                   Engine(options.engine).Aggregate(numbered, extract, EvalAccumulator(analysis->plan)));
  RETURN_IF_ERROR(FillResult(total, options.rubber_stamp, &result));
  return result;
}

}  // namespace tfx::tfma
