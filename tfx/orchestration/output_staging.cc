#include "tfx/orchestration/output_staging.h"

#include <algorithm>

#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"

namespace tfx {
namespace {

constexpr char kStaged[] = ".staged";
constexpr char kTemp[] = ".temp";
constexpr char kSystem[] = ".system";
constexpr char kValueFile[] = "value";

std::string ExecutionDir(std::string_view root, std::string_view node_id, int64_t execution_id) {
  return Concat(root, "/", node_id, "/", kSystem, "/executor_execution/", execution_id);
}

bool IsValueArtifact(std::string_view type) {
  return type == "String" || type == "Integer" || type == "Float" || type == "Boolean" || type == "Bytes" ||
         type == "JsonValue";
}

}  // namespace

std::string CacheRecordPath(std::string_view root, std::string_view node_id, int64_t execution_id) {
  return io::JoinPath(ExecutionDir(root, node_id, execution_id), "cache_key.json");
}

std::string StatefulDir(std::string_view root, std::string_view node_id, std::string_view index) {
  return Concat(root, "/", node_id, "/", kSystem, "/stateful_working_dir/", index);
}

OutputStaging::OutputStaging(std::string_view root, std::string_view node_id, int64_t execution_id)
    : root_(root),
      node_dir_(Concat(root, "/", node_id)),
      system_dir_(ExecutionDir(root, node_id, execution_id)),
      execution_id_(execution_id) {}

std::string OutputStaging::tmp_dir() const { return io::JoinPath(system_dir_, kTemp); }
std::string OutputStaging::cache_record_path() const { return io::JoinPath(system_dir_, "cache_key.json"); }

absl::Status OutputStaging::Claim(const ir::NodeOutputs& specs) const {
  std::vector<std::string> places = {system_dir_};
  for (const auto& [key, spec] : specs.outputs()) places.push_back(Concat(node_dir_, "/", key, "/", execution_id_));
  for (const std::string& place : places) {
    if (io::Exists(place)) {
      return absl::AlreadyExistsError(
          Concat(place, " is there already, though execution ", execution_id_,
                 " is new: its owner is recorded in another metadata store. Give that store (--metadata_path), another "
                 "--pipeline_root, or remove the directory"));
    }
  }
  return io::CreateDirectories(tmp_dir());
}

absl::Status OutputStaging::Prepare(const ir::NodeOutputs& specs, ExecutorOutputs& outputs) const {
  RETURN_IF_ERROR(Discard());
  RETURN_IF_ERROR(io::CreateDirectories(tmp_dir()));
  for (const auto& [key, spec] : specs.outputs()) {
    OutputArtifact& artifact = outputs[key];
    artifact.uri = Concat(node_dir_, "/", key, "/", execution_id_);
    artifact.path = Concat(system_dir_, "/", kStaged, "/", key);
    RETURN_IF_ERROR(io::CreateDirectories(artifact.path));
    if (IsValueArtifact(spec.artifact_spec().type().name())) {
      artifact.uri = io::JoinPath(artifact.uri, kValueFile);
      artifact.path = io::JoinPath(artifact.path, kValueFile);
      RETURN_IF_ERROR(io::WriteFile(artifact.path, ""));
    }
  }
  return absl::OkStatus();
}

absl::Status OutputStaging::Publish(const ExecutorOutputs& outputs) const {
  for (const auto& [key, artifacts] : outputs.all()) {
    const std::string place = Concat(node_dir_, "/", key);
    const std::string target = Concat(place, "/", execution_id_);
    RETURN_IF_ERROR(io::CreateDirectories(place));
    RETURN_IF_ERROR(io::Rename(Concat(system_dir_, "/", kStaged, "/", key), target));
  }
  return absl::OkStatus();
}

absl::Status OutputStaging::Discard() const {
  RETURN_IF_ERROR(io::RemoveRecursively(io::JoinPath(system_dir_, kStaged)));
  return io::RemoveRecursively(tmp_dir());
}

bool HasExecution(std::string_view root, int64_t execution_id) {
  const auto nodes = io::ListDirectory(std::string(root));
  return nodes.ok() && std::any_of(nodes->begin(), nodes->end(), [&](const std::string& node) {
           return io::IsDirectory(ExecutionDir(root, node, execution_id));
         });
}

absl::Status RemoveExecution(std::string_view root, std::string_view node_id, int64_t execution_id) {
  const OutputStaging staging(root, node_id, execution_id);
  if (!io::IsDirectory(staging.tmp_dir())) return absl::OkStatus();
  const std::string node_dir = Concat(root, "/", node_id);
  if (io::IsDirectory(node_dir)) {
    ASSIGN_OR_RETURN(const std::vector<std::string> keys, io::ListDirectory(node_dir));
    for (const std::string& key : keys) {
      const std::string output = Concat(node_dir, "/", key, "/", execution_id);
      if (key == kSystem || !io::Exists(output)) continue;
      // Out of sight at once: a process that is killed while it deletes leaves no half output.
      const std::string aside = io::JoinPath(staging.tmp_dir(), key);
      RETURN_IF_ERROR(io::RemoveRecursively(aside));
      RETURN_IF_ERROR(io::CreateDirectories(staging.tmp_dir()));
      RETURN_IF_ERROR(io::Rename(output, aside));
    }
  }
  return staging.Discard();
}

}  // namespace tfx
