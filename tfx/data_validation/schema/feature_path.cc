#include "tfx/data_validation/schema/feature_path.h"

#include "absl/strings/str_replace.h"
#include "tensorflow_metadata/proto/v0/path.pb.h"

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
