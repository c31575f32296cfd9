#include "tfx/components/transform.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/components/schema_file.h"
#include "tfx/components/splits.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/data_validation/statistics/statistics.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/io/tfrecord.h"
#include "tfx/proto/transform.pb.h"
#include "tfx/transform/analyze.h"
#include "tfx/transform/transform_dataset.h"
#include "tfx/transform/transform_output.h"

namespace tfx {
namespace {

using SchemaPtr = std::shared_ptr<const ::tensorflow::metadata::v0::Schema>;

// The splits of the inputs, and those to analyse and to transform.
struct SplitPlan {
  std::vector<std::string> analyze;
  std::vector<std::string> transform;
};

absl::StatusOr<SplitPlan> PlanSplits(const std::vector<Artifact>& examples, const ExecutionProperties& properties) {
  components::transform::SplitsConfig config;
  RETURN_IF_ERROR(properties.Proto("splits_config", &config));
  ASSIGN_OR_RETURN(std::vector<std::string> all, DecodeSplitNames(examples[0].StringProperty("split_names")));
  std::sort(all.begin(), all.end());
  for (const Artifact& artifact : examples) {
    ASSIGN_OR_RETURN(std::vector<std::string> splits, DecodeSplitNames(artifact.StringProperty("split_names")));
    std::sort(splits.begin(), splits.end());
    if (splits != all) {
      return absl::InvalidArgumentError(absl::StrCat("the Examples have different splits: ", examples[0].uri, " has ",
                                                     EncodeSplitNames(all), ", ", artifact.uri, " has ",
                                                     EncodeSplitNames(splits)));
    }
  }
  SplitPlan plan{{config.analyze().begin(), config.analyze().end()},
                 {config.transform().begin(), config.transform().end()}};
  if (plan.analyze.empty()) plan.analyze = {"train"};
  if (plan.transform.empty()) plan.transform = all;
  for (const auto* splits : {&plan.analyze, &plan.transform}) {
    for (const std::string& split : *splits) {
      if (std::count(all.begin(), all.end(), split) == 0) {
        return absl::InvalidArgumentError(absl::StrCat("splits_config: there is no split '", split,
                                                       "' in the Examples; they have ", EncodeSplitNames(all)));
      }
    }
  }
  return plan;
}

absl::Status WriteSchema(const std::string& directory, const ::tensorflow::metadata::v0::Schema& schema) {
  return io::WriteTextProto(io::JoinPath(directory, "schema.pbtxt"), schema);
}

class TransformExecutor : public Executor {
 public:
  explicit TransformExecutor(tft::PreprocessingFn preprocessing_fn) : preprocessing_fn_(std::move(preprocessing_fn)) {}

  absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
                  const ExecutorContext& context) override {
    const std::vector<Artifact>& examples = inputs.Get("examples");
    for (const Artifact& artifact : examples) {
      const std::string format = artifact.StringProperty("payload_format", "FORMAT_TF_EXAMPLE");
      if (format != "FORMAT_TF_EXAMPLE") {
        return absl::UnimplementedError(
            absl::StrCat("Transform reads FORMAT_TF_EXAMPLE, ", artifact.uri, " holds ", format));
      }
    }
    ASSIGN_OR_RETURN(const Artifact* schema_artifact, inputs.Single("schema"));
    ASSIGN_OR_RETURN(const SchemaPtr schema, ReadSchema(*schema_artifact));
    ASSIGN_OR_RETURN(const SplitPlan plan, PlanSplits(examples, properties));
    const Engine engine({.num_threads = context.num_threads});

    context.Progress(0.1, "analyzing");
    tft::AnalyzeReport report;
    RETURN_IF_ERROR(Analyze(inputs, examples, *schema, plan, engine, outputs, report));
    RETURN_IF_ERROR(context.CheckCancelled());
    ASSIGN_OR_RETURN(const tft::TransformOutput output, tft::TransformOutput::Load(outputs["transform_graph"].path));

    const bool materialize = outputs.Has("transformed_examples");
    const bool statistics = outputs.Has("post_transform_stats");
    if (materialize || statistics) {
      context.Progress(0.4, "transforming");
      std::vector<std::string> directories(examples.size());
      if (materialize) {
        ASSIGN_OR_RETURN(std::vector<OutputArtifact> * transformed,
                         outputs.Resize("transformed_examples", examples.size()));
        for (size_t i = 0; i < examples.size(); ++i) {
          directories[i] = (*transformed)[i].path;
          (*transformed)[i].properties["split_names"] = EncodeSplitNames(plan.transform);
        }
      } else {
        for (size_t i = 0; i < examples.size(); ++i) directories[i] = io::JoinPath(context.tmp_dir, absl::StrCat(i));
      }
      RETURN_IF_ERROR(Materialize(examples, directories, plan, output, engine, context));
      if (statistics) {
        context.Progress(0.8, "computing statistics");
        RETURN_IF_ERROR(WriteStatistics(examples, directories, schema, plan, output, engine, outputs));
      }
    }
    outputs.set_summary(absl::StrCat(output.transformed_schema().feature_size(), " features, ", report.num_analyzers,
                                     " analyzers in ", report.phases, report.phases == 1 ? " pass" : " passes"));
    return absl::OkStatus();
  }

