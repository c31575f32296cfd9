// tfx metadata dump, load
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/metadata_commands.h"
#include "tfx/cli/store.h"
#include "tfx/io/file_system.h"
#include "tfx/metadata/dump.h"

namespace tfx::cli {
namespace {

void PrintCounts(CommandContext& context, const std::string& verb, const mlmd::DumpCounts& counts) {
  if (context.json) {
    context.out << Dump({{"types", counts.types}, {"nodes", counts.nodes}, {"edges", counts.edges}}) << "\n";
  } else {
    context.out << verb << " " << counts.types << " types, " << counts.nodes << " nodes, " << counts.edges
                << " edges\n";
  }
}

absl::Status RunDump(CommandContext& context, const std::string& output) {
  ASSIGN_OR_RETURN(const ml_metadata::ConnectionConfig config, LocateDatabase(context, StoreAccess::kRead));
  if (output == "-") return mlmd::DumpMetadataStore(config, context.out).status();
  // Beside its place first, so that a file of this name is always a whole dump; what is no file, a pipe, has no beside.
  std::error_code ignored;
  const bool beside = !std::filesystem::exists(output, ignored) || std::filesystem::is_regular_file(output, ignored);
  const std::string unfinished = beside ? output + ".unfinished" : output;
  mlmd::DumpCounts counts;
  {
    std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
    if (!file) return absl::NotFoundError(absl::StrCat("--output: cannot write ", unfinished));
    const auto result = mlmd::DumpMetadataStore(config, file);
    file.close();
    if (!result.ok() || !file) {
      if (beside) std::remove(unfinished.c_str());
      return result.ok() ? absl::UnknownError(absl::StrCat("--output: ", output, " could not be written to its end"))
                         : result.status();
    }
    counts = *result;
  }
  if (beside) RETURN_IF_ERROR(io::Rename(unfinished, output));
  PrintCounts(context, "wrote", counts);
  return absl::OkStatus();
}

absl::Status RunLoad(CommandContext& context, const std::string& input) {
  ASSIGN_OR_RETURN(const ml_metadata::ConnectionConfig config, LocateDatabase(context, StoreAccess::kCreate));
  std::ifstream file;
  if (input != "-") {
    file.open(input, std::ios::binary);
    if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", input, "; give a file of tfx metadata dump"));
  }
  ASSIGN_OR_RETURN(const mlmd::DumpCounts counts,
                   mlmd::LoadMetadataStore(config, input == "-" ? std::cin : static_cast<std::istream&>(file), input));
  PrintCounts(context, "loaded", counts);
  return absl::OkStatus();
}

}  // namespace

void AddDumpCommand(CLI::App& group, CommandContext& context) {
  CLI::App* command = AddCommand(group, context, "dump", "The whole store as JSON lines, in a stable order.",
                                 "tfx metadata dump --output=store.jsonl --pipeline_root=taxi");
  AddStoreFlags(*command, context);
  auto output = std::make_shared<std::string>("-");
  command->add_option("--output", *output, "File; - is standard output.")->capture_default_str();
  SetAction(*command, context, [&context, output] { return RunDump(context, *output); });
}

void AddLoadCommand(CLI::App& group, CommandContext& context) {
  CLI::App* command = AddCommand(group, context, "load", "Fills an empty store from a dump: all of it or nothing.",
                                 "tfx metadata load store.jsonl --metadata_path=copy.db");
  AddStoreFlags(*command, context);
  auto input = std::make_shared<std::string>();
  command->add_option("dump", *input, "File of tfx metadata dump; - is standard input.")->required();
  SetAction(*command, context, [&context, input] { return RunLoad(context, *input); });
}

}  // namespace tfx::cli
