// tfx data statistics
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/data_commands.h"
#include "tfx/cli/data_files.h"
#include "tfx/cli/data_input.h"
#include "tfx/data_validation/generators/generator_from_json.h"
#include "tfx/data_validation/statistics/file_statistics.h"
#include "tfx/data_validation/statistics/statistics_io.h"
#include "tfx/io/file_system.h"

namespace tfx::cli {
namespace {

using ::tensorflow::metadata::v0::DatasetFeatureStatisticsList;
using ::tensorflow::metadata::v0::Schema;

struct Options {
  std::string input;
  InputFlags input_flags;
  std::string stats_options;
  std::string extra_generators;
  std::string schema;
  std::string output = "-";
  bool tfdv_compat = false;
  int threads = 0;
};

// A JSON object: name of a generator -> its arguments.
absl::Status AddGenerators(const std::string& file, tfdv::StatsOptions* options) {
  ASSIGN_OR_RETURN(const std::string text, io::ReadFile(file));
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": not a JSON object of generators and their arguments"));
  }
  for (const auto& [name, arguments] : json.items()) {
    auto generator = tfdv::MakeGeneratorFromJson(name, arguments.dump(), options->schema);
    if (!generator.ok()) return Annotate(generator.status(), file);
    options->generators.push_back(*std::move(generator));
  }
  return absl::OkStatus();
}

absl::StatusOr<tfdv::StatsOptions> StatsOptionsOf(const Options& flags) {
  tfdv::StatsOptions options;
  if (!flags.stats_options.empty()) {
    ASSIGN_OR_RETURN(const std::string json, io::ReadFile(flags.stats_options));
    auto parsed = tfdv::ParseStatsOptionsJson(json);
    if (!parsed.ok()) return Annotate(parsed.status(), flags.stats_options);
    options = *std::move(parsed);
  }
  if (!flags.schema.empty()) {
    if (options.schema != nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("a schema is given both by --schema and inside ", flags.stats_options, "; give one"));
    }
    auto schema = std::make_shared<Schema>();
    RETURN_IF_ERROR(ReadMessage(flags.schema, schema.get()));
    options.schema = schema;
  }
  if (flags.tfdv_compat) options.tfdv_compat = true;
  if (!flags.extra_generators.empty()) RETURN_IF_ERROR(AddGenerators(flags.extra_generators, &options));
  return options;
}

absl::Status Statistics(CommandContext& context, const Options& flags) {
  RETURN_IF_ERROR(CheckOutputName("--output", flags.output));
  ASSIGN_OR_RETURN(const tfdv::StatsOptions options, StatsOptionsOf(flags));
  ASSIGN_OR_RETURN(const tfdv::InputFiles input, FindInput("--input", flags.input, flags.input_flags));
  const auto generated = tfdv::GenerateStatisticsFromFiles(input, options, Engine({.num_threads = flags.threads}));
  RETURN_IF_ERROR(NameInput(generated.status(), input));
  const DatasetFeatureStatisticsList& statistics = *generated;
  if (IsShardedName(flags.output)) {
    return tfdv::WriteShardedStatistics(statistics, flags.output, options.experimental_result_partitions);
  }
  return WriteMessage(context, flags.output, statistics);
}

}  // namespace

void AddDataStatisticsCommand(CLI::App& group, CommandContext& context) {
  auto flags = std::make_shared<Options>();
  CLI::App* command = AddCommand(group, context, "statistics", "Describe every feature.",
                                 "tfx data statistics --input='data/*.csv' --output=stats.pb");
  command->add_option("--input", flags->input, "Files: a path or a pattern with * and ?.")->required();
  AddInputFlags(*command, flags->input_flags);
  command->add_option("--stats_options", flags->stats_options, "TFDV's StatsOptions as JSON, in a file.");
  command->add_option("--extra_generators", flags->extra_generators,
                      "File with a JSON object: name of a statistics generator of TFDV -> its arguments.");
  command->add_option("--schema", flags->schema, "Schema: says which numbers are categories.");
  command->add_flag("--tfdv_compat", flags->tfdv_compat, "Answer as TFDV 1.21 also where it is plainly wrong.");
  command->add_option("--threads", flags->threads, "0: one per core. The result does not depend on it.")
      ->capture_default_str();
  command
      ->add_option("--output", flags->output,
                   std::string(kOutputHelp) +
                       " .tfrecords: as many files NAME-00000-of-0000N as experimental_result_partitions says.")
      ->capture_default_str();
  SetAction(*command, context, [&context, flags] { return Statistics(context, *flags); });
}

}  // namespace tfx::cli
