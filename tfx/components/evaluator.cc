#include "tfx/components/evaluator.h"

#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tfx/base/status_macros.h"
#include "tfx/components/schema_file.h"
#include "tfx/components/splits.h"
#include "tfx/components/trainer.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"
#include "tfx/model_analysis/analyze.h"
#include "tfx/model_analysis/eval_config.h"
#include "tfx/model_analysis/eval_reader.h"
#include "tfx/model_analysis/eval_writer.h"
#include "tfx/model_analysis/slicing.h"

namespace tfx {
namespace {

class EvaluatorExecutor : public Executor {
 public:
  absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
                  const ExecutorContext& context) override {
    ASSIGN_OR_RETURN(const Artifact* model, inputs.Single("model"));
    ASSIGN_OR_RETURN(const Artifact* baseline, inputs.Optional("baseline_model"));
    tfma::AnalysisOptions options{.rubber_stamp = true, .engine = {.num_threads = context.num_threads}};
    ::tensorflow_model_analysis::EvalConfig config;
    RETURN_IF_ERROR(properties.Proto("eval_config", &config));
    ASSIGN_OR_RETURN(options.eval_config, tfma::UpdateEvalConfigWithDefaults(
                                              config, {.has_baseline = baseline != nullptr, .rubber_stamp = true}));
    for (const auto& spec : options.eval_config.model_specs()) {
      const bool is_baseline = spec.is_baseline();
      if (is_baseline && baseline == nullptr) continue;
      ASSIGN_OR_RETURN(options.model_directories[spec.name()], EvalModelPath(is_baseline ? *baseline : *model));
    }
    std::vector<std::string> splits = {"eval"};
    if (properties.Has("example_splits") && properties.StringOr("example_splits", "null") != "null") {
      ASSIGN_OR_RETURN(splits, properties.StringList("example_splits"));
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesOfSplits(inputs.Get("examples"), splits));
    options.examples = dataset::ReadRecords(files);
    ASSIGN_OR_RETURN(const Artifact* schema_artifact, inputs.Optional("schema"));
    std::shared_ptr<const ::tensorflow::metadata::v0::Schema> schema;
    if (schema_artifact != nullptr) {
      ASSIGN_OR_RETURN(schema, ReadSchema(*schema_artifact));
      options.schema = schema.get();
    }

    ASSIGN_OR_RETURN(const tfma::EvalResult result, tfma::RunModelAnalysis(options));
    RETURN_IF_ERROR(context.CheckCancelled());
    RETURN_IF_ERROR(tfma::WriteEvalResult(result, outputs["evaluation"].path));
    return Bless(*model, baseline, result, outputs, context);
  }

 private:
  static absl::Status Bless(const Artifact& model, const Artifact* baseline, const tfma::EvalResult& result,
                            ExecutorOutputs& outputs, const ExecutorContext& context) {
    std::string summary = absl::StrCat(result.metrics.size(), " slices");
    for (const char* metric : {"auc", "binary_accuracy", "sparse_categorical_accuracy", "loss"}) {
      if (const auto value = tfma::FindMetric(result, metric))
        absl::StrAppendFormat(&summary, ", %s %.4f", metric, *value);
    }
    if (!tfma::HasThresholds(result.eval_config) || !result.validation) {
      outputs.set_summary(absl::StrCat("no thresholds, so no blessing; ", summary));
      return absl::OkStatus();
    }
    const bool blessed = result.validation->validation_ok();
    OutputArtifact& blessing = outputs["blessing"];
    RETURN_IF_ERROR(io::WriteFile(io::JoinPath(blessing.path, blessed ? "BLESSED" : "NOT_BLESSED"), ""));
    blessing.custom_properties["blessed"] = int64_t{blessed ? 1 : 0};
    blessing.custom_properties["current_model"] = model.uri;
    blessing.custom_properties["current_model_id"] = model.id;
    if (baseline != nullptr) {
      blessing.custom_properties["baseline_model"] = baseline->uri;
      blessing.custom_properties["baseline_model_id"] = baseline->id;
    }
    LogFailures(*result.validation, context);
    outputs.set_summary(absl::StrCat(blessed ? "blessed; " : "NOT blessed; ", summary));
    return absl::OkStatus();
  }

