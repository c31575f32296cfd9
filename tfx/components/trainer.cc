#include "tfx/components/trainer.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/components/schema_file.h"
#include "tfx/components/splits.h"
#include "tfx/io/file_system.h"
#include "tfx/proto/trainer.pb.h"

namespace tfx {
namespace {

template <class Proto, class Args>
ParameterValue ArgsParameter(const Args& args) {
  Proto proto;
  proto.set_num_steps(static_cast<int>(args.num_steps));
  for (const std::string& split : args.splits) proto.add_splits(split);
  return ProtoParameter(proto);
}

template <class Proto>
std::vector<std::string> SplitsOr(const Proto& args, const char* fallback) {
  if (args.splits().empty()) return {fallback};
  return {args.splits().begin(), args.splits().end()};
}

absl::StatusOr<nlohmann::json> ReadJsonObject(std::string_view text, std::string_view name) {
  nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_null()) return nlohmann::json::object();
  if (!json.is_object()) return absl::InvalidArgumentError(absl::StrCat(std::string(name), " is not a JSON object"));
  return json;
}

class TrainerExecutor : public Executor {
 public:
  explicit TrainerExecutor(RunFn run_fn) : run_fn_(std::move(run_fn)) {}

  absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
                  const ExecutorContext& context) override {
    ASSIGN_OR_RETURN(FnArgs args, MakeFnArgs(inputs, properties, context));
    OutputArtifact& model = outputs["model"];
    args.serving_model_dir = io::JoinPath(model.path, "Format-Serving");
    args.eval_model_dir = io::JoinPath(model.path, "Format-TFMA");
    args.model_run_dir = outputs["model_run"].path;

    RETURN_IF_ERROR(Annotate(run_fn_(args), "run_fn"));
    if (!io::Exists(io::JoinPath(args.serving_model_dir, "saved_model.pb")) &&
        !io::IsDirectory(io::JoinPath(args.serving_model_dir, "export"))) {
      return absl::FailedPreconditionError(absl::StrCat(
          "run_fn returned without a SavedModel in FnArgs::serving_model_dir (", args.serving_model_dir, ")"));
    }
    outputs.set_summary(absl::StrCat("SavedModel after ", args.train_steps, " steps"));
    return absl::OkStatus();
  }

 private:
  static absl::StatusOr<FnArgs> MakeFnArgs(const ExecutorInputs& inputs, const ExecutionProperties& properties,
                                           const ExecutorContext& context) {
    components::trainer::TrainArgs train;
    components::trainer::EvalArgs eval;
    RETURN_IF_ERROR(properties.Proto("train_args", &train));
    RETURN_IF_ERROR(properties.Proto("eval_args", &eval));
    FnArgs args;
    args.working_dir = context.stateful_dir;
    args.train_steps = train.num_steps();
    args.eval_steps = eval.num_steps();
    args.seed = context.seed;
    args.num_threads = context.num_threads;
    ASSIGN_OR_RETURN(args.train_files, FilesOfSplits(inputs.Get("examples"), SplitsOr(train, "train")));
    ASSIGN_OR_RETURN(args.eval_files, FilesOfSplits(inputs.Get("examples"), SplitsOr(eval, "eval")));
    ASSIGN_OR_RETURN(const Artifact* transform_graph, inputs.Optional("transform_graph"));
    if (transform_graph != nullptr) args.transform_graph_path = transform_graph->uri;
    ASSIGN_OR_RETURN(const Artifact* schema, inputs.Optional("schema"));
    if (schema != nullptr) {
      ASSIGN_OR_RETURN(args.schema_path, SchemaPath(*schema));
    }
    ASSIGN_OR_RETURN(const Artifact* base_model, inputs.Optional("base_model"));
    if (base_model != nullptr) {
      ASSIGN_OR_RETURN(args.base_model, ServingModelPath(*base_model));
    }
    ASSIGN_OR_RETURN(const Artifact* hyperparameters, inputs.Optional("hyperparameters"));
    if (hyperparameters != nullptr) {
      ASSIGN_OR_RETURN(const std::string text,
                       io::ReadFile(io::JoinPath(hyperparameters->uri, "best_hyperparameters.txt")));
      ASSIGN_OR_RETURN(args.hyperparameters, ReadJsonObject(text, "best_hyperparameters.txt"));
    }
    ASSIGN_OR_RETURN(args.custom_config, ReadJsonObject(properties.StringOr("custom_config", "null"), "custom_config"));
    ASSIGN_OR_RETURN(const Artifact* statistics, inputs.Optional("statistics"));
    if (statistics != nullptr) {
      ASSIGN_OR_RETURN(const auto splits, DecodeSplitNames(statistics->StringProperty("split_names")));
      for (const std::string& split : splits) {
        ASSIGN_OR_RETURN(const auto stats, ReadStatistics(*statistics, split));
        if (stats.datasets_size() > 0)
          args.num_examples[split] = static_cast<int64_t>(stats.datasets(0).num_examples());
      }
    }
    return args;
  }

