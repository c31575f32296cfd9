// For tests: the Chicago taxi pipeline with TFX's component types, keys and parameters, whose executors write one small
// file per output instead of doing the work. Hooks by node id change what an executor does.
#ifndef TFX_ORCHESTRATION_TESTING_FAKE_TAXI_H_
#define TFX_ORCHESTRATION_TESTING_FAKE_TAXI_H_

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tfx/base/concat.h"
#include "tfx/base/digest.h"
#include "tfx/base/status_macros.h"
#include "tfx/dsl/importer.h"
#include "tfx/dsl/pipeline.h"
#include "tfx/dsl/resolver.h"
#include "tfx/io/file_system.h"
#include "tfx/metadata/metadata_store.h"

namespace tfx::testing {

using Hook = std::function<absl::Status(const ExecutorInputs&, ExecutorOutputs&, const ExecutionProperties&,
                                        const ExecutorContext&)>;

struct World {
  std::mutex mutex;
  std::map<std::string, Hook> hooks;    // run after the fake has written its files
  std::map<std::string, int> executed;  // Do calls by node id
  int Executed(const std::string& node) {
    std::lock_guard lock(mutex);
    return executed[node];
  }
  void Reset() {
    std::lock_guard lock(mutex);
    hooks.clear();
    executed.clear();
  }
};
inline World& TheWorld() {
  static World& world = *new World;
  return world;
}

class FakeExecutor : public Executor {
 public:
  absl::Status Prepare(const ExecutorInputs&, ExecutorOutputs& outputs, ExecutionProperties& properties) override {
    if (!properties.Has("input_base")) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::string base, properties.String("input_base"));
    ASSIGN_OR_RETURN(const auto files, io::ListRecursively(base));
    std::string fingerprint = Concat("split:single_split,num_files:", files.size());
    for (const auto& file : files) {
      ASSIGN_OR_RETURN(const std::string content, io::ReadFile(file.path));
      Append(&fingerprint, ",", Sha256Hex(content).substr(0, 8));
    }
    properties.Set("input_fingerprint", fingerprint);
    properties.Set("span", int64_t{0});
    auto& custom = outputs["examples"].custom_properties;
    custom["input_fingerprint"] = fingerprint;
    custom["span"] = int64_t{0};
    custom["payload_format"] = std::string("FORMAT_TF_EXAMPLE");
    custom["file_format"] = std::string("tfrecords_gzip");
    return absl::OkStatus();
  }

  absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
                  const ExecutorContext& context) override {
    for (auto& [key, artifacts] : outputs.all()) {
      OutputArtifact& artifact = artifacts[0];
      for (const char* part : {"part-0", "part-1", "part-2"}) {
        RETURN_IF_ERROR(io::WriteFile(io::JoinPath(artifact.path, part), Concat(context.node_id, " ", key)));
      }
      SetProperties(key, inputs, artifact);
    }
    Hook hook;
    {
      std::lock_guard lock(TheWorld().mutex);
      ++TheWorld().executed[context.node_id];
      const auto it = TheWorld().hooks.find(context.node_id);
      if (it != TheWorld().hooks.end()) hook = it->second;
    }
    return hook ? hook(inputs, outputs, properties, context) : absl::OkStatus();
  }

 private:
  static void SetProperties(const std::string& key, const ExecutorInputs& inputs, OutputArtifact& artifact) {
    const std::string both = "[\"train\", \"eval\"]";
    if (artifact.type_name == "Examples") artifact.properties["split_names"] = both;
    if (key == "statistics" || key == "anomalies") {
      artifact.properties["split_names"] = both;
      artifact.properties["span"] = int64_t{0};
    }
    if (key == "statistics") {
      artifact.custom_properties["stats_dashboard_link"] = std::string();
      artifact.custom_properties["sample_rate_by_split"] = JsonValue{"\"{\\\"eval\\\": 1.0, \\\"train\\\": 1.0}\""};
    }
    if (key == "anomalies") artifact.custom_properties["blessed"] = JsonValue{R"({"train": 1, "eval": 1})"};
    if (key == "blessing") {
      artifact.custom_properties["blessed"] = int64_t{1};
      artifact.custom_properties["current_model"] = inputs.Get("model")[0].uri;
      artifact.custom_properties["current_model_id"] = inputs.Get("model")[0].id;
      if (!inputs.Get("baseline_model").empty()) {
        artifact.custom_properties["baseline_model"] = inputs.Get("baseline_model")[0].uri;
        artifact.custom_properties["baseline_model_id"] = inputs.Get("baseline_model")[0].id;
      }
    }
    if (key == "pushed_model") {
      artifact.custom_properties["pushed"] = int64_t{1};
      artifact.custom_properties["pushed_destination"] = std::string("somewhere");
      artifact.custom_properties["pushed_version"] = std::string("1");
    }
  }
};

