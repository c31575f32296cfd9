#include "tfx/components/statistics_gen.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/components/schema_file.h"
#include "tfx/components/splits.h"
#include "tfx/data_validation/statistics/statistics.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tfx {
namespace {

class StatisticsGenExecutor : public Executor {
 public:
  absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
                  const ExecutorContext& context) override {
    ASSIGN_OR_RETURN(const Artifact* examples, inputs.Single("examples"));
    ASSIGN_OR_RETURN(const std::vector<std::string> splits, SplitsToProcess(*examples, properties));
    tfdv::StatsOptions options;
    if (properties.Has("stats_options_json")) {
      ASSIGN_OR_RETURN(const std::string json, properties.String("stats_options_json"));
      auto parsed = tfdv::ParseStatsOptionsJson(json);
      if (!parsed.ok()) return Annotate(parsed.status(), "stats_options_json");
      options = *std::move(parsed);
    }
    ASSIGN_OR_RETURN(const Artifact* schema, inputs.Optional("schema"));
    if (schema != nullptr) {
      if (options.schema != nullptr) {
        return absl::InvalidArgumentError("a schema is given both as input and inside stats_options_json; give one");
      }
      ASSIGN_OR_RETURN(options.schema, ReadSchema(*schema));
    }

    const Engine engine({.num_threads = context.num_threads});
    OutputArtifact& statistics = outputs["statistics"];
    nlohmann::json sample_rates = nlohmann::json::object();
    int features = 0;
    for (const std::string& split : splits) {
      RETURN_IF_ERROR(context.CheckCancelled());
      ASSIGN_OR_RETURN(const std::vector<std::string> files, dataset::SplitFiles(examples->uri, split));
      auto result = tfdv::GenerateStatistics(dataset::ReadRecords(files), options, engine);
      if (!result.ok()) return Annotate(result.status(), absl::StrCat("split '", split, "'"));
      RETURN_IF_ERROR(io::WriteBinaryProto(
          io::JoinPath(io::JoinPath(statistics.path, "Split-" + split), "FeatureStats.pb"), *result));
      sample_rates[split] = 1.0;
      features = result->datasets_size() > 0 ? result->datasets(0).features_size() : 0;
    }
    statistics.properties["split_names"] = EncodeSplitNames(splits);
    statistics.properties["span"] = examples->IntProperty("span");
    statistics.custom_properties["stats_dashboard_link"] = std::string();
    // A string under "__value__", as TFX records it.
    statistics.custom_properties["sample_rate_by_split"] = JsonValue{nlohmann::json(ToTfxText(sample_rates)).dump()};
    outputs.set_summary(absl::StrCat(features, " features, ", splits.size(), " splits"));
    return absl::OkStatus();
  }

 private:
  // {"eval": 1.0, "train": 1.0} as Python's json.dumps writes it.
  static std::string ToTfxText(const nlohmann::json& rates) {
    std::string text = "{";
    for (const auto& [split, rate] : rates.items()) {
      absl::StrAppend(&text, text.size() > 1 ? ", " : "", nlohmann::json(split).dump(), ": ", rate.dump());
    }
    return text + "}";
  }
};

}  // namespace

const ComponentDescription<StatisticsGen>& StatisticsGen::Describe() {
  static const auto& description = *new ComponentDescription<StatisticsGen>(
      ComponentDescription<StatisticsGen>("StatisticsGen", "Describes every feature of every split.")
          .Type("tfx.components.statistics_gen.component.StatisticsGen", ExecutionBaseType::kProcess)
          .Input("examples", &StatisticsGen::examples, "Examples to describe.")
          .OptionalInput("schema", &StatisticsGen::schema,
                         "Says which numbers are categories and which bytes are not text.")
          .Parameter("stats_options_json", &StatisticsGen::stats_options_json, "TFDV's StatsOptions as JSON.")
          .Parameter("exclude_splits", &StatisticsGen::exclude_splits, "Splits to leave out.")
          .Output("statistics", &Outputs::statistics, "Split-<name>/FeatureStats.pb.")
          .ExecutorClass("tfx.components.statistics_gen.executor.Executor",
                         [](const StatisticsGen&) { return std::make_unique<StatisticsGenExecutor>(); }));
  return description;
}

}  // namespace tfx
