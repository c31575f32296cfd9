#include "tfx/io/local_path.h"

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"

namespace tfx::io {
namespace {

// The length of "scheme://" at the start, or 0.
size_t SchemeLength(std::string_view path) {
  const size_t end = path.find("://");
  if (end == std::string_view::npos || end == 0) return 0;
  const bool is_scheme = std::all_of(path.begin(), path.begin() + end, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
  });
  return is_scheme ? end + 3 : 0;
}

bool HasWildcard(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

// Appends what matches components[i..] below `prefix` ("" or ending in '/').
absl::Status AppendMatches(const std::string& prefix, const std::vector<std::string>& components, size_t i,
                           std::vector<std::string>& matches) {
  const bool is_last = i + 1 == components.size();
  std::vector<std::string> names;
  if (!HasWildcard(components[i])) {
    names.push_back(components[i]);
  } else {
    absl::StatusOr<std::vector<std::string>> all = ListDirectory(prefix.empty() ? "." : prefix);
    // What is not there, or is a file, has nothing below it that could match.
    if (absl::IsNotFound(all.status()) || absl::IsFailedPrecondition(all.status())) return absl::OkStatus();
    RETURN_IF_ERROR(all.status());
    for (std::string& name : *all) {
      if (fnmatch(components[i].c_str(), name.c_str(), FNM_PERIOD | FNM_NOESCAPE) == 0)
        names.push_back(std::move(name));
    }
  }
  for (const std::string& name : names) {
    const std::string path = prefix + name;
    if (!is_last) {
      RETURN_IF_ERROR(AppendMatches(path + "/", components, i + 1, matches));
    } else if (const absl::StatusOr<FileInfo> info = Stat(path); info.ok() && !info->is_directory) {
      matches.push_back(path);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> LocalPath(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat("the path ", std::string(path.data()), "... has a NUL byte"));
  }
  const size_t scheme = SchemeLength(path);
  if (scheme == 0) return std::string(path);
  if (path.substr(0, scheme) != "file://") {
    return absl::UnimplementedError(absl::StrCat(std::string(path), ": the scheme ",
                                                 std::string(path.substr(0, scheme)),
                                                 " is not supported; use a local path or file:///path"));
  }
  path.remove_prefix(scheme);
  if (path.substr(0, 10) == "localhost/") path.remove_prefix(9);
  return std::string(path);
}

absl::StatusOr<std::vector<std::string>> Glob(std::string_view pattern) {
  ASSIGN_OR_RETURN(std::string local, LocalPath(pattern));
  if (local.empty()) return std::vector<std::string>();
  std::string prefix;
  if (local[0] == '/') {
    prefix = "/";
    local.erase(0, local.find_first_not_of('/'));
  }
  const std::vector<std::string> components = absl::StrSplit(local, '/', absl::SkipEmpty());
  std::vector<std::string> matches;
  if (components.empty()) return matches;
  RETURN_IF_ERROR(AppendMatches(prefix, components, 0, matches));
  std::sort(matches.begin(), matches.end());
  return matches;
}

std::string JoinPath(std::string_view a, std::string_view b) {
  if (a.empty()) return std::string(b);
  if (b.empty()) return std::string(a);
  if (b[0] == '/' || SchemeLength(b) != 0) return std::string(b);
  std::string joined(a);
  if (joined.back() != '/') joined.push_back('/');
  joined.append(b);
  return joined;
}

std::string Basename(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos || path.size() == 1 ? path : path.substr(slash + 1));
}

std::string Dirname(std::string_view path) {
  const size_t scheme = SchemeLength(path);
  while (path.size() > scheme + 1 && path.back() == '/') path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  if (slash <= scheme) return std::string(path.substr(0, std::max<size_t>(slash + 1, scheme)));
  return std::string(path.substr(0, slash));
}

std::string AbsolutePath(std::string_view path) {
  const absl::StatusOr<std::string> local = LocalPath(path);
  if (!local.ok()) return std::string(path);
  std::string full = *local;
  if (full.empty() || full[0] != '/') {
    std::string working(4096, '\0');
    if (getcwd(working.data(), working.size()) == nullptr) return full;
    working.resize(working.find('\0'));
    full = JoinPath(working, full);
  }
  std::vector<std::string_view> kept;
  for (const absl::string_view part : absl::StrSplit(full, '/', absl::SkipEmpty())) {
    if (part == ".") continue;
    if (part != "..") {
      kept.emplace_back(part.data(), part.size());
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string normal;
  for (const std::string_view part : kept) normal.append("/").append(part);
  return normal.empty() ? "/" : normal;
}

}  // namespace tfx::io