template <typename C>
std::unique_ptr<Executor> MakeFake(const C&) {
  return std::make_unique<FakeExecutor>();
}

// NOLINTBEGIN: tables of a component each.
struct CsvExampleGen {
  Param<std::string> input_base;
  std::string input_config = "{}";
  std::string output_config = "{}";
  int64_t output_data_format = 6;
  int64_t output_file_format = 5;
  struct Outputs {
    Channel<Examples> examples;
  };
  static const ComponentDescription<CsvExampleGen>& Describe() {
    static const auto& d = *new ComponentDescription<CsvExampleGen>(
        ComponentDescription<CsvExampleGen>("CsvExampleGen", "Reads CSV files.")
            .Type("tfx.components.example_gen.csv_example_gen.component.CsvExampleGen")
            .RequiredParameter("input_base", &CsvExampleGen::input_base, "Directory.")
            .Parameter("input_config", &CsvExampleGen::input_config, "Input splits.")
            .Parameter("output_config", &CsvExampleGen::output_config, "Output splits.")
            .Parameter("output_data_format", &CsvExampleGen::output_data_format, "Payload.")
            .Parameter("output_file_format", &CsvExampleGen::output_file_format, "File.")
            .Output("examples", &Outputs::examples, "Examples.")
            .ExecutorClass("tfx.components.example_gen.csv_example_gen.executor.Executor", MakeFake<CsvExampleGen>));
    return d;
  }
};

struct StatisticsGen {
  Channel<Examples> examples;
  Channel<Schema> schema;
  std::vector<std::string> exclude_splits;
  struct Outputs {
    Channel<ExampleStatistics> statistics;
  };
  static const ComponentDescription<StatisticsGen>& Describe() {
    static const auto& d = *new ComponentDescription<StatisticsGen>(
        ComponentDescription<StatisticsGen>("StatisticsGen", "Describes features.")
            .Type("tfx.components.statistics_gen.component.StatisticsGen", ExecutionBaseType::kProcess)
            .Input("examples", &StatisticsGen::examples, "Examples.")
            .OptionalInput("schema", &StatisticsGen::schema, "Schema.")
            .Parameter("exclude_splits", &StatisticsGen::exclude_splits, "Splits to leave out.")
            .Output("statistics", &Outputs::statistics, "Statistics.")
            .ExecutorClass("tfx.components.statistics_gen.executor.Executor", MakeFake<StatisticsGen>));
    return d;
  }
};

struct SchemaGen {
  Channel<ExampleStatistics> statistics;
  int64_t infer_feature_shape = 1;
  std::vector<std::string> exclude_splits;
  struct Outputs {
    Channel<Schema> schema;
  };
  static const ComponentDescription<SchemaGen>& Describe() {
    static const auto& d = *new ComponentDescription<SchemaGen>(
        ComponentDescription<SchemaGen>("SchemaGen", "Infers a schema.")
            .Type("tfx.components.schema_gen.component.SchemaGen", ExecutionBaseType::kProcess)
            .Input("statistics", &SchemaGen::statistics, "Statistics.")
            .Parameter("infer_feature_shape", &SchemaGen::infer_feature_shape, "Shapes too.")
            .Parameter("exclude_splits", &SchemaGen::exclude_splits, "Splits to leave out.")
            .Output("schema", &Outputs::schema, "Schema.")
            .ExecutorClass("tfx.components.schema_gen.executor.Executor", MakeFake<SchemaGen>));
    return d;
  }
};

struct ExampleValidator {
  Channel<ExampleStatistics> statistics;
  Channel<Schema> schema;
  std::vector<std::string> exclude_splits;
  struct Outputs {
    Channel<ExampleAnomalies> anomalies;
  };
  static const ComponentDescription<ExampleValidator>& Describe() {
    static const auto& d = *new ComponentDescription<ExampleValidator>(
        ComponentDescription<ExampleValidator>("ExampleValidator", "Finds anomalies.")
            .Type("tfx.components.example_validator.component.ExampleValidator")
            .Input("statistics", &ExampleValidator::statistics, "Statistics.")
            .Input("schema", &ExampleValidator::schema, "Schema.")
            .Parameter("exclude_splits", &ExampleValidator::exclude_splits, "Splits to leave out.")
            .Output("anomalies", &Outputs::anomalies, "Anomalies.")
            .ExecutorClass("tfx.components.example_validator.executor.Executor", MakeFake<ExampleValidator>));
    return d;
  }
};