  // One line per metric: how many slices fail its threshold, and the first of them.
  static void LogFailures(const ::tensorflow_model_analysis::ValidationResult& validation,
                          const ExecutorContext& context) {
    struct Failing {
      int slices = 0;
      std::string first;
    };
    std::map<std::string, Failing> by_metric;
    for (const auto& slice : validation.metric_validations_per_slice()) {
      for (const auto& failure : slice.failures()) {
        Failing& failing = by_metric[failure.metric_key().name()];
        if (failing.slices++ > 0) continue;
        failing.first = absl::StrCat(tfma::SliceKeyToString(tfma::SliceKeyFromProto(slice.slice_key())), " has ",
                                     failure.metric_key().is_diff() ? "a change of " : "",
                                     failure.metric_value().double_value().value(), ", the threshold is ",
                                     failure.metric_threshold().ShortDebugString(),
                                     failure.message().empty() ? "" : "; ", failure.message());
      }
    }
    for (const auto& [metric, failing] : by_metric) {
      context.Log(absl::StrCat("not blessed: ", metric, " fails in ", failing.slices,
                               failing.slices == 1 ? " slice: " : " slices: ", failing.first));
    }
    for (const auto& missing : validation.missing_slices()) {
      context.Log(absl::StrCat("not blessed: no slice for ", missing.ShortDebugString()));
    }
  }
};

}  // namespace

EvalConfigSource::EvalConfigSource(std::string_view text) {
  auto parsed = tfma::ParseEvalConfig(text, "eval_config");
  if (parsed.ok()) {
    config_ = *std::move(parsed);
  } else {
    status_ = parsed.status();
  }
}

const ComponentDescription<Evaluator>& Evaluator::Describe() {
  static const auto& description = *new ComponentDescription<Evaluator>(
      ComponentDescription<Evaluator>("Evaluator", "Measures a model on slices and blesses it.")
          .Type("tfx.components.evaluator.component.Evaluator", ExecutionBaseType::kEvaluate)
          .Input("examples", &Evaluator::examples, "Raw Examples to evaluate on.")
          .Input("model", &Evaluator::model, "Model to evaluate.")
          .OptionalInput("baseline_model", &Evaluator::baseline_model, "Model to compare with.")
          .OptionalInput("schema", &Evaluator::schema, "Gives plots the label's domain.")
          .ComputedParameter(
              "eval_config", "message tensorflow_model_analysis.EvalConfig",
              [](const Evaluator& c) { return ProtoParameter(c.eval_config.config()); },
              "Models, slices, metrics and thresholds.")
          .ComputedParameter(
              "example_splits", "list of strings",
              [](const Evaluator& c) {
                return c.example_splits.empty() ? JsonObjectParameter("null") : JsonListParameter(c.example_splits);
              },
              "Splits to evaluate on; default: eval.")
          .ComputedParameter(
              "fairness_indicator_thresholds", "JSON list",
              [](const Evaluator&) { return JsonObjectParameter("null"); }, "Unused.")
          .Output("evaluation", &Outputs::evaluation,
                  "metrics-*, plots-*, attributions-*, validations.tfrecord, eval_config.json.")
          .Output("blessing", &Outputs::blessing, "BLESSED or NOT_BLESSED; empty without thresholds.")
          .Check([](const Evaluator& c, WiringProblems& problems) {
            if (!c.eval_config.status().ok()) {
              problems.Add("eval_config", std::string(c.eval_config.status().message()));
              return;
            }
            const auto config = tfma::UpdateEvalConfigWithDefaults(
                c.eval_config.config(), {.has_baseline = c.baseline_model.wired(), .rubber_stamp = true});
            if (!config.ok()) problems.Add("eval_config", std::string(config.status().message()));
          })
          .ExecutorClass("tfx.components.evaluator.executor.Executor",
                         [](const Evaluator&) { return std::make_unique<EvaluatorExecutor>(); }));
  return description;
}

}  // namespace tfx
