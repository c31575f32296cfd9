#include "tfx/transform/analyzer_cache.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tfx/base/digest.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/atomic_directory.h"
#include "tfx/io/file_system.h"

namespace tft {
namespace {

using ::tfx::io::JoinPath;

constexpr char kManifest[] = "MANIFEST";
constexpr char kHeader[] = "tfx-cpp analyzer cache 1";

}  // namespace

absl::StatusOr<AnalyzerCache> ReadAnalyzerCache(const std::string& directory) {
  AnalyzerCache cache;
  if (!::tfx::io::Exists(directory)) return cache;
  ASSIGN_OR_RETURN(const std::vector<std::string> datasets, ::tfx::io::ListDirectory(directory));
  for (const std::string& dataset : datasets) {
    const std::string folder = JoinPath(directory, dataset);
    const std::string manifest_path = JoinPath(folder, kManifest);
    if (!::tfx::io::Exists(manifest_path)) continue;
    ASSIGN_OR_RETURN(const std::string manifest, ::tfx::io::ReadFile(manifest_path));
    const std::vector<std::string> lines = absl::StrSplit(manifest, '\n', absl::SkipEmpty());
    if (lines.empty() || lines[0] != kHeader) continue;
    for (size_t i = 1; i < lines.size(); ++i) {
      const std::vector<std::string> fields = absl::StrSplit(lines[i], '\t');
      if (fields.size() != 3 || fields[0].find('/') != std::string::npos) continue;
      absl::StatusOr<std::string> state = ::tfx::io::ReadFile(JoinPath(folder, fields[0]));
      if (!state.ok() || ::tfx::Sha256Hex(*state) != fields[2]) continue;
      cache.entries[dataset][fields[1]] = *std::move(state);
    }
  }
  return cache;
}

absl::Status WriteAnalyzerCache(const AnalyzerCache& cache, const std::string& directory) {
  ASSIGN_OR_RETURN(auto out, ::tfx::io::AtomicDirectory::Create(directory));
  for (const auto& [dataset, states] : cache.entries) {
    const std::string folder = JoinPath(out.path(), dataset);
    std::string manifest = absl::StrCat(kHeader, "\n");
    int next = 0;
    for (const auto& [key, state] : states) {
      const std::string file = absl::StrCat(next++);
      RETURN_IF_ERROR(::tfx::io::WriteFile(JoinPath(folder, file), state));
      absl::StrAppend(&manifest, file, "\t", key, "\t", ::tfx::Sha256Hex(state), "\n");
    }
    RETURN_IF_ERROR(::tfx::io::WriteFile(JoinPath(folder, kManifest), manifest));
  }
  return out.Commit();
}

std::string DatasetKey(const std::string& file_pattern) {
  const std::vector<std::string> parts = absl::StrSplit(file_pattern, '/', absl::SkipEmpty());
  std::string key;
  for (size_t i = parts.size() > 6 ? parts.size() - 6 : 0; i < parts.size(); ++i) absl::StrAppend(&key, parts[i], "-");
  return absl::StrCat(absl::StrReplaceAll(key, {{"*", "STAR"}}), ::tfx::Sha256Hex(file_pattern));
}

}  // namespace tft
