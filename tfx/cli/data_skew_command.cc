// tfx data skew: examples joined on identifiers, or distances between two statistics
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/data_commands.h"
#include "tfx/cli/data_files.h"
#include "tfx/cli/data_input.h"
#include "tfx/cli/store.h"
#include "tfx/cli/table.h"
#include "tfx/data_validation/skew/example_files.h"
#include "tfx/data_validation/skew/feature_skew.h"
#include "tfx/data_validation/skew/statistics_diff.h"
#include "tfx/io/atomic_directory.h"
#include "tfx/io/file_system.h"

namespace tfx::cli {
namespace {

using ::tensorflow::metadata::v0::DatasetFeatureStatisticsList;

struct Options {
  std::string base, test;
  InputFlags input_flags;
  std::string options_file;
  std::vector<std::string> identifier_features, features_to_ignore, confusion_features;
  int64_t sample_size = 0;
  int float_round_ndigits = 0;
  bool allow_duplicate_identifiers = false;
  int64_t memory_mb = 256;
  std::string output_directory;
  int threads = 0;
  const CLI::App* command = nullptr;

  bool Given(const char* flag) const { return command->get_option(flag)->count() > 0; }
};

std::string Number(const std::optional<double>& value) {
  return value.has_value() ? absl::StrFormat("%.6g", *value) : "";
}
nlohmann::json JsonNumber(const std::optional<double>& value) {
  return value.has_value() ? nlohmann::json(*value) : nlohmann::json();
}

absl::Status Distances(CommandContext& context, const Options& flags) {
  DatasetFeatureStatisticsList base, test;
  RETURN_IF_ERROR(ReadStatistics(flags.base, &base));
  RETURN_IF_ERROR(ReadStatistics(flags.test, &test));
  ASSIGN_OR_RETURN(const std::vector<tfdv::FeatureDistances> distances, tfdv::MeasureDistances(base, test));
  if (context.json) {
    nlohmann::json json = nlohmann::json::array();
    for (const tfdv::FeatureDistances& d : distances) {
      json.push_back({{"feature", d.feature},
                      {"l_infinity", JsonNumber(d.l_infinity)},
                      {"l_infinity_value", d.l_infinity_value},
                      {"jensen_shannon_divergence", JsonNumber(d.jensen_shannon_divergence)},
                      {"normalized_absolute_difference", JsonNumber(d.normalized_absolute_difference)}});
    }
    context.out << nlohmann::json{{"distances", json}}.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                << "\n";
    return absl::OkStatus();
  }
  Table table({"FEATURE", "L_INFINITY", "OF VALUE", "JENSEN_SHANNON", "NORMALIZED_ABS_DIFFERENCE"});
  for (const tfdv::FeatureDistances& d : distances) {
    table.AddRow({d.feature, Number(d.l_infinity), d.l_infinity_value, Number(d.jensen_shannon_divergence),
                  Number(d.normalized_absolute_difference)});
  }
  table.Print(context.out);
  return absl::OkStatus();
}

// The flags win over the file.
absl::StatusOr<tfdv::FeatureSkewOptions> SkewOptions(const Options& flags) {
  tfdv::FeatureSkewOptions options;
  if (!flags.options_file.empty()) {
    ASSIGN_OR_RETURN(const std::string json, io::ReadFile(flags.options_file));
    auto parsed = tfdv::ParseFeatureSkewOptionsJson(json);
    if (!parsed.ok()) return Annotate(parsed.status(), flags.options_file);
    options = *std::move(parsed);
  }
  if (flags.Given("--identifier_features")) options.identifier_features = flags.identifier_features;
  if (flags.Given("--features_to_ignore")) options.features_to_ignore = flags.features_to_ignore;
  if (flags.Given("--confusion_features")) options.confusion_features = flags.confusion_features;
  if (flags.Given("--sample_size")) options.sample_size = flags.sample_size;
  if (flags.Given("--float_round_ndigits")) options.float_round_ndigits = flags.float_round_ndigits;
  if (flags.Given("--allow_duplicate_identifiers")) options.allow_duplicate_identifiers = true;
  options.memory_budget_bytes = flags.memory_mb << 20;
  return options;
}

void PrintSkew(CommandContext& context, const tfdv::FeatureSkewResults& results) {
  if (context.json) {
    auto list = [](const auto& messages) {
      nlohmann::json json = nlohmann::json::array();
      for (const auto& message : messages) json.push_back(ToJson(message));
      return json;
    };
    context.out << nlohmann::json{{"match_stats", ToJson(results.match_stats)},
                                  {"skew_results", list(results.skew_results)},
                                  {"skew_pairs", list(results.skew_pairs)},
                                  {"confusion_counts", list(results.confusion_counts)}}
                       .dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                << "\n";
    return;
  }
  const tfdv::MatchStats& match = results.match_stats;
  context.out << match.matching_pairs_count() << " pairs of " << match.base_with_id_count() << " base and "
              << match.test_with_id_count() << " test examples by " << match.identifiers_count() << " identifiers; "
              << match.ids_missing_in_base_count() << " missing in base, " << match.ids_missing_in_test_count()
              << " in test, " << match.duplicate_id_count() << " not unique; without identifier "
              << match.base_missing_id_count() << " base, " << match.test_missing_id_count() << " test\n\n";
  Table table({"FEATURE", "DIFFER", "MISMATCH", "BASE ONLY", "TEST ONLY", "MATCH"});
  for (const tfdv::FeatureSkew& skew : results.skew_results) {
    table.AddRow({skew.feature_name(), absl::StrCat(skew.diff_count()), absl::StrCat(skew.mismatch_count()),
                  absl::StrCat(skew.base_only()), absl::StrCat(skew.test_only()), absl::StrCat(skew.match_count())});
  }
  table.Print(context.out);
  if (results.confusion_counts.empty()) return;
  context.out << "\n";
  Table confusion({"FEATURE", "BASE", "TEST", "COUNT"});
  for (const tfdv::ConfusionCount& count : results.confusion_counts) {
    confusion.AddRow(
        {count.feature_name(), count.base().bytes_value(), count.test().bytes_value(), absl::StrCat(count.count())});
  }
  confusion.Print(context.out);
}

absl::Status Skew(CommandContext& context, const Options& flags) {
  auto is_statistics = [](const std::string& path) {
    return absl::EndsWith(path, ".pb") || absl::EndsWith(path, ".pbtxt");
  };
  if (is_statistics(flags.base) && is_statistics(flags.test)) return Distances(context, flags);

  ASSIGN_OR_RETURN(const tfdv::FeatureSkewOptions options, SkewOptions(flags));
  if (options.identifier_features.empty()) {
    return absl::InvalidArgumentError("to compare examples, --identifier_features=NAME,... says what joins them");
  }
  ASSIGN_OR_RETURN(const tfdv::InputFiles base, FindInput("base", flags.base, flags.input_flags));
  ASSIGN_OR_RETURN(const tfdv::InputFiles test, FindInput("test", flags.test, flags.input_flags));
  const Engine engine({.num_threads = flags.threads});
  ASSIGN_OR_RETURN(const tfdv::ExampleSides sides, tfdv::OpenExampleFiles(base, test, engine));
  ASSIGN_OR_RETURN(const tfdv::FeatureSkewResults results,
                   tfdv::DetectFeatureSkew(sides.base, sides.test, options, engine));
  if (!flags.output_directory.empty()) {
    ASSIGN_OR_RETURN(io::AtomicDirectory directory, io::AtomicDirectory::Create(flags.output_directory));
    RETURN_IF_ERROR(tfdv::WriteFeatureSkewResults(
        directory.path(), results,
        options.confusion_features.empty() ? tfdv::ConfusionFile::kLeaveOut : tfdv::ConfusionFile::kWrite));
    RETURN_IF_ERROR(directory.Commit());
  }
  PrintSkew(context, results);
  for (const tfdv::FeatureSkew& skew : results.skew_results) {
    if (skew.diff_count() > 0) context.exit_code = kExitFindings;
  }
  return absl::OkStatus();
}

}  // namespace

void AddDataSkewCommand(CLI::App& group, CommandContext& context) {
  auto flags = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      group, context, "skew",
      "Feature skew of two sets of examples joined on identifiers (exits 3 when features differ), or the distances "
      "between the distributions of two statistics.",
      "tfx data skew 'train/*' 'serving/*.csv' --identifier_features=id --sample_size=10 --output_directory=skew\n"
      "  tfx data skew monday.pb tuesday.pb");
  flags->command = command;
  command
      ->add_option("base", flags->base,
                   "Files of examples (a path or pattern; TFRecord, CSV or Parquet), or statistics.")
      ->required();
  command->add_option("test", flags->test, "The same, to compare with base.")->required();
  AddInputFlags(*command, flags->input_flags);
  command->add_option("--options", flags->options_file,
                      "The arguments of TFDV's DetectFeatureSkew as JSON, in a file. Flags win over it.");
  command->add_option("--identifier_features", flags->identifier_features, "Features that examples are joined on.")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--features_to_ignore", flags->features_to_ignore, "Features that are not compared.")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option("--confusion_features", flags->confusion_features,
                   "Features whose pairs of values are counted: bytes, one value each.")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--sample_size", flags->sample_size, "Pairs of examples that differ, to write out.")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--float_round_ndigits", flags->float_round_ndigits,
                      "Round floats to so many decimal digits first. Not given: compare as they are.");
  command->add_flag("--allow_duplicate_identifiers", flags->allow_duplicate_identifiers,
                    "Compare every pair of examples with one identifier; else identifiers that are not unique are "
                    "left out.");
  command->add_option("--memory_mb", flags->memory_mb, "MiB of examples kept in memory; the rest goes to $TMPDIR.")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--output_directory", flags->output_directory,
                      "Folder for skew_stats, match_stats, sample_pairs and confusion as TFRecord files.");
  command->add_option("--threads", flags->threads, "0: one per core. The result does not depend on it.")
      ->capture_default_str();
  SetAction(*command, context, [&context, flags] { return Skew(context, *flags); });
}

}  // namespace tfx::cli