struct Transform {
  std::function<void()> preprocessing_fn;
  Channel<Examples> examples;
  Channel<Schema> schema;
  struct Outputs {
    Channel<TransformGraph> transform_graph;
    Channel<Examples> transformed_examples;
    Channel<TransformCache> updated_analyzer_cache;
    Channel<Schema> pre_transform_schema, post_transform_schema;
    Channel<ExampleStatistics> pre_transform_stats, post_transform_stats;
    Channel<ExampleAnomalies> post_transform_anomalies;
  };
  static const ComponentDescription<Transform>& Describe() {
    static const auto& d = *new ComponentDescription<Transform>(
        ComponentDescription<Transform>("Transform", "Makes features.")
            .Type("tfx.components.transform.component.Transform", ExecutionBaseType::kTransform)
            .Input("examples", &Transform::examples, "Examples.")
            .Input("schema", &Transform::schema, "Schema.")
            .ComputedParameter(
                "force_tf_compat_v1", "int", [](const Transform&) { return ToParameterValue(0); }, "0.")
            .ComputedParameter(
                "disable_statistics", "int", [](const Transform&) { return ToParameterValue(0); }, "0.")
            .ComputedParameter(
                "custom_config", "object", [](const Transform&) { return JsonObjectParameter("null"); }, "")
            .RequiredUserFunction("preprocessing_fn", &Transform::preprocessing_fn, "Makes features.")
            .Output("transform_graph", &Outputs::transform_graph, "")
            .Output("transformed_examples", &Outputs::transformed_examples, "")
            .Output("updated_analyzer_cache", &Outputs::updated_analyzer_cache, "")
            .Output("pre_transform_schema", &Outputs::pre_transform_schema, "")
            .Output("pre_transform_stats", &Outputs::pre_transform_stats, "")
            .Output("post_transform_schema", &Outputs::post_transform_schema, "")
            .Output("post_transform_stats", &Outputs::post_transform_stats, "")
            .Output("post_transform_anomalies", &Outputs::post_transform_anomalies, "")
            .ExecutorClass("tfx.components.transform.executor.Executor", MakeFake<Transform>));
    return d;
  }
};

struct Trainer {
  std::function<void()> run_fn;
  Channel<Examples> examples;
  Channel<TransformGraph> transform_graph;
  Channel<Schema> schema;
  std::string train_args = "{\n  \"num_steps\": 1000\n}";
  std::string eval_args = "{\n  \"num_steps\": 150\n}";
  struct Outputs {
    Channel<Model> model;
    Channel<ModelRun> model_run;
  };
  static const ComponentDescription<Trainer>& Describe() {
    static const auto& d = *new ComponentDescription<Trainer>(
        ComponentDescription<Trainer>("Trainer", "Trains.")
            .Type("tfx.components.trainer.component.Trainer", ExecutionBaseType::kTrain)
            .Input("examples", &Trainer::examples, "Examples.")
            .OptionalInput("transform_graph", &Trainer::transform_graph, "Graph.")
            .OptionalInput("schema", &Trainer::schema, "Schema.")
            .Parameter("train_args", &Trainer::train_args, "Steps.")
            .Parameter("eval_args", &Trainer::eval_args, "Steps.")
            .ComputedParameter(
                "custom_config", "object", [](const Trainer&) { return JsonObjectParameter("null"); }, "")
            .RequiredUserFunction("run_fn", &Trainer::run_fn, "Trains.")
            .Output("model", &Outputs::model, "Model.")
            .Output("model_run", &Outputs::model_run, "Logs.")
            .ExecutorClass("tfx.components.trainer.executor.GenericExecutor", MakeFake<Trainer>));
    return d;
  }
};

struct Evaluator {
  Channel<Examples> examples;
  Channel<Model> model;
  Channel<Model> baseline_model;
  std::string eval_config = "{}";
  struct Outputs {
    Channel<ModelEvaluation> evaluation;
    Channel<ModelBlessing> blessing;
  };
  static const ComponentDescription<Evaluator>& Describe() {
    static const auto& d = *new ComponentDescription<Evaluator>(
        ComponentDescription<Evaluator>("Evaluator", "Evaluates.")
            .Type("tfx.components.evaluator.component.Evaluator", ExecutionBaseType::kEvaluate)
            .Input("examples", &Evaluator::examples, "Examples.")
            .OptionalInput("model", &Evaluator::model, "Model.")
            .OptionalInput("baseline_model", &Evaluator::baseline_model, "Baseline.")
            .Parameter("eval_config", &Evaluator::eval_config, "Config.")
            .ComputedParameter(
                "fairness_indicator_thresholds", "list", [](const Evaluator&) { return JsonObjectParameter("null"); },
                "")
            .ComputedParameter(
                "example_splits", "list", [](const Evaluator&) { return JsonObjectParameter("null"); }, "")
            .Output("evaluation", &Outputs::evaluation, "Evaluation.")
            .Output("blessing", &Outputs::blessing, "Blessing.")
            .ExecutorClass("tfx.components.evaluator.executor.Executor", MakeFake<Evaluator>));
    return d;
  }
};

