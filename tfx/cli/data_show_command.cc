// tfx data show
#include <unistd.h>

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tensorflow_metadata/proto/v0/anomalies.pb.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/data_commands.h"
#include "tfx/cli/data_files.h"
#include "tfx/data_validation/anomalies/statistics_view.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/data_validation/display/display.h"
#include "tfx/data_validation/schema/feature_path.h"
#include "tfx/io/file_system.h"

namespace tfx::cli {
namespace {

using ::tensorflow::metadata::v0::Anomalies;
using ::tensorflow::metadata::v0::DatasetFeatureStatisticsList;
using ::tensorflow::metadata::v0::Schema;

struct Options {
  std::vector<std::string> statistics, names, slices, features, exclude_features;
  std::string schema, anomalies, previous_statistics, serving_statistics, environment;
  std::string title = "Statistics";
  std::string output;
  bool text = false;
  tfdv::TextOptions text_options;
};

absl::StatusOr<std::vector<tfdv::FeaturePath>> Paths(const char* flag, const std::vector<std::string>& texts) {
  std::vector<tfdv::FeaturePath> paths;
  for (const std::string& text : texts) {
    auto path = tfdv::ParsePath(text);
    if (!path.ok()) return Annotate(path.status(), absl::StrCat(flag, "=", text));
    paths.push_back(*std::move(path));
  }
  return paths;
}

// What is shown; holds the messages that `inputs` points to.
struct Shown {
  std::deque<DatasetFeatureStatisticsList> statistics;
  DatasetFeatureStatisticsList previous, serving;
  Schema schema;
  Anomalies anomalies;
  tfdv::DisplayInputs inputs;
};

// "train" for train.pb; TFX's files all have one name, so for them the directory: "Split-train".
std::string DatasetName(const std::string& path) {
  std::string name = io::Basename(path);
  name = name.substr(0, name.find('.'));
  if (name == "FeatureStats") name = io::Basename(io::Dirname(io::AbsolutePath(path)));
  return name == "-" ? "stdin" : name;
}

absl::Status ReadControl(const std::string& path, DatasetFeatureStatisticsList* list,
                         const ::tensorflow::metadata::v0::DatasetFeatureStatistics** dataset) {
  if (path.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(ReadStatistics(path, list));
  auto found = tfdv::DefaultDataset(*list);
  if (!found.ok()) return Annotate(found.status(), path);
  *dataset = *found;
  return absl::OkStatus();
}

absl::Status Read(const Options& flags, Shown* shown) {
  if (!flags.names.empty() && flags.names.size() != flags.statistics.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--names has ", flags.names.size(), " names for ", flags.statistics.size(), " statistics files"));
  }
  std::optional<std::vector<std::string>> slices;
  if (flags.slices.size() == 1 && flags.slices[0] == "all") {
    slices.emplace();
  } else if (!flags.slices.empty()) {
    slices = flags.slices;
  }
  for (size_t i = 0; i < flags.statistics.size(); ++i) {
    const std::string& path = flags.statistics[i];
    RETURN_IF_ERROR(ReadStatistics(path, &shown->statistics.emplace_back()));
    auto datasets = tfdv::DatasetsToShow(shown->statistics.back(),
                                         flags.names.empty() ? DatasetName(path) : flags.names[i], slices);
    if (!datasets.ok()) return Annotate(datasets.status(), path);
    shown->inputs.datasets.insert(shown->inputs.datasets.end(), datasets->begin(), datasets->end());
  }
  RETURN_IF_ERROR(ReadControl(flags.previous_statistics, &shown->previous, &shown->inputs.previous));
  RETURN_IF_ERROR(ReadControl(flags.serving_statistics, &shown->serving, &shown->inputs.serving));
  if (!flags.environment.empty()) shown->inputs.environment = flags.environment;
  if (!flags.schema.empty()) {
    RETURN_IF_ERROR(ReadMessage(flags.schema, &shown->schema));
    shown->inputs.schema = &shown->schema;
  }
  if (!flags.anomalies.empty()) {
    RETURN_IF_ERROR(ReadMessage(flags.anomalies, &shown->anomalies));
    shown->inputs.anomalies = &shown->anomalies;
  } else if (!flags.schema.empty() && !shown->inputs.datasets.empty()) {
    // With a schema, show what contradicts it.
    DatasetFeatureStatisticsList first;
    *first.add_datasets() = *shown->inputs.datasets[0].statistics;
    tfdv::ValidationOptions options;
    options.environment = shown->inputs.environment;
    if (shown->inputs.previous != nullptr) options.previous_span_statistics = &shown->previous;
    if (shown->inputs.serving != nullptr) options.serving_statistics = &shown->serving;
    ASSIGN_OR_RETURN(shown->anomalies, tfdv::ValidateStatistics(first, shown->schema, options));
    shown->inputs.anomalies = &shown->anomalies;
  }
  return absl::OkStatus();
}

absl::Status Show(CommandContext& context, const Options& flags) {
  if (!flags.output.empty() && flags.output != "-" && !absl::EndsWith(flags.output, ".html")) {
    return absl::InvalidArgumentError(
        absl::StrCat("--output=", flags.output, ": the name must end in .html, or be - for standard output"));
  }
  Shown shown;
  RETURN_IF_ERROR(Read(flags, &shown));
  tfdv::DisplayOptions options{.title = flags.title};
  if (!flags.features.empty()) {
    ASSIGN_OR_RETURN(options.allowlist_features, Paths("--features", flags.features));
  }
  ASSIGN_OR_RETURN(options.denylist_features, Paths("--exclude_features", flags.exclude_features));
  ASSIGN_OR_RETURN(const tfdv::DisplayModel model, tfdv::MakeDisplayModel(shown.inputs, options));
  if (context.json) {
    context.out << tfdv::DisplayModelJson(model) << "\n";
  } else if (flags.output.empty() || flags.text) {
    context.out << tfdv::RenderText(model, flags.text_options);
  } else if (flags.output == "-") {
    context.out << tfdv::RenderHtml(model);
  }
  if (flags.output.empty() || flags.output == "-") return absl::OkStatus();
  return io::WriteFile(flags.output, tfdv::RenderHtml(model));
}

}  // namespace

void AddDataShowCommand(CLI::App& group, CommandContext& context) {
  auto flags = std::make_shared<Options>();
  CLI::App* command = AddCommand(group, context, "show",
                                 "Statistics, schema and anomalies for people: a web page, or text in the terminal.",
                                 "tfx data show train.pb eval.pb --schema=schema.pbtxt --output=page.html\n"
                                 "  tfx data show train.pb --text");
  command->add_option("statistics", flags->statistics, "Statistics files to show together, at most 8.")->required();
  command->add_option("--names", flags->names, "a,b: what the statistics are called; else the files' names.")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--slices", flags->slices, "a,b: slices to show, or all; else all examples together.")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--schema", flags->schema, "Schema to show beside the first statistics.");
  command->add_option("--anomalies", flags->anomalies,
                      "Anomalies to show; with --schema alone the first statistics are validated.");
  command->add_option("--previous_statistics", flags->previous_statistics, "What drift is measured against.");
  command->add_option("--serving_statistics", flags->serving_statistics, "What skew is measured against.");
  command->add_option("--environment", flags->environment, "Environment of the schema.");
  command->add_option("--features", flags->features, "a,b.c: only these features.")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--exclude_features", flags->exclude_features, "a,b.c: not these features.")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--title", flags->title, "Of the page.")->capture_default_str();
  command->add_option("--output", flags->output, "File for the page, NAME.html; - is standard output.");
  command->add_flag("--text", flags->text, "Text in the terminal; this is what comes without --output.");
  command->add_option("--width", flags->text_options.width, "Columns of the text.")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_flag("--details", flags->text_options.details, "Text with charts and top values of each feature.");
  command->add_option("--sort_by", flags->text_options.sort_by, "Order of the features in the text.")
      ->capture_default_str();
  command->add_option("--limit", flags->text_options.max_features, "Features per section of the text; 0: all.")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  flags->text_options.color = isatty(STDOUT_FILENO) == 1;
  SetAction(*command, context, [&context, flags] { return Show(context, *flags); });
}

}  // namespace tfx::cli
