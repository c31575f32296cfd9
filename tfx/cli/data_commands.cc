// tfx data statistics | schema | validate
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/commands.h"
#include "tfx/cli/store.h"
#include "tfx/cli/table.h"
#include "tfx/data_validation/anomalies/schema_inference.h"
#include "tfx/data_validation/statistics/statistics.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/dataset/csv_examples.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/csv.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"

namespace tfx::cli {
namespace {

using ::tensorflow::metadata::v0::Anomalies;
using ::tensorflow::metadata::v0::AnomalyInfo;
using ::tensorflow::metadata::v0::DatasetFeatureStatisticsList;
using ::tensorflow::metadata::v0::Schema;

struct Options {
  std::string input;
  std::string format = "auto";
  std::string stats_options;
  std::string statistics;
  std::string schema;
  std::string previous_statistics;
  std::string serving_statistics;
  std::string environment;
  std::string output = "-";
  bool infer_feature_shape = true;
  int max_string_domain_size = 100;
  int threads = 0;
};

bool IsText(const std::string& path) { return absl::EndsWith(path, ".pbtxt") || path == "-"; }

// Text for .pbtxt and standard output, binary for everything else.
absl::Status WriteMessage(CommandContext& context, const std::string& path, const google::protobuf::Message& message) {
  if (path == "-") {
    if (context.json) {
      context.out << ToJson(message).dump(2) << "\n";
    } else {
      std::string text;
      google::protobuf::TextFormat::PrintToString(message, &text);
      context.out << text;
    }
    return absl::OkStatus();
  }
  return IsText(path) ? io::WriteTextProto(path, message) : io::WriteBinaryProto(path, message);
}

absl::Status ReadMessage(const std::string& path, google::protobuf::Message* message) {
  return IsText(path) ? io::ReadTextProto(path, message) : io::ReadBinaryProto(path, message);
}

absl::StatusOr<DatasetFeatureStatisticsList> StatisticsOfCsv(const std::vector<std::string>& files,
                                                             const tfdv::StatsOptions& options, const Engine& engine) {
  ASSIGN_OR_RETURN(const io::CsvTable table, io::CsvTable::Open(files));
  ASSIGN_OR_RETURN(const std::vector<io::ColumnType> types, table.InferTypes(engine));
  ASSIGN_OR_RETURN(const dataset::CsvConverter converter, dataset::CsvConverter::Make(table, types));
  auto blocks = table.Shards();
  ShardSource<dataset::RecordBatchPtr> batches = [&]() -> absl::StatusOr<std::optional<dataset::RecordBatchPtr>> {
    ASSIGN_OR_RETURN(const std::optional<io::CsvBlock> block, blocks());
    if (!block) return std::optional<dataset::RecordBatchPtr>();
    ASSIGN_OR_RETURN(dataset::RecordBatchPtr batch, converter.ToRecordBatch(*block));
    return std::optional<dataset::RecordBatchPtr>(std::move(batch));
  };
  return tfdv::GenerateStatistics(batches, options, engine);
}

absl::Status Statistics(CommandContext& context, const Options& flags) {
  tfdv::StatsOptions options;
  if (!flags.stats_options.empty()) {
    ASSIGN_OR_RETURN(const std::string json, io::ReadFile(flags.stats_options));
    auto parsed = tfdv::ParseStatsOptionsJson(json);
    if (!parsed.ok()) return Annotate(parsed.status(), flags.stats_options);
    options = *std::move(parsed);
  }
  if (!flags.schema.empty()) {
    auto schema = std::make_shared<Schema>();
    RETURN_IF_ERROR(ReadMessage(flags.schema, schema.get()));
    options.schema = schema;
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> files, io::Glob(flags.input));
  if (files.empty()) return absl::NotFoundError(absl::StrCat("--input=", flags.input, " matches no file"));
  const bool csv = flags.format == "csv" || (flags.format == "auto" && absl::EndsWith(files[0], ".csv"));
  const Engine engine({.num_threads = flags.threads});
  auto statistics = csv ? StatisticsOfCsv(files, options, engine)
                        : tfdv::GenerateStatistics(dataset::ReadRecords(files), options, engine);
  RETURN_IF_ERROR(statistics.status());
  return WriteMessage(context, flags.output, *statistics);
}

absl::Status InferSchema(CommandContext& context, const Options& flags) {
  DatasetFeatureStatisticsList statistics;
  RETURN_IF_ERROR(ReadMessage(flags.statistics, &statistics));
  ASSIGN_OR_RETURN(const Schema schema,
                   tfdv::InferSchema(statistics, {.infer_feature_shape = flags.infer_feature_shape,
                                                  .max_string_domain_size = flags.max_string_domain_size}));
  return WriteMessage(context, flags.output, schema);
}

void PrintAnomalies(std::ostream& out, const Anomalies& anomalies) {
  if (!tfdv::HasAnomalies(anomalies)) {
    out << "No anomalies.\n";
    return;
  }
  Table table({"FEATURE", "SEVERITY", "ANOMALY", "DESCRIPTION"});
  for (const auto& [feature, info] : std::map(anomalies.anomaly_info().begin(), anomalies.anomaly_info().end())) {
    table.AddRow({feature, AnomalyInfo::Severity_Name(info.severity()), info.short_description(), info.description()});
  }
  if (anomalies.has_dataset_anomaly_info()) {
    const auto& info = anomalies.dataset_anomaly_info();
    table.AddRow(
        {"(dataset)", AnomalyInfo::Severity_Name(info.severity()), info.short_description(), info.description()});
  }
  if (anomalies.data_missing()) table.AddRow({"(dataset)", "ERROR", "Data missing", "The data set has no examples."});
  table.Print(out);
}

absl::Status Validate(CommandContext& context, const Options& flags) {
  DatasetFeatureStatisticsList statistics;
  DatasetFeatureStatisticsList previous;
  DatasetFeatureStatisticsList serving;
  Schema schema;
  RETURN_IF_ERROR(ReadMessage(flags.statistics, &statistics));
  RETURN_IF_ERROR(ReadMessage(flags.schema, &schema));
  tfdv::ValidationOptions options;
  if (!flags.environment.empty()) options.environment = flags.environment;
  if (!flags.previous_statistics.empty()) {
    RETURN_IF_ERROR(ReadMessage(flags.previous_statistics, &previous));
    options.previous_span_statistics = &previous;
  }
  if (!flags.serving_statistics.empty()) {
    RETURN_IF_ERROR(ReadMessage(flags.serving_statistics, &serving));
    options.serving_statistics = &serving;
  }
  ASSIGN_OR_RETURN(const Anomalies anomalies, tfdv::ValidateStatistics(statistics, schema, options));
  if (flags.output != "-") RETURN_IF_ERROR(WriteMessage(context, flags.output, anomalies));
  if (context.json) {
    context.out << ToJson(anomalies).dump(2) << "\n";
  } else {
    PrintAnomalies(context.out, anomalies);
  }
  if (tfdv::HasAnomalies(anomalies)) context.exit_code = kExitFindings;
  return absl::OkStatus();
}

}  // namespace

void AddDataCommands(CLI::App& app, CommandContext& context) {
  CLI::App* group = AddGroup(app, "data", "Statistics, schemas and anomalies of data in files.");
  auto flags = std::make_shared<Options>();
  const char* const output_help = "File: .pbtxt is text, .pb and others binary; - is standard output, as text.";

  CLI::App* statistics = AddCommand(*group, context, "statistics", "Describe every feature.",
                                    "tfx data statistics --input='data/*.csv' --output=stats.pb");
  statistics->add_option("--input", flags->input, "Files: a path or a pattern with * and ?.")->required();
  statistics->add_option("--format", flags->format, "auto (by name), tfrecord or csv.")
      ->check(CLI::IsMember({"auto", "tfrecord", "csv"}));
  statistics->add_option("--stats_options", flags->stats_options, "TFDV's StatsOptions as JSON, in a file.");
  statistics->add_option("--schema", flags->schema, "Schema: says which numbers are categories.");
  statistics->add_option("--threads", flags->threads, "0: one per core. The result does not depend on it.");
  statistics->add_option("--output", flags->output, output_help);
  SetAction(*statistics, context, [&context, flags] { return Statistics(context, *flags); });

  CLI::App* schema = AddCommand(*group, context, "schema", "Infer a schema from statistics.",
                                "tfx data schema --statistics=stats.pb --output=schema.pbtxt");
  schema->add_option("--statistics", flags->statistics, "Statistics file.")->required();
  schema->add_option("--infer_feature_shape", flags->infer_feature_shape, "Fixed shapes where they fit.")
      ->capture_default_str();
  schema->add_option("--max_string_domain_size", flags->max_string_domain_size, "No domain for more values than this.")
      ->capture_default_str();
  schema->add_option("--output", flags->output, output_help);
  SetAction(*schema, context, [&context, flags] { return InferSchema(context, *flags); });

  CLI::App* validate =
      AddCommand(*group, context, "validate", "Check statistics against a schema; exits 3 on anomalies.",
                 "tfx data validate --statistics=stats.pb --schema=schema.pbtxt");
  validate->add_option("--statistics", flags->statistics, "Statistics file.")->required();
  validate->add_option("--schema", flags->schema, "Schema file.")->required();
  validate->add_option("--previous_statistics", flags->previous_statistics,
                       "Statistics of the span before, for drift.");
  validate->add_option("--serving_statistics", flags->serving_statistics, "Statistics of serving data, for skew.");
  validate->add_option("--environment", flags->environment, "Environment of the schema.");
  validate->add_option("--output", flags->output, output_help);
  SetAction(*validate, context, [&context, flags] { return Validate(context, *flags); });
}

}  // namespace tfx::cli
