// tfx metadata gc
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/cli/metadata_commands.h"
#include "tfx/cli/store.h"
#include "tfx/io/file_system.h"
#include "tfx/metadata/garbage.h"

namespace tfx::cli {
namespace {

struct GcFlags {
  bool dry_run = false;
  bool remove = false;
  std::string files_under;
};

// Where files may be deleted, without links and dots. INVALID_ARGUMENT names the flag that is missing.
absl::StatusOr<std::filesystem::path> RootOf(const CommandContext& context, const GcFlags& flags) {
  const std::string& root = flags.files_under.empty() ? context.pipeline_root : flags.files_under;
  if (root.empty()) {
    return absl::InvalidArgumentError(
        "--delete: under which directory may files be deleted? Give --files_under=DIR or --pipeline_root=DIR");
  }
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(root, error);
  if (error || !std::filesystem::is_directory(path, error)) {
    return absl::NotFoundError(absl::StrCat("--delete: there is no directory ", root));
  }
  return path;
}

// Whether `path` lies below `root`, and is not the root itself.
bool LiesUnder(const std::filesystem::path& path, const std::filesystem::path& root) {
  const std::filesystem::path relative = path.lexically_relative(root);
  return !relative.empty() && relative != "." && *relative.begin() != "..";
}

absl::StatusOr<bool> Remove(const mlmd::Artifact& artifact, const std::filesystem::path& root,
                            std::vector<std::string>* kept) {
  std::string local = artifact.uri();
  if (local.starts_with("file://")) local = local.substr(7);
  std::error_code error;
  const std::filesystem::path path = std::filesystem::weakly_canonical(local, error);
  if (error || local.find("://") != std::string::npos || !LiesUnder(path, root)) {
    kept->push_back(absl::StrCat("artifact ", artifact.id(), ": ", artifact.uri(), " is not under ", root.string()));
    return false;
  }
  RETURN_IF_ERROR(Annotate(io::RemoveRecursively(path.string()), absl::StrCat("artifact ", artifact.id())));
  return true;
}

nlohmann::json PlanToJson(const mlmd::GarbagePlan& plan) {
  nlohmann::json json = {
      {"garbage", nlohmann::json::array()}, {"needed", nlohmann::json::array()}, {"deleted_before", plan.deleted}};
  for (const mlmd::GarbageItem& item : plan.garbage) {
    json["garbage"].push_back({{"artifact", item.artifact.id()},
                               {"type", item.artifact.type()},
                               {"uri", item.artifact.uri()},
                               {"state", StateName(item.artifact)},
                               {"reason", item.reason},
                               {"files_are_shared", item.files_are_shared}});
  }
  for (const auto& [id, reason] : plan.needed) json["needed"].push_back({{"artifact", id}, {"reason", reason}});
  return json;
}

absl::Status Gc(CommandContext& context, const GcFlags& flags) {
  if (flags.dry_run && flags.remove) return absl::InvalidArgumentError("--dry-run and --delete exclude each other");
  std::filesystem::path root;
  if (flags.remove) {
    ASSIGN_OR_RETURN(root, RootOf(context, flags));
  }
  ASSIGN_OR_RETURN(const auto store, OpenStore(context, flags.dry_run ? StoreAccess::kRead : StoreAccess::kWrite));
  ASSIGN_OR_RETURN(const mlmd::GarbagePlan plan, mlmd::PlanGarbage(*store));
  nlohmann::json json = context.json ? PlanToJson(plan) : nlohmann::json();
  if (!context.json) {
    for (const mlmd::GarbageItem& item : plan.garbage) {
      context.out << item.artifact.type() << " " << item.artifact.id() << "  " << item.artifact.uri() << "\n  "
                  << item.reason << (item.files_are_shared ? "; a needed artifact has these files too: they stay" : "")
                  << "\n";
    }
    if (flags.dry_run) {
      for (const auto& [id, reason] : plan.needed) context.out << "keeps " << id << ": " << reason << "\n";
    }
    context.out << plan.garbage.size() << " artifacts are not needed, " << plan.needed.size() << " are, "
                << plan.deleted << " were deleted before\n";
  }
  if (!flags.dry_run) {
    std::vector<std::string> kept;
    mlmd::RemoveFiles remove;
    if (flags.remove) remove = [&](const mlmd::Artifact& artifact) { return Remove(artifact, root, &kept); };
    ASSIGN_OR_RETURN(const mlmd::GarbageOutcome outcome, mlmd::CollectGarbage(*store, plan, remove));
    if (context.json) {
      json["outcome"] = {{"marked", outcome.marked},
                         {"deleted", outcome.deleted},
                         {"kept", outcome.kept},
                         {"spared", outcome.spared},
                         {"kept_files", kept}};
    } else {
      for (const std::string& line : kept) context.out << "kept: " << line << "\n";
      context.out << "marked " << outcome.marked << " for deletion, deleted " << outcome.deleted << "\n";
    }
  } else if (!context.json) {
    context.out << "nothing was changed (--dry-run)\n";
  }
  if (context.json) context.out << Dump(json) << "\n";
  return absl::OkStatus();
}

}  // namespace

void AddGcCommand(CLI::App& group, CommandContext& context) {
  CLI::App* command = AddCommand(group, context, "gc",
                                 "Marks artifacts that no pushed or blessed model and no newest run needs; with "
                                 "--delete removes their files.",
                                 "tfx metadata gc --dry-run --pipeline_root=taxi");
  AddStoreFlags(*command, context);
  auto flags = std::make_shared<GcFlags>();
  command->add_flag("--dry-run,--dry_run", flags->dry_run, "Only explain, artifact by artifact.");
  command->add_flag("--delete", flags->remove, "Delete the files as well, and say so in the store.");
  command->add_option("--files_under", flags->files_under,
                      "Delete files under this directory only (default: --pipeline_root).");
  SetAction(*command, context, [&context, flags] { return Gc(context, *flags); });
}

}  // namespace tfx::cli
