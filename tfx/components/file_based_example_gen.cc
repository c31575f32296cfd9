#include "tfx/components/file_based_example_gen.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/status_context.h"
#include "tfx/components/splits.h"
#include "tfx/example_gen/input_patterns.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tfx {
namespace {

using components::example_gen::Input;
using components::example_gen::Output;
using components::example_gen::SplitConfig;

constexpr int kTfRecordsGzip = 5;

absl::Status ReadConfigs(const ExecutionProperties& properties, Input* input, Output* output) {
  RETURN_IF_ERROR(properties.Proto("input_config", input));
  RETURN_IF_ERROR(properties.Proto("output_config", output));
  if (input->splits().empty()) *input = example_gen::DefaultInputConfig();
  ASSIGN_OR_RETURN(*output, example_gen::EffectiveOutputConfig(*input, *output));
  return absl::OkStatus();
}

}  // namespace

Input ToProto(const InputConfig& config) {
  if (config.splits.empty()) return example_gen::DefaultInputConfig();
  Input input;
  for (const InputSplit& split : config.splits) {
    auto* added = input.add_splits();
    added->set_name(split.name);
    added->set_pattern(split.pattern);
  }
  return input;
}

Output ToProto(const OutputConfig& config) {
  Output output;
  for (const OutputSplit& split : config.splits) {
    auto* added = output.mutable_split_config()->add_splits();
    added->set_name(split.name);
    added->set_hash_buckets(split.hash_buckets);
  }
  if (!config.partition_feature_name.empty()) {
    output.mutable_split_config()->set_partition_feature_name(config.partition_feature_name);
  }
  return output;
}

ParameterValue InputConfigParameter(const InputConfig& config) { return ProtoParameter(ToProto(config)); }

ParameterValue OutputConfigParameter(const InputConfig& input, const OutputConfig& output) {
  const auto effective = example_gen::EffectiveOutputConfig(ToProto(input), ToProto(output));
  return ProtoParameter(effective.ok() ? *effective : ToProto(output));
}

void CheckExampleGenConfigs(const InputConfig& input, const OutputConfig& output, WiringProblems& problems) {
  const auto effective = example_gen::EffectiveOutputConfig(ToProto(input), ToProto(output));
  if (!effective.ok()) problems.Add("input_config/output_config", std::string(effective.status().message()));
}

absl::Status FileBasedExampleGenExecutor::Prepare(const ExecutorInputs& inputs, ExecutorOutputs& outputs,
                                                  ExecutionProperties& properties) {
  Input input;
  Output output;
  RETURN_IF_ERROR(ReadConfigs(properties, &input, &output));
  ASSIGN_OR_RETURN(const std::string input_base, properties.String("input_base"));
  configs::RangeConfig range;
  RETURN_IF_ERROR(properties.Proto("range_config", &range));
  auto resolved = example_gen::ResolveInput(input_base, input, properties.Has("range_config") ? &range : nullptr);
  if (!resolved.ok()) return Annotate(resolved.status(), "input_base/input_config");

  properties.Set("input_config", io::ToTfxJson(resolved->config));
  properties.Set("span", resolved->span);
  properties.Set("input_fingerprint", resolved->fingerprint);
  OutputArtifact& examples = outputs["examples"];
  examples.custom_properties["span"] = resolved->span;
  examples.custom_properties["input_fingerprint"] = resolved->fingerprint;
  if (resolved->version) {
    properties.Set("version", *resolved->version);
    examples.custom_properties["version"] = *resolved->version;
  }
  return absl::OkStatus();
}

absl::Status FileBasedExampleGenExecutor::Do(const ExecutorInputs& inputs, ExecutorOutputs& outputs,
                                             const ExecutionProperties& properties, const ExecutorContext& context) {
  Input input;
  Output output;
  RETURN_IF_ERROR(ReadConfigs(properties, &input, &output));
  ASSIGN_OR_RETURN(const std::string input_base, properties.String("input_base"));
  const int64_t format = properties.IntOr("output_data_format", static_cast<int64_t>(dataset::PayloadFormat::kExample));
  if (format != static_cast<int64_t>(dataset::PayloadFormat::kExample) &&
      format != static_cast<int64_t>(dataset::PayloadFormat::kSequenceExample)) {
    return absl::UnimplementedError(
        absl::StrCat("output_data_format ", format, ": only FORMAT_TF_EXAMPLE (6) and FORMAT_TF_SEQUENCE_EXAMPLE (7)"));
  }
  if (const int64_t file_format = properties.IntOr("output_file_format", kTfRecordsGzip);
      file_format != kTfRecordsGzip) {
    return absl::UnimplementedError(
        absl::StrCat("output_file_format ", file_format, ": only FILE_FORMAT_TFRECORDS_GZIP (5)"));
  }
  const auto payload = static_cast<dataset::PayloadFormat>(format);
  const Engine engine({.num_threads = context.num_threads});
  OutputArtifact& examples = outputs["examples"];

  std::vector<std::string> names;
  std::vector<std::string> summary;
  for (const auto& split : input.splits()) {
    RETURN_IF_ERROR(context.CheckCancelled());
    ASSIGN_OR_RETURN(const std::vector<std::string> files, io::Glob(io::JoinPath(input_base, split.pattern())));
    SplitConfig config = output.split_config();
    if (config.splits().empty()) {  // several input splits: each becomes the output split of its name
      auto* same = config.add_splits();
      same->set_name(split.name());
      same->set_hash_buckets(1);
    }
    const example_gen::Partitioner partitioner(config, payload);
    ASSIGN_OR_RETURN(const auto counts, Convert(files, partitioner, examples.path, engine));
    for (const std::string& name : partitioner.split_names()) {
      names.push_back(name);
      summary.push_back(absl::StrCat(WithThousands(counts.at(name)), " ", name));
    }
  }
  examples.properties["split_names"] = EncodeSplitNames(names);
  examples.custom_properties["payload_format"] = components::example_gen::PayloadFormat_Name(static_cast<int>(format));
  examples.custom_properties["file_format"] = std::string("tfrecords_gzip");
  outputs.set_summary(absl::StrCat(absl::StrJoin(summary, ", "), " Examples"));
  return absl::OkStatus();
}

}  // namespace tfx
