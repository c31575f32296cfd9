// tfx data diff: two schemas or two statistics
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/data_commands.h"
#include "tfx/cli/data_files.h"
#include "tfx/cli/table.h"
#include "tfx/data_validation/schema/schema_diff.h"
#include "tfx/data_validation/skew/statistics_diff.h"

namespace tfx::cli {
namespace {

using ::tensorflow::metadata::v0::DatasetFeatureStatisticsList;
using ::tensorflow::metadata::v0::Schema;

struct Options {
  std::string before, after;
  std::string kind = "auto";
  double tolerance = 1e-6;
  int64_t limit = 100;
};

const char* KindName(tfdv::SchemaChange::Kind kind) {
  switch (kind) {
    case tfdv::SchemaChange::Kind::kAdded:
      return "added";
    case tfdv::SchemaChange::Kind::kRemoved:
      return "removed";
    case tfdv::SchemaChange::Kind::kChanged:
      break;
  }
  return "changed";
}

// Names may hold bytes that are not UTF-8; JSON must not.
void PrintJson(CommandContext& context, const nlohmann::json& json) {
  context.out << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

void PrintChanges(CommandContext& context, const std::vector<tfdv::SchemaChange>& changes) {
  if (context.json) {
    nlohmann::json json = nlohmann::json::array();
    for (const tfdv::SchemaChange& change : changes) {
      json.push_back({{"kind", KindName(change.kind)},
                      {"subject", change.subject},
                      {"field", change.difference.field},
                      {"before", change.difference.before},
                      {"after", change.difference.after}});
    }
    PrintJson(context, {{"changes", json}});
    return;
  }
  for (const tfdv::SchemaChange& change : changes) context.out << tfdv::ToText(change) << "\n";
  if (changes.empty()) context.out << "No differences.\n";
}

void PrintDifferences(CommandContext& context, const std::vector<tfdv::StatisticsDifference>& differences,
                      int64_t limit) {
  if (context.json) {
    nlohmann::json json = nlohmann::json::array();
    for (const tfdv::StatisticsDifference& d : differences) {
      json.push_back({{"dataset", d.dataset},
                      {"feature", d.feature},
                      {"field", d.field},
                      {"before", d.before},
                      {"after", d.after}});
    }
    PrintJson(context, {{"differences", json}});
    return;
  }
  if (differences.empty()) {
    context.out << "No differences.\n";
    return;
  }
  auto shown = [](const std::string& value) {
    constexpr size_t kWidth = 60;
    if (value.empty()) return std::string("(none)");
    return value.size() <= kWidth ? value : absl::StrCat(value.substr(0, kWidth - 3), "...");
  };
  Table table({"FEATURE", "FIELD", "BEFORE", "AFTER"});
  int64_t rows = 0;
  for (const tfdv::StatisticsDifference& d : differences) {
    if (limit > 0 && rows == limit) break;
    const std::string feature = d.feature.empty() ? "(dataset)" : d.feature;
    table.AddRow({d.dataset.empty() ? feature : absl::StrCat(d.dataset, ": ", feature), d.field, shown(d.before),
                  shown(d.after)});
    ++rows;
  }
  table.Print(context.out);
  if (rows < static_cast<int64_t>(differences.size())) {
    context.out << "and " << differences.size() - rows << " more; --limit=0 shows all\n";
  }
}

// Text tells which it is by its fields; of other files statistics are taken to be what parses as statistics.
absl::StatusOr<bool> AreSchemas(const Options& flags) {
  if (flags.kind != "auto") return flags.kind == "schema";
  Schema schema;
  DatasetFeatureStatisticsList statistics;
  const absl::Status as_statistics = ReadStatistics(flags.before, &statistics);
  const bool strange = as_statistics.ok() && !statistics.GetReflection()->GetUnknownFields(statistics).empty();
  if (as_statistics.ok() && !strange && (statistics.datasets_size() > 0 || !absl::EndsWith(flags.before, ".pbtxt"))) {
    return false;
  }
  const absl::Status as_schema = ReadMessage(flags.before, &schema);
  if (as_schema.ok()) return true;
  if (as_statistics.ok()) return false;
  if (absl::IsNotFound(as_schema) || absl::IsPermissionDenied(as_schema)) return as_schema;
  return absl::InvalidArgumentError(absl::StrCat(
      flags.before, " is neither statistics nor a schema: ", as_statistics.message(), "; ", as_schema.message()));
}

absl::Status Diff(CommandContext& context, const Options& flags) {
  if (flags.before == "-" || flags.after == "-") {
    return absl::InvalidArgumentError("standard input cannot be compared; give two files");
  }
  ASSIGN_OR_RETURN(const bool schemas, AreSchemas(flags));
  if (schemas) {
    Schema before, after;
    RETURN_IF_ERROR(ReadMessage(flags.before, &before));
    RETURN_IF_ERROR(ReadMessage(flags.after, &after));
    const std::vector<tfdv::SchemaChange> changes = tfdv::DiffSchemas(before, after);
    PrintChanges(context, changes);
    if (!changes.empty()) context.exit_code = kExitFindings;
    return absl::OkStatus();
  }
  DatasetFeatureStatisticsList before, after;
  RETURN_IF_ERROR(ReadStatistics(flags.before, &before));
  RETURN_IF_ERROR(ReadStatistics(flags.after, &after));
  const auto differences = tfdv::DiffStatistics(before, after, {.tolerance = flags.tolerance});
  PrintDifferences(context, differences, flags.limit);
  if (!differences.empty()) context.exit_code = kExitFindings;
  return absl::OkStatus();
}

}  // namespace

void AddDataDiffCommand(CLI::App& group, CommandContext& context) {
  auto flags = std::make_shared<Options>();
  CLI::App* command = AddCommand(group, context, "diff",
                                 "What differs between two schemas or two statistics; exits 3 when something does.",
                                 "tfx data diff old_schema.pbtxt new_schema.pbtxt");
  command->add_option("before", flags->before, "Schema or statistics file.")->required();
  command->add_option("after", flags->after, "Another one of the same kind.")->required();
  command->add_option("--kind", flags->kind, "What the files hold.")
      ->check(CLI::IsMember({"auto", "schema", "statistics"}))
      ->capture_default_str();
  command
      ->add_option("--tolerance", flags->tolerance,
                   "Fraction by which floating-point numbers of statistics may differ.")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--limit", flags->limit, "Rows of the table of statistics; 0: all.")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  SetAction(*command, context, [&context, flags] { return Diff(context, *flags); });
}

}  // namespace tfx::cli