 private:
  absl::Status Analyze(const ExecutorInputs& inputs, const std::vector<Artifact>& examples,
                       const ::tensorflow::metadata::v0::Schema& schema, const SplitPlan& plan, const Engine& engine,
                       ExecutorOutputs& outputs, tft::AnalyzeReport& report) const {
    std::vector<tft::AnalyzedDataset> datasets;
    for (const Artifact& artifact : examples) {
      for (const std::string& split : plan.analyze) {
        ASSIGN_OR_RETURN(std::vector<std::string> files, dataset::SplitFiles(artifact.uri, split));
        const std::string pattern = io::JoinPath(io::JoinPath(artifact.uri, "Split-" + split), "*");
        datasets.push_back({.key = tft::DatasetKey(pattern),
                            .open = [files = std::move(files)] { return dataset::ReadRecords(files); }});
      }
    }
    tft::AnalyzerCache input_cache;
    for (const Artifact& cache : inputs.Get("analyzer_cache")) {
      ASSIGN_OR_RETURN(tft::AnalyzerCache entries, tft::ReadAnalyzerCache(cache.uri));
      for (auto& [dataset, states] : entries.entries) input_cache.entries[dataset].merge(states);
    }
    tft::AnalyzerCache output_cache;
    tft::AnalyzeOptions options{.engine = engine, .input_cache = &input_cache};
    if (outputs.Has("updated_analyzer_cache")) options.output_cache = &output_cache;

    ASSIGN_OR_RETURN(const tft::TransformGraph graph,
                     tft::AnalyzeDataset(datasets, schema, preprocessing_fn_, options, &report));
    RETURN_IF_ERROR(tft::WriteTransformGraph(graph, outputs["transform_graph"].path));
    if (options.output_cache == nullptr) return absl::OkStatus();
    return tft::WriteAnalyzerCache(output_cache, outputs["updated_analyzer_cache"].path);
  }

  static absl::Status Materialize(const std::vector<Artifact>& examples, const std::vector<std::string>& directories,
                                  const SplitPlan& plan, const tft::TransformOutput& output, const Engine& engine,
                                  const ExecutorContext& context) {
    for (size_t i = 0; i < examples.size(); ++i) {
      for (const std::string& split : plan.transform) {
        RETURN_IF_ERROR(context.CheckCancelled());
        ASSIGN_OR_RETURN(const std::vector<std::string> files, dataset::SplitFiles(examples[i].uri, split));
        const std::string directory = io::JoinPath(directories[i], "Split-" + split);
        RETURN_IF_ERROR(io::CreateDirectories(directory));
        ASSIGN_OR_RETURN(auto writer,
                         io::TFRecordWriter::Open(io::ShardedFileName(directory, "transformed_examples", 0, 1, ".gz"),
                                                  io::Compression::kGzip));
        auto write = [&](const io::Records& records) -> absl::Status {
          for (size_t r = 0; r < records.size(); ++r) RETURN_IF_ERROR(writer->Write(records[r]));
          return absl::OkStatus();
        };
        RETURN_IF_ERROR(Annotate(tft::TransformDataset(engine, dataset::ReadRecords(files), output, write),
                                 absl::StrCat("split '", split, "'")));
        RETURN_IF_ERROR(writer->Close());
      }
    }
    return absl::OkStatus();
  }