struct Pusher {
  Channel<Model> model;
  Channel<ModelBlessing> model_blessing;
  std::string push_destination = "{}";
  struct Outputs {
    Channel<PushedModel> pushed_model;
  };
  static const ComponentDescription<Pusher>& Describe() {
    static const auto& d = *new ComponentDescription<Pusher>(
        ComponentDescription<Pusher>("Pusher", "Pushes.")
            .Type("tfx.components.pusher.component.Pusher", ExecutionBaseType::kDeploy)
            .OptionalInput("model", &Pusher::model, "Model.")
            .OptionalInput("model_blessing", &Pusher::model_blessing, "Blessing.")
            .Parameter("push_destination", &Pusher::push_destination, "Where.")
            .ComputedParameter(
                "custom_config", "object", [](const Pusher&) { return JsonObjectParameter("null"); }, "")
            .Output("pushed_model", &Outputs::pushed_model, "Pushed.")
            .ExecutorClass("tfx.components.pusher.executor.Executor", MakeFake<Pusher>));
    return d;
  }
};
// NOLINTEND

struct TaxiSettings {
  std::string root;
  std::string data;
  std::string train_args = "{\n  \"num_steps\": 1000\n}";
  bool enable_cache = true;
  NodeOptions trainer_options = {};
};

inline Pipeline TaxiPipeline(const TaxiSettings& settings) {
  Pipeline p{.name = "chicago_taxi_native_keras", .root = settings.root, .enable_cache = settings.enable_cache};
  auto example_gen = p.Add(CsvExampleGen{.input_base = settings.data});
  auto statistics_gen = p.Add(StatisticsGen{.examples = example_gen.examples});
  auto schema_gen = p.Add(SchemaGen{.statistics = statistics_gen.statistics});
  p.Add(ExampleValidator{.statistics = statistics_gen.statistics, .schema = schema_gen.schema});
  auto transform =
      p.Add(Transform{.preprocessing_fn = [] {}, .examples = example_gen.examples, .schema = schema_gen.schema});
  auto trainer = p.Add(Trainer{.run_fn = [] {},
                               .examples = transform.transformed_examples,
                               .transform_graph = transform.transform_graph,
                               .schema = schema_gen.schema,
                               .train_args = settings.train_args},
                       settings.trainer_options);
  auto baseline = p.Add(Resolver{.strategy = LatestBlessedModelStrategy{}}, {.id = "latest_blessed_model_resolver"});
  auto evaluator =
      p.Add(Evaluator{.examples = example_gen.examples, .model = trainer.model, .baseline_model = baseline.model});
  p.Add(Pusher{.model = trainer.model, .model_blessing = evaluator.blessing});
  return p;
}

// A directory of one test, with a CSV file under data/, removed afterwards.
class Workspace {
 public:
  Workspace() {
    TheWorld().Reset();
    // Every file is flushed to the disk; in memory that costs nothing.
    const bool memory = access("/dev/shm", W_OK) == 0;
    const std::filesystem::path base = memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string pattern = (base / "tfx_orchestration_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
    std::filesystem::create_directories(path_ + "/data");
    (void)io::WriteFile(path_ + "/data/data.csv", "a,b\n1,2\n");
  }
  ~Workspace() { std::filesystem::remove_all(path_); }
  std::string root() const { return path_ + "/root"; }
  std::string data() const { return path_ + "/data"; }
  const std::string& path() const { return path_; }
  TaxiSettings settings() const { return {.root = root(), .data = data()}; }

  std::unique_ptr<mlmd::MetadataStore> OpenStore() const {
    std::filesystem::create_directories(root());
    ml_metadata::ConnectionConfig config;
    config.mutable_sqlite()->set_filename_uri(root() + "/metadata.db");
    auto store = mlmd::OpenMetadataStore(config);
    return store.ok() ? *std::move(store) : nullptr;
  }

 private:
  std::string path_;
};

}  // namespace tfx::testing

#endif  // TFX_ORCHESTRATION_TESTING_FAKE_TAXI_H_
