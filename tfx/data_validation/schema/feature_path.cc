#include "tfx/data_validation/schema/feature_path.h"

#include <algorithm>

#include "absl/strings/str_replace.h"
#include "tensorflow_metadata/proto/v0/path.pb.h"
#include "tfx/base/concat.h"

namespace tfx::tfdv {
namespace {

bool NeedsNoQuotes(const std::string& step) {
  if (step.empty()) return false;
  if (step.size() >= 2 && step.front() == '(' && step.back() == ')') {
    return step.find_first_of("()", 1) == step.size() - 1;
  }
  return step.find_first_of(".()'") == std::string::npos;
}

}  // namespace

std::string SerializePath(const FeaturePath& path) {
  std::string text;
  for (size_t i = 0; i < path.size(); ++i) {
    if (i > 0) text += '.';
    if (NeedsNoQuotes(path[i])) {
      text += path[i];
    } else {
      text += '\'' + absl::StrReplaceAll(path[i], {{"'", "''"}}) + '\'';
    }
  }
  return text;
}

absl::StatusOr<FeaturePath> ParsePath(std::string_view text) {
  auto error = [&](const char* what) {
    return absl::InvalidArgumentError(Concat("not a feature path: ", text, " (", what, ")"));
  };
  FeaturePath path;
  if (text.empty()) return path;
  for (size_t i = 0;; ++i) {  // at the beginning of a step
    std::string& step = path.emplace_back();
    if (i < text.size() && text[i] == '\'') {
      for (++i;; ++i) {
        if (i >= text.size()) return error("a quote is not closed");
        if (text[i] == '\'') {
          if (i + 1 >= text.size() || text[i + 1] != '\'') break;
          ++i;
        }
        step += text[i];
      }
      ++i;
    } else {
      const bool in_parentheses = i < text.size() && text[i] == '(';
      const size_t close = in_parentheses ? text.find(')', i) : std::string_view::npos;
      size_t end = close != std::string_view::npos ? close + 1 : text.find('.', i);
      end = std::min(end, text.size());
      step = std::string(text.substr(i, end - i));
      if (step.empty()) return error("a step is empty");
      i = end;
    }
    if (i >= text.size()) return path;
    if (text[i] != '.') return error("a step goes on behind its end");
  }
}

::tensorflow::metadata::v0::Path PathToProto(const FeaturePath& path) {
  ::tensorflow::metadata::v0::Path proto;
  for (const std::string& step : path) proto.add_step(step);
  return proto;
}

FeaturePath PathFromProto(const ::tensorflow::metadata::v0::Path& path) {
  return FeaturePath(path.step().begin(), path.step().end());
}

FeaturePath ChildPath(const FeaturePath& parent, const std::string& name) {
  FeaturePath child = parent;
  child.push_back(name);
  return child;
}

}  // namespace tfx::tfdv