  const RunFn run_fn_;
};

absl::StatusOr<std::string> OnlyChild(const std::string& directory) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, io::ListDirectory(directory));
  if (names.size() != 1) {
    return absl::FailedPreconditionError(
        absl::StrCat(directory, " must hold exactly one entry, it holds ", names.size()));
  }
  return io::JoinPath(directory, names[0]);
}

}  // namespace

absl::StatusOr<std::string> ServingModelPath(const Artifact& model) {
  const std::string serving = io::JoinPath(model.uri, "Format-Serving");
  const std::string exported = io::JoinPath(serving, "export");
  if (!io::IsDirectory(exported)) return serving;
  ASSIGN_OR_RETURN(const std::string exporter, OnlyChild(exported));
  return OnlyChild(exporter);
}

absl::StatusOr<std::string> EvalModelPath(const Artifact& model) {
  const std::string eval = io::JoinPath(model.uri, "Format-TFMA");
  if (io::Exists(io::JoinPath(eval, "saved_model.pb"))) return eval;
  if (io::IsDirectory(eval)) return OnlyChild(eval);
  return ServingModelPath(model);
}

const ComponentDescription<Trainer>& Trainer::Describe() {
  static const auto& description = *new ComponentDescription<Trainer>(
      ComponentDescription<Trainer>("Trainer", "Trains a model by the user's run_fn.")
          .Type("tfx.components.trainer.component.Trainer", ExecutionBaseType::kTrain)
          .RequiredUserFunction("run_fn", &Trainer::run_fn,
                                "Trains and writes a SavedModel to FnArgs::serving_model_dir.")
          .Input("examples", &Trainer::examples, "Examples to train and evaluate on.")
          .OptionalInput("transform_graph", &Trainer::transform_graph, "Transform's graph, to embed in the model.")
          .OptionalInput("schema", &Trainer::schema, "Schema of the raw data.")
          .OptionalInput("base_model", &Trainer::base_model, "Model to start from.")
          .OptionalInput("hyperparameters", &Trainer::hyperparameters, "What a Tuner found.")
          .OptionalInput("statistics", &Trainer::statistics, "Fills FnArgs::num_examples.")
          .ComputedParameter(
              "train_args", "message tfx.components.trainer.TrainArgs",
              [](const Trainer& c) { return ArgsParameter<components::trainer::TrainArgs>(c.train_args); },
              "Steps and splits to train on.")
          .ComputedParameter(
              "eval_args", "message tfx.components.trainer.EvalArgs",
              [](const Trainer& c) { return ArgsParameter<components::trainer::EvalArgs>(c.eval_args); },
              "Steps and splits to evaluate on.")
          .ComputedParameter(
              "custom_config", "JSON object",
              [](const Trainer& c) { return JsonObjectParameter(c.custom_config.empty() ? "null" : c.custom_config); },
              "Handed to run_fn.")
          .Output("model", &Outputs::model, "Format-Serving/ (SavedModel), Format-TFMA/ when run_fn writes it.")
          .Output("model_run", &Outputs::model_run, "Event files and checkpoints.")
          .Check([](const Trainer& c, WiringProblems& problems) {
            if (!c.custom_config.empty() && !ReadJsonObject(c.custom_config, "custom_config").ok()) {
              problems.Add("custom_config", "is not a JSON object");
            }
            if (c.train_args.num_steps < 0) problems.Add("train_args.num_steps", "is negative");
            if (c.eval_args.num_steps < 0) problems.Add("eval_args.num_steps", "is negative");
          })
          .ExecutorClass("tfx.components.trainer.executor.GenericExecutor",
                         [](const Trainer& c) { return std::make_unique<TrainerExecutor>(c.run_fn); }));
  return description;
}

}  // namespace tfx
