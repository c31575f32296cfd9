// tfx metadata migrate, verify; the others are in files of their own.
#include "tfx/cli/metadata_commands.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/commands.h"
#include "tfx/cli/store.h"
#include "tfx/metadata/migration.h"
#include "tfx/metadata/verify.h"

namespace tfx::cli {
namespace {

struct MigrateFlags {
  int64_t to = 10;
  bool dry_run = false;
  bool no_backup = false;
};

nlohmann::json ReportToJson(const mlmd::MigrationReport& report) {
  nlohmann::json json = {{"from", report.from_version},      {"to", report.to_version},
                         {"dry_run", report.dry_run},        {"backup_file", report.backup_file},
                         {"steps", nlohmann::json::array()}, {"losses", nlohmann::json::array()}};
  for (const mlmd::MigrationStep& step : report.steps) {
    json["steps"].push_back({{"from", step.from_version}, {"to", step.to_version}, {"changes", step.changes}});
  }
  for (const mlmd::MigrationLoss& loss : report.losses) {
    json["losses"].push_back({{"what", loss.what}, {"count", loss.count}});
  }
  return json;
}

absl::Status Migrate(CommandContext& context, const MigrateFlags& flags) {
  const StoreAccess access = flags.dry_run ? StoreAccess::kRead : StoreAccess::kWrite;
  ASSIGN_OR_RETURN(const ml_metadata::ConnectionConfig config, LocateDatabase(context, access));
  ASSIGN_OR_RETURN(const mlmd::MigrationReport report,
                   mlmd::MigrateMetadataStore(
                       config, {.to_version = flags.to, .dry_run = flags.dry_run, .backup = !flags.no_backup}));
  if (context.json) {
    context.out << Dump(ReportToJson(report)) << "\n";
    return absl::OkStatus();
  }
  if (report.steps.empty()) {
    context.out << "the store has schema version " << report.from_version << " already\n";
    return absl::OkStatus();
  }
  const char* would = report.dry_run ? "would be " : "";
  for (const mlmd::MigrationStep& step : report.steps) {
    context.out << "version " << step.from_version << " -> " << step.to_version << "\n";
    for (const std::string& change : step.changes) context.out << "  " << change << "\n";
  }
  for (const mlmd::MigrationLoss& loss : report.losses) {
    context.out << would << "lost: " << loss.count << " " << loss.what << "\n";
  }
  if (!report.backup_file.empty()) context.out << would << "saved before: " << report.backup_file << "\n";
  if (report.dry_run) context.out << "nothing was changed (--dry-run)\n";
  return absl::OkStatus();
}

absl::Status Verify(CommandContext& context) {
  ASSIGN_OR_RETURN(const ml_metadata::ConnectionConfig config, LocateDatabase(context, StoreAccess::kRead));
  ASSIGN_OR_RETURN(const mlmd::VerifyReport report, mlmd::VerifyMetadataStore(config));
  if (!report.findings.empty()) context.exit_code = kExitFindings;
  if (context.json) {
    nlohmann::json json = {
        {"schema_version", report.schema_version}, {"checks", report.checks}, {"findings", nlohmann::json::array()}};
    for (const mlmd::VerifyFinding& finding : report.findings) {
      json["findings"].push_back({{"what", finding.what}, {"count", finding.count}, {"examples", finding.examples}});
    }
    context.out << Dump(json) << "\n";
    return absl::OkStatus();
  }
  for (const mlmd::VerifyFinding& finding : report.findings) {
    context.out << finding.what << ": " << finding.count;
    if (!finding.examples.empty()) {
      context.out << " (" << absl::StrJoin(finding.examples, ", ")
                  << (finding.count > static_cast<int64_t>(finding.examples.size()) ? ", ..." : "") << ")";
    }
    context.out << "\n";
  }
  context.out << "schema version " << report.schema_version << ", " << report.checks << " checks, "
              << (report.findings.empty() ? "nothing found" : absl::StrCat(report.findings.size(), " with findings"))
              << "\n";
  return absl::OkStatus();
}

}  // namespace

void AddMigrateCommand(CLI::App& group, CommandContext& context) {
  CLI::App* command =
      AddCommand(group, context, "migrate", "Moves the store to another schema version; a SQLite file is saved before.",
                 "tfx metadata migrate --to=10 --dry-run --metadata_path=old.db");
  AddStoreFlags(*command, context);
  auto flags = std::make_shared<MigrateFlags>();
  command->add_option("--to", flags->to, "Schema version, 0 to 10.")->check(CLI::Range(0, 10))->capture_default_str();
  command->add_flag("--dry-run,--dry_run", flags->dry_run, "Only show what would be done.");
  command->add_flag("--no-backup,--no_backup", flags->no_backup, "Do not copy the SQLite file before.");
  SetAction(*command, context, [&context, flags] { return Migrate(context, *flags); });
}

void AddVerifyCommand(CLI::App& group, CommandContext& context) {
  CLI::App* command = AddCommand(group, context, "verify",
                                 "Checks the store: schema, links, types, names, the file itself. Exit code 3: found.",
                                 "tfx metadata verify --pipeline_root=taxi");
  AddStoreFlags(*command, context);
  SetAction(*command, context, [&context] { return Verify(context); });
}

void AddMetadataCommands(CLI::App& app, CommandContext& context) {
  CLI::App* group = AddGroup(app, "metadata", "The store as a whole: migrate, check, copy, clean, serve.");
  AddDumpCommand(*group, context);
  AddGcCommand(*group, context);
  AddLoadCommand(*group, context);
  AddMigrateCommand(*group, context);
  AddServeCommand(*group, context);
  AddVerifyCommand(*group, context);
}

}  // namespace tfx::cli
