// tfx data validate_examples
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tfx/base/status_macros.h"
#include "tfx/cli/data_commands.h"
#include "tfx/cli/data_files.h"
#include "tfx/cli/data_input.h"
#include "tfx/cli/store.h"
#include "tfx/cli/table.h"
#include "tfx/data_validation/example_validation/example_files.h"

namespace tfx::cli {
namespace {

using ::tensorflow::metadata::v0::AnomalyInfo;
using ::tensorflow::metadata::v0::Schema;

struct Options {
  std::string input;
  InputFlags input_flags;
  std::string schema;
  std::string environment;
  std::string output;
  bool infer_type_from_schema = false;
  bool tfdv_compat = false;
  int64_t max_rows = 20;
  int threads = 0;
};

void Print(CommandContext& context, const tfdv::ExampleValidationResult& result) {
  if (context.json) {
    nlohmann::json rows = nlohmann::json::array();
    for (const tfdv::AnomalousExample& example : result.examples) {
      nlohmann::json anomalies = nlohmann::json::object();
      for (const auto& [feature, info] : example.anomalies) anomalies[feature] = ToJson(info);
      rows.push_back({{"row", example.row}, {"anomalies", std::move(anomalies)}});
    }
    context.out << Dump({{"num_examples", result.num_examples},
                         {"num_anomalous_examples", result.num_anomalous_examples},
                         {"examples", std::move(rows)}})
                << "\n";
    return;
  }
  Table table({"ROW", "FEATURE", "ANOMALY", "DESCRIPTION"});
  for (const tfdv::AnomalousExample& example : result.examples) {
    for (const auto& [feature, info] : example.anomalies) {
      table.AddRow({absl::StrCat(example.row), feature, info.short_description(), info.description()});
    }
  }
  if (!result.examples.empty()) table.Print(context.out);
  context.out << result.num_anomalous_examples << " of " << result.num_examples << " examples are anomalous";
  if (result.num_anomalous_examples > static_cast<int64_t>(result.examples.size())) {
    context.out << "; the first " << result.examples.size() << " are shown (--max_rows)";
  }
  context.out << ".\n";
}

absl::Status ValidateExamples(CommandContext& context, const Options& flags) {
  if (!flags.output.empty()) RETURN_IF_ERROR(CheckOutputName("--output", flags.output));
  auto schema = std::make_shared<Schema>();
  RETURN_IF_ERROR(ReadMessage(flags.schema, schema.get()));
  tfdv::ExampleValidationOptions options{.schema = schema, .max_named_examples = flags.max_rows};
  if (!flags.environment.empty()) options.validation.environment = flags.environment;
  options.validation.tfdv_compat = flags.tfdv_compat;
  options.stats_options.infer_type_from_schema = flags.infer_type_from_schema;
  ASSIGN_OR_RETURN(const tfdv::InputFiles input, FindInput("--input", flags.input, flags.input_flags));
  const auto validated = tfdv::ValidateExamplesInFiles(input, options, Engine({.num_threads = flags.threads}));
  RETURN_IF_ERROR(NameInput(validated.status(), input));
  const tfdv::ExampleValidationResult& result = *validated;
  if (!flags.output.empty()) RETURN_IF_ERROR(WriteMessage(context, flags.output, result.statistics));
  if (flags.output != "-") Print(context, result);
  if (result.num_anomalous_examples > 0) context.exit_code = kExitFindings;
  return absl::OkStatus();
}

}  // namespace

void AddDataValidateExamplesCommand(CLI::App& group, CommandContext& context) {
  auto flags = std::make_shared<Options>();
  CLI::App* command = AddCommand(group, context, "validate_examples",
                                 "Name the examples that contradict a schema; exits 3 when there are any.",
                                 "tfx data validate_examples --input='data/*.csv' --schema=schema.pbtxt");
  command->add_option("--input", flags->input, "Files: a path or a pattern with * and ?.")->required();
  AddInputFlags(*command, flags->input_flags);
  command->add_option("--schema", flags->schema, "Schema file.")->required();
  command->add_option("--environment", flags->environment, "Environment of the schema.");
  command->add_flag("--infer_type_from_schema", flags->infer_type_from_schema,
                    "CSV columns have the schema's types; else those of their cells.");
  command->add_flag("--tfdv_compat", flags->tfdv_compat, "Find what TFDV 1.21 finds also where it is plainly wrong.");
  command->add_option("--max_rows", flags->max_rows, "Rows to name; the others are counted.")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--threads", flags->threads, "0: one per core. The result does not depend on it.")
      ->capture_default_str();
  command->add_option("--output", flags->output,
                      "File for statistics of the anomalous examples, a data set per feature and kind of anomaly.");
  SetAction(*command, context, [&context, flags] { return ValidateExamples(context, *flags); });
}

}  // namespace tfx::cli