  // Of the raw data that was analysed, and of everything that was transformed, checked against its own schema.
  static absl::Status WriteStatistics(const std::vector<Artifact>& examples,
                                      const std::vector<std::string>& directories, const SchemaPtr& schema,
                                      const SplitPlan& plan, const tft::TransformOutput& output, const Engine& engine,
                                      ExecutorOutputs& outputs) {
    ASSIGN_OR_RETURN(const std::vector<std::string> raw_files, FilesOfSplits(examples, plan.analyze));
    ASSIGN_OR_RETURN(const auto pre,
                     tfdv::GenerateStatistics(dataset::ReadRecords(raw_files), {.schema = schema}, engine));
    RETURN_IF_ERROR(WriteSchema(outputs["pre_transform_schema"].path, *schema));
    RETURN_IF_ERROR(io::WriteBinaryProto(io::JoinPath(outputs["pre_transform_stats"].path, "FeatureStats.pb"), pre));

    const auto post_schema = std::make_shared<::tensorflow::metadata::v0::Schema>(output.transformed_schema());
    std::vector<std::string> files;
    for (const std::string& directory : directories) {
      for (const std::string& split : plan.transform) {
        ASSIGN_OR_RETURN(const std::vector<std::string> split_files, dataset::SplitFiles(directory, split));
        files.insert(files.end(), split_files.begin(), split_files.end());
      }
    }
    ASSIGN_OR_RETURN(const auto post,
                     tfdv::GenerateStatistics(dataset::ReadRecords(files), {.schema = post_schema}, engine));
    RETURN_IF_ERROR(WriteSchema(outputs["post_transform_schema"].path, *post_schema));
    RETURN_IF_ERROR(io::WriteBinaryProto(io::JoinPath(outputs["post_transform_stats"].path, "FeatureStats.pb"), post));
    ASSIGN_OR_RETURN(const auto anomalies, tfdv::ValidateStatistics(post, *post_schema));
    return io::WriteBinaryProto(io::JoinPath(outputs["post_transform_anomalies"].path, "SchemaDiff.pb"), anomalies);
  }

  const tft::PreprocessingFn preprocessing_fn_;
};

}  // namespace

const ComponentDescription<Transform>& Transform::Describe() {
  static const auto has_statistics = [](const Transform& c) { return !c.disable_statistics; };
  static const auto& description = *new ComponentDescription<Transform>(
      ComponentDescription<Transform>("Transform",
                                      "Turns raw features into model features by the user's preprocessing_fn.")
          .Type("tfx.components.transform.component.Transform", ExecutionBaseType::kTransform)
          .RequiredUserFunction("preprocessing_fn", &Transform::preprocessing_fn, "Builds the transform graph.")
          .Input("examples", &Transform::examples, "Raw Examples.")
          .Input("schema", &Transform::schema, "Their schema.")
          .OptionalInput("analyzer_cache", &Transform::analyzer_cache, "What earlier runs computed.")
          .ComputedParameter(
              "splits_config", "message tfx.components.transform.SplitsConfig",
              [](const Transform& c) {
                if (c.splits_config.analyze.empty() && c.splits_config.transform.empty()) return ParameterValue{};
                components::transform::SplitsConfig config;
                for (const std::string& split : c.splits_config.analyze) config.add_analyze(split);
                for (const std::string& split : c.splits_config.transform) config.add_transform(split);
                return ProtoParameter(config);
              },
              "Splits to analyze (default: train) and to transform (default: all).")
          .ComputedParameter(
              "force_tf_compat_v1", "int", [](const Transform&) { return ToParameterValue(0); }, "Always 0.")
          .ComputedParameter(
              "disable_statistics", "int",
              [](const Transform& c) { return ToParameterValue(c.disable_statistics ? 1 : 0); },
              "1: no statistics before and after.")
          .ComputedParameter(
              "custom_config", "JSON object", [](const Transform&) { return JsonObjectParameter("null"); }, "Unused.")
          .Output("transform_graph", &Outputs::transform_graph,
                  "transform_fn/ (SavedModel), transformed_metadata/, metadata/.")
          .OptionalOutput(
              "transformed_examples", &Outputs::transformed_examples, [](const Transform& c) { return c.materialize; },
              "Split-<name>/transformed_examples-*.gz.")
          .OptionalOutput(
              "updated_analyzer_cache", &Outputs::updated_analyzer_cache,
              [](const Transform& c) { return !c.disable_analyzer_cache; }, "Analyzer states by data set.")
          .OptionalOutput("pre_transform_schema", &Outputs::pre_transform_schema, has_statistics, "schema.pbtxt.")
          .OptionalOutput("pre_transform_stats", &Outputs::pre_transform_stats, has_statistics, "FeatureStats.pb.")
          .OptionalOutput("post_transform_schema", &Outputs::post_transform_schema, has_statistics, "schema.pbtxt.")
          .OptionalOutput("post_transform_stats", &Outputs::post_transform_stats, has_statistics, "FeatureStats.pb.")
          .OptionalOutput("post_transform_anomalies", &Outputs::post_transform_anomalies, has_statistics,
                          "SchemaDiff.pb.")
          .ExecutorClass("tfx.components.transform.executor.Executor",
                         [](const Transform& c) { return std::make_unique<TransformExecutor>(c.preprocessing_fn); }));
  return description;
}

}  // namespace tfx
