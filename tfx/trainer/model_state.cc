// Weights and optimizer state in and out of checkpoints.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/io/coded_stream.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"
#include "tfx/tensorflow/checkpoint.h"
#include "tfx/trainer/model_impl.h"

namespace keras {
namespace {

using google::protobuf::io::CodedInputStream;

constexpr char kIterations[] = "iterations";
constexpr char kObjectGraph[] = "_CHECKPOINTABLE_OBJECT_GRAPH";

// Calls fn(field, bytes) for each length-delimited field of a message; false when the bytes are no message.
template <class Fn>
bool ForEachBytesField(std::string_view message, Fn fn) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(message.data()), static_cast<int>(message.size()));
  while (const uint32_t tag = in.ReadTag()) {
    uint64_t number = 0;
    switch (tag & 7) {
      case 0:
        if (!in.ReadVarint64(&number)) return false;
        break;
      case 1:
        if (!in.Skip(8)) return false;
        break;
      case 2: {
        std::string bytes;
        if (!in.ReadVarint64(&number) || number > message.size() || !in.ReadString(&bytes, static_cast<int>(number))) {
          return false;
        }
        fn(tag >> 3, bytes);
        break;
      }
      case 5:
        if (!in.Skip(4)) return false;
        break;
      default:
        return false;
    }
  }
  return true;
}

// What Keras's Python writes: keys by the structure of objects, and beside them the variables' own names, in a
// TrackableObjectGraph {nodes 1 {attributes 2 {full_name 2, checkpoint_key 3}}}.
std::map<std::string, std::string> NamesInObjectGraph(std::string_view graph) {
  std::map<std::string, std::string> key_of_name;
  ForEachBytesField(graph, [&](uint32_t field, const std::string& node) {
    if (field != 1) return;
    ForEachBytesField(node, [&](uint32_t node_field, const std::string& attribute) {
      if (node_field != 2) return;
      std::string name, key;
      ForEachBytesField(attribute, [&](uint32_t f, const std::string& text) {
        if (f == 2) name = text;
        if (f == 3) key = text;
      });
      if (!name.empty() && !key.empty()) key_of_name.emplace(name, key);
    });
  });
  return key_of_name;
}

}  // namespace

absl::StatusOr<std::map<std::string, tf::Tensor>> Model::GetState() const {
  ASSIGN_OR_RETURN(auto state, GetWeights());
  state[kIterations] = tf::Tensor::Scalar<int64_t>(impl_->iterations);
  if (!impl_->training.has_value()) return state;
  std::vector<const Variable*> slots;
  for (const Variable& slot : impl_->training->slots) slots.push_back(&slot);
  ASSIGN_OR_RETURN(std::vector<tf::Tensor> values, impl_->Read(slots));
  for (size_t i = 0; i < slots.size(); ++i) state[slots[i]->name] = std::move(values[i]);
  return state;
}

absl::Status Model::SetState(const std::map<std::string, tf::Tensor>& state) {
  RETURN_IF_ERROR(impl_->status);
  std::vector<std::pair<const Variable*, tf::Tensor>> values;
  const auto take = [&](const Variable& v) -> absl::Status {
    const auto found = state.find(v.name);
    if (found == state.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the saved state has no \"", v.name, "\"; was it made by another model or optimizer?"));
    }
    if (found->second.dtype() != kFloat32 || found->second.shape() != v.shape) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", v.name, "\" has shape [", absl::StrJoin(found->second.shape(), ", "),
                       "] in the saved state, but [", absl::StrJoin(v.shape, ", "), "] in the model"));
    }
    values.emplace_back(&v, found->second);
    return absl::OkStatus();
  };
  for (const Variable& v : impl_->variables) RETURN_IF_ERROR(take(v));
  if (impl_->training.has_value()) {
    for (const Variable& v : impl_->training->slots) RETURN_IF_ERROR(take(v));
  }
  const auto iterations = state.find(kIterations);
  if (iterations == state.end() || iterations->second.dtype() != kInt64 || iterations->second.num_elements() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("the saved state has no \"", kIterations, "\""));
  }
  RETURN_IF_ERROR(impl_->Assign(values));
  impl_->iterations = iterations->second.scalar<int64_t>();
  return absl::OkStatus();
}

absl::Status Model::SaveWeights(const std::string& checkpoint_prefix) const {
  ASSIGN_OR_RETURN(const auto weights, GetWeights());
  return tf::WriteCheckpoint(checkpoint_prefix, weights);
}

absl::Status Model::LoadWeights(const std::string& path, const LoadWeightsOptions& options) {
  RETURN_IF_ERROR(impl_->status);
  std::string prefix = path;
  if (tfx::io::Exists(tfx::io::JoinPath(path, "saved_model.pb"))) {
    prefix = tfx::io::JoinPath(path, "variables/variables");
  } else if (tfx::io::IsDirectory(path)) {
    ASSIGN_OR_RETURN(prefix, LatestCheckpoint(path));
  }
  absl::StatusOr<std::map<std::string, tf::Tensor>> saved = tf::ReadCheckpoint(prefix);
  const std::string place = absl::StrCat("LoadWeights from ", path);
  if (!saved.ok()) return tfx::Annotate(saved.status(), place);
  std::map<std::string, std::string> key_of_name;
  if (const auto graph = saved->find(kObjectGraph); graph != saved->end() && graph->second.dtype() == kString) {
    key_of_name = NamesInObjectGraph(graph->second.string_at(0));
  }

  std::vector<std::pair<const Variable*, tf::Tensor>> values;
  std::vector<std::string> problems;
  for (const Variable& v : impl_->variables) {
    auto found = saved->find(v.name);
    if (const auto key = key_of_name.find(v.name); found == saved->end() && key != key_of_name.end()) {
      found = saved->find(key->second);
    }
    if (found == saved->end()) {
      problems.push_back(absl::StrCat("\"", v.name, "\" is not there"));
      continue;
    }
    tf::Tensor value = found->second;
    if (value.dtype() != kFloat32 || value.shape() != v.shape) {
      problems.push_back(absl::StrCat("\"", v.name, "\" has shape [", absl::StrJoin(value.shape(), ", "),
                                      "] instead of [", absl::StrJoin(v.shape, ", "), "]"));
      continue;
    }
    values.emplace_back(&v, std::move(value));
  }
  if (!problems.empty() && (!options.skip_mismatch || values.empty())) {
    return absl::InvalidArgumentError(
        absl::StrCat(place, ": ", absl::StrJoin(problems, "; "),
                     options.skip_mismatch ? "" : " (skip_mismatch leaves such weights as they are)"));
  }
  return impl_->Assign(values);
}

}  // namespace keras
