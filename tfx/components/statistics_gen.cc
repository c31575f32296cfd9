#include "tfx/components/statistics_gen.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/components/schema_file.h"
#include "tfx/components/splits.h"
#include "tfx/data_validation/statistics/file_statistics.h"
#include "tfx/data_validation/statistics/statistics_io.h"
#include "tfx/io/file_system.h"

namespace tfx {
namespace {

using SampleRates = std::map<std::string, double>;

// {"eval": 1.0, "train": 0.5} as Python's json.dumps writes it.
std::string ToTfxText(const SampleRates& rates) {
  std::string text = "{";
  for (const auto& [split, rate] : rates) {
    absl::StrAppend(&text, text.size() > 1 ? ", " : "", nlohmann::json(split).dump(), ": ",
                    nlohmann::json(rate).dump());
  }
  return text + "}";
}

absl::StatusOr<SampleRates> RequestedSampleRates(const ExecutionProperties& properties,
                                                 const std::vector<std::string>& splits) {
  SampleRates rates;
  if (!properties.Has("sample_rate_by_split")) return rates;
  ASSIGN_OR_RETURN(const std::string text, properties.String("sample_rate_by_split"));
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_null()) return rates;
  if (!json.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat("sample_rate_by_split is not a JSON object of rates: ", text));
  }
  for (const auto& [split, rate] : json.items()) {
    if (!rate.is_number() || !(rate.get<double>() > 0 && rate.get<double>() <= 1)) {
      return absl::InvalidArgumentError(
          absl::StrCat("sample_rate_by_split of '", split, "' is ", rate.dump(), "; it must be in (0, 1]"));
    }
    if (std::find(splits.begin(), splits.end(), split) == splits.end()) {
      return absl::InvalidArgumentError(absl::StrCat("sample_rate_by_split names '", split,
                                                     "', which is no split to describe", DidYouMean(split, splits)));
    }
    rates[split] = rate.get<double>();
  }
  return rates;
}

absl::StatusOr<tfdv::InputFiles> InputOf(const Artifact& examples, const std::string& split) {
  ASSIGN_OR_RETURN(std::vector<std::string> files, FilesOfSplit(examples, split));
  tfdv::InputFiles input{.files = std::move(files), .format = tfdv::FileFormat::kTFRecord};
  const std::string format = examples.StringProperty("payload_format", "FORMAT_TF_EXAMPLE");
  if (format == "FORMAT_TF_SEQUENCE_EXAMPLE") {
    input.payload = dataset::PayloadFormat::kSequenceExample;
  } else if (format == "FORMAT_PARQUET") {
    input.format = tfdv::FileFormat::kParquet;
  } else if (format != "FORMAT_TF_EXAMPLE") {
    return absl::UnimplementedError(
        absl::StrCat("StatisticsGen reads FORMAT_TF_EXAMPLE, FORMAT_TF_SEQUENCE_EXAMPLE and "
                     "FORMAT_PARQUET, ",
                     examples.uri, " holds ", format));
  }
  return input;
}

class StatisticsGenExecutor : public Executor {
 public:
  absl::Status Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs, const ExecutionProperties& properties,
                  const ExecutorContext& context) override {
    ASSIGN_OR_RETURN(const Artifact* examples, inputs.Single("examples"));
    ASSIGN_OR_RETURN(const std::vector<std::string> splits, SplitsToProcess(*examples, properties));
    ASSIGN_OR_RETURN(const tfdv::StatsOptions options, Options(inputs, properties));
    ASSIGN_OR_RETURN(const SampleRates requested, RequestedSampleRates(properties, splits));
    const bool sharded = properties.BoolOr("sharded_stats_output", false);

    const Engine engine({.num_threads = context.num_threads});
    OutputArtifact& statistics = outputs["statistics"];
    SampleRates sample_rates;
    int features = 0;
    for (const std::string& split : splits) {
      RETURN_IF_ERROR(context.CheckCancelled());
      tfdv::StatsOptions of_split = options;
      if (const auto it = requested.find(split); it != requested.end()) of_split.sample_rate = it->second;
      sample_rates[split] = of_split.sample_rate.value_or(1.0);
      ASSIGN_OR_RETURN(const tfdv::InputFiles input, InputOf(*examples, split));
      const auto result = tfdv::GenerateStatisticsFromFiles(input, of_split, engine);
      if (!result.ok()) return Annotate(result.status(), absl::StrCat("split '", split, "'"));
      const std::string directory = io::JoinPath(statistics.path, "Split-" + split);
      RETURN_IF_ERROR(sharded ? tfdv::WriteShardedStatistics(*result, io::JoinPath(directory, "FeatureStats.tfrecords"),
                                                             options.experimental_result_partitions)
                              : tfdv::WriteStatistics(*result, io::JoinPath(directory, "FeatureStats.pb"),
                                                      tfdv::StatisticsFormat::kBinary));
      features = result->datasets_size() > 0 ? result->datasets(0).features_size() : 0;
    }
    statistics.properties["split_names"] = EncodeSplitNames(splits);
    statistics.properties["span"] = examples->IntProperty("span");
    statistics.custom_properties["stats_dashboard_link"] = std::string();
    // A string under "__value__", as TFX records it.
    statistics.custom_properties["sample_rate_by_split"] = JsonValue{nlohmann::json(ToTfxText(sample_rates)).dump()};
    outputs.set_summary(
        absl::StrCat(features, " features, ", splits.size(), splits.size() == 1 ? " split" : " splits"));
    return absl::OkStatus();
  }

 private:
  static absl::StatusOr<tfdv::StatsOptions> Options(const ExecutorInputs& inputs,
                                                    const ExecutionProperties& properties) {
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
    return options;
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
          .Parameter("sharded_stats_output", &StatisticsGen::sharded_stats_output,
                     "Several files per split instead of one.")
          .ComputedParameter(
              "sample_rate_by_split", "object of rates",
              [](const StatisticsGen& c) {
                return c.sample_rate_by_split.empty() ? ParameterValue{}
                                                      : JsonObjectParameter(ToTfxText(c.sample_rate_by_split));
              },
              "Share of the rows to keep, by split.")
          .Output("statistics", &Outputs::statistics, "Split-<name>/FeatureStats.pb.")
          .ExecutorClass("tfx.components.statistics_gen.executor.Executor",
                         [](const StatisticsGen&) { return std::make_unique<StatisticsGenExecutor>(); }));
  return description;
}

}  // namespace tfx
