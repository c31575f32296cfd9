// tfx evaluate
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/commands.h"
#include "tfx/cli/store.h"
#include "tfx/cli/table.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/model_analysis/analyze.h"
#include "tfx/model_analysis/eval_config.h"
#include "tfx/model_analysis/eval_reader.h"
#include "tfx/model_analysis/eval_writer.h"

namespace tfx::cli {
namespace {

struct Options {
  std::string model;
  std::string baseline_model;
  std::string examples;
  std::string eval_config;
  std::string schema;
  std::string output;
  std::string evaluation;
  std::string worst_by;
  int worst = 5;
  double min_examples = 1;
  int threads = 0;
};

std::string SliceText(const tfma::SliceKey& slice) { return tfma::SliceKeyToString(slice); }

void Print(CommandContext& context, const tfma::EvalResult& result, const Options& options) {
  const std::vector<std::string> names = tfma::NumericMetricNames(result);
  nlohmann::json json = {{"slices", result.metrics.size()},
                         {"metrics", nlohmann::json::object()},
                         {"worst_slices", nlohmann::json::array()}};
  Table table({"METRIC", "OVERALL"});
  for (const std::string& name : names) {
    const auto value = tfma::FindMetric(result, name);
    if (!value) continue;
    table.AddRow({name, absl::StrFormat("%.6g", *value)});
    json["metrics"][name] = *value;
  }
  Table worst({"SLICE", options.worst_by, "EXAMPLES"});
  const bool ranked = !options.worst_by.empty();
  if (ranked) {
    for (const auto& slice :
         tfma::WorstSlices(result, options.worst_by, {.count = options.worst, .min_examples = options.min_examples})) {
      const std::string examples = slice.example_count ? absl::StrFormat("%.0f", *slice.example_count) : "";
      worst.AddRow({SliceText(slice.slice), absl::StrFormat("%.4f", slice.value), examples});
      json["worst_slices"].push_back({{"slice", SliceText(slice.slice)},
                                      {options.worst_by, slice.value},
                                      {"examples", slice.example_count.value_or(0)}});
    }
  }
  if (result.validation) json["validation_ok"] = result.validation->validation_ok();
  if (context.json) {
    context.out << Dump(json) << "\n";
    return;
  }
  table.Print(context.out);
  if (ranked) {
    context.out << "\nWorst slices of " << result.metrics.size() << " by " << options.worst_by << ":\n";
    worst.Print(context.out);
  }
  if (result.validation)
    context.out << "\n" << (result.validation->validation_ok() ? "BLESSED" : "NOT BLESSED") << " by the thresholds\n";
}

absl::StatusOr<tfma::EvalResult> Analyze(const Options& options) {
  if (options.model.empty() || options.examples.empty() || options.eval_config.empty()) {
    return absl::InvalidArgumentError(
        "give --model, --examples and --eval_config, or --evaluation to show one that is there");
  }
  const bool has_baseline = !options.baseline_model.empty();
  tfma::AnalysisOptions analysis{.rubber_stamp = true, .engine = {.num_threads = options.threads}};
  ASSIGN_OR_RETURN(const tfma::EvalConfig config, tfma::LoadEvalConfig(options.eval_config));
  ASSIGN_OR_RETURN(analysis.eval_config,
                   tfma::UpdateEvalConfigWithDefaults(config, {.has_baseline = has_baseline, .rubber_stamp = true}));
  for (const auto& spec : analysis.eval_config.model_specs()) {
    analysis.model_directories[spec.name()] = spec.is_baseline() ? options.baseline_model : options.model;
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> files, io::Glob(options.examples));
  if (files.empty()) return absl::NotFoundError(absl::StrCat("--examples=", options.examples, " matches no file"));
  analysis.examples = dataset::ReadRecords(files);
  ::tensorflow::metadata::v0::Schema schema;
  if (!options.schema.empty()) {
    RETURN_IF_ERROR(io::ReadTextProto(options.schema, &schema));
    analysis.schema = &schema;
  }
  return tfma::RunModelAnalysis(analysis);
}

absl::Status Evaluate(CommandContext& context, const Options& options) {
  auto result = options.evaluation.empty() ? Analyze(options) : tfma::LoadEvalResult(options.evaluation);
  RETURN_IF_ERROR(result.status());
  if (!options.output.empty()) RETURN_IF_ERROR(tfma::WriteEvalResult(*result, options.output));
  Print(context, *result, options);
  if (result->validation && !result->validation->validation_ok()) context.exit_code = kExitFindings;
  return absl::OkStatus();
}

}  // namespace

void AddEvaluateCommand(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(app, context, "evaluate",
                                 "Measure a model on slices of data, or show an evaluation; exits 3 when not blessed.",
                                 "tfx evaluate --model=serving_model/1700000000 --examples='eval/*' "
                                 "--eval_config=eval_config.pbtxt --worst_by=auc");
  command->add_option("--model", options->model, "SavedModel directory.");
  command->add_option("--baseline_model", options->baseline_model, "SavedModel to compare with.");
  command->add_option("--examples", options->examples, "TFRecord files of Examples: a path or a pattern.");
  command->add_option("--eval_config", options->eval_config, "EvalConfig as text or JSON.");
  command->add_option("--schema", options->schema, "Schema, for the label's domain in plots.");
  command->add_option("--output", options->output, "Directory for the evaluation's files.");
  command->add_option("--evaluation", options->evaluation, "Show this evaluation instead of making one.");
  command->add_option("--worst_by", options->worst_by, "Also list the worst slices by this metric.");
  command->add_option("--worst", options->worst, "So many of them.")->capture_default_str();
  command->add_option("--min_examples", options->min_examples, "Leave out slices with fewer examples.")
      ->capture_default_str();
  command->add_option("--threads", options->threads, "0: one per core. The result does not depend on it.");
  SetAction(*command, context, [&context, options] { return Evaluate(context, *options); });
}

}  // namespace tfx::cli
