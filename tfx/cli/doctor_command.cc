// tfx doctor
#include <filesystem>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/config.h"
#include "google/protobuf/stubs/common.h"
#include "nlohmann/json.hpp"
#include "tfx/cli/commands.h"
#include "tfx/io/file_system.h"
#include "tfx/tensorflow/runtime.h"

namespace tfx::cli {
namespace {

struct Finding {
  std::string what;
  bool ok;
  std::string detail;
};

Finding CheckTensorFlow() {
  const auto version = tf::RuntimeVersion();
  if (version.ok()) return {"TensorFlow", true, absl::StrCat(*version, " in ", tf::RuntimeDirectory())};
  return {"TensorFlow", false, std::string(version.status().message())};
}

Finding CheckArrow() { return {"Arrow", true, arrow::GetBuildInfo().version_string}; }

Finding CheckProtobuf() {
  return {"protobuf", true, google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION)};
}

Finding CheckDisk(const std::string& directory) {
  std::error_code error;
  const auto space = std::filesystem::space(directory, error);
  if (error) return {"disk", false, absl::StrCat(directory, ": ", error.message())};
  const auto free_gb = space.available / 1000000000;
  return {"disk", free_gb >= 1,
          absl::StrCat(free_gb, " GB free in ", directory, free_gb >= 1 ? "" : "; a run needs about 1 GB")};
}

Finding CheckWritable(const std::string& directory) {
  const std::string probe = io::JoinPath(directory, ".tfx-doctor");
  absl::Status status = io::WriteFile(probe, "probe");
  if (status.ok()) status = io::RemoveRecursively(probe);
  return {"write access", status.ok(), status.ok() ? directory : std::string(status.message())};
}

absl::Status Doctor(CommandContext& context, const std::string& directory) {
  const std::vector<Finding> findings = {CheckArrow(), CheckDisk(directory), CheckProtobuf(), CheckTensorFlow(),
                                         CheckWritable(directory)};
  nlohmann::json json = nlohmann::json::array();
  for (const Finding& finding : findings) {
    if (!finding.ok) context.exit_code = kExitFindings;
    json.push_back({{"check", finding.what}, {"ok", finding.ok}, {"detail", finding.detail}});
    if (!context.json)
      context.out << (finding.ok ? "ok    " : "FAIL  ") << finding.what << ": " << finding.detail << "\n";
  }
  if (context.json) context.out << json.dump(2) << "\n";
  return absl::OkStatus();
}

}  // namespace

void AddDoctorCommand(CLI::App& app, CommandContext& context) {
  auto directory = std::make_shared<std::string>(".");
  CLI::App* command = AddCommand(app, context, "doctor",
                                 "Check that everything a pipeline needs is there; exits 3 otherwise.", "tfx doctor");
  command->add_option("--directory", *directory, "Where runs would be written.")->capture_default_str();
  SetAction(*command, context, [&context, directory] { return Doctor(context, *directory); });
}

}  // namespace tfx::cli
